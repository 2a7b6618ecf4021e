"""`songreel grid`: beats and bars put right by hand, and the plan re-timed with them."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of
from songreel.cli.films import Folder
from songreel.cli.hearing import Json, print_json
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.grids import Corrected, Grid
    from songreel.models.grid_change import GridChange

_OFFSET = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(ms|s)?")
_CLOCK = re.compile(r"(\d+):(\d{1,2}(?:\.\d+)?)")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(grid)


def grid(
    context: typer.Context,
    project: Folder,
    half: Annotated[bool, typer.Option("--half", help="Count the beats half as fast.")] = False,
    double: Annotated[
        bool, typer.Option("--double", help="Count the beats twice as fast.")
    ] = False,
    tap: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Beats as tapped: a time a line, .beats, or Audacity labels."
        ),
    ] = None,
    tempo: Annotated[
        float | None, typer.Option(metavar="BPM", help="A steady pulse at this tempo.")
    ] = None,
    meter: Annotated[
        str | None, typer.Option(metavar="N/D", help="Count bars so, e.g. 3/4.")
    ] = None,
    bar_one_at: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="A bar begins here, e.g. 12.34.")
    ] = None,
    offset: Annotated[
        str | None,
        typer.Option(metavar="MS|SECONDS", help="All beats later (earlier with −): 25ms, −0.04s."),
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Take all corrections back.")] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Undo the last change of `grid` or `cuts`.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be.")] = False,
    as_json: Json = False,
) -> None:
    """Show the beats and bars of PROJECT, or put them right: the whole plan moves with them.

    Several options are done in the order of this help, corrections add up from call to call, and
    the song is not heard again. --offset, --tempo and --bar-one-at keep every shot on its bar and
    beat; --half and --double keep every cut in time; --meter and --tap bring each shot to the
    nearest beat of as much weight, downbeat to downbeat. Prompts, takes, locks and effects stay.
    """
    from songreel.cli.wiring import grids, noted

    if half and double:
        raise InvalidInput("--half and --double exclude each other; give one")
    wanted = _wanted(half, double, tap, tempo, meter, bar_one_at, offset)
    if reset + undo + bool(wanted) > 1:
        raise InvalidInput("--reset and --undo stand alone; give one of them, or corrections")
    if undo and dry_run:
        raise InvalidInput("--undo and --dry-run do not go together")
    use = grids(context)
    with progress_of(context) as progress:
        if undo:
            note(f"undone: {use.undo(project)}")
        if undo or not (wanted or reset):
            shown, done = use.show(project, progress), None
        elif reset:
            done = use.reset(project, keep_plan=dry_run, progress=progress)
            shown = done.grid
        else:
            done = use.correct(project, wanted, keep_plan=dry_run, progress=progress)
            shown = done.grid
    if undo or ((wanted or reset) and not dry_run):
        noted(context, project, "grid --undo" if undo else "")
    if as_json:
        print_json(_row(shown, done))
    else:
        typer.echo("\n".join(_lines(shown)))
        if done is not None:
            _tell(done, project, dry_run=dry_run)


def _wanted(
    half: bool,
    double: bool,
    tap: Path | None,
    tempo: float | None,
    meter: str | None,
    bar_one_at: str | None,
    offset: str | None,
) -> list["GridChange"]:
    """The corrections that the options ask for: the pulse first, then bars, then their place."""
    if not (half or double) and all(x is None for x in (tap, tempo, meter, bar_one_at, offset)):
        return []
    from pydantic import ValidationError

    from songreel.models.grid_change import GridChange

    raw: list[dict[str, object]] = []
    if half or double:
        raw.append({"kind": "half" if half else "double"})
    if tap is not None:
        from songreel.analysis.tap_files import read_taps

        taps = read_taps(tap)
        if len(taps.times) < 4:
            raise InvalidInput(
                f"--tap {tap} holds {len(taps.times)} taps; tap 4 beats at least, better 16"
            )
        raw.append({"kind": "tap", "taps": taps.times, "places": taps.places})
    if tempo is not None:
        raw.append({"kind": "tempo", "bpm": tempo})
    if meter is not None:
        raw.append({"kind": "meter", "meter": meter})
    if bar_one_at is not None:
        raw.append({"kind": "bar one", "seconds": _moment(bar_one_at)})
    if offset is not None:
        raw.append({"kind": "offset", "seconds": _offset(offset)})
    try:
        return [GridChange.model_validate(fields) for fields in raw]
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        where = "--tempo: " if "bpm" in first["loc"] else ""
        raise InvalidInput(f"{where}{reason[0].lower()}{reason[1:]}") from error


def _offset(text: str) -> float:
    """Seconds: `25ms` and `25` are milliseconds, `0.04s` and `0.04` seconds."""
    found = _OFFSET.fullmatch(text.strip().replace("−", "-"))
    if found is None:
        raise InvalidInput(f"--offset {text!r} is no time; write 25ms, -40ms or 0.04s")
    value, unit = float(found[1]), found[2]
    return value if unit == "s" or (unit is None and "." in found[1]) else value / 1000


def _moment(text: str) -> float:
    """Seconds of `12.34`, `12.34s` or `0:12.34`."""
    if clock := _CLOCK.fullmatch(text.strip()):
        return 60 * int(clock[1]) + float(clock[2])
    try:
        return float(text.strip().removesuffix("s"))
    except ValueError:
        raise InvalidInput(
            f"--bar-one-at {text!r} is no time in the song; write seconds, as 12.34"
        ) from None


def _lines(shown: "Grid") -> list[str]:
    found, heard = shown.analysis, shown.heard
    trust = found.trust
    first = f"bar 1 begins at {found.downbeats[0]:.3f} s" if found.downbeats else "no bars"
    beats = f"{len(found.beats)}, the first at {found.beats[0]:.3f} s" if found.beats else "none"
    lines = [
        f"tempo      {_tempo(found.tempo)}",
        f"meter      {found.meter}, {len(found.downbeats)} bars, {first}",
        f"beats      {beats}",
        f"trust      beats {trust.grid:.2f}, octave {trust.octave:.2f}, bars {trust.meter:.2f}",
    ]
    lines += [f"           {reason}" for reason in trust.reasons]
    if shown.changes:
        bar = f"bar 1 at {heard.downbeats[0]:.3f} s" if heard.downbeats else "no bars"
        lines += [
            f"heard      {_tempo(heard.tempo)}, {heard.meter}, {bar}",
            f"corrected  {' '.join(str(change) for change in shown.changes)}",
        ]
    else:
        lines.append("corrected  nothing")
    if shown.plan is not None:
        what = "cuts on beats" if shown.plan.beat_locked else "cuts follow phrases and energy"
        lines.append(f"plan       {len(shown.plan.shots)} shots, {what}")
    return lines


def _tempo(tempo: float | None) -> str:
    return "no pulse" if tempo is None else f"{tempo:.2f} BPM"


def _tell(done: "Corrected", project: Path, *, dry_run: bool) -> None:
    for text in done.notices:
        note(f"note: {text}")
    if done.grid.plan is not None:
        word = "would begin" if dry_run else "begin"
        note(f"{done.moved} of {len(done.grid.plan.shots)} shots {word} at another time")
    for text in done.anew.lines() if done.anew else ():
        note(text)
    if dry_run:
        note("nothing was changed")
    else:
        note(f"`songreel assemble {project}` cuts it; `songreel grid {project} --undo` undoes it")


def _row(shown: "Grid", done: "Corrected | None") -> dict[str, object]:
    found = shown.analysis
    row: dict[str, object] = {
        "tempo": found.tempo,
        "meter": found.meter,
        "first_downbeat": found.downbeats[0] if found.downbeats else None,
        "beats": len(found.beats),
        "bars": len(found.downbeats),
        "trust": found.trust.model_dump(mode="json"),
        "corrected": [str(change) for change in shown.changes],
        "shots": len(shown.plan.shots) if shown.plan else None,
    }
    if done is not None:
        row |= {
            "moved": done.moved,
            "notices": list(done.notices),
            "anew": list(done.anew.lines()) if done.anew else [],
        }
    return row
