"""From what is heard and a person's wishes to the plan of a film."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from songreel.history import replace_plan
from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis
from songreel.models.progress import Progress, silent
from songreel.models.storyboard import Look, Storyboard
from songreel.project import Project
from songreel.settings import Settings
from songreel.wording import UNSAID, Wording, worded

if TYPE_CHECKING:
    from songreel.generation.catalogue.entry import Entry
    from songreel.models.lyrics import Lyrics
    from songreel.prompting.looks import LookBook
    from songreel.prompting.styles import Style


class Planner(Protocol):
    """Plans a film as `songreel.prompting.plan.plan` does."""

    def __call__(self, analysis: Analysis, look: Look, /, **how: Any) -> Storyboard:
        """The plan."""
        ...


LOCAL = "local"
"""The provider of models on this machine."""


@dataclass(frozen=True)
class Direction:
    """How a film is to be planned; None leaves it to the song or to the plan that exists."""

    look: str | None = None
    """Name of a look, or a YAML file."""
    style: str | None = None
    """Name of a cutting style, or a TOML file."""
    seed: int | None = None
    dialect: str | None = None
    """In which the prompts are worded."""
    lyrics: Path | None = None
    """LRC, SRT or plain text; pictures follow the words, and are captioned if it has times."""
    writer: str | None = None
    """A language model that writes story and pictures, at an OpenAI-compatible endpoint."""
    effects: float | None = None
    """How much is done to the pictures, 0 to 1."""
    words: Wording = UNSAID
    """Captions, title, end card."""
    density: float | None = None
    """Cuts against those of the style as it stands, 0.5 to 2."""
    shortest: float | None = None
    """Seconds of the shortest shot."""
    longest: float | None = None
    """Seconds of the longest shot."""


def direct(
    analysis: Analysis,
    direction: Direction,
    keep: Storyboard | None,
    settings: Settings,
    progress: Progress = silent,
    longest: float | None = None,
    planner: "Planner | None" = None,
) -> Storyboard:
    """Plan the film of a song; locked shots of `keep` stay.

    `longest` is the length in seconds of the longest clip that its source makes, if there is one.
    `planner` plans in the place of `songreel.prompting.plan.plan`.
    """
    from songreel.prompting.effects import SUBTLE
    from songreel.prompting.looks import book_for, choose_look, find_book
    from songreel.prompting.lyric_files import read_lyrics
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
    lyrics = keep.lyrics if keep is not None else None
    if direction.lyrics is not None:
        lyrics = read_lyrics(direction.lyrics, analysis.track.duration)
    amounts = (direction.effects, keep.effects_amount if keep else None, SUBTLE)
    storyboard = (planner or plan)(
        analysis,
        look,
        style=_style(direction, keep, settings),
        seed=direction.seed if direction.seed is not None else keep.seed if keep else 0,
        keep=keep,
        dialect=direction.dialect or (keep.dialect if keep else "plain"),
        book=book,
        longest=longest,
        effects=next(amount for amount in amounts if amount is not None),
        lyrics=lyrics,
    )
    storyboard = _written(storyboard, analysis, lyrics, direction, settings, progress)
    storyboard = worded(storyboard, direction.words, keep, direction.lyrics is not None)
    return storyboard.model_copy(update={"notices": (*storyboard.notices, *why)})


def _style(direction: Direction, keep: Storyboard | None, settings: Settings) -> "Style":
    """The cutting style asked for, or the plan's, with the controls that are given."""
    from songreel.prompting.styles import find_style, style_called, with_controls

    if direction.style is None and keep is not None:
        style = keep.cutting or style_called(keep.style, settings.styles)
    else:
        style = find_style(direction.style or "classic", settings.styles)
    return with_controls(
        style,
        density=direction.density,
        shortest=direction.shortest,
        longest=direction.longest,
    )


def _written(
    storyboard: Storyboard,
    analysis: Analysis,
    lyrics: "Lyrics | None",
    direction: Direction,
    settings: Settings,
    progress: Progress,
) -> Storyboard:
    """The plan with pictures that follow the words sung, or that a language model wrote."""
    from songreel.prompting.lyrics import follow
    from songreel.prompting.writer import WriterSettings, write

    if lyrics is not None:
        storyboard = follow(storyboard, lyrics, analysis)
    if direction.writer is not None:
        if not direction.writer.strip():
            raise InvalidInput("--writer needs the name of a model, as its server knows it")
        progress(f"writing with {direction.writer}", 0.0)
        writer = WriterSettings(model=direction.writer, cache=settings.workspace / "writer")
        storyboard = write(storyboard, analysis, writer, lyrics)
    return storyboard


