"""`songreel make`, `demo`, `generate`, `assemble`, `report`: from a song to a film."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import progress_of, table
from songreel.cli.hearing import (
    DensityOption,
    DoubleOption,
    EffectsOption,
    HalfOption,
    Json,
    LongestOption,
    LookOption,
    LyricsOption,
    SeedOption,
    ShortestOption,
    StyleOption,
    TrackerOption,
    WriterOption,
    amount,
    print_json,
)
from songreel.cli.local import with_local
from songreel.cli.memory import MachineOption, PlanMemoryOption, how_it_fits
from songreel.cli.score import (
    MusicSettingOption,
    MusicSourceOption,
    ScenesOption,
    ScoreOption,
    scene_film,
)
from songreel.cli.shown import show
from songreel.cli.spending import (
    BudgetOption,
    InterruptOption,
    RetakesOption,
    YesOption,
    spending,
)
from songreel.cli.wording import (
    ArtistOption,
    CaptionFontOption,
    CaptionPlaceOption,
    CaptionSizeOption,
    CaptionsOption,
    EndCardOption,
    KaraokeOption,
    TitleOption,
    wording,
)
from songreel.ears import octave_of
from songreel.models.errors import InvalidInput, MachineError

if TYPE_CHECKING:
    from songreel.local import Wishes


class Aspect(StrEnum):
    """Aspect ratios on offer; the same as `songreel.models.render.ASPECTS`."""

    WIDE = "16:9"
    TALL = "9:16"
    SQUARE = "1:1"
    PORTRAIT = "4:5"


class Container(StrEnum):
    """Formats on offer; the same as `songreel.models.render.Format`."""

    MP4 = "mp4"
    MKV = "mkv"
    MOV = "mov"


Folder = Annotated[Path, typer.Argument(metavar="PROJECT", help="A project folder.")]
AspectOption = Annotated[Aspect | None, typer.Option(help="Aspect ratio (16:9).")]
SizeOption = Annotated[int | None, typer.Option(help="Short side in pixels (720).")]
FpsOption = Annotated[
    str | None, typer.Option(help="23.976, 24, 25, 29.97, 30, 50 or 60 (24).", metavar="RATE")
]
FormatOption = Annotated[
    Container | None,
    typer.Option("--format", help="mp4: H.264+AAC, mkv: H.264+FLAC, mov: ProRes+PCM (mp4)."),
]
VisualsOption = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE",
        help="Where pictures come from, e.g. replicate:ltx-video; see `songreel providers` and "
        "`songreel models` (builtin).",
    ),
]
StandInOption = Annotated[
    list[str] | None,
    typer.Option(
        "--stand-in", metavar="SOURCE", help="Serves where the first source cannot; repeatable."
    ),
]
FootageOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Your clips and photos; implies footage visuals.")
]

GradeOption = Annotated[
    str | None,
    typer.Option(
        metavar="GRADE",
        help="Your pictures in the film's colours: none, palette or duotone, with an amount if you "
        "like, palette:0.6 (palette where they stand beside built-in visuals, else none).",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (with_local(make), demo, with_local(generate), with_local(assemble), report):
        app.command()(command)


def make(
    context: typer.Context,
    song: Annotated[
        Path | None,
        typer.Argument(metavar="[SONG]", help="Any audio file, or a video; none with --scenes."),
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option("--project", "-p", metavar="DIR", help="Project folder (./SONG.songreel)."),
    ] = None,
    scenes: ScenesOption = None,
    score: ScoreOption = None,
    music_by: MusicSourceOption = None,
    music_settings: MusicSettingOption = None,
    look: LookOption = None,
    style: StyleOption = None,
    density: DensityOption = None,
    shortest: ShortestOption = None,
    longest: LongestOption = None,
    seed: SeedOption = None,
    visuals: VisualsOption = None,
    footage: FootageOption = None,
    stand_in: StandInOption = None,
    budget: BudgetOption = None,
    yes: YesOption = False,
    retakes: RetakesOption = 0,
    cancel_jobs: InterruptOption = False,
    aspect: AspectOption = None,
    size: SizeOption = None,
    fps: FpsOption = None,
    container: FormatOption = None,
    grade: GradeOption = None,
    effects: EffectsOption = None,
    lyrics: LyricsOption = None,
    title: TitleOption = None,
    artist: ArtistOption = None,
    end_card: EndCardOption = None,
    captions: CaptionsOption = None,
    karaoke: KaraokeOption = None,
    caption_size: CaptionSizeOption = None,
    caption_place: CaptionPlaceOption = None,
    caption_font: CaptionFontOption = None,
    writer: WriterOption = None,
    tracker: TrackerOption = None,
    half: HalfOption = False,
    double: DoubleOption = False,
    as_heard: Annotated[
        bool, typer.Option("--as-heard", help="Undo --half or --double of an earlier run.")
    ] = False,
    plan: Annotated[Path | None, typer.Option(metavar="FILE.json", help="Film this plan.")] = None,
    replan: Annotated[bool, typer.Option(help="Plan anew; locked shots stay.")] = False,
    as_json: Json = False,
    *,
    local: "Wishes",
) -> None:
    """Make a music video of SONG, in a project folder in the current folder.

    With --scenes and no song, make a film that is told scene by scene, and music for it.
    Run it again to go on after an interruption, to film an edited plan.json, or with other
    options; what has not changed is not made again, and a film that is replaced is kept.
    """
    from songreel.cli.wiring import services
    from songreel.local import local_changes
    from songreel.planning import Direction

    others = {"--lyrics": lyrics, "--plan": plan, "--half": half, "--double": double}
    told = scene_film(song, scenes, score, music_by, music_settings, seed, others)
    named = told.title if told is not None else song.stem if song is not None else ""
    folder = project or Path(f"{named}.songreel")
    changes = _changes(folder, aspect, size, fps, container, visuals, footage, stand_in, grade)
    ears = {"tracker": tracker, "octave": octave_of(half, double, as_heard)}
    changes |= {name: value for name, value in ears.items() if value is not None}
    served = services(context)
    changes |= local_changes(
        folder, local, served.settings, changes.get("visuals"), *(stand_in or ())
    )
    words = wording(
        title, artist, end_card, captions, karaoke, caption_size, caption_place, caption_font
    )
    direction = Direction(
        look, style, seed, lyrics=lyrics, writer=writer, effects=amount(effects), words=words,
        density=density, shortest=shortest, longest=longest,
    )  # fmt: skip
    agreed = spending(budget, yes, retakes, cancel_jobs)
    with progress_of(context) as progress:
        if told is not None:
            film = served.make_scored(
                told, folder, direction=direction, changes=changes, replan=replan,
                spending=agreed, progress=progress,
            )  # fmt: skip
        elif song is not None:
            film = served.make(
                song, folder, direction=direction, changes=changes, plan=plan, replan=replan,
                spending=agreed, progress=progress,
            )  # fmt: skip
    show(film, as_json)


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to.")] = Path("demo"),
    as_json: Json = False,
) -> None:
    """Compose songreel's own song in DIR, and make its music video."""
    from songreel.cli.wiring import services
    from songreel.demo.song import TITLE, write_song
    from songreel.planning import Direction

    song = folder / f"{TITLE}.wav"
    with progress_of(context) as progress:
        progress("playing the song", 0.0)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
        if not song.exists():
            write_song(song)
        film = services(context).make(
            song,
            folder / f"{TITLE}.songreel",
            direction=Direction(),
            changes={},
            progress=progress,
        )
    show(film, as_json)


