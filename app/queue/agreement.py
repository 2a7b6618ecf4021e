"""The money a job may spend: `Agreement`, asked before anything is bought."""

from collections.abc import Sequence
from decimal import Decimal

from pydantic import JsonValue

from songreel.desk import Priced, Spending
from songreel.models.errors import InvalidInput
from songreel.models.money import dollars
from songreel.models.work_sound import Buying
from songreel.queue.bench import Bench


class NotAgreed(InvalidInput):
    """The work costs more than was agreed to, and nothing of it was bought.

    Args:
        text: One sentence.
        quote: What it would cost, as plain data.
    """

    def __init__(self, text: str, quote: dict[str, JsonValue]) -> None:
        super().__init__(text)
        self.quote = quote


class Agreement:
    """What somebody has agreed to for one job, in all of its attempts.

    Whatever an attempt orders is booked for its job, so that one that goes on after a crash, a
    pause or a failure has what is left of the sum. The ledger refuses what would pass it.

    Args:
        bench: Of the job.
        work: With the sum.
        retakes: How often a clip may be bought again; each may cost as much again.
    """

    def __init__(self, bench: Bench, work: Buying, retakes: int = 0) -> None:
        self._bench, self._job = bench, bench.job.id
        self._agreed, self._budget, self._retakes = work.agreed, work.budget, retakes
        self._on_interrupt = work.on_interrupt
        self.bounds: tuple[str, ...] = ()
        """A sentence for each limit that what is bought may reach."""

    @property
    def spending(self) -> Spending:
        """As the services take it."""
        return Spending(
            budget=self._budget,
            consent=self._consent,
            retakes=self._retakes,
            on_interrupt=self._on_interrupt,
            job=(self._job, self._agreed),
        )

    def _consent(self, quote: Priced, bounds: Sequence[str]) -> bool:
        """Whether `quote` is within the sum; raises with both figures where it is not.

        Retakes are agreed to from the beginning. Once something is bought they have what is left
        of the sum, for a clip that was charged and did not come has taken of it too.
        """
        from songreel.store.ledger import Ledger

        spent = Ledger(self._bench.workspace.database).spent_by(self._job)
        most = most_of(quote, 0 if spent else self._retakes, self._budget)
        if spent + most > self._agreed:
            already = f" after the {dollars(spent)} USD that it has cost already" if spent else ""
            raise NotAgreed(
                f"this would cost up to {dollars(most)} USD{already}, and "
                f"{dollars(self._agreed)} USD were agreed to: nothing of it was bought; look at "
                "the quote, agree to it, and ask again",
                plain(quote, most, bounds),
            )
        self.bounds += tuple(bounds)
        return True


def most_of(quote: Priced, retakes: int, budget: Decimal | None) -> Decimal:
    """USD that what is quoted may cost at most: the sum to agree to.

    Args:
        quote: Of clips or of sound.
        retakes: How often a clip with a fatal flaw may be bought again; sound is not.
        budget: USD for the project in all; None: no limit of this work's own.
    """
    from songreel.generation.quote import FilmQuote

    most = quote.total.high * (1 + retakes if isinstance(quote, FilmQuote) else 1)
    return most if budget is None else min(most, budget)


def plain(quote: Priced, most: Decimal, bounds: Sequence[str]) -> dict[str, JsonValue]:
    """A quote as plain data."""
    return {
        "low": str(quote.total.low), "likely": str(quote.total.likely),
        "high": str(quote.total.high), "most": str(most), "lines": [*quote.lines()],
        "bounds": [*bounds],
    }  # fmt: skip
