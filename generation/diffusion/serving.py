"""What every worker does on its side of the line: `listen`, `failure`."""

import os
import traceback
from collections.abc import Callable

from songreel.generation.diffusion.stopping import Stopped
from songreel.generation.diffusion.wire import Failed
from songreel.generation.wire import Heard, Wire
from songreel.models.errors import InvalidInput, MachineError, SongreelError

_LOOK = 1.0
"""Seconds between two looks at whether whoever started this process is still there."""


def listen(wire: Wire[Heard], take: Callable[[Heard], None]) -> None:
    """Hand orders on as they come, until the crew is gone: then it returns.

    Args:
        wire: To the crew.
        take: Called with each order, in this thread.
    """
    parent = os.getppid()
    try:
        while True:
            if wire.waiting(_LOOK):
                take(wire.read())
            elif os.getppid() != parent:
                return
    except (EOFError, OSError):
        return


def failure(ident: str, error: BaseException, *, ready: bool) -> Failed:
    """Why nothing comes of an order; what nobody can act on is written to stderr as it is.

    Args:
        ident: Of the order; empty where the worker can make nothing at all.
        error: What happened.
        ready: Whether the model's weights are there: if not, others fare no better.
    """
    if isinstance(error, Stopped):
        return Failed(id=ident, text="cancelled", cause="cancelled")
    known = isinstance(error, SongreelError)
    if not known:
        traceback.print_exception(error)
    text = str(error) if known else f"{type(error).__name__}: {error}"
    if isinstance(error, InvalidInput) and not ready:
        return Failed(id=ident, text=text, cause="input")
    if isinstance(error, MachineError) or (known and not ready):
        return Failed(id=ident, text=text, cause="machine")
    return Failed(id=ident, text=text, cause="clip")
