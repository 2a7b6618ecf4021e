"""A film's own farm object: a line to the pool. `Line`."""

import os
import signal
from collections.abc import Callable, Collection, Mapping
from threading import Thread

from pydantic import JsonValue

from songreel.generation.farm.order import ClipOrder
from songreel.generation.farm.standings import GONE, Standings
from songreel.generation.farm.wire import Hello, News, Ordered, Said, Withdrawn, to_pool
from songreel.models.errors import MachineError


def interrupt() -> None:
    """Stop this process as Ctrl-C would."""
    os.kill(os.getpid(), signal.SIGINT)


class Line(Standings):
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
        super().__init__(sources)
        self._said, self._on_gone = said, gone
        self._closed = False
        self._wire = to_pool(Hello(role="film", name=name), environment)
        self._thread = Thread(target=self._listen, name=f"songreel-{name}", daemon=True)
        self._thread.start()

    def say(self, body: Mapping[str, JsonValue]) -> None:
        """Something for whoever runs the film."""
        self._send(Said(body=body))

    def close(self) -> None:
        """Hang up; the pool withdraws what is still under way."""
        self._closed = True
        self._wire.hang_up()

    def _give(self, order: ClipOrder) -> None:
        self._send(Ordered(order=order))

    def _withdraw(self, key: str) -> None:
        self._send(Withdrawn(key=key))

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
                self._hear(message.update)
            elif isinstance(message, Said):
                self._said(message.body)
        self._gone = True
        self._wire.close()
        if not self._closed:
            self._on_gone()
