"""The timeline in Chromium, on a bare page: what is seen, heard, and sent to Python."""

import random
import re
import wave

import numpy as np
import pytest

from songreel.prompting.snap import snap
from support.browsers import chromium
from support.long_boards import Song, long_board
from support.needs import needs
from support.timeline_page import timeline_page

sync_api = needs("playwright.sync_api")
pytestmark = pytest.mark.slow

BOARD = long_board(Song(seconds=120, shots=40, tempo=120.0, first=0.5))
"""Beats every half second from 0.5 s on; bar 1 begins at 1.0 s."""
ZOOM = 40.0
"""Pixels a second: a beat is 20 pixels."""


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as play:
        found = chromium(play, "--autoplay-policy=no-user-gesture-required")
        yield found
        found.close()


class Shown:
    """A page with a timeline on it."""

    def __init__(self, page):
        self.page = page
        self.errors = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def run(self, script, *arguments):
        return self.page.evaluate(script, *arguments)

    @property
    def sent(self):
        return self.run("model.sent")

    @property
    def edits(self):
        return [edit for message in self.sent for edit in message.get("edits", ())]

    @property
    def live(self):
        return self.page.locator(".sr-live").text_content().strip("\u00a0")

    def value(self, name):
        return self.run("name => model.values[name]", name)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def place(self, seconds, lane):
        """Where a moment is on the screen, in the middle of a lane."""
        return self.run(
            """([seconds, lane]) => {
              const { view, lanes, stage } = end.timeline;
              const box = stage.getBoundingClientRect();
              const { top, height } = lanes[lane];
              return [box.left + view.x(seconds), box.top + top + height / 2];
            }""",
            [seconds, lane],
        )

    def drag(self, start, to, lane="shots", **held):
        mouse = self.page.mouse
        mouse.move(*self.place(start, lane))
        mouse.down()
        x, y = self.place(to, lane)
        mouse.move(x - 3, y)
        mouse.move(x, y, steps=4)
        if not held:
            mouse.up()

    def focus(self):
        self.page.locator(".sr-list [role=option]").first.focus()

    def answer(self, **changes):
        board = BOARD.model_copy(update=changes).model_dump(mode="json")
        self.run("board => model.tell('board', board)", board)

    def settled(self):
        self.page.wait_for_timeout(60)
        assert self.errors == []


@pytest.fixture
def shown(browser, tmp_path):
    pages = []

    def show(board=BOARD, width=1000, attributes="", context=None, **traits):
        page = browser.new_page(viewport={"width": width, "height": 560}, **(context or {}))
        page.set_default_timeout(90_000)
        pages.append(page)
        made = Shown(page)
        address = timeline_page(tmp_path, board, attributes=attributes, **traits)
        page.goto(address.as_uri())
        page.wait_for_function("window.ready && end.timeline.lanes")
        return made

    yield show
    for page in pages:
        page.close()


# The rules.


def test_cuts_snap_as_the_server_does(shown):
    drawn = random.Random(5)
    songs = [BOARD, long_board(Song(seconds=90, shots=5, tempo=97.3, first=1.234, pickup=2))]
    uneven = sorted(drawn.uniform(0, 60) for _ in range(80))
    grids = [(uneven, range(3, 80, 4), uneven[3::16]), ((), (), ())]
    songs += [
        BOARD.model_copy(
            update={"beats": tuple(beats), "downbeats": tuple(bars), "phrases": tuple(phrases)}
        )
        for beats, bars, phrases in grids
    ]
    cases = [
        (number, round(drawn.uniform(0, song.duration), 4), how)
        for number, song in enumerate(songs)
        for how in ("phrase", "bar", "beat", "half", "off")
        for _ in range(60)
    ]
    # Midway between two beats, where the earlier one is to win.
    cases += [(0, beat + 0.25, "beat") for beat in BOARD.beats[:20]]
    ours = shown().run(
        """([boards, cases]) => {
          const grids = boards.map((board) => new parts.Grid(board));
          return cases.map(([number, seconds, how]) =>
            grids[number].anchor(grids[number].snap(seconds, how)));
        }""",
        [[song.model_dump(mode="json") for song in songs], cases],
    )
    theirs = [str(snap(songs[number], seconds, how)) for number, seconds, how in cases]
    assert [(case, a) for case, a, b in zip(cases, ours, theirs, strict=True) if a != b] == []


