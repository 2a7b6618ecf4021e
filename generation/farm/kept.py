"""Finished clips of all batches, kept until room is needed: `Kept`.

    kept/id                     names the store, so that a worker can tell whether it sees the same
    kept/clips/3f/3fa9….mp4     a clip, named by the sha256 of its bytes
    kept/made/9c1d….json        which clip serves which order; believed only by the file's hash
    kept/journal.jsonl          a line for every clip that was ever made, none for those found

A worker keeps a clip before it tells anybody of it, so that whoever is killed afterwards, the clip
is there for the next who asks. Losing the folder loses no film: it costs time only.
"""

import json
import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import ClassVar
from uuid import uuid4

from filelock import FileLock, Timeout
from pydantic import AwareDatetime

from songreel.generation.farm.order import ClipOrder, Made
from songreel.models.clip import ClipRequest, Sha256
from songreel.models.document import Document
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import PARTIAL, sha256_of, whole
from songreel.models.local import Effort
from songreel.models.units import Seconds

WORK = "work-"
"""Start of the names of workers' folders; each holds the lock in it for as long as it lives."""
STRAY = 3600.0
"""Seconds after which a clip that no document speaks of was left by a crash."""
LIMIT = 20 * 2**30
"""Bytes that stay when a batch ends: some 4,000 clips of 5 s at 1280×720 as they are coded here.
Clips that a film has taken in share its bytes on one disk and cost nothing."""


class KeptClip(Document):
    """A clip in the store."""

    kind: ClassVar[str] = "songreel.kept-clip"
    version: ClassVar[int] = 1

    provider: str
    request: ClipRequest
    sha256: Sha256
    worker: str
    seconds: Seconds
    effort: Effort | None = None
    made: AwareDatetime


