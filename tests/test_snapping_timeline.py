"""The timeline snaps by the rule of `songreel.prompting.snap`: its own code on the same table."""

import json
from pathlib import Path

from support.browsers import chromium
from support.needs import needs

playwright = needs("playwright.sync_api")

HERE = Path(__file__).parent
TABLE = json.loads((HERE / "data" / "snap_cases.json").read_text())
WIDGET = HERE.parent / "app" / "widget"
ASKED = """async (table) => {
  const { Grid } = await import("http://timeline.test/grid.js");
  const grids = Object.fromEntries(
    Object.entries(table.songs).map(([name, song]) => [name, new Grid({ ...song, duration: 60 })]));
  return table.cases.map(({ song, seconds, snap }) => {
    const grid = grids[song];
    return grid.anchor(grid.snap(seconds, snap));
  });
}"""


def served(route):
    path = WIDGET / route.request.url.rpartition("/")[2]
    kind = "text/javascript" if path.suffix == ".js" else "text/html"
    route.fulfill(body=path.read_text() if path.is_file() else "", content_type=kind)


def test_the_timeline_snaps_by_the_same_rule():
    with playwright.sync_playwright() as play:
        browser = chromium(play)
        try:
            page = browser.new_page()
            page.route("http://timeline.test/**", served)
            page.goto("http://timeline.test/")
            found = page.evaluate(ASKED, TABLE)
        finally:
            browser.close()
    assert found == [case["at"] for case in TABLE["cases"]]
