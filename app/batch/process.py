"""The process of one film: `python -m songreel.batch.process`, its task on stdin."""

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress

from pydantic import JsonValue

from songreel.batch.attempt import attempt
from songreel.batch.film import Task
from songreel.batch.say import Event
from songreel.generation.farm.line import Line, interrupt
from songreel.models.errors import MachineError

STOP: Mapping[str, JsonValue] = {"kind": "stop"}
"""What the batch says to a film that is to end."""


def main() -> None:
    """Make the film, and say how it ended; end at once where the batch is gone."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    task = Task.model_validate_json(sys.stdin.buffer.read())
    line = Line(task.name, task.sources, said=_hear, gone=interrupt)

    def tell(event: Event) -> None:
        line.say(event.body())

    status = 0
    try:
        tell(attempt(task, line, line.made, tell))
    except KeyboardInterrupt:
        status = 130
        with suppress(MachineError):  # the batch may be gone: then nobody is there to be told
            tell(Event(kind="interrupted"))
    finally:
        line.close()
        sys.stderr.flush()
        os._exit(status)  # an interrupt may strike twice; see `songreel.cli.main`


def _hear(body: Mapping[str, JsonValue]) -> None:
    if body == STOP:
        interrupt()


if __name__ == "__main__":
    main()
