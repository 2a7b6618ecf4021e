"""What was paid and what may be: the workspace's ledger, for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from songreel.models.errors import InvalidInput
from songreel.models.files import whole
from songreel.models.money import dollars
from songreel.project import Project
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.store.costs import CostRow
    from songreel.store.ledger import Account, Ledger
    from songreel.store.trail import Trail


@dataclass(frozen=True)
class Costs:
    """Rows and their sum, and the limits that hold."""

    rows: "tuple[CostRow, ...]"
    total: "CostRow"
    limits: tuple[str, ...]
    """A sentence each."""
    credits: tuple[str, ...] = ()
    """Likewise, of prepaid money."""


class Accounts:
    """The ledger of a workspace.

    Raises:
        MachineError: It cannot be opened.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def ledger(self) -> "Ledger":
        """The book, opened."""
        from songreel.store.ledger import Ledger

        return Ledger(self._settings.database)

    def costs(
        self, by: Literal["project", "model", "day", "shot"], folder: Path | None = None
    ) -> Costs:
        """What was charged and is set aside, on everything or on the project in `folder`."""
        from songreel.store.costs import costs, total

        ledger = self.ledger
        project = _project(folder)
        rows = costs(ledger, by, project)
        projects = _titles(costs(ledger, "project"))
        if project is None and by in ("project", "shot"):
            rows = tuple(_told_apart(row, projects, by) for row in rows)
        limits = tuple(
            f"limit of {_scope(limit.scope.kind, projects.get(limit.scope.project))}: "
            f"{dollars(limit.usd)} USD, {dollars(limit.booked)} USD of it charged or set aside"
            for limit in ledger.limits(project)
        )
        return Costs(rows, total(rows), limits, tuple(map(told, ledger.credits())))

    def export(self, path: Path, folder: Path | None, replace: bool) -> None:
        """Write every line of the book as CSV.

        Raises:
            InvalidInput: The file exists and may not be replaced.
            MachineError: It cannot be written.
        """
        from songreel.store.costs import entries, to_csv

        if path.exists() and not replace:
            raise InvalidInput(f"{path} exists; choose another name, or add --force to replace it")
        text = to_csv(entries(self.ledger, project=_project(folder)))
        with whole(path) as partial:
            partial.write_text(text, encoding="utf-8", newline="")

    def limit(self, usd: Decimal | None, folder: Path | None, month: bool = False) -> str:
        """Set the limit of the workspace (in each month), or of a project; None takes it away.

        Returns:
            What holds now, in one sentence.
        """
        from songreel.store.ledger import MONTH, WORKSPACE, Scope

        if month and folder is not None:
            raise InvalidInput("--month limits the whole workspace; leave --project out")
        project = _project(folder)
        whole_of = MONTH if month else WORKSPACE
        scope = whole_of if project is None else Scope("project", project)
        ledger = self.ledger
        ledger.limit(scope, usd)
        amount = {"usd": None if usd is None else str(usd), "scope": scope.kind}
        self._trail(ledger).add("limit.set", project=scope.project, detail=amount)
        what = _scope(scope.kind)
        if usd is None:
            return f"there is no limit of {what} any more"
        booked = dollars(ledger.booked(scope))
        return f"limit of {what}: {dollars(usd)} USD; {booked} USD are charged or set aside so far"

    def credit(
        self, usd: Decimal | None, service: str = "", *, left: bool = False, note: str = ""
    ) -> str:
        """Enter prepaid money; None: it is not counted any more.

        Args:
            usd: The sum.
            service: With whom it was paid in; empty: for whatever is bought.
            left: It is what the service says is there now, not what is added.
            note: For people.

        Returns:
            What is left now, in one sentence.

        Raises:
            InvalidInput: The sum or the service is none, or there is no credit to take away.
        """
        if usd is not None and service:
            _known(service)
        ledger = self.ledger
        account = ledger.credit(usd, service, left=left, note=note)
        detail = {"usd": None if usd is None else str(usd), "left": left, "note": note}
        self._trail(ledger).add("credit.entered", subject=service, detail=detail)
        if account is None:
            return f"credit{_with(service)} is not counted any more"
        return told(account)

    def _trail(self, ledger: "Ledger") -> "Trail":
        from songreel.store.trail import Trail

        return Trail(ledger.database, self._settings.actor)


def told(account: "Account") -> str:
    """What is left of prepaid money, in one sentence."""
    return (
        f"credit{_with(account.service)}: {signed(account.left)} USD left of "
        f"{signed(account.added)} USD; {signed(account.used)} USD charged or set aside since "
        f"{account.since:%Y-%m-%d}"
    )


def signed(usd: Decimal) -> str:
    """USD for people, also where it is less than nothing."""
    return f"−{dollars(-usd)}" if usd < 0 else dollars(usd)


def _with(service: str) -> str:
    return f" with {service}" if service else ""


def _known(service: str) -> None:
    """Refuse a name that no source has: credit with it would bound nothing.

    Raises:
        InvalidInput: None has it.
    """
    from songreel.generation.registry import providers
    from songreel.generation.sound.registry import sources

    known = {*providers(), *sources()}
    if service not in known:
        listed = ", ".join(sorted(known))
        raise InvalidInput(
            f"no source is called {service!r}, so that nothing would count: {listed}"
        )


def _project(folder: Path | None) -> str | None:
    return None if folder is None else Project.open(folder).known_as()


def _titles(rows: "Sequence[CostRow]") -> dict[str, str]:
    """What to call projects, by id: their titles, with the id's start where titles are alike."""
    named = [row.name for row in rows]
    return {
        row.project: row.name if named.count(row.name) == 1 else f"{row.name} ({row.project[:8]})"
        for row in rows
    }


def _told_apart(row: "CostRow", projects: Mapping[str, str], by: str) -> "CostRow":
    """`row` of one project among several, by the project's name."""
    if len(projects) < 2:
        return row
    title = projects[row.project]
    return row.model_copy(update={"name": f"{title} {row.name}" if by == "shot" else title})


def _scope(kind: str, title: str | None = None) -> str:
    project = f"the project {title}" if title else "this project"
    return {"project": project, "month": "the month", "workspace": "the workspace"}[kind]
