"""Files of tapped beats: one time a line, `.beats`, Audacity labels. `read_taps`."""

import re
from pathlib import Path
from typing import NamedTuple

from songreel.models.errors import InvalidInput

MOST = 20_000
"""Taps: over an hour at 300 BPM."""
_PLACE = re.compile(r"(?:\d+[.:])?(\d+)")
"""A place in the bar: `3`, or `17.3` as our own labels have it."""
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")


class Taps(NamedTuple):
    """Seconds in order, and the place in its bar of each, from 1, where the file tells it."""

    times: tuple[float, ...]
    places: tuple[int, ...] = ()


def read_taps(path: Path) -> Taps:
    r"""The taps in a file.

    A line is a time, alone or followed by the beat's place in its bar (`.beats`), or start, end
    and label with tabs between, as Audacity exports label tracks. Times are seconds, or `1:23.4`.
    Empty lines and lines that begin with `#` or `\` are passed over.

    Raises:
        InvalidInput: The file cannot be read, a line has no time, or it has no line at all.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} holds no taps: it is not text") from error
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror or error}") from error
    rows: list[tuple[float, int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = re.split(r"[\t,; ]+", line.strip())
        # A backslash begins the second line of a spectral label of Audacity.
        if words == [""] or words[0][0] in "#\\":
            continue
        rows.append((_seconds(words[0], path, number), _place(words)))
        if len(rows) > MOST:
            raise InvalidInput(f"{path} has more than {MOST} taps; is it a file of taps?")
    if not rows:
        raise InvalidInput(f"{path} is empty; write the seconds of one tap on each line")
    rows.sort()
    placed = all(place >= 1 for _, place in rows) and any(place == 1 for _, place in rows)
    distinct = len({place for _, place in rows}) > 1
    return Taps(
        tuple(time for time, _ in rows),
        tuple(place for _, place in rows) if placed and distinct else (),
    )


def _seconds(word: str, path: Path, number: int) -> float:
    if clock := _CLOCK.fullmatch(word):
        hours, minutes, seconds = clock.groups(default="0")
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    try:
        value = float(word)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise InvalidInput(
            f"{path}, line {number}: {word!r} is no time in the song; write seconds, as 12.34"
        )
    return value


def _place(words: list[str]) -> int:
    """The place in the bar that a line tells, 0 where it tells none."""
    if len(words) == 2:
        column = words[1]
    elif len(words) >= 3:
        column = words[2]
        if _is_number(words[1]) and not _is_number(words[2]) and not _PLACE.fullmatch(words[2]):
            return 0
    else:
        return 0
    found = _PLACE.fullmatch(column)
    return int(found[1]) if found else 0


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
