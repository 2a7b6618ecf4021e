"""A Ray actor that holds one loaded model: `RayWorker`. Each of its tasks is one clip."""

from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

from songreel.generation.farm.kept import Kept
from songreel.generation.farm.order import ClipOrder, Made
from songreel.generation.farm.worker import ClipWorker
from songreel.models.clip import JobState
from songreel.models.errors import MachineError, SongreelError

AT_ONCE = 16
"""Calls that one actor takes at a time: clips under way, and words to stop."""


class Result(NamedTuple):
    """How the task of one clip ended."""

    made: Made | None = None
    data: bytes | None = None
    """The clip, where the one who ordered it does not see the disk that it lies on."""
    reason: str = ""
    """Why there is none."""
    machine: bool = False
    """Not there; elsewhere it may."""


class RayWorker:
    """Makes clips, keeps them on its machine's disk, and sends their bytes where need be.

    Args:
        name: Told in the clips' records.
        broker: The actor that gives orders; told of progress.
        store: Folder of the broker's store of clips, as the broker's machine sees it.
        identity: Of that store; the same on this machine's disk is a shared disk.
        workspace: Folder of caches on this machine.
    """

    def __init__(self, name: str, broker: Any, store: str, identity: str, workspace: str) -> None:
        self._name, self._broker = name, broker
        seen = Kept.seen(Path(store), identity)
        self._shared = seen is not None
        kept = seen or Kept(Path(workspace) / "kept")
        self._worker = ClipWorker(name, kept, Path(workspace))
        self._stops: dict[str, Event] = {}

    def hello(self) -> bool:
        """It is there; whether it sees the broker's disk."""
        return self._shared

    def make(self, text: str) -> Result:
        """The clip of an order, given as JSON."""
        order = ClipOrder.model_validate_json(text)
        stop = self._stops[order.key] = Event()

        def told(state: JobState) -> None:
            self._broker.progress.remote(self._name, order.key, state.model_dump_json())

        def opened(count: int) -> None:
            self._broker.slots.remote(self._name, count)

        try:
            made, path = self._worker.make(order, told, stop, opened)
            return Result(made, None if self._shared else path.read_bytes())
        except SongreelError as error:
            return Result(reason=str(error), machine=isinstance(error, MachineError))
        except Exception as error:
            # Whatever a source does, the film goes on; the reason is told with it.
            return Result(reason=f"{type(error).__name__}: {error}")
        finally:
            self._stops.pop(order.key, None)

    def stop(self, key: str) -> None:
        """That clip is not wanted any more."""
        if key in self._stops:
            self._stops[key].set()

    def close(self) -> None:
        """Let go of the model."""
        self._worker.close()
