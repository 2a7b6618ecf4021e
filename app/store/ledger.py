"""The book of money: what was set aside, charged and given back, and the limits on it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sql
from sqlalchemy.engine import Connection

from songreel.models.errors import BudgetExceeded, InvalidInput
from songreel.models.money import Charge, Quote
from songreel.models.order import Order
from songreel.models.sound_request import SoundRequest
from songreel.store import book, credit
from songreel.store.amounts import checked, exact, micro, round_above, usd
from songreel.store.book import MONTH, WORKSPACE, Limit, Scope
from songreel.store.credit import Account, CreditLine
from songreel.store.database import Database
from songreel.store.queue_tables import PURCHASES
from songreel.store.schema import ENTRIES, LIMITS, stamp

_SERVICE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

__all__ = ["MONTH", "WORKSPACE", "Account", "Ledger", "LedgerPurse", "Limit", "Scope"]


class Ledger:
    """The book of a workspace, to which lines are only ever added.

    A line reserves, settles or releases. `change` of a line is what it adds to the sum of
    charges and open reservations, so that this sum is one addition over all lines, and a limit
    holds it: a reserve is refused that would lift it over a limit, in the transaction in which
    the sum was read. A settle is never refused, since the money is gone.

    Args:
        where: Path of an SQLite file, a database URL, or a database that is open already.
        clock: The time of new lines.

    Raises:
        InvalidInput: The URL is none, or the tables are of a newer songreel.
        MachineError: The database cannot be opened or written, or is spoilt.
    """

    def __init__(
        self,
        where: str | Path | Database,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.database = where if isinstance(where, Database) else Database(where)
        self._clock = clock

    def purse(
        self, project: str, project_name: str, allowance: Decimal | None = None, job: str = ""
    ) -> "LedgerPurse":
        """A purse for one run on a project.

        Args:
            project: What the project is known by, whatever its folder is called.
            project_name: For people.
            allowance: USD that this run may charge and set aside; None: the limits alone hold.
            job: Id of the queue's job that this run is an attempt of; the allowance is then for
                all that the job orders, in this attempt and in those before it.

        Raises:
            InvalidInput: The allowance is negative.
        """
        bound = None if allowance is None else checked(allowance)
        return LedgerPurse(self, project, project_name, bound, job)

    def spent_by(self, job: str) -> Decimal:
        """Charged and set aside for what a job of the queue has ordered, in all its attempts, USD.

        Raises:
            MachineError: The ledger cannot be read.
        """
        with self.database.read() as connection:
            return book.of_job(connection, job)

    def limit(self, scope: Scope, amount: Decimal | None) -> None:
        """Set the limit of `scope`, or take it away with None. What was spent before counts.

        Raises:
            InvalidInput: The amount is negative or no number.
            MachineError: The ledger cannot be written.
        """
        bound = None if amount is None else micro(checked(amount))
        with self.database.write() as connection:
            connection.execute(
                sql.insert(LIMITS).values(
                    at=self.moment(), scope=scope.kind, project=scope.project, usd=bound
                )
            )

    def limits(self, project: str | None = None) -> tuple[Limit, ...]:
        """The limits that hold: of `project` (of all if None), of the month, of the workspace.

        Raises:
            MachineError: The ledger cannot be read.
        """
        with self.database.read() as connection:
            return book.limits(connection, project, self.month)

    def credit(
        self, amount: Decimal | None, service: str = "", *, left: bool = False, note: str = ""
    ) -> Account | None:
        """Enter prepaid money, which charges eat from now on and no purchase may pass.

        Args:
            amount: USD that were paid in; None: nothing is counted any more.
            service: With whom, `fal`; empty: for whatever is bought.
            left: `amount` is what the service says is there now, charges deducted that have come
                in: the difference is entered.
            note: For people.

        Returns:
            The account as it stands now; None where there is none any more.

        Raises:
            InvalidInput: The amount is negative or no number, or there is no account to end.
            MachineError: The ledger cannot be written.
        """
        if service and not _SERVICE.fullmatch(service):
            raise InvalidInput(f"{service!r} is no service; write fal or replicate")
        with self.database.write() as connection:
            change = None if amount is None else checked(amount)
            known = credit.account(connection, service)
            if change is not None and left and known is not None:
                # The service has not charged yet what is set aside.
                change -= known.left + usd(credit.set_aside(connection, service))
            credit.add(connection, self.moment(), service, change, note)
            return credit.account(connection, service)

    def credits(self) -> tuple[Account, ...]:
        """The accounts of prepaid money that are open.

        Raises:
            MachineError: The ledger cannot be read.
        """
        with self.database.read() as connection:
            return credit.accounts(connection)

    def credit_lines(self) -> tuple[CreditLine, ...]:
        """Every prepaid sum as it was entered.

        Raises:
            MachineError: The ledger cannot be read.
        """
        with self.database.read() as connection:
            return credit.lines(connection)

    def booked(self, scope: Scope = WORKSPACE) -> Decimal:
        """Charged and set aside within `scope` up to now, USD.

        Raises:
            MachineError: The ledger cannot be read.
        """
        with self.database.read() as connection:
            return book.booked(connection, scope, self.month)

    def moment(self) -> str:
        """Now (UTC), as the tables keep it."""
        return stamp(self._clock())

    @property
    def month(self) -> str:
        """This month (UTC), "2026-11"."""
        return self.moment()[:7]


class LedgerPurse:
    """The `Purse` of one run on one project; keys are the project's own.

    What happens to a key, in any order and as often as it may:

    - reserve: sets the quote's high aside, once. After a release it does so anew, since the
      clip is being ordered anew. After a settle it does nothing: that clip is paid, and
      ordering another one takes a key of its own.
    - settle: books the charge in place of what was set aside, once; the first charge stands.
      After a release, or of a key nobody knows (the workspace was lost meanwhile), the charge
      is booked all the same: it is money that is gone.
    - release: gives back what is set aside. Of a key that is settled, released or unknown it
      changes nothing.
    """

    def __init__(
        self,
        ledger: Ledger,
        project: str,
        project_name: str,
        allowance: Decimal | None,
        job: str = "",
    ) -> None:
        self._ledger, self._job = ledger, job
        self._project, self._name, self._allowance = project, project_name, allowance
        self._touched: dict[str, int] = {}
        """Millionths charged and set aside by key, of the keys of this run."""
        self._lock = Lock()

    def reserve(self, key: str, quote: Quote, *, provider: str, shot: str, request: Order) -> None:
        """Set `quote.high` aside; limits, credits and allowance are checked in the transaction.

        A quote of nothing is never refused.

        Raises:
            BudgetExceeded: A limit would be passed; the text names it and the way out.
            MachineError: The ledger cannot be written.
        """
        with self._lock:
            with self._ledger.database.write() as connection:
                now = book.standing(connection, self._project, key)
                amount = now.open if now.is_open else micro(quote.high)
                if now.last is None or now.last.kind == "release":
                    if amount > 0:
                        self._check(connection, provider, shot, request, quote.high)
                    moment = self._ledger.moment()
                    turn = 1 if now.last is None else now.last.round + 1
                    if self._job:
                        row = {"project": self._project, "key": key, "round": turn}
                        connection.execute(sql.insert(PURCHASES).values(row | {"job": self._job}))
                    self._add(
                        connection,
                        at=moment, kind="reserve", key=key, month=moment[:7], round=turn,
                        provider=provider, shot=shot, fingerprint=request.fingerprint,
                        usd=amount, change=amount, measured=False, basis=quote.basis,
                    )  # fmt: skip
            if not now.settled:
                self._touched[key] = amount

    def settle(self, key: str, charge: Charge) -> None:
        """Book `charge`, also where it is more than was set aside.

        Raises:
            MachineError: The ledger cannot be written.
        """
        with self._lock:
            with self._ledger.database.write() as connection:
                now = book.standing(connection, self._project, key)
                amount = micro(charge.usd)
                if not now.settled:
                    self._add_to(
                        connection, now, key, kind="settle", usd=amount, change=amount - now.open,
                        measured=charge.measured, basis=charge.basis,
                    )  # fmt: skip
            if not now.settled:
                self._touched[key] = amount

    def release(self, key: str, reason: str) -> None:
        """Give back what is set aside.

        Raises:
            MachineError: The ledger cannot be written.
        """
        with self._lock:
            with self._ledger.database.write() as connection:
                now = book.standing(connection, self._project, key)
                if now.is_open:
                    self._add_to(
                        connection, now, key, kind="release", usd=0, change=-now.open,
                        measured=False, basis=reason,
                    )  # fmt: skip
            if now.is_open:
                self._touched[key] = 0

    def spent(self) -> Decimal:
        """USD charged in this run, and set aside for what it has ordered or waits for."""
        return usd(sum(self._touched.values()))

    def _check(
        self, connection: Connection, provider: str, shot: str, request: Order, wanted: Decimal
    ) -> None:
        """Refuse what would pass the allowance, a limit or a credit; reaching it is within it."""
        sounds = isinstance(request, SoundRequest)
        what = f"{'sound' if sounds else 'shot'} {shot}"
        ways = ", or choose a cheaper " + ("source" if sounds else "model with --visuals")
        if self._allowance is not None:
            before = book.of_job(connection, self._job) if self._job else self.spent()
            total = before + wanted
            if total > self._allowance and self._job:
                raise BudgetExceeded(
                    f"{what}: {exact(wanted)} USD would bring this job to {exact(total)} USD, and "
                    f"{exact(self._allowance)} USD were agreed to; agree to {round_above(total)}"
                    f"{ways}"
                )
            if total > self._allowance:
                raise BudgetExceeded(
                    f"{what}: {exact(wanted)} USD would bring this run to {exact(total)} USD, "
                    f"over its budget of {exact(self._allowance)} USD; raise it with --budget "
                    f"{round_above(total)}{ways}"
                )
        names = {
            "project": ("this project", "its limit", " --project DIR"),
            "month": ("this month (UTC)", "the monthly limit", " --month"),
            "workspace": ("all projects", "the workspace's limit", ""),
        }
        for limit in book.limits(connection, self._project, self._ledger.month):
            total = limit.booked + wanted
            if total > limit.usd:
                whole, bound, option = names[limit.scope.kind]
                raised = f"`songreel costs limit {round_above(total)}{option}`"
                if sounds and limit.scope.kind == "project":
                    # Scores and films with sounds are no projects that `costs limit` could name.
                    raised = f"--budget {round_above(total)}"
                raise BudgetExceeded(
                    f"{what}: {exact(wanted)} USD would bring {whole} to {exact(total)} USD, "
                    f"over {bound} of {exact(limit.usd)} USD; raise it with {raised}{ways}"
                )
        for account in credit.accounts(connection):
            if account.bounds(provider) and wanted > account.left:
                place, option = (
                    (f" with {account.service}", f" --service {account.service}")
                    if account.service
                    else ("", "")
                )
                left = exact(max(account.left, Decimal(0)))
                raise BudgetExceeded(
                    f"{what}: {exact(wanted)} USD is more than the {left} USD of credit left"
                    f"{place}; pay in and enter it with `songreel costs credit USD{option}`{ways}"
                )

    def _add_to(self, connection: Connection, now: book.Standing, key: str, **values: Any) -> None:
        """A line that follows the key's last one, or begins it where that is not known."""
        moment, last = self._ledger.moment(), now.last
        self._add(
            connection,
            at=moment, key=key,
            month=moment[:7] if last is None else last.month,
            round=1 if last is None else last.round,
            provider="" if last is None else last.provider,
            shot="" if last is None else last.shot,
            fingerprint="" if last is None else last.fingerprint,
            **values,
        )  # fmt: skip

    def _add(self, connection: Connection, **values: Any) -> None:
        connection.execute(
            sql.insert(ENTRIES).values(project=self._project, project_name=self._name, **values)
        )
