"""The images that scenes begin and end with: `find_images`."""

from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from songreel.models.errors import InvalidInput
from songreel.models.scenes import SceneList
from songreel.models.storyboard import PREVIOUS


class Ends(NamedTuple):
    """Images of one scene."""

    start: Path | None
    end: Path | None


def find_images(scenes: SceneList, folder: Path) -> dict[str, Ends]:
    """The images of each scene that names any, by scene id.

    Args:
        scenes: As read.
        folder: Of the list's file, which its images are relative to.

    Raises:
        InvalidInput: One is not there or is no file; the text names scene and file.
    """
    found: dict[str, Ends] = {}
    for scene in scenes.scenes:
        start = "" if scene.start == PREVIOUS else scene.start
        if start or scene.end:
            found[scene.id] = Ends(
                _there(scene.id, "start", start, folder) if start else None,
                _there(scene.id, "end", scene.end, folder) if scene.end else None,
            )
    return found


def _there(scene: str, which: str, name: str, folder: Path) -> Path:
    path = folder / Path(name).expanduser()
    if path.is_file():
        return path
    if path.is_dir():
        raise InvalidInput(
            f"scene {scene}: the {which} image {path} is a folder; name a file in it"
        )
    try:
        others = sorted(p.name for p in path.parent.iterdir() if p.is_file())
    except OSError:
        raise InvalidInput(
            f"scene {scene}: the {which} image {path} is not there, nor is its folder; images are "
            "relative to the scene list's file"
        ) from None
    near = get_close_matches(path.name, others, 1)
    hint = f"did you mean {near[0]}?" if near else "images are relative to the scene list's file"
    raise InvalidInput(f"scene {scene}: the {which} image {path} is not there; {hint}")
