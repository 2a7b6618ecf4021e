"""Trackers by name: ours and others, their licences, and our own trust in whatever they hear."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import soxr
from numpy.testing import assert_allclose

from songreel.analysis import plugins
from songreel.analysis.analyze import analyze
from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import extract
from songreel.analysis.rhythm import find_rhythm
from songreel.analysis.trackers import essentia
from songreel.analysis.trackers.beat_this import BeatThis
from songreel.analysis.trackers.essentia import Essentia
from songreel.analysis.trackers.finish import OWN_BARS, finish
from songreel.analysis.trackers.librosa import LATE, Librosa
from songreel.analysis.trackers.madmom import Madmom
from songreel.analysis.trackers.registry import DEFAULT, find, look_up, names
from songreel.analysis.trackers.tracker import Heard, Licence, Tracker, notice
from songreel.analysis_store import AnalysisStore
from songreel.doctor import examine
from songreel.models.errors import InvalidInput, MachineError
from songreel.settings import Settings
from support.clicks import click_track, drum_track
from support.hostile import babble, rain
from support.sounds import MemorySound

METRONOME = np.arange(0.2, 19.8, 0.5)


def present(name: str) -> pytest.param:
    """A tracker's name, skipped where it is not installed; others' take seconds to be imported."""
    there = look_up(name).available()
    marks = [pytest.mark.skipif(not there, reason=f"{name} is not installed")]
    return pytest.param(name, marks=marks if name == DEFAULT else [*marks, pytest.mark.slow])


def nothing(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * ANALYSIS_RATE))


def hiss(seconds: float) -> np.ndarray:
    return 0.1 * np.random.default_rng(3).standard_normal(round(seconds * ANALYSIS_RATE))


EDGES = {
    "silence": nothing(20),
    "noise": hiss(20),
    "rain": rain(20),
    "speech": babble(20),
    "a second": hiss(1),
    "half a second": drum_track(120, bars=1).mono[: ANALYSIS_RATE // 2],
    "a sample": nothing(1 / ANALYSIS_RATE),
}


@pytest.mark.parametrize("name", [present(name) for name in names() if name != "madmom"])
@pytest.mark.parametrize("edge", EDGES)
def test_no_tracker_has_a_grid_to_trust_where_there_is_none(name, edge):
    mono = EDGES[edge].astype(np.float32)
    assert find(name).track(mono, extract(mono)).trust_grid < 0.5


@pytest.mark.parametrize("edge", EDGES)
def test_a_metronome_beside_the_music_is_not_believed(edge):
    mono = EDGES[edge].astype(np.float32)
    heard = Heard(METRONOME, np.arange(0, METRONOME.size, 4))
    assert finish(heard, mono, extract(mono), "made up").trust_grid < 0.5


@pytest.mark.parametrize("name", [present(name) for name in names() if name != "madmom"])
def test_every_tracker_hears_drums_to_the_onset(name):
    song = drum_track(110, bars=10)
    found = find(name).track(song.mono, extract(song.mono))
    assert found.tempo == pytest.approx(110, rel=0.01)
    assert found.trust_grid > 0.8
    near = np.abs(found.beats[:, None] - song.beats).argmin(axis=1)
    # The steepest rise lies 3 to 4 ms before a drum's first sample.
    assert abs(np.median(found.beats - song.beats[near])) <= 0.006


def test_trackers_start_with_ours_and_none_is_named_twice():
    assert names()[0] == DEFAULT == "songreel"
    assert len(set(names())) == len(names())


def test_ours_is_what_find_rhythm_hears():
    song = drum_track(96, bars=8)
    features = extract(song.mono)
    assert_allclose(
        find("songreel").track(song.mono, features).beats, find_rhythm(song.mono, features).beats
    )


def test_an_unknown_tracker_is_refused_with_those_that_are_known():
    with pytest.raises(InvalidInput, match="no tracker is called 'beatles'; known: songreel, lib"):
        find("beatles")


def test_what_is_not_installed_is_told_with_the_command_that_brings_it(monkeypatch):
    monkeypatch.setattr(essentia, "installed", lambda *_: False)
    with pytest.raises(InvalidInput) as refused:
        find("essentia")
    assert str(refused.value) == (
        "the tracker essentia is not installed; get it with `pip install 'songreel[essentia]'`"
    )


class Metronome:
    """A tracker of another package."""

    name, licence, install = "metronome", Licence("MIT"), "pip install metronome"
    hears_bars = False

    def available(self):
        return True

    def version(self):
        return "1"

    def track(self, mono, features):
        return finish(Heard(METRONOME), mono, features, "a metronome")


def announced(monkeypatch, **makers):
    points = [
        SimpleNamespace(
            name=name, load=lambda maker=maker: maker, value=name, dist=SimpleNamespace(name="pack")
        )
        for name, maker in makers.items()
    ]
    monkeypatch.setattr(plugins, "entry_points", lambda **_: points)


def test_a_package_can_bring_a_tracker(monkeypatch):
    announced(monkeypatch, metronome=Metronome)
    assert names()[-1] == "metronome"
    tracker: Tracker = find("metronome")
    song = click_track(120, seconds=20, start=0.2)
    assert OWN_BARS in tracker.track(song.mono, extract(song.mono)).method


def test_a_package_cannot_take_our_name(monkeypatch):
    announced(monkeypatch, songreel=Metronome)
    assert names().count("songreel") == 1
    assert find("songreel").name == "songreel"


def test_a_broken_tracker_is_named_with_its_package(monkeypatch):
    def broken():
        raise RuntimeError("no strings")

    announced(monkeypatch, lute=broken)
    with pytest.raises(MachineError, match="'lute' of the package pack is broken: .*no strings"):
        find("lute")


def test_beats_of_any_kind_are_put_up_with():
    song = drum_track(120, bars=8)
    beats = np.concatenate([[np.nan, -5.0, -0.1], song.beats, song.beats[-1:] + 0.01, [99.0]])
    found = finish(Heard(beats, np.arange(0, beats.size, 4)), song.mono, extract(song.mono), "any")
    assert np.all(np.diff(found.beats) > 0.1)
    assert found.beats.size == song.beats.size
    assert_allclose(found.beats, song.beats, atol=0.006)
    # Every fourth of the list from its first: the third of the beats, and every fourth after.
    assert found.downbeats[0] == 1


def test_bars_of_a_tracker_stay_its_own():
    song = drum_track(120, bars=8)
    heard = Heard(song.beats, np.arange(1, song.beats.size, 3))
    found = finish(heard, song.mono, extract(song.mono), "in three")
    assert found.meter == "3/4"
    assert set(np.diff(found.downbeats)) == {3}
    assert found.trust_meter < 0.5
    assert OWN_BARS not in found.method


def test_half_the_rate_of_the_onsets_makes_the_octave_doubtful():
    song = click_track(130, seconds=24)
    features = extract(song.mono)
    right = finish(Heard(song.beats), song.mono, features, "all")
    half = finish(Heard(song.beats[::2]), song.mono, features, "every other")
    assert right.trust_octave > 0.5 > half.trust_octave
    assert any("65 BPM" in reason and "130" in reason for reason in half.reasons)


@pytest.mark.slow
@pytest.mark.skipif(not Librosa().available(), reason="librosa is not installed")
@pytest.mark.parametrize("song", [click_track(123, seconds=20), drum_track(123, bars=10)])
def test_librosa_is_late_and_what_is_taken_out_leaves_little_to_refining(song):
    heard = Librosa().hear(song.mono, ANALYSIS_RATE).beats
    near = np.abs(heard[:, None] - song.beats).argmin(axis=1)
    late = np.median(heard - song.beats[near])
    assert late > 0.015
    assert abs(late - LATE) <= 0.02


def test_the_analysis_says_who_heard_the_beats(monkeypatch):
    announced(monkeypatch, metronome=Metronome)
    song = click_track(120, seconds=20, start=0.2)
    sound = MemorySound(np.stack([song.mono, song.mono]))
    found = analyze(sound, tracker="metronome", octave="half")
    assert found.methods["beats"].startswith("a metronome; ")
    assert found.methods["beats"].endswith("tempo at half as told by the user")
    assert found.tempo == pytest.approx(60, rel=0.01)
    assert found.trust.octave == 1.0
    assert not any("commercial" in text for text in found.notices)


def test_weights_that_are_not_for_commercial_use_are_told():
    assert notice(Madmom()) == (
        "beats are heard by madmom, whose weights are under CC BY-NC-SA 4.0: not for commercial use"
    )
    assert notice(Librosa()) is None
    assert notice(Essentia()) is None


def test_an_analysis_is_kept_for_each_tracker_and_octave(tmp_path):
    song = click_track(120, seconds=4)
    sound = MemorySound(np.stack([song.mono, song.mono]))
    found = analyze(sound)
    store = AnalysisStore(tmp_path)
    store.keep(found, "librosa", "half")
    assert store.find(sound.track, "librosa", "half") == found
    for other in ((), ("librosa",), ("songreel", "half"), ("librosa", "double")):
        assert store.find(sound.track, *other) is None


def test_the_version_of_a_library_is_part_of_what_is_kept(tmp_path, monkeypatch):
    song = click_track(120, seconds=4)
    sound = MemorySound(np.stack([song.mono, song.mono]))
    found = analyze(sound)
    store = AnalysisStore(tmp_path)
    monkeypatch.setattr(Librosa, "version", lambda _: "0.11")
    store.keep(found, "librosa")
    monkeypatch.setattr(Librosa, "version", lambda _: "0.12")
    assert store.find(sound.track, "librosa") is None


def test_the_doctor_names_every_tracker_and_a_missing_one_is_no_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(essentia, "installed", lambda *_: False)
    checks = {check.name: check for check in examine(Settings.load(tmp_path))}
    assert {f"tracker {name}" for name in names()} <= set(checks)
    missing = checks["tracker essentia"]
    assert (missing.ok, missing.needed) == (False, False)
    assert "AGPL-3.0" in missing.detail
    assert "pip install" in missing.detail
    assert "Apache-2.0" in checks["tracker songreel"].detail


def beat_this_that(monkeypatch, make):
    module = SimpleNamespace(Audio2Beats=make)
    monkeypatch.setitem(sys.modules, "beat_this", SimpleNamespace(inference=module))
    monkeypatch.setitem(sys.modules, "beat_this.inference", module)


def test_beat_this_without_its_weights_says_what_to_do(monkeypatch):
    def unreachable(*_, **__):
        raise ValueError("Could not load the checkpoint given the provided name", "final0")

    beat_this_that(monkeypatch, unreachable)
    song = drum_track(120, bars=4)
    with pytest.raises(MachineError, match="weights final0 of beat_this are not on this machine"):
        BeatThis().track(song.mono, extract(song.mono))


def test_beats_and_bars_of_beat_this_are_taken_over(monkeypatch):
    song = drum_track(120, bars=8)
    beat_this_that(monkeypatch, lambda *_, **__: lambda *_: (song.beats, song.downbeats))
    heard = BeatThis().hear(song.mono, ANALYSIS_RATE)
    assert_allclose(heard.beats[heard.downbeats], song.downbeats)


@pytest.mark.slow
@pytest.mark.parametrize("name", [present("madmom")])
@pytest.mark.parametrize("meter", ["3/4", "4/4", "5/4"])
def test_madmom_runs_as_installed_and_hears_beats(name, meter):
    song = click_track(110, meter, seconds=24)
    found = find(name).track(song.mono, extract(song.mono))
    assert found.tempo == pytest.approx(110, rel=0.01)
    assert "CC BY-NC-SA 4.0" in found.method


@pytest.mark.slow
@pytest.mark.skipif(not Madmom().available(), reason="madmom is not installed")
def test_madmom_at_another_rate_hears_the_same():
    song = drum_track(110, bars=6)
    other = soxr.resample(song.mono, ANALYSIS_RATE, 44_100)
    one, two = Madmom().hear(song.mono, ANALYSIS_RATE), Madmom().hear(other, 44_100)
    assert_allclose(one.beats, two.beats, atol=0.011)
