"""What work would cost, before it is asked for: `quote`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import singledispatch
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import JsonValue

from songreel.desk import Desk, Priced
from songreel.foley import Foley as Foleys
from songreel.limits import bounds
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.queued import QueuedJob
from songreel.models.storyboard import Storyboard
from songreel.models.work import Assemble, Generate, Make, Retake, Work
from songreel.models.work_quote import WorkQuote
from songreel.models.work_sound import Foley, MakeScenes, Score
from songreel.queue.agreement import most_of
from songreel.queue.bench import Bench
from songreel.queue.quoting_early import far, of_scenes, unknown
from songreel.queue.sounds import foley_wish, planned, score_wish
from songreel.scoring import Scoring
from songreel.store.ledger import Ledger
from songreel.takes import Change, retaken
from songreel.workspace import Workspace


@dataclass(frozen=True)
class _Trial(Bench):
    """Where work is looked at and not done: a folder of its own that goes afterwards."""

    place: Path

    @property
    def folder(self) -> Path:
        """In the place of a job's own."""
        return self.place


class _Nobody:
    """Nobody looks on."""

    def progress(self, what: str, done: float) -> None:
        """Nothing."""

    def found(self, part: str, value: JsonValue) -> None:
        """Nothing."""

    def notice(self, text: str) -> None:
        """Nothing."""

    def belongs(self, project: str) -> None:
        """Nothing."""


def quote(workspace: Workspace, work: Work) -> WorkQuote:
    """What `work` would cost as things stand; nothing is ordered, nothing asked of the network.

    Of work that makes clips: what the plan asks for and the project lacks. Wishes that change the
    plan change the price, so a film is planned before it is quoted. What can only be known while
    the work is done is named in `unknown`.

    Raises:
        InvalidInput: It is of a kind that costs nothing or that cannot be quoted, or cannot be
            done; as the job would say.
        MachineError: A folder cannot be written.
    """
    with _trial(workspace, work) as bench:
        found = _quoted(work, bench)
        retakes = getattr(work, "retakes", 0)
        budget: Decimal | None = getattr(work, "budget", None)
        most = most_of(found, retakes, budget)
        project, total = bench.job.project, found.total
        ledger = Ledger(workspace.database)
        return WorkQuote(
            low=total.low, likely=total.likely, high=total.high, most=most,
            lines=tuple(found.lines()),
            bounds=bounds(ledger, project, budget, total.high) if total.high else (),
            unknown=unknown(work, bench),
        )  # fmt: skip


@contextmanager
def _trial(workspace: Workspace, work: Work) -> Iterator[_Trial]:
    project = getattr(work, "project", None) or ""
    job = QueuedJob(id="0" * 32, project=project, work=work, made=datetime.now(UTC))
    parent = workspace.settings.workspace / "jobs"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = TemporaryDirectory(prefix="quote.", dir=parent)
    except OSError as error:
        raise MachineError(f"cannot write {parent}: {error.strerror or error}") from error
    with folder as place:
        try:
            yield _Trial(workspace, job, _Nobody(), Path(place))
        except InvalidInput as error:
            raise InvalidInput(str(error).replace(f"{place}/", "")) from error


@singledispatch
def _quoted(work: Any, bench: Bench) -> Priced:  # noqa: ARG001 (dispatched on its type)
    raise InvalidInput(
        f"work of the kind {work.kind} has no quote: score, foley, generate, make, make-scenes, "
        "assemble and retake have one"
    )


@_quoted.register
def _(work: Score, bench: Bench) -> Priced:
    plan, place, _ = planned(bench, work)
    return Scoring(bench.settings).quote(place, plan, score_wish(work.music))


@_quoted.register
def _(work: Foley, bench: Bench) -> Priced:
    if work.address is not None:
        return far(bench, work)
    place, wish, seconds = foley_wish(bench, work)
    return Foleys(bench.settings).quote(place, wish, seconds)


@_quoted.register
def _(work: MakeScenes, bench: Bench) -> Priced:
    return of_scenes(bench, work)


@_quoted.register
def _(work: Make | Generate | Assemble, bench: Bench) -> Priced:  # noqa: ARG001
    return bench.workspace.editing.quote(bench.job.project)


@_quoted.register
def _(work: Retake, bench: Bench) -> Priced:
    project, heard = bench.project(), bench.workspace.editing.heard(bench.job.project)
    if heard is None or not project.plan.is_file():
        raise InvalidInput(f"{project.state.title} has no plan yet; plan it first")
    change = Change(work.prompt, work.seed, work.source)
    plan = retaken(Storyboard.load(project.plan), work.shot, change)
    with Desk.of(bench.settings, project, heard, plan) as desk:
        return desk.quote()
