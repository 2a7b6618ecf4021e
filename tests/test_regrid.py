"""The grid put right by hand: beats and bars, what stands on them, and the plan that follows."""

from itertools import pairwise, product

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pydantic import ValidationError

from songreel.analysis.regrid import corrected, expanded, regrid
from songreel.models.errors import InvalidInput
from songreel.models.grid_change import GridChange, composed
from songreel.models.music import Analysis
from songreel.models.storyboard import Anchor, CutReason
from songreel.prompting.hand import split
from songreel.prompting.regrid import retime
from songreel.prompting.restore import restored
from support.analyses import Part, Score, ambient, edm, pop, waltz, write
from support.corrections import at, change, contents, planned, short_song

FRAME = 1 / 24


@pytest.fixture(scope="module")
def song():
    return pop()


@pytest.fixture(scope="module")
def film(song):
    return planned(song)


def retimed(film, song, *changes):
    """The plan and the analysis after corrections."""
    analysis = song
    for one in changes:
        step = regrid(analysis, one)
        film = retime(film, analysis, step.analysis, step.move).storyboard
        analysis = step.analysis
    return film, analysis


ALL = [
    change("half"), change("double"), change("offset", seconds=0.03),
    change("offset", seconds=-0.03), change("offset", seconds=1.3),
    change("bar one", seconds=12.5), change("meter", meter="3/4"), change("tempo", bpm=120.5),
    change("tempo", bpm=60.0), change("tap", taps=tuple(20 + 0.5 * np.arange(60))),
]  # fmt: skip


@pytest.mark.parametrize("one", ALL, ids=str)
@pytest.mark.parametrize("make", [pop, edm, waltz])
def test_what_stands_on_a_corrected_grid_is_whole(make, one):
    heard = make()
    after = regrid(heard, one).analysis
    assert Analysis.from_json(after.to_json()) == after
    assert after.beats[0] >= 0
    assert after.beats[-1] < heard.track.duration
    lines, heads = set(after.downbeats), {section.start for section in after.sections}
    assert set(after.phrases) <= lines | heads
    levels = [set(level.starts) for level in after.phrase_levels]
    assert all(above <= below for below, above in pairwise(levels))
    assert after.trust.grid == 1.0
    assert str(one) in after.trust.reasons[-1]
    assert (after.chords, after.events) == (heard.chords, heard.events)


@pytest.mark.parametrize("one", ALL, ids=str)
def test_nothing_that_a_plan_shows_is_lost(film, song, one):
    moved, _ = retimed(film, song, one)
    assert contents(moved) == contents(film)
    assert [shot.id for shot in moved.shots] == [shot.id for shot in film.shots]
    assert (moved.titles, moved.finish) == (film.titles, film.finish)


# Each correction


@pytest.mark.parametrize("seconds", [0.03, -0.03])
def test_an_offset_moves_every_beat_and_cut_and_keeps_their_numbers(film, song, seconds):
    # From the second beat on: the first of this song lies on its very first sample.
    moved, after = retimed(film, song, change("offset", seconds=seconds))
    assert_allclose(after.beats[1:], np.add(song.beats[1:], seconds))
    assert at(moved) == at(film)
    assert_allclose(moved.starts[1:], np.add(film.starts[1:], seconds))
    assert_allclose([s.start for s in after.sections[1:]],
                    [s.start + seconds for s in song.sections[1:]])  # fmt: skip


def test_a_large_offset_fills_the_grid_to_the_songs_start(song):
    after = regrid(song, change("offset", seconds=1.3)).analysis
    assert_allclose(np.diff(after.beats), 0.5)
    assert after.beats[0] == pytest.approx(0.3)
    assert after.downbeats[0] == pytest.approx(1.3)


@pytest.mark.parametrize("shift", [-1, 1, 2])
def test_bar_one_moves_cuts_from_false_to_true_downbeats(song, shift):
    # The bars were heard `shift` beats off.
    true = song.downbeats
    index = song.grid.downbeats
    false = tuple(song.beats[i - shift] for i in index if 0 <= i - shift < len(song.beats))
    heard = song.model_copy(update={"downbeats": false})
    wrong = planned(heard)
    right, after = retimed(wrong, heard, change("bar one", seconds=true[20] + 0.03))
    assert set(after.downbeats) >= set(true[2:-2])
    assert after.beats == heard.beats
    downbeats = set(after.downbeats)
    was = {s.id for s, t in zip(wrong.shots, wrong.starts, strict=True) if t in set(false)}
    now = {s.id for s, t in zip(right.shots, right.starts, strict=True) if t in downbeats}
    assert was - {"s01"} <= now
    assert contents(right) == contents(wrong)


