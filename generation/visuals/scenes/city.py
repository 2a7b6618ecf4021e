"""Neon city: an avenue at night between lit towers, seen from the street, a height or the water."""

from math import log
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import f32, noise_table
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.avenue import (
    BLOCK_Z,
    GAP_X,
    SPANS,
    paint_columns,
    paint_sky,
    paint_traffic,
)
from songreel.generation.visuals.parts.facade import add_rain, add_sign, lamp_table
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage

_LENS = 0.82
"""Slope of a line of sight to one unit of the frame: 95° across a 16:9 picture."""
_COARSE = 4
"""Pixels of the field to a pixel of the sky."""

_ALIVE = {Role.OPENING: 0.10, Role.VERSE: 0.25, Role.RISE: 0.55, Role.PEAK: 1.0, Role.TURN: 0.6,
          Role.CLOSING: 0.12}  # fmt: skip
"""How much of the city is switched on."""


class City(Scene):
    """Columns of the picture are cast through a plan of towers and painted wall by wall."""

    name: ClassVar[str] = "neon city flight"
    about: ClassVar[str] = (
        "An avenue between towers that runs to a landmark: blue hour and rain with few windows "
        "lit in a verse, all neon, signs, light trails and search lights in a chorus."
    )
    words: ClassVar[tuple[str, ...]] = (
        "city", "street", "neon", "urban", "skyline", "tower", "building", "traffic", "downtown",
        "window", "road", "car", "drive", "highway", "rain", "metropolis", "skyscraper", "avenue",
        "rooftop", "club", "sign", "cyberpunk", "alley", "subway",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.1, 0.55)
    drives: ClassVar[Drives] = Drives(
        kick="the neon along roofs and corners and the cars' lights flare",
        snare="a band of lit windows climbs the towers",
        hat="signs, single windows and glints on the wet ground flicker",
        bass="the glow over the street swells",
        melody="the landmark's crown and the search lights brighten",
        build="window after window is switched on",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("view", {
            "street": Option(("street", "alley", "sign", "club", "walk", "drive"), (0.0, 0.5)),
            "heights": Option(("rooftop", "highway", "flight", "traffic", "above"), (0.3, 0.7)),
            "harbour": Option(("skyline", "harbour", "river", "bay", "water"), (0.1, -0.1)),
        }),
        Setting("weather", {
            "clear": Option(("clear", "night", "summer"), (0.3, 0.4)),
            "rain": Option(("rain", "storm", "wet", "tears"), (-0.4, -0.1)),
        }),
    )  # fmt: skip
    scale: ClassVar[float] = 0.66
    finish: ClassVar[Finish] = Finish(exposure=1.0, bloom=0.55, vignette=0.40, grain=0.005)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(51)
        accent, other = stage.accent_at, stage.contrast_at
        self._mode = ("street", "heights", "harbour").index(self.setting("view"))
        alive = self._alive = min(1.0, _ALIVE[stage.role] + 0.05 * min(stage.turn, 2))
        self._rain = self.setting("weather") == "rain"
        cold = stage.shade(other, 0.46, 1.0)
        # The street's glow goes from the blue hour's hue to the neon's; rain keeps it cold.
        glow = (0.10 + 0.65 * alive) * (0.45 if self._rain else 1.0)
        glow = glow * accent + (1.0 - glow) * other
        self._hues = np.stack([
            stage.shade(accent, 0.66, 1.4),
            stage.shade(other, 0.60, 1.4),
            stage.shade(1.0, 0.84, 1.0),
            cold * (1.0 - (0.45 if self._rain else 0.80) * alive),
            stage.shade(0.15, 0.14, 1.1) * (1.1 - 0.3 * alive),
            stage.shade(glow, 0.46, 1.3),
            stage.shade(0.5 * (accent + other), 0.70, 1.3),
            stage.shade(other, 0.10, 1.0) * (1.0 - 0.55 * alive),
        ]).astype(np.float32)  # fmt: skip
        self._noise = noise_table(stage.seed + 9, octaves=5)
        self._lamps = lamp_table(stage.seed)
        h, w = self.height, self.width
        self._field = np.zeros((w, h, 3), np.float32)
        self._sky = np.zeros((max(4, w // _COARSE), max(4, h // _COARSE), 3), np.float32)
        self._spans = np.zeros((SPANS, 3), np.float32)
        self._ground = np.zeros((h, 2), np.float32)
        self._haze = np.zeros(3, np.float32)
        self._view = np.zeros(32, np.float32)
        self._drops = random.random((700, 3)).astype(np.float32)
        self._drops[:, 2] **= 2
        self._side = float(random.uniform(-0.16, 0.16))
        self._signs = random.random((64, 8)).astype(np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        stage, m = self.stage, moment
        self._see(m)
        view, field = self._view, self._field
        paint_sky(self._sky, view, self._hues, self._noise)
        cv2.resize(self._sky, (self.height, self.width), dst=field, interpolation=cv2.INTER_LINEAR)
        paint_columns(
            field, self._sky, self._spans, self._ground, view, self._hues, self._noise,
            self._lamps, self._haze, stage.seed,
        )  # fmt: skip
        if self._mode < 2:
            paint_traffic(field, self._ground, view, self._hues, stage.seed)
            self._hang(m)
        if abs(m.roll) > 1e-4:
            # A turned picture is drawn upright with room to spare, then turned.
            turn = cv2.getRotationMatrix2D(
                ((self.width - 1) / 2, (self.height - 1) / 2), float(np.degrees(m.roll)),
                self._spare(m),
            )  # fmt: skip
            # Columns and rows change places on the way.
            cv2.warpAffine(
                field, turn[:, [1, 0, 2]], (self.width, self.height), dst=out,
                flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
            )  # fmt: skip
        else:
            cv2.transpose(field, dst=out)
        share = (0.75 + 0.25 * m.energy) if self._rain else 0.0
        if share > 0.0:
            add_rain(out, self._drops, f32(m.t), f32(0.10), self._hues[2], f32(share))

    def _spare(self, m: Moment) -> float:
        c, s = abs(np.cos(m.roll)), abs(np.sin(m.roll))
        return float(c + s * max(self.stage.aspect, 1.0 / self.stage.aspect))

    def _see(self, m: Moment) -> None:
        """The camera, the music and how alive the city is, into `_view` and `_ground`."""
        stage, mode = self.stage, self._mode
        spare = self._spare(m) if abs(m.roll) > 1e-4 else 1.0
        # A kick pushes the lens forward, as a car's passengers feel it.
        lens = _LENS / m.zoom * spare * (1.0 - 0.018 * m.kick - 0.012 * m.snare)
        alive = self._alive
        sway = 0.07 * np.sin(0.21 * m.flow)
        high = (0.24, 1.35, 0.30)[mode]
        rise = (0.10, -0.30, 0.16)[mode]
        z = 0.65 * m.flow + 1.5 * m.forward
        x = np.clip(self._side + sway + 0.5 * m.truck, -0.42, 0.42)
        if mode == 2:
            z, x = 0.9 * np.tanh(m.forward), 0.12 * m.flow + 2.4 * m.truck
        half_y = stage.half_y * lens
        neon = (0.30 + 0.35 * m.energy + 0.35 * alive) * (1.0 + 0.35 * m.melody)
        lamps = 0.04 + 0.05 * m.brightness + 0.22 * alive + 0.25 * m.build
        lamps *= 0.7 if self._rain else 1.0
        lamps = min(0.9, lamps + 0.30 * m.energy * (0.4 + 0.6 * alive))
        haze = 0.045 + 0.050 * (1.0 - alive) + 0.01 * m.bass + 0.075 * self._rain
        haze *= (1.0, 1.0, 0.6)[mode]  # across the water all is far
        since = -0.17 * log(max(m.snare, 1e-4))
        self._view[:] = (
            _LENS * (m.cam_x + 0.05 * np.sin(0.13 * m.flow)), _LENS * (m.cam_y + rise),
            stage.half_x * lens, half_y, x, max(high + 0.7 * m.lift, 0.10), z, m.energy, m.kick,
            m.snare, m.hat, m.pulse, m.beat, m.bass, m.flow, m.build,
            lamps, 0.04 + 0.10 * m.energy + 0.62 * alive, haze,
            neon, (0.55, 0.35, 0.85)[mode] + 0.35 * self._rain,
            mode, 2.0 * half_y / self.height, m.melody,
            (0.1, 0.5, 0.1)[mode] + 7.0 * since, alive,
            (0.25 + 0.45 * m.energy + 0.40 * alive + 0.35 * m.brightness)
            * (1.0 + 0.10 * m.pulse + 0.35 * m.bass + 0.22 * m.melody),
            1.15 - 0.35 * alive, 0.62 + 0.38 * alive, (3.0, 3.0, 5.0)[mode],
            (0.30, 0.20, 0.42)[mode], 0.0,
        )  # fmt: skip
        y = self._view[1] + half_y - (np.arange(self.height) + 0.5) * self._view[22]
        t = np.where(y < -1e-4, self._view[5] / np.maximum(-y, 1e-4), 1e4)
        self._ground[:, 0] = t
        t *= self._view[18]
        self._ground[:, 1] = 1.0 / (1.0 + t * (1.0 + t * (0.5 + t / 6.0)))

    def _hang(self, m: Moment) -> None:
        """Signs that stand out from the walls over the pavement, far to near."""
        view, alive = self._view, self._alive
        eye, x0, z0 = (float(view[k]) for k in (5, 4, 6))
        first = int(z0 // BLOCK_Z)
        for block in range(first + 9, first - 1, -1):
            for side in (-1, 1):
                for k in range(2):
                    n = (block * 4 + side + 1 + k) % 64
                    p = self._signs[n]
                    z = block * BLOCK_Z + 0.2 + 0.75 * (k + float(p[0])) / 2 - z0
                    if z < 0.45 or p[1] > 0.10 + 0.85 * alive:
                        continue
                    wide, tall = 0.07 + 0.07 * p[2], 0.20 + 0.45 * p[3]
                    a = side * (GAP_X + 0.02)
                    b = side * (GAP_X + 0.02 - wide)
                    left, right = (min(a, b) - x0) / z, (max(a, b) - x0) / z
                    foot = 0.16 + 0.35 * p[4]
                    flick = 1.0 - 0.75 * m.hat * float(p[5] < 0.4) + 0.5 * m.hat * float(p[5] > 0.7)
                    clear = float(np.exp(-z * view[18])) * min(1.0, 1.6 * (z - 0.45))
                    light = 1.25 * flick * clear * (0.5 + 0.5 * alive + 0.4 * m.kick)
                    hue = self._hues[(0, 1, 6, 0)[int(p[6] * 4) % 4]]
                    low, top = (foot - eye) / z, (foot + tall - eye) / z
                    wet = f32((-foot - 0.8 * tall - eye) / z)
                    add_sign(self._field, f32(left), f32(right), wet,
                             f32((-0.6 * foot - eye) / z), view, hue,
                             f32(0.8 * light * view[20]), n, self._lamps, f32(1))  # fmt: skip
                    add_sign(self._field, f32(left), f32(right), f32(low), f32(top), view, hue,
                             f32(light), n, self._lamps, f32(0))  # fmt: skip
