"""Cuts by hand in a project: `Cuts` edits the plan and keeps the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from songreel.anew import Anew, after_change
from songreel.grids import Grids
from songreel.history import History
from songreel.models.errors import InvalidInput
from songreel.models.progress import Progress, silent
from songreel.models.storyboard import Storyboard
from songreel.models.transition import Transition, TransitionKind
from songreel.planning import planned
from songreel.project import Project
from songreel.settings import Settings

SECONDS = {
    TransitionKind.FLASH: 0.3, TransitionKind.CROSSFADE: 0.8, TransitionKind.WIPE: 0.6,
    TransitionKind.DIP: 0.8, TransitionKind.WHIP: 0.3, TransitionKind.ZOOM_BLUR: 0.4,
}  # fmt: skip
"""How long each lasts where nobody says it; others half a second."""


@dataclass(frozen=True)
class Edit:
    """What is to be done to a plan, each as the command's option has it."""

    unlock: Sequence[str] = ()
    """`s03,s05-s09` or `all`."""
    merge: Sequence[str] = ()
    """Shots."""
    move: Sequence[str] = ()
    """`s08=17:3`."""
    split: Sequence[str] = ()
    """`17:3`."""
    transition: Sequence[str] = ()
    """`s08=whip:0.5`."""
    lock: Sequence[str] = ()

    def __bool__(self) -> bool:
        return any((self.unlock, self.merge, self.move, self.split, self.transition, self.lock))

    def __str__(self) -> str:
        pairs = [
            (name, text)
            for name in ("unlock", "merge", "move", "split", "transition", "lock")
            for text in getattr(self, name)
        ]
        return " ".join(f"--{name} {text}" for name, text in pairs)


@dataclass(frozen=True)
class Edited:
    """A plan edited by hand."""

    before: Storyboard
    plan: Storyboard
    done: tuple[str, ...]
    """A sentence for each change."""
    anew: Anew


class Cuts:
    """Cuts by hand in projects.

    Args:
        grids: Knows the projects' grids, and undoes.
        settings: Of this run.
    """

    def __init__(self, grids: Grids, settings: Settings) -> None:
        self._grids, self._settings = grids, settings

    def show(self, folder: Path) -> Storyboard:
        """The plan of the project at `folder`.

        Raises:
            InvalidInput: There is no project, or no plan in it.
        """
        return planned(Project.open(folder))

    def edit(
        self, folder: Path, wanted: Edit, *, keep_plan: bool = False, progress: Progress = silent
    ) -> Edited:
        """Do what is `wanted`: unlock, merge, move, split, transitions, lock, in this order.

        Args:
            folder: The project.
            wanted: The changes; one that cannot be done leaves the plan as it is.
            keep_plan: Only say what would be.
            progress: Told what is being done.

        Raises:
            InvalidInput: A change cannot be done; the text says why.
        """
        project = Project.open(folder)
        with project.held():
            before = planned(project)
            plan, done = _edited(before, wanted)
            analysis = self._grids.of(project, progress).analysis
            plan, anew = after_change(self._settings, project, (before, analysis), (plan, analysis))
            if not keep_plan and plan != before:
                History(project).keep("cuts", str(wanted), plan, project.state.grid)
                plan.save(project.plan)
            return Edited(before, plan, tuple(done), anew)

    def undo(self, folder: Path) -> str:
        """Undo the last change of `songreel cuts` or `songreel grid`; what it was."""
        return self._grids.undo(folder)


def _edited(plan: Storyboard, wanted: Edit) -> tuple[Storyboard, list[str]]:
    from songreel.models.timebase import clock
    from songreel.prompting import hand

    done: list[str] = []
    for text in wanted.unlock:
        ids = hand.named(plan, text)
        plan = hand.lock(plan, ids, locked=False)
        done.append(f"unlocked {', '.join(ids)}")
    for text in wanted.merge:
        for shot in hand.named(plan, text):
            order = [known.id for known in plan.shots]
            plan = hand.merge(plan, shot)
            done.append(f"{shot} is merged into {order[order.index(shot) - 1]}")
    for text in wanted.move:
        shot, at = _pair(text, "--move s08=17:3")
        moment = hand.moment(at)
        plan = hand.move(plan, shot, moment)
        done.append(f"{shot} begins at {moment} ({clock(max(moment.resolve(plan.grid), 0.0))})")
    for text in wanted.split:
        moment = hand.moment(text)
        plan, name = hand.split(plan, moment)
        done.append(f"{name} begins at {moment} ({clock(max(moment.resolve(plan.grid), 0.0))})")
    for text in wanted.transition:
        shot, how = _pair(text, "--transition s08=whip:0.5")
        transition = _transition(how)
        plan = hand.with_transition(plan, shot, transition, _kinds())
        lasts = f" of {transition.seconds:g} s" if transition.seconds else ""
        done.append(f"{shot} begins with a {transition.kind}{lasts}")
    for text in wanted.lock:
        ids = hand.named(plan, text)
        plan = hand.lock(plan, ids, locked=True)
        done.append(f"locked {', '.join(ids)}")
    return plan, done


def _pair(text: str, example: str) -> tuple[str, str]:
    shot, equals, rest = text.partition("=")
    if not (equals and shot.strip() and rest.strip()):
        raise InvalidInput(f"{text!r} does not say which shot and what; write {example}")
    return shot.strip(), rest.strip()


def _transition(text: str) -> Transition:
    """`whip:0.5`, or a kind alone for its usual length."""
    kind, colon, seconds = text.rpartition(":")
    number: float | None = None
    try:
        number = float(seconds) if colon else None
    except ValueError:
        kind = text  # a name with a colon in it
    if not colon:
        kind = text
    name = kind.strip().lower()
    usual = 0.0 if name == TransitionKind.CUT else _usual(name)
    try:
        return Transition.model_validate(
            {"kind": name, "seconds": usual if number is None else number}
        )
    except ValueError as error:
        raise InvalidInput(
            f"--transition {text!r}: a cut has no length, every other transition lasts over 0 and "
            "up to 4 s; write s08=whip:0.5 or s08=cut"
        ) from error


def _usual(name: str) -> float:
    return next((seconds for kind, seconds in SECONDS.items() if kind.value == name), 0.5)


def _kinds() -> set[str]:
    """Names of all transitions there are: ours, and those that packages bring."""
    from songreel.assembly.transitions.transition import names

    return {kind.value for kind in TransitionKind} | set(names())
