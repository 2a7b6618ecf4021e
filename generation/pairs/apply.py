"""A plan of pairs put into a storyboard, with the photos in the project: `apply_pairs`."""

import shutil
from pathlib import Path

from songreel.generation.pairs.plan import PairPlan, Photo
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
        pair.shot: [_kept(Path(plan.folder), photo, folder) for photo in (pair.start, pair.end)]
        for pair in plan.pairs
    }
    shots = tuple(
        shot.model_copy(update={"start_image": images[shot.id][0], "end_image": images[shot.id][1]})
        if shot.id in by_shot
        else shot
        for shot in storyboard.shots
    )
    return storyboard.model_copy(update={"shots": shots})


def _kept(source: Path, photo: Photo, folder: Path) -> str:
    """The photo's name in the project, copied if it is not there."""
    original = source / photo.file
    suffix = original.suffix.lower()
    # Twelve digits tell a user's photos apart; should a file of that name be another one, more.
    for digits in (12, 24, 64):
        path = folder / f"{photo.sha256[:digits]}{suffix}"
        if not path.exists():
            _copy(original, photo, path)
        if _hash(path) == photo.sha256:
            return f"{STILLS}/{path.name}"
    raise MachineError(f"cannot keep {original} in {folder}: other files have its names")


def _copy(original: Path, photo: Photo, path: Path) -> None:
    found = _hash(original)
    if found != photo.sha256:
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
