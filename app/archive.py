"""A whole project as one file, to keep or to give away: `pack`. `songreel.unarchive` reads it."""

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import songreel
from songreel.models.archive import (
    INDEX,
    LISTS,
    MOST_FILES,
    MOST_INDEX,
    SUFFIX,
    ArchivedFile,
    ArchiveIndex,
    fits_everywhere,
    plainly_inside,
)
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import PARTIAL, whole
from songreel.models.names import fit_name
from songreel.models.progress import Progress, silent
from songreel.models.storyboard import PREVIOUS, Storyboard
from songreel.outputs import free
from songreel.project import Project

REMADE = ("segments", "studio")
"""Folders that are made again from the rest: by the next `songreel assemble`, and by pages."""
_SMALL = frozenset({".json", ".html", ".txt", ".edl", ".otio", ".fcpxml", ".csv", ".md", ".yaml"})
"""Files that deflate well; pictures and sound are packed as they are."""
_BLOCK = 2**20


@dataclass(frozen=True)
class Packed:
    """An archive that was written."""

    path: Path
    index: ArchiveIndex
    size: int
    """Bytes of the archive."""


@dataclass(frozen=True)
class _Member:
    path: str
    """In the archive."""
    source: Path


def pack(
    project: Project,
    target: Path | None = None,
    *,
    footage: bool = True,
    force: bool = False,
    progress: Progress = silent,
) -> Packed:
    """Write everything of a project into one file, from which `unpack` makes it again.

    The footage it uses and images that its plan names go along wherever they lie. Left out is what
    is made again from the rest: the film's segments, and pictures for pages. Every file is hashed
    as it is read.

    Args:
        project: Held while it is read.
        target: The file; None: the title, beside the project's folder.
        footage: Take the user's footage along.
        force: Replace a file that is there.
        progress: Told what is being done.

    Raises:
        InvalidInput: The project is at work, or the file is there already.
        MachineError: A file cannot be read, or the archive cannot be written.
    """
    state = project.state
    path = target or archive_of(project.folder)
    free(path, force)
    if path.resolve().is_relative_to(project.folder.resolve()):
        raise InvalidInput(f"{path} is inside the project that it would hold; choose another place")
    with project.held():
        members, left_out = _members(project)
        plan = Storyboard.load(project.plan) if project.plan.is_file() else None
        images, lost = _images(project, plan)
        members += [_Member(name, project.folder / image) for image, name in images.items()]
        members += _font(plan, {member.path for member in members})
        left_out += lost
        outside = Path(state.footage) if state.footage is not None else None
        taken = footage and outside is not None and outside.is_dir()
        if outside is not None:
            if taken:
                members += _footage(outside)
            else:
                left_out.append(f"the footage of {outside} is not in it")
        members, names = _named(members, left_out)
        if state.song not in {names.get(member.path, member.path) for member in members}:
            raise InvalidInput(
                f"the song {state.song!r} of {project.folder} is not there, or has a name that "
                "cannot be written down; without it an archive would be none"
            )
        index = ArchiveIndex(
            project=project.known_as(),
            title=state.title,
            songreel=songreel.__version__,
            at=datetime.now(UTC),
            files=tuple(_hashed(members, progress)),
            footage=taken,
            names=names,
            images=images,
            left_out=tuple(left_out),
        )
        with whole(path, zipfile.BadZipFile, zipfile.LargeZipFile) as partial:
            _write(partial, index, members, progress)
    return Packed(path, index, path.stat().st_size)


def archive_of(folder: Path) -> Path:
    """The file beside a project's folder into which it is packed by default."""
    return folder.with_name(folder.name.removesuffix(".songreel") + SUFFIX)


def _members(project: Project) -> tuple[list[_Member], list[str]]:
    """The files of the folder, and what is left out."""
    members, left_out = [], []
    inside = project.folder.resolve()
    for path in sorted(project.folder.rglob("*")):
        name = path.relative_to(project.folder)
        if name.parts[0] in REMADE or path.name.endswith((PARTIAL, ".lock")) or path.is_dir():
            continue
        if path.suffix.lower() in LISTS:
            left_out.append(f"{name.as_posix()} is a list of other files")
        elif not path.is_file():
            left_out.append(f"{name.as_posix()} is no file, or a link that leads nowhere")
        elif path.resolve().is_relative_to(inside):
            members.append(_Member(name.as_posix(), path))
        else:
            left_out.append(f"{name.as_posix()} is a link that leads out of the project")
    return members, left_out


