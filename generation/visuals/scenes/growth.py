"""Growth: a colony that spreads on a dark ground, lit from one side: coral, frost or lichen."""

from math import cos, exp, floor, pi, sin
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import f32
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.colonies import CORAL, LICHEN, SIDE, STAGES, colony, frost
from songreel.generation.visuals.parts.relief import (
    MARGIN,
    Look,
    light_relief,
    paint_relief,
    soften,
)
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage
from songreel.generation.visuals.tables import spectral

_FINE = 2
"""Cells of the relief to a cell of the colony."""
_CELLS = 150.0
"""Cells of the relief to a scene unit: the colony is about three units wide."""
_SPOTS = 14
"""Places where snares seed something new."""

_PALE = 0.66
"""Mean lightness of a palette from which the ground lies in daylight."""

_GROWN = {
    Role.OPENING: 0.10, Role.VERSE: 0.32, Role.RISE: 0.56, Role.PEAK: 0.88, Role.TURN: 0.72,
    Role.CLOSING: 0.50,
}  # fmt: skip
"""How far the colony has grown when a section begins, 0 to 1."""
_LEAN = {
    Role.OPENING: 0.0, Role.VERSE: 0.15, Role.RISE: 0.45, Role.PEAK: 0.80, Role.TURN: 1.0,
    Role.CLOSING: 0.35,
}  # fmt: skip
"""How far the ground leans away from the lens: verses look down, choruses along."""


