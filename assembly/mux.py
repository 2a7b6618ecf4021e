"""Picture and song in one file: streams copied or coded, interleaved, nothing held whole."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container.output import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from songreel.assembly.conform import track_timescale
from songreel.assembly.disk import whole
from songreel.assembly.join import joined
from songreel.assembly.samples import (
    delivered,
    delivered_bits,
    delivered_rate,
    delivered_samples,
    layout_of,
    quantised,
    reblocked,
)
from songreel.models.errors import MachineError
from songreel.models.progress import Progress
from songreel.models.render import Format, RenderSpec
from songreel.models.sound import Sound

_CONTAINER: dict[Format, str] = {"mp4": "mp4", "mkv": "matroska", "mov": "mov"}
_AAC_BITS = 160_000
"""Bits a second for each channel of AAC: 320 kbit/s in stereo. The coder lowers it where a sample
rate allows no more than 6144 bits a frame and channel (ISO/IEC 14496-3)."""

_AAC_FRAME = 1024
_BLOCK = 4096
"""Samples in a block of lossless sound; FLAC's own default up to 48 kHz."""


def mux(
    segments: Sequence[Path],
    sound: Sound,
    spec: RenderSpec,
    frames: int,
    output: Path,
    progress: Progress,
    *,
    mute: bool = False,
) -> None:
    """Write the film: the segments' pictures end to end, the song from its first sample.

    Args:
        segments: Files made by `conform`, in film order.
        sound: The song; read once, block by block.
        spec: Says the container.
        frames: Length of the picture.
        output: File to write, whole or not at all.
        progress: Told how much of the film is written.
        mute: Leave the song out.

    Raises:
        InvalidInput: The song has more channels than a film carries.
        MachineError: The disk is full, the folder cannot be written, or a segment is damaged.
    """
    rate = delivered_rate(sound, spec.format)
    layout = layout_of(sound)
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
        with av.open(str(segments[0])) as first:
            picture = container.add_stream_from_template(first.streams.video[0])
            picture.time_base = 1 / spec.rate
        streams: dict[bool, VideoStream | AudioStream] = {True: picture}
        sounds: Iterator[Packet[Any]] = iter(())
        if not mute:
            streams[False] = audio = _audio_stream(container, sound, spec.format, rate, layout)
            sounds = _sound(audio, sound, spec.format, layout)
        written = 0
        for packet, is_picture in _interleaved(joined(segments, spec.rate), sounds):
            packet.stream = streams[is_picture]
            container.mux(packet)
            if is_picture:
                written += 1
                if written % 64 == 0:
                    progress("joining picture and song", written / frames)
        if written != frames:
            raise MachineError(
                f"the segments hold {written} frames, the film has {frames}; "
                f"delete the folder {segments[0].parent} and render again"
            )
    progress("joining picture and song", 1.0)


def _audio_stream(
    container: OutputContainer, sound: Sound, form: Format, rate: int, layout: str
) -> AudioStream:
    bits = delivered_bits(sound)
    if form == "mp4":
        stream = container.add_stream("aac", rate=rate, layout=layout)
        stream.bit_rate = _AAC_BITS * sound.track.channels
        return stream
    sample_format = "s16" if bits == 16 else "s32"
    if form == "mkv":
        options = {"bits_per_raw_sample": str(bits)}
        stream = container.add_stream("flac", rate=rate, options=options, layout=layout)
    else:
        codec: Literal["pcm_s16le", "pcm_s24le"] = "pcm_s16le" if bits == 16 else "pcm_s24le"
        stream = container.add_stream(codec, rate=rate, layout=layout)
    stream.codec_context.format = sample_format
    return stream


def _sound(stream: AudioStream, sound: Sound, form: Format, layout: str) -> Iterator["Packet[Any]"]:
    """Coded packets of the song."""
    rate = delivered_rate(sound, form)
    size = _AAC_FRAME if form == "mp4" else _BLOCK
    bits = delivered_bits(sound)
    given = 0
    for block in reblocked(delivered(sound, form), size):
        if form == "mp4":
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", layout)
        else:
            whole_numbers = quantised(block, bits)
            if bits == 16:
                packed = np.ascontiguousarray(whole_numbers.T.astype(np.int16)).reshape(1, -1)
                frame = AudioFrame.from_ndarray(packed, "s16", layout)
            else:
                packed32 = np.ascontiguousarray(whole_numbers.T << 8).reshape(1, -1)
                frame = AudioFrame.from_ndarray(packed32, "s32", layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, given, Fraction(1, rate)
        given += block.shape[1]
        yield from stream.encode(frame)
    expected = delivered_samples(sound, form)
    if given != expected:
        raise MachineError(
            f"{sound.path.name} gave {given} samples, {expected} were announced; "
            "was the file changed while it was read?"
        )
    yield from stream.encode(None)


def _interleaved(
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
