"""Jobs done by processes: as the command does it, stopped and gone on with, killed and not lost."""

import io
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from songreel.models.errors import MachineError
from songreel.models.work import Batch, Export, Footage, Hear, Make, Plan, Score, Variation
from songreel.models.work_wishes import Output, Planning
from songreel.project import Project
from songreel.queue.log import LARGEST, JobLog, log_of, read_log
from songreel.queue.runner import Runner
from songreel.store.queue import Queue
from support.jobs import (
    ended,
    filming,
    kill,
    processes_of,
    server,
    tiny_song,
    until,
    workspace_in,
)

SMALL = Output(size=90)
DRIVING = Planning(style="driving")
SCENES = "scenes:\n  - seconds: 4\n    mood: calm\n    prompt: a gate\n  - seconds: 4\n"


@pytest.fixture
def workspace(tmp_path):
    return workspace_in(tmp_path)


@pytest.fixture
def song(tmp_path):
    return tiny_song(tmp_path / "Lied.wav")


@pytest.fixture
def project(workspace, song):
    return workspace.editing.create(song, "Lied")


@pytest.fixture
def long(workspace, tmp_path):
    """A film that is at its clips for many seconds: nobody misses it between two looks."""
    return workspace.editing.create(tiny_song(tmp_path / "Lang.wav", bars=48), "Lang")


def make(project) -> Make:
    return Make(project=project.id, planning=DRIVING, output=SMALL)


def made(project) -> dict[str, int]:
    """When each clip was written that its document speaks of, by file."""
    clips = Project(Path(project.folder)).clips.glob("*.mp4")
    return {
        path.name: path.stat().st_mtime_ns for path in clips if path.with_suffix(".json").is_file()
    }


def test_a_process_does_the_job_whatever_the_database(tmp_path, database):
    workspace = workspace_in(tmp_path, database)
    job = workspace.queue.add(Score(scenes=SCENES, plan_only=True), actor="rest")
    with Runner(workspace.settings):
        (job,) = ended(workspace, job)
    assert (job.state, job.progress, job.attempts) == ("done", 1.0, 1)
    assert [cue["seconds"] for cue in job.result["cues"]] == [4.0, 4.0]
    (plan,) = job.result["files"]
    assert workspace.assets.get(plan["asset"]).name == "plan.json"
    (line,) = (line for line in workspace.trail.entries() if line.action == "job.ended")
    assert (line.subject, line.actor, line.detail["state"]) == (job.id, "rest", "done")
    assert not list((workspace.settings.workspace / "workers").glob("*"))


def test_a_job_that_could_neither_begin_nor_be_given_back_is_not_forgotten(tmp_path, monkeypatch):
    """As where memory runs out for a process, and the disk for the database, at one time."""
    workspace = workspace_in(tmp_path)
    job = workspace.queue.add(Score(scenes=SCENES, plan_only=True))
    failing, give_back, start = ["process", "database"], Queue.give_back, subprocess.Popen

    def started(*args, **options):
        if "process" in failing:
            failing.remove("process")
            raise OSError("cannot allocate memory")
        return start(*args, **options)

    def given_back(*args):
        if "database" in failing:
            failing.remove("database")
            raise MachineError("the disk is full")
        return give_back(*args)

    monkeypatch.setattr("songreel.queue.runner.subprocess.Popen", started)
    monkeypatch.setattr(Queue, "give_back", given_back)
    monkeypatch.setattr("songreel.queue.runner.AFTER_ERROR", 0.1)
    with Runner(workspace.settings):
        (job,) = ended(workspace, job)
    assert (job.state, failing) == ("done", [])


def test_a_log_does_not_grow_without_end(tmp_path):
    text = b"".join(b"%0199d\n" % n for n in range(4_000))
    old = log_of(tmp_path, "b" * 32)
    old.parent.mkdir()
    old.write_text("long ago")
    os.utime(old, (0, 0))
    log = JobLog(log_of(tmp_path, "a" * 32), io.BytesIO(text))
    assert not old.exists()
    log.close()
    kept = read_log(tmp_path, "a" * 32)
    assert kept.endswith("03999\n")
    assert LARGEST < len(kept) <= 2 * LARGEST


@pytest.mark.slow
def test_a_film_of_the_queue_has_the_plan_that_the_command_writes(workspace, project, song):
    jobs = [
        workspace.queue.add(make(project)),
        workspace.queue.add(Hear(project=project.id)),
        workspace.queue.add(Export(project=project.id, forms=("edl", "json", "page.html"))),
        workspace.queue.add(Export(project=project.id, forms=("edl", "json"))),
    ]
    with Runner(workspace.settings):
        film, heard, exported, same = ended(workspace, *jobs)
    by_hand = song.parent / "by hand"
    command = ["make", song, "--project", by_hand, "--size", 90, "--style", "driving"]
    subprocess.run(
        [sys.executable, "-m", "songreel.cli.main", "-q", "--workspace", song.parent / "other",
         *map(str, command)],
        check=True,
    )  # fmt: skip
    of_queue = Project(Path(project.folder))
    assert of_queue.plan.read_bytes() == Project(by_hand).plan.read_bytes()
    assert (film.state, film.result["film"], film.result["on_frame"]) == ("done", "Lied.mp4", 1.0)
    assert heard.result["tempo"] == pytest.approx(120.0, abs=0.1)
    assert [version.number for version in workspace.plans.versions(project.id)] == [1]
    keys = {"export-Lied.edl", "export-Lied.json", "export-Lied.page.html"}
    assert {file["key"] for file in exported.result["files"]} == keys
    # What is exported again as it was is the file that is there.
    assert [f["name"] for f in same.result["files"]] == ["Lied.edl", "Lied.json"]
    parts = [e.data["part"] for e in workspace.queue.events(job=film.id) if e.kind == "found"]
    assert {"waveform", "beats", "sections", "key", "energy"} <= set(parts)


