"""Kaleidoscope of petals: a translucent mandala that opens ring by ring with the bar.

Half of one wedge of the flower is drawn as a small polar picture; every pixel looks itself up
in it, through the camera and the bowl that the flower forms. So the petals' shading can afford
what a kernel over all pixels could not.
"""

from math import cos, log, pi, sin
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, colour, f32, held, kernel
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Finish, Scene
from songreel.generation.visuals.stage import Stage
from songreel.models.storyboard import CameraMove, ShotSize

_ROWS, _COLUMNS = 640, 128
"""Polar picture: rows over the root of the radius, columns over half a wedge."""
_REACH = 1.8
"""Radius of the last row, in scene units."""
_RINGS = 8
_GROWTH = 1.36
"""Each ring is this much larger than the one inside it, and grows by it in one bar."""
_LOG_GROWTH = log(_GROWTH)
_ROOM = 0.8
"""How far the heart may be from the middle of the frame, in halves of it."""
_TOWARDS = {
    CameraMove.PAN_LEFT: (-1.0, 0.0), CameraMove.PAN_RIGHT: (1.0, 0.0),
    CameraMove.TRACK_LEFT: (-1.0, 0.0), CameraMove.TRACK_RIGHT: (1.0, 0.0),
    CameraMove.TILT_UP: (0.0, 1.0), CameraMove.TILT_DOWN: (0.0, -1.0),
    CameraMove.CRANE_UP: (0.0, 1.0), CameraMove.CRANE_DOWN: (0.0, -1.0),
    CameraMove.ORBIT: (1.0, 0.0),
}  # fmt: skip
"""Side at which the flower stands, so that the camera's move brings it towards the middle."""


