"""Tapped beats: read from any file, cleaned of fingers' faults, laid on what is struck."""

import numpy as np
import pytest

from songreel.analysis.analyze import analyze
from songreel.analysis.regrid import regrid
from songreel.analysis.tap_files import read_taps
from songreel.analysis.taps import tapped
from songreel.analysis.trackers.agreement import f_measure
from songreel.models.errors import InvalidInput
from support.analyses import pop
from support.clicks import drum_track
from support.corrections import change
from support.sounds import MemorySound


@pytest.fixture
def song():
    return pop(lead_in=0.3)


def fingers(beats, seed=1, early=0.04, scatter=0.025):
    """Taps along `beats` as people make them: early, and scattered."""
    return np.sort(beats - early + np.random.default_rng(seed).normal(0, scatter, beats.size))


@pytest.mark.parametrize("seed", range(4))
def test_sloppy_taps_become_the_beats(song, seed):
    true = np.asarray(song.beats)
    found = tapped(fingers(true[10:80], seed), song).beats
    assert found.size == true.size
    assert np.abs(found - true).max() < 0.005


def test_missing_and_bounced_taps_are_mended(song):
    true = np.asarray(song.beats)
    taps = fingers(true[10:90])
    missed = np.delete(taps, [5, 20, 21, 22, 50, 78])
    bounced = np.sort(np.concatenate([missed, missed[[10, 40]] + 0.06]))
    found = tapped(bounced, song)
    assert np.abs(found.beats - true).max() < 0.005
    assert found.kept.size == missed.size
    # Each kept tap knows its beat.
    marked = found.beats[found.taps]
    assert np.abs(marked - bounced[found.kept] - 0.04).max() < 0.1


@pytest.mark.parametrize("rate", [2, 4])
def test_a_slower_pulse_goes_on_at_its_own_rate(song, rate):
    true = np.asarray(song.beats)
    found = tapped(fingers(true[12:92:rate]), song).beats
    assert np.abs(found - true[12 % rate :: rate]).max() < 0.005


def test_without_beats_heard_the_pulse_follows_the_onsets(song):
    true = np.asarray(song.beats)
    # It slows down all the time, by a twentieth in all.
    slower = np.round(true + 0.025 * (true - true[0]) ** 2 / true[-1], 6)
    hits = {
        name: band.model_copy(update={"times": tuple(np.interp(band.times, true, slower))})
        for name, band in song.onsets
    }
    deaf = song.model_copy(
        update={"beats": (), "downbeats": (), "onsets": song.onsets.model_copy(update=hits)}
    )
    found = tapped(fingers(slower[40:70]), deaf).beats
    inside = slower[slower < song.track.duration]
    assert f_measure(found, inside, 0.02) > 0.98


def test_the_pulse_ends_where_nothing_is_heard(song):
    quiet = song.energy.array.copy()
    quiet[int(100 * song.energy.rate) :] = 0.0
    energy = song.energy.model_copy(update={"values": tuple(quiet.tolist())})
    deaf = song.model_copy(update={"beats": (), "downbeats": (), "energy": energy})
    found = tapped(fingers(np.asarray(song.beats)[40:70]), deaf).beats
    assert 99 < found[-1] < 100.5


def test_places_in_the_bar_are_believed(song):
    true = np.asarray(song.beats)
    heard = song.model_copy(update={"downbeats": song.beats[1::4]})
    taps, places = true[10:50], tuple(int(i) % 3 + 1 for i in range(40))
    found = regrid(heard, change("tap", taps=tuple(taps.tolist()), places=places))
    after = found.analysis
    assert after.meter == "3/4"
    assert np.abs(np.asarray(after.downbeats) - true[10 % 3 :: 3]).max() < 0.005
    assert after.trust.meter == 1.0
    assert "bars of 3 beats" in found.notices[0]


def test_bars_follow_the_evidence_where_nobody_tells_them(song):
    taps = tuple(fingers(np.asarray(song.beats)[10:90]).tolist())
    after = regrid(song, change("tap", taps=taps)).analysis
    assert np.abs(np.asarray(after.downbeats) - np.asarray(song.downbeats)).max() < 0.005


def test_a_rendered_song_is_tapped_right():
    truth = drum_track(104.0, bars=12)
    heard = analyze(MemorySound(truth.mono[None], 24_000))
    deaf = heard.model_copy(
        update={
            "beats": (), "downbeats": (),
            "trust": heard.trust.model_copy(update={"grid": 0.1, "meter": 0.1}),
        }
    )  # fmt: skip
    found = regrid(deaf, change("tap", taps=tuple(fingers(truth.beats[8:32]).tolist()))).analysis
    # The steepest rise of a drum lies some milliseconds beside its first sample.
    assert f_measure(np.asarray(found.beats), truth.beats, 0.012) > 0.97
    assert found.trust.grid == 1.0


# What is no pulse


@pytest.mark.parametrize(
    ("taps", "message"),
    [
        (np.array([1.0, 2.0, 3.0]), "there are 3 taps within the song"),
        (np.array([1.0, 1.01, 1.02, 9.0, 900.0]), r"only \d taps apart|make no pulse|apart, "),
        (np.arange(10) * 0.05, r"0\.050 s apart, 1200 BPM"),
        (np.arange(10) * 8.0, r"8\.000 s apart, 8 BPM"),
        (np.cumsum(np.random.default_rng(2).exponential(0.6, 60)), "the taps make no pulse"),
    ],
)
def test_what_is_no_pulse_is_refused(song, taps, message):
    with pytest.raises(InvalidInput, match=message):
        tapped(taps, song)


# Files


@pytest.mark.parametrize(
    ("text", "times", "places"),
    [
        ("1\n2.5\n\n# a note\n3\n4", (1.0, 2.5, 3.0, 4.0), ()),
        ("4\n3\n2\n1\n", (1.0, 2.0, 3.0, 4.0), ()),
        ("0:01.5\n1:02\n1:00:00\n2", (1.5, 2.0, 62.0, 3600.0), ()),
        ("1.0\t1\n1.5\t2\n2.0\t1\n2.5 2", (1.0, 1.5, 2.0, 2.5), (1, 2, 1, 2)),
        ("1.0\t0\n1.5\t0\n2.0\t0", (1.0, 1.5, 2.0), ()),
        ("1.0\t1.0\t1.1\n1.5\t1.5\t1.2\n2\t2\t2.1", (1.0, 1.5, 2.0), (1, 2, 1)),
        ("1.0\t1.0\tkick\n1.5\t1.5\t\n2\t2\tx", (1.0, 1.5, 2.0), ()),
        ("1.0\t1.0\ta\n\\\t100\t200\n2.0\t2.0\tb", (1.0, 2.0), ()),
        ("1,1\n2,2\n3,1", (1.0, 2.0, 3.0), (1, 2, 1)),
    ],
)
def test_times_are_read_from_all_common_files(tmp_path, text, times, places):
    path = tmp_path / "taps.txt"
    path.write_text(text)
    assert read_taps(path) == (times, places)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"1\ntwo\n", r"line 2: 'two' is no time"),
        (b"-1\n", r"line 1: '-1' is no time"),
        (b"nan\n", r"line 1: 'nan' is no time"),
        (b"# nothing\n", "is empty"),
        (b"\xff\xfe\x00", "it is not text"),
    ],
)
def test_a_file_that_holds_no_taps_says_where(tmp_path, content, message):
    path = tmp_path / "taps.txt"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=message):
        read_taps(path)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(InvalidInput, match="cannot read"):
        read_taps(tmp_path / "none.txt")
