"""The contact sheet of a built-in scene, and the overview of all of them: on dark ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from songreel.assembly.disk import whole
from songreel.assembly.lettering import Colour, rows_of, width_of, write
from songreel.models.colour import linear_srgb
from songreel.models.storyboard import Oklch

Rgb = NDArray[np.uint8]

WIDTH = 1920
_MARGIN, _GAP = 64, 16
_GROUND, _INK, _QUIET, _FAINT = (13, 14, 17), (236, 237, 241), (150, 154, 166), (52, 55, 63)
_TALLEST = 380
"""Pixels: no picture is taller, so that a portrait does not fill the sheet."""


@dataclass(frozen=True)
class Picture:
    """One picture with its label."""

    image: Rgb
    title: str
    note: str
    """In small rows below the title."""
    under: Rgb | None = None
    """A second picture, joined to the first from below."""


@dataclass(frozen=True)
class Row:
    """Pictures beside each other, of one height."""

    heading: str
    """Empty: it goes with the row above."""
    about: str
    pictures: tuple[Picture, ...]
    palette: str = ""
    """Name of the look whose colours are shown."""
    colours: tuple[Colour, ...] = ()
    tallest: int = _TALLEST


@dataclass(frozen=True)
class SceneSheet:
    """Everything on a sheet."""

    name: str
    about: str
    facts: str
    words: str
    rows: tuple[Row, ...]


def colour_of(colour: Oklch) -> Colour:
    """A palette's entry as sRGB, 0 to 255."""
    hue = np.radians(colour.hue)
    lab = np.array([[colour.lightness, colour.chroma * np.cos(hue), colour.chroma * np.sin(hue)]])
    light = np.clip(linear_srgb(lab)[0], 0.0, 1.0)
    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    r, g, b = (round(255 * float(v)) for v in coded)
    return (r, g, b)


def write_sheet(sheet: SceneSheet, output: Path) -> None:
    """Write the sheet as PNG.

    Raises:
        MachineError: The folder cannot be written or the disk is full.
    """
    _write([_head(sheet), *map(_band, sheet.rows)], output)


def write_overview(
    title: str, about: str, cells: Sequence[tuple[Rgb, str, str]], output: Path
) -> None:
    """Write one picture of many scenes, each with its name and what is seen, as PNG.

    Args:
        title: Of the picture.
        about: A line below it.
        cells: Picture, name and sentence of each scene; pictures of one shape.
        output: The file.

    Raises:
        MachineError: The folder cannot be written or the disk is full.
    """
    head = Image.new("RGB", (WIDTH, 150), _GROUND)
    write(head, (_MARGIN, 84), title, 52, _INK, bold=True)
    write(head, (_MARGIN, 126), about, 24, _QUIET, width=WIDTH - 2 * _MARGIN)
    bands, first = [], 0
    for count in _rows(len(cells)):
        group = tuple(Picture(*cell) for cell in cells[first : first + count])
        bands.append(_band(Row("", "", group, tallest=520)))
        first += count
    _write([head, *bands], output)


def _rows(count: int) -> list[int]:
    """Rows of three, the first of two where three leave a rest, so that every row is full."""
    twos = {0: 0, 1: 2, 2: 1}[count % 3] if count > 1 else 0
    return [2] * twos + [3] * ((count - 2 * twos) // 3) if count > 1 else [count]


def _write(bands: Sequence[Image.Image], output: Path) -> None:
    page = Image.new("RGB", (WIDTH, sum(band.height for band in bands) + _MARGIN), _GROUND)
    y = 0
    for band in bands:
        page.paste(band, (0, y))
        y += band.height
    with whole(output) as partial:
        page.save(partial, "PNG", optimize=False, compress_level=6)


def _head(sheet: SceneSheet) -> Image.Image:
    room = WIDTH - 2 * _MARGIN
    about = len(rows_of(sheet.about, 30, room, 2).rows) if sheet.about else 0
    words = len(rows_of(sheet.words, 20, room, 2).rows)
    tall = 112 + 40 * about + 28 * words + 24
    band = Image.new("RGB", (WIDTH, tall), _GROUND)
    write(band, (_MARGIN, 94), sheet.name[:1].upper() + sheet.name[1:], 60, _INK, bold=True)
    write(band, (WIDTH - _MARGIN, 94), sheet.facts, 22, _QUIET, anchor="right")
    write(band, (_MARGIN, 144), sheet.about, 30, _INK, width=room, rows=2)
    write(band, (_MARGIN, 138 + 40 * about), sheet.words, 20, _QUIET, width=room, rows=2)
    return band


def _band(row: Row) -> Image.Image:
    """One row: heading, pictures, labels."""
    sizes = _sizes(row)
    tall = max(h * (1 + (p.under is not None)) for (_, h), p in zip(sizes, row.pictures,
               strict=True))  # fmt: skip
    top = 76 if row.heading else 10
    side = 44 if row.colours else 0
    notes = [
        len(rows_of(p.note, 19, w, 3).rows) if p.note else 0
        for p, (w, _) in zip(row.pictures, sizes, strict=True)
    ]
    band = Image.new("RGB", (WIDTH, top + tall + 40 + 25 * max(notes) + 8 + side), _GROUND)
    canvas = ImageDraw.Draw(band)
    if row.heading:
        canvas.line((_MARGIN, 16, WIDTH - _MARGIN, 16), fill=_FAINT, width=2)
        write(band, (_MARGIN, 58), row.heading, 28, _INK, bold=True)
        used = width_of(row.heading, 28, bold=True) + 24
        room = WIDTH - 2 * _MARGIN - used
        write(band, (_MARGIN + used, 58), row.about, 22, _QUIET, width=room)
    x = _MARGIN
    for picture, (w, h), count in zip(row.pictures, sizes, notes, strict=True):
        _place(band, picture.image, (x, top, w, h))
        if picture.under is not None:
            _place(band, picture.under, (x, top + h, w, h))
        low = top + h * (1 + (picture.under is not None))
        write(band, (x, low + 30), picture.title, 22, _INK, width=w, bold=True)
        if count:
            write(band, (x, low + 57), picture.note, 19, _QUIET, width=w, rows=3)
        x += w + _GAP
    if row.colours:
        _swatches(band, row, band.height - side)
    return band


def _sizes(row: Row) -> list[tuple[int, int]]:
    """Width and height of each picture: one height, as wide together as the sheet at most."""
    ratios = [picture.image.shape[1] / picture.image.shape[0] for picture in row.pictures]
    room = WIDTH - 2 * _MARGIN - _GAP * (len(ratios) - 1)
    tall = min(row.tallest, room / sum(ratios))
    return [(int(ratio * tall), int(tall)) for ratio in ratios]


def _place(band: Image.Image, image: Rgb, box: tuple[int, int, int, int]) -> None:
    x, y, w, h = box
    shrinks = w < image.shape[1]
    kind = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    fitted = np.asarray(cv2.resize(image, (w, h), interpolation=kind), np.uint8)
    band.paste(Image.fromarray(fitted), (x, y))


def _swatches(band: Image.Image, row: Row, y: int) -> None:
    canvas, x = ImageDraw.Draw(band), float(_MARGIN)
    for colour in row.colours:
        canvas.rounded_rectangle((x, y + 2, x + 34, y + 22), 5, fill=colour, outline=_FAINT)
        x += 40
    write(band, (x + 8, y + 20), f"palette of {row.palette}", 20, _QUIET)
