"""Where every letter of an overlay stands in the picture: `Composition`."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from songreel.assembly.box import Box
from songreel.assembly.overlays.layout import LEADING, Block, set_rows
from songreel.assembly.overlays.safe import safe_box
from songreel.fonts.faces import CAPTION, DISPLAY, Face, opened, own, shipped
from songreel.models.overlay import CaptionStyle, FontFile, Overlay
from songreel.models.syllables import is_unspaced

ROWS = 2
"""Of a caption at most (as broadcasters and Netflix's Timed Text Style Guide have it)."""
MEASURE = 23.0
"""Widest row of a caption, em: about 42 letters of Latin (Netflix's Timed Text Style Guide)."""
LEAST = 0.6
"""Share of its size to which a caption shrinks whose one word is wider than the picture."""
TITLE_SIZES = (0.15, 0.13, 0.115, 0.1, 0.088, 0.078, 0.068, 0.06, 0.05, 0.042)
END_SIZES = (0.085, 0.075, 0.066, 0.058, 0.05, 0.042, 0.036)
"""Em of cards, shares of the short side: the first at which few enough rows fit."""
CARD_ROWS, CARD_WIDTH = 3, 0.86
"""Rows of a card at most, and the share of the safe width they may have."""
DETAIL = 0.4
"""Em of a card's second line, as a share of the first's …"""
DETAIL_SIZES = (0.036, 0.052)
"""… between these shares of the short side."""
TRACKING = 0.06
"""Between the letters of the second line, em: small type over a picture wants air."""
CARD_SPACING = 1.12
"""Distance of a card's baselines, em: large type wants less than captions do."""
GAP = 0.55, 0.035
"""From the last baseline of a card's first line to the tops of the second's letters: em of the
first, and share of the short side."""
OPTICAL = 0.47
"""Height at which a card's middle looks like the middle."""


@dataclass(frozen=True)
class Letters:
    """One run on its baseline, pixels from the picture's top left."""

    text: str
    face: Face
    size: int
    x: float
    baseline: float
    width: float
    rtl: bool
    word: int
    row: int


@dataclass(frozen=True)
class Composition:
    """All letters of an overlay, and (top, bottom) of each row, which tile its height."""

    letters: tuple[Letters, ...]
    rows: tuple[tuple[float, float], ...]
    em: int


def faces_of(overlay: Overlay, display: bool = False) -> tuple[Face, ...]:
    """The fonts an overlay is set in, asked in turn."""
    return face_order(overlay.style, overlay.fonts, display)


def face_order(
    style: CaptionStyle, fonts: Sequence[FontFile], display: bool = False
) -> tuple[Face, ...]:
    """The user's font where there is one, ours, then those found on the system."""
    ours = (shipped(DISPLAY), shipped(CAPTION)) if display else (shipped(CAPTION),)
    first = [font for font in fonts if font.file == style.font]
    rest = [font for font in fonts if font.file != style.font]
    if style.font is not None and not first:
        first = [own(Path(style.font))]
    return (*map(opened, first), *ours, *map(opened, rest))


def caption_block(
    text: str,
    style: CaptionStyle,
    faces: Sequence[Face],
    width: int,
    height: int,
    words: Sequence[str] = (),
) -> Block:
    """A caption's rows at the size asked for, however many it takes."""
    size = max(8, round(style.size * min(width, height)))
    room = min(safe_box(width, height).width, MEASURE * size)
    return set_rows(text, faces, size, room, words=words)


def composed(overlay: Overlay, width: int, height: int) -> Composition:
    """Place the letters of `overlay` in a picture of `width` × `height` pixels."""
    box = safe_box(width, height)
    if overlay.kind == "caption":
        return _caption(overlay, width, height, box)
    return _card(overlay, min(width, height), box)


def _caption(overlay: Overlay, width: int, height: int, box: Box) -> Composition:
    faces = faces_of(overlay)
    words = [word.text for word in overlay.words]
    style = overlay.style
    block = caption_block(overlay.text, style, faces, width, height, words)
    while (len(block.rows) > ROWS or block.width > box.width) and (
        block.size > LEAST * style.size * min(width, height) and block.size > 8
    ):
        smaller = style.model_copy(update={"size": max(0.0101, style.size * 0.92)})
        if smaller == style:
            break
        style = smaller
        block = caption_block(overlay.text, style, faces, width, height, words)
    rise, fall = _extent(faces, block)
    tall = rise + fall + (len(block.rows) - 1) * block.leading
    tops = {
        "bottom": box.bottom - tall,
        "top": float(box.top),
        "middle": (box.top + box.bottom - tall) / 2,
    }
    return _stacked([(block, tops[overlay.style.place] + rise)], box, block.size)


def _card(overlay: Overlay, short: int, box: Box) -> Composition:
    faces = faces_of(overlay, display=True)
    sizes = TITLE_SIZES if overlay.kind == "title" else END_SIZES
    room = box.width * CARD_WIDTH
    lines = overlay.text.count("\n") + 1
    block = set_rows(overlay.text, faces, max(8, round(sizes[-1] * short)), room)
    for share in sizes:
        tried = set_rows(overlay.text, faces, max(8, round(share * short)), room)
        # A title over two rows is larger than the same on one, and reads better in tall pictures.
        most = max(lines, CARD_ROWS - 1 if share > sizes[len(sizes) // 2] else CARD_ROWS)
        if len(tried.rows) <= most and tried.width <= room and not _torn(tried, overlay.text):
            block = tried
            break
    detail = None
    if overlay.detail:
        em = min(max(DETAIL * block.size / short, DETAIL_SIZES[0]), DETAIL_SIZES[1])
        small = faces_of(overlay)
        detail = set_rows(overlay.detail, small, max(8, round(em * short)), room, tracking=TRACKING)
    # A stack of marks, as in Vietnamese, needs the room that captions have.
    block = replace(block, spacing=LEADING if _is_stacked(overlay.text) else CARD_SPACING)
    rise, fall = _extent(faces, block)
    tall = rise + (len(block.rows) - 1) * block.leading
    first = (box.top + box.bottom) * OPTICAL - tall / 2 + rise
    blocks = [(block, first)]
    if detail is not None:
        last = first + (len(block.rows) - 1) * block.leading
        gap = max(GAP[0] * block.size, fall) + GAP[1] * short * (block.size < 0.1 * short)
        blocks.append((detail, last + gap + 0.75 * detail.size))
    return _stacked(blocks, box, block.size)


def _is_stacked(text: str) -> bool:
    """Whether letters carry more than one mark, or marks in scripts taller than Latin."""
    parts = unicodedata.normalize("NFD", text)
    twice = any(unicodedata.combining(a) and unicodedata.combining(b) for a, b in pairwise(parts))
    return twice or any("\u0590" <= c <= "\u1fff" for c in text)


def _torn(block: Block, text: str) -> bool:
    """Whether a word was broken between two rows; where words are spaced."""
    rows = ["".join(run.text for run in row.runs) for row in block.rows]
    whole = (word for word in text.split() if not any(map(is_unspaced, word)))
    return any(not any(word in row for row in rows) for word in whole)


def _extent(faces: Sequence[Face], block: Block) -> tuple[float, float]:
    """Pixels above the first and below the last baseline that letters may reach."""
    used = {run.face for row in block.rows for run in row.runs} or {faces[0]}
    rise = min(max(face.ascent for face in used), 1.15) * block.size
    return rise, min(max(face.descent for face in used), 0.4) * block.size


def _stacked(blocks: Sequence[tuple[Block, float]], box: Box, em: int) -> Composition:
    """Rows in the middle of the box's width, from each block's first baseline down."""
    letters: list[Letters] = []
    rows: list[tuple[float, float]] = []
    for block, first in blocks:
        for i, row in enumerate(block.rows):
            baseline = round(first + i * block.leading)
            left = (box.left + box.right - row.width) / 2
            below = LEADING_BELOW * block.size
            rows.append((baseline + below - block.leading, baseline + below))
            letters.extend(
                Letters(run.text, run.face, block.size, left + run.x, baseline, run.width, run.rtl,
                        run.word, len(rows) - 1)
                for run in row.runs
            )  # fmt: skip
    return Composition(tuple(letters), tuple(rows), em)


LEADING_BELOW = 0.28
"""Of the leading, em, what is below the baseline."""
