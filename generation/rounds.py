"""Errands taken in turns until none is left: `Rounds`."""

from collections import deque
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Generic, Protocol

from songreel.generation.courier import Courier
from songreel.generation.errand import Errand, W
from songreel.generation.jobs import Jobs
from songreel.generation.maker import F, Maker, R
from songreel.generation.patience import Patience
from songreel.models.errors import BudgetExceeded, MachineError, ProviderError, SongreelError


class Client(Protocol[R, F, W]):
    """Who is told what came of errands."""

    def maker_of(self, source: str) -> Maker[R, F] | None:
        """The source of that name, or one that can ask after its jobs too."""
        ...

    def shelved(self, source: str, request: R) -> bool:
        """Whether what `request` brings is there already."""
        ...

    def finished(self, errand: Errand[R, F, W], file: Path) -> None:
        """`file` is on the shelf."""
        ...

    def failed(
        self, errand: Errand[R, F, W], reason: str, error: Exception, *, may_pay: bool
    ) -> None:
        """Nothing came of it; `may_pay` if something else may be bought in its place."""
        ...


class Rounds(Generic[R, F, W]):
    """The waiting: who is sent when, asked when, tried again when, and how it is all stopped.

    Args:
        client: Told what came of errands.
        courier: Does their steps.
        jobs: What earlier runs have left.
        patience: Deadlines and pauses.
        what: What is made, in messages.
    """

    def __init__(
        self,
        client: Client[R, F, W],
        courier: Courier[R, F, W],
        jobs: Jobs[R],
        patience: Patience,
        *,
        what: str = "clip",
    ) -> None:
        self._client, self._courier, self._jobs = client, courier, jobs
        self._patience, self._what = patience, what
        self._pauses: dict[str, float] = {}
        """Until when a service is not asked, by its name."""
        self.down: dict[str, str] = {}
        """Why a service is not asked any more in this run."""
        self._queue: deque[Errand[R, F, W]] = deque()
        self.running: list[Errand[R, F, W]] = []
        self._drafts: list[Errand[R, F, W]] = []
        """What an earlier run was about to send and surely did not."""

    @property
    def busy(self) -> bool:
        """Whether anything is under way or waits for its turn."""
        return bool(self._queue or self.running)

    def resume(self) -> None:
        """Go on with what an earlier run left under way, whether it is still wanted or not."""
        for shot, job in self._jobs.left():
            maker = self._client.maker_of(job.provider)
            if maker is None:
                continue  # its service is not at hand: it stays remembered
            errand: Errand[R, F, W] = Errand(
                maker, job.provider, job.request, shot, job=job, resumed=True,
                started=self._patience.clock(),
            )  # fmt: skip
            if self._client.shelved(job.provider, job.request):
                self._courier.forget(errand)  # shelved, and so paid, before the crash
            elif errand.under_way or errand.lost:
                self.running.append(errand)
            else:
                self._drafts.append(errand)

    def ask(self, maker: Maker[R, F], request: R, shot: str, want: W) -> None:
        """Have `request` made for `want`; who wants the same shares the errand."""
        for errand in (*self._queue, *self.running, *self._drafts):
            if errand.source == maker.name and errand.request.fingerprint == request.fingerprint:
                errand.wants.append(want)
                if errand in self._drafts:
                    self._drafts.remove(errand)
                    self._queue.append(errand)
                return
        self._queue.append(Errand(maker, maker.name, request, shot, [want]))

    def turn(self) -> None:
        """Submit what may be submitted now, in order; look after all that is due."""
        for errand in list(self._queue):
            busy = sum(other.service == errand.service for other in self.running)
            if busy < errand.maker.traits.max_concurrent:
                self._queue.remove(errand)
                self.running.append(errand)
        for errand in list(self.running):
            if self._due(errand) <= self._patience.clock():
                self._look_after(errand)

    def rest(self) -> None:
        """Sleep until the next errand is due."""
        if self.running:
            pause = min(map(self._due, self.running)) - self._patience.clock()
            if pause > 0:
                self._patience.sleep(pause)

    def drop_drafts(self) -> None:
        """Forget what was never sent and nobody wants."""
        for draft in self._drafts:
            self._courier.drop(draft)

    def interrupted(self, stop: KeyboardInterrupt, *, cancels: bool) -> None:
        """Cancel what is under way elsewhere, or leave it to the next run; `stop` is told."""
        left = [
            errand
            for errand in self.running
            if not errand.maker.traits.local
            and (errand.under_way or errand.lost)
            and errand.ended is None  # what has ended is fetched by the next run
        ]
        for errand in list(left) if cancels else ():
            with suppress(Exception):  # whatever it is, the job stays remembered
                self._courier.stop(errand)
                left.remove(errand)
                stop.add_note(f"cancelled at {errand.service}: the {self._what} of {errand.shot}")
        if left:
            where = ", ".join(sorted({errand.service for errand in left}))
            jobs = "1 job goes" if len(left) == 1 else f"{len(left)} jobs go"
            stop.add_note(f"{jobs} on at {where}; the next run picks up what comes of that")

    def stop(self) -> None:
        """Leave nothing under way on this machine, whether all went well or not."""
        local = [e for e in self.running if e.maker.traits.local and e.job is not None]
        for errand in local:
            if errand.job is not None:
                errand.maker.cancel(errand.job)
        until = self._patience.clock() + self._patience.ending
        for errand in local:
            while errand.job is not None and self._patience.clock() < until:
                try:
                    if errand.maker.poll(errand.job).status != "waiting":
                        break
                except Exception:  # whatever it died of, it is no longer under way
                    break
                self._patience.sleep(self._patience.poll_local)

    def _look_after(self, errand: Errand[R, F, W]) -> None:
        """Do the next step, and draw the consequence."""
        if not (errand.wants or errand.under_way or errand.lost):
            self.running.remove(errand)
            self._courier.drop(errand)
            return
        try:
            if reason := self.down.get(errand.service):
                raise ProviderError(reason, provider=errand.source, down=True)
            file = self._courier.step(errand)
        except MachineError:
            raise
        except Exception as error:
            # Whatever a source does, the rest goes on: the client is told the reason, and raises
            # it with its traceback where nothing else can be had.
            self._failed(errand, error)
        else:
            if file is not None:
                self.running.remove(errand)
                self._client.finished(errand, file)
                self._courier.forget(errand)

    def _failed(self, errand: Errand[R, F, W], error: Exception) -> None:
        """Try again later where that can help, else tell the client."""
        if self._comes_again(errand, error):
            return
        self.running.remove(errand)
        known = isinstance(error, SongreelError)
        reason = str(error) if known else f"{type(error).__name__}: {error}"
        if isinstance(error, ProviderError) and error.down:
            self.down.setdefault(errand.service, reason)
        had_job = errand.under_way
        may_pay = self._courier.give_up(errand, error)
        if errand.resumed and had_job and errand.wants and may_pay and errand.charge is None:
            # An earlier run's job has ended and brought nothing: this run may ask once itself.
            self._queue.append(
                Errand(errand.maker, errand.source, errand.request, errand.shot, errand.wants)
            )
            return
        if errand.pays and not may_pay and not isinstance(error, BudgetExceeded):
            after = "it may have been billed" if errand.unsure else "the next run asks after it"
            reason = reason if after in reason else f"{reason}; {after}"
        self._client.failed(errand, reason, error, may_pay=may_pay)

    def _comes_again(self, errand: Errand[R, F, W], error: Exception) -> bool:
        """Whether the same step is done again; then it is due later."""
        patience, now = self._patience, self._patience.clock()
        if not isinstance(error, ProviderError) or not error.retryable:
            return False
        after = error.retry_after
        if after is None:
            errand.tries += 1
            if errand.tries >= patience.tries:
                return False
        else:
            errand.told += 1
            errand.waited += after
            if errand.waited > patience.deadline or errand.told >= patience.told_tries:
                # It does not mean this job alone: nobody waits for it any more in this run.
                self.down[errand.service] = str(error)
                return False
            self._pauses[errand.service] = max(self._pauses.get(errand.service, 0.0), now + after)
        tries = max(errand.tries, 1)
        wait = patience.back_off(tries, Random(f"{errand.request.fingerprint} {tries}"))
        errand.due = now + max(wait, after or 0.0)
        return True

    def _due(self, errand: Errand[R, F, W]) -> float:
        return max(errand.due, self._pauses.get(errand.service, 0.0))
