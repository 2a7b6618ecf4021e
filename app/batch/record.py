"""What a batch has come to, for the next run and for other programs: `batch.json`."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from songreel.batch.films import Film
from songreel.batch.wishes import Wishes
from songreel.models.clip import Sha256
from songreel.models.document import Document, Frozen
from songreel.models.units import Seconds, Unit

State = Literal["waiting", "working", "done", "failed", "interrupted"]


class Outcome(Frozen):
    """A finished film in figures."""

    video: str
    """Relative to the film's folder."""
    report: str
    render: Sha256
    """Fingerprint of the render document that it is believed by."""
    plan: Sha256
    """Of the plan's file: a plan edited since wants another film."""
    ok: bool
    verdict: str
    seconds: Seconds
    """Of film."""
    cuts: int
    on_frame: Unit
    look: str = ""
    style: str = ""
    substitutions: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    timings: Mapping[str, Seconds] = {}
    """Wall seconds by stage."""
    clips: int = 0
    """Clips that were asked of the farm."""
    found: int = 0
    """Of them, kept from an earlier run or another film and not made again."""
    workers: Mapping[str, int] = {}
    """Clips by who made them in this run."""
    making: Seconds = 0.0
    """Seconds that workers spent on its clips in this run."""
    paid: Decimal | None = None
    """USD, for the project so far."""


class FilmRecord(Frozen):
    """One film and where it stands."""

    name: str
    """Its folder, in the batch's."""
    song: str
    wishes: Wishes
    mark: str
    state: State = "waiting"
    error: str = ""
    """Why it failed; a sentence."""
    attempts: Annotated[int, Field(ge=0)] = 0
    began: AwareDatetime | None = None
    ended: AwareDatetime | None = None
    outcome: Outcome | None = None
    """Of one that is done; of one that is made anew, as it was before."""

    @property
    def took(self) -> float | None:
        """Wall seconds of the last attempt."""
        if self.began is None or self.ended is None:
            return None
        return (self.ended - self.began).total_seconds()


class Tally(Frozen):
    """One run of the command over the batch."""

    began: AwareDatetime
    ended: AwareDatetime | None = None
    engine: str = "local"
    workers: Mapping[str, int] = {}
    """Clips made, by worker."""
    made: int = 0
    """Clips made by the farm;"""
    found: int = 0
    """those that were kept already;"""
    making: Seconds = 0.0
    """seconds that workers were at them, added up;"""
    handing: Seconds = 0.0
    """those from a clip's order to its being known as done beyond that, added up."""
    film_seconds: Seconds = 0.0
    """Of the films finished in this run."""
    films: int = 0
    """Finished in this run."""
    notices: tuple[str, ...] = ()

    @property
    def wall(self) -> float:
        """Seconds from its start to its end."""
        return (self.ended - self.began).total_seconds() if self.ended else 0.0


class BatchRecord(Document):
    """`batch.json`, written whole after every change."""

    kind: ClassVar[str] = "songreel.batch"
    version: ClassVar[int] = 1

    id: str
    films: tuple[FilmRecord, ...] = ()
    """Of the last command, in its order; then those of commands before, as they stood."""
    runs: tuple[Tally, ...] = ()
    """Oldest first."""

    def names(self) -> dict[str, str]:
        """Folder of each known film, by its mark."""
        return {film.mark: film.name for film in self.films}

    def with_films(self, wanted: tuple[Film, ...]) -> "BatchRecord":
        """The record with exactly these films in front, what is known of them kept."""
        known = {film.mark: film for film in self.films}
        now = []
        for film in wanted:
            before = known.pop(film.mark, None)
            fresh = FilmRecord(
                name=film.name, song=str(film.song.resolve()), wishes=film.wishes, mark=film.mark
            )
            now.append(before or fresh)
        finished = [film for film in known.values() if film.outcome is not None]
        return self.model_copy(update={"films": (*now, *finished)})

    def put(self, film: FilmRecord) -> "BatchRecord":
        """The record with `film` in place of what stood for it."""
        films = tuple(film if film.mark == other.mark else other for other in self.films)
        return self.model_copy(update={"films": films})


def load(path: Path, identity: str) -> BatchRecord:
    """The record at `path`, or an empty one.

    Raises:
        InvalidInput: It is there and cannot be read: it is not overwritten.
    """
    return BatchRecord.load(path) if path.exists() else BatchRecord(id=identity)
