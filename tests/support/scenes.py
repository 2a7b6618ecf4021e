"""Requests for built-in visuals, small and short."""

from fractions import Fraction
from typing import Any

from songreel.models.clip import ClipRequest
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

BLUES = tuple(
    Oklch(lightness=v, chroma=0.14 * (1 - v / 2), hue=255) for v in (0.15, 0.35, 0.55, 0.75, 0.93)
)


def request(**changes: Any) -> ClipRequest:
    """A second of 160 × 90 without music, in blues."""
    wanted: dict[str, Any] = {
        "prompt": "", "camera": CameraMove.STATIC, "size": ShotSize.MEDIUM, "palette": BLUES,
        "energy": 0.6, "motion": 0.5, "seed": 3, "width": 160, "height": 90,
        "rate": Fraction(24), "frames": 24,
    }  # fmt: skip
    return ClipRequest(**(wanted | changes))
