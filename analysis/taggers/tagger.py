"""What a tagger is to songreel, and which there are: `Tagger`, `names`, `find`."""

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from songreel.models.errors import InvalidInput, MachineError, SongreelError
from songreel.models.music import Tag

GROUP = "songreel.taggers"
OWN = {"clap": "songreel.analysis.taggers.clap:Clap"}
"""What comes with songreel: module and class. These names are taken."""


class Tagger(Protocol):
    """Something that hears words in a song."""

    @property
    def name(self) -> str:
        """By which it is chosen."""
        ...

    @property
    def install(self) -> str:
        """The command that brings it."""
        ...

    def available(self) -> bool:
        """Whether it is installed. Imports nothing heavy."""
        ...

    def tag(self, mono: NDArray[np.float32]) -> tuple[Tag, ...]:
        """Words for `mono` (at `ANALYSIS_RATE`), the surest first; none for silence.

        Raises:
            MachineError: It does not work on this machine: its weights are not to be had, say.
        """
        ...


def names() -> tuple[str, ...]:
    """Names of all taggers, whether or not what they need is installed."""
    return (*OWN, *sorted({point.name for point in entry_points(group=GROUP)} - set(OWN)))


def find(name: str) -> Tagger:
    """The tagger `name`, ready to listen.

    Raises:
        InvalidInput: There is none of that name, or it is not installed.
        MachineError: The package that brings it is broken.
    """
    tagger = _look_up(name)
    if not tagger.available():
        raise InvalidInput(f"the tagger {name} is not installed; get it with `{tagger.install}`")
    return tagger


def version(name: str) -> str:
    """Version of the package that brings the tagger `name`; empty for one of our own.

    Raises:
        InvalidInput: There is none of that name.
    """
    if name in OWN:
        return ""
    point = _point(name)
    return point.dist.version if point.dist is not None else ""


def _look_up(name: str) -> Tagger:
    if name in OWN:
        module, _, kind = OWN[name].partition(":")
        own: Tagger = getattr(import_module(module), kind)()
        return own
    return _made(_point(name))


def _point(name: str) -> EntryPoint:
    for point in entry_points(group=GROUP):
        if point.name == name:
            return point
    raise InvalidInput(f"no tagger is called {name!r}; known: {', '.join(names())}")


def _made(point: EntryPoint) -> Tagger:
    try:
        made: Tagger = point.load()()
        made.available()
    except SongreelError:
        raise
    except Exception as error:
        raise MachineError(
            f"the tagger {point.name!r} of {point.value} is broken: "
            f"{type(error).__name__}: {error}; update or remove its package"
        ) from error
    return made
