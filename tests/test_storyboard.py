"""The spine is musical: anchors, grids and the frames of shots."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songreel.models.errors import InvalidInput
from songreel.models.music import BeatGrid, Mood, Section, Track
from songreel.models.schedule import schedule
from songreel.models.storyboard import (
    Anchor,
    CameraMove,
    CutReason,
    Look,
    Oklch,
    Shot,
    ShotSize,
    Storyboard,
)
from songreel.models.timebase import RATES
from songreel.models.transition import Transition

GRID = BeatGrid(
    beats=tuple(0.3 + i * 0.5 for i in range(42)), downbeats=tuple(range(2, 42, 4))
)  # 120 bpm, two beats of pickup
PALETTE = tuple(Oklch(lightness=i / 4, chroma=0.1, hue=40.0) for i in range(3))
LOOK = Look(name="n", medium="m", light="l", lens="e", world="w", palette=PALETTE,
            motifs=("a", "b"))  # fmt: skip
TRACK = Track(title="t", file="t.wav", sha256="0" * 64, codec="pcm_s16le", sample_rate=44100,
              channels=2, samples=44100 * 20)  # fmt: skip
SECTION = Section(start=0, end=20, label="verse", letter="A", energy=0.5,
                  mood=Mood(valence=0, arousal=0), trust=1)  # fmt: skip


def shot(name: str, at: str, **changes: object) -> Shot:
    return Shot.model_validate(
        {"id": name, "at": at, "section": 0, "reason": CutReason.BEAT, "prompt": "p",
         "motif": "a", "camera": CameraMove.STATIC, "size": ShotSize.WIDE, "palette": PALETTE,
         "energy": 0.5, "motion": 0.5, "seed": 1} | changes
    )  # fmt: skip


def board(*shots: Shot, grid: BeatGrid = GRID) -> Storyboard:
    return Storyboard(track=TRACK, look=LOOK, style="classic", seed=0, beat_locked=True,
                      sections=(SECTION,), shots=shots, grid=grid)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0:1", 0.3), ("0:2", 0.8), ("1:1", 1.3), ("3:2+1/2", 6.05), ("12.5s", 12.5)],
)
def test_a_moment_is_where_a_musician_counts_it(text, seconds):
    anchor = Anchor.model_validate(text)
    assert anchor.resolve(GRID) == pytest.approx(seconds, abs=1e-12)
    assert str(anchor) == text


@pytest.mark.parametrize("text", ["17", "17:0", "17:2+3/2", "17:2+1/0", "-1s", "1:1 ", "late"])
def test_a_moment_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"moment|part of a beat|greater than"):
        Anchor.model_validate(text)


@given(index=st.integers(0, 41), quarter=st.integers(0, 3))
def test_every_beat_has_a_bar_and_comes_back(index, quarter):
    anchor = Anchor.on_grid(GRID, index, Fraction(quarter, 4))
    expected = GRID.time_at(index + quarter / 4)
    assert Anchor.model_validate(str(anchor)).resolve(GRID) == pytest.approx(expected)


@given(st.floats(-5, 60))
def test_index_at_undoes_time_at(position):
    assert GRID.index_at(GRID.time_at(position)) == pytest.approx(position, abs=1e-9)


def test_a_corrected_grid_retimes_the_edit_and_keeps_the_prompts():
    plan = board(shot("a", "0s"), shot("b", "2:1", prompt="kept"))
    late = BeatGrid(beats=tuple(t + 0.2 for t in GRID.beats), downbeats=GRID.downbeats)
    moved = board(*plan.shots, grid=late)
    assert moved.starts[1] == pytest.approx(plan.starts[1] + 0.2)
    assert moved.shots[1].prompt == "kept"


@pytest.mark.parametrize(
    ("shots", "message"),
    [
        ((shot("a", "1:1"),), "first shot must start at 0s"),
        ((shot("a", "0s"), shot("b", "3:1"), shot("c", "2:1")), "shot c: 2:1 .* not after b"),
        ((shot("a", "0s"), shot("a", "2:1")), "the id a is used twice"),
        ((shot("a", "0s"), shot("b", "44:1")), "bar 44 is not in the song"),
        ((shot("a", "0s"), shot("b", "3:5")), "bar 3 has 4 beats, not 5"),
        ((shot("a", "0s"), shot("b", "30s")), "past the song's end"),
        ((shot("a", "0s", section=2),), "the last section is 0"),
        ((shot("a", "0s", rhymes_with="z"),), "z is not an earlier shot"),
    ],
)
def test_shots_that_do_not_tile_are_refused(shots, message):
    with pytest.raises(ValueError, match=message):
        board(*shots)


def test_a_plan_comes_back_from_its_file_and_says_its_seconds():
    plan = board(shot("a", "0s"), shot("b", "2:1"))
    assert Storyboard.from_json(plan.to_json()) == plan
    assert '"_seconds": [3.3, 20.0]' in plan.to_json()


def test_an_error_over_the_whole_plan_still_has_its_line():
    text = board(shot("a", "0s"), shot("b", "2:1")).to_json().replace('"2:1"', '"77:1"')
    line = 1 + text[: text.index('"77:1"')].count("\n")
    with pytest.raises(InvalidInput, match=rf"plan, line {line}: shots\[1\]\.at: shot b: bar 77"):
        Storyboard.from_json(text, "plan")


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_frames_tile_the_song_at_every_rate(rate):
    frames = schedule(board(*(shot(f"s{i}", f"{i}:3") if i else shot("s0", "0s")
                              for i in range(9))), rate)  # fmt: skip
    assert frames[0].start == 0
    assert frames[-1].end == -(-20 * rate // 1)
    for before, after in pairwise(frames):
        assert before.end == after.start
        assert -1 / rate < after.start / rate - Fraction(after.target) <= 0


def test_a_crossfade_asks_both_clips_for_handles():
    fade = Transition(kind="crossfade", seconds=1.0)
    first, second = schedule(
        board(shot("a", "0s"), shot("b", "3:1", transition=fade)), Fraction(25)
    )
    assert (first.head, first.tail, second.head, second.tail) == (0, 13, 12, 0)
    assert second.clip_frames == second.end - second.start + 12


def test_two_shots_in_one_frame_are_refused():
    plan = board(shot("a", "0s"), shot("b", "1s"), shot("c", "1.01s"))
    with pytest.raises(InvalidInput, match="shot b .* shorter than one frame at 24"):
        schedule(plan, Fraction(24))
