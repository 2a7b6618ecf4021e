"""The sheet as a picture (PNG) or as pages to print (PDF): `paper`."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from songreel.assembly.disk import whole
from songreel.assembly.lettering import ink_on, width_of, write
from songreel.assembly.sheet.gather import Entry, Group, Sheet
from songreel.models.timebase import clock

WIDTH, PAGE = 2480, 3508
"""A4 at 300 dots an inch."""
DPI = 300
_MARGIN, _GAP = 90, 26
_PAPER, _INK, _QUIET, _LINE = (255, 255, 255), (22, 23, 26), (104, 108, 118), (222, 224, 229)
_EDGE = (196, 199, 207)
_TALLEST = 60_000
"""Pixels: PNG viewers fail beyond 2^16."""


def columns(ratio: float) -> int:
    """Cards beside each other for pictures of a width over height."""
    return 4 if ratio >= 1.5 else 5 if ratio >= 0.95 else 6


def picture_width(ratio: float) -> int:
    """Pixels of each of a card's two pictures."""
    across = columns(ratio)
    card = (WIDTH - 2 * _MARGIN - (across - 1) * _GAP) // across
    return (card - 6) // 2 // 2 * 2


def paper(sheet: Sheet, output: Path) -> int:
    """Write the sheet: .png as one picture as tall as it must be, .pdf as A4 pages.

    Returns:
        Pages.

    Raises:
        MachineError: The folder cannot be written or the disk is full.
    """
    bands = list(_bands(sheet))
    if output.suffix.lower() == ".pdf":
        pages = _paged(bands, PAGE)
    else:
        tall = sum(band.height for band in bands) + 2 * _MARGIN
        pages = _paged(bands, min(tall, _TALLEST))[:1] if tall <= _TALLEST else _shrunk(bands, tall)
    with whole(output) as partial:
        if output.suffix.lower() == ".pdf":
            pages[0].save(partial, "PDF", resolution=DPI, save_all=True, append_images=pages[1:])
        else:
            pages[0].save(partial, "PNG", dpi=(DPI, DPI))
    return len(pages)


def _shrunk(bands: Sequence[Image.Image], tall: int) -> list[Image.Image]:
    """One picture of a film of a thousand shots, brought to what viewers open."""
    share = _TALLEST / tall
    smaller = [
        band.resize((round(band.width * share), max(1, round(band.height * share))))
        for band in bands
    ]
    return _paged(smaller, _TALLEST, round(_MARGIN * share))[:1]


def _paged(bands: Sequence[Image.Image], tall: int, margin: int = _MARGIN) -> list[Image.Image]:
    pages: list[Image.Image] = []
    y = tall
    for i, band in enumerate(bands):
        # A heading goes with the first row behind it.
        follows = bands[i + 1].height if band.height < 270 and i + 1 < len(bands) else 0
        if not pages or y + band.height + follows > tall - margin:
            pages.append(Image.new("RGB", (bands[0].width, tall), _PAPER))
            y = margin
        pages[-1].paste(band, (0, y))
        y += band.height
    return pages


def _bands(sheet: Sheet) -> list[Image.Image]:
    """Strips of the sheet's whole width: title, then heading and rows of each section."""
    across = columns(sheet.size[0] / sheet.size[1])
    bands = [_title(sheet)]
    for group in sheet.groups:
        bands.append(_heading(group))
        rows = [group.entries[k : k + across] for k in range(0, len(group.entries), across)]
        bands += [_row(row, sheet, across) for row in rows]
    return bands


def _title(sheet: Sheet) -> Image.Image:
    band = Image.new("RGB", (WIDTH, 264), _PAPER)
    write(band, (_MARGIN, 108), sheet.title, 84, _INK, width=WIDTH - 2 * _MARGIN, bold=True)
    write(band, (_MARGIN, 178), sheet.facts, 34, _QUIET, width=WIDTH - 2 * _MARGIN)
    write(band, (_MARGIN, 224), sheet.pictures, 34, _QUIET, width=WIDTH - 2 * _MARGIN)
    return band


def _heading(group: Group) -> Image.Image:
    band = Image.new("RGB", (WIDTH, 104), _PAPER)
    canvas = ImageDraw.Draw(band)
    canvas.line((_MARGIN, 18, WIDTH - _MARGIN, 18), fill=_LINE, width=3)
    wide = width_of(group.name, 38, bold=True) + 52
    canvas.rounded_rectangle(
        (_MARGIN, 38, _MARGIN + wide, 92), 27, fill=group.colour, outline=_EDGE
    )
    write(band, (_MARGIN + 26, 79), group.name, 38, ink_on(group.colour), bold=True)
    count = len(group.entries)
    told = f"{clock(group.start)[:-3]} – {clock(group.end)[:-3]}, {count} shot{'s' * (count > 1)}"
    write(band, (_MARGIN + wide + 28, 79), told, 32, _QUIET)
    right, long = WIDTH - _MARGIN, 300
    write(band, (right - long - 24, 79), "energy", 28, _QUIET, anchor="right")
    canvas.rounded_rectangle((right - long, 58, right, 78), 10, fill=_LINE)
    lit = max(20, round(long * group.energy))
    canvas.rounded_rectangle(
        (right - long, 58, right - long + lit, 78), 10, fill=group.colour, outline=_EDGE
    )
    return band


def _row(entries: Sequence[Entry], sheet: Sheet, across: int) -> Image.Image:
    wide, tall = sheet.size
    card = (WIDTH - 2 * _MARGIN - (across - 1) * _GAP) // across
    band = Image.new("RGB", (WIDTH, tall + 212), _PAPER)
    for k, entry in enumerate(entries):
        _card(band, entry, _MARGIN + k * (card + _GAP), card, wide, tall)
    return band


def _card(band: Image.Image, entry: Entry, x: int, card: int, wide: int, tall: int) -> None:
    canvas = ImageDraw.Draw(band)
    band.paste(Image.fromarray(entry.pictures[0]), (x, 8))
    band.paste(Image.fromarray(entry.pictures[1]), (x + card - wide, 8))
    strip = 8 + tall
    width = card / len(entry.colours)
    for k, colour in enumerate(entry.colours):
        canvas.rectangle((x + k * width, strip + 5, x + (k + 1) * width - 1, strip + 17),
                         fill=colour)  # fmt: skip
    y = strip + 58
    number = str(entry.number)
    write(band, (x, y), number, 38, _INK, bold=True)
    used = width_of(number, 38, bold=True) + 16
    write(band, (x + used, y), f"{clock(entry.start)}", 26, _INK)
    used += width_of(clock(entry.start), 26) + 16
    right = x + card
    if entry.place:
        write(band, (right, y), entry.place, 26, _QUIET, anchor="right")
    marks = [*entry.marks, *([entry.begins] if entry.begins else [])]
    room = card - used - (width_of(entry.place, 26) + 16 if entry.place else 0)
    if marks and room > 60:
        write(band, (x + used, y), " · ".join(marks), 24, _QUIET, width=room)
    write(band, (x, y + 40), entry.shot.motif, 27, _INK, width=card, bold=True)
    words = f"{entry.shot.size}, {entry.shot.camera}. {entry.shot.prompt}"
    write(band, (x, y + 74), words, 23, _QUIET, width=card, rows=2, leading=1.25)
