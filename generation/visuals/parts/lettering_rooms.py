"""The four rooms that `lettering` sets its words in: poster, neon, paper, horizon."""

from math import cos, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    f32,
    noise_table,
)
from songreel.generation.visuals.mirror import mirror_below
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.lettering_grounds import (
    add,
    darken,
    disc,
    dusk,
    lay_fog,
    poster,
    relief,
    sheets,
    tube,
)
from songreel.generation.visuals.parts.lettering_room import Room
from songreel.generation.visuals.parts.type_layer import Look, Plan
from songreel.generation.visuals.parts.typeset import Box
from songreel.generation.visuals.plucks import stroke
from songreel.generation.visuals.stage import Stage

_LEVEL = -0.36
"""Height of the horizon, in halves of the frame."""


class Poster(Room):
    """Printed type on two inks: a disc and bars behind rows that fill the sheet."""

    def __init__(self, stage: Stage, height: int, width: int) -> None:
        super().__init__(stage, height, width)
        a, o = stage.accent_at, stage.contrast_at
        if self.peak:
            self._ground = stage.shade(a, 0.50, 1.35)
            self._disc = stage.shade(o, 0.30, 1.3) if abs(a - o) > 0.2 else stage.shade(0, 0.24)
            self._bar = stage.shade(a, 0.40, 1.3)
            self._sung, self._now = stage.shade(0.0, 0.15), stage.shade(1.0, 0.97, 0.5)
        else:
            self._ground = stage.shade(0.0, 0.20, 1.2)
            self._disc = stage.shade(a, 0.50, 1.35)
            self._bar = stage.shade(0.0, 0.26, 1.2)
            self._sung, self._now = stage.shade(o, 0.50, 1.0), stage.shade(1.0, 0.97, 0.5)
        self._rim = self._now
        random = stage.random(64)
        if self.peak and abs(a - o) > 0.2 and random.random() < 0.5:
            self._ground, self._bar = stage.shade(o, 0.44, 1.3), stage.shade(o, 0.35, 1.3)
            self._disc = stage.shade(a, 0.50, 1.35)
        self._bars = float(random.choice((1.4, 3.2, 6.0)))
        self._tilt = float(random.uniform(0.0, 1.3))
        self._round = float(random.uniform(0.75, 1.35))
        self._high = float(random.uniform(-0.45, 0.4))

    def plan(self) -> Plan:
        """How the words are set."""
        wide, high = (0.86, 0.82) if self.peak else (0.62 + 0.2 * self.full, 0.60)
        portrait = self.stage.aspect < 1
        if portrait:
            wide, high = 0.82, (0.74 if self.peak else 0.5)
        return Plan(self.room_of(wide, high, 0.16 if not self.peak else 0.5, 0.36), True, 6, 30,
                    capitals=True)  # fmt: skip

    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        """One frame, see `Scene.draw`."""
        st = self.stage
        radius = (0.34 + 0.16 * self.full + 0.10 * m.bass + 0.22 * m.kick) * (1 + 0.25 * m.build)
        if self.peak:
            radius = 0.62 + 0.16 * m.bass + 0.24 * m.kick + 0.25 * m.build + 0.05 * st.turn
        radius *= self._round
        x = self.side * 0.42 * st.half_x - m.cam_x - 0.6 * m.truck + 0.10 * sin(0.5 * m.flow)
        y = (self._high + 0.1 * sin(0.37 * m.flow)) * st.half_y - m.cam_y - 0.6 * m.lift
        angle = self.side * (self._tilt + 0.05 * m.snare) + m.roll + 0.02 * sin(m.flow * 0.6)
        light = 0.62 + 0.25 * m.energy + 0.36 * m.brightness + 0.32 * stroke(m)
        poster(
            out, self._ground * f32(light), self._disc * f32(light * (1 + 0.3 * m.melody)),
            self._bar * f32(light), self.noise, f32(st.half_x), f32(st.half_y), f32(x * m.zoom),
            f32(y * m.zoom), f32(radius * m.zoom), f32(0.055 + 0.12 * m.kick),
            f32(cos(angle) * self._bars / m.zoom), f32(sin(angle) * self._bars / m.zoom),
            f32(0.11 * m.flow + self.phase), f32(0.10 + 0.16 * self.full + 0.25 * m.snare),
            f32(3 if self.peak else 1),
        )  # fmt: skip
        # A soft shadow lifts the sheet's ink: letters stay readable on every ground.
        self.small[:] = f32(0)
        white = np.ones(3, np.float32)
        flat = Look(white, white, white, white, 0.5, 1.0)
        self.letters(self.small, m, flat, self.share, shift=(0.012, -0.02))
        shadow = self.blurred(2.2)
        darken(out, shadow, f32(0.75))
        if self.peak or m.kick > 0.02:
            # The word now sung echoes outwards in outlines, further with each kick.
            for k in range(2 if self.peak and m.kick > 0.25 else 1, 0, -1):
                away = 1 + (0.10 + 0.16 * m.kick) * k
                echo = Look(self._now, self._now, self._now, self._now, 0.0, 0.0, 0.0,
                            (0.55 if self.peak else m.kick) / k, 0.0, 0.012)  # fmt: skip
                self.letters(out, m, echo, grow=away, only_now=True)
        look = Look(self._sung, self._now * f32(1.25 + 0.4 * m.melody), self._rim, self._rim, 1.0,
                    1.0, 0.0, 0.0, 0.008, 0.014, 1.06, 0.86)  # fmt: skip
        self.letters(out, m, look, sparkle=1.6 * m.hat)


