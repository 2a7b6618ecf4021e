"""What happens to jobs, as it happens: `Happenings`, one look at the database for all listeners."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from songreel.models.queued import JobEvent

LOOK = 0.25
"""Seconds between two looks while somebody listens."""

Read = Callable[[int], Sequence[JobEvent]]
"""Events after an id, oldest first: at most as many as are read at once."""


class Happenings:
    """Tells listeners of events, and lets them go when the server ends.

    Args:
        last: Id of the last event there is; called in a thread.
    """

    def __init__(self, last: Callable[[], int]) -> None:
        self._last = last
        self._closed = False
        self._listeners = 0
        self._newest = 0
        self._watch: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    @property
    def closed(self) -> bool:
        """Whether the server ends."""
        return self._closed

    def close(self) -> None:
        """Let all listeners go, and take no more. From any thread, once or more."""
        self._closed = True

    async def after(
        self, number: int | None, read: Read, patience: float
    ) -> AsyncGenerator[Sequence[JobEvent]]:
        """What `read` knows after the id `number`, as it comes; it ends when the server does.

        Args:
            number: None: from now on.
            read: Called in a thread.
            patience: Seconds; where so many brought nothing, no events are told.

        Raises:
            MachineError: The database does not answer.
        """
        self._listeners += 1
        try:
            seen = await self._watched()
            number = seen if number is None else number
            while not self._closed:
                seen = self._newest
                found = await asyncio.to_thread(read, number)
                if found:
                    number = found[-1].id
                    yield found
                elif not await self._newer(seen, patience):
                    yield ()
        finally:
            self._listeners -= 1

    async def _watched(self) -> int:
        """The last event there is, which somebody looks out for from now on."""
        if self._watch is None or self._watch.done():
            self._news = asyncio.Condition()  # belongs to the loop that runs now
            self._newest = await asyncio.to_thread(self._last)
            self._watch = asyncio.create_task(self._look())
        return self._newest

    async def _newer(self, seen: int, patience: float) -> bool:
        """Whether something happened after `seen` within `patience` seconds, or the server ends."""
        await self._watched()
        try:
            async with asyncio.timeout(patience), self._news:
                await self._news.wait_for(lambda: self._newest > seen or self._closed)
        except TimeoutError:
            return False
        return True

    async def _look(self) -> None:
        """Look for news until nobody listens."""
        while self._listeners and not self._closed:
            await asyncio.sleep(LOOK)
            last = await asyncio.to_thread(self._last)
            if last > self._newest:
                async with self._news:
                    self._newest = last
                    self._news.notify_all()
        async with self._news:
            self._news.notify_all()
