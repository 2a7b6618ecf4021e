"""How soon the page of a long film is there: ten minutes of song, 600 shots.

Run it as `python benchmarks/studio.py`; options: --seconds, --shots, --times. It needs the extras
`studio` and `browser` and the system's Chromium. A project is made (nothing is heard or drawn),
the studio is started, and its page is opened by a new browser context each time, whose cache is
empty. From the start of the navigation to the frame after the timeline has drawn its shots:

first      the server's first page, with nothing of the project read yet; loaded is what
           `songreel studio` loads by itself while a person looks for the project
again      the median of --times more, and the slowest; the goal of 1 s is beside it

Beside each the processor time of the server, which says more where the machine is busy.

Then one edit (a shot locked), from its message to the frame after the board that answers it; and
what the page weighs: bytes over the socket and the requests, compressed, and elements.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from songreel.web.app import create_app
from songreel.web.safety.safety import Safety
from support.browsers import chromium
from support.long_films import long_project
from support.studio import served, settings_of

GOAL = 1.0
"""Seconds."""
WATCH = """
(() => {
  const look = () => {
    const widget = document.querySelector(".ed-timeline-widget");
    const shots = widget && getElement(widget.id.slice(1))?.values?.board?.shots;
    if (shots?.length && widget.querySelector("canvas")?.width > 300)
      requestAnimationFrame(() => requestAnimationFrame((now) => (window.drawn = now)));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""
EDIT = """
async () => {
  const widget = document.querySelector(".ed-timeline-widget");
  const element = getElement(widget.id.slice(1));
  const { revision, shots } = element.values.board;
  const shot = shots.find((s, i) => i > 10 && s.end - s.start > 1.5 && s.at.includes(":"));
  const start = performance.now();
  const edits = [{ kind: "lock", shots: [shot.id], locked: !shot.locked }];
  element.$emit("message", { type: "edit", edits, revision });
  while (element.values.board.revision === revision)
    await new Promise((done) => requestAnimationFrame(done));
  await new Promise((done) => requestAnimationFrame(done));
  return (performance.now() - start) / 1000;
}
"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--shots", type=int, default=600)
    parser.add_argument("--times", type=int, default=5)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        app = create_app(settings_of(folder), Safety(), runner=False)
        project = long_project(folder / "film", wish.seconds, wish.shots)
        entry = app.state.workspace.projects.note(project)
        with served(app, warmed=True) as address, sync_playwright() as play:
            browser = chromium(play)
            url = f"{address}/projects/{entry.id}"
            took = [opened(browser, url) for _ in range(wish.times + 1)]
            print(f"{wish.shots} shots; from the start of the navigation to the timeline drawn, s")
            server = "server {:.2f} of processor"
            told("first", took[0]["drawn"], GOAL, server.format(took[0]["server"]))
            again = [row["drawn"] for row in took[1:]]
            busy = server.format(statistics.median(row["server"] for row in took[1:]))
            told("again", statistics.median(again), GOAL, f"slowest {max(again):.2f}, {busy}")
            told("edit", took[-1]["edit"])
            last = took[-1]
            print(f"{last['bytes'] / 1000:.0f} kB by request, {last['elements']} elements")
            browser.close()


def told(name: str, seconds: float, goal: float | None = None, more: str = "") -> None:
    """Print a row."""
    beside = f"  of {goal:.2f}  {'ok' if seconds <= goal else 'MISSED'}" if goal else ""
    print(f"{name:<8}{seconds:6.2f}{beside}  {more}".rstrip())


def opened(browser: Browser, url: str) -> dict[str, Any]:
    """Open the page once; seconds and sizes."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    before = time.process_time()
    page.goto(url)
    page.wait_for_function("window.drawn", timeout=60_000)
    found = {
        "server": time.process_time() - before,
        "drawn": page.evaluate("window.drawn") / 1000,
        "elements": page.evaluate("document.querySelectorAll('*').length"),
        "bytes": page.evaluate(
            "performance.getEntriesByType('resource').reduce((n, r) => n + r.transferSize, 0)"
            " + performance.getEntriesByType('navigation')[0].transferSize"
        ),
        "edit": page.evaluate(EDIT),
    }
    context.close()
    return found


if __name__ == "__main__":
    main()
