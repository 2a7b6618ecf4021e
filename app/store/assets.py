"""Files by content: `Assets`. Each is there once, whole, and as long as something refers to it."""

import hashlib
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import sqlalchemy as sql
from sqlalchemy.engine import Connection

from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import held_alone, whole
from songreel.models.workspace import AssetEntry, Bounded
from songreel.store import documents
from songreel.store.blobs import Blobs, blobs_at
from songreel.store.blobs_folder import swept
from songreel.store.collecting import GRACE, Checked, Collected, check, collect
from songreel.store.database import Database
from songreel.store.intake import copied, opened, seen
from songreel.store.media_type import json_or_not
from songreel.store.schema import stamp
from songreel.store.schema_base import plain
from songreel.store.trail import enter
from songreel.store.workspace_tables import ASSET_USES, ASSETS, WORKSPACE

DAY = timedelta(days=1)


class Assets:
    """The assets of a workspace.

    An asset's row is in the database before its bytes are in their place, and is only shown once
    they are. It is collected when nothing refers to it and its time is up: first its row goes,
    then, in a turn in which nobody else writes rows, its bytes, if the row has not come back. So
    neither a crash nor another process that puts the same content leaves a row without bytes.

    Args:
        database: Of the workspace.
        url: Where bytes lie, as fsspec names it: a folder's path, `file:///…`, `s3://BUCKET/…`.
        cache: Folder on this machine for copies of what lies elsewhere; None: the platform's.
        actor: Who puts and collects, for the audit trail.
        clock: The time.

    Raises:
        InvalidInput: The URL is none, when bytes are first asked for.
        MachineError: Database, folder or storage refuse; of every method.
    """

    def __init__(
        self,
        database: Database,
        url: str | Path,
        *,
        cache: Path | None = None,
        actor: str = "cli",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.database, self._url, self._cache = database, str(url), cache
        self._actor, self._clock = actor, clock

    @cached_property
    def blobs(self) -> Blobs:
        """Where the bytes are."""
        with self.database.read() as connection:
            workspace: str = connection.execute(sql.select(WORKSPACE.c.id)).scalar_one()
        return blobs_at(self._url, workspace, self._copies)

    @property
    def place(self) -> str:
        """Where that is, for people."""
        return self.blobs.name

    def put(
        self,
        source: Path | bytes | BinaryIO,
        name: str,
        media_type: str | None = None,
        *,
        keep: timedelta = DAY,
    ) -> AssetEntry:
        """Store a file; the same content again is stored once.

        Args:
            source: A file, content, or what is read to its end; never whole in memory, unless it
                is JSON.
            name: What it is called, for people.
            media_type: What it is; None: found by its content.
            keep: How long it stays although nothing refers to it.

        Raises:
            InvalidInput: The file cannot be read.
            MachineError: It cannot be stored: the disk is full, the network does not answer, …
        """
        title = shown(name)
        if isinstance(source, bytes) and len(source) <= documents.MOST:
            kind = media_type or json_or_not(source) or ""
            if kind == documents.JSON_TYPE:
                return self._document(source, title, keep)
        if isinstance(source, Path):
            kind, size, digest = seen(source, media_type)
            if kind == documents.JSON_TYPE and size <= documents.MOST:
                return self._document(source.read_bytes(), title, keep)
            if self._again(digest, size, keep):
                return self.get(digest)
        with self._spooled(source, name) as (file, digest):
            kind, size, _ = seen(file, media_type, digest)
            if kind == documents.JSON_TYPE and size <= documents.MOST:
                return self._document(file.read_bytes(), title, keep)
            return self._put(file, digest, title, kind, keep)

    def get(self, sha256: str) -> AssetEntry:
        """What is known of an asset.

        Raises:
            InvalidInput: There is none.
        """
        with self.database.read() as connection:
            found = self._entries(connection, ASSETS.c.sha256 == plain(sha256))
        if not found:
            raise _unknown(sha256)
        return found[0]

    def open(self, sha256: str) -> BinaryIO:
        """Read an asset's content, a part at a time; seekable."""
        content = self._content(sha256)
        return io.BytesIO(content) if content is not None else self.blobs.open(sha256)

    def read(self, sha256: str) -> bytes:
        """An asset's content, checked.

        Raises:
            InvalidInput: There is none.
            MachineError: It is spoilt or missing.
        """
        content = self._content(sha256)
        if content is None:
            with self.blobs.open(sha256) as file:
                content = file.read()
            if hashlib.sha256(content).hexdigest() != sha256:
                raise self._spoilt(sha256)
        return content

    def fetch(self, sha256: str, to: Path, *, replace: bool = False) -> None:
        """Copy an asset's content to a file, checked.

        Raises:
            InvalidInput: There is none; or the file exists and may not be replaced.
            MachineError: It is spoilt or missing, or the file cannot be written.
        """
        if to.exists() and not replace:
            raise InvalidInput(f"{to} exists; choose another name")
        with self.open(sha256) as source, whole(to) as partial, partial.open("wb") as file:
            if copied(source, file, sha256[:12]) != sha256:
                raise self._spoilt(sha256)

    def local(self, sha256: str) -> Path:
        """A file on this machine with an asset's content; not to be changed."""
        content = self._content(sha256)
        if content is None:
            return self.blobs.local(sha256)
        path = self._copies / "documents" / sha256
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole(path, lasting=False) as partial:
                partial.write_bytes(content)
        return path

    def use(self, sha256: str, what: Bounded, by: str) -> None:
        """Let something refer to an asset: it stays as long as anything does.

        Args:
            sha256: The asset.
            what: Kind of what refers to it.
            by: Its id.

        Raises:
            InvalidInput: There is no such asset.
        """
        with self.database.write() as connection:
            if not self._entries(connection, ASSETS.c.sha256 == plain(sha256)):
                raise _unknown(sha256)
            documents.use(connection, sha256, what, by)

    def release(self, what: Bounded, by: str, sha: str | None = None) -> None:
        """Something refers to an asset no more; to none at all where no `sha` is named."""
        gone = sql.delete(ASSET_USES).where(ASSET_USES.c.what == what, ASSET_USES.c.id == by)
        if sha is not None:
            gone = gone.where(ASSET_USES.c.sha256 == sha)
        with self.database.write() as connection:
            connection.execute(gone)

    def used(self, what: Bounded, by: str) -> tuple[AssetEntry, ...]:
        """The assets that something refers to, latest first."""
        known = sql.select(ASSET_USES.c.sha256).filter_by(what=what, id=by)
        with self.database.read() as connection:
            return self._entries(connection, ASSETS.c.sha256.in_(known))

    def all(self) -> tuple[AssetEntry, ...]:
        """Every asset, latest first."""
        with self.database.read() as connection:
            return self._entries(connection, sql.true())

    def held(self) -> int:
        """Bytes that all assets take where they lie."""
        asked = sql.select(sql.func.coalesce(sql.func.sum(ASSETS.c.held), 0))
        with self.database.read() as connection:
            return int(connection.execute(asked).scalar_one())

    def collect(self, *, dry_run: bool = False) -> Collected:
        """Remove what nothing refers to and whose time is up, and what broken runs left."""
        now = self._clock()
        done = collect(self.database, self.blobs, now, self._actor, dry_run=dry_run)
        copies = swept(self._copies / "documents", now - GRACE, dry_run=dry_run)
        return done._replace(bytes=done.bytes + copies)

    def check(self, *, deep: bool = True) -> Checked:
        """What is missing or spoilt; `deep`: every file is read and hashed."""
        return check(self.database, self.blobs, deep=deep)

    @property
    def _copies(self) -> Path:
        if self._cache is not None:
            return self._cache
        from platformdirs import user_cache_path

        return user_cache_path("songreel") / "assets"

    def _document(self, content: bytes, name: str, keep: timedelta) -> AssetEntry:
        now = self._clock()
        with self.database.write() as connection:
            sha256, gained = documents.write(
                connection, content, name, at=stamp(now), kept_until=stamp(now + keep)
            )
            if gained:
                self._tell(connection, now, sha256, name, gained)
            return self._entries(connection, ASSETS.c.sha256 == sha256)[0]

    def _tell(
        self, connection: Connection, now: datetime, sha256: str, name: str, gained: int
    ) -> None:
        enter(
            connection, stamp(now), self._actor, "asset.stored",
            subject=sha256, detail={"name": name}, stored=gained,
        )  # fmt: skip

    def _put(self, file: Path, sha256: str, name: str, kind: str, keep: timedelta) -> AssetEntry:
        size = file.stat().st_size
        if self._again(sha256, size, keep):
            return self.get(sha256)
        while True:
            # While it comes up it is waited for, a day at least; then for as long as was asked.
            until = stamp(self._clock() + max(keep, DAY))
            with self.database.write() as connection:
                if not self._extend(connection, sha256, until):
                    row = {
                        "sha256": sha256, "size": size, "media_type": kind, "name": name,
                        "at": stamp(self._clock()), "kept_until": until, "held": 0,
                        "stored": False,
                    }  # fmt: skip
                    connection.execute(sql.insert(ASSETS).values(row))
            if not self.blobs.holds(sha256, size):
                if not file.exists():
                    raise MachineError(f"{name} was collected while it was stored; try again")
                self.blobs.place(file, sha256)
            with self.database.write() as connection:
                if self._stored(connection, sha256, size, until, keep):
                    return self._entries(connection, ASSETS.c.sha256 == sha256)[0]

    def _stored(
        self, connection: Connection, sha256: str, size: int, until: str, keep: timedelta
    ) -> bool:
        """Show the asset, its bytes being there; False where its row was collected meanwhile."""
        this = ASSETS.c.sha256 == sha256
        known = connection.execute(sql.select(ASSETS).where(this)).one_or_none()
        if known is None:
            return False
        now = self._clock()
        if known.kept_until == until:  # nobody else has asked for longer
            connection.execute(sql.update(ASSETS).where(this).values(kept_until=stamp(now + keep)))
        else:  # another process that put the same has asked for less, perhaps
            self._extend(connection, sha256, stamp(now + keep))
        if not known.stored:
            connection.execute(sql.update(ASSETS).where(this).values(held=size, stored=True))
            self._tell(connection, now, sha256, known.name, size)
        return True

    def _extend(self, connection: Connection, sha256: str, until: str) -> bool:
        """Keep an asset until then, if it is not kept for longer; False where there is no row."""
        this = ASSETS.c.sha256 == sha256
        known = connection.execute(sql.select(ASSETS.c.kept_until).where(this)).scalar()
        if known is not None and known < until:
            connection.execute(sql.update(ASSETS).where(this).values(kept_until=until))
        return known is not None

    def _again(self, sha256: str, size: int, keep: timedelta) -> bool:
        """Whether the content is there already; then it stays for `keep` from now on."""
        with self.database.write() as connection:
            known = self._entries(connection, ASSETS.c.sha256 == sha256)
            if not known:
                return False
            self._extend(connection, sha256, stamp(self._clock() + keep))
            if documents.read(connection, sha256) is not None:
                return True
        return self.blobs.holds(sha256, size)

    def _content(self, sha256: str) -> bytes | None:
        """The content of a document; None of an asset that lies elsewhere."""
        with self.database.read() as connection:
            if not self._entries(connection, ASSETS.c.sha256 == plain(sha256)):
                raise _unknown(sha256)
            return documents.read(connection, sha256)

    def _entries(
        self, connection: Connection, where: sql.ColumnElement[bool]
    ) -> tuple[AssetEntry, ...]:
        uses = (
            sql.select(sql.func.count())
            .where(ASSET_USES.c.sha256 == ASSETS.c.sha256)
            .scalar_subquery()
        )
        asked = (
            sql.select(*(ASSETS.c[name] for name in _SHOWN), uses.label("used"))
            .where(ASSETS.c.stored, where)
            .order_by(ASSETS.c.at.desc(), ASSETS.c.sha256)
        )
        return tuple(AssetEntry(**row) for row in connection.execute(asked).mappings())

    @contextmanager
    def _spooled(self, source: Path | bytes | BinaryIO, name: str) -> Iterator[tuple[Path, str]]:
        """A copy of the content under a name of its own, and its hash."""
        spool = self.blobs.spool / uuid4().hex
        try:
            spool.parent.mkdir(parents=True, exist_ok=True)
            with ExitStack() as held:
                held_alone(spool, held)  # whoever sweeps up sees that somebody is at work on it
                with opened(source, name) as given, spool.open("wb") as file:
                    digest = copied(given, file, name)
                yield spool, digest
        except OSError as error:
            raise MachineError(
                f"cannot store {name} in {self.blobs.name}: {error.strerror or error}"
            ) from error
        finally:
            with suppress(OSError):
                spool.unlink(missing_ok=True)

    def _spoilt(self, sha256: str) -> MachineError:
        return MachineError(
            f"the asset {sha256[:12]} in {self.blobs.name} is spoilt: its content has changed; "
            "put the file in again to mend it"
        )


_SHOWN = ("sha256", "size", "media_type", "name", "at")


def shown(name: str) -> str:
    """`name` as it is kept, for people: its last part, without what could not be printed."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    return " ".join(plain.split())[:200].strip() or "unnamed"


def _unknown(sha256: str) -> InvalidInput:
    return InvalidInput(f"there is no asset {shown(sha256)[:64]!r} in this workspace")
