"""`songreel jobs`: the queue of the workspace, and a worker for it."""

import json
import signal
import sys
import threading
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import INTERRUPTED, note, table
from songreel.cli.hearing import Json, print_json
from songreel.cli.workspace import named
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from songreel.models.queued import JobState, QueuedJob
    from songreel.models.work import Work
    from songreel.store.queue import Queue
    from songreel.workspace import Workspace

jobs = typer.Typer(help="Work that waits or is being done: see it, order it, do it.")


class State(StrEnum):
    """The same as `songreel.models.queued.JobState`."""

    WAITING = "waiting"
    PAUSED = "paused"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_HELD = "the queue is held: nothing is taken up until `songreel jobs release`"

Job = Annotated[str, typer.Argument(metavar="JOB", help="Id of a job, or how it begins.")]
Jobs = Annotated[list[str], typer.Argument(metavar="JOB...", help="Ids, or how they begin.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(jobs, name="jobs", invoke_without_command=True)


@jobs.callback()
def list_jobs(
    context: typer.Context,
    state: Annotated[
        list[State] | None, typer.Option(help="Only jobs in this state; repeatable.")
    ] = None,
    project: Annotated[
        str | None,
        typer.Option(
            "--project",
            "-p",
            metavar="PROJECT",
            help="Of this one only: its folder, its id or the beginning of that.",
        ),
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List jobs: those that have not ended in their order, then the last that have."""
    if context.invoked_subcommand is not None:
        return
    workspace = _workspace(context)
    queue = workspace.queue
    states: list[JobState] | None = [each.value for each in state] if state else None
    known = None if project is None else named(workspace, project).id
    found = queue.all(states, known, most)
    if as_json:
        print_json([job.model_dump(mode="json") for job in found])
        return
    if queue.held:
        note(_HELD)
    if not found:
        note("no jobs; the studio queues them, and `songreel jobs add`")
        return
    rows = [
        (job.id[:8], job.work.kind, job.project[:8], job.state + _wished(job),
         f"{job.progress:.0%}", _left(job), job.error or job.doing)
        for job in found
    ]  # fmt: skip
    typer.echo(table(("job", "work", "project", "state", "", "left", ""), rows))


@jobs.command()
def show(context: typer.Context, job: Job, log: Annotated[
    bool, typer.Option("--log", help="What its process has said.")
] = False) -> None:  # fmt: skip
    """Print all of JOB as JSON, or its log."""
    workspace = _workspace(context)
    found = _one(workspace.queue, job)
    if log:
        from songreel.queue.log import read_log

        typer.echo(read_log(workspace.settings.workspace, found.id), nl=False)
    else:
        typer.echo(found.model_dump_json(indent=2))


@jobs.command()
def add(
    context: typer.Context,
    work: Annotated[str, typer.Argument(metavar="WORK", help="Its JSON; - reads it from stdin.")],
    before: Annotated[
        str | None, typer.Option(metavar="JOB", help="Before this one (after all that wait).")
    ] = None,
) -> None:
    """Have WORK done, as REST takes it; print the job's id.

    `{"kind": "make", "project": "night drive.songreel"}`: a project is its folder, its id or the
    beginning of that.
    """
    workspace = _workspace(context)
    asked = _asked(workspace, sys.stdin.read() if work == "-" else work)
    queue = workspace.queue
    typer.echo(queue.add(asked, actor="cli", before=_one(queue, before).id if before else None).id)


@jobs.command()
def pause(context: typer.Context, job: Jobs) -> None:
    """Stop JOBs for now; what is finished of them stays."""
    _each(context, job, lambda queue: queue.pause)


@jobs.command()
def resume(context: typer.Context, job: Jobs) -> None:
    """Let paused JOBs go on when it is their turn."""
    _each(context, job, lambda queue: queue.resume)


@jobs.command()
def cancel(context: typer.Context, job: Jobs) -> None:
    """Stop JOBs for good; what is finished of them stays."""
    _each(context, job, lambda queue: queue.cancel)


@jobs.command()
def again(context: typer.Context, job: Jobs) -> None:
    """Try JOBs again that failed or were cancelled; ones that are done are done once more."""
    _each(context, job, lambda queue: queue.again)


@jobs.command()
def move(
    context: typer.Context,
    job: Job,
    before: Annotated[
        str | None, typer.Option(metavar="JOB", help="Before this one (after all that wait).")
    ] = None,
) -> None:
    """Change the turn of JOB."""
    queue = _queue(context)
    other = _one(queue, before).id if before is not None else None
    _said(queue.move(_one(queue, job).id, other))


@jobs.command()
def hold(context: typer.Context) -> None:
    """Take no job up until `songreel jobs release`; those at work go on."""
    _queue(context).hold()
    note("held")


@jobs.command()
def release(context: typer.Context) -> None:
    """Take jobs up again."""
    _queue(context).release()
    note("released")


@jobs.command()
def work(
    context: typer.Context,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Jobs at the same time.")] = 1,
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="End when nothing waits any more.")
    ] = False,
) -> None:
    """Do the jobs of this workspace, without a studio; on more machines with PostgreSQL.

    Ctrl-C gives what is being done back to the queue; whoever takes it up goes on from there.
    Machines that share a database must see the projects' folders and assets in the same places.
    """
    from songreel.queue.runner import Runner

    workspace = _workspace(context)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    seen = workspace.queue.last_event
    with Runner(workspace.settings, at_once):
        note(f"working in {workspace.settings.workspace}; Ctrl-C stops")
        if workspace.queue.held:
            note(_HELD)
        try:
            while not stop.wait(0.5):
                seen = _tell(workspace.queue, seen, quiet=context.obj["quiet"])
                if until_empty and not workspace.queue.all(("waiting", "working"), limit=1):
                    break
        except KeyboardInterrupt:
            stop.set()
    if stop.is_set():
        note("songreel: stopped; what was being done waits, and goes on when it is taken up again")
        raise typer.Exit(INTERRUPTED)


def _asked(workspace: "Workspace", text: str) -> "Work":
    """The work that `text` asks for.

    Raises:
        InvalidInput: It is no JSON, no work, or of a project that the workspace does not know.
    """
    from pydantic import TypeAdapter, ValidationError

    from songreel.models.work import AnyWork

    try:
        given = json.loads(text)
    except ValueError as error:
        raise InvalidInput(
            f'this is no JSON: {error}; write work as {{"kind": "make", "project": "ID"}}'
        ) from error
    if isinstance(given, dict) and isinstance(given.get("project"), str):
        given["project"] = named(workspace, given["project"]).id
    try:
        asked: Work = TypeAdapter(AnyWork).validate_json(json.dumps(given))
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "union_tag_invalid":
            kinds = first["ctx"]["expected_tags"].replace("'", "")
            raise InvalidInput(
                f"there is no work of the kind {first['ctx']['tag']}; kinds: {kinds}"
            ) from error
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(
            f"this is no work: {where + ': ' if where else ''}{first['msg']}"
        ) from error
    return asked


def _tell(queue: "Queue", seen: int, *, quiet: bool) -> int:
    """A line for every job that has begun or ended since; the last event that is known now."""
    for event in queue.events(seen):
        seen = event.id
        if event.kind == "state" and event.data["state"] != "waiting" and not quiet:
            kind = queue.get(event.job).work.kind
            told = f"{event.data['state']} {event.data['error']}".strip()
            note(f"songreel: {event.job[:8]} {kind}: {told}")
    return seen


def _each(
    context: typer.Context, given: list[str], act: "Callable[[Queue], Callable[[str], QueuedJob]]"
) -> None:
    queue = _queue(context)
    for name in given:
        _said(act(queue)(_one(queue, name).id))


def _said(job: "QueuedJob") -> None:
    note(f"{job.id[:8]} {job.work.kind}: {job.state}{_wished(job)}")


def _one(queue: "Queue", name: str) -> "QueuedJob":
    """The job that `name` is the id of, or begins.

    Raises:
        InvalidInput: There is none, or more than one.
    """
    if len(name) == 32:
        return queue.get(name)
    found = queue.beginning(name.lower(), 2)
    if len(found) != 1:
        many = "no job begins" if not found else "several jobs begin"
        raise InvalidInput(f"{many} with {name!r}; `songreel jobs` lists them")
    return found[0]


def _wished(job: "QueuedJob") -> str:
    return {"pause": ", to pause", "cancel": ", to be cancelled"}.get(job.wish, "")


def _left(job: "QueuedJob") -> str:
    from songreel.models.timebase import clock

    return clock(job.eta) if job.eta is not None and job.state == "working" else ""


def _queue(context: typer.Context) -> "Queue":
    return _workspace(context).queue


def _workspace(context: typer.Context) -> "Workspace":
    from songreel.settings import Settings
    from songreel.workspace import Workspace

    return Workspace(Settings.load(context.obj["workspace"]))
