"""Text on pages and cards that are drawn: any script, wrapped, cut to a number of rows."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw

from songreel.assembly.overlays.layout import (
    Block,
    Row,
    Run,
    advance,
    missing,
    set_rows,
    shaping,
)
from songreel.fonts.faces import CAPTION, DISPLAY, Face, opened, shipped
from songreel.fonts.found import face_for, tongue_of

Colour = tuple[int, int, int]


@lru_cache(maxsize=512)
def faces_for(text: str, bold: bool) -> tuple[Face, ...]:
    """Our font, then those of the system that have what ours lacks."""
    ours = (shipped(DISPLAY if bold else CAPTION),)
    lacking = missing(text, ours)
    if not lacking:
        return ours
    tongue = tongue_of(text)
    together = face_for(lacking, tongue)
    if together is not None:
        return (*ours, opened(together))
    single = dict.fromkeys(found for one in lacking if (found := face_for([one], tongue)))
    return (*ours, *map(opened, single))


def rows_of(text: str, size: int, width: float, most: int = 1, *, bold: bool = False) -> Block:
    """`text` in at most `most` rows of `width` pixels; what does not fit ends in `…`.

    Rows are filled one after the other: evening them out, as titles are, takes a hundred times as
    long, and a page has thousands.

    Args:
        text: Line breaks count as spaces.
        size: Pixels an em.
        width: Of a row.
        most: Rows.
        bold: In the heavier cut.
    """
    words = text.split()
    if not all(c < LATIN_ENDS for word in words for c in word):
        return _any_script(" ".join(words), size, width, most, bold)
    face = shipped(DISPLAY if bold else CAPTION)
    space = _wide(" ", face, size)
    rows: list[list[str]] = [[]]
    used = 0.0
    for i, word in enumerate(words):
        long = _wide(word, face, size)
        if rows[-1] and used + space + long > width:
            if len(rows) == most:
                rows[-1] = _cut([*rows[-1], *words[i:]], face, size, width)
                break
            rows.append([])
        used = long + (used + space if rows[-1] else 0.0)
        rows[-1].append(word)
        if used > width:
            rows[-1] = _cut(rows[-1], face, size, width)
            break
    made = []
    for row in rows:
        line = " ".join(row)
        long = _wide(line, face, size)
        made.append(Row((Run(line, face, 0.0, long, False, -1),) if line else (), long))
    return Block(tuple(made), size)


LATIN_ENDS = "\u0250"
"""The first character behind Latin with its marks; fonts of ours set all before it in order."""


@lru_cache(maxsize=8192)
def _wide(text: str, face: Face, size: int) -> float:
    return advance(text, face, size, rtl=False)


def _cut(words: list[str], face: Face, size: int, width: float) -> list[str]:
    """As much of `words` as fits in one row, with `…` behind it."""
    line = " ".join(words)
    few, many = 0, len(line)
    while many - few > 1:
        middle = (few + many) // 2
        fits = _wide(_ended(line[:middle]), face, size) <= width
        few, many = (middle, many) if fits else (few, middle)
    return [_ended(line[:few])]


def _any_script(text: str, size: int, width: float, most: int, bold: bool) -> Block:
    """The same for text of any script and direction."""
    text = text[: int(4 * most * width / size) + 8]
    faces = faces_for(text + "…", bold)
    block = set_rows(text, faces, size, width)
    if _fits(block, width, most):
        return block
    few, many = 0, len(text)
    while many - few > 1:
        middle = (few + many) // 2
        tried = set_rows(_ended(text[:middle]), faces, size, width)
        few, many = (middle, many) if _fits(tried, width, most) else (few, middle)
    return set_rows(_ended(text[:few]), faces, size, width)


def _ended(text: str) -> str:
    return text.rstrip(" ,.;:–-") + "…"


def _fits(block: Block, width: float, most: int) -> bool:
    return len(block.rows) <= most and block.width <= width


def write(
    picture: Image.Image,
    at: tuple[float, float],
    text: str,
    size: int,
    colour: Colour,
    *,
    width: float = 1e6,
    rows: int = 1,
    bold: bool = False,
    anchor: str = "left",
    leading: float = 1.3,
) -> float:
    """Draw `text` with its first baseline at `at`.

    Args:
        picture: RGB or L.
        at: Pixels; the row's left end, middle or right end by `anchor`.
        text: What.
        size: Pixels an em.
        colour: sRGB.
        width: Of a row at most.
        rows: At most; more end in `…`.
        bold: In the heavier cut.
        anchor: `left`, `middle` or `right`.
        leading: Distance of baselines, em.

    Returns:
        The last baseline.
    """
    block = rows_of(text, size, width, rows, bold=bold)
    canvas = ImageDraw.Draw(picture)
    baseline = at[1]
    share = {"left": 0.0, "middle": 0.5, "right": 1.0}[anchor]
    for i, row in enumerate(block.rows):
        baseline = at[1] + i * leading * size
        left = at[0] - share * row.width
        for run in row.runs:
            font, scale = run.face.at(size)
            if scale != 1:
                _scaled(picture, run.text, font, scale, (left + run.x, baseline))
                continue
            options: dict[str, Any] = shaping(run.rtl)
            if run.face.colour:
                options["embedded_color"] = True
            fill = colour if picture.mode == "RGB" else colour[0]
            canvas.text((left + run.x, baseline), run.text, fill, font, anchor="ls", **options)
    return baseline


def width_of(text: str, size: int, *, bold: bool = False) -> float:
    """Pixels that `text` takes in one row."""
    return rows_of(text, size, 1e6, bold=bold).width


def _scaled(
    picture: Image.Image, text: str, font: Any, scale: float, at: tuple[float, float]
) -> None:
    """Pictures of letters that come in one size only, brought to the wanted one."""
    left, top, right, bottom = font.getbbox(text, anchor="ls")
    size = (max(1, int(right - left)), max(1, int(bottom - top)))
    own = Image.new("RGBA", size)
    ImageDraw.Draw(own).text(
        (-left, -top), text, font=font, anchor="ls", embedded_color=True, fill=(255,) * 4
    )
    wide, tall = (max(1, round(side * scale)) for side in size)
    own = own.resize((wide, tall), Image.Resampling.LANCZOS)
    picture.paste(own, (round(at[0] + left * scale), round(at[1] + top * scale)), own)


def ink_on(colour: Sequence[int]) -> Colour:
    """Black or white, whichever reads better on `colour` (WCAG 2.2 relative luminance)."""
    light = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in light]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (16, 17, 20) if luminance > 0.179 else (255, 255, 255)
