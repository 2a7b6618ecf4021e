"""The sections as chapters: for YouTube, for FFmpeg, for the film itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from songreel.assembly.exports.markers import section_names
from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Storyboard
from songreel.models.timebase import frame_at, frames_for

FEWEST, SHORTEST = 3, 10.0
"""YouTube shows chapters where there are at least three, the first at 0:00, in rising order, each
of ten seconds or more (support.google.com/youtube/answer/9884579, read November 2026)."""


@dataclass(frozen=True)
class Chapter:
    """A stretch of the song, in seconds."""

    start: float
    end: float
    name: str


def chapters(storyboard: Storyboard) -> tuple[Chapter, ...]:
    """A chapter a section; they tile the song."""
    names = section_names(storyboard)
    starts = [0.0, *(section.start for section in storyboard.sections[1:])]
    ends = [*starts[1:], storyboard.track.duration]
    return tuple(Chapter(*one) for one in zip(starts, ends, names, strict=True))


def in_film(storyboard: Storyboard) -> tuple[Chapter, ...]:
    """Chapters to write into a film: none where the song is one section."""
    found = chapters(storyboard)
    return found if len(found) > 1 else ()


def framed(found: Sequence[Chapter], rate: Fraction, frames: int) -> list[Any]:
    """Chapters as PyAV writes them: each begins on the frame on screen as its section begins."""
    starts = [frame_at(one.start, rate) for one in found]
    return [
        {"id": i, "start": start, "end": end, "time_base": 1 / rate,
         "metadata": {"title": one.name}}
        for i, (one, start, end) in enumerate(
            zip(found, starts, [*starts[1:], frames], strict=True), start=1
        )
    ]  # fmt: skip


def youtube(storyboard: Storyboard) -> str:
    """A description's lines, `0:00 Intro`; what is too short goes with the chapter before it.

    Raises:
        InvalidInput: Fewer than three chapters of ten seconds are left.
    """
    kept: list[Chapter] = []
    for one in chapters(storyboard):
        # Times are written in whole seconds, so it is those that must be ten apart.
        if kept and int(kept[-1].end) - int(kept[-1].start) < SHORTEST and len(kept) == 1:
            kept[-1] = Chapter(kept[-1].start, one.end, one.name)
        elif kept and int(one.end) - int(one.start) < SHORTEST:
            kept[-1] = Chapter(kept[-1].start, one.end, kept[-1].name)
        else:
            kept.append(one)
    if len(kept) < FEWEST:
        raise InvalidInput(
            f"YouTube shows chapters from {FEWEST} of {SHORTEST:.0f} s on, the sections of this "
            f"song make {len(kept)}; export .ffmeta for a player"
        )
    hours = storyboard.track.duration >= 3600
    return "".join(f"{_clock(int(one.start), hours)} {one.name}\n" for one in kept)


def ffmetadata(storyboard: Storyboard, rate: Fraction, title: str) -> str:
    """FFmpeg's metadata file: `ffmpeg -i film.mp4 -i film.ffmeta -map_metadata 1 -c copy out.mp4`.

    Chapters begin on the frame that is on screen as their section begins.
    """
    track = storyboard.track
    total = frames_for(track.samples, track.sample_rate, rate)
    found = chapters(storyboard)
    starts = [frame_at(one.start, rate) for one in found]
    lines = [";FFMETADATA1", f"title={_escaped(title)}"]
    for one, start, end in zip(found, starts, [*starts[1:], total], strict=True):
        lines += [
            "",
            "[CHAPTER]",
            f"TIMEBASE={rate.denominator}/{rate.numerator}",
            f"START={start}",
            f"END={end}",
            f"title={_escaped(one.name)}",
        ]
    return "\n".join(lines) + "\n"


def _clock(seconds: int, hours: bool) -> str:
    minutes, rest = divmod(seconds, 60)
    if hours:
        return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}"


def _escaped(text: str) -> str:
    """`text` with what the format reads as its own marked by a backslash."""
    plain = " ".join(text.split())
    return "".join(f"\\{c}" if c in "=;#\\" else c for c in plain)
