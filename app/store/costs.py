"""What was paid: by project, model, day and shot; what may still be billed; the book as CSV."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import sqlalchemy as sql
from pydantic import AwareDatetime, Field
from sqlalchemy.engine import RowMapping

from songreel.models.document import Frozen
from songreel.models.money import Usd
from songreel.store.amounts import usd
from songreel.store.ledger import Ledger
from songreel.store.schema import ENTRIES

By = Literal["project", "model", "day", "shot"]
Count = Annotated[int, Field(ge=0)]


class Entry(Frozen):
    """A line of the book."""

    id: int
    at: AwareDatetime
    kind: Literal["reserve", "settle", "release"]
    project: str
    project_name: str
    key: str
    provider: str
    """With the model: `replicate:hailuo-02`."""
    shot: str
    fingerprint: str
    """Of the clip's request."""
    usd: Usd
    """Set aside by a reserve, charged by a settle, 0 of a release."""
    change: Annotated[Decimal, Field(max_digits=14, decimal_places=6)]
    """USD added to the sum of charges and open reservations; may be negative."""
    measured: bool
    """Of a settle: whether the charge follows from what the service metered."""
    basis: str
    """How the amount is known; of a release its reason."""


class CostRow(Frozen):
    """Sums over one project, model, day or shot."""

    name: str
    """For people: the project's name, the model, the day (UTC), the shot."""
    project: str = ""
    """Of a project or a shot: what the project is known by."""
    clips: Count
    """Charges that were booked, those of nothing left out."""
    measured: Usd
    """Charged as the service metered it."""
    unmeasured: Usd
    """Charged as quoted, where the service told nothing."""
    total: Usd
    """Measured and unmeasured."""
    waiting: Count
    """Reservations that have not ended."""
    open: Usd
    """Set aside for them: what may still be billed."""


def entries(
    ledger: Ledger, *, project: str | None = None, since: date | None = None
) -> tuple[Entry, ...]:
    """The lines of the book in their order, which later lines never change.

    Args:
        ledger: The book.
        project: Only what the project is known by; None for all.
        since: First day (UTC); None for all.

    Raises:
        MachineError: The ledger cannot be read.
    """
    asked = sql.select(ENTRIES).order_by(ENTRIES.c.id)
    if project is not None:
        asked = asked.where(ENTRIES.c.project == project)
    if since is not None:
        asked = asked.where(ENTRIES.c.at >= since.isoformat())
    with ledger.database.read() as connection:
        return tuple(_entry(row) for row in connection.execute(asked).mappings())


def reservations(ledger: Ledger, *, project: str | None = None) -> tuple[Entry, ...]:
    """The reservations that have not ended, oldest first: what may still be billed.

    Raises:
        MachineError: The ledger cannot be read.
    """
    return _open(entries(ledger, project=project))


def costs(
    ledger: Ledger, by: By, project: str | None = None, since: date | None = None
) -> tuple[CostRow, ...]:
    """What was charged and is set aside, a row for every project, model, day or shot.

    A charge counts on the day it was booked, a reservation on the day it was made. Rows are
    sorted by name (days and shots in the book's order); they add up to `total`.

    Args:
        ledger: The book.
        by: What a row is of.
        project: Only what the project is known by; None for all.
        since: First day (UTC); None for all.

    Raises:
        MachineError: The ledger cannot be read.
    """
    lines = entries(ledger, project=project)
    first = "" if since is None else since.isoformat()
    waiting = {line.id for line in _open(lines)}
    names = {line.project: line.project_name for line in lines}
    groups: dict[tuple[str, str], list[Entry]] = {}
    for line in lines:
        counts = line.kind == "settle" or line.id in waiting
        if counts and line.at.date().isoformat() >= first:
            groups.setdefault(_GROUPS[by](line), []).append(line)
    rows = [
        _row(_name(by, known, name, names), known, lines) for (known, name), lines in groups.items()
    ]
    return tuple(sorted(rows, key=lambda row: row.name) if by in ("project", "model") else rows)


def total(rows: Iterable[CostRow]) -> CostRow:
    """One row over all of `rows`."""
    added = tuple(rows)
    return CostRow(
        name="total",
        clips=sum(row.clips for row in added),
        measured=sum((row.measured for row in added), usd(0)),
        unmeasured=sum((row.unmeasured for row in added), usd(0)),
        total=sum((row.total for row in added), usd(0)),
        waiting=sum(row.waiting for row in added),
        open=sum((row.open for row in added), usd(0)),
    )


def to_csv(rows: Sequence[Frozen], of: type[Frozen] = Entry) -> str:
    """Rows as CSV (RFC 4180) with a header; amounts to the millionth with a decimal point.

    The lines of a book exported again begin with those exported before. Text that a spreadsheet
    would take for a formula is put after an apostrophe; values in values are JSON.

    Args:
        rows: All of one kind.
        of: Their kind, where there may be none.
    """
    kind = type(rows[0]) if rows else of
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(kind.model_fields)
    for row in rows:
        values: Mapping[str, Any] = row.model_dump(mode="json")
        writer.writerow(
            _harmless(value)
            if isinstance(getattr(row, field), str)
            else json.dumps(value, ensure_ascii=False)
            if isinstance(value, dict | list)
            else value
            for field, value in values.items()
        )
    return out.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


_GROUPS: dict[By, Callable[[Entry], tuple[str, str]]] = {
    "project": lambda line: (line.project, ""),
    "model": lambda line: ("", line.provider),
    "day": lambda line: ("", line.at.date().isoformat()),
    "shot": lambda line: (line.project, line.shot),
}


def _name(by: By, project: str, name: str, names: Mapping[str, str]) -> str:
    if by == "project":
        return names[project]
    return name or "not known"


def _row(name: str, project: str, lines: Sequence[Entry]) -> CostRow:
    settled = [line for line in lines if line.kind == "settle"]
    waiting = [line for line in lines if line.kind == "reserve"]
    measured = sum((line.usd for line in settled if line.measured), usd(0))
    unmeasured = sum((line.usd for line in settled if not line.measured), usd(0))
    return CostRow(
        name=name,
        project=project,
        clips=sum(line.usd > 0 for line in settled),
        measured=measured,
        unmeasured=unmeasured,
        total=measured + unmeasured,
        waiting=len(waiting),
        open=sum((line.usd for line in waiting), usd(0)),
    )


def _open(lines: Iterable[Entry]) -> tuple[Entry, ...]:
    """The reserves that are the last line of their key."""
    last = {(line.project, line.key): line for line in lines}
    open_ = [line for line in last.values() if line.kind == "reserve"]
    return tuple(sorted(open_, key=lambda line: line.id))


def _entry(row: RowMapping) -> Entry:
    fields = {field: row[field] for field in Entry.model_fields}
    return Entry(**fields | {"usd": usd(row["usd"]), "change": usd(row["change"])})
