"""Frames to a clip on disk: `write_clip`.

A final clip is coded as the film is, so that its packets can be copied; any other is H.264 made to
be decoded once more, fast and exactly.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import av.error
import numpy as np
from av.container import OutputContainer
from av.video.frame import PictureType
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)
from av.video.stream import VideoStream
from numpy.typing import NDArray

from songreel.generation.planes import Planes
from songreel.models.clip import Final
from songreel.models.coding import h264
from songreel.models.files import whole

Picture = NDArray[np.uint8]
"""Shape (height, width, 3): sRGB, 0 to 255."""

Shown = Picture | Planes
"""A picture on its way to the encoder. Planes are encoded as they are."""

_OPTIONS = {
    # Measured on 1280×720 of the built-in scenes, one core: 7 to 8 ms a frame; superfast takes 12
    # and is no smaller. crf 16 is three fifths of crf 12 and still well above the final crf 22.
    "preset": "ultrafast",
    "crf": "16",
    "bf": "0",
    "g": "12",
    # One thread, so that the bytes do not depend on the machine; clips run side by side instead.
    "threads": "1",
    "x264-params": "threads=1:lookahead-threads=1",
}


SMALL = {"preset": "fast", "crf": "21", "threads": "1"}
"""Options of a clip that is sent around and not cut: a fifth of the size, for thrice the time."""

KEYFRAMES = 1.0
"""Seconds from keyframe to keyframe in final clips, at most. Half of it makes them 5 % larger,
twice of it 3 % smaller; where an effect has passed, the film codes anew up to the next one."""


def final_options(final: Final, rate: Fraction) -> Mapping[str, str]:
    """Options of a clip that goes into a film as it is."""
    return h264(final.crf, rate, keyframe_every=KEYFRAMES)


def write_clip(
    frames: Iterator[Shown],
    path: Path,
    *,
    width: int,
    height: int,
    rate: Fraction,
    count: int,
    written: Callable[[int], None] = lambda _: None,
    options: Mapping[str, str] = _OPTIONS,
    keys: Container[int] = (),
) -> None:
    """Encode the first `count` of `frames` into an MP4 at `path`, whole or not at all.

    RGB is converted with the BT.709 matrix to limited range and flagged so, in place of swscale's
    default of BT.601. A group of pictures is 12 frames without B-frames: a seek decodes
    at most 12.

    Args:
        frames: Arrays of shape (height, width, 3), uint8, sRGB, or planes; the same one may come
            again with another picture in it. It is closed in the end.
        path: Where the file appears once it is complete and on the disk.
        width: Pixels, even.
        height: Pixels, even.
        rate: Frames a second.
        count: Frames to write, at least 1.
        written: Called with the number of frames so far, after each. It may raise to stop.
        options: For x264.
        keys: Frames that are to be keyframes.

    Raises:
        MachineError: The disk is full or the folder cannot be written.
        ValueError: `frames` ended early or one has another shape.
    """
    try:
        # A file object of ours and not a path: FFmpeg's own file layer swallows a full disk.
        with whole(path, av.error.FFmpegError) as partial, partial.open("wb") as file:
            _encode(frames, file, width, height, rate, count, written, options, keys)
    finally:
        close = getattr(frames, "close", None)
        if close is not None:
            close()


def _encode(
    frames: Iterator[Shown],
    file: BinaryIO,
    width: int,
    height: int,
    rate: Fraction,
    count: int,
    written: Callable[[int], None],
    options: Mapping[str, str],
    keys: Container[int],
) -> None:
    convert = VideoReformatter()
    container = av.open(file, "w", format="mp4")
    try:
        stream = _stream(container, width, height, rate, options)
        for index in range(count):
            shown = next(frames, None)
            if shown is None:
                raise ValueError(f"the frames ended at {index} of {count}")
            frame = _frame(shown, convert, index, width, height)
            frame.pts, frame.time_base = index, 1 / rate
            frame.pict_type = PictureType.I if index in keys else PictureType.NONE
            container.mux(stream.encode(frame))
            written(index + 1)
        container.mux(stream.encode(None))
    except BaseException:
        # Closing would write the trailer; where that fails too, the first error counts.
        with suppress(Exception):
            container.close()
        raise
    container.close()


def _stream(
    container: OutputContainer, width: int, height: int, rate: Fraction, options: Mapping[str, str]
) -> VideoStream:
    """How a clip is coded."""
    stream = container.add_stream("libx264", rate=rate, options=dict(options))
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.time_base = 1 / rate
    context = stream.codec_context
    context.thread_count = 1
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return stream


def _frame(
    shown: Shown, convert: VideoReformatter, index: int, width: int, height: int
) -> av.VideoFrame:
    """Frame `index` as the encoder takes it.

    Raises:
        ValueError: It has another shape.
    """
    if isinstance(shown, Planes):
        if (shown.width, shown.height) != (width, height):
            raise ValueError(
                f"frame {index} is {shown.width}x{shown.height}, expected {width}x{height}"
            )
        return shown.frame
    if shown.shape != (height, width, 3) or shown.dtype != np.uint8:
        raise ValueError(
            f"frame {index} is {shown.dtype} of shape {shown.shape}, "
            f"expected uint8 of ({height}, {width}, 3)"
        )
    frame = convert.reformat(
        av.VideoFrame.from_ndarray(np.ascontiguousarray(shown), format="rgb24"),
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.AREA,
        threads=1,
    )
    frame.color_primaries, frame.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return frame