@kernel
def _wedge(
    table: NDArray[np.float32],
    row: Field,
    lut: Field,
    edge_light: Field,
    order: Any,
    step: Any,
    spread: Any,
    rim: Any,
    swell: Any,
    wave: Any,
    gain: Any,
    heart: Any,
    sparkle: Any,
    slim: Any,
    point: Any,
) -> None:
    """Draw half a wedge of the flower.

    Args:
        table: Shape (rows, columns, 4), written: light and cover.
        row: Shape (4, columns), scratch, so that the inner loop runs along the memory.
        lut: Palette.
        edge_light: Colour of rims and of the heart, shape (3,).
        order: Petals in a ring.
        step: How far each ring has grown towards the place of the next, 0 to 1.
        spread: How wide the flower is open; 1 is a flower of radius about 1.
        rim: Light on the petals' edges.
        swell: Height of the wave that runs through the rings.
        wave: Ring at which that wave is.
        gain: Light on the petals.
        heart: Light of the middle.
        sparkle: Light on the stamens' tips.
        slim: Half width of a petal, in half wedges.
        point: How pointed the tips are, 0 to 1.
    """
    rows, columns, _ = table.shape
    half = f32(3.14159265) / f32(order)
    for j in range(rows):
        root = f32(j) / f32(rows - 1)
        r = root * root * f32(_REACH)
        texel = f32(2) * max(root, f32(0.02)) * f32(_REACH) / f32(rows)
        warmth = heart * f32(0.30) / (f32(1) + r * r * f32(22))
        row[:] = f32(0)
        # Outer rings lie below, inner ones on top of them.
        for ring in range(_RINGS - 1, -1, -1):
            s = f32(ring) + step
            off = s - wave
            size = f32(0.115) * np.exp(s * f32(_LOG_GROWTH)) * spread
            size = size * (f32(1) + swell / (f32(1) + f32(1.4) * off * off))
            fade = clamp01(s * f32(1.6)) * clamp01((f32(_RINGS) - s) * f32(0.45))
            depth = s / f32(_RINGS)
            for layer in range(2):
                # Behind each petal on the axis stands a longer one in the gap.
                axis = half if layer == 0 else f32(0)
                tip = size * f32(1.17) if layer == 0 else size
                length = tip * f32(0.86)
                rho = (r - tip + length) / length
                if rho > f32(1.35) or rho < f32(0):
                    continue
                t = min(rho, f32(1))
                width = half * slim * (f32(0.72) + f32(0.28) * clamp01(s * f32(0.5)))
                round_ = np.sqrt(f32(1) - t)
                body = np.sqrt(t) * (round_ + point * (f32(1) - t - round_))
                reach = f32(2) * width * body - f32(1.1) * max(f32(0), rho - f32(1))
                soft = f32(0.8) * texel / length
                along = f32(0.05) + f32(1.0) * t * t * (f32(0.35) + f32(0.65) * t)
                along = along * gain * (f32(1) - f32(0.30) * depth)
                if layer == 0:
                    along *= f32(0.55)
                tone = f32(0.94) - f32(0.66) * depth - f32(0.36) * (f32(1) - t)
                p0, p1, p2 = colour(lut, tone)
                opaque = fade * (f32(0.93) - f32(0.20) * t)
                slope = r / length
                inverse = f32(1) / (f32(2) * width * max(body, f32(0.02)))
                for i in range(columns):
                    phi = abs(half * f32(i) / f32(columns - 1) - axis) * slope
                    d = reach - phi
                    # Outside: the shadow on what lies below. Inside: the petal.
                    dark = clamp01(f32(1) + d * f32(9))
                    dark = f32(1) - f32(0.78) * fade * dark * dark * (f32(1) - opaque * f32(0.2))
                    a = clamp01((d + soft) / (f32(2) * soft))
                    across = min(phi * inverse, f32(1))
                    cup = f32(1) - f32(0.80) * across * across
                    vein = abs(across * f32(5.0) - np.floor(across * f32(5.0)) - f32(0.5))
                    crease = clamp01(f32(1) - across * f32(14)) * (f32(1) - t)
                    line = clamp01(f32(1) - abs(d - f32(0.008)) * f32(70))
                    inner = clamp01(f32(1) - d * f32(6.5))
                    light = along * (cup + f32(0.9) * inner * inner * t)
                    light = light * (f32(0.90) + f32(0.20) * vein) + crease * f32(0.05) * gain
                    bright = light + warmth
                    e = line * line * (f32(0.10) * gain + rim) * fade
                    a = a * opaque
                    keep = (f32(1) - a) * (dark if d < f32(0) else f32(1))
                    row[0, i] = row[0, i] * keep + a * (bright * p0 + e * edge_light[0])
                    row[1, i] = row[1, i] * keep + a * (bright * p1 + e * edge_light[1])
                    row[2, i] = row[2, i] * keep + a * (bright * p2 + e * edge_light[2])
                    row[3, i] = row[3, i] * (f32(1) - a) + a
        core = heart * f32(0.8) * np.exp(-r * r * f32(1100) / (spread * spread))
        # Two wreaths of stamens stand around the heart, their tips catch the light.
        one, two = r / (f32(0.060) * spread), r / (f32(0.105) * spread)
        stem = clamp01(f32(1.7) - two) * clamp01(one - f32(0.3))
        for i in range(columns):
            angle = half * f32(i) / f32(columns - 1)
            inner, outer = (angle - half) * one, angle * two
            a, b = (one - f32(1)) * (one - f32(1)), (two - f32(1)) * (two - f32(1))
            tip = np.exp((a + inner * inner) * f32(-260)) + np.exp((b + outer * outer) * f32(-330))
            thread = np.exp(outer * outer * f32(-900)) * stem * (f32(1) if two < f32(1) else f32(0))
            spark = core + tip * (f32(0.35) * gain + sparkle) + thread * f32(0.10) * gain
            for c in range(3):
                table[j, i, c] = row[c, i] + spark * edge_light[c]
            table[j, i, 3] = row[3, i]


