"""The mood of a song, of any part of it, and over time: `Feelings`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.articulation import find_articulation
from songreel.analysis.curves import BUSY, DARKEST, OCTAVES, STILL, Curves
from songreel.analysis.features import Features
from songreel.analysis.modulation import Keys
from songreel.analysis.mood import DECIMALS, SWAYS, Evidence, find_mood, sways
from songreel.analysis.notes import COUNT, LOWEST
from songreel.analysis.roughness import find_roughness
from songreel.analysis.spectrum import RATE, Spectrum
from songreel.analysis.tonality import majorness
from songreel.models.music import Curve, Mood

MOOD_RATE = 2
"""Moods a second: continuous responses are mostly sampled once or twice a second."""
_WINDOW = 5.0
"""Seconds of the bell over which a mood is felt. Listeners answer a change in the music 1 to 3 s
after it, and a sudden one in loudness within 1 s (Schubert, "Modeling perceived emotion with
continuous musical features", Music Perception 21(4), 2004), so about as much is taken together.
The curve itself is not late: pictures are to change with the music."""
_MODE_WINDOW = 12.0
"""Seconds of chords from which a mode is felt: about four bars."""
_OWN_MODE = 0.6
"""Share of a part's own mode, against the song's, in its mood: a key is felt to last."""
_REGISTER = (40, 84)
"""MIDI pitches whose mean is the register: above C6 partials of cymbals are taken for notes."""


@dataclass(frozen=True)
class Feelings:
    """The cues to mood over time, ten values a second, each of shape (n,)."""

    sounding: NDArray[np.bool_]
    cues: dict[str, NDArray[np.float64]]
    """All of `songreel.analysis.mood.Evidence` that changes over time, but the mode."""
    keys: Keys
    tempo: float | None
    sure: float

    def of(self, start: float, end: float) -> Mood:
        """The mood of [start, end) seconds."""
        first = min(round(start * RATE), self.sounding.size - 1)
        part = slice(first, max(first + 1, round(end * RATE)))
        heard = self.sounding[part]
        if not heard.any():
            return SILENCE
        own = self.keys.finding(start, end).majorness
        mode = _OWN_MODE * own + (1 - _OWN_MODE) * self.keys.whole.majorness
        means = {name: float(values[part][heard].mean()) for name, values in self.cues.items()}
        return find_mood(Evidence(mode=mode, tempo=self.tempo, sure=self.sure, **means))

    def over_time(self) -> tuple[Curve, Curve]:
        """Valence and arousal, `MOOD_RATE` values a second; silence is neither good nor awake."""
        step = RATE // MOOD_RATE
        weight = self.sounding.astype(np.float64)
        bell = _bell(_WINDOW)
        share = _blurred(weight, bell)
        means = {
            name: (_blurred(values * weight, bell) / np.maximum(share, 1e-9))[::step]
            for name, values in self.cues.items()
        }
        wide = _bell(_MODE_WINDOW)
        chroma, bass = (
            np.stack([_blurred(values[:, k], wide)[::step] for k in range(12)], axis=1)
            for values in (self.keys.pitches.chroma, self.keys.pitches.bass)
        )
        own = majorness(chroma, bass)
        mode = _OWN_MODE * own + (1 - _OWN_MODE) * self.keys.whole.majorness
        off = sways(Evidence(mode=mode, tempo=self.tempo, sure=self.sure, **means))
        there = share[::step]
        valence = there * sum(SWAYS[name].valence * np.asarray(x) for name, x in off.items())
        arousal = there * sum(SWAYS[name].arousal * np.asarray(x) for name, x in off.items())
        arousal -= 1 - there
        return _curve(valence), _curve(arousal)


SILENCE = Mood(valence=0.0, arousal=-1.0, words=("silent", "still"))


def find_feelings(
    spectrum: Spectrum,
    features: Features,
    curves: Curves,
    notes: NDArray[np.float32],
    keys: Keys,
    tempo: float | None,
    sure: float,
) -> Feelings:
    """What the mood of a song is read from.

    Args:
        spectrum: Of the song.
        features: Of the song.
        curves: Of the song; their length is that of the cues.
        notes: Of `songreel.analysis.notes.find_notes`.
        keys: Of the song.
        tempo: BPM; None where there is no pulse.
        sure: 0 to 1, that the tempo is not heard at half or double.
    """
    count = curves.sounding.size
    cues = {
        "loudness": np.maximum(curves.loudness, -60.0),
        "density": STILL + (BUSY - STILL) * curves.density,
        "brightness": DARKEST * np.exp2(OCTAVES * curves.brightness),
        "noise": curves.noisiness,
        "roughness": _fitted(find_roughness(spectrum), count),
        "articulation": _fitted(find_articulation(features), count),
        "register": _fitted(_register(notes), count),
    }
    return Feelings(curves.sounding, cues, keys, tempo, sure)


def _register(notes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean MIDI pitch of each frame's notes by magnitude; the middle of the scale in silence."""
    lowest, highest = (pitch - LOWEST for pitch in _REGISTER)
    pitch = LOWEST + np.arange(COUNT)[lowest : highest + 1]
    weight = np.square(notes[:, lowest : highest + 1].astype(np.float64))
    whole = weight.sum(axis=1)
    return np.where(whole > 0, weight @ pitch / np.maximum(whole, 1e-30), SWAYS["register"].middle)


def _fitted(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """`values` at length `count`, the last repeated."""
    return values[np.minimum(np.arange(count), values.size - 1)]


def _bell(seconds: float) -> NDArray[np.float64]:
    window = np.hanning(round(seconds * RATE) // 2 * 2 + 3)[1:-1]
    return np.asarray(window / window.sum())


def _blurred(values: NDArray[np.float64], bell: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted mean around each value; beyond the ends there is nothing to be weighed."""
    half = bell.size // 2
    inside = slice(half, half + values.size)
    whole = np.convolve(np.ones(values.size), bell)[inside]
    return np.asarray(np.convolve(values, bell)[inside] / whole)


def _curve(values: NDArray[np.float64]) -> Curve:
    return Curve(rate=MOOD_RATE, values=tuple(np.round(np.clip(values, -1, 1), DECIMALS).tolist()))
