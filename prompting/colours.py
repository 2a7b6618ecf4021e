"""A colour as a person writes it: a name, `#c04020`, or OKLCH."""

import re

import numpy as np

from songreel.models.storyboard import Oklch
from songreel.prompting.palette import fitted, in_gamut

_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
"""Linear sRGB to cone responses, and their cube roots to OKLab (Ottosson 2020)."""

NAMED: dict[str, str] = {
    "black": "#111111", "charcoal": "#333333", "grey": "#808080", "silver": "#c0c0c0",
    "white": "#f5f5f5", "ivory": "#f7f3e3", "cream": "#f4e9c9", "sand": "#d9c39a",
    "beige": "#dccfb4", "brown": "#6b4226", "umber": "#4a3020", "bronze": "#8c6a2f",
    "copper": "#b5653a", "rust": "#a2461f", "terracotta": "#c46a4a", "orange": "#ee8522",
    "amber": "#f0a92b", "gold": "#d8ac3c", "yellow": "#f2d43d", "lemon": "#f6ec76",
    "olive": "#6c7030", "lime": "#a6cf3a", "green": "#3d9448", "forest green": "#23502f",
    "emerald": "#1f9d6d", "mint": "#a8e6c8", "teal": "#157a7d", "turquoise": "#38bfb8",
    "cyan": "#35c6e0", "ice blue": "#cbeaf2", "sky blue": "#84c3ea", "azure": "#3d8fdc",
    "blue": "#2a5fc4", "navy": "#14244d", "midnight blue": "#131a3a", "indigo": "#37308a",
    "violet": "#6f3fb0", "purple": "#7a2f92", "lavender": "#c6b6e8", "plum": "#5b2350",
    "magenta": "#cf2f92", "pink": "#ee9fb8", "blush": "#f3cfcf", "rose": "#d9657f",
    "crimson": "#b01f3a", "red": "#d1332e", "wine red": "#5e1526", "vermilion": "#e2502d",
    "coral": "#f08068", "peach": "#f7c3a0",
}  # fmt: skip

_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_FUNCTION = re.compile(r"oklch\(\s*([\d.]+%?)[\s,]+([\d.]+)[\s,]+([\d.]+)(?:deg)?\s*\)")


def colour(value: object) -> Oklch:
    """The colour that `value` names.

    Args:
        value: A name of `NAMED`, `#c04020` or `#c42`, `oklch(0.6 0.15 40)`, or
            `[lightness, chroma, hue]` with the hue in degrees.

    Raises:
        ValueError: It is none of these, or a colour that no screen can show.
    """
    if isinstance(value, list | tuple):
        if len(value) != 3 or not all(_number(part) for part in value):
            raise ValueError("a colour in OKLCH is [lightness, chroma, hue in degrees]")
        return _shown(*(float(part) for part in value))
    if not isinstance(value, str):
        raise ValueError(
            f"{value!r} is no colour; write a name, '#c04020' in quotes, or "
            "[lightness, chroma, hue]"
        )
    text = " ".join(value.lower().replace("-", " ").replace("gray", "grey").split())
    if text in NAMED:
        return _from_hex(NAMED[text])
    if match := _HEX.fullmatch(text):
        return _from_hex(match[1])
    if match := _FUNCTION.fullmatch(text):
        light = float(match[1].rstrip("%")) / (100 if match[1].endswith("%") else 1)
        return _shown(light, float(match[2]), float(match[3]))
    raise ValueError(
        f"{value[:40]!r} is no colour; write '#c04020', [lightness, chroma, hue], or one of "
        f"{', '.join(NAMED)}"
    )


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(lightness: float, chroma: float, hue: float) -> Oklch:
    """A colour in OKLCH, if a screen can show it."""
    if not (0 <= lightness <= 1 and 0 <= chroma <= 0.4 and 0 <= hue <= 360):
        raise ValueError("in OKLCH lightness is 0 to 1, chroma 0 to 0.4 and hue 0 to 360 degrees")
    wanted = Oklch(lightness=lightness, chroma=chroma, hue=hue % 360)
    if not in_gamut(wanted):
        most = np.floor(fitted(wanted).chroma * 1000) / 1000
        raise ValueError(
            f"no screen shows [{lightness:g}, {chroma:g}, {hue:g}]: at this lightness and hue "
            f"the chroma is at most {most:g}"
        )
    return wanted


def _from_hex(text: str) -> Oklch:
    digits = text.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    coded = np.array([int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)])
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    lightness, a, b = (float(x) for x in _LAB @ np.cbrt(_LMS @ linear))
    chroma = float(np.hypot(a, b))
    made = Oklch(
        lightness=round(min(max(lightness, 0.0), 1.0), 4),
        chroma=round(chroma, 4) if chroma > 5e-4 else 0.0,
        hue=round(float(np.degrees(np.arctan2(b, a))), 1) % 360 if chroma > 5e-4 else 0.0,
    )
    return fitted(made)  # a primary may lie a rounding outside
