"""`songreel score`: plans, tracks, reports; what is there stays, and failures say how to go on."""

import json
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from typer.testing import CliRunner

from songreel import score_picture
from songreel.cli.main import app
from songreel.desk import NOTHING, Spending
from songreel.generation.patience import Patience
from songreel.generation.score.verdict import Surroundings
from songreel.generation.sound import orders, registry
from songreel.models.errors import InvalidInput, ProviderError
from songreel.models.score import Score, ScoreCue, ScorePlan
from songreel.models.score_report import ScoreReport
from songreel.score_cuts import cuts_of
from songreel.score_ears import ears
from songreel.score_hearing import planned_grid
from songreel.score_place import place_beside
from songreel.score_plans import MusicWish, planned_score
from songreel.scoring import ScoreWish, Scoring
from songreel.settings import Settings
from songreel.sound.pcm import measure, read
from support.makers import Clock
from support.meter import ffmpeg_reads
from support.tunes import Tunesmith, tune

AGREED = Spending(consent=lambda quote, bounds: True)  # noqa: ARG005
SCENES = """
title: Three rooms
music: acoustic folk, guitar
bpm: 120
key: A minor
scenes:
  - {seconds: 3, mood: calm}
  - {seconds: 3, mood: curious}
  - {seconds: 3, mood: hopeful}
"""


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch, tmp_path):
    clock = Clock()
    monkeypatch.setattr(orders, "Patience", lambda: Patience(clock=clock, sleep=clock.sleep))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SONGREEL_WORKSPACE", str(tmp_path / "work"))


@pytest.fixture
def undrawn(monkeypatch):
    """Scores without their picture, which takes longer than all the rest."""
    monkeypatch.setattr(score_picture, "draw", lambda path, *_: path.write_bytes(b"a picture"))


@pytest.fixture
def smith(tmp_path, monkeypatch):
    """Who plays, whatever source is named."""
    found = Tunesmith(tmp_path / "smith")
    monkeypatch.setattr(registry, "create", lambda name, context: found)  # noqa: ARG005
    return found


@pytest.fixture
def scenes(tmp_path):
    path = tmp_path / "rooms.yaml"
    path.write_text(SCENES)
    return path


@pytest.fixture
def scoring(tmp_path):
    database = f"sqlite:///{tmp_path / 'ledger.db'}"
    return Scoring(Settings(tmp_path / "work", 1, database, tmp_path / "config"))


def run(*words: str):
    return CliRunner().invoke(app, ["-q", *words])


@pytest.mark.slow
@pytest.mark.usefixtures("smith")
def test_a_track_that_was_delivered_elsewhere_meanwhile_is_still_ours(scenes, scoring):
    plan, place = planned_score(scenes, MusicWish())
    scoring.make(place, plan, ScoreWish(), spending=AGREED)
    elsewhere = replace(place, output=place.folder.parent / "other.flac")
    scoring.make(elsewhere, plan, ScoreWish(), spending=AGREED)
    scoring.make(place, plan, ScoreWish(), spending=AGREED)  # without --force
    place.output.write_bytes(b"somebody's")
    with pytest.raises(InvalidInput, match="--force"):
        scoring.make(place, plan, ScoreWish(), spending=AGREED)


def test_scenes_become_a_mastered_track_with_report_and_picture(scenes, smith, scoring):
    plan, place = planned_score(scenes, MusicWish())
    done = scoring.make(place, plan, ScoreWish(), spending=AGREED)
    assert place.output.name == "rooms.wav"
    facts = measure(place.output)
    assert (facts.samples, facts.rate) == (9 * 48_000, 48_000)
    report = ScoreReport.load(place.report)
    heard = ffmpeg_reads(read(place.output).samples, 48_000, "stereo")
    assert heard.integrated == pytest.approx(-14, abs=1)
    assert heard.true_peak <= -1.0
    assert report.integrated == pytest.approx(heard.integrated, abs=0.1)
    assert report.true_peak == pytest.approx(heard.true_peak, abs=0.1)
    assert report.tempo == pytest.approx(120, rel=0.02)
    assert [scene.id for scene in report.scenes] == ["s01", "s02", "s03"]
    assert all(abs(scene.beat or 0) < 0.05 for scene in report.scenes)
    assert len(report.joins) == len(done.score.parts) - 1
    assert place.picture.read_bytes().startswith(b"\x89PNG")
    # Again: nothing is bought, nothing is written.
    sold, before = smith.sold, place.output.stat().st_mtime_ns
    again = scoring.make(place, plan, ScoreWish())
    assert (smith.sold, place.output.stat().st_mtime_ns) == (sold, before)
    assert again.report == report
    # A changed last scene is made anew, and what comes before it is not bought again.
    other = plan.cues[2].model_copy(update={"prompt": "another end"})
    changed = plan.model_copy(update={"cues": (*plan.cues[:2], other)})
    anew = scoring.make(place, changed, ScoreWish(), spending=AGREED)
    assert smith.sold == sold + 1
    rate = done.score.rate
    kept = anew.score.parts[-1].start
    assert kept > 5 * rate
    first, second = (read(place.takes / s.file).samples for s in (done.score, anew.score))
    assert second.shape == first.shape
    assert second[:, :kept].tobytes() == first[:, :kept].tobytes()
    assert done.score.sha256 != anew.score.sha256


