"""From what is heard and a person's wishes to the plan of a film."""

from dataclasses import dataclass
from pathlib import Path

from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis
from songreel.models.progress import Progress, silent
from songreel.models.storyboard import Storyboard
from songreel.project import Project
from songreel.settings import Settings


@dataclass(frozen=True)
class Direction:
    """How a film is to be planned; None leaves it to the song or to the plan that exists."""

    look: str | None = None
    """Name of a look, or a YAML file."""
    style: str | None = None
    seed: int | None = None
    dialect: str | None = None
    """In which the prompts are worded."""
    lyrics: Path | None = None
    """LRC, SRT or plain text; pictures follow the words."""
    writer: str | None = None
    """A language model that writes story and pictures, at an OpenAI-compatible endpoint."""


def direct(
    analysis: Analysis,
    direction: Direction,
    keep: Storyboard | None,
    settings: Settings,
    progress: Progress = silent,
) -> Storyboard:
    """Plan the film of a song; locked shots of `keep` stay."""
    from songreel.prompting.looks import choose_look, find_look
    from songreel.prompting.plan import plan

    why: tuple[str, ...] = ()
    if direction.look is not None:
        look = find_look(direction.look)
    elif keep is not None:
        look = keep.look
    else:
        look, reason = choose_look(analysis)
        why = (f"look {reason}",)
    style = direction.style or (keep.style if keep else "classic")
    seed = direction.seed if direction.seed is not None else keep.seed if keep else 0
    planned = plan(analysis, look, style=style, seed=seed, keep=keep)
    return planned.model_copy(update={"notices": (*planned.notices, *why)})


def project_plan(
    project: Project,
    analysis: Analysis,
    direction: Direction,
    given: Path | None,
    replan: bool,
    settings: Settings,
    progress: Progress = silent,
) -> Storyboard:
    """The plan that the project is filmed by: its own, the given one, or a new one.

    Raises:
        InvalidInput: The given plan is for another song, or options ask for another plan than
            the project has: it may carry a person's edits.
    """
    existing = Storyboard.load(project.plan) if project.plan.is_file() else None
    if given is not None:
        storyboard = Storyboard.load(given)
        if storyboard.track.sha256 != analysis.track.sha256:
            raise InvalidInput(
                f"{given} is a plan for another song ({storyboard.track.title}); "
                f"plan this one with `songreel plan`"
            )
        if existing not in (None, storyboard) and not replan:
            raise InvalidInput(
                f"{project.plan} is another plan than {given}; add --replan to replace it"
            )
    elif existing is None or replan:
        storyboard = direct(analysis, direction, existing, settings, progress)
    else:
        _agree(existing, direction, project.plan)
        return existing
    if storyboard != existing:
        storyboard.save(project.plan)
    return storyboard


def planned(project: Project) -> Storyboard:
    """The project's plan as it is now.

    Raises:
        InvalidInput: There is none yet.
    """
    if not project.plan.is_file():
        raise InvalidInput(f"{project.folder} has no plan yet; `songreel make SONG` writes one")
    return Storyboard.load(project.plan)


def _agree(plan: Storyboard, direction: Direction, path: Path) -> None:
    """Refuse options that an existing plan does not follow: it may carry the user's edits."""
    pairs = (
        ("look", direction.look, plan.look.name),
        ("style", direction.style, plan.style),
        ("seed", direction.seed, plan.seed),
        ("dialect", direction.dialect, plan.dialect),
    )
    for name, asked, there in pairs:
        if asked is not None and asked != there:
            raise InvalidInput(
                f"{path} was planned with --{name} {there}, not {asked}; "
                "add --replan to plan anew (locked shots stay)"
            )
