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
