"""One edit of a plan by hand, done and said: `done`, `said`. Whoever edits, edits by these."""

from collections.abc import Sequence
from typing import NamedTuple

from songreel.history import Command
from songreel.models.edits import (
    CorrectGrid,
    EditPrompt,
    LockShots,
    MergeShots,
    MoveCut,
    PlanEdit,
    SetSource,
    SetTransition,
    SplitShot,
    UseTake,
)
from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Anchor, Shot, Storyboard
from songreel.models.timebase import clock
from songreel.models.transition import TransitionKind
from songreel.project import Project
from songreel.settings import Settings
from songreel.takes import Change, kept, retaken, shot_of, with_shot


class Done(NamedTuple):
    """A plan after an edit, and a sentence for each thing that was done."""

    plan: Storyboard
    said: tuple[str, ...]


def done(plan: Storyboard, edit: PlanEdit, project: Project, settings: Settings) -> Done:
    """Do one edit. Those of the grid are `songreel.grids.Grids`'.

    Raises:
        InvalidInput: It cannot be done; the text says why.
    """
    from songreel.prompting import hand

    match edit:
        case LockShots(shots=shots, locked=locked):
            told = "locked" if locked else "unlocked"
            return Done(hand.lock(plan, shots, locked=locked), (f"{told} {', '.join(shots)}",))
        case MergeShots(shots=shots):
            return _merged(plan, shots)
        case MoveCut(shot=shot, at=at):
            return Done(hand.move(plan, shot, at), (f"{shot} begins at {_when(plan, at)}",))
        case SplitShot(at=at):
            after, name = hand.split(plan, at)
            return Done(after, (f"{name} begins at {_when(plan, at)}",))
        case SetTransition(shot=shot, transition=transition):
            after = hand.with_transition(plan, shot, transition, kinds())
            lasts = f" of {transition.seconds:g} s" if transition.seconds else ""
            return Done(after, (f"{shot} begins with a {transition.kind}{lasts}",))
        case EditPrompt():
            return _worded(plan, edit)
        case SetSource(shot=shot, source=source):
            return _sourced(plan, shot, source, settings)
        case UseTake(shot=shot, take=take):
            after = kept(project, plan, shot, take)
            chosen = shot_of(after, shot).keep
            shows = f"take {chosen}" if chosen else "what the plan asks for"
            return Done(after, (f"{shot} shows {shows}",))
    raise InvalidInput(f"an edit of kind {edit.kind!r} is none of the plan alone")


def command_of(edits: Sequence[PlanEdit]) -> Command:
    """The command that does the same."""
    kinds_of = {edit.kind for edit in edits}
    if kinds_of <= {"prompt", "source"}:
        return "shot"
    return "takes" if kinds_of == {"take"} else "cuts"


def said(edit: PlanEdit) -> str:
    """An edit as the command's options."""
    match edit:
        case LockShots(shots=shots, locked=locked):
            return f"--{'lock' if locked else 'unlock'} {','.join(shots)}"
        case MergeShots(shots=shots):
            return f"--merge {','.join(shots)}"
        case MoveCut(shot=shot, at=at):
            return f"--move {shot}={at}"
        case SplitShot(at=at):
            return f"--split {at}"
        case SetTransition(shot=shot, transition=transition):
            lasts = f":{transition.seconds:g}" if transition.seconds else ""
            return f"--transition {shot}={transition.kind}{lasts}"
        case EditPrompt(shot=shot):
            return f"{shot} --prompt"
        case SetSource(shot=shot, source=source):
            return f"{shot} --model {source or 'of the film'}"
        case UseTake(shot=shot, take=take):
            return f"{shot} --use {take}" if take else f"{shot} --follow-plan"
        case CorrectGrid(change=change):
            return str(change)


def kinds() -> set[str]:
    """Names of all transitions there are: ours, and those that packages bring."""
    from songreel.assembly.transitions.transition import names

    return {kind.value for kind in TransitionKind} | set(names())


def _merged(plan: Storyboard, shots: Sequence[str]) -> Done:
    from songreel.prompting import hand

    order = [shot.id for shot in plan.shots]
    for shot in shots:
        shot_of(plan, shot)
    told = []
    for shot in sorted(dict.fromkeys(shots), key=order.index):
        left = [known.id for known in plan.shots]
        plan = hand.merge(plan, shot)
        told.append(f"{shot} is merged into {left[left.index(shot) - 1]}")
    return Done(plan, tuple(told))


def _worded(plan: Storyboard, edit: EditPrompt) -> Done:
    """The shot with other words, whose clip is to be another one: it leaves its take."""
    shot = shot_of(plan, edit.shot)
    prompt = shot.prompt if edit.prompt is None else edit.prompt
    negative = shot.negative if edit.negative is None else edit.negative
    if (prompt, negative) == (shot.prompt, shot.negative):
        return Done(plan, ())
    after = retaken(plan, shot.id, Change(prompt=prompt))
    if negative != shot.negative:
        changed = shot_of(after, shot.id).model_copy(update={"negative": negative})
        after = with_shot(after, changed)
    return Done(after, (f"{shot.id} has another prompt",))


def _sourced(plan: Storyboard, name: str, source: str | None, settings: Settings) -> Done:
    from songreel.desk import sources_exist

    shot = shot_of(plan, name)
    if source == shot.provider:
        return Done(plan, ())
    if source is not None:
        sources_exist({"visuals": source}, settings)
    fields = {"provider": source, "take": None, "keep": None}
    changed = Shot.model_validate(shot.model_copy(update=fields).model_dump())
    where = f"from {source}" if source else "from where the film's do"
    return Done(with_shot(plan, changed), (f"{name}'s clip comes {where}",))


def _when(plan: Storyboard, at: Anchor) -> str:
    return f"{at} ({clock(max(at.resolve(plan.grid), 0.0))})"
