"""A clock for tests: `Clock`."""

from datetime import datetime, timedelta


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, text: str = "2026-11-21T12:00:00+00:00") -> None:
        self.set(text)

    def set(self, text: str) -> None:
        self.time = datetime.fromisoformat(text)

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)

    def __call__(self) -> datetime:
        return self.time
