"""`songreel grid` on projects: remembered, undone, taken back, and nothing bought again."""

import json
from fractions import Fraction

import numpy as np
import pytest
from scipy.io import wavfile
from typer.testing import CliRunner

from songreel import effects, wording
from songreel.anew import after_change
from songreel.cli.main import app
from songreel.ears import uncorrected
from songreel.generation import registry
from songreel.generation.patience import Patience
from songreel.generation.runner import generate
from songreel.grids import Grids, heard_and_corrected
from songreel.listening import Listening
from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis
from songreel.models.progress import silent
from songreel.models.storyboard import Storyboard
from songreel.models.transition import Transition
from songreel.project import Project
from songreel.prompting.titles import end_card, title_card
from songreel.settings import Settings
from support.analyses import pop
from support.clicks import drum_track
from support.command import command
from support.corrections import SPEC, at, change, contents, planned, project_of, short_song
from support.makers import Clock
from support.shop import Shop

SONG = short_song()


@pytest.fixture
def settings(tmp_path):
    return Settings.load(tmp_path / "workspace")


@pytest.fixture
def grids(settings):
    return Grids(Listening(settings))


@pytest.fixture
def project(tmp_path):
    return project_of(tmp_path / "film", SONG, planned(SONG))


def plan_of(project):
    return Storyboard.load(project.plan)


# Kept


def test_a_correction_is_remembered_and_serves_every_later_step(project, grids):
    before = plan_of(project)
    done = grids.correct(project.folder, [change("offset", seconds=0.02)])
    assert done.moved == len(before.shots) - 1
    plan, analysis = plan_of(project), Analysis.load(project.analysis)
    assert plan.grid == analysis.grid == done.grid.analysis.grid
    assert contents(plan) == contents(before)
    assert project.state.grid == (change("offset", seconds=0.02),)
    assert Analysis.load(project.heard) == SONG
    # However songs are heard by now, it was this hearing that was corrected.
    heard, corrected = heard_and_corrected(project, lambda: pytest.fail("heard again"))
    assert (heard, corrected) == (SONG, analysis)


def test_corrections_add_up_from_call_to_call(project, grids):
    grids.correct(project.folder, [change("half")])
    done = grids.correct(project.folder, [change("bar one", seconds=8.0), change("double")])
    assert [one.kind for one in project.state.grid] == ["half", "bar one", "double"]
    assert plan_of(project).grid == done.grid.analysis.grid


def test_half_and_then_double_is_as_heard_to_the_byte(project, grids):
    before = project.plan.read_bytes()
    heard = project.analysis.read_bytes()
    grids.correct(project.folder, [change("half")])
    assert project.plan.read_bytes() != before
    grids.correct(project.folder, [change("double")])
    assert project.plan.read_bytes() == before
    assert project.analysis.read_bytes() == heard
    assert project.state.grid == ()


@pytest.mark.parametrize(
    "runs",
    [
        [[change("bar one", seconds=4.5)]],
        [[change("half")], [change("meter", meter="3/4")], [change("offset", seconds=0.05)]],
        [[change("tap", taps=tuple(1.03 + 0.5 * np.arange(40))), change("tempo", bpm=122)]],
    ],
)
def test_reset_is_the_plan_and_the_analysis_before_bit_for_bit(project, grids, runs):
    before, heard = project.plan.read_bytes(), project.analysis.read_bytes()
    for wanted in runs:
        grids.correct(project.folder, wanted)
    assert project.plan.read_bytes() != before
    grids.reset(project.folder)
    assert project.plan.read_bytes() == before
    assert project.analysis.read_bytes() == heard
    with pytest.raises(InvalidInput, match="nothing of the grid was corrected"):
        grids.reset(project.folder)


def test_undo_goes_back_step_by_step_and_reset_can_be_undone(project, grids):
    states = [(project.plan.read_bytes(), project.analysis.read_bytes())]
    for one in (change("half"), change("offset", seconds=0.04)):
        grids.correct(project.folder, [one])
        states.append((project.plan.read_bytes(), project.analysis.read_bytes()))
    grids.reset(project.folder)
    for what in ("grid --reset", "grid --offset 40ms", "grid --half"):
        assert grids.undo(project.folder) == what
        assert (project.plan.read_bytes(), project.analysis.read_bytes()) == states.pop()
    with pytest.raises(InvalidInput, match="nothing to undo"):
        grids.undo(project.folder)


