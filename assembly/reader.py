"""Pictures of one clip, by frame at the film's rate."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.video.frame import VideoFrame

from songreel.models.errors import InvalidInput
from songreel.models.timeline import Between

_SEEK_BEYOND = 1.0
"""Seconds into a clip from which seeking to a keyframe beats decoding from the start."""


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
            reason = getattr(error, "strerror", None) or str(error)
            raise InvalidInput(
                f"shot {self._name}: its clip {self._path} cannot be read ({reason}); "
                "generate it again"
            ) from error

    def at(self, moments: Sequence[float], between: Between) -> Iterator[VideoFrame]:
        """One frame for each of `moments`, in clip frames at the film's rate, never falling.

        Raises:
            InvalidInput: The file is missing or does not decode.
        """
        raise NotImplementedError

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
