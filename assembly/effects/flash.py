"""Light over the picture on a hit: `Flash`."""

from songreel.assembly.effects.checks import within
from songreel.assembly.pictures import Picture, lighten
from songreel.models.effect import REST, Beat


class Flash:
    """White light over the picture on each hit, dying away.

    Hits that crowd are passed over: see `safety`.

    Args:
        peak: Share of white on the hit at full strength.
        decay: Seconds in which it falls to 1/e.
    """

    moved_by = "hits"

    def __init__(self, peak: float = 0.7, decay: float = 0.1) -> None:
        self._peak = within("peak", peak, 0.0, 0.9)
        self._decay = within("decay", decay, 0.05, 0.3)

    def swings(self, strength: float) -> int:  # noqa: ARG002 (part of the contract)
        """See `safety.swings_of`: up and down."""
        return 2

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`."""
        share = self._peak * beat.strength * beat.ring(self._decay, rest=REST)
        return lighten(picture, share) if share > 0.004 else picture
