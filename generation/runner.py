"""The one waiting loop: every shot of a film gets its clip, whatever its source does."""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from songreel.generation.provider import Provider
from songreel.generation.requests import requests
from songreel.generation.shelf import Shelf
from songreel.models.clip import Clip, ClipRequest, Job, JobState
from songreel.models.errors import InvalidInput, MachineError, ProviderError, SongreelError
from songreel.models.music import Analysis
from songreel.models.progress import Progress
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Storyboard

LAST_RESORT = "builtin"
"""The provider that can make any clip, without network, key or folder."""


@dataclass(frozen=True)
class Patience:
    """How long is waited for what. Seconds."""

    deadline: float = 1800.0
    """From a job's submission to its end. Replicate stops a run after 30 minutes."""
    tries: int = 5
    """Of one call that fails in a way that may pass."""
    first_wait: float = 1.0
    longest_wait: float = 30.0
    poll_local: float = 0.02
    poll_remote: float = 2.0
    ending: float = 10.0
    """For cancelled jobs on this machine to let go of their files: they stop within a frame."""
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def back_off(self, tries: int, jitter: Random) -> float:
        """Seconds before try `tries` + 1: doubling, of which a random half is taken off."""
        longest = min(self.longest_wait, self.first_wait * 2.0 ** (tries - 1))
        return longest * jitter.uniform(0.5, 1.0)


def generate(
    storyboard: Storyboard,
    analysis: Analysis,
    spec: RenderSpec,
    *,
    provider: Provider,
    others: Mapping[str, Provider],
    folder: Path,
    progress: Progress,
    only: Collection[str] | None = None,
    patience: Patience | None = None,
) -> dict[str, Clip]:
    """Have every shot's clip in `folder`, making only those that are not there.

    A clip that cannot be had from its source is replaced: by another request to the same
    source, then by the built-in visuals if `others` has them; `Clip.substitution` says so.
    When this is stopped (`progress` raises, Ctrl-C) the finished clips stay, jobs on this
    machine are cancelled, and jobs elsewhere go on and are picked up by the next run.

    Args:
        storyboard: The film.
        analysis: Of the same song.
        spec: Size and rate.
        provider: Source of every shot that names none.
        others: Further sources by name: those that shots name, and the last resort.
        folder: Where clips and their documents are kept; made if need be.
        progress: Told what is being done and how much of it is done.
        only: Ids of the shots to make; all of them if None. The film is still planned whole.
        patience: Deadlines and pauses.

    Returns:
        A clip by shot id, in the film's order.

    Raises:
        InvalidInput: A shot names a source that is not given, or a source has nothing to offer.
        MachineError: The disk is full or a folder cannot be written.
        ProviderError: A clip could not be had from anywhere; the others are finished and kept.
    """
    asked = requests(storyboard, analysis, spec)
    makers = {provider.name: provider, **others, "": provider}
    if unknown := sorted(set(only or ()) - set(asked)):
        raise InvalidInput(f"the storyboard has no shot {unknown[0]}; it has {', '.join(asked)}")
    # The film's own source plans every shot: one that goes elsewhere leaves the others alone.
    by_maker: dict[str, dict[str, ClipRequest]] = {provider.name: dict(asked)}
    for shot in storyboard.shots:
        if (shot.provider or "") not in makers:
            known = ", ".join(sorted(name for name in makers if name))
            raise InvalidInput(
                f"shot {shot.id} asks for its clip from {shot.provider!r}; at hand: {known}"
            )
        maker = makers[shot.provider or ""]
        by_maker.setdefault(maker.name, {})[shot.id] = asked[shot.id]
    shelf = Shelf(folder)
    progress("planning the clips", 0.0)
    planned = {name: makers[name].plan(found) for name, found in by_maker.items()}
    wants = []
    for shot in storyboard.shots:
        if only is None or shot.id in only:
            maker = makers[shot.provider or ""]
            rungs = _ladder(shot.id, asked, maker, planned[maker.name][shot.id].request, others)
            wants.append(_Want(shot.id, rungs))
    return _Run(shelf, wants, progress, patience or Patience()).clips()


Rung = tuple[Provider, ClipRequest]


def _ladder(
    shot: str,
    asked: Mapping[str, ClipRequest],
    maker: Provider,
    planned: ClipRequest,
    others: Mapping[str, Provider],
) -> Iterator[Rung]:
    """What to try for a shot, one after the other; each is worked out when it is needed."""
    yield maker, planned
    for request in maker.alternatives(planned):
        yield maker, request
    last = others.get(LAST_RESORT)
    if last is not None and last.name != maker.name:
        yield last, last.plan({shot: asked[shot]})[shot].request


@dataclass
class _Want:
    """A shot without a clip."""

    shot: str
    rungs: Iterator[Rung]
    first: Rung | None = None
    failures: list[str] = field(default_factory=list)

    def substitution(self, maker: Provider, request: ClipRequest) -> str | None:
        """What was asked, what this is, and why; None if it is what was asked."""
        if self.first is None or not self.failures:
            return None
        asked, first = self.first
        was, now = ", ".join(asked.notes(first)), ", ".join(maker.notes(request))
        return (
            f"asked of {asked.name}{f' ({was})' if was else ''}, in its place "
            f"{maker.name}{f' ({now})' if now else ''}, because {self.failures[0]}"
        )


@dataclass
class _Errand:
    """One request on its way, for all shots that want the same."""

    maker: Provider
    request: ClipRequest
    wants: list[_Want]
    job: Job | None = None
    resumed: bool = False
    tries: int = 0
    due: float = 0.0
    started: float = 0.0
    done: float = 0.0

    @property
    def shot(self) -> str:
        return self.wants[0].shot


