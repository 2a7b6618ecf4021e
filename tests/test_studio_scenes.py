"""The page on which scenes are written, and what is kept of forms that were not sent."""

import asyncio
import json
import stat
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from songreel.models.errors import InvalidInput
from songreel.models.work import Hear
from songreel.models.work_sound import MakeScenes
from songreel.queue.quoting import quote
from songreel.web.app import create_app
from songreel.web.safety.safety import Safety
from songreel.web.studio.composing import job_of_scenes
from songreel.web.studio.drafts import Draft
from songreel.web.studio.scene_sheet import Sheet, read_text, sources
from songreel.workspace import Workspace
from support.browsers import chromium
from support.needs import needs
from support.studio import HERE, served, settings_of, song, work_off

needs("nicegui")

LIST = b"""\
title: The house
music: warm acoustic folk
bpm: 96
scenes:
  - {seconds: 4, prompt: "a gate: closed", mood: calm, camera: push-in, start: gate.png}
  - {seconds: 6, prompt: the garden, energy: 0.8}
"""


@pytest.fixture
def workspace(tmp_path):
    return Workspace(settings_of(tmp_path), "studio")


@pytest.fixture
def studio(workspace, monkeypatch):
    monkeypatch.setattr("songreel.web.studio.shell.AT_FIRST", 25.0)
    app = create_app(workspace.settings, Safety(), runner=False)
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        yield client


def test_a_sheet_says_what_was_written_and_keeps_what_the_form_does_not_show():
    sheet = Sheet()
    sheet.take(LIST, "house.yaml")
    sheet.scenes[1]["mood"] = "hopeful"
    said = read_text(sheet.text().encode(), "again.yaml")
    assert (said.title, said.music, said.bpm, sheet.seconds) == (
        "The house", "warm acoustic folk", 96, 10,
    )  # fmt: skip
    first, second = said.scenes
    assert (first.prompt, str(first.camera), first.start) == (
        "a gate: closed",
        "push in",
        "gate.png",
    )
    assert (second.mood, second.energy) == ("hopeful", 0.8)
    assert Sheet.of(json.loads(json.dumps(sheet.data()))).text() == sheet.text()


def test_work_carries_the_pictures_that_its_scenes_name():
    sheet = Sheet(images={"gate.png": "a" * 64, "other.png": "b" * 64})
    sheet.take(LIST, "house.yaml")
    assert dict(sheet.work().images) == {"gate.png": "a" * 64}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda sheet: sheet.scenes.clear(), "there is no scene yet"),
        (lambda sheet: sheet.scenes[1].pop("seconds"), "scene 2 has no length"),
        (lambda sheet: sheet.output.update(size=-1), "size"),
    ],
)
def test_a_sheet_that_cannot_be_filmed_says_why(change, says):
    sheet = Sheet()
    change(sheet)
    with pytest.raises(InvalidInput, match=says):
        sheet.work()


def test_a_list_that_is_none_is_refused_by_its_own_name():
    with pytest.raises(InvalidInput, match=r"notes\.txt") as refused:
        Sheet().take(b"scenes: [{seconds: many}]", "notes.txt")
    assert "/" not in str(refused.value)


def test_a_draft_that_is_spoilt_begins_a_new_sheet():
    assert Sheet.of({"scenes": "none", "whole": 3, "player": None}).data() == Sheet().data()
    assert Sheet.of({"scenes": [3]}).data() == Sheet().data()


def test_without_keys_all_that_can_be_chosen_is_free(workspace, monkeypatch):
    for name in ("REPLICATE_API_TOKEN", "FAL_KEY"):
        monkeypatch.delenv(name, raising=False)
    found = sources(workspace)
    assert all(
        text.endswith("free") for text in (*found.players.values(), *found.pictures.values())
    )
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_" + "a" * 37)
    assert "USD" in sources(workspace).players["replicate:musicgen"]


def test_home_leads_to_the_scenes_and_their_page_keeps_what_was_written(studio, workspace):
    assert "/scenes" in studio.get("/").text
    assert "No song yet?" in studio.get("/scenes").text
    sheet = Sheet()
    sheet.scenes[0]["prompt"] = "an empty house in the fog"
    draft = Draft(workspace.settings.workspace / "studio" / "scenes.json")
    asyncio.run(_kept(draft, sheet.data()))
    assert "an empty house in the fog" in studio.get("/scenes").text


