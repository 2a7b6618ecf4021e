"""How long is waited for what: `Patience`."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Patience:
    """How long is waited for what. Seconds."""

    deadline: float = 1800.0
    """From a job's submission to its end. Replicate stops a run after 30 minutes."""
    tries: int = 5
    """Of one call that fails in a way that may pass."""
    told_tries: int = 20
    """Of one call to which the service answers when to come back."""
    first_wait: float = 1.0
    longest_wait: float = 30.0
    poll_local: float = 0.02
    poll_remote: float = 2.0
    ending: float = 10.0
    """For cancelled jobs to end: on this machine they stop within a frame."""
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    today: Callable[[], datetime] = _utc
    """The time of day by which jobs are dated (UTC)."""

    def back_off(self, tries: int, jitter: Random) -> float:
        """Seconds before try `tries` + 1: doubling, of which a random half is taken off."""
        longest = min(self.longest_wait, self.first_wait * 2.0 ** (tries - 1))
        return longest * jitter.uniform(0.5, 1.0)
