"""A clip as a strip of small pictures, read cheaply: `strip_of`."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from songreel.generation.footage.decode import BROKEN, frames_between
from songreel.models.errors import InvalidInput

WIDE, HIGH = 64, 36
"""Size of the small pictures, whatever the clip's shape."""

_MARGINS = 6
"""Pictures looked at line by line, for bars."""

_DIRECT = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuv444p"})

Plane = NDArray[np.uint8]


@dataclass(frozen=True)
class Strip:
    """Small pictures of a stretch of a clip, in the order of time."""

    width: int
    height: int
    """Of the clip, in pixels."""
    ends: float
    """Seconds from the clip's first frame to the end of the last one that was found."""
    step: float
    """Seconds from frame to frame, as the file states it."""
    times: NDArray[np.float64]
    """Seconds from the clip's first frame, shape (n,)."""
    pictures: NDArray[np.float32]
    """Luma 0 to 1, then Cb and Cr −0.5 to 0.5 (BT.709): shape (n, 3, 36, 64)."""
    rows: NDArray[np.float32]
    """Mean and highest luma of each row in some of the pictures, shape (m, 2, height)."""
    columns: NDArray[np.float32]
    """The same of each column, shape (m, 2, width)."""


def strip_of(path: Path, start: float, end: float, *, keys: bool = False) -> Strip:
    """Look at a clip from `start` to `end` seconds.

    Every frame is decoded, since a flicker hides in those that could be skipped, but without the
    deblocking filter, which changes nothing at this size.

    Args:
        path: The clip.
        start: Seconds from its first frame.
        end: Seconds.
        keys: Decode keyframes only: for clips encoded on this machine, which have one a second or
            more.

    Raises:
        InvalidInput: It cannot be decoded, or holds nothing in that stretch.
    """
    step, length = _facts(path)
    found = _keyframes(path, start, end) if keys else frames_between(path, start, end, rough=True)
    times: list[float] = []
    pictures, rows, columns = [], [], []
    size, full = (0, 0), True
    # The first frames are often a fade's: the margins are asked of frames all along.
    marks = list(np.linspace(start, max(start, min(end, length) - 2 * step), _MARGINS))
    for time, frame in found:
        planes, full = _planes(frame)
        size = (frame.width, frame.height)
        times.append(time)
        pictures.append([_small(plane) for plane in planes])
        if marks and time >= marks[0] - step / 2:
            marks = [mark for mark in marks[1:] if mark > time]
            rows.append((planes[0].mean(axis=1), planes[0].max(axis=1)))
            columns.append((planes[0].mean(axis=0), planes[0].max(axis=0)))
    if not times:
        raise InvalidInput(f"{path.name} shows nothing from {start:.2f} to {end:.2f} s")
    scaled = np.asarray(pictures, dtype=np.float32)
    zero, luma, chroma = (0, 255, 255) if full else (16, 219, 224)  # H.273
    scaled[:, 0] = (scaled[:, 0] - zero) / luma
    scaled[:, 1:] = (scaled[:, 1:] - 128) / chroma
    return Strip(
        *size,
        ends=length if keys else times[-1] + step,
        step=step,
        times=np.asarray(times),
        pictures=scaled,
        rows=(np.asarray(rows, dtype=np.float32) - zero) / np.float32(luma),
        columns=(np.asarray(columns, dtype=np.float32) - zero) / np.float32(luma),
    )


def _facts(path: Path) -> tuple[float, float]:
    """Seconds from frame to frame and of the whole file, as it states them."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise InvalidInput(f"{path.name} holds no video")
            stream = container.streams.video[0]
            step = 1 / float(stream.average_rate or 25)
            if stream.duration is not None and stream.time_base is not None:
                return step, float(stream.duration * stream.time_base)
            return step, (container.duration or 0) / 1_000_000
    except BROKEN as error:
        raise InvalidInput(f"{path.name} cannot be read as video: {error}") from error


def _keyframes(path: Path, start: float, end: float) -> Iterator[tuple[float, av.VideoFrame]]:
    """Keyframes of [start, end) with their seconds, and the one before `start`."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            stream.codec_context.options = {"skip_loop_filter": "all"}
            stream.codec_context.skip_frame = "NONKEY"
            base = stream.time_base or Fraction(1, 1000)
            zero = float((stream.start_time or 0) * base)
            if start > 0:
                with suppress(*BROKEN):
                    container.seek(int((start + zero) / base), stream=stream)
            for frame in container.decode(stream):
                time = float((frame.pts or 0) * base) - zero
                if time >= end:
                    return
                yield time, frame
    except BROKEN as error:
        raise InvalidInput(f"{path.name} cannot be decoded at {start:.2f} s: {error}") from error


def _planes(frame: av.VideoFrame) -> tuple[list[Plane], bool]:
    """Luma, Cb and Cr as they lie in memory, and whether they use the full range."""
    if frame.format.name not in _DIRECT:
        frame = VideoReformatter().reformat(frame, format="yuv420p", threads=1)
    planes = []
    for plane in frame.planes:
        lines = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
        planes.append(lines[: plane.height, : plane.width])
    return planes, frame.color_range == 2 or frame.format.name == "yuvj420p"


def _small(plane: Plane) -> Plane:
    """Means over parts of the plane; of a tall one every few lines, which are quick to reach."""
    some = plane[:: max(1, plane.shape[0] // (4 * HIGH))]
    return np.asarray(cv2.resize(some, (WIDE, HIGH), interpolation=cv2.INTER_AREA), dtype=np.uint8)
