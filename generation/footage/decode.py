"""Video files to pictures: upright, progressive, in sRGB, at the film's rate."""

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import cv2
import numpy as np
from av.container import InputContainer
from av.filter import Graph
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)
from av.video.stream import VideoStream

from songreel.generation.encode import Picture
from songreel.models.errors import InvalidInput

BROKEN = (av.error.FFmpegError, OSError, ValueError)
"""What libav raises on a file it cannot decode."""

_HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
_ROTATIONS = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE,
}
_RUN_UP = 0.5
"""Seconds before a span from which every frame is decoded, so that its first one is there however
slow the source."""

_BACKDROP = 16
"""Grey behind transparent frames."""


@dataclass(frozen=True)
class Shape:
    """A video as seen: upright, with square pixels."""

    width: int
    height: int
    seconds: float
    rate: float
    """Mean frames a second."""
    turned: int
    """Degrees counter-clockwise by which a decoded frame is turned to stand upright."""


def video_shape(path: Path) -> Shape:
    """Open a video and decode its first frame.

    Raises:
        InvalidInput: No video in it, or none that can be decoded.
    """
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise InvalidInput("holds no video")
            stream = container.streams.video[0]
            frame = next(container.decode(stream), None)
            if frame is None:
                raise InvalidInput("holds no frame that can be decoded")
            seconds = _seconds(container, stream)
            ratio = stream.sample_aspect_ratio or Fraction(1)
            wide, high = frame.width, frame.height
            # Square pixels by widening or heightening, so that no detail is thrown away.
            if ratio > 1:
                wide = round(wide * ratio)
            elif 0 < ratio < 1:
                high = round(high / ratio)
            turned = round(frame.rotation) % 360
            turned = turned if turned in _ROTATIONS else 0
            if turned in (90, 270):
                wide, high = high, wide
            return Shape(wide, high, seconds, float(stream.average_rate or 25), turned)
    except BROKEN as error:
        raise InvalidInput("cannot be decoded; it is damaged or no video") from error


def _seconds(container: InputContainer, stream: VideoStream) -> float:
    """Length as stated, or by walking through the packets where the file does not say."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None:
        return container.duration / 1_000_000
    last = 0.0
    for packet in container.demux(stream):
        if packet.pts is not None and packet.time_base is not None:
            last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    return last


def frames_between(
    path: Path, start: float, end: float, *, rough: bool = False
) -> Iterator[tuple[float, av.VideoFrame]]:
    """Decoded frames of [start, end) with their seconds, the one shown at `start` first.

    Args:
        path: A video.
        start: Seconds from the first frame.
        end: Seconds.
        rough: For measuring: skip the deblocking filter.

    Raises:
        InvalidInput: It cannot be decoded.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            # One decoder thread: clips are made side by side, one to a core.
            stream.codec_context.thread_count = 1
            if rough:
                stream.codec_context.options = {"skip_loop_filter": "all"}
            base = stream.time_base or Fraction(1, 1000)
            zero = float((stream.start_time or 0) * base)
            if start > 0:
                # A seek that fails leaves the demuxer at the start, which is right too.
                with suppress(*BROKEN):
                    container.seek(int((start + zero) / base), stream=stream)
            held: tuple[float, av.VideoFrame] | None = None
            index = 0
            for frame in _progressive(_decoded(container, stream, start + zero - _RUN_UP)):
                # Some AVI and raw streams carry no times at all.
                if frame.pts is not None and frame.time_base is not None:
                    time = float(frame.pts * frame.time_base) - zero
                else:
                    time = index / float(stream.average_rate or 25)
                index += 1
                if time <= start:
                    held = (time, frame)
                    continue
                if held is not None:
                    yield held
                    held = None
                if time >= end:
                    return
                yield (time, frame)
            if held is not None:
                yield held
    except BROKEN as error:
        raise InvalidInput(f"{path.name} cannot be decoded at {start:.2f} s: {error}") from error


