"""Frames as an editor counts them: `Timecode`, after SMPTE ST 12-1."""

from dataclasses import dataclass
from fractions import Fraction

from songreel.models.errors import InvalidInput
from songreel.models.timebase import rate_name

DROP_RATES = (Fraction(30000, 1001), Fraction(60000, 1001))
"""Rates that may be counted in drop frame. 23.976 never is: SMPTE ST 12-1 knows no such count."""


@dataclass(frozen=True)
class Timecode:
    """How the frames of one rate are counted.

    A rate of 24000/1001, 30000/1001 or 60000/1001 is counted as if it were 24, 30 or 60, so that
    its timecode falls 3.6 s an hour behind the clock. Drop frame leaves out numbers (never
    pictures): the first two (at 59.94 four) of each minute that is no multiple of ten.
    """

    rate: Fraction
    drop: bool = False

    def __post_init__(self) -> None:
        if self.drop and self.rate not in DROP_RATES:
            raise InvalidInput(
                f"drop-frame timecode is for 29.97 fps, this film has {rate_name(self.rate)}; "
                "leave --drop-frame out"
            )

    @property
    def nominal(self) -> int:
        """Frames that are counted to a second."""
        return -(-self.rate.numerator // self.rate.denominator)

    @property
    def hour(self) -> int:
        """Frames to 01:00:00:00."""
        return self.frame("01:00:00:00")

    def text(self, frame: int) -> str:
        """`01:02:03:04`, with a semicolon before the frames in drop frame. Past 24 h it wraps."""
        if self.drop:
            left_out = self.nominal // 15
            ten = self.nominal * 600 - 9 * left_out
            minute = self.nominal * 60 - left_out
            tens, rest = divmod(frame, ten)
            over = max(0, rest - self.nominal * 60)
            minutes = 0 if rest < self.nominal * 60 else 1 + over // minute
            frame += left_out * (9 * tens + minutes)
        seconds, frames = divmod(frame, self.nominal)
        hours, rest = divmod(seconds, 3600)
        mark = ";" if self.drop else ":"
        return f"{hours % 24:02d}:{rest // 60:02d}:{rest % 60:02d}{mark}{frames:02d}"

    def frame(self, text: str) -> int:
        """The frame that is counted so: the inverse of `text`."""
        hours, minutes, seconds, frames = (int(part) for part in text.replace(";", ":").split(":"))
        count = ((hours * 60 + minutes) * 60 + seconds) * self.nominal + frames
        if self.drop:
            whole = hours * 60 + minutes
            count -= self.nominal // 15 * (whole - whole // 10)
        return count
