"""Kaleidoscope of petals: a translucent flower that opens with the bar, or a field of mirrors.

Half of one wedge of the flower is drawn as a small polar picture; every pixel looks itself up
in it, through the camera, the bowl that the flower forms, and the mirrors. So the petals' shading
can afford what a kernel over all pixels could not.
"""

from math import cos, log, pi, sin
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    f32,
    held,
    kernel,
    line,
)
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.petals_wedge import REACH, glass, wedge
from songreel.generation.visuals.plucks import stroke
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage
from songreel.models.storyboard import CameraMove, ShotSize

_ROWS, _COLUMNS = 512, 112
"""Polar picture: rows over the root of the radius, columns over half a wedge."""
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
_ALONE = 60.0
"""Distance between mirrored flowers where there is but one."""
_APART = {
    Role.OPENING: _ALONE, Role.VERSE: _ALONE, Role.RISE: 2.3, Role.PEAK: 1.28, Role.TURN: 1.75,
    Role.CLOSING: _ALONE,
}  # fmt: skip
"""Distance between mirrored flowers in each role of a section."""


@kernel
def _look_up(
    out: NDArray[np.float32],
    table: NDArray[np.float32],
    rows_: Field,
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    px: Any,
    py: Any,
    lean_x: Any,
    lean_y: Any,
    order: Any,
    key_x: Any,
    key_y: Any,
    apart: Any,
    dome: Any,
    fall: Any,
) -> None:
    """Every pixel of `out` from the polar picture, through camera, bowl and mirrors.

    Flowers stand on a lattice of triangles `apart` from each other. A pixel belongs to the nearest
    one, and the flower has six mirrors or twelve: so what meets on a border is its own image.
    The lattice lies on a `dome` that curves away from the viewer and into the dark, by `fall`.
    `rows_`, shape (3, width), is scratch.
    """
    height, width, _ = out.shape
    rows, columns, _ = table.shape
    flat = table.reshape(-1)
    row_u, row_v, row_k = rows_[0], rows_[1], rows_[2]
    high = apart * f32(1.7320508)
    one, two = f32(1) / apart, f32(1) / high
    for j in range(height):
        y0 = half_y * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height))
        for i in range(width):
            x0 = half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1))
            x = x0 * m00 - y0 * m01 + px
            y = x0 * m01 + y0 * m00 + py
            # The flower is a bowl: its rim is nearer, its heart lies deep.
            bowl = f32(0.6) - np.sqrt(x * x + y * y)
            x = x + lean_x * bowl
            y = y + lean_y * bowl
            # The key light stands at one side: the bowl's far wall catches it.
            far = f32(1) / (np.sqrt(x * x + y * y) + f32(0.12))
            lit = f32(1) + (x * key_x + y * key_y) * far
            away = x * x + y * y
            row_k[i] = lit / (f32(1) + fall * away)
            curve = f32(1) + dome * away / (f32(1) + f32(0.25) * away)
            x, y = x * curve, y * curve
            ax = x - apart * np.floor(x * one + f32(0.5))
            ay = y - high * np.floor(y * two + f32(0.5))
            bx, by = x - f32(0.5) * apart, y - f32(0.5) * high
            bx = bx - apart * np.floor(bx * one + f32(0.5))
            by = by - high * np.floor(by * two + f32(0.5))
            nearer = ax * ax + ay * ay <= bx * bx + by * by
            x = ax if nearer else bx
            y = ay if nearer else by
            r = np.sqrt(x * x + y * y)
            # atan2 as a polynomial (maximum error 0.0015 rad), which vectorises.
            ax, ay = abs(x), abs(y)
            q = min(ax, ay) / (max(ax, ay) + f32(1e-9))
            s = q * q
            a = ((f32(-0.0464964749) * s + f32(0.15931422)) * s - f32(0.327622764)) * s * q + q
            a = f32(1.57079637) - a if ay > ax else a
            a = f32(3.14159274) - a if x < f32(0) else a
            a = -a if y < f32(0) else a
            w = a * order * f32(1.0 / 6.2831853)
            w = w - np.floor(w)
            w = f32(1) - abs(f32(2) * w - f32(1))
            row_u[i] = min(w, f32(0.9999)) * f32(columns - 1)
            row_v[i] = min(np.sqrt(r * f32(1.0 / REACH)), f32(0.9999)) * f32(rows - 1)
        row = line(out, j)
        across = columns * 3
        for i in range(width):
            u, v, k = row_u[i], row_v[i], row_k[i]
            p, n = np.int64(u), np.int64(v)
            fu, fv = u - f32(p), v - f32(n)
            at = n * across + p * 3
            for c in range(3):
                a = flat[at + c] + (flat[at + 3 + c] - flat[at + c]) * fu
                low = at + across + c
                b = flat[low] + (flat[low + 3] - flat[low]) * fu
                row[3 * i + c] = k * (a + (b - a) * fv)


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
    """A flower, and in a chorus the kaleidoscope that mirrors it over the whole frame."""

    name: ClassVar[str] = "kaleidoscope of petals"
    about: ClassVar[str] = (
        "A translucent flower opens ring by ring; mirrors unfold it over the whole frame."
    )
    words: ClassVar[tuple[str, ...]] = (
        "petal", "flower", "mandala", "kaleidoscope", "blossom", "bloom", "lotus", "rose",
        "garden", "spring", "sacred", "symmetry",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.5, 0.1)
    drives: ClassVar[Drives] = Drives(
        kick="a swell runs out from the heart through the rings",
        snare="the edges of the petals flash",
        hat="stamens and pollen glint",
        bass="the heart glows",
        melody="the petals brighten one ring after the other",
        build="the flower closes and its mirror images draw near",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "flower",
            {
                "dahlia": Option(("dahlia", "blossom", "garden", "spring")),
                "lotus": Option(("lotus", "water", "calm", "zen", "lily"), (0.4, -0.5)),
                "rosette": Option(("glass", "window", "church", "sacred", "rose", "cathedral"),
                                  (0.0, 0.4)),
            },
        ),
    )  # fmt: skip
    scale: ClassVar[float] = 2 / 3
    finish: ClassVar[Finish] = Finish(bloom=0.42, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(31)
        self._flower = self.setting("flower")
        # Mirrors meet in twelves: other numbers of petals would not close the kaleidoscope.
        self._order = {"dahlia": 12, "lotus": 6, "rosette": 12}[self._flower]
        self._spin = float(random.choice((-1.0, 1.0)))
        self._phase = float(random.random()) * 2 * pi
        self._table = np.zeros((_ROWS, _COLUMNS, 3), np.float32)
        self._edge = stage.shade(0.92, 0.93)
        self._pollen = stage.shade(0.8, 0.88) * f32(1.3)
        self._apart = _APART[stage.role] * (1.0 - 0.12 * min(stage.turn, 2) * (
            stage.role is Role.PEAK))  # fmt: skip
        self._mirrored = self._apart < _ALONE
        self._deep = 0.0 if not self._mirrored or stage.role is Role.RISE else 1.0
        self._size = {Role.OPENING: 0.66, Role.CLOSING: 0.60}.get(stage.role, 1.0)
        if self._flower == "lotus":
            self._size *= 1.45
            self._apart *= 1.0 if stage.role is Role.RISE else 0.86
        at = _composition(stage)
        if self._mirrored and stage.role is not Role.RISE:
            at = (0.8 * at[0], 0.6 * at[1], 0.0, 0.0)
        self._at_x, self._at_y, self._lean_x, self._lean_y = at
        self._motes = random.random((90, 3)).astype(np.float32)
        self._slim = f32(0.53 + 0.20 * random.random())
        self._point = f32(0.15 + 0.5 * random.random())
        if self._flower == "lotus":
            self._slim, self._point = f32(0.78 + 0.15 * random.random()), f32(0.62)
        self._rings = 5 if self._flower == "lotus" else 8
        self._growth = log(1.52) if self._flower == "lotus" else log(1.36)
        self._kind = int(random.integers(0, 3))
        self._row = np.zeros((4, _COLUMNS), np.float32)
        self._rows = np.zeros((3, self.width), np.float32)
        ramp = np.linspace(0.0, 1.0, 256)[:, None]
        day = 0.12 if self._mirrored and stage.role is not Role.RISE else 0.0
        near, far = stage.shade(0.4, 0.34 + day), stage.shade(0.1, 0.12 + day)
        self._back = (near * (1 - ramp) ** 2 + far * (1 - (1 - ramp) ** 2)).astype(np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st = moment, self.stage
        self._unfold(m)
        flat = 0.0 if self._mirrored else 1.0
        sway = m.flow * 0.22 + self._phase
        lean_x = self._lean_x + flat * (0.16 * sin(sway) + 0.55 * m.truck)
        lean_y = self._lean_y + flat * (0.13 * cos(sway * 0.8) + 0.55 * m.lift)
        zoom = m.zoom * (1.0 + 0.25 * m.forward)
        # A camera that comes nearer makes for the heart, and none loses it.
        nearing = 1.0 - 0.3 * m.forward
        aside = 0.0 if flat else 0.5
        heart_x = self._at_x * nearing - (m.cam_x + aside * m.truck) * zoom
        heart_y = self._at_y * nearing - (m.cam_y + aside * m.lift) * zoom
        heart_x, heart_y = held(heart_x, _ROOM * st.half_x), held(heart_y, _ROOM * st.half_y)
        # The whole field turns about the heart, mirrors and all.
        angle = -m.roll + self._spin * m.flow * (0.035 + 0.02 * (1 - flat)) + self._phase
        c, s = cos(angle) / zoom, sin(angle) / zoom
        back_x, back_y = -heart_x * c + heart_y * s, -heart_x * s - heart_y * c
        ca, sa = cos(angle), sin(angle)
        key = sway * 0.5 + 2.0
        apart = self._apart * (1.0 - 0.22 * m.build + 0.05 * m.bass + 0.035 * m.kick)
        _look_up(
            out, self._table, self._rows, f32(st.half_x), f32(st.half_y), f32(c), f32(s),
            f32(back_x), f32(back_y), f32(lean_x * ca - lean_y * sa),
            f32(lean_x * sa + lean_y * ca), f32(self._order),
            f32(0.42 * flat * cos(key)), f32(0.42 * flat * sin(key)), f32(apart),
            f32(0.55 * self._deep * (1.0 + 0.25 * m.kick)), f32(1.2 * self._deep),
        )  # fmt: skip
        mix_motes(
            out, self._motes, f32(st.half_x), f32(st.half_y),
            f32(cos(m.roll) * zoom), f32(sin(-m.roll) * zoom), f32(m.cam_x + m.truck),
            f32(m.cam_y + m.lift), f32(m.flow), f32(-0.04), f32(0.05 + 0.25 * m.energy),
            f32(0.6 * m.hat), f32(0.004 + 0.004 * self._deep), self._pollen,
        )  # fmt: skip

    def _unfold(self, m: Moment) -> None:
        """Draw the wedge at this moment."""
        opened = 1.0 - (1.0 - m.bar) ** 2
        step = 0.45 * opened + 0.55 * m.bar
        spread = (0.75 + 0.5 * m.energy - 0.25 * m.build) * (0.80 if self._mirrored else 1.0)
        spread *= self._size
        wave = 1.0 + 5.0 * (1.0 - m.kick)
        gain = 0.55 + 0.75 * m.energy + 0.70 * stroke(m) + 0.35 * m.melody
        gain *= 0.82 + 0.36 * m.brightness
        if self._flower == "rosette":
            glass(
                self._table, self.stage.lut, self._edge, self._back, f32(self._order),
                f32(spread * (1.0 + 0.05 * m.kick)), f32(0.55 + 1.6 * m.kick), f32(wave),
                f32(1.25 * gain), f32(0.05 + 0.9 * m.snare), f32(0.35 + 0.8 * m.bass),
                f32(1.6 * m.hat), f32(0.035 * m.flow), self._kind,
                f32(9.0 if self._mirrored else 5.0),
            )  # fmt: skip
            return
        wedge(
            self._table, self._row, self.stage.lut, self._edge, self._order, f32(step),
            f32(spread), f32(0.05 + 0.9 * m.snare),
            f32(0.04 + 0.22 * m.kick + 0.20 * m.melody), f32(wave),
            f32(gain), f32(0.30 + 0.95 * m.bass + 0.5 * m.kick), f32(1.6 * m.hat), self._slim,
            self._point, self._rings, f32(self._growth), self._back,
        )  # fmt: skip