@kernel
def _look_up(
    out: NDArray[np.float32],
    table: NDArray[np.float32],
    row_u: Field,
    row_v: Field,
    row_k: Field,
    back: Field,
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    px: Any,
    py: Any,
    lean_x: Any,
    lean_y: Any,
    order: Any,
    turn: Any,
    key_x: Any,
    key_y: Any,
) -> None:
    """Every pixel of `out` from the polar picture, through camera, bowl and mirrors."""
    height, width, _ = out.shape
    rows, columns, _ = table.shape
    for j in range(height):
        y0 = half_y * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height))
        for i in range(width):
            x0 = half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1))
            x = x0 * m00 - y0 * m01 + px
            y = x0 * m01 + y0 * m00 + py
            # The flower is a bowl: its rim is nearer, its heart lies deep.
            near = np.sqrt(x * x + y * y)
            bowl = f32(0.6) - near
            x = x + lean_x * bowl
            y = y + lean_y * bowl
            r = np.sqrt(x * x + y * y)
            # atan2 as a polynomial (maximum error 0.0015 rad), which vectorises.
            ax, ay = abs(x), abs(y)
            q = min(ax, ay) / (max(ax, ay) + f32(1e-9))
            s = q * q
            a = ((f32(-0.0464964749) * s + f32(0.15931422)) * s - f32(0.327622764)) * s * q + q
            a = f32(1.57079637) - a if ay > ax else a
            a = f32(3.14159274) - a if x < f32(0) else a
            a = -a if y < f32(0) else a
            w = (a + turn) * order * f32(1.0 / 6.2831853)
            w = w - np.floor(w)
            w = f32(1) - abs(f32(2) * w - f32(1))
            # The key light stands at one side: the bowl's far wall catches it.
            row_k[i] = f32(1) + (x * key_x + y * key_y) / (r + f32(0.12))
            row_u[i] = min(w, f32(0.9999)) * f32(columns - 1)
            row_v[i] = min(np.sqrt(r * f32(1.0 / _REACH)), f32(0.9999)) * f32(rows - 1)
        for i in range(width):
            u, v = row_u[i], row_v[i]
            k, n = np.int64(u), np.int64(v)
            fu, fv = u - f32(k), v - f32(n)
            w00, w01 = (f32(1) - fu) * (f32(1) - fv), fu * (f32(1) - fv)
            w10, w11 = (f32(1) - fu) * fv, fu * fv
            cover = (
                table[n, k, 3] * w00
                + table[n, k + 1, 3] * w01
                + table[n + 1, k, 3] * w10
                + table[n + 1, k + 1, 3] * w11
            )
            b = min(np.int64(v * v * f32(255.0 / _ROWS / _ROWS)), np.int64(back.shape[0] - 1))
            for c in range(3):
                out[j, i, c] = row_k[i] * (
                    table[n, k, c] * w00
                    + table[n, k + 1, c] * w01
                    + table[n + 1, k, c] * w10
                    + table[n + 1, k + 1, c] * w11
                ) + back[b, c] * (f32(1) - cover)


def _composition(stage: Stage) -> tuple[float, float, float, float]:
    """Where the heart is in the frame (x, y, scene coordinates) and how the flower leans (x, y).

    By seed: on a third, in the middle and seen at an angle, or low with its petals rising; in
    close-ups the heart is far off the middle and the frame crops the petals.
    """
    random = stage.random(32)
    kind, angle = int(random.integers(0, 3)), float(random.random()) * 2 * pi
    side_x, side_y = (float(random.choice((-1.0, 1.0))) for _ in range(2))
    towards = _TOWARDS.get(stage.camera, (0.0, 0.0))
    side_x, side_y = towards[0] or side_x, towards[1] or side_y
    if stage.request.size in (ShotSize.CLOSE, ShotSize.EXTREME_CLOSE):
        x, y, lean = ((0.50, 0.42, 0.22), (0.36, 0.20, 0.34), (0.15, 0.62, 0.26))[kind]
    else:
        x, y, lean = ((1 / 3, 0.06, 0.16), (0.08, 0.05, 0.40), (0.18, 1 / 3, 0.26))[kind]
    # It turns its face to the middle of the frame, or, standing there, to any side.
    turn_x, turn_y = (cos(angle), sin(angle)) if kind == 1 else (-side_x, -0.7 * side_y)
    x, y = side_x * x * stage.half_x, side_y * y * stage.half_y
    return x, y, lean * turn_x, lean * turn_y


