"""What settings may be: a number within limits, a place in the picture, a colour."""

from collections.abc import Sequence


def within(name: str, value: object, low: float, high: float) -> float:
    """`value` as a number from `low` to `high`.

    Raises:
        ValueError: It is none, or outside.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must be a number, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} of {value:g} is not between {low:g} and {high:g}")
    return float(value)


def place(name: str, value: object) -> tuple[float, float]:
    """`value` as (across, down), each a share of the picture.

    Raises:
        ValueError: It is no such pair.
    """
    across, down = _numbers(name, value, 2, "across and down, e.g. 0.5, 0.4")
    return within(name, across, 0, 1), within(name, down, 0, 1)


def tint(name: str, value: object) -> tuple[float, float]:
    """`value` as (hue in degrees, chroma) of OKLCH.

    Raises:
        ValueError: It is no such pair.
    """
    hue, chroma = _numbers(name, value, 2, "hue in degrees and chroma, e.g. 250, 0.05")
    return within(f"{name}'s hue", hue, 0, 360), within(f"{name}'s chroma", chroma, 0, 0.15)


def _numbers(name: str, value: object, count: int, what: str) -> tuple[float, ...]:
    numbers = isinstance(value, Sequence) and all(isinstance(v, int | float) for v in value)
    if not numbers or isinstance(value, str) or len(value) != count:  # type: ignore[arg-type]
        raise ValueError(f"{name} must be {what}, not {value!r}")
    return tuple(float(v) for v in value)  # type: ignore[attr-defined]
