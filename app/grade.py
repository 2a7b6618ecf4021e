"""One light for a film of built-in visuals and a person's own pictures: `in_one_light`."""

from collections.abc import Mapping
from math import log
from pathlib import Path
from typing import NamedTuple

from songreel.models.clip import Clip
from songreel.models.effect import EffectCue, Setting
from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Storyboard

AMOUNTS = {"none": 0.0, "palette": 0.4, "duotone": 0.85}
"""Grades of a person's own pictures, and how strong each is where nobody says: `palette` is seen
when the film goes from one source to the next, and leaves a picture its own colours."""

OURS = "builtin"
THEIRS = ("footage", "still")
"""Sources of a person's own pictures."""

_BOUNDS = (0.6, 1.6)
"""Gammas within which a picture's light is brought to the film's: beyond, faces turn to chalk."""


class Grade(NamedTuple):
    """What is done to a person's own pictures."""

    kind: str
    amount: float


def grade_of(text: str) -> Grade:
    """A grade from its words: `none`, `palette`, `duotone:0.6`.

    Raises:
        InvalidInput: It is none of them.
    """
    kind, _, amount = text.partition(":")
    try:
        found = Grade(kind, float(amount) if amount else AMOUNTS[kind])
    except (KeyError, ValueError):
        found = Grade("", -1.0)
    if kind not in AMOUNTS or not 0 <= found.amount <= 1 or (kind == "none" and amount):
        raise InvalidInput(
            f"grade {text!r} is not known: say none, palette or duotone, with an amount from 0 to "
            "1 if you like, e.g. palette:0.6"
        )
    return found


def in_one_light(
    storyboard: Storyboard, clips: Mapping[str, Clip], folder: Path, wish: str, workers: int
) -> Storyboard:
    """`storyboard` with its grade on every shot of a person's own pictures, and a notice of it.

    A shot whose plan names such an effect itself keeps that.

    Args:
        storyboard: The plan.
        clips: Of each shot.
        folder: Of their files.
        wish: As in `ProjectFile.grade`: empty for what suits the film, which is a moderate
            `palette` where own pictures and built-in visuals meet, and nothing where they do not.
        workers: Clips looked at side by side.

    Raises:
        InvalidInput: `wish` is none, or a clip does not decode.
    """
    theirs = {shot for shot, clip in clips.items() if clip.provider in THEIRS}
    # One that stands in for a shot that could not be made is no reason to change the others.
    ours = {s for s, clip in clips.items() if clip.provider == OURS and not clip.substitution}
    grade = grade_of(wish or ("palette" if theirs and ours else "none"))
    shots = {
        shot.id for shot in storyboard.shots
        if shot.id in theirs and not any(cue.effect in AMOUNTS for cue in shot.effects)
    }  # fmt: skip
    if grade.amount == 0 or not shots:
        return storyboard
    gammas: dict[str, float] = {}
    if grade.kind == "palette" and ours:
        gammas = _gammas({s: clips[s] for s in shots}, [clips[s] for s in ours], folder, workers)
    new = []
    for shot in storyboard.shots:
        if shot.id in shots:
            gamma = gammas.get(shot.id, 1.0)
            settings: dict[str, Setting] = {"gamma": gamma} if gamma != 1.0 else {}
            cue = EffectCue(effect=grade.kind, strength=grade.amount, settings=settings)
            # Below what is done to every shot of the film.
            shot = shot.model_copy(update={"effects": (cue, *shot.effects)})
        new.append(shot)
    notice = _told(grade, len(shots), len(theirs), asked=bool(wish))
    return storyboard.model_copy(
        update={"shots": tuple(new), "notices": (*storyboard.notices, notice)}
    )


def _gammas(
    theirs: Mapping[str, Clip], ours: list[Clip], folder: Path, workers: int
) -> dict[str, float]:
    """What brings each picture's middle tone to that of the built-in shots, by shot."""
    from statistics import median

    from songreel.assembly.light import lightness

    files = {clip.sha256: folder / clip.file for clip in (*theirs.values(), *ours)}
    light = lightness(files, workers)
    goal = median(light[clip.sha256] for clip in ours)

    def gamma(own: float) -> float:
        low, high = (min(max(value, 0.05), 0.95) for value in (own, goal))
        return round(min(max(log(low) / log(high), _BOUNDS[0]), _BOUNDS[1]), 2)

    return {shot: gamma(light[clip.sha256]) for shot, clip in theirs.items()}


def _told(grade: Grade, graded: int, theirs: int, *, asked: bool) -> str:
    some = "one shot of your pictures is" if graded == 1 else f"{graded} shots of your pictures are"
    which = "your pictures are" if graded == theirs else some
    what = (
        "graded towards the film's palette" if grade.kind == "palette"
        else "shown in the film's colours alone (duotone)"
    )  # fmt: skip
    why = "" if asked else (
        ", so that they and the built-in visuals make one film; `--grade none` leaves them as shot"
    )  # fmt: skip
    return f"{which} {what}, {grade.amount:.0%}{why}"
