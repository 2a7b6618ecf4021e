"""Segments put end to end by copying their packets, times counted from the film's start."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import av.error
from av.packet import Packet
from av.video.stream import VideoStream

from songreel.assembly.coding import UNSEEN
from songreel.models.errors import MachineError


class Stretch(NamedTuple):
    """Frames [first, last) of a file, its packets in the order of time; `last` None: to its end."""

    path: Path
    first: int = 0
    last: int | None = None


REORDER = 2
"""Frames by which H.264 decoding times run ahead where pictures wait for later ones: x264's
B-pyramid needs two. A film's decoding times are one a frame without a gap, whatever each segment's
own were."""


def joined(segments: Sequence[Path | Stretch], rate: Fraction) -> Iterator["Packet[Any]"]:
    """Packets of the whole picture, in decoding order, in units of one frame.

    Args:
        segments: Files made by `conform` and parts of clips from a keyframe on, in film order.
        rate: The film's rate.

    Raises:
        MachineError: A segment cannot be read or does not fit the first one.
    """
    start = count = 0
    header: bytes | None = None
    for piece in segments:
        path, first, last = piece if isinstance(piece, Stretch) else Stretch(piece)
        try:
            with av.open(str(path), stream_options=UNSEEN) as container:
                stream = container.streams.video[0]
                found = bytes(stream.codec_context.extradata or b"")
                if header is None:
                    header = found
                elif found != header:
                    raise MachineError(
                        f"segment {path} was coded with other parameters than the rest; "
                        f"delete the folder {path.parent} and render again"
                    )
                reorder = REORDER if stream.codec_context.has_b_frames else 0
                length = 0
                if first:
                    container.seek(_ticks(first, stream, rate), stream=stream)
                for packet in container.demux(stream):
                    if packet.pts is None:
                        continue
                    frame = _frame_of(packet, stream, rate, path)
                    if frame < first:
                        continue
                    if last is not None and frame >= last:
                        break
                    packet.time_base = 1 / rate
                    packet.pts, packet.dts = start + frame - first, count - reorder
                    packet.duration = 1
                    count, length = count + 1, length + 1
                    yield packet
                start += length
        except (OSError, av.error.FFmpegError) as error:
            raise MachineError(
                f"segment {path} cannot be read ({error}); render again to make it anew"
            ) from error


def _ticks(frame: int, stream: VideoStream, rate: Fraction) -> int:
    base = stream.time_base or Fraction(1)
    return (stream.start_time or 0) + round(frame / rate / base)


def _frame_of(packet: "Packet[Any]", stream: VideoStream, rate: Fraction, path: Path) -> int:
    base = stream.time_base or Fraction(1)
    frame = ((packet.pts or 0) - (stream.start_time or 0)) * base * rate
    if frame.denominator != 1 or frame < 0:
        raise MachineError(
            f"segment {path} has a picture between two frames; delete it and render again"
        )
    return int(frame)
