"""The skin of a drum, drawn in lines."""

from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray
from scipy.special import jn_zeros, jv

from songreel.generation.visuals.kernels import Field, f32
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.strings_draw import hoop, skin
from songreel.generation.visuals.parts.strings_form import PLACES, Form, tints
from songreel.generation.visuals.plucks import stroke
from songreel.generation.visuals.stage import Stage
from songreel.generation.visuals.strokes import mix_polygon


class Drumhead(Form):
    """A round skin seen at an angle, drawn in lines; it swings in the modes of a membrane."""

    _ROWS = 60

    def __init__(self, stage: Stage, height: int, width: int) -> None:
        super().__init__(stage, height, width)
        rows = int(self._ROWS * (0.65 + 0.35 * min(self.full, 1.0)))
        self._z = np.linspace(1.0, -1.0, rows, dtype=np.float32)[:, None]
        across = np.linspace(-1.0, 1.0, PLACES)[None, :]
        self._half = np.sqrt(np.maximum(1.0 - self._z**2, 0.0))
        self._u = across * self._half
        radius = np.hypot(self._u, self._z)
        angle = np.arctan2(self._z, self._u)
        self._radius = np.minimum(radius, 1.0)
        kinds = [(0, 1), (1, 1), (2, 1), (0, 2), (3, 1), (1, 2), (4, 1), (2, 2), (0, 3), (5, 1)]
        count = 3 + int(6 * min(self.full, 1.0))
        turn = float(self.random.random()) * 2 * pi
        self._modes, self._speed = [], []
        for order, number in kinds[:count]:
            zero = float(jn_zeros(order, number)[-1])
            mode = jv(order, zero * self._radius) * np.cos(order * (angle + turn))
            self._modes.append(mode / np.abs(mode).max())
            self._speed.append(zero)
        self._stack = np.stack(self._modes).astype(np.float32)
        self._u = self._u.astype(np.float32)
        self._radius = self._radius.astype(np.float32)
        self._phases = self.random.random(count) * 2 * pi
        self._rim = np.clip((1.0 - self._radius) * 6.0, 0.0, 1.0).astype(np.float32)
        self._flat = self._stack.reshape(count, -1)
        half = self._half / PLACES * 2
        self._steep = (0.5 / np.maximum(half, 0.004)).astype(np.float32)
        self._work = np.zeros((7, *self._u.shape), np.float32)
        self._scratch = np.zeros((3, width), np.float32)
        self._hoop = np.linspace(0.0, 2.0 * pi, 2 * PLACES - 1)
        self._cover = np.zeros(width + 2, np.float32)

    def lamp(self, m: Moment) -> tuple[float, float, float]:
        """Where the light of the room is, in halves of the frame, and how strong it is."""
        return -m.cam_x * 0.5, -0.05 + m.cam_y * 0.5, 1.4 + 0.6 * m.kick

    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        """Add the strings to the room."""
        st = self.stage
        t = m.flow
        swing = np.sin(0.42 * np.array(self._speed) * t + self._phases)
        gain = (0.05 + 0.07 * m.energy + 0.08 * self.full + 0.06 * m.bass) * (1 + 0.3 * m.build)
        weight = gain / np.sqrt(np.arange(len(swing)) + 1.0)
        h, a, b, x, y, px, py = self._work
        rim, radius = self._rim, self._radius
        np.dot((weight * swing).astype(np.float32), self._flat, out=h.reshape(-1))
        for pluck in self.kicks.ringing(m, 1.2):
            # A ring runs out from the blow and comes back from the rim upside down.
            way = 0.06 + 1.9 * pluck.age
            for part, at in ((a, way), (b, 2.0 - way)):
                np.subtract(radius, f32(at), out=part)
                part *= f32(1 / 0.13)
                part *= part
                np.negative(part, out=part)
                np.exp(part, out=part)
            a -= b
            a *= rim
            a *= f32(0.24 * pluck.strength * np.exp(-pluck.age / 0.4))
            h += a
        np.multiply(radius, f32(30.0), out=a)
        np.cos(a, out=a)
        a *= rim
        a *= f32(0.030 * m.snare)
        h += a
        np.multiply(radius, radius, out=a)
        np.subtract(f32(1), a, out=a)
        a *= f32(0.05 * m.kick)
        h += a
        size = (0.86 + 0.22 * self.full) * min(st.half_x, 1.35 * st.half_y + 0.2) * m.zoom
        flat = 0.36 + 0.10 * m.lift + 0.06 * self.full + 0.08 * m.build
        depth = 1.0 / (1.0 + 0.28 * (self._z + 1.0))
        np.multiply(self._u, size * 1.25 * depth, out=x)
        x -= m.cam_x + m.truck * depth
        np.multiply(h, size * depth, out=y)
        y += self._z * flat * depth * size - (0.22 * st.half_y + m.cam_y)
        # Light on what is raised and on what rises to the right.
        np.subtract(h[:, 2:], h[:, :-2], out=a[:, 1:-1])
        a[:, 0] = a[:, -1] = 0.0
        a *= self._steep
        np.clip(a, 0.0, 2.0, out=a)
        a *= f32(0.6)
        np.maximum(h, f32(0), out=b)
        b *= f32(7.0)
        a += b
        a += f32(0.32)
        flare = m.melody * (np.arange(len(h)) % 6 == 2)
        shine = (0.36 + 0.4 * m.energy + 0.28 * m.brightness + 0.35 * self.full) * (
            0.30 + 0.70 * depth
        )
        a *= shine * (1 + 0.6 * stroke(m) + 0.6 * flare.astype(np.float32))[:, None]
        c, s = cos(m.roll), sin(m.roll)
        per = self.width / (2.0 * st.half_x)
        np.multiply(x, f32(c * per), out=px)
        np.multiply(y, f32(s * per), out=b)
        px -= b
        px += f32(st.half_x * per)
        np.multiply(x, f32(-s * per), out=py)
        np.multiply(y, f32(c * per), out=b)
        py -= b
        py += f32(st.half_y * per)
        tint = tints(st, 0.40 + 0.5 * np.linspace(0, 1, len(h)))
        runs = (np.arange(len(h)) * 0.381966 + 0.4 * m.flow) % 1.0
        dark = st.shade(0.12, 0.10 + 0.05 * self.full) * f32(1 + 0.5 * m.bass + 1.2 * stroke(m))
        around = self._hoop
        deep = 1.0 / (1.0 + 0.28 * (np.sin(around) + 1.0))
        hx = -np.cos(around) * size * deep * 1.25 - m.cam_x - m.truck * deep
        hy = np.sin(around) * flat * deep * size - 0.22 * st.half_y - m.cam_y
        hoops = np.stack([hx * c - hy * s + st.half_x, st.half_y - hx * s - hy * c], axis=1)
        hoops32: Field = (hoops * per).astype(np.float32)
        far, front = hoops32[:PLACES].T.copy(), hoops32[: PLACES - 2 : -1].T.copy()
        mix_polygon(out, hoops32, self._cover, f32(1.0), *dark)
        rim_light = 0.7 + 0.5 * m.energy + 0.6 * self.full + 0.8 * m.kick
        hoop(out, far, (st.shade(0.7, 0.6) * f32(0.6 * rim_light)).astype(np.float32),
             f32(self.pixel * 1.6))  # fmt: skip
        skin(out, px, py, a, tint, runs.astype(np.float32), dark, front,
              f32(self.pixel * 1.25), f32(6.0 * m.hat), self._scratch)  # fmt: skip
        hoop(out, front, (st.shade(0.9, 0.8) * f32(rim_light)).astype(np.float32),
              f32(self.pixel * (1.6 + 1.2 * self.full)))  # fmt: skip
