"""The picture that is mixed under: what it is, and its packets as they are: `Picture`."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import av.error
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from songreel.models.errors import InvalidInput

_COARSE = Fraction(1, 2000)
"""Seconds: stamps in larger steps (Matroska's are of 1 ms) are rounded, and the length of a
picture at a constant rate is known better from the count of its frames."""


@dataclass(frozen=True)
class Picture:
    """A film's picture stream."""

    path: Path
    codec: str
    frames: int
    """That are shown."""
    seconds: Fraction
    """From its first frame to the end of its last."""
    start: Fraction
    """Seconds on the file's clock at which its first frame is shown."""
    time_base: Fraction
    sha256: str
    """Of its packets' bytes."""
    sounds: bool
    """Whether the film has a sound of its own."""
    others: tuple[str, ...]
    """Kinds of streams beside picture and sound."""

    def packets(self) -> Iterator["Packet[Any]"]:
        """Its packets, in decoding order, so timed that the first frame is shown at 0.

        Raises:
            InvalidInput: The file is gone or no longer what it was.
        """
        shift = round(self.start / self.time_base)
        with opened(self.path) as container:
            for packet in container.demux(chosen(container, self.path)):
                if packet.size == 0:
                    continue
                if packet.pts is not None:
                    packet.pts -= shift
                if packet.dts is not None:
                    packet.dts -= shift
                yield packet


def look(path: Path) -> Picture:
    """Read a film's packets once.

    Raises:
        InvalidInput: It is no film, or cannot be read.
    """
    digest = sha256()
    frames = 0
    first: int | None = None
    last = 0
    try:
        with opened(path) as container:
            stream = chosen(container, path)
            base = Fraction(stream.time_base or Fraction(1, 1000))
            rate = stream.average_rate
            usual = round(1 / (rate * base)) if rate else 1
            for packet in container.demux(stream):
                if packet.size == 0:
                    continue
                digest.update(bytes(packet))
                stamp = packet.pts if packet.pts is not None else packet.dts
                if packet.is_discard or stamp is None:
                    continue
                frames += 1
                first = stamp if first is None else min(first, stamp)
                last = max(last, stamp + (packet.duration or usual))
            others = [one.type for one in container.streams if one.type not in ("video", "audio")]
            others += ["video"] * (len(container.streams.video) - 1)
            if container.chapters() and "data" in others:
                others.remove("data")  # MP4 keeps the names of chapters in one; they are taken over
            if frames == 0 or first is None:
                raise InvalidInput(f"{path} holds no frame of a picture")
            return Picture(
                path=path,
                codec=stream.codec_context.name,
                frames=frames,
                seconds=_length(frames, (last - first) * base, base, rate),
                start=first * base,
                time_base=base,
                sha256=digest.hexdigest(),
                sounds=bool(container.streams.audio),
                others=tuple(others),
            )
    except av.error.FFmpegError as error:
        raise InvalidInput(f"{path} cannot be read as a film: {error.strerror or error}") from error


def has_picture(path: Path) -> bool:
    """Whether a file has a moving picture, and not just a cover.

    Raises:
        InvalidInput: It is none, or cannot be read.
    """
    with opened(path) as container:
        return bool(_moving(container))


def opened(path: Path) -> Any:
    """The film, its picture not decoded.

    Raises:
        InvalidInput: There is none, or it cannot be read.
    """
    if not path.exists():
        raise InvalidInput(f"there is no file {path}")
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder; give a film")
    try:
        # See `songreel.sound.decode`: a name is no protocol, and a playlist stays on this machine.
        options = {"protocol_whitelist": "file", "fflags": "+genpts"}
        return av.open(f"file:{path}", options=options, metadata_errors="replace")
    except (OSError, av.error.FFmpegError) as error:
        reason = (
            "it is damaged or not a film"
            if isinstance(error, av.error.InvalidDataError)
            else error.strerror or error
        )
        raise InvalidInput(f"{path} cannot be read as a film: {reason}") from error


def chosen(container: Any, path: Path) -> VideoStream:
    """The film's picture.

    Raises:
        InvalidInput: It has none.
    """
    films = _moving(container)
    if not films:
        raise InvalidInput(
            f"{path} has no moving picture (it reads as {container.format.name}); "
            "sounds are mixed without a film by leaving it out"
        )
    best = container.streams.best("video")
    stream: VideoStream = best if best in films else films[0]
    return stream


def _moving(container: Any) -> list[VideoStream]:
    return [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]


def _length(frames: int, stamped: Fraction, base: Fraction, rate: Fraction | None) -> Fraction:
    if rate and base > _COARSE and abs(frames / Fraction(rate) - stamped) <= 2 * base:
        return frames / Fraction(rate)
    return stamped
