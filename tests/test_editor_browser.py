"""A film in Chromium, from a dropped song to its download; and what two windows see."""

from pathlib import Path
from statistics import median

import pytest

from songreel.models.timeline import Timeline
from songreel.planning import Direction
from songreel.project import Project
from songreel.services import Services
from songreel.web.app import create_app
from songreel.web.safety.safety import Safety
from songreel.web.studio.theme import TEXT
from support.browsers import chromium
from support.long_films import long_project
from support.needs import needs
from support.studio import served, settings_of, song

sync_api = needs("playwright.sync_api")
pytestmark = pytest.mark.slow

READABLE = (Path(__file__).parent / "support" / "readable.js").read_text()
HITS = (Path(__file__).parent / "support" / "hits.js").read_text()
LONG = 180_000
"""Milliseconds that work may take on a loaded machine."""
DROP = """([name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type: "audio/wav" }));
  const at = document.querySelector("[data-sr-drop]");
  for (const kind of ["dragenter", "dragover", "drop"])
    at.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as play:
        found = chromium(play, "--autoplay-policy=no-user-gesture-required")
        yield found
        found.close()


class Desk:
    """A page of the studio, its faults kept."""

    def __init__(self, browser, address, **how):
        self.page = browser.new_page(
            base_url=address, viewport={"width": 1360, "height": 860}, accept_downloads=True, **how
        )
        self.page.set_default_timeout(LONG)
        self.faults = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "response",
            lambda answer: (
                self.faults.append(f"{answer.status} {answer.url}")
                if answer.status >= 500
                else None
            ),
        )

    def shots(self):
        """Shots as the timeline has them."""
        return self.page.evaluate(
            "getElement(document.querySelector('.ed-timeline-widget').id.slice(1))"
            ".values.board.shots"
        )

    def tab(self, name):
        self.page.get_by_role("tab", name=name, exact=True).click()

    def until(self, script, argument=None):
        self.page.wait_for_function(script, arg=argument, timeout=LONG)

    def drag_cut(self, index, seconds):
        """Take hold of the start of shot `index` and let it go `seconds` later."""
        page = self.page
        page.keyboard.press("f")
        shot, box = self.shots()[index], page.locator(".ed-timeline .sr-stage").bounding_box()
        length = page.evaluate(
            "getElement(document.querySelector('.ed-timeline-widget').id.slice(1))"
            ".values.board.duration"
        )
        each = box["width"] / length
        x, y = box["x"] + shot["start"] * each, box["y"] + box["height"] - 40
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + seconds * each / 2, y, steps=4)
        page.mouse.move(x + seconds * each, y, steps=4)
        page.mouse.up()


WIDGET = "getElement(document.querySelector('.ed-timeline-widget').id.slice(1)).values"


def test_a_song_is_dropped_planned_cut_by_hand_retaken_made_and_taken_away(browser, tmp_path):
    sung = song(tmp_path / "clicks.wav", seconds=12.0).read_bytes()
    app = create_app(settings_of(tmp_path), Safety(), runner=True)
    with served(app) as address:
        desk = Desk(browser, address, color_scheme="dark")
        page = desk.page

        page.goto("/")
        page.wait_for_selector("[data-sr-drop]")
        page.evaluate(DROP, ["clicks.wav", list(sung)])
        page.wait_for_url("**/projects/*", timeout=LONG)
        page.get_by_role("button", name="Plan only").wait_for(timeout=LONG)
        page.screenshot(path=tmp_path / "1 heard.png")

        page.get_by_role("button", name="Plan only").click()
        page.wait_for_selector(".ed-timeline .sr-timeline", timeout=LONG)
        desk.until(f"{WIDGET}.board.shots?.length > 2")
        page.screenshot(path=tmp_path / "2 planned.png")
        project = app.state.workspace.projects.open(page.url.rpartition("/")[2])
        other = Services(settings_of(tmp_path / "other"))  # as the command plans it
        planned = other.plan(tmp_path / "clicks.wav", Direction(), None).to_json()
        assert project.plan.read_text("utf-8") == planned

        before = desk.shots()
        desk.drag_cut(1, 1.0)
        desk.until(f"{WIDGET}.board.undo")
        moved = desk.shots()
        assert moved[1]["start"] == pytest.approx(before[1]["start"] + 1.0, abs=0.26)
        assert moved[1]["id"] == before[1]["id"]

        desk.tab("Make")
        page.get_by_label("Short side").click()
        page.get_by_role("option", name="180 px").click()
        page.get_by_text("nothing to pay").wait_for(timeout=LONG)
        page.locator(".ed-panel").get_by_role("button", name="Make film").click()
        page.wait_for_selector(".ed-stage[data-mode=film] video", timeout=LONG)
        page.wait_for_selector(".ed-job", state="detached", timeout=LONG)
        page.screenshot(path=tmp_path / "3 made.png")

        page.keyboard.press(" ")
        desk.until(
            "getElement(document.querySelector('.ed-stage').id.slice(1)).drift().length > 30"
        )
        page.keyboard.press("k")
        off = page.evaluate("getElement(document.querySelector('.ed-stage').id.slice(1)).drift()")
        assert abs(median(off[10:])) < 1 / 24  # the picture on screen is the sound's own frame

        page.keyboard.press("ArrowDown")
        page.keyboard.press("r")
        page.get_by_role("button", name="Make the take").click()
        desk.until(f"{WIDGET}.board.shots.some((shot) => shot.takes > 1)")
        page.wait_for_selector(".ed-job", state="detached", timeout=LONG)

        page.keyboard.press("c")
        page.wait_for_selector(".ed-compare[data-view=both]")
        page.keyboard.press("b")
        page.wait_for_selector(".ed-compare[data-view='1']")
        page.keyboard.press(" ")
        desk.until("!document.querySelector('.ed-compare audio').paused")
        page.keyboard.press("x")
        page.wait_for_selector(".ed-compare[data-view='0']")
        page.screenshot(path=tmp_path / "4 takes.png")
        page.get_by_role("button", name="Use take B").click()
        desk.until(f"{WIDGET}.board.shots.some((shot) => shot.kept)")
        page.locator(".ed-banner", has_text="1 shot shows another take").wait_for(timeout=LONG)
        page.get_by_role("button", name="Undo").click()
        desk.until(f"!{WIDGET}.board.shots.some((shot) => shot.kept)")

        desk.tab("Film")
        page.get_by_text("In sync:").wait_for(timeout=LONG)
        page.get_by_role("button", name="CMX 3600 EDL").click()
        edl = page.locator(".ed-file", has_text=".edl")
        edl.wait_for(timeout=LONG)
        page.screenshot(path=tmp_path / "5 film.png")
        with page.expect_download() as taken:
            edl.click()
        text = taken.value.path().read_text("utf-8")
        with page.expect_download() as taken:
            page.locator(".ed-file", has_text="the film").click()
        film = taken.value.path().read_bytes()
        assert film == project.video().read_bytes()
        assert text.count("clicks") >= 1
        cuts = Timeline.load(Project(project.folder).timeline).cuts
        assert [cut.shot for cut in cuts] == [shot["id"] for shot in desk.shots()]
        assert not desk.faults
        page.close()


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A studio with one planned film of 30 shots; its address, the project, and its page."""
    folder = tmp_path_factory.mktemp("planned")
    app = create_app(settings_of(folder), Safety(), runner=False)
    project = long_project(folder / "film", seconds=60, shots=30)
    entry = app.state.workspace.projects.note(project)
    with served(app) as address:
        yield address, project, f"/projects/{entry.id}"


