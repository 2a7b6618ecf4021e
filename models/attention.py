"""Where the eye goes in a clip over time: `Attention`, kept beside the clip."""

from typing import Annotated, ClassVar

from pydantic import Field

from songreel.models.clip import Sha256
from songreel.models.document import Document
from songreel.models.units import Unit

BINS = 48
"""Parts into which width and height are cut."""

LEVELS = "0123456789abcdefghijklmnopqrstuvwxyz"
"""Weights as they are written, relative to the greatest of their row."""


class Attention(Document):
    """Weights across and down a clip's picture, `rate` times a second from its start.

    Each row is a string of `BINS` digits of `LEVELS`, left to right or top to bottom.
    """

    kind: ClassVar[str] = "songreel.attention"
    version: ClassVar[int] = 1

    sha256: Sha256
    """Of the clip's file."""
    code: str
    """State of the code that looked."""
    rate: Annotated[float, Field(gt=0)]
    across: Annotated[tuple[str, ...], Field(min_length=1)]
    down: Annotated[tuple[str, ...], Field(min_length=1)]
    trust: tuple[Unit, ...]
    """How far each row tells one place from the others."""
    moving: tuple[Unit, ...]
    """How much of each row is something that moves against the camera."""
