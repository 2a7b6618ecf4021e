"""Ink in water: clouds of ink that bloom, fold and curl, lit from one side.

The water's motion is traced backwards from a coarse grid through a flow without sources; the
ink is then looked up, at every pixel, where its particle came from. Smooth displacements make
crisp folds, and no frame needs the one before.
"""

from math import cos, sin
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, colour, f32, kernel, sample
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Finish, Scene
from songreel.generation.visuals.stage import Stage
from songreel.generation.visuals.tables import currents, filaments, spectral

_CELL = 6
"""Pixels of the field to a cell of the displacement grid."""
_STEPS = 10
"""Steps of the backward trace: more change nothing one can see."""
_PAPER = 0.6
"""Mean lightness of a palette from which the ink is dark on light ground."""


@kernel
def _back(
    x: Any, y: Any, u: Field, v: Field, time: Any, at: Any, reach: Any, fine: Any, sink: Any
) -> Any:
    """Where the water at (x, y) was `reach` ago: (x, y), in scene coordinates."""
    step = reach / f32(_STEPS)
    for n in range(_STEPS):
        t = time - f32(n) * f32(0.05)
        a, b = x * f32(52) + at, y * f32(52) + t * f32(5)
        c, d = x * f32(128) + t * f32(7) + at, y * f32(128) - t * f32(4)
        x -= step * (sample(u, a, b) + fine * sample(u, c, d))
        y -= step * (sample(v, a, b) + fine * sample(v, c, d) - sink)
    return x, y


@kernel
def _trace(
    origin: NDArray[np.float32],
    u: Field,
    v: Field,
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    px: Any,
    py: Any,
    time: Any,
    at: Any,
    reach: Any,
    fine: Any,
    sink: Any,
) -> None:
    """Where the water at each node of `origin`, shape (rows, columns, 2), came from."""
    rows, columns, _ = origin.shape
    for j in range(rows):
        y0 = half_y * (f32(1) - f32(2) * f32(j) / f32(rows - 1))
        for i in range(columns):
            x0 = half_x * (f32(2) * f32(i) / f32(columns - 1) - f32(1))
            x = x0 * m00 - y0 * m01 + px
            y = x0 * m01 + y0 * m00 + py
            origin[j, i, 0], origin[j, i, 1] = _back(x, y, u, v, time, at, reach, fine, sink)


@kernel
def _density(
    dense: Field,
    far: Field,
    veil: Field,
    origin: NDArray[np.float32],
    soft: Field,
    wisps: Field,
    at_x: Any,
    at_y: Any,
    cx: Any,
    cy: Any,
    spread: Any,
    open_: Any,
    drift: Any,
    shift_x: Any,
    shift_y: Any,
    depth: Any,
) -> None:
    """Thickness of the near ink into `dense` and of the far ink into `far`, (height, width).

    `veil`, of the grid's shape, is scratch: the far ink has no detail, the grid is fine enough.
    """
    height, width = dense.shape
    rows, columns, _ = origin.shape
    # The noise must not dig its hole where the picture's weight should lie.
    heart = sample(soft, cx * f32(30) + at_x, cy * f32(30) + at_y + drift)
    open_ = open_ + f32(0.36) * min(max(f32(0), f32(0.8) - heart), f32(1.6))
    for j in range(rows):
        for i in range(columns):
            ex = origin[j, i, 0] * f32(0.8) + shift_x
            ey = origin[j, i, 1] * f32(0.8) + shift_y
            haze = sample(soft, ex * f32(52) - at_y, ey * f32(52) + at_x)
            veil[j, i] = open_ + depth + f32(0.75) * haze - f32(0.8) * (ex * ex + ey * ey)
    for j in range(height):
        fy = (f32(j) + f32(0.5)) * f32(rows - 1) / f32(height)
        k = int(fy)
        b = fy - f32(k)
        for i in range(width):
            fx = (f32(i) + f32(0.5)) * f32(columns - 1) / f32(width)
            n = int(fx)
            a = fx - f32(n)
            w00, w01 = (f32(1) - a) * (f32(1) - b), a * (f32(1) - b)
            w10, w11 = (f32(1) - a) * b, a * b
            e = veil[k, n] * w00 + veil[k, n + 1] * w01
            e = e + veil[k + 1, n] * w10 + veil[k + 1, n + 1] * w11
            far[j, i] = max(f32(0), e)
            x = origin[k, n, 0] * w00 + origin[k, n + 1, 0] * w01
            x = x + origin[k + 1, n, 0] * w10 + origin[k + 1, n + 1, 0] * w11
            y = origin[k, n, 1] * w00 + origin[k, n + 1, 1] * w01
            y = y + origin[k + 1, n, 1] * w10 + origin[k + 1, n + 1, 1] * w11
            dx, dy = (x - cx) * spread, (y - cy) * spread
            d = open_ - dx * dx - dy * dy
            dense[j, i] = f32(0)
            # Out of reach of the cloud, and then of the wisps, nothing need be looked up.
            if d < f32(-1.3):
                continue
            d += f32(0.36) * sample(soft, x * f32(30) + at_x, y * f32(30) + at_y + drift)
            if d < f32(-0.35):
                continue
            wisp = sample(wisps, x * f32(70) + at_y, y * f32(70) + at_x + drift)
            d = max(f32(0), d + f32(0.10) * wisp)
            d = d * d / (d + f32(0.12))
            dense[j, i] = d * max(f32(0.25), f32(1) + f32(0.16) * wisp)