def test_a_moment_written_is_the_moment_read(shown):
    far = shown().run(
        """(board) => {
          const grid = new parts.Grid(board);
          const times = [...grid.moments("half"), 7.013, 55.5071, 0.2, 119.9];
          const far = (time) => Math.abs(grid.resolve(grid.anchor(time)) - grid.free(time));
          return Math.max(...times.map(far));
        }""",
        BOARD.model_dump(mode="json"),
    )
    assert far < 1e-6


def test_labels_keep_their_distance_at_every_zoom(shown):
    zooms = [0.5, 2.3, 8, 30, 120, 500, 1600]
    gaps = shown().run(
        """(zooms) => zooms.map((zoom) =>
          [parts.secondStep(zoom, 76).step * zoom, parts.barStep(2 * zoom, 46) * 2 * zoom])""",
        zooms,
    )
    for zoom, (seconds, bars) in zip(zooms, gaps, strict=True):
        assert seconds >= 76
        assert 46 <= bars < max(92, 2 * zoom + 1)


def test_no_peak_is_lost_in_coarser_levels(shown):
    high, low = shown().run(
        """() => {
          const low = new Array(5001).fill(-3);
          const high = new Array(5001).fill(4);
          [low[4999], high[1234]] = [-120, 125];
          const levels = parts.pyramid({ rate: 50, low, high });
          return [levels.map((l) => Math.max(...l.high)), levels.map((l) => Math.min(...l.low))];
        }"""
    )
    assert len(high) > 3
    assert set(high) == {125}
    assert set(low) == {-120}


# Edits with the mouse.


def test_a_cut_that_is_dragged_goes_to_the_beat(shown):
    page = shown(zoom=ZOOM, scroll=0.0)
    shot = BOARD.shots[2]
    to = shot.start + 0.5 + 0.2  # nearer to the next beat than to the one after
    page.drag(shot.start, to)
    page.settled()
    (message,) = page.sent
    beat = BOARD.beats.index(pytest.approx(shot.start + 0.5))
    bar, place = (beat - 1) // 4 + 1, (beat - 1) % 4 + 1
    assert message == {
        "type": "edit", "revision": "r1",
        "edits": [{"kind": "move", "shot": shot.id, "at": f"{bar}:{place}"}],
    }  # fmt: skip
    assert page.live == f"{shot.id} begins at bar {bar}, beat {place}"
    assert page.run("end.timeline.draft.shots[1].end") == pytest.approx(shot.start + 0.5)


def test_alt_lets_a_cut_lie_between_the_beats(shown):
    page = shown(zoom=ZOOM)
    shot = BOARD.shots[2]
    page.page.keyboard.down("Alt")
    page.drag(shot.start, shot.start + 0.2)
    page.page.keyboard.up("Alt")
    page.settled()
    assert re.fullmatch(r"\d+:\d\+\d+/\d+", page.edits[0]["at"])


def test_a_cut_does_not_pass_its_neighbour(shown):
    page = shown(zoom=ZOOM)
    shots = BOARD.shots
    page.drag(shots[2].start, shots[3].end + 3)
    page.settled()
    moved = page.run("end.timeline.draft.shots[2].start")
    assert shots[2].start < moved < shots[2].end


def test_a_locked_shot_does_not_move_and_says_so(shown):
    page = shown(zoom=ZOOM)
    locked = next(shot for shot in BOARD.shots if shot.locked)
    page.run("seconds => end.timeline.scrollTo(seconds)", locked.start - 5)
    page.drag(locked.start, locked.start + 1)
    page.settled()
    assert page.sent == []
    note = page.page.locator(".sr-note")
    assert note.is_visible()
    assert f"{locked.id} is locked" in note.text_content()
    assert page.live == note.text_content()


def test_escape_lets_a_cut_go_where_it_was(shown):
    page = shown(zoom=ZOOM)
    page.drag(BOARD.shots[2].start, BOARD.shots[2].start + 1, hold=True)
    assert page.run("end.timeline.drag.shot") == BOARD.shots[2].id
    page.press("Escape")
    page.page.mouse.up()
    page.settled()
    assert page.sent == []


