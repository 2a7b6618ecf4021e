"""`Form`: what all that strings are strung on has in common."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.plucks import Plucks
from songreel.generation.visuals.stage import Role, Stage

PLACES = 193
"""Places along a string: every fifth column of a field 960 wide."""
FULL = {
    Role.OPENING: 0.0, Role.VERSE: 0.2, Role.RISE: 0.55, Role.PEAK: 1.0, Role.TURN: 0.6,
    Role.CLOSING: 0.1,
}  # fmt: skip
"""How much of the instrument is seen in each role of a section."""

Values = NDArray[np.floating]


class Form(ABC):
    """What the strings are strung on."""

    def __init__(self, stage: Stage, height: int, width: int) -> None:
        self.stage, self.height, self.width = stage, height, width
        self.full = FULL[stage.role] + 0.1 * min(stage.turn, 2) * (stage.role is Role.PEAK)
        drive = stage.request.drive
        self.kicks = Plucks(stage, None if drive is None else drive.kick)
        self.pixel = height * stage.half_x / 960.0
        self.random = stage.random(71)
        self.x32 = (stage.half_x * np.linspace(-1.0, 1.0, PLACES)).astype(np.float32)
        self.x: Values = self.x32
        self.heights = np.zeros((90, PLACES), np.float32)
        self.lights = np.zeros((90, PLACES), np.float32)

    @abstractmethod
    def draw(self, m: Moment, out: NDArray[np.float32]) -> None:
        """Add the strings to the room."""

    def lamp(self, m: Moment) -> tuple[float, float, float]:
        """Where the light of the room is, in halves of the frame, and how strong it is."""
        return -m.cam_x * 0.5, 0.1 + m.cam_y * 0.5, 1.0

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
            size = pluck.strength * np.exp(-pluck.age / 0.30)
            way = speed * reach * pluck.age
            for source, side in ((at, 1.0), (2 * reach - at, -1.0), (-2 * reach - at, -1.0)):
                for sense in (1.0, -1.0):
                    d = (x - source - sense * way) / (0.17 * reach)
                    y += 0.5 * side * size * np.exp(-d * d)
        return y


def tints(stage: Stage, at: Values) -> NDArray[np.float32]:
    """Colours of the palette at `at`, shape (n, 3)."""
    found: NDArray[np.float32] = stage.lut[np.clip(at * 255, 0, 255).astype(int)]
    return found
