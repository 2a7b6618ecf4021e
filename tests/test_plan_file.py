"""A plan as a file: written, edited by hand, read back, and planned around what is locked."""

import json

import pytest

from songreel.models.errors import InvalidInput
from songreel.models.storyboard import CameraMove, Storyboard
from songreel.prompting.dialects import reword, words
from songreel.prompting.looks import find_look
from songreel.prompting.plan import plan
from support import analyses

LOOK = find_look("golden-hour")


@pytest.fixture(scope="module")
def planned():
    return plan(analyses.pop(), LOOK)


@pytest.fixture
def path(planned, tmp_path):
    file = tmp_path / "plan.json"
    planned.save(file)
    return file


def line_of(path, text):
    lines = path.read_text().splitlines()
    return next(i for i, line in enumerate(lines, start=1) if text in line)


def test_what_is_written_is_read_back_whole(path, planned):
    storyboard = Storyboard.load(path)
    assert storyboard == planned
    assert storyboard.to_json() == path.read_text()


def test_each_shot_says_its_seconds_for_the_reader(path):
    raw = json.loads(path.read_text())
    assert raw["shots"][2]["_seconds"] == [16.0, 24.0]
    assert raw["shots"][2]["at"] == "9:1"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"at": "9:1"', '"at": "9.1"', r"shots\[2\]\.at: write a moment as '17:3'"),
        ('"at": "9:1"', '"at": "9:7"', r"shots\[2\]\.at: shot s03: bar 9 has 4 beats, not 7"),
        ('"at": "9:1"', '"at": "900:1"', r"shots\[2\]\.at: shot s03: bar 900 is not in the song"),
        ('"at": "9:1"', '"at": "1:2"', r"shots\[2\]\.at: shot s03: 1:2 .* is not after s02"),
        ('"id": "s03"', '"id": "s02"', r"shots\[2\]\.id: the id s02 is used twice"),
        ('"at": "0s"', '"at": "1s"', r"shots\[0\]\.at: shot s01: the first shot must start at 0s"),
        ('"camera": "push in"', '"camera": "zoom"', r"shots\[0\]\.camera: .*'push in'"),
        ('"style": "classic"', '"styl": "classic"', "style: Field required|styl: Extra inputs"),
    ],
)
def test_an_edit_that_does_not_hold_is_named_by_line_and_field(path, old, new, message):
    line = line_of(path, old)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InvalidInput, match=message) as error:
        Storyboard.load(path)
    if "shots" in message:
        assert f"line {line}:" in str(error.value)


def test_what_a_shot_shows_can_be_edited_in_parts(path):
    raw = json.loads(path.read_text())
    raw["shots"][2]["parts"]["seen"] = "a ladder against the moon"
    path.write_text(json.dumps(raw, indent=2))
    storyboard = Storyboard.load(path)
    shot = storyboard.shots[2]
    assert "a ladder against the moon" in words(shot, storyboard.look, "wan").prompt
    # The prompt in the file no longer follows from the parts: it counts as a person's.
    assert reword(storyboard, shot, "wan").prompt == shot.prompt


def test_a_part_that_is_misspelt_is_named(path):
    path.write_text(path.read_text().replace('"happens":', '"happen":', 1))
    with pytest.raises(InvalidInput, match=r"shots\[0\]\.parts"):
        Storyboard.load(path)


def test_a_lost_comma_is_named_by_line_and_column(path):
    lines = path.read_text().splitlines()
    at = line_of(path, '"id": "s05"')
    lines[at - 1] = lines[at - 1].removesuffix(",")
    path.write_text("\n".join(lines))
    with pytest.raises(InvalidInput, match=rf"line {at + 1}, column \d+: not valid JSON"):
        Storyboard.load(path)


def test_derived_seconds_are_read_by_nobody(path, planned):
    path.write_text(path.read_text().replace("[16.0, 24.0]", "[99.0, 3.0]", 1))
    assert Storyboard.load(path) == planned


def locked(path, ident, **changes):
    """The plan at `path` with shot `ident` locked and changed by hand."""
    raw = json.loads(path.read_text())
    shot = next(s for s in raw["shots"] if s["id"] == ident)
    shot |= {"locked": True, **changes}
    path.write_text(json.dumps(raw, indent=2))
    return Storyboard.load(path)


