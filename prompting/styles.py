"""The cutting styles there are: those that ship (`styles.toml`) and the user's own."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import ValidationError

from songreel.models.errors import InvalidInput
from songreel.models.style import Function, Style

__all__ = [
    "Function", "Row", "Style", "described", "find_style", "function_of", "functions", "read_style",
    "styles", "with_controls",
]  # fmt: skip

SUFFIX = ".toml"
SHIPPED = "songreel"
"""Source of the styles that ship."""


class Row(NamedTuple):
    """A style in a list."""

    name: str
    about: str
    """What it is for, or why its file cannot be used."""
    source: str
    """`songreel`, or the file."""


@cache
def _tables() -> tuple[MappingProxyType[str, Style], MappingProxyType[str, Function]]:
    raw = tomllib.loads((files("songreel.prompting") / "styles.toml").read_text(encoding="utf-8"))
    styles = {
        name: Style.model_validate({"name": name, **body}) for name, body in raw["style"].items()
    }
    functions = {name: Function.model_validate(body) for name, body in raw["function"].items()}
    return MappingProxyType(styles), MappingProxyType(functions)


def styles() -> MappingProxyType[str, Style]:
    """Every cutting style that ships by name, calmest first."""
    return _tables()[0]


def functions() -> MappingProxyType[str, Function]:
    """What each section label asks of the edit."""
    return _tables()[1]


def function_of(style: Style, label: str) -> Function:
    """What a section of `label` asks of an edit in `style`."""
    own = {str(name): function for name, function in style.function.items()}
    return own.get(label) or functions()[label]


def find_style(name: str, folder: Path | None = None) -> Style:
    """The style called `name`.

    Args:
        name: Of a style that ships or of one of the user's own, or the path of a TOML file.
        folder: The user's own styles, one `*.toml` each.

    Raises:
        InvalidInput: There is none of this name (the text lists the names), or its file cannot
            be used (the text names file and field).
    """
    if name not in styles() and name.endswith(SUFFIX):
        return read_style(Path(name))
    return style_called(name, folder)


def style_called(name: str, folder: Path | None = None) -> Style:
    """The style called `name`, and never a file: for names in plans, which may be anybody's.

    Arguments and errors as in `find_style`.
    """
    if name in styles():
        return styles()[name]
    own, broken = _own(folder)
    if name in own:
        return own[name][1]
    for path, reason in broken.items():
        if path.stem == name:
            raise InvalidInput(reason)
    names = ", ".join([*styles(), *own])
    raise InvalidInput(f"style {name!r} is not known; choose one of {names}, or a .toml file")


def read_style(path: Path) -> Style:
    """A user's own style, in a TOML file.

    The fields are those of `Style`; `name` is the file's where it says none. `like = "driving"`
    takes what is not said from that style; without it, from `classic`.

    Raises:
        InvalidInput: It cannot be read or is no style; the text names file and field.
    """
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"cannot read the style {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} is not TOML: {error}") from error
    like = raw.pop("like", "classic")
    if not isinstance(like, str) or like not in styles():
        raise InvalidInput(f"{path}, like: {like!r} is not one of {', '.join(styles())}")
    base = styles()[like].model_dump(exclude={"name", "about"})
    about = f"like {like}, after {path.name}"
    try:
        style = Style.model_validate({"name": path.stem, "about": about, **base, **raw})
    except ValidationError as error:
        raise InvalidInput(f"{path}, {_told(error)}") from error
    if style.name in styles():
        raise InvalidInput(
            f"{path}, name: {style.name!r} is a style that ships; give yours another name"
        )
    return style


def with_controls(
    style: Style,
    *,
    density: float | None = None,
    shortest: float | None = None,
    longest: float | None = None,
) -> Style:
    """`style` with what is given of the slider and the ends of shot length set.

    Raises:
        InvalidInput: A value is out of its range; the text names it.
    """
    given = {"density": density, "shortest": shortest, "longest": longest}
    update = {name: value for name, value in given.items() if value is not None}
    try:
        return Style.model_validate(style.model_dump() | update) if update else style
    except ValidationError as error:
        raise InvalidInput(_told(error)) from error


def described(folder: Path | None = None) -> tuple[Row, ...]:
    """Every style: those that ship first, then the user's own by name, then files with faults."""
    own, broken = _own(folder)
    return (
        *(Row(name, style.about, SHIPPED) for name, style in styles().items()),
        *(Row(name, style.about, str(path)) for name, (path, style) in own.items()),
        *(Row(path.stem, reason, str(path)) for path, reason in broken.items()),
    )


def _told(error: ValidationError) -> str:
    """The first fault of a style, with its field."""
    fault = error.errors()[0]
    field = ".".join(str(part) for part in fault["loc"])
    text = fault["msg"].removeprefix("Value error, ").replace("Input should", "It should")
    if fault["type"] == "extra_forbidden":
        fields = ", ".join(["like", *Style.model_fields])
        return f"{field}: there is no such field; a style has {fields}"
    if "[key]" in field:
        names = ", ".join(functions())
        return f"function: there is no section {fault['input']!r}; they are {names}"
    value = f", not {fault['input']!r}" if field else ""
    return f"{field}: {text[0].lower()}{text[1:]}{value}" if field else text


def _own(folder: Path | None) -> tuple[dict[str, tuple[Path, Style]], dict[Path, str]]:
    """The user's styles by name, and what is wrong with the files that hold none."""
    found: dict[str, tuple[Path, Style]] = {}
    broken: dict[Path, str] = {}
    try:
        paths = sorted(p for p in folder.iterdir() if p.suffix == SUFFIX) if folder else []
    except OSError as error:
        raise InvalidInput(f"cannot read the styles in {folder}: {error.strerror}") from error
    for path in paths:
        try:
            style = read_style(path)
            if style.name in found:
                raise InvalidInput(
                    f"{path}, name: {style.name!r} is taken by {found[style.name][0]}"
                )
            found[style.name] = path, style
        except InvalidInput as error:
            broken[path] = str(error)
    return dict(sorted(found.items())), broken
