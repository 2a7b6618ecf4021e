"""`songreel analyze` and `songreel plan`: what is heard, and what is to be shown."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of, table
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.models.music import Analysis
    from songreel.models.storyboard import Storyboard

Song = Annotated[Path, typer.Argument(metavar="SONG", help="Any audio file, or a video.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LookOption = Annotated[
    str | None,
    typer.Option(
        metavar="LOOK",
        help="One look through the film: a name (`songreel looks`), or a YAML file of your own "
        "(by the song's mood).",
    ),
]
LyricsOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="LRC, SRT or plain text; pictures follow the words."),
]
WriterOption = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="Have a language model write the pictures; OPENAI_BASE_URL and OPENAI_API_KEY say "
        "where.",
    ),
]
DialectOption = Annotated[
    str | None,
    typer.Option(
        help="Word the prompts for these models: plain, ltx, hunyuan, mochi, wan, minimax, haiper "
        "or veo (plain)."
    ),
]
StyleOption = Annotated[
    str | None,
    typer.Option(help="Cutting style: calm, narrative, classic, driving or hyper (classic)."),
]
SeedOption = Annotated[int | None, typer.Option(min=0, help="Another film of the same kind (0).")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that exists.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(analyze)
    app.command()(plan)


def analyze(
    context: typer.Context,
    song: Song,
    as_json: Json = False,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw what was heard.")
    ] = None,
    force: Force = False,
) -> None:
    """Hear SONG: tempo, beats, bars, key, loudness, sections, builds and drops, mood, trust."""
    from songreel.cli.wiring import services

    if plot is not None:
        from songreel.analysis.plots import checked

        checked(plot)
        free(plot, force)
    with progress_of(context) as progress:
        found = services(context).analyze(song, progress)
        if plot is not None:
            progress("drawing", 0.0)
            services(context).plot(song, found, plot)
    typer.echo(found.to_json() if as_json else _summary(found), nl=not as_json)
    if plot is not None:
        note(f"drawn: {plot}")


def plan(
    context: typer.Context,
    song: Song,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.json", help="Write the plan.")
    ] = None,
    look: LookOption = None,
    style: StyleOption = None,
    seed: SeedOption = None,
    dialect: DialectOption = None,
    lyrics: LyricsOption = None,
    writer: WriterOption = None,
    keep: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="A plan whose locked shots stay.")
    ] = None,
    as_json: Json = False,
    force: Force = False,
) -> None:
    """Plan a film for SONG: every shot's place in bars and beats, picture, camera and colours.

    Edit the file as you like, set "locked": true on shots that must stay, and film it with
    `songreel make SONG --plan FILE`.
    """
    from songreel.cli.wiring import services
    from songreel.models.storyboard import Storyboard
    from songreel.planning import Direction

    if output is not None:
        free(output, force)
    kept = Storyboard.load(keep) if keep else None
    with progress_of(context) as progress:
        direction = Direction(look, style, seed, dialect, lyrics, writer)
        planned = services(context).plan(song, direction, kept, progress)
    for text in planned.notices:
        note(f"note: {text}")
    if output is not None:
        planned.save(output)
        note(f"{len(planned.shots)} shots: {output}")
    if as_json:
        typer.echo(planned.to_json(), nl=False)
    elif output is None:
        typer.echo(_shots(planned))


def free(path: Path, force: bool) -> None:
    """Refuse to replace a file unasked."""
    if path.exists() and not force:
        raise InvalidInput(f"{path} exists; choose another name, or add --force to replace it")


def _shots(planned: "Storyboard") -> str:
    from songreel.prompting.text import Row, rows

    return table(Row._fields, rows(planned))


def _summary(found: "Analysis") -> str:
    """What a musician wants to know, on one screen."""
    from songreel.models.timebase import clock

    trust, loud = found.trust, found.loudness
    seconds = found.track.duration
    tempo = "no pulse" if found.tempo is None else f"{found.tempo:.2f} BPM"
    level = "silent"
    if loud.integrated is not None:
        level = f"{loud.integrated:.1f} LUFS, range {loud.range or 0:.1f} LU"
        level += f", peak {loud.peak or 0:.1f} dBFS"
    facts = [
        ("song", f"{found.track.title}  ({clock(seconds)}, {found.track.codec}, "
                 f"{found.track.sample_rate} Hz, {found.track.channels} ch)"),
        ("tempo", f"{tempo}  (octave trust {trust.octave:.2f})"),
        ("meter", f"{found.meter}, {len(found.downbeats)} bars, {len(found.beats)} beats  "
                  f"(grid trust {trust.grid:.2f}, bars {trust.meter:.2f})"),
        ("key", f"{found.key or 'none'}  (trust {trust.key:.2f})"),
        ("loudness", level),
        ("mood", f"{', '.join(found.mood.words)}  (valence {found.mood.valence:+.2f}, "
                 f"arousal {found.mood.arousal:+.2f})"),
    ]  # fmt: skip
    lines = [f"{name:<9} {text}" for name, text in facts]
    rows = [
        (clock(s.start), clock(s.end - s.start), s.label, s.letter, "▇" * round(1 + 9 * s.energy),
         ", ".join(s.mood.words))
        for s in found.sections
    ]  # fmt: skip
    headers = ("start", "length", "section", "letter", "energy", "mood")
    lines += ["", f"sections  (trust {trust.sections:.2f})", table(headers, rows)]
    if found.events:
        events = [(clock(e.start), clock(e.end), e.kind, f"{e.strength:.2f}") for e in found.events]
        lines += ["", table(("start", "end", "event", "strength"), events)]
    lines += [f"note: {text}" for text in (*trust.reasons, *found.notices)]
    return "\n".join(lines)


def print_json(value: object) -> None:
    """Print plain data as JSON on stdout."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
