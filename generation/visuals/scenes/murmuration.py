"""Murmuration: thousands of birds at dusk over water, one body that folds and streams.

Each bird keeps its place in the body; the body is a ribbon along a moving spine, twisted and
pinched, so that it darkens where it is seen edge on, as flocks of starlings do. Nothing is
simulated: every frame follows from scene time alone.
"""

from math import cos, sin, sqrt, tan
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, f32, held, kernel, sine
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Finish, Scene
from songreel.generation.visuals.scenes.dusk import paint_land, paint_sky
from songreel.generation.visuals.stage import Stage
from songreel.generation.visuals.tables import spectral

_BIRDS = 20000
_COARSE = 6
"""Pixels of the field to a pixel of the sky."""
_QUARTER = np.pi / 2
_HORIZON = -0.50
"""Height of the horizon, in half heights of the frame."""
_SKY, _ROOM_X, _ROOM_Y = 0.10, 0.42, 0.30
"""Height of the flock's place, and how far its middle may go from there to the sides and up or
down, in halves of the frame: a roll of the camera still keeps it in view."""


@kernel
def _sine(x: Any) -> Any:
    """Sine of `x` radians."""
    return sine(x * f32(0.5 / np.pi))


@kernel
def _place(s: Any, q: Any, phi: Any, t: Any, wide: Any, tight: Any, wave: Any, push: Any) -> Any:
    """Where a bird is: (x, y, z), in scene units around the flock's middle.

    Args:
        s: Place along the body, −1 to 1.
        q: Distance from the spine, 0 to 1.
        phi: Angle around the spine.
        t: Scene time.
        wide: Size of the body's folds.
        tight: 0 a ribbon to 1 a ball.
        wave: Place along the body of the wave that a kick sends through it.
        push: Height of that wave.
    """
    long = f32(0.88) - f32(0.45) * tight
    x = long * s + f32(0.16) * _sine(f32(2.3) * s + f32(0.45) * t)
    y = wide * (
        f32(0.26) * _sine(f32(2.4) * s - f32(0.62) * t) + f32(0.10) * _sine(f32(5.2) * s + t)
    )
    z = f32(0.40) * _sine(f32(1.7) * s + f32(0.5) * t)
    # Two swellings run along the body; between them it is pinched.
    swell = f32(0.5) + f32(0.5) * _sine(f32(3.4) * s - f32(0.83) * t)
    other = f32(0.5) + f32(0.5) * _sine(f32(5.7) * s + f32(0.57) * t + f32(1.3))
    taper = np.sqrt(max(f32(0), f32(1) - s * s))
    off = s - wave
    thick = f32(0.13) + f32(0.30) * swell + f32(0.24) * swell * other + f32(0.16) * tight
    thick = thick * taper * wide
    thick = thick * (f32(1) + push / (f32(1) + f32(14) * off * off) + f32(0.10) * push)
    # A flat section, twisting along the spine.
    a, b = thick * q * _sine(phi + f32(_QUARTER)), f32(0.30) * thick * q * _sine(phi)
    twist = f32(1.9) * s + f32(0.47) * t
    ct, st = _sine(twist + f32(_QUARTER)), _sine(twist)
    dy, dz = a * ct - b * st, a * st + b * ct
    y += dy
    z += dz
    x += f32(0.30) * dy * _sine(f32(3.1) * s + t) + f32(0.22) * dz
    y += wide * f32(0.10) * _sine(f32(4.6) * x + f32(2.2) * z - f32(1.1) * t)
    x += wide * f32(0.11) * _sine(f32(5.4) * y - f32(3.0) * z + f32(0.9) * t)
    y += wide * f32(0.035) * _sine(f32(11.0) * x + f32(5.0) * y + f32(1.4) * t)
    return x, y, z


@kernel
def _move(
    where: Field,
    birds: Field,
    count: int,
    t: Any,
    wide: Any,
    tight: Any,
    wave: Any,
    push: Any,
) -> None:
    """Places of the first `count` of `birds` at scene time `t`, seen in perspective.

    Args:
        where: Shape (3, n), written: x, y in scene units around the flock's middle, and nearness.
        birds: Shape (4, n): s, q, phi and a number of its own for each.
        count: How many.
        t: Scene time; the rest as for `_place`.
        wide: See `_place`.
        tight: See `_place`.
        wave: See `_place`.
        push: See `_place`.
    """
    for n in range(count):
        own = birds[3, n]
        x, y, z = _place(birds[0, n], birds[1, n], birds[2, n], t, wide, tight, wave, push)
        near = f32(2.6) / (f32(2.6) + z)
        # Each bird has its own beat within its place.
        where[0, n] = (x + f32(0.016) * _sine(f32(40) * own + f32(2.1) * t)) * near
        where[1, n] = (y + f32(0.016) * _sine(f32(90) * own + f32(2.6) * t)) * near
        where[2, n] = near