def opened(browser, planned, **how):
    desk = Desk(browser, planned[0], **how)
    desk.page.goto(planned[2])
    desk.until(f"document.querySelector('.ed-timeline-widget') && {WIDGET}?.board.shots?.length")
    return desk


def test_words_are_saved_as_one_step_and_another_window_sees_them(browser, planned):
    one, other = opened(browser, planned), opened(browser, planned)
    page = one.page
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    prompt = page.get_by_role("textbox", name="Prompt")
    prompt.wait_for()
    one.until("document.activeElement.tagName === 'TEXTAREA'")
    was = prompt.input_value()
    prompt.fill("")
    prompt.type("a lighthouse in fog, its beam turning", delay=5)
    page.get_by_text("Saved.").wait_for(timeout=LONG)
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    other.until(f"{WIDGET}.board.shots[0].prompt === 'a lighthouse in fog, its beam turning'")

    page.get_by_role("button", name="Undo").click()
    one.until(f"(was) => {WIDGET}.board.shots[0].prompt === was", was)
    assert prompt.input_value() == was
    assert page.evaluate(f"{WIDGET}.board.undo") == ""
    other.until(f"(was) => {WIDGET}.board.shots[0].prompt === was", was)
    assert not one.faults
    assert not other.faults
    for desk in (one, other):
        desk.page.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_text_of_the_editor_is_readable(browser, planned, theme):
    desk = opened(browser, planned, color_scheme=theme, reduced_motion="reduce")
    page = desk.page
    page.keyboard.press("ArrowDown")
    for name in ("Shot", "Grid", "Plan", "Make", "Film"):
        desk.tab(name)
        page.get_by_role("tab", name=name, exact=True, selected=True).wait_for()
        desk.until(
            "[...document.querySelectorAll('.ed-panel')]"
            ".some((panel) => panel.checkVisibility() && panel.innerText.length > 60)"
        )
        page.wait_for_timeout(300)  # what the panel asks for comes in
        found = page.evaluate(READABLE)
        assert len(found) > 15
        poor = [one for one in found if one["contrast"] < TEXT]
        assert not poor, f"{name} in the {theme} theme: {poor}"
    assert not desk.faults
    page.close()