def generate(
    context: typer.Context,
    project: Folder,
    budget: BudgetOption = None,
    yes: YesOption = False,
    retakes: RetakesOption = 0,
    cancel_jobs: InterruptOption = False,
    plan_memory: PlanMemoryOption = False,
    machine: MachineOption = None,
    as_json: Json = False,
    *,
    local: "Wishes",
) -> None:
    """Make the clips of PROJECT that its plan asks for and that are not there yet."""
    from songreel.cli.wiring import services
    from songreel.local import keep

    if plan_memory or machine is not None:
        how_it_fits(context, project, local, machine, as_json)
        return
    served = services(context)
    keep(project, local, served.settings)
    with progress_of(context) as progress:
        agreed = spending(budget, yes, retakes, cancel_jobs)
        clips = served.generate(project, agreed, progress)
    if as_json:
        print_json({shot: clip.model_dump(mode="json") for shot, clip in clips.items()})
        return
    rows = [
        (shot, clip.file, clip.provider, f"{float(clip.frames / clip.rate):.2f} s",
         clip.substitution or "; ".join(clip.notes))
        for shot, clip in clips.items()
    ]  # fmt: skip
    typer.echo(table(("shot", "clip", "from", "length", "notes"), rows))


def assemble(
    context: typer.Context,
    project: Folder,
    visuals: VisualsOption = None,
    footage: FootageOption = None,
    stand_in: StandInOption = None,
    budget: BudgetOption = None,
    yes: YesOption = False,
    retakes: RetakesOption = 0,
    cancel_jobs: InterruptOption = False,
    aspect: AspectOption = None,
    size: SizeOption = None,
    fps: FpsOption = None,
    container: FormatOption = None,
    grade: GradeOption = None,
    as_json: Json = False,
    *,
    local: "Wishes",
) -> None:
    """Cut PROJECT's clips to its song; what the plan asks for and is missing is made first."""
    from songreel.cli.wiring import services
    from songreel.local import local_changes

    changes = _changes(project, aspect, size, fps, container, visuals, footage, stand_in, grade)
    served = services(context)
    changes |= local_changes(
        project, local, served.settings, changes.get("visuals"), *(stand_in or ())
    )
    with progress_of(context) as progress:
        agreed = spending(budget, yes, retakes, cancel_jobs)
        film = served.assemble(project, changes, agreed, progress)
    show(film, as_json)


