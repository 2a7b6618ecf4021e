"""What an effect is to the film, and which there are: `Effect`, `find`, `Chain`."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib import import_module
from importlib.metadata import entry_points
from math import ceil
from typing import Protocol

from songreel.assembly.pictures import Picture
from songreel.models.effect import RING, Beat, PlacedEffect, Setting
from songreel.models.errors import InvalidInput

GROUP = "songreel.effects"
"""Entry points of other packages: a class each, made with the settings as keywords."""

OWN = {
    "punch-in": "songreel.assembly.effects.punch_in:PunchIn",
    "push": "songreel.assembly.effects.push:Push",
    "shake": "songreel.assembly.effects.shake:Shake",
    "zoom blur": "songreel.assembly.effects.zoom_blur:ZoomBlur",
    "rgb split": "songreel.assembly.effects.rgb_split:RgbSplit",
    "flash": "songreel.assembly.effects.flash:Flash",
    "pulse": "songreel.assembly.effects.pulse:Pulse",
    "grade": "songreel.assembly.effects.grade:Grade",
    "vignette": "songreel.assembly.effects.vignette:Vignette",
    "letterbox": "songreel.assembly.effects.letterbox:Letterbox",
    "grain": "songreel.assembly.effects.grain:Grain",
}
"""What comes with songreel: module and class by name. These names are taken."""


class Effect(Protocol):
    """Changes pictures one by one. The same picture at the same beat gives the same picture."""

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """`picture`, or a new one; the one given is never written to."""
        ...


def find(name: str, settings: Mapping[str, Setting]) -> Effect:
    """The effect called `name`, made with `settings`.

    Raises:
        InvalidInput: There is none of that name, or it has no such setting.
    """
    if name in OWN:
        module, _, kind = OWN[name].partition(":")
        maker = getattr(import_module(module), kind)
    else:
        points = {point.name: point for point in entry_points(group=GROUP)}
        if name not in points:
            known = ", ".join(sorted({*OWN, *points}))
            raise InvalidInput(f"no effect is called {name!r}; known: {known}")
        maker = points[name].load()
    try:
        made: Effect = maker(**settings)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"effect {name}: {error}; correct its settings") from error
    return made


class Chain:
    """Several effects on one stretch of film, in order."""

    def __init__(self, placed: Sequence[PlacedEffect], rate: Fraction) -> None:
        self._rate = float(rate)
        self._effects = [(one, find(one.effect, one.settings)) for one in placed if one.strength]

    def __bool__(self) -> bool:
        return bool(self._effects)

    def picture(self, picture: Picture, frame: int) -> Picture:
        """`picture` at `frame`, counted as the placed effects count."""
        for placed, effect in self._effects:
            picture = effect.picture(picture, Beat(placed, frame, self._rate))
        return picture


def ring_frames(rate: Fraction) -> int:
    """`RING` in whole frames."""
    return ceil(RING * rate)
