"""What is written into a form and not sent yet, kept over a restart of the studio: `Draft`."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from songreel.models.errors import MachineError
from songreel.models.files import private_folder, whole
from songreel.web.studio.blocking import blocking

REST = 0.4
"""Seconds after a key is pressed before what is there is written."""
LARGEST = 2**20
"""Bytes of a draft that is read: anything larger was not written here."""


class Draft:
    """One form's unsent words, in a file that only its owner reads.

    Args:
        path: The file. Its folder is made when something is kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._latest: Mapping[str, Any] | None = None
        self._waiting = False
        self._task: asyncio.Task[None] | None = None
        """Held, or it would be collected while it waits."""
        self._one = asyncio.Lock()

    @classmethod
    def of_project(cls, folder: Path) -> "Draft":
        """Of a project that is not planned yet; it goes with the folder."""
        return cls(folder / "draft.json")

    def read(self) -> dict[str, Any]:
        """What was kept; nothing where there is none or it is spoilt."""
        try:
            if self._path.stat().st_size > LARGEST:
                return {}
            found = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def keep(self, content: Mapping[str, Any]) -> None:
        """Have `content`, plain data, be written soon; of several in a moment, the last."""
        self._latest = dict(content)
        if not self._waiting:
            self._waiting = True
            self._task = asyncio.create_task(self._soon())

    async def drop(self) -> None:
        """Forget it: it was sent."""
        self._latest = None
        async with self._one:
            await blocking(self._remove)

    async def _soon(self) -> None:
        await asyncio.sleep(REST)
        self._waiting = False
        async with self._one:
            content = self._latest
            if content is None:
                return
            try:
                await blocking(self._write, content)
            except MachineError:
                return  # a disk that is full is told by what is to be stored for good

    def _write(self, content: Mapping[str, Any]) -> None:
        try:
            private_folder(self._path.parent)
        except OSError as error:
            raise MachineError(f"cannot make {self._path.parent}: {error.strerror}") from error
        with whole(self._path, lasting=False) as partial:
            partial.touch(mode=0o600)
            partial.chmod(0o600)  # it may be there already, held under its name
            partial.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    def _remove(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return  # it is read-only: what it says was sent, and is shown once more
