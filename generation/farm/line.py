"""A film's own farm object: a line to the pool. `Line`."""

import os
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
from threading import Lock, Thread

from pydantic import JsonValue

from songreel.generation.farm.dispatch import Update
from songreel.generation.farm.order import ClipOrder, Made
from songreel.generation.farm.wire import (
    Hello,
    News,
    Ordered,
    Said,
    Wire,
    Withdrawn,
)
from songreel.models.clip import JobState
from songreel.models.errors import MachineError, ProviderError

GONE = "the batch that this film belongs to has ended"
_QUEUED = JobState(status="waiting", detail="queued")


class Standings:
    """What is known of a film's orders; written by whoever hears, read by whoever polls."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._states: dict[str, JobState] = {}
        self._notices: dict[str, None] = {}
        self.made: dict[str, Made] = {}

    def begin(self, key: str) -> bool:
        """Whether an order of that key is to be sent: not while it is under way."""
        with self._lock:
            known = self._states.get(key)
            if known is not None and known.status == "waiting":
                return False
            self._states[key] = _QUEUED
            return True

    def hear(self, update: Update) -> None:
        """News."""
        with self._lock:
            if update.notice:
                self._notices[update.notice] = None
            if update.key in self._states:
                self._states[update.key] = update.state
                if update.made is not None:
                    self.made[update.key] = update.made

    def forget(self, key: str) -> bool:
        """Whether that order was under way; it is not asked after any more."""
        with self._lock:
            known = self._states.pop(key, None)
            return known is not None and known.status == "waiting"

    def state(self, key: str) -> JobState:
        """Where an order stands.

        Raises:
            ProviderError: It was never given.
        """
        with self._lock:
            found = self._states.get(key)
        if found is None:
            raise ProviderError(f"order {key} is not known", provider="farm")
        return found

    def notices(self) -> tuple[str, ...]:
        """What a person should know, once each."""
        with self._lock:
            return tuple(self._notices)


def interrupt() -> None:
    """Stop this process as Ctrl-C would."""
    os.kill(os.getpid(), signal.SIGINT)


class Line:
    """The farm as a film sees it, over a connection to the pool.

    Args:
        name: Of the film.
        sources: Those whose clips the workers make.
        environment: Says where the pool is.
        said: Called with what whoever runs the film says to it.
        gone: Called once the pool is gone.
    """

    def __init__(
        self,
        name: str,
        sources: Collection[str],
        environment: Mapping[str, str] = os.environ,
        *,
        said: Callable[[Mapping[str, JsonValue]], None] = lambda _: None,
        gone: Callable[[], None] = lambda: None,
    ) -> None:
        self._sources = frozenset(sources)
        self._standings = Standings()
        self._said, self._on_gone = said, gone
        self._gone = self._closed = False
        self._wire = Wire.to_pool(Hello(role="film", name=name), environment)
        self._thread = Thread(target=self._listen, name=f"songreel-{name}", daemon=True)
        self._thread.start()

    def takes(self, source: str) -> bool:
        """Whether the workers make clips of `source`."""
        return source in self._sources

    def order(self, order: ClipOrder) -> None:
        """Have a clip made."""
        if self._standings.begin(order.key):
            self._send(Ordered(order=order))

    def state(self, key: str) -> JobState:
        """Where an order stands, as last heard."""
        found = self._standings.state(key)
        if self._gone and found.status == "waiting":
            raise MachineError(GONE)
        return found

    def cancel(self, key: str) -> None:
        """A clip is not wanted any more."""
        if self._standings.forget(key) and not self._gone:
            self._send(Withdrawn(key=key))

    def notices(self) -> Sequence[str]:
        """What happened to this film's clips."""
        return self._standings.notices()

    def made(self) -> tuple[Made, ...]:
        """The clips that this film was given, by whom each was made."""
        return tuple(self._standings.made.values())

    def say(self, body: Mapping[str, JsonValue]) -> None:
        """Something for whoever runs the film."""
        self._send(Said(body=body))

    def close(self) -> None:
        """Hang up; the pool withdraws what is still under way."""
        self._closed = True
        self._wire.hang_up()

    def _send(self, message: Ordered | Withdrawn | Said) -> None:
        try:
            self._wire.send(message)
        except OSError as error:
            raise MachineError(GONE) from error

    def _listen(self) -> None:
        while True:
            try:
                message = self._wire.read()
            except (EOFError, OSError):
                break
            if isinstance(message, News):
                self._standings.hear(message.update)
            elif isinstance(message, Said):
                self._said(message.body)
        self._gone = True
        self._wire.close()
        if not self._closed:
            self._on_gone()
