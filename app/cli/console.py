"""Talk on stderr: what is being done, and how far it is."""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from songreel.models.progress import Progress, silent

_SELDOM = 60.0
"""Seconds between lines of a stage that takes long, where there is no terminal."""

INTERRUPTED = 130
"""Exit status after Ctrl-C or TERM, as a shell reports it."""


@contextmanager
def progress_of(context: typer.Context) -> Iterator[Progress]:
    """A progress bar on a terminal, a line a stage elsewhere, nothing with --quiet.

    Ctrl-C in the work inside ends the command with status 130 and the way to go on.
    """
    try:
        if context.obj["quiet"]:
            yield silent
        elif sys.stderr.isatty():
            with _bar() as progress:
                yield progress
        else:
            yield _lines()
    except KeyboardInterrupt as stopped:
        for text in getattr(stopped, "__notes__", ()):
            note(f"songreel: {text}")
        note("songreel: stopped; run the same command again to go on")
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<34}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=1.0)

        def tell(what: str, done: float) -> None:
            bars.update(task, description=what, completed=done)

        yield tell


def _lines() -> Progress:
    lock, last, when = threading.Lock(), [""], [0.0]

    def tell(what: str, done: float) -> None:  # noqa: ARG001
        # A clip's or segment's own name changes too often for a log; its stage does not, and
        # where a stage takes long a line a minute says that it goes on.
        stage, now = what.partition(":")[0], time.monotonic()
        with lock:
            if stage != last[0]:
                last[0], when[0] = stage, now
                print(f"songreel: {stage}", file=sys.stderr, flush=True)
            elif now - when[0] > _SELDOM:
                when[0] = now
                print(f"songreel: {what}", file=sys.stderr, flush=True)

    return tell


def note(text: str) -> None:
    """One line of talk."""
    typer.echo(text, err=True)


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Plain columns, as wide as they need to be, that survive a pipe."""
    widths = [max(len(row[i]) for row in [headers, *rows]) for i in range(len(headers))]
    lines = [headers, ["─" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
