"""The words of a chunk: what sounds in its shots, in order, and what is kept out."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from songreel.models.foley import FoleyShot
from songreel.prompting.foley.presets import Preset
from songreel.prompting.foley.sources import Pace, heard_in, picture

MOST_WORDS = 48
"""Of a prompt. MMAudio reads words by CLIP's encoder, which takes 77 tokens and drops the rest
without a word (MMAudio, `features_utils.py`); plain English comes to about 1.4 tokens a word."""
VOICES = ("speech", "voice", "singing")
_ASKED = {
    "music": re.compile(
        r"\b(?:music\w*|songs?|melod\w+|piano|guitar|violin|drums|orchestra|choir|band)\b",
        re.I,
    ),
    "voices": re.compile(
        r"\b(?:voices?|speech|speak\w*|talk\w*|chatter|murmur\w*|crowd|laugh\w*|shout\w*|sing\w*"
        r"|choir|conversation|whisper\w*)\b",
        re.I,
    ),
}
"""What a person asks for by naming it."""
_DENIED = re.compile(r"\b(?:no|without|never any|free of)\s+([^,;.]+)", re.I)
_CALM, _WILD = 0.35, 0.72
"""Motion below and above which a picture is calm or wild."""


class Told(NamedTuple):
    """One shot's sound in words."""

    phrases: tuple[str, ...]
    names: frozenset[str]
    """What its sources are called, to tell how alike two shots sound."""
    denied: tuple[str, ...] = ()
    """What its own words want to be kept out."""
    known: bool = True
    """False where no source was found, and the preset's bed stands in."""


def told(shot: FoleyShot, preset: Preset, *, voices: bool = False, music: bool = False) -> Told:
    """What `shot` sounds like: its own words for it, or what is seen."""
    if shot.sound.strip():
        phrases, denied = stated(shot.sound)
        return Told(phrases, frozenset(p.lower() for p in phrases), denied, bool(phrases))
    text, pace = picture(shot.parts, shot.prompt, shot.motif)
    found = heard_in(text, pace or _pace(shot.motion), voices=voices, music=music)
    if not found:
        return Told((preset.bed,), frozenset({"bed"}), (), False)
    return Told(tuple(sound.words for sound in found), frozenset(s.name for s in found))


def stated(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A person's words in phrases, and what they say is not to be heard.

    "rain on the roof, no music" is rain on the roof, and music is kept out.
    """
    denied: list[str] = []
    for found in _DENIED.findall(text):
        denied += [part.strip() for part in re.split(r"\b(?:or|and|nor)\b", found) if part.strip()]
    rest = re.split(r"[,;.]", _DENIED.sub("", text))
    phrases = (re.sub(r"^(?:and|but|with)\s+", "", " ".join(part.split())) for part in rest)
    return tuple(p for p in phrases if re.search(r"\w", p)), tuple(denied)


def worded(shots: Sequence[Told], seconds: Sequence[float], adds: Sequence[str]) -> str:
    """The prompt of a chunk.

    Args:
        shots: What sounds in each of its shots, in order.
        seconds: How long each of them is heard.
        adds: What ends the prompt, whatever is seen.

    Returns:
        Concrete sources, shot after shot, each once; as many as the encoder reads, the longest
        shots' first.
    """
    ending = ", ".join(part for part in adds if part)
    room = MOST_WORDS - _size(ending)
    for each in range(max((len(t.phrases) for t in shots), default=1), 0, -1):
        groups = _groups([t.phrases[:each] for t in shots])
        if _size(_joined(groups)) <= room:
            break
    else:
        longest = sorted(range(len(shots)), key=lambda n: (-seconds[n], n))
        kept: list[int] = []
        for n in longest:
            trial = sorted([*kept, n])
            if _size(_joined(_groups([shots[m].phrases[:1] for m in trial]))) <= room:
                kept = trial
        groups = _groups([shots[n].phrases[:1] for n in kept or longest[:1]])
    return ", ".join(part for part in (_joined(groups), ending) if part)


def kept_out(
    preset: Preset,
    denied: Sequence[str],
    prompt: str,
    asked: str = "",
    *,
    voices: bool = False,
    music: bool = False,
) -> str:
    """The negative prompt: chosen here, as a host's own may keep out what is wanted.

    Args:
        preset: Its own words are taken, except those that `prompt` asks for.
        denied: What a person wants to be kept out.
        prompt: Of the chunk.
        asked: What of it is in a person's words: music or voices that are named there may be heard.
        voices: Whether people may be heard anyway.
        music: Whether music may be heard anyway.
    """
    words = [] if music or _ASKED["music"].search(asked) else ["music"]
    words += [] if voices or _ASKED["voices"].search(asked) else VOICES
    own = (word.strip() for word in preset.negative.split(",") if word.strip())
    words += [word for word in own if not re.search(rf"\b{re.escape(word)}", prompt, re.I)]
    words += denied
    return ", ".join(dict.fromkeys(words))


def _groups(phrases: Sequence[Sequence[str]]) -> list[list[str]]:
    """Each shot's phrases without those that an earlier shot has."""
    said: set[str] = set()
    groups = []
    for each in phrases:
        new = [p for p in each if p.lower() not in said]
        said |= {p.lower() for p in new}
        if new:
            groups.append(new)
    return groups


def _joined(groups: Sequence[Sequence[str]]) -> str:
    return ", then ".join(", ".join(group) for group in groups)


def _size(text: str) -> int:
    return len(re.findall(r"[\w'’-]+", text))


def _pace(motion: float) -> Pace:
    return "calm" if motion < _CALM else "wild" if motion > _WILD else "rising"
