"""One hosted model as the catalogue knows it: `Entry` and its parts. Data only."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import sqrt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from songreel.models.document import Frozen
from songreel.models.money import Usd

Plain = bool | int | float | str
"""A JSON value that an input takes."""

Role = Literal[
    "prompt", "negative", "seed", "start", "end", "references", "audio",
    "length", "fps", "width", "height",
]  # fmt: skip
"""What of a request an input carries; an input without a role is fixed, chosen by a size, or
left at the model's default."""

Dialect = Literal["plain", "ltx", "hunyuan", "mochi", "wan", "minimax", "haiper", "veo"]

STILLS: tuple[Role, ...] = ("start", "end", "references")
"""Roles of a request's images."""

WIDEST = 8192
"""Pixels of the longest side that anything is asked for."""
Pixels = Annotated[int, Field(ge=16, le=WIDEST, multiple_of=2)]


class Input(Frozen):
    """One input of a model, as its schema states it."""

    type: Literal["string", "integer", "number", "boolean", "uri", "uris", "list"]
    """`uri` is a file by its URL or data URL, `uris` a list of them."""
    role: Role | None = None
    required: bool = False
    default: Plain | None = None
    low: float | None = None
    high: float | None = None
    """Inclusive; of numbers."""
    choices: tuple[Plain, ...] = ()
    multiple: int | None = None
    longest: int | None = None
    """Characters of a string, items of a list."""

    def fault(self, value: object) -> str | None:
        """What is wrong with `value` for this input, as the end of a sentence; None if nothing."""
        if self.type in ("uris", "list"):
            if not isinstance(value, list | tuple) or not value:
                return "must be a list that is not empty"
            over = self.longest is not None and len(value) > self.longest
            return f"has {len(value)} items, at most {self.longest}" if over else None
        if type(value) not in _TYPES[self.type]:
            return f"must be {self.type}, not {value!r}"
        if self.choices and value not in self.choices:
            return f"is {value!r}, not one of {', '.join(map(repr, self.choices))}"
        if isinstance(value, int | float) and not isinstance(value, bool):
            if self.low is not None and value < self.low:
                return f"is {value}, at least {self.low:g}"
            if self.high is not None and value > self.high:
                return f"is {value}, at most {self.high:g}"
            if self.multiple and value % self.multiple:
                return f"is {value}, not a multiple of {self.multiple}"
        if isinstance(value, str) and self.longest is not None and len(value) > self.longest:
            return f"has {len(value)} characters, at most {self.longest}"
        return None


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "uri": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)
}  # fmt: skip


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


class Rule(Frozen):
    """Where the input `given` is sent, what that means for others."""

    given: str
    needs: Mapping[str, tuple[Plain, ...]] = {}
    """Values that others must have."""
    along: tuple[str, ...] = ()
    """Others that must be sent too."""
    bars: tuple[str, ...] = ()
    """Others that may not be sent."""


class Limits(Frozen):
    """How long a text may be. Characters bind; words and tokens are what the makers advise."""

    characters: int | None = None
    words: int | None = None
    tokens: int | None = None


class Rate(Frozen):
    """A price, and the inputs for which it holds: all of them if `when` is empty."""

    usd: Usd
    when: Mapping[str, Plain] = {}


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


class Price(Frozen):
    """What a model costs, where that was read, and on which day."""

    unit: Literal["second", "clip", "run second"]
    """Second of film, whole clip, or second of the machine's time."""
    rates: Annotated[tuple[Rate, ...], Field(min_length=1)]
    """The first that fits counts."""
    run: Run | None = None
    read: date
    source: str
    certain: bool = False
    """Read at the service itself; else the quote spreads wide."""

    @model_validator(mode="after")
    def _run_where_it_is_billed(self) -> Self:
        if (self.unit == "run second") != (self.run is not None):
            raise ValueError("`run` says how long a clip runs where the unit is 'run second'")
        return self


class Entry(Frozen):
    """One model at one service: what it takes, makes and costs, as read on a day."""

    provider: str
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    """Short name, unique at its provider."""
    ref: str
    """As the service names it: `owner/name`, or fal's endpoint."""
    version: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """Hash of a community model's version; empty for official models and endpoints."""
    inputs: Mapping[str, Input]
    fixed: Mapping[str, Plain] = {}
    """Inputs that are always sent, whatever the model's default."""
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
    rules: tuple[Rule, ...] = ()
    dialect: Dialect = "plain"
    prompt: Limits = Limits()
    negative: Limits = Limits()
    licence: str
    licence_name: Annotated[str, Field(max_length=28)] = ""
    """The licence in a column of a table."""
    price: Price
    concurrent: Annotated[int, Field(ge=1)]
    """Jobs the service works on at a time for a new account."""
    quality: Annotated[int, Field(ge=1, le=10)]
    """Our own ranking, by the makers' and the public comparisons' order; 10 is best."""
    default: bool = False
    """The model that is taken where none is named; one per provider."""
    read: date
    source: str
    """Where inputs and lengths were read."""
    certain: bool = False
    """Whether all of that was read in a schema or in official pages."""
    note: str = ""
    with_images: tuple[str, ...] = ()
    """Names of entries of the same provider that serve shots with images which this one does not
    take: image-to-video is an endpoint of its own there. Of those that take the most of a shot's
    images the first one serves it."""
    sisters: Annotated[tuple["Entry", ...], Field(exclude=True)] = ()
    """The entries behind `with_images`, filled in by the loader; theirs are left out."""

    @property
    def key(self) -> str:
        """`provider:name`, as a user writes it."""
        return f"{self.provider}:{self.name}"

    def carrying(self, role: Role) -> str | None:
        """Name of the input with that role."""
        return next((name for name, given in self.inputs.items() if given.role == role), None)

    def takes(self, role: Role) -> bool:
        """Whether it has an input with that role."""
        return self.carrying(role) is not None

    def accepts(self, role: Role) -> bool:
        """Whether it or one of its sisters has an input with that role."""
        return any(each.takes(role) for each in (self, *self.sisters))

    def needs(self, role: Role) -> bool:
        """Whether it can do nothing without it: image-to-video models need `start`."""
        name = self.carrying(role)
        return name is not None and self.inputs[name].required

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
        roles = [given.role for given in self.inputs.values() if given.role]
        if twice := sorted({role for role in roles if roles.count(role) > 1}):
            raise ValueError(f"two inputs have the role {twice[0]}")
        if "prompt" not in roles:
            raise ValueError("no input has the role prompt")
        for name, given in self.inputs.items():
            if given.default is not None and (fault := given.fault(given.default)):
                raise ValueError(f"inputs.{name}.default {fault}")
        self._check("fixed", self.fixed)
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
        for rule in self.rules:
            self._check("rules.needs", rule.needs, many=True)
            for other in (rule.given, *rule.along, *rule.bars):
                if other not in self.inputs:
                    raise ValueError(f"rules: there is no input {other}")
        for rate in self.price.rates:
            self._check("price.rates.when", rate.when)
        if self.price.rates[-1].when:
            raise ValueError("the last of price.rates must hold for everything: no `when`")
        return self

    def _check(self, place: str, values: Mapping[str, object], *, many: bool = False) -> None:
        for name, value in values.items():
            if name not in self.inputs:
                raise ValueError(f"{place}: there is no input {name}")
            every = value if many and isinstance(value, tuple) else (value,)
            for single in every:
                if fault := self.inputs[name].fault(single):
                    raise ValueError(f"{place}: {name} {fault}")


def _nearest(length: float, multiple: int) -> int:
    return max(multiple, round(length / multiple) * multiple)
