"""Strings: ribbons of taut threads, a harp seen along its strings, the skin of a drum.

A string is a height at a few places across the field, joined by straight lines; waves are worked
out on those places only.
"""

from abc import ABC, abstractmethod
from math import cos, pi, sin, tan
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import jn_zeros, jv

from songreel.generation.visuals.kernels import Field, f32, kernel, line, noise_table, sine
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.mirror import mirror_below
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.plucks import Pluck, Plucks
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage

_PLACES = 193
"""Places along a string: every fifth column of a field 960 wide."""
_FULL = {
    Role.OPENING: 0.0, Role.VERSE: 0.2, Role.RISE: 0.55, Role.PEAK: 1.0, Role.TURN: 0.6,
    Role.CLOSING: 0.1,
}  # fmt: skip
"""How much of the instrument is seen in each role of a section."""

Values = NDArray[np.floating]


class Strings(Scene):
    """Threads that stand in waves and are plucked."""

    name: ClassVar[str] = "strings of light"
    about: ClassVar[str] = (
        "Taut threads of light vibrate: ribbons of them, a harp's strings, or a drum's skin."
    )
    words: ClassVar[tuple[str, ...]] = (
        "string", "thread", "silk", "ribbon", "line", "harp", "vibration", "fabric", "weave",
        "veil", "oscillation", "sound", "filament",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.1, 0.0)
    drives: ClassVar[Drives] = Drives(
        kick="a pluck sends a wave running along the strings to both ends",
        snare="a fine standing wave trembles through them",
        hat="beads of light run along the threads",
        bass="the slow waves swing wider and the room glows",
        melody="single threads flare",
        build="the strings are drawn together and tightened",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "form",
            {
                "ribbons": Option(("ribbon", "silk", "fabric", "veil", "thread"), (0.2, -0.1)),
                "harp": Option(("harp", "guitar", "string", "piano", "violin"), (0.1, -0.4)),
                "drumhead": Option(("drum", "skin", "vibration", "cymatics", "bass"), (-0.1, 0.6)),
            },
        ),
    )
    scale: ClassVar[float] = 0.75
    finish: ClassVar[Finish] = Finish(bloom=0.50, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._form = _FORMS[self.setting("form")](stage, self.height, self.width)
        self._low, self._high = stage.shade(0.08, 0.10), stage.shade(0.35, 0.40)
        self._motes = stage.random(72).random((90, 3)).astype(np.float32)
        self._mote = stage.shade(0.85, 0.9) * f32(1.5)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st = moment, self.stage
        full = _FULL[st.role]
        x, y = self._form.lamp(m)
        glow = 0.10 + 0.40 * m.bass + 0.30 * m.energy + 0.25 * full + 0.2 * m.pulse
        _ground(out, self._low, self._high, f32(glow), f32(x), f32(y))
        self._form.draw(m, out)
        mix_motes(
            out, self._motes, f32(st.half_x), f32(st.half_y), f32(cos(m.roll) * m.zoom),
            f32(sin(-m.roll) * m.zoom), f32(m.cam_x + m.truck), f32(m.cam_y + m.lift), f32(m.flow),
            f32(-0.03), f32(0.03 + 0.12 * m.energy), f32(0.4 * m.hat), f32(0.004), self._mote,
        )  # fmt: skip


class Form(ABC):
    """What the strings are strung on."""

    def __init__(self, stage: Stage, height: int, width: int) -> None:
        self.stage, self.height, self.width = stage, height, width
        self.full = _FULL[stage.role] + 0.1 * min(stage.turn, 2) * (stage.role is Role.PEAK)
        drive = stage.request.drive
        self.kicks = Plucks(stage, None if drive is None else drive.kick)
        self.pixel = height * stage.half_x / 960.0
        self.random = stage.random(71)
        self.x32 = (stage.half_x * np.linspace(-1.0, 1.0, _PLACES)).astype(np.float32)
        self.x: Values = self.x32
        self.heights = np.zeros((90, _PLACES), np.float32)
        self.lights = np.zeros((90, _PLACES), np.float32)

    @abstractmethod
    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        """Add the strings to the room."""

    def lamp(self, m: Moment) -> tuple[float, float]:
        """Where the light of the room is, in halves of the frame."""
        return -m.cam_x * 0.5, 0.1 + m.cam_y * 0.5

    def rows(self, y: Values) -> NDArray[np.float32]:
        """Heights in scene units as rows of the field."""
        per = self.height / (2.0 * self.stage.half_y)
        return ((self.stage.half_y - y) * per - 0.5).astype(np.float32)

    def waves(self, m: Moment, x: Values, reach: float, speed: float = 2.6) -> Values:
        """What plucks do at `x`: two pulses that run from the place of the pluck to the ends.

        Ends send them back upside down, as those of a string do.
        """
        y = np.zeros_like(x)
        for pluck in self.kicks.ringing(m, 1.2):
            at = (0.61803 * (pluck.number + 1) % 1.0 - 0.5) * 1.3 * reach
            size = pluck.strength * np.exp(-pluck.age / 0.42)
            way = speed * reach * pluck.age
            for source, side in ((at, 1.0), (2 * reach - at, -1.0), (-2 * reach - at, -1.0)):
                for sense in (1.0, -1.0):
                    d = (x - source - sense * way) / (0.17 * reach)
                    y += 0.5 * side * size * np.exp(-d * d)
        return y


class Ribbons(Form):
    """Sheets of threads whose waves lag behind each other, so that they turn like silk."""

    def __init__(self, stage: Stage, height: int, width: int) -> None:
        super().__init__(stage, height, width)
        self._phase = self.random.random(3)
        self._hue = np.array([0.72, 0.42, 0.58]) + (self.random.random(3) - 0.5) * 0.12
        self._place = (self.random.random(3) - 0.5) * np.array([0.2, 0.7, 0.6]) * stage.half_y
        if stage.role is Role.TURN:
            self._place = -self._place
        self._noise = noise_table(13, 128, 5, 4)
        self._floor = stage.shade(0.05, 0.06)

    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        # One sheet in focus; a second behind it and a third close to the lens join with the song.
        sheets = [(0, 1.0, int(44 + 36 * self.full))]
        if self.full > 0.4:
            sheets.insert(0, (1, 1.7, int(24 + 30 * self.full)))
        if self.full > 0.8:
            sheets.append((2, 0.60, 22))
        for k, depth, count in sheets:
            near = 1.0 / (depth - (0.25 if depth > 0.7 else 0.1) * m.forward)
            zoom = m.zoom * near
            blur = abs(near - 1.0)
            self._sheet(m, out, k, count, zoom, blur)
        floor = (0.5 + 0.5 * (0.66 + 0.5 * m.cam_y + 0.4 * m.lift)) * self.height
        mirror_below(
            out, self._noise, f32(max(floor, 0.55 * self.height)), f32(-tan(m.roll)), f32(1.6),
            f32(0.10 + 0.4 * m.kick), f32(0.006 * m.flow), f32(m.cam_x + m.truck), f32(0.10),
            f32(0.45), self._floor, f32(0.5),
        )  # fmt: skip

    def _sheet(self, m: Moment, out: Field, k: int, count: int, zoom: float, blur: float) -> None:
        st, tight = self.stage, 1.0 - 0.55 * m.build
        swing = (0.26 + 0.10 * m.energy + 0.22 * self.full + 0.10 * m.bass) * st.half_y * tight
        wide = (0.16 + 0.10 * m.energy + 0.16 * self.full) * (1.0 + 0.25 * m.bass) * tight
        rows, light = self.heights[:count], self.lights[:count]
        _silk(
            rows, light, self.x32, self.waves(m, self.x / zoom, st.half_x / zoom),
            np.array(
                [zoom, m.cam_x / zoom + m.truck, 0.30 * m.flow, self._phase[k], swing, wide,
                 0.30, 0.05 * m.kick, 0.05 * m.snare,
                 self._place[k] + 0.10 * st.half_y - m.cam_y / zoom - m.lift, tan(m.roll),
                 (0.22 + 0.24 * m.energy + 0.26 * self.full) / (1.0 + 4.0 * blur)
                 * (0.72 + 0.56 * m.brightness) * (1 + 0.70 * m.kick), 0.7 + 1.5 * m.melody,
                 st.half_y, self.height / (2.0 * st.half_y)], np.float32,
            ),
        )  # fmt: skip
        lag = np.linspace(-1.0, 1.0, count)
        tint = _tints(st, self._hue[k] + 0.30 * lag * np.abs(lag))
        runs = (np.arange(count) * 0.381966 + 0.44 * m.flow) % 1.0
        _draw(out, rows, light, tint, runs.astype(np.float32),
              f32(self.pixel * (1.15 + 5.0 * blur)), f32(6.0 * m.hat))  # fmt: skip


class Harp(Form):
    """Strings in perspective, from thin far ones to thick near ones, over a dark sound board."""

    def __init__(self, stage: Stage, height: int, width: int) -> None:
        super().__init__(stage, height, width)
        self._side = float(self.random.choice((-1.0, 1.0)))
        if stage.role is Role.TURN:
            self._side = -self._side
        self._hue = float(self.random.random()) * 0.2
        self._count = int(11 + 17 * min(self.full, 1.0) + 4 * (self.full > 1.0))

    def lamp(self, m: Moment) -> tuple[float, float]:
        return self._side * 0.55 - m.cam_x * 0.5, -0.1 + m.cam_y * 0.5

    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        _st, count = self.stage, self._count
        # Strings fan out from a point beyond one side of the frame, on a board below the eye and,
        # in a chorus, on another above it.
        planes = (-1.0, 1.0) if self.full > 0.8 else (-1.0,)
        plucked = self.kicks.ringing(m, 1.4)
        for plane in planes:
            self._plane(m, out, plane, count, plucked if plane < 0 else plucked[:2])

    def _plane(self, m: Moment, out: Field, plane: float, count: int,
               plucked: list[Pluck]) -> None:  # fmt: skip
        st = self.stage
        k = np.linspace(0.0, 1.0, count, dtype=np.float32)[:, None]
        near = k**1.5
        x = self.x + m.cam_x * 0.5
        from_ = self._side * st.half_x * (1.35 + 0.4 * m.build) + 0.35 * m.truck
        run = (from_ - x) * self._side / (2.2 * st.half_x)
        span = (1.15 + 0.35 * self.full) * st.half_y * (1.0 - 0.30 * m.build)
        slope = (0.10 + 1.20 * near) * span
        eye = 0.22 * st.half_y if len(plucked) and plane > 0 else 0.26 * st.half_y
        if self.full > 0.8:
            eye = 0.06 * st.half_y
        y = eye + plane * slope * run * m.zoom - m.cam_y - m.lift * (0.2 + 0.8 * near)
        length = np.clip(run / 1.08, 0.0, 1.0)
        shape = np.sin(pi * length)
        y += (0.012 + 0.03 * m.bass) * np.sin(0.9 * m.flow + 9.0 * k) * shape
        y += 0.020 * m.snare * np.sin(9 * pi * length) * (0.4 + near)
        y += 0.030 * m.kick * shape * np.sin(2 * pi * length + 5 * k)
        # Wound metal in the light of a lamp that wanders: a long glint on every string.
        lamp = 0.42 + 0.24 * np.sin(0.31 * m.flow + 2.2 * k) + 0.05 * np.sin(7.0 * k)
        glint = np.exp(-(((run - lamp) / (0.16 + 0.10 * m.bass)) ** 2))
        light = (0.06 + 0.16 * m.energy + 0.08 * m.brightness + 0.10 * near) * (
            0.35 + run.clip(0, 1.2)
        )
        light = light + (0.55 + 0.7 * m.energy) * glint * (0.35 + 0.65 * near)
        flare = np.arange(count) == int(m.flow * 2) % count
        light = light * (1 + 2.0 * m.melody * flare)[:, None]
        ghosts = np.linspace(-1.0, 1.0, 9)[:, None]
        lenses = []
        for pluck in plucked:
            row = int((0.30 + 0.62 * ((pluck.number * 0.61803 + 0.4) % 1.0)) * count)
            size = pluck.strength * np.exp(-pluck.age / 0.5) * (0.03 + 0.15 * near[row, 0])
            # The kink runs round as on a plucked string (Helmholtz); the eye sees a lens.
            kink = 0.5 + 0.5 * np.cos(2 * pi * 1.1 * pluck.age)
            tent = np.minimum(length / max(kink, 0.04), (1 - length) / max(1 - kink, 0.04))
            bent = np.clip(tent, 0.0, 1.0) * np.exp(-pluck.age / 0.35) * 1.3
            light[row] += 1.6 * pluck.strength * np.exp(-pluck.age / 0.3)
            lens = y[row] + size * (0.75 * ghosts * shape + 0.6 * bent)
            glow = 0.8 * np.exp(-pluck.age / 0.45) * (0.25 + ghosts**2) * (0.4 + 0.6 * shape)
            lenses.append((lens, glow * pluck.strength))
            y[row] += size * bent
        tilt = self.x * tan(m.roll)
        tints = _tints(st, 0.42 + self._hue + 0.42 * near[:, 0])
        runs = ((np.arange(count) * 0.381966 + 0.3 * m.flow) % 1.0).astype(np.float32)
        # What hangs closest to the lens is out of focus.
        for a, b, thick, dim in _bands(count):
            _draw(out, self.rows(y[a:b] + tilt), (light[a:b] * dim).astype(np.float32),
                  tints[a:b], runs[a:b], f32(self.pixel * thick), f32(7.0 * m.hat))  # fmt: skip
        for lens, glow in lenses:
            _draw(out, self.rows(lens + tilt), glow.astype(np.float32),
                  _tints(st, np.full(len(lens), 0.92)), np.zeros(len(lens), np.float32),
                  f32(self.pixel * 1.2), f32(0.0))  # fmt: skip


class Drumhead(Form):
    """A round skin seen at an angle, drawn in lines; it swings in the modes of a membrane."""

    _ROWS = 60

    def __init__(self, stage: Stage, height: int, width: int) -> None:
        super().__init__(stage, height, width)
        rows = int(self._ROWS * (0.65 + 0.35 * min(self.full, 1.0)))
        self._z = np.linspace(1.0, -1.0, rows, dtype=np.float32)[:, None]
        across = np.linspace(-1.0, 1.0, _PLACES)[None, :]
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
        self._scratch = np.zeros((3, width), np.float32)
        self._hoop = np.linspace(0.0, pi, _PLACES)

    def lamp(self, m: Moment) -> tuple[float, float]:
        return -m.cam_x * 0.5, 0.35 + m.cam_y * 0.5

    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        st = self.stage
        t = m.flow
        swing = np.sin(0.42 * np.array(self._speed) * t + self._phases)
        gain = (0.05 + 0.07 * m.energy + 0.08 * self.full + 0.06 * m.bass) * (1 + 0.3 * m.build)
        weight = gain / np.sqrt(np.arange(len(swing)) + 1.0)
        h = np.tensordot((weight * swing).astype(np.float32), self._stack, axes=1)
        rim = np.clip((1.0 - self._radius) * 6.0, 0.0, 1.0)
        for pluck in self.kicks.ringing(m, 1.2):
            # A ring runs out from the blow and comes back from the rim upside down.
            way = 0.06 + 1.9 * pluck.age
            size = 0.24 * pluck.strength * np.exp(-pluck.age / 0.4)
            d, e = (self._radius - way) / 0.13, (2.0 - self._radius - way) / 0.13
            h += size * (np.exp(-d * d) - np.exp(-e * e)) * rim
        h += 0.030 * m.snare * np.cos(30.0 * self._radius) * rim
        h += 0.05 * m.kick * (1 - self._radius**2)
        size = (0.86 + 0.22 * self.full) * min(st.half_x, 1.35 * st.half_y + 0.2) * m.zoom
        flat = 0.36 + 0.10 * m.lift + 0.06 * self.full + 0.08 * m.build
        depth = 1.0 / (1.0 + 0.28 * (self._z + 1.0))
        x = self._u * size * depth * 1.25 - m.cam_x - m.truck * depth
        y = (self._z * flat * depth + h * depth) * size - 0.22 * st.half_y - m.cam_y
        slope = np.gradient(h, axis=1) / np.maximum(self._half / _PLACES * 2, 0.004)
        light = 0.32 + 7.0 * np.maximum(h, 0) + 0.6 * np.clip(slope, 0, 2)
        light *= (0.36 + 0.4 * m.energy + 0.28 * m.brightness + 0.35 * self.full) * (
            0.30 + 0.70 * depth
        )
        light = light * (1 + 0.6 * m.melody * (np.arange(len(h)) % 6 == 2))[:, None]
        c, s = cos(m.roll), sin(m.roll)
        per = self.width / (2.0 * st.half_x)
        px = ((x * c - y * s + st.half_x) * per).astype(np.float32)
        py = ((st.half_y - (x * s + y * c)) * per).astype(np.float32)
        tint = _tints(st, 0.40 + 0.5 * np.linspace(0, 1, len(h)))
        runs = (np.arange(len(h)) * 0.381966 + 0.4 * m.flow) % 1.0
        dark = st.shade(0.10, 0.05 + 0.03 * self.full)
        hoop = []
        for side in (1.0, -1.0):  # the far half of the rim, then the near one
            u, z = -np.cos(self._hoop), side * np.sin(self._hoop)
            deep = 1.0 / (1.0 + 0.28 * (z + 1.0))
            hx = u * size * deep * 1.25 - m.cam_x - m.truck * deep
            hy = z * flat * deep * size - 0.22 * st.half_y - m.cam_y
            hoop.append([(hx * c - hy * s + st.half_x) * per, (st.half_y - hx * s - hy * c) * per])
        front = np.array(hoop[1], np.float32)
        _skin(out, px, py, light.astype(np.float32), tint, runs.astype(np.float32), dark, front,
              f32(self.pixel * 1.25), f32(6.0 * m.hat), self._scratch)  # fmt: skip
        rim_light = 0.5 + 0.5 * m.energy + 0.6 * self.full + 0.8 * m.kick
        _hoop(out, front, (st.shade(0.9, 0.8) * f32(rim_light)).astype(np.float32),
              f32(self.pixel * (1.6 + 1.2 * self.full)))  # fmt: skip


_FORMS: dict[str, type[Form]] = {"ribbons": Ribbons, "harp": Harp, "drumhead": Drumhead}


def _bands(count: int) -> list[tuple[int, int, float, float]]:
    """Strings of a harp in four groups: first, last, half width in pixels, light."""
    ends = [0, round(0.45 * count), round(0.75 * count), round(0.92 * count), count]
    groups = zip(ends, ends[1:], (1.1, 1.7, 2.8, 6.5), (1.2, 1.1, 0.9, 0.40), strict=False)
    return [(a, b, thick, dim) for a, b, thick, dim in groups if b > a]


def _tints(stage: Stage, at: Values) -> NDArray[np.float32]:
    """Colours of the palette at `at`, shape (n, 3)."""
    return stage.lut[np.clip(at * 255, 0, 255).astype(int)]


@kernel
def _silk(rows: Field, light: Field, places: Field, pluck: Field, v: Field) -> None:
    """Threads of one sheet: their rows in the field and their light, shape (threads, places).

    `v` holds zoom, place of the camera, scene time in turns, the sheet's phase, height of the
    slow waves, width of the sheet, height of plucks, of the kick's and of the snare's standing
    wave, place of the sheet, tilt, light, flare of single threads, half the frame's height and
    pixels a scene unit.
    """
    threads, count = rows.shape
    zoom, t, seed, swing, wide = v[0], v[2], v[3], v[4], v[5]
    gap = f32(2) / f32(threads - 1)
    step = (places[1] - places[0]) / zoom
    for n in range(threads):
        lag = gap * f32(n) - f32(1)
        rim = lag * lag
        rim = rim * rim * rim
        own = v[11] * (f32(1) + (v[12] if n % 7 == 3 else f32(0)))
        before = f32(0)
        for i in range(count):
            x = places[i] / zoom + v[1]
            a = sine(f32(0.21) * x + t * f32(0.21) + lag * f32(0.13) + seed)
            bt = f32(0.37) * x - t * f32(0.16) + seed * f32(1.7)
            b = sine(bt + lag * f32(0.21))
            c = sine(f32(0.83) * x + t * f32(0.29) - lag * f32(0.17) + seed * f32(2.3))
            turn = sine(f32(0.27) * x + t * f32(0.13) + seed * f32(3.1))
            y = swing * (f32(0.50) * a + f32(0.30) * b + f32(0.10) * c)
            open_ = wide * (f32(0.10) + f32(0.9) * turn) * (f32(0.8) + f32(0.4) * b)
            y += lag * open_
            struck = v[6] * pluck[i] + v[7] * sine(f32(0.9) * x + seed)
            y += struck * (f32(1) - f32(0.45) * lag * lag)
            y += v[8] * sine(f32(3.5) * x + lag * f32(0.5)) * sine(f32(0.6) * x - seed)
            # Silk: bright where the sheet is turned so that it mirrors the light.
            slope = (y - before) / step if i > 0 else f32(0)
            before = y
            face = open_ / max(wide, f32(0.05)) - f32(0.25) - f32(0.3) * slope
            gloss = f32(1) / (f32(1) + f32(9) * face * face)
            light[n, i] = own * (f32(0.30) + f32(0.75) * rim + f32(1.25) * gloss)
            y = (y + v[9]) * zoom + places[i] * v[10]
            rows[n, i] = (v[13] - y) * v[14] - f32(0.5)


@kernel
def _ground(out: NDArray[np.float32], low: Field, high: Field, glow: Any, x0: Any, y0: Any) -> None:
    """Dark room with a soft light in it."""
    height, width, _ = out.shape
    for j in range(height):
        row = line(out, j)
        y = f32(2) * (f32(j) + f32(0.5)) / f32(height) - f32(1) - y0
        for i in range(width):
            x = f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1) - x0
            k = f32(1) / (f32(1) + f32(2.2) * x * x + f32(4.5) * y * y)
            k = k * k * glow
            row[3 * i] = low[0] + high[0] * k
            row[3 * i + 1] = low[1] + high[1] * k
            row[3 * i + 2] = low[2] + high[2] * k


