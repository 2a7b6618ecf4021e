"""One hosted model of sound as the catalogue knows it: `SoundEntry`. Data only."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from songreel.generation.catalogue.offer import Cost, Input, Offer, Plain
from songreel.models.document import Frozen

Three = tuple[
    Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]
]
"""Low, likely and high."""


class SoundRun(Frozen):
    """How long the machine runs for a sound: `fixed` + `each` × its seconds, seconds."""

    fixed: Three
    each: Three

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for name, three in (("fixed", self.fixed), ("each", self.each)):
            if list(three) != sorted(three):
                raise ValueError(f"{name} must rise: low, likely, high")
        return self


class SoundPrice(Cost):
    """What a sound of a model costs."""

    run: SoundRun | None = None


class SoundEntry(Offer):
    """One model of sound at one service: what it takes, makes and costs, as read on a day."""

    tasks: Annotated[tuple[Literal["music", "effects"], ...], Field(min_length=1)]
    longest: Annotated[float, Field(gt=0)]
    """Seconds of what comes of a request, what it continues among them."""
    settings: Mapping[str, Plain] = {}
    """Inputs that a user may set, and what songreel sends where he does not."""
    continuing: Mapping[str, Plain] = {}
    """Inputs that are sent along with sound that is continued."""
    bounds: Mapping[str, tuple[float, float]] = {}
    """Our own limits of inputs for which the schema states wider ones or none."""
    price: SoundPrice

    @property
    def always(self) -> frozenset[str]:
        """Inputs that are sent or may be."""
        return super().always | set(self.settings) | set(self.continuing)

    def bounded(self, name: str) -> Input:
        """An input with our own limits within those of its schema."""
        given = self.inputs[name]
        if name not in self.bounds:
            return given
        low, high = self.bounds[name]
        return given.model_copy(
            update={
                "low": low if given.low is None else max(low, given.low),
                "high": high if given.high is None else min(high, given.high),
            }
        )

    @model_validator(mode="after")
    def _of_sound(self) -> Self:
        for role in ("start", "end", "references", "audio", "fps", "width", "height"):
            if self.takes(role):
                raise ValueError(f"the role {role} is for models of pictures")
        if not self.takes("length"):
            raise ValueError("no input has the role length")
        for place, values in (("settings", self.settings), ("continuing", self.continuing)):
            self._check(place, values)
            for name in values:
                if self.inputs[name].role or name in self.fixed:
                    raise ValueError(f"{place}: {name} is sent for another reason")
        for name in self.bounds:
            if name not in self.inputs or self.inputs[name].type not in ("integer", "number"):
                raise ValueError(f"bounds: {name} is no input that is a number")
        for name, value in self.settings.items():
            if fault := self.bounded(name).fault(value):
                raise ValueError(f"settings: {name} {fault}")
        return self
