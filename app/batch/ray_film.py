"""One film as a Ray task: `ray_film`."""

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

from songreel.batch.attempt import attempt
from songreel.batch.film import Task
from songreel.batch.parcels import Carried, pack, unpack
from songreel.batch.say import Event
from songreel.generation.farm.nodes import here
from songreel.generation.farm.ray_line import RayLine
from songreel.settings import usable_cores

TOKEN = ".batch-id"
"""File in the batch's folder: a machine that reads the same there shares its disk."""


class Filmed(NamedTuple):
    """How the task ended."""

    event: Event
    project: bytes | None
    """The film's folder, packed, where the disk is not shared."""


def shares(out: Path, token: str) -> bool:
    """Whether this machine sees the batch's own folder at `out`."""
    try:
        return (out / TOKEN).read_text(encoding="ascii") == token
    except (OSError, UnicodeDecodeError):
        return False


def ray_film(
    text: str, place: int, broker: Any, token: str, share: int, carried: Carried
) -> Filmed:
    """Make the film of a task, given as JSON, on whichever machine this is.

    Args:
        text: The task.
        place: Films with a smaller one get their clips first.
        broker: Gives orders to the clip workers.
        token: By which a shared disk is known.
        share: Films that run on this machine at a time; they share its cores.
        carried: The song and all else that lies on the disk of the command.
    """
    task = Task.model_validate_json(text)
    own = Path(here()["workspace"])
    own.mkdir(parents=True, exist_ok=True)
    shared = shares(task.folder.parent, token)
    work = Path(mkdtemp(prefix="film-", dir=own))
    line = RayLine(task.name, place, task.sources, broker)
    try:
        song = work / "song" / task.song.name
        song.parent.mkdir()
        song.write_bytes(carried.song)
        config = work / "config"
        config.mkdir()
        if carried.config:
            unpack(carried.config, config)
        folder = task.folder if shared else work / "film"
        if not shared and carried.project:
            unpack(carried.project, folder)
        database = task.database
        if database.startswith("sqlite"):
            database = f"sqlite:///{own / 'songreel.db'}"
        here_task = task.model_copy(
            update={
                "song": song, "folder": folder, "workspace": own, "config": config,
                "database": database, "cores": max(1, usable_cores() // share),
                "wishes": carried.laid_out(work / "files", task.wishes),
            }
        )  # fmt: skip
        event = attempt(here_task, line, line.made, lambda told: line.say(told.body()))
        project = None
        if not shared and (folder / "project.json").is_file():
            project = pack(folder)
        return Filmed(event, project)
    finally:
        line.close()
        shutil.rmtree(work, ignore_errors=True)
