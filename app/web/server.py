"""The studio as a process: a lock, a port, a browser, and a clean end: `serve`."""

import asyncio
import logging
import os
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from songreel.holding import Busy, hold
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import private_folder
from songreel.settings import Settings
from songreel.web.safety.safety import Safety

if TYPE_CHECKING:
    from songreel.web.app import Studio

PORT, PORTS = 8110, 20
"""The first port that is tried, and how many."""
PATIENCE = 5
"""Seconds that requests under way are given when the studio ends."""
SILENCE = 20.0
"""Seconds for which a connection may ask for nothing: its first request, or the next one."""
LOCK, PLACE = "studio.lock", "studio.url"


@dataclass(frozen=True)
class Wish:
    """How a studio is to be served."""

    host: str = "127.0.0.1"
    port: int | None = None
    """None: the first free one from `PORT` on; 0: any."""
    token: str | None = None
    names: tuple[str, ...] = ()
    browser: bool = True
    at_once: int = 1
    """Jobs done at a time."""


def serve(settings: Settings, wish: Wish, say: Callable[[str], None]) -> None:
    """Serve the studio of a workspace until somebody stops it.

    Args:
        settings: Of the workspace.
        wish: How.
        say: Told where it is, once.

    Raises:
        InvalidInput: The workspace has a studio already, the port is taken, or the token is weak.
        MachineError: The workspace cannot be written, or what the studio needs is not installed.
    """
    try:
        import uvicorn  # noqa: F401

        from songreel.web.app import create_app
    except ImportError as error:
        raise MachineError(
            f"the studio needs {error.name}, which is not installed: "
            "`pip install 'songreel[studio]'` brings it"
        ) from error
    safety = Safety.of(wish.host, wish.token, wish.names, (settings.workspace, settings.config))
    with _alone(settings), _listening(wish) as listener:
        app = create_app(settings, safety, at_once=wish.at_once)
        link = _link(wish.host, listener.getsockname()[1], safety.token)
        _write(settings, link.partition("?")[0])
        say(f"the studio is at {link}")
        for name in sorted(safety.sealed):
            say(f"others reach it at {_public(name, safety.token)}")
        if safety.remote:
            along = "" if safety.sealed else "; without TLS others may read along"
            say(f"whoever has this link can work in it{along}")
        say("Ctrl-C ends it; jobs under way go on when it is opened again")
        if wish.browser:
            opener = threading.Timer(0.8, webbrowser.open, (link,))
            opener.daemon = True
            opener.start()
        make_server(app, warmed=True).run(sockets=[listener])


def patient() -> Any:
    """Uvicorn's protocol for connections, that lets those go which ask for nothing.

    uvicorn waits without end for the rest of a request's headers, so that whoever opens
    connections and sends a byte now and then uses up what the system gives to a process.
    """
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    parent: Any = AutoHTTPProtocol

    class Patient(parent):  # type: ignore[misc]
        """A connection that is closed once no request came for `SILENCE` seconds."""

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.loop.call_later(SILENCE, self._look, None)

        def _look(self, before: Any) -> None:
            """See whether anything was asked since the last look."""
            if self.transport.is_closing() or self.transport.get_protocol() is not self:
                return  # the latter: a WebSocket by now
            answered = self.cycle is None or self.cycle.response_complete
            if answered and self.cycle is before:
                self.transport.close()
            else:
                self.loop.call_later(SILENCE, self._look, self.cycle)

    return Patient


