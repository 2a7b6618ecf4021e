"""Text set in rows: which font for which letters, where rows break, where each piece stands."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from songreel.assembly.overlays.bidi import is_rtl, levels, visual
from songreel.fonts.faces import Face, is_silent, shapes
from songreel.fonts.found import is_emoji
from songreel.models.syllables import sung_parts

CLAUSE = ",;:.!?…、。，！？؛،"
"""What ends a clause: rows and captions rather break behind it."""
LEADING = 1.26
"""Distance of baselines in em: room for marks on capitals under a descender (Inter: 1.21)."""


@dataclass(frozen=True)
class Run:
    """Letters of one font, word and direction, `x` pixels right of their row's left end."""

    text: str
    face: Face
    x: float
    width: float
    rtl: bool
    word: int
    """Index of the word it is part of; −1 for none."""


@dataclass(frozen=True)
class Row:
    """Runs from left to right."""

    runs: tuple[Run, ...]
    width: float


@dataclass(frozen=True)
class Block:
    """Rows under each other, set at `size` pixels an em, their baselines `spacing` em apart."""

    rows: tuple[Row, ...]
    size: int
    spacing: float = LEADING

    @property
    def width(self) -> float:
        """Of the widest row, pixels."""
        return max(row.width for row in self.rows)

    @property
    def leading(self) -> float:
        """Pixels from baseline to baseline."""
        return self.size * self.spacing


def clusters(text: str) -> list[str]:
    """Letters with their marks, joined emoji, flags: what must be set in one font."""
    found: list[str] = []
    joined = False
    for c in text:
        follows = unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me", "Mc")
        flag = 0x1F1E6 <= ord(c) <= 0x1F1FF and found and len(found[-1]) == 1
        flag = flag and 0x1F1E6 <= ord(found[-1]) <= 0x1F1FF
        tone = 0x1F3FB <= ord(c) <= 0x1F3FF
        if found and (follows or joined or flag or tone or is_silent(c)) and found[-1] != " ":
            found[-1] += c
        else:
            found.append(c)
        joined = c == "\u200d"
    return found


def face_of(cluster: str, faces: Sequence[Face]) -> Face | None:
    """The first of `faces` that can show `cluster`; one in colour first where a picture is meant.

    Controls and joiners by themselves need none.
    """
    able = [face for face in faces if face.has(cluster)]
    if is_emoji(cluster):
        able.sort(key=lambda face: not face.colour)
    return able[0] if able else None


def missing(text: str, faces: Sequence[Face]) -> list[str]:
    """Clusters of `text` that none of `faces` has, each once."""
    asked = dict.fromkeys(clusters(text))
    return [one for one in asked if not one.isspace() and face_of(one, faces) is None]


def words_in(text: str, words: Sequence[str]) -> list[int]:
    """For each character of `text` the index of the word it is part of, −1 for none."""
    owner = [-1] * len(text)
    at = 0
    for i, word in enumerate(words):
        first = text.find(word, at)
        if first < 0:
            continue
        at = first + len(word)
        owner[first:at] = [i] * len(word)
    return owner


def set_rows(
    text: str,
    faces: Sequence[Face],
    size: int,
    width: float,
    *,
    words: Sequence[str] = (),
    tracking: float = 0.0,
) -> Block:
    """`text` in as few rows of `width` pixels as it needs, as even as they can be.

    Args:
        text: Line breaks in it are kept. What no font has is left out.
        faces: Asked in turn for each letter.
        size: Pixels an em.
        width: Of a row at most, where a break can be found.
        words: Pieces of `text`, in order, that runs are to tell apart.
        tracking: Added between letters, em; for scripts that are not joined.
    """
    owner = words_in(text, words)
    rows: list[Row] = []
    at = 0
    for line in text.split("\n"):
        for first, last in _broken(line, faces, size, width, tracking):
            span = slice(at + first, at + last)
            rows.append(_row(text[span], owner[span], faces, size, tracking))
        at += len(line) + 1
    return Block(tuple(row for row in rows if row.runs) or (Row((), 0.0),), size)