def test_reset_after_an_edit_by_hand_keeps_the_edit(project, grids):
    grids.correct(project.folder, [change("bar one", seconds=4.5)])
    text = project.plan.read_text()
    plan = plan_of(project)
    shots = (plan.shots[0], plan.shots[1].model_copy(update={"prompt": "Mine."}), *plan.shots[2:])
    plan.model_copy(update={"shots": shots}).save(project.plan)
    assert project.plan.read_text() != text
    grids.reset(project.folder)
    after = plan_of(project)
    assert after.shots[1].prompt == "Mine."
    assert at(after) == at(planned(SONG))


def test_a_plan_with_a_grid_of_its_own_is_corrected_on_that(project, grids):
    moved = tuple(round(t + 0.1, 6) for t in SONG.beats)
    plan = plan_of(project)
    own = plan.model_copy(update={"grid": plan.grid.model_copy(update={"beats": moved})})
    own.save(project.plan)
    done = grids.correct(project.folder, [change("offset", seconds=0.01)])
    assert done.grid.analysis.beats[5] == pytest.approx(moved[5] + 0.01)
    assert "grid of its own" in done.notices[0]
    grids.reset(project.folder)
    assert plan_of(project) == own


def test_a_project_without_a_plan_is_corrected_all_the_same(project, grids):
    project.plan.unlink()
    done = grids.correct(project.folder, [change("half")])
    assert done.grid.plan is None
    assert Analysis.load(project.analysis).tempo == 60.0


def test_a_dry_run_changes_nothing(project, grids):
    before = {p: p.read_bytes() for p in project.folder.rglob("*.json")}
    done = grids.correct(project.folder, [change("half")], keep_plan=True)
    assert done.grid.analysis.tempo == 60.0
    assert {p: p.read_bytes() for p in project.folder.rglob("*.json")} == before


def test_a_corrected_song_is_not_heard_otherwise_until_it_is_reset(project, grids):
    grids.correct(project.folder, [change("half")])
    uncorrected(project, {"tracker": "songreel", "visuals": "builtin"})
    for changes in ({"tracker": "librosa"}, {"octave": "double"}):
        with pytest.raises(InvalidInput, match=r"corrected by hand \(--half\).* --reset"):
            uncorrected(project, changes)


def test_projects_from_before_corrections_load(project):
    raw = json.loads(project.file.read_text())
    del raw["grid"]
    project.file.write_text(json.dumps(raw))
    assert Project.open(project.folder).state.grid == ()


def test_a_correction_does_not_hear_the_song_again(project, settings):
    class Deaf(Listening):
        def analyze(self, *_, **__):
            raise AssertionError("heard")

    Grids(Deaf(settings)).correct(project.folder, [change("bar one", seconds=4.5)])


def test_a_card_stays_with_its_bars_and_one_that_was_moved_stays(project, grids):
    plan = plan_of(project)
    title = title_card(plan, "Song").title
    mine = end_card(plan, "End").title
    mine = mine.model_copy(update={"start": mine.start - 0.137})
    plan.model_copy(update={"titles": (title, mine)}).save(project.plan)
    grids.correct(project.folder, [change("offset", seconds=0.04)])
    moved, still = plan_of(project).titles
    assert moved.start == pytest.approx(title.start + 0.04, abs=1e-6)
    assert still == mine


def test_effects_and_words_are_undone_like_cuts(project, grids):
    states = [project.plan.read_bytes()]
    first = plan_of(project).shots[0].id
    effects.change(project.folder, first, add=[effects.cue_of("punch-in on kick 0.6")])
    states.append(project.plan.read_bytes())
    wording.change(project.folder, wording.Wording(title="Song"), None)
    assert len({*states, project.plan.read_bytes()}) == 3
    for what in ("captions title: Song", f"effects {first} --add 'punch-in on kick 0.6'"):
        assert grids.undo(project.folder) == what
        assert project.plan.read_bytes() == states.pop()


# What is paid for