def _decoded(
    container: InputContainer, stream: VideoStream, start: float
) -> Iterator[av.VideoFrame]:
    """Frames of `stream`; before `start` only those that others are built on."""
    for packet in container.demux(stream):
        early = packet.pts is not None and float(packet.pts * packet.time_base) < start
        stream.codec_context.skip_frame = "NONREF" if early else "DEFAULT"
        yield from packet.decode()


def _progressive(frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """Interlaced frames through bwdif, one picture a frame; others as they are."""
    graph: Graph | None = None
    for frame in frames:
        if graph is None:
            if not frame.interlaced_frame:
                yield frame
                continue
            graph = Graph()
            source = graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=frame.time_base,
            )
            graph.link_nodes(
                source, graph.add("bwdif", "mode=send_frame:deint=interlaced"),
                graph.add("buffersink"),
            ).configure()  # fmt: skip
        graph.push(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[av.VideoFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        if isinstance(frame, av.VideoFrame):
            yield frame


class Developer:
    """Turns decoded frames of one file into upright sRGB pictures of a given size.

    Args:
        shape: Of the file.
        width: Pixels of the upright picture.
        height: Pixels.
        rough: For measuring: leave the tones of an HDR recording as they are.
    """

    def __init__(self, shape: Shape, width: int, height: int, *, rough: bool = False) -> None:
        self._tones = not rough
        self._turn = shape.turned
        flat = self._turn in (90, 270)
        self._size = (height, width) if flat else (width, height)
        self._reformat = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> Picture:
        """The frame as an array of shape (height, width, 3), uint8."""
        alpha = any(part.is_alpha for part in frame.format.components) or (
            frame.format.name == "pal8"
        )
        wide, high = self._size
        shrinks = wide < frame.width
        options: dict[str, Any] = {
            "dst_color_range": ColorRange.JPEG,
            # Area on the way down keeps fine texture from crawling, bicubic on the way up.
            "interpolation": Interpolation.AREA if shrinks else Interpolation.BICUBIC,
            "threads": 1,
        }
        if frame.colorspace in (2, 3) and not frame.format.is_rgb:
            # Unspecified: HD was BT.709 before files said so, smaller pictures BT.601.
            hd = frame.height >= 720 or frame.width >= 1280
            options["src_colorspace"] = Colorspace.ITU709 if hd else Colorspace.ITU601
        if self._tones and frame.color_trc in _HDR:
            # swscale maps the tones itself; 2 s to set up, then 25 ms for 1080 lines, measured.
            options |= {
                "dst_color_trc": ColorTrc.BT709,
                "dst_color_primaries": ColorPrimaries.BT709,
            }
        kind = "rgba" if alpha else "rgb24"
        made = self._reformat.reformat(frame, wide, high, kind, **options)
        picture = np.asarray(made.to_ndarray(), dtype=np.uint8)
        if alpha:
            cover = picture[..., 3:].astype(np.uint16)
            mixed = picture[..., :3] * cover + _BACKDROP * (255 - cover)
            picture = ((mixed + 127) // 255).astype(np.uint8)
        if self._turn:
            picture = np.asarray(cv2.rotate(picture, _ROTATIONS[self._turn]), dtype=np.uint8)
        return picture


def at_rate(
    path: Path, start: float, count: int, rate: Fraction, speed: float
) -> Iterator[av.VideoFrame]:
    """`count` frames as a projector at `rate` would show them from `start`, at `speed`.

    Each is the frame on screen half a film frame after its own time, so that a source of the
    same rate gives every frame once. The last one is held if the file ends early.

    Raises:
        InvalidInput: It cannot be decoded.
    """
    step = speed / float(rate)
    wanted = [start + (k + 0.5) * step for k in range(count)]
    shown = 0
    held: av.VideoFrame | None = None
    for time, frame in frames_between(path, start, wanted[-1] + step):
        if held is not None:
            # Everything asked for before this frame's time still shows the one before.
            until = bisect_right(wanted, time - 1e-6)
            while shown < min(until, count):
                yield held
                shown += 1
            if shown >= count:
                return
        held = frame
    if held is None:
        raise InvalidInput(f"{path.name} has no frame at {start:.2f} s")
    while shown < count:
        yield held
        shown += 1
