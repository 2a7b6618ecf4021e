"""Assets that nothing refers to are collected; what lies there is compared with the rows."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sql
from sqlalchemy.engine import Connection, Row

from songreel.models.errors import MachineError
from songreel.models.workspace import AssetEntry
from songreel.store import documents
from songreel.store.blobs import Blobs
from songreel.store.database import Database
from songreel.store.schema import stamp
from songreel.store.trail import enter
from songreel.store.workspace_tables import (
    ANALYSES,
    ASSET_DOCUMENTS,
    ASSET_USES,
    ASSETS,
    PLAN_VERSIONS,
)

GRACE = timedelta(days=1)
"""For which files under way, and bytes that no row speaks of, are left alone."""
_COPIES = timedelta(days=7)
"""After which a copy on this machine that nobody used is given up."""
_TURN = 100
"""Files removed in one turn, in which nobody else writes the database."""
_BLOCK = 2**20


class Collected(NamedTuple):
    """What was removed, or would be."""

    entries: tuple[AssetEntry, ...]
    bytes: int
    """Freed in all, with what broken runs left."""
    strays: int
    """Files among them that no asset was known by."""


class Checked(NamedTuple):
    """What the store holds, compared with what it should."""

    files: int
    bytes: int
    missing: tuple[AssetEntry, ...]
    spoilt: tuple[AssetEntry, ...]
    """Their content has changed; put again, they are mended."""
    strays: int
    """Files that no asset is known by: left by a crash, collected in a day."""

    @property
    def sound(self) -> bool:
        """Whether all is as it should be."""
        return not (self.missing or self.spoilt)


def collect(
    database: Database, blobs: Blobs, now: datetime, actor: str, *, dry_run: bool
) -> Collected:
    """Remove assets that nothing refers to and whose time is up, and what broken runs left.

    Rows go first. Bytes go in turns in which nobody else writes rows, if theirs have not come back.

    Raises:
        MachineError: Database or storage refuse. What is left over is collected the next time.
    """
    if dry_run:
        with database.read() as connection:
            found = _unused(connection, now)
    else:
        with database.write() as connection:
            found = _unused(connection, now)
            for row in found:
                _forget(connection, row, now, actor)
    ours = {row.sha256 for row in found}
    strays = [
        blob for blob in blobs.all()
        if blob.written < now - GRACE and blob.sha256 not in ours
    ]  # fmt: skip
    with database.read() as connection:
        known = set(connection.execute(sql.select(ASSETS.c.sha256)).scalars())
    strays = [blob for blob in strays if blob.sha256 not in known]
    if not dry_run:
        loose = [row.sha256 for row in found if not row.document]
        for turn in _turns([*loose, *(blob.sha256 for blob in strays)]):
            with database.write() as connection:
                back = sql.select(ASSETS.c.sha256).where(ASSETS.c.sha256.in_(turn))
                here = set(connection.execute(back).scalars())
                blobs.remove([sha256 for sha256 in turn if sha256 not in here])
    freed = blobs.tidy(now - GRACE, now - _COPIES, dry_run=dry_run)
    return Collected(
        tuple(_entry(row) for row in found if row.stored),
        sum(row.held for row in found) + sum(blob.size for blob in strays) + freed,
        len(strays),
    )


def check(database: Database, blobs: Blobs, *, deep: bool) -> Checked:
    """Compare what lies there with the rows; `deep`: read and hash everything.

    Raises:
        MachineError: Database or storage cannot be read.
    """
    with database.read() as connection:
        rows = _rows(connection, sql.true())
    lying = {blob.sha256: blob for blob in blobs.all()}
    missing, spoilt = [], []
    for row in rows:
        if not row.stored:
            continue
        if row.document:
            with database.read() as connection:
                try:
                    documents.read(connection, row.sha256)
                except MachineError:
                    spoilt.append(_entry(row))
        elif row.sha256 not in lying:
            missing.append(_entry(row))
        elif lying[row.sha256].size != row.size or (deep and _hashed(blobs, row) != row.sha256):
            spoilt.append(_entry(row))
    known = {row.sha256 for row in rows}
    stored = [row for row in rows if row.stored]
    return Checked(
        files=len(stored),
        bytes=sum(row.held for row in stored),
        missing=tuple(missing),
        spoilt=tuple(spoilt),
        strays=sum(sha256 not in known for sha256 in lying),
    )


def _unused(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    # Asked of each asset, SQLite would read all versions of all plans for every one.
    free = sql.except_(
        sql.select(ASSETS.c.sha256).where(ASSETS.c.kept_until <= stamp(now)),
        *(
            sql.select(column)
            for column in (ASSET_USES.c.sha256, PLAN_VERSIONS.c.plan_sha256, ANALYSES.c.document)
        ),
    )
    return _rows(connection, ASSETS.c.sha256.in_(free))


def _rows(connection: Connection, where: sql.ColumnElement[bool]) -> Sequence[Row[Any]]:
    document = sql.exists().where(ASSET_DOCUMENTS.c.sha256 == ASSETS.c.sha256)
    asked = sql.select(ASSETS, document.label("document")).where(where)
    return connection.execute(asked.order_by(ASSETS.c.at, ASSETS.c.sha256)).all()


def _forget(connection: Connection, row: Row[Any], now: datetime, actor: str) -> None:
    for table in (ASSET_DOCUMENTS, ASSETS):
        connection.execute(sql.delete(table).where(table.c.sha256 == row.sha256))
    if row.stored:
        enter(
            connection, stamp(now), actor, "asset.collected",
            subject=row.sha256, detail={"name": row.name}, stored=-row.held,
        )  # fmt: skip


def _hashed(blobs: Blobs, row: Row[Any]) -> str:
    digest = hashlib.sha256()
    with blobs.open(row.sha256) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _turns(digests: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(digests), _TURN):
        yield digests[first : first + _TURN]


def _entry(row: Row[Any]) -> AssetEntry:
    return AssetEntry(
        sha256=row.sha256, size=row.size, media_type=row.media_type, name=row.name, at=row.at
    )