def test_an_edit_of_a_plan_that_is_gone_is_refused_and_the_new_one_shown(browser, planned):
    desk = opened(browser, planned)
    desk.page.evaluate(
        "getElement(document.querySelector('.ed-timeline-widget').id.slice(1)).$emit('message',"
        " {type: 'edit', revision: 'of another day', edits: [{kind: 'lock', shots: ['s002']}]})"
    )
    desk.page.locator(".ed-timeline .sr-note", has_text="changed elsewhere").wait_for(timeout=LONG)
    assert not any(shot["locked"] for shot in desk.shots())
    assert not desk.faults
    desk.page.close()


def test_the_grid_is_put_right_and_taken_back(browser, planned):
    desk = opened(browser, planned)
    page = desk.page
    desk.tab("Grid")
    page.get_by_text("128.0 bpm").wait_for()
    page.get_by_role("button", name="A beat between every two").click()
    page.get_by_text("256.0 bpm").wait_for(timeout=LONG)
    page.locator(".ed-lead").first.click()
    page.keyboard.press("Control+z")
    page.get_by_text("128.0 bpm").wait_for(timeout=LONG)
    page.get_by_role("button", name="Start tapping").click()
    page.locator(".ed-lead").first.click()
    page.keyboard.press(" ")
    for _ in range(6):
        page.wait_for_timeout(300)
        page.keyboard.press("t")
    page.keyboard.press("k")
    page.get_by_text("6 taps, about").wait_for()
    assert page.get_by_role("button", name="Use these taps").is_enabled()
    assert not desk.faults
    page.close()


def test_on_a_phone_the_timeline_is_a_tab_and_everything_fits_screen_and_finger(
    browser, planned, tmp_path
):
    desk = opened(browser, planned, has_touch=True, is_mobile=True)
    page = desk.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    page.wait_for_selector(".ed[data-tab=timeline] .sr-timeline", timeout=LONG)
    for name in ("Timeline", "Shot", "Grid", "Plan", "Make", "Film"):
        desk.tab(name)
        page.wait_for_selector(f".ed[data-tab={name.lower()}]")
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, name
        box = page.get_by_role("tab", name=name, exact=True).bounding_box()
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= 390, name
        assert page.evaluate(HITS) == [], name
    page.screenshot(path=tmp_path / "phone.png")
    assert not desk.faults
    page.close()


def test_after_a_button_of_the_bar_was_clicked_keys_are_the_timelines_again(browser, planned):
    desk = opened(browser, planned)
    page = desk.page
    page.locator("[data-sr=queue]").click()
    page.wait_for_selector(".sr-app[data-queue=open]")
    page.keyboard.press("ArrowDown")
    desk.until(f"{WIDGET}.selection.length === 1")
    page.keyboard.press(" ")
    desk.until(f"{WIDGET}.playing")
    assert page.locator(".sr-app").get_attribute("data-queue") == "open"
    assert not desk.faults
    page.close()


@pytest.mark.parametrize("height", [700, 768, 900])
def test_no_lane_of_the_timeline_is_cut_off_in_a_low_window(browser, planned, height):
    desk = opened(browser, planned)
    page = desk.page
    page.set_viewport_size({"width": 1024, "height": height})
    desk.until(
        "([widget, low]) => { const { lanes, stage } = eval(widget).end.timeline;"
        " return innerHeight === low && lanes.shots.height >= 60"
        " && lanes.shots.bottom <= stage.clientHeight; }",
        [WIDGET.removesuffix(".values"), height],
    )
    strip = page.locator(".ed-timeline .sr-overview").bounding_box()
    assert strip["y"] + strip["height"] <= height
    page.close()
