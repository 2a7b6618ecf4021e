"""Kick, snare, hat, bass and melody onsets, a voice told from an instrument, and energy."""

import mir_eval
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.stats import spearmanr

from songreel.analysis.curves import Curves, find_curves
from songreel.analysis.features import extract
from songreel.analysis.hits import find_hits
from songreel.analysis.lead import find_lead
from songreel.analysis.spectrum import long_spectrum
from songreel.analysis.voice import find_voice
from songreel.models.music import Hits, Onsets
from songreel.sound.meter import LoudnessMeter
from support.clicks import RATE, drum_track, place
from support.singer import sung
from support.songs import Passage, compose

WINDOW = 0.05
"""Seconds: the usual tolerance of onsets (Böck, Krebs and Schedl, ISMIR 2012, use 25 ms)."""


def hits_of(mono: NDArray[np.floating]) -> Onsets:
    samples = np.asarray(mono, np.float32)
    return find_hits(samples, extract(samples), find_lead(samples))


def voice_of(mono: NDArray[np.floating]) -> NDArray[np.float64]:
    return find_voice(find_lead(np.asarray(mono, np.float32)))


def curves_of(samples: NDArray[np.floating]) -> Curves:
    """Of `samples`, shape (channels, n)."""
    samples = np.asarray(samples, np.float32)
    meter = LoudnessMeter(RATE, samples.shape[0])
    meter.push(samples)
    mono = samples.mean(axis=0)
    _, powers = meter.finish()
    return find_curves(powers, long_spectrum(mono), extract(mono), voice_of(mono))


def score(found: Hits, truth: NDArray[np.float64]) -> float:
    return float(mir_eval.onset.f_measure(truth, np.array(found.times), window=WINDOW)[0])


def late_by(found: Hits, truth: NDArray[np.float64]) -> float:
    """Median distance of the hits found from those there, seconds."""
    times = np.array(found.times)
    pairs = mir_eval.util.match_events(truth, times, WINDOW)
    return float(np.median([times[j] - truth[i] for i, j in pairs]))


@pytest.mark.parametrize("bpm", [88.0, 124.0])
def test_kick_snare_and_hat_are_told_apart_and_in_time(bpm: float):
    track = drum_track(bpm)
    found = hits_of(track.mono)
    hats = np.sort(np.concatenate([track.beats, track.beats + 30 / bpm]))
    for hits, truth, least in (
        (found.kick, track.beats[0::2], 0.9),
        (found.snare, track.beats[1::2], 0.9),
        (found.hat, hats, 0.7),
    ):
        assert score(hits, truth) >= least
        assert abs(late_by(hits, truth)) <= 0.005
        assert 0 < max(hits.strengths) <= 1


def note(hertz: float, seconds: float, partials: int = 6) -> NDArray[np.float64]:
    t = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * h * hertz * t) / h for h in range(1, partials + 1))
    return np.asarray(tone * np.minimum(1, t / 0.004) * np.minimum(1, (seconds - t) / 0.02))


def test_a_bass_line_is_no_kick():
    starts = 0.5 + 0.5 * np.arange(24)
    out = np.zeros(14 * RATE)
    for i, start in enumerate(starts):
        place(out, note((55.0, 65.4, 73.4, 49.0)[i % 4], 0.45), start, 0.3)
    found = hits_of(out)
    assert score(found.bass, starts) >= 0.9
    assert len(found.kick.times) <= 4
    assert abs(late_by(found.bass, starts)) <= 0.005


def test_a_melody_over_a_pad_is_heard_note_by_note():
    starts = 0.5 + 0.4 * np.arange(30)
    out = np.zeros(14 * RATE)
    for hertz in (130.8, 164.8, 196.0):
        place(out, note(hertz, 13.0, 3), 0.2, 0.05)
    tune = 440 * 2 ** (np.array([0, 4, 7, 5, 2, 9, 11, 7]) / 12)
    for i, start in enumerate(starts):
        place(out, note(tune[i % 8], 0.38), start, 0.25)
    assert score(hits_of(out).melody, starts) >= 0.7