def _images(project: Project, plan: Storyboard | None) -> tuple[dict[str, str], list[str]]:
    """Images outside the project that its plan names, and what they are called in the archive.

    The second are sentences on those that are not there.
    """
    named: dict[str, str] = {}
    lost: dict[str, str] = {}
    for shot in plan.shots if plan is not None else ():
        for image in (shot.start_image, shot.end_image, *shot.references):
            if image is None or image == PREVIOUS:
                continue
            path = project.folder / image
            if not path.is_file():
                lost[image] = f"shot {shot.id}: the image {image} is not there"
            elif not path.resolve().is_relative_to(project.folder.resolve()):
                mark = hashlib.sha256(image.encode()).hexdigest()[:8]
                named[image] = f"images/{mark}-{fit_name(path.name)}"
    return named, list(lost.values())


def _font(plan: Storyboard | None, known: set[str]) -> list[_Member]:
    """The font file of the plan's captions, where it lies outside the project."""
    if plan is None or plan.captions is None or plan.captions.font is None:
        return []
    font = Path(plan.captions.font)
    name = f"fonts/{font.name}"
    return [_Member(name, font)] if font.is_file() and name not in known else []


def _footage(folder: Path) -> list[_Member]:
    """The user's clips and photos; hidden files are not looked at, as when they are used."""
    return [
        _Member(f"footage/{path.relative_to(folder).as_posix()}", path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix.lower() not in LISTS
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def _named(members: list[_Member], left_out: list[str]) -> tuple[list[_Member], dict[str, str]]:
    """The members under names that every system takes, each once.

    The second are the names of those that were given another one. What has a name that cannot be
    written down is left out, and that is told.

    Raises:
        InvalidInput: They are more than an archive holds.
    """
    if len(members) >= MOST_FILES:
        raise InvalidInput(
            f"the project has {len(members)} files, and an archive holds {MOST_FILES:,}; pack it "
            "without its footage"
        )
    named: list[_Member] = []
    names: dict[str, str] = {}
    taken: set[str] = set()
    for member in members:
        path = member.path
        if not plainly_inside(path):
            left_out.append(f"{path!r} has a name that cannot be written down")
            continue
        if not fits_everywhere(path) or path.casefold() in taken:
            path = _free("/".join(fit_name(part) for part in path.split("/")), taken)
            names[path] = member.path
        taken.add(path.casefold())
        named.append(_Member(path, member.source))
    return named, names


def _free(path: str, taken: set[str]) -> str:
    """A name like this that nothing has."""
    plain, number = PurePosixPath(path), 1
    while path.casefold() in taken:
        number += 1
        path = plain.with_stem(f"{plain.stem} {number}").as_posix()
    return path


def _hashed(members: list[_Member], progress: Progress) -> Iterator[ArchivedFile]:
    for number, member in enumerate(members):
        progress("reading the project", 0.5 * number / len(members))
        digest, size = hashlib.sha256(), 0
        for block in _blocks(member.source):
            digest.update(block)
            size += len(block)
        yield ArchivedFile(path=member.path, size=size, sha256=digest.hexdigest())


def _blocks(file: Path) -> Iterator[bytes]:
    """A file's content.

    Raises:
        MachineError: It cannot be read.
    """
    try:
        with file.open("rb") as source:
            while block := source.read(_BLOCK):
                yield block
    except OSError as error:
        raise MachineError(f"cannot read {file}: {error.strerror or error}") from error


def _write(partial: Path, index: ArchiveIndex, members: list[_Member], progress: Progress) -> None:
    contents = index.to_json().encode()
    if len(contents) > MOST_INDEX:
        raise InvalidInput(
            f"the names of {len(index.files)} files are more than an archive's table of contents "
            "holds; pack the project without its footage"
        )
    with zipfile.ZipFile(partial, "w", allowZip64=True) as archive:
        archive.writestr(INDEX, contents, zipfile.ZIP_DEFLATED)
        for number, (member, entry) in enumerate(zip(members, index.files, strict=True)):
            progress("packing", 0.5 + 0.5 * number / len(members))
            info = zipfile.ZipInfo(member.path)  # no times and no owners: they say nothing here
            small = Path(member.path).suffix in _SMALL
            info.compress_type = zipfile.ZIP_DEFLATED if small else zipfile.ZIP_STORED
            info.file_size = entry.size
            digest = hashlib.sha256()
            with archive.open(info, "w") as target:
                for block in _blocks(member.source):
                    digest.update(block)
                    target.write(block)
            if digest.hexdigest() != entry.sha256:
                raise MachineError(
                    f"{member.source} was changed while it was packed; nothing was written, "
                    "try again"
                )
