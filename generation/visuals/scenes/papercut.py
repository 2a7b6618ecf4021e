"""Paper-cut landscape: sheets of cut paper hung one behind the other in a lit box.

Every sheet is an outline: a height for each column. Sheets are laid from the farthest to the
nearest; each is shaded by the edges of the sheets in front of it.
"""

from math import cos, pi, sin
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    f32,
    hash1,
    kernel,
    line,
    noise_table,
)
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.scenes.papercut_worlds import CELLS, SHEETS, SPAN, outlines
from songreel.generation.visuals.stage import Role, Stage

_DEPTHS = (0.72, 0.95, 1.25, 1.7, 2.3, 3.1, 4.2)
"""Distance of each sheet on the ground, nearest first; then comes the sky."""
_BLOCK = 64
"""Columns that are laid together, from the sheet's highest edge to where all is hidden."""
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
        self._outlines = outlines(random, self._world)
        shape = (SHEETS, self.width)
        self._tops, self._shade = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._spans = np.zeros((SHEETS, 2, -(-self.width // _BLOCK)), np.int64)
        self._places = np.zeros((SHEETS, 4), np.float32)
        self._offset = random.random(SHEETS) * SPAN
        self._stars = random.random((140, 3)).astype(np.float32)
        self._flies = random.random((220, 3)).astype(np.float32)
        self._spark = stage.shade(0.92, 0.93) * f32(1.6)
        self._paper = noise_table(5, 256, 6, 8)
        self._side = -1.0 if stage.role is Role.TURN else 1.0
        self._sun = self._side * (float(random.random()) - 0.5) * 0.9 * stage.half_x
        self._sun *= 1.0 - 0.7 * min(self._full, 1.0)
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
        sun_y = (0.22 + 0.16 * full + 0.30 * m.build + 0.04 * m.energy) * st.half_y
        sun_y -= m.cam_y + 0.06 * m.lift
        sun_x = self._sun - m.cam_x - 0.06 * m.truck
        x, y = sun_x * c + sun_y * s, sun_y * c - sun_x * s
        # Trees or houses at both sides of the frame draw aside as the box opens.
        frame = (0.0 if sea else 0.55) * (1 - 0.55 * min(full, 1.0)) - 0.2 * m.build
        _tops(self._tops, self._outlines, self._places, *half, f32(per), f32(sin(-m.roll)),
              f32(sun_x), f32(max(frame, 0.0) * st.half_y))  # fmt: skip
        pixel = self.height * st.half_x / 960.0
        _shadows(self._shade, self._tops, f32(8 * pixel), f32((x + st.half_x) * per))
        _bounds(self._spans, self._tops, self.height)
        skyline = self._tops.min(axis=0)
        radius = base * (0.13 + 0.30 * min(full, 1.15) ** 1.4 + 0.02 * m.kick + 0.04 * m.build)
        ring = base * (0.060 + 0.055 * full + 0.07 * m.bass + 0.055 * m.kick)
        lamp = (0.75 + 0.35 * m.energy + 0.18 * m.pulse) * (0.86 + 0.28 * m.brightness)
        _sky(out, self._shade[0], self._rings, self._paper, *half, f32(x), f32(y), f32(radius),
             f32(ring), f32(lamp), f32(0.35 * m.melody), f32(pixel), skyline)  # fmt: skip
        _pricks(out, self._stars, skyline, *half, f32(x), f32(y),
                f32(radius + len(self._rings) * ring), f32(lamp * (1 - 0.7 * min(full, 1.0))), f32(m.hat),
                f32(0.05 * m.truck + m.cam_x), f32(pixel), self._spark)  # fmt: skip
        if opened > 0.45:
            _birds(out, self._birds, *half, f32(x), f32(y), f32(m.flow), f32(opened), f32(pixel),
                   f32(0.5 + m.kick), self._bird)  # fmt: skip
        for k in range(SHEETS - 1, -1, -1):
            _sheet(
                out, self._tops[k], self._shade[k], self._tones[k], self._paper, *half, f32(x),
                f32(y), f32(self._places[k, 2]), f32(lamp), f32(0.25 + 1.3 * m.snare),
                f32(pixel), int(self._places[k, 0] * per), self._spans[k],
            )  # fmt: skip
            if self._world == "city" and 0 < k < SHEETS - 1:
                _windows(
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


@kernel
def _tops(tops: Field, outlines: Field, places: Field, half_x: Any, half_y: Any, scale: Any,
          tilt: Any, sun_x: Any, frame: Any) -> None:  # fmt: skip
    """Rows of the sheets' edges, shape (sheets, columns).

    `places`, shape (sheets, 4): offset along the outline, magnification, height of its foot, how
    far it parts before the disc. `frame` is how high the nearest sheets stand at both sides.
    """
    sheets, columns = tops.shape
    for k in range(sheets):
        for i in range(columns):
            x0 = half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(columns) - f32(1))
            p = (x0 / places[k, 1] + places[k, 0]) * f32(CELLS / SPAN)
            c = np.floor(p)
            n = np.int64(c) & np.int64(CELLS - 1)
            a, b = outlines[k, n], outlines[k, (n + 1) & (CELLS - 1)]
            d = (x0 - sun_x) / (half_x * f32(0.55))
            y = (a + (b - a) * f32(p - c)) * places[k, 1] + places[k, 2]
            y -= places[k, 3] / (f32(1) + d * d)
            if k < 3:
                side = max(abs(x0) / half_x - f32(0.42) - f32(0.14) * f32(k), f32(0))
                y += frame * side * side * f32(3.6) * (f32(1) - f32(0.2) * f32(k))
            tops[k, i] = (half_y - y - x0 * tilt) * scale


@kernel
def _shadows(shade: Field, tops: Field, cast: Any, sun: Any) -> None:
    """For each sheet the highest edge of all in front of it, as seen away from the light."""
    sheets, columns = tops.shape
    for i in range(columns):
        shift = min(max((f32(i) - sun) * f32(0.012), f32(-1)), f32(1)) * cast
        side = min(max(i + int(shift), 0), columns - 1)
        best = f32(1e6)
        for k in range(sheets):
            shade[k, i] = best
            best = min(best, tops[k, side])


@kernel
def _bounds(spans: NDArray[np.int64], tops: Field, height: int) -> None:
    """First and last row of each sheet in each block of columns, shape (sheets, 2, blocks)."""
    sheets, columns = tops.shape
    for block in range(spans.shape[2]):
        hidden = f32(height)
        for k in range(sheets):
            low, high = tops[k, block * _BLOCK], tops[k, block * _BLOCK]
            for i in range(block * _BLOCK, min(columns, (block + 1) * _BLOCK)):
                low, high = min(low, tops[k, i]), max(high, tops[k, i])
            spans[k, 0, block] = min(max(int(low) - 1, 0), height)
            spans[k, 1, block] = min(max(int(hidden) + 2, 0), height)
            hidden = min(hidden, max(high, f32(-2)))


@kernel
def _sky(out: Field, shadow: Field, rings: Field, paper: Field, half_x: Any, half_y: Any,
         sun_x: Any, sun_y: Any, radius: Any, ring: Any, lamp: Any, glow: Any, pixel: Any,
         edge: Field) -> None:  # fmt: skip
    """The disc, the rings of paper around it, each a little in front of the next, and the sky."""
    height, width, _ = out.shape
    per = f32(2) * half_y / f32(height)
    step = f32(1) / ring
    sharp = ring / per
    most = f32(rings.shape[0] - 1)
    blur = f32(1) / (f32(34) * pixel)
    bottom = min(height, int(edge.max()) + 2)
    for j in range(bottom, height):
        line(out, j)[:] = f32(0)
    for j in range(bottom):
        row = line(out, j)
        fibre = paper[(j * 3 // 2) & 255]
        dy = half_y - (f32(j) + f32(0.5)) * per - sun_y
        for i in range(width):
            dx = (f32(i) + f32(0.5)) * per - half_x - sun_x
            away = np.sqrt(dx * dx + dy * dy)
            p = min(max((away - radius) * step + f32(1), f32(0)), most)
            n = min(np.floor(p), most)
            t = p - n
            # The edge of a ring is one pixel soft; it throws a shadow on the next.
            a = clamp01((f32(1) - t) * sharp)
            k0 = np.int64(min(n, most))
            k1 = np.int64(min(n + f32(1), most))
            drop = clamp01(f32(1) - t * ring * f32(22)) if n > f32(0) else f32(0)
            near = f32(1) / (f32(1) + f32(1.3) * away * away)
            v = lamp * (f32(0.90) + f32(0.20) * fibre[(i * 3 // 2) & 255])
            v *= (f32(0.55) + f32(0.55) * near) * (f32(1) - f32(0.26) * drop * drop)
            v *= f32(1) + glow * near
            dark = clamp01(f32(1) - max(edge[i] - f32(j), f32(0)) * blur)
            v *= f32(1) - f32(0.35) * dark * dark
            for c in range(3):
                row[3 * i + c] = (rings[k1, c] + (rings[k0, c] - rings[k1, c]) * a) * v


@kernel
def _sheet(out: Field, edge: Field, shadow: Field, tones: Field, paper: Field, half_x: Any,
           half_y: Any, sun_x: Any, sun_y: Any, foot_y: Any, lamp: Any, rim: Any, pixel: Any,
           slide: Any, span: NDArray[np.int64]) -> None:  # fmt: skip
    """Lay one sheet below `edge` (a row for each column), block by block of `span`."""
    height, width, _ = out.shape
    per = f32(2) * half_y / f32(height)
    blur = f32(1) / (f32(34) * pixel)
    line_at = f32(1) / (f32(2.2) * pixel)
    r0, g0, b0, r1, g1, b1 = tones[0], tones[1], tones[2], tones[3], tones[4], tones[5]
    for block in range(span.shape[1]):
        left, right = block * _BLOCK, min(width, (block + 1) * _BLOCK)
        for j in range(span[0, block], span[1, block]):
            row = line(out, j)
            fibre = paper[(j * 3 // 2) & 255]
            y = half_y - (f32(j) + f32(0.5)) * per
            dy = y - sun_y
            # Light from behind comes in at the foot of each sheet and at its cut edge.
            foot = clamp01((foot_y + f32(0.12) - y) * f32(1.5))
            low = f32(0.72) + f32(0.55) * foot
            for i in range(left, right):
                inside = f32(j) + f32(0.5) - edge[i]
                a = clamp01(inside + f32(0.5))
                dx = (f32(i) + f32(0.5)) * per - half_x - sun_x
                near = f32(1) / (f32(1) + f32(1.6) * (dx * dx + dy * dy))
                cut = clamp01(f32(1) - inside * line_at)
                dark = clamp01(f32(1) - max(shadow[i] - f32(j), f32(0)) * blur)
                v = lamp * low * (f32(0.88) + f32(0.24) * fibre[(i * 3 // 2 + slide) & 255])
                v *= (f32(0.60) + f32(0.70) * near) * (f32(1) - f32(0.62) * dark * dark)
                v *= f32(1) + cut * (f32(0.5) + rim) * (f32(0.35) + near)
                t = clamp01(f32(0.45) * foot + f32(0.5) * near)
                p = 3 * i
                row[p] += ((r0 + (r1 - r0) * t) * v - row[p]) * a
                row[p + 1] += ((g0 + (g1 - g0) * t) * v - row[p + 1]) * a
                row[p + 2] += ((b0 + (b1 - b0) * t) * v - row[p + 2]) * a


@kernel
def _windows(out: Field, edge: Field, half_x: Any, half_y: Any, offset: Any, size: Any,
             foot_y: Any, span: NDArray[np.int64], light: Any, hat: Any, tone: Field,
             seed: int) -> None:  # fmt: skip
    """Cut windows into a sheet of houses: some are lit, and some of those blink with the hats."""
    height, width, _ = out.shape
    per = f32(2) * half_y / f32(height)
    cells = f32(26)
    for j in range(span[0].min(), span[1].max()):
        y = half_y - (f32(j) + f32(0.5)) * per
        v = (y - foot_y) / size * cells * f32(0.8)
        cell_v = np.floor(v)
        v = v - cell_v
        if v < f32(0.30) or v > f32(0.72):
            continue
        for i in range(width):
            block = i // _BLOCK
            if f32(j) < edge[i] + f32(5) or j >= span[1, block]:
                continue
            x = (f32(i) + f32(0.5)) * per - half_x
            u = (x / size + offset) * cells
            cell_u = np.floor(u)
            u = u - cell_u
            if u < f32(0.30) or u > f32(0.70):
                continue
            h = hash1(np.int64(cell_u) * 131 + np.int64(cell_v), seed)
            if h < f32(0.24):
                k = light * (f32(0.6) + (f32(1.6) * hat if h < f32(0.06) else f32(0)))
                for c in range(3):
                    out[j, i, c] += tone[c] * k * f32(0.6)


@kernel
def _pricks(out: Field, stars: Field, edge: Field, half_x: Any, half_y: Any, sun_x: Any,
            sun_y: Any, clear: Any, lamp: Any, twinkle: Any, slide: Any, pixel: Any,
            tone: Field) -> None:  # fmt: skip
    """Stars are holes pricked in the sky."""
    height, width, _ = out.shape
    per = f32(2) * half_y / f32(height)
    for n in range(stars.shape[0]):
        x = stars[n, 0] * f32(4) - slide
        x = x - f32(4) * np.floor(x * f32(0.25)) - f32(2)
        y = half_y * (f32(1) - f32(1.1) * stars[n, 1] * stars[n, 1])
        px, py = (x + half_x) / per, (half_y - y) / per
        i, j = int(px), int(py)
        if px < f32(1) or py < f32(1) or i >= width - 2 or j >= height - 2:
            continue
        dx, dy = x - sun_x, y - sun_y
        if f32(j) + f32(2) > edge[i] or dx * dx + dy * dy < clear * clear:
            continue
        size = (f32(0.9) + f32(1.2) * stars[n, 2] * stars[n, 2]) * pixel
        k0 = lamp * f32(0.45) + (twinkle * f32(1.6) if n % 3 == 0 else f32(0))
        reach = int(size) + 1
        for b in range(max(0, j - reach), min(height, j + reach + 1)):
            for a0 in range(max(0, i - reach), min(width, i + reach + 1)):
                ex, ey = f32(a0) + f32(0.5) - px, f32(b) + f32(0.5) - py
                d = clamp01(size - np.sqrt(ex * ex + ey * ey) + f32(0.5)) * k0
                for c in range(3):
                    out[b, a0, c] += d * tone[c]


@kernel
def _birds(out: Field, birds: Field, half_x: Any, half_y: Any, sun_x: Any, sun_y: Any, flow: Any,
           opened: Any, pixel: Any, beat: Any, tone: Field) -> None:  # fmt: skip
    """Birds cut from paper cross before the disc, their wings beating."""
    height, width, _ = out.shape
    per = f32(2) * half_y / f32(height)
    count = int(f32(birds.shape[0]) * min(opened, f32(1)))
    for n in range(count):
        x = birds[n, 0] * f32(4) + flow * (f32(0.05) + f32(0.03) * birds[n, 2])
        x = x - f32(4) * np.floor(x * f32(0.25)) - f32(2)
        y = sun_y * f32(0.7) + (birds[n, 1] - f32(0.35)) * f32(0.95) * half_y
        y += f32(0.03) * np.sin(flow * f32(0.9) + f32(n))
        span = (f32(0.030) + f32(0.055) * birds[n, 2] * birds[n, 2]) / per
        px, py = (x + half_x) / per, (half_y - y) / per
        # Wings rise and fall; a kick makes all of them beat.
        flap = np.sin(flow * f32(5.5) * (f32(0.8) + f32(0.4) * birds[n, 3]) + f32(n) * f32(1.9))
        flap = f32(0.25) + f32(0.42) * flap * min(f32(0.6) + beat * f32(0.5), f32(1.2))
        left, right = max(0, int(px - span)), min(width - 1, int(px + span) + 1)
        for i in range(left, right + 1):
            t = abs(f32(i) + f32(0.5) - px) / span
            if t >= f32(1):
                continue
            middle = py - span * flap * (t * f32(1.5) - t * t * f32(0.75))
            thick = max(span * f32(0.15) * (f32(1) - t), f32(0.4))
            if t < f32(0.12):
                thick = thick * f32(1.35)
            for j in range(
                max(0, int(middle - thick) - 1), min(height - 1, int(middle + thick) + 1) + 1
            ):
                a = clamp01(thick - abs(f32(j) + f32(0.5) - middle) + f32(0.5))
                for c in range(3):
                    out[j, i, c] += (tone[c] - out[j, i, c]) * a
