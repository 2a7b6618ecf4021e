"""What of an entry differs from the schema a service publishes now: `differences`."""

from collections.abc import Iterator, Mapping
from textwrap import shorten
from typing import Any

from songreel.generation.catalogue.offer import Input, Offer
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput


class Difference(Frozen):
    """One thing that the service says otherwise than the catalogue."""

    input: str
    """Empty where it is about the model itself."""
    what: str
    """Field of the input, or `new`, `missing`, `version`."""
    ours: str
    theirs: str
    breaks: bool
    """Whether requests that the catalogue calls legal may be refused, or mean something else."""

    def __str__(self) -> str:
        match self.what:
            case "new":
                return f"{self.input}: new at the service ({self.theirs})"
            case "missing":
                return f"{self.input}: the service has no such input any more"
            case _:
                place = f"{self.input}: " if self.input else ""
                return f"{place}{self.what} is {self.theirs} at the service, {self.ours} here"


def differences(entry: Offer, live: Mapping[str, Any]) -> list[Difference]:
    """Where `entry` and the schema that its service publishes now differ.

    Args:
        entry: As the catalogue has it.
        live: One of these, as parsed JSON. Replicate: the answer of `GET /models/{owner}/{name}`
            (with `latest_version.id` and `.openapi_schema`) or of its version, or that schema
            alone, with the inputs in `components.schemas.Input`. fal: the endpoint's OpenAPI
            document, with the inputs in the schema of the POST's body.

    Returns:
        Those of the model first, then by input in the order of the entry, new ones last.

    Raises:
        InvalidInput: There is no schema of inputs in it.
    """
    version = live.get("latest_version") or live
    document = version.get("openapi_schema") or version
    found: list[Difference] = []
    if entry.version and isinstance(version.get("id"), str) and version["id"] != entry.version:
        found.append(
            Difference(
                input="", what="version", ours=entry.version, theirs=version["id"], breaks=False
            )
        )
    schema = _input_schema(entry, document)
    theirs = {
        name: _resolved(raw, document) for name, raw in dict(schema.get("properties") or {}).items()
    }
    required = set(schema.get("required") or ())
    sent = entry.always
    for name, given in entry.inputs.items():
        if name not in theirs:
            gone = Difference(
                input=name,
                what="missing",
                ours="",
                theirs="",
                breaks=name in sent or given.required,
            )
            found.append(gone)
        else:
            found += _of_input(entry, given, theirs[name], name, name in required, name in sent)
    for name, raw in theirs.items():
        if name not in entry.inputs:
            told = ", ".join([_type(raw), *(["required"] if name in required else [])])
            found.append(
                Difference(input=name, what="new", ours="", theirs=told, breaks=name in required)
            )
    return found


def _of_input(
    entry: Offer, given: Input, raw: Mapping[str, Any], name: str, required: bool, sent: bool
) -> Iterator[Difference]:
    """What differs of an input. Bounds of ours that the service does not state break nothing."""

    def differ(what: str, ours: object, theirs: object, breaks: bool) -> Difference:
        return Difference(
            input=name, what=what, ours=_told(ours), theirs=_told(theirs), breaks=breaks
        )

    ours = _BROAD[given.type]
    if _type(raw) not in (ours, ""):
        yield differ("type", ours, _type(raw), True)
    if required != given.required:
        yield differ("required", given.required, required, required)
    # A prompt is always sent, so its default is nobody's matter; other unknown ones are told.
    # An empty one is as good as none.
    theirs = None if raw.get("default") == "" else raw.get("default")
    if theirs != (given.default if given.default != "" else None) and given.role != "prompt":
        yield differ("default", given.default, raw.get("default"), not sent)
    for what, bound, mine in (
        ("minimum", raw.get("minimum"), given.low), ("maximum", raw.get("maximum"), given.high)
    ):  # fmt: skip
        if bound != mine:
            tighter = bound is not None and (
                mine is None or (bound > mine if what == "minimum" else bound < mine)
            )
            yield differ(what, mine, bound, tighter)
    multiple = raw.get("multipleOf")
    if multiple not in (None, given.multiple):
        coarser = given.multiple is None or given.multiple % multiple != 0
        yield differ("multipleOf", given.multiple, multiple, coarser)
    enum = tuple(raw.get("enum") or ())
    if set(map(repr, enum)) != set(map(repr, given.choices)):
        lost = bool(enum) and not set(map(repr, given.choices)) <= set(map(repr, enum))
        yield differ("choices", given.choices, enum, lost or (bool(enum) and not given.choices))
    limits = {"prompt": entry.prompt, "negative": entry.negative}.get(given.role or "")
    most = limits.characters if limits is not None else given.longest
    items = "maxItems" if given.type in ("uris", "list") else "maxLength"
    if items in raw and raw[items] != most:
        yield differ(items, most, raw[items], most is None or raw[items] < most)


_BROAD = {"uri": "string", "uris": "array", "list": "array"} | {
    each: each for each in ("string", "integer", "number", "boolean")
}


_SHOWN = 60
"""Characters of a text that are shown."""


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_told, value)) or "anything"
    if isinstance(value, str) and (not value or " " in value):
        return f'"{shorten(value, _SHOWN, placeholder=" …")}"'
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else f"{value}"


def _type(raw: Mapping[str, Any]) -> str:
    """Its JSON type; empty where it states none or several."""
    kind = raw.get("type")
    return kind if isinstance(kind, str) else ""


def _input_schema(entry: Offer, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of the inputs in an OpenAPI document."""
    schemas = (document.get("components") or {}).get("schemas") or {}
    if "Input" in schemas:
        return dict(schemas["Input"])
    for path in (document.get("paths") or {}).values():
        body = ((path.get("post") or {}).get("requestBody") or {}).get("content") or {}
        schema = (body.get("application/json") or {}).get("schema")
        if schema:
            return _resolved(schema, document)
    raise InvalidInput(f"{entry.key}: what the service sent holds no schema of inputs")


def _resolved(raw: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """`raw` with its references followed; of alternatives, the one that is not null."""
    schema = dict(raw)
    parts = []
    if "$ref" in schema:
        target: Any = document
        for step in str(schema.pop("$ref")).removeprefix("#/").split("/"):
            target = target.get(step, {})
        parts.append(target)
    parts += schema.pop("allOf", [])
    choices = schema.pop("anyOf", None) or schema.pop("oneOf", None) or []
    told = [each for each in choices if each.get("type") != "null"]
    if len(told) == 1:
        parts += told
    merged: dict[str, Any] = {}
    for part in parts:
        merged |= _resolved(part, document)
    return merged | schema
