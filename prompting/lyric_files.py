"""Lyrics from a file: LRC and WebVTT (with word times), SRT, rows with times, or plain text."""

import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path

from songreel.models.errors import InvalidInput
from songreel.models.lyrics import Line, Lyrics, Word
from songreel.models.syllables import is_unspaced
from songreel.models.timebase import clock
from songreel.prompting.lyric_times import is_timed, timed_rows

LARGEST = 1024 * 1024
"""Bytes; the longest opera has a tenth of it."""
LONGEST = 600
"""Characters of a line."""
MOST = 5000
"""Lines."""
TIMED, GUESSED = 0.9, 0.3
"""Trust in lines with times, and in lines spread over a song."""

_TAG = re.compile(r"\[(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]")
_WORD_TAG = re.compile(r"[<\[](\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?[>\]]")
_CUE_TAG = re.compile(r"<(?:(\d+):)?(\d{1,2}):(\d{2})\.(\d{3})>")
_ID = re.compile(r"\[([a-zA-Z#]+):(.*)\]")
_ARROW = re.compile(
    r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
)
_MARKUP = re.compile(r"<[^<>]{0,80}>|\{[^{}]{0,80}\}")
_LABEL = re.compile(
    r"[\[(]?\s*((?:intro|verse|pre-?chorus|chorus|refrain|hook|bridge|outro|solo|break|interlude|"
    r"instrumental)(?:\s+\d+)?)\s*[\])]?\s*:?\s*(?:\(?x\s*\d+\)?)?",
    re.I,
)
_BRACKETED = re.compile(r"[\[(][^\])]{1,40}[\])]")

Words = tuple[Word, ...]
Timed = tuple[float, float | None, str, tuple[Word, ...]]
"""Start, end if it is known, text, words."""


def read_lyrics(path: Path, duration: float) -> Lyrics:
    """The lyrics in a file, told apart by what stands in it.

    Args:
        path: LRC (also with times of words, an offset, and several times on a line), SRT, WebVTT
            (also with times of words), text whose rows begin with times, or plain text, in UTF-8
            or UTF-16; else it is read as Windows-1252 and says so.
        duration: Of the song, seconds. Lines that begin after it are left out and told.

    Raises:
        InvalidInput: The file cannot be read, is no text, or holds no words.
    """
    text, notices = _decoded(path)
    rows = text.splitlines()
    if len(rows) > 4 * MOST:
        raise InvalidInput(f"{path} has {len(rows)} rows; lyrics have at most {4 * MOST}")
    for number, row in enumerate(rows, start=1):
        if len(row) > LONGEST:
            raise InvalidInput(
                f"{path}, line {number}: {len(row)} characters; a line of a song has at most "
                f"{LONGEST}"
            )
    if any(_ARROW.search(row) for row in rows):
        form = "vtt" if rows[0].lstrip("\ufeff").startswith("WEBVTT") else "srt"
        return _timed(path, form, _cues(rows), duration, notices)
    if any(_TAG.match(row.strip()) for row in rows):
        timed, extra = _lrc(rows)
        return _timed(path, "lrc", timed, duration, [*notices, *extra])
    if is_timed(rows):
        written, extra = timed_rows(rows)
        return _timed(
            path,
            "times",
            [(start, end, _clean(text), ()) for start, end, text in written],
            duration,
            [*notices, *extra],
        )
    lines = _plain(rows)
    if not lines:
        raise InvalidInput(f"{path} holds no words")
    return Lyrics(
        source=path.name,
        form="text",
        lines=tuple(lines[:MOST]),
        trust=GUESSED,
        notices=tuple(notices),
    )


