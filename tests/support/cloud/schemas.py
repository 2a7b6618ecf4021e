"""What a model takes, as JSON schema: both services publish it in OpenAPI."""

from typing import Any

from support.cloud.menu import Model


def schemas(model: Model) -> dict[str, Any]:
    """The model's `Input` and the enumerations it refers to."""
    kinds = {"uri": {"type": "string", "format": "uri"},
             "uris": {"type": "array", "items": {"type": "string", "format": "uri"}}}  # fmt: skip
    made: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for order, (name, taken) in enumerate(model.inputs.items()):
        entry: dict[str, Any] = {"x-order": order, "title": name.replace("_", " ").capitalize()}
        if taken.choices:
            kind = "integer" if isinstance(taken.choices[0], int) else "string"
            made[name] = {"type": kind, "enum": list(taken.choices), "title": name}
            entry["allOf"] = [{"$ref": f"#/components/schemas/{name}"}]
        else:
            entry |= kinds.get(taken.kind, {"type": taken.kind})
        bounds = {
            "default": taken.default,
            "minimum": taken.low,
            "maximum": taken.high,
            "maxLength": taken.longest,
            "multipleOf": taken.step if taken.step > 1 and not taken.offset else None,
        }
        entry |= {key: value for key, value in bounds.items() if value is not None}
        properties[name] = entry
    needed = [name for name, taken in model.inputs.items() if taken.required]
    made["Input"] = {"type": "object", "title": "Input", "properties": properties}
    if needed:
        made["Input"]["required"] = needed
    uri = {"type": "string", "format": "uri", "title": "Output"}
    made["Output"] = {"type": "array", "items": uri} if model.as_list else uri
    return made
