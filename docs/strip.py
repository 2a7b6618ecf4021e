"""A film as one picture: its shots, and below them its cuts over the energy of the song.

python docs/strip.py PROJECT PICTURE.webp
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import av
from PIL import Image, ImageDraw

from songreel.models.music import Analysis
from songreel.models.storyboard import Storyboard
from songreel.project import Project

COLUMNS, ROWS = 5, 3
WIDTH, GAP, WAVE = 320, 6, 92
"""Pixels: of a shot's picture, between two, and of the lane below."""
GROUND, AREA, CUT = (14, 16, 24), (58, 92, 130), (255, 205, 110)


def strip(folder: Path, target: Path) -> None:
    """Draw the film of the project in `folder`."""
    project = Project.open(folder)
    plan, heard = Storyboard.load(project.plan), Analysis.load(project.analysis)
    middles = [(start + end) / 2 for start, end in plan.spans]
    count = COLUMNS * ROWS
    chosen = [middles[i * len(middles) // count] for i in range(count)]
    pictures = _pictures(project.video(), chosen)
    height = WIDTH * pictures[0].height // pictures[0].width
    across = COLUMNS * (WIDTH + GAP) - GAP
    drawn = Image.new("RGB", (across, ROWS * (height + GAP) + WAVE), GROUND)
    for i, picture in enumerate(pictures):
        row, column = divmod(i, COLUMNS)
        small = picture.resize((WIDTH, height), Image.Resampling.LANCZOS)
        drawn.paste(small, (column * (WIDTH + GAP), row * (height + GAP)))
    pen, foot = ImageDraw.Draw(drawn), drawn.height - 8
    values, rate = heard.energy.values, heard.energy.rate
    for x in range(across):
        energy = values[min(int(x / across * plan.track.duration * rate), len(values) - 1)]
        pen.line((x, foot - energy * (WAVE - 20), x, foot), AREA)
    for start in plan.starts[1:]:
        x = round(start / plan.track.duration * across)
        pen.rectangle((x - 1, foot - WAVE + 16, x, foot), CUT)
    drawn.save(target, quality=84, method=6)


def _pictures(film: Path, moments: Sequence[float]) -> list[Image.Image]:
    """The frames at `moments`, seconds from the start, in order."""
    found: list[Image.Image] = []
    with av.open(str(film)) as opened:
        for frame in opened.decode(video=0):
            if frame.time >= moments[len(found)]:
                found.append(frame.to_image())
                if len(found) == len(moments):
                    break
    return found


if __name__ == "__main__":
    strip(Path(sys.argv[1]), Path(sys.argv[2]))
