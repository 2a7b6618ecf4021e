"""Trackers that agree are believed, and one that does not is outvoted and named."""

from dataclasses import replace

import mir_eval
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from songreel.analysis.features import extract
from songreel.analysis.rhythm import none
from songreel.analysis.trackers.agreement import agreement, f_measure, mutual, nearest
from songreel.analysis.trackers.ensemble import Ensemble
from songreel.analysis.trackers.finish import finish
from songreel.analysis.trackers.tracker import Heard, Licence
from songreel.models.errors import MachineError
from support.clicks import drum_track

BEATS = np.arange(0.5, 20, 0.5)


class Listener:
    """A tracker that hears what it is told to."""

    install = "pip install listener"

    def __init__(self, name, beats, downbeats=None, commercial=True):
        self.name, self.beats, self.downbeats = name, beats, downbeats
        self.hears_bars = downbeats is not None
        self.licence = Licence("MIT", "CC BY-NC 4.0" if not commercial else None, commercial)

    def available(self):
        return True

    def version(self):
        return "1"

    def track(self, mono, features):
        return finish(Heard(self.beats, self.downbeats), mono, features, self.name)


class Stubborn(Listener):
    """One whose beats are taken as they are: nobody asks the onsets whether they bear them out."""

    def track(self, mono, features):
        heard = finish(Heard(self.beats - 0.25, None), mono, features, self.name)
        return replace(heard, beats=heard.beats + 0.25)


class Deaf(Listener):
    """One that is out of order."""

    def track(self, *_):
        raise MachineError("the ear trumpet is blocked")


@pytest.fixture(scope="module")
def song():
    return drum_track(120, bars=12)


def ask(song, *members):
    return Ensemble(members).track(song.mono, extract(song.mono))


@pytest.mark.parametrize("seed", range(5))
def test_f_measure_is_that_of_mir_eval(seed):
    rng = np.random.default_rng(seed)
    one = np.cumsum(rng.uniform(0.15, 0.7, 60)) + 5  # mir_eval leaves out the first five seconds
    kept = one[rng.random(60) < 0.8]
    other = np.sort(kept + rng.normal(0, 0.05, kept.size))
    assert f_measure(one, other) == pytest.approx(mir_eval.beat.f_measure(one, other))


def test_f_measure_of_nothing_is_nothing():
    assert f_measure(np.zeros(0), BEATS) == 0.0 == f_measure(BEATS, np.zeros(0))


@pytest.mark.parametrize(
    ("other", "ratio"),
    [(BEATS, 1.0), (BEATS[::2], 0.5), (BEATS[1::2], 0.5), (BEATS[2::3], 1 / 3),
     (np.arange(0.5, 19.8, 0.25), 2.0)],
)  # fmt: skip
def test_agreement_knows_half_double_and_a_third(other, ratio):
    found = agreement(BEATS, other)
    assert found.aware == pytest.approx(1.0, abs=0.02)
    assert found.ratio == ratio
    assert (found.strict == 1.0) == (ratio == 1.0)


def test_off_beats_are_no_agreement_but_are_known_for_what_they_are():
    found = agreement(BEATS, BEATS + 0.25)
    assert found.strict == 0.0
    assert found.off == pytest.approx(1.0, abs=0.02)


def test_mean_mutual_agreement_is_highest_in_the_middle_of_a_committee():
    means, pairs = mutual({"a": BEATS, "b": BEATS + 0.05, "c": BEATS - 0.05})
    assert max(means, key=lambda name: means[name]) == "a"
    assert pairs["b", "c"].strict == 0.0


def test_nearest_says_where_there_is_none():
    assert_array_equal(nearest(np.array([0.52, 0.75, 1.0]), BEATS), [0, -1, 1])


def test_two_who_agree_outvote_a_third_who_is_named(song):
    found = ask(
        song,
        Stubborn("wrong", song.beats[:-1] + 0.25),
        Listener("one", song.beats),
        Listener("two", song.beats + 0.004),
    )
    assert_allclose(found.beats, song.beats, atol=0.006)
    assert found.method.startswith("agreement of wrong, one, two: one agrees most")
    assert "one and two hear the same beats" in found.reasons
    assert "wrong hears the beats half way between those of one" in found.reasons


def test_beats_beside_the_music_are_no_pulse(song):
    found = ask(song, Listener("wrong", song.beats[:-1] + 0.25), Listener("one", song.beats))
    assert_allclose(found.beats, song.beats, atol=0.006)
    assert "wrong hears no pulse" in found.reasons


def test_agreement_raises_trust_and_disagreement_lowers_it(song):
    right, alike = Listener("one", song.beats), Listener("two", song.beats)
    drifting = Listener("three", song.beats[0] + 0.37 * np.arange(60))
    together, apart = ask(song, right, alike), ask(song, right, drifting)
    assert together.trust_grid > 0.9
    assert apart.trust_grid < together.trust_grid - 0.2


def test_one_at_half_the_rate_makes_the_octave_doubtful_and_says_so(song):
    all_same = ask(song, Listener("one", song.beats), Listener("two", song.beats))
    mixed = ask(
        song,
        Listener("one", song.beats),
        Listener("two", song.beats),
        Listener("slow", song.beats[::2]),
    )
    assert mixed.tempo == pytest.approx(120, rel=0.01)
    assert mixed.trust_octave < all_same.trust_octave
    assert any("slow hears the beats at half the rate of" in reason for reason in mixed.reasons)


def test_bars_are_voted_by_those_who_hear_bars(song):
    true, false = np.arange(0, song.beats.size, 4), np.arange(1, song.beats.size, 4)
    found = ask(
        song,
        Listener("one", song.beats, false),
        Listener("two", song.beats, true),
        Listener("three", song.beats, true),
        Listener("four", song.beats),
        Listener("five", song.beats),
    )
    assert_allclose(found.beats[found.downbeats], song.downbeats, atol=0.006)


def test_who_fails_is_left_out_and_named(song):
    found = ask(song, Deaf("deaf", BEATS), Listener("one", song.beats), Listener("two", song.beats))
    assert "deaf was left out: the ear trumpet is blocked" in found.reasons
    assert found.trust_grid > 0.9


def test_alone_it_is_that_tracker_and_says_that_nobody_else_was_asked(song):
    alone = Listener("one", song.beats)
    found = ask(song, alone)
    expected = alone.track(song.mono, extract(song.mono))
    assert_array_equal(found.beats, expected.beats)
    assert found.trust_grid == expected.trust_grid
    assert found.reasons[-1] == "only one could be asked: nobody to agree with"


def test_where_nobody_hears_a_pulse_there_is_none():
    still = np.zeros(24_000, np.float32)
    found = Ensemble((Listener("one", BEATS), Listener("two", BEATS))).track(still, extract(still))
    assert found == replace(
        none("the song is silent", "agreement of one, two: no pulse"),
        beats=found.beats,
        downbeats=found.downbeats,
    )
    assert found.beats.size == 0


def test_the_licence_is_the_strictest_of_the_members():
    free, bound = Listener("free", BEATS), Listener("bound", BEATS, commercial=False)
    assert Ensemble((free,)).licence.commercial
    both = Ensemble((free, bound)).licence
    assert not both.commercial
    assert str(both) == "MIT, weights CC BY-NC 4.0 (bound)"


def test_who_is_asked_is_part_of_the_version():
    assert Ensemble((Listener("one", BEATS), Listener("two", BEATS))).version() == "one1+two1"