class _Run:
    """One call of `generate`, once everything is planned."""

    def __init__(
        self, shelf: Shelf, wants: list[_Want], progress: Progress, patience: Patience
    ) -> None:
        self._shelf, self._progress, self._patience = shelf, progress, patience
        self._order = [want.shot for want in wants]
        self._clips: dict[str, Clip] = {}
        self._lost: list[ProviderError] = []
        self._queue: deque[_Errand] = deque()
        self._running: list[_Errand] = []
        for want in wants:
            self._next_rung(want, None)

    def clips(self) -> dict[str, Clip]:
        """Wait for all of them."""
        try:
            while self._queue or self._running:
                self._start()
                for errand in list(self._running):
                    if errand.due <= self._patience.clock():
                        self._look_after(errand)
                self._tell()
                self._rest()
        finally:
            self._stop()
        if self._lost:
            raise self._lost[0]
        self._tell()
        return {shot: self._clips[shot] for shot in self._order}

    def _next_rung(self, want: _Want, cause: Exception | None) -> None:
        """Find `want` on the shelf or queue what it asks for next; give it up at the end."""
        rung = next(want.rungs, None)
        if rung is None:
            lost = ProviderError(
                f"shot {want.shot}: no clip could be had: {'; '.join(want.failures)}",
                provider=want.first[0].name if want.first else "",
            )
            lost.__cause__ = cause
            self._lost.append(lost)
            return
        maker, request = rung
        want.first = want.first or rung
        file = self._shelf.find(maker.name, request)
        if file is not None:
            self._enter(want, maker, request, file)
            return
        for errand in (*self._queue, *self._running):
            if errand.maker is maker and errand.request.fingerprint == request.fingerprint:
                errand.wants.append(want)
                return
        self._queue.append(_Errand(maker, request, [want]))

    def _start(self) -> None:
        """Submit what may be submitted now, in the film's order."""
        for errand in list(self._queue):
            busy = sum(other.maker is errand.maker for other in self._running)
            if busy < errand.maker.traits.max_concurrent:
                self._queue.remove(errand)
                self._running.append(errand)

    def _look_after(self, errand: _Errand) -> None:
        """Submit or poll once, and draw the consequence."""
        patience, now = self._patience, self._patience.clock()
        try:
            if errand.job is None:
                self._submit(errand)
                errand.started = errand.due = now
                return
            state = errand.maker.poll(errand.job)
            errand.tries = 0
            if state.status == "waiting" and now - errand.started > patience.deadline:
                errand.maker.cancel(errand.job)
                state = JobState(status="failed", detail=f"no clip after {patience.deadline:.0f} s")
            if state.status == "done":
                self._finish(errand, state)
            elif state.status == "failed":
                raise ProviderError(state.detail or "it failed", provider=errand.maker.name)
            else:
                errand.done = state.progress
                local = errand.maker.traits.local
                errand.due = now + (patience.poll_local if local else patience.poll_remote)
        except MachineError:
            raise
        except Exception as error:
            # Whatever a source does, the film goes on: the reason stands in the clip's
            # substitution, and with no rung left it is raised with its traceback.
            self._failed(errand, error)

    def _submit(self, errand: _Errand) -> None:
        maker, request = errand.maker, errand.request
        if not maker.traits.local and not errand.resumed:
            errand.job = self._shelf.remembered(maker.name, errand.shot, request)
            errand.resumed = errand.job is not None
        if errand.job is None:
            errand.job = maker.submit(request)
            if not maker.traits.local:
                self._shelf.remember(errand.job, errand.shot)

    def _finish(self, errand: _Errand, state: JobState) -> None:
        maker, request = errand.maker, errand.request
        file = self._shelf.take_in(Path(state.result or ""), errand.shot, maker.name, request)
        self._running.remove(errand)
        if not maker.traits.local:
            self._shelf.forget(errand.shot, request)
        for want in errand.wants:
            self._enter(want, maker, request, file)

    def _failed(self, errand: _Errand, error: Exception) -> None:
        """Try again later where that can help, go on to the next rung where it cannot."""
        errand.tries += 1
        passing = isinstance(error, ProviderError) and error.retryable
        if passing and errand.tries < self._patience.tries:
            jitter = Random(f"{errand.request.fingerprint} {errand.tries}")
            wait = self._patience.back_off(errand.tries, jitter)
            errand.due = self._patience.clock() + wait
            return
        self._running.remove(errand)
        if not errand.maker.traits.local:
            self._shelf.forget(errand.shot, errand.request)
        if errand.resumed and errand.job is not None:
            # An earlier run's job has ended without a clip: this run may ask once itself.
            errand.job, errand.tries, errand.due = None, 0, 0.0
            self._queue.append(errand)
            return
        known = isinstance(error, SongreelError)
        reason = str(error) if known else f"{type(error).__name__}: {error}"
        for want in errand.wants:
            want.failures.append(reason)
            self._next_rung(want, error)

    def _enter(self, want: _Want, maker: Provider, request: ClipRequest, file: Path) -> None:
        self._clips[want.shot] = self._shelf.enter(
            file,
            want.shot,
            maker.name,
            request,
            substitution=want.substitution(maker, request),
            notes=tuple(maker.notes(request)),
        )

    def _tell(self) -> None:
        under_way = sum(errand.done * len(errand.wants) for errand in self._running)
        total, ready = len(self._order), len(self._clips)
        what = f"clips: {ready} of {total}"
        if self._running:
            what += f", making {self._running[0].shot}"
        self._progress(what, min((ready + under_way) / max(total, 1), 1.0))

    def _rest(self) -> None:
        """Sleep until the next errand is due."""
        if self._running:
            pause = min(errand.due for errand in self._running) - self._patience.clock()
            if pause > 0:
                self._patience.sleep(pause)

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
