"""The picture comes slowly nearer: `Push`."""

from songreel.assembly.effects.warp import Axis, Move, Warp
from songreel.grading.checks import place, within
from songreel.models.effect import Beat


class Push(Warp):
    """The picture comes nearer: over a shot, with the energy, or through a build.

    Args:
        amount: How much larger where its curve is at its height, at full strength.
        at: Across and down of the point that stays where it is, as shares of the picture.
    """

    moved_by = "level"
    ramps = True
    """Over a `shot`, its level rises from 0 to 1."""

    def __init__(self, amount: float = 0.1, at: tuple[float, ...] = (0.5, 0.5)) -> None:
        self._amount = within("amount", amount, 0.0, 0.5)
        self._across, self._down = place("at", at)

    def move(self, beat: Beat) -> Move:
        """See `Warp.move`. Equal steps of level enlarge by equal factors: a steady approach."""
        scale = (1 + self._amount * beat.strength) ** beat.level
        return Move(Axis.zoomed(scale, self._across), Axis.zoomed(scale, self._down))
