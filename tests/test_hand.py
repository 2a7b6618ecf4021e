"""Cuts by hand: checked, told in one sentence, and kept when the film is planned anew."""

import pytest

from songreel.grids import Grids
from songreel.hand import Cuts, Edit
from songreel.history import History
from songreel.listening import Listening
from songreel.models.errors import InvalidInput
from songreel.models.storyboard import CutReason
from songreel.models.transition import Transition, TransitionKind
from songreel.project import Project
from songreel.prompting import hand
from songreel.prompting.dialects import words
from songreel.prompting.lint import lint
from songreel.prompting.plan import plan
from songreel.prompting.staging import nearness
from songreel.settings import Settings
from support.analyses import ambient, pop
from support.corrections import at, planned, project_of, short_song

M = hand.moment


@pytest.fixture(scope="module")
def song():
    return pop()


@pytest.fixture(scope="module")
def film(song):
    return planned(song)


def spot(film, least=2.0):
    """A shot of at least so many seconds, one after it, and the bar in its middle."""
    for i, (start, end) in enumerate(film.spans[1:-1], 1):
        bar, beat = film.grid.bar_and_beat(film.grid.nearest((start + end) / 2))
        if end - start > least and start < film.grid.time_at(film.grid.index_of(bar, beat)) < end:
            return film.shots[i], film.shots[i + 1], f"{bar}:{beat}"
    raise AssertionError("no such shot")


# Split


def test_a_split_shows_the_same_otherwise(film):
    shot, after, moment = spot(film)
    cut, name = hand.split(film, M(moment))
    ids = [s.id for s in cut.shots]
    assert ids.index(name) == ids.index(shot.id) + 1 == ids.index(after.id) - 1
    new = cut.shots[ids.index(name)]
    assert (str(new.at), new.reason, new.motif) == (moment, CutReason.MANUAL, shot.motif)
    assert new.seed != shot.seed
    assert new.camera is not shot.camera
    assert new.prompt != shot.prompt
    assert nearness(new.size) != nearness(shot.size)
    assert new.parts.seen != shot.parts.seen
    assert new.parts.model_copy(update={"seen": shot.parts.seen}) == shot.parts
    assert new.section == shot.section
    assert [s for s in cut.shots if s.id != name] == list(film.shots)
    assert not [f for f in lint(cut) if f.shot == name and f.severity == "error"]


def test_what_a_lyric_shows_is_seen_at_a_size_that_shows_it(film):
    shot, _, moment = spot(film)
    sung = shot.model_copy(
        update={"parts": shot.parts.model_copy(update={"seen": "a paper boat in the gutter"})}
    )
    sung = sung.model_copy(update={"prompt": words(sung, film.look, film.dialect).prompt})
    shots = tuple(sung if s.id == shot.id else s for s in film.shots)
    cut, name = hand.split(film.model_copy(update={"shots": shots}), M(moment))
    new = next(s for s in cut.shots if s.id == name)
    assert "a paper boat in the gutter" in new.prompt
    assert nearness(new.size) == nearness(shot.size)


def test_a_prompt_of_a_persons_is_taken_over_word_for_word(film):
    shot, _, moment = spot(film)
    mine = film.model_copy(
        update={
            "shots": tuple(
                s.model_copy(update={"prompt": "My own words."}) if s.id == shot.id else s
                for s in film.shots
            )
        }
    )
    cut, name = hand.split(mine, M(moment))
    new = next(s for s in cut.shots if s.id == name)
    assert new.prompt == "My own words."
    assert new.camera is shot.camera
    assert new.seed != shot.seed


def test_a_split_takes_the_end_image_along_and_no_take(film):
    shot, _, moment = spot(film)
    full = shot.model_copy(
        update={"start_image": "a.png", "end_image": "b.png", "take": "t1", "keep": "12345678"}
    )
    shots = tuple(full if s.id == shot.id else s for s in film.shots)
    cut, name = hand.split(film.model_copy(update={"shots": shots}), M(moment))
    parts = {s.id: s for s in cut.shots}
    assert (parts[shot.id].start_image, parts[shot.id].end_image) == ("a.png", None)
    assert (parts[name].start_image, parts[name].end_image) == (None, "b.png")
    assert (parts[shot.id].take, parts[shot.id].keep) == ("t1", "12345678")
    assert (parts[name].take, parts[name].keep) == (None, None)


def test_parts_of_parts_have_names_of_their_own(film):
    shot, _, moment = spot(film, least=4.0)
    cut, first = hand.split(film, M(moment))
    cut, second = hand.split(cut, M(f"{moment}+1/2"))
    assert (first, second) == (f"{shot.id}b", f"{shot.id}c")


