"""Stored objects: JSON that says its kind and version, and how old versions are read."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from songreel.models.errors import InvalidInput
from songreel.models.files import whole
from songreel.models.located import LocatedJson, Place

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]


class Misplaced(ValueError):
    """A check over a whole object failed because of one value inside it, at `place`."""

    def __init__(self, text: str, *place: str | int) -> None:
        super().__init__(text)
        self.place = place


class Frozen(BaseModel):
    """A value: frozen, checked when made, no unknown fields, no NaN and no infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __eq__(self, other: object) -> bool:
        """By fields; what was worked out from them, arrays for instance, is not compared."""
        if self is other:
            return True
        if type(self) is not type(other):
            return super().__eq__(other)
        mine, theirs = self.__dict__, other.__dict__
        return all(mine[name] == theirs[name] for name in type(self).__pydantic_fields__)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with `update`; what was worked out from the old values is not taken along.

        pydantic (2.14) copies a `cached_property` with the fields, so that a changed request would
        keep the fingerprint of the one it was made from.
        """
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(copied).model_fields.keys():
            del copied.__dict__[name]
        return copied


class Document(Frozen):
    """An object with a file form.

    The JSON carries `kind` and `version` first. Keys that begin with `_` are written for the
    reader (a shot's seconds, say), are derived from the rest, and are ignored when read.
    """

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    upgrades: ClassVar[dict[int, Upgrade]] = {}
    """Step that lifts raw JSON of version n to n + 1, by n."""

    def to_json(self) -> str:
        """The document as indented JSON; lists of plain values stay on one line."""
        head: dict[str, Any] = {"kind": self.kind, "version": self.version}
        return _layout(head | self.model_dump(mode="json")) + "\n"

    @classmethod
    def from_json(cls, text: str, source: str = "document") -> Self:
        """Read a document; `source` names it in errors.

        Raises:
            InvalidInput: Not JSON, another kind, a version from the future, or a field that
                does not hold; the text gives the line and the field.
        """
        try:
            return cls._from_json(text, source)
        except RecursionError as error:
            raise InvalidInput(f"{source}: no document has values nested so deep") from error

    @classmethod
    def _from_json(cls, text: str, source: str) -> Self:
        located = LocatedJson(text, source)
        raw = located.value
        if not isinstance(raw, dict) or raw.get("kind") != cls.kind:
            found = raw.get("kind", "no kind") if isinstance(raw, dict) else "no object"
            raise InvalidInput(f"{source}: expected a {cls.kind} document, found {found}")
        version = raw.get("version")
        if not isinstance(version, int) or not 1 <= version <= cls.version:
            raise InvalidInput(
                f"{source}, line {located.line(('version',))}: version {version!r} of {cls.kind} "
                f"is not known here (this songreel reads up to {cls.version}); update songreel"
            )
        body = {key: value for key, value in raw.items() if key not in ("kind", "version")}
        for step in range(version, cls.version):
            body = cls.upgrades[step](body)
        try:
            return cls.model_validate(_without_derived(body))
        except ValidationError as error:
            first = error.errors()[0]
            cause = first.get("ctx", {}).get("error")
            inner = cause.place if isinstance(cause, Misplaced) else ()
            place = tuple(part for part in (*first["loc"], *inner) if isinstance(part, str | int))
            reason = first["msg"].removeprefix("Value error, ")
            given = first.get("input")
            shown = f" (given {given!r})" if isinstance(given, str | int | float) else ""
            field = _spoken(place)
            raise InvalidInput(
                f"{source}, line {located.line(place)}: {field + ': ' if field else ''}"
                f"{reason}{shown}"
            ) from error

    def save(self, path: Path) -> None:
        """Write the document to `path`, whole or not at all.

        Raises:
            MachineError: The folder cannot be written or the disk is full.
        """
        with whole(path) as partial:
            partial.write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the document at `path`; errors as in `from_json`."""
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise InvalidInput(f"{path} is no {cls.kind} document: it is not text") from error
        except OSError as error:
            raise InvalidInput(f"cannot read {path}: {error.strerror or error}") from error
        return cls.from_json(text, str(path))


def _without_derived(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_derived(v) for k, v in value.items() if not k.startswith("_")}
    if isinstance(value, list):
        return [_without_derived(item) for item in value]
    return value


def _spoken(place: Place) -> str:
    """`("shots", 3, "at")` as `shots[3].at`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _layout(value: Any, indent: str = "") -> str:
    """JSON in which a container that is short or holds only plain values stands on one line."""
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, dict):
        if not any(isinstance(item, dict | list) for item in value.values()):
            return _encode(value)
        deeper = indent + "  "
        laid = [(key, _layout(item, deeper)) for key, item in value.items()]
        if sum([len(text) for _, text in laid]) <= _SHORT:
            line = _short([f"{_quote(key)}: {text}" for key, text in laid])
            if line is not None:
                return f"{{{line}}}"
        rows = ",\n".join([f"{deeper}{json.dumps(key)}: {text}" for key, text in laid])
        return f"{{\n{rows}\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        deeper = indent + "  "
        texts = [_layout(item, deeper) for item in value]
        line = _short(texts)
        if line is not None:
            return f"[{line}]"
        rows = ",\n".join([deeper + text for text in texts])
        return f"[\n{rows}\n{indent}]"
    return _encode(value)


def _short(texts: list[str]) -> str | None:
    """The texts on one line, if with its brackets it is short; strings hold no line breaks."""
    if sum(map(len, texts)) + 2 * len(texts) > _SHORT:
        return None
    line = ", ".join(texts)
    return None if "\n" in line else line


_encode = json.JSONEncoder(ensure_ascii=False).encode
_quote = json.encoder.encode_basestring
_SHORT = 80
"""Characters of a line."""
