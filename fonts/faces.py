"""Fonts that text is set in: ours, the user's own, and what they have glyphs for."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from PIL import ImageFont, features

from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.overlay import FontFile

CAPTION, DISPLAY = "Inter-SemiBold.otf", "InterDisplay-Bold.otf"
BITMAPS = (109, 160, 136, 128, 96, 64, 40, 32)
"""Pixels at which colour fonts made of pictures come: Noto Color Emoji 109, Apple's 160 …"""


class Face:
    """One font of a file.

    Attributes:
        path: The file.
        index: Of the font in it.
        known: As the timeline keeps it; None for those that ship.
    """

    def __init__(self, path: Path, index: int = 0, known: FontFile | None = None) -> None:
        self.path, self.index, self.known = path, index, known
        self._at: dict[int, tuple[Any, float]] = {}
        with _unheard(), TTFont(path, fontNumber=index, lazy=True) as font:
            self._codes = frozenset(font.getBestCmap() or ())
            self.colour = any(table in font for table in ("CBDT", "sbix", "COLR"))
            scale = font["head"].unitsPerEm
            rows = font["hhea"]
            self.ascent, self.descent = rows.ascent / scale, -rows.descent / scale

    def has(self, text: str) -> bool:
        """Whether it has a glyph for each character; those that only join or choose do not count.

        It is asked of a cluster at a time: a letter with its marks.
        """
        return all(ord(c) in self._codes or is_silent(c) for c in text)

    def at(self, size: int) -> tuple[Any, float]:
        """The font at `size` pixels an em, and the scale at which to show what it draws."""
        if size not in self._at:
            self._at[size] = self._loaded(size)
        return self._at[size]

    def _loaded(self, size: int) -> tuple[Any, float]:
        for tried in (size, *BITMAPS):
            try:
                font = ImageFont.truetype(str(self.path), tried, self.index)
            except OSError:
                continue
            return font, size / tried
        raise self.refused()

    def refused(self) -> InvalidInput:
        """What to raise where the library of fonts cannot draw some of its letters."""
        return InvalidInput(f"the font {self.path} is damaged: it cannot be drawn; give another")


@contextmanager
def _unheard() -> Iterator[None]:
    """Without the library's remarks on a font's inner faults, of which there are thousands."""
    logger = logging.getLogger("fontTools")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def is_silent(character: str) -> bool:
    """Whether a character shows nothing itself: joiners, selectors, marks of direction."""
    code = ord(character)
    return (
        0x200B <= code <= 0x200F
        or 0x202A <= code <= 0x202E
        or 0x2060 <= code <= 0x2069
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0020 <= code <= 0xE007F
        or code in (0x00AD, 0xFEFF)
    )


@cache
def shipped(name: str) -> Face:
    """One of the fonts that come with songreel."""
    with as_file(files("songreel.fonts") / "files" / name) as path:
        return Face(path)


@lru_cache(maxsize=64)
def opened(font: FontFile) -> Face:
    """A font of the timeline's.

    Raises:
        InvalidInput: It is gone or is another file.
    """
    path = Path(font.file)
    try:
        found = sha256_of(path)
    except OSError as error:
        raise InvalidInput(
            f"the font {path} cannot be read ({error.strerror or error}); run the same command "
            "again to choose another, or give one with --caption-font"
        ) from error
    if found != font.sha256:
        raise InvalidInput(f"{path} is not the font it was; run the same command again to use it")
    return Face(path, font.index, font)


def own(path: Path) -> FontFile:
    """The user's own font file.

    Raises:
        InvalidInput: It cannot be read, or is no font that can be drawn.
    """
    way_out = "give a TrueType or OpenType file (.ttf, .otf, .ttc)"
    try:
        known = FontFile(file=str(path.absolute()), sha256=sha256_of(path))
    except OSError as error:
        raise InvalidInput(
            f"cannot read the font {path}: {error.strerror or error}; {way_out}"
        ) from error
    try:
        opened(known).at(32)
    except InvalidInput:
        raise
    except Exception as error:  # whatever a reader of fonts stumbles over in a file that is none
        raise InvalidInput(f"{path} is no font that can be drawn; {way_out}") from error
    return known


@cache
def drawn_by() -> tuple[str, ...]:
    """Everything besides an overlay that decides its pixels: libraries and our fonts."""
    from PIL import __version__

    ours = (hashlib.sha256(shipped(name).path.read_bytes()) for name in (CAPTION, DISPLAY))
    libraries = (features.version(name) or "" for name in ("freetype2", "raqm", "harfbuzz"))
    return (__version__, *libraries, *(digest.hexdigest()[:16] for digest in ours))


@cache
def shapes() -> bool:
    """Whether text can be shaped: joined letters, marks in place, right to left."""
    return bool(features.check("raqm"))
