"""What the editor's page says of shots, films, files, quotes and jobs; no browser."""

import asyncio
from datetime import UTC, datetime
from fractions import Fraction
from types import SimpleNamespace

import pytest

from songreel.models.effect import EffectCue
from songreel.models.queued import QueuedJob
from songreel.models.render import RenderSpec
from songreel.models.sizes import told_bytes
from songreel.models.storyboard import Anchor, CutReason
from songreel.models.transition import Transition
from songreel.models.work import Assemble
from songreel.prompting.lint import Finding
from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.editor.downloads import kind_of
from songreel.web.studio.editor.film_panel import _lacking
from songreel.web.studio.editor.film_state import changed_text, edit_changes
from songreel.web.studio.editor.plan_panel import finding_rows, findings_text
from songreel.web.studio.editor.shot_view import (
    WHY,
    effect_text,
    length_text,
    place_text,
    shot_view,
    shots_text,
)
from songreel.web.studio.editor.work_strip import doing_text
from songreel.web.studio.job_words import left_text
from songreel.workspace import Workspace
from support.edits import BEAT, plan, timeline
from support.studio import settings_of

PLAN = plan()
ID = "a" * 32
SPEC = RenderSpec(width=1280, height=720, rate=Fraction(24))


def test_a_shot_is_told_by_bar_and_beat_wherever_its_moment_is_one():
    assert place_text(PLAN, 1) == "bar 1, beat 4"
    moved = PLAN.shots[1].model_copy(update={"at": Anchor(bar=2, beat=1, part=Fraction(1, 2))})
    changed = PLAN.model_copy(update={"shots": (PLAN.shots[0], moved, *PLAN.shots[2:])})
    assert place_text(changed, 1) == "bar 2, beat 1 + 1/2"
    off = PLAN.shots[1].model_copy(update={"at": Anchor(seconds=1.6)})
    assert place_text(
        PLAN.model_copy(update={"shots": (PLAN.shots[0], off, *PLAN.shots[2:])}), 1
    ) == "at 1.60 s"  # fmt: skip


def test_a_length_is_told_in_bars_and_beats_only_where_the_grid_is_trusted():
    assert length_text(PLAN, 0.0, 6 * BEAT) == f"{6 * BEAT:.2f} s · 1 bar 2 beats"
    assert length_text(PLAN, 0.0, 8 * BEAT).endswith("2 bars")
    loose = PLAN.model_copy(update={"beat_locked": False})
    assert length_text(loose, 0.0, 6 * BEAT) == f"{6 * BEAT:.2f} s"


def test_the_inspector_tells_a_shot_and_whether_its_words_are_a_persons():
    view = shot_view(PLAN, "s03")
    assert view is not None
    assert (view.number, view.count, view.first) == (4, len(PLAN.shots), False)
    assert (view.section, view.why) == ("B chorus", WHY[CutReason.BEAT])
    assert not view.edited  # a shot without parts keeps its words: they are the plan's
    assert shot_view(PLAN, "s99") is None


def test_every_reason_of_a_cut_has_a_sentence():
    assert set(WHY) == set(CutReason)


@pytest.mark.parametrize(
    ("cue", "text"),
    [
        (EffectCue(effect="push", on="downbeat", strength=0.6), "push on downbeat, 60 %"),
        (EffectCue(effect="grain"), "grain all through the shot, 50 %"),
    ],
)
def test_effects_are_told_in_words(cue, text):
    assert effect_text(cue) == text


def test_many_shots_are_named_few():
    assert shots_text(["s01"]) == "s01"
    assert shots_text(["s01", "s02", "s03"]) == "s01, s02 and s03"
    assert shots_text([f"s{i:02d}" for i in range(20)]) == "s00, s01, s02, s03 and 16 more"


def test_a_film_of_the_very_plan_has_not_changed():
    assert edit_changes(timeline(PLAN, SPEC.rate), PLAN, SPEC) == ()