@kernel
def _stroke(out: NDArray[np.float32], x: Any, y: Any, radius: Any, a: Any, ink: Field) -> None:
    """Darken a round spot of `out` towards `ink`."""
    height, width, _ = out.shape
    left, right = max(0, int(x - radius)), min(width - 1, int(x + radius) + 1)
    top, bottom = max(0, int(y - radius)), min(height - 1, int(y + radius) + 1)
    inverse = f32(1) / (radius * radius)
    for j in range(top, bottom + 1):
        dy = f32(j) - y
        for i in range(left, right + 1):
            dx = f32(i) - x
            d = f32(1) - (dx * dx + dy * dy) * inverse
            if d > f32(0):
                k = min(a * d, f32(0.95))
                for c in range(3):
                    out[j, i, c] += (ink[c] - out[j, i, c]) * k


@kernel
def _flock(
    out: NDArray[np.float32],
    birds: Field,
    now: Field,
    then: Field,
    count: int,
    ink: Field,
    gold: Field,
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    x0: Any,
    y0: Any,
    size: Any,
    t: Any,
    wave: Any,
    push: Any,
    flash: Any,
    twinkle: Any,
    pixel: Any,
) -> None:
    """Draw the first `count` of `birds`: `now` and `then` are their places, see `_move`."""
    height = out.shape[0]
    scale = f32(height) / (f32(2) * half_y)
    for n in range(count):
        s, phi, own, pa = birds[0, n], birds[2, n], birds[3, n], now[2, n]
        ax, ay = now[0, n] * size + x0, now[1, n] * size + y0
        bx, by = then[0, n] * size + x0, then[1, n] * size + y0
        sx, sy = (ax * m00 + ay * m01 + half_x) * scale, (half_y - ay * m00 + ax * m01) * scale
        ex, ey = (bx * m00 + by * m01 + half_x) * scale, (half_y - by * m00 + bx * m01) * scale
        radius = max(pixel * f32(1.25) * pa * pa * (f32(0.8) + f32(0.4) * own), f32(0.85))
        off = s - wave
        dark = f32(0.58) + f32(0.35) * push / (f32(1) + f32(14) * off * off)
        for k in range(3):
            # The newest place is darkest: a soft trail.
            u = f32(0.5) * f32(k)
            x, y = sx + (ex - sx) * u, sy + (ey - sy) * u
            _stroke(out, x, y, radius, dark * (f32(1) - f32(0.36) * f32(k)), ink)
        # A snare turns a band of the flock to the sun; hats make single wings catch it.
        turned = _sine(phi + f32(2.4) * s + f32(0.4) * t)
        g = flash * turned * turned * turned if turned > f32(0) else f32(0)
        if n % 24 == 0:
            g = max(g, twinkle)
        if g > f32(0.08):
            _stroke(out, sx, sy, radius, min(g, f32(1)) * f32(0.75), gold)


def _far_zoom(m: Moment) -> float:
    """Magnification of land and sky: far off, the shot's size moves them less than the flock."""
    return sqrt(m.zoom) * (1.0 + 0.06 * m.forward)


def _pan_x(m: Moment) -> float:
    """Where the lens points, for what is far off."""
    return m.cam_x + 0.10 * m.truck


