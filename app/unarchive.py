"""A project out of one file: `unpack`. Whoever made the file is not trusted."""

import hashlib
import os
import re
import shutil
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, NamedTuple
from uuid import uuid4

from songreel.changing import NAME as LOCK
from songreel.history import AFTER, BEFORE, EDITED
from songreel.models.archive import (
    INDEX,
    LISTS,
    MOST_FILES,
    MOST_INDEX,
    ArchivedFile,
    ArchiveIndex,
    fits_everywhere,
    plainly_inside,
)
from songreel.models.errors import InvalidInput, MachineError, SongreelError
from songreel.models.local import LocalOptions
from songreel.models.names import inside
from songreel.models.progress import Progress, silent
from songreel.models.storyboard import Shot, Storyboard
from songreel.project import Project

SPARE = 256 * 2**20
"""Bytes that are to stay free on the disk."""
_UNDER_WAY = ".unpacking"
"""End of the name of a folder that is not whole yet."""
_DAY = 86_400.0
_BLOCK = 2**20
_LISTING = (b"#extm3u", b"ffconcat", b"[playlist]", b"<asx", b"<smil", b"v=0\r\n", b"v=0\n")
_ID = re.compile(r"[0-9a-f]{32}")

_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, RuntimeError)
"""What zipfile raises; RuntimeError and its child NotImplementedError: a password, a method it
does not know."""


class Unpacked(NamedTuple):
    """A project out of an archive."""

    project: Project
    notices: tuple[str, ...]
    """What the archive named and did not hold, a sentence each."""