@pytest.mark.usefixtures("undrawn")
def test_what_there_is_of_a_broken_score_is_told_and_gone_on_from(scenes, smith, scoring):
    plan, place = planned_score(scenes, MusicWish())
    real, calls = smith.submit, []

    def breaks(request, files):
        calls.append(request)
        if len(calls) > 1:
            raise ProviderError("the smith is ill", provider="tunesmith", down=True)
        return real(request, files)

    smith.submit = breaks
    with pytest.raises(ProviderError, match=r"ill.*3\.0 s are there, up to the end of s01") as told:
        scoring.make(place, plan, ScoreWish(), spending=AGREED)
    assert "same command goes on" in str(told.value)
    assert not place.output.exists()
    smith.submit = real
    sold = smith.sold
    scoring.make(place, plan, ScoreWish(), spending=AGREED)
    assert smith.sold == sold + 2


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_money_is_asked_for_first(scenes, smith, scoring):
    plan, place = planned_score(scenes, MusicWish())
    with pytest.raises(InvalidInput, match="nothing was bought: agree with --yes"):
        scoring.make(place, plan, ScoreWish(), spending=NOTHING)
    assert smith.sold == 0
    quoted = scoring.quote(place, plan, ScoreWish(retakes=0))
    assert quoted.total.high == Decimal("0.30")
    done = scoring.make(place, plan, ScoreWish(retakes=0), spending=AGREED)
    assert done.bill is not None
    assert done.bill.run == Decimal("0.30")
    assert scoring.quote(place, plan, ScoreWish(retakes=0)).total.high == 0


def test_files_of_somebody_else_are_not_replaced(scenes, smith, tmp_path):
    taken = tmp_path / "mine.wav"
    taken.write_bytes(b"mine")
    refused = run("score", str(scenes), "--out", str(taken), "--yes")
    assert (refused.exit_code, taken.read_bytes()) == (1, b"mine")
    assert "--force" in str(refused.exception)
    assert smith.sold == 0
    assert "written as .wav or .flac" in str(run("score", str(scenes), "-o", "a.mp3").exception)


@pytest.mark.usefixtures("undrawn")
def test_a_plan_can_be_written_edited_and_played(scenes, smith, tmp_path):  # noqa: ARG001
    shown = run("score", str(scenes), "--plan-only", "--json")
    assert json.loads(shown.stdout)["kind"] == "songreel.score-plan"
    path = tmp_path / "rooms.score" / "plan.json"
    plan = ScorePlan.load(path)
    plan.model_copy(update={"cues": plan.cues[:1]}).save(path)
    done = run("score", str(path), "--yes", "--json")
    assert done.exit_code == 0, done.exception
    told = json.loads(done.stdout)
    assert told["heard"]["seconds"] == pytest.approx(3)
    assert Score.load(path.parent / "takes" / "score.json").plan.cues == plan.cues[:1]
    assert "leave --prompt" in str(run("score", str(path), "--bpm", "90").exception)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "say what wants music"),
        (("nowhere.yaml",), "there is nothing at nowhere.yaml"),
        (("rooms.yaml", "--fit", "x.edl"), "say what wants music"),
        (("rooms.yaml", "--bpm", "900"), "no tempo of a score"),
        (("rooms.yaml", "--key", "H major"), "--key 'H major'"),
        (("rooms.yaml", "--set", "loud"), "NAME=VALUE"),
        (("rooms.yaml", "--source", "kazoo"), "no source of sound is called 'kazoo'"),
        (("--fit", "cut.edl"), "does not say its frame rate"),
        (("--fit", "rooms.txt"), "there is no project, video or edit list"),
    ],
)
def test_a_wrong_wish_is_one_sentence(scenes, tmp_path, words, told):  # noqa: ARG001
    (tmp_path / "cut.edl").write_text(EDL.replace("* FRAME RATE: 25\n", ""))
    result = run("score", *words)
    assert result.exit_code == 1
    assert isinstance(result.exception, InvalidInput)
    assert told in str(result.exception)


