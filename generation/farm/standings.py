"""A film's orders, as far as it has heard of them: `Standings`."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from threading import Lock

from songreel.generation.farm.dispatch import QUEUED, Update
from songreel.generation.farm.order import ClipOrder, Made
from songreel.models.clip import JobState
from songreel.models.errors import MachineError, ProviderError

GONE = "the batch that this film belongs to has ended"


class Standings(ABC):
    """The farm as a film sees it; how orders and news travel is for those who inherit.

    Written by the thread that hears, read by whoever polls.

    Args:
        sources: Those whose clips the workers make.
    """

    def __init__(self, sources: Collection[str]) -> None:
        self._sources = frozenset(sources)
        self._lock = Lock()
        self._states: dict[str, JobState] = {}
        self._notices: dict[str, None] = {}
        self._made: dict[str, Made] = {}
        self._gone = False
        """Whether nothing will be heard any more."""

    @abstractmethod
    def _give(self, order: ClipOrder) -> None:
        """Send an order."""

    @abstractmethod
    def _withdraw(self, key: str) -> None:
        """Send that an order is not wanted any more."""

    def takes(self, source: str) -> bool:
        """Whether the workers make clips of `source`."""
        return source in self._sources

    def order(self, order: ClipOrder) -> None:
        """Have a clip made, unless it is under way.

        Raises:
            MachineError: There is nobody left to take orders.
        """
        if self._gone:
            raise MachineError(GONE)
        with self._lock:
            known = self._states.get(order.key)
            if known is not None and known.status == "waiting":
                return
            self._states[order.key] = QUEUED
        self._give(order)

    def state(self, key: str) -> JobState:
        """Where an order stands, as last heard.

        Raises:
            MachineError: There is nobody left who could say.
            ProviderError: It was never given.
        """
        with self._lock:
            found = self._states.get(key)
        if found is None:
            raise ProviderError(f"order {key} is not known", provider="farm")
        if self._gone and found.status == "waiting":
            raise MachineError(GONE)
        return found

    def cancel(self, key: str) -> None:
        """A clip is not wanted any more."""
        with self._lock:
            known = self._states.pop(key, None)
        if known is not None and known.status == "waiting" and not self._gone:
            self._withdraw(key)

    def notices(self) -> Sequence[str]:
        """What happened to this film's clips, once each."""
        with self._lock:
            return tuple(self._notices)

    def made(self) -> tuple[Made, ...]:
        """The clips that this film was given, by whom each was made."""
        return tuple(self._made.values())

    def _hear(self, update: Update) -> None:
        """News."""
        with self._lock:
            if update.notice:
                self._notices[update.notice] = None
            if update.key in self._states:
                self._states[update.key] = update.state
                if update.made is not None:
                    self._made[update.key] = update.made
