"""Which worker makes which clip, and who is told: `Dispatch`. Pure: no process, socket or clock."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from songreel.generation.farm.kept import Kept
from songreel.generation.farm.order import ClipOrder, Made
from songreel.models.clip import JobState
from songreel.models.document import Frozen

DEATHS = 3
"""Workers that may end while they make the same clip before it is taken to be the reason."""
ILLS = 2
"""Orders in a row that a worker's machine could not serve before it gets no more."""

QUEUED = JobState(status="waiting", detail="queued")
"""Nobody is at it yet."""


class Update(Frozen):
    """News of an order, for whoever gave it."""

    key: str
    state: JobState
    made: Made | None = None
    """Of one that is done."""
    notice: str = ""
    """What a person should know, whatever becomes of it; a sentence."""


@dataclass
class Effects:
    """What is to be done now, in this order."""

    told: list[tuple[str, Update]] = field(default_factory=list)
    """Client and news."""
    stops: list[tuple[str, str]] = field(default_factory=list)
    """Worker, and the key of what nobody wants any more."""
    starts: list[tuple[str, ClipOrder]] = field(default_factory=list)
    """Worker and order."""


@dataclass
class _Entry:
    """An order on its way."""

    order: ClipOrder
    place: tuple[int, int]
    """Of the client that wants it first, and when it was given."""
    clients: set[str]
    worker: str | None = None
    state: JobState = QUEUED
    deaths: int = 0
    shunned: set[str] = field(default_factory=set)
    """Workers whose machine could not make it."""


@dataclass
class _Worker:
    """Who makes clips."""

    takes: frozenset[str] | None
    """Sources whose model fits there; None: all."""
    ready: bool = False
    slots: int = 1
    mark: str = ""
    """Of the model that is loaded."""
    at: set[str] = field(default_factory=set)
    """Keys under way."""
    ills: int = 0

    @property
    def well(self) -> bool:
        """Whether it gets orders."""
        return self.ills < ILLS


