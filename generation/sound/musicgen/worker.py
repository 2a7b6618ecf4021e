"""The process that makes music: `python -m songreel.generation.sound.musicgen.worker`.

It connects back to whoever started it, says hello, and does as it is told (`wire`). It ends with
the connection.
"""

import os
import sys
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, NoReturn

from songreel.generation.diffusion.serving import failure, listen
from songreel.generation.diffusion.stopping import Watch
from songreel.generation.diffusion.wire import (
    KEY,
    Cancel,
    Done,
    Failed,
    Hello,
    Notice,
    Progress,
    Ready,
    dial,
)
from songreel.generation.sound.musicgen.wire import ORDERS, Load, Make, Order
from songreel.generation.wire import Wire
from songreel.models.document import Frozen

if TYPE_CHECKING:
    from songreel.generation.sound.musicgen.session import Session


class Worker:
    """One process and the session that it holds."""

    def __init__(self, wire: Wire[Order]) -> None:
        self._wire = wire
        self._orders: SimpleQueue[Load | Make] = SimpleQueue()
        self._cancelled: set[str] = set()
        self._session: Session | None = None

    def run(self) -> None:
        """Work until the connection closes."""
        self._send(Hello(pid=os.getpid()))
        Thread(target=self._listen, name="orders", daemon=True).start()
        while True:
            now = self._orders.get()
            if isinstance(now, Load):
                self._load(now)
            else:
                self._make(now)

    def _listen(self) -> None:
        """Take orders while the main thread works; without a crew the process ends."""
        listen(self._wire, self._take)
        self._leave()

    def _take(self, said: Order) -> None:
        if isinstance(said, Cancel):
            self._cancelled.add(said.id)
        else:
            self._orders.put(said)

    def _send(self, message: Frozen) -> None:
        try:
            self._wire.send(message)
        except OSError:
            self._leave()

    def _leave(self) -> NoReturn:
        """End, as nobody listens any more."""
        os._exit(0)

    def _load(self, told: Load) -> None:
        """Find a place for the model; its weights are loaded with the first piece."""
        from songreel.generation.diffusion.machine import look
        from songreel.generation.sound.musicgen.fit import place
        from songreel.generation.sound.musicgen.session import Session

        try:
            post = place(told.model, look(told.cache), ",".join(told.devices))
            session = Session(
                told.model, post, told.cache, lambda text: self._send(Notice(text=text))
            )
            self._send(Ready(placement=post.dtype, device=session.device))
        except Exception as error:
            self._send(failure("", error, ready=False))
        else:
            self._session = session

    def _make(self, told: Make) -> None:
        session = self._session
        if session is None:
            self._send(Failed(id=told.id, text="no model is loaded", cause="machine"))
            return

        def tell(text: str, share: float, eta: float | None) -> None:
            self._send(Progress(id=told.id, text=text, share=min(share, 1.0), eta=eta))

        try:
            watch = Watch(tell, lambda: told.id in self._cancelled)
            watch.check()
            effort = session.make(told.ask, Path(told.path), watch)
        except Exception as error:
            self._send(failure(told.id, error, ready=session.loaded))
        else:
            self._send(Done(id=told.id, effort=effort))


def main() -> None:
    """Connect, and work."""
    wire = dial(ORDERS)
    os.environ.pop(KEY, None)
    Worker(wire).run()


if __name__ == "__main__":
    main()
    sys.exit(0)