def test_a_locked_shot_keeps_everything_and_the_rest_is_planned_around_it(path):
    edited = locked(path, "s12", prompt="My grandmother's garden.", camera="orbit", at="30:3")
    i = [s.id for s in edited.shots].index("s12")
    again = plan(analyses.pop(), find_look("neon-night"), style="hyper", seed=9, keep=edited)
    kept = next(shot for shot in again.shots if shot.locked)
    assert kept == edited.shots[i]
    span = again.spans[again.shots.index(kept)]
    assert span == edited.spans[i]
    assert kept.camera is CameraMove.ORBIT
    others = [shot for shot in again.shots if not shot.locked]
    assert not {shot.prompt for shot in others} & {shot.prompt for shot in edited.shots}


def test_planning_again_with_a_lock_changes_nothing_else(path):
    before = Storyboard.load(path)
    after = plan(analyses.pop(), LOOK, keep=locked(path, "s20"))
    unlocked = [shot.model_copy(update={"locked": False}) for shot in after.shots]
    assert unlocked == list(before.shots)


def test_neighbouring_locks_the_first_and_the_last_shot_hold(path):
    for ident in ("s01", "s06", "s07"):
        locked(path, ident)
    last = Storyboard.load(path).shots[-1].id
    edited = locked(path, last)
    again = plan(analyses.pop(), LOOK, style="calm", keep=edited)
    spans = {s.id: span for s, span in zip(edited.shots, edited.spans, strict=True) if s.locked}
    for shot, span in zip(again.shots, again.spans, strict=True):
        if shot.locked:
            assert spans.pop(shot.id) == span
    assert not spans


def test_a_rhyme_whose_partner_has_gone_is_let_go_with_a_word(path):
    storyboard = Storyboard.load(path)
    rhyme = next(shot for shot in reversed(storyboard.shots) if shot.rhymes_with)
    edited = locked(path, rhyme.id)
    again = plan(analyses.pop(), LOOK, style="hyper", keep=edited)
    kept = next(shot for shot in again.shots if shot.locked)
    partner_moved = all(
        shot.id != rhyme.rhymes_with or shot.at != _by_id(storyboard, rhyme.rhymes_with).at
        for shot in again.shots
    )
    assert (kept.rhymes_with is None) == partner_moved
    assert partner_moved == any("it rhymed" in notice for notice in again.notices)


def _by_id(storyboard, ident):
    return next(shot for shot in storyboard.shots if shot.id == ident)


def test_a_lock_made_for_another_song_is_refused(path):
    other = analyses.pop()
    other = other.model_copy(update={"track": other.track.model_copy(update={"sha256": "cd" * 32})})
    with pytest.raises(InvalidInput, match=r"shot s04 is locked in a plan for another song: track"):
        plan(other, LOOK, keep=locked(path, "s04"))


def test_an_unlocked_plan_of_another_song_is_no_hindrance(path):
    other = analyses.edm()
    other = other.model_copy(update={"track": other.track.model_copy(update={"sha256": "cd" * 32})})
    assert plan(other, LOOK, keep=Storyboard.load(path)) == plan(other, LOOK)


def test_a_lock_on_a_bar_that_the_song_has_lost_is_refused_by_shot_and_field(path):
    edited = locked(path, "s60")
    song = analyses.pop()
    shorter = song.model_copy(
        update={
            "beats": song.beats[:200],
            "downbeats": tuple(d for d in song.downbeats if d <= song.beats[199]),
        }
    )
    with pytest.raises(InvalidInput, match=r"shot s60, at: \d+:\d: bar \d+ is not in the song"):
        plan(shorter, LOOK, keep=edited)


def test_a_lock_in_a_section_that_the_song_has_lost_is_refused(path):
    edited = locked(path, "s60")
    song = analyses.pop()
    whole = song.sections[0].model_copy(update={"end": song.track.duration})
    with pytest.raises(InvalidInput, match=r"shot s60, section: .* the song now has 1"):
        plan(song.model_copy(update={"sections": (whole,)}), LOOK, keep=edited)


def test_a_grid_corrected_by_the_user_re_times_a_locked_shot(path):
    edited = locked(path, "s10")
    late = analyses.pop(lead_in=0.25)
    again = plan(late, LOOK, keep=edited)
    kept = next(shot for shot in again.shots if shot.locked)
    before = edited.starts[[s.id for s in edited.shots].index("s10")]
    assert kept.at == _by_id(edited, "s10").at
    assert again.starts[again.shots.index(kept)] == pytest.approx(before + 0.25)
