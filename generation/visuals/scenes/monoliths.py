"""Monoliths: dark stones on a plain, the sun behind them, that rise as the song does."""

from math import cos, log, pi, sin
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import f32
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.plain import add_shafts, light_plain, paint_plain
from songreel.generation.visuals.parts.standing import add_stone
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage
from songreel.generation.visuals.tables import spectral

_LENS = 0.56
"""Slope of a line of sight to one unit of the frame: 74° across a 16:9 picture."""
_COARSE = 4
"""Pixels of the field to one of sky, shadow and haze, which are soft."""
_HEART = 4.6
"""Distance of the stone that stands for all."""

_RISEN = {Role.OPENING: 0.0, Role.VERSE: 0.0, Role.RISE: 0.25, Role.PEAK: 1.0, Role.TURN: 0.5,
          Role.CLOSING: 0.0}  # fmt: skip
"""How far the stones have left the ground."""
_COUNT = {Role.OPENING: 1, Role.VERSE: 3, Role.RISE: 6, Role.PEAK: 11, Role.TURN: 7,
          Role.CLOSING: 2}  # fmt: skip
_DAY = {Role.OPENING: 0.1, Role.VERSE: 0.2, Role.RISE: 0.5, Role.PEAK: 1.0, Role.TURN: 0.65,
        Role.CLOSING: 0.15}  # fmt: skip
"""How far the sun has come out: height, size and light."""