def test_bar_one_between_two_beats_moves_all_beats_there(song):
    found = regrid(song, change("bar one", seconds=12.27))
    assert_allclose(np.diff(found.analysis.beats), 0.5)
    assert min(abs(t - 12.27) for t in found.analysis.downbeats) < 1e-6
    assert "all beats are moved by -230 ms" in found.notices[0]


@pytest.mark.parametrize("kind", ["half", "double"])
def test_an_octave_keeps_every_cut_in_time_and_counts_it_anew(film, song, kind):
    moved, after = retimed(film, song, change(kind))
    assert_allclose(moved.starts, film.starts, atol=1e-3)
    assert after.tempo == pytest.approx(song.tempo * (0.5 if kind == "half" else 2))
    assert after.sections == song.sections
    assert moved.grid == after.grid


def test_half_writes_a_dropped_beat_as_half_a_beat(song):
    half = regrid(song, change("half"))
    board = planned(song)
    third = board.shots[3].model_copy(update={"at": Anchor(bar=14, beat=2)})
    board = board.model_copy(update={"shots": (*board.shots[:3], third, *board.shots[4:])})
    moved = retime(board, song, half.analysis, half.move).storyboard
    assert str(moved.shots[3].at) == "7:3+1/2"


@pytest.mark.parametrize("length", [3, 5, 6])
def test_a_meter_finds_the_bars_where_they_are(length):
    parts = [Part("verse", "A", 8, 0.4), Part("chorus", "B", 8, 0.8), Part("verse", "A", 8, 0.4)]
    true = write(Score(parts, per_bar=length, lead_in=0.5))
    heard = true.model_copy(update={"downbeats": true.beats[2::4], "meter": "4/4"})
    after = regrid(heard, change("meter", meter=f"{length}/4")).analysis
    assert after.meter == f"{length}/4"
    assert set(after.downbeats) == set(true.downbeats)


def test_a_meter_takes_downbeats_to_downbeats_near_by(film, song):
    moved, after = retimed(film, song, change("meter", meter="3/4"))
    lines, old = set(after.downbeats), set(song.downbeats)
    on = [b for a, b in zip(film.starts, moved.starts, strict=True) if a in old]
    assert np.mean([time in lines for time in on[1:]]) > 0.95
    assert max(abs(a - b) for a, b in zip(film.starts, moved.starts, strict=True)) <= 1.5


def test_six_eight_is_felt_in_two_where_beats_are_made_of_three(song):
    beats = np.asarray(song.beats)
    hats = np.sort(np.concatenate([beats, beats[:-1] + 1 / 6, beats[:-1] + 1 / 3]))
    hat = song.onsets.hat.model_copy(
        update={"times": tuple(hats.tolist()), "strengths": (0.5,) * hats.size}
    )
    ternary = song.model_copy(update={"onsets": song.onsets.model_copy(update={"hat": hat})})
    found = regrid(ternary, change("meter", meter="6/8"))
    assert found.analysis.grid.beats_per_bar == 2
    assert "felt in two" in found.notices[0] or "felt in 2" in found.notices[0]


def test_a_tempo_is_steady_and_lies_on_what_is_struck():
    true = pop(bpm=121.3, lead_in=0.4)
    rng = np.random.default_rng(5)
    shaky = tuple(np.round(np.asarray(true.beats) + rng.uniform(-0.05, 0.05, len(true.beats)), 6))
    heard = true.model_copy(update={"beats": shaky, "downbeats": shaky[::4]})
    after = regrid(heard, change("tempo", bpm=121.3)).analysis
    assert np.ptp(np.diff(after.beats)) < 1e-5
    found = np.array([min(abs(np.subtract(after.beats, t))) for t in true.beats])
    assert found.max() < 0.005


def test_a_tempo_keeps_bars_by_number_until_they_part_by_more_than_one(song):
    near = regrid(song, change("tempo", bpm=120.3))
    assert near.move.kind == "carry"
    assert regrid(song, change("tempo", bpm=131.0)).move.kind == "weight"


def test_a_tempo_that_fits_worse_than_another_or_not_at_all_says_so(song):
    notices = regrid(song, change("tempo", bpm=120.6)).notices
    assert notices[0] == "120 BPM would fit what is heard better than 120.6"
    assert "does not keep to 97 BPM" in regrid(song, change("tempo", bpm=97.0)).notices[-1]


