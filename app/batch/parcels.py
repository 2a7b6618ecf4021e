"""Files that travel to machines without a shared disk, and back: `pack`, `unpack`, `Carried`."""

import io
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

from pydantic import ConfigDict

from songreel.batch.wishes import Wishes
from songreel.models.document import Frozen
from songreel.models.errors import MachineError
from songreel.models.files import PARTIAL

FILES = ("look", "style", "lyrics", "caption_font")
"""Wishes that may name a file."""
CONFIG = ("looks", "styles", "catalogue.toml", "local.toml")
"""What travels of the user's configuration. Keys do not."""
LEFT = ("segments", ".lock")
"""What stays behind of a project: segments are made anew from its clips."""


class Carried(Frozen):
    """What a film needs beside its task, where it is made without this machine's disk."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    song: bytes
    project: bytes = b""
    """The film's folder as it is, packed; empty where there is none."""
    config: bytes = b""
    files: Mapping[str, tuple[str, bytes]] = {}
    """Name and content of the files that wishes name, by wish."""

    @classmethod
    def of(cls, song: Path, folder: Path, config: Path, wishes: Wishes) -> "Carried":
        """All of it read from this disk.

        Raises:
            MachineError: Something cannot be read.
        """
        files: dict[str, tuple[str, bytes]] = {}
        try:
            for name in FILES:
                value = getattr(wishes, name)
                if isinstance(value, str) and Path(value).is_file():
                    files[name] = (Path(value).name, Path(value).read_bytes())
            project = pack(folder) if (folder / "project.json").is_file() else b""
            kept = pack(config, only=CONFIG) if config.is_dir() else b""
            return cls(song=song.read_bytes(), project=project, config=kept, files=files)
        except OSError as error:
            raise MachineError(f"cannot read what {song.name} needs: {error}") from error

    def laid_out(self, folder: Path, wishes: Wishes) -> Wishes:
        """Write the files that wishes name to `folder`; the wishes that name them there."""
        changes = {}
        for name, (title, data) in self.files.items():
            path = folder / name / title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            changes[name] = str(path)
        return wishes.model_copy(update=changes)


def pack(folder: Path, only: tuple[str, ...] = ()) -> bytes:
    """The files in `folder` as an archive; with `only`, those of its entries.

    Raises:
        OSError: One cannot be read.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for item in sorted(folder.iterdir()):
            wanted = item.name in only if only else item.name not in LEFT
            if wanted and not item.name.endswith(PARTIAL):
                archive.add(item, arcname=item.name, filter=_ordinary)
    return buffer.getvalue()


def unpack(data: bytes, folder: Path) -> None:
    """Put the files of an archive into `folder`, each whole; others that are there stay.

    Raises:
        MachineError: The folder cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(mkdtemp(prefix=".arriving-", dir=folder.parent))
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            archive.extractall(new, filter="data")
        for path in sorted(new.rglob("*")):
            target = folder / path.relative_to(new)
            if path.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
    except (OSError, tarfile.TarError) as error:
        raise MachineError(f"cannot write {folder}: {error}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _ordinary(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Files and folders alone; nobody's names and ids."""
    if not (entry.isfile() or entry.isdir()):
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
