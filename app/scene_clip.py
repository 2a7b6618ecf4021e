"""Five seconds of a scene with a song's own sound: `scene_clip`, and which seconds."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from songreel.models.clip import ClipRequest
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import code_version
from songreel.models.music import Analysis
from songreel.models.progress import Progress, silent
from songreel.models.render import RenderSpec
from songreel.models.timebase import clock, frame_at, frame_time
from songreel.scene_trial import Trial

if TYPE_CHECKING:
    from songreel.generation.visuals.scene import Scene
    from songreel.models.sound import Sound

SECONDS = 5.0
_SHORTEST = 1.0
"""Seconds of a section that are worth a cut, and of a song worth a clip."""
_FADE = 0.02
"""Seconds of fade at both ends of the sound, against clicks."""


@dataclass(frozen=True)
class Stretch:
    """Frames [first, last) of a song, and which section of it they are shown as."""

    first: int
    last: int
    section: int


def demo_song(workspace: Path, progress: Progress = silent) -> Path:
    """The project's own song, played into the workspace where it is not there yet.

    Raises:
        MachineError: The folder cannot be written.
    """
    from songreel.demo.song import TITLE, write_song

    path = workspace / "demo" / code_version("songreel.demo") / f"{TITLE}.wav"
    if not path.is_file():
        progress("playing the song", 0.0)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(f"cannot write {path.parent}: {error.strerror or error}") from error
        write_song(path)
    return path


def stretches(
    analysis: Analysis, rate: Fraction, *, at: float | None = None, seconds: float = SECONDS
) -> tuple[Stretch, ...]:
    """The frames to show, cut where a section begins.

    Args:
        analysis: Of the song.
        rate: Frames a second.
        at: First second; None: a bar before the strongest drop, else before the chorus or the
            section of most energy.
        seconds: How many, fewer where the song ends.

    Raises:
        InvalidInput: `at` is not in the song, or leaves less than a second of it.
    """
    duration = analysis.track.duration
    if at is not None and not 0 <= at <= duration - _SHORTEST:
        raise InvalidInput(
            f"--at {at:g}: the song has {clock(duration)}, and at least {_SHORTEST:g} s are shown"
        )
    if duration < _SHORTEST:
        raise InvalidInput(f"the song has {duration:.2f} s; a clip needs {_SHORTEST:g} s of it")
    start = at if at is not None else max(0.0, min(_before_peak(analysis), duration - seconds))
    first, last = frame_at(start, rate), frame_at(min(start + seconds, duration), rate)
    least = round(_SHORTEST * rate)
    begins = [frame_at(section.start, rate) for section in analysis.sections]
    cuts = [begin for begin in begins if first + least <= begin <= last - least]
    edges = [first, *cuts, last]
    found = []
    for one, end in pairwise(edges):
        # Named after what most of it lies in.
        middle = frame_time((one + end) // 2, rate)
        section = max(i for i, known in enumerate(analysis.sections) if known.start <= middle)
        found.append(Stretch(one, end, section))
    return tuple(found)


def _before_peak(analysis: Analysis) -> float:
    """A bar before the strongest drop, chorus or section."""
    drops = [event for event in analysis.events if event.kind == "drop"]
    if drops:
        peak = max(drops, key=lambda event: event.strength).start
    else:
        sections = [s for s in analysis.sections if s.label in ("drop", "chorus")]
        peak = max(sections or analysis.sections, key=lambda section: section.energy).start
    grid = analysis.grid
    if not grid.beats:
        return peak - 2.0
    return grid.time_at(grid.index_at(peak) - grid.beats_per_bar)


def scene_clip(
    key: str,
    scene: "type[Scene]",
    trial: Trial,
    analysis: Analysis,
    sound: "Sound",
    output: Path,
    *,
    spec: RenderSpec,
    at: float | None = None,
    seconds: float = SECONDS,
    progress: Progress = silent,
) -> tuple[Stretch, ...]:
    """Draw `scene` to a stretch of a song into an MP4 with that sound.

    Where a section begins within it there is a cut, as in a film, so that both are seen; not
    where the trial names a section.

    Returns:
        What is shown.

    Raises:
        InvalidInput: The scene fails, or the song is too short.
        MachineError: The file cannot be written.
    """
    from songreel.assembly.excerpt import SoundPart, Span, samples_of
    from songreel.assembly.mux import mux
    from songreel.generation.encode import SMALL, write_clip
    from songreel.generation.visuals.render import planes

    parts = stretches(analysis, spec.rate, at=at, seconds=seconds)
    if trial.section is not None:
        parts = (Stretch(parts[0].first, parts[-1].last, parts[-1].section),)
    span = Span(parts[0].first, parts[-1].last)
    first, count = samples_of(span, spec.rate, sound.track.sample_rate)
    count = min(count, sound.track.samples - first)
    fade = min(round(_FADE * sound.track.sample_rate), count // 2)
    heard = SoundPart(sound, first, count, fade, fade)
    asked = [_request(key, trial, analysis, part, spec) for part in parts]

    def tell(done: int) -> None:
        progress(f"drawing {scene.name}: the clip", done / span.frames)

    with TemporaryDirectory(prefix="songreel-") as scratch:
        silent_clip = Path(scratch) / "clip.mp4"
        write_clip(
            chain.from_iterable(planes(request, scene) for request in asked),
            silent_clip,
            width=spec.width,
            height=spec.height,
            rate=spec.rate,
            count=span.frames,
            written=tell,
            options=SMALL,
        )
        mux([silent_clip], heard, spec, span.frames, output, silent)
    return parts


def _request(
    key: str, trial: Trial, analysis: Analysis, part: Stretch, spec: RenderSpec
) -> ClipRequest:
    from songreel.generation.requests import drive_under

    section = analysis.sections[part.section]
    drive = drive_under(
        analysis,
        frame_time(part.first, spec.rate),
        frame_time(part.last, spec.rate),
        grid=analysis.grid,
        sections=analysis.sections,
        section=part.section,
    )
    drive = drive.model_copy(
        update={"words": trial.sung(drive.beats), "section": trial.section or drive.section}
    )
    energy = section.energy if trial.energy is None else trial.energy
    return trial.request(
        key,
        drive,
        energy=round(energy, 4),
        frames=part.last - part.first,
        size=(spec.width, spec.height),
    )
