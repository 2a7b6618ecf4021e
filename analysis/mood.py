"""Mood as a place on the circumplex of affect, the evidence for it, and words: `find_mood`.

A mood is a sum over cues, for cues add up and hardly interact: six of them explained 77 to 89 % of
listeners' ratings as plain sums, the most important being mode, then tempo, register, dynamics,
articulation and timbre (Eerola, Friberg and Bresin, "Emotional expression in music: contribution,
linearity, and additivity of primary musical cues", Front. Psychol. 4:487, 2013, who confirm Juslin
and Lindström 2010). Which way each cue sways is told in `analysis/MOOD.md`. The sizes are ours.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from songreel.models.music import Cue, Mood

CueName = Literal[
    "mode", "tempo", "loudness", "density", "brightness", "noise", "roughness", "articulation",
    "register",
]  # fmt: skip


@dataclass(frozen=True)
class Sway:
    """What a cue does. It sways by how many spreads it lies off the middle, `_MOST` at most."""

    middle: float
    """Value that sways neither way, in the cue's unit."""
    spread: float
    """Distance from it that counts once, in the same unit, or in octaves where `octaves`."""
    valence: float
    arousal: float
    octaves: bool = False
    """Whether the cue is heard on a logarithmic scale."""


SWAYS: dict[CueName, Sway] = {
    "mode": Sway(0.0, 0.15, 0.45, 0.0),
    "tempo": Sway(100.0, 0.68, 0.16, 0.15, octaves=True),
    "loudness": Sway(-6.5, 8.0, 0.0, 0.34),
    "density": Sway(4.2, 1.8, 0.08, 0.22),
    "brightness": Sway(1750.0, 0.65, 0.03, 0.10, octaves=True),
    "noise": Sway(0.25, 0.2, -0.10, 0.08),
    "roughness": Sway(1.2, 1.4, -0.12, 0.08, octaves=True),
    "articulation": Sway(0.48, 0.12, -0.04, -0.08),
    "register": Sway(72.0, 8.0, 0.10, 0.03),
}
"""Middles and spreads lie about the medians and quartiles of songs that were rendered with several
instruments and of recordings; 0.68 octaves below and above 100 BPM are 62 and 160, and
the slow and the fast of Eerola, Friberg and Bresin 2013 lie inside."""
_MOST = 1.5
"""Spreads beyond which a cue sways no further: rain is no worse than a distorted guitar."""
DECIMALS = 3
"""Of valence and arousal. A faint partial that stands out or not by the rounding of samples moves
a mood in the fifth, so another gain seldom changes what is kept, and then by one digit."""
_NEUTRAL = 0.18
"""Distance from the centre under which a mood has no direction to speak of."""

_STRONG = 0.5
"""Distance from the centre from which the stronger words are used."""

_MILD_WORDS = (
    (10, "bright"), (28, "cheerful"), (48, "lively"), (70, "animated"), (92, "urgent"),
    (115, "restless"), (140, "uneasy"), (165, "mysterious"), (188, "wistful"),
    (210, "melancholy"), (235, "pensive"), (260, "quiet"), (285, "hushed"), (303, "dreamy"),
    (320, "calm"), (337, "gentle"), (354, "warm"),
)  # fmt: skip
_STRONG_WORDS = (
    (8, "happy"), (20, "joyful"), (35, "elated"), (49, "exciting"), (62, "energetic"),
    (74, "driving"), (86, "intense"), (97, "tense"), (108, "fierce"), (120, "agitated"),
    (135, "anxious"), (152, "menacing"), (172, "dark"), (190, "sombre"), (205, "sad"),
    (218, "desolate"), (240, "weary"), (262, "still"), (285, "hushed"), (300, "dreamy"),
    (316, "peaceful"), (328, "serene"), (340, "tender"), (352, "contented"),
)  # fmt: skip
"""Words by angle, 0° pleasant and 90° aroused. The angles are those of the nearest of the 28 words
that Russell placed ("A circumplex model of affect", J. Pers. Soc. Psychol. 39(6), 1980, fig. 2);
the words are ones that are said of music."""