def test_silence_and_steady_sound_have_no_hits():
    t = np.arange(4 * RATE) / RATE
    for sound in (np.zeros(RATE), 0.1 * np.sin(2 * np.pi * 220 * t), np.zeros(1)):
        found = hits_of(sound)
        assert sum(len(h.times) for h in (found.kick, found.snare, found.hat)) <= 1


# Voice


def backing(seconds: float) -> NDArray[np.float64]:
    """Chords, bass and drums without a lead."""
    bars = int(np.ceil(seconds / 2))
    song = compose((Passage("A", bars, (0, 5, 3, 4), drums=0.4, bass=0.3, pad=0.15),), bpm=120.0)
    return song.sound.samples.mean(axis=0)[: round(seconds * RATE)].astype(np.float64)


TUNE = tuple((0.3 + 0.6 * i, 0.55, (57, 60, 64, 62, 60, 59, 57, 64)[i % 8]) for i in range(26))
"""Start, length and MIDI pitch."""


def played(vibrato: float) -> NDArray[np.float64]:
    """The tune on a wind instrument: one spectrum, a vibrato of its own, no words."""
    out = np.zeros(16 * RATE)
    for start, seconds, pitch in TUNE:
        t = np.arange(round(seconds * RATE)) / RATE
        phase = 440 * 2 ** ((pitch + 12 - 69) / 12) * t + vibrato * np.sin(2 * np.pi * 5.5 * t)
        tone = sum(np.sin(2 * np.pi * h * phase) / h**1.5 for h in range(1, 8))
        place(out, tone * np.minimum(1, t / 0.03) * np.minimum(1, (seconds - t) / 0.04), start)
    return out


@pytest.mark.parametrize("over", ["alone", "over a band"])
def test_a_singer_is_told_from_an_instrument(over: str):
    band = backing(16) if over == "over a band" else np.zeros(16 * RATE)
    voice = sung(TUNE, 16.0, RATE)
    singing = voice_of(band + 0.3 * voice / np.abs(voice).max())
    for vibrato in (0.0, 0.3):
        lead = played(vibrato)
        playing = voice_of(band + 0.3 * lead / np.abs(lead).max())
        assert np.median(singing[10:-10]) > np.percentile(playing[10:-10], 75) + 0.1
    assert np.median(singing[10:-10]) > 0.4
    assert np.median(voice_of(backing(16))) < 0.4


def test_a_voice_is_heard_where_it_sings():
    voice = sung(TUNE[:13], 16.0, RATE)
    found = voice_of(backing(16) + 0.4 * voice / np.abs(voice).max())
    assert found[10:75].mean() > found[95:150].mean() + 0.2


def test_likelihood_of_a_voice_does_not_depend_on_level_or_silence_in_front():
    sound = backing(8) + 0.2 * sung(TUNE[:12], 8.0, RATE)
    found = voice_of(sound)
    np.testing.assert_allclose(voice_of(sound * 0.25), found, atol=1e-4)
    later = voice_of(np.concatenate([np.zeros(RATE), sound]))
    # In the first second the silence in front is part of what is averaged.
    np.testing.assert_allclose(later[20:], found[10:], atol=0.02)


def test_noise_and_silence_are_no_voice():
    rng = np.random.default_rng(3)
    hiss = rng.normal(size=8 * RATE)
    for noise in (hiss, lfilter([1], [1, -0.97], hiss)):
        assert curves_of(0.1 * noise[None]).voice.max() < 0.3
    assert voice_of(np.zeros(8 * RATE)).max() < 0.1
    assert voice_of(np.zeros(1)).shape == (1,)


# Energy


@pytest.mark.parametrize("decibels", [12.0, 24.0])
def test_energy_follows_a_gain_ramp(decibels: float):
    song = compose((Passage("A", 24, (0, 5, 3, 4), drums=0.4, bass=0.3, pad=0.15),), bpm=120.0)
    samples = song.sound.samples
    ramp = np.linspace(-decibels, 0, samples.shape[1])
    quiet = (samples * 10 ** (ramp / 20)).astype(np.float32)
    curves = curves_of(quiet)
    # The last second holds the ring of the last bar and nothing new.
    energy = curves.energy[: (24 * 2 * 10) - 10]
    assert spearmanr(np.arange(energy.size), energy).statistic >= 0.95
