"""Who makes the films of a batch: `Engine`."""

from typing import Protocol

from songreel.batch.film import Task
from songreel.batch.say import Event
from songreel.generation.farm.roster import Work


class Engine(Protocol):
    """Films run side by side; news of them come as events."""

    slots: int
    """Films that are made at a time."""

    def start(self, task: Task, place: int) -> None:
        """Begin with a film; those with a smaller `place` get their clips first."""
        ...

    def events(self, seconds: float) -> list[tuple[str, Event]]:
        """News by film, as they come; none after `seconds`."""
        ...

    def stop(self) -> list[tuple[str, Event]]:
        """Have all films end where they are, and wait for them; their last events."""
        ...

    def work(self) -> Work:
        """What the workers have done in this run."""
        ...

    def notices(self) -> tuple[str, ...]:
        """What happened to workers that a person should know."""
        ...

    def close(self) -> None:
        """End everything."""
        ...
