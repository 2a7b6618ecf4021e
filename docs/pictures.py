"""The pictures of the documentation, from the real program: `make docs-pictures`.

A studio is started on a workspace of its own, the demo song is made a film in it, and Chromium
(the system's, driven by playwright) shows what a person would see. Takes some minutes.

    python docs/pictures.py [--workspace DIR] [--only NAME ...]

With a workspace that is kept, what was made in an earlier run is not made again, and the pictures
of a song that is being heard stay as they are.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from strip import strip  # beside this file

from songreel.client import Client
from songreel.demo.song import TITLE, write_song
from songreel.models.errors import MachineError

FOLDER = Path(__file__).parent / "pictures"
WIDE = {"width": 1400, "height": 876}
PHONE = {"width": 390, "height": 844}
NOTEBOOK = {"width": 1400, "height": 680}
QUALITY = 84
PATIENCE = 120_000
"""Milliseconds that a page may take on a loaded machine."""
SIZE = 540
"""Short side of the film, pixels."""
OTHERS = (
    ("in ink and gold", "ink-and-gold", "calm", "16:9"),
    ("upright", "desert-road", "driving", "9:16"),
)
"""Further films, so that the first page is not empty: title, look, cutting style, shape."""
SETTLE = 700
"""Milliseconds for what moves: panels that open, pictures that fade in."""
WIDGET = "getElement(document.querySelector('.ed-timeline-widget').id.slice(1))"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


class Pictures:
    """Takes pictures of one studio.

    Args:
        browser: Chromium.
        address: Of the studio.
        client: Of the same studio.
        only: Names of the pictures that are written; empty: all.
    """

    def __init__(self, browser: Browser, address: str, client: Client, only: set[str]) -> None:
        self._browser, self.address, self.client, self._only = browser, address, client, only

    @contextmanager
    def page(
        self, where: str, *, light: bool = False, size: dict[str, int] | None = None
    ) -> Iterator[Page]:
        """A page of the studio, or of another address."""
        page = self._browser.new_page(
            base_url=self.address,
            viewport=size or WIDE,
            color_scheme="light" if light else "dark",
            reduced_motion="reduce",
        )
        page.set_default_timeout(PATIENCE)
        page.goto(where)
        try:
            yield page
        finally:
            page.close()

    def wanted(self, *names: str) -> bool:
        """Whether any of these pictures is to be written."""
        return not self._only or bool(self._only & set(names))

    def take(self, name: str, of: Page | Locator, **clip: Any) -> None:
        """Write a picture."""
        if not self.wanted(name):
            return
        shown = Image.open(BytesIO(of.screenshot(animations="disabled", **clip))).convert("RGB")
        path = FOLDER / f"{name}.webp"
        shown.save(path, quality=QUALITY, method=6)
        print(f"{name}: {shown.width} × {shown.height}, {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Take all pictures."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--workspace", type=Path, help="kept, and used again")
    told.add_argument("--only", nargs="*", default=[], help="names of pictures")
    wished = told.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="songreel-pictures.") as scratch:
        workspace = (wished.workspace or Path(scratch) / "workspace").absolute()
        workspace.mkdir(parents=True, exist_ok=True)
        with (
            _studio(workspace) as address,
            Client(address) as client,
            sync_playwright() as play,
            _chromium(play) as browser,
        ):
            pictures = Pictures(browser, address, client, set(wished.only))
            film = _film(pictures, workspace)
            for step, names in STEPS.items():
                if pictures.wanted(*names):
                    step(pictures, film)
            folder = Path(next(one for one in client.projects() if one.id == film).folder)
            if pictures.wanted("notebook"):
                _notebook(pictures, folder, workspace)
            if pictures.wanted("film"):
                strip(folder, FOLDER / "film.webp")
    total = sum(path.stat().st_size for path in FOLDER.glob("*.webp"))
    print(f"all pictures: {total / 1e6:.2f} MB")


def _film(pictures: Pictures, workspace: Path) -> str:
    """The demo film, with pictures of the way there; its project."""
    client = pictures.client
    known = {entry.title: entry.id for entry in client.projects()}
    if TITLE in known:
        return known[TITLE]
    with pictures.page("/") as page:
        page.wait_for_selector("[data-sr-drop]")
        page.wait_for_timeout(SETTLE)
        pictures.take("start", page, clip={"x": 0, "y": 0, "width": 1400, "height": 520})
    path = workspace / f"{TITLE}.wav"
    write_song(path)
    song = client.upload(path)
    project = client.create(song, title=TITLE).id
    with pictures.page(f"/projects/{project}") as page:
        found = page.locator(".sr-fact:not(.sr-fact--open)")
        found.nth(2).wait_for()  # half of what is to be found
        if page.get_by_role("heading", name="Listening to the song").count():
            pictures.take("hearing", page, clip={"x": 0, "y": 0, "width": 1400, "height": 590})
        else:
            print("hearing: all was heard before the picture was taken; the one there is stays")
        page.get_by_role("button", name="Plan only").wait_for()
        page.set_viewport_size({"width": 1400, "height": 1330})
        _quiet(page)
        pictures.take("direction", page)
        page.get_by_role("button", name="Plan only").click()
        page.wait_for_selector(".ed-timeline .sr-timeline")
    client.run({"kind": "make", "project": project, "output": {"size": SIZE}}, progress=_told)
    for title, look, style, aspect in OTHERS:
        other = client.create(song, title=f"{TITLE}, {title}").id
        work = {
            "kind": "make", "project": other,
            "planning": {"look": look, "style": style, "seed": 7},
        }  # fmt: skip
        client.run({**work, "output": {"size": 180, "aspect": aspect}}, progress=_told)
    return project


def _editing(pictures: Pictures, film: str) -> None:
    """The page of a film in both themes, and its panels."""
    with _open(pictures, film) as page:
        _at(page, 36.0)
        _select(page, 7)
        pictures.take("editor", page)
        pictures.take("shot", page.locator(".ed-side"))
        page.get_by_role("tab", name="Grid", exact=True).click()
        page.wait_for_timeout(SETTLE)
        pictures.take("grid", page.locator(".ed-side"))
        for _ in range(5):
            page.keyboard.press("Shift+ArrowDown")
        page.keyboard.press("z")
        page.keyboard.press("Escape")
        page.locator(".sr-menu summary").click()
        page.wait_for_timeout(SETTLE)
        pictures.take("timeline", page.locator(".ed-timeline"))
    with _open(pictures, film, light=True) as page:
        _at(page, 36.0)
        _select(page, 7)
        pictures.take("editor-light", page)


def _takes(pictures: Pictures, film: str) -> None:
    """Two takes of a shot, side by side."""
    client = pictures.client
    shot = client.board(film).shots[4]
    if shot.takes < 2:
        client.run({"kind": "retake", "project": film, "shot": shot.id, "seed": 11})
    with _open(pictures, film) as page:
        _select(page, 4)
        page.keyboard.press("c")
        page.get_by_role("button", name="Use take B").wait_for()
        page.wait_for_timeout(3 * SETTLE)
        pictures.take("takes", page)


def _asking(pictures: Pictures, film: str) -> None:
    """A retake that would be bought: the quote before it. Nothing is ordered."""
    with _open(pictures, film) as page:
        _select(page, 4)
        page.keyboard.press("r")
        page.get_by_label("From", exact=True).click()
        page.get_by_role("option", name="ltx-video").first.click()
        page.get_by_role("button", name="Make the take").click()
        page.get_by_role("button", name="Buy nothing").wait_for()
        page.wait_for_timeout(SETTLE)
        pictures.take("quote", page.locator(".sr-dialog").last)
        page.get_by_role("button", name="Buy nothing").click()


def _result(pictures: Pictures, film: str) -> None:
    """The finished film with what is measured, and the whole report."""
    client = pictures.client
    if not any(row["key"].startswith("export-") for row in client.media(film)):
        client.run({"kind": "export", "project": film, "forms": ["otio", "edl", "chapters.txt"]})
    with _open(pictures, film) as page:
        _at(page, 62.0)
        page.get_by_role("tab", name="Film", exact=True).click()
        page.get_by_text("In sync:").wait_for()
        page.wait_for_timeout(SETTLE)
        pictures.take("result", page)
    with pictures.page(f"/api/projects/{film}/media/report", light=True) as page:
        page.wait_for_timeout(2 * SETTLE)
        pictures.take("report", page)


def _queue(pictures: Pictures, film: str) -> None:
    """Jobs at work and waiting."""
    client = pictures.client
    asked = [
        client.submit(work).id
        for work in (
            {"kind": "formats", "project": film, "aspects": ["9:16"]},
            {"kind": "excerpt", "project": film, "seconds": 30},
            {"kind": "contact-sheet", "project": film},
        )
    ]
    try:
        with _open(pictures, film) as page:
            page.locator("[data-sr=queue]").click()
            for _ in range(100):
                if client.job(asked[0]).progress > 0.05:
                    break
                page.wait_for_timeout(300)
            page.wait_for_timeout(2 * SETTLE)
            pictures.take("queue", page)
    finally:
        for job in reversed(asked):
            if client.job(job).ended is None:
                client.cancel(job)


def _home(pictures: Pictures, _film: str) -> None:
    """All films."""
    with pictures.page("/") as page:
        page.wait_for_selector(".sr-grid a, .sr-grid .sr-card")
        page.wait_for_timeout(2 * SETTLE)
        pictures.take("home", page, clip={"x": 0, "y": 0, "width": 1400, "height": 740})


def _phones(pictures: Pictures, film: str) -> None:
    """A film at the width of a phone."""
    with pictures.page(f"/projects/{film}", size=PHONE) as page:
        page.wait_for_selector(".ed-timeline .sr-timeline")
        page.wait_for_timeout(4 * SETTLE)
        pictures.take("phone", page)


def _notebook(pictures: Pictures, project: Path, workspace: Path) -> None:
    """A timeline in JupyterLab, where that is installed."""
    cells = [
        "from songreel import notebook\n\nwork = notebook.session()",
        f"notebook.timeline({project.name!r}, work)",
    ]
    notebook = project.parent / "timeline.ipynb"
    _write_notebook(notebook, cells)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="songreel-jupyter.") as scratch,
            _jupyter(project.parent, workspace, Path(scratch)) as address,
            pictures.page(f"{address}/lab/tree/{notebook.name}", size=NOTEBOOK) as page,
        ):
            page.wait_for_selector(".jp-CodeCell")
            page.wait_for_timeout(3 * SETTLE)
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_text("Run All Cells", exact=True).click()
            page.wait_for_selector(".sr-timeline")
            page.keyboard.press("Control+b")  # the list of files away
            page.wait_for_timeout(6 * SETTLE)
            pictures.take("notebook", page)
    finally:
        notebook.unlink(missing_ok=True)


def _write_notebook(path: Path, cells: list[str]) -> None:
    path.write_text(
        json.dumps(
            {
                "nbformat": 4,
                "nbformat_minor": 5,
                "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
                "cells": [
                    {
                        "cell_type": "code", "id": f"cell-{i}", "metadata": {}, "outputs": [],
                        "execution_count": None, "source": source,
                    }
                    for i, source in enumerate(cells)
                ],
            }
        ),
        encoding="utf-8",
    )  # fmt: skip


STEPS: dict[Callable[[Pictures, str], None], tuple[str, ...]] = {
    _editing: ("editor", "shot", "grid", "timeline", "editor-light"),
    _takes: ("takes",),
    _asking: ("quote",),
    _result: ("result", "report"),
    _queue: ("queue",),
    _home: ("home",),
    _phones: ("phone",),
}
"""What is done with the film, and the pictures of it."""


@contextmanager
def _open(pictures: Pictures, film: str, *, light: bool = False) -> Iterator[Page]:
    """The page of a film, with its timeline and its small pictures there."""
    with pictures.page(f"/projects/{film}", light=light) as page:
        page.wait_for_function(
            f"document.querySelector('.ed-timeline-widget') && {WIDGET}?.values.board.shots?.length"
        )
        page.wait_for_timeout(4 * SETTLE)
        yield page


def _quiet(page: Page) -> None:
    """Wait until nothing is told any more in a corner of the page."""
    page.wait_for_timeout(SETTLE)
    page.wait_for_function("!document.querySelector('.sr-toast')")
    page.wait_for_timeout(SETTLE)


def _at(page: Page, seconds: float) -> None:
    """Put the playhead somewhere, by keys: bars, then beats."""
    page.keyboard.press("Home")
    for _ in range(200):
        if page.evaluate("document.querySelector('.ed').songreelClock.time()") >= seconds:
            break
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_timeout(2 * SETTLE)


def _select(page: Page, index: int) -> None:
    """Select a shot by its place."""
    page.keyboard.press("Escape")
    box = page.locator(".ed-timeline .sr-stage").bounding_box()
    board = page.evaluate(f"{WIDGET}.values.board")
    assert box is not None
    shot = board["shots"][index]
    x = box["x"] + box["width"] * (shot["start"] + shot["end"]) / 2 / board["duration"]
    page.mouse.click(x, box["y"] + box["height"] - 40)
    page.locator(".ed-shot-id", has_text=shot["id"]).wait_for()
    page.mouse.move(700, 300)
    page.wait_for_timeout(2 * SETTLE)


@contextmanager
def _studio(workspace: Path) -> Iterator[str]:
    """`songreel studio` in a workspace; its address."""
    place = workspace / "studio.url"
    environment = os.environ | {
        "SONGREEL_WORKSPACE": str(workspace),
        "SONGREEL_CONFIG": str(workspace / "config"),
        "REPLICATE_API_TOKEN": "r8_none-for-pictures",  # prices are shown, nothing is ordered
    }
    command = [sys.executable, "-m", "songreel.cli.main", "studio", "--port", "0", "--no-browser"]
    with _ended(subprocess.Popen(command, env=environment)) as process:
        _until(lambda: place.is_file(), process, "the studio")
        address = place.read_text(encoding="utf-8").strip().rstrip("/")
        _until(lambda: _answers(f"{address}/openapi.json"), process, "the studio")
        yield address


@contextmanager
def _jupyter(folder: Path, workspace: Path, scratch: Path) -> Iterator[str]:
    """JupyterLab in a folder, its settings in another; its address."""
    told = scratch / "settings" / "@jupyterlab" / "apputils-extension"
    told.mkdir(parents=True)
    news = told / "notification.jupyterlab-settings"
    news.write_text('{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "SONGREEL_WORKSPACE": str(workspace),
        "JUPYTER_CONFIG_DIR": str(scratch / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(scratch / "settings"),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.password=",
        f"--notebook-dir={folder}",
    ]  # fmt: skip
    quiet = subprocess.DEVNULL
    with _ended(subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet)) as process:
        address = f"http://127.0.0.1:{port}"
        _until(lambda: _answers(f"{address}/api"), process, "JupyterLab")
        yield address


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _until(done: Callable[[], bool], process: subprocess.Popen[bytes], what: str) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while not done():
        if process.poll() is not None or time.monotonic() > end:
            raise MachineError(f"{what} did not start")
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=10) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


@contextmanager
def _chromium(play: Any) -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        raise MachineError("no Chromium; Debian: apt install chromium")
    browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
    try:
        yield browser
    finally:
        browser.close()


def _told(doing: str, done: float) -> None:
    print(f"\r{doing} {done:.0%}".ljust(70), end="" if done < 1 else "\n", flush=True)


if __name__ == "__main__":
    main()
