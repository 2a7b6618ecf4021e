"""What a transition is to the film, and which there are: `Blend`, `find`."""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol

from songreel.assembly.pictures import Picture
from songreel.models.effect import Setting
from songreel.models.errors import InvalidInput
from songreel.models.transition import Kind

GROUP = "songreel.transitions"
"""Entry points of other packages: a class each, made with the settings as keywords."""

OWN = {
    "crossfade": "songreel.assembly.transitions.crossfade:Crossfade",
    "dip": "songreel.assembly.transitions.dip:Dip",
    "luma wipe": "songreel.assembly.transitions.wipe:LumaWipe",
    "whip": "songreel.assembly.transitions.whip:Whip",
    "zoom blur": "songreel.assembly.transitions.zoomblur:ZoomBlur",
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


def find(kind: Kind, settings: Mapping[str, Setting]) -> Blend:
    """The transition called `kind`, made with `settings`.

    Raises:
        InvalidInput: There is none of that name, or it has no such setting.
    """
    if kind in OWN:
        module, _, name = OWN[kind].partition(":")
        maker = getattr(import_module(module), name)
    else:
        points = {point.name: point for point in entry_points(group=GROUP)}
        if kind not in points:
            known = ", ".join(sorted({"cut", "flash", *OWN, *points}))
            raise InvalidInput(f"no transition is called {str(kind)!r}; known: {known}")
        maker = points[kind].load()
    try:
        made: Blend = maker(**settings)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"transition {kind}: {error}; correct its settings") from error
    return made
