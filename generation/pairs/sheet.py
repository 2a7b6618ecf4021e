"""A contact sheet of chosen pairs: `sheet`."""

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import cv2
import numpy as np

from songreel.generation.encode import Picture
from songreel.generation.footage.fit import fit
from songreel.generation.footage.photo import focus_of, read_photo, small_grey
from songreel.generation.pairs.plan import Pair, PairPlan, Photo
from songreel.models.errors import InvalidInput
from songreel.models.files import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW = 2.1
"""Inches of a pair's height on the sheet."""

_INK, _DIM, _PAPER = "#1d1d1f", "#6b6b70", "#fbfbf9"
_BARS = {"relation": "relation", "quality": "sharp, exposed", "composition": "composition",
         "palette": "colours", "move": "move"}  # fmt: skip


def sheet(plan: PairPlan, folder: Path, path: Path) -> None:
    """Draw the pairs with their scores and reasons into a PNG.

    Args:
        plan: The pairs.
        folder: Where the photos are.
        path: Of the PNG.

    Raises:
        InvalidInput: There are no pairs, or a photo is gone.
        MachineError: The PNG cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not plan.pairs:
        raise InvalidInput("the plan has no pairs to draw")
    count = len(plan.pairs)
    shape = plan.height / plan.width
    wide = min(3.2, (_ROW - 0.3) / shape)
    figure = Figure(figsize=(2 * wide + 6.4, _ROW * count + 0.5), dpi=110, facecolor=_PAPER)
    FigureCanvasAgg(figure)
    across, down = figure.get_size_inches()
    for index, pair in enumerate(plan.pairs):
        top = down - 0.4 - _ROW * index
        for place, photo in enumerate((pair.start, pair.end)):
            high = wide * shape
            left = 0.25 + place * (wide + 0.1)
            axes = figure.add_axes((left / across, (top - high) / down, wide / across, high / down))
            axes.imshow(_framed(folder / photo.file, photo, plan), interpolation="antialiased")
            axes.set_axis_off()
            axes.set_title(photo.file, fontsize=7, color=_DIM, pad=2, loc="left")
        left = 0.25 + 2 * (wide + 0.1) + 0.1
        text = figure.add_axes((left / across, (top - _ROW + 0.25) / down, 3.6 / across,
                                (_ROW - 0.25) / down))  # fmt: skip
        _words(text, pair)
        bars = figure.add_axes(((left + 4.7) / across, (top - _ROW + 0.55) / down, 0.9 / across,
                                (_ROW - 0.75) / down))  # fmt: skip
        _scores(bars, pair)
    with whole(path) as partial, partial.open("wb") as file:
        figure.savefig(file, format="png", metadata={"Software": None})


def _framed(path: Path, photo: Photo, plan: PairPlan) -> Picture:
    """The photo as the film's frame crops it."""
    try:
        picture = read_photo(path, least=480)
    except (InvalidInput, OSError) as error:
        raise InvalidInput(f"the photo {photo.file} is no longer in {path.parent}") from error
    wide, high = 420, round(420 * plan.height / plan.width)
    height, width = picture.shape[:2]
    place = fit((width, height), (wide, high), focus_of(small_grey(picture)))
    size = (place.width, place.height)
    scaled = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    if place.fills:
        return np.asarray(
            scaled[-place.top : high - place.top, -place.left : wide - place.left], dtype=np.uint8
        )
    frame = np.full((high, wide, 3), 40, dtype=np.uint8)
    y0, x0 = max(place.top, 0), max(place.left, 0)
    part = scaled[y0 - place.top : high - place.top, x0 - place.left : wide - place.left]
    frame[y0 : y0 + part.shape[0], x0 : x0 + part.shape[1]] = part
    return frame


def _words(axes: "Axes", pair: Pair) -> None:
    axes.set_axis_off()
    title = f"{pair.shot}   {pair.score:.2f}"
    if pair.move is not None:
        title += f"   {pair.move.value}"
    axes.text(0, 1, title, fontsize=11, weight="bold", color=_INK, va="top")
    lines = "\n".join(fill(reason, 62, subsequent_indent="   ") for reason in pair.reasons)
    axes.text(0, 0.86, lines, fontsize=7, color=_INK, va="top", linespacing=1.35)


def _scores(axes: "Axes", pair: Pair) -> None:
    values = pair.scores.model_dump()
    names = list(_BARS)
    axes.barh(range(len(names)), [values[name] for name in names], color="#4a7fb5", height=0.55)
    axes.set_xlim(0, 1)
    axes.set_yticks(range(len(names)), list(_BARS.values()), fontsize=7, color=_DIM)
    axes.set_xticks([])
    axes.invert_yaxis()
    axes.tick_params(length=0)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
