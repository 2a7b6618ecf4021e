"""What a run pays: a `Purse` with its keys made and its sum remembered."""

from decimal import Decimal
from uuid import uuid4

from songreel.generation.maker import F, Maker, R
from songreel.generation.purse import NoMoney, Purse
from songreel.models.clip import Job, JobState
from songreel.models.errors import SongreelError
from songreel.models.money import Charge
from songreel.models.order import Order


class Till:
    """The only place where a run's money is set aside, spent and given back."""

    def __init__(self, purse: Purse | None) -> None:
        self._purse: Purse = purse if purse is not None else NoMoney()
        self.spent: Decimal | None = None
        """USD so far; None while nothing was to be paid."""

    @staticmethod
    def new_key(request: Order) -> str:
        """A key for one purchase of `request`.

        It is told apart from every other purchase of the same request, in this project and any
        other and whatever was deleted since, so that none hides behind an earlier one's entry.
        """
        return f"{request.fingerprint[:16]}-{uuid4().hex[:16]}"

    def reserve(self, maker: Maker[R, F], job: Job[R], shot: str) -> None:
        """Set aside what `job` may cost; a `BudgetExceeded` or `MachineError` goes on."""
        quote = maker.quote(job.request)
        self._purse.reserve(job.key, quote, provider=job.provider, shot=shot, request=job.request)
        self.spent = self._purse.spent()

    def settle(self, job: Job[R], charge: Charge) -> None:
        """`job` has cost `charge`."""
        self._purse.settle(job.key, charge)
        self.spent = self._purse.spent()

    def release(self, job: Job[R], reason: str) -> None:
        """`job` cost nothing."""
        self._purse.release(job.key, reason)
        self.spent = self._purse.spent()

    def close(self, maker: Maker[R, F], job: Job[R], state: JobState) -> Charge | None:
        """Book the end of `job`: what the service told, else the quote for a finished one."""
        if state.charge is not None:
            self.settle(job, state.charge)
            return state.charge
        if state.status == "done":
            return self._as_quoted(maker, job, "as quoted")
        self.release(job, state.detail or "it failed and nothing was charged")
        return None

    def assume(self, maker: Maker[R, F], job: Job[R], why: str) -> Charge | None:
        """Book `job` as quoted because nobody can tell whether it was billed."""
        return self._as_quoted(maker, job, f"may have been billed: {why}")

    def _as_quoted(self, maker: Maker[R, F], job: Job[R], basis: str) -> Charge | None:
        try:
            quote = maker.quote(job.request)
        except SongreelError:
            return None  # the model is not in the catalogue any more: what was set aside stays so
        charge = Charge(usd=quote.likely, basis=f"{basis}: {quote.basis}", measured=False)
        self.settle(job, charge)
        return charge