def is_local(source: str) -> bool:
    """Whether a source of clips is a model on this machine."""
    return source.partition(":")[0] == LOCAL


def is_paid(source: str, settings: Settings) -> bool:
    """Whether a source's clips cost money.

    Raises:
        InvalidInput: The service has no such model.
    """
    entry = entry_of(source, settings)
    return entry is not None and any(rate.usd for rate in entry.price.rates)


def entry_of(source: str, settings: Settings) -> "Entry | None":
    """The entry behind a source of clips; None for a source that is no model, hosted or local.

    Raises:
        InvalidInput: The service has no such model.
    """
    from songreel.generation.catalogue.load import catalogue

    service, _, model = source.partition(":")
    if is_local(source):
        from songreel.generation.diffusion.book import book

        return book(settings.models).find(model).entry()
    if service == "genmo":
        from songreel.generation.providers import genmo

        return genmo.entry(model)
    if service == "comfyui":
        from songreel.generation.comfy.config import setup

        return setup(model).entry
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
        storyboard = worded(Storyboard.load(given), direction.words)
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
        storyboard = for_source(project, analysis, direction, existing, settings, progress)
    else:
        agree_with(existing, direction, project.plan, settings)
        storyboard = worded(existing, direction.words)
    if storyboard != existing:
        told = (
            ("--plan", "a plan taken over")
            if given is not None
            else (("--replan", "planned anew") if replan else ("--words", "other words shown"))
        )
        replace_plan(project, existing, storyboard, "plan", told[0], told[1:])
    return storyboard


def for_source(
    project: Project,
    analysis: Analysis,
    direction: Direction,
    keep: Storyboard | None,
    settings: Settings,
    progress: Progress,
    planner: "Planner | None" = None,
) -> Storyboard:
    """A new plan, in the words of the project's source, with takes as long as its clips."""
    from songreel.generation.catalogue.legal import longest
    from songreel.generation.spending.shared import shared

    state = project.state
    entry = entry_of(state.visuals, settings)
    if entry is None:
        return direct(analysis, direction, keep, settings, progress, planner=planner)
    wanted = replace(direction, dialect=direction.dialect or entry.dialect)
    most = float(longest(entry))
    storyboard = direct(analysis, wanted, keep, settings, progress, most, planner)
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


def agree_with(plan: Storyboard, direction: Direction, path: Path, settings: Settings) -> None:
    """Refuse options that an existing plan does not follow: it may carry the user's edits."""
    from songreel.prompting.looks import find_book
    from songreel.prompting.styles import style_called

    cutting = plan.cutting or style_called(plan.style, settings.styles)
    style = direction.style and _asked_style(direction.style, plan, cutting, path, settings)
    look = direction.look and find_book(direction.look, settings.looks)[0]
    for what, given in (("--lyrics", direction.lyrics), ("--writer", direction.writer)):
        if given is not None:
            shown = f"`songreel captions {path.parent} {what} FILE` shows the words alone"
            raise InvalidInput(
                f"{path} is there already, and {what} works when a film is planned; "
                "add --replan to plan anew (locked shots stay)"
                + (f"; {shown}" if what == "--lyrics" else "")
            )
    pairs = (
        ("look", look, plan.look.name),
        ("style", style, plan.style),
        ("density", direction.density, cutting.density),
        ("shortest", direction.shortest, cutting.shortest),
        ("longest", direction.longest, cutting.longest),
        ("seed", direction.seed, plan.seed),
        ("dialect", direction.dialect, plan.dialect),
        ("effects", direction.effects, plan.effects_amount or 0.0),
    )
    for name, asked, there in pairs:
        if asked is not None and asked != there:
            was = f"with --{name} {there}" if there is not None else f"without --{name}"
            raise InvalidInput(
                f"{path} was planned {was}, not {asked}; "
                "add --replan to plan anew (locked shots stay)"
            )


def _asked_style(
    asked: str, plan: Storyboard, cutting: "Style", path: Path, settings: Settings
) -> str:
    """Name of the style asked for.

    Raises:
        InvalidInput: It has the plan's name and is another style by now.
    """
    from songreel.prompting.styles import find_style

    style = find_style(asked, settings.styles)
    controls = {name: getattr(cutting, name) for name in ("density", "shortest", "longest")}
    same = style.model_copy(update=controls) == cutting.model_copy(update={"about": style.about})
    if style.name == plan.style and not same:
        raise InvalidInput(
            f"the style {style.name} has changed since {path} was planned; "
            "add --replan to plan anew (locked shots stay)"
        )
    return style.name
