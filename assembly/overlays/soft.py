"""Soft captions: lyrics as files that players read beside the film."""

from collections.abc import Callable
from html import escape

from songreel.assembly.overlays.captions import LEAST
from songreel.models.errors import InvalidInput
from songreel.models.lyrics import Line, Lyrics
from songreel.models.music import Track

Cue = tuple[float, float, Line]


def soft_captions(lyrics: Lyrics, track: Track, ending: str) -> str:
    """The text of a file of that ending: `.srt`, `.vtt` or `.lrc`.

    VTT and LRC carry the times of words that the lyrics have; estimated ones are not written.

    Raises:
        InvalidInput: Another ending.
    """
    writer = _WRITERS.get(ending.lower())
    if writer is None:
        raise InvalidInput(
            f"captions are not written as {ending or 'a file without an ending'}; "
            f"use {', '.join(_WRITERS)}"
        )
    return writer(_cues(lyrics, track.duration), track)


def _cues(lyrics: Lyrics, duration: float) -> list[Cue]:
    """Lines in turn: long enough to be read, none over the next one."""
    lines = [line for line in lyrics.lines if line.start is not None and line.end is not None]
    lines.sort(key=lambda line: line.start or 0.0)
    cues: list[Cue] = []
    for i, line in enumerate(lines):
        start, end = line.start or 0.0, line.end or 0.0
        following = next((x.start for x in lines[i + 1 :] if (x.start or 0.0) > start), duration)
        last = min(max(end, start + LEAST), max(following or duration, start + 0.05))
        cues.append((start, last, line))
    return cues


def _srt(cues: list[Cue], _track: Track) -> str:
    blocks = [
        f"{i}\n{_stamp(start, ',')} --> {_stamp(end, ',')}\n{line.text}\n"
        for i, (start, end, line) in enumerate(cues, start=1)
    ]
    return "\n".join(blocks)


def _vtt(cues: list[Cue], _track: Track) -> str:
    blocks = ["WEBVTT\n"]
    for start, end, line in cues:
        text = _marked(line, lambda at: f"<{_stamp(at, '.')}>", lambda word: escape(word, False))
        blocks.append(f"{_stamp(start, '.')} --> {_stamp(end, '.')}\n{text}\n")
    return "\n".join(blocks)


def _lrc(cues: list[Cue], track: Track) -> str:
    minutes, seconds = divmod(round(track.duration), 60)
    rows = [f"[ti:{track.title}]", f"[length:{minutes:02d}:{seconds:02d}]"]
    for i, (start, end, line) in enumerate(cues):
        text = _marked(line, lambda at: f"<{_short(at)}>", str)
        last = line.words[-1].end if line.words else None
        rows.append(f"[{_short(start)}]{text}" + (f" <{_short(last)}>" if last else ""))
        following = cues[i + 1][0] if i + 1 < len(cues) else float("inf")
        if end < following - 0.01 and end < track.duration:
            rows.append(f"[{_short(end)}]")
    return "\n".join(rows) + "\n"


def _marked(line: Line, mark: Callable[[float], str], told: Callable[[str], str]) -> str:
    """The line with a mark of time in front of each word that has one."""
    text, at = "", 0
    for word in line.words:
        first = line.text.find(word.text, at)
        if first < 0:
            continue
        text += told(line.text[at:first]) + mark(word.start) + told(word.text)
        at = first + len(word.text)
    return text + told(line.text[at:])


def _stamp(seconds: float, point: str) -> str:
    thousandths = round(seconds * 1000)
    hours, rest = divmod(thousandths, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"


def _short(seconds: float) -> str:
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"


_WRITERS: dict[str, Callable[[list[Cue], Track], str]] = {".srt": _srt, ".vtt": _vtt, ".lrc": _lrc}