EDL = """TITLE: CUT
FCM: NON-DROP FRAME
001  AX       V     C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00
* FRAME RATE: 25
002  AX       V     C        00:00:02:00 00:00:02:00 01:00:02:00 01:00:02:00
002  BX       V     D    010 00:00:00:00 00:00:02:00 01:00:02:00 01:00:04:00
003  AX       B     C        00:00:00:00 00:00:02:00 01:00:04:00 01:00:06:00
004  SONG     AA    C        00:00:00:00 00:00:06:00 01:00:00:00 01:00:06:00
"""

FCPXML = """<?xml version="1.0"?><fcpxml version="1.10"><library><event><project><sequence>
<spine><asset-clip offset="0s" duration="50/25s"/><transition duration="10/25s"/>
<asset-clip duration="2s"/><gap duration="1001/500s"/></spine>
</sequence></project></event></library></fcpxml>"""


def test_cuts_are_read_from_edit_lists(tmp_path):
    (tmp_path / "cut.edl").write_text(EDL)
    edit = cuts_of(tmp_path / "cut.edl")
    assert edit.cuts == pytest.approx((2.2, 4.0))
    assert edit.seconds == 6
    (tmp_path / "cut.fcpxml").write_text(FCPXML)
    assert cuts_of(tmp_path / "cut.fcpxml") == ((2.0, 4.0), pytest.approx(6.002))
    (tmp_path / "one.edl").write_text("\n".join(EDL.splitlines()[:4]))
    with pytest.raises(InvalidInput, match="no cuts"):
        cuts_of(tmp_path / "one.edl")
    (tmp_path / "bad.fcpxml").write_text("<a>")
    with pytest.raises(InvalidInput, match="no XML"):
        cuts_of(tmp_path / "bad.fcpxml")


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_music_made_for_a_cut_has_beats_on_its_cuts(tmp_path, smith):  # noqa: ARG001
    frames = [0, 50, 75, 100, 150, 200, 225, 250]
    lines = ["TITLE: BEATS", "* FRAME RATE: 25"]
    for n, (start, end) in enumerate(pairwise(frames), 1):
        codes = [f"01:00:{f // 25:02d}:{f % 25:02d}" for f in (start, end)]
        lines.append(f"{n:03d}  AX  V  C  00:00:00:00 00:00:01:00 {codes[0]} {codes[1]}")
    (tmp_path / "beats.edl").write_text("\n".join(lines))
    done = run("score", "--fit", "beats.edl", "--yes", "--json")
    assert done.exit_code == 0, done.exception
    heard = json.loads(done.stdout)["heard"]
    assert heard["cuts"] == 6
    assert heard["cuts_on_beat"] == 1.0
    assert heard["cut_error"] < 0.03


def test_planned_beats_start_anew_where_the_tempo_changes():
    def cue(name, bpm):
        return ScoreCue(id=name, seconds=4, prompt="x", bpm=bpm, key="A minor")

    grid = planned_grid(ScorePlan(cues=(cue("a", 120), cue("b", 90)), first_downbeat=0.5))
    assert grid.beats[:3] == pytest.approx((0.0, 0.5, 1.0))
    assert grid.bar_and_beat(1) == (1, 1)
    later = [beat for beat in grid.beats if beat > 4.5]
    assert np.diff(later) == pytest.approx(60 / 90, abs=1e-5)


def test_ears_tell_a_tempo_that_has_moved():
    cue = ScoreCue(id="a", seconds=6, prompt="x", bpm=120, key="A minor")
    before = tune(16_000, 8, 120, seed=1)
    steady, moved = (tune(16_000, 8, bpm, seed=2) for bpm in (120, 126))
    around = Surroundings(before, 120)
    kept, off = (ears(part, 16_000, cue, around) for part in (steady, moved))
    assert kept.tempo == pytest.approx(120, rel=0.01)
    assert kept.trust >= 0.5
    assert off.tempo == pytest.approx(126, rel=0.01)
    assert off.trust >= 0.5


def test_a_score_lies_beside_what_it_is_delivered_as(tmp_path):
    place = place_beside(tmp_path / "rooms.yaml", tmp_path / "out" / "rooms.flac")
    assert place.folder == tmp_path / "out" / "rooms.score"
    with pytest.raises(InvalidInput, match="there is no folder"):
        place.checked(force=False)
