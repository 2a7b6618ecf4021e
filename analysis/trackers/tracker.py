"""What a beat tracker is to songreel: `Tracker`, `Licence`, and what one heard, `Heard`."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.features import Features
from songreel.analysis.rhythm import Rhythm


@dataclass(frozen=True)
class Licence:
    """Under which licences a tracker may be used."""

    code: str
    weights: str | None = None
    """Of the trained numbers it uses; None where it has none."""
    commercial: bool = True
    """Whether the licence of the weights allows commercial use."""

    def __str__(self) -> str:
        return self.code if self.weights is None else f"{self.code}, weights {self.weights}"


@dataclass(frozen=True)
class Heard:
    """Beats as a library gives them, before anything of ours."""

    beats: NDArray[np.float64]
    """Shape (n,), seconds from the track's start."""
    downbeats: NDArray[np.int64] | None = None
    """Index into `beats` of each bar's first; None for a library that knows of no bars."""


class Tracker(Protocol):
    """Something that finds the beats of a song."""

    @property
    def name(self) -> str:
        """By which it is chosen."""
        ...

    @property
    def licence(self) -> Licence:
        """Of its code and its weights."""
        ...

    @property
    def install(self) -> str:
        """The command that brings it."""
        ...

    @property
    def hears_bars(self) -> bool:
        """Whether bars are its own, not derived from its beats by `find_bars`."""
        ...

    def available(self) -> bool:
        """Whether it is installed. Imports nothing heavy."""
        ...

    def version(self) -> str:
        """What changes when it may hear otherwise. Imports nothing heavy."""
        ...

    def track(self, mono: NDArray[np.float32], features: Features) -> Rhythm:
        """The rhythm of `mono` (at `ANALYSIS_RATE`, from the track's start) with its `features`.

        Raises:
            MachineError: It is not installed, or does not work on this machine.
        """
        ...


def installed(*modules: str) -> bool:
    """Whether all these top-level modules can be imported, without importing them."""
    return all(find_spec(module) is not None for module in modules)


def version_of(package: str) -> str:
    """Version of an installed package, `0` where it is not."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "0"


def notice(tracker: Tracker) -> str | None:
    """What a user must be told of the licence, in a sentence; None where nothing binds him."""
    licence = tracker.licence
    if licence.commercial:
        return None
    return (
        f"beats are heard by {tracker.name}, whose weights are under {licence.weights}: "
        "not for commercial use"
    )