@kernel
def _shade(
    out: NDArray[np.float32],
    dense: Field,
    far: Field,
    lut: Field,
    water: NDArray[np.float32],
    deep: Field,
    light_x: Any,
    light_y: Any,
    gain: Any,
    rim: Any,
    reach: Any,
    paper: Any,
) -> None:
    """Colour of every pixel: water, far ink, near ink with its own shadow."""
    height, width, _ = out.shape
    wr = f32(water.shape[0] - 1.001) / f32(height)
    for j in range(height):
        wy = f32(j) * wr
        wk = np.int64(wy)
        wf = wy - f32(wk)
        jn = min(max(j - np.int64(light_y * reach), 0), height - 1)
        jf = min(max(j - np.int64(light_y * reach * f32(4)), 0), height - 1)
        for i in range(width):
            inn = min(max(i - np.int64(light_x * reach), 0), width - 1)
            iff = min(max(i - np.int64(light_x * reach * f32(4)), 0), width - 1)
            d = dense[j, i]
            # Ink between here and the light, near and further off, throws shadow.
            near = dense[jn, inn]
            off = dense[jf, iff]
            slope = (d - near) * f32(1.6) + (d - off) * f32(0.35)
            shadow = f32(1) / (f32(1) + f32(1.1) * off + f32(0.5) * max(f32(0), near))
            e = far[j, i]
            ea = e * f32(1.5) / (f32(1) + e * f32(1.5))
            a = f32(1) - np.exp((f32(-3.6) if paper else f32(-2.8)) * d)
            lit = clamp01(f32(0.46) + f32(0.78) * slope) * shadow
            # On light ground ink is the darker the thicker; on dark ground it shines.
            t = f32(0.22) + f32(0.46) * lit + f32(0.20) * clamp01(d)
            if paper:
                t = f32(0.36) - f32(0.42) * clamp01(d) + f32(0.22) * (lit - f32(0.4))
            c0, c1, c2 = colour(lut, t)
            f0, f1, f2 = colour(lut, f32(0.30) + f32(0.25) * e)
            glow = f32(0.8) if paper else (f32(0.30) + f32(1.5) * lit) * gain
            edge = rim * clamp01(slope * f32(1.4)) * a * (f32(1) - a) * f32(4)
            for c in range(3):
                w = water[wk, c] + (water[wk + 1, c] - water[wk, c]) * wf
                fc = f0 if c == 0 else (f1 if c == 1 else f2)
                nc = c0 if c == 0 else (c1 if c == 1 else c2)
                far_light = f32(0.9) if paper else gain * f32(0.35)
                w = w + (fc * far_light - w) * ea * (f32(0.45) if paper else f32(0.75))
                w = w + (nc * glow - w) * a + edge * deep[c]
                out[j, i, c] = w


