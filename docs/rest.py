"""The REST interface and its objects as pages, from the description that the studio serves."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]

OBJECTS = "rest-objects"
LABEL = "objects-of-rest"
ABOUT = {
    "files": "What is sent to be used, and what is fetched.",
    "projects": "Films, and the documents that they are made of.",
    "editing": "Plans, grids, takes, effects and words: what is quick is done at once.",
    "jobs": "What takes its time waits in one queue; its events are streamed.",
    "choices": "What can be chosen: looks, styles, models, scenes.",
    "money": "What was spent, what may be, and what storage costs.",
    "machine": "What there is on the studio's machine.",
    "webhooks": "Addresses elsewhere that are told of jobs.",
}
"""What each group of routes is for, in the order of the page."""
KNOWN = {
    "^[0-9a-f]{32}$": "id, 32 hex digits",
    "^[0-9a-f]{64}$": "SHA-256, 64 hex digits",
}


def described() -> dict[str, Any]:
    """What `/openapi.json` says."""
    from songreel.settings import Settings
    from songreel.web.app import create_app
    from songreel.web.safety.safety import Safety

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(Path(folder))
        app = create_app(settings, Safety(), runner=False, pages=False)
        return app.openapi()


def routes(whole: Schema) -> str:
    """Every route, by group."""
    found: dict[str, list[tuple[str, str, Schema]]] = {tag: [] for tag in ABOUT}
    counts: dict[str, int] = {}
    for path, methods in whole["paths"].items():
        for method, route in methods.items():
            found[route["tags"][0]].append((method.upper(), path, route))
            for status in route["responses"]:
                counts[status] = counts.get(status, 0) + 1
    total = sum(map(len, found.values()))
    usual = [status for status, count in sorted(counts.items()) if count == total]
    lines = [
        "# REST",
        "",
        *_paragraphs(whole["info"]["description"]),
        "`songreel studio` serves it under `/api`; `/openapi.json` is the description that this "
        f"page is made from, `/docs` the same to look things up in. The objects are on [a page of "
        f"their own](#{LABEL}); `songreel.client` speaks this from Python.",
        "",
        "Any of these can be refused, as [Problem](#object-problem):",
        "",
    ]
    sample = next(iter(found["jobs"]))[2]["responses"]
    for status in usual:
        lines += [f"`{status}`", f": {_plain(sample[status]['description'])}", ""]
    for tag, listed in found.items():
        lines += [f"## {tag.capitalize()}", "", ABOUT[tag], ""]
        for method, path, route in listed:
            lines += _route(method, path, route, usual)
    return "\n".join(lines).rstrip() + "\n"


def objects(whole: Schema) -> str:
    """Every object that is sent or comes back."""
    lines = [
        f"({LABEL})=",
        "# REST: objects",
        "",
        "What routes take and give, as JSON. A field without a default must be sent. Fields that "
        "are not known are refused.",
        "",
    ]
    for name, schema in sorted(whole["components"]["schemas"].items()):
        lines += [f"(object-{name.lower()})=", f"## {name}", "", *fields(schema)]
    return "\n".join(lines).rstrip() + "\n"


def fields(schema: Schema, label: str = "object") -> Iterator[str]:
    """What an object is and what is in it; the labels of others begin with `label`."""
    yield from _paragraphs(schema.get("description", ""))
    if "properties" not in schema:
        yield from (f"{_type(schema, label)}.", "")
    needed = schema.get("required", ())
    for field, of in schema.get("properties", {}).items():
        told = " ".join(_paragraphs(of.get("description", ""))).strip()
        said = _type(of, label) + _default(of, field in needed)
        yield from (f"`{field}`", f": {said}. {told}".rstrip(), "")


def _route(method: str, path: str, route: Schema, usual: list[str]) -> Iterator[str]:
    yield from (f"### `{method} {path}`", "")
    yield from _paragraphs(route.get("description", ""))
    for parameter in route.get("parameters", ()):
        schema = parameter["schema"]
        told = _plain(parameter.get("description", schema.get("description", "")))
        where = {"path": "", "query": "?", "header": "header "}[parameter["in"]]
        given = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
        kind = _type({"anyOf": given} if given else schema)
        # What is in the path is always needed; not to say so there keeps the lines short.
        kind += _default(schema, parameter.get("required", False) and where != "")
        yield from (f"`{where}{parameter['name']}`", f": {kind}. {told}", "")
    body = route.get("requestBody", {}).get("content", {})
    for media, content in body.items():
        kind = _type(content.get("schema", {}))
        yield from (f"**Body**, `{media}`: {kind}", "")
    for status, answer in route["responses"].items():
        if status in usual:
            continue
        told = _plain(answer.get("description", ""))
        text = "" if told == "Successful Response" else f" {told}"
        kinds = [
            f"{_type(content.get('schema', {}))}" if media == "application/json" else f"`{media}`"
            for media, content in answer.get("content", {}).items()
        ]
        given = " or ".join(kind for kind in kinds if kind)
        yield from (f"**{status}**{f': {given}.' if given else '.'}{text}", "")


def _type(schema: Schema, label: str = "object") -> str:
    """A schema in words, with links to objects, whose labels begin with `label`."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{label}-{name.lower()})"
    for several in ("oneOf", "anyOf"):
        if several in schema:
            kinds = dict.fromkeys(_type(one, label) for one in schema[several])
            return " or ".join(kinds)
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return "one of " + ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    if "allOf" in schema:
        return _type(schema["allOf"][0], label)
    match schema.get("type"):
        case "array":
            items = schema.get("items") or {}
            if "enum" in items:
                return "any of " + ", ".join(f"`{json.dumps(value)}`" for value in items["enum"])
            if "prefixItems" in schema:
                kinds = [_type(one, label) for one in schema["prefixItems"]]
                return f"list of {', '.join(kinds)}"
            return f"list of {_type(items, label)}" + _span(
                schema, "minItems", "maxItems", " entries"
            )
        case "object":
            inner = schema.get("additionalProperties")
            return (
                f"object of {_type(inner, label)} by name" if isinstance(inner, dict) else "object"
            )
        case "string":
            return _text(schema)
        case "integer" | "number" as kind:
            word = "whole number" if kind == "integer" else "number"
            return word + _span(schema, "minimum", "maximum")
        case "boolean":
            return "true or false"
        case "null":
            return "null"
    return "any JSON"


