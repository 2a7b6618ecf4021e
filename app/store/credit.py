"""Prepaid money: what was entered, what charges have eaten, what is left. `Account`."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sql
from sqlalchemy.engine import Connection, Row

from songreel.models.errors import InvalidInput
from songreel.store.amounts import micro, usd
from songreel.store.schema import ENTRIES
from songreel.store.schema_base import plain
from songreel.store.workspace_tables import CREDITS


class Account(NamedTuple):
    """Prepaid money with one service, or for all of them."""

    service: str
    """`fal`, `replicate`; empty: for whatever is bought."""
    since: datetime
    """When it was opened: what was charged before does not count."""
    added: Decimal
    """Entered since then, USD; corrections among it."""
    used: Decimal
    """Charged and set aside since then, USD, and what was set aside just then."""

    @property
    def left(self) -> Decimal:
        """USD; negative where more was charged than had been entered."""
        return self.added - self.used

    def bounds(self, provider: str) -> bool:
        """Whether it pays for what `provider` (`fal:hailuo-02`) makes."""
        return self.service in ("", provider.partition(":")[0])


class CreditLine(NamedTuple):
    """A sum as it was entered."""

    id: int
    at: datetime
    service: str
    usd: Decimal | None
    """Added, negative of a correction; None: the account ended."""
    note: str


def accounts(connection: Connection) -> tuple[Account, ...]:
    """The accounts that are open, that for all services first."""
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(sql.select(CREDITS).order_by(CREDITS.c.id)):
        if row.usd is None:
            found.pop(row.service, None)
        else:
            found.setdefault(row.service, []).append(row)
    return tuple(_account(connection, *entry) for entry in sorted(found.items()))


def account(connection: Connection, service: str) -> Account | None:
    """The account with a service; None where none is open."""
    return next((one for one in accounts(connection) if one.service == service), None)


def add(connection: Connection, at: str, service: str, amount: Decimal | None, note: str) -> None:
    """Enter a sum; the first one opens the account, None ends it.

    Raises:
        InvalidInput: There is no account to end.
    """
    known = account(connection, service)
    since = waiting = 0  # those of the first line count
    if known is None:
        if amount is None:
            raise InvalidInput(f"no credit {_with(service)} is entered; there is none to take away")
        since = connection.execute(sql.select(sql.func.max(ENTRIES.c.id))).scalar() or 0
        waiting = set_aside(connection, service)
    row = {
        "at": at, "service": service, "usd": None if amount is None else micro(amount),
        "since": since, "waiting": waiting, "note": plain(note),
    }  # fmt: skip
    connection.execute(sql.insert(CREDITS).values(row))


def lines(connection: Connection) -> tuple[CreditLine, ...]:
    """Every sum as it was entered."""
    rows = connection.execute(sql.select(CREDITS).order_by(CREDITS.c.id))
    return tuple(
        CreditLine(
            row.id, datetime.fromisoformat(row.at), row.service,
            None if row.usd is None else usd(row.usd), row.note,
        )
        for row in rows
    )  # fmt: skip


def _with(service: str) -> str:
    return f"with {service}" if service else "for all services"


def _account(connection: Connection, service: str, rows: Sequence[Row[Any]]) -> Account:
    opened = rows[0]
    changes = sql.select(sql.func.coalesce(sql.func.sum(ENTRIES.c.change), 0)).where(
        ENTRIES.c.id > opened.since, *_of(service)
    )
    used = opened.waiting + int(connection.execute(changes).scalar_one())
    added = sum(row.usd for row in rows)
    return Account(service, datetime.fromisoformat(opened.at), usd(added), usd(used))


def set_aside(connection: Connection, service: str) -> int:
    """Millionths that are set aside just now with a service: an account opened now owes them."""
    last = sql.select(sql.func.max(ENTRIES.c.id)).group_by(ENTRIES.c.project, ENTRIES.c.key)
    asked = sql.select(sql.func.coalesce(sql.func.sum(ENTRIES.c.usd), 0)).where(
        ENTRIES.c.id.in_(last), ENTRIES.c.kind == "reserve", *_of(service)
    )
    return int(connection.execute(asked).scalar_one())


def _of(service: str) -> tuple[sql.ColumnElement[bool], ...]:
    if not service:
        return ()
    own = ENTRIES.c.provider
    return (sql.or_(own == service, own.startswith(f"{service}:", autoescape=True)),)