def make_server(app: "Studio", *, warmed: bool = False) -> Any:
    """A uvicorn server that lets listeners of events go before it waits for its connections.

    Args:
        app: What it serves.
        warmed: Load beforehand what the first page needs, when the port is open. That is done
            when the server's `warming` is.
    """
    import uvicorn

    class Server(uvicorn.Server):
        """Ends cleanly at the first signal."""

        warming: asyncio.Task[None] | None = None

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if warmed:
                from songreel.web.warming import warm

                self.warming = asyncio.create_task(warm(app))

        def handle_exit(self, sig: int, frame: Any) -> None:
            app.happenings.close()
            super().handle_exit(sig, frame)
            # uvicorn would raise the signal again when it has ended, past our own end.
            self._captured_signals.clear()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.happenings.close()
            if self.warming is not None:
                self.warming.cancel()
            await super().shutdown(sockets)

    logging.getLogger("uvicorn.error").addFilter(_not_ended)
    config = uvicorn.Config(
        app,
        http=patient(),
        log_level="warning",
        access_log=False,  # addresses of requests may carry the token
        server_header=False,
        date_header=True,
        proxy_headers=False,  # who asks is who connects
        timeout_graceful_shutdown=PATIENCE,
        ws_max_size=16 * 2**20,
        h11_max_incomplete_event_size=64 * 2**10,
    )
    return Server(config)


def _not_ended(record: logging.LogRecord) -> bool:
    """Keep what was broken off by the studio's end, at a second Ctrl-C, out of the log."""
    kind = record.exc_info[0] if record.exc_info else None
    broken_off = kind is not None and issubclass(kind, asyncio.CancelledError)
    return not (broken_off or "asyncio.exceptions.CancelledError" in record.getMessage())


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Be the one studio of a workspace."""
    place = settings.workspace / PLACE
    try:
        private_folder(settings.workspace)
    except OSError as error:
        raise MachineError(
            f"cannot make {settings.workspace}: {error.strerror or error}"
        ) from error
    try:
        with hold(settings.workspace, LOCK):
            try:
                yield
            finally:
                place.unlink(missing_ok=True)
    except Busy as error:
        try:
            where = f" at {place.read_text(encoding='utf-8').strip()}"
        except OSError:
            where = ""
        raise InvalidInput(
            f"the workspace {settings.workspace} has its studio open{where} already; use that one, "
            "or another workspace with --workspace"
        ) from error


def _write(settings: Settings, link: str) -> None:
    """Note where the studio is, for whoever would open it twice."""
    try:
        (settings.workspace / PLACE).write_text(link + "\n", encoding="utf-8")
    except OSError as error:
        raise MachineError(f"cannot write {settings.workspace}: {error.strerror}") from error


@contextmanager
def _listening(wish: Wish) -> Iterator[socket.socket]:
    """A socket that listens where it was wished."""
    ports = range(PORT, PORT + PORTS) if wish.port is None else (wish.port,)
    host = wish.host.strip("[]")
    try:
        found = socket.getaddrinfo(host or None, None, type=socket.SOCK_STREAM,
                                   flags=socket.AI_PASSIVE)  # fmt: skip
    except OSError as error:
        raise InvalidInput(f"--host {wish.host!r} is no address of this machine") from error
    family = found[0][0]
    for port in ports:
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            if os.name == "posix":  # a port that was left a moment ago is free
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((found[0][4][0], port))
            listener.listen(128)
        except OSError as error:
            listener.close()
            if wish.port is None and port != ports[-1] and _taken(error):
                continue
            if _taken(error):
                raise InvalidInput(
                    f"port {port} is taken by another program; choose one with --port, or leave "
                    "it out for a free one"
                ) from error
            raise InvalidInput(
                f"cannot listen at {wish.host}:{port}: {error.strerror or error}"
            ) from error
        with listener:
            yield listener
        return


def _taken(error: OSError) -> bool:
    import errno

    return error.errno in (errno.EADDRINUSE, 10048)


def _public(name: str, token: str | None) -> str:
    """The address at which a proxy with TLS answers."""
    host = f"[{name}]" if ":" in name else name
    return f"https://{host}/" + (f"?token={token}" if token else "")


def _link(host: str, port: int, token: str | None) -> str:
    """The address to open, with the token, which is shown this once."""
    if host in ("0.0.0.0", "", "::"):
        host = socket.gethostname()
    elif ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return f"http://{host}:{port}/" + (f"?token={token}" if token else "")
