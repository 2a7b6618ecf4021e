"""Tonal nouns: `Key`, `KeySpan`, `Chord`."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_serializer, model_validator

from songreel.models.document import Frozen
from songreel.models.units import Seconds, Unit

TONICS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_SHARPS = {"C#": "Db", "D#": "Eb", "F#": "Gb", "G#": "Ab", "A#": "Bb", "Cb": "B", "B#": "C",
           "E#": "F", "Fb": "E"}  # fmt: skip


class Key(Frozen):
    """A key. In JSON it is its name, `"C major"`."""

    tonic: Annotated[int, Field(ge=0, le=11)]
    """Pitch class, C = 0."""
    mode: Literal["major", "minor"]

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        tonic, _, mode = value.partition(" ")
        tonic = _SHARPS.get(tonic, tonic)
        if tonic not in TONICS or mode not in ("major", "minor"):
            raise ValueError(f"{value!r} is not a key; write it as 'C major' or 'F# minor'")
        return {"tonic": TONICS.index(tonic), "mode": mode}

    @model_serializer
    def _as_name(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"{TONICS[self.tonic]} {self.mode}"


class KeySpan(Frozen):
    """A stretch in one key. Spans tile the song; a new one is a modulation."""

    start: Seconds
    end: Seconds
    key: Key | None
    """None where there is none to be heard."""
    trust: Unit


ChordQuality = Literal["maj", "min", "7", "maj7", "min7", "dim", "aug", "sus4", "5"]


class Chord(Frozen):
    """A chord in the syntax of Harte (2005): `C:min7`, `N` where there is none."""

    start: Seconds
    end: Seconds
    root: Annotated[int, Field(ge=0, le=11)] | None
    """Pitch class, C = 0; None for no chord."""
    quality: ChordQuality = "maj"
    trust: Unit = 0.0

    def __str__(self) -> str:
        return "N" if self.root is None else f"{TONICS[self.root]}:{self.quality}"
