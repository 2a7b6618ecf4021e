"""How many seconds are left: by this job's own pace, and by jobs before it. `seconds_left`."""

from collections.abc import Sequence
from statistics import median

FIRST = 0.05
"""Share of a job before which its own pace says nothing: the first stages are the quick ones."""
TRUSTED = 0.3
"""Share from which on its own pace alone is believed."""


def seconds_left(progress: float, elapsed: float, before: Sequence[float] = ()) -> float | None:
    """How long a job still takes.

    Args:
        progress: Of the whole job, 0 to 1.
        elapsed: Seconds that it took until now.
        before: Seconds that earlier jobs of its kind took in all.

    Returns:
        Seconds; None where nothing is known yet.
    """
    usual = median(before) if before else None
    if progress < FIRST:
        return None if usual is None else max(usual - elapsed, 0.0)
    own = elapsed / progress
    trust = 1.0 if usual is None else min(progress / TRUSTED, 1.0)
    whole = trust * own + (1 - trust) * (usual or 0.0)
    return whole * (1 - progress)
