"""The catalogue's TOML: tables of entries, and one laid over the other."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from typing_extensions import TypeVar

from songreel.generation.catalogue.offer import Offer
from songreel.models.errors import InvalidInput

SOUND = "sound"
"""Below which a file has its models of sound: `[sound.replicate.musicgen]`."""

Key = tuple[str, str]
"""Provider and name."""

Table = dict[str, Any]

E = TypeVar("E", bound=Offer)


class Tables(NamedTuple):
    """The tables of all files, whole."""

    tables: Mapping[Key, Table]
    origin: Mapping[Key, str]
    """The file that had the last word on each."""


def gather(shipped: str, user: Path | None, *, sound: bool = False) -> Tables:
    """The tables of a shipped file, with those of the user's file added or laid over them.

    Args:
        shipped: Name of a file of this package.
        user: The user's own catalogue.
        sound: Those below `[sound]` in place of all others.

    Raises:
        InvalidInput: A file cannot be read or is not laid out as the catalogue is.
    """
    tables = dict(_shipped(shipped, sound))
    origin = dict.fromkeys(tables, shipped)
    if user is not None:
        try:
            own = _tables(user.read_text(encoding="utf-8"), str(user), sound)
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"cannot read the catalogue {user}: {error}") from error
        tables |= _resolved(own, tables, str(user))
        origin |= dict.fromkeys(own, str(user))
    return Tables(tables, origin)


def enter(kind: type[E], key: Key, found: Tables) -> E:
    """The entry of a table.

    Raises:
        InvalidInput: It does not hold; file, entry and field are named.
    """
    provider, name = key
    try:
        return kind.model_validate({**found.tables[key], "provider": provider, "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise InvalidInput(
            f"{found.origin[key]}: entry {provider}:{name}{f', {field}' if field else ''}: {reason}"
        ) from error


@cache
def _shipped(name: str, sound: bool) -> Mapping[Key, Table]:
    """The tables of a file of this package, which is read once."""
    text = (files("songreel.generation.catalogue") / name).read_text(encoding="utf-8")
    return _resolved(_tables(text, name, sound), {}, name)


def _tables(text: str, place: str, sound: bool) -> dict[Key, Table]:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{place} is not TOML: {error}") from error
    below = raw.pop(SOUND, {})
    if not isinstance(below, dict):
        raise InvalidInput(f"{place}: {SOUND} must be tables [{SOUND}.provider.model-name]")
    head = f"{SOUND}." if sound else ""
    found: dict[Key, Table] = {}
    for provider, models in (below if sound else raw).items():
        if not isinstance(models, dict):
            raise InvalidInput(
                f"{place}: {head}{provider} must be a table [{head}{provider}.model-name]"
            )
        for name, table in models.items():
            if not isinstance(table, dict):
                raise InvalidInput(
                    f"{place}: {head}{provider}.{name} must be a table; a name with a dot needs "
                    f'quotes: [{head}{provider}."veo-3.1"]'
                )
            found[provider, name] = table
    return found


def _resolved(own: Mapping[Key, Table], known: Mapping[Key, Table], place: str) -> dict[Key, Table]:
    """The tables of a file with all that they take over: from each other, or from `known` ones."""

    def whole(key: Key, via: tuple[Key, ...] = ()) -> Table:
        like = own[key].get("like")
        if like is None:
            return _changed(known.get(key, {}), own[key])
        name, _, model = str(like).partition(":")
        base = (name, model)
        if base in (key, *via) or (base not in own and base not in known):
            raise InvalidInput(
                f"{place}: entry {':'.join(key)}: like = {like!r} is no other entry; "
                "write it as 'provider:name'"
            )
        found = whole(base, (*via, key)) if base in own else known[base]
        # Its sisters are endpoints beside that one, which are not beside this one.
        alone = {name: value for name, value in found.items() if name != "with_images"}
        return _changed({**alone, "default": False}, own[key])

    return {key: whole(key) for key in own}


def _changed(base: Mapping[str, Any], change: Mapping[str, Any]) -> Table:
    """`base` with `change` laid over it, where ways to say lengths and sizes replace each other."""
    kept = dict(base)
    if "licence" in change:
        kept.pop("licence_name", None)
    for ways in (("lengths", "grid"), ("sizes", "area", "free")):
        if any(way in change for way in ways):
            kept = {name: value for name, value in kept.items() if name not in ways}
    without = change.get("without", ())
    if without:
        inputs = kept.get("inputs", {}).items()
        kept["inputs"] = {name: value for name, value in inputs if name not in without}
    told = {name: value for name, value in change.items() if name not in ("like", "without")}
    return _over(kept, told)


def _over(base: Mapping[str, Any], change: Mapping[str, Any]) -> Table:
    """`base` with `change` laid over it, table by table."""
    laid = dict(base)
    for key, value in change.items():
        under = laid.get(key)
        both = isinstance(value, dict) and isinstance(under, dict)
        laid[key] = _over(under, value) if both else value  # type: ignore[arg-type]
    return laid
