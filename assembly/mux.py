"""Picture and song in one file: streams copied or coded, interleaved, nothing held whole."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.stream import VideoStream

from songreel.assembly.coding import UNSEEN
from songreel.assembly.conform import track_timescale
from songreel.assembly.disk import whole
from songreel.assembly.exports.chapters import Chapter, framed
from songreel.assembly.join import Stretch, joined
from songreel.assembly.samples import delivered_rate
from songreel.assembly.soundtrack import audio_stream, encoded, kept
from songreel.models.errors import MachineError
from songreel.models.progress import Progress
from songreel.models.render import Format, RenderSpec
from songreel.models.sound import Sound

_CONTAINER: dict[Format, str] = {"mp4": "mp4", "mkv": "matroska", "mov": "mov"}


def mux(
    segments: Sequence[Path | Stretch],
    sound: Sound,
    spec: RenderSpec,
    frames: int,
    output: Path,
    progress: Progress,
    *,
    mute: bool = False,
    song: Path | None = None,
    chapters: Sequence[Chapter] = (),
) -> None:
    """Write the film: the segments' pictures end to end, the song from its first sample.

    Args:
        segments: Files made by `conform` and parts of clips, in film order.
        sound: The song; read once, block by block.
        spec: Says the container.
        frames: Length of the picture.
        output: File to write, whole or not at all.
        progress: Told how much of the film is written.
        mute: Leave the song out.
        song: It as `soundtrack.keep` coded it; None to code it now.
        chapters: Of the film, for players that show them; all three formats carry them.

    Raises:
        InvalidInput: The song has more channels than a film carries.
        MachineError: The disk is full, the folder cannot be written, or a segment is damaged.
    """
    rate = delivered_rate(sound, spec.format)
    options = {"fflags": "+bitexact"}  # no random ids: the same film again is the same bytes
    if spec.format != "mkv":
        options |= {
            "movflags": "+faststart",
            "video_track_timescale": str(track_timescale(spec)),
            "movie_timescale": str(rate),  # edit lists, so also the song's length, to the sample
        }
    kind = _CONTAINER[spec.format]
    with whole(output) as partial, av.open(str(partial), "w", kind, options) as container:
        # FFmpeg keeps the field "encoder" for itself.
        container.metadata.update({"title": sound.track.title, "comment": "made with songreel"})
        if chapters:
            container.set_chapters(framed(chapters, spec.rate, frames))
        with av.open(str(_path(segments[0])), stream_options=UNSEEN) as first:
            picture = container.add_stream_from_template(first.streams.video[0])
            picture.time_base = 1 / spec.rate
        streams: dict[bool, VideoStream | AudioStream] = {True: picture}
        sounds: Iterator[Packet[Any]] = iter(())
        if not mute:
            streams[False] = audio = audio_stream(container, sound, spec.format)
            sounds = kept(song, rate) if song else encoded(audio, sound, spec.format)
        written = 0
        for packet, is_picture in interleaved(joined(segments, spec.rate), sounds):
            packet.stream = streams[is_picture]
            container.mux(packet)
            if is_picture:
                written += 1
                if written % 64 == 0:
                    progress("joining picture and song", written / frames)
        if written != frames:
            raise MachineError(
                f"the segments hold {written} frames, the film has {frames}; "
                f"delete the folder {_path(segments[0]).parent} and render again"
            )
    progress("joining picture and song", 1.0)


def _path(segment: Path | Stretch) -> Path:
    return segment.path if isinstance(segment, Stretch) else segment


def interleaved(
    pictures: Iterator["Packet[Any]"], sounds: Iterator["Packet[Any]"]
) -> Iterator[tuple["Packet[Any]", bool]]:
    """Both streams by decoding time, so that the writer never has to hold either back."""
    picture, sound = next(pictures, None), next(sounds, None)
    while picture is not None or sound is not None:
        if sound is None or (picture is not None and _time(picture) <= _time(sound)):
            assert picture is not None
            yield picture, True
            picture = next(pictures, None)
        else:
            yield sound, False
            sound = next(sounds, None)


def _time(packet: "Packet[Any]") -> Fraction:
    return (packet.dts or 0) * (packet.time_base or Fraction(1))
