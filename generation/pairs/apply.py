"""A plan of pairs put into a storyboard, with the photos in the project: `apply_pairs`."""

import shutil
from pathlib import Path

from songreel.generation.footage.photo import glance_at
from songreel.generation.pairs.plan import PairPlan
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import sha256_of, whole
from songreel.models.storyboard import Storyboard

STILLS = "stills"
"""Folder in a project for the pictures its shots begin and end with."""


def apply_pairs(storyboard: Storyboard, plan: PairPlan, base: Path) -> Storyboard:
    """The storyboard with the pairs as start and end images of their shots.

    The photos are copied into `stills` in the project, named by the start of their hash; one
    that is there already is left alone.

    Args:
        storyboard: The film.
        plan: Made for it.
        base: The project's folder.

    Raises:
        InvalidInput: A shot or a photo of the plan is gone, or a photo has changed.
        MachineError: The project's folder cannot be written.
    """
    known = {shot.id for shot in storyboard.shots}
    if missing := [pair.shot for pair in plan.pairs if pair.shot not in known]:
        raise InvalidInput(
            f"the pairs were chosen for another plan: it has no shot {missing[0]}; choose again"
        )
    by_shot = {pair.shot: pair for pair in plan.pairs}
    folder = base / STILLS
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    images = {
        pair.shot: [
            _kept(Path(plan.folder) / photo.file, photo.sha256, folder)
            for photo in (pair.start, pair.end)
        ]
        for pair in plan.pairs
    }
    shots = tuple(
        shot.model_copy(update={"start_image": images[shot.id][0], "end_image": images[shot.id][1]})
        if shot.id in by_shot
        else shot
        for shot in storyboard.shots
    )
    return storyboard.model_copy(update={"shots": shots})


def keep_image(image: Path, base: Path) -> str:
    """An image copied into a project: its name there, by the start of its hash.

    Args:
        image: Any picture.
        base: The project's folder.

    Raises:
        InvalidInput: It cannot be read as a picture.
        MachineError: The project's folder cannot be written.
    """
    folder = base / STILLS
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    found = _hash(image)
    if found is None:
        raise InvalidInput(f"the image {image} is not there")
    try:
        glance_at(image)
    except InvalidInput as error:
        raise InvalidInput(f"the image {image} {error}") from error
    return _kept(image, found, folder)


def _kept(original: Path, sha256: str, folder: Path) -> str:
    """The photo's name in the project, copied if it is not there."""
    suffix = original.suffix.lower()
    # Twelve digits tell a user's photos apart; should a file of that name be another one, more.
    for digits in (12, 24, 64):
        path = folder / f"{sha256[:digits]}{suffix}"
        if not path.exists():
            _copy(original, sha256, path)
        if _hash(path) == sha256:
            return f"{STILLS}/{path.name}"
    raise MachineError(f"cannot keep {original} in {folder}: other files have its names")


def _copy(original: Path, sha256: str, path: Path) -> None:
    found = _hash(original)
    if found != sha256:
        what = "is gone" if found is None else "has changed since the pairs were chosen"
        raise InvalidInput(f"the photo {original} {what}; choose the pairs again")
    with whole(path) as partial:
        shutil.copyfile(original, partial)


def _hash(path: Path) -> str | None:
    try:
        return sha256_of(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MachineError(f"cannot read {path}: {error.strerror or error}") from error
