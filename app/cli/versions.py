"""`songreel formats`, `excerpt`, `loop`: the film in other shapes, shorter, and round and round."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of, table
from songreel.cli.films import Aspect, Folder, SizeOption
from songreel.cli.hearing import Json, print_json
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.versions import Version

_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2}(?:\.\d+)?)")

ShapeOption = Annotated[Aspect | None, typer.Option(help="Aspect ratio (the film's own).")]
AtOption = Annotated[
    str | None, typer.Option(metavar="M:SS", help="Begin at the bar nearest to this moment.")
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (formats, excerpt, loop):
        app.command()(command)


def formats(
    context: typer.Context,
    project: Folder,
    aspects: Annotated[
        list[Aspect], typer.Argument(metavar="ASPECT...", help="16:9, 9:16, 1:1 or 4:5.")
    ],
    size: SizeOption = None,
    as_json: Json = False,
) -> None:
    """Make PROJECT's film in other shapes, cut on the same frames, into PROJECT/formats.

    Crops follow what draws the eye; built-in visuals are drawn for each shape. Nothing is bought
    and nothing planned anew, and what has not changed is not made again.
    """
    from songreel.cli.wiring import versions

    with progress_of(context) as progress:
        made = versions(context).formats(project, [a.value for a in aspects], size, progress)
    _show(made, as_json)


def excerpt(
    context: typer.Context,
    project: Folder,
    seconds: Annotated[float, typer.Option(help="Length at most; phrases may want less.")] = 30.0,
    at: AtOption = None,
    count: Annotated[int, typer.Option(min=1, max=20, help="How many, best first.")] = 1,
    aspect: ShapeOption = None,
    size: SizeOption = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="Only say which stretches are best, and why.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Cut the best stretch out of PROJECT's film, from phrase to phrase, into PROJECT/excerpts.

    It rises to a hook, ends with a phrase, and fades where it does not begin or end by itself.
    """
    from songreel.cli.wiring import versions

    moment = None if at is None else _seconds(at)
    with progress_of(context) as progress:
        if list_only:
            found = versions(context).windows(
                project, seconds, at=moment, count=max(count, 3), progress=progress
            )
        else:
            made = versions(context).excerpts(
                project, seconds, at=moment, count=count,
                aspect=aspect.value if aspect else None, size=size, progress=progress,
            )  # fmt: skip
    if not list_only:
        _show(made, as_json)
    elif as_json:
        print_json([
            {"start": w.start, "end": w.end, "score": w.score, "reasons": list(w.reasons)}
            for w in found
        ])  # fmt: skip
    else:
        from songreel.models.timebase import clock

        rows = [
            (str(i), clock(w.start), clock(w.end), f"{w.seconds:.2f} s", f"{w.score:.2f}",
             "; ".join(w.reasons))
            for i, w in enumerate(found, start=1)
        ]  # fmt: skip
        typer.echo(table(("", "from", "to", "length", "score", "why"), rows))


def loop(
    context: typer.Context,
    project: Folder,
    seconds: Annotated[
        str, typer.Option(metavar="FROM-TO", help="Least and greatest length.")
    ] = "3-8",
    at: AtOption = None,
    aspect: ShapeOption = None,
    size: SizeOption = None,
    mute: Annotated[
        bool, typer.Option("--silent", help="Without sound, as canvases want it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Cut a few bars that lead back into themselves out of PROJECT's film, into PROJECT/loops.

    Players that do not read an MP4's edit list play the silence that AAC begins with at every
    turn; --silent, or a project in mkv, has none.
    """
    from songreel.cli.wiring import versions

    with progress_of(context) as progress:
        made = versions(context).loop(
            project, _lengths(seconds), at=None if at is None else _seconds(at),
            aspect=aspect.value if aspect else None, size=size, mute=mute, progress=progress,
        )  # fmt: skip
    _show((made,), as_json, single=True)
    if not (mute or as_json) and made.video.suffix == ".mp4":
        note("note: some players add AAC's leading silence (21 to 46 ms) at each turn; "
             "--silent, or a project in mkv (FLAC), has none")  # fmt: skip


def _show(made: "tuple[Version, ...]", as_json: bool, *, single: bool = False) -> None:
    from songreel.assembly.summary import verdict

    if as_json:
        rows = [version.row() for version in made]
        print_json(rows[0] if single else rows)
        return
    for version in made:
        spec = version.render.spec
        there = ", was there already" if version.reused else ""
        note(f"{version.name}: {spec.width}×{spec.height}, {version.render.seconds:.2f} s{there}")
        for text in version.reasons:
            note(f"  {text}")
        note(f"  {verdict(version.report)}")
        if version.seam is not None:
            note(f"  {version.seam.told}")
        for text in version.report.notices:
            note(f"  note: {text}")
        if version.set_aside:
            note(f"  the file before is kept: {version.set_aside}")
        if version.page:
            note(f"  report: {version.page}")
        typer.echo(str(version.video))


def _seconds(text: str) -> float:
    """Seconds of `1:04`, `1:04.5`, `0:01:04` or `64`."""
    if clock := _CLOCK.fullmatch(text.strip()):
        hours, minutes, rest = clock.groups()
        return 3600 * int(hours or 0) + 60 * int(minutes) + float(rest)
    try:
        value = float(text.strip().removesuffix("s"))
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise InvalidInput(f"--at {text!r} is no time in the song; write M:SS, as 1:04")
    return value


def _lengths(text: str) -> tuple[float, float]:
    """(least, greatest) seconds of `3-8`; a single number allows a second less and more."""
    parts = text.strip().removesuffix("s").replace("–", "-").split("-")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    if len(values) == 1:
        return max(1.0, values[0] - 1), values[0] + 1
    if len(values) != 2 or values[0] > values[1]:
        raise InvalidInput(f"--seconds {text!r} is no length of a loop; write FROM-TO, as 3-8")
    return values[0], values[1]