def test_the_wheel_zooms_around_the_pointer_and_pans_sideways(shown):
    page = shown(zoom=ZOOM, scroll=20.0)
    page.focus()
    x, y = page.place(35.0, "wave")
    page.page.mouse.move(x, y)
    page.page.mouse.wheel(0, -240)
    page.settled()
    assert page.run("end.timeline.view.zoom") > ZOOM * 1.3
    assert page.place(35.0, "wave")[0] == pytest.approx(x, abs=1)
    before = page.run("end.timeline.view.scroll")
    page.page.mouse.wheel(120, 0)
    page.settled()
    assert page.run("end.timeline.view.scroll") > before


def test_a_wheel_over_a_timeline_without_the_focus_scrolls_the_page(shown):
    page = shown(zoom=ZOOM)
    page.run("document.body.style.height = '3000px'")
    page.page.mouse.move(*page.place(5.0, "wave"))
    page.page.mouse.wheel(0, 120)
    page.page.wait_for_function("scrollY > 0")
    assert page.run("end.timeline.view.zoom") == ZOOM


def test_a_drag_pans_and_a_click_seeks(shown):
    page = shown(zoom=ZOOM, scroll=30.0)
    page.drag(45.0, 40.0, "wave")
    page.settled()
    assert page.run("end.timeline.view.scroll") == pytest.approx(35.0, abs=0.2)
    page.page.mouse.click(*page.place(41.0, "wave"))
    page.page.wait_for_function("Math.abs(model.values.position - 41) < 0.05")
    assert page.sent == []


def test_shots_are_selected_by_click_shift_and_control(shown):
    page = shown(zoom=ZOOM)
    shots, click = BOARD.shots, page.page.mouse.click
    middle = [((shot.start + shot.end) / 2) for shot in shots]
    click(*page.place(middle[1], "shots"))
    assert page.value("selection") == [shots[1].id]
    page.page.keyboard.down("Shift")
    click(*page.place(middle[3], "shots"))
    page.page.keyboard.up("Shift")
    assert page.value("selection") == [shot.id for shot in shots[1:4]]
    page.page.keyboard.down("Control")
    click(*page.place(middle[2], "shots"))
    page.page.keyboard.up("Control")
    assert page.value("selection") == [shots[1].id, shots[3].id]


# Edits that are not settled yet.


def test_a_refused_edit_is_taken_back_and_the_reason_shown(shown):
    page = shown(zoom=ZOOM)
    shot = BOARD.shots[2]
    page.drag(shot.start, shot.start + 1)
    page.run("model.receive({ type: 'refused', text: 'the plan is being made anew' })")
    page.settled()
    assert page.run("end.timeline.draft.shots[2].start") == shot.start
    assert page.page.locator(".sr-note").text_content() == "the plan is being made anew"


def test_edits_are_asked_one_after_the_other_each_on_the_newest_board(shown):
    page = shown(zoom=ZOOM, selection=["s03"])
    page.focus()
    page.press("x", "m")
    assert [message["edits"][0]["kind"] for message in page.sent] == ["lock"]
    page.run("model.receive({ type: 'settled' })")
    # Locked by then, so that the merge was refused here already.
    assert len(page.sent) == 1
    page.run("model.tell('selection', ['s07'])")
    page.press("m")
    page.run("model.tell('selection', ['s10'])")
    page.press("x")
    assert len(page.sent) == 2
    merged = tuple(shot for shot in BOARD.shots if shot.id != "s07")
    page.answer(revision="r2", shots=merged)
    assert [message["revision"] for message in page.sent] == ["r1", "r1", "r2"]
    assert page.run("end.timeline.draft.shots.find((shot) => shot.id === 's10').locked")


def test_a_new_board_keeps_view_and_selection(shown):
    page = shown(zoom=ZOOM, scroll=20.0, selection=["s05", "s06"])
    gone = tuple(shot for shot in BOARD.shots if shot.id != "s06")
    page.answer(revision="r2", shots=gone)
    page.settled()
    assert page.run("[end.timeline.view.zoom, end.timeline.view.scroll]") == [ZOOM, 20.0]
    assert page.value("selection") == ["s05"]


# Keys.


