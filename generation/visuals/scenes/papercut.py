"""Paper-cut landscape: sheets of cut paper hung one behind the other in a lit box.

Every sheet is an outline: a height for each column. A pixel asks the sheets from the nearest to
the farthest which one covers it, and how close the edge above it is that throws its shadow.
"""

from math import cos, pi, sin
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    colour,
    f32,
    kernel,
    noise_table,
    sample,
)
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Finish, Scene
from songreel.generation.visuals.stage import Stage

_CELLS = 4096
_SPAN = 8.0
"""Width of an outline before it repeats, in scene units."""
_DEPTHS = (0.72, 0.95, 1.25, 1.7, 2.3, 3.1, 4.2)
"""Distance of each sheet on the ground, nearest first; then comes the sky."""
_SHEETS = len(_DEPTHS)
_RINGS = 3
"""Paper discs around the sun."""


def _outlines(random: np.random.Generator) -> NDArray[np.float32]:
    """Outlines of the sheets, nearest first, shape (sheets, cells), scene units, periodic."""
    x = np.arange(_CELLS) / _CELLS
    rows = []
    for k in range(_SHEETS):
        # Far sheets are mountains, near ones hills with pines, the nearest grass.
        far = k / (_SHEETS - 1)
        waves = np.arange(2, 90)
        size = waves ** -(1.25 + 0.55 * (1 - far)) * random.normal(1.0, 0.35, waves.size)
        phase = random.random(waves.size)
        hill = np.sum(
            size[:, None] * np.sin(2 * pi * (waves[:, None] * x + phase[:, None])), axis=0
        )
        hill *= 0.5 / np.ptp(hill)
        if k >= 4:
            # Creases upwards are peaks.
            folds = np.arange(3, 60)
            weight = folds**-(1.15) * random.random(folds.size)
            phase = random.random(folds.size)
            crease = 1.0 - np.abs(np.sin(pi * (folds[:, None] * x + phase[:, None])))
            peaks = np.sum(weight[:, None] * crease**1.4, axis=0)
            peaks -= peaks.mean()
            hill = 0.25 * hill + 0.50 * peaks / np.ptp(peaks)
        row = hill * (0.55 + 0.9 * far)
        if 1 <= k <= 3:
            row = _with_pines(
                row, random, count=(90, 70, 90)[k - 1], tall=(0.34, 0.26, 0.17)[k - 1]
            )
        if k == 0:
            row = _with_grass(row * 0.6, random)
        rows.append(row)
    return np.array(rows, np.float32)


