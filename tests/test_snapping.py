"""Where a cut goes that is dragged; the table is the timeline's too."""

import json
from bisect import bisect_left
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songreel.models.music import BeatGrid
from songreel.prompting.snap import PARTS, places, snap

TABLE = json.loads((Path(__file__).parent / "data" / "snap_cases.json").read_text())


def song_of(raw):
    return SimpleNamespace(**{name: tuple(values) for name, values in raw.items()})


SONGS = {name: song_of(raw) for name, raw in TABLE["songs"].items()}


def grid_of(song):
    return BeatGrid(beats=song.beats, downbeats=song.downbeats)


@pytest.mark.parametrize(
    "case", TABLE["cases"], ids=lambda c: f"{c['song']} {c['snap']} {c['seconds']}"
)
def test_the_table_holds(case):
    song = SONGS[case["song"]]
    at = snap(song, case["seconds"], case["snap"])
    assert str(at) == case["at"]
    assert at.resolve(grid_of(song)) == pytest.approx(case["lands"], abs=1e-6)


BEATS = st.lists(st.floats(0.2, 1.5), min_size=2, max_size=60).map(np.cumsum)


@given(BEATS, st.integers(1, 7), st.floats(-1, 120), st.sampled_from(["bar", "beat", "half"]))
@settings(max_examples=60, deadline=None)
def test_a_cut_goes_to_the_nearest_moment_and_stays_there(beats, per_bar, seconds, how):
    song = SimpleNamespace(
        beats=tuple(beats.tolist()), downbeats=tuple(range(0, beats.size, per_bar)), phrases=()
    )
    at = snap(song, seconds, how)
    landed = at.resolve(grid_of(song))
    moments = np.array([place[0] for place in places(song, how)])
    assert abs(landed - seconds) == pytest.approx(float(np.abs(moments - seconds).min()), abs=1e-8)
    assert snap(song, landed, how) == at


@given(BEATS, st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_free_cut_moves_by_less_than_a_part_of_its_beat(beats, share):
    song = SimpleNamespace(beats=tuple(beats.tolist()), downbeats=(0,), phrases=())
    seconds = float(beats[0] + share * (beats[-1] - beats[0]))
    landed = snap(song, seconds, "off").resolve(grid_of(song))
    after = min(bisect_left(song.beats, seconds) or 1, len(song.beats) - 1)
    longest = max(np.diff(beats[max(after - 1, 0) : after + 2]))
    assert abs(landed - seconds) <= longest / PARTS
