"""From what is heard and a person's wishes to the plan of a film."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis
from songreel.models.progress import Progress, silent
from songreel.models.storyboard import Storyboard
from songreel.project import Project
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.generation.catalogue.entry import Entry
    from songreel.prompting.looks import LookBook


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
    effects: float | None = None
    """How much is done to the pictures, 0 to 1."""


def direct(
    analysis: Analysis,
    direction: Direction,
    keep: Storyboard | None,
    settings: Settings,
    progress: Progress = silent,
    longest: float | None = None,
) -> Storyboard:
    """Plan the film of a song; locked shots of `keep` stay.

    `longest` is the length in seconds of the longest clip that its source makes, if there is one.
    """
    from songreel.prompting.effects import SUBTLE
    from songreel.prompting.looks import book_for, choose_look, find_book
    from songreel.prompting.plan import plan

    progress("planning the cuts", 0.0)
    book: LookBook | None
    why: tuple[str, ...] = ()
    if direction.look is not None:
        name, book = find_book(direction.look, settings.looks)
        look = book.look(name)
    elif keep is not None:
        look, book = keep.look, book_for(keep.look, settings.looks)
    else:
        look, reason, book = choose_look(analysis, settings.looks)
        why = (f"look {reason}",)
    amounts = (direction.effects, keep.effects_amount if keep else None, SUBTLE)
    storyboard = plan(
        analysis,
        look,
        style=direction.style or (keep.style if keep else "classic"),
        seed=direction.seed if direction.seed is not None else keep.seed if keep else 0,
        keep=keep,
        dialect=direction.dialect or (keep.dialect if keep else "plain"),
        book=book,
        longest=longest,
        effects=next(amount for amount in amounts if amount is not None),
    )
    if direction.lyrics is not None or direction.writer is not None:
        storyboard = _written(storyboard, analysis, direction, settings, progress)
    return storyboard.model_copy(update={"notices": (*storyboard.notices, *why)})


def _written(
    storyboard: Storyboard,
    analysis: Analysis,
    direction: Direction,
    settings: Settings,
    progress: Progress,
) -> Storyboard:
    """The plan with pictures that follow the words sung, or that a language model wrote."""
    from songreel.prompting.lyrics import follow, read_lyrics
    from songreel.prompting.writer import WriterSettings, write

    lyrics = None
    if direction.lyrics is not None:
        lyrics = read_lyrics(direction.lyrics, analysis.track.duration)
        storyboard = follow(storyboard, lyrics, analysis)
    if direction.writer is not None:
        if not direction.writer.strip():
            raise InvalidInput("--writer needs the name of a model, as its server knows it")
        progress(f"writing with {direction.writer}", 0.0)
        writer = WriterSettings(model=direction.writer, cache=settings.workspace / "writer")
        storyboard = write(storyboard, analysis, writer, lyrics)
    return storyboard


def entry_of(source: str, settings: Settings) -> "Entry | None":
    """The catalogue's entry behind a source of clips; None for a source that is no hosted model.

    Raises:
        InvalidInput: The service has no such model.
    """
    from songreel.generation.catalogue.load import catalogue

    service, _, model = source.partition(":")
    known = catalogue(settings.catalogue)
    return known.find(service, model) if known.of(service) else None


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
        storyboard = _for_source(project, analysis, direction, existing, settings, progress)
    else:
        _agree(existing, direction, project.plan, settings)
        return existing
    if storyboard != existing:
        storyboard.save(project.plan)
    return storyboard


def _for_source(
    project: Project,
    analysis: Analysis,
    direction: Direction,
    keep: Storyboard | None,
    settings: Settings,
    progress: Progress,
) -> Storyboard:
    """A new plan, in the words of the project's source, with takes as long as its clips."""
    from songreel.generation.catalogue.legal import longest
    from songreel.generation.spending.shared import shared

    state = project.state
    entry = entry_of(state.visuals, settings)
    if entry is None:
        return direct(analysis, direction, keep, settings, progress)
    wanted = replace(direction, dialect=direction.dialect or entry.dialect)
    most = float(longest(entry))
    storyboard = direct(analysis, wanted, keep, settings, progress, most)
    return shared(storyboard, state.spec, entry)


def show_stills(
    storyboard: Storyboard, shots: Collection[str], source: str, settings: Settings
) -> Storyboard:
    """`storyboard` in which shots whose source takes no start image move over it instead.

    Args:
        storyboard: The plan, with images.
        shots: Those that have got them.
        source: The film's own source.
        settings: Of this run.
    """
    from songreel.generation.catalogue.legal import serving

    changed = []
    for shot in storyboard.shots:
        if shot.id in shots:
            entry = entry_of(shot.provider or source, settings)
            if entry is None or not serving(entry, {"start"}).takes("start"):
                shot = shot.model_copy(update={"provider": "still"})
        changed.append(shot)
    return storyboard.model_copy(update={"shots": tuple(changed)})


def planned(project: Project) -> Storyboard:
    """The project's plan as it is now.

    Raises:
        InvalidInput: There is none yet.
    """
    if not project.plan.is_file():
        raise InvalidInput(f"{project.folder} has no plan yet; `songreel make SONG` writes one")
    return Storyboard.load(project.plan)


def plan_at(path: Path) -> Storyboard:
    """The plan at `path`: a plan's file, or a project's folder."""
    return planned(Project.open(path)) if path.is_dir() else Storyboard.load(path)


def _agree(plan: Storyboard, direction: Direction, path: Path, settings: Settings) -> None:
    """Refuse options that an existing plan does not follow: it may carry the user's edits."""
    from songreel.prompting.looks import find_book

    look = direction.look and find_book(direction.look, settings.looks)[0]
    for what, given in (("--lyrics", direction.lyrics), ("--writer", direction.writer)):
        if given is not None:
            raise InvalidInput(
                f"{path} is there already, and {what} works when a film is planned; "
                "add --replan to plan anew (locked shots stay)"
            )
    pairs = (
        ("look", look, plan.look.name),
        ("style", direction.style, plan.style),
        ("seed", direction.seed, plan.seed),
        ("dialect", direction.dialect, plan.dialect),
        ("effects", direction.effects, plan.effects_amount or 0.0),
    )
    for name, asked, there in pairs:
        if asked is not None and asked != there:
            raise InvalidInput(
                f"{path} was planned with --{name} {there}, not {asked}; "
                "add --replan to plan anew (locked shots stay)"
            )
