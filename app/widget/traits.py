"""What the timeline is told and tells: its traits checked, its messages read.

The notebook's `Timeline` and the studio's element have the same traits, which are checked here.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from songreel.models.board import Board
from songreel.models.document import Frozen
from songreel.models.edits import PlanEdit, ShotId, Snap
from songreel.models.errors import InvalidInput
from songreel.models.units import Unit

Theme = Literal["auto", "dark", "light"]

DEFAULTS: Mapping[str, JsonValue] = {
    "board": {}, "position": 0.0, "playing": False, "selection": [], "zoom": 0.0, "scroll": 0.0,
    "snap": "beat", "audio": "", "theme": "auto", "editable": True, "working": {},
}  # fmt: skip
"""Every trait. `zoom` is pixels a second, 0 the whole song; `position` and `scroll` are seconds."""

_TYPES: Mapping[str, TypeAdapter[Any]] = {
    "position": TypeAdapter(Annotated[float, Field(ge=0, allow_inf_nan=False)]),
    "zoom": TypeAdapter(Annotated[float, Field(ge=0, allow_inf_nan=False)]),
    "scroll": TypeAdapter(Annotated[float, Field(ge=0, allow_inf_nan=False)]),
    "playing": TypeAdapter(bool),
    "editable": TypeAdapter(bool),
    "selection": TypeAdapter(list[str]),
    "snap": TypeAdapter(Snap),
    "theme": TypeAdapter(Theme),
    "audio": TypeAdapter(str),
    "working": TypeAdapter(dict[str, Unit]),
}


def checked(name: str, value: object) -> JsonValue:
    """`value` as the trait `name` is sent; a `Board` becomes its JSON.

    Raises:
        InvalidInput: There is no such trait, or it cannot be that.
    """
    if name == "board":
        return _board(value)
    if name not in _TYPES:
        raise InvalidInput(f"the timeline has no {name!r}; it has {', '.join(DEFAULTS)}")
    try:
        found: JsonValue = _TYPES[name].validate_python(value)
    except ValidationError as error:
        why = error.errors()[0]["msg"]
        raise InvalidInput(f"the timeline's {name} cannot be {value!r}: {why}") from error
    return found


def _board(value: object) -> JsonValue:
    if value is None or value == {}:
        return {}
    if not isinstance(value, Board):
        try:
            value = Board.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise InvalidInput(f"that is no board: {place}: {first['msg']}") from error
    found: JsonValue = value.model_dump(mode="json")
    return found


def differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a board that are others than they were."""
    return {name: value for name, value in now.items() if before[name] != value}


class Edited(Frozen):
    """Somebody changed the plan on the timeline."""

    type: Literal["edit"]
    edits: Annotated[tuple[PlanEdit, ...], Field(min_length=1)]
    revision: str | None = None
    """Of the board that it was done on."""


class Undone(Frozen):
    """The last change is to be taken back, or done again."""

    type: Literal["undo", "redo"]


class Commanded(Frozen):
    """A key or button that the page around answers: `retake`, `edit-prompt`, `compare`."""

    type: Literal["command"]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")]
    shots: tuple[ShotId, ...] = ()


Message = Edited | Undone | Commanded
_MESSAGE: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def read_message(content: object) -> Message:
    """A message from a browser.

    Raises:
        InvalidInput: The timeline sends no such message.
    """
    try:
        return _MESSAGE.validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(
            f"that is no message of the timeline: {place}: {first['msg']}"
        ) from error
