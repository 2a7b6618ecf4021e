"""What a farm's workers have done, and which of them are given up: `Roster`."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from songreel.generation.farm.dispatch import Dispatch
from songreel.generation.farm.order import Made

STILLBORN = 3
"""Times in a row that a worker may end without a clip before its place is given up."""


class Work(NamedTuple):
    """What a farm's workers have done."""

    made: Mapping[str, int]
    """Clips by worker."""
    making: float
    """Seconds that they were at them, added up."""
    handing: float
    """Seconds between a worker's being given a clip and its being known as done, beyond those."""
    notices: tuple[str, ...] = ()
    """What happened to them that a person should know."""


@dataclass
class _Record:
    """Of one worker's place, whoever was in it."""

    made: int = 0
    stillborn: int = 0
    given_up: bool = False


class Roster:
    """Keeps the books of workers, whatever they are, and tells `dispatch` what becomes of them.

    Args:
        dispatch: Gives out the orders.
    """

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        self._records: dict[str, _Record] = {}
        self._given: dict[tuple[str, str], float] = {}
        """When a worker was given an order."""
        self._notices: list[str] = []
        self._making = self._handing = 0.0

    def enrol(self, name: str, takes: Collection[str] | None) -> None:
        """A worker is being started, for the first time or again."""
        self._records.setdefault(name, _Record())
        self._dispatch.enrol(name, takes)

    def given(self, name: str, key: str) -> None:
        """It gets an order."""
        self._given[name, key] = time.perf_counter()

    def made(self, name: str, made: Made, path: Path) -> None:
        """It has made a clip, which is kept."""
        record, given = self._records[name], self._given.pop((name, made.key), None)
        record.stillborn = 0
        if not made.found:
            record.made += 1
            if given is not None:
                self._making += made.seconds
                self._handing += max(0.0, time.perf_counter() - given - made.seconds)
        self._dispatch.made(name, made, path)

    def failed(self, name: str, key: str, reason: str, *, machine: bool) -> None:
        """It cannot make a clip: nobody can, or (`machine`) its machine cannot."""
        self._records[name].stillborn = 0
        self._given.pop((name, key), None)
        self._dispatch.failed(name, key, reason, machine=machine)

    def ended(self, name: str, why: str) -> bool:
        """It is gone; whether another one is to be started in its place."""
        record = self._records[name]
        self._dispatch.lost(name, why)
        record.stillborn += 1
        if record.stillborn < STILLBORN:
            self._notices.append(f"{name} ended ({why}) and was started again")
            return True
        record.given_up = True
        self._notices.append(
            f"{name} ended {STILLBORN} times without a clip and was given up: {why}"
        )
        self._dispatch.starve()
        if all(each.given_up for each in self._records.values()):
            self._dispatch.close(f"all clip workers have ended; the last: {why}")
        return False

    def work(self) -> Work:
        """What they have done until now."""
        made = {name: record.made for name, record in self._records.items()}
        return Work(made, self._making, self._handing, tuple(self._notices))
