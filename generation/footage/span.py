"""A stretch of one file for one shot: `Span`, and its form in `ClipRequest.source`."""

from dataclasses import dataclass
from typing import Self

from songreel.generation.footage.source import Source
from songreel.models.clip import ClipRequest
from songreel.models.errors import InvalidInput
from songreel.models.timebase import clock

VERSION = "footage 1"
"""Raised with every change to how a span becomes pictures: clips made before are made again."""

PHOTO = "photo 2"
"""Of photos besides: raised with every change to how they are moved."""


@dataclass(frozen=True)
class Span:
    """What is shown. For a photo the times are 0 and the speed 1."""

    sha256: str
    start: float = 0.0
    """Seconds in the file."""
    speed: float = 1.0
    """Seconds of the file in a second of the film."""
    turns_after: float | None = None
    """Seconds of the file after which it runs backward and forward again; None: it is long
    enough."""
    handle: float = 0.0
    """Seconds of the film on either side of what the shot asks for, so that the edit can slip it;
    `start` is before them."""

    def to_source(self) -> tuple[str, ...]:
        """Its form in a request. Milliseconds: below a frame at any rate."""
        rest = () if self.turns_after is None else (f"turns after {self.turns_after:.3f}",)
        return (
            VERSION,
            f"sha256 {self.sha256}",
            f"from {self.start:.3f}",
            f"speed {self.speed:.4f}",
            *rest,
        )

    @classmethod
    def of(cls, request: ClipRequest) -> Self:
        """Read it back.

        Raises:
            InvalidInput: The request was not planned for footage.
        """
        fields = dict(item.rsplit(" ", 1) for item in request.source if " " in item)
        try:
            turns = fields.get("turns after")
            return cls(
                sha256=fields["sha256"],
                start=float(fields["from"]),
                speed=float(fields["speed"]),
                turns_after=None if turns is None else float(turns),
            )
        except (KeyError, ValueError) as error:
            raise InvalidInput(
                f"the request was not planned for footage: {request.source}"
            ) from error

    def told(self, source: Source, seconds: float) -> tuple[str, ...]:
        """In words, for a report; `seconds` is the length of the clip."""
        if source.video is None:
            return (f"photo {source.name}",)
        length = self.turns_after or seconds * self.speed
        notes = [f"{source.name} from {clock(self.start)} to {clock(self.start + length)}"]
        if abs(self.speed - 1) > 0.005:
            notes.append(f"at {self.speed:.2f}× speed to last long enough")
        if self.turns_after is not None:
            notes.append("forward and backward: no stretch without a cut is long enough")
        return tuple(notes)
