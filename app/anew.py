"""What a change of a plan makes anew, and the paid clips that need not be: `after_change`."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from songreel.desk import ALWAYS, Desk
from songreel.models.errors import SongreelError
from songreel.models.music import Analysis
from songreel.models.schedule import schedule
from songreel.models.storyboard import Shot, Storyboard
from songreel.project import Project
from songreel.settings import Settings

NAME = 8
"""Characters of a clip's fingerprint by which a take is kept, as in `songreel.takes`."""


@dataclass(frozen=True)
class Anew:
    """What the next `songreel assemble` will do for a changed plan."""

    drawn: tuple[str, ...] = ()
    """Shots whose pictures are made on this machine, free, because their music has changed."""
    bought: tuple[str, ...] = ()
    """Shots whose clip is to be ordered."""
    price: str = ""
    kept: tuple[str, ...] = ()
    """Shots that keep a paid clip though the plan would ask for another one."""
    unknown: str = ""
    """Why it cannot be told what is to be ordered."""

    def lines(self) -> tuple[str, ...]:
        """For people."""
        said = []
        if self.kept:
            said.append(
                f"{_shots(self.kept)}: the clip that is paid for still fits and is kept "
                "(`songreel takes PROJECT SHOT --follow-plan` lets go of it)"
            )
        if self.bought:
            said.append(f"to be bought: {_shots(self.bought)}, {self.price}")
        if self.drawn:
            said.append(f"to be made anew on this machine, free: {_shots(self.drawn)}")
        if self.unknown:
            said.append(f"what is to be bought cannot be told: {self.unknown}")
        return tuple(said)


Planned = tuple[Storyboard, Analysis]


def after_change(
    settings: Settings, project: Project, before: Planned, after: Planned
) -> tuple[Storyboard, Anew]:
    """The changed plan with the paid clips kept that still cover their shots, and what is left.

    Args:
        settings: Of this run.
        project: Its documents are the caller's, and still say what was before.
        before: The plan and the analysis up to now.
        after: The changed ones.
    """
    plan, kept = keeping(
        settings, project, before[0], after[0], lambda: before[1], lambda: after[1]
    )
    return plan, to_make(settings, project, before, (plan, after[1]), kept)


def keeping(
    settings: Settings,
    project: Project,
    before: Storyboard,
    plan: Storyboard,
    heard: Callable[[], Analysis],
    hears: Callable[[], Analysis] | None = None,
    *,
    let_go: Collection[str] = (),
) -> tuple[Storyboard, tuple[str, ...]]:
    """The changed plan with the paid clips kept that still cover their shots, and those shots.

    Args:
        settings: Of this run.
        project: Its documents are the caller's, and still say what was before.
        before: The plan up to now.
        plan: The changed one.
        heard: Gives the analysis up to now, where that is needed.
        hears: Gives the changed one, where it is another.
        let_go: Shots that are to have another clip.
    """
    if not _any_clip(project) or _all_free(project, before, plan):
        return plan, ()
    if hears is None and not _touched(before, plan, let_go):
        return plan, ()
    try:
        with Desk.of(settings, project, heard(), before) as desk:
            had, lacked = desk.standing()
        with Desk.of(settings, project, (hears or heard)(), plan) as desk:
            lacks = desk.missing()
    except SongreelError:
        return plan, ()  # `to_make` says why
    theirs = {s: had[s] for s in had if s not in lacked and s not in let_go}
    return _keeping(project, plan, theirs, lacks)


def to_make(
    settings: Settings,
    project: Project,
    before: Planned,
    after: Planned,
    kept: tuple[str, ...] = (),
) -> Anew:
    """What is to be made and bought for a changed plan.

    Args:
        settings: Of this run.
        project: The project.
        before: The plan and the analysis up to now.
        after: The changed ones.
        kept: Shots that keep a paid clip.
    """
    plan = after[0]
    if not _any_clip(project):
        return Anew()
    if _all_free(project, plan):
        return Anew(drawn=_redrawn(project, before, after))
    try:
        with Desk.of(settings, project, after[1], plan) as desk:
            quote = desk.quote()
            free = desk.free()
    except SongreelError as error:
        return Anew(unknown=str(error), kept=kept)
    bought = {shot for clip in quote.clips for shot in clip.shots} - free
    order = [shot.id for shot in plan.shots]
    return Anew(
        drawn=tuple(s for s in _redrawn(project, before, after) if s in free),
        bought=tuple(shot for shot in order if shot in bought),
        price=str(quote.total),
        kept=kept,
    )


def _touched(before: Storyboard, plan: Storyboard, let_go: Collection[str]) -> bool:
    """Whether anything is another than the shots to let go of, and who is locked."""

    def rest(of: Storyboard) -> list[Shot]:
        still = {"locked": False, "keep": None}
        shots = (shot for shot in of.shots if shot.id not in let_go)
        return [shot.model_copy(update=still) for shot in shots]

    same = {"shots": before.shots}
    if plan.model_copy(update=same) != before:
        return True
    return len(plan.shots) != len(before.shots) or rest(plan) != rest(before)


def _any_clip(project: Project) -> bool:
    return project.clips.is_dir() and any(project.clips.glob("*.json"))


def _all_free(project: Project, *plans: Storyboard) -> bool:
    """Whether no plan asks for clips of sources that might cost something."""
    named = {shot.provider for plan in plans for shot in plan.shots if shot.provider}
    return {project.state.visuals, *named} <= {*ALWAYS, "footage"}


def _redrawn(project: Project, before: Planned, after: Planned) -> tuple[str, ...]:
    """Shots for which a source that hears the music is asked for other pictures than before."""
    from songreel.generation.requests import requests

    spec = project.state.spec
    try:
        asked = requests(before[0], before[1], spec)
    except SongreelError:
        asked = {}
    wanted = requests(after[0], after[1], spec)
    return tuple(shot for shot, request in wanted.items() if asked.get(shot) != request)


def _keeping(
    project: Project, plan: Storyboard, had: dict[str, str], lacks: set[str]
) -> tuple[Storyboard, tuple[str, ...]]:
    """`plan` in which shots that lack a clip keep the paid one they had, where it is long enough.

    Args:
        project: The project.
        plan: The changed plan.
        had: Fingerprint of the clip that each shot had, by shot.
        lacks: Shots whose clip is not there.
    """
    from songreel.generation.shelf import Shelf

    shelf = Shelf(project.clips)
    spec = project.state.spec
    frames = {span.shot: span.clip_frames for span in schedule(plan, spec.rate, spec.lead)}
    shots, kept = [], []
    for shot in plan.shots:
        if shot.id in lacks and shot.id in had and shot.keep is None:
            take = shelf.find_take(shot.id, had[shot.id][:NAME])
            # A clip that several shots share has its cost at one of them, and its date at all.
            if (
                take is not None
                and (take.cost or take.made)
                and int(take.frames / take.rate * spec.rate) >= frames[shot.id]
            ):
                shot = shot.model_copy(update={"keep": had[shot.id][:NAME]})
                kept.append(shot.id)
        shots.append(shot)
    return plan.model_copy(update={"shots": tuple(shots)}), tuple(kept)


def _shots(ids: tuple[str, ...]) -> str:
    if len(ids) > 6:
        return f"{len(ids)} shots ({ids[0]}, {ids[1]} … {ids[-1]})"
    return ("shot " if len(ids) == 1 else "shots ") + ", ".join(ids)
