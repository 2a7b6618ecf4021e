"""The Python client against a real studio in a thread, with a runner that does the jobs."""

import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import sqlalchemy as sql

from songreel.client import Client
from songreel.models.edits import LockShots
from songreel.models.errors import BudgetExceeded, InvalidInput, MachineError
from songreel.store.schema import stamp
from songreel.store.workspace_tables import PROJECTS
from songreel.web.app import create_app
from songreel.web.safety.safety import Safety
from support.studio import served, settings_of, song, studio_of, work_off

TOKEN = "a-token-of-twenty-characters"


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio at a port, which asks for a token; nobody does its jobs by itself."""
    folder = tmp_path_factory.mktemp("served")
    app = studio_of(folder, Safety.of("127.0.0.1", TOKEN))
    with served(app) as url, Client(url, TOKEN) as client:
        made = client.create(client.upload(song(folder / "a.wav", 4.0)), "Night")
        yield app, url, client, made


def test_a_job_is_waited_for_with_its_progress(studio):
    app, _, client, project = studio
    told = []

    def work():
        while not app.state.workspace.queue.all(("waiting",)):
            time.sleep(0.02)  # it is about to be asked for
        work_off(app.state.workspace)

    doing = threading.Thread(target=work)
    doing.start()
    job = client.run({"kind": "plan", "project": project.id}, progress=lambda *at: told.append(at))
    doing.join()
    assert job.state == "done"
    assert told
    assert all(0 <= done <= 1 for _, done in told)
    assert client.wait(job.id).id == job.id  # an end that is past
    board = client.board(project.id)
    assert len(board.shots) == job.result["shots"]
    shot = board.shots[0].id
    assert client.edit(project.id, [LockShots(shots=(shot,))], board.revision).shots[0].locked
    with pytest.raises(InvalidInput, match="changed elsewhere"):
        client.edit(project.id, [LockShots(shots=(shot,), locked=False)], board.revision)
    assert client.plan(project.id).shots[0].locked
    assert client.quote(project.id)["clips"]


def test_work_is_quoted_and_nothing_is_asked_for(studio, monkeypatch):
    app, _, client, _ = studio
    monkeypatch.setenv("FAL_KEY", "a:b")
    jobs = len(app.state.workspace.queue.all())
    told = client.quote_work(
        {"kind": "foley", "seconds": 8, "prompt": "rain", "source": "fal:mmaudio-text"}
    )
    assert 0 < told.likely <= told.high == told.most
    assert len(app.state.workspace.queue.all()) == jobs
    with pytest.raises(InvalidInput, match="the kind hear has no quote"):
        client.quote_work({"kind": "hear", "project": studio[3].id})
    with pytest.raises(InvalidInput, match="no project"):
        client.quote_work({"kind": "retake", "project": "0" * 32, "shot": "s01"})


def test_of_many_projects_all_are_listed_page_by_page(studio, monkeypatch):
    app, _, client, project = studio
    monkeypatch.setattr("songreel.client._PAGE", 3)
    database = app.state.workspace.database
    now = datetime.now(UTC)
    rows = [
        {
            "id": f"{number:032x}", "title": f"Song {number}", "folder": f"/gone/{number}",
            "song": "s.wav", "song_sha256": "0" * 64, "made": stamp(now),
            "opened": stamp(now - timedelta(days=1, minutes=number // 2)),  # two at a time
        }
        for number in range(10)
    ]  # fmt: skip
    with database.write() as connection:
        connection.execute(sql.insert(PROJECTS), rows)
    try:
        assert [one.title for one in client.projects()] == [
            "Night", *(f"Song {number}" for number in range(10))
        ]  # fmt: skip
        asked = client._projects

        def meanwhile(after=None):
            page = asked(after)
            with database.write() as connection:  # somebody opens one of a later page
                last = sql.update(PROJECTS).where(PROJECTS.c.title == "Song 9")
                connection.execute(last.values(opened=stamp(now + timedelta(days=1))))
            return page

        monkeypatch.setattr(client, "_projects", meanwhile)
        titles = [one.title for one in client.projects()]
        assert (titles[0], sorted(titles)) == (
            "Song 9", ["Night", *(f"Song {number}" for number in range(10))]
        )  # fmt: skip
    finally:
        with database.write() as connection:
            connection.execute(sql.delete(PROJECTS).where(PROJECTS.c.folder.startswith("/gone/")))
    assert [one.id for one in client.projects()] == [project.id]


def test_a_job_that_ends_otherwise_says_why(studio):
    _, _, client, project = studio
    job = client.submit({"kind": "hear", "project": project.id})
    threading.Timer(0.1, client.cancel, [job.id]).start()
    with pytest.raises(InvalidInput, match="was cancelled"):
        client.wait(job.id)


def test_files_are_fetched_whole_and_never_over_others(studio, tmp_path):
    app, _, client, project = studio
    got = client.download(project.id, "song", tmp_path)
    kept = app.state.workspace.projects.open(project.id).song
    assert (got.name, got.read_bytes()) == ("a.wav", kept.read_bytes())
    with pytest.raises(InvalidInput, match="exists"):
        client.download(project.id, "song", got)
    with pytest.raises(InvalidInput, match="no file"):
        client.download(project.id, "film", tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()


def test_what_is_refused_is_said_as_the_studio_says_it(studio, tmp_path):
    _, url, client, _ = studio
    with pytest.raises(InvalidInput, match="no project"):
        client.board("0" * 32)
    with pytest.raises(InvalidInput, match="cannot read"):
        client.upload(tmp_path / "none.wav")
    words = tmp_path / "list.mp3"
    words.write_bytes(b"#EXTM3U\n")
    with pytest.raises(InvalidInput, match="playlist"):
        client.upload(words)
    with Client(url) as stranger, pytest.raises(InvalidInput, match="token"):
        stranger.projects()
    assert [one.title for one in client.projects()] == ["Night"]


@pytest.mark.parametrize(
    ("status", "kind"), [(402, BudgetExceeded), (404, InvalidInput), (503, MachineError)]
)
def test_errors_are_of_the_kind_that_says_who_can_act(status, kind):
    reply = httpx.MockTransport(lambda _: httpx.Response(status, json={"error": "so it is"}))
    with Client(transport=reply) as client, pytest.raises(kind, match="so it is"):
        client.projects()
    dumb = httpx.MockTransport(lambda _: httpx.Response(status, text="<html>"))
    with Client(transport=dumb) as client, pytest.raises(kind, match=f"answers {status}"):
        client.projects()


def test_where_nobody_answers_the_way_out_is_told():
    with (
        Client("http://127.0.0.1:9") as client,
        pytest.raises(MachineError, match="songreel studio"),
    ):
        client.projects()


def test_a_stream_that_broke_goes_on_behind_its_last_event(monkeypatch):
    asked = []

    def answer(request):
        asked.append(request.url.params["after"])
        if len(asked) == 2:
            raise httpx.ReadError("gone")
        event = {"id": 7 + len(asked), "job": "j", "at": "2026-01-01T00:00:00Z", "kind": "notice"}
        text = f": still here\n\nid: 1\nevent: notice\ndata: {httpx.Response(200, json=event).text}"
        return httpx.Response(200, text=text + "\n\n")

    monkeypatch.setattr("songreel.client.AGAIN", 0.0)
    with Client(transport=httpx.MockTransport(answer)) as client:
        events = client.events(after=3)
        assert [next(events).id, next(events).id] == [8, 10]
    assert asked == ["3", "8", "8"]


def test_the_server_ends_though_somebody_listens(tmp_path):
    app = studio_of(tmp_path)
    with served(app) as url:
        began, ended = threading.Event(), threading.Event()

        def listen():
            with httpx.stream("GET", f"{url}/api/events", timeout=60) as reply:
                began.set()
                for _ in reply.iter_lines():
                    pass
            ended.set()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        assert began.wait(60)
    assert ended.wait(60)


@pytest.mark.slow
def test_a_runner_of_the_server_makes_the_film_that_is_asked_for(tmp_path):
    app = create_app(settings_of(tmp_path), Safety(), pages=False)
    with served(app) as url, Client(url) as client:
        project = client.create(client.upload(song(tmp_path / "a.wav", 4.0)))
        told = []
        output = {"size": 64}
        work = {"kind": "make", "project": project.id, "output": output}
        job = client.run(work, progress=lambda what, _: told.append(what))
        assert job.state == "done"
        assert told
        film = client.download(project.id, "film", tmp_path / "film.mp4")
        assert film.stat().st_size > 1000
        headers = {"range": "bytes=4-7"}
        part = httpx.get(f"{url}/api/projects/{project.id}/media/film", headers=headers)
        assert (part.status_code, part.content) == (206, b"ftyp")
