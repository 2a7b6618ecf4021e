"""Aurora: curtains of light that fold and drift over ridges, forest or snow.

A curtain is a line on the ground plan that winds as rivers do, hung high and seen from below: its
rays all point at one place overhead. They are drawn as columns of a fan around that place, and
every pixel of the sky looks itself up in it.
"""

from math import cos, pi, sin
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    f32,
    noise_table,
)
from songreel.generation.visuals.mirror import mirror_below
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.aurora_land import LAYERS, SPAN, outlines
from songreel.generation.visuals.parts.aurora_paint import (
    COLUMNS,
    EDGE,
    HORIZON,
    ROWS,
    hang,
    heavens,
    land,
    stars,
)
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage

Values = NDArray[np.floating]

_STEPS = 1000
"""Rays along one curtain: about two a column of the fan, so that no gap shows in the folds."""

_CROWN = 1.9
"""Radius of the sky around the zenith that the fan holds where the camera looks up."""

_FULL = {
    Role.OPENING: 0.0, Role.VERSE: 0.18, Role.RISE: 0.55, Role.PEAK: 1.0, Role.TURN: 0.75,
    Role.CLOSING: 0.08,
}  # fmt: skip
"""How much of the sky burns in each role of a section."""


class Aurora(Scene):
    """One thin curtain far off, or a sky full of them that meets overhead."""

    name = "aurora"
    about = "Curtains of light fold and drift over dark land, far off or all across the sky."
    words = (
        "aurora", "northern", "polar", "borealis", "mountain", "ridge", "peak", "alpine", "snow",
        "winter", "mist", "fog", "forest", "pine", "lake", "valley", "cold", "arctic", "night",
        "dawn", "hill", "landscape", "sky", "wilderness",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.2, -0.3)
    drives: ClassVar[Drives] = Drives(
        kick="a wave of light runs outwards along the curtains",
        snare="the curtains are shaken into tighter folds",
        hat="fine rays and stars glitter",
        bass="the rays grow longer",
        melody="the lower hem of the curtains glows",
        build="more curtains rise, and lean together overhead",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "land",
            {
                "mountains": Option(("mountain", "ridge", "peak", "alpine", "valley", "lake")),
                "forest": Option(("forest", "pine", "wood", "tree", "wilderness"), (-0.1, -0.2)),
                "snow": Option(("snow", "winter", "ice", "arctic", "cold", "tundra"), (0.3, -0.4)),
            },
        ),
    )
    scale = 0.5
    finish = Finish(exposure=1.0, bloom=0.30, vignette=0.36, grain=0.005)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(21)
        self._land = self.setting("land")
        self._full = _FULL[stage.role]
        self._lines = outlines(random, self._land)
        self._snow = self._land == "snow"
        self._lake = not self._snow and stage.role is Role.PEAK
        self._crown = stage.role is Role.TURN
        accent, other = stage.accent_at, stage.contrast_at
        lit = 0.75 + 0.4 * self._full
        self._sky = np.stack(
            [stage.shade(0.05, 0.15), stage.shade(0.2, 0.22 * lit),
             stage.shade(0.4, 0.40 * lit, 0.9)]
        )  # fmt: skip
        self._mist = stage.shade(0.35, 0.36, 0.7)
        near = np.linspace(0.0, 1.0, LAYERS)[:, None]
        far_tone, near_tone = stage.shade(0.25, 0.26, 0.8), stage.shade(0.0, 0.09, 0.7)
        self._tones = (far_tone * (1 - near) ** 1.5 + near_tone * near**0.7).astype(np.float32)
        if self._snow:
            self._tones = np.stack(
                [stage.shade(0.25, 0.28 - 0.13 * t, 0.7) for t in np.linspace(0, 1, LAYERS)]
            )
        self._low, self._high = stage.shade(accent, 0.70, 1.3), stage.shade(other, 0.55, 1.35)
        self._hem = (0.6 * self._low + 0.4 * stage.shade(1.0, 0.95, 0.6)).astype(np.float32)
        self._star = stage.shade(1.0, 0.95, 0.5)
        self._profile = _profile()
        self._noise = noise_table(stage.seed + 1, octaves=4)
        self._fan = np.zeros((2, COLUMNS, ROWS), np.float32)
        self._rays = np.zeros((4, _STEPS), np.float32)
        self._tops = np.zeros((LAYERS, self.width), np.float32)
        self._spans = np.zeros((LAYERS, 2), np.float32)
        self._way = np.linspace(-0.5, 0.5, _STEPS, dtype=np.float32)
        self._line_noise = _wander(random).astype(np.float32)
        self._own = [[float(v) for v in row] for row in random.random((4, 6))]
        self._side = float(random.choice((-1.0, 1.0)))
        if stage.role is Role.TURN:
            self._side = -self._side
        count = 900
        self._stars = np.stack(
            [random.uniform(-3.2, 3.2, count), random.uniform(HORIZON, 2.6, count),
             random.pareto(1.8, count).clip(0, 12) * 0.30 + 0.08, random.uniform(0, 6.28, count)],
            axis=1,
        ).astype(np.float32)  # fmt: skip

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        stage, m, zoom, full = self.stage, moment, moment.zoom, self._full
        c, s = abs(cos(m.roll)), abs(sin(m.roll))
        reach_y = (stage.half_y * c + stage.half_x * s) / zoom + 0.05
        cam_y = m.cam_y + (-0.14 if self._lake else 0.06 + 0.06 * full)
        top = cam_y + reach_y
        if self._crown:
            # The camera looks up: land is left as a rim below, the rays meet within the frame.
            cam_y += 0.40 * stage.half_y
            above, top = cam_y + 0.26 * stage.half_y + 0.3 * m.lift, HORIZON + _CROWN
        else:
            # Where all rays point: far above in a verse, just over the frame in a chorus.
            above = top + 0.45 + 2.6 * (1 - full) ** 2 - 0.15 * m.build * full
        zenith = (m.cam_x + self._side * 0.25 - 0.12 * m.truck, above)
        self._fan[:] = 0.0
        # A small aurora answers more than a full one, and the air with it: hits show as much.
        # Hats are for rays and stars.
        struck = max(m.pulse, 0.45 * m.kick, 0.45 * m.snare, 0.75 * m.melody)
        answer = (2.9 - 2.1 * full) * struck
        gain = (0.28 + 0.50 * m.energy + 0.18 * full) * (1.0 + answer + 0.25 * m.build)
        air = self._sky * f32(1.0 + 0.30 * answer)
        gain *= 0.70 + 0.60 * m.brightness
        count = 1 + (full > 0.3) + (full > 0.6) + (m.build > 0.4 and full < 0.9)
        for k in range(int(count)):
            if self._crown:
                self._ring(k, m, gain, top)
            else:
                self._curtain(k, m, gain, top, zenith)
        if self._crown:
            # The fan's two ends are one ray.
            ends = 0.5 * (self._fan[:, 1] + self._fan[:, -2])
            self._fan[:, 0] = self._fan[:, -1] = ends
        self._shimmer(m)
        for part in self._fan:
            cv2.blur(part, (1, 3), dst=part)
        view = np.array(
            [m.cam_x, cam_y, stage.half_x / zoom, stage.half_y / zoom, m.roll, zenith[0],
             zenith[1], top, float(self._crown), m.hat, m.energy, m.flow],
            np.float32,
        )  # fmt: skip
        glow = float(self._fan[0].mean())
        heavens(out, view, self._fan.reshape(2, -1), air, self._low, self._high)
        stars(out, view, self._stars, self._star)
        self._ground(m, out, cam_y, glow)

    def _curtain(
        self, k: int, m: Moment, gain: float, top: float, zenith: tuple[float, float]
    ) -> None:
        """Lay out one curtain and draw its rays into the fan."""
        full, own = self._full, self._own[k]
        s = self._way
        slow = 0.025 * m.flow
        plan_x, plan_z = self._meander(k, m, slow)
        lean = self._side * (0.22 + 0.5 * own[5]) * (1 if k % 2 == 0 else -1)
        away = (4.6, 3.2, 2.4, 5.6)[k] if full < 0.9 else (3.6, 2.5, 1.9, 4.6)[k]
        z = np.maximum(away + 0.9 * plan_z + lean * plan_x, 1.05)
        x = plan_x / z * (1.7 + 0.4 * full) - 0.12 * m.truck
        hem = self._along(2, s * 9.0 + 0.2 * slow) * 0.05
        foot = HORIZON + (1.02 + (0.02 if self._lake else 0.25) * full + hem) / z - 0.1 * m.lift
        tall = (0.62 + 0.45 * full + 0.3 * m.build) * (1.5 + 0.10 * m.kick) / z
        light = np.clip((z - 1.05) * 2.5, 0.0, 1.0) * np.clip((0.5 - np.abs(s)) * 9, 0.0, 1.0)
        u = (x - zenith[0]) / np.maximum(zenith[1] - foot, 0.2)
        column = (u / (1 + 0.5 * np.abs(u)) / EDGE * 0.5 + 0.5) * COLUMNS
        self._hang(k, m, gain, top, column, foot, tall, light)

    def _meander(self, k: int, m: Moment, slow: float) -> tuple[Values, Values]:
        """A curtain's line on the ground plan."""
        full, own, s = self._full, self._own[k], self._way
        # Sine-generated meanders, as rivers have (Langbein and Leopold, 1966): past a right
        # angle they overhang, which is how a curtain folds over itself.
        bends = 1.35 + 0.55 * own[0] + 0.06 * m.snare + 0.15 * m.bass
        wave = 2.1 + 1.3 * own[1] + 0.8 * full
        turn = bends * np.sin(2 * pi * (wave * s + own[2] + 0.35 * slow))
        turn += 0.9 * self._along(0, s * 1.2 + 0.05 * slow + own[3])
        turn += 0.5 * self._along(1, s * 4.1 - 0.11 * slow + own[4])
        length = (9.0 + 4.0 * full) / _STEPS
        plan_x = np.cumsum(np.cos(turn)) * length
        plan_z = np.cumsum(np.sin(turn)) * length
        middle = _STEPS // 2
        plan_x -= plan_x[middle] - self._side * (0.5 - 0.5 * k)
        plan_z -= plan_z.mean()
        return plan_x, plan_z

    def _ring(self, k: int, m: Moment, gain: float, top: float) -> None:
        """Lay out one curtain all around the zenith, as it is seen from straight below."""
        own, s = self._own[k], self._way
        slow = 0.025 * m.flow
        folds = 0.035 * np.sin(2 * pi * (5 + k) * (s + own[2]) + 3.0 * slow)
        folds += (0.05 + 0.03 * m.snare) * self._along(0, s * 16.0 * (1 + k) + own[3] - slow)
        column = (s + 0.5 + folds + own[0]) % 1.0 * COLUMNS
        wide = (0.52, 0.95, 1.5, 1.9)[k] * (1 + 0.03 * m.kick + 0.10 * m.bass)
        rim = wide * (1 + 0.28 * self._along(1, s * 16.0 + own[4] + 0.6 * slow))
        foot = top - np.clip(rim, 0.1, _CROWN)
        self._hang(
            k,
            m,
            1.25 * gain,
            top,
            column,
            foot,
            0.80 * rim,
            np.clip((0.5 - np.abs(s)) * 9, 0.0, 1.0),
        )

    def _hang(
        self, k: int, m: Moment, gain: float, top: float, column: Values, foot: Values,
        tall: Values, light: Values,
    ) -> None:  # fmt: skip
        """Give a curtain's rays, `light` strong and `tall`, their own lengths and light."""
        s = self._way
        ray = 0.5 + 0.5 * self._along(3, s * 16.0 - 0.04 * m.flow + 0.12 * m.snare)
        fine = 0.5 + 0.5 * self._along(4, s * 60.0 + 0.04 * m.flow)
        own = 0.40 + 0.9 * ray * ray + ray * fine * (0.35 + 0.5 * m.hat)
        own *= 0.35 + 0.9 * (0.5 + 0.5 * self._along(5, s * 2.2 + 0.03 * m.flow)) ** 1.5
        # The kick's wave starts in the middle and runs outwards as the kick dies away.
        crest = np.abs(s) * 2 - (1 - m.kick) * 1.1
        own *= 1 + m.kick * (0.10 + 0.7 * np.exp(-crest * crest * 22))
        self._rays[0], self._rays[1] = column, foot
        self._rays[2] = tall * (0.55 + 0.8 * ray + 0.75 * m.bass * ray)
        self._rays[3] = light * own * gain * (1.15 if k == 0 else 0.85)
        hang(self._fan, self._rays, self._profile, f32(top), f32(1.0 + 1.2 * m.melody))

    def _shimmer(self, m: Moment) -> None:
        """Part the fan into fine rays that flicker side by side, more the fuller the sky is.

        The noise returns after 16: the fan's two ends are one ray where it goes all around.
        """
        at = np.arange(COLUMNS, dtype=np.float32) * f32(48.0 / COLUMNS)
        # Each hit pushes the rays aside.
        push = 0.03 * m.kick + 0.12 * m.snare
        a = self._along(4, at + 0.05 * m.flow + push)
        a += self._along(3, at * 3.0 - 0.08 * m.flow - push)
        depth = 0.30 + 0.30 * self._full
        self._fan *= (1.0 + depth * a).clip(0.12, 2.2)[None, :, None]

    def _along(self, row: int, at: NDArray[np.float32]) -> NDArray[np.float32]:
        """Smooth noise of −1 to 1 along a line, one feature about every 1/16."""
        noise = self._line_noise[row]
        p = at * (noise.size / 16.0)
        floor = np.floor(p)
        p -= floor
        i = floor.astype(np.int32) & (noise.size - 1)
        a = noise[i]
        b = noise[(i + 1) & (noise.size - 1)]
        b -= a
        b *= p
        b += a
        value: NDArray[np.float32] = b
        return value

    def _ground(self, m: Moment, out: NDArray[np.float32], cam_y: float, glow: float) -> None:
        """Land in front of the sky, and the lake that mirrors both."""
        stage, zoom = self.stage, m.zoom
        per = self.width / (2.0 * stage.half_x) * zoom
        tilt = -np.tan(m.roll)
        # From the horizon down to the lower edge of an unmoved frame.
        room = HORIZON - 0.06 + stage.half_y / stage.framing
        x = (np.arange(self.width) + 0.5) / per - stage.half_x / zoom
        shore = HORIZON - 0.10 * room - 0.10 * m.lift
        last = LAYERS - 1 if self._lake else LAYERS
        for layer in range(LAYERS):
            near = layer / (LAYERS - 1)
            part = 0.06 + near * near * 0.75
            u = (x + m.cam_x + m.truck * part) / (1 + m.forward * part * 0.25)
            p = u * self._lines.shape[1] / SPAN
            i = np.floor(p).astype(np.int64)
            row = self._lines[layer]
            h = row[i % row.size] + (row[(i + 1) % row.size] - row[i % row.size]) * (p - i)
            if self._lake and layer < LAYERS - 1:
                # The far shore's feet stand in the water; the near one frames the view.
                y = shore + h * (0.10 + 0.22 * room) * (1 - 0.45 * near)
            else:
                drop = near * (0.35 + 0.65 * near) * (room - 0.10) * (1.3 if self._lake else 1.0)
                y = HORIZON - drop - m.lift * part * 0.6 + h * (0.20 + 0.24 * room)
            self._tops[layer] = (stage.half_y / zoom - (y - cam_y) - x * tilt) * per
        self._tops.min(axis=1, out=self._spans[:, 0])
        self._tops.max(axis=1, out=self._spans[:, 1])
        low = (stage.half_y / zoom - (shore - cam_y)) * per
        lit = min(glow * (4.0 if self._snow else 5.0), 1.0)
        light = (self._low * f32(lit)).astype(np.float32)
        land(out, self._tops, self._spans, self._tones, self._mist, light, self._noise, 0, last,
              f32(per), f32(m.flow * 2.0), f32(1.0 if self._snow else 0.0),
              f32(low if self._lake else 1e6), f32(-tilt))  # fmt: skip
        if self._lake:
            mirror_below(
                out, self._noise, f32(low), f32(-tilt), f32(2.1), f32(0.10 + 0.3 * m.kick),
                f32(0.004 * m.flow), f32(m.cam_x + m.truck), f32(0.62), f32(0.85), self._mist,
                f32(0.02),
            )  # fmt: skip
            land(out, self._tops, self._spans, self._tones, self._mist, light, self._noise, last,
                 LAYERS, f32(per), f32(m.flow * 2.0), f32(0.0), f32(1e6), f32(-tilt))  # fmt: skip


def _wander(random: np.random.Generator) -> NDArray[np.float64]:
    """Six lines of smooth periodic noise of about −1 to 1, shape (6, 512)."""
    k = np.fft.rfftfreq(512, 1 / 512)
    gain = np.where((k > 0) & (k <= 48), 1.0 / np.maximum(k, 6.0) ** 0.7, 0.0)
    rows = np.fft.irfft(gain * np.exp(2j * pi * random.random((6, k.size))), 512)
    noise: NDArray[np.float64] = np.clip(rows / (2.0 * rows.std(axis=1, keepdims=True)), -1, 1)
    return noise


def _profile() -> Field:
    """Light along a ray from its foot (0) to its tip (255): of the body and of the upper part."""
    q = np.linspace(0.0, 1.0, 256)
    edge = np.clip(q / 0.045, 0, 1) ** 2
    body = edge * (np.exp(-4.6 * q) + 0.16 * np.exp(-1.4 * q)) * (1 - q) ** 1.2
    mix = np.clip((q - 0.08) / 0.5, 0, 1) ** 0.8
    hem = np.exp(-(((q - 0.05) / 0.035) ** 2))
    profile: Field = np.stack([body * (1 - mix), 0.85 * body * mix, hem]).astype(np.float32)
    return profile
