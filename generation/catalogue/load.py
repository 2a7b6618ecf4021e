"""The catalogue: the entries shipped with songreel, and the user's own over them."""

import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from songreel.generation.catalogue.entry import STILLS, Dialect, Entry, Role
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput

SHIPPED = "catalogue.toml"


class Catalogue(Frozen):
    """All models that can be asked, by provider, in the order of the files."""

    entries: tuple[Entry, ...]

    def find(self, provider: str, name: str = "") -> Entry:
        """The entry of `provider` by its short name or its full ref; its default for "".

        Raises:
            InvalidInput: There is none; the text lists near names.
        """
        offered = self.of(provider)
        if not offered:
            known = ", ".join(sorted({entry.provider for entry in self.entries}))
            raise InvalidInput(f"the catalogue has no provider {provider!r}; it has {known}")
        if not name:
            # Later entries are the user's: theirs is the default where they set one.
            return next((entry for entry in reversed(offered) if entry.default), offered[0])
        for entry in offered:
            if name in (entry.name, entry.ref):
                return entry
        names = [entry.name for entry in offered]
        refs = {entry.ref: entry.name for entry in offered}
        near = get_close_matches(name, [*names, *refs], n=3, cutoff=0.5)
        close = list(dict.fromkeys(refs.get(found, found) for found in near))
        text = f"did you mean {' or '.join(close)}?" if close else f"it has {', '.join(names)}"
        raise InvalidInput(f"{provider} has no model {name!r} in the catalogue; {text}")

    def of(self, provider: str) -> tuple[Entry, ...]:
        """The entries of one provider."""
        return tuple(entry for entry in self.entries if entry.provider == provider)

    def asked(self, source: Sequence[str]) -> Entry:
        """The entry for which a request was planned, by its `source` (see `pack.source_of`).

        Raises:
            InvalidInput: The catalogue has it no more.
        """
        if len(source) < 2:
            raise InvalidInput("the clip was not planned for a model of the catalogue")
        return self.find(source[0], source[1])

    def where(
        self,
        *,
        provider: str | None = None,
        dialect: Dialect | None = None,
        takes: Sequence[Role] = (),
        needs_nothing: bool = False,
    ) -> tuple[Entry, ...]:
        """The entries that fit.

        Args:
            provider: Of this provider alone.
            dialect: Whose prompts are worded so.
            takes: That have inputs with all of these roles.
            needs_nothing: That make clips from words alone: no start image, no sound.
        """
        return tuple(
            entry
            for entry in self.entries
            if (provider is None or entry.provider == provider)
            and (dialect is None or entry.dialect == dialect)
            and all(entry.takes(role) for role in takes)
            and not (needs_nothing and (entry.needs("start") or entry.needs("audio")))
        )


def catalogue(user: Path | None = None) -> Catalogue:
    """The shipped entries, with those of the user's TOML file added or laid over them.

    In the file each entry is a table `[provider.name]`. A table of a known name changes the
    fields it gives and leaves the others, to any depth; lists are replaced whole. A new one is
    complete, or says `like = "provider:name"` and gives what differs; `without` lists inputs
    that it does not take over.

    Raises:
        InvalidInput: The file cannot be read, or an entry does not hold; file, entry and field
            are named.
    """
    shipped = files("songreel.generation.catalogue") / SHIPPED
    tables = _resolved(_tables(shipped.read_text(encoding="utf-8"), SHIPPED), {}, SHIPPED)
    origin = dict.fromkeys(tables, SHIPPED)
    if user is not None:
        try:
            own = _tables(user.read_text(encoding="utf-8"), str(user))
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"cannot read the catalogue {user}: {error}") from error
        tables |= _resolved(own, tables, str(user))
        origin |= dict.fromkeys(own, str(user))
    alone = {key: _entry(key, table, origin[key]) for key, table in tables.items()}
    return Catalogue(
        entries=tuple(_with_sisters(each, alone, origin[key]) for key, each in alone.items())
    )


Key = tuple[str, str]


def _tables(text: str, place: str) -> dict[Key, dict[str, Any]]:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{place} is not TOML: {error}") from error
    found: dict[Key, dict[str, Any]] = {}
    for provider, models in raw.items():
        if not isinstance(models, dict):
            raise InvalidInput(f"{place}: {provider} must be a table [{provider}.model-name]")
        for name, table in models.items():
            if not isinstance(table, dict):
                raise InvalidInput(
                    f"{place}: {provider}.{name} must be a table; a name with a dot needs quotes: "
                    f'[{provider}."veo-3.1"]'
                )
            found[provider, name] = table
    return found


def _resolved(
    own: Mapping[Key, dict[str, Any]], known: Mapping[Key, dict[str, Any]], place: str
) -> dict[Key, dict[str, Any]]:
    """The tables of a file with all that they take over: from each other, or from `known` ones."""

    def whole(key: Key, via: tuple[Key, ...] = ()) -> dict[str, Any]:
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
        return _changed({**found, "default": False, "with_images": []}, own[key])

    return {key: whole(key) for key in own}


def _changed(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
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


def _entry(key: Key, table: Mapping[str, Any], place: str) -> Entry:
    provider, name = key
    if "sisters" in table:
        raise InvalidInput(f"{place}: entry {provider}:{name}, sisters: name them in `with_images`")
    try:
        return Entry.model_validate({**table, "provider": provider, "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise InvalidInput(
            f"{place}: entry {provider}:{name}{f', {field}' if field else ''}: {reason}"
        ) from error


def _with_sisters(entry: Entry, known: Mapping[Key, Entry], place: str) -> Entry:
    """`entry` with the entries that its `with_images` names, which must be of use to it."""
    sisters = []
    for name in entry.with_images:
        sister = known.get((entry.provider, name))
        if sister is None or sister is entry:
            wrong = f"is no other model of {entry.provider}"
        elif sister.dialect != entry.dialect:
            wrong = f"wants its prompts in the dialect {sister.dialect}, not {entry.dialect}"
        elif sister.needs("audio"):
            wrong = "needs sound"
        elif all(entry.takes(role) for role in STILLS if sister.takes(role)):
            wrong = f"takes no image that {entry.name} does not take itself"
        else:
            sisters.append(sister)
            continue
        raise InvalidInput(f"{place}: entry {entry.key}, with_images: {name!r} {wrong}")
    return entry.model_copy(update={"sisters": tuple(sisters)}) if sisters else entry


def _over(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `change` laid over it, table by table."""
    laid = dict(base)
    for key, value in change.items():
        under = laid.get(key)
        both = isinstance(value, dict) and isinstance(under, dict)
        laid[key] = _over(under, value) if both else value  # type: ignore[arg-type]
    return laid
