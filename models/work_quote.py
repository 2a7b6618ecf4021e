"""What work would cost: `WorkQuote`."""

from songreel.models.money import Usd
from songreel.models.work_wishes import Agreed, Wished


class WorkQuote(Wished):
    """A price before anything is bought, USD: low ≤ likely ≤ high."""

    low: Usd
    likely: Usd
    high: Usd
    most: Agreed
    """With every retake that the work allows: what to agree to (`agreed` of the work)."""
    lines: tuple[str, ...]
    """For people."""
    bounds: tuple[str, ...] = ()
    """A sentence for each limit that it would pass."""
    unknown: tuple[str, ...] = ()
    """What the prices above leave out because nobody can know it yet, a sentence each. The work
    buys that too within `agreed`, or leaves it and says its price."""
