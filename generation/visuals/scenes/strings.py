"""Strings: ribbons of taut threads, a harp seen along its strings, the skin of a drum.

A string is a height at a few places across the field, joined by straight lines; waves are worked
out on those places only.
"""

from math import cos, pi, sin, tan
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, f32, noise_table
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.mirror import mirror_below
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.strings_draw import draw, ground, silk
from songreel.generation.visuals.parts.strings_drum import Drumhead
from songreel.generation.visuals.parts.strings_form import FULL, Form, tints
from songreel.generation.visuals.plucks import Pluck, stroke
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage


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
        self._low, self._high = stage.shade(0.10, 0.13), stage.shade(self._at(stage), 0.42)
        self._motes = stage.random(72).random((90, 3)).astype(np.float32)
        self._mote = stage.shade(0.85, 0.9) * f32(1.5)

    @staticmethod
    def _at(stage: Stage) -> float:
        """Place in the palette of the room's light: another in each part of a song."""
        return 0.18 + 0.42 * FULL[stage.role] + 0.06 * (stage.mood[0] + 1.0)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st = moment, self.stage
        full = FULL[st.role]
        x, y, gain = self._form.lamp(m)
        glow = 0.16 + 0.40 * m.bass + 0.30 * m.energy + 0.25 * full + 0.40 * stroke(m)
        ground(out, self._low, self._high, f32(glow * gain), f32(x), f32(y))
        self._form.draw(m, out)
        mix_motes(
            out, self._motes, f32(st.half_x), f32(st.half_y), f32(cos(m.roll) * m.zoom),
            f32(sin(-m.roll) * m.zoom), f32(m.cam_x + m.truck), f32(m.cam_y + m.lift), f32(m.flow),
            f32(-0.03), f32(0.03 + 0.12 * m.energy), f32(0.4 * m.hat), f32(0.004), self._mote,
        )  # fmt: skip


class Ribbons(Form):
    """Sheets of threads whose waves lag behind each other, so that they turn like silk."""

    def __init__(self, stage: Stage, height: int, width: int) -> None:
        super().__init__(stage, height, width)
        self._phase = self.random.random(3)
        self._hue = (
            np.array([0.62, 0.42, 0.58]) + 0.14 * self.full + (self.random.random(3) - 0.5) * 0.12
        )
        self._place = (self.random.random(3) - 0.5) * np.array([0.2, 0.7, 0.6]) * stage.half_y
        if stage.role is Role.TURN:
            self._place = -self._place
        self._noise = noise_table(13, 128, 5, 4)
        self._floor = stage.shade(0.05, 0.06)

    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        """Add the strings to the room."""
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
        rows, lights = self.heights[:count], self.lights[:count]
        light = (0.22 + 0.24 * m.energy + 0.26 * self.full) / (1.0 + 4.0 * blur)
        light *= (0.72 + 0.56 * m.brightness) * (1 + 0.60 * m.kick + 0.95 * stroke(m))
        silk(
            rows, lights, self.x32, self.waves(m, self.x / zoom, st.half_x / zoom),
            np.array(
                [zoom, m.cam_x / zoom + m.truck, 0.14 * m.flow, self._phase[k], swing, wide,
                 0.26, 0.07 * m.kick, 0.05 * m.snare,
                 self._place[k] + 0.10 * st.half_y - m.cam_y / zoom - m.lift, tan(m.roll),
                 light, 0.7 + 1.5 * m.melody,
                 st.half_y, self.height / (2.0 * st.half_y)], np.float32,
            ),
        )  # fmt: skip
        lag = np.linspace(-1.0, 1.0, count)
        tint = tints(st, self._hue[k] + 0.30 * lag * np.abs(lag))
        runs = (np.arange(count) * 0.381966 + 0.44 * m.flow) % 1.0
        draw(out, rows, lights, tint, runs.astype(np.float32),
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

    def lamp(self, m: Moment) -> tuple[float, float, float]:
        """Where the light of the room is, in halves of the frame, and how strong it is."""
        return self._side * 0.95 - m.cam_x * 0.5, -0.05 + m.cam_y * 0.5, 2.2

    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        """Add the strings to the room."""
        count = self._count
        # Strings fan out from a point beyond one side of the frame, on a board below the eye;
        # above it a lid mirrors them, in a chorus as strings of their own.
        plucked = self.kicks.ringing(m, 1.4)
        self._plane(m, out, 1.0, count, plucked[:2], 0.9 if self.full > 0.8 else 0.22)
        self._plane(m, out, -1.0, count, plucked, 1.0)

    def _plane(self, m: Moment, out: Field, plane: float, count: int,
               plucked: list[Pluck], shine: float) -> None:  # fmt: skip
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
        light = shine * light * (1.25 + 2.0 * m.melody * flare + 0.7 * stroke(m))[:, None]
        ghosts = np.linspace(-1.0, 1.0, 9)[:, None]
        lenses = []
        for pluck in plucked:
            row = int((0.30 + 0.62 * ((pluck.number * 0.61803 + 0.4) % 1.0)) * count)
            size = pluck.strength * np.exp(-pluck.age / 0.5) * (0.03 + 0.15 * near[row, 0])
            # The kink runs round as on a plucked string (Helmholtz); the eye sees a lens.
            kink = 0.5 + 0.5 * np.cos(2 * pi * 1.1 * pluck.age)
            tent = np.minimum(length / max(kink, 0.04), (1 - length) / max(1 - kink, 0.04))
            bent = np.clip(tent, 0.0, 1.0) * np.exp(-pluck.age / 0.35) * 1.3
            light[row] += 1.6 * shine * pluck.strength * np.exp(-pluck.age / 0.3)
            lens = y[row] + size * (0.75 * ghosts * shape + 0.6 * bent)
            glow = 0.8 * np.exp(-pluck.age / 0.45) * (0.25 + ghosts**2) * (0.4 + 0.6 * shape)
            lenses.append((lens, shine * glow * pluck.strength))
            y[row] += size * bent
        tilt = self.x * tan(m.roll)
        hues = tints(st, 0.42 + self._hue + 0.42 * near[:, 0])
        runs = ((np.arange(count) * 0.381966 + 0.3 * m.flow) % 1.0).astype(np.float32)
        # What hangs closest to the lens is out of focus.
        for a, b, thick, dim in _bands(count):
            draw(out, self.rows(y[a:b] + tilt), (light[a:b] * dim).astype(np.float32),
                  hues[a:b], runs[a:b], f32(self.pixel * thick), f32(7.0 * m.hat))  # fmt: skip
        for lens, glow in lenses:
            draw(out, self.rows(lens + tilt), glow.astype(np.float32),
                  tints(st, np.full(len(lens), 0.92)), np.zeros(len(lens), np.float32),
                  f32(self.pixel * 1.2), f32(0.0))  # fmt: skip


_FORMS: dict[str, type[Form]] = {"ribbons": Ribbons, "harp": Harp, "drumhead": Drumhead}


def _bands(count: int) -> list[tuple[int, int, float, float]]:
    """Strings of a harp in four groups: first, last, half width in pixels, light."""
    ends = [0, round(0.45 * count), round(0.75 * count), round(0.92 * count), count]
    groups = zip(ends, ends[1:], (1.1, 1.7, 2.8, 6.5), (1.2, 1.1, 0.9, 0.40), strict=False)
    return [(a, b, thick, dim) for a, b, thick, dim in groups if b > a]
