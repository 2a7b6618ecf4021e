"""Which effects a plan calls for: few kinds, alike where the song repeats, none in calm songs."""

import pytest
from typer.testing import CliRunner

from songreel.assembly.effects.direct import check_cues
from songreel.cli.main import app
from songreel.effects import change, cue_of, told
from songreel.models.effect import SPEED_RAMP, EffectCue
from songreel.models.errors import InvalidInput
from songreel.models.render import RenderSpec
from songreel.models.storyboard import CutReason, Storyboard
from songreel.project import Project, ProjectFile
from songreel.prompting.effects import AMOUNTS, amount_of
from songreel.prompting.looks import choose_look
from songreel.prompting.plan import plan
from support.analyses import Part, Score, ambient, ballad, edm, pop, write

FINISHING = {"grade", "grain", "letterbox"}
HITS = {"punch-in", "shake", "zoom blur", "rgb split", "flash", "pulse"}


def planned(analysis, amount: float, **changed) -> Storyboard:
    look, _, book = choose_look(analysis, None)
    return plan(analysis, look, book=book, effects=amount, **changed)


def kinds(board: Storyboard) -> set[str]:
    return {cue.effect for shot in board.shots for cue in shot.effects} - FINISHING


@pytest.mark.parametrize("song", [pop, edm, ballad, ambient], ids=lambda song: song.__name__)
@pytest.mark.parametrize("amount", [0.0, 0.4, 1.0])
def test_every_planned_cue_can_be_carried_out_and_kinds_are_few(song, amount):
    board = planned(song(), amount)
    check_cues(board)
    assert board.effects_amount == amount
    assert len(kinds(board)) <= 5
    graded = [any(cue.effect == "grade" for cue in shot.effects) for shot in board.shots]
    if amount == 0:
        assert not any(graded)
        assert not board.finish
    else:
        assert all(graded)
        grain = next(cue for cue in board.finish if cue.effect == "grain")
        assert grain.strength <= 0.5


@pytest.mark.parametrize("song", [ballad, ambient], ids=lambda song: song.__name__)
@pytest.mark.parametrize("amount", [0.4, 1.0])
def test_calm_songs_are_hit_by_nothing(song, amount):
    assert not kinds(planned(song(), amount)) & HITS


def test_drops_get_what_breaks_do_not():
    board = planned(edm(), 1.0)
    for shot in board.shots:
        label, named = board.sections[shot.section].label, {cue.effect for cue in shot.effects}
        if label == "drop":
            assert {"punch-in", "shake"} <= named
        elif label in ("break", "intro", "outro"):
            assert not named & (HITS | {"push"})
        elif label == "build":
            assert any(cue.effect == "push" and cue.on == "build" for cue in shot.effects)


def test_hats_shake_nothing():
    for song in (pop, edm):
        for shot in planned(song(), 1.0).shots:
            assert all(cue.on != "hat" for cue in shot.effects)


def test_speed_ramps_lead_into_drops_only():
    board = planned(edm(), 0.4)
    ramped = [i for i, shot in enumerate(board.shots)
              if any(cue.effect == SPEED_RAMP for cue in shot.effects)]  # fmt: skip
    assert ramped
    assert all(board.shots[i + 1].reason is CutReason.DROP for i in ramped)


def test_sections_that_repeat_are_treated_alike():
    board = planned(pop(), 0.4)
    by_label: dict[str, set[frozenset[str]]] = {}
    for shot in board.shots:
        found = frozenset((c.effect, c.on) for c in shot.effects if c.effect in HITS)
        label = board.sections[shot.section].label
        by_label.setdefault(label, set()).add(found)
    assert by_label["verse"] == {frozenset()}
    assert {cue for found in by_label["chorus"] for cue in found} == {("punch-in", "downbeat")}


def test_more_is_never_less():
    def total(amount):
        cues = [cue for shot in planned(pop(), amount).shots for cue in shot.effects]
        return sum(cue.strength for cue in cues if cue.effect in HITS)

    assert total(0.0) < total(0.2) < total(0.4) < total(0.7) < total(1.0)


