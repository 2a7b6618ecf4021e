"""The whole analysis of a song: `analyze`, from `Sound` to `Analysis`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.audio import monophonic
from songreel.analysis.chords import find_chords
from songreel.analysis.curves import as_curve, find_curves
from songreel.analysis.features import extract
from songreel.analysis.feelings import find_feelings
from songreel.analysis.findings import (
    tell_energy,
    tell_form,
    tell_key,
    tell_loudness,
    tell_tempo,
)
from songreel.analysis.hits import find_hits
from songreel.analysis.lead import Lead, find_lead
from songreel.analysis.levels import find_levels
from songreel.analysis.modulation import find_keys
from songreel.analysis.notes import find_notes, pitch_classes
from songreel.analysis.octave import at_octave
from songreel.analysis.rhythm import Rhythm
from songreel.analysis.spectrum import Spectrum, long_spectrum
from songreel.analysis.structure import Grid, find_structure
from songreel.analysis.taggers import tagger as taggers
from songreel.analysis.trackers.registry import DEFAULT, find
from songreel.analysis.trackers.tracker import notice
from songreel.analysis.trust import find_trust
from songreel.analysis.voice import find_voice
from songreel.models.found import Found, untold
from songreel.models.grid_change import Octave
from songreel.models.music import Analysis, Curve
from songreel.models.progress import Progress, silent
from songreel.models.sound import Overheard, Sound
from songreel.sound.meter import LoudnessMeter

LEAST_GRID = 0.5
"""Trust in the grid below which no bars are used (see `songreel.models.music.Trust.grid`)."""
_METHODS = {
    "loudness": "ITU-R BS.1770-4 and EBU Tech 3342",
    "chords": "templates and bass over notes by non-negative least squares, likeliest row",
    "key": "notes and bass against the profiles of Albrecht and Shanahan (2013), likeliest row",
    "tuning": "circular mean of the partials' distances from equal temperament",
    "energy": "loudness, onset density and brightness, relative to the song",
    "events": "rises and gaps in level, bass and energy",
    "functions": "repetition, energy, place, voice and events",
    "phrase levels": "bars paired where the evidence for borders allows",
    "onsets": "a small network on the rise, fall and rest of each onset's spectrum",
    "voice": "glides, vibrato and vowels of the leading pitch's harmonics",
    "mood": "sum of cues after Eerola et al. (2013), words from Russell's circumplex (1980)",
}


@dataclass
class _Tapped(Overheard):
    """A sound that a loudness meter hears while somebody else reads it: one decode for both."""

    meter: LoudnessMeter
    metered: bool = False
    """Whether the meter has heard it: a second reading is not measured again."""

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        metered, self.metered = self.metered, True
        for block in self.sound.blocks():
            if not metered:
                self.meter.push(block)
            yield block


def analyze(
    sound: Sound,
    progress: Progress = silent,
    tracker: str = DEFAULT,
    octave: Octave = "as heard",
    tagger: str | None = None,
    found: Found = untold,
) -> Analysis:
    """Hear everything in `sound`.

    Always gives a whole analysis; for silence, speech or a second of sound it is one with low
    trust. The same samples give the same document.

    Args:
        sound: The song.
        progress: Told how far it is.
        tracker: Who hears the beats, one of `songreel.analysis.trackers.registry.names`.
        octave: `half` or `double` counts the beats at another rate than the tracker hears them.
        tagger: Who puts words to the song, one of `songreel.analysis.taggers.tagger.names`; None
            for nobody.
        found: Told each part as soon as it is known.

    Raises:
        InvalidInput: The file cannot be decoded, or there is no such tracker, octave or tagger.
        MachineError: The tracker or the tagger does not work on this machine.
    """
    listener = find(tracker)
    teller = None if tagger is None else taggers.find(tagger)
    track = sound.track
    progress("decoding", 0.0)
    meter = LoudnessMeter(track.sample_rate, track.channels)
    mono = monophonic(_Tapped(sound, meter))
    loudness, powers = meter.finish()
    tell_loudness(loudness, found)
    progress("hearing spectra", 0.2)
    # Pitch and rhythm are heard side by side: most of either runs free of the interpreter lock.
    with ThreadPoolExecutor(1) as beside:
        pitched = beside.submit(_pitched, mono)
        features = extract(mono)
        progress("finding beats", 0.4)
        rhythm = at_octave(listener.track(mono, features), octave, mono)
        told = notice(listener)
        beats, downbeats, curve = _grid(rhythm, track.duration)
        found("beats", list(beats))
        found("downbeats", list(downbeats))
        tell_tempo(rhythm.tempo, rhythm.meter, rhythm.trust_grid, found)
        spectrum, lead = pitched.result()
    curves = find_curves(powers, spectrum, features, find_voice(lead))
    energy = as_curve(curves.energy)
    tell_energy(energy, found)
    onsets = find_hits(mono, features, lead)
    tags = () if teller is None else teller.tag(mono)
    del mono
    progress("finding sections", 0.9)
    trusted = rhythm.trust_grid >= LEAST_GRID and len(downbeats) >= 2
    grid = Grid(
        beats=np.array(beats if trusted else ()),
        downbeats=np.array(downbeats if trusted else ()),
        tempo=rhythm.tempo,
        trust=rhythm.trust_grid if trusted else 0.0,
    )
    notes = find_notes(spectrum)
    pitches = pitch_classes(spectrum, notes, curves.sounding)
    keys = find_keys(pitches, curves.sounding, curves.noisiness, grid.downbeats, track.duration)
    tell_key(keys.key, keys.trust, found)
    feelings = find_feelings(
        spectrum, features, curves, notes, keys, rhythm.tempo, rhythm.trust_octave
    )
    structure = find_structure(features, spectrum, curves, grid, feelings, track.duration)
    tell_form(structure.mood, structure.sections, structure.phrases, structure.events, found)
    valence, arousal = feelings.over_time()
    kind = "bars" if trusted else "seconds"
    method = f"block matching on the fused likeness of {kind}, with novelty and repetition"
    heard = bool(curves.sounding.any())
    methods = {"beats": rhythm.method, "sections": method}
    if tagger is not None:
        methods["tags"] = tagger
    progress("analysed", 1.0)
    return Analysis(
        track=track,
        tempo=rhythm.tempo,
        meter=rhythm.meter,
        key=keys.key,
        beats=beats,
        downbeats=downbeats,
        sections=structure.sections,
        phrases=structure.phrases,
        phrase_levels=structure.phrase_levels,
        events=structure.events,
        mood=structure.mood,
        trust=find_trust(
            grid=rhythm.trust_grid,
            octave=rhythm.trust_octave,
            meter=rhythm.trust_meter,
            sections=structure.trust,
            key=keys.trust,
            silent=not heard,
            reasons=rhythm.reasons,
        ),
        loudness=loudness,
        tempo_curve=curve,
        energy=energy,
        brightness=as_curve(curves.brightness),
        noisiness=as_curve(curves.noisiness),
        bass=as_curve(curves.bass),
        onsets=onsets,
        tags=tags,
        valence=valence,
        arousal=arousal,
        keys=keys.spans,
        chords=find_chords(
            notes, curves.sounding, grid.beats, grid.downbeats, keys.spans, track.duration
        ),
        tuning=spectrum.concert_pitch,
        voice=as_curve(curves.voice),
        spectrum=find_levels(features),
        methods=dict(sorted((_METHODS | methods).items())),
        notices=(*sound.notices, *((told,) if told else ())),
    )


def _pitched(mono: NDArray[np.float32]) -> tuple[Spectrum, Lead]:
    return long_spectrum(mono), find_lead(mono)


def _grid(
    rhythm: Rhythm, duration: float
) -> tuple[tuple[float, ...], tuple[float, ...], Curve | None]:
    """Beats, downbeats and tempo curve as they are stored: beats inside the song, to 1 µs."""
    beats = tuple(round(float(t), 6) for t in rhythm.beats if 0 <= t < duration)
    downbeats = tuple(beats[i] for i in rhythm.downbeats.tolist() if i < len(beats))
    tempi = rhythm.tempo_curve
    if tempi is None or tempi.size == 0:
        return beats, downbeats, None
    return beats, downbeats, Curve(rate=1, values=tuple(np.round(tempi, 3).tolist()))
