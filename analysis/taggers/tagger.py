"""What a tagger is to songreel, and which there are: `Tagger`, `names`, `find`."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.plugins import Plugins
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


_TAGGERS: Plugins[Tagger] = Plugins("tagger", GROUP, OWN)
names = _TAGGERS.names
find = _TAGGERS.find


def version(name: str) -> str:
    """Version of the package that brings the tagger `name`; empty for one of our own.

    Raises:
        InvalidInput: There is none of that name.
    """
    if name in OWN:
        return ""
    point = _TAGGERS.point(name)
    return point.dist.version if point.dist is not None else ""