@dataclass(frozen=True)
class Evidence:
    """What a mood is read from, at one time or at many: numbers, or arrays of shape (n,)."""

    mode: "float | NDArray[np.float64]"
    """Fit of the best major key less that of the best minor key."""
    tempo: "float | NDArray[np.float64] | None"
    """BPM; None where there is no pulse."""
    loudness: "float | NDArray[np.float64]"
    """LU relative to the song's loud passages."""
    density: "float | NDArray[np.float64]"
    """Times a second that the spectrum is renewed, 1 to 7."""
    brightness: "float | NDArray[np.float64]"
    """Hz, spectral centroid."""
    noise: "float | NDArray[np.float64]"
    """Spectral flatness, 0 to 1."""
    roughness: "float | NDArray[np.float64]"
    """Sensory dissonance, as of `songreel.analysis.roughness`."""
    articulation: "float | NDArray[np.float64]"
    """Share of their time that notes are held, 0 to 1."""
    register: "float | NDArray[np.float64]"
    """Mean MIDI pitch of the notes."""
    sure: float = 1.0
    """Of the tempo, 0 to 1: that it is not heard at half or double."""


def sways(evidence: Evidence) -> dict[CueName, "float | NDArray[np.float64]"]:
    """By how many spreads each cue lies off its middle, of the shape of the evidence.

    Mode and register count less the noisier the sound is, and a doubtful tempo counts by a half.
    """
    found: dict[CueName, float | NDArray[np.float64]] = {}
    tonal = 1 - np.asarray(evidence.noise)
    for name, sway in SWAYS.items():
        value = getattr(evidence, name)
        if value is None:
            continue
        if name == "mode":
            found[name] = np.tanh(value * tonal / sway.spread)
            continue
        ratio = np.log2(np.maximum(value, 1e-6) / sway.middle) if sway.octaves else None
        away = (value - sway.middle if ratio is None else ratio) / sway.spread
        found[name] = np.clip(away, -_MOST, _MOST)
        if name == "register":
            found[name] = found[name] * tonal
        elif name == "tempo":
            found[name] = found[name] * (0.5 + 0.5 * evidence.sure)
    return found


def find_mood(evidence: Evidence) -> Mood:
    """The mood that `evidence` suggests to a listener. A rough guide: taste is not modelled.

    The cues' shares add up to the mood before it is clipped to the circle's square.
    """
    cues = [
        Cue(
            name=name,
            value=float(f"{float(getattr(evidence, name)):.4g}"),
            valence=round(SWAYS[name].valence * float(off), DECIMALS),
            arousal=round(SWAYS[name].arousal * float(off), DECIMALS),
        )
        for name, off in sways(evidence).items()
    ]
    x, y = (round(float(np.clip(sum(values), -1, 1)), DECIMALS)
            for values in ([c.valence for c in cues], [c.arousal for c in cues]))  # fmt: skip
    cues.sort(key=lambda cue: -float(np.hypot(cue.valence, cue.arousal)))
    return Mood(valence=x, arousal=y, words=words_for(x, y), cues=tuple(cues))


def words_for(valence: float, arousal: float) -> tuple[str, ...]:
    """Two or three words nearest to a place on the circumplex, the nearest first."""
    radius = float(np.hypot(valence, arousal))
    angle = float(np.degrees(np.arctan2(arousal, valence)))
    words = _STRONG_WORDS if radius >= _STRONG else _MILD_WORDS
    nearest = sorted(words, key=lambda word: (abs((word[0] - angle + 180) % 360 - 180), word[0]))
    if radius < _NEUTRAL:
        return ("balanced", nearest[0][1])
    return tuple(word for _, word in nearest[: 3 if radius > 0.6 else 2])
