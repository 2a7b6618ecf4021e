"""The studio in Chromium: read, reached by keys, told of nothing by anybody else."""

from contextlib import contextmanager
from pathlib import Path

import pytest

from songreel.models.work import ContactSheet, Hear, Preview
from songreel.web.app import create_app
from songreel.web.safety.safety import Safety
from songreel.web.studio.theme import TEXT
from songreel.workspace import Workspace
from support.browsers import chromium
from support.needs import needs
from support.studio import served, settings_of, song, work_off

playwright = needs("playwright.sync_api")
needs("nicegui")

pytestmark = pytest.mark.slow

READABLE = (Path(__file__).parent / "support" / "readable.js").read_text()
HITS = (Path(__file__).parent / "support" / "hits.js").read_text()
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A studio at an address, with a film whose song is heard; jobs wait in its queue."""
    folder = tmp_path_factory.mktemp("studio")
    settings = settings_of(folder)
    workspace = Workspace(settings, "studio")
    entry = workspace.editing.create(song(folder / "Paper Boats.wav"), "Paper Boats")
    workspace.queue.add(Hear(project=entry.id))
    work_off(workspace)
    for work in (Preview(project=entry.id), ContactSheet(project=entry.id)):
        workspace.queue.add(work)
    with served(create_app(settings, Safety(), runner=False)) as address:
        yield address, workspace, entry.id


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as play:
        opened = chromium(play)
        yield opened
        opened.close()


@contextmanager
def _page(browser, *, theme="dark", size=WIDE, **more):
    context = browser.new_context(
        viewport=size, color_scheme=theme, reduced_motion="reduce", **more
    )
    context.set_default_timeout(90_000)
    page = context.new_page()
    page.wrong = []
    page.asked = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    yield page
    context.close()


def _ready(page, text):
    page.get_by_text(text, exact=True).first.wait_for()
    page.wait_for_function("window.socket?.connected && window.did_handshake")
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true })")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_text_is_readable_and_nothing_is_loaded_from_elsewhere(film, browser, theme):
    address, _, known_as = film
    pages = (
        ("/", "Drop a song anywhere"),
        (f"/projects/{known_as}", "Your film"),
        ("/settings/keys", "Keys of services"),
        ("/settings/money", "Prepaid credit"),
    )
    with _page(browser, theme=theme) as page:
        for path, text in pages:
            page.goto(address + path)
            _ready(page, text)
            page.evaluate("songreel.queue(true)")
            page.get_by_role("list", name="Jobs in their order").get_by_text("Animatic").wait_for()
            found = page.evaluate(READABLE)
            assert len(found) > 20
            poor = [one for one in found if one["contrast"] < TEXT]
            assert not poor, f"{path} in the {theme} theme: {poor}"
        assert page.wrong == []
        elsewhere = [url for url in page.asked if not url.startswith((address, "data:", "blob:"))]
        assert elsewhere == []


def test_no_page_is_wider_than_a_phone_nor_too_small_for_a_finger(film, browser):
    address, _, known_as = film
    with _page(browser, size=PHONE, has_touch=True, is_mobile=True) as page:
        for path, text in (
            ("/", "Drop a song anywhere"),
            (f"/projects/{known_as}", "Your film"),
            ("/settings/money", "Prepaid credit"),
            ("/settings/trail", "What was done"),
        ):
            page.goto(address + path)
            _ready(page, text)
            assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
            assert page.evaluate(HITS) == [], path


@pytest.mark.parametrize("width", [390, 1024])
def test_the_buttons_of_a_new_film_are_in_sight_wherever_its_choices_are(film, browser, width):
    address, _, known_as = film
    with _page(browser, size={"width": width, "height": 800}) as page:
        page.goto(f"{address}/projects/{known_as}")
        _ready(page, "Your film")
        for name in ("Golden hour", "Classic the music video"):
            page.get_by_role("radio", name=name).scroll_into_view_if_needed()
            box = page.get_by_role("button", name="Make film").bounding_box()
            assert 0 < box["y"] < 800 - box["height"]


def test_who_opens_the_queue_with_the_mouse_does_not_hold_it_with_the_space_bar(film, browser):
    address, workspace, _ = film
    with _page(browser) as page:
        page.goto(address)
        _ready(page, "Drop a song anywhere")
        opener = page.get_by_role("button", name="Queue", exact=False).first
        opener.click()
        page.wait_for_selector(".sr-app[data-queue=open]")
        page.keyboard.press(" ")
        page.wait_for_selector(".sr-app[data-queue=shut]")
        assert not workspace.queue.held


def test_pages_change_without_a_reload_and_by_keys_alone(film, browser):
    address, _, known_as = film
    with _page(browser) as page:
        page.goto(address)
        _ready(page, "Drop a song anywhere")
        page.evaluate("window.sameDocument = true")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
        page.keyboard.press("Enter")
        for _ in range(6):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == "Paper Boats":
                break
        page.keyboard.press("Enter")
        page.get_by_text("Your film", exact=True).wait_for()
        assert page.url.endswith(known_as)
        assert page.title() == "Paper Boats · songreel"
        # Radio buttons of a group are one stop, and arrows choose.
        page.get_by_role("radio", name="Classic the music video").focus()
        page.keyboard.press("ArrowRight")
        page.locator(".sr-sum dd", has_text="Driving").wait_for()
        page.go_back()
        page.get_by_text("Drop a song anywhere").wait_for()
        assert page.evaluate("window.sameDocument") is True
        assert page.wrong == []


def test_the_theme_is_the_systems_until_another_is_chosen_which_stays(film, browser):
    address, _, _ = film
    with _page(browser, theme="light") as page:
        page.goto(address)
        _ready(page, "Drop a song anywhere")
        assert page.evaluate("songreel.current()") == "light"
        page.get_by_role("button", name="Dark theme").click()
        page.reload()
        _ready(page, "Drop a song anywhere")
        assert page.evaluate("songreel.current()") == "dark"
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_jobs_change_places_by_buttons_and_by_hand_and_stay_so(film, browser):
    address, workspace, _ = film
    order = [job.work.kind for job in workspace.queue.all(("waiting",))]
    with _page(browser) as page:
        page.goto(address)
        _ready(page, "Drop a song anywhere")
        page.get_by_role("button", name="Queue, 2 jobs").click()
        jobs = page.get_by_role("list", name="Jobs in their order").locator("li")
        jobs.first.get_by_role("button", name="Later").click()
        page.wait_for_function(
            "(name) => document.querySelector('#sr-queue li').ariaLabel.startsWith(name)",
            arg="Contact sheet",
        )
        assert [job.work.kind for job in workspace.queue.all(("waiting",))] == order[::-1]
        jobs.nth(1).drag_to(jobs.nth(0), target_position={"x": 40, "y": 4})
        page.wait_for_function(
            "(name) => document.querySelector('#sr-queue li').ariaLabel.startsWith(name)",
            arg="Animatic",
        )
        assert [job.work.kind for job in workspace.queue.all(("waiting",))] == order
        page.get_by_role("button", name="Hold all").click()
        page.get_by_role("button", name="Release").wait_for()
        assert workspace.queue.held
        page.get_by_role("button", name="Release").click()
        page.get_by_role("button", name="Hold all").wait_for()


def test_a_song_that_is_none_is_refused_beside_its_place_and_a_song_opens_its_page(
    film, browser, tmp_path
):
    address, workspace, _ = film
    (tmp_path / "notes.mp3").write_text("this is no song at all\n" * 40)
    with _page(browser) as page:
        page.goto(address)
        _ready(page, "Drop a song anywhere")
        for name in ("notes.mp3", str(song(tmp_path / "Second.wav", seconds=3.0))):
            with page.expect_file_chooser() as chosen:
                page.get_by_text("Drop a song anywhere").click()
            chosen.value.set_files(tmp_path / name)
            if name == "notes.mp3":
                refused = page.locator(".sr-drop-refused")
                refused.wait_for()
                assert "notes.mp3" in refused.inner_text()
        page.get_by_text("Listening to the song").wait_for()
        known_as = page.url.rpartition("/")[2]
        assert workspace.projects.find(known_as).title == "Second"
        assert page.wrong == []
