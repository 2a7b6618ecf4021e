"""`Room`: what the rooms that `lettering` sets its words in have in common."""

from abc import ABC, abstractmethod
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, f32, noise_table
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.stamp import stamp
from songreel.generation.visuals.parts.type_layer import Look, Plan, TypeLayer
from songreel.generation.visuals.parts.typeset import Box
from songreel.generation.visuals.stage import Role, Stage

_SMALL = 4
"""Pixels of the field in one of the small picture that glow and shadow are blurred on."""


class Room(ABC):
    """Where words stand: the ground behind them and the light on them."""

    def __init__(self, stage: Stage, height: int, width: int) -> None:
        self.stage, self.height, self.width = stage, height, width
        self.peak = stage.role is Role.PEAK
        self.full = {Role.OPENING: 0.0, Role.VERSE: 0.3, Role.CLOSING: 0.15, Role.TURN: 0.5,
                     Role.RISE: 0.65, Role.PEAK: 1.0}[stage.role]  # fmt: skip
        self.noise = noise_table(11, 256, 6, 8)
        self.type = TypeLayer(stage, self.plan(), (height, width))
        small = (max(4, height // _SMALL), max(4, width // _SMALL))
        self.small = np.zeros((*small, 3), np.float32)
        self.soft = np.zeros((*small, 3), np.float32)
        self.wide = np.zeros((height, width, 3), np.float32)
        self.share = f32(small[1] / width)
        random = stage.random(63)
        self.side = float(random.choice((-1.0, 1.0)))
        self.phase = float(random.random())

    @abstractmethod
    def plan(self) -> Plan:
        """How the words are set."""

    @abstractmethod
    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        """One frame, see `Scene.draw`."""

    def room_of(self, wide: float, high: float, left: float = 0.5, low: float = 0.5) -> Box:
        """A box of so much of the frame, at `left` and `low` of what is left over."""
        w, h = 2 * self.stage.half_x, 2 * self.stage.half_y
        return Box(-w / 2 + left * (1 - wide) * w, -h / 2 + low * (1 - high) * h, wide * w,
                   high * h)  # fmt: skip

    def letters(self, out: Field, m: Moment, look: Look, scale: Any = None, sparkle: float = 0.0,
                **how: Any) -> None:  # fmt: skip
        """Stamp the letters onto `out`."""
        units = self.type.units(m, look, **how)
        stamp(out, self.type.atlas, units, f32(1) if scale is None else scale, self.noise,
              f32(sparkle), f32(97.0 * m.flow % 256))  # fmt: skip

    def blurred(self, sigma: float) -> NDArray[np.float32]:
        """The small picture blurred by `sigma` of its width / 240, at the field's size."""
        s = sigma * self.small.shape[1] / 240.0
        cv2.GaussianBlur(self.small, (0, 0), max(s, 0.6), dst=self.soft)
        cv2.resize(self.soft, (self.width, self.height), dst=self.wide,
                   interpolation=cv2.INTER_LINEAR)  # fmt: skip
        return self.wide
