"""Assets that are documents: JSON, compressed, in the database itself.

They are written in the transaction of the rows that speak of them, so that a plan and its version
are there together or not at all, and an edit waits for no object storage.
"""

import hashlib
import zlib
from typing import NamedTuple

import sqlalchemy as sql
from sqlalchemy.engine import Connection

from songreel.models.errors import MachineError
from songreel.store.workspace_tables import ASSET_DOCUMENTS, ASSET_USES, ASSETS

JSON_TYPE = "application/json"
MOST = 8 * 2**20
"""Bytes up to which JSON is kept as a document; larger files lie with the others."""


class Written(NamedTuple):
    """A document that was kept."""

    sha256: str
    gained: int
    """Bytes by which the store grew; 0 where it was there already."""


def write(
    connection: Connection,
    content: bytes,
    name: str,
    *,
    at: str,
    kept_until: str | None = None,
    media_type: str = JSON_TYPE,
) -> Written:
    """Keep a document, once. The caller tells the audit trail what the store gained.

    Args:
        connection: Of a transaction that writes.
        content: The document.
        name: For people.
        at: The moment, as the tables keep it.
        kept_until: Until when although nothing refers to it; None: no longer than now.
        media_type: Of the content.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    until = kept_until or at
    known = connection.execute(
        sql.select(ASSETS.c.kept_until, ASSETS.c.stored).where(ASSETS.c.sha256 == sha256)
    ).one_or_none()
    if known is not None:
        if known.kept_until < until:
            change = sql.update(ASSETS).where(ASSETS.c.sha256 == sha256)
            connection.execute(change.values(kept_until=until))
        if known.stored:
            return Written(sha256, 0)
    data = zlib.compress(content, 6)
    row: dict[str, object] = {"held": len(data), "stored": True}
    if known is None:
        row |= {
            "sha256": sha256, "size": len(content), "media_type": media_type, "name": name,
            "at": at, "kept_until": until,
        }  # fmt: skip
        connection.execute(sql.insert(ASSETS).values(row))
    else:
        connection.execute(sql.update(ASSETS).where(ASSETS.c.sha256 == sha256).values(row))
    connection.execute(sql.insert(ASSET_DOCUMENTS).values(sha256=sha256, data=data))
    return Written(sha256, len(data))


def read(connection: Connection, sha256: str) -> bytes | None:
    """A document's content, checked; None where it is not in the database.

    Raises:
        MachineError: It is spoilt.
    """
    asked = sql.select(ASSET_DOCUMENTS.c.data).where(ASSET_DOCUMENTS.c.sha256 == sha256)
    data = connection.execute(asked).scalar()
    if data is None:
        return None
    try:
        content = zlib.decompress(data)
    except zlib.error:
        content = b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise MachineError(
            f"the document {sha256[:12]} in the database is spoilt: its content has changed"
        )
    return content


def use(connection: Connection, sha256: str, what: str, by: str) -> None:
    """Let something refer to an asset, once."""
    key = {"sha256": sha256, "what": what, "id": by}
    asked = sql.select(ASSET_USES.c.id).filter_by(**key)
    if connection.execute(asked).first() is None:
        connection.execute(sql.insert(ASSET_USES).values(key))
