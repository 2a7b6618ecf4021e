"""How a batch gets on, for people: `Table` on a terminal, `Lines` in a log, `Silent`."""

import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import TaskID

    from songreel.batch.record import FilmRecord


TOLD = ("hearing spectra", "planning the cuts", "clips", "cutting the shots")
"""Stages that a log tells of, one line each; a batch has many films."""


class Silent:
    """Says nothing but what must be known."""

    def planned(self, todo: int, finished: int) -> None:
        """Nothing."""

    def began(self, name: str) -> None:
        """Nothing."""

    def progress(self, name: str, text: str, share: float) -> None:
        """Nothing."""

    def ended(self, film: "FilmRecord") -> None:
        """Nothing; failures are told in the end."""

    def note(self, text: str) -> None:
        """A line."""
        self._print(text)

    def _print(self, text: str) -> None:
        print(f"songreel: {text}", file=sys.stderr, flush=True)


class Lines(Silent):
    """A line for every beginning, end, and stage."""

    def __init__(self) -> None:
        self._stages: dict[str, str] = {}

    def planned(self, todo: int, finished: int) -> None:
        """How many films."""
        self._print(count(todo, finished))

    def began(self, name: str) -> None:
        """A film is begun."""
        self._print(f"{name}: begun")

    def progress(self, name: str, text: str, share: float) -> None:  # noqa: ARG002
        """A line where its stage has changed."""
        stage = text.partition(":")[0]
        if stage in TOLD and self._stages.get(name) != stage:
            self._stages[name] = stage
            self._print(f"{name}: {stage}")

    def ended(self, film: "FilmRecord") -> None:
        """How it ended."""
        self._print(ending(film))


class Table(Silent):
    """A line for each film under way, in place; what has ended scrolls up above them."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.fields[film]}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
        )
        self._bars = Progress(*columns, console=Console(stderr=True), transient=True)
        self._films: dict[str, TaskID] = {}
        self._all = self._bars.add_task("", total=1.0, film="all films", visible=False)
        self._ended = self._count = 0

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def planned(self, todo: int, finished: int) -> None:
        """How many films."""
        self._print(count(todo, finished))
        self._count = todo
        self._bars.update(self._all, total=max(todo, 1), visible=todo > 1)

    def began(self, name: str) -> None:
        """A line more."""
        short = name if len(name) <= 40 else f"{name[:39]}…"
        self._films[name] = self._bars.add_task("begun", total=1.0, film=short)

    def progress(self, name: str, text: str, share: float) -> None:
        """Where it stands."""
        task = self._films.get(name)
        if task is not None:
            self._bars.update(task, description=text, completed=share)

    def ended(self, film: "FilmRecord") -> None:
        """A line less."""
        task = self._films.pop(film.name, None)
        if task is not None:
            self._bars.remove_task(task)
        self._ended += 1
        left = self._count - self._ended
        self._bars.update(self._all, completed=self._ended, description=f"{left} to go")
        self._print(ending(film))

    def _print(self, text: str) -> None:
        self._bars.console.print(text, highlight=False, markup=False)


def count(todo: int, finished: int) -> str:
    """What will be done, before it is begun."""
    films = f"{todo} film{'' if todo == 1 else 's'} to make"
    return f"{films}, {finished} finished before" if finished else films


def ending(film: "FilmRecord") -> str:
    """How a film ended."""
    took = f" in {film.took:.0f} s" if film.took else ""
    if film.state == "done" and film.outcome is not None:
        outcome = film.outcome
        verdict = "in sync" if outcome.ok else outcome.verdict
        instead = len(outcome.substitutions)
        stands = f", {instead} clips stand in for others" if instead else ""
        return f"{film.name}: done{took}: {outcome.cuts} cuts, {verdict}{stands}"
    return f"{film.name}: {film.state}{took}{': ' + film.error if film.error else ''}"
