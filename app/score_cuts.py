"""Where an existing edit cuts: `cuts_of` a project, a video or an edit decision list."""

import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as Xml

from songreel.models.errors import InvalidInput, MachineError
from songreel.models.progress import Progress, silent
from songreel.models.timebase import parse_rate
from songreel.models.timeline import Timeline
from songreel.project import Project

LARGEST = 50_000_000
"""Bytes of a list: an hour of cuts every second is a few megabytes."""

_CODE = r"\d{2}:\d{2}:\d{2}[:;.,]\d{2}"
_EVENT = re.compile(
    rf"^\s*(\d+)\s+(\S.*?)\s+(\S+)\s+(C|D|W\d+|K\s?[BO]?)\s+(?:(\d+)\s+)?"
    rf"({_CODE})\s+({_CODE})\s+({_CODE})\s+({_CODE})\s*$",
    re.I,
)
_RATE = re.compile(r"^\*?\s*(?:FRAME\s*RATE|FPS|TIMEBASE)\s*[:=]?\s*([\d./]+)", re.I | re.M)


class Edit(NamedTuple):
    """The cadence of an edit."""

    cuts: tuple[float, ...]
    """Seconds at which another shot begins, increasing; 0 and the end are none."""
    seconds: float
    """Of the whole."""


def cuts_of(path: Path, rate: str | None = None, progress: Progress = silent) -> Edit:
    """Where an edit cuts.

    Args:
        path: A project's folder, a video, an .edl, .fcpxml or .otio file.
        rate: Frames a second of an .edl that does not say it.
        progress: Told how much of a video was seen.

    Raises:
        InvalidInput: It cannot be read, or has no cuts.
        MachineError: An .otio file is given and opentimelineio is not installed.
    """
    if path.is_dir():
        found = _project(path)
    elif path.suffix.lower() == ".edl":
        found = _edl(path, rate)
    elif path.suffix.lower() == ".fcpxml":
        found = _fcpxml(path)
    elif path.suffix.lower() == ".otio":
        found = _otio(path)
    else:
        found = _video(path, progress)
    if len(found.cuts) < 2:
        count = "one cut" if found.cuts else "no cuts"
        raise InvalidInput(
            f"{path} has {count}: music is fitted to three shots and more; score it by scenes "
            "instead (`songreel score SCENES.yaml`)"
        )
    return found


def _project(folder: Path) -> Edit:
    project = Project.open(folder)
    if not project.timeline.is_file():
        raise InvalidInput(
            f"{folder} has no film yet; `songreel assemble {folder}` makes it, or leave --fit out "
            "to score its plan"
        )
    timeline = Timeline.load(project.timeline)
    starts = [float(cut.start / timeline.rate) for cut in timeline.cuts]
    return _edit(starts, float(timeline.frames / timeline.rate))


def _video(path: Path, progress: Progress) -> Edit:
    from songreel.generation.foley.film import look
    from songreel.generation.foley.shots import shot_starts

    if not path.is_file():
        raise InvalidInput(f"there is no project, video or edit list at {path}")
    film = look(path)
    starts = [float(frame / film.rate) for frame in shot_starts(film, progress)]
    return _edit(starts, float(film.seconds))


def _edl(path: Path, rate: str | None) -> Edit:
    """The record side of a CMX 3600 list's picture events.

    A dissolve or a wipe counts from its middle. Events of sound alone are passed over.
    """
    from songreel.assembly.exports.timecode import Timecode

    text = _text(path)
    said = _RATE.search(text)
    if rate is None and said is None:
        raise InvalidInput(f"{path} does not say its frame rate, as few .edl files do; add --fps")
    try:
        frames = parse_rate(rate if rate is not None else said[1] if said else "")
    except InvalidInput as error:
        if rate is not None:
            raise
        raise InvalidInput(f"{path}: {error}; say it with --fps") from error
    code = Timecode(frames, drop=bool(re.search(r"^\s*FCM:\s*DROP", text, re.I | re.M)))
    starts: list[int] = []
    end = 0
    for number, line in enumerate(text.splitlines(), 1):
        event = _EVENT.match(line)
        if event is None:
            continue
        channels = event[3].upper()
        if not ("V" in channels or channels in ("B", "AA/V")):
            continue
        first, last = (code.frame(event[n].replace(",", ":").replace(".", ":")) for n in (8, 9))
        if last < first:
            raise InvalidInput(f"{path}, line {number}: the event ends before it begins")
        if last == first:
            continue  # the outgoing half of a dissolve, as most programs write it
        starts.append(first + int(event[5] or 0) // 2)
        end = max(end, last)
    if not starts:
        raise InvalidInput(f"{path} has no picture events; is it a CMX 3600 edit decision list?")
    zero = min(starts)
    return _edit([float((one - zero) / frames) for one in starts], float((end - zero) / frames))


def _fcpxml(path: Path) -> Edit:
    """The clips of the first spine; transitions take no time of their own."""
    try:
        root = Xml.fromstring(_text(path))
    except Xml.ParseError as error:
        raise InvalidInput(f"{path} is no XML: {error}") from error
    spine = root.find(".//sequence/spine")
    if spine is None:
        raise InvalidInput(f"{path} holds no sequence with a spine")
    starts: list[float] = []
    at = Fraction(0)
    for clip in spine:
        if clip.tag in ("transition", "marker", "note"):
            continue
        starts.append(float(at))
        at += _rational(clip.get("duration"), path)
    return _edit(starts, float(at))


def _otio(path: Path) -> Edit:
    """The first video track's clips and gaps."""
    try:
        import opentimelineio as library
    except ImportError as error:
        raise MachineError(
            "an .otio file needs opentimelineio: pip install 'songreel[otio]'"
        ) from error
    try:
        timeline: Any = library.adapters.from_string(_text(path), "otio_json")
        tracks = list(timeline.video_tracks())
    except Exception as error:  # the library raises many kinds
        raise InvalidInput(f"{path} cannot be read as a timeline: {error}") from error
    if not tracks:
        raise InvalidInput(f"{path} has no video track")
    starts, at = [], 0.0
    for item in tracks[0]:
        if isinstance(item, library.schema.Transition):
            continue
        starts.append(at)
        at += item.duration().to_seconds()
    return _edit(starts, at)


def _edit(starts: Iterable[float], seconds: float) -> Edit:
    inside = sorted({round(start, 6) for start in starts if 1e-6 < start < seconds - 1e-6})
    return Edit(tuple(inside), seconds)


def _rational(text: str | None, path: Path) -> Fraction:
    try:
        found = Fraction((text or "").removesuffix("s"))
    except (ValueError, ZeroDivisionError) as error:
        raise InvalidInput(f"{path}: {text!r} is no length of a clip") from error
    if found < 0:
        raise InvalidInput(f"{path}: {text!r} is no length of a clip")
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise InvalidInput(f"{path} is larger than {LARGEST // 1_000_000} MB")
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror or error}") from error