def test_a_tempo_at_half_is_half_first(song):
    assert [one.kind for one in expanded(song, change("tempo", bpm=60.5))] == ["half", "tempo"]
    assert [one.kind for one in expanded(song, change("tempo", bpm=118))] == ["tempo"]


@pytest.mark.parametrize("make", [ambient, lambda: pop(trust=0.2)])
def test_a_song_without_a_grid_comes_onto_beats_when_it_is_tapped(make):
    song = make()
    film = planned(song)
    assert not film.beat_locked
    taps = tuple((2.0 + 0.5 * np.arange(340)).tolist())
    found = regrid(song, change("tap", taps=taps))
    moved = retime(film, song, found.analysis, found.move).storyboard
    assert moved.beat_locked
    assert contents(moved) == contents(film)
    lines = np.asarray(found.analysis.downbeats)
    on = [float(np.abs(lines - time).min()) < 1e-6 for time in moved.starts[1:]]
    assert np.mean(on) > 0.9
    assert not any("no cut claims a beat" in text for text in moved.notices)


# The plan


def test_manual_and_locked_moments_in_seconds_stay():
    heard = pop(trust=0.2)
    film = planned(heard)
    shots = list(film.shots)
    shots[2] = shots[2].model_copy(update={"locked": True})
    shots[4] = shots[4].model_copy(update={"reason": CutReason.MANUAL})
    film = film.model_copy(update={"shots": tuple(shots)})
    found = regrid(heard, change("tap", taps=tuple((0.25 + 0.5 * np.arange(400)).tolist())))
    moved = retime(film, heard, found.analysis, found.move).storyboard
    assert moved.shots[2].at == film.shots[2].at
    assert moved.shots[4].at == film.shots[4].at


@pytest.fixture(scope="module")
def dense(film):
    """The film with a shot on every beat of two bars."""
    for bar, beat in product((20, 21), (1, 2, 3, 4)):
        moment = Anchor(bar=bar, beat=beat)
        if str(moment) not in at(film):
            film, _ = split(film, moment)
    return film


def test_a_shot_without_room_is_merged_and_told_and_a_locked_one_never(song, dense):
    # Beats of 1.3 s instead of 0.5 s: neighbours meet on the same one.
    film = dense
    found = regrid(song, change("tempo", bpm=45.0))
    told = retime(film, song, found.analysis, found.move)
    gone = {s.id for s in film.shots} - {s.id for s in told.storyboard.shots}
    assert gone
    for shot in gone:
        assert any(text.startswith(f"shot {shot} (") for text in told.notices)
        assert any(text.startswith(f"shot {shot} (") for text in told.storyboard.notices)
    first = sorted(gone)[0]
    locked = film.model_copy(
        update={
            "shots": tuple(
                s.model_copy(update={"locked": True}) if s.id == first else s for s in film.shots
            )
        }
    )
    kept = retime(locked, song, found.analysis, found.move).storyboard
    assert first in {shot.id for shot in kept.shots}


def test_locked_shots_that_cannot_all_stay_are_an_error_with_the_way_out(song, dense):
    shots = tuple(s.model_copy(update={"locked": True}) for s in dense.shots)
    found = regrid(song, change("tempo", bpm=45.0))
    with pytest.raises(InvalidInput, match=r"locked shots .* no room .* --unlock"):
        retime(dense.model_copy(update={"shots": shots}), song, found.analysis, found.move)


def test_a_rhyme_with_a_shot_that_is_gone_goes_to_its_partner(song, dense):
    first, second = (s for s in dense.shots if s.at.bar == 20 and s.at.beat in (2, 3))
    last = dense.shots[-1].model_copy(update={"rhymes_with": second.id})
    tied = {second.id: second.model_copy(update={"rhymes_with": first.id}), last.id: last}
    shots = tuple(tied.get(shot.id, shot) for shot in dense.shots)
    film = dense.model_copy(update={"shots": shots})
    found = regrid(song, change("tempo", bpm=45.0))
    moved = retime(film, song, found.analysis, found.move).storyboard
    ids = {shot.id for shot in moved.shots}
    assert all(s.rhymes_with is None or s.rhymes_with in ids for s in moved.shots)


def test_outside_the_tapped_part_shots_stay_in_time_when_no_pulse_is_heard():
    heard = ambient()
    film = planned(heard)
    taps = tuple((60 + 0.5 * np.arange(40)).tolist())
    quiet = heard.model_copy(update={"onsets": type(heard.onsets)()})
    found = regrid(quiet, change("tap", taps=taps))
    assert found.analysis.beats[0] > 50
    moved = retime(film, quiet, found.analysis, found.move).storyboard
    early = [i for i, time in enumerate(film.starts) if time < 50]
    assert [moved.starts[i] for i in early] == [film.starts[i] for i in early]