class Murmuration(Scene):
    """A flock of birds at dusk."""

    name: ClassVar[str] = "murmuration"
    words: ClassVar[tuple[str, ...]] = (
        "murmuration", "bird", "flock", "starling", "swarm", "particle", "spark", "leaf",
        "evening", "feather", "wing", "migration",
    )  # fmt: skip
    scale: ClassVar[float] = 1.0
    finish: ClassVar[Finish] = Finish(bloom=0.4, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(61)
        h, w = self.height, self.width
        self._cloud = spectral(256, 3.2, 91, 2.0)
        self._ripple = spectral(256, 2.2, 92, 6.0)
        self._sky = np.zeros((max(4, h // _COARSE), max(4, w // _COARSE), 3), np.float32)
        birds = np.empty((4, _BIRDS), np.float32)
        # More birds towards the middle of the body, and an even spread across it.
        birds[0] = random.beta(2.6, 2.6, _BIRDS) * 1.96 - 0.98
        birds[1] = np.sqrt(random.random(_BIRDS))
        birds[2] = random.random(_BIRDS) * 2 * np.pi
        birds[3] = random.random(_BIRDS)
        self._birds = birds
        self.count = int(_BIRDS * (0.55 + 0.45 * stage.energy))
        self.now = np.zeros((3, _BIRDS), np.float32)
        self._then = np.zeros((3, _BIRDS), np.float32)
        self._sun = float(random.random() - 0.5) * 0.9 * stage.half_x
        self._drift = float(random.random()) * 256.0
        self._ink = stage.shade(0.05, 0.13)
        self._hill = stage.shade(0.22, 0.24)
        self._gold = stage.shade(0.82, 0.88, 1.2)
        outline = spectral(1024, 3.0, 93, 4.0)[int(random.integers(1024))]
        self._outline = ((outline - outline.min()) / np.ptp(outline)).astype(np.float32)
        self._across = (np.arange(w, dtype=np.float32) + 0.5) / w * 2.0 - 1.0
        self._shore = np.zeros(w, np.float32)
        self._ridge = np.zeros(w, np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st = moment, self.stage
        half = (f32(st.half_x), f32(st.half_y))
        zoom = _far_zoom(m)
        view = (f32(cos(m.roll) / zoom), f32(sin(-m.roll) / zoom))
        horizon = _HORIZON * st.half_y - 0.16 * m.lift
        pan_x, pan_y = _pan_x(m), m.cam_y
        glow = 0.25 + 0.55 * m.energy + 0.35 * m.bass + 0.15 * m.pulse
        paint_sky(
            self._sky, st.lut, self._cloud, *half, *view, f32(pan_x), f32(pan_y), f32(horizon),
            f32(self._sun), f32(0.05), f32(glow), f32(-0.10 + 0.20 * m.energy),
            f32(self._drift + 0.5 * m.flow), f32(0.30),
        )  # fmt: skip
        cv2.resize(self._sky, (self.width, self.height), dst=out, interpolation=cv2.INTER_CUBIC)
        np.maximum(out, 0.0, out=out)
        pixel = self.height * st.half_x / 960.0
        t = 0.8 * m.flow
        wave, push = f32(1.1 - 2.0 * m.kick), f32(0.9 * m.kick)
        size, x0, y0 = self.gather(m)
        _flock(
            out, self._birds, self.now, self._then, self.count, self._ink, self._gold, *half,
            f32(cos(m.roll)), f32(sin(-m.roll)), f32(x0), f32(y0), f32(size), f32(t),
            wave, push, f32(m.snare), f32(m.hat * 0.9), f32(pixel * m.zoom**0.7),
        )  # fmt: skip
        self._lay_of_land(m, zoom, horizon, pan_x, pan_y)
        sun_px = (1.0 + (self._sun - pan_x) * zoom / st.half_x) * 0.5 * self.width
        paint_land(
            out, self._ridge, self._shore, self._ripple, self._hill, self._gold, f32(sun_px),
            f32(0.30 * m.flow), f32(m.hat), f32(0.5 + 0.8 * m.energy), f32(pixel),
        )  # fmt: skip

    def gather(self, m: Moment) -> tuple[float, float, float]:
        """Move the birds to their places at `m`, into `now`.

        Returns:
            Size of the flock on the screen, and x and y of the point it flies around, in scene
            coordinates before the camera's roll: a bird is seen at `now` × size + point.
        """
        st = self.stage
        t = 0.8 * m.flow
        wave, push = f32(1.1 - 2.0 * m.kick), f32(0.9 * m.kick)
        shape = (f32(0.70 + 0.50 * m.energy), f32(0.8 * m.build), wave, push)
        trail = 0.03 + 0.03 * m.energy
        _move(self.now, self._birds, self.count, f32(t), *shape)
        _move(self._then, self._birds, self.count, f32(t - trail), *shape)
        zoom = _far_zoom(m)
        body = (0.62 + 0.10 * m.energy) * m.zoom * (1.0 + 0.30 * m.forward)
        size = body * min(1.0, 0.25 + 0.75 * st.half_x)
        x0 = 0.16 * st.half_x * sin(0.21 * t) - (_pan_x(m) + 0.9 * m.truck) * zoom
        y0 = 0.09 * st.half_y + 0.05 * sin(0.33 * t) - (m.cam_y + 0.7 * m.lift) * zoom
        # Whatever its folds and the camera do, the middle of the flock stays in the sky in view;
        # the closer the shot, the nearer to its place.
        room = 1.0 / max(m.zoom, 1.0) ** 0.5
        middle_x, middle_y = size * self.now[:2, : self.count].mean(axis=1, dtype=np.float64)
        mean_x = held(middle_x + x0, _ROOM_X * st.half_x * room)
        sky = _SKY * st.half_y
        mean_y = sky + held(middle_y + y0 - sky, _ROOM_Y * st.half_y * room)
        return size, mean_x - middle_x, mean_y - middle_y

    def _lay_of_land(
        self, m: Moment, zoom: float, horizon: float, pan_x: float, pan_y: float
    ) -> None:
        """Rows of the shore and of the hills' outline, for every column."""
        st = self.stage
        scale = self.height / (2.0 * st.half_y)
        line = (st.half_y - (horizon - pan_y) * zoom) * scale
        slope = tan(-m.roll) * self.width * 0.5
        np.multiply(self._across, slope, out=self._shore)
        self._shore += line
        along = (self._across * st.half_x / zoom + pan_x + 0.25 * m.truck) * 130.0 + 500.0
        tops = np.interp(along, np.arange(1024), self._outline)
        self._ridge[:] = self._shore - tops * 0.11 * scale * zoom
