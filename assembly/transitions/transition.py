"""What a transition is to the film, and which there are: `Blend`, `find`."""

from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol

from songreel.assembly.pictures import Picture
from songreel.models.errors import InvalidInput
from songreel.models.transition import Kind

GROUP = "songreel.transitions"
"""Entry points of other packages: a class each, made without arguments."""

OWN = {
    "crossfade": "songreel.assembly.transitions.crossfade:Crossfade",
    "dip": "songreel.assembly.transitions.dip:Dip",
}
"""What comes with songreel: module and class by name. These names are taken."""


class Blend(Protocol):
    """A transition that takes frames on both sides of the cut."""

    def mix(self, old: Picture | None, new: Picture | None, i: int, n: int) -> Picture:
        """Picture `i` of `n`; the cut is at `n // 2`.

        Args:
            old: The shot that goes; None where it is not seen: from the cut on in transitions that
                do not overlap, and where the film begins with this one.
            new: The shot that comes; None before the cut in transitions that do not overlap.
            i: From 0.
            n: Length in frames.
        """
        ...


def find(kind: Kind) -> Blend:
    """The transition called `kind`.

    Raises:
        InvalidInput: There is none of that name.
    """
    if kind in OWN:
        module, _, name = OWN[kind].partition(":")
        own: Blend = getattr(import_module(module), name)()
        return own
    for point in entry_points(group=GROUP):
        if point.name == kind:
            made: Blend = point.load()()
            return made
    known = ", ".join(sorted({*OWN, *(point.name for point in entry_points(group=GROUP))}))
    raise InvalidInput(f"no transition is called {kind!r}; known: cut, flash, {known}")
