"""Mood as a place on the circumplex of affect, and words for it: `find_mood`."""

from dataclasses import dataclass

import numpy as np

from songreel.models.music import Mood

_AROUSAL = {"energy": 0.40, "density": 0.20, "brightness": 0.15, "noisiness": 0.10,
            "tempo": 0.15}  # fmt: skip
"""Shares in arousal. Loudness, event density, brightness and tempo raise it in nearly every
study that Gabrielsson and Lindström review ("The role of structure in the musical expression of
emotions", in Handbook of Music and Emotion, 2010); level is the strongest (Dean, Bailes and
Schubert 2011)."""
_VALENCE = {"mode": 0.50, "tempo": 0.25, "density": 0.15, "noisiness": -0.30,
            "brightness": 0.10}  # fmt: skip
"""Weights in valence. Mode, then tempo, then register count most for happy against sad (Eerola,
Friberg and Bresin, Front. Psychol. 4:487, 2013); roughness and noise are heard as unpleasant
(Gabrielsson and Lindström 2010)."""
_SLOW, _FAST = 60.0, 160.0
"""BPM of least and most arousal by tempo: slow and fast of Eerola, Friberg and Bresin 2013 lie
inside."""
_MODE_SCALE = 0.15
"""Difference of correlation between the best major and minor key that is clearly one mode."""
_MIDDLE = {"density": 0.5, "noisiness": 0.25, "brightness": 0.55}
"""Values that sway valence neither way, about the medians over the evaluation set (0.54, 0.23,
0.59)."""
_NOISE_SWAY = 0.8
"""Most that noise counts against valence: rain is no worse than a distorted guitar."""
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
    """What a mood is read from; each 0 to 1 but `majorness` and `tempo`."""

    energy: float
    density: float
    brightness: float
    noisiness: float
    majorness: float
    """As in `songreel.analysis.tonality.KeyFinding`."""
    tempo: float | None
    """BPM; None where there is no pulse."""


def find_mood(evidence: Evidence) -> Mood:
    """The mood that `evidence` suggests to a listener. A rough guide: taste is not modelled."""
    if evidence.tempo is None:
        # Without a pulse the rate of events is what there is of tempo.
        pace = 0.8 * evidence.density
    else:
        # Half of it by events: the beat may be heard at half or double.
        beat = float(np.clip(np.log2(evidence.tempo / _SLOW) / np.log2(_FAST / _SLOW), 0, 1))
        pace = 0.5 * beat + 0.4 * evidence.density
    heard = {"energy": evidence.energy, "density": evidence.density, "tempo": pace,
             "brightness": evidence.brightness, "noisiness": evidence.noisiness}  # fmt: skip
    # Means of the features lie around 0.45; the circle is filled to both sides of that.
    arousal = (sum(w * heard[name] for name, w in _AROUSAL.items()) - 0.45) * 2.4
    swayed = {name: 2 * (heard[name] - middle) for name, middle in _MIDDLE.items()}
    swayed["mode"] = float(np.tanh(evidence.majorness / _MODE_SCALE))
    swayed["noisiness"] = min(swayed["noisiness"], _NOISE_SWAY)
    swayed["tempo"] = 2 * pace - 1 if evidence.tempo is not None else 0.0
    valence = sum(w * swayed[name] for name, w in _VALENCE.items())
    x, y = (round(float(np.clip(v, -1, 1)), 4) for v in (valence, arousal))
    return Mood(valence=x, arousal=y, words=words_for(x, y))


def words_for(valence: float, arousal: float) -> tuple[str, ...]:
    """Two or three words nearest to a place on the circumplex, the nearest first."""
    radius = float(np.hypot(valence, arousal))
    angle = float(np.degrees(np.arctan2(arousal, valence)))
    words = _STRONG_WORDS if radius >= _STRONG else _MILD_WORDS
    nearest = sorted(words, key=lambda word: (abs((word[0] - angle + 180) % 360 - 180), word[0]))
    if radius < _NEUTRAL:
        return ("balanced", nearest[0][1])
    return tuple(word for _, word in nearest[: 3 if radius > 0.6 else 2])