def test_keys_edit_seek_and_command(shown):
    page = shown(zoom=ZOOM, position=4.0)
    page.focus()
    page.press("ArrowRight")
    page.page.wait_for_function("Math.abs(model.values.position - 4.5) < 1e-3")
    page.press("Shift+ArrowRight")
    page.page.wait_for_function("Math.abs(model.values.position - 5) < 1e-3")
    page.press("Alt+ArrowRight")
    cut = next(shot.start for shot in BOARD.shots if shot.start > 5)
    page.page.wait_for_function("at => Math.abs(model.values.position - at) < 2e-3", arg=cut)
    page.press("Home")
    page.page.wait_for_function("model.values.position === 0")
    page.press("ArrowDown", "ArrowDown")
    assert page.value("selection") == ["s02"]
    page.press("r", "c", "Enter")
    assert [(m["name"], m["shots"]) for m in page.sent] == [
        ("retake", ["s02"]), ("compare", ["s02"]), ("edit-prompt", ["s02"]),
    ]  # fmt: skip
    page.press("b")
    assert page.edits[-1] == {"kind": "grid", "change": {"kind": "bar one", "seconds": 0}}
    page.press("n")
    assert page.value("snap") == "half"


def test_a_cut_can_be_moved_without_a_mouse(shown):
    page = shown(zoom=ZOOM, selection=["s03"])
    page.focus()
    page.press(".")
    start = BOARD.shots[2].start
    assert page.run("end.timeline.draft.shots[2].start") == pytest.approx(start + 0.5)
    assert page.edits[0]["kind"] == "move"


def test_split_lies_on_the_grid_inside_the_shot(shown):
    shot = max(BOARD.shots[:10], key=lambda shot: shot.end - shot.start)
    page = shown(zoom=ZOOM, position=(shot.start + shot.end) / 2 + 0.1)
    page.focus()
    page.press("s")
    (edit,) = page.edits
    time = page.run("at => end.timeline.grid.resolve(at)", edit["at"])
    assert shot.start < time < shot.end
    assert any(abs(time - beat) < 1e-6 for beat in BOARD.beats)
    assert page.run("end.timeline.draft.shots.length") == len(BOARD.shots) + 1


def test_keys_typed_in_a_field_are_text(shown):
    page = shown(attributes="data-global-keys", selection=["s03"])
    page.page.locator("#field").focus()
    page.press("s", "m", "Space")
    assert page.sent == []
    assert page.page.locator("#field").input_value() == "sm "
    page.run("document.activeElement.blur()")
    page.press("m")
    assert page.edits == [{"kind": "merge", "shots": ["s03"]}]


def test_without_the_focus_keys_belong_to_the_page(shown):
    page = shown(selection=["s03"])
    page.press("m", "s", "r")
    assert page.sent == []


def test_the_toolbar_is_one_stop_and_gives_the_focus_back_to_the_shots(shown):
    page = shown(position=4.0, selection=["s05"])
    page.page.get_by_role("button", name="Play", exact=True).focus()
    page.press("ArrowRight", "ArrowRight")
    assert page.run("document.activeElement.dataset.command") == "merge"
    assert page.page.locator(".sr-toolbar button[tabindex='0']:visible").count() == 1
    page.page.get_by_role("button", name="Lock or unlock").click()
    assert page.run("document.activeElement.getAttribute('role')") == "option"
    page.press("Space")
    page.page.wait_for_function("model.values.playing")
    assert [edit["kind"] for edit in page.edits] == ["lock"]


def test_help_lists_the_keys_and_gives_the_focus_back(shown):
    page = shown()
    page.focus()
    page.press("Shift+?")
    help_ = page.page.get_by_role("dialog", name="Keys")
    assert help_.is_visible()
    assert "split at the playhead" in help_.text_content()
    page.press("m")
    page.press("Escape")
    assert not help_.is_visible()
    assert page.sent == []
    assert page.run("document.activeElement.getAttribute('role')") == "option"


# Sound.


@pytest.fixture(scope="module")
def tone(tmp_path_factory):
    """Six seconds, as a data URL."""
    from base64 import b64encode

    path = tmp_path_factory.mktemp("tone") / "tone.wav"
    samples = 8000 * np.sin(2 * np.pi * 330 * np.arange(6 * 8000) / 8000)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return "data:audio/wav;base64," + b64encode(path.read_bytes()).decode()


