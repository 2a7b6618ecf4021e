"""The camera is hit: `Shake`."""

from math import ceil, cos, exp, log, pi, sin

from songreel.assembly.effects.warp import Axis, Move, Warp
from songreel.grading.checks import within
from songreel.models.effect import Beat

_GOLDEN = 2.399963
"""Golden angle, radians: multiples of it never line up."""

_LEAST = 0.0016
"""Share of the width by which a board of 64 places must move to change their light by a tenth."""


class Shake(Warp):
    """The picture is knocked aside on each hit and swings out in a few waves.

    One frequency, dying away: nothing between the frames that the film's rate could not show.
    The picture is enlarged by just as much as it swings, so that no border is seen. Its direction
    follows from the hit's strength and `seed`: the same hit always shakes the same way.

    Args:
        amount: How far at full strength, as a share of the picture's width.
        decay: Seconds in which it falls to 1/e.
        hertz: Swings there and back a second.
        seed: Another number, other directions.
    """

    moved_by = "hits"

    def __init__(
        self, amount: float = 0.012, decay: float = 0.09, hertz: float = 6.0, seed: float = 0.0
    ) -> None:
        self._amount = within("amount", amount, 0.0, 0.04)
        self._decay = within("decay", decay, 0.04, 0.12)
        self._hertz = within("hertz", hertz, 3.0, 8.0)
        self._seed = within("seed", seed, 0.0, 1e6)

    def swings(self, strength: float) -> int:
        """See `safety.swings_of`: as many as go further than the eye's least."""
        reach = self._amount * strength / _LEAST
        return 1 + ceil(max(2 * self._hertz * self._decay * log(max(reach, 1.0)), 1.0))

    def move(self, beat: Beat) -> Move:
        """See `Warp.move`."""
        since, hit = beat.last()
        if hit == 0 or since > 6 * self._decay:
            return Move()
        reach = self._amount * beat.strength * hit * exp(-since / self._decay)
        swing = reach * cos(2 * pi * self._hertz * since)
        angle = _GOLDEN * (round(997 * hit) + self._seed)
        # A share of each side, so fewer pixels up and down than to the sides.
        across, down = swing * cos(angle), swing * sin(angle)
        scale = 1 / (1 - 2 * reach)
        return Move(Axis.zoomed(scale, 0.5, across), Axis.zoomed(scale, 0.5, down))
