"""A scene list as YAML to edit, and one made of a storyboard: `to_yaml`, `scenes_of`."""

from typing import Any

import numpy as np
import yaml

from songreel.models.scenes import Scene, SceneList
from songreel.models.storyboard import Storyboard

SHORTEST = 0.5
"""Seconds of a scene; a shorter section joins the one before it."""
_HEAD = """\
# Scenes in their order. Lengths are seconds (4, 4 s, 1:30) or, with a bpm, bars (2 bars).
# A scene may have: mood, music, bpm, key, energy (0 to 1), prompt, start and end (images),
# camera, sound.
"""


def to_yaml(scenes: SceneList) -> str:
    """The list as YAML that `read_scenes` reads as the same list; what is left open is left out."""
    body = _said(scenes, ("scenes",))
    body["scenes"] = [
        _said(scene, ("id",) if scene.id == f"s{n:02d}" else ())
        for n, scene in enumerate(scenes.scenes, 1)
    ]
    text: str = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=96)
    return _HEAD + text


def _said(value: Scene | SceneList, without: tuple[str, ...]) -> dict[str, Any]:
    plain = value.model_dump(mode="json", exclude=set(without), exclude_defaults=True)
    return {k: int(v) if isinstance(v, float) and v == int(v) else v for k, v in plain.items()}


def scenes_of(storyboard: Storyboard) -> SceneList:
    """A scene for each section of a storyboard: its mood and energy, its longest shot's picture.

    Lengths add up to the track's. Tempo and key are the song's where the edit is on its beats.
    """
    grid = storyboard.grid
    period = float(np.median(np.diff(grid.beats))) if len(grid.beats) > 1 else 0.0
    bpm = round(60 / period, 2) if storyboard.beat_locked and period else None
    scenes: list[dict[str, Any]] = []
    for n, section in enumerate(storyboard.sections):
        length = min(section.end, storyboard.track.duration) - section.start
        if scenes and length < SHORTEST:
            scenes[-1]["seconds"] += length
            continue
        shown = [
            (end - start, shot)
            for shot, (start, end) in zip(storyboard.shots, storyboard.spans, strict=True)
            if shot.section == n
        ]
        seen = max(shown, key=lambda each: each[0])[1] if shown else None
        scenes.append(
            {
                "seconds": length,
                "mood": ", ".join(section.mood.words[:3]),
                "key": str(section.key) if section.key else "",
                "energy": round(section.energy, 3),
                "prompt": seen.prompt if seen else "",
                "camera": seen.camera if seen else None,
            }
        )
    return SceneList.model_validate(
        {"title": storyboard.track.title, "bpm": bpm, "look": storyboard.look.name,
         "scenes": scenes}
    )  # fmt: skip
