"""How smoothly the timeline scrolls, zooms and drags: 10 minutes of song, 600 shots.

Run it as `python benchmarks/timeline.py`; options: --seconds, --shots, --frames, --width, --ratio.
It needs the extra `browser` and the system's Chromium, headless and with the software rasteriser,
so that a machine without a GPU says the same as one with.

Each row moves the timeline at every animation frame, as a hand would, by the events that a mouse
sends, and takes the times between frames: Chromium delays the next frame while the last is not on
the screen. `fps` is 1000 over the mean; dropped are frames that took longer than 1.5 of a 60 Hz
display's; `CPU ms` is the processor time of all of Chromium's processes for a frame (Linux), which
says the same on a machine that does other things besides. The last column is fps beside the 50
that the timeline is to reach. With --ratio 2 every pixel is four.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from support.browsers import chromium
from support.long_boards import Song, long_board
from support.timeline_page import timeline_page

GOAL = 50.0
"""Frames a second."""
LATE = 1.5 * 1000 / 60
"""Milliseconds: the display had shown the picture before once more."""

DRIVER = """
async ({ frames, kind }) => {
  const stage = document.querySelector(".sr-stage");
  const box = stage.getBoundingClientRect();
  const at = (x, y) => ({
    clientX: box.left + x, clientY: box.top + y, bubbles: true, cancelable: true, pointerId: 1,
    pointerType: "mouse", button: 0, isPrimary: true,
  });
  const wheel = (dx, dy) => stage.dispatchEvent(
    new WheelEvent("wheel", { ...at(box.width * 0.4, 120), deltaX: dx, deltaY: dy }));
  const press = (type, x, y) => stage.dispatchEvent(new PointerEvent(type, at(x, y)));
  stage.setPointerCapture = () => {};
  const moves = {
    scroll: (i) => wheel(i % 240 < 120 ? 24 : -24, 0),
    zoom: (i) => wheel(0, i % 160 < 80 ? -14 : 14),
    pan: (i) => press("pointermove", box.width / 2 + 300 * Math.sin(i / 25), 200),
    play: (i) => window.model.receive({ type: "seek", seconds: 100 + i / 60 }),
  };
  if (kind === "pan") press("pointerdown", box.width / 2, 200);
  const times = [];
  await new Promise((done) => {
    let last = 0;
    const step = (now) => {
      if (last) times.push(now - last);
      last = now;
      if (times.length >= frames) return done();
      moves[kind](times.length);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  if (kind === "pan") press("pointerup", box.width / 2, 200);
  return times;
}
"""
PAINT = """
(count) => {
  const timeline = window.end.timeline;
  const times = [];
  for (let i = 0; i < count; i += 1) {
    timeline.dirty = true;
    timeline.view.scroll += 0.01;
    const began = performance.now();
    timeline.paint();
    times.push(performance.now() - began);
  }
  return times;
}
"""
ROWS = (
    ("whole song, playing", "play", 0.0), ("whole song, zoom in and out", "zoom", 0.0),
    ("8 px/s, scroll", "scroll", 8.0), ("30 px/s, scroll", "scroll", 30.0),
    ("30 px/s, pan", "pan", 30.0), ("120 px/s, scroll", "scroll", 120.0),
    ("120 px/s, zoom in and out", "zoom", 120.0),
)  # fmt: skip


def spent() -> float:
    """Seconds of processor time of this process's descendants: of Chromium and its driver."""
    parents, times = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        number = int(stat.parent.name)
        parents[number], times[number] = int(fields[1]), int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(times[number] for number in ours - {os.getpid()}) / os.sysconf("SC_CLK_TCK")


def row(page: Page, name: str, kind: str, zoom: float, frames: int) -> list[Any]:
    page.evaluate("zoom => { model.tell('zoom', zoom); model.tell('scroll', 60); }", zoom)
    page.locator(".sr-list [role=option]").first.focus()
    page.wait_for_timeout(300)
    before = spent()
    times = np.array(page.evaluate(DRIVER, {"frames": frames, "kind": kind}))
    taken = 1000 * (spent() - before) / frames
    late, fps = int((times > LATE).sum()), 1000 / times.mean()
    return [name, np.median(times), np.percentile(times, 95), late, taken, fps]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--shots", type=int, default=600)
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--width", type=int, default=1400)
    parser.add_argument("--ratio", type=float, default=1.0)
    given = parser.parse_args()
    board = long_board(Song(seconds=given.seconds, shots=given.shots))
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = chromium(play)
        page = browser.new_page(
            viewport={"width": given.width, "height": 520}, device_scale_factor=given.ratio
        )
        address = timeline_page(Path(folder), board, theme="dark").as_uri()
        began = time.perf_counter()
        page.goto(address)
        page.wait_for_function("window.ready && window.end.timeline.painted")
        first = time.perf_counter() - began
        print(f"{given.shots} shots in {given.seconds:.0f} s, {given.width} px wide, "
              f"{given.ratio:g} device pixels each; {browser.version}")  # fmt: skip
        print(f"first paint {first:.2f} s after the page was asked for\n")
        print(f"{'':32} median ms  95 % ms  dropped   CPU ms    fps   of {GOAL:.0f}")
        worst = float("inf")
        for name, kind, zoom in ROWS:
            name, median, high, late, taken, fps = row(page, name, kind, zoom, given.frames)
            worst = min(worst, fps)
            print(f"{name:32} {median:9.1f} {high:8.1f} {late:4d}/{given.frames:<4d} "
                  f"{taken:6.1f} {fps:6.1f}  {fps / GOAL:5.2f}")  # fmt: skip
        for zoom in (0.0, 30.0, 120.0):
            page.evaluate("zoom => model.tell('zoom', zoom)", zoom)
            page.wait_for_timeout(250)
            times = page.evaluate(PAINT, 100)
            shown = zoom or given.width / given.seconds
            print(f"script of one drawing at {shown:5.1f} px/s: median {np.median(times):.2f} ms, "
                  f"95 % {np.percentile(times, 95):.2f} ms")  # fmt: skip
        browser.close()
    print(f"\nslowest {worst:.1f} fps, {worst / GOAL:.2f} of {GOAL:.0f}")


if __name__ == "__main__":
    main()