def report(context: typer.Context, project: Folder, as_json: Json = False) -> None:
    """Measure PROJECT's film again on the decoded file, and write its report."""
    from songreel.assembly.summary import verdict
    from songreel.cli.wiring import services
    from songreel.project import Project

    with progress_of(context) as progress:
        measured = services(context).report(project, progress)
    if as_json:
        typer.echo(measured.to_json(), nl=False)
    else:
        typer.echo(verdict(measured))
        typer.echo(str(Project(project).page))


def _changes(
    folder: Path,
    aspect: Aspect | None,
    size: int | None,
    fps: str | None,
    container: Container | None,
    visuals: str | None,
    footage: Path | None,
    stand_ins: list[str] | None,
    grade: str | None,
) -> dict[str, object]:
    """Fields of the project's document that the options change."""
    from songreel.models.render import RenderSpec
    from songreel.models.timebase import parse_rate, rate_name
    from songreel.project import Project

    existing = Project(folder)
    spec = existing.state.spec if existing.file.is_file() else RenderSpec()
    rate = parse_rate(fps or rate_name(spec.rate))
    wanted = spec.over(aspect, size, rate, container.value if container else None)
    changes: dict[str, object] = {"spec": wanted}
    if footage is not None:
        if not footage.is_dir():
            raise InvalidInput(f"--footage {footage} is not a folder; give the one with your clips")
        changes |= {"footage": str(footage.resolve()), "visuals": "footage"}
    if visuals is not None:
        changes["visuals"] = visuals
    if stand_ins is not None:
        changes["stand_ins"] = tuple(stand_ins)
    if grade is not None:
        from songreel.grade import grade_of

        grade_of(grade)
        changes["grade"] = grade
    return changes
