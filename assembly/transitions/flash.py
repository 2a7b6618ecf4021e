"""A shot that begins in light: `flash_share`."""

FLASH_PEAK = 0.8
"""Share of white in the first frame of a flash: bright, with the picture still to be seen."""


def flash_share(i: int, frames: int) -> float:
    """Share of white in frame `i` of a flash of `frames`: it falls off fast first."""
    return FLASH_PEAK * (1 - i / frames) ** 2 if 0 <= i < frames else 0.0
