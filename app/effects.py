"""The effects of a project's plan: shown, added, taken away."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from songreel.changing import changing
from songreel.history import History
from songreel.models.effect import Driver, EffectCue, Setting
from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Storyboard
from songreel.planning import planned
from songreel.project import Project

FILM = "film"
"""In the place of a shot: the effects over the whole film."""

_CUE = re.compile(
    r"(?P<effect>.+?)(?:\s+on\s+(?P<on>[a-z]+))?(?:\s+(?P<strength>\d*\.?\d+))?"
    r"(?P<settings>(?:\s+[a-z_]+=\S+)*)\s*"
)


def cue_of(text: str) -> EffectCue:
    """A cue from its words: `punch-in on kick 0.6 amount=0.1 at=0.5,0.4`.

    Raises:
        InvalidInput: It is not written so, or names no driver there is.
    """
    found = _CUE.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(
            f"{text!r} is no effect: write it as 'punch-in on kick 0.6' "
            "(effect, on what, strength from 0 to 1, then settings as name=value)"
        )
    on = found["on"] or "shot"
    if on not in get_args(Driver):
        raise InvalidInput(
            f"{text!r}: nothing is called {on!r}; an effect is put on {', '.join(get_args(Driver))}"
        )
    settings = dict(pair.split("=", 1) for pair in found["settings"].split())
    strength = float(found["strength"] or 0.5)
    if not 0 <= strength <= 1:
        raise InvalidInput(f"{text!r}: a strength of {strength:g} is not between 0 and 1")
    values = {name: _value(value) for name, value in settings.items()}
    raw = {"effect": found["effect"], "on": on, "strength": strength, "settings": values}
    try:
        return EffectCue.model_validate(raw)
    except ValidationError as error:
        raise InvalidInput(f"{found['effect']!r} cannot be the name of an effect") from error


def change(
    folder: Path,
    shot: str,
    *,
    add: Sequence[EffectCue] = (),
    remove: Sequence[str] = (),
    clear: bool = False,
) -> Storyboard:
    """Change the effects of a shot, or of the film, in a project's plan.

    Args:
        folder: The project.
        shot: A shot's id, or `film`.
        add: New cues, carried out after those there are.
        remove: Names of effects that go; all cues of that name.
        clear: Whether all that are there go first.

    Returns:
        The plan as it is stored now.

    Raises:
        InvalidInput: There is no such shot, no such effect to add, or none of that name to remove.
    """
    from songreel.assembly.effects.place import checked
    from songreel.models.effect import SPEED_RAMP

    project = Project.open(folder)
    with changing(project.folder):
        plan = planned(project)
        where = "the film" if shot == FILM else f"shot {shot}"
        found = cues_of(plan, shot)
        there = () if clear else found
        for name in remove:
            if all(cue.effect != name for cue in there):
                has = ", ".join(dict.fromkeys(cue.effect for cue in there)) or "none"
                raise InvalidInput(f"{where} has no effect {name!r}; it has {has}")
        for cue in add:
            if cue.effect != SPEED_RAMP or shot == FILM:
                checked(cue, where)
        cues = (*(cue for cue in there if cue.effect not in remove), *add)
        changed = _with(plan, shot, cues)
        if changed != plan:
            what = [f"--remove {name}" for name in remove] + [f"--add '{told(cue)}'" for cue in add]
            said = " ".join([shot, *(["--clear"] if clear else []), *what])
            History(project).keep("effects", said, changed, project.state.grid)
            changed.save(project.plan)
    return changed


def cues_of(plan: Storyboard, shot: str) -> tuple[EffectCue, ...]:
    """The effects of a shot, or of the film.

    Raises:
        InvalidInput: There is no such shot.
    """
    if shot == FILM:
        return plan.finish
    for one in plan.shots:
        if one.id == shot:
            return one.effects
    raise InvalidInput(
        f"there is no shot {shot}; the plan has {plan.shots[0].id} to {plan.shots[-1].id}, "
        f"and {FILM} for all of it"
    )


def told(cue: EffectCue) -> str:
    """A cue in the words that `cue_of` reads."""
    settings = "".join(f" {name}={_text(value)}" for name, value in cue.settings.items())
    return f"{cue.effect} on {cue.on} {cue.strength:g}{settings}"


def _with(plan: Storyboard, shot: str, cues: tuple[EffectCue, ...]) -> Storyboard:
    if shot == FILM:
        return plan.model_copy(update={"finish": cues})
    shots = tuple(
        one.model_copy(update={"effects": cues}) if one.id == shot else one for one in plan.shots
    )
    return plan.model_copy(update={"shots": shots})


def _value(text: str) -> Setting:
    """A number, several with commas between, or words as they are."""
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        return text
    return numbers[0] if len(numbers) == 1 else numbers


def _text(value: Setting) -> str:
    if isinstance(value, tuple):
        return ",".join(f"{part:g}" for part in value)
    return value if isinstance(value, str) else f"{value:g}"
