"""A pool of clip workers on this machine, a process each: `Pool`."""

import os
import queue
import secrets
import signal
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
from songreel.generation.farm.wire import (
    ADDRESS,
    KEY,
    Failed,
    Finished,
    Hello,
    Message,
    News,
    Ordered,
    Progress,
    Said,
    Slots,
    Wire,
    Withdrawn,
)
from songreel.models.errors import MachineError

BEAT = 0.2
"""Seconds between two looks at the processes."""
STILLBORN = 3
"""Times in a row that a worker may end without a clip before its place is given up."""
ENDING = 10.0
"""Seconds that processes have to end by themselves."""

Heard = Callable[[str, Mapping[str, JsonValue]], None]


_Heard = tuple[Wire, Hello, Message | None]
"""On which connection, of whom, and what; None for its end."""


@dataclass
class _Staff:
    """A worker's place and the process in it."""

    place: Place
    process: "subprocess.Popen[bytes] | None" = None
    log: Path | None = None
    wire: Wire | None = None
    made: int = 0
    stillborn: int = 0
    given_up: str = ""
    ended: bool = False


class Pool:
    """Workers that are started, fed, and started anew when they end; films connect to it.

    Args:
        kept: Where finished clips go.
        places: A worker each.
        cache: Folder for what is dear to find out and the same for every film.
        heard: Called with what a film says to whoever runs it.
        lost: Called with the name of a film whose connection has ended.

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
        lost: Callable[[str], None] = lambda name: None,  # noqa: ARG005
    ) -> None:
        self._kept, self._cache, self._heard, self._lost = kept, cache, heard, lost
        self._dispatch = Dispatch(kept)
        self._folder = TemporaryDirectory(prefix="songreel-")
        key = secrets.token_bytes(32)
        try:
            self._listener = Listener(None, backlog=64, authkey=key)
        except OSError as error:
            raise MachineError(f"cannot open a socket for the workers: {error}") from error
        self.environment = {ADDRESS: str(self._listener.address), KEY: key.hex()}
        """What a process needs in its environment to connect."""
        self._places: dict[str, int] = {}
        self._films: dict[str, Wire] = {}
        self._wires: set[Wire] = set()
        """Of all who are connected, greeted or not."""
        self._staff = {place.name: _Staff(place) for place in places}
        self._inbox: queue.SimpleQueue[_Heard | None] = queue.SimpleQueue()
        self._notices: list[str] = []
        self._given: dict[tuple[str, str], float] = {}
        """When a worker was given an order."""
        self.making = self.handing = 0.0
        """Seconds that workers were at clips, and beyond those until they were known as done."""
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

    def notices(self) -> tuple[str, ...]:
        """What happened to the workers that a person should know."""
        return tuple(self._notices)

    def workers(self) -> Mapping[str, int]:
        """Clips made in this run, by worker."""
        return {name: staff.made for name, staff in self._staff.items()}

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
                _end(staff.process, until)
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
        self._dispatch.enrol(name, staff.place.takes)

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
        wire = Wire(connection)
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
            self._given[name, order.key] = time.perf_counter()
            self._to_worker(name, Ordered(order=order))

    def _to_worker(self, name: str, message: Ordered | Withdrawn) -> None:
        staff = self._staff[name]
        if staff.wire is not None:
            with suppress(OSError):  # its end is in the inbox
                staff.wire.send(message)

    def _of_film(self, wire: Wire, hello: Hello, message: Message | None) -> None:
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
                self._lost(name)
            case Ordered(order=order):
                self._dispatch.order(name, order)
            case Withdrawn(key=key):
                self._dispatch.withdraw(name, key)
            case Said(body=body):
                self._heard(name, body)
            case _:
                pass

    def _of_worker(self, wire: Wire, hello: Hello, message: Message | None) -> None:
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
                staff.stillborn = 0
                staff.made += not made.found
                given = self._given.pop((name, made.key), None)
                if given is not None and not made.found:
                    self.making += made.seconds
                    self.handing += max(0.0, time.perf_counter() - given - made.seconds)
                self._dispatch.made(name, made, self._kept.path(made.sha256))
            case Failed(key=key, reason=reason, machine=machine):
                staff.stillborn = 0
                self._dispatch.failed(name, key, reason, machine=machine)
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
        _end(staff.process, time.monotonic() + 2.0)
        why = _why(staff.process.returncode, staff.log)
        self._dispatch.lost(name, why)
        staff.stillborn += 1
        if staff.stillborn < STILLBORN:
            self._notices.append(f"{name} ended ({why}) and was started again")
            self._hire(name)
            return
        staff.given_up = why
        self._notices.append(
            f"{name} ended {STILLBORN} times without a clip and was given up: {why}"
        )
        self._dispatch.starve()
        if all(other.given_up for other in self._staff.values()):
            self._dispatch.close(f"all clip workers have ended; the last: {why}")


def _end(process: "subprocess.Popen[bytes]", until: float) -> None:
    """Wait for a process to end by itself, and end it when it does not."""
    try:
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _why(code: int, log: Path | None) -> str:
    """How a process ended, and its last words."""
    name = f"exit status {code}"
    if code < 0:
        with suppress(ValueError):
            name = f"killed by {signal.Signals(-code).name}"
    words = ""
    with suppress(OSError):
        if log is not None:
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            words = lines[-1][:200] if lines else ""
    return f"{name}: {words}" if words else name
