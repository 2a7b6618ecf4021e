"""The steps of one errand, in the order in which nothing paid can be lost: `Courier`.

Draft stored, money set aside, intent stored, sent, job stored, asked after, settled, fetched,
shelved, forgotten. Each step stores before the next one begins, and may be repeated.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from songreel.generation.errand import Errand, W
from songreel.generation.fetch import fetch, local_path
from songreel.generation.jobs import Jobs
from songreel.generation.letters import Failure, Letters
from songreel.generation.maker import F, R
from songreel.generation.patience import Patience
from songreel.generation.shelf import Receipt
from songreel.generation.till import Till
from songreel.models.clip import Job, JobState
from songreel.models.errors import (
    BudgetExceeded,
    ProviderError,
    SongreelError,
)
from songreel.models.files import PARTIAL
from songreel.models.order import Order

_R = TypeVar("_R", bound=Order, contravariant=True)


class Shelving(Protocol[_R]):
    """Where what is made ends up."""

    folder: Path

    def take_in(
        self, result: Path, label: str, provider: str, request: _R, receipt: Receipt, /
    ) -> Path:
        """Move a finished file into the folder, whole or not at all.

        Raises:
            ProviderError: It is not what was ordered.
            MachineError: The disk is full or the folder cannot be written.
        """
        ...


class Courier(Generic[R, F, W]):
    """Does one step of an errand at a time; never waits.

    Args:
        shelf: Where what is made ends up.
        jobs: Where jobs are remembered.
        letters: Where it is written what never came.
        till: What pays.
        patience: Deadlines and the time.
        files: Those that go with a request.
        what: What is made, in messages.
    """

    def __init__(
        self,
        shelf: Shelving[R],
        jobs: Jobs[R],
        letters: Letters,
        till: Till,
        patience: Patience,
        files: Callable[[R], F],
        *,
        what: str = "clip",
    ) -> None:
        self._shelf, self._jobs, self._letters = shelf, jobs, letters
        self._till, self._patience, self._files, self._what = till, patience, files, what

    def step(self, errand: Errand[R, F, W]) -> Path | None:
        """Send or look for the job, ask after it, or fetch what it made: the file on the shelf.

        Raises:
            BudgetExceeded: It may not be bought.
            ProviderError: Its provider failed; `retryable` if the same step may be done again.
            MachineError: The disk is full or a folder cannot be written.
        """
        if not errand.under_way:
            if errand.lost:
                self._look_for(errand)
            else:
                self._send(errand)
            errand.started = errand.due = self._patience.clock()
            return None
        if errand.ended is None:
            self._ask(errand)
        if errand.ended is None:
            return None
        if errand.ended.status == "failed":
            raise ProviderError(
                errand.ended.detail or "it failed",
                provider=errand.source,
                refused=errand.ended.refused,
            )
        return self._collect(errand)

    def forget(self, errand: Errand[R, F, W]) -> None:
        """What it brought is on the shelf with its document: no more is to be remembered."""
        if not errand.maker.traits.local:
            self._jobs.forget(errand.shot, errand.request)

    def give_up(self, errand: Errand[R, F, W], error: Exception) -> bool:
        """Book and write down the end of an errand that brought nothing.

        Returns:
            Whether something else may be bought for its shots. Not if it may still come, or may
            have been billed, or the purse is empty.
        """
        if not errand.pays or errand.job is None:
            if errand.job is not None:
                self.forget(errand)
            return not isinstance(error, BudgetExceeded)
        job, ended = errand.job, errand.ended
        final = isinstance(error, ProviderError) and not error.retryable and not error.down
        if isinstance(error, BudgetExceeded):
            self.forget(errand)
            return False
        if ended is None and job.sent is not None:  # sent, and nobody knows what became of it
            if not final:
                return False
            errand.charge = self._till.assume(errand.maker, job, str(error))
            errand.unsure = True
        elif ended is None:
            if isinstance(error, ProviderError) and error.charged:
                errand.charge = self._till.assume(errand.maker, job, str(error))
            else:
                self._till.release(job, str(error))
            if not final:  # the service could not be reached: that says nothing of the request
                self.forget(errand)
                return True
        elif ended.status == "done" and not final:
            return False  # paid for and not fetched: the next run tries again
        self._write_letter(errand, str(error))
        self.forget(errand)
        return not errand.unsure

    def stop(self, errand: Errand[R, F, W]) -> None:
        """Cancel what is under way elsewhere and settle what the service charges for it."""
        patience, job = self._patience, errand.job
        if errand.lost and job is not None:
            found = errand.maker.find(job)
            if found is None:
                self.drop(errand)
                return
            self._note(errand, found.model_copy(update={"key": job.key, "sent": job.sent}))
        if errand.job is None or not errand.job.id:
            self.drop(errand)
            return
        errand.maker.cancel(errand.job)
        if errand.pays:
            until = patience.clock() + patience.ending
            while errand.ended is None:
                state = errand.maker.poll(errand.job)
                if state.status != "waiting":
                    self._end(errand, state)
                elif patience.clock() < until:
                    patience.sleep(min(patience.poll_remote, patience.ending))
                else:
                    self._assume_ended(errand, "cancelled before it was finished")
        if errand.ended is None or errand.ended.status == "failed":
            self.forget(errand)

    def drop(self, errand: Errand[R, F, W]) -> None:
        """Nobody wants what was surely not sent: what was set aside for it is given back."""
        if errand.pays and errand.job is not None:
            self._till.release(errand.job, "not sent")
        self.forget(errand)

    def _send(self, errand: Errand[R, F, W]) -> None:
        maker, request = errand.maker, errand.request
        files = self._files(request)
        if not maker.traits.costs_money:
            errand.job = maker.submit(request, files)
            if not maker.traits.local:
                self._jobs.remember(errand.job, errand.shot)
            return
        draft = errand.job
        if draft is None:
            key = self._till.new_key(request)
            draft = self._jobs.draft(errand.source, request, key)
            self._note(errand, draft)
        self._till.reserve(maker, draft, errand.shot)
        intent = draft.model_copy(update={"sent": self._patience.today()})
        self._note(errand, intent)
        try:
            taken = maker.submit(request, files)
        except Exception as error:
            if _surely_not_taken(error):
                self._note(errand, draft)
                raise
            raise ProviderError(
                str(error)
                if isinstance(error, SongreelError)
                else f"{type(error).__name__}: {error}",
                provider=errand.source,
                retryable=True,  # by looking for it first
                retry_after=error.retry_after if isinstance(error, ProviderError) else None,
            ) from error
        self._note(errand, taken.model_copy(update={"key": intent.key, "sent": intent.sent}))

    def _look_for(self, errand: Errand[R, F, W]) -> None:
        """Find the job whose answer was lost, or know that it was never taken."""
        assert errand.job is not None
        intent = errand.job
        found = errand.maker.find(intent)
        if found is None:
            self._note(errand, intent.model_copy(update={"sent": None}))
        else:
            self._note(errand, found.model_copy(update={"key": intent.key, "sent": intent.sent}))

    def _ask(self, errand: Errand[R, F, W]) -> None:
        assert errand.job is not None
        patience, now = self._patience, self._patience.clock()
        state = errand.maker.poll(errand.job)
        errand.tries = errand.told = 0
        errand.waited = 0.0
        if state.status != "waiting":
            if errand.stopped is not None and state.status == "failed":
                state = state.model_copy(update={"detail": self._overdue()})
            self._end(errand, state)
            return
        errand.done, errand.detail, errand.eta = state.progress, state.detail, state.eta
        traits = errand.maker.traits
        errand.due = now + (patience.poll_local if traits.local else patience.poll_remote)
        # On one's own machines an order takes as long as it takes: nobody is billed for it.
        if not (traits.local or traits.patient) and now - errand.started > patience.deadline:
            self._break_off(errand, now)

    def _break_off(self, errand: Errand[R, F, W], now: float) -> None:
        """`errand` is overdue: cancel it, and wait a little for what the service makes of that."""
        assert errand.job is not None
        if errand.stopped is None:
            errand.stopped = now
        if not errand.cancelled:
            with suppress(ProviderError):  # it is asked again with the next question
                errand.maker.cancel(errand.job)
                errand.cancelled = True
        if not errand.pays:
            errand.ended = JobState(status="failed", detail=self._overdue())
        elif now - errand.stopped > self._patience.ending:
            self._assume_ended(errand, self._overdue())

    def _end(self, errand: Errand[R, F, W], state: JobState) -> None:
        """`errand` has ended as `state` says: money first."""
        assert errand.job is not None
        if errand.pays:
            errand.charge = self._till.close(errand.maker, errand.job, state)
        errand.ended = state

    def _assume_ended(self, errand: Errand[R, F, W], why: str) -> None:
        """It was cancelled and the service does not say whether it has ended."""
        assert errand.job is not None
        errand.charge = self._till.assume(errand.maker, errand.job, why)
        errand.unsure = True
        errand.ended = JobState(status="failed", detail=f"{why}; it may have been billed")

    def _collect(self, errand: Errand[R, F, W]) -> Path:
        assert errand.ended is not None
        source, result = errand.source, errand.ended.result or ""
        try:
            path = local_path(result)
        except ValueError as error:
            raise ProviderError(
                f"{source}: the {self._what} is at an address that is not fetched ({error})",
                provider=source,
            ) from error
        fetched = path is None
        if path is None:
            mark = errand.request.fingerprint[:8]
            path = self._shelf.folder / f"{errand.shot}-{mark}.fetched{PARTIAL}"
            fetch(result, path, provider=source, headers=errand.maker.headers)
        receipt = Receipt(effort=errand.ended.effort)
        if not errand.maker.traits.local:
            receipt = Receipt(self._patience.today(), errand.charge, errand.ended.effort)
        try:
            return self._shelf.take_in(path, errand.shot, source, errand.request, receipt)
        except ProviderError as error:
            if not fetched or errand.tries + 1 >= self._patience.tries:
                raise
            # A page in its place, or a part that calls itself the whole: what is paid for is
            # fetched again before anything else is bought.
            raise ProviderError(
                str(error), provider=source, retryable=True, charged=True
            ) from error
        finally:
            if fetched:
                path.unlink(missing_ok=True)

    def _note(self, errand: Errand[R, F, W], job: Job[R]) -> None:
        """Store where `errand` stands before anything else happens."""
        self._jobs.remember(job, errand.shot)
        errand.job = job

    def _overdue(self) -> str:
        return f"no {self._what} after {self._patience.deadline:.0f} s"

    def _write_letter(self, errand: Errand[R, F, W], reason: str) -> None:
        assert errand.job is not None
        failure = Failure(
            job=errand.job.id,
            key=errand.job.key,
            reason=reason,
            charge=errand.charge,
            when=self._patience.today(),
            unsure=errand.unsure,
        )
        self._letters.write(errand.shot, errand.source, errand.request, failure)


def _surely_not_taken(error: Exception) -> bool:
    """Whether what went wrong at sending went wrong before the service took anything."""
    if isinstance(error, ProviderError):
        return not error.ambiguous
    return isinstance(error, SongreelError)
