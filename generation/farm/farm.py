"""Where clips are ordered and who makes them is somebody else's affair: `Farm`."""

from collections.abc import Sequence
from typing import Protocol

from songreel.generation.farm.order import ClipOrder
from songreel.models.clip import JobState


class Farm(Protocol):
    """Workers that make clips for many films; each film's process has a farm object of its own.

    No method waits for a clip.
    """

    def takes(self, source: str) -> bool:
        """Whether clips of this source are made by the workers, not by the film's own process."""
        ...

    def order(self, order: ClipOrder) -> None:
        """Have a clip made; ordering it again while it is under way changes nothing.

        Raises:
            MachineError: There is nobody left to take orders.
        """
        ...

    def state(self, key: str) -> JobState:
        """Where the order `key` stands; `done` carries the path of a file that stays the farm's.

        Raises:
            MachineError: There is nobody left who could say.
            ProviderError: No such order was given.
        """
        ...

    def cancel(self, key: str) -> None:
        """The clip is not wanted any more by this film; unknown ones are no matter."""
        ...

    def notices(self) -> Sequence[str]:
        """What happened to this film's clips that a person should know, a sentence each."""
        ...

    def close(self) -> None:
        """This film orders nothing more; what it still waits for is not wanted."""
        ...
