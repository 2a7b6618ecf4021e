"""The studio's pages as a browser first gets them, and what they are made from."""

import json
import re
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import sqlalchemy as sql
from starlette.testclient import TestClient

from songreel.models.errors import InvalidInput
from songreel.models.queued import QueuedJob
from songreel.models.work import Hear, Make, Plan, Retake
from songreel.models.work_wishes import Planning
from songreel.store.schema import stamp
from songreel.store.workspace_tables import PROJECTS
from songreel.web.app import create_app
from songreel.web.safety.safety import Safety
from songreel.web.studio.cards import cards, clock, when
from songreel.web.studio.direction import Wishes, offered
from songreel.web.studio.job_view import ended, told
from songreel.web.studio.job_words import NAMES, name_of, stood_in
from songreel.web.studio.live import facts, sure
from songreel.web.studio.settings_storage import without_password
from songreel.workspace import Workspace
from support.needs import needs
from support.studio import HERE, settings_of, song

needs("nicegui")
SECRET = "r8_never-to-be-shown-0123456789"


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A studio with a film in it whose song is not heard yet, its settings, and its id."""
    folder = tmp_path_factory.mktemp("studio")
    settings = settings_of(folder)
    workspace = Workspace(settings, "studio")
    entry = workspace.editing.create(song(folder / "Paper Boats.wav"), "Paper Boats")
    return workspace, entry.id


@pytest.fixture(scope="module")
def studio(film):
    """Somebody who asks the studio for pages."""
    app = create_app(film[0].settings, Safety(), runner=False)
    with (
        pytest.MonkeyPatch.context() as patched,
        TestClient(app, base_url=HERE, raise_server_exceptions=False) as client,
    ):
        # On a loaded machine too the first answer is to hold its whole page.
        patched.setattr("songreel.web.studio.shell.AT_FIRST", 25.0)
        yield client


def _texts(answer):
    """What people read on a page, as its elements carry it."""
    found = re.search(r"parseElements\(String\.raw`(.*?)`\)", answer.text, re.DOTALL)
    assert found is not None
    elements = json.loads(unescape(found[1]).replace("&#36;", "$").replace("&#96;", "`"))
    return [element["text"] for element in elements.values() if element.get("text")]


def test_home_has_a_place_for_a_song_and_the_films(studio):
    answer = studio.get("/")
    texts = _texts(answer)
    assert answer.status_code == 200
    assert "Drop a song anywhere" in texts
    assert "Paper Boats" in texts
    assert "not heard yet" in texts


def test_of_thousands_of_films_home_reads_and_draws_the_latest(studio, film, monkeypatch):
    monkeypatch.setattr("songreel.web.studio.home.SHOWN", 2)
    workspace = film[0]
    now = datetime.now(UTC)
    rows = [
        {
            "id": f"{number:032x}", "title": f"Song {number:04d}", "folder": f"/gone/{number}",
            "song": "s.wav", "song_sha256": "0" * 64, "made": stamp(now),
            "opened": stamp(now - timedelta(days=1, minutes=number)),
        }
        for number in range(2000)
    ]  # fmt: skip
    with workspace.database.write() as connection:
        connection.execute(sql.insert(PROJECTS), rows)
    try:
        texts = _texts(studio.get("/"))
        assert [text for text in texts if text.startswith("Song ")] == ["Song 0000"]
        assert [card.entry.title for card in cards(workspace, 2)] == ["Paper Boats", "Song 0000"]
    finally:
        with workspace.database.write() as connection:
            connection.execute(sql.delete(PROJECTS).where(PROJECTS.c.folder.startswith("/gone/")))


def test_the_page_of_a_film_asks_for_its_song_to_be_heard(studio, film):
    workspace, known_as = film
    texts = _texts(studio.get(f"/projects/{known_as}"))
    assert "Listening to the song" in texts
    jobs = workspace.queue.all(project=known_as)
    assert [job.work for job in jobs] == [Hear(project=known_as)]
    assert jobs[0].actor == "studio"
    studio.get(f"/projects/{known_as}")
    assert len(workspace.queue.all(project=known_as)) == 1, "a second look asks for nothing more"


def test_a_film_that_is_none_is_told_in_one_sentence(studio):
    texts = _texts(studio.get(f"/projects/{'0' * 32}"))
    assert "This cannot be shown" in texts
    assert any("there is no project" in text for text in texts)


def test_an_address_that_is_none_is_404(studio):
    assert studio.get("/nonsense").status_code == 404


@pytest.mark.parametrize(
    ("part", "says"),
    [("keys", "Keys of services"), ("money", "Prepaid credit"), ("storage", "What it holds"),
     ("trail", "Audit trail"), ("about", "Built on")],
)  # fmt: skip
def test_settings_show_every_part(studio, part, says):
    answer = studio.get(f"/settings/{part}")
    assert says in answer.text


def test_keys_are_never_shown(studio, monkeypatch):
    monkeypatch.setenv("REPLICATE_API_TOKEN", SECRET)
    answer = studio.get("/settings/keys")
    assert "set" in _texts(answer)
    assert SECRET not in answer.text


def test_nothing_of_a_page_comes_from_elsewhere(studio):
    page = studio.get("/").text
    styles = re.findall(r'/studio-files/[^"]+', page)
    loaded = page + "".join(studio.get(url).text for url in styles)
    for part in (".sr-bar", ".sr-film", ".sr-queue", ".ed-viewer", "songreel:theme"):
        assert part in loaded
    hosts = set(re.findall(r"""(?:src|href|url|import|fetch)\s*[=(]\s*["'`]?(\w+:)?//""", loaded))
    assert not hosts