def test_a_split_in_seconds_in_a_song_without_a_grid():
    film = planned(ambient())
    cut, name = hand.split(film, M("61.5s"))
    assert next(s for s in cut.shots if s.id == name).at.seconds == 61.5


# Merge and move


def test_a_merged_shot_leaves_its_time_to_the_one_before(film):
    cut = hand.merge(film, film.shots[4].id)
    assert cut.spans[3] == (film.spans[3][0], film.spans[4][1])
    assert len(cut.shots) == len(film.shots) - 1


def test_who_rhymed_with_a_merged_shot_rhymes_with_nobody_that_is_gone(film):
    partner = next(s.rhymes_with for s in film.shots if s.rhymes_with)
    cut = hand.merge(film, partner)
    ids = {s.id for s in cut.shots}
    assert all(s.rhymes_with is None or s.rhymes_with in ids for s in cut.shots)


def test_a_moved_shot_begins_there_and_is_manual(film):
    _, after, moment = spot(film)
    cut = hand.move(film, after.id, M(moment))
    moved = next(s for s in cut.shots if s.id == after.id)
    assert (str(moved.at), moved.reason) == (moment, CutReason.MANUAL)
    assert (moved.prompt, moved.seed) == (after.prompt, after.seed)
    assert len(cut.shots) == len(film.shots)


# Names, locks, transitions


def test_shots_are_named_singly_in_ranges_and_all(film):
    assert hand.named(film, "s03,s05-s07, s02") == ("s02", "s03", "s05", "s06", "s07")
    assert hand.named(film, "all") == tuple(s.id for s in film.shots)


def test_locks_are_set_and_taken_off(film):
    cut = hand.lock(film, ["s03", "s05"], locked=True)
    assert [s.id for s in cut.shots if s.locked] == ["s03", "s05"]
    assert hand.lock(cut, ["s03", "s05"], locked=False) == film


def test_a_transition_is_changed_and_nothing_else(film):
    whip = Transition(kind=TransitionKind.WHIP, seconds=0.5)
    cut = hand.with_transition(film, "s08", whip, {"whip"})
    assert [a.id for a, b in zip(cut.shots, film.shots, strict=True) if a != b] == ["s08"]
    assert cut.shots[7].transition == whip


# What cannot be done


