"""Loudness, curves, key, sections, phrases and events, each on sound of known truth."""

from itertools import pairwise

import numpy as np
import pyloudnorm
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import spearmanr

from songreel.analysis.curves import Curves, find_curves
from songreel.analysis.events import find_events
from songreel.analysis.features import Features, extract
from songreel.analysis.functions import name_sections
from songreel.analysis.lead import find_lead
from songreel.analysis.phrases import phrases_in_bars, phrases_in_time
from songreel.analysis.sections import find_form
from songreel.analysis.singing import Part
from songreel.analysis.spectrum import Spectrum, long_spectrum
from songreel.analysis.structure import letter_name
from songreel.analysis.tonality import find_key
from songreel.analysis.units import find_units
from songreel.analysis.voice import find_voice
from songreel.models.harmony import TONICS
from songreel.models.music import Event, Loudness
from songreel.sound.meter import LoudnessMeter, k_weighting
from support.songs import DANCE, RATE, Passage, Song, compose, noise
from support.sounds import MemorySound


def measured(sound: MemorySound) -> tuple[Loudness, np.ndarray]:
    meter = LoudnessMeter(sound.sample_rate, sound.samples.shape[0])
    for block in sound.blocks():
        meter.push(block)
    return meter.finish()


def heard(sound: MemorySound) -> tuple[Features, Spectrum, Curves]:
    mono = sound.samples.mean(axis=0)
    features, spectrum = extract(mono), long_spectrum(mono)
    voice = find_voice(find_lead(mono))
    return features, spectrum, find_curves(measured(sound)[1], spectrum, features, voice)


def form_of(song: Song, downbeats: np.ndarray):
    features, spectrum, curves = heard(song.sound)
    units = find_units(features, spectrum, curves, downbeats, song.sound.track.duration, 4.0)
    energy = np.array(
        [curves.energy[int(a * 10) : int(b * 10) + 1].mean() for a, b in pairwise(units.edges)]
    )
    return units, find_form(units, energy)


@pytest.fixture(scope="module")
def pop() -> Song:
    return compose()


# Loudness


def test_the_k_filter_has_the_coefficients_of_the_standard_at_48_khz():
    standard = [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241,
         0.73248077421585],
        [1, -2, 1, 1, -1.99004745483398, 0.99007225036621],
    ]  # fmt: skip
    assert_allclose(k_weighting(48_000), standard, atol=1e-6)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_a_full_scale_997_hz_tone_in_one_channel_is_3_01_lufs_down(rate):
    t = np.arange(5 * rate) / rate
    tone = MemorySound(np.sin(2 * np.pi * 997 * t)[None].astype(np.float32), sample_rate=rate)
    loudness, _ = measured(tone)
    assert loudness.integrated == pytest.approx(-3.01, abs=0.03)  # BS.1770-4, annex 1
    assert loudness.peak == pytest.approx(0, abs=0.01)


def test_loudness_and_range_are_those_of_pyloudnorm(pop):
    samples = pop.sound.samples.T.astype(np.float64)
    meter = pyloudnorm.Meter(RATE, filter_class="DeMan")
    loudness, _ = measured(pop.sound)
    assert loudness.integrated == pytest.approx(meter.integrated_loudness(samples), abs=0.1)
    quiet_then_loud = np.concatenate([samples * 0.1, samples])
    loudness, _ = measured(MemorySound(quiet_then_loud.T.astype(np.float32)))
    assert loudness.range == pytest.approx(meter.loudness_range(quiet_then_loud), abs=0.3)


def test_block_lengths_do_not_change_the_measure():
    sound = noise(7.3)
    whole = LoudnessMeter(RATE, 1)
    whole.push(sound.samples)
    assert_allclose(whole.finish()[1], measured(sound)[1], rtol=1e-9)


def test_short_and_silent_sound_has_no_loudness():
    assert measured(noise(0.2))[0].integrated is None
    quiet, _ = measured(MemorySound(np.zeros((2, 3 * RATE), np.float32)))
    assert (quiet.integrated, quiet.range, quiet.peak) == (None, None, None)
    assert set(quiet.short_term.values) == {-70.0}