def _decoded(path: Path) -> tuple[str, list[str]]:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}") from error
    if len(raw) > LARGEST:
        raise InvalidInput(f"{path} is larger than {LARGEST // 1024} KiB; it holds no lyrics")
    try:
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return raw.decode("utf-16"), []
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = raw.decode("cp1252", errors="replace")
        odd = sum(c == "�" or (ord(c) < 32 and c not in "\t\r\n\f") for c in text)
        if b"\0" in raw or odd > len(text) / 50:
            raise InvalidInput(f"{path} is no text: {error.reason}") from error
        return text, [f"{path.name} is not in UTF-8; it was read as Windows-1252"]
    if "\0" in text:
        raise InvalidInput(f"{path} is no text: it holds null characters")
    return text, []


def _seconds(minutes: str, seconds: str, part: str | None) -> float:
    return int(minutes) * 60 + int(seconds) + (float(f"0.{part}") if part else 0.0)


def _lrc(rows: Sequence[str]) -> tuple[list[Timed], list[str]]:
    """Lines of an LRC file; an empty one ends the line before."""
    offset, bare = 0.0, 0
    found: list[Timed] = []
    for row in map(str.strip, rows):
        at = 0
        starts: list[float] = []
        while tag := _TAG.match(row, at):
            starts.append(_seconds(*tag.groups()))
            at = tag.end()
            while at < len(row) and row[at] == " ":
                at += 1
        if not starts:
            named = _ID.fullmatch(row)
            if named and named[1].lower() == "offset":
                value = re.fullmatch(r"\s*([+-]?\d{1,7})\s*", named[2])
                # Positive: the words come sooner.
                offset = -int(value[1]) / 1000 if value else 0.0
            elif row and named is None:
                bare += 1
            continue
        body = row[at:]
        text, words = _words(body, starts[0])
        for start in starts:
            shift = start - starts[0]
            own = tuple(_moved(word, shift + offset) for word in words)
            found.append((max(0.0, start + offset), None, text, own))
    found.sort(key=lambda item: item[0])
    told = [f"{bare} rows without a time were left out"] if bare else []
    return found, told


def _moved(word: Word, by: float) -> Word:
    end = None if word.end is None else max(0.0, word.end + by)
    return word.model_copy(update={"start": max(0.0, word.start + by), "end": end})


def _words(body: str, start: float, mark: re.Pattern[str] = _WORD_TAG) -> tuple[str, Words]:
    """Text and words of a line with marks of time in it, each in front of what it times.

    What stands before the first mark is sung at `start`; a mark in front of nothing ends the word
    before. Marks within a word, as between syllables, leave it one word.
    """
    marks = list(mark.finditer(body))
    times = [start, *(_stamp(found) for found in marks)]
    firsts = [0, *(found.end() for found in marks)]
    lasts = [*(found.start() for found in marks), len(body)]
    pieces = [_MARKUP.sub("", body[a:b]) for a, b in zip(firsts, lasts, strict=True)]
    # Where no piece is spaced, each is a word; else one that follows without a space goes on it.
    spaced = any(piece != piece.strip() for piece in pieces)
    words: list[Word] = []
    text = ""
    for time, piece in zip(times, pieces, strict=True):
        cleaned = _clean(piece)
        if not cleaned:
            if words and not piece.strip() and words[-1].end is None and time > words[-1].start:
                words[-1] = words[-1].model_copy(update={"end": time})
            text += piece
            continue
        met = (text.rstrip() or " ")[-1] + piece.lstrip()[0]
        eastern = all(is_unspaced(character) or not character.isalnum() for character in met)
        joined = text and not text[-1].isspace() and not piece[0].isspace()
        if joined and spaced and not eastern and words:
            before = words[-1]
            words[-1] = before.model_copy(update={"text": before.text + cleaned, "end": None})
        else:
            text += " " if joined and not spaced and not eastern else ""
            words.append(Word(start=time, text=cleaned))
        text += piece
    return _clean(text), tuple(words) if marks else ()


def _stamp(found: re.Match[str]) -> float:
    """Seconds of a mark of time: minutes, seconds and their part, hours where it has four."""
    *hours, minutes, seconds, part = found.groups()
    more = int(hours[0]) * 3600 if hours and hours[0] else 0
    return more + _seconds(minutes, seconds, part)