class Neon(Room):
    """A sign in fog over a wet floor."""

    def __init__(self, stage: Stage, height: int, width: int) -> None:
        super().__init__(stage, height, width)
        a, o = stage.accent_at, stage.contrast_at
        self._tube = stage.shade(a, 0.62, 1.5)
        self._other = stage.shade(o, 0.58, 1.5)
        self._core = (0.35 * self._tube + 0.65 * stage.shade(1.0, 0.95, 0.6)).astype(np.float32)
        self._dead = stage.shade(0.2, 0.16, 0.8)
        self._wall = stage.shade(0.1, 0.15, 1.0)
        self._fog = stage.shade(0.3, 0.32, 1.0)
        self._floor = stage.shade(0.1, 0.09, 1.0)

    def plan(self) -> Plan:
        """How the words are set."""
        portrait = self.stage.aspect < 1
        wide = 0.80 if self.peak or portrait else 0.62 + 0.1 * self.full
        high = 0.52 if self.peak else 0.40
        low = 0.77 if self.peak else 0.70
        return Plan(self.room_of(wide, high, 0.5, low), False, 5, 14 if portrait else 22,
                    rows=4 if portrait else 2, most=0.62, ahead=True)  # fmt: skip

    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        """One frame, see `Scene.draw`."""
        st = self.stage
        per = self.width / (2.0 * st.half_x)
        line = (st.half_y * (1 + 0.34) + m.cam_y * 0.6 + m.lift * 0.6) * per
        line = min(max(line, 0.45 * self.height), 0.96 * self.height)
        # Light of the tubes on a small picture: what fog spreads.
        self.small[:] = f32(0)
        glow = 0.6 + 0.6 * m.brightness + 0.5 * m.melody + 0.55 * m.kick
        tube, other = self._tube, self._other
        lit = Look(tube * f32(0.05), tube * f32(glow), other, other, 0.8, 0.9)
        self.letters(self.small, m, lit, self.share)
        self._bars(self.small, m, float(self.share))
        fog = self.blurred(9.0 + 5.0 * m.bass)
        drift = f32(0.35 * m.flow % 256)
        lay_fog(out, fog, self._wall, self._fog, self.noise, drift,
             f32(0.9 + 0.7 * m.bass + 0.4 * self.full),
                f32(0.10 + 0.25 * m.energy + 0.25 * stroke(m)),
             f32(m.cam_x * 60.0))  # fmt: skip
        self._bars(out, m, 1.0)
        if self.peak:
            for k in (2, 1):
                echo = Look(other, other, other, other, 0.0, 0.0, 0.05, 0.8 / k, 0.0, 0.010)
                self.letters(out, m, echo, grow=1 + (0.045 + 0.07 * m.kick) * k, only_now=True)
        core = self._core
        look = Look(
            self._dead, tube * f32(0.16), tube, core, 0.55, 0.75, 0.22, 3.0 + 1.2 * m.melody,
            0.030, 0.030 + 0.012 * m.bass, 1.0, 0.8,
        )  # fmt: skip
        self.letters(out, m, look, sparkle=1.2 * m.hat)
        mirror_below(
            out, self.noise, f32(line), f32(-sin(m.roll)), f32(1.5), f32(0.30 + 0.5 * m.kick),
            f32(0.011 * m.flow), f32(m.cam_x + m.truck), f32(0.75), f32(0.30), self._floor,
            f32(0.5),
        )  # fmt: skip

    def _bars(self, out: Field, m: Moment, share: float) -> None:
        """Straight tubes about the sign: one low line in a verse, a gate of them in a chorus."""
        st = self.stage
        per = self.width / (2.0 * st.half_x) * share
        x0, y0 = (st.half_x - 0.6 * m.cam_x) * per, (st.half_y + 0.6 * m.cam_y) * per
        count = 5 if self.peak else (2 if self.full > 0.4 else 1)
        for k in range(count):
            # Tubes of the gate are lit one after the other, outwards from the kick.
            late = max(0.0, 1.0 - abs((1 - m.kick) * 5 - k)) if m.kick > 0.05 else 0.0
            light = (0.35 + 0.5 * m.energy + 1.2 * late) * (
                1.0 if share == 1.0 else 0.06 if self.peak else 0.16
            )
            half = (1.0 + 0.13 * k + 0.05 * m.build * k) * m.zoom**0.4
            colour_ = (self._other if k % 2 == 0 else self._tube) * f32(light)
            w = 0.90 * st.half_x * half
            h = 0.62 * st.half_y * half
            thick = f32(max(0.0065 * per, 0.7))
            if self.peak:
                for s in (-1.0, 1.0):
                    tube(out, f32(x0 + s * w * per), f32(y0 - h * per), f32(x0 + s * w * per),
                          f32(y0 + 0.40 * st.half_y * per), thick, colour_)  # fmt: skip
                tube(out, f32(x0 - w * per), f32(y0 - h * per), f32(x0 + w * per),
                      f32(y0 - h * per), thick, colour_)  # fmt: skip
            else:
                y = y0 + (0.24 + 0.04 * k) * st.half_y * per
                tube(out, f32(x0 - 0.55 * w * per), f32(y), f32(x0 + 0.55 * w * per), f32(y),
                      thick, colour_)  # fmt: skip


