"""One hosted model of pictures as the catalogue knows it: `Entry` and its parts. Data only."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import sqrt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from songreel.generation.catalogue.offer import (
    Cost,
    Input,
    Limits,
    Offer,
    Plain,
    Rate,
    Role,
    Rule,
)
from songreel.models.document import Frozen

__all__ = [
    "STILLS",
    "WIDEST",
    "Area",
    "Dialect",
    "Entry",
    "Free",
    "Grid",
    "Input",
    "Length",
    "Limits",
    "Pixels",
    "Plain",
    "Price",
    "Rate",
    "Role",
    "Rule",
    "Run",
    "Size",
]  # fmt: skip

Dialect = Literal["plain", "ltx", "hunyuan", "mochi", "wan", "minimax", "haiper", "veo"]

STILLS: tuple[Role, ...] = ("start", "end", "references")
"""Roles of a request's images."""

WIDEST = 8192
"""Pixels of the longest side that anything is asked for."""
Pixels = Annotated[int, Field(ge=16, le=WIDEST, multiple_of=2)]


class Length(Frozen):
    """A length a model can make: what is sent for it and the frames that surely come."""

    value: int | str | None = None
    """Of the input with the role `length`; None where there is none."""
    frames: Annotated[int, Field(gt=0)]
    """At the entry's rate. Where services round, the fewest frames that were seen."""
    billed: Annotated[Decimal, Field(gt=0)] | None = None
    """Seconds that are billed; those of the frames if None."""
    only: Mapping[str, tuple[Plain, ...]] = {}
    """Values of other inputs with which it can be had."""


class Grid(Frozen):
    """Lengths by rule: frames low, low + step, … high; the frames are what is sent."""

    step: Annotated[int, Field(gt=0)]
    low: Annotated[int, Field(gt=0)]
    high: Annotated[int, Field(gt=0)]

    @model_validator(mode="after")
    def _ends_on_it(self) -> Self:
        if self.high < self.low or (self.high - self.low) % self.step:
            raise ValueError(f"{self.low}, {self.low + self.step}, … does not end at {self.high}")
        return self


class Size(Frozen):
    """A picture a model can deliver, and the inputs by which it is asked for."""

    width: Pixels
    height: Pixels
    options: Mapping[str, Plain] = {}


class Area(Frozen):
    """Sizes by rule: about side² pixels in an aspect, both sides multiples of `multiple`."""

    side: str
    """Input with the side of the square, one of its choices."""
    aspect: str
    """Input with the aspect as `16:9`, one of its choices."""
    multiple: Annotated[int, Field(gt=0)]


class Free(Frozen):
    """Any width and height in a range, both multiples of `multiple`."""

    low: Pixels
    high: Pixels
    multiple: Annotated[int, Field(gt=0)]


class Run(Frozen):
    """How long the machine runs for a clip of these frames and pixels, seconds.

    Other clips are taken to run in proportion to frames × pixels.
    """

    low: Annotated[float, Field(gt=0)]
    likely: Annotated[float, Field(gt=0)]
    high: Annotated[float, Field(gt=0)]
    frames: Annotated[int, Field(gt=0)]
    width: Pixels
    height: Pixels


class Price(Cost):
    """What a clip of a model costs."""

    run: Run | None = None


class Entry(Offer):
    """One model of pictures at one service: what it takes, makes and costs, as read on a day."""

    lengths: tuple[Length, ...] = ()
    """Rising."""
    grid: Grid | None = None
    fps: Fraction
    sizes: tuple[Size, ...] = ()
    area: Area | None = None
    free: Free | None = None
    image_sets_size: bool = False
    """With a start image the picture takes that image's aspect."""
    short_side: Annotated[int, Field(ge=64)] = 720
    """Pixels of the short side that are aimed for: what the price is worth. A smaller film does
    not buy smaller clips, so that a preview and its film show the same ones."""
    dialect: Dialect = "plain"
    price: Price
    with_images: tuple[str, ...] = ()
    """Names of entries of the same provider that serve shots with images which this one does not
    take: image-to-video is an endpoint of its own there. Of those that take the most of a shot's
    images the first one serves it."""
    sisters: Annotated[tuple["Entry", ...], Field(exclude=True)] = ()
    """The entries behind `with_images`, filled in by the loader; theirs are left out."""

    @property
    def always(self) -> frozenset[str]:
        """Inputs that are sent or may be, those that choose a size among them."""
        return super().always | {name for size in self.all_sizes for name in size.options}

    def accepts(self, role: Role) -> bool:
        """Whether it or one of its sisters has an input with that role."""
        return any(each.takes(role) for each in (self, *self.sisters))

    @cached_property
    def all_lengths(self) -> tuple[Length, ...]:
        """Every length it can make, shortest first."""
        if self.grid is None:
            return self.lengths
        sent = self.takes("length")
        return tuple(
            Length(value=frames if sent else None, frames=frames)
            for frames in range(self.grid.low, self.grid.high + 1, self.grid.step)
        )

    @cached_property
    def all_sizes(self) -> tuple[Size, ...]:
        """Every size it can make; empty where width and height are free."""
        if self.area is None:
            return self.sizes
        found = []
        for side in self.inputs[self.area.side].choices:
            for aspect in self.inputs[self.area.aspect].choices:
                across, _, down = str(aspect).partition(":")
                root = sqrt(int(across) / int(down))
                found.append(
                    Size(
                        width=_nearest(float(side) * root, self.area.multiple),
                        height=_nearest(float(side) / root, self.area.multiple),
                        options={self.area.side: side, self.area.aspect: aspect},
                    )
                )
        return tuple(found)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if bool(self.lengths) == (self.grid is not None):
            raise ValueError("give either `lengths` or a `grid`")
        if (bool(self.sizes), self.area is not None, self.free is not None).count(True) != 1:
            raise ValueError("give one of `sizes`, `area` and `free`")
        if own := [role for role in ("heard", "seen") if self.takes(role)]:
            raise ValueError(f"the role {own[0]} is for models of sound")
        sent = self.carrying("length")
        for length in self.lengths:
            if (sent is None) != (length.value is None):
                raise ValueError(
                    f"the length of {length.frames} frames: a value and an input with the role "
                    "length belong together"
                )
            if sent is not None:
                self._check("lengths", {sent: length.value})
            self._check("lengths.only", length.only, many=True)
        if [length.frames for length in self.lengths] != sorted(
            {length.frames for length in self.lengths}
        ):
            raise ValueError("`lengths` must rise")
        if self.grid is not None and sent is not None:
            self._check("grid", {sent: self.grid.low})
            self._check("grid", {sent: self.grid.high})
        for size in self.all_sizes:
            self._check("sizes", size.options)
        return self


def _nearest(length: float, multiple: int) -> int:
    return max(multiple, round(length / multiple) * multiple)