class Kept:
    """The store in `folder`; safe for many processes at once, also over a shared disk.

    Raises:
        MachineError: The folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._clips, self._made = folder / "clips", folder / "made"
        self.journal = folder / "journal.jsonl"
        try:
            self._clips.mkdir(parents=True, exist_ok=True)
            self._made.mkdir(exist_ok=True)
            self.id = self._named()
        except OSError as error:
            raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error

    @classmethod
    def seen(cls, folder: Path, identity: str) -> "Kept | None":
        """The store in `folder` if it is the one called `identity`: this disk, or a shared one."""
        with suppress(OSError, MachineError):
            if (folder / "id").read_text(encoding="ascii") == identity:
                return cls(folder)
        return None

    def find(self, key: str) -> tuple[Made, Path] | None:
        """The clip that serves the order `key`, if its bytes have the stated hash."""
        document = self._made / f"{key}.json"
        try:
            known = KeptClip.load(document)
            path = self.path(known.sha256)
            if sha256_of(path) != known.sha256:
                return None
            os.utime(document)  # used now: what was used longest ago goes first
        except (InvalidInput, OSError):
            return None
        made = Made(
            key=key, sha256=known.sha256, worker=known.worker, seconds=0.0, effort=known.effort,
            found=True,
        )  # fmt: skip
        return made, path

    def take_in(
        self, file: Path, order: ClipOrder, *, worker: str, seconds: float, effort: Effort | None
    ) -> tuple[Made, Path]:
        """Move a finished file into the store; it is found from then on.

        Raises:
            MachineError: The folder cannot be written or the disk is full.
        """
        try:
            sha256 = sha256_of(file)
        except OSError as error:
            raise MachineError(f"cannot read {file}: {error.strerror or error}") from error
        path = self.path(sha256)
        made = Made(key=order.key, sha256=sha256, worker=worker, seconds=seconds, effort=effort)
        document = KeptClip(
            provider=order.provider, request=order.request, sha256=sha256, worker=worker,
            seconds=seconds, effort=effort, made=datetime.now(UTC),
        )  # fmt: skip
        try:
            path.parent.mkdir(exist_ok=True)
            try:
                file.replace(path)
            except OSError:  # another disk
                partial = path.with_name(f"{path.name}.{uuid4().hex[:8]}{PARTIAL}")
                shutil.copyfile(file, partial)
                partial.replace(path)
                file.unlink()
            self._write(document, order.key)
            self._journal(made, order)
        except OSError as error:
            raise MachineError(f"cannot write {path}: {error.strerror or error}") from error
        return made, path

    def take_bytes(self, data: bytes, order: ClipOrder, made: Made) -> Path:
        """Keep a clip that was made where this store is not seen.

        Raises:
            MachineError: The bytes are not those of `made`, or the folder cannot be written.
        """
        file = self.folder / f"{order.key}.{uuid4().hex[:8]}{PARTIAL}"
        try:
            file.write_bytes(data)
            if sha256_of(file) != made.sha256:
                raise MachineError(
                    f"a clip that {made.worker} sent is spoilt: its bytes have another sha256 than "
                    f"the stated {made.sha256[:12]}…"
                )
            return self.take_in(
                file, order, worker=made.worker, seconds=made.seconds, effort=made.effort
            )[1]
        except OSError as error:
            raise MachineError(f"cannot write {file}: {error.strerror or error}") from error
        finally:
            file.unlink(missing_ok=True)

    def prune(self, limit: int = LIMIT) -> int:
        """Remove the clips used longest ago until at most `limit` bytes are left.

        Args:
            limit: Bytes. Clips that a film holds too (by a hard link) do not count and stay found.

        Returns:
            Bytes freed.

        Raises:
            MachineError: The folder cannot be written.
        """
        freed = 0
        try:
            with FileLock(self.folder / ".lock"):
                held, documents = 0, []
                known: set[Path] = set()
                for document in self._made.glob("*.json"):
                    with suppress(InvalidInput, OSError):
                        path = self.path(KeptClip.load(document).sha256)
                        known.add(path)
                        facts = path.stat()
                        size = facts.st_size if facts.st_nlink < 2 else 0
                        held += size
                        documents.append((document.stat().st_mtime, document, path, size))
                self._tidy(known)
                for _, document, path, size in sorted(documents):
                    if held <= limit:
                        break
                    if size:
                        document.unlink(missing_ok=True)
                        path.unlink(missing_ok=True)
                        held, freed = held - size, freed + size
        except OSError as error:
            raise MachineError(f"cannot write {self.folder}: {error.strerror or error}") from error
        return freed

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """A folder on the store's disk for files under way; it goes when the block ends.

        Raises:
            MachineError: It cannot be made.
        """
        try:
            folder = Path(mkdtemp(prefix=WORK, dir=self.folder))
            lock = FileLock(folder / ".lock")
            lock.acquire(timeout=0)
        except OSError as error:
            raise MachineError(f"cannot write {self.folder}: {error.strerror or error}") from error
        try:
            yield folder
        finally:
            lock.release()
            shutil.rmtree(folder, ignore_errors=True)

    def _tidy(self, known: Collection[Path]) -> None:
        """Remove what crashes left: folders of workers that are gone, clips without a document."""
        for folder in self.folder.glob(f"{WORK}*"):
            with suppress(Timeout):
                FileLock(folder / ".lock").acquire(timeout=0).lock.release()
                shutil.rmtree(folder, ignore_errors=True)
        before = time.time() - STRAY
        for path in self._clips.glob("*/*"):
            if path not in known and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the clip of those bytes lies, if it does."""
        return self._clips / sha256[:2] / f"{sha256}.mp4"

    def _named(self) -> str:
        """The store's name, given by whoever comes first."""
        path = self.folder / "id"
        with FileLock(self.folder / ".lock"):
            if not path.is_file():
                with whole(path, lasting=False) as partial:
                    partial.write_text(uuid4().hex, encoding="ascii")
            return path.read_text(encoding="ascii")

    def _write(self, document: KeptClip, key: str) -> None:
        path = self._made / f"{key}.json"
        # Two may keep the same clip at once: each writes under a name of its own.
        partial = path.with_name(f"{key}.{uuid4().hex[:8]}{PARTIAL}")
        partial.write_text(document.to_json(), encoding="utf-8")
        partial.replace(path)

    def _journal(self, made: Made, order: ClipOrder) -> None:
        line = {
            "key": made.key, "provider": order.provider, "sha256": made.sha256,
            "worker": made.worker, "seconds": round(made.seconds, 3),
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }  # fmt: skip
        with self.journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
