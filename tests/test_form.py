"""Form: repetition, phrases within phrases, functions with a voice, events to the hundredth."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from songreel.analysis.curves import Curves, find_curves
from songreel.analysis.events import find_events
from songreel.analysis.features import Features, extract
from songreel.analysis.functions import name_sections
from songreel.analysis.hierarchy import LENGTHS, phrase_levels
from songreel.analysis.novelty import evidence
from songreel.analysis.sections import Form, find_form
from songreel.analysis.singing import Part
from songreel.analysis.spectrum import Spectrum, long_spectrum
from songreel.analysis.units import Units, find_units
from songreel.models.music import Event
from songreel.sound.meter import LoudnessMeter
from support.songs import CHORUS, POP, RATE, VERSE, Passage, Song, compose

Heard = tuple[Features, Spectrum, Curves]


def heard(samples: np.ndarray) -> Heard:
    mono = samples.mean(axis=0)
    features, spectrum = extract(mono), long_spectrum(mono)
    meter = LoudnessMeter(RATE, samples.shape[0])
    meter.push(samples)
    powers = meter.finish()[1]
    return features, spectrum, find_curves(powers, spectrum, features, np.zeros(powers.size))


def form_of(sound: Heard, downbeats: np.ndarray, seconds: float) -> tuple[Units, Form]:
    features, spectrum, curves = sound
    units = find_units(features, spectrum, curves, downbeats, seconds, 4.0)
    energy = [curves.energy[int(a * 10) : int(b * 10) + 1].mean() for a, b in pairwise(units.edges)]
    return units, find_form(units, np.array(energy))


@pytest.fixture(scope="module")
def pop() -> Song:
    return compose()


# Borders and letters


def test_most_views_speak_for_the_borders_and_for_no_other_bar(pop):
    units, _ = form_of(heard(pop.sound.samples), pop.downbeats, pop.sound.track.duration)
    speaking = evidence(units)
    true = np.isin(np.round(units.edges[:-1], 6), np.round(pop.borders[1:-1], 6))
    assert true.sum() == 5
    assert speaking[true].min() > 1.5 * speaking[~true].max()


def test_a_chorus_that_comes_back_two_semitones_up_keeps_its_letter():
    verse = Passage("A", 8, VERSE, drums=0.3, bass=0.2, pad=0.15)
    chorus = Passage("B", 8, CHORUS, drums=0.6, bass=0.4, pad=0.22, lead=0.15)
    home = compose((verse, chorus, verse, chorus, verse), mode="major", tonic=0)
    away = compose((chorus,), mode="major", tonic=2)
    seconds = home.borders[-1]
    samples = np.concatenate(
        [home.sound.samples[:, : round(seconds * RATE)], away.sound.samples], axis=1
    )
    downbeats = np.concatenate([home.downbeats, seconds + away.downbeats])
    units, form = form_of(heard(samples), downbeats, samples.shape[1] / RATE)
    assert_allclose(units.edges[form.borders[:-1]], [*home.borders[:-1], seconds], atol=1e-6)
    a, b, a2, b2, a3, b3 = form.letters
    assert (a, b) == (a2, b2) == (a3, b3)
    assert a != b


def test_bars_that_slip_by_a_beat_leave_the_borders_within_a_bar(pop):
    units, form = form_of(heard(pop.sound.samples), pop.beats[1::4], pop.sound.track.duration)
    found = units.edges[form.borders]
    for border in pop.borders[1:-1]:
        assert np.abs(found - border).min() <= 2.0  # a bar at 120 BPM


def test_a_gain_and_a_second_of_silence_change_no_form(pop):
    samples, seconds = pop.sound.samples, pop.sound.track.duration
    units, form = form_of(heard(samples), pop.downbeats, seconds)
    quiet = heard(samples * np.float32(0.25))  # −12 dB, without rounding
    _, same = form_of(quiet, pop.downbeats, seconds)
    assert_array_equal(same.borders, form.borders)
    assert same.letters == form.letters
    late = np.concatenate([np.zeros((2, RATE), np.float32), samples], axis=1)
    moved, shifted = form_of(heard(late), pop.downbeats + 1, seconds + 1)
    assert_allclose(moved.edges[shifted.borders], units.edges[form.borders] + 1, rtol=0, atol=1e-9)
    assert shifted.letters == form.letters


# Phrases


def bars(count: int, borders: list[int], strong: list[int]) -> tuple[Units, Form, np.ndarray]:
    """`count` bars of two seconds in sections at `borders`, something beginning at `strong`."""
    flat, downbeats = np.ones((count, count), np.float32), np.arange(count) * 2.0
    units = Units(
        edges=np.arange(count + 1) * 2.0, allowed=np.ones(count + 1, bool), bars=True,
        sounding=np.ones(count, bool), alike=flat, timbre=flat, harmony=flat, rhythm=flat,
        dynamics=flat, chroma=np.zeros((count, 12), np.float32),
    )  # fmt: skip
    sections = len(borders) - 1
    form = Form(
        borders=np.array(borders), letters=tuple(range(sections)), silent=(False,) * sections,
        clarity=(1.0,) * sections, phrases=np.array(borders[:-1]),
        evidence=np.isin(np.arange(count), strong) * 0.9,
    )  # fmt: skip
    return units, form, downbeats


def test_phrases_pair_up_inside_sections():
    levels = phrase_levels(*bars(24, [0, 16, 24], []))
    assert [level.bars for level in levels] == list(LENGTHS)
    two, four, eight, sixteen = (np.array(level.starts) / 2 for level in levels)
    assert_array_equal(two, np.arange(0, 24, 2))
    assert_array_equal(four, np.arange(0, 24, 4))
    assert_array_equal(eight, [0, 8, 16])
    assert_array_equal(sixteen, [0, 16])


def test_an_entry_after_one_bar_makes_that_bar_a_pickup():
    levels = phrase_levels(*bars(17, [0, 17], [1, 5, 9, 13]))
    assert_array_equal(np.array(levels[1].starts) / 2, [0, 1, 5, 9, 13])


def test_a_tag_of_two_bars_stands_alone():
    levels = phrase_levels(*bars(18, [0, 18], [8, 10]))
    assert_array_equal(np.array(levels[1].starts) / 2, [0, 4, 8, 10, 14])


def test_each_level_is_among_the_one_below_and_every_section_starts_all(pop):
    units, form = form_of(heard(pop.sound.samples), pop.downbeats, pop.sound.track.duration)
    levels = [set(level.starts) for level in phrase_levels(units, form, pop.downbeats)]
    sections = {round(float(units.edges[i]), 6) for i in form.borders[:-1]}
    for fine, coarse in pairwise(levels):
        assert coarse <= fine
    assert sections <= levels[-1]
    assert levels[0] <= set(np.round(pop.downbeats, 6).tolist())


def test_without_bars_there_are_no_phrase_levels(pop):
    units, form = form_of(heard(pop.sound.samples), np.zeros(0), pop.sound.track.duration)
    assert phrase_levels(units, form, np.zeros(0)) == ()


# Functions


SUNG_FORM = (
    ("A", 8, 0.3, 0.1), ("B", 24, 0.5, 0.8), ("C", 16, 0.8, 0.9), ("B", 24, 0.5, 0.8),
    ("C", 16, 0.8, 0.9), ("D", 16, 0.8, 0.1), ("C", 16, 0.85, 0.9), ("E", 8, 0.3, 0.1),
)  # fmt: skip


def parts(sung: bool) -> list[Part]:
    ends = np.cumsum([length for _, length, _, _ in SUNG_FORM])
    return [
        Part(float(end - length), float(end), ord(letter) - 65, energy, False, voice * sung)
        for (letter, length, energy, voice), end in zip(SUNG_FORM, ends, strict=True)
    ]


def test_strong_bars_between_choruses_that_nobody_sings_are_a_solo():
    names = name_sections(parts(sung=True), ())
    assert [name.label for name in names] == [
        "intro", "verse", "chorus", "verse", "chorus", "solo", "chorus", "outro",
    ]  # fmt: skip
    assert all(name.sure >= 0.5 for name in names)


def test_where_nobody_sings_verse_and_chorus_are_hardly_trusted():
    for name in name_sections(parts(sung=False), ()):
        if name.label in ("verse", "pre-chorus", "chorus", "bridge"):
            assert name.sure <= 0.3


# Events


def events_of(song: Song, samples: np.ndarray) -> list[Event]:
    features, _, curves = heard(samples)
    bar = float(np.diff(song.downbeats).mean())
    return list(find_events(curves, features, song.borders[1:-1], song.beats, bar))


def times(events: list[Event], kind: str) -> np.ndarray:
    return np.array([(e.start, e.end) for e in events if e.kind == kind]).reshape(-1, 2)


@pytest.mark.parametrize(("bpm", "beats"), [(100, 2), (128, 2), (150, 4)])
def test_a_build_ends_in_a_stop_and_the_drop_is_on_the_downbeat(bpm, beats):
    loud = Passage("C", 8, CHORUS, drums=0.7, bass=0.5, pad=0.2, lead=0.2)
    gap = beats * 60 / bpm
    song = compose(
        (
            Passage("A", 8, VERSE, drums=0.3, bass=0.2, pad=0.1),
            Passage("B", 8, (5, 5, 3, 3), pad=0.08, roll=True, gap=gap),
            loud,
        ),
        bpm=bpm,
    )
    found = events_of(song, song.sound.samples)
    drop = song.start(2)
    # A frame is 10 ms, and notes end softly.
    assert_allclose(times(found, "stop"), [[drop - gap, drop]], rtol=0, atol=0.02)
    assert times(found, "drop")[:, 0].tolist() == [pytest.approx(drop, abs=1e-6)]
    ((start, end),) = times(found, "build")
    assert start >= song.start(1) - 1e-6
    assert end == pytest.approx(drop - gap, abs=0.02)
    assert end - start >= 2 * 240 / bpm


def test_a_fade_out_is_neither_stop_nor_drop(pop):
    samples = pop.sound.samples.copy()
    count = 16 * RATE
    samples[:, -count:] *= np.linspace(1, 0, count, dtype=np.float32) ** 2
    late = [
        e for e in events_of(pop, samples)
        if e.start > pop.borders[-1] - 14 and e.kind != "silence"
    ]  # fmt: skip
    assert late == []


def test_a_silence_is_timed_to_the_frame(pop):
    samples = np.concatenate(
        [pop.sound.samples[:, : 8 * RATE], np.zeros((2, 37 * RATE // 10), np.float32),
         pop.sound.samples[:, 24 * RATE : 40 * RATE]], axis=1,
    )  # fmt: skip
    (gap,) = times(events_of(pop, samples), "silence")
    assert_allclose(gap, [8.0, 11.7], rtol=0, atol=0.02)


def test_an_unchanging_loop_has_no_events():
    song = compose((Passage("A", 16, (0, 5, 3, 4), drums=0.5, bass=0.3),), bpm=120)
    assert {e.kind for e in events_of(song, song.sound.samples)} <= {"silence"}


def test_the_form_of_twenty_seconds_is_found():
    song = compose(POP[1:3], bpm=180)
    units, form = form_of(heard(song.sound.samples), song.downbeats, song.sound.track.duration)
    assert_allclose(units.edges[form.borders[:-1]], song.borders[:-1], atol=1e-6)
