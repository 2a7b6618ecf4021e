"""What a transition is to the film, and which there are: `Blend`, `find`."""

from collections.abc import Mapping
from typing import Protocol

from songreel.assembly.makers import Makers
from songreel.assembly.pictures import Picture
from songreel.models.effect import Setting
from songreel.models.transition import AT_ONCE, Kind

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


_TRANSITIONS: Makers[Blend] = Makers("transition", GROUP, OWN, plain=AT_ONCE)
names = _TRANSITIONS.names


def find(kind: Kind, settings: Mapping[str, Setting]) -> Blend:
    """The transition called `kind`, made with `settings`.

    Raises:
        InvalidInput: There is none of that name, its package does not load, or it has no such
            setting.
    """
    return _TRANSITIONS.made(kind, _TRANSITIONS.of(kind), settings)
