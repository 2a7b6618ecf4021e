"""The user's workflows by name: `comfyui.toml`, where their servers are, and what they make."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import httpx
from platformdirs import user_config_path
from pydantic import Field, ValidationError, field_validator

from songreel.generation.catalogue.entry import Dialect, Entry, Grid, Pixels
from songreel.generation.comfy.workflow import Workflow
from songreel.generation.hosted.keys import Secret, optional_key
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput

FILE = "comfyui.toml"
URL = "SONGREEL_COMFYUI_URL"
AUTH = "SONGREEL_COMFYUI_AUTH"
KEY = "comfyui"
LOCAL = "http://127.0.0.1:8188"
"""Where ComfyUI listens unless it is told otherwise (`comfy/cli_args.py`)."""


class Table(Frozen):
    """A table `[name]` of the file, as it is written. What is left out the workflow tells."""

    url: str = ""
    """Of the server; else `SONGREEL_COMFYUI_URL`, else ComfyUI's own default on this machine."""
    workflow: Path
    """In API format; relative to the file."""
    with_images: tuple[Path, ...] = ()
    """Workflows for shots with a start image, or with a start and an end image."""
    output: str = ""
    """Id or title of the node that saves the clip, where there are several."""
    fps: Annotated[Fraction, Field(gt=0, le=240)] | None = None
    """Frames a second of what is asked for."""
    frames: Annotated[int, Field(gt=0)] | Grid | None = None
    """A number where the workflow has no place for it, else `{ step, low, high }`."""
    size: tuple[Pixels, Pixels] | None = None
    """Width and height, where they are always the same."""
    short_side: Annotated[int, Field(ge=64)] | None = None
    """Pixels that are aimed for, where the workflow has places for width and height."""
    multiple: Annotated[int, Field(ge=2, multiple_of=2)] | None = None
    """Of which width and height are."""
    largest: Pixels = 1280
    """Pixels of the long side."""
    dialect: Dialect | None = None
    steps: Annotated[int, Field(ge=1)] | None = None
    guidance: Annotated[float, Field(ge=0)] | None = None
    negative: str = ""
    """Negative prompt where the plan has none."""
    timeout: Annotated[float, Field(gt=0)] = 3600.0
    """Seconds that a clip may run on the server; the time in its queue does not count."""
    concurrent: Annotated[int, Field(ge=1, le=64)] = 2
    """Clips that are sent at a time. ComfyUI makes one after the other: with two the next one is
    there when the first is done."""
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] = "Authorization"
    """Under which the key is sent, where the server is behind something that wants one."""
    key: str = KEY
    """Name of its line in the file of keys."""
    licence: str = "as the model's own; the workflow does not say"
    default: bool = False

    @field_validator("fps", mode="before")
    @classmethod
    def _exact(cls, value: object) -> object:
        """23.976 is 24000/1001 for everybody."""
        if isinstance(value, float):
            near = Fraction(round(value * 1001 / 1000) * 1000, 1001)
            return (
                near
                if abs(float(near) - value) < 0.002
                else Fraction(value).limit_denominator(1000)
            )
        return value


@dataclass(frozen=True)
class Setup:
    """A workflow of the user's, ready to be asked."""

    name: str
    place: Path
    """The file that it stands in."""
    url: str
    told_by: str
    """Where the URL comes from."""
    entry: Entry
    """What it makes, and with `sisters` what those for images make."""
    workflows: Mapping[str, Workflow]
    """By name of the entry."""
    header: str
    key: Secret | None = field(repr=False)
    timeout: float
    derived: tuple[str, ...]
    """What was read in the workflow or known of its nodes, a clause each."""


def folder() -> Path:
    """The user's configuration folder: `SONGREEL_CONFIG`, else the platform's."""
    named = os.environ.get("SONGREEL_CONFIG")
    return Path(named) if named else user_config_path("songreel")


def names() -> tuple[str, ...]:
    """The workflows of the user's file, as they stand there; none where there is no file.

    Raises:
        InvalidInput: The file cannot be read or is no TOML.
    """
    return tuple(_tables(folder() / FILE))


