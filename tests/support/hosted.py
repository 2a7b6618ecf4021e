"""Requests and storyboards for hosted models, and live schemas as the services publish them."""

from fractions import Fraction
from random import Random
from typing import Any

from songreel.generation.catalogue.entry import Entry, Input
from songreel.generation.catalogue.legal import UploadedImages
from songreel.generation.catalogue.share import Sharer
from songreel.models.clip import ClipRequest, Still
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

PALETTE = tuple(Oklch(lightness=each, chroma=0.1, hue=200.0) for each in (0.2, 0.5, 0.8))
UPLOADED = UploadedImages(
    start="https://files.example/start.png",
    end="https://files.example/end.png",
    references=("https://files.example/who.png",),
    audio="https://files.example/song.wav",
)


def asked(seconds: float, *, rate: Fraction = Fraction(24), **more: Any) -> ClipRequest:
    """What a storyboard asks for a shot of at least `seconds`."""
    fields = {
        "prompt": "waves roll in at dusk",
        "negative": "text",
        "motif": "waves",
        "camera": CameraMove.PUSH_IN,
        "size": ShotSize.CLOSE,
        "palette": PALETTE,
        "energy": 0.7,
        "motion": 0.4,
        "seed": 7,
        "width": 1280,
        "height": 720,
        "rate": rate,
        "frames": max(1, -(-Fraction(seconds) * rate // 1)),
    }
    return ClipRequest(**(fields | more))


def stills_of(entry: Entry) -> dict[str, Any]:
    """The stills without which `entry` makes nothing."""
    still = Still(sha256="a" * 64)
    found: dict[str, Any] = {role: still for role in ("start", "end") if entry.needs(role)}
    return found | ({"references": (still,)} if entry.needs("references") else {})


def song(seed: int, sections: str = "ABABCB", seconds: float = 20.0) -> list[Sharer]:
    """Shots of 1 to 4 s over sections that have three motifs each."""
    random = Random(seed)
    shots: list[Sharer] = []
    for section, letter in enumerate(sections):
        filled, place = 0.0, 0
        while filled < seconds:
            length = random.uniform(1.0, 4.0)
            shots.append(
                Sharer(
                    shot=f"s{len(shots):03d}",
                    seconds=length,
                    section=section,
                    letter=letter,
                    motif=f"{letter}{place % 3}",
                )
            )
            filled, place = filled + length, place + 1
    return shots


def shared_requests(shots: list[Sharer], takes: dict[str, str]) -> dict[str, ClipRequest]:
    """Requests of a storyboard in which every take has one wording and one seed."""
    return {
        each.shot: asked(each.seconds, take=takes[each.shot], prompt=f"take {takes[each.shot]}")
        for each in shots
    }


def replicate_schema(entry: Entry) -> dict[str, Any]:
    """Replicate's answer for the model of `entry`, with enums as references."""
    schemas: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for place, (name, given) in enumerate(entry.inputs.items()):
        raw = _property(entry, given)
        if choices := raw.pop("enum", None):
            schemas[name] = {"type": raw.pop("type"), "title": name, "enum": choices}
            raw["allOf"] = [{"$ref": f"#/components/schemas/{name}"}]
        properties[name] = {"title": name, "x-order": place, **raw}
    required = [name for name, given in entry.inputs.items() if given.required]
    schemas["Input"] = {"type": "object", "required": required, "properties": properties}
    document = {"openapi": "3.0.2", "components": {"schemas": schemas}}
    version = {"id": entry.version or "0" * 64, "openapi_schema": document}
    return {"owner": entry.ref.split("/")[0], "latest_version": version}


def fal_schema(entry: Entry) -> dict[str, Any]:
    """fal's OpenAPI document of the endpoint of `entry`."""
    properties = {name: _property(entry, given) for name, given in entry.inputs.items()}
    for name, given in entry.inputs.items():
        if given.role == "seed":
            kind = properties[name].pop("type")
            properties[name]["anyOf"] = [{"type": kind}, {"type": "null"}]
    required = [name for name, given in entry.inputs.items() if given.required]
    schema = {"type": "object", "required": required, "properties": properties}
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/TheInput"}}}
    return {
        "components": {"schemas": {"QueueStatus": {"type": "object"}, "TheInput": schema}},
        "paths": {
            f"/{entry.ref}/requests/{{request_id}}": {"get": {}},
            f"/{entry.ref}": {"post": {"requestBody": {"content": body}}},
        },
    }


def _property(entry: Entry, given: Input) -> dict[str, Any]:
    kinds = {"uri": "string", "uris": "array", "list": "array"}
    raw: dict[str, Any] = {"type": kinds.get(given.type, given.type)}
    if given.type == "uri":
        raw["format"] = "uri"
    stated = {
        "default": given.default,
        "minimum": given.low,
        "maximum": given.high,
        "multipleOf": given.multiple,
        "enum": list(given.choices) or None,
        "maxItems": given.longest if given.type in ("uris", "list") else None,
        "maxLength": {"prompt": entry.prompt, "negative": entry.negative}[given.role].characters
        if given.role in ("prompt", "negative")
        else None,
    }
    return raw | {key: value for key, value in stated.items() if value is not None}
