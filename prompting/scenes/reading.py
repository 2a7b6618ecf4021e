"""A scene list from a file written by hand: `read_scenes`.

The least that makes one:

    music: warm acoustic folk, fingerpicked guitar
    scenes:
      - seconds: 4
        mood: calm, hopeful
        prompt: the garden gate opens
      - seconds: 6.5
        camera: slow push-in

Lengths are seconds (`4`, `4 s`, `1:30`) or, where there is a tempo, bars (`2 bars`).
"""

from collections.abc import Callable, Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from songreel.models.document import Misplaced
from songreel.models.errors import InvalidInput
from songreel.models.located import Place
from songreel.models.scenes import SceneList
from songreel.prompting.scenes.source import Source, open_source
from songreel.prompting.scenes.spellings import (
    bpm_of,
    camera_of,
    key_of,
    meter_of,
    seconds_of,
)

MOST = 400
"""Scenes."""
LONGEST = 600
"""Characters of a text."""
_LIST_TEXTS = ("title", "music", "look", "sound")
_LIST_FIELDS = (*_LIST_TEXTS, "bpm", "key", "meter", "scenes")
_SCENE_TEXTS = ("id", "mood", "music", "prompt", "start", "end", "sound")
_SCENE_FIELDS = (*_SCENE_TEXTS, "seconds", "bpm", "key", "energy", "camera")
_LIST_ALIASES = {"tempo": "bpm", "time_signature": "meter", "name": "title", "scene": "scenes"}
_SCENE_ALIASES = {
    "duration": "seconds", "length": "seconds", "tempo": "bpm", "start_image": "start",
    "image": "start", "end_image": "end", "music_prompt": "music", "video_prompt": "prompt",
    "name": "id",
}  # fmt: skip


def read_scenes(path: Path) -> SceneList:
    """The scenes in a YAML or JSON file.

    Args:
        path: The file. Its images are relative to its folder; whether they are there is for
            `songreel.prompting.scenes.images.find_images` to say.

    Raises:
        InvalidInput: The file cannot be used; one sentence names file, line, field, value and the
            way out.
    """
    source = open_source(path)
    raw, names = _fields(source, (), source.value, _LIST_FIELDS, _LIST_ALIASES)
    body: dict[str, Any] = {
        field: _text(source, (names[field],), raw[field]) for field in _LIST_TEXTS if field in raw
    }
    body |= _numbers(source, (), raw, names)
    if "meter" in raw:
        body["meter"] = _read(source, (names["meter"],), raw["meter"], meter_of)
    listed = raw.get("scenes")
    where = names.get("scenes", "scenes")
    if not isinstance(listed, list) or not listed:
        text = "expected a list of scenes, such as `- seconds: 4`"
        raise source.fault((where,), text) if "scenes" in raw else InvalidInput(f"{path}: {text}")
    if len(listed) > MOST:
        raise source.fault((where,), f"{len(listed)} scenes are more than {MOST}")
    bpm, meter = body.get("bpm"), body.get("meter", 4)
    body["scenes"] = [_scene(source, (where, n), e, bpm, meter) for n, e in enumerate(listed)]
    try:
        return SceneList.model_validate(body)
    except ValidationError as error:
        raise _wrong(source, error, raw, where) from error


def _scene(source: Source, place: Place, given: object, bpm: float | None, meter: int) -> Any:
    """One scene as plain data for the model."""
    if not isinstance(given, dict):
        raise source.fault(place, f"expected fields such as `seconds: 4`, found {_shown(given)}")
    raw, names = _fields(source, place, given, _SCENE_FIELDS, _SCENE_ALIASES)
    if "seconds" not in raw:
        raise source.fault(place, "the scene has no length; add `seconds: 4`")
    body: dict[str, Any] = {
        field: _text(source, (*place, names[field]), raw[field])
        for field in _SCENE_TEXTS
        if field in raw
    }
    body |= _numbers(source, place, raw, names)
    own = body.get("bpm") or bpm
    body["seconds"] = _read(
        source, (*place, names["seconds"]), raw["seconds"], lambda v: seconds_of(v, own, meter)
    )
    if raw.get("energy") is not None:
        body["energy"] = raw["energy"]
    if raw.get("camera") is not None:
        body["camera"] = _read(source, (*place, names["camera"]), raw["camera"], camera_of)
    return body


def _numbers(source: Source, place: Place, raw: dict[str, Any], names: dict[str, str]) -> Any:
    """Tempo and key, as both a list and a scene may give them."""
    found: dict[str, Any] = {}
    if raw.get("bpm") is not None:
        found["bpm"] = _read(source, (*place, names["bpm"]), raw["bpm"], bpm_of)
    if raw.get("key") not in (None, ""):
        found["key"] = _read(source, (*place, names["key"]), raw["key"], key_of)
    return found


def _fields(
    source: Source,
    place: Place,
    given: dict[str, Any],
    known: Collection[str],
    aliases: dict[str, str],
) -> tuple[dict[str, Any], dict[str, str]]:
    """Values by the model's names, and the name each of them has in the file."""
    raw: dict[str, Any] = {}
    names: dict[str, str] = {}
    for name, value in given.items():
        field = aliases.get(name, name)
        if field not in known:
            near = get_close_matches(name, [*known, *aliases], 1)
            hint = f"did you mean {near[0]}?" if near else f"the fields are {', '.join(known)}"
            raise source.fault((*place, name), f"this field is not known; {hint}")
        if field in raw:
            raise source.fault((*place, name), f"says the same as {names[field]}; keep one of them")
        raw[field], names[field] = value, name
    return raw, names


def _text(source: Source, place: Place, value: object) -> str:
    """A text, or a list of words joined by commas."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise source.fault(place, f"expected words, found {_shown(value)}; put them in quotes")
    text = " ".join(value.split())
    if len(text) > LONGEST:
        raise source.fault(place, f"{len(text)} characters are too many; keep it under {LONGEST}")
    return text


def _read(source: Source, place: Place, value: object, reader: Callable[[object], Any]) -> Any:
    try:
        return reader(value)
    except ValueError as error:
        raise source.fault(place, f"{_shown(value)} {error}") from error


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _wrong(source: Source, error: ValidationError, raw: dict[str, Any], where: str) -> InvalidInput:
    """What the model refuses, where it stands in the file."""
    first = error.errors()[0]
    cause = first.get("ctx", {}).get("error")
    inner = cause.place if isinstance(cause, Misplaced) else ()
    place: list[str | int] = [p for p in (*first["loc"], *inner) if isinstance(p, str | int)]
    if place and place[0] == "scenes":
        place[0] = where
    given = first.get("input")
    reason = first["msg"].removeprefix("Value error, ")
    if place and place[-1] == "id" and first["type"] == "string_pattern_mismatch":
        reason = "use small letters, digits and hyphens, such as s01 or front-door"
    holder: Any = raw["scenes"][place[1]] if len(place) == 3 and isinstance(place[1], int) else raw
    if isinstance(holder, dict) and place and place[-1] not in holder:
        aliases = _SCENE_ALIASES if len(place) == 3 else _LIST_ALIASES
        place[-1] = next((a for a, f in aliases.items() if f == place[-1] and a in holder),
                         place[-1])  # fmt: skip
    shown = f"{_shown(given)}: " if isinstance(given, str | int | float) else ""
    return source.fault(tuple(place), f"{shown}{reason[:1].lower()}{reason[1:]}")
