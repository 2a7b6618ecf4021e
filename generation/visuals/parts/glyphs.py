"""Letters as distance fields: drawn once a process, then lit, thickened and turned by kernels."""

import unicodedata
from functools import lru_cache
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from songreel.fonts.faces import DISPLAY, Face, is_silent, opened, shapes, shipped
from songreel.fonts.found import face_for, is_emoji, tongue_of

EM = 128
"""Cells an em: a letter six times as high on the screen still has clean edges."""
_OVER = 2
"""Letters are drawn so much larger, then made smaller."""
PAD = 0.10
"""Ems around a letter: what its edge may be moved by."""

_ALONE = ((0x0000, 0x052F), (0x1E00, 0x1FFF), (0x2000, 0x2BFF), (0x3000, 0x9FFF), (0xAC00, 0xD7A3))
"""Ranges of scripts whose letters stand alone and may be moved each by itself."""


class Glyph(NamedTuple):
    """A letter, or a whole word of a script whose letters join."""

    field: NDArray[np.float32]
    """Signed distance to the outline in ems, positive inside, shape (rows, columns) at `EM`."""
    x: float
    """Ems from the word's start to the field's left edge."""
    top: float
    """Ems from the baseline up to the field's upper edge."""


class Word(NamedTuple):
    """A word's letters from its start, which for right-to-left scripts is still the left edge."""

    glyphs: tuple[Glyph, ...]
    advance: float
    """Ems."""


@lru_cache(maxsize=2048)
def word(text: str) -> Word | None:
    """`text` as letters; None where no font here draws all of it, or it is a picture.

    Ours is asked first, then the fonts of the system. Emojis are pictures and not letters.
    """
    face = _face(text)
    if face is None:
        return None
    font, scale = face.at(EM * _OVER)
    em = EM * _OVER / scale
    if not all(_alone(c) for c in text):
        whole = _glyph(font, text, em, 0.0)
        return None if whole is None else Word((whole,), font.getlength(text) / em)
    glyphs = []
    before = ""
    for cluster in clusters(text):
        # Measured with what stands before, so that pairs are kerned.
        at = font.getlength(before + cluster) - font.getlength(cluster)
        drawn = _glyph(font, cluster, em, at / em)
        if drawn is not None:
            glyphs.append(drawn)
        before += cluster
    return Word(tuple(glyphs), font.getlength(text) / em) if glyphs else None


def clusters(text: str) -> list[str]:
    """`text` letter by letter, each with the marks on it."""
    parts: list[str] = []
    for character in text:
        if parts and (unicodedata.category(character)[0] == "M" or is_silent(character)):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def _alone(character: str) -> bool:
    code = ord(character)
    return any(low <= code <= high for low, high in _ALONE) or is_silent(character)


def _face(text: str) -> Face | None:
    parts = clusters(text)
    if any(is_emoji(part) for part in parts):
        return None
    ours = shipped(DISPLAY)
    if ours.has(text):
        return ours
    if not shapes() and not all(_alone(c) for c in text):
        return None  # joined letters would come apart
    found = face_for(tuple(parts), tongue_of(text))
    face = None if found is None else opened(found)
    return None if face is None or face.colour else face


def _glyph(font: Any, text: str, em: float, x: float) -> Glyph | None:
    left, top, right, bottom = font.getbbox(text, anchor="ls")
    if right <= left or bottom <= top:
        return None
    pad = int(PAD * em)
    width, height = int(right - left) + 2 * pad + 2, int(bottom - top) + 2 * pad + 2
    page = Image.new("L", (width, height), 0)
    ImageDraw.Draw(page).text((pad - left, pad - top), text, font=font, fill=255, anchor="ls")
    field = distances(np.asarray(page) > 127, em)
    return Glyph(field, x + (left - pad) / em, (pad - top) / em)


def distances(inside: NDArray[np.bool_], em: float) -> NDArray[np.float32]:
    """Signed distance in ems to the outline of a mask drawn at `em`, at `EM` cells an em."""
    mask = inside.astype(np.uint8)
    within = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    beyond = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    signed = (np.maximum(within - 0.5, 0) - np.maximum(beyond - 0.5, 0)) / em
    share = EM / em
    size = (max(2, round(mask.shape[1] * share)), max(2, round(mask.shape[0] * share)))
    field = np.asarray(cv2.resize(signed, size, interpolation=cv2.INTER_AREA), np.float32)
    field.flags.writeable = False
    return field


@lru_cache(maxsize=1)
def signs() -> tuple[Word, ...]:
    """Shapes to set where there are no words: ring, bar, half disc, triangle, cross, bars."""
    side = EM * _OVER
    y, x = np.mgrid[0 : int(side * 0.95), 0 : int(side * 0.95)].astype(np.float32) / side - 0.475
    r = np.hypot(x, y)
    box = np.maximum(np.abs(x), np.abs(y)) < 0.36
    shapes_ = (
        (r < 0.36) & (r > 0.21),
        (np.abs(x) < 0.10) & (np.abs(y) < 0.36),
        (r < 0.36) & (y < 0.02),
        box & (y > 2.0 * np.abs(x) - 0.36),
        box & ((np.abs(x) < 0.085) | (np.abs(y) < 0.085)),
        box & (np.abs(np.mod(y + 0.36, 0.288) - 0.085) < 0.085),
        r < 0.36,
    )
    made = []
    for shape in shapes_:
        columns = np.flatnonzero(shape.any(axis=0))
        pad = int(PAD * side)
        left, right = max(columns[0] - pad, 0), min(columns[-1] + pad + 1, shape.shape[1])
        glyph = Glyph(distances(shape[:, left:right], side), -PAD, 0.835)
        made.append(Word((glyph,), (columns[-1] - columns[0] + 1) / side))
    return tuple(made)
