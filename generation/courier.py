"""The steps of one errand, in the order in which nothing paid can be lost: `Courier`.

Draft stored, money set aside, intent stored, sent, job stored, asked after, settled, fetched,
shelved, forgotten. Each step stores before the next one begins, and may be repeated.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from songreel.generation.errand import Errand
from songreel.generation.fetch import fetch, local_path
from songreel.generation.jobs import Jobs
from songreel.generation.letters import Failure, Letters
from songreel.generation.patience import Patience
from songreel.generation.shelf import Receipt, Shelf
from songreel.generation.stills import write_picture_before
from songreel.generation.till import Till
from songreel.models.clip import ClipRequest, Images, Job, JobState, Still
from songreel.models.errors import (
    BudgetExceeded,
    InvalidInput,
    ProviderError,
    SongreelError,
)
from songreel.models.files import PARTIAL

Find = Callable[[str], Path | None]


class Courier:
    """Does one step of an errand at a time; never waits.

    Args:
        shelf: Where clips end up.
        jobs: Where jobs are remembered.
        letters: Where it is written what never came.
        till: What pays.
        patience: Deadlines and the time.
        image: The file of an image, by its sha256.
    """

    def __init__(
        self,
        shelf: Shelf,
        jobs: Jobs,
        letters: Letters,
        till: Till,
        patience: Patience,
        image: Find,
    ) -> None:
        self._shelf, self._jobs, self._letters = shelf, jobs, letters
        self._till, self._patience, self._image = till, patience, image
        self._pictures: TemporaryDirectory[str] | None = None

    def step(self, errand: Errand) -> Path | None:
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

    def forget(self, errand: Errand) -> None:
        """Its clip is on the shelf with its document: nothing more is to be remembered."""
        if not errand.maker.traits.local:
            self._jobs.forget(errand.shot, errand.request)

    def give_up(self, errand: Errand, error: Exception) -> bool:
        """Book and write down the end of an errand without a clip.

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

    def stop(self, errand: Errand) -> None:
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

    def drop(self, errand: Errand) -> None:
        """Nobody wants what was surely not sent: what was set aside for it is given back."""
        if errand.pays and errand.job is not None:
            self._till.release(errand.job, "not sent")
        self.forget(errand)

    def close(self) -> None:
        """Remove the pictures that were taken from clips."""
        if self._pictures is not None:
            self._pictures.cleanup()

    def _send(self, errand: Errand) -> None:
        maker, request = errand.maker, errand.request
        images = self._images(request)
        if not maker.traits.costs_money:
            errand.job = maker.submit(request, images)
            if not maker.traits.local:
                self._jobs.remember(errand.job, errand.shot)
            return
        draft = errand.job
        if draft is None:
            key = self._till.new_key(request)
            draft = Job(provider=errand.source, id="", request=request, key=key)
            self._note(errand, draft)
        self._till.reserve(maker, draft, errand.shot)
        intent = draft.model_copy(update={"sent": self._patience.today()})
        self._note(errand, intent)
        try:
            taken = maker.submit(request, images)
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

    def _look_for(self, errand: Errand) -> None:
        """Find the job whose answer was lost, or know that it was never taken."""
        assert errand.job is not None
        intent = errand.job
        found = errand.maker.find(intent)
        if found is None:
            self._note(errand, intent.model_copy(update={"sent": None}))
        else:
            self._note(errand, found.model_copy(update={"key": intent.key, "sent": intent.sent}))

    def _ask(self, errand: Errand) -> None:
        assert errand.job is not None
        patience, now = self._patience, self._patience.clock()
        state = errand.maker.poll(errand.job)
        errand.tries = errand.told = 0
        errand.waited = 0.0
        if state.status != "waiting":
            if errand.stopped is not None and state.status == "failed":
                state = state.model_copy(update={"detail": _overdue(patience)})
            self._end(errand, state)
            return
        errand.done, errand.detail, errand.eta = state.progress, state.detail, state.eta
        traits = errand.maker.traits
        errand.due = now + (patience.poll_local if traits.local else patience.poll_remote)
        # On one's own machines a clip takes as long as it takes: nobody is billed for it meanwhile.
        if not (traits.local or traits.patient) and now - errand.started > patience.deadline:
            self._break_off(errand, now)

    def _break_off(self, errand: Errand, now: float) -> None:
        """`errand` is overdue: cancel it, and wait a little for what the service makes of that."""
        assert errand.job is not None
        if errand.stopped is None:
            errand.stopped = now
        if not errand.cancelled:
            with suppress(ProviderError):  # it is asked again with the next question
                errand.maker.cancel(errand.job)
                errand.cancelled = True
        if not errand.pays:
            errand.ended = JobState(status="failed", detail=_overdue(self._patience))
        elif now - errand.stopped > self._patience.ending:
            self._assume_ended(errand, _overdue(self._patience))

    def _end(self, errand: Errand, state: JobState) -> None:
        """`errand` has ended as `state` says: money first."""
        assert errand.job is not None
        if errand.pays:
            errand.charge = self._till.close(errand.maker, errand.job, state)
        errand.ended = state

    def _assume_ended(self, errand: Errand, why: str) -> None:
        """It was cancelled and the service does not say whether it has ended."""
        assert errand.job is not None
        errand.charge = self._till.assume(errand.maker, errand.job, why)
        errand.unsure = True
        errand.ended = JobState(status="failed", detail=f"{why}; it may have been billed")

    def _collect(self, errand: Errand) -> Path:
        assert errand.ended is not None
        source, result = errand.source, errand.ended.result or ""
        try:
            path = local_path(result)
        except ValueError as error:
            raise ProviderError(
                f"{source}: the clip is at an address that is not fetched ({error})",
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

    def _note(self, errand: Errand, job: Job) -> None:
        """Store where `errand` stands before anything else happens."""
        self._jobs.remember(job, errand.shot)
        errand.job = job

    def _images(self, request: ClipRequest) -> Images:
        """The files of the stills of `request`."""
        return Images(
            start=self._file(request.start) if request.start else None,
            end=self._file(request.end) if request.end else None,
            references=tuple(self._file(still) for still in request.references),
        )

    def _file(self, still: Still) -> Path:
        if still.sha256 is not None:
            path = self._image(still.sha256)
            if path is None:
                raise InvalidInput(
                    f"no shot names the image any more that this clip was to show "
                    f"(sha256 {still.sha256[:12]}…)"
                )
            return path
        assert still.after is not None
        assert still.at is not None
        clip = self._shelf.made_of(still.after)
        if clip is None:
            raise InvalidInput("the clip whose last picture this one was to begin with is gone")
        if self._pictures is None:
            self._pictures = TemporaryDirectory(prefix="songreel-")
        name = f"{still.after[:16]}-{still.at.numerator}-{still.at.denominator}.png"
        target = Path(self._pictures.name) / name
        if not target.exists():
            write_picture_before(clip, still.at, target)
        return target

    def _write_letter(self, errand: Errand, reason: str) -> None:
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


def _overdue(patience: Patience) -> str:
    return f"no clip after {patience.deadline:.0f} s"
