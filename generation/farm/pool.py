"""A pool of clip workers on this machine, a process each: `Pool`."""

import os
import queue
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from pydantic import JsonValue

from songreel.generation.farm.dispatch import Dispatch
from songreel.generation.farm.kept import LIMIT, Kept
from songreel.generation.farm.places import Place
from songreel.generation.farm.roster import Roster, Work
from songreel.generation.farm.wire import (
    ADDRESS,
    KEY,
    MESSAGES,
    Failed,
    Finished,
    Hello,
    Message,
    News,
    Ordered,
    Progress,
    Said,
    Slots,
    Withdrawn,
)
from songreel.generation.processes import end, ending
from songreel.generation.wire import Wire
from songreel.models.errors import MachineError

BEAT = 0.2
"""Seconds between two looks at the processes."""
ENDING = 10.0
"""Seconds that processes have to end by themselves."""

Heard = Callable[[str, Mapping[str, JsonValue]], None]

_News = tuple[Wire[Message], Hello, Message | None]
"""On which connection, of whom, and what; None for its end."""


@dataclass
class _Staff:
    """A worker's place and the process in it."""

    place: Place
    process: "subprocess.Popen[bytes] | None" = None
    log: Path | None = None
    wire: Wire[Message] | None = None
    ended: bool = False