class Dispatch:
    """Orders in, work out; every change is followed by `drain`, whose effects the caller does.

    The same clip wanted twice is made once. Films that came first go first, so that they are
    finished while later ones are made; a worker stays with its loaded model as long as there are
    orders for it. A worker that is lost gives its orders back; those whose clip it kept before are
    done.

    Args:
        kept: Where finished clips are.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._clients: dict[str, int] = {}
        self._workers: dict[str, _Worker] = {}
        self._entries: dict[str, _Entry] = {}
        self._effects = Effects()
        self._count = 0
        self._closed = ""

    def drain(self) -> Effects:
        """What is to be done since the last call; free workers get orders."""
        for name, worker in self._workers.items():
            while (entry := self._next(name, worker)) is not None:
                entry.worker = name
                entry.state = JobState(status="waiting", detail="making")
                worker.at.add(entry.order.key)
                worker.mark = entry.order.setup.mark
                self._effects.starts.append((name, entry.order))
        effects, self._effects = self._effects, Effects()
        return effects

    def join(self, client: str, place: int) -> None:
        """A film will order; those with a smaller `place` go first."""
        self._clients[client] = place

    def leave(self, client: str) -> None:
        """A film wants nothing more."""
        self._clients.pop(client, None)
        for key in [key for key, entry in self._entries.items() if client in entry.clients]:
            self.withdraw(client, key)

    def order(self, client: str, order: ClipOrder) -> None:
        """A film wants a clip."""
        key, place = order.key, self._clients.get(client, 0)
        entry = self._entries.get(key)
        if entry is not None:
            entry.clients.add(client)
            entry.place = min(entry.place, (place, entry.place[1]))
            self._tell(entry)
            return
        self._count += 1
        entry = _Entry(order, (place, self._count), {client})
        self._entries[key] = entry
        if not self._served(entry):
            self._refuse_if_nobody(entry)

    def withdraw(self, client: str, key: str) -> None:
        """A film does not want a clip any more; the worker stops unless somebody else does."""
        entry = self._entries.get(key)
        if entry is None:
            return
        entry.clients.discard(client)
        if not entry.clients:
            self._end(entry)
            if entry.worker is not None:
                self._effects.stops.append((entry.worker, key))

    def enrol(self, worker: str, takes: Collection[str] | None = None) -> None:
        """A worker is being started; it gets orders once it is `ready`."""
        self._workers[worker] = _Worker(frozenset(takes) if takes is not None else None)

    def ready(self, worker: str) -> None:
        """It is there."""
        self._workers[worker].ready = True

    def slots(self, worker: str, count: int) -> None:
        """How many clips it wants to have at a time."""
        if worker in self._workers:
            self._workers[worker].slots = max(1, count)

    def progress(self, worker: str, key: str, state: JobState) -> None:
        """A clip is under way."""
        entry = self._entries.get(key)
        if entry is not None and entry.worker == worker:
            entry.state = state
            self._tell(entry)

    def made(self, worker: str, made: Made, path: Path) -> None:
        """A clip is finished and kept."""
        self._free(worker, made.key)
        if worker in self._workers:
            self._workers[worker].ills = 0
        entry = self._entries.get(made.key)
        if entry is not None:
            self._done(entry, made, path)

    def failed(self, worker: str, key: str, reason: str, *, machine: bool = False) -> None:
        """A clip cannot be made: by nobody, or (`machine`) not there."""
        self._free(worker, key)
        entry, at = self._entries.get(key), self._workers.get(worker)
        if machine and at is not None:
            at.ills += 1
        if entry is None or entry.worker != worker:
            return
        entry.worker = None
        if machine:
            entry.shunned.add(worker)
            notice = f"{worker} could not make a clip ({reason})"
            self._tell(entry, notice=f"{notice}; another worker was asked")
            self._refuse_if_nobody(entry, reason)
        else:
            self._fail(entry, reason)

    def lost(self, worker: str, why: str) -> None:
        """A worker has ended: what it was at goes to others, or was kept and is done."""
        gone = self._workers.pop(worker, None)
        if gone is None:
            return
        for key in gone.at:
            entry = self._entries.get(key)
            if entry is None or entry.worker != worker:
                continue
            entry.worker = None
            entry.deaths += 1
            if self._served(entry):
                continue
            if entry.deaths >= DEATHS:
                self._fail(entry, f"{DEATHS} workers ended while they made it; the last: {why}")
                continue
            entry.state = JobState(status="waiting", detail="queued again")
            notice = f"{worker} ended while it made a clip ({why}); another worker took it over"
            self._tell(entry, notice=notice)

    def close(self, reason: str) -> None:
        """There is nobody left and nobody will come: all orders fail, the coming ones too."""
        self._closed = reason
        for entry in list(self._entries.values()):
            self._fail(entry, reason)

    def starve(self) -> None:
        """Fail the orders that none of the workers there are may make."""
        for entry in list(self._entries.values()):
            if entry.worker is None:
                self._refuse_if_nobody(entry)

    def _next(self, name: str, worker: _Worker) -> _Entry | None:
        """What `worker` begins with now: of its loaded model, or else of the first film."""
        if not (worker.ready and worker.well) or len(worker.at) >= worker.slots:
            return None
        open_orders = [
            e for e in self._entries.values() if e.worker is None and _may(name, worker, e)
        ]
        own = [entry for entry in open_orders if entry.order.setup.mark == worker.mark]
        if not own and worker.at:
            return None  # the other model is loaded once this one is out of use
        return min(own or open_orders, key=lambda entry: entry.place, default=None)

    def _refuse_if_nobody(self, entry: _Entry, reason: str = "") -> None:
        if self._closed:
            self._fail(entry, self._closed)
        elif self._workers and not any(
            worker.well and _may(name, worker, entry) for name, worker in self._workers.items()
        ):
            source = entry.order.setup.source
            self._fail(entry, reason or f"no worker has room for {source}")

    def _served(self, entry: _Entry) -> bool:
        """Whether the clip is kept already; then its films have it."""
        found = self._kept.find(entry.order.key)
        if found is not None:
            self._done(entry, *found)
        return found is not None

    def _done(self, entry: _Entry, made: Made, path: Path) -> None:
        entry.state = JobState(status="done", progress=1.0, result=str(path), effort=made.effort)
        self._tell(entry, made)
        self._end(entry)

    def _fail(self, entry: _Entry, reason: str) -> None:
        entry.state = JobState(status="failed", detail=reason)
        self._tell(entry)
        self._end(entry)

    def _end(self, entry: _Entry) -> None:
        self._entries.pop(entry.order.key, None)

    def _free(self, worker: str, key: str) -> None:
        if worker in self._workers:
            self._workers[worker].at.discard(key)

    def _tell(self, entry: _Entry, made: Made | None = None, notice: str = "") -> None:
        update = Update(key=entry.order.key, state=entry.state, made=made, notice=notice)
        self._effects.told += [(client, update) for client in sorted(entry.clients)]


def _may(name: str, worker: _Worker, entry: _Entry) -> bool:
    """Whether `worker` may make the clip of `entry`."""
    fits = worker.takes is None or entry.order.setup.source in worker.takes
    return fits and name not in entry.shunned
