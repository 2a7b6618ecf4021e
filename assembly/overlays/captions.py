"""From lyrics to what is shown when: lines that fit, in turn, long enough to be read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

from songreel.assembly.overlays.compose import ROWS, caption_block, face_order
from songreel.assembly.overlays.layout import CLAUSE
from songreel.fonts.faces import Face
from songreel.models.lyrics import Line, Lyrics
from songreel.models.overlay import CaptionStyle
from songreel.models.render import RenderSpec
from songreel.models.timebase import clock, frame_at

BEFORE = 0.3
"""Seconds a line is there before its first word: read, then sung."""
AFTER = 0.4
"""Seconds it stays after its last word, where no other line follows."""
LEAST = 5 / 6
"""Seconds on screen at least (Netflix's Timed Text Style Guide, general requirements)."""
BETWEEN = 2
"""Frames between two captions (the same): a change of words is seen as one."""
HEARD = 0.4
"""Seconds for which the last word of a line is lit before the next line takes its place."""
CHAINED = 0.6
"""Seconds of pause under which a line stays until the next one comes: no flicker between."""


@dataclass(frozen=True)
class Caption:
    """One caption on frames [start, end); `words` are (frame, text)."""

    text: str
    start: int
    end: int
    words: tuple[tuple[int, str], ...]
    sung: int
    """Frame on which its last word has been sung."""
    swept: bool


@dataclass(frozen=True)
class _Sung:
    """Words that go on screen together; spans are (start, end, text) in seconds."""

    text: str
    spans: tuple[tuple[float, float, str], ...]
    estimated: bool

    @property
    def start(self) -> float:
        return self.spans[0][0]

    @property
    def end(self) -> float:
        return max(end for _, end, _ in self.spans)


def captions(
    lyrics: Lyrics, style: CaptionStyle, spec: RenderSpec, duration: float
) -> tuple[list[Caption], list[str]]:
    """Captions of `lyrics` with times, in order, none over another; and notices."""
    notices: list[str] = []
    guessed = sum(not line.words for line in lyrics.lines)
    if guessed and style.karaoke:
        notices.append(
            f"{guessed} of {len(lyrics.lines)} lines of {lyrics.source} have no times of words: "
            "the light sweeps over them as their syllables are estimated"
        )
    faces = face_order(style, ())
    parts: list[_Sung] = []
    for line in sorted(lyrics.lines, key=lambda line: line.start or 0.0):
        parts.extend(_fitting(_sung(line), style, faces, spec))
    parts = _together(parts)
    shown: list[Caption] = []
    hasty: list[_Sung] = []
    free = 0
    for i, part in enumerate(parts):
        start = max(free, frame_at(max(0.0, part.start - BEFORE), spec.rate))
        following = parts[i + 1].start if i + 1 < len(parts) else duration
        heard = min(part.end, part.spans[-1][0] + HEARD)
        limit = frame_at(min(max(following - BEFORE, heard), following), spec.rate) - BETWEEN
        pause = following - part.end
        wanted = frame_at(min(part.end + AFTER, duration), spec.rate) + 1
        end = limit if pause < CHAINED + AFTER else min(wanted, limit)
        least = start + ceil(LEAST * spec.rate)
        if end < least:
            # A quick line stays while the next one begins to be sung, and no longer.
            end = max(end, min(least, frame_at(following, spec.rate) - BETWEEN))
        if i + 1 == len(parts):
            end = max(end, min(max(wanted, least), frame_at(duration, spec.rate)))
        if end < least:
            hasty.append(part)
        if end <= start:
            continue
        words = tuple((frame_at(at, spec.rate), text) for at, _, text in part.spans)
        karaoke = words if style.karaoke else ()
        shown.append(
            Caption(part.text, start, end, karaoke, frame_at(part.end, spec.rate), part.estimated)
        )
        free = end + BETWEEN
    if hasty:
        named = "; ".join(f'"{one.text}" at {clock(one.start)}' for one in hasty[:3])
        notices.append(
            f"{len(hasty)} captions are sung too fast to be read in full (shown under "
            f"{LEAST:.2f} s): {named}{' …' if len(hasty) > 3 else ''}"
        )
    return shown, notices


def _sung(line: Line) -> _Sung:
    return _Sung(line.text, line.spans(), not line.words)


def _fitting(
    part: _Sung, style: CaptionStyle, faces: Sequence[Face], spec: RenderSpec
) -> list[_Sung]:
    """`part`, or the fewest pieces of it that fit into two rows each."""

    def rows(one: _Sung) -> int:
        return len(caption_block(one.text, style, faces, spec.width, spec.height).rows)

    if rows(part) <= ROWS or len(part.spans) < 2:
        return [part]
    for count in range(2, len(part.spans) + 1):
        pieces = _split(part, count)
        if pieces and all(rows(piece) <= ROWS for piece in pieces):
            return pieces
    return [part]


def _split(part: _Sung, count: int) -> list[_Sung]:
    """`part` in `count` pieces of about equal length, rather after a comma than within a clause."""
    texts = [text for _, _, text in part.spans]
    lengths = [len(text) + 1 for text in texts]
    total = sum(lengths)
    cuts = [0]
    for k in range(1, count):
        goal = total * k / count
        least, best = float("inf"), 0
        for i in range(cuts[-1] + 1, len(texts) - (count - k) + 1):
            off = abs(sum(lengths[:i]) - goal)
            if texts[i - 1][-1] in CLAUSE:
                off -= total / count * 0.3
            if off < least:
                least, best = off, i
        if not best:
            return []
        cuts.append(best)
    cuts.append(len(texts))
    pieces: list[_Sung] = []
    at = 0
    for first, last in pairwise(cuts):
        begin = part.text.find(texts[first], at)
        if begin < 0:
            return []
        at = begin
        for text in texts[first:last]:
            found = part.text.find(text, at)
            at = found + len(text) if found >= 0 else at
        stop = at if last < len(texts) else len(part.text)
        pieces.append(
            replace(part, text=part.text[begin:stop].strip(), spans=part.spans[first:last])
        )
    return pieces


def _together(parts: Sequence[_Sung]) -> list[_Sung]:
    """Lines of two voices that begin within a moment share a caption, one on each row."""
    made: list[_Sung] = []
    for part in sorted(parts, key=lambda part: part.start):
        before = made[-1] if made else None
        if (
            before is not None
            and part.start - before.start < LEAST / 2
            and before.end > part.start
            and "\n" not in before.text
        ):
            made[-1] = _Sung(
                f"{before.text}\n{part.text}",
                before.spans + part.spans,
                before.estimated or part.estimated,
            )
        else:
            made.append(part)
    return made
