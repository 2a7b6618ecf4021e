"""Bars and what they are made of: groups of beats, and how finely a beat is divided."""

from typing import NamedTuple

_GROUPS = {
    1: (1,), 2: (2,), 3: (3,), 4: (2, 2), 5: (3, 2), 6: (3, 3), 7: (2, 2, 3), 8: (2, 2, 2, 2),
    9: (3, 3, 3), 10: (3, 2, 3, 2), 11: (3, 3, 3, 2), 12: (3, 3, 3, 3),
}  # fmt: skip


class Metre(NamedTuple):
    """A bar of so many beats at a tempo."""

    beats: int
    bpm: float

    @property
    def groups(self) -> tuple[int, ...]:
        """Beats of the groups that a bar falls into: 6 are twice 3, 7 are 2 + 2 + 3."""
        return _GROUPS[self.beats]

    @property
    def starts(self) -> tuple[int, ...]:
        """Beat of the bar each group begins on."""
        return tuple(sum(self.groups[:i]) for i in range(len(self.groups)))

    @property
    def divisions(self) -> int:
        """Notes a beat that still can be told apart and played: 4, 2 or 1."""
        return 4 if self.bpm <= 150 else 2 if self.bpm <= 240 else 1

    @property
    def seconds(self) -> float:
        """Length of a bar."""
        return self.beats * 60.0 / self.bpm

    @property
    def stretch(self) -> int:
        """Bars that a chord holds at least: one of less than 1.25 s would be restless."""
        return 1 if self.seconds >= 1.25 else 2 if self.seconds >= 0.6 else 4
