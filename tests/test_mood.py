"""Mood and its cues, on sound whose mode, pace, level and articulation we chose."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from songreel.analysis.articulation import find_articulation
from songreel.analysis.curves import find_curves
from songreel.analysis.features import extract
from songreel.analysis.feelings import MOOD_RATE, Feelings, find_feelings
from songreel.analysis.modulation import find_keys
from songreel.analysis.mood import SWAYS, Evidence, find_mood, words_for
from songreel.analysis.notes import find_notes, pitch_classes
from songreel.analysis.roughness import find_roughness
from songreel.analysis.spectrum import long_spectrum
from songreel.sound.meter import LoudnessMeter
from support.harmonies import Played, numerals, play
from support.songs import RATE, noise

MIDDLE = Evidence(
    mode=0.0, tempo=100.0, loudness=-6.5, density=4.2, brightness=1750.0, noise=0.25,
    roughness=1.2, articulation=0.48, register=72.0,
)  # fmt: skip


def felt(samples: np.ndarray, tempo: float | None = 110.0) -> Feelings:
    meter = LoudnessMeter(RATE, 1)
    meter.push(samples[None])
    powers = meter.finish()[1]
    features, spectrum = extract(samples), long_spectrum(samples)
    curves = find_curves(powers, spectrum, features, np.zeros(powers.size))
    notes = find_notes(spectrum)
    pitches = pitch_classes(spectrum, notes, curves.sounding)
    seconds = samples.size / RATE
    keys = find_keys(pitches, curves.sounding, curves.noisiness, np.zeros(0), seconds)
    return find_feelings(spectrum, features, curves, notes, keys, tempo, 1.0)


def song(text: str = "I IV V I", **how) -> Played:
    return play(numerals(text, 2) * 3, **how)


def test_what_sways_neither_way_is_the_middle():
    mood = find_mood(MIDDLE)
    assert (mood.valence, mood.arousal) == (0.0, 0.0)
    assert mood.words[0] == "balanced"


@pytest.mark.parametrize(
    ("cue", "value", "valence", "arousal"),
    [
        ("mode", 0.3, 1, 0), ("mode", -0.3, -1, 0),
        ("tempo", 150.0, 1, 1), ("tempo", 60.0, -1, -1),
        ("loudness", 0.0, 0, 1), ("loudness", -20.0, 0, -1),
        ("density", 6.0, 1, 1), ("brightness", 3500.0, 1, 1),
        ("noise", 0.6, -1, 1), ("roughness", 4.0, -1, 1),
        ("articulation", 0.8, -1, -1), ("register", 80.0, 1, 1),
    ],
)  # fmt: skip
def test_each_cue_sways_as_listeners_say(cue, value, valence, arousal):
    mood = find_mood(replace(MIDDLE, **{cue: value}))
    assert np.sign([mood.valence, mood.arousal]).tolist() == [valence, arousal]


def test_the_cues_add_up_to_the_mood_and_the_weightiest_comes_first():
    mood = find_mood(replace(MIDDLE, mode=0.2, tempo=140.0, roughness=3.0, loudness=-12.0))
    assert sum(cue.valence for cue in mood.cues) == pytest.approx(mood.valence, abs=1e-9)
    assert sum(cue.arousal for cue in mood.cues) == pytest.approx(mood.arousal, abs=1e-9)
    weights = [np.hypot(cue.valence, cue.arousal) for cue in mood.cues]
    assert weights == sorted(weights, reverse=True)
    assert {cue.name: cue.value for cue in mood.cues}["tempo"] == 140.0


def test_a_mood_without_a_pulse_has_no_word_from_the_tempo():
    mood = find_mood(replace(MIDDLE, tempo=None))
    assert {cue.name for cue in mood.cues} == set(SWAYS) - {"tempo"}


def test_a_doubtful_tempo_counts_by_a_half():
    sure, unsure = (find_mood(replace(MIDDLE, tempo=160.0, sure=s)) for s in (1.0, 0.0))
    assert unsure.arousal == pytest.approx(sure.arousal / 2, abs=1e-3)  # rounded to 0.0001


def test_words_are_those_of_their_quadrant():
    assert "happy" in words_for(0.8, 0.1)
    assert "fierce" in words_for(-0.3, 0.8)
    assert "sad" in words_for(-0.7, -0.35)
    assert "peaceful" in words_for(0.6, -0.6)
    assert words_for(0.0, 0.05)[0] == "balanced"
    for x in np.linspace(-1, 1, 9):
        for y in np.linspace(-1, 1, 9):
            assert 2 <= len(words_for(float(x), float(y))) <= 4


@pytest.mark.parametrize(
    ("semitones", "value"), [(1, 0.5), (2, 0.36), (3, 0.18), (4, 0.08), (7, 0.0), (12, 0.0)]
)
def test_two_pure_tones_are_rough_as_plomp_and_levelt_heard(semitones, value):
    """At 440 Hz: most at about a semitone, a quarter of the band, and smooth from a fourth on."""
    t = np.arange(2 * RATE) / RATE
    both = np.sin(2 * np.pi * 440 * t) + np.sin(2 * np.pi * 440 * 2 ** (semitones / 12) * t)
    rough = find_roughness(long_spectrum((0.2 * both).astype(np.float32)))[5:15]
    assert rough.mean() == pytest.approx(value, abs=0.02)


def test_a_distorted_guitar_is_rougher_than_an_organ_and_noise_is_roughest():
    rough = [np.median(find_roughness(long_spectrum(samples)))
             for samples in (song(sound="organ").samples, song(sound="guitar").samples,
                             noise(5).samples[0])]  # fmt: skip
    for less, more in pairwise(rough):
        assert more > 1.5 * less


def test_roughness_and_articulation_do_not_depend_on_the_level():
    samples = song().samples
    for measure in (
        lambda x: find_roughness(long_spectrum(x)),
        lambda x: find_articulation(extract(x)),
    ):
        loud, soft = measure(samples)[10:-10], measure(samples * np.float32(0.25))[10:-10]
        np.testing.assert_allclose(soft, loud, rtol=1e-3)


def test_notes_that_are_held_are_legato_and_short_ones_staccato():
    held = [np.median(find_articulation(extract(song(staccato=s).samples)))
            for s in (0.25, 0.6, 1.0)]  # fmt: skip
    assert held == sorted(held)
    assert held[-1] > held[0] + 0.25


@pytest.mark.parametrize("sound", ["pad", "pluck"])
def test_minor_is_sadder_than_major_and_a_higher_register_gladder(sound):
    glad = felt(song("I IV V I", sound=sound).samples)
    sad = felt(song("I:min IV:min V:min I:min", sound=sound).samples)
    high = felt(song("I IV V I", sound=sound, octave=1).samples)
    end = song().duration
    assert sad.of(0, end).valence < glad.of(0, end).valence - 0.4
    registers = [{c.name: c for c in f.of(0, end).cues}["register"] for f in (glad, high)]
    assert registers[1].value > registers[0].value + 5
    assert registers[1].valence > registers[0].valence


@pytest.fixture(scope="module")
def two_parts() -> tuple[Feelings, float]:
    """A soft held passage in minor, then a loud quick one in major with drums."""
    calm = play(numerals("I:min IV:min V:min I:min", 2) * 2, lead=0.0).samples
    loud = play(numerals("I IV V I", 2) * 2, sound="pluck", drums=0.6, octave=1).samples
    return felt(np.concatenate([calm * np.float32(0.12), loud])), calm.size / RATE


def test_a_soft_passage_is_calmer_and_its_curves_say_so_where_it_ends(two_parts):
    feelings, border = two_parts
    end = feelings.sounding.size / 10
    calm, loud = feelings.of(0, border), feelings.of(border, end)
    assert calm.arousal < loud.arousal - 0.4
    assert calm.valence < loud.valence - 0.3
    valence, arousal = feelings.over_time()
    assert arousal.rate == valence.rate == MOOD_RATE
    assert len(arousal.values) == len(valence.values) == -(-feelings.sounding.size // 5)
    middle = (calm.arousal + loud.arousal) / 2
    crossed = np.flatnonzero(np.diff(np.sign(arousal.array[4:-4] - middle)))
    # The bell is 5 s wide, half a value is 0.25 s: the crossing lies within the bell's half.
    assert [(crossed + 4.5) / MOOD_RATE] == [pytest.approx([border], abs=1.5)]
    for mood, (first, last) in ((calm, (4, border - 4)), (loud, (border + 4, end - 4))):
        # A section's mood is that of its mean cues; the curve passes through it.
        assert arousal.mean(first, last) == pytest.approx(mood.arousal, abs=0.15)


def test_silence_is_still():
    samples = np.concatenate([song().samples, np.zeros(12 * RATE, np.float32)])
    feelings = felt(samples)
    end = samples.size / RATE
    assert feelings.of(end - 8, end).words[0] == "silent"
    assert feelings.over_time()[1].at(end - 3) == -1.0