def test_what_has_changed_since_the_cut_is_counted_and_said():
    film = timeline(PLAN, SPEC.rate)
    shots = list(PLAN.shots)
    shots[2] = shots[2].model_copy(update={"transition": Transition()})
    shots[4] = shots[4].model_copy(update={"at": Anchor(seconds=round(11.5 * BEAT, 6))})
    shots[7] = shots[7].model_copy(update={"id": "s07a"})
    changed = edit_changes(film, PLAN.model_copy(update={"shots": tuple(shots)}), SPEC)
    assert changed == (
        "1 cut has moved",
        "1 shot is new",
        "1 shot is gone",
        "1 transition is another",
    )
    assert changed_text(changed[:1]) == (
        "The plan has changed since this film was cut: 1 cut has moved."
    )


def test_a_plan_that_cannot_be_cut_says_why_instead():
    film = timeline(PLAN, SPEC.rate)
    tight = PLAN.shots[1].model_copy(update={"at": Anchor(seconds=0.001)})
    changed = PLAN.model_copy(update={"shots": (PLAN.shots[0], tight, *PLAN.shots[2:])})
    (why,) = edit_changes(film, changed, SPEC)
    assert "shorter than one frame" in why


@pytest.mark.parametrize(
    ("key", "kind"),
    [("film", "film"), ("export-x.edl", "export"), ("format-x 9x16.mp4", "format"),
     ("thumb-s01", None), ("take-s01-abcdef12", None), ("song", None), ("report", "report")],
)  # fmt: skip
def test_only_what_is_worth_it_is_offered_to_take_away(key, kind):
    assert kind_of(key) == kind


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (12, "12 bytes"),
        (3_400, "3.32 KiB"),
        (512_000, "500 KiB"),
        (2_400_000_000, "2.24 GiB"),
        (1023, "0.999 KiB"),
        (999.6 * 2**20, "0.976 GiB"),
        (-3 * 2**20, "−3 MiB"),
        (5000 * 2**40, "5000 TiB"),
    ],
)
def test_sizes_have_three_digits(count, text):
    assert told_bytes(count) == text


def job(**fields):
    work = Assemble(project=ID)
    return QueuedJob(id="b" * 32, work=work, made=datetime(2026, 8, 1, tzinfo=UTC), **fields)


def test_a_job_says_what_it_is_at():
    assert doing_text(job()) == "waits in the queue"
    assert doing_text(job(state="working", doing="cutting", progress=0.4)) == "cutting"
    assert doing_text(job(state="working", doing="cutting", wish="cancel")) == "stopping"
    assert doing_text(job(state="paused", doing="cutting")) == "paused"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (4.0, "a few seconds left"), (62.0, "about 60 s left"),
     (200.0, "about 3 min left"), (9000.0, "about 2.5 h left")],
)  # fmt: skip
def test_time_left_is_told_no_finer_than_it_is_known(seconds, text):
    assert left_text(seconds) == text


def test_findings_are_counted_and_listed_in_the_films_order():
    found = (
        Finding(shot="s01", rule="length", text="too long", severity="warning"),
        Finding(shot="s01", rule="negation", text="says no", severity="error"),
        Finding(shot="s04", rule="length", text="too long", severity="warning"),
    )
    assert findings_text(found) == "1 error and 2 warnings in 2 shots; click one to go there."
    assert findings_text(()) == "Nothing found: every prompt reads well."
    assert [(row["key"], row["tone"]) for row in finding_rows(found)] == [
        ("s01", ""), ("s01", "bad"), ("s04", ""),
    ]  # fmt: skip


def test_an_export_that_cannot_be_made_is_not_among_all_of_them():
    lacking = _lacking(PLAN)
    assert set(lacking) == {"srt", "vtt", "chapters.txt"}
    assert "lyrics" in lacking["srt"]
    assert "chapters" in lacking["chapters.txt"]
    assert _lacking(None) == {}


def test_a_project_that_is_gone_is_told_once_and_refuses_edits(tmp_path):
    told = []

    async def used():
        workspace = Workspace(settings_of(tmp_path), "tests")
        bench = Bench(workspace, "0" * 32)
        bench._seen = SimpleNamespace(board=SimpleNamespace(revision="1"))
        bench.on("said", lambda: told.append((bench.said, bench.said_wrong)))
        await bench.look()
        await bench.look()
        assert len(told) == 1
        assert told[0][1]
        refused = await bench.undo()
        assert refused
        assert len(told) == 2

    asyncio.run(used())