def test_a_film_of_scenes_is_shown_while_its_music_is_composed_and_hears_no_silence(
    studio, workspace, tmp_path
):
    entry = workspace.editing.create(song(tmp_path / "silence.wav", seconds=2.0), "The house")
    work = MakeScenes(project=entry.id, scenes=LIST.decode().replace(", start: gate.png", ""))
    assert quote(workspace, work).most == 0
    job = workspace.queue.add(work)
    page = studio.get(f"/projects/{entry.id}").text
    assert "Composing the music" in page
    assert "waits in the queue" in page
    assert [each.work.kind for each in workspace.queue.all()] == ["make-scenes"]
    workspace.queue.cancel(job.id)
    assert "Try again" in studio.get(f"/projects/{entry.id}").text
    assert job_of_scenes(workspace, entry.id).id == job.id


def test_lyrics_that_were_typed_are_there_after_a_restart(studio, workspace, tmp_path):
    entry = workspace.editing.create(song(tmp_path / "Paper Boats.wav"), "Paper Boats")
    workspace.queue.add(Hear(project=entry.id))
    work_off(workspace)
    draft = Draft.of_project(Path(entry.folder))
    asyncio.run(_kept(draft, {"lyrics": "paper boats on the rain", "end_card": "for Mum"}))
    page = studio.get(f"/projects/{entry.id}").text
    assert "paper boats on the rain" in page
    assert "for Mum" in page


def test_of_a_draft_the_last_word_stays_for_nobody_else_to_read(tmp_path):
    draft = Draft(tmp_path / "studio" / "scenes.json")

    async def typed():
        for n in range(50):
            draft.keep({"lyrics": "x" * n})
        await _until(draft, {"lyrics": "x" * 49})

    asyncio.run(typed())
    assert stat.S_IMODE((tmp_path / "studio" / "scenes.json").stat().st_mode) == 0o600
    asyncio.run(draft.drop())
    assert draft.read() == {}


@pytest.mark.parametrize("content", [b"no JSON", b"[1, 2]", b"\xff", b"{" + b" " * 2**21 + b"}"])
def test_a_file_that_is_no_draft_is_none(tmp_path, content):
    (tmp_path / "draft.json").write_bytes(content)
    assert Draft.of_project(tmp_path).read() == {}


@pytest.mark.slow
def test_scenes_are_written_kept_over_a_reload_and_sent(workspace):
    playwright = needs("playwright.sync_api")
    app = create_app(workspace.settings, Safety(), runner=False)
    kept = Draft(workspace.settings.workspace / "studio" / "scenes.json")
    with served(app) as address, playwright.sync_playwright() as play:
        browser = chromium(play)
        page = browser.new_page()
        page.goto(address)
        page.get_by_role("link", name="Write the scenes").click()
        page.get_by_label("What is seen").first.fill("an empty house in the fog")
        page.get_by_role("button", name="Add a scene").click()
        page.get_by_label("What is seen").nth(3).fill("the sea")
        page.get_by_label("Title").fill("The House")
        while kept.read().get("whole") != {"title": "The House"}:
            page.wait_for_timeout(50)
        page.reload()
        page.get_by_label("What is seen").nth(3).wait_for()
        assert page.get_by_label("What is seen").first.input_value() == "an empty house in the fog"
        page.wait_for_function("window.did_handshake")
        page.get_by_role("button", name="Make film").click()
        page.get_by_text("waits in the queue").first.wait_for()
        (job,) = workspace.queue.all()
        assert isinstance(job.work, MakeScenes)
        said = read_text(job.work.scenes.encode(), "scenes.yaml")
        assert (said.title, len(said.scenes), said.scenes[3].prompt) == ("The House", 4, "the sea")
        assert kept.read() == {}
        browser.close()


async def _kept(draft, content):
    draft.keep(content)
    await _until(draft, content)


async def _until(draft, content):
    while draft.read() != content:  # the test's own limit of time ends it where that never comes
        await asyncio.sleep(0.01)
