"""Keys: `A minor` to a tonic and a scale."""

import re
from typing import NamedTuple

from songreel.models.errors import InvalidInput

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_FORM = re.compile(
    r"([A-Ga-g])\s*(#|♯|b|♭|sharp|flat)?\s*(major|minor|maj|min|dur|moll|m|)", re.IGNORECASE
)


class Key(NamedTuple):
    """A tonic and a mode."""

    tonic: int
    """Pitch class, C = 0."""
    minor: bool

    @property
    def scale(self) -> tuple[int, ...]:
        """Semitones over the tonic."""
        return MINOR if self.minor else MAJOR

    @property
    def name(self) -> str:
        """As requests spell it: `Bb minor`."""
        return f"{_NAMES[self.tonic]} {'minor' if self.minor else 'major'}"


def read_key(text: str) -> Key:
    """A key as it is written: `A minor`, `F# major`, `Bbm`, `E♭`.

    Raises:
        InvalidInput: It is no key.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(f"the key {text!r} is not one; write it as `A minor` or `F# major`")
    letter, sign, mode = found.groups()
    shift = {"#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}.get((sign or "").lower(), 0)
    minor = mode == "m" or mode.lower() in ("minor", "min", "moll")
    return Key((_NATURALS[letter.upper()] + shift) % 12, minor)
