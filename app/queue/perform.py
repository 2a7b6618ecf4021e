"""One piece of work done: `perform`, from typed work to the use case that the command calls."""

from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from songreel.models.errors import SongreelError
from songreel.models.queued import QueuedJob
from songreel.models.storyboard import Storyboard
from songreel.project import Project
from songreel.queue.bench import Bench, Result, Teller
from songreel.store.ledger import Ledger
from songreel.workspace import Workspace

_KINDS: Mapping[str, str] = {
    "hear": "films:hear",
    "plan": "films:plan",
    "make": "films:make",
    "generate": "films:generate",
    "assemble": "films:assemble",
    "retake": "films:retake",
    "pairs": "films:pairs",
    "footage": "footage:footage",
    "budget": "films:budget",
    "report": "files:report",
    "preview": "files:preview",
    "contact-sheet": "files:contact_sheet",
    "export": "files:export",
    "formats": "files:formats",
    "excerpt": "files:excerpt",
    "loop": "files:loop",
    "scene": "files:show_scene",
    "score": "sounds:score",
    "foley": "sounds:foley",
    "mix": "sounds:mix",
    "make-scenes": "scenes:make_scenes",
    "demo": "scenes:demo",
    "batch": "scenes:batch",
}
"""Module and function by kind: a process loads what its own work needs."""


def perform(workspace: Workspace, job: QueuedJob, tell: Teller) -> Result:
    """Do the work of a job by the same services as the command; it goes on where it was left.

    Args:
        workspace: Of the job.
        job: Taken up by this process.
        tell: Told how it goes.

    Returns:
        What it came to, as plain data: for people and pages, without paths of the server.

    Raises:
        SongreelError: It cannot be done; one sentence. What was finished stays.
        KeyboardInterrupt: It was stopped; the next attempt goes on.
    """
    bench = Bench(workspace, job, tell)
    try:
        with bench.cleared():
            module, _, function = _KINDS[job.work.kind].partition(":")
            do = getattr(import_module(f"songreel.queue.{module}"), function)
            result: Result = do(bench, job.work)
            if "paid_usd" in result:  # by this attempt and by those before it
                result["paid_usd"] = str(Ledger(workspace.database).spent_by(job.id))
            _record(bench)
            return result
    except BaseException:
        with suppress(SongreelError):  # why it was not done is what is told
            _record(bench)
        raise


def _record(bench: Bench) -> None:
    """Have the workspace know the project as it is now, and its plan."""
    new = bench.remembered("project")
    project = Project(Path(new)) if new else bench.project() if bench.job.project else None
    if project is None or not project.file.is_file():
        return
    known = bench.workspace.projects.note(project)
    if project.plan.is_file():
        bench.workspace.plans.record(
            known.id, Storyboard.load(project.plan), bench.job.work.kind, bench.job.actor
        )