class Growth(Scene):
    """Something that grows."""

    name: ClassVar[str] = "growth"
    about: ClassVar[str] = (
        "A colony spreads over dark ground, lit low from one side: brain coral under water, "
        "frost on glass or lichen on stone."
    )
    words: ClassVar[tuple[str, ...]] = (
        "growth", "grow", "coral", "reef", "frost", "ice", "crystal", "lichen", "moss", "skin",
        "cell", "organism", "root", "seed", "bloom", "pattern", "nature", "organic", "snow",
        "winter", "body", "fungus",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.1, -0.1)
    drives: ClassVar[Drives] = Drives(
        kick="the colony swells and a ring of light runs out along its edges",
        snare="new buds open in the gaps and stay, and the contours light up",
        hat="single grains glitter",
        bass="the walls thicken and breathe",
        melody="the contours glow with every note, and bright sound brings up the light",
        build="it grows faster, and the light comes up",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "matter",
            {
                "coral": Option(("coral", "reef", "skin", "body", "underwater", "brain"), (0.3, 0)),
                "frost": Option(
                    ("frost", "ice", "crystal", "snow", "winter", "cold"), (-0.3, -0.3)
                ),
                "lichen": Option(("lichen", "moss", "stone", "cell", "fungus", "spot"), (0.1, 0.2)),
            },
        ),
    )
    scale: ClassVar[float] = 0.5625
    finish: ClassVar[Finish] = Finish(bloom=0.26, vignette=0.35, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(231)
        h, w = self.height, self.width
        self._matter = self.setting("matter")
        variant = int(random.integers(3))
        match self._matter:
            case "frost":
                self._stages = frost(variant)
            case "lichen":
                self._stages = colony(LICHEN, variant)
            case _:
                self._stages = colony(CORAL, variant)
        rough = 0.05 if self._matter == "frost" else 0.12
        self._skin = (1.0 + rough * spectral(512, 2.4, 81, 6.0)).clip(0.2, 2.0).astype(np.float32)
        self._young = np.zeros((SIDE, SIDE), np.float32)
        fine = SIDE * _FINE
        self._tall = np.zeros((fine + 2 * MARGIN, fine + 2 * MARGIN), np.float32)
        self._near = np.zeros((SIDE // 4, SIDE // 4), np.float32)
        self._wide = np.zeros((SIDE // 4, SIDE // 4), np.float32)
        self._around = np.zeros((fine, fine), np.float32)
        self._lit = np.zeros((fine, fine, 4), np.float32)
        self._floor = np.zeros((fine, fine, 3), np.float32)
        self._low = np.zeros((h // 3, w // 3, 3), np.float32)
        self._blur = np.zeros((h // 3, w // 3, 3), np.float32)
        self._soft = np.zeros((h, w, 3), np.float32)
        off = np.abs(np.linspace(-1.0, 1.0, h) - 0.18) - 0.36
        lean = _LEAN[stage.role]
        blur = np.clip(off * (1.2 + lean), 0.0, 0.2 + 0.8 * min(1.0, 1.3 * lean))
        self._rows = blur.astype(np.float32)
        self._turned = float(random.random()) * 2 * pi
        self._off = (random.random(2) - 0.5).astype(float)
        self._lamp = 2 * pi * float(random.random())
        self._motes = random.random((220, 3)).astype(np.float32)
        self._places = self._gaps(random)
        drive = stage.request.drive
        self._seeded = tuple(drive.snare.times) if drive is not None else ()
        grown = _GROWN[stage.role] + 0.06 * min(stage.turn, 2)
        self._grown = 0.75 * grown + 0.25 * stage.energy * 0.9
        self._look = _look(stage, self._matter, min(1.0, 0.15 + 0.95 * self._grown))
        self._reef = int(stage.role in (Role.PEAK, Role.TURN))

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st = moment, self.stage
        self._grow(m)
        frost_ = self._matter == "frost"
        lean = _LEAN[st.role]
        zoom = m.zoom * (1.0 + 0.25 * m.forward) * (0.80 + 0.35 * self._grown)
        zoom *= 1.0 + 0.016 * m.kick + 0.034 * m.snare + 0.012 * m.hat
        roll = m.roll + self._turned
        c, s = cos(roll) / zoom, sin(roll) / zoom
        middle = 0.5 * SIDE * _FINE
        reach = 0.30 * middle * self._grown
        px, py = m.cam_x + m.truck, m.cam_y + m.lift
        # The lens looks past the colony's middle, so that its rim and the open ground are seen.
        x = middle + self._off[0] * reach + (px * c - py * s) * zoom * _CELLS
        y = middle + self._off[1] * reach - (px * s + py * c) * zoom * _CELLS
        angle = self._lamp + 0.05 * sin(0.3 * m.flow)
        e = self._grown
        look = self._look
        # Of a height of 0.9 a wall's foot is at about 0.2: lower, and everything swells.
        threshold = 0.36 - 0.10 * m.bass - 0.06 * m.kick - 0.08 * m.snare
        light_relief(
            self._lit, self._floor, self._tall, self._around, self._skin, look.ground, look.body,
            look.crown, look.lamp, look.fill, f32(threshold),
            f32((3.5 if frost_ else 4.5) * (1.0 + 0.35 * m.kick)), f32(cos(angle)),
            f32(sin(angle)), f32(1.25 * (1.0 - m.kick)),
            f32(2.2 * m.kick * min(1.0, 4.0 * (1.0 - m.kick) + 0.4)),
            f32(0.30 + 0.80 * e + 0.15 * m.bass + 0.06 * m.pulse + 0.24 * m.brightness),
            f32((1.0 if frost_ else 0.8) * (0.5 + 0.8 * e)),
        )  # fmt: skip
        paint_relief(
            out, self._lit, self._floor, look.deep, look.edge, look.lamp, f32(st.half_x),
            f32(st.half_y), f32(c), f32(s), f32(x), f32(y), f32(lean), f32(_CELLS),
            f32(0.15 + 0.35 * e + 0.6 * m.melody + 1.2 * m.snare), f32(1.8 * m.hat),
            int(4.0 * m.flow), f32(0.9), self._reef, f32(5.0 if frost_ else 7.0),
        )  # fmt: skip
        self._focus(out)
        mix_motes(
            out, self._motes, f32(st.half_x), f32(st.half_y), f32(cos(m.roll) * zoom),
            f32(sin(-m.roll) * zoom), f32(px), f32(py), f32(m.flow), f32(0.04), f32(0.05),
            f32(0.5 * m.hat), f32(0.004), self._look.lamp,
        )  # fmt: skip

    def _grow(self, m: Moment) -> None:
        """The heights at `m`, into `_tall`, and blurred into `_around`."""
        share = self._grown - 0.04 + 0.10 * (1.0 - exp(-m.t / 5.0))
        share += 0.08 * m.build
        at = min(max(share, 0.02), 0.995) * (STAGES - 1)
        first = min(floor(at), STAGES - 2)
        cv2.addWeighted(
            self._stages[first], first + 1 - at, self._stages[first + 1], at - first, 0.0,
            dst=self._young,
        )  # fmt: skip
        self._seed(m)
        small = (SIDE // 4, SIDE // 4)
        cv2.resize(self._young, small, dst=self._near, interpolation=cv2.INTER_AREA)
        cv2.GaussianBlur(self._near, (0, 0), 1.3, dst=self._wide)
        size = (SIDE * _FINE, SIDE * _FINE)
        inner = self._tall[MARGIN:-MARGIN, MARGIN:-MARGIN]
        cv2.resize(self._young, size, dst=inner, interpolation=cv2.INTER_CUBIC)
        cv2.resize(self._wide, size, dst=self._around, interpolation=cv2.INTER_LINEAR)

    def _seed(self, m: Moment) -> None:
        """Add the buds that snares up to `m` have opened."""
        for n, time in enumerate(self._seeded):
            age = m.t - time + 0.02
            if age < 0 or age > 8.0:
                continue
            x, y = self._places[n % _SPOTS]
            opened = min(1.0, 0.55 + age / 0.5) * min(1.0, (8.0 - age) / 3.0)
            _bud(self._young, x, y, 4.5 * opened**0.5, opened, self._matter == "frost")

    def _gaps(self, random: np.random.Generator) -> list[tuple[int, int]]:
        """Places where nothing grows, near what does when the clip is half over."""
        at = int(_GROWN[self.stage.role] * (STAGES - 1))
        near = cv2.GaussianBlur(self._stages[at], (0, 0), 4.0)
        free = (near > 0.02) & (near < 0.22) & (self._stages[at] < 0.1)
        rows, columns = np.nonzero(free)
        if rows.size == 0:
            rows, columns = np.array([SIDE // 2]), np.array([SIDE // 2])
        picked = random.integers(rows.size, size=_SPOTS)
        return [(int(columns[k]), int(rows[k])) for k in picked]

    def _focus(self, out: NDArray[np.float32]) -> None:
        """Blur what lies before and behind the plane in focus."""
        h, w = self.height, self.width
        cv2.resize(out, (w // 3, h // 3), dst=self._low, interpolation=cv2.INTER_AREA)
        cv2.GaussianBlur(self._low, (0, 0), h / 250.0, dst=self._blur)
        cv2.resize(self._blur, (w, h), dst=self._soft, interpolation=cv2.INTER_LINEAR)
        soften(out, self._soft, self._rows)


def _bud(
    field: NDArray[np.float32], x: int, y: int, radius: float, tall: float, star: bool
) -> None:
    """Raise a round bud on `field`, or a star of six rays."""
    reach = int(3.0 * radius) + 1
    top, left = max(0, y - reach), max(0, x - reach)
    part = field[top : y + reach + 1, left : x + reach + 1]
    rows = (np.arange(part.shape[0]) + top - y)[:, None]
    columns = (np.arange(part.shape[1]) + left - x)[None, :]
    away = (rows * rows + columns * columns) / (radius * radius)
    if star:
        away = away * (0.35 + 3.0 * np.sin(3.0 * np.arctan2(rows, columns)) ** 2)
    np.maximum(part, (tall * np.exp(-away)).astype(np.float32), out=part)


def _look(stage: Stage, matter: str, ripe: float) -> Look:
    """Colours of `matter` in the film's palette, the strongest where it is `ripe`, 0 to 1."""
    a, b = stage.accent_at, stage.contrast_at
    a = b + (a - b) * ripe
    own = float(np.mean([c.lightness for c in stage.request.palette]))
    if own > _PALE:
        return Look(
            ground=stage.shade(b, 0.80, 0.9) * 1.3, deep=stage.shade(0.9, 0.86, 0.8),
            body=stage.shade(a, 0.40, 1.3), crown=stage.shade(a, 0.80, 1.1),
            edge=stage.shade(0.9, 0.95, 0.6), lamp=stage.shade(0.95, 0.97, 0.5),
            fill=stage.shade(b, 0.55, 1.1),
        )  # fmt: skip
    match matter:
        case "frost":
            return Look(
                ground=stage.shade(b, 0.26, 1.1), deep=stage.shade(b, 0.18),
                body=stage.shade(b, 0.34, 1.1), crown=stage.shade(b, 0.66, 0.8),
                edge=stage.shade(0.9, 0.90, 0.6), lamp=stage.shade(0.95, 0.97, 0.4) * 1.2,
                fill=stage.shade(a, 0.66, 1.2),
            )  # fmt: skip
        case "lichen":
            return Look(
                ground=stage.shade(0.25, 0.44, 0.6), deep=stage.shade(0.2, 0.22, 0.8),
                body=stage.shade(a, 0.36, 1.2), crown=stage.shade(a, 0.78, 1.1),
                edge=stage.shade(b, 0.80, 1.0), lamp=stage.shade(0.95, 0.95, 0.6),
                fill=stage.shade(b, 0.50, 1.1),
            )  # fmt: skip
    return Look(
        ground=stage.shade(b, 0.29, 1.1), deep=stage.shade(b, 0.16, 1.1),
        body=stage.shade(a, 0.30, 1.3), crown=stage.shade(a, 0.70, 1.1),
        edge=stage.shade(0.9, 0.92, 0.8), lamp=stage.shade(0.95, 0.97, 0.5),
        fill=stage.shade(b, 0.56, 1.3),
    )  # fmt: skip