def setup(name: str) -> Setup:
    """The workflow called `name`; the user's default one for "".

    Raises:
        InvalidInput: There is none of that name, or it does not hold: file, name and field are
            said.
    """
    from songreel.generation.comfy.entries import made

    place = folder() / FILE
    tables = _tables(place)
    name = name or _default(place, tables)
    if name not in tables:
        near = get_close_matches(name, tables, n=2, cutoff=0.5)
        known = f"did you mean {' or '.join(near)}?" if near else f"it has {', '.join(tables)}"
        raise InvalidInput(
            f"{place} has no workflow {name!r}; {known}"
            if tables
            else f"there is no ComfyUI workflow {name!r}: {how_to(place)}"
        )
    table = _table(place, name, tables[name])
    where = f"{place}, [{name}]"
    url, told_by = table.url, str(place)
    if not url:
        url, told_by = os.environ.get(URL, "").strip(), URL
    if not url:
        url, told_by = LOCAL, "ComfyUI's own default"
    entry, workflows, derived = made(name, table, place.parent, where)
    return Setup(
        name=name,
        place=place,
        url=checked_url(url, told_by if told_by != str(place) else f"{where}, url"),
        told_by=told_by,
        entry=entry,
        workflows=workflows,
        header=table.header,
        key=optional_key(table.key, AUTH if table.key == KEY else ""),
        timeout=table.timeout,
        derived=derived,
    )


def how_to(place: Path) -> str:
    """How to tell songreel of a workflow."""
    return (
        f"write one into {place}, such as [ltx] with the lines "
        'url = "http://127.0.0.1:8188" and workflow = "ltx.json" (exported in API format)'
    )


def checked_url(text: str, told_by: str) -> str:
    """A server's URL without a slash at its end.

    Raises:
        InvalidInput: It is none.
    """
    text = text.strip()
    if "://" not in text:
        raise InvalidInput(
            f"{told_by}: {text!r} has no http:// or https:// before it; write http://{text}"
        )
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise InvalidInput(f"{told_by}: {text!r} is no URL: {error}") from error
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise InvalidInput(f"{told_by}: {text!r} is no address of a server; write http://host:8188")
    if url.userinfo:
        raise InvalidInput(
            f'{told_by}: a password does not belong into the URL; write `{KEY} = "Basic …"` into '
            f"keys.toml (mode 0600), or set {AUTH}"
        )
    return text.rstrip("/")


def _default(place: Path, tables: Mapping[str, Any]) -> str:
    if not tables:
        raise InvalidInput(f"there is no ComfyUI workflow yet: {how_to(place)}")
    marked = [name for name, table in tables.items() if table.get("default") is True]
    if len(marked) == 1 or len(tables) == 1:
        return marked[0] if marked else next(iter(tables))
    raise InvalidInput(
        f"{place} has {', '.join(tables)}: name one (comfyui:{next(iter(tables))}), or write "
        "default = true into one of them"
    )


def _tables(place: Path) -> dict[str, dict[str, Any]]:
    try:
        raw = tomllib.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InvalidInput(f"cannot read {place}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{place} is not TOML: {error}") from error
    for name, table in raw.items():
        if not isinstance(table, dict):
            raise InvalidInput(
                f"{place}: {name} must be in a table with the workflow's name: [ltx]"
            )
    return raw


def _table(place: Path, name: str, raw: Mapping[str, Any]) -> Table:
    try:
        return Table.model_validate(raw)
    except ValidationError as error:
        errors = error.errors()
        # Of `frames`, which is a number or a table, the errors of the other are beside the point.
        first = errors[-1 if isinstance(raw.get("frames"), dict) else 0]
        kinds = ("constrained-int", "int", "Grid")
        spot = ".".join(str(part) for part in first["loc"] if part not in kinds)
        reason = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            near = get_close_matches(spot, Table.model_fields, n=1, cutoff=0.5)
            meant = (
                f"did you mean {near[0]}?" if near else f"there are {', '.join(Table.model_fields)}"
            )
            reason = f"is not known; {meant}"
        elif first["type"] == "missing":
            reason = "is missing"
        raise InvalidInput(f"{place}, [{name}], {spot}: {reason}") from error
