"""Prompts of ours at a server: sent once, found again, followed to their end: `Prompts`."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from songreel.generation.comfy import progress
from songreel.generation.comfy.answers import PROVIDER, Refused
from songreel.generation.comfy.listen import Listener
from songreel.generation.comfy.server import Queue, Server
from songreel.generation.comfy.trouble import Failure, failure, of_output
from songreel.models.errors import ProviderError

LOOK = 10.0
"""Seconds after which the server is asked although its socket tells what goes on."""

LAG = 3.0
"""Seconds for which lists that do not show a prompt do not mean that it was not taken."""

TRIES = 2
"""How often one clip is asked for anew where the server lost it or ran out of memory."""


@dataclass
class Sent:
    """A prompt of ours, followed by one thread."""

    id: str
    mark: str
    """The request's fingerprint."""
    nodes: Mapping[str, Any]
    """As sent; of one from an earlier run what the server says it runs, at first nothing."""
    again: Callable[[], str] | None = None
    """Sends it anew and tells its new id; None where an earlier run sent it."""
    tries: int = 0
    looked: float | None = None
    times: int = 0
    """How often the socket had connected when the server was last asked."""
    since: int = 0
    """The same when the server first knew of it; 0 where there was no socket."""
    ahead: int | None = None
    """Prompts before it in the queue; None once it runs."""
    running: float | None = None
    """Since when it runs, as far as was seen."""
    seconds: float | None = None
    """That it ran, as the server says."""
    told: list[str] = field(default_factory=list)
    """What a report should say of it."""


class Standing(NamedTuple):
    """Where a prompt stands."""

    entry: Mapping[str, Any] | None = None
    """Of the history, once it has ended well."""
    failed: Failure | None = None
    lost: bool = False
    """The server does not know it."""
    progress: float = 0.0
    eta: float | None = None
    detail: str = ""


