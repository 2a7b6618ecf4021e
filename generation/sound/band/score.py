"""From a planned request to the piece it is a part of: `piece_of`, `Span`."""

from math import ceil, floor
from typing import NamedTuple

from songreel.generation.sound.band.chords import Harmony, feeling
from songreel.generation.sound.band.keys import Key, read_key
from songreel.generation.sound.band.meters import Metre
from songreel.generation.sound.band.piece import Piece
from songreel.generation.sound.band.styles import STYLES, Style, styled
from songreel.generation.sound.band.words import Understood, understand
from songreel.models.sound_request import SoundRequest

AUTO = "auto"
"""Of the setting `style`: what the prompt says, else what suits the mood."""


class Span(NamedTuple):
    """Which beats of the piece a request is about, from the track's first downbeat on."""

    start: float
    end: float


def span_of(request: SoundRequest, bpm: float) -> Span:
    """The beats of the new sound."""
    start = request.bar * request.meter + request.phase
    return Span(start, start + request.seconds * bpm / 60)


def style_of(request: SoundRequest, words: Understood) -> Style:
    """Style and instruments: the setting, the prompt, or the mood."""
    named = str(request.settings.get("style", AUTO))
    name = named if named != AUTO else words.style or _by_mood(request, words)
    style = styled(STYLES[name], words.instruments, words.without)
    if words.groove and style.drums:
        style = styled_drums(style, words.groove)
    if words.solo and words.instruments:
        return alone(style, words.instruments)
    return style


def styled_drums(style: Style, groove: str) -> Style:
    """`style` on another groove, its drummer there from a medium energy on."""
    enters = {**style.enters, "drums": min(style.entry("drums"), 0.4)}
    return Style(**{**vars(style), "drums": groove, "enters": enters})


def alone(style: Style, instruments: tuple[str, ...]) -> Style:
    """`style` with nobody but `instruments`, who play whenever there is anything to play."""
    voices = {role: voice for role, voice in style.voices.items() if voice in instruments}
    if not set(voices) & {"keys", "pad", "arp"}:
        voices["keys"] = instruments[0]
    enters = {**style.enters, "keys": 0.0, "lead": 0.4}
    return Style(**{**vars(style), "voices": voices, "drums": "", "enters": enters})


def _by_mood(request: SoundRequest, words: Understood) -> str:
    """Which style plays where no genre is named."""
    if set(words.instruments) <= {"piano", "felt piano"} and words.instruments:
        return "piano"
    valence, arousal = mood_of(request, words)
    if arousal > 0.35:
        return "pop" if valence > 0.1 else "cinematic"
    if arousal < -0.55:
        return "ambient"
    return "cinematic"


def mood_of(request: SoundRequest, words: Understood) -> tuple[float, float]:
    """Valence and arousal: as asked, else as the words say, else as the energy suggests."""
    if request.mood is not None:
        return request.mood
    return words.mood or (0.1, round(1.2 * request.energy - 0.6, 3))


def key_of(request: SoundRequest, words: Understood) -> Key:
    """The key asked for; else one that suits the mood, chosen by the seed.

    Raises:
        InvalidInput: What is asked for is no key.
    """
    if request.key.strip():
        return read_key(request.key)
    theme = request.seed if request.theme is None else request.theme
    minor = mood_of(request, words)[0] < 0
    keys = (9, 2, 4, 0, 7) if minor else (0, 7, 2, 5, 9)
    return Key(keys[theme % len(keys)], minor)


def bpm_of(request: SoundRequest, words: Understood) -> float:
    """The tempo asked for; else the style's, quicker with the mood's arousal."""
    if request.bpm is not None:
        return request.bpm
    style = style_of(request, words)
    return round(style.tempo * (1 + 0.12 * mood_of(request, words)[1]))


def piece_of(request: SoundRequest) -> Piece:
    """The piece that a planned request is a part of."""
    words = understand(request.prompt, request.negative)
    style = style_of(request, words)
    key = key_of(request, words)
    valence, arousal = mood_of(request, words)
    bpm = bpm_of(request, words)
    metre = Metre(request.meter, bpm)
    theme = request.seed if request.theme is None else request.theme
    span = span_of(request, bpm)
    stretch = metre.stretch * (2 if style.slow and metre.seconds < 3.2 else 1)
    harmony = Harmony(key, style.feeling or feeling(key.minor, valence, arousal), theme, stretch)
    # A request may go on a little beyond what will be used of it: half a bar at most.
    over = span.end % metre.beats
    turns = {floor(span.end / metre.beats) - 1} if over <= min(1.25, metre.beats / 2) else set()
    return Piece(
        style=style, key=key, metre=metre, harmony=harmony, energy=request.energy,
        valence=valence, arousal=arousal, seed=theme,
        close=_close(span, metre) if request.ending else None, turns=frozenset(turns),
    )  # fmt: skip


_RING = 1.2
"""Seconds that a last chord wants."""


def _close(span: Span, metre: Metre) -> int:
    """The bar of the last chord: the latest that leaves it time to ring.

    In a span that is too short for that it is the span's first bar.
    """
    want = max(_RING * metre.bpm / 60, metre.beats * 0.45)
    latest = floor((span.end - want) / metre.beats + 1e-6)
    return max(latest, ceil(span.start / metre.beats - 1e-6))