@pytest.mark.slow
def test_a_server_killed_with_eight_jobs_queued_loses_none(workspace, long):
    film = workspace.queue.add(make(long))
    photos = [workspace.assets.put(f"photo {n}".encode(), f"{n}.txt") for n in range(7)]
    others = [
        workspace.queue.add(Footage(project=long.id, assets=(photo.sha256,), use=False))
        for photo in photos
    ]
    first = server(workspace)
    try:
        until(lambda: filming(workspace, film), "the film is at its clips")
    finally:
        first.kill()
        first.wait()
    until(lambda: not processes_of(film), "its process ends with the server")
    before = made(long)
    second = server(workspace, "--until-empty")
    assert second.wait(timeout=500) == 0
    jobs = ended(workspace, film, *others)
    assert [job.state for job in jobs] == ["done"] * 8
    assert jobs[0].attempts == 2
    footage = Path(long.folder, "footage")
    assert {path.name for path in footage.iterdir()} == {photo.name for photo in photos}
    assert before.items() <= made(long).items()  # what was there was not made again
    assert jobs[0].result["ok"]


@pytest.mark.slow
def test_a_film_is_paused_goes_on_is_cancelled_and_is_done_again(workspace, long):
    queue = workspace.queue
    job = queue.add(make(long))
    with Runner(workspace.settings):
        until(lambda: filming(workspace, job), "the film is at its clips")
        assert queue.pause(job.id).wish == "pause"
        until(lambda: queue.get(job.id).state == "paused", "it pauses")
        until(lambda: not processes_of(job), "its process ends")
        before = made(long)
        queue.resume(job.id)
        # Not until it has made more: on a busy machine the rest may be done between two looks.
        until(lambda: processes_of(queue.get(job.id)), "it goes on")
        queue.cancel(job.id)
        until(lambda: queue.get(job.id).state == "cancelled", "it is cancelled")
        queue.again(job.id)
        (done,) = ended(workspace, job)
    assert (done.state, done.attempts, done.crashes) == ("done", 3, 0)
    assert before.items() <= made(long).items()
    progress = [e.data["state"] for e in queue.events(job=job.id) if e.kind == "state"]
    assert progress.count("paused") == progress.count("cancelled") == 1


@pytest.mark.slow
def test_a_process_that_is_killed_is_tried_again_three_times_in_all(workspace, project):
    job = workspace.queue.add(Plan(project=project.id))
    with Runner(workspace.settings):
        for attempt in (1, 2, 3):
            until(lambda: processes_of(workspace.queue.get(job.id)), "a process is there")
            kill(job)
            until(lambda n=attempt: workspace.queue.get(job.id).crashes >= n, "it is noticed")
        (job,) = ended(workspace, job)
        assert (job.state, job.attempts) == ("failed", 3)
        assert "3 times in a row at the same place (ended by SIGKILL)" in job.error
        workspace.queue.again(job.id)
        (job,) = ended(workspace, job)
    assert job.state == "done"


@pytest.mark.slow
def test_a_job_waits_for_a_project_that_the_command_works_on_and_lets_others_go(workspace, project):
    job = workspace.queue.add(Hear(project=project.id))
    other = workspace.queue.add(Score(scenes=SCENES, plan_only=True))
    with Runner(workspace.settings):
        with Project(Path(project.folder)).held():
            (other,) = ended(workspace, other)
            assert workspace.queue.get(job.id).state in ("waiting", "working")
        (job,) = ended(workspace, job)
    assert (other.state, job.state, job.crashes) == ("done", "done", 0)


@pytest.mark.slow
def test_a_worker_that_is_told_to_stop_gives_its_job_back(workspace, long):
    job = workspace.queue.add(make(long))
    process = server(workspace)
    try:
        until(lambda: filming(workspace, job), "the film is at its clips")
    finally:
        os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=240) == 130
    left = workspace.queue.get(job.id)
    assert (left.state, left.crashes, left.progress > 0) == ("waiting", 0, True)
    assert not processes_of(job)


@pytest.mark.slow
def test_a_batch_is_a_project_and_a_job_for_every_film(workspace, song):
    asset = workspace.assets.put(song, "Lied.wav").sha256
    ways = (Variation(name="wide"), Variation(name="tall", output=Output(aspect="9:16")))
    work = Batch(songs=(asset,), planning=DRIVING, output=SMALL, variations=ways, agreed_each=2)
    job = workspace.queue.add(work)
    with Runner(workspace.settings):
        (job,) = ended(workspace, job)
        workspace.queue.hold()
    films = [workspace.queue.get(each["job"]).work for each in job.result["films"]]
    assert [film.output for film in films] == [SMALL, Output(size=90, aspect="9:16")]
    assert {film.agreed for film in films} == {Decimal(2)}
    assert [workspace.projects.find(film.project).title for film in films] == [
        "Lied wide", "Lied tall",
    ]  # fmt: skip
