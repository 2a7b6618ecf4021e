"""Paper-cut landscape: sheets of cut paper hung one behind the other in a lit box.

Every sheet is an outline: a height for each column. Sheets are laid from the farthest to the
nearest; each is shaded by the edges of the sheets in front of it.
"""

from math import cos, pi, sin
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    f32,
    noise_table,
)
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.papercut_sheets import (
    BLOCK,
    birds,
    bounds,
    pricks,
    shadows,
    sheet,
    sky,
    tops,
    windows,
)
from songreel.generation.visuals.parts.papercut_worlds import SHEETS, SPAN, Lay, outlines
from songreel.generation.visuals.plucks import stroke
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage

_DEPTHS = (0.72, 0.95, 1.25, 1.7, 2.3, 3.1, 4.2)
"""Distance of each sheet on the ground, nearest first; then comes the sky."""
_FULL = {
    Role.OPENING: 0.0, Role.VERSE: 0.2, Role.RISE: 0.55, Role.PEAK: 1.0, Role.TURN: 0.5,
    Role.CLOSING: 0.05,
}  # fmt: skip
"""How far the box is opened in each role of a section."""


class Papercut(Scene):
    """A landscape cut from paper, that opens towards a disc of light."""

    name: ClassVar[str] = "paper-cut landscape"
    about: ClassVar[str] = (
        "A theatre of cut paper: sheets one behind the other before a disc of light."
    )
    words: ClassVar[tuple[str, ...]] = (
        "paper", "papercut", "cutout", "silhouette", "mountain", "forest", "landscape", "valley",
        "pine", "moon", "hill", "theatre", "tale",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.5, 0.0)
    drives: ClassVar[Drives] = Drives(
        kick="the sheets are tossed up and the rings around the disc are pushed out",
        snare="cut edges flash with light and every other sheet slips sideways",
        hat="fireflies, stars and windows blink",
        bass="the rings around the disc swell",
        melody="the disc glows",
        build="the sheets part and the disc climbs",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "world",
            {
                "forest": Option(("forest", "pine", "tree", "wood", "tale"), (0.3, -0.2)),
                "mountains": Option(("mountain", "hill", "valley", "peak", "landscape")),
                "city": Option(("city", "skyline", "roof", "street", "town", "night"), (0.2, 0.4)),
                "sea": Option(("sea", "wave", "ocean", "storm", "ship", "water"), (-0.1, 0.2)),
            },
        ),
    )
    scale: ClassVar[float] = 0.75
    finish: ClassVar[Finish] = Finish(bloom=0.33, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(81)
        self._world = self.setting("world")
        self._full = _FULL[stage.role] + 0.12 * min(stage.turn, 2) * (stage.role is Role.PEAK)
        self._side = -1.0 if stage.role is Role.TURN else 1.0
        sun = random.choice((-1.0, 1.0)) * random.uniform(0.15, 0.5)
        self._sun = self._side * float(sun) * stage.half_x
        self._sun *= 1.0 - 0.5 * min(self._full, 1.0)
        self._offset = random.random(SHEETS) * SPAN
        # What stands out stands across from the sun.
        across = float(-np.sign(sun) * random.uniform(0.25, 0.6)) * stage.half_x
        self._lay = Lay(
            random.uniform(0.75, 1.45), random.uniform(0.7, 1.7),
            tuple(float(v) for v in (self._offset + across) % SPAN), random.random() < 0.7,
        )  # fmt: skip
        self._wide = float(random.uniform(0.3, 1.15))
        self._size, self._high = random.uniform(0.8, 1.2), random.uniform(-0.12, 0.10)
        self._outlines = outlines(random, self._world, self._lay)
        shape = (SHEETS, self.width)
        self._tops, self._shade = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._spans = np.zeros((SHEETS, 2, -(-self.width // BLOCK)), np.int64)
        self._places = np.zeros((SHEETS, 4), np.float32)
        self._stars = random.random((140, 3)).astype(np.float32)
        self._flies = random.random((220, 3)).astype(np.float32)
        self._spark = stage.shade(0.92, 0.93) * f32(1.6)
        self._paper = noise_table(5, 256, 6, 8)
        self._phase = float(random.random()) * 2 * pi
        self._birds = random.random((18, 4)).astype(np.float32)
        far = np.arange(SHEETS) / (SHEETS - 1)
        full = min(self._full, 1.0)
        # Evening in a verse, broad day in a chorus: the same hues, another light.
        light = (0.05 + 0.27 * far**1.2) * (1 - full) + (0.05 + 0.56 * far**1.05) * full
        at = 0.08 + 0.50 * far**0.9 + 0.08 * full
        self._tones = np.stack([
            np.concatenate([stage.shade(float(a), float(v) + 0.08, 1.2),
                            stage.shade(min(float(a) + 0.22, 1.0), float(v) + 0.26, 1.25)])
            for a, v in zip(at, light, strict=True)
        ]).astype(np.float32)  # fmt: skip
        night = stage.shade(0.30, 0.20, 1.15)
        day = stage.shade(stage.accent_at, 0.52, 1.2)
        sky = (night * (1 - full) + day * full).astype(np.float32)
        glow = stage.shade(0.8, 0.62 + 0.26 * full, 1.1)
        rings = 2 + round(3 * full)
        self._rings = np.stack([glow + (sky - glow) * t for t in np.linspace(0.0, 1.0, rings)])
        self._rings = np.concatenate([stage.shade(1.0, 0.94, 0.6)[None] * f32(1.5), self._rings])
        self._rings = np.ascontiguousarray(self._rings, dtype=np.float32)
        self._bird = stage.shade(0.0, 0.10)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st, full = moment, self.stage, self._full
        base = m.zoom**0.6
        opened = full + 0.5 * m.build
        sea = self._world == "sea"
        for k, depth in enumerate(_DEPTHS):
            away = max(0.35, depth - 0.35 * m.forward)
            size = base * (0.55 + 0.62 / away)
            # Sheets hang on threads: they sway a little, and a kick tosses the near ones.
            sway = (0.012 + 0.07 * sea) * sin((0.9 + 0.5 * sea) * m.flow + 1.7 * k + self._phase)
            toss = 0.065 * m.kick * (1.0 if k % 2 == 0 else 0.45) / away**0.7
            slip = 0.035 * m.snare * (1.0 if k % 2 == 0 else -1.0)
            ground = -0.90 + 1.02 * (k / (SHEETS - 1)) ** 0.85
            # The box opens: near sheets sink, and all of them part before the disc.
            sink = -0.16 * opened * (1 - k / (SHEETS - 1))
            rise = 0.04 * (m.energy - 0.5) + sink
            rise += 0.05 * sea * sin(1.1 * m.flow + 2.3 * k)
            height = ground * st.half_y - m.cam_y - m.lift / (0.4 + away) + toss + rise
            self._places[k] = (
                self._offset[k] + m.cam_x + m.truck / away + sway + slip + 0.02 * m.flow / away,
                size, height, 0.40 * opened / (0.5 + away),
            )  # fmt: skip
        per = self.height / (2.0 * st.half_y)
        half = (f32(st.half_x), f32(st.half_y))
        c, s = cos(-m.roll), sin(-m.roll)
        sun_y = (0.22 + self._high + 0.16 * full + 0.30 * m.build + 0.04 * m.energy) * st.half_y
        sun_y -= m.cam_y + 0.06 * m.lift
        sun_x = self._sun - m.cam_x - 0.06 * m.truck
        x, y = sun_x * c + sun_y * s, sun_y * c - sun_x * s
        # Trees or houses at both sides of the frame draw aside as the box opens.
        frame = (0.0 if sea else 0.55 * self._wide) * (1 - 0.55 * min(full, 1.0)) - 0.2 * m.build
        tops(self._tops, self._outlines, self._places, *half, f32(per), f32(sin(-m.roll)),
              f32(sun_x), f32(max(frame, 0.0) * st.half_y))  # fmt: skip
        pixel = self.height * st.half_x / 960.0
        shadows(self._shade, self._tops, f32(8 * pixel), f32((x + st.half_x) * per))
        bounds(self._spans, self._tops, self.height)
        skyline = self._tops.min(axis=0)
        radius = (
            base
            * self._size
            * (0.13 + 0.30 * min(full, 1.15) ** 1.4 + 0.02 * m.kick + 0.04 * m.build)
        )
        ring = base * (0.060 + 0.055 * full + 0.07 * m.bass + 0.055 * m.kick)
        lamp = (0.75 + 0.35 * m.energy + 0.32 * stroke(m)) * (0.86 + 0.28 * m.brightness)
        sky(out, self._rings, self._paper, *half, f32(x), f32(y), f32(radius),
             f32(ring), f32(lamp), f32(0.6 * m.melody), f32(pixel), skyline)  # fmt: skip
        pricks(out, self._stars, skyline, *half, f32(x), f32(y),
                f32(radius + len(self._rings) * ring), f32(lamp * (1 - 0.7 * min(full, 1.0))),
                f32(m.hat), f32(0.05 * m.truck + m.cam_x), f32(pixel), self._spark)  # fmt: skip
        if opened > 0.45:
            birds(out, self._birds, *half, f32(y), f32(m.flow), f32(opened),
                   f32(0.5 + m.kick), self._bird)  # fmt: skip
        for k in range(SHEETS - 1, -1, -1):
            sheet(
                out, self._tops[k], self._shade[k], self._tones[k], self._paper, *half, f32(x),
                f32(y), f32(self._places[k, 2]), f32(lamp), f32(0.25 + 1.3 * m.snare),
                f32(pixel), int(self._places[k, 0] * per), self._spans[k],
            )  # fmt: skip
            if self._world == "city" and 0 < k < SHEETS - 1:
                windows(
                    out, self._tops[k], *half, f32(self._places[k, 0]), f32(self._places[k, 1]),
                    f32(self._places[k, 2]), self._spans[k],
                    f32((0.5 + 0.5 * (1 - min(full, 1.0))) * (0.9 - 0.1 * k)), f32(m.hat),
                    self._spark, k,
                )  # fmt: skip
        # Fireflies: seen when a hat strikes.
        mix_motes(
            out, self._flies, *half, f32(c * base), f32(-s * base), f32(m.cam_x + 0.6 * m.truck),
            f32(m.cam_y + 0.6 * m.lift), f32(m.flow), f32(-0.05), f32(0.02 + 0.06 * m.energy),
            f32(m.hat), f32(0.006), self._spark,
        )  # fmt: skip
