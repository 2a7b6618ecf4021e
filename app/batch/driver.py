"""The films of a batch, one after the other and side by side: `Batch`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from songreel.batch.engine import Engine
from songreel.batch.film import Task, finished
from songreel.batch.films import Film, films
from songreel.batch.mirror import Mirror
from songreel.batch.money import Consent, allot
from songreel.batch.page import write_page
from songreel.batch.record import BatchRecord, FilmRecord, Tally, load
from songreel.batch.say import Event
from songreel.batch.sources import farmed, hosted, named
from songreel.batch.sweep import Variation
from songreel.holding import hold
from songreel.settings import Settings

RECORD, PAGE, LOGS = "batch.json", "batch.html", "logs"
BEAT = 0.5
"""Seconds for which news are waited for."""


class Teller(Protocol):
    """Says to a person how the batch gets on."""

    def planned(self, todo: int, finished: int) -> None:
        """So many films are to be made; so many are finished already."""
        ...

    def began(self, name: str) -> None:
        """A film is begun."""
        ...

    def progress(self, name: str, text: str, share: float) -> None:
        """Where it stands."""
        ...

    def ended(self, film: FilmRecord) -> None:
        """It is done, failed or interrupted."""
        ...

    def note(self, text: str) -> None:
        """Something about the batch as a whole."""
        ...


@dataclass(frozen=True)
class Plan:
    """What is to be made, and how."""

    out: Path
    songs: Sequence[Path]
    variations: Sequence[Variation]
    replan: bool = False
    retakes: int = 0
    budget: Decimal | None = None


@dataclass(frozen=True)
class Needs:
    """What an engine must know before it starts."""

    sources: tuple[str, ...]
    """Those whose clips its workers make."""
    films: tuple[Film, ...]
    paid: tuple[str, ...] = ()
    """Sources whose clips cost money."""


class Batch:
    """One run of the command.

    Args:
        plan: What is to be made.
        settings: Of this run.
        engine: Starts whoever makes films and clips, once it is known that there is work.
        teller: Says how it gets on.
        consent: Asked once before anything is bought.
    """

    def __init__(
        self,
        plan: Plan,
        settings: Settings,
        engine: "Callable[[Needs], Engine]",
        teller: Teller,
        consent: Consent,
        *,
        engine_name: str = "local",
        cores: int = 1,
    ) -> None:
        self._plan, self._settings, self._make_engine = plan, settings, engine
        self._teller, self._consent, self._cores = teller, consent, cores
        self._tally = Tally(began=datetime.now(UTC), engine=engine_name)
        self._record = BatchRecord(id="")
        self._films: tuple[Film, ...] = ()
        self._places: dict[str, int] = {}
        self._mirror: Mirror | None = None
        self._quotes: dict[str, tuple[Decimal, Decimal]] = {}

    def run(self) -> BatchRecord:
        """Make what is not finished.

        Raises:
            InvalidInput: Something that was asked for is not there, or nobody agreed to the price.
            MachineError: The folder cannot be written.
            KeyboardInterrupt: It was stopped; what is finished stays, and is written down.
        """
        with hold(self._plan.out, ".batch.lock"):
            todo = self._begin()
            self._teller.planned(len(todo), len(self._films) - len(todo))
            if todo:
                self._work(todo)
            self._close()
            return self._record

    @property
    def wanted(self) -> tuple[FilmRecord, ...]:
        """Records of the films of this command."""
        return self._record.films[: len(self._films)]

    def _begin(self) -> list[Film]:
        """Read what is known, write what is wanted, and leave out what is finished."""
        plan, path = self._plan, self._plan.out / RECORD
        known = load(path, uuid4().hex)
        for wishes in {v.wishes.model_dump_json(): v.wishes for v in plan.variations}.values():
            wishes.check(self._settings)
        self._films = films(plan.songs, plan.variations, known.names())
        self._record = known.with_films(self._films)
        self._places = {film.name: i for i, film in enumerate(self._films)}
        todo = []
        for film, entry in zip(self._films, self.wanted, strict=True):
            done = not plan.replan and finished(plan.out / film.name, film.sha256, entry.outcome)
            state = "done" if done else "waiting"
            self._put(entry.model_copy(update={"state": state, "error": ""}), save=False)
            if not done:
                todo.append(film)
        self._record = self._record.model_copy(update={"runs": (*self._record.runs, self._tally)})
        self._save()
        self._mirror = Mirror(
            self._settings.database, self._record.id, plan.out.resolve().name, self._note
        )
        self._mirror.plan(self.wanted)
        return todo

    def _work(self, todo: Sequence[Film]) -> None:
        sources = {film.name: named(film, self._plan.out / film.name) for film in todo}
        every = frozenset[str]().union(*sources.values())
        needed = farmed(every, self._settings)
        bought = tuple(sorted(source for source in every if hosted(source, self._settings)))
        engine = self._make_engine(Needs(sources=needed, films=tuple(todo), paid=bought))
        try:
            paid = [film for film in todo if sources[film.name] & set(bought)]
            allowed: Mapping[str, Decimal] = {}
            if paid:
                allowed = self._bought(engine, paid, needed)
            left = {film.name for film in self.wanted if film.state == "waiting"}
            self._pass(engine, [film for film in todo if film.name in left], needed, allowed)
        except KeyboardInterrupt:
            for name, event in engine.stop():
                self._heard(name, event)
            raise
        finally:
            for text in engine.notices():
                self._note(text)
            work = engine.work()
            made = sum(work.made.values())
            self._tell(
                workers=dict(work.made), made=made, making=round(work.making, 3),
                handing=round(work.handing, 3),
            )  # fmt: skip
            self._close()
            engine.close()

    def _bought(
        self, engine: Engine, paid: Sequence[Film], sources: tuple[str, ...]
    ) -> Mapping[str, Decimal]:
        """Plan the films that cost money, and ask once whether they may."""
        self._note(f"planning {len(paid)} films to say what they cost; nothing is bought yet")
        self._pass(engine, paid, sources, {})
        quotes = {film.name: self._quotes[film.name] for film in paid if film.name in self._quotes}
        found = allot(quotes, self._consent, budget=self._plan.budget, spent=self._spent())
        for name, reason in found.beyond.items():
            film = self._entry(name)
            self._end(film.model_copy(update={"state": "failed", "error": reason}))
        return found.films

    def _spent(self) -> Decimal:
        """USD that were paid or are set aside for the films of this batch."""
        from songreel.project import Project
        from songreel.store.ledger import Ledger, Scope

        ledger = Ledger(self._settings.database)
        projects = [Project(self._plan.out / film.name) for film in self._record.films]
        ids = [project.state.id for project in projects if project.file.is_file()]
        return sum((ledger.booked(Scope("project", known)) for known in ids if known), Decimal(0))

    def _pass(
        self,
        engine: Engine,
        todo: Sequence[Film],
        sources: tuple[str, ...],
        allowed: Mapping[str, Decimal],
    ) -> None:
        """Make films side by side until none is left."""
        waiting, running = list(todo), set[str]()
        while waiting or running:
            while waiting and len(running) < engine.slots:
                film = waiting.pop(0)
                running.add(film.name)
                self._start(engine, film, sources, allowed.get(film.name))
            for name, event in engine.events(BEAT):
                if self._heard(name, event):
                    running.discard(name)

    def _start(
        self, engine: Engine, film: Film, sources: tuple[str, ...], allowance: Decimal | None
    ) -> None:
        settings, entry = self._settings, self._entry(film.name)
        now = datetime.now(UTC)
        self._put(
            entry.model_copy(
                update={
                    "state": "working", "error": "", "began": now, "ended": None,
                    "attempts": entry.attempts + 1,
                }
            )
        )  # fmt: skip
        if self._mirror is not None:
            self._mirror.take(film.name)
        task = Task(
            name=film.name, song=film.song.resolve(), folder=(self._plan.out / film.name).resolve(),
            wishes=film.wishes, replan=self._plan.replan, retakes=self._plan.retakes,
            sources=sources, workspace=settings.workspace.resolve(), config=settings.config,
            database=settings.database, cores=self._cores,
            allowance=str(allowance) if allowance is not None else None,
        )  # fmt: skip
        engine.start(task, self._places[film.name])
        self._teller.began(film.name)

    def _heard(self, name: str, event: Event) -> bool:
        """Write down what is news of a film; whether it has ended."""
        if not event.last:
            self._teller.progress(name, event.text, event.share)
            return False
        film = self._entry(name).model_copy(update={"ended": datetime.now(UTC)})
        if event.kind == "done" and event.outcome is not None:
            self._tell(
                films=self._tally.films + 1,
                film_seconds=round(self._tally.film_seconds + event.outcome.seconds, 3),
                found=self._tally.found + event.outcome.found,
            )
            film = film.model_copy(update={"state": "done", "outcome": event.outcome})
        elif event.kind == "quoted" and event.high is not None:
            self._quotes[name] = (event.likely or Decimal(0), event.high)
            self._put(film.model_copy(update={"state": "waiting"}))
            return True
        else:
            state = "interrupted" if event.kind == "interrupted" else "failed"
            film = film.model_copy(update={"state": state, "error": event.text})
        self._end(film)
        return True

    def _end(self, film: FilmRecord) -> None:
        self._put(film)
        if self._mirror is not None:
            self._mirror.end(film)
        self._teller.ended(film)
        write_page(self._record, len(self._films), self._plan.out / PAGE)

    def _entry(self, name: str) -> FilmRecord:
        return next(film for film in self.wanted if film.name == name)

    def _put(self, film: FilmRecord, *, save: bool = True) -> None:
        self._record = self._record.put(film)
        if save:
            self._save()

    def _tell(self, **changes: object) -> None:
        self._tally = self._tally.model_copy(update=changes)

    def _note(self, text: str) -> None:
        self._tell(notices=(*self._tally.notices, text))
        self._teller.note(text)

    def _save(self) -> None:
        runs = self._record.runs
        self._record = self._record.model_copy(update={"runs": (*runs[:-1], self._tally)})
        self._record.save(self._plan.out / RECORD)

    def _close(self) -> None:
        """Write down how this run ended."""
        self._tell(ended=datetime.now(UTC))
        self._save()
        write_page(self._record, len(self._films), self._plan.out / PAGE)