def _broken(
    line: str, faces: Sequence[Face], size: int, width: float, tracking: float
) -> list[tuple[int, int]]:
    """(first, last) characters of each row of one line."""
    pieces = _pieces(line, faces, size, width, tracking)
    if not pieces:
        return []

    def wide(i: int, j: int) -> float:
        return _length(line[pieces[i][0] : pieces[j - 1][1]].strip(), tuple(faces), size, tracking)

    # Fewest rows first, then the most even: rows[j] is the best way to set the first j pieces.
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    for j in range(1, len(pieces) + 1):
        ways = []
        for i in range(j - 1, -1, -1):
            length = wide(i, j)
            if length > width and i < j - 1:
                break
            rows, ragged, _ = best[i]
            # A row that ends a clause is a good row; 4 % of the width is not seen as uneven.
            ends = j == len(pieces) or line[: pieces[j - 1][1]].rstrip()[-1:] in CLAUSE
            cost = ((width - length) / width - (0.04 if ends else 0.0)) ** 2
            ways.append((rows + 1, ragged + cost, i))
        best.append(min(ways))
    cuts: list[tuple[int, int]] = []
    j = len(pieces)
    while j:
        i = best[j][2]
        cuts.append((pieces[i][0], pieces[j - 1][1]))
        j = i
    return cuts[::-1]


def _pieces(
    line: str, faces: Sequence[Face], size: int, width: float, tracking: float
) -> list[tuple[int, int]]:
    """Stretches of characters within which no row breaks, spaces behind them included."""
    ends: list[int] = []
    at = 0
    for part in sung_parts(line):
        at = line.index(part, at) + len(part)
        ends.append(at)
    if not ends:
        return [(0, len(line))] if line.strip() else []
    ends[-1] = len(line)
    pieces: list[tuple[int, int]] = []
    first = 0
    for end in ends:
        if _length(line[first:end].strip(), tuple(faces), size, tracking) <= width:
            pieces.append((first, end))
        else:  # no space to break at, as in Thai or in a cry: between letters
            start = first
            for cluster in clusters(line[first:end]):
                stop = start + len(cluster)
                if pieces and pieces[-1][0] >= first:
                    grown = line[pieces[-1][0] : stop]
                    if _length(grown, tuple(faces), size, tracking) <= width:
                        pieces[-1] = (pieces[-1][0], stop)
                        start = stop
                        continue
                pieces.append((start, stop))
                start = stop
        first = end
    return pieces


@lru_cache(maxsize=4096)
def _length(text: str, faces: tuple[Face, ...], size: int, tracking: float) -> float:
    return _row(text, [-1] * len(text), faces, size, tracking).width


def _row(text: str, owner: Sequence[int], faces: Sequence[Face], size: int, tracking: float) -> Row:
    """One row: letters grouped by font, word and direction, in the order they stand."""
    lead = len(text) - len(text.lstrip())
    owner, text = owner[lead:], text.strip()
    level = levels(text, is_rtl(text))
    parts: list[tuple[str, Face, int, int]] = []
    at = 0
    for cluster in clusters(text):
        face = face_of(cluster, faces)
        mine, here = owner[at], level[at]
        at += len(cluster)
        if face is None:
            continue
        if face.colour:  # chooses what such a font shows anyway, and is drawn as a gap
            cluster = cluster.replace("\ufe0f", "")
        alone = cluster == " " or (tracking != 0 and not _joined(cluster))
        if parts and not alone and parts[-1][0] != " " and parts[-1][1:] == (face, mine, here):
            parts[-1] = (parts[-1][0] + cluster, face, mine, here)
            continue
        parts.append((cluster, face, mine, here))
    x = 0.0
    runs: list[Run] = []
    for i in visual([part[3] for part in parts]):
        piece, face, word, here = parts[i]
        wide = advance(piece, face, size, bool(here % 2)) + tracking * size
        if piece != " ":
            runs.append(Run(piece, face, x, wide, bool(here % 2), word))
        x += wide
    return Row(tuple(runs), max(0.0, x - tracking * size))


def _joined(cluster: str) -> bool:
    """Whether a letter is drawn joined to its neighbours."""
    return unicodedata.bidirectional(cluster[0]) == "AL" or unicodedata.name(
        cluster[0], ""
    ).startswith(("DEVANAGARI", "BENGALI", "GURMUKHI", "MONGOLIAN"))


def advance(text: str, face: Face, size: int, rtl: bool) -> float:
    """Pixels from where `text` begins to where the next piece does."""
    font, scale = face.at(size)
    try:
        return float(font.getlength(text, **shaping(rtl))) * scale
    except OSError as error:
        raise face.refused() from error


def shaping(rtl: bool) -> dict[str, Any]:
    """What tells Pillow the direction, which it takes only where it can shape."""
    return {"direction": "rtl" if rtl else "ltr"} if shapes() else {}