def test_the_audio_is_the_clock_and_python_hears_of_it_four_times_a_second(shown, tone):
    page = shown(long_board(Song(seconds=6, shots=3)), audio=tone)
    page.run(
        """() => {
          const { root, player } = end.timeline;
          window.apart = [];
          root.addEventListener("songreel:time", ({ detail }) => {
            const { currentTime } = player.audio;
            if (currentTime > 0) apart.push(Math.abs(detail.seconds - currentTime));
          });
        }"""
    )
    page.focus()
    page.press("Space")
    page.page.wait_for_function("end.timeline.player.at > 1.2")
    at, apart = page.run("[end.timeline.player.at, apart]")
    assert float(np.median(apart)) < 0.05
    page.press("Space")
    page.page.wait_for_function("model.values.playing === false")
    told = page.run("model.saved.filter((traits) => 'position' in traits).length")
    assert 2 <= told <= at * 4 + 3


def test_shuttle_goes_faster_stops_and_goes_back_in_silence(shown, tone):
    page = shown(long_board(Song(seconds=6, shots=3)), audio=tone, position=3.0)
    page.focus()
    page.press("l", "l")
    assert page.run("end.timeline.player.rate") == 2
    page.press("k")
    assert page.run("end.timeline.player.rate") == 0
    page.press("j", "j", "j")
    assert page.run("end.timeline.player.rate") == -4
    page.page.wait_for_function("end.timeline.player.at === 0 && !end.timeline.player.playing")
    assert page.run("end.timeline.player.audio.paused")


def test_scrubbing_the_ruler_sounds_and_then_rests(shown, tone):
    page = shown(long_board(Song(seconds=6, shots=3)), audio=tone)
    page.drag(1.0, 4.0, "ruler", hold=True)
    page.page.wait_for_function("!end.timeline.player.audio.paused")
    page.page.mouse.up()
    page.page.wait_for_function("Math.abs(model.values.position - 4) < 0.05")
    assert page.run("end.timeline.player.audio.paused")


def test_a_song_that_cannot_be_had_is_told_and_played_silently(shown):
    page = shown(audio="data:audio/wav;base64,AAAA")
    page.page.wait_for_function("!document.querySelector('.sr-note').hidden")
    assert "could not be loaded" in page.page.locator(".sr-note").text_content()
    page.focus()
    page.press("Space")
    page.page.wait_for_function("end.timeline.player.at > 0.1")


# For who does not see it, or sees little.


def test_screen_readers_get_the_shots_and_the_buttons(shown):
    page = shown(working={"s06": 0.4})
    options = page.page.get_by_role("listbox", name="Shots").get_by_role("option")
    assert options.count() == len(BOARD.shots)
    locked = next(shot for shot in BOARD.shots if shot.locked)
    label = options.nth(BOARD.shots.index(locked)).get_attribute("aria-label")
    assert re.match(
        rf"shot {locked.id}, bar \d+, beat \d, \d+\.\d seconds long, \w+, locked", label
    )
    assert "clip being made, 40 percent" in options.nth(5).get_attribute("aria-label")
    names = ["Play", "Split at the playhead", "Merge into the shot before", "Lock or unlock",
             "Zoom in", "Zoom out", "Show the whole song", "Redo", "Keys"]  # fmt: skip
    for name in names:
        assert page.page.get_by_role("button", name=name, exact=True).count() == 1
    assert page.page.get_by_role("combobox", name="Snap cuts to").count() == 1
    assert (
        page.page.get_by_role("application").get_attribute("aria-label").startswith("Timeline of")
    )
    tree = page.page.locator(".sr-timeline").aria_snapshot()
    assert f'option "{label}"' in tree


def test_the_focus_roves_over_the_shots(shown):
    page = shown()
    page.focus()
    page.press("ArrowDown", "ArrowDown", "ArrowDown")
    assert page.run("document.activeElement.dataset.shot") == "s03"
    assert page.page.locator(".sr-list [tabindex='0']").count() == 1
    assert page.page.locator(".sr-list [aria-selected='true']").count() == 1


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_texts_stand_out_from_their_grounds(shown, theme):
    worst = shown(theme=theme).run(
        """() => {
          const p = end.timeline.palette;
          const ratio = parts.contrast;
          const list = [
            [p.text, p.bg], [p.text, p.panel], [p.text, p.raised], [p.soft, p.panel],
            [p.soft, p.raised], [p["on-accent"], p.accent],
          ].map(([a, b]) => ratio(a, b));
          for (const color of Object.values(p.section)) {
            for (const energy of [0, 1]) {
              list.push(ratio(p.text, parts.mix(p.bg, color, parts.sectionShare(p, energy))));
            }
          }
          return Math.min(...list);
        }"""
    )
    assert worst >= 4.5


