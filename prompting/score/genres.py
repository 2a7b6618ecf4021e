"""What plays: `Genre` (they are in `genres.toml`), known by its words or chosen for a mood."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import hypot, sqrt
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from songreel.models.document import Frozen
from songreel.prompting.score.moods import Place


class Genre(Frozen):
    """A kind of music and those who play it."""

    words: tuple[str, ...]
    name: str
    tempo: tuple[float, float]
    """BPM, slowest and fastest."""
    mood: Place | None = None
    layers: Annotated[tuple[str, ...], Field(min_length=5)]
    """Instruments in the order in which they come in."""


@cache
def genres() -> Mapping[str, Genre]:
    """Every genre, by name."""
    raw = tomllib.loads(
        (files("songreel.prompting.score") / "genres.toml").read_text(encoding="utf-8")
    )
    return MappingProxyType({name: Genre.model_validate(body) for name, body in raw.items()})


def genre_in(text: str) -> str | None:
    """The genre that a text names: of several the one with the longest word, then the first."""
    found: list[tuple[int, int, str]] = []
    for name, genre in genres().items():
        for word in genre.words:
            match = re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text, re.I)
            if match:
                found.append((-len(word), match.start(), name))
    return min(found)[2] if found else None


def usual_tempo(text: str) -> float | None:
    """BPM in the middle of what the genre that a text names is played at; None: it names none."""
    name = genre_in(text)
    if name is None:
        return None
    slowest, fastest = genres()[name].tempo
    return sqrt(slowest * fastest)


def genre_for(mood: Place) -> str:
    """The genre that serves a mood best, of those that serve films."""
    placed = {name: genre.mood for name, genre in genres().items() if genre.mood is not None}

    def away(name: str) -> float:
        v, a = placed[name]
        return round(hypot(v - mood[0], a - mood[1]), 6)

    return min(placed, key=away)
