"""Pictures that clips begin with, end with or refer to: found, hashed, taken from other clips."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from songreel.generation.footage.decode import Developer, frames_between, video_shape
from songreel.models.clip import Portion, Still
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of, whole
from songreel.models.order import fingerprint
from songreel.models.storyboard import PREVIOUS, Shot, Storyboard


class ShotStills(NamedTuple):
    """The pictures of one shot."""

    start: Still | None = None
    end: Still | None = None
    references: tuple[Still, ...] = ()


NO_STILLS = ShotStills()


class FilmStills(NamedTuple):
    """The pictures of a film."""

    by_shot: Mapping[str, ShotStills]
    files: Mapping[str, Path]
    """By sha256."""


def film_stills(storyboard: Storyboard, base: Path | None) -> FilmStills:
    """Find and hash the images that the shots name.

    Args:
        storyboard: The film.
        base: Folder to which relative paths belong; the current one if None.

    Raises:
        InvalidInput: An image is missing or is none, or the first shot refers to one before it.
    """
    known: dict[Path, Still] = {}
    files: dict[str, Path] = {}

    def still(shot: Shot, name: str) -> Still:
        path = (base or Path()) / name
        if path not in known:
            sha256 = _hash_of_image(shot.id, path)
            known[path] = Still(sha256=sha256)
            files.setdefault(sha256, path)
        return known[path]

    by_shot = {}
    for i, shot in enumerate(storyboard.shots):
        if shot.start_image == PREVIOUS and i == 0:
            raise InvalidInput(
                f"shot {shot.id} opens the film: there is no shot before it whose last picture it "
                "could begin with"
            )
        if shot.start_image is None:
            start = None
        elif shot.start_image == PREVIOUS:
            start = awaited(shot.id)
        else:
            start = still(shot, shot.start_image)
        end = still(shot, shot.end_image) if shot.end_image is not None else None
        references = tuple(still(shot, name) for name in shot.references)
        by_shot[shot.id] = ShotStills(start, end, references)
    return FilmStills(by_shot, files)


def awaited(shot: str) -> Still:
    """Stands, while clips are planned, for the last picture of the clip before `shot`.

    Which clip that is, and how far into it, is known when all clips are planned.
    """
    return Still(after=fingerprint(["the picture before", shot]), at=Fraction(0))


def last_of(portion: Portion) -> Still:
    """The last picture that is shown of `portion`."""
    return Still(after=portion.request.fingerprint, at=portion.end)


def write_picture_before(clip: Path, at: Fraction, target: Path) -> None:
    """Write the last picture of `clip` that is shown before `at` seconds, as PNG.

    Raises:
        InvalidInput: The clip cannot be decoded.
        MachineError: The picture cannot be written.
    """
    shape = video_shape(clip)
    developer = Developer(shape, shape.width, shape.height)
    last = None
    # A clip's times are rounded to its time base: a frame at `at` is the next one, not the last.
    until = float(at) - 0.25 / shape.rate
    for time, frame in frames_between(clip, max(0.0, until - 0.5), float(at)):
        if last is not None and time >= until:
            break
        last = frame
    if last is None:
        raise InvalidInput(f"{clip.name} holds no picture before {float(at):.2f} s")
    done, data = cv2.imencode(".png", cv2.cvtColor(developer(last), cv2.COLOR_RGB2BGR))
    if not done:
        raise InvalidInput(f"the picture of {clip.name} at {float(at):.2f} s cannot be written")
    with whole(target) as partial:
        partial.write_bytes(data.tobytes())


def _hash_of_image(shot: str, path: Path) -> str:
    try:
        sha256 = sha256_of(path)
        data = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise InvalidInput(
            f"shot {shot}: the image {path} cannot be read: {error.strerror or error}"
        ) from error
    try:
        # An eighth of the size tells as well whether it can be decoded, in a tenth of the time.
        seen = cv2.imdecode(data, cv2.IMREAD_REDUCED_GRAYSCALE_8) if data.size else None
    except cv2.error:
        seen = None
    if seen is None:
        raise InvalidInput(f"shot {shot}: {path} is no image that can be read; use JPEG or PNG")
    return sha256
