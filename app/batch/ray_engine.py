"""Films and clips on a Ray cluster: `ray_engine`."""

import math
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from songreel.batch.film import Task
from songreel.batch.parcels import Carried, unpack
from songreel.batch.ray_film import TOKEN, Filmed, ray_film
from songreel.batch.say import Event
from songreel.generation.farm.nodes import ray_module
from songreel.generation.farm.ray_pool import RayPool
from songreel.generation.farm.roster import Work
from songreel.models.errors import MachineError
from songreel.models.files import whole

TAKEN_OVER = 2
"""Times that a film begins anew on another machine because its own has ended."""
ENDING = 20.0
"""Seconds that films have to end where they are."""


@dataclass
class _Running:
    """A film's task."""

    task: Task
    place: int
    answer: Any
    begun: int = 1


class RayEngine:
    """A Ray task for each film, and a pool of clip actors that they share.

    Song, configuration and what exists of the project travel with the task, and the finished
    project comes back as bytes, except where the batch's folder is on a disk that the machine
    shares. Films take no CPU of Ray's count: they wait for clips most of the time.

    Args:
        pool: The broker and its workers.
        out: Folder of the batch.
        slots: Films at a time.
        machines: Of the cluster.
    """

    def __init__(self, pool: RayPool, out: Path, slots: int, machines: int) -> None:
        self._ray = ray_module()
        self.slots, self._pool = slots, pool
        self._share = math.ceil(slots / max(machines, 1))
        self._films: dict[str, _Running] = {}
        self._notices: list[str] = []
        self._token = uuid4().hex
        self._file = out / TOKEN
        with whole(self._file, lasting=False) as partial:
            partial.write_text(self._token, encoding="ascii")

    def start(self, task: Task, place: int) -> None:
        """Begin with a film, on whichever machine has least to do."""
        self._films[task.name] = _Running(task, place, self._begun(task, place))

    def events(self, seconds: float) -> list[tuple[str, Event]]:
        """News by film."""
        self._notices += self._pool.tend()
        found: list[tuple[str, Event]] = []
        for name, body in self._heard(seconds):
            with suppress(ValidationError):
                event = Event.model_validate(body)
                if name in self._films and not event.last:
                    found.append((name, event))
        return found + self._ended()

    def stop(self) -> list[tuple[str, Event]]:
        """Have all films end where they are."""
        answers = {film.answer: name for name, film in self._films.items()}
        for answer in answers:
            self._ray.cancel(answer, force=False)
        if answers:
            self._ray.wait(list(answers), num_returns=len(answers), timeout=ENDING)
        found = [(name, self._last(film)) for name, film in self._films.items()]
        self._films.clear()
        return [(name, event or Event(kind="interrupted")) for name, event in found]

    def work(self) -> Work:
        """What the workers have done."""
        return self._pool.work()

    def notices(self) -> tuple[str, ...]:
        """What happened to workers and machines."""
        return (*self._pool.work().notices, *self._notices)

    def close(self) -> None:
        """End all tasks and actors, and leave the cluster."""
        for film in self._films.values():
            with suppress(self._ray.exceptions.RayError):
                self._ray.cancel(film.answer, force=True)
        self._pool.close()
        self._file.unlink(missing_ok=True)
        self._ray.shutdown()

    def _begun(self, task: Task, place: int) -> Any:
        carried = Carried.of(task.song, task.folder, task.config, task.wishes)
        return (
            self._ray.remote(ray_film)
            .options(num_cpus=0, max_retries=0, scheduling_strategy="SPREAD")
            .remote(
                task.model_dump_json(), place, self._pool.broker, self._token, self._share,
                carried,
            )
        )  # fmt: skip

    def _heard(self, seconds: float) -> list[tuple[str, Any]]:
        try:
            heard: list[tuple[str, Any]] = self._ray.get(self._pool.broker.heard.remote(seconds))
        except self._ray.exceptions.RayError as error:
            raise MachineError(
                f"the Ray cluster is gone ({type(error).__name__}); run the same command again to "
                "go on"
            ) from error
        return heard

    def _ended(self) -> list[tuple[str, Event]]:
        """Films whose task has ended."""
        if not self._films:
            return []
        answers = {film.answer: name for name, film in self._films.items()}
        ready, _ = self._ray.wait(list(answers), num_returns=len(answers), timeout=0)
        found = []
        for answer in ready:
            name = answers[answer]
            event = self._last(self._films[name])
            if event is not None:
                del self._films[name]
                found.append((name, event))
        return found

    def _last(self, film: _Running) -> Event | None:
        """How a film's task ended; None where another machine has taken it over."""
        errors, name = self._ray.exceptions, film.task.name
        try:
            filmed: Filmed = self._ray.get(film.answer, timeout=0)
            if filmed.project is not None:
                unpack(filmed.project, film.task.folder)
            return filmed.event
        except (errors.TaskCancelledError, errors.GetTimeoutError, KeyboardInterrupt):
            return Event(kind="interrupted")
        except MachineError as error:
            return Event(kind="failed", text=str(error))
        except errors.RayTaskError as error:
            cause = str(error.cause or error).strip().splitlines()[-1]
            return Event(kind="failed", text=cause[:300])
        except errors.RayError as error:
            why = type(error).__name__
            self._pool.broker.leave.remote(name)
            if film.begun > TAKEN_OVER:
                return Event(kind="failed", text=f"{film.begun} machines ended at it ({why})")
            self._notices.append(f"the process of {name} ended ({why}); it was begun anew")
            film.begun += 1
            film.answer = self._begun(film.task, film.place)
            return None
