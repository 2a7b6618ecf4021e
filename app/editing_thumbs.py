"""Small pictures of shots, made when they are first asked for: `thumb`."""

from contextlib import suppress
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from songreel.editing_board import look_of, shown_take
from songreel.editing_open import Opened
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import whole
from songreel.models.storyboard import Shot
from songreel.stills import QUALITY, still

if TYPE_CHECKING:
    from songreel.editing_clips import Made

AREA = 240 * 135
"""Pixels of a picture, in the film's shape: sharp at twice the height of a row."""
MOST = 4_000
"""Pictures of one film that are kept: 40 MB."""
SMOOTH = 3
"""Times as large as it is stored a drawn picture is drawn: its edges are hard."""
INTO = 0.35
"""Part of a shot at which its picture is taken: past most transitions, before most ends."""


def thumb(opened: Opened, shot_id: str) -> Path:
    """The small picture of a shot: of its clip, or drawn from the plan while there is none.

    Raises:
        InvalidInput: There is no such shot.
        MachineError: The folder cannot be written.
    """
    plan = opened.planned
    index = next((i for i, shot in enumerate(plan.shots) if shot.id == shot_id), None)
    if index is None:
        raise InvalidInput(f"the plan has no shot {shot_id!r}")
    shot, (start, end) = plan.shots[index], plan.spans[index]
    take = shown_take(shot, opened.takes_of(shot_id), opened.wanted, opened.cut)
    spec = opened.state.spec
    width = 2 * round((AREA * spec.width / spec.height) ** 0.5 / 2)
    height = 2 * round((AREA * spec.height / spec.width) ** 0.5 / 2)
    if take is not None:
        at = take.begins + INTO * (end - start)
        path = _path(opened, f"{take.sha256[:16]}-{round(1000 * at)}-{width}x{height}")
        if path.is_file() or _of_clip(take, at, (width, height), path):
            return path
    path = _path(opened, f"plan-{shot.id}-{look_of(shot)}-{width}x{height}")
    if not path.is_file():
        _save(_drawn(shot, width, height), path)
    return path


def _path(opened: Opened, name: str) -> Path:
    return opened.project.shown / f"{name}.jpg"


def _of_clip(take: "Made", at: float, size: tuple[int, int], path: Path) -> bool:
    """Write the picture of a clip, `at` seconds into it; False where it has none."""
    shown = still(take.file, at, max(size), Fraction(*size))
    if shown is not None:
        _save(shown, path)
    return shown is not None


def _drawn(shot: Shot, width: int, height: int) -> bytes:
    """The picture that stands for the shot in an animatic, as a JPEG."""
    from PIL import Image

    from songreel.assembly.preview.scene import scene

    large = scene(shot, SMOOTH * width, SMOOTH * height)
    picture = Image.fromarray(np.asarray(large, dtype=np.uint8))
    coded = BytesIO()
    small = picture.resize((width, height), Image.Resampling.BOX)
    small.save(coded, "JPEG", quality=QUALITY, optimize=True)
    return coded.getvalue()


def _save(picture: bytes, path: Path) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        _tidy(path.parent)
    except OSError as error:
        raise MachineError(f"cannot write {path.parent}: {error.strerror or error}") from error
    with whole(path, lasting=False) as partial:
        partial.write_bytes(picture)


def _tidy(folder: Path) -> None:
    """Where there are too many, remove the older half: pictures of plans that are past."""
    pictures = list(folder.glob("*.jpg"))
    if len(pictures) <= MOST:
        return
    ages = []
    for picture in pictures:
        with suppress(FileNotFoundError):  # somebody else tidies up too
            ages.append((picture.stat().st_mtime_ns, picture))
    for _, old in sorted(ages)[: len(ages) // 2]:
        old.unlink(missing_ok=True)
