"""Pictures of one clip, by frame at the film's rate, fitted to the film's size."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from pathlib import Path

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from songreel.models.errors import InvalidInput

_SEEK_BEYOND = 1.0
"""Seconds into a clip from which seeking to a keyframe beats decoding from the start."""

_OTHER_MATRICES = (Colorspace.FCC, Colorspace.ITU601, 6, Colorspace.SMPTE240M, Colorspace.BT2020)
"""Colour matrices that need converting; 6 is SMPTE 170M, the same matrix as BT.601."""


class ClipReader:
    """Reads stretches of a clip as yuv420p pictures of `width` × `height`, BT.709 limited range.

    Film frame k of the clip shows what the clip shows at k / rate seconds and a quarter of a
    frame, so that neither a container's rounding of times (Matroska's whole milliseconds) nor a
    rate a thousandth lower shows a picture twice at once. Frames before its first are its first,
    frames past its end are its last: `edit` says where that happens.

    Args:
        path: The clip's file.
        rate: The film's rate.
        width: Pixels of the film.
        height: Pixels of the film.
        name: The shot, for errors.
    """

    def __init__(self, path: Path, rate: Fraction, width: int, height: int, name: str) -> None:
        self._path, self._rate, self._name = path, rate, name
        self._width, self._height = width, height

    def frames(self, first: int, count: int) -> Iterator[VideoFrame]:
        """`count` frames from clip frame `first` on, which may lie before the clip's start.

        Raises:
            InvalidInput: The file is missing or does not decode.
        """
        try:
            yield from self._fitted(first, count)
        except (OSError, av.error.FFmpegError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InvalidInput(
                f"shot {self._name}: its clip {self._path} cannot be read ({reason}); "
                "generate it again"
            ) from error

    def _fitted(self, first: int, count: int) -> Iterator[VideoFrame]:
        shown: VideoFrame | None = None
        fitted: VideoFrame | None = None
        for frame in self._timed(first, count):
            if frame is not shown or fitted is None:
                shown, fitted = frame, self._fit(frame)
            yield fitted

    def _timed(self, first: int, count: int) -> Iterator[VideoFrame]:
        """Frames as decoded, one for each film frame."""
        quarter = 1 / (4 * self._rate)
        pictures = self._decoded(max(first, 0) / self._rate)
        now = next(pictures, None)
        if now is None:
            raise InvalidInput(
                f"shot {self._name}: its clip {self._path} holds no picture; generate it again"
            )
        ahead = next(pictures, None)
        for k in range(first, first + count):
            moment = k / self._rate + quarter
            while ahead is not None and ahead[0] <= moment:
                now, ahead = ahead, next(pictures, None)
            yield now[1]

    def _decoded(self, start: Fraction) -> Iterator[tuple[Fraction, VideoFrame]]:
        """(seconds, frame) from the clip's start, or from a keyframe at or before `start`."""
        with av.open(str(self._path)) as container:
            if not container.streams.video:
                return
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1  # shots are conformed side by side
            base = stream.time_base or Fraction(1, 1000)
            zero = stream.start_time or 0
            if start > _SEEK_BEYOND:
                container.seek(zero + int(start / base), stream=stream, backward=True)
            for frame in container.decode(stream):
                if frame.pts is not None:
                    yield (frame.pts - zero) * base, frame

    def _fit(self, frame: VideoFrame) -> VideoFrame:
        """Crop-to-fill at the film's size; the frame itself where nothing has to change."""
        size = (frame.width, frame.height)
        full = frame.format.is_rgb or frame.format.name.startswith("yuvj")
        full = full or frame.color_range == ColorRange.JPEG
        matrix = frame.colorspace if frame.colorspace in _OTHER_MATRICES else Colorspace.ITU709
        plain = frame.format.name == "yuv420p" and not full and matrix == Colorspace.ITU709
        if size == (self._width, self._height) and plain:
            return frame
        scale = max(Fraction(self._width, frame.width), Fraction(self._height, frame.height))
        wide = max(self._width, ceil(frame.width * scale / 2) * 2)
        high = max(self._height, ceil(frame.height * scale / 2) * 2)
        scaled = frame.reformat(
            width=wide,
            height=high,
            format="yuv420p",
            src_colorspace=matrix,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.LANCZOS,
            threads=1,
        )
        if (wide, high) == (self._width, self._height):
            return scaled
        left = (wide - self._width) // 4 * 2
        top = (high - self._height) // 4 * 2
        picture = scaled.to_ndarray()
        chroma = picture[high:].reshape(2, high // 2, wide // 2)
        fitted = np.empty((self._height * 3 // 2, self._width), np.uint8)
        fitted[: self._height] = picture[top : top + self._height, left : left + self._width]
        rows, columns = self._height // 2, self._width // 2
        fitted[self._height :] = chroma[
            :, top // 2 : top // 2 + rows, left // 2 : left // 2 + columns
        ].reshape(rows, self._width)
        return VideoFrame.from_ndarray(fitted, format="yuv420p")
