"""A source's own parameters on the command line: `SettingOption`, `own_settings`."""

from typing import TYPE_CHECKING, Annotated

import typer

from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.models.sound_request import Setting

SettingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="A parameter of the source's own; repeatable."
    ),
]


def own_settings(given: list[str] | None, option: str = "--set") -> "dict[str, Setting]":
    """`--set temperature=0.9` and such, by name; the source itself checks them.

    Args:
        given: As typed.
        option: By which they were given, for messages.

    Raises:
        InvalidInput: One is not written so, or given twice.
    """
    found: dict[str, Setting] = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        name, value = name.strip(), value.strip()
        if not (equals and name and value):
            raise InvalidInput(f"{option} {text!r} is not written as NAME=VALUE")
        if name in found:
            raise InvalidInput(f"{option} {name} is given twice; keep one of them")
        found[name] = _value(value)
    return found


def _value(text: str) -> "Setting":
    if text.lower() in ("true", "yes", "on"):
        return True
    if text.lower() in ("false", "no", "off"):
        return False
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
