"""How a song is to be heard: by whom, and at which octave of its tempo. `Ears`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.models.grid_change import Octave
    from songreel.project import Project


@dataclass(frozen=True)
class Ears:
    """By default ours, and nothing is corrected."""

    tracker: str = "songreel"
    """Who hears the beats; `songreel.analysis.trackers.registry.names` lists them."""
    octave: "Octave" = "as heard"
    """Whether beats are counted half or twice as fast as the tracker hears them."""
    tagger: str | None = None
    """Who puts words to the song besides, one of `songreel.analysis.taggers.tagger.names`; None
    for nobody."""


def octave_of(half: bool, double: bool, heard: bool = False) -> "Octave | None":
    """The octave that the flags ask for; None where none is set.

    Raises:
        InvalidInput: More than one is set.
    """
    if half + double + heard > 1:
        raise InvalidInput("--half, --double and --as-heard exclude each other; give one")
    return "half" if half else "double" if double else "as heard" if heard else None


def there_is(changes: Mapping[str, object]) -> None:
    """Refuse a tracker that is not known or not installed before a project remembers it.

    Raises:
        InvalidInput: With the command that installs it.
    """
    if "tracker" in changes:
        from songreel.analysis.trackers.registry import find

        find(str(changes["tracker"]))


def agree(project: "Project", changes: Mapping[str, object]) -> None:
    """Refuse to hear a planned song otherwise: its plan stands on the beats as they were.

    Raises:
        InvalidInput: The project has a plan, and `changes` would change its beats.
    """
    if not project.plan.is_file():
        return
    state = project.state
    for name in ("tracker", "octave"):
        there: str = getattr(state, name)
        if changes.get(name, there) != there:
            raise InvalidInput(
                f"{project.plan} was planned on beats with {name} {there!r}, not "
                f"{changes[name]!r}; add --replan to plan anew (locked shots stay), or correct "
                f"the grid and keep the plan with `songreel grid {project.folder}`"
            )


def uncorrected(project: "Project", changes: Mapping[str, object]) -> None:
    """Refuse to hear a song otherwise whose grid somebody has corrected: it was corrected as heard.

    Raises:
        InvalidInput: There are corrections, and `changes` would change who hears, or speaks of an
            octave that was corrected.
    """
    state = project.state
    octave = any(change.kind in ("half", "double") for change in state.grid)
    otherwise = any(
        name in changes and (changes[name] != there or (name == "octave" and octave))
        for name, there in (("tracker", state.tracker), ("octave", state.octave))
    )
    if state.grid and otherwise:
        done = " ".join(str(change) for change in state.grid)
        raise InvalidInput(
            f"the grid of {project.folder} was corrected by hand ({done}); correct it further "
            f"with `songreel grid {project.folder}`, or take that back with --reset there before "
            "the song is heard otherwise"
        )
