"""A folder of bought or made sound that belongs to no project: `SoundFolder`, `id_of`."""

from pathlib import Path
from typing import ClassVar
from uuid import uuid4

from songreel.models.document import Document


class SoundFolder(Document):
    """`folder.json` in a folder of takes that belongs to no project."""

    kind: ClassVar[str] = "songreel.sound-folder"
    version: ClassVar[int] = 1

    id: str
    """Under which the workspace's ledger knows it, wherever it is moved."""
    title: str


def id_of(folder: Path, title: str) -> str:
    """Under what the ledger knows a folder; given out when first asked. It is held by the caller.

    Raises:
        InvalidInput: Its document does not hold.
        MachineError: It cannot be written.
    """
    path = folder / "folder.json"
    if path.is_file():
        return SoundFolder.load(path).id
    made = SoundFolder(id=uuid4().hex, title=title)
    made.save(path)
    return made.id
