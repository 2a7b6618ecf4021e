"""How long work says where it stands."""

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with what is being done, in a few words, and how much of it is done, 0 to 1.

It may be called from any thread, and may raise to stop the work (KeyboardInterrupt does).
"""


def silent(what: str, done: float) -> None:
    """Say nothing."""
