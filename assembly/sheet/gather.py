"""What a contact sheet shows: `Sheet`, `gather`. Pictures from the film, from clips, or drawn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from songreel.assembly.edit import soft_span
from songreel.assembly.exports.markers import section_names
from songreel.assembly.fit import fit
from songreel.assembly.lettering import Colour
from songreel.assembly.pictures import picture_of, rgb_of
from songreel.assembly.preview.music import accents
from songreel.assembly.preview.scene import colours_of
from songreel.assembly.preview.stage import IMAGES, ends, image
from songreel.assembly.reader import ClipReader
from songreel.models.errors import InvalidInput
from songreel.models.progress import Progress
from songreel.models.render import RenderSpec
from songreel.models.schedule import ShotFrames, schedule
from songreel.models.storyboard import Shot, Storyboard
from songreel.models.timebase import clock
from songreel.models.timeline import Timeline
from songreel.models.transition import TransitionKind

Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class Entry:
    """One shot on the sheet."""

    number: int
    shot: Shot
    start: float
    end: float
    """Seconds."""
    place: str
    """Bar and beat, or empty where no grid is trusted."""
    begins: str
    """How, where it is no plain cut."""
    pictures: tuple[Rgb, Rgb]
    """At its start and in its middle; drawn ones at the camera's start and end."""
    colours: tuple[Colour, ...]
    marks: tuple[str, ...]
    """`locked`, `kept take`, `stand-in`."""


@dataclass(frozen=True)
class Group:
    """The shots of one section."""

    name: str
    letter: str
    start: float
    end: float
    energy: float
    colour: Colour
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Sheet:
    """All of it."""

    title: str
    facts: str
    pictures: str
    """Where they come from, a sentence."""
    groups: tuple[Group, ...]
    size: tuple[int, int]
    """Of each picture."""


def gather(
    storyboard: Storyboard,
    spec: RenderSpec,
    *,
    title: str,
    width: int,
    film: tuple[Path, Timeline] | None,
    sources: Mapping[str, Path],
    progress: Progress,
) -> Sheet:
    """Collect the pictures and words of a sheet.

    Args:
        storyboard: The plan.
        spec: Size, rate and lead of the film.
        title: The film's.
        width: Pixels of each picture.
        film: The finished file and its edit; its pictures are taken where shots are where the plan
            has them. None where there is none.
        sources: Clips and images by shot, for the others. What has neither is drawn.
        progress: Told what is being done.

    Raises:
        InvalidInput: A file cannot be read, or two shots start within one frame.
    """
    size = (width, max(2, round(width * spec.height / spec.width / 2) * 2))
    shots = schedule(storyboard, spec.rate, spec.lead)
    shown = _of_film(film, shots, size, progress) if film else {}
    stood_in = {c.shot for c in film[1].cuts if c.substitution} if film else set()
    drawn = clips = 0
    names, colours = section_names(storyboard), accents(storyboard)
    entries: dict[int, list[tuple[Entry, Colour]]] = {}
    for i, (shot, planned) in enumerate(zip(storyboard.shots, shots, strict=True)):
        progress("gathering pictures", i / len(shots))
        pictures = shown.get(shot.id)
        if pictures is None and shot.id in sources:
            pictures = _of_source(sources[shot.id], shot, planned, spec.rate, size)
            clips += 1
        elif pictures is None:
            pictures = ends(shot, *size)
            drawn += 1
        start, end = storyboard.spans[i]
        entry = Entry(
            number=i + 1,
            shot=shot,
            start=start,
            end=end,
            place=_place(storyboard, shot),
            begins="" if planned.transition is TransitionKind.CUT else str(planned.transition),
            pictures=pictures,
            colours=tuple(colours_of(shot.palette)),
            marks=_marks(shot, stood_in),
        )
        entries.setdefault(shot.section, []).append((entry, colours[i]))
    groups = tuple(
        Group(
            names[k],
            storyboard.sections[k].letter,
            storyboard.sections[k].start,
            storyboard.sections[k].end,
            storyboard.sections[k].energy,
            found[0][1],
            tuple(one for one, _ in found),
        )
        for k, found in sorted(entries.items())
    )
    rate = f"{float(spec.rate):.3f}".rstrip("0").rstrip(".")
    facts = (
        f"{clock(storyboard.track.duration)[:-3]}  ·  {len(shots)} shots  ·  "
        f"{spec.width}×{spec.height}, {rate} fps  ·  look {storyboard.look.name}  ·  "
        f"style {storyboard.style}"
    )
    return Sheet(title, facts, _told(len(shown), clips, drawn, len(shots)), groups, size)