@pytest.fixture
def shop(tmp_path, monkeypatch):
    made = Shop(tmp_path / "world")
    own = registry.create

    def create(name, context):
        return made if name == made.name else own(name, context)

    monkeypatch.setattr(registry, "create", create)
    return made


def buy(project, analysis, shop, wallet):
    """Have all clips of the project's plan; nobody waits for real."""
    clock = Clock()
    return generate(
        plan_of(project), analysis, SPEC, provider=shop, others={}, folder=project.clips,
        purse=wallet, progress=silent, patience=Patience(clock=clock, sleep=clock.sleep),
    )  # fmt: skip


def test_clips_that_are_paid_for_and_long_enough_are_not_bought_again(
    tmp_path, grids, shop, wallet
):
    project = project_of(tmp_path / "bought", SONG, planned(SONG), visuals=shop.name)
    first = buy(project, SONG, shop, wallet)
    sold = shop.sold
    assert sold > 3
    for one in (change("offset", seconds=0.03), change("tempo", bpm=120.6), change("half")):
        done = grids.correct(project.folder, [one])
        assert done.anew.bought == ()
        after = buy(project, Analysis.load(project.analysis), shop, wallet)
        assert shop.sold == sold
        assert {s: c.sha256 for s, c in after.items()} == {s: c.sha256 for s, c in first.items()}


def test_a_clip_that_hangs_on_the_picture_before_is_kept_when_only_its_music_moved(
    tmp_path, grids, shop, wallet
):
    # Its request names a frame of the shot before, which is now another one.
    plan = planned(SONG)
    chained = plan.shots[3].model_copy(
        update={"start_image": "previous", "transition": Transition()}
    )
    plan = plan.model_copy(update={"shots": (*plan.shots[:3], chained, *plan.shots[4:])})
    project = project_of(tmp_path / "chained", SONG, plan, visuals=shop.name)
    buy(project, SONG, shop, wallet)
    sold = shop.sold
    done = grids.correct(project.folder, [change("tempo", bpm=122.0)])
    assert chained.id in done.anew.kept
    assert any("still fits and is kept" in line for line in done.anew.lines())
    buy(project, Analysis.load(project.analysis), shop, wallet)
    assert shop.sold == sold
    grids.reset(project.folder)
    assert plan_of(project) == plan


def test_what_is_too_short_is_told_with_its_price(tmp_path, settings, shop, wallet):
    project = project_of(tmp_path / "short", SONG, planned(SONG), visuals=shop.name)
    buy(project, SONG, shop, wallet)
    plan = plan_of(project)
    # A shot is to last longer than the clip of three seconds that was bought for it.
    lengths = [end - start for start, end in plan.spans]
    i = next(
        i for i in range(len(lengths) - 2) if lengths[i] <= 2.5 < 3.5 < sum(lengths[i : i + 2])
    )
    longer = plan.model_copy(update={"shots": (*plan.shots[: i + 1], *plan.shots[i + 2 :])})
    shot = plan.shots[i].id
    _, anew = after_change(settings, project, (plan, SONG), (longer, SONG))
    assert anew.bought == (shot,)
    assert "USD" in anew.price
    assert any(line.startswith(f"to be bought: shot {shot}, ") for line in anew.lines())


def test_pictures_that_hear_the_music_are_drawn_anew(project, grids):
    project.clips.mkdir()
    (project.clips / "s01-12345678.json").write_text("{}")
    done = grids.correct(project.folder, [change("offset", seconds=0.02)])
    assert done.anew.drawn == tuple(shot.id for shot in plan_of(project).shots)
    assert done.anew.lines()[0].startswith("to be made anew on this machine, free: ")


# The command


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("grids")
    song = pop()
    project_of(found / "film", song, planned(song))
    (found / "taps.txt").write_text("".join(f"{t - 0.03:.3f}\n" for t in song.beats[20:80]))
    (found / "three.txt").write_text("1\n2\n3\n")
    chaos = np.cumsum(np.random.default_rng(2).exponential(0.6, 60)).round(3).tolist()
    (found / "chaos.txt").write_text("".join(f"{t}\n" for t in chaos))
    return found


@pytest.fixture(scope="module")
def songreel(folder):
    return command(folder)


