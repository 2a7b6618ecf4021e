"""What a scene must keep to: `lacking` of its class, `Watched` for what it draws."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Drives, Scene, Setting
from songreel.generation.visuals.stage import Stage
from songreel.models.errors import InvalidInput

GROUP = "songreel.scenes"
"""Entry points under which other packages offer scenes."""


_ROUNDING = 1e-3
"""Light below nothing that sums of float32 and cubic enlarging leave: it is taken off, not told."""


def brought_by(point: EntryPoint) -> str:
    """The package that offers a scene, as a person may look it up: "lanterns 0.1"."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value


def lacking(scene: object) -> str:
    """What keeps `scene` from being one, a clause; empty where nothing does."""
    if not (isinstance(scene, type) and issubclass(scene, Scene)):
        return "it is not a class derived from songreel.generation.visuals.scene.Scene"
    texts = {name: getattr(scene, name, None) for name in ("name", "about")}
    for name, text in texts.items():
        if not (isinstance(text, str) and text):
            return f"its `{name}` is not a text"
    words: object = getattr(scene, "words", None)
    if not (isinstance(words, tuple) and all(isinstance(word, str) for word in words)):
        return "its `words` is not a tuple of words"
    if not isinstance(getattr(scene, "drives", None), Drives):
        return "its `drives` does not say what kick, snare, hat, bass, melody and build each do"
    if not 0.05 <= scene.scale <= 1:
        return f"its `scale` of {scene.scale!r} is not between 0.05 and 1"
    mood: object = getattr(scene, "mood", None)
    if not (isinstance(mood, tuple) and len(mood) == 2 and all(_is_level(one) for one in mood)):
        return f"its `mood` of {mood!r} is not valence and arousal, each from -1 to 1"
    return _settings_lack(scene.settings)


def _is_level(value: object) -> bool:
    return isinstance(value, int | float) and -1 <= value <= 1


def _settings_lack(settings: Sequence[Setting]) -> str:
    for setting in settings:
        if len(setting.options) < 2:
            return f"its setting {setting.name!r} offers less than two options"
    return ""


class Watched:
    """A scene with an eye on what it draws, so that a faulty one is told of and not shown.

    Looking costs 0.06 ms a frame of 640 × 360 on one core, where a soft scene takes 6 ms.
    """

    def __init__(self, scene_type: type[Scene], stage: Stage) -> None:
        """Make the scene.

        Raises:
            InvalidInput: It cannot be made.
        """
        self._type = scene_type
        try:
            self.scene = scene_type(stage)
        except (Exception, SystemExit) as error:  # an exit would end the film without a word
            raise self._failed("before its first frame", _told(error)) from error

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Have the scene draw one frame: see `Scene.draw`.

        Raises:
            InvalidInput: It failed, left a part undrawn, or drew what is no light.
        """
        at = f"on frame {moment.index}"
        if moment.index == 0:
            out.fill(np.nan)
        try:
            self.scene.draw(moment, out)
        except (Exception, SystemExit) as error:  # an exit would end the film without a word
            raise self._failed(at, _told(error)) from error
        low = out.min()
        if -_ROUNDING < low < 0:
            np.maximum(out, 0, out=out)
            low = np.float32(0)
        if low >= 0 and out.max() < np.inf:  # neither holds for NaN
            return
        if low < 0:
            raise self._failed(at, f"it drew negative light ({low:g})")
        lost = 1 - float(np.isfinite(out).mean())
        share = f"{lost:.1%}" if lost >= 0.001 else "less than 0.1%"
        raise self._failed(at, f"{share} of its light is undrawn, infinite or not a number")

    def _failed(self, at: str, why: str) -> InvalidInput:
        name, package = self._type.name, _package_of(self._type)
        whose = f"of {package}" if package else f"({self._type.__module__})"
        return InvalidInput(f"scene {name!r} {whose} failed {at}: {why}; {_way_out(self._type)}")


def _package_of(scene: type[Scene]) -> str:
    """The package that offers `scene`; empty where none does."""
    place = f"{scene.__module__}:{scene.__qualname__}"
    return next((brought_by(p) for p in entry_points(group=GROUP) if p.value == place), "")


def _told(error: BaseException) -> str:
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _way_out(scene: type[Scene]) -> str:
    if scene.__module__.startswith("songreel."):
        return "please report it, and choose another scene meanwhile"
    return "repair or uninstall the package that brings it"
