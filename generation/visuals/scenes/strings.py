"""Strings of light: sheets of taut threads in depth that stand in waves and are plucked.

Each thread is one height for every column of the field; a sheet is a run of threads whose waves
lag behind each other, so that it turns like silk. Sheets off the focal plane blur.
"""

from math import cos, sin, tan
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, colour, f32, kernel, sine
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Finish, Scene
from songreel.generation.visuals.stage import Stage

_THREADS = 84
"""Threads in a sheet."""
_SHEETS = 3
_DEPTHS = (1.75, 1.0, 0.62)
"""Distance of each sheet, the lens focused on the second; drawn far to near."""


@kernel
def _ground(out: NDArray[np.float32], low: Field, high: Field, glow: Any, x0: Any, y0: Any) -> None:
    """Dark room with a soft light in it."""
    height, width, _ = out.shape
    for j in range(height):
        y = f32(2) * (f32(j) + f32(0.5)) / f32(height) - f32(1) - y0
        for i in range(width):
            x = f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1) - x0
            k = f32(1) / (f32(1) + f32(2.2) * x * x + f32(4.5) * y * y)
            k = k * k * glow
            for c in range(3):
                out[j, i, c] = low[c] + high[c] * k


@kernel
def _thread(
    row: Field,
    half_x: Any,
    zoom: Any,
    shift_x: Any,
    shift_y: Any,
    tilt: Any,
    lag: Any,
    open_: Any,
    t: Any,
    seed: Any,
    swing: Any,
    pluck: Any,
    snap: Any,
    place: Any,
) -> None:
    """Heights of one thread over the columns, in scene units.

    Args:
        row: Shape (columns,), written.
        half_x: Half the frame's width, in scene units.
        zoom: Magnification of the sheet.
        shift_x: Where the camera stands against the sheet; `shift_y` likewise.
        shift_y: See `shift_x`.
        tilt: Slope of the whole picture (roll).
        lag: Place of the thread in its sheet, −1 to 1.
        open_: How far the sheet's threads lie apart.
        t: Scene time, in turns.
        seed: Phase of the sheet.
        swing: Height of the slow waves.
        pluck: Amplitude of the low standing wave (kick).
        snap: Amplitude of the high one (snare).
        place: Height of the sheet's middle.
    """
    columns = row.shape[0]
    for i in range(columns):
        x0 = half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(columns) - f32(1))
        x = x0 / zoom + shift_x
        # Slow travelling waves; along the sheet they lag, so that it turns over.
        a = sine(f32(0.21) * x + t * f32(0.21) + lag * f32(0.13) + seed)
        b = sine(f32(0.37) * x - t * f32(0.16) + lag * f32(0.21) + seed * f32(1.7))
        c = sine(f32(0.83) * x + t * f32(0.29) - lag * f32(0.17) + seed * f32(2.3))
        turn = sine(f32(0.27) * x + t * f32(0.13) + seed * f32(3.1))
        y = swing * (f32(0.50) * a + f32(0.30) * b + f32(0.10) * c)
        y += lag * open_ * (f32(0.10) + turn * f32(0.9)) * (f32(0.8) + f32(0.4) * b)
        # Standing waves, as a plucked string has them.
        y += pluck * sine(x * f32(0.9) + seed) * (f32(1) - f32(0.45) * lag * lag)
        y += snap * sine(x * f32(3.5) + lag * f32(0.5)) * sine(x * f32(0.6) - seed)
        row[i] = (y + place - shift_y) * zoom + x0 * tilt


@kernel
def _draw(
    out: NDArray[np.float32],
    row: Field,
    half_y: Any,
    half_x: Any,
    wide: Any,
    light: Any,
    tint: Any,
    bead: Any,
    at: Any,
) -> None:
    """Add one thread: `wide` pixels of half width, `light` at its middle."""
    height, width, _ = out.shape
    scale = f32(height) / (f32(2) * half_y)
    r, g, b = tint
    per = f32(2) * half_x / f32(width)
    for i in range(width):
        before, after = row[max(i - 1, 0)], row[min(i + 1, width - 1)]
        slope = (after - before) / (f32(2) * per)
        stretch = min(np.sqrt(f32(1) + slope * slope), f32(8))
        y = (half_y - row[i]) * scale - f32(0.5)
        reach = wide * stretch
        top, bottom = max(0, int(y - reach)), min(height - 1, int(y + reach) + 1)
        if top > bottom:
            continue
        # Light beads run along the threads with the hats.
        x = f32(i) / f32(width)
        run = x * f32(3) - at
        run = abs(run - np.floor(run) - f32(0.5)) * f32(2)
        spot = clamp01((run - f32(0.93)) * f32(14))
        k = light * (f32(1) + bead * spot * spot)
        inverse = f32(1) / reach
        for j in range(top, bottom + 1):
            d = f32(1) - abs(f32(j) - y) * inverse
            if d > f32(0):
                d = d * d * k
                out[j, i, 0] += d * r
                out[j, i, 1] += d * g
                out[j, i, 2] += d * b