class Monoliths(Scene):
    """Stones against the light, alone and far in a verse, many and afloat in a chorus."""

    name: ClassVar[str] = "monoliths"
    about: ClassVar[str] = (
        "Dark standing stones on a plain against a low sun, whose light comes in shafts between "
        "them; in choruses they leave the ground and their seams glow."
    )
    words: ClassVar[tuple[str, ...]] = (
        "monolith", "stone", "megalith", "obelisk", "slab", "pillar", "ruin", "desert", "dune",
        "monument", "ritual", "temple", "ancient", "arch", "gravity", "levitate", "standing",
        "plain", "sand", "rock", "giant",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (-0.25, 0.15)
    drives: ClassVar[Drives] = Drives(
        kick="a ring of light runs outwards over the plain",
        snare="the inscription of one stone after the other lights up",
        hat="dust sparkles in the light",
        bass="the floating stones sink and rise and the haze thickens",
        melody="the sun's rim flares and warms",
        build="the stones leave the ground and the sun gathers light",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("ground", {
            "sand": Option(("desert", "sand", "dune", "dust", "heat"), (0.1, 0.2)),
            "water": Option(("water", "lake", "sea", "mirror", "flood", "rain"), (-0.2, -0.3)),
            "snow": Option(("snow", "ice", "winter", "frost", "cold"), (-0.4, -0.2)),
        }),
        Setting("stones", {
            "slabs": Option(("slab", "monolith", "obelisk", "future", "black"), (-0.2, 0.3)),
            "circle": Option(("circle", "ritual", "ancient", "megalith", "ring"), (-0.1, -0.2)),
            "gates": Option(("gate", "arch", "temple", "door", "portal"), (0.1, 0.1)),
        }),
    )  # fmt: skip
    scale: ClassVar[float] = 0.5
    finish: ClassVar[Finish] = Finish(exposure=1.05, bloom=0.5, vignette=0.4, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(61)
        self._kind = ("sand", "water", "snow").index(self.setting("ground"))
        role = stage.role
        self._risen, self._day = _RISEN[role], _DAY[role]
        # Every other seed has its sun in the palette's second hue, and a sun of its own size.
        accent, other = stage.accent_at, stage.contrast_at
        swapped, self._broad, self._tall = random.random() < 0.4, *random.uniform(0.0, 1.0, 2)
        if swapped:
            accent, other = other, accent
        ground = (stage.shade(0.62, 0.78, 0.9), stage.shade(0.1, 0.2),
                  1.5 * stage.shade(0.95, 0.95, 0.5))  # fmt: skip
        # By day the light has the palette's strongest colour, by night its opposite.
        warm = self._day * stage.shade(accent, 0.78, 1.4) + (1.0 - self._day) * stage.shade(
            other, 0.74, 0.9
        )
        low = self._day * stage.shade(0.6 * accent + 0.4 * other, 0.50, 1.3)
        low = 0.42 * low + (1.0 - self._day) * 0.22 * stage.shade(other, 0.42, 1.1)
        self._hues = np.stack([
            warm,
            stage.shade(other, 0.40, 1.1) * np.float32(0.40 + 0.35 * self._day),
            stage.shade(0.5, 0.5) * np.float32(0.5),
            stage.shade(accent if self._day < 0.5 else other, 0.70, 1.4),
            stage.shade(0.5 * (accent + other), 0.82, 1.1),
            low,
            ground[self._kind],
            0.35 * warm + 0.65 * stage.shade(1.0, 0.95),
        ]).astype(np.float32)  # fmt: skip
        # Overhead the sky has the other hue, so that the light has something to stand out from.
        top = stage.shade(other, 0.20 + 0.20 * self._day, 1.35) * (0.22 + 0.32 * self._day)
        up = np.linspace(0.0, 1.0, 64)[:, None] ** 0.45
        self._ramp = (low + (top - low) * up).astype(np.float32)
        raw = spectral(256, 2.4, 91, 3.0)
        self._noise = np.clip(0.5 + raw * 0.22, 0.0, 1.0).astype(np.float32)
        self._side = float(random.choice((-1.0, 1.0)))
        if role is Role.TURN:
            self._side = -self._side  # the same stones from their other side
        self._heart = self._side * float(random.uniform(0.06, 0.42)) * stage.half_x
        self._stones = self._placed(random)
        self._now = np.zeros_like(self._stones)
        rows, columns = max(4, self.height // _COARSE), max(4, self.width // _COARSE)
        self._light, self._veil = (np.zeros((rows, columns, 3), np.float32) for _ in range(2))
        self._lit = np.zeros((self.height, self.width, 3), np.float32)
        self._cover = np.zeros((self.height, self.width), np.float32)
        self._beam = np.zeros((rows, columns), np.float32)
        # Only what is brighter than the sky at large is drawn out.
        self._open = float(1.2 * self._hues[5, 1])
        self._turned = np.zeros((rows, columns), np.float32)
        self._beam_full = np.zeros((self.height, self.width), np.float32)
        self._motes = random.random((90, 3)).astype(np.float32)
        self._view = np.zeros(28, np.float32)

    def _placed(self, random: np.random.Generator) -> NDArray[np.float32]:
        """The stones on the ground, farthest first, the heart last; see `standing.STONE`."""
        stage, kind = self.stage, self.setting("stones")
        count = _COUNT[stage.role] + min(stage.turn, 2) * 2
        if kind == "circle" and stage.role is Role.VERSE:
            count += 2  # of three nobody would see that they stand in a ring
        # Plans for all are drawn, so that a verse's stones stand where a chorus' do.
        plan = random.random((24, 8))
        stones: list[list[float]] = []

        def put(x: float, z: float, yaw: float, size: tuple[float, float, float],
                foot: float = 0.0, taper: float = 0.0, rough: float = 0.0, name: int = 0,
                ) -> None:  # fmt: skip
            stones.append([x, z, cos(yaw), sin(yaw), *size, foot, taper,
                           0.018 + 0.4 * rough, rough, float(name), 0.0, 0.0])  # fmt: skip

        far = 1.25 if stage.role in (Role.VERSE, Role.OPENING, Role.CLOSING) else 1.0
        hx, hz = self._heart * 0.56 * _HEART * far * 0.8, _HEART * far
        wide = 0.62 + 0.38 * min(stage.half_x, 1.2)
        for n in range(min(count, 16)):
            p = plan[n]
            if kind == "slabs":
                if n == 0:
                    put(hx, hz, 0.25 * self._side, (0.40, 1.15, 0.14), name=1)
                    continue
                side = -self._side if n % 2 else self._side
                x = hx + side * (0.9 + 0.42 * n * (0.6 + 0.8 * p[0])) * wide
                z = hz + 0.6 + 0.75 * n * (0.5 + p[1]) - 2.6 * float(n in (3, 6))
                size = (0.20 + 0.16 * p[3], 0.5 + 0.55 * p[4], 0.09 + 0.08 * p[5])
                put(x, z, (p[2] - 0.5) * 1.6, size,
                    taper=0.35 * float(p[6] > 0.6), name=n + 1)  # fmt: skip
            elif kind == "circle":
                angle = 2 * pi * (n + 0.35) / 12.0 + 0.2 * (p[0] - 0.5)
                if n == 0:
                    put(hx, hz + 0.5, 0.3, (0.30, 0.95, 0.20), taper=0.30, rough=0.06, name=1)
                    continue
                turn = angle * self._side + 2.4
                x, z = hx + 2.3 * wide * sin(turn), hz + 0.5 + 1.9 * cos(turn)
                put(x, z, -turn + (p[2] - 0.5) * 0.5,
                    (0.22 + 0.10 * p[3], 0.42 + 0.28 * p[4], 0.15), taper=0.2 + 0.2 * p[5],
                    rough=0.06, name=n + 1)  # fmt: skip
            else:
                z = hz - 0.6 + 1.9 * n if n < 5 else hz + 1.4 * (n - 5)
                x = hx if n < 5 else hx + (2.4 + 0.5 * p[0]) * wide * (1 if n % 2 else -1)
                tall, half = (1.0 + 0.12 * n, 0.62) if n < 5 else (0.55 + 0.3 * p[1], 0.34)
                yaw = 0.05 * self._side if n < 5 else (p[2] - 0.5) * 1.2
                for s in (-1.0, 1.0):
                    put(x + s * half * cos(yaw), z + s * half * sin(yaw), yaw,
                        (0.15, tall, 0.16), taper=0.06, name=n + 1)  # fmt: skip
                lintel = (half + 0.28, 0.13, 0.18)
                put(x, z, yaw, lintel, foot=2.0 * tall + 0.01, name=n + 1)
        if stage.role in (Role.PEAK, Role.TURN) and kind != "gates":
            # One at hand, cut by the frame's edge, gives the others their size.
            put(-self._side * (1.05 * stage.half_x + 0.15), 2.3, 0.35 * self._side,
                (0.34, 1.15, 0.16), rough=0.06 * float(kind == "circle"), name=23)  # fmt: skip
        stones.sort(key=lambda stone: -stone[1])
        return np.array(stones, np.float32)

    def _float(self, m: Moment) -> None:
        """Where the stones hang at this moment and how their cuts glow, into `_now`."""
        now, rest = self._now, self._stones
        np.copyto(now, rest)
        risen = min(1.4, self._risen * (0.55 + 0.6 * m.energy) + 0.8 * m.build)
        name = rest[:, 11]
        share = 0.12 + 1.15 * np.modf(name * 0.618)[0]
        bob = np.sin(0.55 * m.flow + name * 2.4) * (0.035 + 0.05 * m.bass) - 0.05 * m.kick
        now[:, 7] += risen * (0.75 * share + bob)
        glow = (0.10 + 0.9 * m.energy) * self._risen + 0.6 * m.build
        now[:, 12] = glow * (0.55 + 0.25 * m.melody + 0.9 * m.kick) * 1.5
        # One stone after the other answers the snare: the bar's quarter chooses which.
        turn = int(m.bar * 4.0) + int(m.flow * 0.5)
        mine = np.modf(name * 0.618 + turn * 0.37)[0] < 0.5
        heart = name == 1.0
        level = 0.06 + 0.30 * glow + 0.5 * m.melody * heart
        now[:, 13] = level + 2.6 * m.snare * np.where(heart | mine, 1.0, 0.2)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        stage, m = self.stage, moment
        self._float(m)
        lens = _LENS / m.zoom
        day = min(1.3, self._day * (0.55 + 0.5 * m.energy) + 0.25 * m.energy + 0.35 * m.build)
        sun_x = 0.30 * self._heart - 0.34 * self._side * stage.half_x * (1.0 - self._day) ** 2
        sun_y = (
            0.12
            + 0.08 * self._tall
            + 0.03 * m.brightness
            + (0.16 if self._day < 0.4 else 0.04 * day)
        )
        strength = (
            (0.16 + 0.95 * day) * (0.9 + 0.2 * m.bass) * (1.0 + 0.30 * m.pulse + 0.24 * m.melody)
        )
        since = -0.22 * log(max(m.kick, 1e-4))
        low = stage.role is Role.TURN
        eye = max((0.16 if low else 0.34) + 0.55 * m.lift, 0.06)
        horizon = 0.30 if self._risen < 0.9 else 0.34
        self._view[:] = (
            cos(m.roll), sin(m.roll), stage.half_x * lens, stage.half_y * lens,
            m.cam_x * _LENS, (m.cam_y + horizon * stage.half_y) * _LENS,
            0.7 * m.truck + 0.02 * sin(0.2 * m.flow), eye, 0.7 * m.forward, sun_x, sun_y,
            strength, 0.040 + 0.085 * m.bass + 0.03 * (1.0 - self._day), m.energy,
            0.35 + 11.0 * since, m.kick**0.55 * (0.7 + 0.5 * m.energy), m.hat, m.flow, m.snare,
            self._heart * 0.56 * _HEART * 0.8, _HEART, self._kind,
            2.0 * stage.half_y * lens / self.height,
            (0.022 + 0.095 * day) * (0.75 + 0.75 * self._broad),
            (0.5 + 1.6 * day) * (1.0 + 0.3 * m.melody), m.bass, 0.0, 0.0,
        )  # fmt: skip
        view, hues, noise = self._view, self._hues, self._noise
        count = len(self._now)
        light_plain(self._light, self._veil, view, self._ramp, hues, noise, self._now, count)
        size = (self.width, self.height)
        cv2.resize(self._veil, size, dst=out, interpolation=cv2.INTER_LINEAR)
        cv2.resize(self._light, size, dst=self._lit, interpolation=cv2.INTER_LINEAR)
        paint_plain(out, self._lit, view, hues, noise)
        self._cover[:] = 0.0
        if self._kind == 1:
            for stone in self._now:
                add_stone(out, self._cover, stone, view, hues, noise, f32(-1), f32(0.72))
            self._cover[:] = 0.0
        for stone in self._now:
            add_stone(out, self._cover, stone, view, hues, noise, f32(1), f32(1))
        self._shine(out, day)
        mix_motes(
            out, self._motes, f32(stage.half_x), f32(stage.half_y), f32(cos(m.roll) * m.zoom),
            f32(sin(m.roll) * m.zoom), f32(m.cam_x + m.truck), f32(m.cam_y + m.lift), f32(m.flow),
            f32(-0.04), f32(0.05 + 0.12 * day), f32(0.10 + 0.80 * m.hat), f32(0.006), hues[7],
        )  # fmt: skip

    def _shine(self, out: NDArray[np.float32], day: float) -> None:
        """Shafts: the open sky about the sun, drawn out away from it by doubling steps."""
        rows, columns = self._beam.shape
        view = self._view
        cv2.resize(self._cover, (columns, rows), dst=self._turned, interpolation=cv2.INTER_AREA)
        np.subtract(1.0, self._turned, out=self._turned)
        np.multiply(self._veil[..., 1], self._turned, out=self._beam)
        np.subtract(self._beam, self._open, out=self._beam)
        np.clip(self._beam, 0.0, 1.2, out=self._beam)
        a, b = view[9] - view[4], view[10] - view[5]
        c, s = view[0], view[1]
        x = ((a * c - b * s) / view[2] + 1.0) * 0.5 * columns
        y = (1.0 - (a * s + b * c) / view[3]) * 0.5 * rows
        for step in (0.05, 0.10, 0.20, 0.38):
            k = 1.0 - step
            turn = np.array([[k, 0.0, x * step], [0.0, k, y * step]])
            cv2.warpAffine(
                self._beam, turn, (columns, rows), dst=self._turned,
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
            )  # fmt: skip
            self._beam += self._turned
            self._beam *= 0.5
        cv2.resize(
            self._beam, (self.width, self.height), dst=self._beam_full,
            interpolation=cv2.INTER_LINEAR,
        )  # fmt: skip
        add_shafts(out, self._beam_full, self._hues[0], f32(0.20 + 0.35 * day))
