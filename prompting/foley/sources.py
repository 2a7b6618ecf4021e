"""What is seen, as what would be heard: `heard_in` (the sources are in `sources.toml`)."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, NamedTuple

from songreel.models.document import Frozen
from songreel.models.storyboard import Parts

Pace = Literal["calm", "rising", "wild"]
Layer = Literal["action", "thing", "weather", "place"]

_LAYERS: tuple[Layer, ...] = ("action", "thing", "weather", "place")
_MOST = 3
"""Sources of one picture, one of them around the others where there is one: more at once blur."""
_NOT_SEEN = re.compile(
    r"\b(?:like|as if|as though|as \w+ as)\b[^,;.]*"  # What it is likened to is not there.
    r"|\b(?:no|without|empty of|free of)\b [^,;.]*"
    r"|\b(?:tracking|crane|dolly|wide|long|medium|close)[- ]shots?\b|\bclose-?ups?\b"
    r"|\b(?:camera|lens)\b[^,;.]*",
    re.I,
)


class Source(Frozen):
    """Something that sounds."""

    layer: Layer
    see: tuple[str, ...]
    hear: str
    calm: str = ""
    wild: str = ""
    on: tuple[tuple[str, str], ...] = ()
    hides: tuple[str, ...] = ()
    voice: bool = False
    music: bool = False
    instead: str = ""

    @cached_property
    def seen(self) -> re.Pattern[str]:
        """Finds it in words."""
        return _words("|".join(self.see))

    def heard(self, text: str, pace: Pace) -> str:
        """What it sounds like in a picture that `text` tells."""
        for others, sound in self.on:
            if _words(others).search(text):
                return sound
        return {"calm": self.calm, "wild": self.wild, "rising": ""}[pace] or self.hear


class Sound(NamedTuple):
    """A source as it is heard in one picture."""

    name: str
    layer: Layer
    words: str


@cache
def sources() -> Mapping[str, Source]:
    """Every source, by name."""
    raw = tomllib.loads(
        (files("songreel.prompting.foley") / "sources.toml").read_text(encoding="utf-8")
    )
    return MappingProxyType({name: Source.model_validate(body) for name, body in raw.items()})


def heard_in(
    text: str, pace: Pace = "rising", *, voices: bool = False, music: bool = False
) -> tuple[Sound, ...]:
    """The sources in a picture, the nearest first: what happens, things, weather, the place.

    Args:
        text: What is seen, in words. What something is likened to, and what is said not to be
            there, does not sound.
        pace: How much moves.
        voices: Whether people may be heard.
        music: Whether music that is played in the picture may be heard.

    Returns:
        At most three: two in front and one around them, where there are both.
    """
    plain = _NOT_SEEN.sub(" ", text.lower())
    found: dict[str, tuple[int, Sound]] = {}
    for name, source in sources().items():
        match = source.seen.search(plain)
        if not match:
            continue
        words = source.heard(plain, pace)
        if (source.voice and not voices) or (source.music and not music):
            words = source.instead
        if words:
            found[name] = match.start(), Sound(name, source.layer, words)
    hidden = {other for name in found for other in sources()[name].hides}
    ranked = sorted(
        (sound for name, sound in found.items() if name not in hidden),
        key=lambda sound: (_LAYERS.index(sound[1].layer), sound[0]),
    )
    front = _unlike([s for _, s in ranked if s.layer in ("action", "thing")])
    back = _unlike([s for _, s in ranked if s.layer in ("weather", "place")])
    front = front[: _MOST - bool(back)]
    return tuple(_unlike([*front, *back[: 1 if front else 2]]))


def picture(parts: Parts | None, prompt: str, motif: str) -> tuple[str, Pace | None]:
    """A shot's words for `heard_in`, and its pace where that is known.

    Light, lens and mood are left out: they do not sound.
    """
    if parts is None:
        return prompt or motif, None
    acts = [f"{parts.subject} {parts.action}"] if parts.subject else []
    return ". ".join([*acts, parts.happens, parts.seen, motif, parts.place]), parts.pace


def _unlike(sounds: list[Sound]) -> list[Sound]:
    """Without those that say what was said."""
    kept: list[Sound] = []
    for sound in sounds:
        if all(sound.words != other.words for other in kept):
            kept.append(sound)
    return kept


@cache
def _words(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{alternatives})(?!\w)", re.I)