def _told(film: int, clips: int, drawn: int, total: int) -> str:
    parts = [
        text
        for count, text in (
            (film, "from the film"),
            (clips, "from clips and photos that are there"),
            (drawn, "drawn from the plan: the camera's start and end"),
        )
        if count
    ]
    if len(parts) == 1:
        return f"Pictures {parts[0]}."
    counts = [str(count) for count in (film, clips, drawn) if count]
    told = ", ".join(f"{n} {text}" for n, text in zip(counts, parts, strict=True))
    return f"Pictures of {total} shots: {told}."


def _place(storyboard: Storyboard, shot: Shot) -> str:
    if shot.at.bar is not None:
        return str(shot.at)
    if not storyboard.beat_locked or not storyboard.grid.beats:
        return ""
    grid = storyboard.grid
    bar, beat = grid.bar_and_beat(max(0, int(grid.index_at(shot.at.seconds or 0.0) + 1e-6)))
    return f"{bar}:{beat}"


def _marks(shot: Shot, stood_in: Iterable[str]) -> tuple[str, ...]:
    marks = (
        ("locked", shot.locked),
        ("kept take", shot.keep is not None),
        ("stand-in", shot.id in stood_in),
    )
    return tuple(name for name, there in marks if there)


def _of_film(
    film: tuple[Path, Timeline], shots: Iterable[ShotFrames], size: tuple[int, int], tell: Progress
) -> dict[str, tuple[Rgb, Rgb]]:
    """First picture out of its transition, and the middle one, where the plan has the shot."""
    video, timeline = film
    planned = {shot.shot: (shot.start, shot.end) for shot in shots}
    wanted: dict[int, list[tuple[str, int]]] = {}
    for cut in timeline.cuts:
        if planned.get(cut.shot) != (cut.start, cut.end):
            continue
        lit = cut.transition_frames if cut.transition is TransitionKind.FLASH else 0
        first = min(max(cut.start + lit, soft_span(cut)[1]), cut.end - 1)
        for k, frame in enumerate((first, max(first, (cut.start + cut.end) // 2))):
            wanted.setdefault(frame, []).append((cut.shot, k))
    found: dict[str, list[Rgb | None]] = {}
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            base = stream.time_base or Fraction(1)
            for decoded in container.decode(stream):
                at = round((decoded.pts or 0) * base * timeline.rate)
                if at in wanted:
                    small = _small(decoded, size)
                    for shot, k in wanted.pop(at):
                        found.setdefault(shot, [None, None])[k] = small
                    tell("gathering pictures", at / timeline.frames)
                if not wanted:
                    break
    except (OSError, av.error.FFmpegError, IndexError) as error:
        raise InvalidInput(f"cannot take pictures from {video}: {error}") from error
    return {
        shot: (one, other)
        for shot, (one, other) in found.items()
        if one is not None and other is not None
    }


def _of_source(
    path: Path, shot: Shot, planned: ShotFrames, rate: Fraction, size: tuple[int, int]
) -> tuple[Rgb, Rgb]:
    if path.suffix.lower() in IMAGES:
        one = image(path, *size, shot.id)
        return one, one
    reader = ClipReader(path, rate, shot.id)
    half = (planned.end - planned.start) // 2
    first, middle = (
        _small(next(iter(reader.frames(planned.head + k, 1))), size) for k in (0, half)
    )
    return first, middle


def _small(frame: VideoFrame, size: tuple[int, int]) -> Rgb:
    """A decoded frame, cropped to `size` and made small without ringing."""
    twice = (size[0] * 2 // 2 * 2, size[1] * 2 // 2 * 2)
    large = rgb_of(picture_of(fit(frame, *twice)))
    return np.asarray(cv2.resize(large, size, interpolation=cv2.INTER_AREA), np.uint8)