def test_without_options_the_grid_is_shown(songreel):
    shown = songreel("grid", "film").stdout
    assert "tempo      120.00 BPM" in shown
    assert "bar 1 begins at 0.000 s" in shown
    assert "corrected  nothing" in shown
    row = json.loads(songreel("grid", "film", "--json").stdout)
    assert (row["tempo"], row["meter"], row["first_downbeat"]) == (120.0, "4/4", 0.0)


def test_options_are_done_together_and_undone(songreel, folder):
    before = (folder / "film" / "plan.json").read_bytes()
    done = songreel("grid", "film", "--tap", "taps.txt", "--bar-one-at", "0:12.5", "--offset=-20")
    assert "corrected  --tap (60 taps) --bar-one-at 12.5 --offset -20ms" in done.stdout
    assert "shots begin at another time" in done.stderr
    cuts = songreel("cuts", "film").stdout
    assert "s01" in cuts
    assert "undone: grid --tap" in songreel("grid", "film", "--undo").stderr
    assert (folder / "film" / "plan.json").read_bytes() == before


def test_cuts_are_listed_and_edited(songreel):
    done = songreel("cuts", "film", "--lock", "s02-s03", "--transition", "s05=dip:0.4", "--dry-run")
    assert "locked s02, s03" in done.stderr
    assert "nothing was changed" in done.stderr
    rows = json.loads(songreel("cuts", "film", "--json").stdout)
    assert not any(row["locked"] for row in rows)
    assert rows[0]["start"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--half", "--double"), "--half and --double exclude each other"),
        (("--reset", "--half"), "--reset and --undo stand alone"),
        (("--reset",), "nothing of the grid was corrected"),
        (("--offset", "soon"), "--offset 'soon' is no time; write 25ms"),
        (("--offset", "99s"), "--offset 99 s is more than 10 s"),
        (("--bar-one-at", "noon"), "--bar-one-at 'noon' is no time in the song"),
        (("--bar-one-at", "999"), "past the song's end"),
        (("--bar-one-at=-3",), "bar one cannot be at -3"),
        (("--meter", "waltz"), "'waltz' is no meter; write it as 3/4 or 6/8"),
        (("--tempo", "2"), "--tempo: input should be greater than or equal to 20"),
        (("--tap", "none.txt"), "cannot read none.txt"),
        (("--tap", "three.txt"), "three.txt holds 3 taps; tap 4 beats at least"),
        (("--tap", "chaos.txt"), "the taps make no pulse"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_one_sentence(folder, arguments, message, monkeypatch):
    monkeypatch.chdir(folder)
    before = (folder / "film" / "plan.json").read_bytes()
    done = CliRunner().invoke(app, ["--workspace", "workspace", "-q", "grid", "film", *arguments])
    assert isinstance(done.exception, InvalidInput)
    assert message in str(done.exception)
    assert (folder / "film" / "plan.json").read_bytes() == before


@pytest.mark.parametrize("command", ["grid", "cuts"])
def test_what_is_no_project_is_one_line_and_exit_1(songreel, command):
    done = songreel(command, "nowhere", status=1)
    assert done.stderr.startswith("songreel: nowhere is not a songreel project")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_rendered_film_follows_its_corrected_grid(songreel, folder):
    wavfile.write(folder / "drums.wav", 24000, drum_track(110.0, bars=8).mono)
    songreel("make", "drums.wav", "--project", "drums", "--size", "90", "--style", "driving")
    songreel("grid", "drums", "--offset", "30ms")
    songreel("assemble", "drums")
    plan = Storyboard.load(folder / "drums" / "plan.json")
    report = json.loads((folder / "drums" / "report.json").read_text())
    rate = Fraction(24)
    assert report["kind"] == "songreel.sync-report"
    timeline = json.loads((folder / "drums" / "timeline.json").read_text())
    starts = [cut["start"] for cut in timeline["cuts"]]
    assert starts[1:] == [int(t * rate) for t in plan.starts[1:]]
    again = songreel("make", "drums.wav", "--project", "drums", "--replan")
    assert Analysis.load(folder / "drums" / "analysis.json").grid == plan.grid
    refused = songreel("make", "drums.wav", "--project", "drums", "--half", "--replan", status=1)
    assert "was corrected by hand (--offset 30ms)" in refused.stderr
    assert again.returncode == 0
