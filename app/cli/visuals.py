"""`songreel visuals`: the scenes that are drawn here: listed, shown, tried, cast."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of, table
from songreel.cli.films import Folder
from songreel.cli.hearing import Force, Json, print_json
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.visuals import Visuals

visuals = typer.Typer(
    help="The scenes that are drawn here without a model: list, show, preview, cast.",
    no_args_is_help=True,
)

SceneName = Annotated[
    str, typer.Argument(metavar="SCENE", help="Key or name; see `songreel visuals list`.")
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for name, command in _COMMANDS:
        visuals.command(name)(command)
    app.add_typer(visuals, name="visuals")


def list_scenes(context: typer.Context, as_json: Json = False) -> None:
    """List the scenes, and those of other packages that cannot be used."""
    from songreel.visuals import plain

    use = _use(context)
    found, broken = use.scenes(), use.broken()
    if as_json:
        print_json({"scenes": [plain(one) for one in found], "broken": dict(broken)})
        return
    rows = [(one.key, one.name, one.origin, one.about) for one in found]
    typer.echo(table(("scene", "name", "from", "what is seen"), rows))
    for text in broken.values():
        note(f"note: {text}")


def show(context: typer.Context, scene: SceneName, as_json: Json = False) -> None:
    """Show what a scene looks like, what moves it, and how it can be set."""
    from songreel.visuals import plain

    one = _use(context).scene(scene)
    if as_json:
        print_json(plain(one))
        return
    typer.echo(f"{one.name} ({one.key}, from {one.origin})\n{one.about}\n")
    valence, arousal = one.mood
    typer.echo(f"words  {', '.join(one.words)}")
    typer.echo(f"mood   valence {valence:+.1f}, arousal {arousal:+.1f}")
    if one.hears:
        typer.echo(f"hears  also the {', the '.join(one.hears)}")
    if one.drives:
        typer.echo("\n" + table(("when", "what happens"), list(one.drives.items())))
    for name, options in one.settings.items():
        rows = [(option, ", ".join(words)) for option, words in options.items()]
        typer.echo("\n" + table((name, "called by"), rows))


def preview(
    context: typer.Context,
    scene: Annotated[
        str | None,
        typer.Argument(metavar="SCENE", help="Key or name; see `songreel visuals list`."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Sheets of all scenes, and one picture of all.")
    ] = False,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="DIR", help="Where to (here).", show_default=False),
    ] = Path(),
    song: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Song of the clip (the one that songreel plays itself)."),
    ] = None,
    at: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", help="Where the clip begins (a bar before the strongest drop)."
        ),
    ] = None,
    look: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LOOK",
            help="Whose palette: a name (`songreel looks`) or a YAML file; give it twice to choose "
            "both of the sheet (neon-night, golden-hour).",
        ),
    ] = None,
    energy: Annotated[
        float | None, typer.Option(help="0 to 1, instead of the song's own.", metavar="ENERGY")
    ] = None,
    section: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What the section does, e.g. verse (as in the song)."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another picture of the same kind.")] = 1,
    camera: Annotated[
        str, typer.Option(metavar="MOVE", help="E.g. static, 'track left', orbit.")
    ] = "push in",
    framing: Annotated[
        str, typer.Option(metavar="SIZE", help="Size of the shot, e.g. medium, close-up.")
    ] = "wide",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=OPTION", help="A setting; repeatable."),
    ] = None,
    words: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What is sung, for scenes that show words.")
    ] = None,
    prompt: Annotated[
        str, typer.Option(metavar="TEXT", help="For scenes that follow the prompt.")
    ] = "",
    aspect: Annotated[str, typer.Option(help="16:9, 9:16, 1:1 or 4:5.")] = "16:9",
    size: Annotated[int, typer.Option(help="Short side of the clip in pixels.")] = 720,
    as_json: Json = False,
    force: Force = False,
) -> None:
    """Draw a contact sheet of SCENE (PNG) and five seconds of it with their music (MP4).

    The sheet shows two palettes, the sections of a song, every setting, other shapes and seeds,
    a kick frame by frame and what each other part of the music changes. Where a section begins
    within the clip there is a cut, as in a film.
    """
    from songreel.scene_wish import Wish

    wish = Wish(
        looks=tuple(look or ()), energy=energy, section=section, seed=seed, camera=camera,
        framing=framing, settings=_settings(settings or []), words=words, prompt=prompt,
        song=song, at=at, aspect=aspect, size=size,
    )  # fmt: skip
    if every == (scene is not None):
        raise InvalidInput("name one scene, or give --all; `songreel visuals list` shows them")
    failed: list[str] = []
    if scene is None:
        with progress_of(context) as progress:
            every_one = _use(context).overview(out, wish, force=force, progress=progress)
        made = (*every_one.sheets, every_one.picture)
        failed = list(every_one.failed.values())
        found: dict[str, object] = {
            "sheets": list(map(str, every_one.sheets)),
            "all": str(every_one.picture),
            "failed": dict(every_one.failed),
        }
    else:
        with progress_of(context) as progress:
            one = _use(context).preview(scene, out, wish, force=force, progress=progress)
        made = (one.sheet, one.clip)
        found = {"scene": one.scene, "sheet": str(one.sheet), "clip": str(one.clip),
                 "start": one.start, "sections": one.sections}  # fmt: skip
    if as_json:
        print_json(found)
    else:
        typer.echo("\n".join(map(str, made)))
    for text in failed:
        note(f"songreel: {text}")
    if failed:
        raise typer.Exit(1)


def cast(context: typer.Context, project: Folder, as_json: Json = False) -> None:
    """Show which scene each shot of PROJECT gets, how it is set, and why; nothing is drawn.

    Words of the plan choose scenes: edit a shot's motif or prompt in plan.json and look again.
    """
    from songreel.models.timebase import clock

    with progress_of(context) as progress:
        shots = _use(context).cast(project, progress)
    if as_json:
        print_json([shot.model_dump(mode="json") for shot in shots])
        return
    section = -1
    rows = []
    for shot in shots:
        if shot.section != section:
            section = shot.section
            rows.append((shot.label, "", "", "", ""))
        chosen = ", ".join(f"{name}={option}" for name, option in shot.settings.items())
        rows.append(
            (f"  {shot.id}", clock(shot.start)[:-1], shot.scene, chosen, "; ".join(shot.reasons))
        )
    typer.echo(table(("shot", "at", "scene", "set to", "because"), rows))
    elsewhere = sorted({shot.source for shot in shots} - {"builtin"})
    if elsewhere:
        note(f"note: clips of this film come from {', '.join(elsewhere)}; there these scenes "
             "are drawn only where nothing else can be had")  # fmt: skip


def _settings(pairs: list[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise InvalidInput(f"--set {pair!r}: write it as NAME=OPTION")
    return dict(pair.split("=", 1) for pair in pairs)


_COMMANDS = (("list", list_scenes), ("show", show), ("preview", preview), ("cast", cast))


def _use(context: typer.Context) -> "Visuals":
    from songreel.cli.wiring import visuals as wired

    return wired(context)
