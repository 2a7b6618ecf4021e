"""What a job may spend: the sum that was agreed to, once, however often it is taken up."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from songreel.hosted import Choices
from songreel.models.errors import BudgetExceeded, InvalidInput
from songreel.models.money import Charge, Quote
from songreel.models.queued import QueuedJob
from songreel.models.work import Make, Plan
from songreel.models.work_sound import Foley, MakeScenes, Score
from songreel.models.work_wishes import Music, Output, Planning
from songreel.project import Project
from songreel.queue.agreement import Agreement, NotAgreed
from songreel.queue.bench import Bench
from songreel.queue.quoting import quote
from songreel.queue.runner import Runner
from songreel.scoring import ScoreQuote
from songreel.store.database import Database
from songreel.store.ledger import Ledger, Scope
from support.cloud.server import Cloud
from support.hosted import asked
from support.jobs import ended, kill, processes_of, tiny_song, until, workspace_in
from support.studio import work_off

USD = Decimal
SCENES = "scenes:\n  - seconds: 4\n    prompt: a gate\n  - seconds: 4\n"


def reserve(purse, key, usd):
    purse.reserve(key, Quote.exactly(USD(usd)), provider="shop", shot="s01", request=asked(2.0))


def test_what_a_job_orders_counts_over_all_its_attempts(database):
    ledger = Ledger(Database(database))
    first = ledger.purse("p", "film", USD("1.00"), "a" * 32)
    reserve(first, "k1", "0.40")
    reserve(first, "k2", "0.40")
    first.settle("k1", Charge(usd=USD("0.50"), basis="metered", measured=True))
    second = ledger.purse("p", "film", USD("1.00"), "a" * 32)
    with pytest.raises(BudgetExceeded, match=r"this job to 1\.10 USD, and 1\.00 USD were agreed"):
        reserve(second, "k3", "0.20")
    reserve(second, "k2", "0.40")  # is set aside already
    second.release("k2", "failed")
    reserve(second, "k2", "0.40")  # anew, in what the first attempt gave back
    assert ledger.spent_by("a" * 32) == USD("0.90")
    other = ledger.purse("p", "film", USD("1.00"), "b" * 32)
    reserve(other, "k3", "1.00")
    assert (ledger.spent_by("b" * 32), other.spent()) == (USD("1.00"), USD("1.00"))
    assert ledger.spent_by("c" * 32) == 0


def test_a_job_that_goes_on_has_what_is_left_of_the_sum(tmp_path):
    workspace = workspace_in(tmp_path)
    work = Score(scenes=SCENES, agreed=USD("1.00"))
    job = QueuedJob(id="a" * 32, work=work, made=datetime.now(UTC))
    bench = Bench(workspace, job, None)

    def agreed(usd: str) -> bool:
        spending = Agreement(bench, work).spending
        assert spending.job == (job.id, USD("1.00"))
        return spending.consent(ScoreQuote(Quote.exactly(USD(usd)), "shop", 2, 8.0, False), ())

    assert agreed("1.00")
    purse = Ledger(workspace.database).purse("p", "film", USD("1.00"), job.id)
    reserve(purse, "k1", "0.60")
    assert agreed("0.40")
    with pytest.raises(NotAgreed, match=r"0\.41 USD after the 0\.60 USD .* and 1\.00 USD were"):
        agreed("0.41")


def test_scores_and_foley_are_quoted_before_they_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("FAL_KEY", "a:b")
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_" + "a" * 37)
    workspace = workspace_in(tmp_path)
    free = quote(workspace, Score(scenes=SCENES))
    assert (free.most, free.bounds, free.lines) == (
        0, (), ("2 scenes, 8 s, by builtin: free",),
    )  # fmt: skip
    foley = quote(workspace, Foley(seconds=8, prompt="rain", source="fal:mmaudio-text"))
    assert 0 < foley.likely <= foley.high == foley.most
    Ledger(workspace.database).limit(Scope("workspace"), USD("0.000001"))
    assert "workspace" in quote(
        workspace, Foley(seconds=8, prompt="rain", source="fal:mmaudio-text")
    ).bounds[0]  # fmt: skip
    assert not list((tmp_path / "workspace" / "jobs").iterdir())


def test_a_film_of_scenes_is_quoted_as_far_as_it_can_be(tmp_path, monkeypatch):
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_" + "a" * 37)
    workspace = workspace_in(tmp_path)
    free = quote(workspace, MakeScenes(scenes=SCENES))
    assert free.most == 0
    assert free.lines == ("music: 2 scenes, 8 s, by builtin: free", "pictures: free")
    assert free.unknown == ()
    music = Music(source="replicate:musicgen")
    bought = quote(workspace, MakeScenes(scenes=SCENES, music=music))
    assert bought.most == quote(workspace, Score(scenes=SCENES, music=music)).most > 0
    assert bought.unknown == ()
    models = Choices(workspace.settings).models("replicate")
    model = next(model.key for model in models if model.price.unit == "second")
    paid = quote(workspace, MakeScenes(scenes=SCENES, visuals=model))
    assert paid.most == 0
    assert "before they can be counted" in paid.unknown[0]
    assert "for 8 s of scenes" in paid.unknown[0]
    with pytest.raises(InvalidInput, match="names the image gate.png"):
        quote(workspace, MakeScenes(scenes="scenes:\n  - {seconds: 4, start: gate.png}\n"))
    assert not list((tmp_path / "workspace" / "jobs").iterdir())


def test_a_quote_says_which_wishes_it_does_not_hold(tmp_path):
    workspace = workspace_in(tmp_path)
    entry = workspace.editing.create(tiny_song(tmp_path / "Lied.wav", bars=4), "Lied")
    workspace.queue.add(Plan(project=entry.id, planning=Planning(style="driving")))
    work_off(workspace)
    as_planned = Make(project=entry.id, planning=Planning(style="driving"), visuals="builtin")
    assert quote(workspace, as_planned).unknown == ()
    (told,) = quote(
        workspace, Make(project=entry.id, planning=Planning(style="hyper"), visuals="replicate")
    ).unknown
    assert told.startswith("visuals replicate and style hyper of this work is not what")


def test_of_sound_for_a_film_at_an_address_it_is_said_what_is_not_known(tmp_path, monkeypatch):
    monkeypatch.setenv("FAL_KEY", "a:b")
    workspace = workspace_in(tmp_path)
    where = "https://films.example/one.mp4"  # not asked: there is no network in tests
    free = quote(workspace, Foley(address=where))
    assert (free.most, free.unknown) == (0, ())
    paid = quote(workspace, Foley(address=where, source="fal:mmaudio-v2"))
    assert "0.001 USD a second" in paid.unknown[0]
    with pytest.raises(InvalidInput, match="http and https"):
        quote(workspace, Foley(address="ftp://films.example/one.mp4"))


@pytest.mark.slow
def test_a_film_that_is_bought_goes_on_after_a_crash_within_its_sum(tmp_path, monkeypatch):
    workspace = workspace_in(tmp_path)
    entry = workspace.editing.create(tiny_song(tmp_path / "Lied.wav", bars=4), "Lied")
    with Cloud(running=4.0) as cloud:  # nobody misses it between two looks
        for name, value in cloud.environment().items():
            monkeypatch.setenv(name, value)
        work = Make(
            project=entry.id, planning=Planning(style="driving"), output=Output(size=90),
            visuals="replicate",
        )  # fmt: skip
        with Runner(workspace.settings):
            (refused,) = ended(workspace, workspace.queue.add(work))
            assert (refused.state, cloud.bill()) == ("failed", [])
            assert "0.00 USD were agreed to" in refused.error
            told = quote(workspace, work)
            assert USD(refused.result["quote"]["most"]) == told.most > 0
            job = workspace.queue.add(work.model_copy(update={"agreed": told.most}))
            until(lambda: cloud.bill() or cloud.jobs, "something is ordered")
            kill(job)
            until(lambda: not processes_of(job), "its process ends")
            (done,) = ended(workspace, job)
        paid, spent = USD(done.result["paid_usd"]), cloud.usd()
    assert (done.state, done.attempts) == ("done", 2), done.error
    assert 0 < paid <= told.most
    assert paid == pytest.approx(spent)  # nothing was bought twice
    assert Ledger(workspace.database).spent_by(job.id) == paid
    lines = [line for line in workspace.trail.entries() if line.action == "job.ended"]
    assert [line.usd for line in lines] == [None, paid]
    clips = Project(Path(entry.folder)).clips
    assert {clip.suffix for clip in clips.iterdir()} >= {".mp4"}