def test_styles_and_script_are_kept_by_browsers_for_good(studio):
    for url in re.findall(r'/studio-files/[^"]+', studio.get("/").text):
        answer = studio.get(url)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert studio.get("/studio-files/pages.py").status_code == 404


@pytest.mark.usefixtures("studio")
def test_the_secret_of_sessions_is_nobody_elses_to_read(film):
    path = film[0].settings.workspace / "studio" / "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().strip()) >= 32


def test_what_is_heard_is_told_with_how_sure_that_is():
    found = {
        "tempo": {"bpm": 92.04, "meter": "3/4", "trust": 0.3},
        "key": {"name": None, "trust": 0.1},
        "beats": [0.0, 0.5], "downbeats": [],
        "loudness": {"integrated": None},
    }  # fmt: skip
    told = facts(found)
    assert told["tempo"] == ("92.0 bpm, 3/4", "unsure: cuts will not claim to be on beats")
    assert told["key"] == ("none to be told", "a guess")
    assert told["beats"] == ("2 beats", "no bars yet")
    assert told["loudness"][0] == "silent"
    assert "mood" not in told
    assert [sure(trust) for trust in (0.9, 0.7, 0.5)] == ["very sure", "sure", "fairly sure"]


PROJECT = "a" * 32


def test_wishes_that_were_not_made_are_left_to_the_song():
    assert Wishes().plan(PROJECT) == Plan(project=PROJECT)
    assert Wishes().make(PROJECT) == Make(project=PROJECT)
    wishes = Wishes(planning={"look": "neon-night", "style": None}, output={"aspect": "9:16"})
    work = wishes.make(PROJECT)
    assert work.planning == Planning(look="neon-night")
    assert work.output.aspect == "9:16"


def test_a_wish_that_cannot_be_met_is_told_with_its_field():
    with pytest.raises(InvalidInput, match=r"planning\.density: .*2.* it is 7"):
        Wishes(planning={"density": 7}).plan(PROJECT)


def test_choices_wait_for_the_song_to_be_heard(film):
    with pytest.raises(InvalidInput, match="not heard yet"):
        offered(*film)


def test_a_list_of_films_survives_spoilt_documents(tmp_path):
    workspace = Workspace(settings_of(tmp_path), "studio")
    entry = workspace.editing.create(song(tmp_path / "a.wav"), "a")
    project = workspace.projects.open(entry.id)
    project.analysis.write_text("{")
    project.plan.write_text('{"shots": []}')
    (card,) = cards(workspace)
    assert (card.state, card.tempo, card.shots) == ("not heard yet", None, 0)
    project.file.unlink()
    (card,) = cards(workspace)
    assert card.state == "gone"


def test_a_title_that_cannot_be_a_file_is_refused(film):
    workspace, known_as = film
    with pytest.raises(InvalidInput, match="cannot be a title"):
        workspace.editing.rename(known_as, "a/b")
    workspace.editing.rename(known_as, "Paper Boats II")
    assert workspace.projects.find(known_as).title == "Paper Boats II"
    workspace.editing.rename(known_as, "Paper Boats")


NOW = datetime.now(UTC)


def test_jobs_are_told_in_words():
    job = QueuedJob(id="b" * 32, work=Retake(project=PROJECT, shot="s07"), made=NOW)
    assert name_of(job.work) == "A new take of s07"
    assert told("", 0.4, 75.2) == "beginning · 40 % · about 75 s left"
    assert told("drawing", 1.0, None) == "drawing · 100 %"
    end = datetime.now(UTC)  # it is told how long ago that is
    done = job.model_copy(update={"began": end - timedelta(seconds=95), "ended": end})
    assert ended(done) == "just now, took 1:35"


def test_every_kind_of_work_has_a_name():
    from typing import get_args

    from songreel.models.work import Work

    kinds = {work.model_fields["kind"].default for work in get_args(Work)}
    assert kinds == set(NAMES)


def test_lengths_and_moments_read_well():
    assert [clock(s) for s in (7, 187.4, 3727)] == ["0:07", "3:07", "1:02:07"]
    assert when(NOW - timedelta(hours=3, minutes=5)) == "3 h ago"
    assert when(NOW - timedelta(hours=30)) == "yesterday"


def test_the_password_of_a_database_is_not_shown(film):
    url = "postgresql+psycopg://me:hunter2@db/songreel"
    assert "hunter2" not in without_password(url)
    settings = replace(film[0].settings, database="sqlite:///x.db")
    assert without_password(settings.database) == "sqlite:///x.db"


def test_what_stands_in_for_a_clip_is_told_when_its_job_is_done():
    assert stood_in({}) == stood_in({"substitutions": []}) == ""
    assert stood_in({"substitutions": ["s07: builtin, as the key was refused"]}) == (
        "not all as asked for: s07: builtin, as the key was refused"
    )
    assert "and 2 more" in stood_in({"substitutions": ["a", "b", "c"]})
