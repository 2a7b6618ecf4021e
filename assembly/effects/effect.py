"""What an effect is to the film, and which there are: `Effect`, `find`, `Chain`."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Protocol

from songreel.assembly.effects import by_moviepy
from songreel.assembly.effects.warp import Move, Warp, moved
from songreel.assembly.makers import Makers
from songreel.assembly.pictures import Picture
from songreel.models.effect import RING, Beat, PlacedEffect, Setting

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
    "palette": "songreel.assembly.effects.palette:TowardsPalette",
    "duotone": "songreel.assembly.effects.palette:InDuotone",
    "vignette": "songreel.assembly.effects.vignette:Vignette",
    "letterbox": "songreel.assembly.effects.letterbox:Letterbox",
    "grain": "songreel.assembly.effects.grain:Grain",
    "fade": "songreel.assembly.effects.fade:Fade",
}
"""What comes with songreel: module and class by name. These names are taken."""


class Effect(Protocol):
    """Changes pictures one by one. The same picture at the same beat gives the same picture.

    One of your own is a class in one file, its settings the keywords it is made with
    (`examples/negative_effect.py`). It may be called from several threads and for any stretch of
    the film first, so it keeps nothing from frame to frame. Three things it may tell:

    - `moved_by`, "hits" or "level": what it can be put on. Without it, anything.
    - `idle(beat)`: whether the picture is left as it is there. Without it every picture counts as
      changed, and none is copied from a clip as it is.
    - `swings(strength)`: how often one hit changes the light of a picture that suits it worst (see
      `songreel.assembly.effects.safety`). Without it four are taken, and hits are left out so that
      even then nothing flashes.
    """

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """`picture`, or a new one; the one given is never written to."""
        ...


_EFFECTS: Makers[Effect] = Makers("effect", GROUP, OWN)
names = _EFFECTS.names


def maker_of(name: str) -> Callable[..., Effect]:
    """The class of the effect called `name`.

    Raises:
        InvalidInput: There is none of that name, or its package does not load.
    """
    if name.startswith(by_moviepy.PREFIX):
        return by_moviepy.maker_of(name)
    return _EFFECTS.of(name)


def find(name: str, settings: Mapping[str, Setting]) -> Effect:
    """The effect called `name`, made with `settings`.

    Raises:
        InvalidInput: There is none of that name, or it has no such setting.
    """
    return _EFFECTS.made(name, maker_of(name), settings)


class Chain:
    """Several effects on one stretch of film, in order.

    Neighbours that only move the picture, each telling how by a method `move`
    (`songreel.assembly.effects.warp.Warp`), are carried out as one.
    """

    def __init__(self, placed: Sequence[PlacedEffect], rate: Fraction) -> None:
        self._rate = float(rate)
        self._effects = [(one, find(one.effect, one.settings)) for one in placed if one.strength]

    def __bool__(self) -> bool:
        return bool(self._effects)

    def idle(self, frame: int) -> bool:
        """Whether nothing is changed at `frame`, counted as the placed effects count."""
        for placed, effect in self._effects:
            idle = getattr(effect, "idle", None)
            if idle is None or not idle(Beat(placed, frame, self._rate)):
                return False
        return True

    def picture(self, picture: Picture, frame: int) -> Picture:
        """`picture` at `frame`, counted as the placed effects count."""
        move = Move()
        for placed, effect in self._effects:
            beat = Beat(placed, frame, self._rate)
            if isinstance(effect, Warp):
                move = effect.move(beat).after(move)
                continue
            picture = effect.picture(moved(picture, move), beat)
            move = Move()
        return moved(picture, move)


def ring_frames(rate: Fraction) -> int:
    """`RING` in whole frames."""
    return ceil(RING * rate)