def _with_pines(
    row: NDArray[np.float64], random: np.random.Generator, count: int, tall: float
) -> NDArray[np.float64]:
    """`row` with pines of up to `tall` on it, in groups."""
    cell = _SPAN / _CELLS
    index = np.arange(_CELLS)
    out = row.copy()
    groups = random.random(max(3, count // 9)) * _CELLS
    for _ in range(count):
        at = (float(random.choice(groups)) + random.normal(0.0, 150.0)) % _CELLS
        height = tall * (0.35 + 0.65 * float(random.random()) ** 0.7)
        half = height * (0.17 + 0.07 * float(random.random()))
        gap = np.abs((index - at + _CELLS / 2) % _CELLS - _CELLS / 2) * cell
        near = gap < half
        r = 1.0 - gap[near] / half
        # Boughs: steps that hang a little.
        steps = 8.0
        bough = (np.floor(r * steps) + np.clip((r * steps % 1.0) * 1.6 - 0.25, 0.0, 1.0)) / steps
        foot = row[int(at) % _CELLS] - 0.01
        out[near] = np.maximum(out[near], foot + height * np.where(r > 0.97, 1.0, bough))
    return out


def _with_grass(row: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """`row` with blades of grass on it."""
    out = row.copy()
    for _ in range(900):
        at, lean = int(random.integers(_CELLS)), random.normal(0.0, 1.2)
        height = 0.03 + 0.12 * float(random.random()) ** 2
        reach = max(3, int(height * 60))
        part = np.arange(-reach, reach + 1)
        r = np.clip(1.0 - np.abs(part - lean) / reach, 0.0, 1.0)
        cells = (at + part) % _CELLS
        out[cells] = np.maximum(out[cells], row[at] - 0.02 + height * r)
    return out


@kernel
def _tops(
    tops: Field,
    outlines: Field,
    places: Field,
    half_x: Any,
    half_y: Any,
    scale: Any,
    tilt: Any,
) -> None:
    """Rows of the sheets' edges, shape (sheets, columns).

    `places`, shape (sheets, 3): offset along the outline, magnification, height of its foot.
    """
    sheets, columns = tops.shape
    for k in range(sheets):
        for i in range(columns):
            x0 = half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(columns) - f32(1))
            p = (x0 / places[k, 1] + places[k, 0]) * f32(_CELLS / _SPAN)
            c = np.floor(p)
            n = np.int64(c) & np.int64(_CELLS - 1)
            a, b = outlines[k, n], outlines[k, (n + 1) & (_CELLS - 1)]
            y = (a + (b - a) * f32(p - c)) * places[k, 1] + places[k, 2]
            tops[k, i] = (half_y - y - x0 * tilt) * scale


@kernel
def _box(
    out: NDArray[np.float32],
    tops: Field,
    lut: Field,
    tones: Field,
    places: Field,
    paper: Field,
    stars: Field,
    half_x: Any,
    half_y: Any,
    sun_x: Any,
    sun_y: Any,
    sun_r: Any,
    ring: Any,
    lamp: Any,
    rim: Any,
    twinkle: Any,
    slide: Any,
    pixel: Any,
) -> None:
    """Every pixel: the sheets from near to far, then the sun's discs, then the sky.

    `tones`, shape (sheets, 2): place on the palette and light of each sheet.
    """
    height, width, _ = out.shape
    sheets = tops.shape[0]
    per = f32(2) * half_y / f32(height)
    cast = max(f32(1), f32(8) * pixel)
    blur = f32(1) / (f32(30) * pixel)
    for j in range(height):
        y = half_y - (f32(j) + f32(0.5)) * per
        for i in range(width):
            x = (f32(i) + f32(0.5)) * per - half_x
            dx, dy = x - sun_x, y - sun_y
            away = np.sqrt(dx * dx + dy * dy)
            near_sun = f32(1) / (f32(1) + f32(1.6) * away * away)
            grain = sample(paper, f32(i) / pixel * f32(0.55), f32(j) / pixel * f32(0.55))
            fibre = f32(0.90) + f32(0.20) * grain
            left = f32(1)
            c0 = c1 = c2 = f32(0)
            # The sheet in front throws its shadow up and to the side.
            lean = min(max(dx * f32(4), f32(-1)), f32(1))
            side = min(max(i + int(cast * lean), 0), width - 1)
            closest = f32(1e6)
            for k in range(sheets):
                inside = f32(j) + f32(0.5) - tops[k, i]
                if inside > f32(-0.5):
                    a = min(inside + f32(0.5), f32(1)) * left
                    # Light from behind comes in at the foot of each sheet and at its cut edge.
                    foot = clamp01((places[k, 2] + f32(0.12) - y) * f32(1.7))
                    gap = clamp01(closest * blur * f32(0.25))
                    tone = tones[k, 0] + f32(0.10) * foot + f32(0.05) * near_sun
                    p0, p1, p2 = colour(lut, tone)
                    light = tones[k, 1] * (f32(0.55) + f32(0.75) * near_sun)
                    light = light * (f32(0.70) + f32(0.80) * foot) * lamp
                    edge = clamp01(f32(1) - inside / (f32(2.2) * pixel))
                    light = light * fibre * (f32(1) + edge * (f32(0.9) + rim) * near_sun)
                    shade = clamp01(f32(1) - closest * blur)
                    light = (
                        light * (f32(1) - f32(0.62) * shade * shade) * (f32(0.9) + f32(0.1) * gap)
                    )
                    c0 += a * light * p0
                    c1 += a * light * p1
                    c2 += a * light * p2
                    left -= a
                    if left < f32(0.004):
                        break
                closest = min(closest, max(f32(0), tops[k, side] - f32(j)))
            if left >= f32(0.004):
                shade = clamp01(f32(1) - closest * blur)
                lit = lamp * fibre * (f32(1) - f32(0.45) * shade * shade)
                tone = f32(0.42) + f32(0.42) * near_sun
                # Discs of paper around the sun, each a step brighter.
                step = f32(0)
                for n in range(_RINGS, -1, -1):
                    r = sun_r + f32(n) * ring
                    inside = (r - away) / per
                    if inside > f32(-0.5):
                        step += min(inside + f32(0.5), f32(1)) * (f32(0.055) if n > 0 else f32(0))
                    elif inside > f32(-26) * pixel:
                        drop = f32(1) + inside / (f32(26) * pixel)
                        lit = lit * (f32(1) - f32(0.13) * drop * drop)
                p0, p1, p2 = colour(lut, tone + step)
                light = lit * (f32(0.35) + f32(0.65) * near_sun + f32(0.9) * step)
                s0, s1, s2 = light * p0, light * p1, light * p2
                disc = clamp01((sun_r - away) / per + f32(0.5))
                bright = lamp * (f32(1.5) + f32(0.5) * rim)
                s0 += (bright * lut[250, 0] - s0) * disc
                s1 += (bright * lut[250, 1] - s1) * disc
                s2 += (bright * lut[250, 2] - s2) * disc
                c0 += left * s0
                c1 += left * s1
                c2 += left * s2
            out[j, i, 0], out[j, i, 1], out[j, i, 2] = c0, c1, c2
    # Stars are holes pricked in the sky.
    for n in range(stars.shape[0]):
        x = (stars[n, 0] * f32(4) - slide) % f32(4) - f32(2)
        y = half_y * (f32(1) - f32(1.1) * stars[n, 1] * stars[n, 1])
        px, py = (x + half_x) / per, (half_y - y) / per
        i, j = int(px), int(py)
        if px < f32(1) or py < f32(1) or i >= width - 2 or j >= height - 2:
            continue
        hidden = False
        for k in range(sheets):
            hidden = hidden or f32(j) + f32(2) > tops[k, i]
        dx, dy = x - sun_x, y - sun_y
        if hidden or dx * dx + dy * dy < (sun_r + f32(_RINGS) * ring) ** 2:
            continue
        size = (f32(0.9) + f32(1.2) * stars[n, 2] * stars[n, 2]) * pixel
        k0 = lamp * (f32(0.45) + (twinkle * f32(2.2) if n % 3 == 0 else f32(0)))
        reach = int(size) + 1
        for b in range(max(0, j - reach), min(height, j + reach + 1)):
            for a0 in range(max(0, i - reach), min(width, i + reach + 1)):
                ex, ey = f32(a0) + f32(0.5) - px, f32(b) + f32(0.5) - py
                d = clamp01(size - np.sqrt(ex * ex + ey * ey) + f32(0.5)) * k0
                for c in range(3):
                    out[b, a0, c] += d * lut[245, c]


class Papercut(Scene):
    """A landscape cut from paper."""

    name: ClassVar[str] = "paper-cut landscape"
    words: ClassVar[tuple[str, ...]] = (
        "paper", "papercut", "cutout", "silhouette", "mountain", "forest", "landscape", "valley",
        "pine", "moon", "hill", "theatre", "tale",
    )  # fmt: skip
    scale: ClassVar[float] = 0.75
    finish: ClassVar[Finish] = Finish(bloom=0.35, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(81)
        self._outlines = _outlines(random)
        self._tops = np.zeros((_SHEETS, self.width), np.float32)
        self._places = np.zeros((_SHEETS, 3), np.float32)
        self._offset = random.random(_SHEETS) * _SPAN
        self._stars = random.random((140, 3)).astype(np.float32)
        self._flies = random.random((220, 3)).astype(np.float32)
        self._spark = stage.shade(0.92, 0.93) * f32(1.6)
        self._paper = noise_table(5, 256, 6, 8)
        self._sun = (float(random.random()) - 0.5) * 1.0 * stage.half_x
        self._phase = float(random.random()) * 2 * pi
        far = np.arange(_SHEETS) / (_SHEETS - 1)
        self._tones = np.stack([0.05 + 0.50 * far**0.9, 0.75 + 0.45 * far], 1).astype(np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st = moment, self.stage
        base = m.zoom**0.6
        for k, depth in enumerate(_DEPTHS):
            away = max(0.35, depth - 0.35 * m.forward)
            size = base * (0.55 + 0.62 / away)
            # Sheets hang on threads: they sway a little, and a kick tosses the near ones.
            sway = 0.012 * sin(0.9 * m.flow + 1.7 * k + self._phase)
            toss = 0.055 * m.kick * (1.0 if k % 2 == 0 else 0.55) / away
            ground = -0.90 + 1.02 * (k / (_SHEETS - 1)) ** 0.85
            rise = 0.05 * (m.energy - 0.5) + 0.06 * m.build
            height = ground * st.half_y - m.cam_y - m.lift / (0.4 + away) + toss + rise * k / 3
            self._places[k] = (
                self._offset[k] + m.cam_x + m.truck / away + sway + 0.02 * m.flow / away,
                size,
                height,
            )
        scale = self.height / (2.0 * st.half_y)
        half = (f32(st.half_x), f32(st.half_y))
        _tops(self._tops, self._outlines, self._places, *half, f32(scale), f32(sin(-m.roll)))
        sun_y = (0.40 + 0.25 * m.build + 0.06 * m.energy) * st.half_y - m.cam_y - 0.06 * m.lift
        sun_x = self._sun - m.cam_x - 0.06 * m.truck
        c, s = cos(-m.roll), sin(-m.roll)
        _box(
            out, self._tops, st.lut, self._tones, self._places, self._paper, self._stars, *half,
            f32(sun_x * c + sun_y * s), f32(sun_y * c - sun_x * s),
            f32(base * (0.16 + 0.05 * m.energy + 0.02 * m.kick)),
            f32(base * (0.07 + 0.07 * m.bass + 0.05 * m.kick)),
            f32(0.55 + 0.75 * m.energy + 0.2 * m.pulse), f32(2.5 * m.snare), f32(m.hat),
            f32(0.05 * m.truck + m.cam_x), f32(self.height * st.half_x / 960.0),
        )  # fmt: skip
        # Fireflies: seen when a hat strikes.
        mix_motes(
            out, self._flies, *half, f32(c * base), f32(-s * base), f32(m.cam_x + 0.6 * m.truck),
            f32(m.cam_y + 0.6 * m.lift), f32(m.flow), f32(-0.05), f32(0.02 + 0.06 * m.energy),
            f32(m.hat), f32(0.006), self._spark,
        )  # fmt: skip
