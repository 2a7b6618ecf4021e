"""Cutting styles and what each section function asks of the edit, read from `styles.toml`."""

import tomllib
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput

Positive = Annotated[float, Field(gt=0)]


class Style(Frozen):
    """How densely a film is cut, against the figures of the craft."""

    about: str
    length: Positive
    """Multiplies every target shot length."""
    contrast: Positive
    """Exponent on how far energy moves the length."""


class Function(Frozen):
    """What a section of one label asks of the edit."""

    bars: tuple[Positive, Positive]
    """Median shot in bars, at its calmest and at its most energetic."""
    hold: Positive
    """Longest shot, seconds."""


@cache
def _tables() -> tuple[MappingProxyType[str, Style], MappingProxyType[str, Function]]:
    raw = tomllib.loads((files("songreel.prompting") / "styles.toml").read_text(encoding="utf-8"))
    styles = {name: Style.model_validate(body) for name, body in raw["style"].items()}
    functions = {name: Function.model_validate(body) for name, body in raw["function"].items()}
    return MappingProxyType(styles), MappingProxyType(functions)


def styles() -> MappingProxyType[str, Style]:
    """Every cutting style by name, calmest first."""
    return _tables()[0]


def functions() -> MappingProxyType[str, Function]:
    """What each section label asks of the edit."""
    return _tables()[1]


def find_style(name: str) -> Style:
    """The style called `name`.

    Raises:
        InvalidInput: There is none; the text lists the names.
    """
    found = styles().get(name)
    if found is None:
        raise InvalidInput(f"style {name!r} is not known; choose one of {', '.join(styles())}")
    return found
