"""What any hosted model is, whatever it makes: `Offer`, its inputs and its price. Data only."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from songreel.models.document import Frozen
from songreel.models.money import Usd

Plain = bool | int | float | str
"""A JSON value that an input takes."""

Role = Literal[
    "prompt", "negative", "seed", "start", "end", "references", "audio", "heard", "seen",
    "length", "fps", "width", "height",
]  # fmt: skip
"""What of an order an input carries; an input without a role is fixed, chosen by a size, set by
the user, or left at the model's default."""

FILES: frozenset[Role] = frozenset({"start", "end", "references", "audio", "heard", "seen"})
"""Roles whose inputs are addresses of files."""


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


class Cost(Frozen):
    """What a model costs, where that was read, and on which day."""

    unit: Literal["second", "clip", "run second"]
    """Second of film or sound, whole clip, or second of the machine's time."""
    rates: Annotated[tuple[Rate, ...], Field(min_length=1)]
    """The first that fits counts."""
    run: Frozen | None = None
    """How long the machine runs; of its own form for each kind of work."""
    read: date
    source: str
    certain: bool = False
    """Read at the service itself; else the quote spreads wide."""

    @model_validator(mode="after")
    def _run_where_it_is_billed(self) -> Self:
        if (self.unit == "run second") != (self.run is not None):
            raise ValueError("`run` says how long the machine runs where the unit is 'run second'")
        return self

    def rate(self, sent: Mapping[str, object]) -> Rate:
        """The price that holds for these inputs, defaults filled in."""
        return next(
            rate
            for rate in self.rates
            if all(sent.get(key) == value for key, value in rate.when.items())
        )


class Offer(Frozen):
    """One model at one service: what it takes and costs, as read on a day."""

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
    rules: tuple[Rule, ...] = ()
    prompt: Limits = Limits()
    negative: Limits = Limits()
    licence: str
    licence_name: Annotated[str, Field(max_length=28)] = ""
    """The licence in a column of a table."""
    price: Cost
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

    @property
    def key(self) -> str:
        """`provider:name`, as a user writes it."""
        return f"{self.provider}:{self.name}"

    @property
    def always(self) -> frozenset[str]:
        """Inputs that are sent or may be, so that the model's own default does not matter."""
        roles = {name for name, given in self.inputs.items() if given.role}
        return frozenset(roles | set(self.fixed))

    def carrying(self, role: Role) -> str | None:
        """Name of the input with that role."""
        return next((name for name, given in self.inputs.items() if given.role == role), None)

    def takes(self, role: Role) -> bool:
        """Whether it has an input with that role."""
        return self.carrying(role) is not None

    def needs(self, role: Role) -> bool:
        """Whether it can do nothing without it: image-to-video models need `start`."""
        name = self.carrying(role)
        return name is not None and self.inputs[name].required

    def effective(self, sent: Mapping[str, object]) -> dict[str, object]:
        """`sent` with the model's defaults for what is not sent."""
        return {
            name: sent.get(name, given.default)
            for name, given in self.inputs.items()
            if name in sent or given.default is not None
        }

    @model_validator(mode="after")
    def _inputs_hold(self) -> Self:
        roles = [given.role for given in self.inputs.values() if given.role]
        if twice := sorted({role for role in roles if roles.count(role) > 1}):
            raise ValueError(f"two inputs have the role {twice[0]}")
        if "prompt" not in roles:
            raise ValueError("no input has the role prompt")
        for name, given in self.inputs.items():
            if given.default is not None and (fault := given.fault(given.default)):
                raise ValueError(f"inputs.{name}.default {fault}")
        self._check("fixed", self.fixed)
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
