"""Films that differ by their options: `read_sweep`, from TOML or YAML.

Either every combination of the listed values, for every song:

    looks = ["noir", "neon"]        # a list: each of them
    seeds = [1, 2, 3]
    size = 720                      # one value: for all films

or films one by one, each for every song or for the song it names:

    size = 720
    [[film]]
    song = "harbour"                # the song's file name, with or without its ending
    look = "noir"
    [[film]]
    look = "neon"
    aspect = "9:16"
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from songreel.batch.wishes import Wishes
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput

MOST = 10_000
"""Films of one sweep for one song; more is a slip of the pen."""
Fault = Callable[..., InvalidInput]
"""Of a key, a text, and which of the keys of that name in the file it is."""
_FILMS = ("film", "films")
_PLURALS = {f"{name}s": name for name in Wishes.model_fields if not name.endswith("s")} | {
    "densities": "density", "captions": "captions", "approximations": "approximate",
}  # fmt: skip


class Variation(Frozen):
    """One film, or one for every song."""

    wishes: Wishes
    song: str | None = None
    """Its file's name, with or without ending; None: every song."""
    told: Mapping[str, Any] = {}
    """What it differs by from the others, in the order of the file."""


def read_sweep(path: Path) -> tuple[Variation, ...]:
    """The films that a sweep file asks for.

    Raises:
        InvalidInput: It cannot be read, or something in it is not known or cannot be; the text
            names the line, and near names.
    """
    raw, line_of = _read(path)

    def fault(key: str, text: str, nth: int = 0) -> InvalidInput:
        line = line_of(key, nth)
        return InvalidInput(f"{path}{f', line {line}' if line else ''}: {key}: {text}")

    films = next((raw.pop(name) for name in _FILMS if name in raw), None)
    fixed: dict[str, Any] = {}
    swept: dict[str, list[Any]] = {}
    for key, value in raw.items():
        name = _name(key, fault)
        if name in fixed or name in swept:
            raise fault(key, f"{name} is given twice")
        if isinstance(value, list):
            if not value:
                raise fault(key, "the list is empty; give at least one value")
            swept[name] = value
        else:
            fixed[name] = value
    if films is not None:
        if swept:
            raise fault(next(iter(swept)), "lists of values and [[film]] tables exclude each other")
        return _listed(films, fixed, fault)
    for name, values in swept.items():
        for value in values:
            _checked({name: value}, fault)
    count = 1
    for values in swept.values():
        count *= len(values)
    if count > MOST:
        raise InvalidInput(f"{path} asks for {count} films of each song; {MOST} is the most")
    base = _checked(fixed, fault)
    different = [name for name, values in swept.items() if len(values) > 1]
    found = []
    for combination in product(*swept.values()):
        chosen = dict(zip(swept, combination, strict=True))
        told = {name: chosen[name] for name in different}
        found.append(Variation(wishes=_checked(chosen, fault).over(base), told=told))
    return tuple(found)


def _listed(films: Any, fixed: Mapping[str, Any], fault: Fault) -> tuple[Variation, ...]:
    if not isinstance(films, list) or not all(isinstance(film, dict) for film in films):
        raise fault("film", "write each film as a table [[film]]")
    base = _checked(fixed, fault)
    found, seen = [], dict[str, int]()
    for film in films:
        song = film.get("song")
        if song is not None and not isinstance(song, str):
            raise fault("song", f"{song!r} is no file name", seen.get("song", 0))
        named: dict[str, Any] = {}
        for key, value in film.items():
            nth = seen[key] = seen.get(key, -1) + 1
            if key == "song":
                continue

            def here(name: str, text: str, nth: int = nth) -> InvalidInput:
                return fault(name, text, nth)

            name = _name(key, here, "song")
            _checked({name: value}, here, key)
            named[name] = value
        wishes = Wishes.model_validate(named).over(base)
        found.append(Variation(wishes=wishes, song=song, told=named))
    return tuple(found)


def _name(key: str, fault: Fault, *more: str) -> str:
    """The option that `key` names, in the singular."""
    if key in Wishes.model_fields:
        return key
    if key in _PLURALS:
        return _PLURALS[key]
    near = get_close_matches(key, [*Wishes.model_fields, *_PLURALS, *more, "film"], n=3, cutoff=0.6)
    known = ", ".join(Wishes.model_fields)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {known}"
    raise fault(key, f"no option of a film; {hint}")


def _checked(values: Mapping[str, Any], fault: Fault, key: str | None = None) -> Wishes:
    try:
        return Wishes.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = key or str(first["loc"][0])
        given = first.get("input")
        reason = first["msg"].removeprefix("Value error, ")
        raise fault(name, f"{reason} (given {given!r})") from error


def _read(path: Path) -> tuple[dict[str, Any], Any]:
    """The file's values, and where the n-th value of a key stands."""
    if path.suffix.lower() in (".yaml", ".yml"):
        from songreel.prompting.located_yaml import LocatedYaml

        located = LocatedYaml(path, "fields like `look: [noir, neon]`")

        def line_in_yaml(key: str, nth: int) -> int | None:
            lines = sorted(line for place, line in located.lines.items() if place[-1:] == (key,))
            return lines[nth] if nth < len(lines) else lines[-1] if lines else None

        return dict(located.value), line_in_yaml
    try:
        text = path.read_text(encoding="utf-8-sig")
        raw = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot read the sweep {path}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path} is not TOML: {error}") from error

    def line_in_toml(key: str, nth: int) -> int | None:
        pattern = re.compile(rf"^\s*(\[\[?\s*)?[\"']?{re.escape(key)}[\"']?\s*[=\]]")
        lines = [i for i, line in enumerate(text.splitlines(), 1) if pattern.match(line)]
        if not lines and (plurals := [p for p, name in _PLURALS.items() if name == key]):
            return line_in_toml(plurals[0], nth) if plurals[0] != key else None
        return lines[nth] if nth < len(lines) else lines[-1] if lines else None

    return raw, line_in_toml
