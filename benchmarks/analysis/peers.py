"""Who can be scored: songreel's trackers, its whole analysis, and other libraries on their own.

A name of songreel's registry is that tracker as songreel runs it: on the analysis's own mono sound,
its beats moved onto onsets and weighed. A library *alone* is what its own users get: its defaults
on the file's full bandwidth, and nothing of ours.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray
from scores import Heard

from songreel.analysis.audio import monophonic, open_sound
from songreel.analysis.features import extract
from songreel.analysis.trackers.beat_this import BeatThis
from songreel.analysis.trackers.essentia import Essentia
from songreel.analysis.trackers.librosa import Librosa
from songreel.analysis.trackers.madmom import USUAL, Madmom
from songreel.analysis.trackers.madmom_repairs import repaired
from songreel.analysis.trackers.registry import find, look_up, names
from songreel.models.errors import InvalidInput

ALONE = " alone"
"""End of the name of a library on its own."""
WHOLE = "songreel whole"
"""The whole analysis by the default tracker: beats, key and sections."""
FULL_RATE = 44_100
"""Hz at which libraries on their own hear a song."""
_LIBRARIES: dict[str, Callable[[], Any]] = {
    "librosa": Librosa,
    "essentia": Essentia,
    "madmom": lambda: Madmom(meters=USUAL),
    "beat_this": BeatThis,
}
# Krumhansl, Cognitive Foundations of Musical Pitch (1990), p. 30: profiles of C major and C minor.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

Mono = NDArray[np.float32]


@dataclass(frozen=True)
class Peer:
    """Somebody to score. What is timed is `hear` alone, on sound that is in memory."""

    load: Callable[[Path], Any]
    """Decode a song, in the form that `hear` wants."""
    hear: Callable[[Any], Heard]
    key: Callable[[Any], str] | None = None
    """Its key, not timed; None for one that knows no keys."""


def libraries() -> tuple[str, ...]:
    """Libraries that can be scored on their own and are installed here."""
    return tuple(name for name in _LIBRARIES if look_up(name).available())


def peer(name: str) -> Peer:
    """Somebody by name.

    Raises:
        InvalidInput: There is none of that name, or it is not installed.
    """
    if name == WHOLE:
        return Peer(load=open_sound, hear=_hear_whole)
    library = name.removesuffix(ALONE)
    if name.endswith(ALONE):
        if library not in _LIBRARIES:
            known = ", ".join(_LIBRARIES)
            raise InvalidInput(f"{library!r} cannot be scored on its own; known: {known}")
        find(library)
        return _alone(library)
    tracker = find(name)

    def hear(mono: Mono) -> Heard:
        found = tracker.track(mono, extract(mono))
        return Heard(
            beats=found.beats,
            downbeats=found.beats[found.downbeats],
            tempo=found.tempo,
            trust=(found.trust_grid, found.trust_octave, found.trust_meter),
        )

    return Peer(load=lambda path: monophonic(open_sound(path)), hear=hear)


def known() -> tuple[str, ...]:
    """Every name that `peer` may know."""
    return (*names(), WHOLE, *(library + ALONE for library in _LIBRARIES))


def timed(someone: Peer, sound: Any) -> Heard:
    """What somebody hears, and the seconds it takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    heard = someone.hear(sound)
    heard.wall, heard.cpu = time.perf_counter() - wall, time.process_time() - cpu
    return heard


def _alone(library: str) -> Peer:
    tracker = _LIBRARIES[library]()

    def hear(mono: Mono) -> Heard:
        found = tracker.hear(mono, FULL_RATE)
        steps = np.diff(found.beats)
        return Heard(
            beats=found.beats,
            downbeats=found.beats[found.downbeats] if found.downbeats is not None else np.zeros(0),
            tempo=60 / float(np.median(steps)) if steps.size else None,
        )

    keys = {"librosa": _key_by_librosa, "essentia": _key_by_essentia, "madmom": _key_by_madmom}
    return Peer(lambda path: monophonic(open_sound(path), FULL_RATE), hear, keys.get(library))


def _hear_whole(sound: Any) -> Heard:
    from songreel.analysis.analyze import analyze

    found = analyze(sound)
    return Heard(
        beats=np.array(found.beats),
        downbeats=np.array(found.downbeats),
        tempo=found.tempo,
        key=str(found.key) if found.key else None,
        boundaries=np.array([s.start for s in found.sections] + [found.sections[-1].end]),
        letters=tuple(section.letter for section in found.sections),
        trust=(found.trust.grid, found.trust.octave, found.trust.meter),
    )


def _key_by_librosa(mono: Mono) -> str:
    """Mean chroma correlated with Krumhansl's profiles, as its users do."""
    import librosa

    sound = soxr.resample(mono, FULL_RATE, 22_050)
    chroma = librosa.feature.chroma_cqt(y=sound, sr=22_050).mean(axis=1)
    fits = [
        (float(np.corrcoef(np.roll(profile, tonic), chroma)[0, 1]), f"{_TONICS[tonic]} {mode}")
        for mode, profile in (("major", _MAJOR), ("minor", _MINOR))
        for tonic in range(12)
    ]
    return max(fits)[1]


def _key_by_essentia(mono: Mono) -> str:
    from essentia.standard import KeyExtractor

    tonic, mode, _ = KeyExtractor(profileType="bgate", sampleRate=FULL_RATE)(mono)
    return f"{tonic} {mode}"


def _key_by_madmom(mono: Mono) -> str:
    signal, key = repaired("madmom.audio.signal"), repaired("madmom.features.key")
    sound = signal.Signal(mono, sample_rate=FULL_RATE, num_channels=1)
    return str(key.key_prediction_to_label(key.CNNKeyRecognitionProcessor()(sound)))