def _text(schema: Schema) -> str:
    pattern, form = schema.get("pattern"), schema.get("format")
    if pattern in KNOWN:
        return KNOWN[pattern]
    if form in ("date-time", "binary"):
        return {"date-time": "time, ISO 8601", "binary": "the file"}[form]
    return (
        "text"
        + (f" like `{pattern}`" if pattern else "")
        + _span(schema, "minLength", "maxLength", " characters")
    )


def _span(schema: Schema, least: str, most: str, unit: str = "") -> str:
    low, high = schema.get(least), schema.get(most)
    if low is not None and high is not None:
        return f", {low:g} to {high:g}{unit}"
    if low is not None:
        return f", {low:g}{unit} at least"
    return f", {high:g}{unit} at most" if high is not None else ""


def _default(schema: Schema, needed: bool) -> str:
    if needed or schema.get("default") is None:
        return ", needed" if needed else ""
    text = json.dumps(schema["default"], ensure_ascii=False)
    return f", `{text}` unless given" if len(text) < 60 else ""


def _paragraphs(text: str) -> Iterator[str]:
    for part in text.split("\n\n"):
        if part.strip():
            yield from (_plain(part), "")


def _plain(text: str) -> str:
    """One line, its angle brackets, stars and square brackets made harmless outside of code."""
    parts = " ".join(text.split()).split("`")
    for i in range(0, len(parts), 2):
        parts[i] = parts[i].replace("<", "&lt;").replace("*", "\\*").replace("[", "\\[")
    return "`".join(parts)