class Paper(Room):
    """Letters cut from card, standing off sheets that open around them."""

    def __init__(self, stage: Stage, height: int, width: int) -> None:
        super().__init__(stage, height, width)
        a, _o = stage.accent_at, stage.contrast_at
        self._count = 7 if self.peak else 4
        at = np.linspace(0.0, 1.0, self._count)
        if self.peak:
            self._sheets = np.stack([stage.shade(a, 0.80 - 0.44 * t, 1.25) for t in at])
            self._sung, self._now = stage.shade(0.1, 0.30, 1.2), stage.shade(1.0, 0.98, 0.4)
            self._side = stage.shade(0.1, 0.17, 1.2)
        else:
            self._sheets = np.stack([stage.shade(0.45 - 0.3 * t, 0.50 - 0.28 * t) for t in at])
            self._sung, self._now = stage.shade(a, 0.56, 1.25), stage.shade(1.0, 0.96, 0.5)
            self._side = stage.shade(a, 0.24, 1.2)
        self._field = np.zeros(self.small.shape[:2], np.float32)
        self._bowl = noise_table(stage.seed + 3, 256, 2, 5)
        self._rise = np.zeros((height, width), np.float32)

    def plan(self) -> Plan:
        """How the words are set."""
        portrait = self.stage.aspect < 1
        wide = 0.84 if self.peak or portrait else 0.70 + 0.1 * self.full
        high = 0.66 if self.peak else 0.48
        return Plan(self.room_of(wide, high), self.peak, 5, 14 if portrait else 24,
                    rows=4 if portrait else 3, capitals=True, most=0.60)  # fmt: skip

    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        """One frame, see `Scene.draw`."""
        st = self.stage
        opened = 0.25 + 0.40 * self.full + 0.12 * m.bass + 0.16 * m.kick + 0.2 * m.build
        x, y = 0.12 * self.side - 0.8 * m.cam_x, -0.8 * m.cam_y
        relief(
            self._field, self._bowl, f32(st.half_x), f32(st.half_y), f32(x - m.truck * 0.5),
            f32(y - m.lift * 0.5), f32(opened), f32(1.6 * m.flow + 90 * self.phase),
            f32(0.75 + 0.25 * m.snare), f32(m.zoom**0.5),
        )  # fmt: skip
        cv2.resize(self._field, (self.width, self.height), dst=self._rise,
                   interpolation=cv2.INTER_CUBIC)  # fmt: skip
        light = 0.68 + 0.3 * m.energy + 0.34 * m.brightness + 0.32 * stroke(m)
        sheets(out, self._rise, self._sheets, self.noise, f32(4.2 if self.peak else 2.6),
                f32(light), f32(0.18 + 0.5 * m.melody))  # fmt: skip
        self.small[:] = f32(0)
        white = np.ones(3, np.float32)
        jitter = 0.05 if not self.peak else 0.09
        flat = Look(white, white, white, white, 0.8, 1.0, jitter=jitter, push=1.6)
        drop = 0.032 + 0.024 * m.kick
        self.letters(self.small, m, flat, self.share, shift=(0.6 * drop, -drop))
        darken(out, self.blurred(2.0 + 2.0 * m.kick), f32(0.85))
        side = self._side
        thick = Look(side, side * f32(1.3), side, side, jitter=jitter, push=1.6)
        self.letters(out, m, thick, shift=(0.007, -0.012))
        look = Look(self._sung, self._now * f32(1.0 + 0.35 * m.melody), self._now, self._now,
                    1.0, 1.0, 0.05, 0.25, 0.012, 0.014, 1.10, 0.84, jitter, 1.6)  # fmt: skip
        self.letters(out, m, look, sparkle=1.8 * m.hat)


