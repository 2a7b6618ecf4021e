"""What is known of a file that an export points to: `Media`, `probe`."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error

from songreel.models.errors import InvalidInput


@dataclass(frozen=True)
class Media:
    """A clip's file. Its own rate and size, whatever those of the film."""

    path: Path
    """Absolute."""
    rate: Fraction
    frames: int
    width: int
    height: int

    @property
    def seconds(self) -> Fraction:
        """Its length."""
        return self.frames / self.rate

    def url(self, beside: Path | None = None) -> str:
        """Where it is, percent-encoded (RFC 8089): a file URL, or relative to folder `beside`."""
        return url_of(self.path, beside)


def url_of(path: Path, beside: Path | None = None) -> str:
    """`path` as a file URL, or as a relative one from the folder `beside`."""
    from os.path import relpath
    from urllib.parse import quote

    if beside is None:
        return path.resolve().as_uri()
    return quote(Path(relpath(path.resolve(), beside.resolve())).as_posix())


def probe(path: Path, shot: str) -> Media:
    """Look at the head of a clip.

    Raises:
        InvalidInput: It is missing or holds no picture.
    """
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise InvalidInput(f"shot {shot}: its clip {path} holds no picture")
            stream = container.streams.video[0]
            rate = stream.average_rate or stream.guessed_rate or Fraction(0)
            frames = stream.frames
            if not frames and rate:
                base, told = stream.time_base, stream.duration
                seconds = told * base if told and base else Fraction(container.duration or 0, 10**6)
                frames = round(seconds * rate)
            if not frames or not rate:
                raise InvalidInput(f"shot {shot}: its clip {path} does not say how long it is")
            return Media(path.resolve(), rate, frames, stream.width, stream.height)
    except (OSError, av.error.FFmpegError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(
            f"shot {shot}: its clip {path} cannot be read ({reason}); "
            "`songreel assemble` makes it again"
        ) from error
