"""The one waiting loop: `Run`."""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

from songreel.generation.cast import Cast
from songreel.generation.courier import Courier
from songreel.generation.errand import Errand, model_of, service_of
from songreel.generation.jobs import Jobs
from songreel.generation.ladder import Rung, Want
from songreel.generation.letters import Letters
from songreel.generation.patience import Patience
from songreel.generation.planning import FilmPlan
from songreel.generation.provider import Provider
from songreel.generation.purse import Purse
from songreel.generation.shelf import Shelf
from songreel.generation.till import Till
from songreel.generation.view import Eye, Inspect
from songreel.models.clip import Clip, Portion
from songreel.models.errors import (
    BudgetExceeded,
    MachineError,
    ProviderError,
    SongreelError,
)
from songreel.models.money import dollars
from songreel.models.progress import Progress


class Run:
    """One call of `generate`, once everything is planned.

    Args:
        plan: The film's clips.
        shelf: Where they are kept.
        others: Further sources by name.
        stand_ins: Those of them that may serve where a shot's own cannot, best first.
        shots: Ids of those that want a clip, in the film's order.
        progress: Told where it stands.
        patience: Deadlines and pauses.
        purse: Who pays.
        retakes: How often a clip with a fatal flaw is asked for again.
        inspect: What looks at finished clips.
        cancels: Whether an interruption cancels jobs elsewhere.
    """

    def __init__(
        self,
        plan: FilmPlan,
        shelf: Shelf,
        others: Mapping[str, Provider],
        stand_ins: Sequence[Provider],
        shots: Sequence[str],
        progress: Progress,
        patience: Patience,
        *,
        purse: Purse | None,
        retakes: int,
        inspect: Inspect | None,
        cancels: bool,
    ) -> None:
        self._plan, self._shelf, self._order = plan, shelf, list(shots)
        self._progress, self._patience, self._cancels = progress, patience, cancels
        self._jobs, self._till, letters = Jobs(shelf.folder), Till(purse), Letters(shelf.folder)
        self._courier = Courier(shelf, self._jobs, letters, self._till, patience, plan.files.get)
        self._pauses: dict[str, float] = {}
        """Until when a service is not asked, by its name."""
        self._down: dict[str, str] = {}
        """Why a service is not asked any more in this run."""
        self._queue: deque[Errand] = deque()
        self._running: list[Errand] = []
        self._drafts: list[Errand] = []
        """What an earlier run was about to send and surely did not."""
        self._cast = Cast(
            plan, shelf, others, stand_ins, shots, letters=letters, eye=Eye(plan, shelf, inspect),
            retakes=retakes, ask=self._ask, down=self._down,
        )  # fmt: skip

    def clips(self) -> dict[str, Clip]:
        """Wait for all of them."""
        cast = self._cast
        try:
            self._resume()
            cast.begin(self._plan.standings(self._shelf))
            while self._queue or self._running or cast.waits:
                self._start()
                for errand in list(self._running):
                    if self._due(errand) <= self._patience.clock():
                        self._look_after(errand)
                cast.go_on(idle=not (self._queue or self._running))
                self._tell()
                self._rest()
            for draft in self._drafts:
                self._courier.drop(draft)
        except KeyboardInterrupt as stop:
            self._interrupted(stop)
            raise
        finally:
            self._stop()
            self._courier.close()
        if cast.lost:
            raise next(cast.lost[shot] for shot in self._order if shot in cast.lost)
        self._tell()
        return {shot: cast.clips[shot] for shot in self._order}

    def _resume(self) -> None:
        """Go on with what an earlier run left under way, whether it is still wanted or not."""
        for shot, job in self._jobs.left():
            maker = self._maker_of(job.provider)
            if maker is None:
                continue  # its service is not at hand: it stays remembered
            errand = Errand(
                maker, job.provider, job.request, shot, job=job, resumed=True,
                started=self._patience.clock(),
            )  # fmt: skip
            if self._shelf.find(job.provider, job.request) is not None:
                self._courier.forget(errand)  # shelved, and so paid, before the crash
            elif errand.under_way or errand.lost:
                self._running.append(errand)
            else:
                self._drafts.append(errand)

    def _ask(self, want: Want, rung: Rung) -> None:
        """Have `rung` made for `want`; shots that show the same clip share the errand."""
        want.rung, request, name = rung, rung.portion.request, rung.maker.name
        for errand in (*self._queue, *self._running, *self._drafts):
            if errand.source == name and errand.request.fingerprint == request.fingerprint:
                errand.wants.append(want)
                if errand in self._drafts:
                    self._drafts.remove(errand)
                    self._queue.append(errand)
                return
        self._queue.append(Errand(rung.maker, name, request, want.shot, [want]))

    def _start(self) -> None:
        """Submit what may be submitted now, in the film's order."""
        for errand in list(self._queue):
            busy = sum(other.service == errand.service for other in self._running)
            if busy < errand.maker.traits.max_concurrent:
                self._queue.remove(errand)
                self._running.append(errand)

    def _look_after(self, errand: Errand) -> None:
        """Do the next step, and draw the consequence."""
        if not (errand.wants or errand.under_way or errand.lost):
            self._running.remove(errand)
            self._courier.drop(errand)
            return
        try:
            if reason := self._down.get(errand.service):
                raise ProviderError(reason, provider=errand.source, down=True)
            file = self._courier.step(errand)
        except MachineError:
            raise
        except Exception as error:
            # Whatever a source does, the film goes on: the reason stands in the clip's
            # substitution, and with no rung left it is raised with its traceback.
            self._failed(errand, error)
        else:
            if file is not None:
                self._finish(errand, file)

    def _finish(self, errand: Errand, file: Path) -> None:
        self._running.remove(errand)
        if errand.shot not in [want.shot for want in errand.wants]:
            # Made for a shot that does not want it any more: it is kept as a take of it.
            notes: tuple[str, ...] = ()
            with suppress(SongreelError):  # another model of the service may not know what to say
                notes = tuple(errand.maker.notes(errand.request))
            whole = Portion.whole(errand.request)
            self._shelf.enter(
                file, errand.shot, errand.source, whole, substitution=None, notes=notes,
                model=model_of(errand.maker, errand.request),
            )  # fmt: skip
        for want in errand.wants:
            assert want.rung is not None
            self._cast.served(want, want.rung, file)
        self._courier.forget(errand)

    def _failed(self, errand: Errand, error: Exception) -> None:
        """Try again later where that can help, go on to the next rung where it cannot."""
        if self._comes_again(errand, error):
            return
        self._running.remove(errand)
        known = isinstance(error, SongreelError)
        reason = str(error) if known else f"{type(error).__name__}: {error}"
        refused = isinstance(error, ProviderError) and error.refused
        if isinstance(error, ProviderError) and error.down:
            self._down.setdefault(errand.service, reason)
        had_job = errand.under_way
        may_pay = self._courier.give_up(errand, error)
        if errand.resumed and had_job and errand.wants and may_pay and errand.charge is None:
            # An earlier run's job has ended without a clip: this run may ask once itself.
            self._queue.append(
                Errand(errand.maker, errand.source, errand.request, errand.shot, errand.wants)
            )
            return
        if errand.pays and not may_pay and not isinstance(error, BudgetExceeded):
            after = "it may have been billed" if errand.unsure else "the next run asks after it"
            reason = reason if after in reason else f"{reason}; {after}"
        for want in errand.wants:
            self._cast.failed(
                want, reason, error, may_pay=may_pay,
                refused=errand.request if refused else None,
            )  # fmt: skip

    def _comes_again(self, errand: Errand, error: Exception) -> bool:
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
                self._down[errand.service] = str(error)
                return False
            self._pauses[errand.service] = max(self._pauses.get(errand.service, 0.0), now + after)
        tries = max(errand.tries, 1)
        wait = patience.back_off(tries, Random(f"{errand.request.fingerprint} {tries}"))
        errand.due = now + max(wait, after or 0.0)
        return True

    def _due(self, errand: Errand) -> float:
        return max(errand.due, self._pauses.get(errand.service, 0.0))

    def _maker_of(self, source: str) -> Provider | None:
        """The source of that name, or another model of the same service, which can ask too."""
        found = self._plan.makers.get(source)
        if found is not None:
            return found
        for maker in self._plan.makers.values():
            if service_of(maker.name) == service_of(source) and not maker.traits.local:
                return maker
        return None

    def _tell(self) -> None:
        under_way = sum(errand.done * len(errand.wants) for errand in self._running)
        total, ready = len(self._order), len(self._cast.clips)
        what = f"clips: {ready} of {total}"
        making = next((errand for errand in self._running if errand.wants), None)
        if making is not None:
            what += f", making {making.wants[0].shot}{_standing(making)}"
        if self._till.spent is not None:
            what += f", {dollars(self._till.spent)} USD so far"
        self._progress(what, min((ready + under_way) / max(total, 1), 1.0))

    def _rest(self) -> None:
        """Sleep until the next errand is due."""
        if self._running:
            pause = min(map(self._due, self._running)) - self._patience.clock()
            if pause > 0:
                self._patience.sleep(pause)

    def _interrupted(self, stop: KeyboardInterrupt) -> None:
        """Cancel what is under way elsewhere, or leave it to the next run; `stop` is told."""
        left = [
            errand
            for errand in self._running
            if not errand.maker.traits.local
            and (errand.under_way or errand.lost)
            and errand.ended is None  # what has ended is fetched by the next run
        ]
        for errand in list(left) if self._cancels else ():
            with suppress(Exception):  # whatever it is, the job stays remembered
                self._courier.stop(errand)
                left.remove(errand)
                stop.add_note(f"cancelled at {errand.service}: the clip of {errand.shot}")
        if left:
            where = ", ".join(sorted({errand.service for errand in left}))
            jobs = "1 job goes" if len(left) == 1 else f"{len(left)} jobs go"
            stop.add_note(f"{jobs} on at {where}; the next run picks up what comes of that")

    def _stop(self) -> None:
        """Leave nothing under way on this machine, whether all went well or not."""
        local = [e for e in self._running if e.maker.traits.local and e.job is not None]
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


def _standing(errand: Errand) -> str:
    """Where a clip on one's own machines stands: its step, and how long it still takes."""
    traits = errand.maker.traits
    if not ((traits.local or traits.patient) and errand.detail):
        return ""
    left = f", {_spoken(errand.eta)} left" if errand.eta is not None else ""
    return f": {errand.detail}{left}"


def _spoken(seconds: float) -> str:
    """`1 h 5 min`, `1 min 20 s`, `8 s`."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