# Curves


def test_energy_follows_a_rise_in_gain(pop):
    chorus = pop.sound.samples[:, int(24 * RATE) : int(40 * RATE)]
    loop = np.tile(chorus, 3)
    ramp = 10 ** (np.linspace(-20, 0, loop.shape[1]) / 20)
    _, _, curves = heard(MemorySound((loop * ramp).astype(np.float32)))
    order = spearmanr(curves.energy, np.arange(curves.energy.size)).statistic
    assert order >= 0.95


def test_gain_changes_no_curve(pop):
    # A power of two, so that not even the rounding of the samples differs.
    quiet = MemorySound(pop.sound.samples * np.float32(0.25))
    before, after = heard(pop.sound)[2], heard(quiet)[2]
    for name in ("energy", "brightness", "noisiness", "bass", "density"):
        assert_allclose(getattr(after, name), getattr(before, name), atol=1e-6)


def test_noise_is_noisy_tones_are_not_and_bass_is_in_the_bass():
    t = np.arange(6 * RATE) / RATE
    low, high = (
        MemorySound((0.3 * np.sin(2 * np.pi * f * t))[None].astype(np.float32)) for f in (80, 3000)
    )
    assert heard(noise(6))[2].noisiness.mean() > 0.9
    assert heard(noise(6, slope=-6))[2].noisiness.mean() > 0.8
    assert heard(low)[2].noisiness.mean() < 0.1
    assert heard(low)[2].brightness.mean() < 0.05 < 0.5 < heard(high)[2].brightness.mean()
    # Silent at the very end of the window the level falls, so the middle is asked.
    assert heard(low)[2].bass[20:40].min() > 0.9
    assert heard(high)[2].bass[20:40].max() < 0.1


# Key


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("tonic", [0, 3, 7, 10])
def test_the_key_is_found_in_any_tuning(tonic, mode):
    passage = (Passage("A", 8, (0, 3, 4, 0), bass=0.2, lead=0.1, drums=0.2),)
    tuning = 0.35 if tonic % 2 else -0.2
    song = compose(passage, tonic=tonic, mode=mode, tuning=tuning, bpm=150)
    spectrum = long_spectrum(song.sound.samples.mean(axis=0))
    assert str(find_key(spectrum.chroma).key) == f"{TONICS[tonic]} {mode}"
    assert spectrum.tuning == pytest.approx(tuning + 0.015, abs=0.05)  # one side is 3 cents up


def test_no_key_without_tones():
    assert find_key(np.zeros((0, 12))).key is None
    assert find_key(np.ones((40, 12))).key is None


# Sections


def test_sections_begin_where_the_music_changes_and_returns_share_a_letter(pop):
    units, form = form_of(pop, pop.downbeats)
    assert_allclose(units.edges[form.borders][:-1], pop.borders[:-1], atol=1e-6)
    a, b, c, b2, c2, _ = form.letters
    assert (b, c) == (b2, c2)
    assert len({a, b, c}) == 3


def test_without_a_grid_sections_are_found_to_a_second(pop):
    units, form = form_of(pop, np.zeros(0))
    found = units.edges[form.borders]
    for border in pop.borders[1:-1]:
        assert np.abs(found - border).min() <= 1.0


def test_bars_alike_throughout_are_one_section():
    song = compose((Passage("A", 16, (0,), drums=0.4, bass=0.3),), bpm=140)
    _, form = form_of(song, song.downbeats)
    assert len(set(form.letters)) == 1


def test_a_long_silence_is_a_section_of_its_own(pop):
    half = pop.sound.samples[:, : 40 * RATE]
    gap = np.zeros((2, 6 * RATE), np.float32)
    sound = MemorySound(np.concatenate([gap, half, gap, half, gap], axis=1))
    features, spectrum, curves = heard(sound)
    units = find_units(features, spectrum, curves, np.zeros(0), sound.track.duration, 4.0)
    form = find_form(units, np.zeros(units.count))
    silent = [
        (units.edges[a], units.edges[b])
        for (a, b), quiet in zip(pairwise(form.borders), form.silent, strict=True) if quiet
    ]  # fmt: skip
    assert_allclose(silent, [(0, 6), (46, 52), (92, 98)], atol=0.5)  # pads fade into it