class Horizon(Room):
    """A line of letters along a horizon, against the light, with its shafts and its mirror."""

    def __init__(self, stage: Stage, height: int, width: int) -> None:
        super().__init__(stage, height, width)
        a, o = stage.accent_at, stage.contrast_at
        self._low, self._high = stage.shade(a, 0.52, 1.35), stage.shade(o, 0.17, 1.2)
        if self.peak:
            self._low, self._high = stage.shade(a, 0.60, 1.35), stage.shade(o, 0.30, 1.3)
        self._sun = stage.shade(a, 0.66, 1.4)
        self._white = stage.shade(1.0, 0.98, 0.5)
        self._dark = stage.shade(0.0, 0.07, 1.0)
        self._ground = stage.shade(0.0, 0.05, 1.0)
        self._sum = np.zeros_like(self.small)
        self._turned = np.zeros_like(self.small)

    def plan(self) -> Plan:
        """How the words are set."""
        portrait = self.stage.aspect < 1
        w, h = 2 * self.stage.half_x, 2 * self.stage.half_y
        wide = 0.86 if self.peak or portrait else 0.60 + 0.2 * self.full
        box = Box(
            -wide * w / 2, _LEVEL * h / 2 - 0.004, wide * w, (0.46 if self.peak else 0.34) * h
        )
        return Plan(box, False, 3, 8 if portrait else 14, rows=2 if portrait else 1,
                    capitals=True, centred=False, most=1.25, ahead=True)  # fmt: skip

    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        """One frame, see `Scene.draw`."""
        st = self.stage
        per = self.width / (2.0 * st.half_x)
        zoom, _, move = self.type.view(m)
        level = _LEVEL * st.half_y - 0.018 + move
        line = (st.half_y - level * zoom * cos(m.roll)) * per
        sun_x = (
            self.side * (0.10 if self.peak else 0.30) * st.half_x - 0.8 * m.cam_x - 0.10 * m.truck
        ) * zoom
        rise = 0.05 + 0.50 * self.full + 0.25 * m.build
        sun_y = level * zoom + rise * 0.75 * st.half_y
        radius = (0.10 + 0.42 * self.full**1.5 + 0.03 * m.bass + 0.05 * m.kick) * zoom
        share = float(self.share)
        light = 0.50 + 0.45 * m.energy + 0.30 * m.brightness + 0.38 * stroke(m)
        # The sky's light on a small picture, the letters dark in it; then drawn out from the sun.
        dusk(self.small, self._low * f32(light), self._high * f32(light), self._sun, self.noise,
              f32(st.half_x), f32(st.half_y), f32(sun_x), f32(sun_y), f32(radius),
              f32(level * zoom), f32(m.flow * 1.2), f32(0.9 + 0.5 * m.kick))  # fmt: skip
        cv2.resize(self.small, (self.width, self.height), dst=out, interpolation=cv2.INTER_LINEAR)
        face = (1.15 if self.peak else 1.7) + 0.4 * m.pulse
        disc(out, f32((sun_x + st.half_x) * per), f32((st.half_y - sun_y) * per),
             f32(radius * per), self._sun * f32(face), f32(line))  # fmt: skip
        dark = Look(self._dark, self._dark, self._dark, self._dark, 1.0, 1.0, push=0.6)
        self.letters(self.small, m, dark, self.share)
        self._shafts((sun_x + st.half_x) * per * share, (st.half_y - sun_y) * per * share,
                     1.16 + 0.10 * m.kick)  # fmt: skip
        size = (self.width, self.height)
        cv2.resize(self._sum, size, dst=self.wide, interpolation=cv2.INTER_LINEAR)
        edge = self._sun
        now = self._white * f32(1.15 + 0.6 * m.melody)
        look = Look(self._dark, now, edge, self._white, 1.0, 1.0, 0.7, 0.6, 0.010, 0.016, 1.25,
                    0.70, push=0.6)  # fmt: skip
        self.letters(out, m, look, sparkle=2.0 * m.hat)
        add(out, self.wide, f32(0.20 + 0.25 * self.full + 0.25 * m.bass))
        mirror_below(
            out, self.noise, f32(line), f32(-sin(m.roll)), f32(0.85 if self.peak else 0.7),
            f32(0.24 + 0.4 * m.kick + 0.25 * m.snare), f32(0.008 * m.flow),
            f32(m.cam_x + m.truck), f32(0.45), f32(0.85), self._ground, f32(0.6),
        )  # fmt: skip

    def _shafts(self, x: float, y: float, step: float) -> None:
        """Draw the small picture out from (x, y): three halvings make eight steps of light."""
        np.multiply(self.small, self.small, out=self.soft)
        h, w = self.small.shape[:2]
        for k in (step, step**0.5, step**0.25):
            away = np.array([[1 / k, 0, x - x / k], [0, 1 / k, y - y / k]])
            cv2.warpAffine(self.soft, away, (w, h), dst=self._turned,
                           flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                           borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
            cv2.addWeighted(self.soft, 0.5, self._turned, 0.5, 0.0, dst=self.soft)
        np.copyto(self._sum, self.soft)


ROOMS: dict[str, type[Room]] = {
    "poster": Poster, "neon": Neon, "paper": Paper, "horizon": Horizon,
}  # fmt: skip
