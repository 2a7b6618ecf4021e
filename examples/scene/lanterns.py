"""A songreel scene in one file: paper lanterns over a lake."""

import cv2
import numpy as np

from songreel.generation.visuals.kernels import f32, fade, kernel, line, noise_table, smoothstep
from songreel.generation.visuals.lights import add_light
from songreel.generation.visuals.scene import Drives, Option, Scene, Setting
from songreel.generation.visuals.view import seen_from, size_at, to_pixel


@kernel
def _lantern(out, x, y, r, glow, gain):  # paper, wider at the top; place and size in pixels
    for j in range(max(0, int(y - r)), min(out.shape[0], int(y + r) + 1)):
        v, row = (y - f32(j)) / r, line(out, j)
        for i in range(max(0, int(x - r)), min(out.shape[1], int(x + r) + 1)):
            u, wide = abs(f32(i) - x) / r, f32(0.66) + f32(0.14) * v
            cover = smoothstep(wide, wide - f32(0.14), u) * smoothstep(f32(1), f32(0.85), abs(v))
            flame = gain * (f32(0.4) + f32(3) * fade(f32(5) * ((v + f32(0.5)) ** 2 + u * u)))
            for c in range(3):
                row[3 * i + c] += (glow[c] * flame - row[3 * i + c]) * cover


class Lanterns(Scene):
    """A few lanterns in a verse, a sky full of them in a chorus."""

    name, about = "lanterns over a lake", "Paper lanterns rise over a dark lake that mirrors them."
    words, mood = ("lantern", "lamp", "candle", "lake", "wish", "festival", "float"), (0.3, -0.2)
    drives = Drives("every flame leaps", "haloes open", "far ones flicker",
                    "the mirror image sways", "near ones glow", "the mist lights up")  # fmt: skip
    settings = (Setting("sky", {"night": Option(("night",)), "dusk": Option(("dusk",))}),)

    def __init__(self, stage):
        super().__init__(stage)
        n = {"opening": 15, "rise": 36, "peak": 80, "closing": 12}.get(stage.role, 18)
        self.lanterns = sorted(stage.random().random((n + 9 * stage.turn, 3)), key=lambda a: a[2])
        self.glow, self.shore = stage.shade(stage.accent_at, 0.75), int(0.7 * self.height)
        down, dusk = np.linspace(0, 1, self.shore)[:, None, None], {"night": 0.25, "dusk": 0.6}
        sky = stage.shade(stage.contrast_at, dusk[self.setting("sky")]) * down**4 + stage.shadow
        ridge = cv2.resize(noise_table(stage.seed)[:1], (self.width, 1)).T
        self.sky = np.where(down > 1.02 - 0.2 * ridge, sky / 9, sky).astype("f")
        self.deep, self.across = np.indices((self.height - self.shore, self.width), "f")
        self.rows, self.columns = self.shore - 1 - self.deep, np.empty_like(self.deep)

    def draw(self, moment, out):  # noqa: D102 (see Scene.draw)
        m, sky, water = moment, out[: self.shore], out[self.shore :]
        np.multiply(self.sky, 0.8 + 0.3 * m.energy + 0.5 * (m.bass + m.pulse), out=sky)
        camera = seen_from(self.stage, m, (self.height, self.width))
        for x, y, near in self.lanterns:
            rise, near = (y + (0.3 + near) * m.flow / 40) % 1, f32(near)
            x, y = 4 * x - 2 + 0.05 * np.sin(m.flow + 9 * y), self.stage.half_y * (2 * rise - 0.6)
            (x, y), r = to_pixel(camera, x, y, near), size_at(camera, near) * (0.02 + 0.1 * near**2)
            gain = 0.3 + m.brightness / 2 + 1.5 * m.kick + near * m.melody + 2 * (1 - near) * m.hat
            _lantern(sky, x, y, r, self.glow, gain)
            add_light(sky, x, y, r * (3 + 3 * m.snare + m.build), *(0.08 * gain * self.glow))
        sway = (0.02 + 0.5 * m.bass) * self.deep[:, :1] * np.sin(self.deep[:, :1] / 2 - 3 * m.flow)
        np.add(self.across, sway, out=self.columns)
        cv2.remap(sky, self.columns, self.rows, cv2.INTER_LINEAR, water, cv2.BORDER_REFLECT)
        water *= 0.6 / (1 + 0.02 * self.deep[:, :1, None])
