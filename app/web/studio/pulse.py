"""What happens in the workspace, told to the pages that are open: `Pulse`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from nicegui import background_tasks
from nicegui.client import Client
from nicegui.element import Element

from songreel.models.errors import SongreelError
from songreel.models.queued import JobEvent
from songreel.web.happenings import Happenings
from songreel.web.studio.blocking import blocking
from songreel.workspace import Workspace

SILENCE = 5.0
"""Seconds without events after which it is seen whether any page is still open."""
PATIENCE = 5.0
"""Seconds after a look that failed."""
AT_ONCE = 500
"""Events that are read in one look."""

log = logging.getLogger("songreel.web")

Listener = Callable[[Sequence[JobEvent]], Awaitable[None] | None]


@dataclass
class _Heard:
    owner: Element
    listener: Listener
    project: str

    @property
    def there(self) -> bool:
        """Whether its page is open and has it."""
        return not self.owner.is_deleted and self.owner.client.id in Client.instances


@dataclass
class Pulse:
    """Follows the events once for all pages, while any is open.

    A page that opens listens first, and then reads what is there by itself (`Queue.all`,
    `Queue.events`): what happens between the two it is told twice.
    """

    workspace: Workspace
    happenings: Happenings
    last: int = 0
    """Id of the last event that was told."""
    _heard: list[_Heard] = field(default_factory=list)
    _running: bool = False

    async def listen(self, owner: Element, listener: Listener, project: str = "") -> None:
        """Tell `listener` of events, of one project or of all, while `owner` is on a page."""
        if not self._running:
            last = await blocking(lambda: self.workspace.queue.last_event)
            if not self._running:  # still
                self._running, self.last = True, last
                background_tasks.create(self._beat(), name="songreel pulse")
        self._heard.append(_Heard(owner, listener, project))

    async def _beat(self) -> None:
        try:
            while not self.happenings.closed:
                try:
                    await self._follow()
                except SongreelError as error:  # a full disk, a database that is away: try again
                    log.warning("cannot read what happens: %s", error)
                    await asyncio.sleep(PATIENCE)
                if not self._there():
                    return
        finally:
            self._running = False

    async def _follow(self) -> None:
        """Tell what happens until no page is open."""
        news = self.happenings.after(self.last, self._read, SILENCE)
        async with aclosing(news):
            async for events in news:
                if events:
                    self.last = events[-1].id
                    await asyncio.gather(*(self._tell(heard, events) for heard in self._there()))
                if not self._there():
                    return

    def _read(self, after: int) -> Sequence[JobEvent]:
        return self.workspace.queue.events(after, limit=AT_ONCE)

    async def _tell(self, heard: _Heard, events: Sequence[JobEvent]) -> None:
        told = [e for e in events if not heard.project or e.project == heard.project]
        if not told:
            return
        try:
            with heard.owner:
                answer: Any = heard.listener(told)
                if answer is not None:
                    await answer
        except Exception as error:  # of every kind: the other pages are to hear of the next
            if heard.there:  # else it was closed meanwhile
                unexpected = not isinstance(error, SongreelError)
                log.warning("a page cannot show what happened: %s", error, exc_info=unexpected)

    def _there(self) -> list[_Heard]:
        self._heard = [heard for heard in self._heard if heard.there]
        return self._heard
