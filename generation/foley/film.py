"""What there is to be sound for: `Film` and `look`."""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error

from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.timebase import RATES

_LONGEST = 6 * 3600
"""Seconds. A file that states more is broken, or nothing that one run should buy sound for."""


@dataclass(frozen=True)
class Film:
    """A video file as far as sound for it goes. Frames count from its first picture."""

    path: Path
    sha256: str
    width: int
    height: int
    """Of the coded pictures."""
    rate: Fraction
    """Pictures a second; of a file whose pictures come unevenly, the nearest usual rate."""
    frames: int
    """Pictures in the file."""
    seconds: Fraction
    """From the first picture to the end of the last one, exactly."""
    steady: bool
    """Whether picture k is shown at k / rate."""
    sounding: bool
    """Whether it has a sound of its own."""
    times: tuple[float, ...] = ()
    """Seconds of each picture from the first, where they come unevenly."""

    @property
    def steps(self) -> int:
        """Length on the grid of `rate`, at least 1: what plans are made in."""
        return self.frames if self.steady else max(1, round(self.seconds * self.rate))

    def step_of(self, frame: int) -> int:
        """Place on that grid of a picture of the file."""
        return frame if self.steady else round(Fraction(self.times[frame]) * self.rate)

    def frame_at(self, seconds: Fraction) -> int:
        """Picture of the file that is on screen then; the first or last one outside it."""
        if self.steady:
            found = int(seconds * self.rate) if seconds > 0 else 0
        else:
            # A picture's time was rounded to the container's ticks.
            found = bisect_right(self.times, float(seconds) + 1e-6) - 1
        return min(max(found, 0), self.frames - 1)


def look(path: Path) -> Film:
    """Count a video's pictures and find their rate; packets are read and nothing is decoded.

    Raises:
        InvalidInput: It cannot be read, holds no moving pictures, or claims to last for ever.
    """
    try:
        digest = sha256_of(path)
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror or error}") from error
    try:
        # "file:" keeps a name such as "a:b.mp4" from being read as a protocol, and the list keeps a
        # playlist that poses as a film from reaching for the network.
        options = {"protocol_whitelist": "file"}
        with av.open(f"file:{path}", options=options, metadata_errors="replace") as container:
            if not container.streams.video:
                raise InvalidInput(
                    f"{path} holds no picture; for sound without one leave it out and give "
                    "--prompt and --seconds"
                )
            stream = container.streams.video[0]
            base = stream.time_base or Fraction(1, 90_000)
            nominal = [rate for rate in (stream.average_rate, stream.guessed_rate) if rate]
            width, height = stream.codec_context.width, stream.codec_context.height
            sounding = bool(container.streams.audio)
            shown: list[int] = []
            for packet in container.demux(stream):
                if packet.size == 0 or packet.is_discard:
                    continue
                at = packet.pts if packet.pts is not None else packet.dts
                if at is None:  # raw streams carry no times: counted at their rate
                    at = round(len(shown) / (nominal[0] if nominal else 25) / base)
                shown.append(at)
    except (OSError, av.error.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(f"{path} cannot be read as a video: {reason}") from error
    if not shown or width < 2 or height < 2:
        raise InvalidInput(f"{path} holds no picture that can be shown")
    ticks = sorted(shown)
    ticks = [tick - ticks[0] for tick in ticks]
    rate, steady = _rate(ticks, base, nominal)
    if steady:
        seconds = len(ticks) / rate
    else:
        step = (ticks[-1] / (len(ticks) - 1)) if len(ticks) > 1 else float(1 / rate / base)
        seconds = (ticks[-1] + round(step)) * base
    if seconds > _LONGEST:
        raise InvalidInput(
            f"{path} says it lasts {float(seconds) / 3600:.1f} hours; cut it to at most "
            f"{_LONGEST // 3600} hours"
        )
    times = () if steady else tuple(float(tick * base) for tick in ticks)
    return Film(
        path=path.absolute(),
        sha256=digest,
        width=width,
        height=height,
        rate=rate,
        frames=len(ticks),
        seconds=Fraction(seconds),
        steady=steady,
        sounding=sounding,
        times=times,
    )


def _rate(ticks: list[int], base: Fraction, nominal: list[Fraction]) -> tuple[Fraction, bool]:
    """Pictures a second, and whether every picture lies on that grid to the tick."""
    if len(ticks) == 1:
        return (nominal[0] if nominal else Fraction(25)), True
    mean = Fraction(len(ticks) - 1) / max(ticks[-1] * base, Fraction(1, 1_000_000))
    usual = min(RATES.values(), key=lambda rate: abs(rate - mean))
    for rate in dict.fromkeys((*nominal, usual, mean.limit_denominator(1001))):
        if rate <= 0:
            continue
        # Containers round each time to their tick; a millisecond in Matroska.
        if all(abs(tick - k / rate / base) <= 1 for k, tick in enumerate(ticks)):
            return rate, True
    return usual, False
