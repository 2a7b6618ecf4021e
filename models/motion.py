"""How a clip moves along its length: `Motion`, `Peak`."""

from fractions import Fraction
from typing import Annotated, ClassVar

from pydantic import Field

from songreel.models.clip import Sha256
from songreel.models.document import Document, Frozen
from songreel.models.units import Seconds

Speed = Annotated[float, Field(ge=0)]
"""Widths of the picture a second."""


class Peak(Frozen):
    """A height of motion: a hit, the middle of a swing or of a camera's whip."""

    at: Seconds
    """From the clip's start: the middle between the two pictures that differ most."""
    height: Speed
    prominence: Speed
    """Height above the higher of the lowest values on either side of it."""
    clear: bool
    """Whether a viewer sees one moment in it: it stands far above what is around it and above
    the noise."""


class Motion(Document):
    """Measured on a clip's file; kept beside it and believed by its hash and the code's version."""

    kind: ClassVar[str] = "songreel.motion"
    version: ClassVar[int] = 1

    clip_sha256: Sha256
    code: str
    """Version of the code that measured."""
    rate: Fraction
    """Pictures a second."""
    values: Annotated[tuple[Speed, ...], Field(min_length=1)]
    """Motion from the picture before to each one, camera and action together; 0 for the first.
    Shape (pictures,)."""
    camera: tuple[Speed, ...]
    """Of that, what the whole picture does. Shape (pictures,)."""
    peaks: tuple[Peak, ...] = ()
    """In order."""
    cuts: tuple[int, ...] = ()
    """Pictures that begin another shot inside the clip."""
    poor: tuple[tuple[int, int], ...] = ()
    """Pictures [first, last) that are black or blurred while the rest of the clip is not."""

    @property
    def clear(self) -> tuple[Peak, ...]:
        """The peaks that a viewer sees as one moment."""
        return tuple(peak for peak in self.peaks if peak.clear)