class Pool:
    """Workers that are started, fed, and started anew when they end; films connect to it.

    Args:
        kept: Where finished clips go.
        places: A worker each.
        cache: Folder for what is dear to find out and the same for every film.
        heard: Called with what a film says to whoever runs it.

    Raises:
        MachineError: No socket can be opened here.
    """

    def __init__(
        self,
        kept: Kept,
        places: Sequence[Place],
        cache: Path | None = None,
        *,
        heard: Heard = lambda name, body: None,  # noqa: ARG005
    ) -> None:
        self._kept, self._cache, self._heard = kept, cache, heard
        self._dispatch = Dispatch(kept)
        self._roster = Roster(self._dispatch)
        self._folder = TemporaryDirectory(prefix="songreel-")
        key = secrets.token_bytes(32)
        try:
            self._listener = Listener(None, backlog=64, authkey=key)
        except OSError as error:
            raise MachineError(f"cannot open a socket for the workers: {error}") from error
        self.environment = {ADDRESS: str(self._listener.address), KEY: key.hex()}
        """What a process needs in its environment to connect."""
        self._places: dict[str, int] = {}
        self._films: dict[str, Wire[Message]] = {}
        self._wires: set[Wire[Message]] = set()
        """Of all who are connected, greeted or not."""
        self._staff = {place.name: _Staff(place) for place in places}
        self._inbox: queue.SimpleQueue[_News | None] = queue.SimpleQueue()
        self._closing = False
        for name in self._staff:
            self._hire(name)
        self._threads = [
            Thread(target=self._accept, name="songreel-accept", daemon=True),
            Thread(target=self._work, name="songreel-pool", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def expect(self, film: str, place: int) -> None:
        """A film of that name will connect; those with a smaller `place` go first."""
        self._places[film] = place

    def say(self, film: str, body: Mapping[str, JsonValue]) -> None:
        """Something for a film; those that are gone do not hear it."""
        wire = self._films.get(film)
        if wire is not None:
            with suppress(OSError):
                wire.send(Said(body=body))

    def work(self) -> Work:
        """What the workers have done in this run."""
        return self._roster.work()

    def processes(self) -> Mapping[str, int]:
        """Process ids of the workers that are there."""
        return {
            name: staff.process.pid
            for name, staff in self._staff.items()
            if staff.process is not None and staff.process.poll() is None
        }

    def close(self, limit: int = LIMIT) -> None:
        """End all workers, hang up on all films, and let the store go down to `limit` bytes."""
        self._closing = True
        self._inbox.put(None)
        self._threads[1].join(ENDING)
        for wire in list(self._wires):
            wire.hang_up()
        with suppress(OSError):
            self._listener.close()
        until = time.monotonic() + ENDING
        for staff in self._staff.values():
            if staff.process is not None:
                end(staff.process, until - time.monotonic())
        self._kept.prune(limit)
        self._folder.cleanup()

    def _hire(self, name: str) -> None:
        """Start the process of a worker."""
        staff = self._staff[name]
        staff.log = Path(self._folder.name) / f"{name}.log"
        command = [
            sys.executable, "-m", "songreel.generation.farm.work", name, str(self._kept.folder),
            str(self._cache or ""),
        ]  # fmt: skip
        with staff.log.open("wb") as log:
            staff.process = subprocess.Popen(
                command,
                env={**os.environ, **staff.place.environment, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C means this process alone
            )
        staff.wire, staff.ended = None, False
        self._roster.enrol(name, staff.place.takes)

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection = self._listener.accept()
            except Exception:
                # A stranger without the key, or the socket was closed; neither ends the pool.
                time.sleep(0.01)
                continue
            Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: Connection) -> None:
        """Put what one process says into the inbox, from its greeting to its end."""
        wire = Wire(connection, MESSAGES)
        self._wires.add(wire)
        if self._closing:
            wire.hang_up()
        hello: Message | None = None
        with suppress(EOFError, OSError, ValueError):
            hello = message = wire.read()
            while isinstance(hello, Hello):
                self._inbox.put((wire, hello, message))
                message = wire.read()
        self._wires.discard(wire)
        wire.close()
        if isinstance(hello, Hello):
            self._inbox.put((wire, hello, None))

    def _work(self) -> None:
        """The one thread that changes anything."""
        looked = 0.0
        while not self._closing:
            with suppress(queue.Empty):
                heard = self._inbox.get(timeout=BEAT)
                if heard is None:
                    return
                wire, hello, message = heard
                (self._of_film if hello.role == "film" else self._of_worker)(wire, hello, message)
            if time.monotonic() - looked > BEAT:
                looked = time.monotonic()
                self._look_after()
            self._carry_out()

    def _carry_out(self) -> None:
        effects = self._dispatch.drain()
        for film, update in effects.told:
            wire = self._films.get(film)
            if wire is not None:
                with suppress(OSError):  # its end is in the inbox
                    wire.send(News(update=update))
        for name, key in effects.stops:
            self._to_worker(name, Withdrawn(key=key))
        for name, order in effects.starts:
            self._roster.given(name, order.key)
            self._to_worker(name, Ordered(order=order))

    def _to_worker(self, name: str, message: Ordered | Withdrawn) -> None:
        staff = self._staff[name]
        if staff.wire is not None:
            with suppress(OSError):  # its end is in the inbox
                staff.wire.send(message)

    def _of_film(self, wire: Wire[Message], hello: Hello, message: Message | None) -> None:
        name = hello.name
        if isinstance(message, Hello):
            self._films[name] = wire
            self._dispatch.join(name, self._places.get(name, len(self._places)))
            return
        if self._films.get(name) is not wire:
            return  # of an earlier attempt at the film
        match message:
            case None:
                del self._films[name]
                self._dispatch.leave(name)
            case Ordered(order=order):
                self._dispatch.order(name, order)
            case Withdrawn(key=key):
                self._dispatch.withdraw(name, key)
            case Said(body=body):
                self._heard(name, body)
            case _:
                pass

    def _of_worker(self, wire: Wire[Message], hello: Hello, message: Message | None) -> None:
        name = hello.name
        staff = self._staff.get(name)
        if staff is None or staff.process is None or staff.process.pid != hello.pid:
            return  # one that was taken for dead
        match message:
            case Hello():
                staff.wire = wire
                self._dispatch.ready(name)
            case None:
                self._ended(name)
            case Slots(count=count):
                self._dispatch.slots(name, count)
            case Progress(key=key, state=state):
                self._dispatch.progress(name, key, state)
            case Finished(made=made):
                self._roster.made(name, made, self._kept.path(made.sha256))
            case Failed(key=key, reason=reason, machine=machine):
                self._roster.failed(name, key, reason, machine=machine)
            case _:
                pass

    def _look_after(self) -> None:
        """Processes that ended before they greeted."""
        for name, staff in self._staff.items():
            gone = staff.process is not None and staff.process.poll() is not None
            if gone and staff.wire is None and not staff.ended:
                self._ended(name)

    def _ended(self, name: str) -> None:
        """A worker's process is gone, or will be: another one takes its place."""
        staff = self._staff[name]
        if staff.ended or staff.process is None:
            return
        staff.ended, staff.wire = True, None
        end(staff.process, 2.0)
        log = ""
        with suppress(OSError):
            if staff.log is not None:
                log = staff.log.read_text(encoding="utf-8", errors="replace")
        if self._roster.ended(name, ending(staff.process.returncode, log)):
            self._hire(name)