def test_the_theme_follows_the_page_around(shown):
    page = shown(theme="auto", context={"color_scheme": "dark"})
    assert page.page.locator(".sr-timeline").get_attribute("data-theme") == "dark"
    page.run("document.body.classList.add('body--light')")
    page.page.wait_for_selector(".sr-timeline[data-theme=light]")
    page.run("document.documentElement.style.setProperty('--sr-accent', 'rgb(255, 0, 0)')")
    page.page.wait_for_function("end.timeline.palette.accent.join() === '255,0,0'")


def test_colours_are_found_by_an_element_that_comes_into_the_page_later(shown):
    # As JupyterLab mounts it.
    colours = shown().run(
        """async () => {
          const later = document.createElement("div");
          const timeline = render({ model, el: later }).timeline;
          document.body.append(later);
          while (!timeline.painted) await new Promise(requestAnimationFrame);
          return [timeline.palette.bg, end.timeline.palette.bg];
        }"""
    )
    assert colours[0] == colours[1]


def test_forced_colours_are_used(shown):
    page = shown(context={"forced_colors": "active"})
    assert page.run("end.timeline.palette.forced")
    page.settled()


def test_on_a_phone_a_finger_pans_taps_pinches_and_moves_the_selected_cut(shown):
    page = shown(width=390, zoom=ZOOM, scroll=10.0, context={"has_touch": True})
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    touch = page.page.context.new_cdp_session(page.page)

    def fingers(kind, *points):
        spots = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    def swipe(start, to):
        fingers("touchStart", start)
        for part in range(1, 6):
            fingers("touchMove", (start[0] + (to[0] - start[0]) * part / 5, start[1]))
        fingers("touchEnd")

    shot = next(s for s in BOARD.shots if s.start > 12 and s.end - s.start > 1.2 and not s.locked)
    index = BOARD.shots.index(shot)
    page.run("seconds => end.timeline.scrollTo(seconds)", shot.start - 4)
    before = page.run("end.timeline.view.scroll")
    swipe(page.place(shot.start, "shots"), page.place(shot.start - 2, "shots"))
    page.page.wait_for_timeout(500)
    assert page.sent == []
    assert page.run("end.timeline.view.scroll") > before + 1
    page.run("seconds => end.timeline.scrollTo(seconds)", shot.start - 4)
    page.page.touchscreen.tap(*page.place(shot.start + 0.6, "shots"))
    page.page.wait_for_function("id => model.values.selection[0] === id", arg=shot.id)
    if not BOARD.shots[index - 1].locked:
        swipe(page.place(shot.start, "shots"), page.place(shot.start + 0.5, "shots"))
        assert [edit["shot"] for edit in page.edits] == [shot.id]
    (x, y), zoom = page.place(shot.start, "wave"), page.run("end.timeline.view.zoom")
    fingers("touchStart", (x - 30, y), (x + 30, y))
    fingers("touchMove", (x - 60, y), (x + 60, y))
    fingers("touchEnd")
    assert page.run("end.timeline.view.zoom") == pytest.approx(zoom * 2, rel=0.05)


# The page around.


def test_it_ends_without_a_trace(shown):
    page = shown()
    page.run("end()")
    assert page.page.locator(".sr-timeline").count() == 0
    assert page.run("Object.values(model.handlers).every((list) => list.length === 0)")
    page.answer(revision="r9")
    page.settled()


def test_an_empty_board_and_a_song_without_grid_are_drawn(shown):
    page = shown(None)
    page.settled()
    bare = {"beats": (), "downbeats": (), "phrases": (), "sections": (), "events": (), "shots": ()}
    page.answer(trust=0.1, **bare)
    page.settled()
    assert page.run("end.timeline.snap") == "off"
    assert page.page.locator(".sr-list [role=option]").count() == 0
