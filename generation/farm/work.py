"""The process of one clip worker: `python -m songreel.generation.farm.work NAME KEPT CACHE`."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from songreel.generation.farm.kept import Kept
from songreel.generation.farm.order import ClipOrder
from songreel.generation.farm.wire import (
    Failed,
    Finished,
    Hello,
    Message,
    Ordered,
    Progress,
    Slots,
    Withdrawn,
    to_pool,
)
from songreel.generation.farm.worker import ClipWorker
from songreel.generation.wire import Wire
from songreel.models.errors import MachineError, SongreelError


class Work:
    """Makes what the pool orders until the pool is gone.

    Args:
        wire: To the pool.
        worker: Who makes the clips.
    """

    def __init__(self, wire: Wire[Message], worker: ClipWorker) -> None:
        self._wire, self._worker = wire, worker
        # The pool never orders more than the slots it was told of: threads are made when needed.
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="songreel-clip")
        self._stops: dict[str, Event] = {}

    def run(self) -> None:
        """Read orders until the connection closes."""
        while True:
            try:
                message = self._wire.read()
            except (EOFError, OSError):
                return
            if isinstance(message, Ordered):
                stop = self._stops[message.order.key] = Event()
                self._threads.submit(self._make, message.order, stop)
            elif isinstance(message, Withdrawn) and message.key in self._stops:
                self._stops[message.key].set()

    def _make(self, order: ClipOrder, stop: Event) -> None:
        key = order.key
        answer: Finished | Failed
        try:
            made, _ = self._worker.make(
                order,
                lambda state: self._wire.send(Progress(key=key, state=state)),
                stop,
                lambda count: self._wire.send(Slots(count=count)),
            )
            answer = Finished(made=made)
        except SongreelError as error:
            here = isinstance(error, MachineError)
            answer = Failed(key=key, reason=str(error), machine=here)
        except OSError:
            return  # the pool is gone
        except Exception as error:
            # Whatever a source does, the film goes on; the reason is told with it.
            text = f"{type(error).__name__}: {error}"
            answer = Failed(key=key, reason=text, machine=False)
        self._stops.pop(key, None)
        try:
            self._wire.send(answer)
        except OSError:
            return


def main() -> None:
    """Work, and end as soon as the pool is gone: whatever is under way then is nobody's."""
    name, kept, cache = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C means the pool, which says when to end
    wire = to_pool(Hello(role="worker", name=name))
    worker = ClipWorker(name, Kept(Path(kept)), Path(cache) if cache else None)
    try:
        Work(wire, worker).run()
    finally:
        worker.close()
        os._exit(0)  # threads of clips nobody wants are not waited for


if __name__ == "__main__":
    main()