def unpack(
    archive: Path, folder: Path, *, anew: bool = False, progress: Progress = silent
) -> Unpacked:
    """Make the project that `archive` holds in `folder`, whole or not at all.

    Args:
        archive: A file that `pack` wrote, or claims to be one: names that lead out of the folder,
            links, names that differ by case alone, and sizes and hashes that are not as declared
            are refused, and nothing stays.
        folder: Must not exist.
        anew: Give it an id of its own, so that it lives beside the project it was packed from.
        progress: Told what is being done.

    Raises:
        InvalidInput: It is no archive of a project, or the folder exists.
        MachineError: The folder cannot be written or the disk is too small.
    """
    if not archive.is_file():
        fault = "is a folder, and no archive" if archive.is_dir() else "is not there"
        raise InvalidInput(f"{archive} {fault}; `songreel pack` makes one")
    if not zipfile.is_zipfile(archive):
        raise InvalidInput(f"{archive} is no songreel archive, or is damaged")
    if folder.exists():
        raise InvalidInput(f"{folder} exists; choose another folder with --project")
    beside = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}{_UNDER_WAY}")
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        _sweep(beside.parent)
        with zipfile.ZipFile(archive) as opened:
            index = _index(opened, archive)
            _room(beside.parent, sum(file.size for file in index.files))
            _extract(opened, index, beside, archive, progress)
        notices = _settle(beside, folder, index, archive, anew)
        beside.rename(folder)
    except _DAMAGED as error:
        raise InvalidInput(f"{archive} is no songreel archive or is damaged: {error}") from error
    except OSError as error:
        where = folder if error.filename is None else error.filename
        raise MachineError(
            f"cannot unpack {archive}: {where}: {error.strerror or error}"
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Unpacked(Project.open(folder), (*index.left_out, *notices))


def _sweep(folder: Path) -> None:
    """Remove what was left when earlier ones were killed; nobody unpacks for a day."""
    for left in folder.glob(f".*{_UNDER_WAY}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _DAY:
                shutil.rmtree(left, ignore_errors=True)


def _index(opened: zipfile.ZipFile, archive: Path) -> ArchiveIndex:
    """The table of contents, agreed with what the archive has."""
    members = opened.infolist()
    if len(members) > MOST_FILES:
        raise InvalidInput(f"{archive} has {len(members)} files; {MOST_FILES:,} are the most")
    if not members or members[0].filename != INDEX:
        raise InvalidInput(f"{archive} is no songreel archive: {INDEX} is not its first file")
    if members[0].file_size > MOST_INDEX:
        raise InvalidInput(f"{archive} is no songreel archive: its {INDEX} is too large")
    with opened.open(members[0]) as first:
        raw = first.read(MOST_INDEX + 1)
    try:
        index = ArchiveIndex.from_json(raw.decode(), f"{archive}: {INDEX}")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{archive} is no songreel archive: {INDEX} is not text") from error
    declared = [file.path for file in index.files]
    if [info.filename for info in members[1:]] != declared:
        raise InvalidInput(f"{archive} does not hold the files that its {INDEX} names")
    folded: set[str] = set()
    for file, info in zip(index.files, members[1:], strict=True):
        _safe(file.path, archive)
        if file.path.casefold() in folded:
            raise InvalidInput(f"{archive} names {file.path!r} twice")
        folded.add(file.path.casefold())
        called = _called(index, file.path, archive)
        for name in (file.path, called):
            if PurePosixPath(name).suffix.lower() in LISTS:
                raise _list(name, archive)
        if info.file_size != file.size:
            raise InvalidInput(f"{archive}: {file.path!r} is not as long as {INDEX} says")
    if "project.json" not in declared:
        raise InvalidInput(f"{archive} holds no project: it has no project.json")
    return index


def _safe(name: str, archive: Path) -> None:
    """Refuse a name that is not plainly inside the project."""
    if not fits_everywhere(name):
        raise InvalidInput(
            f"{archive} names a file {name!r} that does not lie in a project's folder; "
            "nothing was unpacked"
        )


def _called(index: ArchiveIndex, name: str, archive: Path) -> str:
    """What a file is called in the project, as far as this system takes that."""
    called = index.names.get(name, name)
    if not plainly_inside(called):
        _safe(called, archive)
    if os.name == "nt" and not fits_everywhere(called):
        raise InvalidInput(
            f"{archive} names a file {called!r}, which Windows does not take; pack the project "
            "anew where it was made, with that file under another name"
        )
    return called


def _list(name: str, archive: Path) -> InvalidInput:
    return InvalidInput(
        f"{archive}: {name!r} is a list of other files, whose contents it would have shown; "
        "nothing was unpacked"
    )


def _room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed + SPARE > free:
        raise MachineError(
            f"the project takes {needed / 1e6:,.0f} MB and {folder} has {free / 1e6:,.0f} MB free; "
            "make room or choose another folder"
        )


def _extract(
    opened: zipfile.ZipFile, index: ArchiveIndex, folder: Path, archive: Path, progress: Progress
) -> None:
    for number, file in enumerate(index.files):
        progress("unpacking", number / len(index.files))
        path = folder / _called(index, file.path, archive)
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(file.path) as source, path.open("xb") as target:
            _copy(source, target, file, archive)


def _copy(source: IO[bytes], target: IO[bytes], file: ArchivedFile, archive: Path) -> None:
    """Copy what is declared and no byte more."""
    digest, left = hashlib.sha256(), file.size
    while block := source.read(_BLOCK):
        left -= len(block)
        if left < 0:
            break
        if target.tell() == 0 and block[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(
            _LISTING
        ):
            raise _list(file.path, archive)
        digest.update(block)
        target.write(block)
    if left or digest.hexdigest() != file.sha256:
        raise InvalidInput(f"{archive}: {file.path!r} is damaged or not what it claims to be")


def _settle(folder: Path, final: Path, index: ArchiveIndex, archive: Path, anew: bool) -> list[str]:
    """Have the project's documents say where things lie now, and name nothing outside of it."""
    notices = []
    try:
        project = Project.open(folder)
        state = project.state
        plan = Storyboard.load(project.plan) if project.plan.is_file() else None
    except SongreelError as error:
        raise InvalidInput(f"{archive} holds no project that can be read: {error}") from error
    if not (folder / state.song).is_file():
        raise InvalidInput(f"{archive} holds no project: its song {state.song!r} is missing")
    changes: dict[str, object] = {"footage": None}
    if anew or not _ID.fullmatch(state.id):
        project.part_from(state.id)
    if index.footage:
        changes["footage"] = str((final / "footage").absolute())
    elif state.footage is not None:
        notices.append(f"the footage of {state.footage} is not in the archive")
    local = state.local
    weights = (local.weights, *(lora.path for lora in local.loras))
    if any(name.startswith(("//", "\\\\")) for name in weights):
        changes["local"] = LocalOptions()
        notices.append("weights on another machine of the network are not asked for")
    project.change(**changes)
    fonts = (folder / "fonts", final.absolute() / "fonts")
    for path in (project.plan, *_earlier(project)):
        known = plan if path == project.plan else _plan_at(path)
        if known is None:
            continue
        told: list[str] = []
        relinked = _relinked(known, index.images, fonts, told)
        notices += [text for text in dict.fromkeys(told) if text not in notices]
        if relinked != known:
            relinked.save(path)
    (folder / LOCK).unlink(missing_ok=True)  # of a folder that nobody else knew
    return notices


def _earlier(project: Project) -> Iterator[Path]:
    """Plans that undo and redo would bring back."""
    for name in (BEFORE, AFTER, EDITED):
        yield from sorted(project.plans.glob(f"*/{name}"))


def _plan_at(path: Path) -> Storyboard | None:
    """An earlier plan; None for what is none, and will be refused when it is asked for."""
    try:
        return Storyboard.load(path)
    except SongreelError:
        return None


def _relinked(
    plan: Storyboard, images: Mapping[str, str], fonts: tuple[Path, Path], notices: list[str]
) -> Storyboard:
    """The plan with files by their places inside the project; others are told and left out.

    Args:
        plan: As it was packed.
        images: Names of images outside, as the archive has them.
        fonts: Folder of the project's fonts as it is now, and as it will be.
        notices: What is left out is added.
    """

    def of(shot: Shot, name: str) -> str | None:
        found = images.get(name, name)
        try:
            inside(found)
        except ValueError:
            notices.append(f"shot {shot.id}: the image {name} is not in the archive")
            return None
        return found

    def linked(shot: Shot) -> Shot:
        ends = (shot.start_image, shot.end_image)
        start, end = (None if name is None else of(shot, name) for name in ends)
        references = tuple(found for name in shot.references if (found := of(shot, name)))
        return shot.model_copy(
            update={"start_image": start, "end_image": end, "references": references}
        )

    shown = plan.captions
    if shown is not None and shown.font is not None:
        name = PureWindowsPath(shown.font).name  # both kinds of slashes
        font = str(fonts[1] / name) if name and (fonts[0] / name).is_file() else None
        if font is None:
            notices.append(f"the font {name} is not in the archive; songreel's own is used")
        shown = shown.model_copy(update={"font": font})
    shots = tuple(linked(shot) for shot in plan.shots)
    return plan.model_copy(update={"shots": shots, "captions": shown})
