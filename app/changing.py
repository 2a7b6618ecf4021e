"""Who may change a project's documents: `changing`, a lock that is held for moments only.

Work on a film (`songreel.project.Project.held`) takes minutes, and its folder is one process's for
as long. The documents (`project.json`, `plan.json`, `analysis.json`, `heard.json` and the earlier
plans) are read at its start, so that a person can go on editing while it works: whoever reads them,
changes them and writes them back holds this lock, and lets go at once. Who holds both has taken
the folder first.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from songreel.models.errors import InvalidInput, MachineError

NAME = ".plan.lock"
WAIT = 20.0
"""Seconds after which something is wrong: a change takes a second at most."""

_mine = threading.local()


@contextmanager
def changing(folder: Path, wait: float = WAIT) -> Iterator[None]:
    """Have a project's documents to oneself; a thread that has them already goes on.

    Args:
        folder: The project's.
        wait: Seconds.

    Raises:
        InvalidInput: Somebody else has had them all the time, or the folder is not there any more.
        MachineError: The folder cannot be written.
    """
    taken: set[Path] = _mine.__dict__.setdefault("taken", set())
    place = folder.resolve()
    if place in taken:
        yield
        return
    there(folder)  # the lock would make it
    lock = FileLock(folder / NAME)
    try:
        lock.acquire(timeout=wait, poll_interval=0.01)
    except Timeout as error:
        raise InvalidInput(
            f"another songreel has been changing the plan of {folder} for {wait:g} s; "
            "try again, or stop it"
        ) from error
    except OSError as error:
        raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
    taken.add(place)
    try:
        yield
    finally:
        taken.discard(place)
        lock.release()


def there(folder: Path) -> None:
    """Have no work begin in a folder that was moved away: its remains would be made there.

    Raises:
        InvalidInput: It is not there.
    """
    if not folder.is_dir():
        raise InvalidInput(
            f"{folder} is not there any more; where it was moved, `songreel workspace add DIR` "
            "tells where it lies now"
        )
