"""Lyrics whose rows begin with a time, as people write them down: "1:23 words"."""

import re
from collections.abc import Sequence
from itertools import pairwise

from songreel.models.syllables import sung_parts, syllables

_CLOCK = r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,3}))?"
_ROW = re.compile(
    rf"[\[(]?\s*{_CLOCK}(?:\s*(?:-->|[-–—]|to)\s*{_CLOCK})?\s*[\])]?(?:\s*[-–—|:.]\s+|\s+|$)(.*)"
)
_LABELS = re.compile(r"(\d+(?:\.\d+)?)\t(\d+(?:\.\d+)?)\t(.+)")
"""A row of Audacity's label track: start, end, text."""
SLOW = 2.0, 0.5
"""Seconds that a line may last at most, and more for each of its words: two a second is slow."""

Row = tuple[float, float | None, str]
"""Start, end if it is known, text."""


def is_timed(rows: Sequence[str]) -> bool:
    """Whether rows of words begin with times: the first does, and so does another, if there is."""
    timed = [_time(row.strip("\r\n")) is not None for row in rows if row.strip()]
    return bool(timed) and timed[0] and (sum(timed) > 1 or len(timed) == 1)


def timed_rows(rows: Sequence[str]) -> tuple[list[Row], list[str]]:
    """Rows in the order of their times, and notices.

    A row without a time belongs to the time before it: all of these share the time until the next
    one by their syllables, and say so.
    """
    groups: list[tuple[float, float | None, list[str]]] = []
    for row in rows:
        if not row.strip():
            continue
        if (found := _time(row.strip("\r\n"))) is not None:
            start, end, text = found
            groups.append((start, end, [text] if text else []))
        elif groups:
            groups[-1][2].append(row.strip())
    told: list[str] = []
    if any(b[0] < a[0] for a, b in pairwise(groups)):
        told.append("rows were not in the order of their times; they have been put in it")
    groups.sort(key=lambda group: group[0])
    made: list[Row] = []
    shared = 0
    for i, (start, end, texts) in enumerate(groups):
        following = next((g[0] for g in groups[i + 1 :] if g[0] > start), None)
        if len(texts) < 2:
            made.extend((start, end, text) for text in texts)
            continue
        shared += len(texts) - 1
        slow = sum(SLOW[0] + SLOW[1] * len(text.split()) for text in texts)
        last = end if end is not None else min(following or start + slow, start + slow)
        weights = [sum(map(syllables, sung_parts(text))) + 1 for text in texts]
        unit, passed = (last - start) / sum(weights), 0.0
        for text, weight in zip(texts, weights, strict=True):
            begin = start + unit * passed
            passed += weight
            made.append((begin, start + unit * passed, text))
    if shared:
        told.append(
            f"{shared} rows have no time of their own: they share the time until the next one"
        )
    return made, told


def _time(row: str) -> Row | None:
    """Start, end and words of a row that begins with a time."""
    if label := _LABELS.fullmatch(row):
        return float(label[1]), float(label[2]), label[3].strip()
    found = _ROW.fullmatch(row.strip())
    if found is None:
        return None
    h1, m1, s1, f1, h2, m2, s2, f2, text = found.groups()
    end = None if m2 is None else max(_seconds(h2, m2, s2, f2), _seconds(h1, m1, s1, f1))
    return _seconds(h1, m1, s1, f1), end, text.strip()


def _seconds(hours: str | None, minutes: str, seconds: str, part: str | None) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + (float(f"0.{part}") if part else 0.0)
