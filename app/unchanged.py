"""Files read once and known for as long as they stay as they are: `Documents`."""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeVar, cast

from songreel.models.document import Document
from songreel.models.files import sha256_of

T = TypeVar("T")
ALIKE = 24
"""Contents that are remembered: plans to go back to. Those of one film share most of theirs."""


class Identity(NamedTuple):
    """By which a file is known not to have changed: every document is written by renaming."""

    inode: int
    modified: int
    """Nanoseconds."""
    size: int

    @classmethod
    def of(cls, path: Path) -> "Identity | None":
        """Of the file; None where there is none."""
        try:
            found = path.stat()
        except OSError:
            return None
        return cls(found.st_ino, found.st_mtime_ns, found.st_size)


class Documents:
    """What was read from files, the ones that were asked for last.

    Args:
        most: How many are kept.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[Path, str], tuple[Identity, object]] = OrderedDict()
        self._alike: OrderedDict[str, object] = OrderedDict()
        self._lock = Lock()

    def load(self, path: Path, read: Callable[[Path], T], what: str = "") -> T | None:
        """What `read` makes of a file, read again only when the file is another one.

        Args:
            path: The file; None is given where there is none.
            read: Reads it.
            what: Tells apart what is made of the same file.
        """
        identity = Identity.of(path)
        if identity is None:
            return None
        with self._lock:
            known = self._kept.get((path, what))
            if known is not None and known[0] == identity:
                self._kept.move_to_end((path, what))
                return cast("T", known[1])
        made = read(path)
        if Identity.of(path) == identity:  # else it was replaced while it was read
            self._store(path, what, identity, made)
        return made

    def alike(self, path: Path, read: Callable[[Path], T]) -> T | None:
        """The same as `load`, also of a file that has the content of one that was read before.

        So what undo brings back need not be read again.
        """
        digest = self.digest(path)
        if digest is None:
            return None
        with self._lock:
            if digest in self._alike:
                self._alike.move_to_end(digest)
                return cast("T", self._alike[digest])
        made = read(path)
        if self.digest(path) == digest:
            self.know_alike(digest, made)
        return made

    def know_alike(self, digest: str, value: object) -> None:
        """Remember what a file of this content (SHA-256) is read as."""
        with self._lock:
            self._alike[digest] = value
            self._alike.move_to_end(digest)
            while len(self._alike) > ALIKE:
                self._alike.popitem(last=False)

    def know_text(self, document: Document) -> None:
        """Remember what a file of this document is read as."""
        self.know_alike(sha256(document.to_json().encode()).hexdigest(), document)

    def digest(self, path: Path) -> str | None:
        """SHA-256 of a file's content; None where there is none."""
        return self.load(path, sha256_of, "sha256")

    def noted(self, mark: str) -> object | None:
        """What was noted under a mark; None where nothing was, or it is forgotten."""
        with self._lock:
            return self._alike.get(mark)

    def note(self, mark: str, value: object) -> None:
        """Note something that was worked out, under a mark of all that it depends on."""
        self.know_alike(mark, value)

    def _store(self, path: Path, what: str, identity: Identity, value: object) -> None:
        with self._lock:
            self._kept[path, what] = identity, value
            self._kept.move_to_end((path, what))
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
