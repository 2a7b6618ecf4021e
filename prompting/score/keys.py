"""In which key it plays: a mode for a mood, a tonic for a film, and relatives that share notes."""

from songreel.prompting.scenes.spellings import TONICS
from songreel.prompting.seeds import seed_for

_MAJOR = ("C", "D", "F", "G", "A", "Bb", "Eb")
_MINOR = ("A", "D", "E", "C", "G", "F#", "B")
"""Those that are played most, so that a model has heard them often."""
_NEUTRAL = 0.1
"""Valence within which arousal decides."""


def key_for(valence: float, arousal: float, seed: int) -> str:
    """A key for a mood, as `A minor`.

    Major is heard as happy, minor as sad or dark: mode is the strongest cue there is (Eerola,
    Friberg and Bresin 2013). Where valence says nothing, lively films get a minor key, which reads
    as drive, and calm ones a major one: our choice. The tonic says nothing of a mood and follows
    from the seed.
    """
    major = valence > _NEUTRAL or (abs(valence) <= _NEUTRAL and arousal <= 0)
    tonics = _MAJOR if major else _MINOR
    return f"{tonics[seed_for(seed, 'key') % len(tonics)]} {'major' if major else 'minor'}"


_RELATIVES = {
    "A": "C", "E": "G", "B": "D", "F#": "A", "C#": "E", "G#": "B", "D#": "F#", "A#": "C#",
    "D": "F", "G": "Bb", "C": "Eb", "F": "Ab", "Bb": "Db", "Eb": "Gb", "Ab": "Cb",
    "Db": "E", "Gb": "A",
}  # fmt: skip
"""Tonic of the major key with the same notes, by that of the minor one, as they are written."""


def relative(key: str) -> str:
    """The key of the other mode with the same notes: `A minor` for `C major`."""
    tonic, _, mode = key.partition(" ")
    if mode == "minor":
        return f"{_RELATIVES[tonic]} major"
    pitch = (TONICS[tonic] + 9) % 12
    fitting = [m for m, major in _RELATIVES.items() if major == tonic and TONICS[m] == pitch]
    return f"{(fitting or [m for m in _RELATIVES if TONICS[m] == pitch])[0]} minor"


def is_major(key: str) -> bool:
    """Whether `key` is a major one."""
    return key.endswith("major")
