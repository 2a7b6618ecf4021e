"""What a preview of a scene is to show: `Wish`, and the trial that it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, get_args

from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.generation.visuals.scene import Scene
    from songreel.scene_trial import Trial

LOOKS = ("neon-night", "golden-hour")
"""Whose palettes a sheet shows unless others are asked for: a cool dark and a warm light one."""


@dataclass(frozen=True)
class Wish:
    """What a preview is to show; all of it may be left out."""

    looks: Sequence[str] = ()
    """The first one's palette is the clip's; a sheet shows two."""
    energy: float | None = None
    """0 to 1 instead of the music's own."""
    section: str | None = None
    """Function of the section instead of the music's own."""
    seed: int = 1
    camera: str = "push in"
    framing: str = "wide"
    """Size of the shot."""
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    words: str | None = None
    """Sung, for scenes that hear words."""
    prompt: str = ""
    """For scenes that hear the prompt."""
    song: Path | None = None
    """None: the project's own song."""
    at: float | None = None
    """Second of the song at which the clip begins; None: a bar before its strongest moment."""
    aspect: str = "16:9"
    size: int = 720
    """Short side of the clip, pixels."""
    detail: float = 1.0
    """Factor on the size that the sheet's pictures are drawn at."""


def trial_of(wish: Wish, scene: "type[Scene]", looks: Path | None) -> "Trial":
    """The wish as the scene can be asked.

    Args:
        wish: The wish.
        scene: The scene.
        looks: Folder of the user's own looks.

    Raises:
        InvalidInput: It cannot be met.
    """
    from songreel.models.music import SectionLabel
    from songreel.models.render import ASPECTS
    from songreel.models.storyboard import CameraMove, ShotSize
    from songreel.prompting.looks import find_look
    from songreel.scene_trial import Trial, settings_of

    if wish.energy is not None and not 0 <= wish.energy <= 1:
        raise InvalidInput(f"an energy of {wish.energy:g} is not between 0 and 1")
    _one_of("--aspect", wish.aspect, tuple(ASPECTS))
    if wish.section is not None:
        _one_of("--section", wish.section, get_args(SectionLabel))
    _one_of("--camera", wish.camera, tuple(CameraMove))
    _one_of("--framing", wish.framing, tuple(ShotSize))
    names = list(dict.fromkeys((*wish.looks, *LOOKS)))[: max(2, len(wish.looks))]
    found = [find_look(name, looks) for name in names]
    trial = Trial(
        palettes={look.name: look.palette for look in found},
        energy=wish.energy,
        section=wish.section,
        seed=wish.seed,
        camera=CameraMove(wish.camera),
        framing=ShotSize(wish.framing),
        settings=settings_of(scene, wish.settings),
        prompt=wish.prompt,
    )
    return trial if wish.words is None else trial.singing(wish.words)


def _one_of(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise InvalidInput(f"{option} {value!r} is not known; choose one of {', '.join(known)}")