def test_quick_snares_make_no_flicker():
    """Sixteenths on the snare: light follows the bar instead."""
    song = write(Score([Part("verse", "A", 16, 0.5), Part("chorus", "B", 8, 0.9)], bpm=200))
    cues = [cue for shot in planned(song, 1.0).shots for cue in shot.effects]
    assert {cue.on for cue in cues if cue.effect == "pulse"} <= {"downbeat"}


def test_locked_shots_keep_theirs():
    song = pop()
    first = planned(song, 0.4)
    own = (EffectCue(effect="flash", on="snare", strength=0.9),)
    changed = first.shots[5].model_copy(update={"effects": own, "locked": True})
    shots = (*first.shots[:5], changed, *first.shots[6:])
    again = planned(song, 1.0, keep=first.model_copy(update={"shots": shots}))
    assert next(shot for shot in again.shots if shot.id == changed.id).effects == own


@pytest.mark.parametrize(("text", "amount"), [*AMOUNTS.items(), ("0.25", 0.25)])
def test_amounts_have_names(text, amount):
    assert amount_of(text) == amount


@pytest.mark.parametrize("text", ["much", "1.5", "-1", ""])
def test_other_amounts_are_refused(text):
    with pytest.raises(InvalidInput, match=r"say none, subtle, full, or a number from 0 to 1"):
        amount_of(text)


# By hand


@pytest.mark.parametrize(
    "text",
    ["punch-in on kick 0.6", "push on shot 0.5 amount=0.2 at=0.3,0.4", "rgb split on snare 1"],
)
def test_cues_are_written_as_they_are_read(text):
    assert told(cue_of(text)) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("push on moon 0.4", r"nothing is called 'moon'; an effect is put on shot, cut"),
        ("push on shot 4", r"a strength of 4 is not between 0 and 1"),
        ("", r"is no effect: write it as 'punch-in on kick 0\.6'"),
        ("!! on kick", r"'!!' cannot be the name of an effect"),
    ],
)
def test_other_words_are_refused(text, said):
    with pytest.raises(InvalidInput, match=said):
        cue_of(text)


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "film"
    folder.mkdir()
    board = planned(pop(), 0.4)
    board.save(folder / "plan.json")
    ProjectFile(title="pop", song="song/pop.flac", song_sha256="a" * 64, spec=RenderSpec()).save(
        folder / "project.json"
    )
    return folder


def test_cues_are_added_and_removed_in_the_plan(project):
    change(project, "s03", add=[cue_of("shake on kick 0.8")], clear=True)
    stored = Storyboard.load(Project(project).plan)
    assert [told(cue) for cue in stored.shots[2].effects] == ["shake on kick 0.8"]
    change(project, "film", remove=["grain"])
    assert all(cue.effect != "grain" for cue in Storyboard.load(Project(project).plan).finish)


@pytest.mark.parametrize(
    ("shot", "asked", "said"),
    [
        ("s99", {"clear": True}, r"there is no shot s99; the plan has s01 to"),
        ("s03", {"remove": ["shake"]}, r"shot s03 has no effect 'shake'; it has"),
        ("s03", {"add": [EffectCue(effect="wobble")]}, r"shot s03: no effect is called 'wobble'"),
    ],
)
def test_a_change_that_cannot_be_made_leaves_the_plan(project, shot, asked, said):
    before = (project / "plan.json").read_bytes()
    with pytest.raises(InvalidInput, match=said):
        change(project, shot, **asked)
    assert (project / "plan.json").read_bytes() == before


def test_the_command_lists_and_changes(project):
    run = CliRunner().invoke
    listed = run(app, ["effects"])
    assert listed.exit_code == 0
    assert "punch-in: The picture jumps nearer" in listed.output
    assert "kick" in listed.output
    done = run(app, ["effects", str(project), "s02", "--clear", "--add", "flash on snare 0.3"])
    assert done.exit_code == 0, done.output
    assert "flash on snare 0.3" in run(app, ["effects", str(project), "s02"]).output