class Petals(Scene):
    """A mandala of petals."""

    name: ClassVar[str] = "kaleidoscope of petals"
    words: ClassVar[tuple[str, ...]] = (
        "petal", "flower", "mandala", "kaleidoscope", "blossom", "bloom", "lotus", "rose",
        "garden", "spring", "sacred", "symmetry",
    )  # fmt: skip
    scale: ClassVar[float] = 0.75
    finish: ClassVar[Finish] = Finish(bloom=0.45, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(31)
        self._order = int(random.choice((8, 10, 12, 14)))
        self._spin = float(random.choice((-1.0, 1.0)))
        self._phase = float(random.random()) * 2 * pi
        self._table = np.zeros((_ROWS, _COLUMNS, 4), np.float32)
        self._edge = stage.shade(0.92, 0.93)
        self._pollen = stage.shade(0.8, 0.88) * f32(1.3)
        self._at_x, self._at_y, self._lean_x, self._lean_y = _composition(stage)
        self._motes = random.random((90, 3)).astype(np.float32)
        self._slim = f32(0.53 + 0.20 * random.random())
        self._point = f32(0.15 + 0.5 * random.random())
        self._row = np.zeros((4, _COLUMNS), np.float32)
        self._u = np.zeros(self.width, np.float32)
        self._v = np.zeros(self.width, np.float32)
        self._k = np.zeros(self.width, np.float32)
        ramp = np.linspace(0.0, 1.0, 256)[:, None]
        near, far = stage.shade(0.4, 0.34), stage.shade(0.1, 0.12)
        self._back = (near * (1 - ramp) ** 2 + far * (1 - (1 - ramp) ** 2)).astype(np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m = moment
        opened = 1.0 - (1.0 - m.bar) ** 2
        step = 0.45 * opened + 0.55 * m.bar
        spread = 0.75 + 0.5 * m.energy - 0.25 * m.build
        sway = m.flow * 0.35 + self._phase
        lean_x = self._lean_x + 0.16 * sin(sway) + 0.55 * m.truck
        lean_y = self._lean_y + 0.13 * cos(sway * 0.8) + 0.55 * m.lift
        zoom = m.zoom * (1.0 + 0.25 * m.forward)
        _wedge(
            self._table, self._row, self.stage.lut, self._edge, self._order, f32(step),
            f32(spread), f32(0.05 + 0.9 * m.snare), f32(0.04 + 0.22 * m.kick),
            f32(1.0 + 5.0 * (1.0 - m.kick)), f32(0.55 + 0.85 * m.energy + 0.25 * m.pulse),
            f32(0.30 + 0.7 * m.bass + 0.5 * m.kick), f32(1.6 * m.hat), self._slim, self._point,
        )  # fmt: skip
        c, s = cos(m.roll) / zoom, sin(-m.roll) / zoom
        # A camera that comes nearer makes for the heart, and none loses it.
        nearing = 1.0 - 0.3 * m.forward
        heart_x = held(self._at_x * nearing - m.cam_x * zoom, _ROOM * self.stage.half_x)
        heart_y = held(self._at_y * nearing - m.cam_y * zoom, _ROOM * self.stage.half_y)
        _look_up(
            out, self._table, self._u, self._v, self._k, self._back,
            f32(self.stage.half_x), f32(self.stage.half_y), f32(c), f32(s),
            f32(-heart_x / zoom), f32(-heart_y / zoom), f32(lean_x), f32(lean_y),
            f32(self._order), f32(self._spin * m.flow * 0.05 + self._phase),
            f32(0.42 * cos(sway * 0.5 + 2.0)), f32(0.42 * sin(sway * 0.5 + 2.0)),
        )  # fmt: skip
        mix_motes(
            out, self._motes, f32(self.stage.half_x), f32(self.stage.half_y),
            f32(cos(m.roll) * zoom), f32(sin(-m.roll) * zoom), f32(m.cam_x + m.truck),
            f32(m.cam_y + m.lift), f32(m.flow), f32(-0.04), f32(0.05 + 0.25 * m.energy),
            f32(0.6 * m.hat), f32(0.004), self._pollen,
        )  # fmt: skip
