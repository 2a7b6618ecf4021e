"""What the workspace is told of projects and plans, best effort: no film needs it."""

from pathlib import Path

from songreel.models.errors import SongreelError
from songreel.models.storyboard import Storyboard
from songreel.project import Project
from songreel.settings import Settings

COPIED = (
    "{folder} is a copy of a project that is still where it was: from now on it is a project of "
    "its own, with a history and costs of its own"
)


def note(
    settings: Settings, project: Project, plan: Storyboard | None = None, what: str = ""
) -> tuple[str, ...]:
    """Have the workspace know a project, and the plan it has now.

    Args:
        settings: Of this run.
        project: Which.
        plan: As it was stored; None: as the file has it, where there is one.
        what: The change in words; empty: as the project's history of changes has it.

    Returns:
        What is worth telling, a sentence each: that it was a copy of another project, or why that
        could not be written, which the film does not need.
    """
    from songreel.store.assets import Assets
    from songreel.store.database import Database
    from songreel.store.plans import Plans
    from songreel.store.projects import Projects

    told: tuple[str, ...] = ()
    try:
        database, before = Database(settings.database), project.state.id
        known = Projects(database, settings.actor).note(project)
        if before not in ("", known.id):
            told = (COPIED.format(folder=project.folder),)
        if plan is None and project.plan.is_file():
            plan = Storyboard.load(project.plan)
        if plan is not None:
            plans = Plans(database, Assets(database, settings.assets, actor=settings.actor))
            what = what or _last(project) or ("edited" if plans.versions(known.id) else "planned")
            plans.record(known.id, plan, what, settings.actor)
    except SongreelError as error:
        return (*told, f"the workspace was not told of {project.folder}: {error}")
    return told


def note_at(settings: Settings, folder: Path, what: str = "") -> tuple[str, ...]:
    """The same of the project in a folder."""
    return note(settings, Project(folder), what=what)


def _last(project: Project) -> str:
    """The last change as the command's options, if it left the plan that is there now."""
    from songreel.history import AFTER, History

    steps = History(project).steps()
    if not steps:
        return ""
    left = steps[-1].folder / AFTER
    try:
        same = left.read_bytes() == project.plan.read_bytes()
    except OSError:
        same = False
    change = steps[-1].change
    return f"{change.by} {change.what}" if same else ""
