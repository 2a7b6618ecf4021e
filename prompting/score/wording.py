"""A cue in MusicGen's words: one line, comma-separated, plain.

MusicGen was trained on the descriptions and tags of a stock catalogue, in English, instrumental
only; descriptions with some detail of the instruments and the use work best (audiocraft, demo and
model card, read 2026-11-21). It sometimes ends a piece of its own accord and falls silent (card),
so no prompt speaks of an end.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from songreel.prompting.score.moods import Place

MOST = 5
"""Instruments of one prompt: those who carry the film and those who came in last."""
_ROLES: dict[str, tuple[str, ...]] = {
    "calm": ("sparse and intimate", "gentle and open", "softly flowing", "slowly growing richer",
             "warm and full"),
    "bright": ("light and spacious", "light with a clear pulse", "steady and moving",
               "growing and lifting", "driving and bright"),
    "dark": ("sparse and watchful", "low and insistent", "pulsing and tightening",
             "heavy and pressing on", "relentless and massive"),
    "sad": ("sparse and fragile", "slow and plain", "slowly unfolding", "swelling and aching",
            "deep and full"),
}  # fmt: skip
"""From the least energy of a film to the most."""
_HEIGHT = {"calm": "rich full arrangement", "bright": "big full arrangement, climax",
           "dark": "massive full arrangement, climax",
           "sad": "full swelling arrangement"}  # fmt: skip
FUNCTIONS = {
    "intro": "sparse opening", "verse": "steady verse groove", "pre-chorus": "rising tension",
    "chorus": "big memorable chorus", "bridge": "contrasting open passage",
    "build": "rising tension, snare roll building", "drop": "full drop, heavy beat",
    "break": "stripped back breakdown", "instrumental": "instrumental theme",
    "solo": "expressive solo melody", "outro": "calm and sparse",
    "silence": "very quiet sustained notes",
}  # fmt: skip
"""What a section of a song does, in a prompt."""


class Line(NamedTuple):
    """What a prompt is made of."""

    genre: str
    instruments: Sequence[str]
    joining: Sequence[str]
    """Those of the instruments that were not there before."""
    moods: Sequence[str]
    role: str
    rest: Sequence[str]
    bpm: float
    key: str
    meter: int


def worded(line: Line) -> str:
    """The prompt."""
    joining = [i for i in line.instruments if i in line.joining]
    there = [i for i in line.instruments if i not in line.joining]
    played = [*there, *(f"{i} joining" for i in joining)] if there else joining
    moods = _listed(line.moods)
    parts = [line.genre, *played, *line.rest, moods, line.role, *_time(line.meter)]
    parts += [f"{round(line.bpm)} BPM", f"in {_spoken(line.key)}", "instrumental"]
    return ", ".join(_once([part for part in parts if part]))


def role(energy: float, least: float, most: float, mood: Place, *, finale: bool) -> str:
    """What a cue does in the build of a film.

    Args:
        energy: Of the cue.
        least: Of the film's cues.
        most: Of the film's cues.
        mood: Of the cue.
        finale: Whether it is what the film has grown to.
    """
    valence, arousal = mood
    if arousal > -0.1:
        side = "dark" if valence < -0.1 else "bright"
    else:
        side = "sad" if valence < -0.1 else "calm"
    if finale:
        return _HEIGHT[side]
    share = (energy - least) / (most - least) if most - least > 0.05 else energy
    return _ROLES[side][min(4, int(5 * share))]


def band(
    first: Sequence[str], layers: Sequence[str], energy: float, extra: Sequence[str] = ()
) -> tuple[str, ...]:
    """Who plays at an energy: those a person named, and as many of the genre's as it takes.

    Args:
        first: Named for the whole film; they play throughout.
        layers: Of the genre, in the order in which they come in.
        energy: 0 to 1.
        extra: Named for a scene that has been; they stay.
    """
    others = [
        layer for layer in layers if not any(_alike(layer, named) for named in (*first, *extra))
    ]
    # One or two at the quietest, everybody at the height.
    count = max(2, round(1 + energy * len(layers))) - len(first) - len(extra)
    return tuple(dict.fromkeys([*first, *others[: max(0, count)], *extra]))


def shown(playing: Sequence[str], joining: Sequence[str], leading: int) -> list[str]:
    """Of those who play, the ones a prompt names: who leads, then who came in last."""
    if len(playing) <= MOST:
        return list(playing)
    lead = list(playing[: max(1, min(leading, 2))])
    late = [i for i in playing if i not in lead]
    new = [i for i in late if i in joining]
    old = [i for i in late if i not in joining]
    kept = [*old, *new][-(MOST - len(lead)) :]
    return [*lead, *kept]


def joined(playing: Sequence[str], before: Sequence[str]) -> list[str]:
    """Those who play and did not, under whatever name, before."""
    return [i for i in playing if i not in before and not any(_alike(b, i) for b in before)]


def _alike(layer: str, named: str) -> bool:
    """Whether two names are of the same instrument: the last word of one is in the other."""
    return _stem(layer.split()[-1]) in {_stem(word) for word in re.findall(r"[\w-]+", named)}


def _stem(word: str) -> str:
    return word.lower().removesuffix("s")


def _time(meter: int) -> list[str]:
    return {4: [], 3: ["3/4 waltz time"], 6: ["6/8 time"], 2: ["2/4 time"]}.get(
        meter, [f"{meter}/4 time"]
    )


def _spoken(key: str) -> str:
    """As it is said: a sharp sign is rare in captions."""
    tonic, _, mode = key.partition(" ")
    sign = {"#": " sharp", "b": " flat"}.get(tonic[1:], "")
    return f"{tonic[0]}{sign} {mode}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _once(parts: Sequence[str]) -> list[str]:
    """Without parts that say what an earlier one says."""
    kept: list[str] = []
    for part in parts:
        if not any(part.lower() == other.lower() for other in kept):
            kept.append(part)
    return kept
