"""Films and clips by processes on this machine: `LocalEngine`."""

import queue
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from os import environ
from pathlib import Path

from pydantic import JsonValue, ValidationError

from songreel.batch.film import Task
from songreel.batch.process import STOP
from songreel.batch.say import Event
from songreel.generation.farm.kept import Kept
from songreel.generation.farm.places import Place
from songreel.generation.farm.pool import Pool
from songreel.generation.farm.roster import Work
from songreel.generation.processes import end, ending

ENDING = 20.0
"""Seconds that films have to end where they are: a frame's, a segment's time."""


@dataclass
class _Running:
    """A film's process."""

    process: "subprocess.Popen[bytes]"
    log: Path
    ended: bool = False


class LocalEngine:
    """A process for each film, and a pool of clip workers that they share.

    Args:
        kept: Where finished clips go.
        places: A clip worker each.
        cache: Folder for what is dear to find out and the same for every film.
        slots: Films at a time.
        logs: Folder for what films' processes print.
    """

    def __init__(
        self, kept: Kept, places: Sequence[Place], cache: Path, slots: int, logs: Path
    ) -> None:
        self.slots, self._logs = slots, logs
        self._news: queue.SimpleQueue[tuple[str, Event]] = queue.SimpleQueue()
        self._films: dict[str, _Running] = {}
        self._pool = Pool(kept, places, cache, heard=self._hear)

    def start(self, task: Task, place: int) -> None:
        """Begin with a film, in a process of its own."""
        self._pool.expect(task.name, place)
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{task.name}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "songreel.batch.process"],
                env={**environ, **self._pool.environment},
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
                start_new_session=True,  # Ctrl-C means the batch, which stops its films
            )
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin as pipe:  # its end is told below
            pipe.write(task.model_dump_json().encode())
        self._films[task.name] = _Running(process, log)

    def events(self, seconds: float) -> list[tuple[str, Event]]:
        """News by film."""
        found: list[tuple[str, Event]] = []
        with suppress(queue.Empty):
            found.append(self._news.get(timeout=seconds))
            while True:
                found.append(self._news.get_nowait())
        found = [(name, event) for name, event in found if name in self._films]
        for name, event in found:
            if event.last:
                self._end(name)
        return found + self._dead()

    def stop(self) -> list[tuple[str, Event]]:
        """Say to all films that they are to end, and wait for that."""
        for name in self._films:
            self._pool.say(name, STOP)
        until, found = time.monotonic() + ENDING, list[tuple[str, Event]]()
        while self._films and time.monotonic() < until:
            found += [(name, event) for name, event in self.events(0.1) if event.last]
        for name in list(self._films):
            self._films[name].process.kill()
            self._end(name)
            found.append((name, Event(kind="interrupted")))
        return found

    def work(self) -> Work:
        """What the pool's workers have done."""
        return self._pool.work()

    def notices(self) -> tuple[str, ...]:
        """What happened to them."""
        return self._pool.work().notices

    def close(self) -> None:
        """End all processes."""
        for name in list(self._films):
            self._films[name].process.kill()
            self._end(name)
        self._pool.close()

    def _hear(self, name: str, body: Mapping[str, JsonValue]) -> None:
        with suppress(ValidationError):
            self._news.put((name, Event.model_validate(body)))

    def _dead(self) -> list[tuple[str, Event]]:
        """Films whose process ended without a word, and what it said before."""
        found = []
        for name, film in list(self._films.items()):
            code = film.process.poll()
            if code is None:
                continue
            if not film.ended:
                film.ended = True  # its last words may still be on their way
                continue
            text = f"its process ended ({ending(code)})"
            found.append((name, Event(kind="failed", text=text)))
            self._end(name)
        return found

    def _end(self, name: str) -> None:
        film = self._films.pop(name)
        end(film.process, ENDING)
        with suppress(OSError):
            if film.log.stat().st_size == 0:
                film.log.unlink()