class Ink(Scene):
    """Ink that blooms in water."""

    name: ClassVar[str] = "ink in water"
    words: ClassVar[tuple[str, ...]] = (
        "ink", "water", "soaking", "smoke", "fluid", "liquid", "plume", "dye", "pigment", "paint",
        "milk", "watercolour", "watercolor", "swirl", "drop", "underwater",
    )  # fmt: skip
    scale: ClassVar[float] = 2 / 3
    finish: ClassVar[Finish] = Finish(bloom=0.3, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(41)
        h, w = self.height, self.width
        self._u, self._v = currents(256, 5.6, 61, 2.0)
        self._soft = spectral(256, 4.2, 62, 2.0)
        self._wisps = filaments(512, 63)
        self._at = (random.random(4) * 256).astype(np.float32)
        place = (random.random(2) - 0.5) * np.array([0.6 * stage.half_x, 0.25])
        self._place = place.astype(np.float32)
        # Fixed: shadows are thrown by whole pixels, a lamp that moved would make them jump.
        angle = 1.7 + 1.0 * float(random.random())
        self._lamp = (f32(cos(angle)), f32(-sin(angle)))
        self._origin = np.zeros((h // _CELL + 2, w // _CELL + 2, 2), np.float32)
        self._veil = np.zeros(self._origin.shape[:2], np.float32)
        self._dense = np.zeros((h, w), np.float32)
        self._far = np.zeros((h, w), np.float32)
        ramp = np.linspace(0.0, 1.0, 64)[:, None]
        lightness = float(np.mean([c.lightness for c in stage.request.palette]))
        self._paper = lightness > _PAPER
        top, low = (
            (stage.shade(0.95, 0.95, 0.6) * 1.25, stage.shade(0.85, 0.84, 0.8))
            if self._paper
            else (stage.shade(0.30, 0.30), stage.shade(0.05, 0.12))
        )
        self._water = (top * (1 - ramp) + low * ramp).astype(np.float32)
        self._rim = stage.shade(0.9, 0.92)
        # Droplets are of ink on light ground, of light on dark ground.
        self._drops = stage.shade(0.15, 0.3) if self._paper else self._rim * f32(1.6)
        self._motes = random.random((320, 3)).astype(np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st = moment, self.stage
        zoom = m.zoom * (1.0 + 0.3 * m.forward)
        c, s = cos(m.roll) / zoom, sin(-m.roll) / zoom
        px, py = m.cam_x + 0.6 * m.truck, m.cam_y + 0.6 * m.lift
        # The flow, and so the ink's place in it, is followed for longer as the music rises.
        reach, sink = f32(0.38 + 0.20 * m.energy), f32(0.5)
        time, fine = f32(m.flow * 0.6), f32(0.08 + 0.06 * m.energy)
        _trace(
            self._origin, self._u, self._v, f32(st.half_x), f32(st.half_y), f32(c), f32(s),
            f32(px), f32(py), time, self._at[0], reach, fine, sink,
        )  # fmt: skip
        heart_x, heart_y = _back(
            self._place[0], self._place[1], self._u, self._v, time, self._at[0], reach, fine, sink
        )
        bloom = 0.12 + 0.52 * m.energy + 0.22 * m.kick - 0.2 * m.build
        _density(
            self._dense, self._far, self._veil, self._origin, self._soft, self._wisps,
            self._at[1], self._at[2], heart_x, heart_y, f32(1.1), f32(bloom), f32(m.flow * 2.0),
            f32(0.5 * m.truck) - heart_x, f32(0.5 * m.lift) - heart_y,
            f32(0.45 * m.bass - 0.30),
        )  # fmt: skip
        _shade(
            out, self._dense, self._far, st.lut, self._water, self._rim,
            self._lamp[0], self._lamp[1], f32(0.5 + 1.0 * m.energy + 0.3 * m.pulse),
            f32(0.15 + 1.2 * m.snare), f32(max(2.0, self.height / 60.0)),
            self._paper,
        )  # fmt: skip
        mix_motes(
            out, self._motes, f32(st.half_x), f32(st.half_y), f32(cos(m.roll) * zoom),
            f32(sin(-m.roll) * zoom), f32(px), f32(py), f32(m.flow), f32(0.03), f32(0.08),
            f32(0.9 * m.hat), f32(0.012 if self._paper else 0.005), self._drops,
        )  # fmt: skip
