"""What a model on this server takes, delivers and costs: `Model`, `Input` and how to write them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from support.cloud.films import Form
from support.cloud.tones import Made

H100, L40S = Decimal("0.001525"), Decimal("0.000975")
"""USD a second of Replicate's hardware."""


@dataclass(frozen=True)
class Input:
    """One input of a model."""

    kind: str
    """`string`, `integer`, `number`, `boolean`, `uri` or `uris`."""
    default: Any = None
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    required: bool = False
    longest: int | None = None
    """Characters."""
    step: int = 1
    """What is left over this above `offset` is refused."""
    offset: int = 0

    def wrong(self, value: Any) -> tuple[str, str] | None:
        """(the kind of mistake, a sentence), or None."""
        kinds: dict[str, tuple[type, ...]] = {
            "string": (str,), "uri": (str,), "integer": (int,), "number": (int, float),
            "boolean": (bool,), "uris": (list,),
        }  # fmt: skip
        fits = isinstance(value, kinds[self.kind])
        if not fits or (isinstance(value, bool) and self.kind != "boolean"):
            return "invalid_type", f"Invalid type. Expected: {self.kind}"
        if self.choices and value not in self.choices:
            return "enum", f"Must be one of: {', '.join(map(repr, self.choices))}"
        if self.low is not None and value < self.low:
            return "number_gte", f"Must be greater than or equal to {self.low:g}"
        if self.high is not None and value > self.high:
            return "number_lte", f"Must be less than or equal to {self.high:g}"
        if self.longest is not None and len(value) > self.longest:
            return "string_lte", f"String length must be at most {self.longest}"
        if self.kind == "integer" and (value - self.offset) % self.step:
            return "multiple", f"Must be {self.offset} and a multiple of {self.step}"
        return None


Values = Mapping[str, Any]


@dataclass(frozen=True)
class Model:
    """A model of one of the services."""

    ref: str
    inputs: Mapping[str, Input]
    form: Callable[[Values], Any]
    """What is delivered for values with the defaults filled in: a `Form`, of sound a `Tone`."""
    usd: Callable[[Values, Any], Decimal]
    official: bool = True
    version: str = ""
    as_list: bool = False
    gpu: Decimal | None = None
    """USD a second of run time, for Replicate's community models: `usd` is that many seconds'."""

    sound: Callable[[Values, Mapping[str, bytes], int], Made] | None = None
    """What a model of sound makes of values, uploaded files by input, and a seed."""
    breaks: Callable[[Values, Mapping[str, bytes]], str] = lambda *_: ""
    """With which words it fails when it runs."""

    def complete(self, values: Values) -> dict[str, Any]:
        """The values, with defaults where none is given."""
        return {name: values.get(name, taken.default) for name, taken in self.inputs.items()}

    def mistakes(self, values: Values) -> dict[str, tuple[str, str]]:
        """What is wrong with an input, by field."""
        wrong: dict[str, tuple[str, str]] = {}
        for name, value in values.items():
            if name not in self.inputs:
                # Stricter than the services, which overlook it: a setting that is not one.
                wrong[name] = ("additional_property_not_allowed", f"Unknown input {name}")
            elif found := self.inputs[name].wrong(value):
                wrong[name] = found
        for name, taken in self.inputs.items():
            if taken.required and name not in values:
                wrong[name] = ("required", f"{name} is required")
        return wrong


def text(
    longest: int | None = None, *, required: bool = False, default: str | None = None
) -> Input:
    return Input("string", default, required=required, longest=longest)


def pick(default: Any, *choices: Any) -> Input:
    kind = "integer" if isinstance(default, int) else "string"
    return Input(kind, default, choices=choices)


def flag(default: bool) -> Input:
    return Input("boolean", default)


def whole(default: int | None, low: float | None = None, high: float | None = None) -> Input:
    return Input("integer", default, low=low, high=high)


def number(default: float, low: float, high: float) -> Input:
    return Input("number", default, low=low, high=high)


PROMPT = text(required=True)
SEED = whole(None)
IMAGE = Input("uri")
NEEDED = Input("uri", required=True)


def by_ratio(area: float, ratio: str, step: int = 32) -> tuple[int, int]:
    """A size of about `area` pixels in an aspect ratio such as 16:9."""
    across, down = map(int, ratio.split(":"))
    width, height = (area * across / down) ** 0.5, (area * down / across) ** 0.5
    return round(width / step) * step, round(height / step) * step


def upright(width: int, height: int, ratio: str) -> tuple[int, int]:
    """A landscape size, turned for 9:16 and cut for 1:1."""
    return {"9:16": (height, width), "1:1": (height, height)}.get(ratio, (width, height))


LINES = {
    "480p": (848, 480), "512p": (912, 512), "512P": (912, 512), "580p": (1024, 580),
    "720p": (1280, 720), "768p": (1366, 768), "768P": (1366, 768), "1080p": (1920, 1080),
    "4k": (3840, 2160),
}  # fmt: skip


def lasting(seconds: Any, size: tuple[int, int], rate: int = 24, *, sound: bool = False) -> Form:
    """A clip of so many seconds; services write them as 6, "6" or "8s"."""
    return Form(*size, Fraction(rate), int(str(seconds).rstrip("s")) * rate, sound)


def per_second(usd: str) -> Callable[[Values, Form], Decimal]:
    return lambda _, form: Decimal(usd) * form.frames / Decimal(int(form.rate))


def per_clip(usd: str) -> Callable[[Values, Form], Decimal]:
    return lambda _, __: Decimal(usd)


def by_field(name: str, **prices: str) -> Callable[[Values, Form], Decimal]:
    """USD a second, by what an input says; a leading underscore lets a digit come first."""
    return lambda values, form: per_second(prices[f"_{values[name]}"])(values, form)


def by_sound(with_it: str, without: str) -> Callable[[Values, Form], Decimal]:
    return lambda values, form: per_second(with_it if values["generate_audio"] else without)(
        values, form
    )
