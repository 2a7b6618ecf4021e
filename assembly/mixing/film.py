"""The source's picture and the new sound in one file, both copied: `join`."""

import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import av.error
from av.packet import Packet

from songreel.assembly.disk import whole
from songreel.assembly.mixing.picture import Picture, chosen, opened
from songreel.assembly.mixing.stem import RATE
from songreel.assembly.mux import interleaved
from songreel.models.errors import InvalidInput

_CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
_SKIP = struct.Struct("<IIBB")
"""FFmpeg's note on a packet: samples to leave out at its start and at its end, and why."""


def join(picture: Picture, sound: Path, samples: int, output: Path) -> None:
    """Write the film: the picture's packets as they are, the sound's as they were coded.

    Titles, chapters and the picture's own marks (turned on its side, colours) stay.

    Args:
        picture: Of the source.
        sound: As `encode` wrote it.
        samples: That are in it, without what a coder adds.
        output: File to write, whole or not at all; ends in .mp4, .m4v, .mov or .mkv.

    Raises:
        InvalidInput: The kind of file does not hold such a picture, or the source has changed.
        MachineError: The disk is full, or the folder cannot be written.
    """
    kind = _CONTAINERS[output.suffix.lower()]
    options = {"fflags": "+bitexact"}
    if kind != "matroska":
        options |= {"movflags": "+faststart", "movie_timescale": str(RATE)}
        if picture.time_base.numerator == 1:
            options["video_track_timescale"] = str(picture.time_base.denominator)
    with (
        opened(picture.path) as source,
        av.open(str(sound)) as heard,
        whole(output) as partial,
        av.open(str(partial), "w", kind, options) as film,
    ):
        if picture.codec not in film.supported_codecs:
            raise InvalidInput(
                f"{output.name} cannot hold the picture of {picture.path.name} ({picture.codec}); "
                f"choose {output.with_suffix('.mkv').name}"
            )
        film.metadata.update(source.metadata)
        with suppress(AttributeError):  # PyAV 17 reads no chapters
            if chapters := source.chapters():
                film.set_chapters(chapters)
        shown = film.add_stream_from_template(chosen(source, picture.path))
        shown.time_base = picture.time_base
        played = film.add_stream_from_template(heard.streams.audio[0])
        streams: dict[bool, Any] = {True: shown, False: played}
        sounds = _sounds(heard, samples if kind == "matroska" else None)
        for packet, is_picture in interleaved(picture.packets(), sounds):
            packet.stream = streams[is_picture]
            film.mux(packet)


def _sounds(heard: Any, samples: int | None) -> Iterator["Packet[Any]"]:
    """The sound's packets; for Matroska, which has no edit list, with a note on the last one.

    It says how much of it to leave out, so that `samples` are heard.
    """
    stream = heard.streams.audio[0]
    last: Packet[Any] | None = None
    note: Any = None
    count = lead = 0
    for packet in heard.demux(stream):
        if packet.size == 0:
            continue
        if packet.has_sidedata("skip_samples"):
            note = packet.get_sidedata("skip_samples")
            lead = lead or _SKIP.unpack(bytes(note))[0]
        if last is not None:
            yield last
        last = packet
        count += 1
    if last is None:
        return
    if samples is not None and note is not None:
        past = count * stream.codec_context.frame_size - lead - samples
        if past > 0:
            note.update(_SKIP.pack(0, past, 0, 0))
            last.set_sidedata(note)
    yield last
