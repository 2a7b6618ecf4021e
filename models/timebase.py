"""Seconds to frames and back: the one rounding rule of the project.

Music is float seconds from the start of the track; picture is integer frames at a
`Fraction` rate. Nothing else in songreel converts between them.
"""

from fractions import Fraction
from math import ceil, floor

from songreel.models.errors import InvalidInput

RATES: dict[str, Fraction] = {
    "23.976": Fraction(24000, 1001),
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30000, 1001),
    "30": Fraction(30),
    "50": Fraction(50),
    "60": Fraction(60),
}
"""Frame rates by the name an editor uses. 59.94 is left out until somebody delivers in it."""


def parse_rate(text: str) -> Fraction:
    """Frame rate from its name (`"24"`, `"29.97"`) or as a fraction (`"30000/1001"`).

    Raises:
        InvalidInput: Not one of `RATES`.
    """
    named = RATES.get(text.strip())
    if named is not None:
        return named
    try:
        rate = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if rate not in RATES.values():
        raise InvalidInput(f"frame rate {text!r} is not known; choose one of {', '.join(RATES)}")
    return rate


def rate_name(rate: Fraction) -> str:
    """Name of `rate` as an editor writes it; the fraction itself where it has none."""
    return next((name for name, known in RATES.items() if known == rate), str(rate))


def frame_at(seconds: float, rate: Fraction) -> int:
    """Frame that is on screen at `seconds`: floor(seconds × rate), exactly.

    A cut placed on this frame shows its picture up to one frame before `seconds` and never
    after it: −1/rate < error ≤ 0. The product is formed in rational numbers, so no rounding
    of an intermediate float moves a cut.
    """
    return floor(Fraction(seconds) * rate)


def frame_time(frame: int, rate: Fraction) -> float:
    """Second at which `frame` is first shown."""
    return float(Fraction(frame) / rate)


def frames_for(samples: int, sample_rate: int, rate: Fraction) -> int:
    """Number of frames that cover `samples` of sound: ceil(duration × rate), exactly."""
    return ceil(Fraction(samples, sample_rate) * rate)


def clock(seconds: float) -> str:
    """`seconds` as a person reads it: `1:04.25`."""
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes}:{rest // 100:02d}.{rest % 100:02d}"