# Composition


def test_corrections_compose_in_order(song):
    changes = (change("half"), change("bar one", seconds=9.0), change("offset", seconds=0.02))
    step = song
    for one in changes:
        step = regrid(step, one).analysis
    assert corrected(song, changes) == step
    reason = "the grid is corrected by hand: --half, --bar-one-at 9, --offset 20ms"
    assert step.trust.reasons[-1] == reason


def test_half_and_double_undo_each_other():
    half, double = change("half"), change("double")
    other = change("offset", seconds=0.1)
    assert composed((half, double)) == composed((double, half)) == ()
    assert composed((half, other, double)) == (half, other, double)
    assert composed((other, half, double, half)) == (other, half)


@pytest.mark.parametrize(
    "changes", [ALL[:1], [ALL[5], ALL[2]], [ALL[6]], [ALL[9], ALL[0]]],
    ids=lambda changes: " ".join(map(str, changes)),
)  # fmt: skip
def test_taken_back_a_plan_is_what_it_was_to_the_byte(film, song, changes):
    moved, _ = retimed(film, song, *changes)
    assert restored(moved, moved, film).to_json() == film.to_json()


def test_taken_back_an_edited_plan_keeps_its_edits(film, song):
    moved, _ = retimed(film, song, change("bar one", seconds=12.5))
    shots = list(moved.shots)
    shots[5] = shots[5].model_copy(update={"prompt": "a red door opens", "keep": "12345678"})
    shots[7] = shots[7].model_copy(update={"locked": True})
    edited = moved.model_copy(update={"shots": tuple(shots)})
    back = restored(edited, moved, film)
    assert at(back) == at(film)
    assert (back.shots[5].prompt, back.shots[5].keep) == ("a red door opens", "12345678")
    assert back.shots[7].locked
    assert (back.grid, back.sections) == (film.grid, film.sections)


def test_taken_back_shots_that_were_merged_away_are_there_again(dense, song):
    film = dense
    found = regrid(song, change("tempo", bpm=45.0))
    moved = retime(film, song, found.analysis, found.move).storyboard
    assert len(moved.shots) < len(film.shots)
    last = moved.shots[-1].model_copy(update={"prompt": "the end"})
    edited = moved.model_copy(update={"shots": (*moved.shots[:-1], last)})
    back = restored(edited, moved, film)
    assert [s.id for s in back.shots] == [s.id for s in film.shots]


def test_another_plan_is_not_taken_for_the_corrected_one(film, song):
    moved, analysis = retimed(film, song, change("bar one", seconds=12.5))
    other = planned(analysis, seed=5, style="calm")
    assert restored(other, moved, film) is None


# Bad input


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (change("bar one", seconds=500.0), "past the song's end"),
        (change("offset", seconds=30.0), r"--offset 30 s is more than 10 s"),
    ],
)
def test_a_correction_that_cannot_be_made_says_why(song, one, message):
    with pytest.raises(InvalidInput, match=message):
        regrid(song, one)


@pytest.mark.parametrize("kind", ["half", "double"])
def test_a_song_without_beats_has_no_octave(kind):
    with pytest.raises(InvalidInput, match=r"only 0 beats .* --tap FILE or --tempo BPM"):
        regrid(ambient(), change(kind))


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "offset"}, {"kind": "half", "seconds": 1.0}, {"kind": "tempo", "bpm": 5},
        {"kind": "meter", "meter": "4/3"}, {"kind": "tap", "taps": (1.0, 2.0)},
        {"kind": "bar one", "seconds": -1}, {"kind": "thrice"},
        {"kind": "tap", "taps": (1.0, 2.0, 3.0, 4.0), "places": (1, 2)},
    ],
)  # fmt: skip
def test_what_is_no_correction_is_refused(fields):
    with pytest.raises(ValidationError):
        GridChange.model_validate(fields)


def test_a_short_song_keeps_its_last_shot():
    song = short_song()
    film = planned(song)
    for one in (change("offset", seconds=0.4), change("bar one", seconds=song.beats[-3])):
        moved, _ = retimed(film, song, one)
        assert moved.spans[-1][1] == film.spans[-1][1]
        assert min(b - a for a, b in moved.spans) > 2 * FRAME