def _cues(rows: Sequence[str]) -> list[Timed]:
    """Cues of SRT and WebVTT; what stands before the first arrow of a block is its number."""
    found: list[Timed] = []
    block: list[str] = []
    span: tuple[float, float] | None = None

    def close() -> None:
        if span is not None:
            # Times of words, as WebVTT has them for karaoke.
            text, words = _words(" ".join(block), span[0], _CUE_TAG)
            if text:
                found.append((span[0], max(span[1], span[0]), text, words))
        block.clear()

    for row in [*rows, ""]:
        if arrow := _ARROW.search(row):
            block.clear()
            h1, m1, s1, f1, h2, m2, s2, f2 = arrow.groups()
            span = (
                int(h1 or 0) * 3600 + _seconds(m1, s1, f1),
                int(h2 or 0) * 3600 + _seconds(m2, s2, f2),
            )
        elif not row.strip():
            close()
            span = None
        elif span is not None:
            block.append(unescape(row) if "&" in row else row)
    found.sort(key=lambda item: item[0])
    return found


def _timed(
    path: Path, form: str, timed: Sequence[Timed], duration: float, notices: Sequence[str]
) -> Lyrics:
    """Lines with both ends, in order and within the song."""
    told = list(notices)
    late = [item for item in timed if item[0] >= duration and item[2]]
    if late:
        told.append(
            f"{len(late)} lines of {path.name} begin after the song's end ({clock(duration)}), the "
            f"first at {clock(late[0][0])}; they were left out"
        )
    lines: list[Line] = []
    for i, (start, known, text, words) in enumerate(timed):
        if not text or start >= duration or len(lines) >= MOST:
            continue
        following = next((item[0] for item in timed[i + 1 :] if item[0] > start), duration)
        # A line is not held through a solo: two words a second is slow singing.
        spoken = start + 2.0 + len(text.split()) / 2
        if known is None and words:
            known = words[-1].end
        end = min(known if known is not None else min(following, spoken), duration)
        sung = tuple(word for word in words if start - 0.01 <= word.start < duration)
        lines.append(Line(text=text, start=start, end=max(end, start + 0.1), words=sung))
    if not lines:
        raise InvalidInput(f"{path} holds no words that are sung within {clock(duration)}")
    return Lyrics.model_validate(
        {"source": path.name, "form": form, "lines": lines, "trust": TIMED, "notices": told}
    )


def _plain(rows: Sequence[str]) -> list[Line]:
    """Lines by stanza; a label alone repeats the last stanza of that label."""
    stanzas: list[tuple[str, list[str]]] = []
    label, body = "", list[str]()

    def close() -> None:
        nonlocal label
        if label and not body:
            same = [lines for name, lines in stanzas if _kind(name) == _kind(label)]
            body.extend(same[-1] if same else ())
        if body:
            stanzas.append((label, list(body)))
        label = ""
        body.clear()

    for row in rows:
        text = row.strip()
        if named := _LABEL.fullmatch(text):
            close()
            label = named[1].lower()
        elif not text:
            if body:
                close()
        elif not _BRACKETED.fullmatch(text) and (cleaned := _clean(text)):
            body.append(cleaned)
    close()
    return [
        Line(text=text, stanza=i, label=name)
        for i, (name, lines) in enumerate(stanzas)
        for text in lines
    ]


def _kind(label: str) -> str:
    kind = re.sub(r"\s+\d+$", "", label).replace("prechorus", "pre-chorus")
    return "chorus" if kind in ("refrain", "hook") else kind


def _clean(text: str) -> str:
    """`text` without control characters and the notes of subtitles; empty without a letter."""
    shown = "".join(c if c.isprintable() and c not in "♩♪♫♬" else " " for c in text)
    joined = " ".join(shown.split())
    return joined if any(c.isalnum() for c in joined) else ""
