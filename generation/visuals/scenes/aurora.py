"""Aurora: curtains of light that fold and drift over ridges, forest or snow.

A curtain is a line on the ground plan that winds as rivers do, hung high and seen from below: its
rays all point at one place overhead. They are drawn as columns of a fan around that place, and
every pixel of the sky looks itself up in it.
"""

from math import cos, pi, sin
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    f32,
    fade,
    kernel,
    line,
    noise_table,
    sample,
)
from songreel.generation.visuals.mirror import mirror_below
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.scenes.aurora_land import LAYERS, SPAN, outlines
from songreel.generation.visuals.stage import Role, Stage

_STEPS = 1000
"""Rays along one curtain: about two a column of the fan, so that no gap shows in the folds."""
_COLUMNS, _ROWS = 560, 144
"""Fan of the aurora: fine across, where rays are, coarse along them."""
_HORIZON = -0.30
_EDGE = 1.45
"""Where the fan ends: u / (1 + |u| / 2) of its outermost ray."""

_FULL = {
    Role.OPENING: 0.0, Role.VERSE: 0.18, Role.RISE: 0.55, Role.PEAK: 1.0, Role.TURN: 0.7,
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
        self._lake = not self._snow and stage.role in (Role.PEAK, Role.TURN)
        accent, other = stage.accent_at, stage.contrast_at
        lit = 0.75 + 0.4 * self._full
        self._sky = np.stack(
            [stage.shade(0.05, 0.10), stage.shade(0.2, 0.22 * lit),
             stage.shade(0.4, 0.40 * lit, 0.9)]
        )  # fmt: skip
        self._mist = stage.shade(0.35, 0.36, 0.7)
        near = np.linspace(0.0, 1.0, LAYERS)[:, None]
        far_tone, near_tone = stage.shade(0.25, 0.26, 0.8), stage.shade(0.0, 0.05, 0.7)
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
        self._fan = np.zeros((2, _COLUMNS, _ROWS), np.float32)
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
            [random.uniform(-3.2, 3.2, count), random.uniform(_HORIZON, 2.6, count),
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
        # Where all rays point: far above in a verse, just over the frame in a chorus.
        above = top + 0.62 + 2.6 * (1 - full) ** 2 - 0.15 * m.build * full
        zenith = (m.cam_x + self._side * 0.25 - 0.05 * m.truck, above)
        self._fan[:] = 0.0
        gain = (0.30 + 0.55 * m.energy + 0.20 * full) * (1.0 + 0.28 * m.pulse + 0.25 * m.build)
        gain *= 0.70 + 0.60 * m.brightness
        count = 1 + (full > 0.3) + (full > 0.6) + (m.build > 0.4 and full < 0.9)
        for k in range(int(count)):
            self._curtain(k, m, gain, top, zenith)
        for part in self._fan:
            cv2.blur(part, (1, 3), dst=part)
        view = np.array(
            [m.cam_x, cam_y, stage.half_x / zoom, stage.half_y / zoom, m.roll, zenith[0],
             zenith[1], top, 0.0, m.hat, m.energy, m.flow],
            np.float32,
        )  # fmt: skip
        glow = float(self._fan[0].mean())
        _heavens(out, view, self._fan.reshape(2, -1), self._sky, self._low, self._high)
        _stars(out, view, self._stars, self._star)
        self._ground(m, out, cam_y, glow)

    def _curtain(
        self, k: int, m: Moment, gain: float, top: float, zenith: tuple[float, float]
    ) -> None:
        """Lay out one curtain and draw its rays into the fan."""
        full, own = self._full, self._own[k]
        s = self._way
        slow = 0.10 * m.flow
        # Sine-generated meanders, as rivers have (Langbein and Leopold, 1966): past a right
        # angle they overhang, which is how a curtain folds over itself.
        bends = 1.35 + 0.55 * own[0] + 0.22 * m.snare + 0.15 * m.bass
        wave = 2.1 + 1.3 * own[1] + 0.8 * full
        turn = bends * np.sin(2 * pi * (wave * s + own[2] + 0.35 * slow))
        turn += 0.9 * self._along(0, s * 1.2 + 0.05 * slow + own[3])
        turn += 0.5 * self._along(1, s * 4.1 - 0.11 * slow + own[4])
        lean = self._side * (0.22 + 0.5 * own[5]) * (1 if k % 2 == 0 else -1)
        length = (9.0 + 4.0 * full) / _STEPS
        plan_x = np.cumsum(np.cos(turn)) * length
        plan_z = np.cumsum(np.sin(turn)) * length
        middle = _STEPS // 2
        plan_x -= plan_x[middle] - self._side * (0.5 - 0.5 * k)
        plan_z -= plan_z.mean()
        away = (4.6, 3.2, 2.4, 5.6)[k] if full < 0.9 else (3.6, 2.5, 1.9, 4.6)[k]
        z = np.maximum(away + 0.9 * plan_z + lean * plan_x, 1.05)
        x = plan_x / z * (1.7 + 0.4 * full) - 0.05 * m.truck
        hem = self._along(2, s * 9.0 + 0.2 * slow) * 0.05
        foot = _HORIZON + (1.02 + (0.02 if self._lake else 0.25) * full + hem) / z - 0.1 * m.lift
        ray = 0.5 + 0.5 * self._along(3, s * 16.0 - 0.12 * m.flow)
        fine = 0.5 + 0.5 * self._along(4, s * 60.0 + 0.25 * m.flow)
        light = 0.40 + 0.9 * ray * ray + ray * fine * (0.35 + 0.9 * m.hat)
        light *= 0.35 + 0.9 * (0.5 + 0.5 * self._along(5, s * 2.2 + 0.045 * m.flow)) ** 1.5
        # The kick's wave starts in the middle and runs outwards as the kick dies away.
        crest = np.abs(s) * 2 - (1 - m.kick) * 1.1
        light *= 1 + m.kick * (0.35 + 1.8 * np.exp(-crest * crest * 22))
        light *= np.clip((z - 1.05) * 2.5, 0.0, 1.0) * np.clip((0.5 - np.abs(s)) * 9, 0.0, 1.0)
        tall = (0.55 + 0.8 * ray + 0.75 * m.bass * ray) * (0.62 + 0.45 * full + 0.3 * m.build)
        tall = tall * (1.5 + 0.10 * m.kick) / z
        u = (x - zenith[0]) / np.maximum(zenith[1] - foot, 0.2)
        column = (u / (1 + 0.5 * np.abs(u)) / _EDGE * 0.5 + 0.5) * _COLUMNS
        self._rays[0], self._rays[1], self._rays[2] = column, foot, tall
        self._rays[3] = light * gain * (1.15 if k == 0 else 0.85)
        _hang(self._fan, self._rays, self._profile, f32(top), f32(1.0 + 0.9 * m.melody))

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
        return b

    def _ground(self, m: Moment, out: NDArray[np.float32], cam_y: float, glow: float) -> None:
        """Land in front of the sky, and the lake that mirrors both."""
        stage, zoom = self.stage, m.zoom
        per = self.width / (2.0 * stage.half_x) * zoom
        tilt = -np.tan(m.roll)
        # From the horizon down to the lower edge of an unmoved frame.
        room = _HORIZON - 0.06 + stage.half_y / stage.framing
        x = (np.arange(self.width) + 0.5) / per - stage.half_x / zoom
        shore = _HORIZON - 0.10 * room - 0.10 * m.lift
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
                y = _HORIZON - drop - m.lift * part * 0.6 + h * (0.20 + 0.24 * room)
            self._tops[layer] = (stage.half_y / zoom - (y - cam_y) - x * tilt) * per
        self._tops.min(axis=1, out=self._spans[:, 0])
        self._tops.max(axis=1, out=self._spans[:, 1])
        low = (stage.half_y / zoom - (shore - cam_y)) * per
        lit = min(glow * (4.0 if self._snow else 5.0), 1.0)
        light = (self._low * f32(lit)).astype(np.float32)
        _land(out, self._tops, self._spans, self._tones, self._mist, light, self._noise, 0, last,
              f32(per), f32(m.flow * 2.0), f32(1.0 if self._snow else 0.0),
              f32(low if self._lake else 1e6), f32(-tilt))  # fmt: skip
        if self._lake:
            mirror_below(
                out, self._noise, f32(low), f32(-tilt), f32(2.1), f32(0.10 + 0.3 * m.kick),
                f32(0.004 * m.flow), f32(m.cam_x + m.truck), f32(0.62), f32(0.85), self._mist,
                f32(0.02),
            )  # fmt: skip
            _land(out, self._tops, self._spans, self._tones, self._mist, light, self._noise, last, LAYERS,
                  f32(per), f32(m.flow * 2.0), f32(0.0), f32(1e6), f32(-tilt))  # fmt: skip


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


@kernel
def _hang(fan: Field, rays: Field, profile: Field, top: Any, hem: Any) -> None:
    """Add a curtain's rays to the fan, shape (2, columns, rows): lower and upper colour."""
    columns, rows = fan.shape[1], fan.shape[2]
    low = f32(_HORIZON)
    per_row = (top - low) / f32(rows)
    for k in range(1, rays.shape[1]):
        light = rays[3, k]
        a, b = min(rays[0, k - 1], rays[0, k]), max(rays[0, k - 1], rays[0, k])
        if light < f32(0.002) or b < f32(0) or a >= f32(columns) or b - a > f32(30):
            continue
        foot, tall = rays[1, k], rays[2, k]
        start: Any = max(0, np.int64((top - foot - tall) / per_row))
        end: Any = min(rows, np.int64((top - foot) / per_row) + 1)
        # Where the curtain faces the eye a ray covers much of a column, thinly; where it is
        # seen edge-on many fall on one. That is how folds brighten; too much of it makes lamps.
        reach = max(b - a, f32(0.62))
        light = light * f32(0.36) / reach
        first: Any = max(0, np.int64(np.floor(a)))
        final: Any = min(columns - 1, np.int64(np.floor(a + reach)))
        scale = f32(255) / tall
        for x in range(first, final + 1):
            share = min(f32(x + 1), a + reach) - max(f32(x), a)
            amount = light * max(share, f32(0))
            for row in range(start, end):
                q = (top - (f32(row) + f32(0.5)) * per_row - foot) * scale
                i = np.int64(min(max(q, f32(0)), f32(255)))
                fan[0, x, row] += (profile[0, i] + profile[2, i] * (hem - f32(1))) * amount
                fan[1, x, row] += profile[1, i] * amount


@kernel
def _heavens(out: Field, view: Field, fan: Field, sky: Field, low: Field, high: Field) -> None:
    """Air and aurora for every pixel."""
    height, width, _ = out.shape
    cos, sin = f32(np.cos(view[4])), f32(np.sin(view[4]))
    horizon = f32(_HORIZON)
    zx, zy, top = view[5], view[6], view[7]
    per_row = f32(_ROWS) / (top - horizon)
    body, upper = fan[0], fan[1]
    for j in range(height):
        row = line(out, j)
        sy = (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height)) * view[3]
        for i in range(width):
            sx = (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1)) * view[2]
            x = view[0] + sx * cos + sy * sin
            y = view[1] - sx * sin + sy * cos
            up = max(y - horizon, f32(0))
            a = clamp01(up * f32(0.85))
            b = clamp01(f32(1) - up * f32(2.6))
            b = b * b
            u = (x - zx) / max(zy - y, f32(0.2))
            u = (u / (f32(1) + f32(0.5) * abs(u)) * f32(0.5 / _EDGE) + f32(0.5)) * f32(_COLUMNS)
            cx = min(max(u - f32(0.5), f32(0)), f32(_COLUMNS - 1.01))
            cy = min(max((top - y) * per_row - f32(0.5), f32(0)), f32(_ROWS - 1.01))
            ix, iy = np.int64(cx), np.int64(cy)
            tx, ty = cx - f32(ix), cy - f32(iy)
            n = ix * _ROWS + iy
            p = body[n] + (body[n + 1] - body[n]) * ty
            q = body[n + _ROWS] + (body[n + _ROWS + 1] - body[n + _ROWS]) * ty
            one = p + (q - p) * tx
            p = upper[n] + (upper[n + 1] - upper[n]) * ty
            q = upper[n + _ROWS] + (upper[n + _ROWS + 1] - upper[n + _ROWS]) * ty
            two = p + (q - p) * tx
            for c in range(3):
                v = sky[1, c] + (sky[0, c] - sky[1, c]) * a
                v += (sky[2, c] - v) * b
                row[3 * i + c] = v + low[c] * one + high[c] * two