@kernel
def _draw(out: Field, rows: Field, light: Field, tint: Field, runs: Field, wide: Any,
          bead: Any) -> None:  # fmt: skip
    """Add strings of `wide` pixels of half width; `rows` and `light` hold their places.

    Beads of light lie where `runs` says, and every third of the field from there.
    """
    height, width, _ = out.shape
    strings, places = rows.shape
    step = f32(places - 1) / f32(width - 1)
    whole = out.reshape(-1)
    for n in range(strings):
        r, g, b = tint[n, 0], tint[n, 1], tint[n, 2]
        for i in range(width):
            p = min(f32(i) * step, f32(places) - f32(1.001))
            q = np.int64(p)
            t = p - f32(q)
            y0, y1 = rows[n, q], rows[n, q + 1]
            y = y0 + (y1 - y0) * t
            slope = (y1 - y0) * step
            reach = wide * min(np.sqrt(f32(1) + slope * slope), f32(8))
            top, bottom = max(0, int(y - reach)), min(height - 1, int(y + reach) + 1)
            if top > bottom:
                continue
            k = light[n, q] + (light[n, q + 1] - light[n, q]) * t
            if bead > f32(0):
                run = f32(i) / f32(width) * f32(3) - runs[n]
                run = abs(run - np.floor(run) - f32(0.5)) * f32(2)
                spot = max(run - f32(0.93), f32(0)) * f32(14)
                k *= f32(1) + bead * spot * spot
            inverse = f32(1) / reach
            for j in range(top, bottom + 1):
                d = f32(1) - abs(f32(j) - y) * inverse
                if d > f32(0):
                    d = d * d * k
                    at = (j * width + i) * 3
                    whole[at] += d * r
                    whole[at + 1] += d * g
                    whole[at + 2] += d * b


