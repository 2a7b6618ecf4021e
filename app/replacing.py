"""A plan that was edited elsewhere takes the place of a project's plan: `replace_plan`."""

import hashlib
from collections.abc import Iterator

from songreel.changing import changing
from songreel.history import History
from songreel.models.errors import InvalidInput
from songreel.models.names import inside
from songreel.models.storyboard import Storyboard
from songreel.project import Project


class Changed(InvalidInput):
    """The plan is not the one any more that somebody started from."""


def mark(project: Project) -> str:
    """What tells a project's plan from another: 32 hex digits; empty where there is none."""
    try:
        return hashlib.sha256(project.plan.read_bytes()).hexdigest()[:32]
    except FileNotFoundError:
        return ""


def replace_plan(project: Project, plan: Storyboard, known: str | None = None) -> None:
    """Have a project's plan be `plan`; undo brings back the one before, byte for byte.

    Args:
        project: The project.
        plan: Of the same song.
        known: `mark` of the plan it was made from; None: whatever there is is replaced.

    Raises:
        Changed: The plan is another one by now.
        InvalidInput: It is of another song, or names files outside of the project that the plan
            before did not name: who sends a plan may not choose what of this machine it shows.
        MachineError: The folder cannot be written.
    """
    with changing(project.folder):
        if known is not None and known != mark(project):
            raise Changed("the plan has changed since it was fetched; fetch it again, then edit")
        state = project.state
        if plan.track.sha256 != state.song_sha256:
            raise InvalidInput(
                f"the plan is of another song than {state.title} "
                f"({plan.track.sha256[:8]}, not {state.song_sha256[:8]})"
            )
        before = Storyboard.load(project.plan) if project.plan.is_file() else None
        known_files = set(_files(before)) if before is not None else set()
        for where, name in _files(plan):
            if (where, name) not in known_files and not _inside(name):
                raise InvalidInput(
                    f"{where}: {name} lies outside of the project; name a file in it, such as "
                    "stills/NAME"
                )
        if plan == before:
            return
        History(project).keep("plan", "--plan FILE", plan, state.grid, ("a plan was put in",))
        plan.save(project.plan)


def _files(plan: Storyboard) -> Iterator[tuple[str, str]]:
    """Files that a plan names, and where it does."""
    if plan.captions is not None and plan.captions.font is not None:
        yield "captions", plan.captions.font
    for shot in plan.shots:
        for name in (shot.start_image, shot.end_image, *shot.references):
            if name is not None:
                yield f"shot {shot.id}", name


def _inside(name: str) -> bool:
    try:
        inside(name)
    except ValueError:
        return False
    return name[:1] != "~"