def test_letters_go_on_after_z():
    assert [letter_name(n) for n in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


def test_pop_form_is_named_from_repetition_energy_and_place():
    form = [("A", 8, 0.2), ("B", 16, 0.5), ("C", 8, 0.6), ("D", 16, 0.9), ("B", 16, 0.5)]
    form += [("C", 8, 0.6), ("D", 16, 0.9), ("E", 12, 0.3), ("D", 16, 0.95), ("F", 8, 0.1)]
    ends = np.cumsum([length for _, length, _ in form])
    parts = [
        Part(float(end - length), float(end), ord(letter) - 65, energy, False)
        for (letter, length, energy), end in zip(form, ends, strict=True)
    ]
    assert [name.label for name in name_sections(parts, ())] == [
        "intro", "verse", "pre-chorus", "chorus", "verse", "pre-chorus", "chorus", "break",
        "chorus", "outro",
    ]  # fmt: skip


def test_one_section_has_no_function():
    (name,) = name_sections([Part(0.0, 60.0, 0, 0.5, False)], ())
    assert name.label == "section"


# Phrases


@pytest.mark.parametrize(("bar", "length"), [(1.2, 8), (2.0, 4), (3.5, 2)])
def test_phrases_are_four_bars_or_what_lasts_as_long(bar, length):
    downbeats = np.arange(32) * bar
    found = phrases_in_bars(downbeats[[0, 16]], downbeats, downbeats[[0, 16]])
    assert_array_equal(found, downbeats[::length])


def test_phrases_in_time_lie_where_the_music_breathes():
    energy = np.full(600, 0.7)
    energy[95:106] = energy[175:186] = energy[275:286] = 0.2
    found = phrases_in_time(np.array([0.0, 40.0]), 60.0, energy, np.zeros(600), 10)
    assert {0.0, 10.0, 18.0, 28.0, 40.0} <= set(found.tolist())
    gaps = np.diff(np.append(found, 60.0))
    assert gaps.min() >= 4.0


# Events


@pytest.fixture(scope="module")
def dance() -> tuple[Song, tuple[Event, ...]]:
    song = compose(DANCE, bpm=128)
    features, _, curves = heard(song.sound)
    return song, find_events(curves, features, song.borders[1:-1], song.beats, 60 / 32)


def test_a_roll_that_rises_is_a_build_into_a_drop(dance):
    song, events = dance
    builds = [e for e in events if e.kind == "build"]
    assert [e.end for e in builds] == [song.start(2)]
    assert song.start(2) - builds[0].start >= 4 * 60 / 32  # two bars at least
    assert [e.start for e in events if e.kind == "drop"] == [song.start(2), song.start(4)]


def test_dead_silence_inside_the_music_is_a_stop(dance):
    song, events = dance
    (stop,) = [e for e in events if e.kind == "stop"]
    assert stop.start == pytest.approx(song.start(4) - 0.5, abs=0.05)  # the window is 43 ms
    assert stop.end == pytest.approx(song.start(4), abs=0.05)


def test_silence_at_the_end_is_an_event(dance):
    song, events = dance
    (silence,) = [e for e in events if e.kind == "silence"]
    assert silence.start == pytest.approx(song.borders[-1], abs=0.2)
    assert silence.end == pytest.approx(song.sound.track.duration, abs=0.1)


def test_steady_music_has_no_events():
    song = compose((Passage("A", 24, (0, 5, 3, 4), drums=0.5, bass=0.3),), bpm=120)
    features, _, curves = heard(song.sound)
    borders = song.downbeats[[8, 16]]
    events = find_events(curves, features, borders, song.beats, 2.0)
    assert {e.kind for e in events} <= {"silence"}
