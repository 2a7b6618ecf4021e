"""A finished film, and the time that its stages took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, NamedTuple

from songreel.models.render import Render, SyncReport
from songreel.models.shown.shows import Shows
from songreel.project import Project


@dataclass
class Timings:
    """Wall seconds by stage, in the order they ran."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self.seconds[name] = round(self.seconds.get(name, 0.0) + spent, 3)


class Bill(NamedTuple):
    """What was paid or is set aside, USD."""

    run: Decimal
    """For the clips ordered or waited for in this run."""
    project: Decimal
    """For the project up to now."""


@dataclass(frozen=True)
class Film(Shows):
    """A finished film and what is known of it."""

    shown_by: ClassVar[str] = "songreel.shown:film"

    project: Project
    render: Render
    report: SyncReport
    timings: Timings
    set_aside: Path | None
    """Where the film went that this one replaces."""
    bill: Bill | None = None
    """Of a film of bought clips."""
    edited_since: bool = False
    """Whether the plan was changed while this film was made of it as it was before."""

    @property
    def video(self) -> Path:
        """The file."""
        return self.project.folder / self.render.file
