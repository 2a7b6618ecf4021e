"""`songreel history`: the clips that were made or bought, and what they took."""

from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, table
from songreel.cli.hearing import Json, print_json
from songreel.cli.money import ProjectOption

if TYPE_CHECKING:
    from songreel.store.history import HistoryRow


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(history)


def history(
    context: typer.Context,
    project: ProjectOption = None,
    clips: Annotated[
        bool, typer.Option("--clips", help="With --json: every clip, not only the sums.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say which clips were made or bought, how long they took, and how much memory."""
    from songreel.cli.wiring import made

    found = made(context, project)
    rows = found.rows()
    if as_json:
        shown = found.entries if clips else rows
        print_json([row.model_dump(mode="json") for row in shown])
        return
    if not rows:
        note("no clips yet")
        return
    headers = (
        "model", "device", "placement", "clips", "picture s", "spent s", "s a clip", "peak GiB",
        "paid USD",
    )  # fmt: skip
    typer.echo(table(headers, [_cells(row) for row in rows]))
    note("spent: without loading models; s a clip: the median")


def _cells(row: "HistoryRow") -> tuple[str, ...]:
    from songreel.models.money import dollars

    peak = row.memory_peak
    return (
        row.provider,
        row.device or "–",
        row.placement or "–",
        str(row.clips),
        f"{row.length:.1f}",
        "–" if row.seconds is None else f"{row.seconds:.1f}",
        "–" if row.median is None else f"{row.median:.1f}",
        "–" if peak is None else f"{peak / 2**30:.1f}",
        dollars(row.usd) if row.usd else "–",
    )
