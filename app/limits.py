"""Limits that a price would pass, in sentences: `bounds`."""

from decimal import Decimal
from typing import TYPE_CHECKING

from songreel.models.money import dollars

if TYPE_CHECKING:
    from songreel.store.ledger import Ledger


def bounds(
    ledger: "Ledger", project: str, budget: Decimal | None, most: Decimal, beyond: str = ""
) -> tuple[str, ...]:
    """A sentence for each limit that `most` USD would pass, and credit that would not do.

    Args:
        ledger: Of the workspace.
        project: Id under which it knows the project or folder.
        budget: USD that the project may cost, in place of its own limit.
        most: USD.
        beyond: What becomes of that which a limit does not reach, as the end of a sentence.

    Raises:
        MachineError: The ledger cannot be read.
    """
    from songreel.store.amounts import exact
    from songreel.store.ledger import Scope

    own = Scope("project", project)
    held = [(limit.scope, limit.usd, limit.booked) for limit in ledger.limits(project)]
    if budget is not None:
        held = [limit for limit in held if limit[0] != own]
        held.append((own, budget, ledger.booked(own)))
    names = {"project": "this project", "month": "the month", "workspace": "the workspace"}
    prepaid = tuple(
        f"{exact(max(one.left, Decimal(0)))} USD of credit are left"
        f"{f' with {one.service}' if one.service else ''}: nothing is bought beyond it{beyond}"
        for one in ledger.credits()
        if most > one.left
    )
    return prepaid + tuple(
        f"the limit of {names[scope.kind]} is {dollars(usd)} USD, {dollars(booked)} USD of it are "
        f"spent or set aside: nothing is bought beyond it{beyond}"
        for scope, usd, booked in held
        if booked + most > usd
    )
