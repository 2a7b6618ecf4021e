"""A film's own farm object in a Ray task: `RayLine`."""

from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

from songreel.generation.farm.dispatch import Update
from songreel.generation.farm.kept import Kept
from songreel.generation.farm.nodes import ray_module
from songreel.generation.farm.order import ClipOrder
from songreel.generation.farm.standings import GONE, Standings
from songreel.models.clip import JobState
from songreel.models.errors import MachineError
from songreel.models.files import sha256_of

BEAT = 2.0
"""Seconds for which the broker holds a question for news when there are none."""


class RayLine(Standings):
    """The farm as a film sees it, by calls to the broker.

    Args:
        name: Of the film.
        place: Films with a smaller one get their clips first.
        sources: Those whose clips the workers make.
        broker: The actor.
    """

    def __init__(self, name: str, place: int, sources: Collection[str], broker: Any) -> None:
        super().__init__(sources)
        self._name, self._broker = name, broker
        self._ray = ray_module()
        store, identity = self._ask(broker.store.remote())
        self._seen = Kept.seen(Path(store), identity)
        self._folder = TemporaryDirectory(prefix="songreel-")
        self._ask(broker.join.remote(name, place))
        self._closed = Event()
        self._thread = Thread(target=self._listen, name=f"songreel-{name}", daemon=True)
        self._thread.start()

    def say(self, body: Mapping[str, Any]) -> None:
        """Something for whoever runs the film."""
        self._broker.say.remote(self._name, dict(body))

    def close(self) -> None:
        """The film orders nothing more."""
        self._closed.set()
        self._broker.leave.remote(self._name)
        self._thread.join(BEAT + 1.0)
        self._folder.cleanup()

    def _give(self, order: ClipOrder) -> None:
        self._broker.order.remote(self._name, order.model_dump_json())

    def _withdraw(self, key: str) -> None:
        self._broker.withdraw.remote(self._name, key)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                for text in self._ray.get(self._broker.news.remote(self._name, BEAT)):
                    self._hear(self._here(Update.model_validate_json(text)))
            except self._ray.exceptions.RayError:
                self._gone = True
                return

    def _here(self, update: Update) -> Update:
        """The update with the clip on this machine's disk."""
        state, made = update.state, update.made
        if made is None or state.status != "done":
            return update
        if self._seen is not None:
            path = self._seen.path(made.sha256)
        else:
            path = Path(self._folder.name) / f"{made.sha256}.mp4"
            try:
                path.write_bytes(self._ray.get(self._broker.clip.remote(made.sha256)))
                whole = sha256_of(path) == made.sha256
            except (OSError, self._ray.exceptions.RayTaskError) as error:
                return _failed(update, f"a clip could not be fetched: {error}")
            if not whole:
                return _failed(update, "a clip came with other bytes than its sha256 says")
        here = state.model_copy(update={"result": str(path)})
        return update.model_copy(update={"state": here})

    def _ask(self, answer: Any) -> Any:
        try:
            return self._ray.get(answer)
        except self._ray.exceptions.RayError as error:
            raise MachineError(GONE) from error


def _failed(update: Update, reason: str) -> Update:
    state = JobState(status="failed", detail=" ".join(reason.split())[:300])
    return update.model_copy(update={"state": state, "made": None})
