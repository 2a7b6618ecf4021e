"""What effects there are, in words: `described`."""

import inspect
from dataclasses import dataclass

from songreel.assembly.effects.effect import maker_of, names
from songreel.assembly.effects.place import LEVELS, STRUCK
from songreel.models.effect import SPEED_RAMP, Driver, Setting


@dataclass(frozen=True)
class SettingOf:
    """A setting of an effect.

    Attributes:
        name: As in the plan.
        default: What it is if nothing is said.
        about: What it does.
    """

    name: str
    default: Setting | None
    about: str


@dataclass(frozen=True)
class Described:
    """An effect, as a person chooses it.

    Attributes:
        name: As in the plan.
        about: One sentence.
        drivers: What it can be put on.
        settings: Its own.
    """

    name: str
    about: str
    drivers: tuple[Driver, ...]
    settings: tuple[SettingOf, ...]


DRIVERS: dict[Driver, str] = {
    "shot": "nothing: it is there throughout (a push comes nearer over the shot)",
    "cut": "the cut with which the shot begins",
    "beat": "every beat, the first of a bar strongest",
    "downbeat": "the first beat of every bar",
    "kick": "onsets below 150 Hz",
    "snare": "onsets around 150 Hz to 5 kHz",
    "hat": "onsets above 5 kHz",
    "bass": "notes of the bass line",
    "melody": "notes of the leading voice or instrument",
    "energy": "how intense the music is",
    "build": "a build, from its start to its end",
}
"""What in the music moves an effect."""

_RAMP = Described(
    name=SPEED_RAMP,
    about="The clip's time bends: slow before an accent and fast after it, or as is set.",
    drivers=STRUCK,
    settings=(
        SettingOf("before", 0.5, "Speed up to the accent."),
        SettingOf("after", 1.25, "Speed from it on."),
        SettingOf("ease", 0.3, "Seconds from one to the other."),
    ),
)


def described() -> tuple[Described, ...]:
    """Every effect that can be named in a plan: ours, then other packages'."""
    found = []
    for name in names():
        maker = maker_of(name)
        text = inspect.getdoc(maker) or ""
        moved_by = getattr(maker, "moved_by", None)
        drivers = (STRUCK if moved_by != "level" else ()) + (LEVELS if moved_by != "hits" else ())
        about = _arguments(text)
        settings = tuple(
            SettingOf(
                parameter.name,
                None if parameter.default is parameter.empty else parameter.default,
                about.get(parameter.name, ""),
            )
            for parameter in inspect.signature(maker).parameters.values()
            if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        )
        found.append(Described(name, text.partition("\n\n")[0].replace("\n", " "), drivers,
                               settings))  # fmt: skip
    return (*found, _RAMP)


def _arguments(text: str) -> dict[str, str]:
    """What a docstring says of each argument."""
    _, _, rest = text.partition("Args:\n")
    found: dict[str, str] = {}
    name = ""
    for line in rest.splitlines():
        if not line.startswith("    "):
            break
        if not line.startswith("     ") and ":" in line:
            name, _, said = line.strip().partition(":")
            found[name] = said.strip()
        elif name:
            found[name] += f" {line.strip()}"
    return found
