"""What a song truly has: `annotation` reads our JSON, `.beats` files and JAMS.

Of a song `NAME.flac` the annotation is `NAME.json`, `NAME.beats` or `NAME.jams`, in the folder of
the annotations or beside the song, the first of them that has beats.

- JSON: `beats` and any of `downbeats`, `tempo`, `key`, `sections`, `segments`, `segments_alt`.
- `.beats`, as public datasets have them: a line a beat, its seconds and, where it is known, its
  place in the bar (from 1), with blanks, tabs or commas between; what follows a `#` is left out.
- JAMS: the first annotation each of `beat` (value: place in the bar), `segment_open`, `key_mode`
  and `tempo`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

SOUND = {".wav", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".opus", ".aif", ".aiff"}


def songs_in(places: list[Path]) -> list[Path]:
    """Sound files among `places` and in the folders among them."""
    found: list[Path] = []
    for place in places:
        inside = sorted(place.iterdir()) if place.is_dir() else [place]
        found.extend(path for path in inside if path.suffix.lower() in SOUND)
    return found


def annotation(song: Path, folder: Path | None) -> dict[str, Any] | None:
    """The truth of a song; None where nobody annotated its beats.

    Raises:
        ValueError: A file cannot be read as what its name says.
    """
    readers = {".json": _from_json, ".beats": _from_beats, ".jams": _from_jams}
    for place in (folder, song.parent):
        for suffix, read in readers.items():
            path = place / f"{song.stem}{suffix}" if place is not None else None
            if path is None or not path.is_file():
                continue
            try:
                truth = read(path.read_text(encoding="utf-8"))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path} is no annotation: {error}") from error
            if truth.get("beats"):
                return truth
    return None


def _from_json(text: str) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads(text)
    return truth


def _from_beats(text: str) -> dict[str, Any]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = line.partition("#")[0].replace(",", " ").split()
        if cells:
            try:
                rows.append([float(cell) for cell in cells])
            except ValueError as error:
                raise ValueError(f"line {number} has no number: {line!r}") from error
    return _with_places([(row[0], row[-1] if len(row) > 1 else None) for row in rows])


def _from_jams(text: str) -> dict[str, Any]:
    found: dict[str, list[tuple[float, float, Any]]] = {}
    for part in json.loads(text)["annotations"]:
        found.setdefault(part["namespace"], list(_observations(part["data"])))
    truth = _with_places([(time, place) for time, _, place in found.get("beat", [])])
    if spans := found.get("segment_open"):
        truth["sections"] = [
            {"start": start, "end": start + length, "label": str(label)}
            for start, length, label in spans
        ]
    if keys := [str(value) for _, _, value in found.get("key_mode", []) if ":" in str(value)]:
        truth["key"] = keys[0].replace(":", " ")
    if tempi := found.get("tempo"):
        truth["tempo"] = float(tempi[0][2])
    return truth


def _observations(data: Any) -> Iterator[tuple[float, float, Any]]:
    """Time, duration and value of each; sparse and dense form alike."""
    if isinstance(data, dict):
        yield from zip(data["time"], data["duration"], data["value"], strict=True)
    else:
        for row in data:
            yield float(row["time"]), float(row["duration"] or 0.0), row["value"]


def _with_places(rows: list[tuple[float, Any]]) -> dict[str, Any]:
    rows = sorted(rows, key=lambda row: row[0])
    beats = [time for time, _ in rows]
    truth: dict[str, Any] = {"beats": beats}
    if len(beats) > 1:
        truth["tempo"] = 60 / float(np.median(np.diff(beats)))
    places = [place for _, place in rows if isinstance(place, (int, float))]
    if len(places) == len(rows) and places:
        downbeats = [time for time, place in rows if int(place) == 1]
        if downbeats:
            truth["downbeats"] = downbeats
    return truth
