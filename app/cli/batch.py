"""`songreel batch`: many songs, many films, one command."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import INTERRUPTED, note
from songreel.cli.films import (
    AspectOption,
    FootageOption,
    FormatOption,
    FpsOption,
    GradeOption,
    SizeOption,
    StandInOption,
    VisualsOption,
)
from songreel.cli.hearing import (
    DensityOption,
    EffectsOption,
    Json,
    LongestOption,
    LookOption,
    SeedOption,
    ShortestOption,
    StyleOption,
    TrackerOption,
    WriterOption,
    print_json,
)
from songreel.cli.local import with_local
from songreel.cli.spending import BudgetOption, RetakesOption, YesOption, usd
from songreel.cli.wording import ArtistOption, EndCardOption
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.batch.driver import Teller
    from songreel.batch.record import BatchRecord, FilmRecord
    from songreel.local import Wishes as LocalWishes
    from songreel.models.money import Quote


class EngineName(StrEnum):
    """Who makes films and clips."""

    LOCAL = "local"
    RAY = "ray"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(with_local(batch))


def batch(
    context: typer.Context,
    songs: Annotated[
        list[Path],
        typer.Argument(metavar="SONGS...", help="Files, folders, or patterns in quotes."),
    ],
    sweep: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML or YAML: looks, styles, seeds, visuals, aspects, sizes, … as lists (each "
            "combination for each song), or a table for each film.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="A folder a film goes in here.")
    ] = Path("batch"),
    engine: Annotated[
        EngineName, typer.Option(help="Processes here, or Ray on many machines.")
    ] = EngineName.LOCAL,
    address: Annotated[
        str | None,
        typer.Option(
            metavar="ADDR",
            help="Of Ray: auto, HOST:PORT or ray://HOST:PORT (a Ray of its own, here).",
        ),
    ] = None,
    songs_at_once: Annotated[
        int | None, typer.Option("--songs-at-once", min=1, help="Films under way at a time.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Clip workers (one a GPU; one a core where none is needed)."),
    ] = None,
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
    aspect: AspectOption = None,
    size: SizeOption = None,
    fps: FpsOption = None,
    container: FormatOption = None,
    grade: GradeOption = None,
    effects: EffectsOption = None,
    artist: ArtistOption = None,
    end_card: EndCardOption = None,
    writer: WriterOption = None,
    tracker: TrackerOption = None,
    replan: Annotated[bool, typer.Option(help="Plan all anew; locked shots stay.")] = False,
    as_json: Json = False,
    *,
    local: "LocalWishes",
) -> None:
    """Make music videos of many SONGS, many at a time, and one page that tells of them all.

    Run the same command again to go on after an interruption: what is finished is left alone, what
    failed is tried again. Exit status 1 if a film failed.
    """
    from songreel.batch.driver import PAGE, Batch, Plan
    from songreel.batch.songs import find_songs
    from songreel.batch.start import starter
    from songreel.batch.sweep import Variation, read_sweep
    from songreel.batch.wishes import Wishes
    from songreel.settings import Settings

    if engine is EngineName.LOCAL and address is not None:
        raise InvalidInput("--address is for --engine ray")
    settings = Settings.load(context.obj["workspace"])
    given = Wishes(
        look=look, style=style, density=density, shortest=shortest, longest=longest, seed=seed,
        visuals=visuals, footage=str(footage) if footage else None,
        stand_in=tuple(stand_in) if stand_in else None, aspect=aspect.value if aspect else None,
        size=size, fps=fps, format=container.value if container else None, grade=grade,
        effects=effects,
        artist=artist, end_card=end_card, writer=writer, tracker=tracker, weights=local.weights,
        lora=local.loras, steps=local.steps, guidance=local.guidance, side=local.side,
        placement=local.placement, devices=local.devices, approximate=local.approximate,
    )  # fmt: skip
    swept = read_sweep(sweep) if sweep else (Variation(wishes=Wishes()),)
    variations = [v.model_copy(update={"wishes": v.wishes.over(given)}) for v in swept]
    plan = Plan(
        out=out, songs=find_songs(songs), variations=variations, replan=replan, retakes=retakes,
        budget=usd(budget, "--budget") if budget is not None else None,
    )  # fmt: skip

    def consent(total: "Quote", lines: Sequence[str]) -> bool:
        for line in lines:
            note(line)
        if yes:
            return True
        return sys.stdin.isatty() and typer.confirm(f"Spend {total}?", err=True)

    with _teller(context) as teller:
        start, cores = starter(
            engine.value, settings, out, address=address, workers=workers,
            slots=songs_at_once,
        )  # fmt: skip
        run = Batch(plan, settings, start, teller, consent, engine_name=engine.value, cores=cores)
        try:
            record = run.run()
        except KeyboardInterrupt:
            done = sum(film.state == "done" for film in run.wanted)
            note(
                f"songreel: stopped; {done} of {len(run.wanted)} films are finished; run the same "
                "command again to go on"
            )
            raise typer.Exit(INTERRUPTED) from None
    films = run.wanted
    if as_json:
        print_json(_plain(record, films, out))
    failed = [film for film in films if film.state != "done"]
    for film in failed:
        note(f"failed: {film.name}: {film.error}")
    note(f"{len(films) - len(failed)} of {len(films)} films are finished")
    if not as_json:
        typer.echo(str(out / PAGE))
    if failed:
        raise typer.Exit(1)


def _plain(record: "BatchRecord", films: "Sequence[FilmRecord]", out: Path) -> dict[str, object]:
    run = record.runs[-1] if record.runs else None
    return {
        "out": str(out),
        "films": [film.model_dump(mode="json", exclude={"mark"}) for film in films],
        "run": run.model_dump(mode="json") if run else None,
    }


@contextmanager
def _teller(context: typer.Context) -> "Iterator[Teller]":
    """One line a film under way on a terminal, plain lines elsewhere, little with --quiet."""
    from songreel.cli.batch_lines import Lines, Silent, Table

    if context.obj["quiet"]:
        yield Silent()
    elif sys.stderr.isatty():
        with Table() as table:
            yield table
    else:
        yield Lines()
