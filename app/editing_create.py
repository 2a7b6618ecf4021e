"""A project made of a song that was uploaded: `create`."""

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from songreel.models.errors import InvalidInput, MachineError
from songreel.models.names import fit_name
from songreel.project import Project

if TYPE_CHECKING:
    from songreel.models.workspace import ProjectEntry
    from songreel.workspace import Workspace

_SHA256 = re.compile(r"[0-9a-f]{64}")


def create(workspace: "Workspace", song: str | Path, title: str) -> "ProjectEntry":
    """Make a project of a song, in a folder of its own under `Workspace.films`.

    Args:
        workspace: Where, and who is told.
        song: The asset that it was uploaded as (SHA-256), or a file.
        title: Of the film; empty for the song's name.

    Raises:
        InvalidInput: It is no song, or there is no such asset.
        MachineError: The folder cannot be written.
    """
    from songreel.analysis.audio import open_sound
    from songreel.analysis.peaks import Peaks
    from songreel.outlines import Outlines

    if isinstance(song, str) and _SHA256.fullmatch(song):
        name, source = workspace.assets.get(song).name, workspace.assets.local(song)
    else:
        source = Path(song)
        name = source.name
    peaks = Peaks()
    try:
        sound = open_sound(source, peaks.push)
    except InvalidInput as error:
        # The file's place on this machine is not the business of whoever uploaded it.
        raise InvalidInput(str(error).replace(str(source), name)) from error
    name = fit_name(PurePosixPath(name).name, "song")
    called = fit_name(title, "") or fit_name(PurePosixPath(name).stem, "song")
    folder = _new_folder(workspace.films, called)
    project = Project.start(folder, source, sound.track.sha256, name=name, title=called)
    for place in (workspace.services.outlines, Outlines(project.shown)):
        place.keep(sound.track.sha256, peaks.outline())
    return workspace.projects.note(project)


def _new_folder(films: Path, called: str) -> Path:
    """A folder that nobody else has: made here, or not taken."""
    number = 1
    while True:
        folder = films / (f"{called}.songreel" if number == 1 else f"{called} {number}.songreel")
        try:
            films.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
        except FileExistsError:
            number += 1
            continue
        except OSError as error:
            raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
        return folder
