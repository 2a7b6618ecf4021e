"""A studio inside a notebook's kernel: `Studio`."""

import socket
from contextlib import ExitStack
from threading import Thread
from time import monotonic, sleep
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from songreel.models.errors import InvalidInput, MachineError
from songreel.models.shown.shows import Shows
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.client import Client
    from songreel.models.shown.card import Card

_START = 30.0
"""Seconds until a server that does not start is given up."""


class Studio(Shows):
    """A studio that is served by a thread of this process, on this machine alone.

    It does the jobs of its workspace's queue, and ends with `close`, or with the kernel.

    Args:
        settings: Of the workspace.
        pages: Whether it has the pages for a browser too; without them it starts at once.

    Raises:
        InvalidInput: The workspace has a studio already.
        MachineError: What it needs is not installed, or the workspace cannot be written.
    """

    shown_by: ClassVar[str] = "songreel.notebook_studio:card"

    def __init__(self, settings: Settings, *, pages: bool = True) -> None:
        try:
            import uvicorn  # noqa: F401

            from songreel.web.app import create_app
            from songreel.web.server import LOCK, make_server
        except ImportError as error:
            raise MachineError(
                f"the studio needs {error.name}, which is not installed: "
                "pip install 'songreel[studio]'"
            ) from error
        from songreel.holding import Busy, hold
        from songreel.web.safety.safety import Safety

        with ExitStack() as opened:
            try:
                opened.enter_context(hold(settings.workspace, LOCK))
            except Busy as error:
                raise InvalidInput(
                    f"the workspace {settings.workspace} has its studio open already; use that "
                    "one, close it, or take another workspace"
                ) from error
            listener = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
            safety = Safety.of("127.0.0.1", None, (), (settings.workspace, settings.config))
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self.pages = pages
            self._server: Any = make_server(create_app(settings, safety, pages=pages))
            self._thread = Thread(
                target=self._server.run, kwargs={"sockets": [listener]}, daemon=True
            )
            self._thread.start()
            opened.callback(self._stop)
            self._until_started()
            self._opened = opened.pop_all()

    def client(self) -> "Client":
        """A client of it."""
        from songreel.client import Client

        return Client(self.url)

    def close(self) -> None:
        """End it; jobs under way are given back to the queue. Twice is no matter."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Whether it is served."""
        return self._thread.is_alive()

    def _until_started(self) -> None:
        end = monotonic() + _START
        while not self._server.started:
            if not self._thread.is_alive() or monotonic() > end:
                raise MachineError("the studio does not start; `songreel studio` says why")
            sleep(0.02)

    def _stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(_START)


def card(studio: Studio) -> "Card":
    """Where it is."""
    from songreel.models.shown.card import Card
    from songreel.models.shown.markup import tag

    if not studio.running:
        return Card("studio", ("closed",))
    where = studio.url if studio.pages else f"{studio.url}/docs"
    link = tag("a", where, href=where, target="_blank", rel="noopener")
    what = " in a browser" if studio.pages else ": what can be asked of it"
    return Card("studio", (studio.url,), (tag("p", "open ", link, what),))