@kernel
def _land(out: Field, tops: Field, spans: Field, tones: Field, mist: Field, light: Field, noise: Field,
          first: int, last: int, per: Any, drift: Any, snow: Any, shore: Any,
          tilt: Any) -> None:  # fmt: skip
    """Ridges from far to near below their outlines, each foot in mist."""
    height, width, _ = out.shape
    layers = tops.shape[0]
    fine = f32(1) / per
    for j in range(height):
        row = line(out, j)
        y = f32(j) + f32(0.5)
        if y > shore + abs(tilt) * f32(width) + f32(1):
            break
        # What a nearer ridge hides whole is not drawn.
        start = first
        for layer in range(first, last):
            if y > spans[layer, 1] + f32(1) and y < shore - abs(tilt) * f32(width):
                start = layer
        for layer in range(start, last):
            if y < spans[layer, 0] - f32(1):
                continue
            near = f32(layer) / f32(layers - 1)
            air = (f32(1) - near) * (f32(1) - near) * f32(0.30)
            thick = f32(1) - near * near
            steep = (f32(5.5) - near * f32(2.0)) * fine
            edge = tops[layer]
            down = y * fine * f32(60) + f32(layer * 40)
            move = drift * (near + f32(0.3))
            lit = f32(0.42) - f32(0.34) * near
            r0, g0, b0 = tones[layer, 0], tones[layer, 1], tones[layer, 2]
            for i in range(width):
                below = y - edge[i]
                cover = clamp01(below + f32(0.5))
                floor = shore + tilt * (f32(i) - f32(0.5) * f32(width))
                cover = cover if y < floor + f32(1) else f32(0)
                below = max(below, f32(0))
                foot = clamp01(below * steep)
                n = sample(noise, f32(i) * fine * f32(22) + move, down)
                fog = clamp01(air + foot * foot * (f32(0.10) + f32(0.8) * n) * thick * f32(0.75))
                rim = fade(below * f32(70) * fine) * f32(0.22)
                # Snow takes the light of the sky, more where it lies flat.
                field = snow * (f32(0.10) + f32(0.40) * (f32(1) - near)) * (f32(0.6) + f32(0.8) * n)
                shine = lit * fog + rim + field
                r = r0 + (mist[0] - r0) * fog + light[0] * shine
                g = g0 + (mist[1] - g0) * fog + light[1] * shine
                b = b0 + (mist[2] - b0) * fog + light[2] * shine
                row[3 * i] += (r - row[3 * i]) * cover
                row[3 * i + 1] += (g - row[3 * i + 1]) * cover
                row[3 * i + 2] += (b - row[3 * i + 2]) * cover


