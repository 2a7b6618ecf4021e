"""Which scene each shot of a planned project gets: `film_cast`."""

from collections.abc import Mapping
from pathlib import Path

from songreel.models.document import Frozen
from songreel.models.progress import Progress
from songreel.settings import Settings


class CastShot(Frozen):
    """What one shot of a film gets, and why."""

    id: str
    start: float
    """Seconds."""
    section: int
    label: str
    """Of the section."""
    motif: str
    scene: str
    """Key."""
    name: str
    settings: Mapping[str, str]
    reasons: tuple[str, ...]
    """A clause each, the weightiest first."""
    source: str
    """Where the plan asks for the shot's clip; other than `builtin`, the scene only stands by."""


def film_cast(settings: Settings, folder: Path, progress: Progress) -> tuple[CastShot, ...]:
    """The scene that each shot gets from the built-in visuals, in the film's order.

    Raises:
        InvalidInput: There is no project or no plan.
    """
    from songreel.filming import Filming
    from songreel.generation.requests import requests, worded
    from songreel.generation.visuals.casting import cast
    from songreel.generation.visuals.registry import scenes
    from songreel.prompting.dialects import reword

    with Filming(settings).opened(folder, progress) as (project, _, heard, plan):
        state = project.state
        asked = worded(
            requests(plan, heard, state.spec), plan,
            lambda shot, dialect: reword(plan, shot, dialect), "plain",
        )  # fmt: skip
        sources = {shot.id: shot.provider or state.visuals for shot in plan.shots}
        # As the film does it: the film's own source plans every shot, another one its shots.
        own = {shot for shot, source in sources.items() if source == "builtin"}
        if own and state.visuals != "builtin":
            asked = {shot: request for shot, request in asked.items() if shot in own}
        known = scenes()
        found = cast(asked, known)
        starts = {shot.id: span[0] for shot, span in zip(plan.shots, plan.spans, strict=True)}
        return tuple(
            CastShot(
                id=shot.id,
                start=starts[shot.id],
                section=shot.section,
                label=plan.sections[shot.section].label,
                motif=shot.motif,
                scene=found[shot.id].scene,
                name=known[found[shot.id].scene].name,
                settings=found[shot.id].settings,
                reasons=found[shot.id].reasons,
                source=sources[shot.id],
            )
            for shot in plan.shots
            if shot.id in found
        )
