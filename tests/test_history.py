"""The history of clips and the batches of films, on both databases; and `songreel history`."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from songreel.made import Made, remember
from songreel.models.clip import Clip
from songreel.models.local import Effort
from songreel.models.money import Charge
from songreel.project import Project
from songreel.settings import Settings
from songreel.store.batches import Batches
from songreel.store.history import ClipHistory, sums
from support.books import REQUEST
from support.clocks import Clock
from support.command import command

MADE = datetime(2026, 11, 21, 12, tzinfo=UTC)


def clip(seed: int, provider: str = "local:mochi", **fields: object) -> Clip:
    request = REQUEST.model_copy(update={"seed": seed})
    known = {
        "file": f"s{seed}.mp4", "sha256": f"{seed:064x}", "frames": 97, "rate": Fraction(24),
        "width": 768, "height": 512, "made": MADE,
    }  # fmt: skip
    return Clip(request=request, provider=provider, **known | fields)


def effort(denoise: float, peak: int = 2**30, **fields: object) -> Effort:
    known = {"device": "cuda:0 (NVIDIA H200)", "placement": "whole", "steps": 64}
    return Effort(**known | {"seconds": {"denoise": denoise}, "memory_peak": peak} | fields)


@pytest.fixture
def history(database):
    return ClipHistory(database)


def test_a_clip_is_entered_once_with_what_it_took(history, tmp_path):
    took = effort(
        100.0, 61 * 2**30, seconds={"load": 30.0, "encode": 0.5, "denoise": 99.5},
        approximate=("first-block cache",), notices=("stepped down from whole",),
    )  # fmt: skip
    clips = [("s01", clip(1, effort=took)), ("s02", clip(1)), ("s03", clip(3))]
    assert history.lacks("p", [made for _, made in clips])
    assert history.enter("p", "Sea film", clips, tmp_path) == 2
    assert history.enter("p", "Sea film", clips, tmp_path) == 0
    assert not history.lacks("p", [made for _, made in clips])
    assert history.lacks("q", [clip(1)])
    first, second = history.entries()
    assert (first.shot, first.effort, first.at) == ("s01", took, MADE)
    assert (first.fingerprint, first.sha256) == (clip(1).request.fingerprint, clip(1).sha256)
    assert (first.rate, first.frames, first.length) == (24, 97, pytest.approx(97 / 24))
    assert (second.shot, second.effort, second.usd) == ("s03", None, None)


def test_the_same_file_made_for_another_request_or_film_is_another_entry(history, tmp_path):
    again = clip(2, sha256=clip(1).sha256)
    assert history.enter("p", "a", [("s01", clip(1)), ("s02", again)], tmp_path) == 2
    assert history.enter("q", "b", [("s01", clip(1))], tmp_path) == 1
    assert len(history.entries()) == 3
    assert len(history.entries(project="q")) == 1


def test_a_bought_clip_has_its_price_to_the_millionth(history, tmp_path):
    cost = Charge(usd=Decimal("0.026667"), basis="4 s", measured=False)
    history.enter("p", "a", [("s01", clip(1, "replicate:hailuo-02", cost=cost))], tmp_path)
    (entry,) = history.entries()
    assert (entry.usd, entry.measured) == (Decimal("0.026667"), False)


def test_a_clip_that_does_not_say_when_was_made_when_its_file_was_written(history, tmp_path):
    file = tmp_path / "s1.mp4"
    file.write_bytes(b"a film")
    then = datetime(2026, 11, 20, 8, tzinfo=UTC)
    os.utime(file, (then.timestamp(), then.timestamp()))
    history.enter("p", "a", [("s01", clip(1, made=None)), ("s02", clip(2))], tmp_path)
    assert [entry.at for entry in history.entries()] == [then, MADE]
    assert [entry.at for entry in history.entries(since=date(2026, 11, 21))] == [MADE]


def test_sums_are_by_model_device_and_way(history, tmp_path):
    cached = {"approximate": ("first-block-cache",)}
    card = {"device": "cuda:0 (NVIDIA RTX 4090)", "placement": "fp8"}
    efforts = [
        effort(10, 4 * 2**30), effort(30, 6 * 2**30), effort(20, 5 * 2**30),
        effort(7, **cached), effort(5, **card),
        effort(4, seconds={"load": 60, "denoise": 4}, memory_peak=None, **card),
    ]  # fmt: skip
    clips = [(f"s{i}", clip(i, effort=took)) for i, took in enumerate(efforts)]
    cost = Charge(usd=Decimal("0.40"), basis="4 s", measured=True)
    clips += [(f"h{i}", clip(100 + i, "fal:ltxv-13b", cost=cost)) for i in range(3)]
    history.enter("p", "a", clips, tmp_path)
    rows = {(row.provider, row.placement): row for row in sums(history.entries())}
    whole = rows["local:mochi", "whole"]
    assert (whole.clips, whole.seconds, whole.median) == (3, 60, 20)
    assert whole.memory_peak == 6 * 2**30
    assert whole.length == pytest.approx(3 * 97 / 24)
    assert rows["local:mochi", "whole + first-block-cache"].median == 7
    fp8 = rows["local:mochi", "fp8"]
    assert (fp8.device, fp8.median, fp8.loading) == ("cuda:0 (NVIDIA RTX 4090)", 4.5, 60)
    assert fp8.memory_peak == 2**30
    bought = rows["fal:ltxv-13b", ""]
    assert (bought.clips, bought.usd, bought.seconds) == (3, Decimal("1.20"), None)
    assert len(rows) == 4


def test_threads_enter_a_clip_once(history, tmp_path):
    clips = [(f"s{i}", clip(i)) for i in range(20)]
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(history.enter, "p", "a", clips, tmp_path) for _ in range(4)]
        assert sum(run.result() for run in runs) == 20


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def batches(database, clock):
    return Batches(database, clock=clock)


def tasks(*names: str) -> dict[str, dict[str, object]]:
    return {name: {"song": f"{name}.flac", "look": ["noir", 1.5, None]} for name in names}


def test_films_are_taken_up_in_their_order_and_end_once(batches, clock):
    batches.plan("b", "ten songs", tasks("z", "a"))
    film = batches.take("b", "one", stale=60)
    assert (film.name, film.state, film.attempts, film.worker) == ("z", "working", 1, "one")
    assert film.task == tasks("z")["z"]
    other = batches.take("b", "two", stale=60)
    assert other.name == "a"
    assert batches.take("b", "three", stale=60) is None
    clock.forward(seconds=90)
    assert batches.done(film, {"video": "z.mp4", "seconds": 12.5})
    assert not batches.failed(film, "too late")
    assert batches.failed(other, "the song is silent")
    first, second = batches.films("b")
    assert (first.state, first.result, first.seconds) == (
        "done", {"video": "z.mp4", "seconds": 12.5}, 90,
    )  # fmt: skip
    assert (second.state, second.error) == ("failed", "the song is silent")
    assert batches.films("none") == ()


def test_a_film_whose_worker_fell_silent_is_taken_over(batches, clock):
    batches.plan("b", "one", tasks("a"))
    lost = batches.take("b", "one", stale=60)
    clock.forward(seconds=50)
    assert batches.alive(lost)
    clock.forward(seconds=50)
    assert batches.take("b", "two", stale=60) is None
    clock.forward(seconds=11)
    taken = batches.take("b", "two", stale=60)
    assert (taken.attempts, taken.worker) == (2, "two")
    assert not batches.alive(lost)
    assert not batches.done(lost, {"video": "late.mp4"})
    assert not batches.give_back(lost)
    assert batches.done(taken, {"video": "a.mp4"})


def test_a_batch_planned_again_goes_on(batches):
    batches.plan("b", "songs", tasks("a", "b", "c"))
    batches.done(batches.take("b", "one", stale=60), {"video": "a.mp4"})
    batches.failed(batches.take("b", "one", stale=60), "no")
    changed = tasks("c", "b", "a", "d") | {"b": {"song": "b.flac", "look": "other"}}
    found = batches.plan("b", "more songs", changed)
    assert [(film.name, film.state, film.attempts) for film in found] == [
        ("c", "waiting", 0), ("b", "waiting", 0), ("a", "done", 1), ("d", "waiting", 0),
    ]  # fmt: skip
    assert found[1].error == ""
    assert [film.name for film in batches.plan("b", "fewer", tasks("a"))] == ["a"]
    assert [(batch.id, batch.title, batch.at) for batch in batches.batches()] == [
        ("b", "fewer", MADE)
    ]


def test_films_that_failed_may_wait_again_and_one_may_be_named(batches):
    batches.plan("b", "songs", tasks("a", "b"))
    batches.failed(batches.take("b", "one", stale=60), "no")
    assert batches.again("b") == 1
    assert batches.take("b", "one", stale=60, name="b").name == "b"
    assert batches.take("b", "two", stale=60, name="b") is None
    film = batches.take("b", "one", stale=60, name="a")
    assert (film.attempts, film.error) == (2, "")
    batches.done(film, {"video": "a.mp4"})
    made_again = batches.take("b", "one", stale=60, name="a")
    assert (made_again.attempts, made_again.result) == (3, {})
    assert batches.give_back(made_again)
    assert batches.films("b")[0].state == "waiting"


def test_many_workers_take_each_film_once(database):
    batches = Batches(database)
    batches.plan("b", "songs", tasks(*(f"film {i:02}" for i in range(24))))

    def work(worker: str) -> list[str]:
        own, names = Batches(database), []
        while (film := own.take("b", worker, stale=60)) is not None:
            names.append(film.name)
            assert own.done(film, {"by": worker})
        return names

    with ThreadPoolExecutor(4) as pool:
        taken = [name for names in pool.map(work, "abcd") for name in names]
    assert sorted(taken) == [f"film {i:02}" for i in range(24)]
    assert {film.attempts for film in batches.films("b")} == {1}


def test_the_time_is_the_databases_own(database):
    batches = Batches(database)
    batches.plan("b", "songs", tasks("a"))
    before = time.time()
    film = batches.take("b", "one", stale=60)
    assert before - 1 < film.heard.timestamp() < time.time() + 1
    time.sleep(0.05)
    assert batches.take("b", "two", stale=0.01).attempts == 2


@pytest.fixture
def project(tmp_path):
    song = tmp_path / "song.wav"
    song.write_bytes(b"a song")
    return Project.start(tmp_path / "film", song, "0" * 64)


def shelved(project: Project, made: Clip) -> Clip:
    """A clip and its file, where the runner leaves them."""
    project.clips.mkdir(exist_ok=True)
    name = f"s01-{made.request.fingerprint[:8]}"
    found = made.model_copy(update={"file": f"{name}.mp4"})
    (project.clips / found.file).write_bytes(b"a clip")
    found.save(project.clips / f"{name}.json")
    return found


def test_takes_that_no_shot_shows_are_remembered_too(project, places, tmp_path):
    settings = replace(Settings.load(tmp_path / "workspace"), database=places())
    shelved(project, clip(1, effort=effort(8)))
    shown = shelved(project, clip(2, effort=effort(9)))
    for _ in range(2):
        assert remember(settings, project, {"s01": shown}) == ()
    found = Made(settings, project.folder)
    assert {entry.effort.total for entry in found.entries} == {8, 9}
    assert found.rows()[0].clips == 2


def test_a_history_that_cannot_be_written_is_told_and_ends_nothing(project, tmp_path):
    shown = shelved(project, clip(1))
    (tmp_path / "songreel.db").write_bytes(b"my holiday diary\n" * 500)
    settings = replace(Settings.load(tmp_path), database=f"sqlite:///{tmp_path / 'songreel.db'}")
    (told,) = remember(settings, project, {"s01": shown})
    assert "not entered into the history" in told
    assert "cannot be read as a database" in told


def test_the_command_tells_sums_and_clips(project, tmp_path):
    songreel = command(tmp_path)
    assert songreel("history").stderr == "no clips yet\n"
    settings = replace(
        Settings.load(tmp_path / "workspace"),
        database=f"sqlite:///{tmp_path / 'workspace' / 'songreel.db'}",
    )
    peak = 61 * 2**30
    remember(settings, project, {"s01": shelved(project, clip(1, effort=effort(400, peak)))})
    header, _, row = songreel("history", "--project", "film").stdout.splitlines()
    assert row.split() == [
        "local:mochi", "cuda:0", "(NVIDIA", "H200)", "whole", "1", "4.0", "400.0", "400.0",
        "61.0", "–",
    ]  # fmt: skip
    assert header.split()[:4] == ["model", "device", "placement", "clips"]
    (entry,) = json.loads(songreel("history", "--json", "--clips").stdout)
    assert (entry["shot"], entry["project_name"]) == ("s01", project.state.title)