@kernel
def _sheet(
    out: NDArray[np.float32],
    row: Field,
    lut: Field,
    count: int,
    half_x: Any,
    half_y: Any,
    zoom: Any,
    shift_x: Any,
    shift_y: Any,
    tilt: Any,
    open_: Any,
    t: Any,
    seed: Any,
    swing: Any,
    pluck: Any,
    snap: Any,
    place: Any,
    wide: Any,
    light: Any,
    hue: Any,
    bead: Any,
) -> None:
    """Add a sheet of `count` threads; see `_thread` and `_draw`."""
    for n in range(count):
        lag = f32(2) * f32(n) / f32(count - 1) - f32(1)
        _thread(
            row, half_x, zoom, shift_x, shift_y, tilt, lag, open_, t, seed, swing,
            pluck, snap, place,
        )  # fmt: skip
        rim = lag * lag
        tint = colour(lut, hue + f32(0.30) * lag * abs(lag))
        # The edges of a sheet shine, and every few threads one is brighter.
        k = light * (f32(0.45) + f32(0.9) * rim * rim * rim)
        if n % 7 == 3:
            k *= f32(1.9)
        own = f32(n) * f32(0.381966)
        _draw(out, row, half_y, half_x, wide, k, tint, bead, t * f32(0.8) + own)


class Strings(Scene):
    """Threads of light that vibrate."""

    name: ClassVar[str] = "strings of light"
    words: ClassVar[tuple[str, ...]] = (
        "string", "thread", "silk", "ribbon", "line", "harp", "vibration", "fabric", "weave",
        "veil", "oscillation", "sound", "filament",
    )  # fmt: skip
    scale: ClassVar[float] = 1.0
    finish: ClassVar[Finish] = Finish(bloom=0.55, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(71)
        self._row = np.zeros(self.width, np.float32)
        self._phase = random.random(_SHEETS)
        self._hue = np.array([0.42, 0.72, 0.58]) + (random.random(_SHEETS) - 0.5) * 0.12
        self._place = (random.random(_SHEETS) - 0.5) * np.array([0.5, 0.2, 0.6]) * stage.half_y
        self._low = stage.shade(0.08, 0.11)
        self._high = stage.shade(0.35, 0.40)
        self._motes = random.random((90, 3)).astype(np.float32)
        self._mote = stage.shade(0.85, 0.9) * f32(1.5)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st = moment, self.stage
        half = (f32(st.half_x), f32(st.half_y))
        pixel = self.height * st.half_x / 960.0
        _ground(
            out, self._low, self._high, f32(0.12 + 0.45 * m.bass + 0.40 * m.energy + 0.2 * m.pulse),
            f32(-m.cam_x * 0.5), f32(0.1 + m.cam_y * 0.5),
        )  # fmt: skip
        count = int(_THREADS * (0.55 + 0.45 * st.energy))
        for k, depth in enumerate(_DEPTHS):
            near = 1.0 / (depth - 0.25 * m.forward if depth > 0.7 else depth - 0.1 * m.forward)
            zoom = m.zoom * near
            blur = abs(near - 1.0)
            swing = (0.40 + 0.14 * m.energy) * st.half_y * (1.0 - 0.6 * m.build)
            _sheet(
                out, self._row, st.lut, count if k != 2 else count // 3, *half, f32(zoom),
                f32(m.cam_x / zoom + m.truck), f32(m.cam_y / zoom + m.lift), f32(tan(m.roll)),
                f32((0.24 + 0.16 * m.energy) * (1.0 + 0.2 * m.bass) * (1.0 - 0.5 * m.build)),
                f32(0.55 * m.flow), f32(self._phase[k]), f32(swing), f32(0.12 * m.kick),
                f32(0.045 * m.snare), f32(self._place[k]), f32(pixel * (1.5 + 7.0 * blur)),
                f32((0.22 + 0.40 * m.energy) / (1.0 + 5.0 * blur)), f32(self._hue[k]),
                f32(5.0 * m.hat),
            )  # fmt: skip
        mix_motes(
            out, self._motes, *half, f32(cos(m.roll) * m.zoom), f32(sin(-m.roll) * m.zoom),
            f32(m.cam_x + m.truck), f32(m.cam_y + m.lift), f32(m.flow), f32(-0.03),
            f32(0.03 + 0.12 * m.energy), f32(0.4 * m.hat), f32(0.004), self._mote,
        )  # fmt: skip
