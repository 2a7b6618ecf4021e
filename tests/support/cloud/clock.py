"""The server's own time: real, and put forward on demand."""

import time
from datetime import UTC, datetime


class Clock:
    """Seconds since 1970, as the services would see them."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return round(time.time() + self._ahead, 6)

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self._ahead += seconds


def iso(seconds: float) -> str:
    """As both services write times."""
    return (
        datetime.fromtimestamp(seconds, UTC)
        .isoformat(timespec="microseconds")
        .replace("+00:00", "Z")
    )


def parse(text: str) -> float:
    """A time in ISO 8601; without a zone it is UTC.

    Raises:
        ValueError: It is none.
    """
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