@kernel
def _stars(out: Field, view: Field, stars: Field, tone: Field) -> None:
    """Stars as small points above the ridges; hats make them glitter."""
    height, width = out.shape[0], out.shape[1]
    cos, sin = f32(np.cos(view[4])), f32(np.sin(view[4]))
    for i in range(stars.shape[0]):
        x, y = stars[i, 0] - view[0] * f32(0.9), stars[i, 1] - view[1]
        sx, sy = x * cos - y * sin, x * sin + y * cos
        px = (sx / view[2] + f32(1)) * f32(0.5 * width) - f32(0.5)
        py = (f32(1) - sy / view[3]) * f32(0.5 * height) - f32(0.5)
        ix, iy = np.int64(np.floor(px)), np.int64(np.floor(py))
        if ix < 0 or iy < 0 or ix >= width - 1 or iy >= height - 1:
            continue
        tx, ty = f32(px - f32(ix)), f32(py - f32(iy))
        shimmer = f32(0.75) + f32(0.25) * np.sin(view[11] * f32(3) + stars[i, 3])
        light = stars[i, 2] * shimmer * (f32(1) + f32(1.2) * view[9])
        # A star fades where the aurora is bright, as it does to the eye.
        light /= f32(1) + f32(6) * (out[iy, ix, 0] + out[iy, ix, 1] + out[iy, ix, 2])
        for c in range(3):
            value = tone[c] * light
            out[iy, ix, c] += value * (f32(1) - tx) * (f32(1) - ty)
            out[iy, ix + 1, c] += value * tx * (f32(1) - ty)
            out[iy + 1, ix, c] += value * (f32(1) - tx) * ty
            out[iy + 1, ix + 1, c] += value * tx * ty
