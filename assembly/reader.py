"""Pictures of one clip, by frame at the film's rate."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from songreel.assembly.between import Mixer, blended
from songreel.assembly.pictures import Picture, packed
from songreel.assembly.preroll import decoded
from songreel.models.errors import InvalidInput
from songreel.models.timeline import Between

_SAME = 0.04
"""Share of the way to another picture within which that picture, or this one, is shown as it is."""

_SEEK_BEYOND = 1.0
"""Seconds into a clip from which seeking to a keyframe beats decoding from the start."""

_DESCRIBED = (".mp4", ".mov", ".m4v")
"""Files whose tables say how far frames are reordered (checked with H.264, HEVC and MPEG-4: the
same frames to the bit)."""


class ClipReader:
    """Reads stretches of a clip, its pictures as they decode.

    Film frame k of the clip shows what the clip shows at k / rate seconds and a quarter of a
    frame, so that neither a container's rounding of times (Matroska's whole milliseconds) nor a
    rate a thousandth lower shows a picture twice at once. Frames before its first are its first,
    frames past its end are its last: `edit` says where that happens.

    Args:
        path: The clip's file.
        rate: The film's rate.
        name: The shot, for errors.
    """

    def __init__(self, path: Path, rate: Fraction, name: str) -> None:
        self._path, self._rate, self._name = path, rate, name

    def frames(self, first: int, count: int) -> Iterator[VideoFrame]:
        """`count` frames from clip frame `first` on, which may lie before the clip's start.

        Raises:
            InvalidInput: The file is missing or does not decode.
        """
        try:
            yield from self._timed(first, count)
        except (OSError, av.error.FFmpegError) as error:
            raise self._unreadable(error) from error

    def at(self, moments: Sequence[float], between: Between) -> Iterator[VideoFrame]:
        """One frame for each of `moments`, in clip frames at the film's rate, never falling.

        Raises:
            InvalidInput: The file is missing or does not decode.
        """
        try:
            yield from self._between(moments, between)
        except (OSError, av.error.FFmpegError) as error:
            raise self._unreadable(error) from error

    def _between(self, moments: Sequence[float], between: Between) -> Iterator[VideoFrame]:
        """Frames shown at any moments: two pictures of the clip are held at a time."""
        if not moments:
            return
        rate = self._rate
        pictures = self._decoded(max(Fraction(moments[0]), Fraction(0)) / rate)
        now = next(pictures, None)
        if now is None:
            raise self._empty()
        ahead = next(pictures, None)
        mixer = Mixer()
        pair: tuple[Picture, Picture] | None = None
        last: float | None = None
        for moment in moments:
            if last is not None and moment < last:
                raise ValueError(f"moments must not fall: {moment} comes after {last}")
            last = moment
            at = Fraction(moment) / rate
            while ahead is not None and ahead[0] <= at:
                now, ahead, pair = ahead, next(pictures, None), None
            if ahead is None or at <= now[0]:
                yield now[1]
                continue
            share = float((at - now[0]) / (ahead[0] - now[0]))
            if between == "nearest" or not _SAME < share < 1 - _SAME:
                yield now[1] if share <= 0.5 else ahead[1]
                continue
            if pair is None:
                pair = _planes_of(now[1]), _planes_of(ahead[1])
            mixed = blended if between == "blend" else mixer.carried
            yield _like(mixed(*pair, share), now[1])

    def _timed(self, first: int, count: int) -> Iterator[VideoFrame]:
        """Frames as decoded, one for each film frame."""
        quarter = 1 / (4 * self._rate)
        pictures = self._decoded(max(first, 0) / self._rate)
        now = next(pictures, None)
        if now is None:
            raise self._empty()
        ahead = next(pictures, None)
        for k in range(first, first + count):
            moment = k / self._rate + quarter
            while ahead is not None and ahead[0] <= moment:
                now, ahead = ahead, next(pictures, None)
            yield now[1]

    def _unreadable(self, error: Exception) -> InvalidInput:
        reason = getattr(error, "strerror", None) or str(error)
        return InvalidInput(
            f"shot {self._name}: its clip {self._path} cannot be read ({reason}); generate it again"
        )

    def _empty(self) -> InvalidInput:
        return InvalidInput(
            f"shot {self._name}: its clip {self._path} holds no picture; generate it again"
        )

    def _opening(self) -> Any:
        """A container that describes its streams need not decode one to be opened: 8 ms less."""
        return [{"skip_frame": "all"}] if self._path.suffix.lower() in _DESCRIBED else None

    def _decoded(self, start: Fraction) -> Iterator[tuple[Fraction, VideoFrame]]:
        """(seconds, frame) from the clip's start, or from a keyframe at or before `start`."""
        with av.open(str(self._path), stream_options=self._opening()) as container:
            if not container.streams.video:
                return
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1  # shots are conformed side by side
            base = stream.time_base or Fraction(1, 1000)
            zero = stream.start_time or 0
            if start > _SEEK_BEYOND:
                container.seek(zero + int(start / base), stream=stream, backward=True)
            for frame in decoded(container, stream, start + zero * base):
                if frame.pts is not None:
                    yield (frame.pts - zero) * base, frame


def _planes_of(frame: VideoFrame) -> Picture:
    """The frame's planes as yuv420p, in its own matrix and range."""
    wide, high = frame.width // 2 * 2, frame.height // 2 * 2
    if frame.format.name in ("yuv420p", "yuvj420p") and (wide, high) == (frame.width, frame.height):
        return packed(frame.to_ndarray())
    if frame.format.is_rgb:
        frame = frame.reformat(
            wide, high, "yuv420p",
            src_color_range=ColorRange.JPEG, dst_color_range=ColorRange.MPEG,
            dst_colorspace=Colorspace.ITU709, threads=1,
        )  # fmt: skip
    else:
        frame = frame.reformat(wide, high, "yuv420p", threads=1)
    return packed(frame.to_ndarray())


def _like(picture: Picture, frame: VideoFrame) -> VideoFrame:
    """`picture` with what `fit` must know of the frame it was made from."""
    made = VideoFrame.from_ndarray(picture, format="yuv420p")
    rgb = frame.format.is_rgb
    full = not rgb and (
        frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG
    )
    made.color_range = ColorRange.JPEG if full else ColorRange.MPEG
    made.colorspace = Colorspace.ITU709 if rgb else frame.colorspace
    return made
