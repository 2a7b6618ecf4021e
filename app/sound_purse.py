"""Who pays for sound: a purse of the ledger, once somebody has agreed to the price."""

from typing import TYPE_CHECKING

from songreel.desk import Priced, Spending, purse_for
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.generation.purse import Purse
    from songreel.generation.sound.source import SoundSource


def sound_purse(
    settings: Settings,
    known_as: str,
    title: str,
    source: "SoundSource",
    quote: Priced,
    spending: Spending,
    option: str = "--source",
) -> "Purse | None":
    """The purse of a run that asks `source` for sound; None where that costs nothing.

    Args:
        settings: Of this run.
        known_as: Id under which the ledger knows the project or folder.
        title: For people.
        source: Who is asked.
        quote: Of what is still to be bought.
        spending: What may be spent, and who is asked.
        option: By which a person chooses the source.

    Raises:
        InvalidInput: It would cost money and nobody agreed to that.
        MachineError: The ledger cannot be opened.
    """
    if not source.traits.costs_money:
        return None
    return purse_for(
        settings,
        known_as,
        title,
        quote,
        spending,
        most=quote.total.high,
        what=f"the sound of {title}",
        instead=f"{option} builtin",
    )
