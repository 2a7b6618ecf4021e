"""OpenTimelineIO documents: `otio`. Needs the opentimelineio package."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.assembly.exports.events import EditList, Event
from songreel.assembly.exports.markers import MarkerKind
from songreel.assembly.exports.media import url_of
from songreel.models.errors import MachineError
from songreel.models.transition import AT_ONCE

if TYPE_CHECKING:
    import opentimelineio as library

_COLOURS: dict[MarkerKind, str] = {
    "section": "GREEN", "event": "RED", "downbeat": "CYAN", "beat": "WHITE",
}  # fmt: skip


def otio(film: EditList, beside: Path | None = None) -> str:
    """The edit as an .otio document: a video track, an audio track, markers on the stack.

    A clip's source range counts at the film's rate, so that cuts fall on whole frames of the
    film; what its file holds is told at the file's own rate. A retimed clip carries its mean
    speed as a `LinearTimeWarp` and every knot in its metadata.

    Args:
        film: What to write.
        beside: Folder that the media's URLs are relative to; None for absolute file URLs.

    Raises:
        MachineError: opentimelineio is not installed.
    """
    try:
        import opentimelineio as library
    except ImportError as error:
        raise MachineError(
            "an .otio file needs opentimelineio: pip install 'songreel[otio]'"
        ) from error
    rate = float(film.rate)

    def frames(value: float) -> "library.opentime.RationalTime":
        return library.opentime.RationalTime(value, rate)

    def span(first: float, length: float) -> "library.opentime.TimeRange":
        return library.opentime.TimeRange(frames(first), frames(length))

    video = library.schema.Track("Video", kind=library.schema.TrackKind.Video)
    for i, event in enumerate(film.events):
        if event.before + event.after and event.kind not in AT_ONCE and i:
            dissolve = library.schema.TransitionTypes.SMPTE_Dissolve
            video.append(
                library.schema.Transition(
                    name=str(event.kind),
                    transition_type=dissolve
                    if event.dissolves
                    else library.schema.TransitionTypes.Custom,
                    in_offset=frames(event.before),
                    out_offset=frames(event.after),
                )
            )
        video.append(_clip(event, film, beside, library, span))
    audio = library.schema.Track("Song", kind=library.schema.TrackKind.Audio)
    audio.append(_song(film, beside, library))
    timeline = library.schema.Timeline(name=film.title)
    timeline.tracks.extend([video, audio])
    timeline.metadata["songreel"] = {
        "rate": str(film.rate),
        "size": f"{film.timeline.width}x{film.timeline.height}",
        "beat_locked": film.timeline.beat_locked,
    }
    for marker in film.markers:
        about = {"kind": marker.kind, "detail": marker.detail}
        timeline.tracks.markers.append(
            library.schema.Marker(
                name=marker.name,
                marked_range=span(marker.frame, 1 if marker.kind != "section" else 0),
                color=_COLOURS[marker.kind],
                metadata={"songreel": {k: v for k, v in about.items() if v}},
            )
        )
    text: str = timeline.to_json_string(indent=2)
    return text + "\n"


def _clip(
    event: Event,
    film: EditList,
    beside: Path | None,
    library: "library",
    span: Callable[[float, float], "library.opentime.TimeRange"],
) -> "library.schema.Clip":
    media = event.media
    inside = media.path.is_relative_to(film.project)
    about = dict(event.about)
    if inside:
        about["path"] = media.path.relative_to(film.project).as_posix()
    reference = library.schema.ExternalReference(
        target_url=media.url(beside),
        available_range=library.opentime.TimeRange(
            library.opentime.RationalTime(0, float(media.rate)),
            library.opentime.RationalTime(media.frames, float(media.rate)),
        ),
    )
    reference.name = media.path.name
    clip = library.schema.Clip(
        name=event.cut.shot,
        media_reference=reference,
        source_range=span(event.cut.shown(0), event.frames),
        metadata={"songreel": about},
    )
    if event.cut.retime:
        clip.effects.append(library.schema.LinearTimeWarp("retime", time_scalar=event.speed))
    return clip


def _song(film: EditList, beside: Path | None, library: "library") -> "library.schema.Clip":
    song = film.song
    samples = library.opentime.TimeRange(
        library.opentime.RationalTime(0, song.sample_rate),
        library.opentime.RationalTime(song.samples, song.sample_rate),
    )
    return library.schema.Clip(
        name=song.path.stem,
        media_reference=library.schema.ExternalReference(
            target_url=url_of(song.path, beside), available_range=samples
        ),
        source_range=samples,
    )