class Prompts:
    """What one process has asked of one server.

    Args:
        server: The server.
        listener: To its socket.
        client: The id under which prompts are sent.
        lag: See `LAG`.
        clock: Seconds.
    """

    def __init__(
        self,
        server: Server,
        listener: Listener,
        client: str,
        *,
        lag: float = LAG,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server, self._listener, self._client = server, listener, client
        self._lag, self._clock = lag, clock
        self._known: dict[str, str] | None = None
        """Ids of our prompts by mark, as the server's lists had them when first asked."""
        self._unsure: dict[str, float] = {}
        """When a prompt was sent whose answer was lost, by mark."""
        self._cancelled: set[str] = set()
        self._took: list[float] = []
        """Seconds of the last clips made here."""

    def find(self, mark: str, *, fresh: bool = False) -> str | None:
        """The id of a prompt that waits, runs or has made its clip; None if there is none.

        Raises:
            ProviderError: The server cannot be asked; `retryable` with a time where it may not
                show yet what it has taken.
        """
        sent = self._unsure.get(mark)
        if self._known is None or fresh or sent is not None:
            self._known = self._listed()
        found = self._known.get(mark)
        if found in self._cancelled:
            found = None
        if found is None and sent is not None:
            young = self._lag - (self._clock() - sent)
            if young > 0:
                raise ProviderError(
                    f"{self._server.url} does not list yet what it may have taken",
                    provider=PROVIDER,
                    retryable=True,
                    retry_after=young,
                )
        self._unsure.pop(mark, None)
        return found

    def send(self, nodes: Mapping[str, Any], mark: str, output: str) -> str:
        """Have a workflow run; its id.

        Raises:
            Refused: It does not hold.
            ProviderError: It was not taken, or its answer was lost: `find` tells which.
        """
        try:
            id_, errors = self._server.prompt(nodes, self._client, mark)
        except ProviderError as error:
            if error.ambiguous:
                self._unsure[mark] = self._clock()
            raise
        self._listener.start()
        self._listener.watch(id_)
        if wrong := of_output(errors, output):
            # It runs for the sake of another output, which nobody wants.
            with suppress(ProviderError):
                self.cancel(id_)
            raise Refused({"node_errors": wrong})
        return id_

    def look(self, sent: Sent) -> Standing:
        """Where a prompt stands; the server is asked only where its socket cannot tell.

        Raises:
            ProviderError: It cannot be asked.
        """
        self._listener.start()
        watch, now = self._listener.watch(sent.id), self._clock()
        if watch.began is not None:
            sent.ahead = None
            sent.running = sent.running if sent.running is not None else now
        heard = (
            self._listener.connected
            and self._listener.times == sent.times
            and not watch.ended
            and sent.looked is not None
            and now - sent.looked < LOOK
        )
        if not heard:
            times = self._listener.times if self._listener.connected else 0
            ended = self._asked(sent, now)
            sent.since = sent.since or times
            sent.looked, sent.times = now, times
            if ended is not None:
                return ended
        if sent.ahead is not None and sent.running is None:
            mean = sum(self._took) / len(self._took) if self._took else None
            eta = None if mean is None else mean * (sent.ahead + 1)
            others = "1 other" if sent.ahead == 1 else f"{sent.ahead} others"
            detail = f"waits behind {others}" if sent.ahead else "is next"
            return Standing(eta=eta, detail=detail)
        running = progress.told(watch, sent.nodes)
        return Standing(progress=running.progress, eta=running.eta, detail=running.detail)

    def anew(self, sent: Sent, why: str) -> bool:
        """Send a prompt once more, where this run has sent it and it was not tried too often.

        Raises:
            ProviderError: The server cannot be asked.
        """
        if sent.again is None or sent.tries >= TRIES:
            return False
        sent.tries += 1
        sent.id = sent.again()
        sent.looked = sent.running = sent.ahead = None
        sent.since = 0
        sent.told.append(why)
        return True

    def cancel(self, id_: str) -> None:
        """Take a prompt out of the queue, or stop it if it runs; an ended one is no matter.

        Raises:
            ProviderError: The server cannot be asked.
        """
        self._cancelled.add(id_)
        queue = self._server.queue()
        if any(ticket.id == id_ for ticket in queue.pending):
            self._server.forget(id_)
            queue = self._server.queue()  # it may have begun in between
        if any(ticket.id == id_ for ticket in queue.running):
            self._server.interrupt(id_)

    def _asked(self, sent: Sent, now: float) -> Standing | None:
        """What the server's lists say: an end, or None with where it waits or runs in `sent`."""
        entry = self._server.ended(sent.id)
        if entry is None:
            if self._placed(sent, self._server.queue(), now):
                return None
            entry = self._server.ended(sent.id)  # it ended between the two questions
        if entry is None:
            # A server that went down has broken its socket; one that did not was told to.
            if sent.since and self._listener.connected and self._listener.times == sent.since:
                gone = Failure("somebody took it out of the server's queue", stopped=True)
                return Standing(failed=gone)
            return Standing(lost=True)
        if (failed := failure(entry)) is not None:
            if sent.id in self._cancelled:
                failed = Failure("cancelled", stopped=True)
            return Standing(failed=failed)
        if sent.running is not None:
            self._took = [*self._took[-4:], now - sent.running]
        return Standing(entry=entry, progress=1.0)

    def _placed(self, sent: Sent, queue: Queue, now: float) -> bool:
        """Whether the queue has it; its place is noted."""
        for ticket in queue.running:
            if ticket.id == sent.id:
                sent.ahead = None
                sent.running = sent.running if sent.running is not None else now
                sent.nodes = sent.nodes or ticket.nodes
                return True
        for place, ticket in enumerate(queue.pending):
            if ticket.id == sent.id:
                sent.ahead, sent.running = place + len(queue.running), None
                sent.nodes = sent.nodes or ticket.nodes
                return True
        return False

    def _listed(self) -> dict[str, str]:
        """Our prompts by mark: those that made a clip, and over them those under way."""
        queue = self._server.queue()  # first: what ends in between is in both
        found = {
            ticket.mark: id_
            for id_, (ticket, entry) in self._server.last_ended().items()
            if failure(entry) is None
        }
        found |= {each.mark: each.id for each in reversed(queue.pending) if each.mark}
        found |= {each.mark: each.id for each in queue.running if each.mark}
        return found