@kernel
def _trace(row: Field, light: Field, xs: Field, ys: Field, lights: Field) -> None:
    """A line of points as its row and light in every column; −1e6 where it is not."""
    width = row.shape[0]
    row[:] = f32(-1e6)
    for k in range(xs.shape[0] - 1):
        xa, xb = xs[k], xs[k + 1]
        if xb - xa < f32(1e-4):
            continue
        first, last = max(0, int(np.ceil(xa))), min(width - 1, int(np.floor(xb)))
        for i in range(first, last + 1):
            t = (f32(i) - xa) / (xb - xa)
            row[i] = ys[k] + (ys[k + 1] - ys[k]) * t
            light[i] = lights[k] + (lights[k + 1] - lights[k]) * t


@kernel
def _skin(out: Field, px: Field, py: Field, light: Field, tint: Field, runs: Field, dark: Field,
          front: Field, wide: Any, bead: Any, scratch: Field) -> None:  # fmt: skip
    """Lines of a surface from far to near; each hides what is behind, down to the near rim.

    `front`, shape (2, places), is that rim; `scratch`, shape (3, width): the row of each column's
    line, its light, and the rim's row.
    """
    height, width, _ = out.shape
    whole = out.reshape(-1)
    y_, k_, rim = scratch[0], scratch[1], scratch[2]
    _trace(rim, k_, front[0], front[1], front[1])
    for n in range(px.shape[0]):
        _trace(y_, k_, px[n], py[n], light[n])
        r, g, b = tint[n, 0], tint[n, 1], tint[n, 2]
        for i in range(width):
            y = y_[i]
            if y < f32(-1e5):
                continue
            slope = f32(0)
            if i > 0 and y_[i - 1] > f32(-1e5):
                slope = y - y_[i - 1]
            reach = wide * min(np.sqrt(f32(1) + slope * slope), f32(6))
            floor = min(height - 1, int(min(rim[i], y + f32(0.22) * f32(height))))
            k = k_[i]
            for j in range(max(0, int(y)), floor + 1):
                at = (j * width + i) * 3
                cover = min(max(f32(j) - y + f32(0.5), f32(0)), f32(1))
                # Light from below shines through where the skin is raised.
                own = (f32(1) + f32(0.5) * k) * cover
                cover = f32(1) - cover
                whole[at] = whole[at] * cover + dark[0] * own
                whole[at + 1] = whole[at + 1] * cover + dark[1] * own
                whole[at + 2] = whole[at + 2] * cover + dark[2] * own
            if bead > f32(0):
                run = f32(i) / f32(width) * f32(3) - runs[n]
                run = abs(run - np.floor(run) - f32(0.5)) * f32(2)
                spot = max(run - f32(0.93), f32(0)) * f32(14)
                k *= f32(1) + bead * spot * spot
            inverse = f32(1) / reach
            for j in range(max(0, int(y - reach)), min(height - 1, int(y + reach) + 1) + 1):
                d = f32(1) - abs(f32(j) - y) * inverse
                if d > f32(0):
                    d = d * d * k
                    at = (j * width + i) * 3
                    whole[at] += d * r
                    whole[at + 1] += d * g
                    whole[at + 2] += d * b


@kernel
def _hoop(out: Field, line_: Field, tint: Field, wide: Any) -> None:
    """The near rim: a bright line that is as wide wherever it runs."""
    height, width, _ = out.shape
    for k in range(line_.shape[1] - 1):
        xa, ya, xb, yb = line_[0, k], line_[1, k], line_[0, k + 1], line_[1, k + 1]
        left, right = max(0, int(min(xa, xb) - wide)), min(width - 1, int(max(xa, xb) + wide) + 1)
        top, bottom = max(0, int(min(ya, yb) - wide)), min(height - 1, int(max(ya, yb) + wide) + 1)
        dx, dy = xb - xa, yb - ya
        inverse = f32(1) / max(dx * dx + dy * dy, f32(1e-6))
        for j in range(top, bottom + 1):
            for i in range(left, right + 1):
                px, py = f32(i) - xa, f32(j) - ya
                t = (px * dx + py * dy) * inverse
                if t < f32(0) or t >= f32(1):
                    continue
                ex, ey = px - t * dx, py - t * dy
                d = f32(1) - np.sqrt(ex * ex + ey * ey) / wide
                if d > f32(0):
                    for c in range(3):
                        out[j, i, c] += d * d * tint[c]