def locked(film, *ids):
    return hand.lock(film, ids, locked=True)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda f: hand.split(f, f.shots[4].at), "a shot begins 0.000 s beside it"),
        (lambda f: hand.split(f, M("99999:1")), "is not in the song: bar 99999"),
        (lambda f: hand.split(f, M("900s")), r"is not in the song, which lasts 225\.00 s"),
        (lambda f: hand.split(locked(f, spot(f)[0].id), M(spot(f)[2])), "is locked; --unlock"),
        (lambda f: hand.merge(f, "s01"), "it is the first shot"),
        (lambda f: hand.merge(f, "s99x"), r"the plan has no shot 's99x'; it has s01 to"),
        (lambda f: hand.merge(locked(f, "s03"), "s04"), r"s04 into s03: s03 is locked; --unlock"),
        (lambda f: hand.merge(locked(f, "s03", "s04"), "s04"), r"s03 and s04 are locked"),
        (lambda f: hand.move(f, "s01", M("3:1")), "the first shot begins with the song"),
        (lambda f: hand.move(f, "s04", f.shots[5].at), r"has to begin between s03 .* and s05"),
        (lambda f: hand.move(locked(f, "s04"), "s04", M("3:1")), "s04 is locked"),
        (lambda f: hand.named(f, "s05-s03"), "runs backwards"),
        (lambda f: hand.named(f, " , "), "names no shot"),
        (lambda _: M("bar 3"), "is no moment; write 17:3"),
        (lambda f: hand.with_transition(f, "s08", Transition(kind="swirl", seconds=1), {"dip"}),
         "no transition is called 'swirl'; known: dip"),
        (lambda f: hand.with_transition(f, "s01", Transition(kind="dip", seconds=1), {"dip"}),
         "nothing before it for a dip"),
        (lambda f: hand.with_transition(locked(f, "s08"), "s08", Transition(), {"cut"}),
         "s08 is locked"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence(film, do, message):
    with pytest.raises(InvalidInput, match=message):
        do(film)


# Planned anew


def test_cuts_by_hand_stay_when_the_film_is_planned_anew(song, film):
    _, _, moment = spot(film)
    cut, _ = hand.split(film, M(moment))
    late = film.shots[-2]
    cut = hand.move(cut, late.id, late.at.model_copy(update={"beat": 2}))
    wanted = {str(s.at) for s in cut.shots if s.reason is CutReason.MANUAL}
    assert len(wanted) == 2
    for wishes in ({"seed": 4}, {"style": "calm"}, {"style": "hyper"}):
        again = plan(song, film.look, keep=cut, **wishes)
        assert {str(s.at) for s in again.shots if s.reason is CutReason.MANUAL} == wanted


def test_a_cut_by_hand_beside_a_locked_shot_stays(song, film):
    shot, _, moment = spot(film)
    cut, _ = hand.split(film, M(moment))
    assert moment in at(plan(song, film.look, keep=hand.lock(cut, [shot.id], locked=True)))


def test_a_cut_by_hand_that_the_song_has_no_bar_for_is_told(song, film):
    last = film.shots[-1]
    cut = hand.move(film, last.id, last.at.model_copy(update={"beat": 2}))
    bars = song.downbeats[: (last.at.bar or 0) - 2]
    shorter = song.model_copy(update={"downbeats": bars, "beats": song.beats[: 4 * len(bars)]})
    again = plan(shorter, film.look, keep=cut)
    assert any(f"shot {last.id}: the cut made by hand is left out" in n for n in again.notices)


# In a project


@pytest.fixture
def project(tmp_path):
    song = short_song()
    return project_of(tmp_path / "film", song, planned(song))


@pytest.fixture
def cuts(tmp_path):
    settings = Settings.load(tmp_path / "workspace")
    return Cuts(Grids(Listening(settings)), settings)


def test_edits_are_done_in_order_and_each_is_undone(project, cuts):
    before = project.plan.read_bytes()
    plan_ = cuts.show(project.folder)
    shot, after, moment = spot(plan_)
    done = cuts.edit(
        project.folder,
        Edit(split=[moment], transition=[f"{after.id}=dip"], lock=[f"{shot.id},{after.id}"]),
    )
    assert done.done[0].startswith(f"{shot.id}b begins at {moment}")
    assert done.plan == cuts.show(project.folder)
    again = project.plan.read_bytes()
    cuts.edit(project.folder, Edit(unlock=["all"], merge=[after.id]))
    assert cuts.undo(project.folder).startswith("cuts --unlock all --merge")
    assert project.plan.read_bytes() == again
    cuts.undo(project.folder)
    assert project.plan.read_bytes() == before
    with pytest.raises(InvalidInput, match="nothing to undo"):
        cuts.undo(project.folder)


def test_one_wrong_edit_leaves_the_plan_as_it_is(project, cuts):
    before = project.plan.read_bytes()
    with pytest.raises(InvalidInput, match="no shot 's99'"):
        cuts.edit(project.folder, Edit(merge=["s02"], lock=["s99"]))
    assert project.plan.read_bytes() == before
    assert not project.plans.exists()


def test_a_dry_run_and_an_edit_of_nothing_change_nothing(project, cuts):
    before = project.plan.read_bytes()
    assert len(cuts.edit(project.folder, Edit(merge=["s02"]), keep_plan=True).plan.shots) < len(
        cuts.show(project.folder).shots
    )
    cuts.edit(project.folder, Edit(unlock=["all"]))
    assert project.plan.read_bytes() == before
    assert not project.plans.exists()


def test_undoing_loses_no_later_edit_of_the_file(project, cuts):
    cuts.edit(project.folder, Edit(merge=["s02"]))
    edited = project.plan.read_text().replace('"locked": false', '"locked": true')
    project.plan.write_text(edited)
    cuts.undo(project.folder)
    assert (project.plans / "001" / "edited.json").read_text() == edited
    assert not History(Project.open(project.folder)).steps()


@pytest.mark.parametrize(
    ("text", "kind", "seconds"),
    [("whip", "whip", 0.3), ("whip:0.5", "whip", 0.5), ("cut", "cut", 0.0),
     ("Zoom Blur:1", "zoom blur", 1.0), ("luma wipe", "luma wipe", 0.6)],
)  # fmt: skip
def test_a_transition_is_written_as_its_name_and_seconds(project, cuts, text, kind, seconds):
    plan_ = cuts.edit(project.folder, Edit(transition=[f"s03={text}"])).plan
    assert plan_.shots[2].transition == Transition(kind=kind, seconds=seconds)


@pytest.mark.parametrize("text", ["s03", "s03=", "=whip", "s03=whip:9", "s03=cut:1", "s03=whip:0"])
def test_what_is_no_transition_says_how_to_write_one(project, cuts, text):
    with pytest.raises(InvalidInput, match=r"write .*s08=whip:0\.5"):
        cuts.edit(project.folder, Edit(transition=[text]))
