"""The studio's server: REST under `/api`, its description, and the pages: `create_app`."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

import songreel
from songreel.settings import Settings
from songreel.web import errors
from songreel.web.errors import Refused
from songreel.web.happenings import Happenings
from songreel.web.kept import Kept
from songreel.web.routes import all_routers
from songreel.web.safety.gate import Gate
from songreel.web.safety.safety import Safety
from songreel.workspace import Workspace

LEFT = 24 * 3600
"""Seconds after which a temporary file is nobody's any more."""

ABOUT = (
    "Everything that the command line does: songs are uploaded, projects made of them, plans "
    "looked at and changed, films made by jobs whose events are streamed. Errors are "
    '`{"error": sentence, "where": field}`. What costs money is quoted first, and a job buys '
    "nothing beyond the sum it was agreed to. Times are seconds from the start of the song."
)


class Studio(FastAPI):
    """A FastAPI application behind a gate that stands outside of everything else.

    Attributes:
        safety: What is let in.
        happenings: What is told to those who listen; closed when the server ends.
        pages: What the pages work through; None: there are none.
        behind: The application without its gate, once it has begun.
    """

    behind: ASGIApp

    def __init__(self, safety: Safety, happenings: Happenings, **more: Any) -> None:
        self.safety, self.happenings = safety, happenings
        self.pages: Workspace | None = None
        super().__init__(**more)

    def build_middleware_stack(self) -> ASGIApp:
        """The application with the gate before it, also before what answers when it fails."""
        self.behind = Kept(super().build_middleware_stack())
        return Gate(self.behind, self.safety)

    def openapi(self) -> dict[str, Any]:
        """The description, with how requests are refused."""
        if self.openapi_schema is None:
            errors.describe(super().openapi())
        return super().openapi()


def create_app(
    settings: Settings,
    safety: Safety,
    *,
    runner: bool = True,
    pages: bool = True,
    at_once: int = 1,
) -> Studio:
    """The server of one workspace.

    Args:
        settings: Of the workspace.
        safety: What is let in.
        runner: Do the queue's work in this process too, beginning with what was left.
        pages: Show the studio's pages too; False: only REST.
        at_once: Jobs that are done at a time.

    Raises:
        InvalidInput: The database was written by a newer songreel, or its URL is none.
        MachineError: The workspace cannot be opened, or NiceGUI is not installed.
    """
    workspace = Workspace(settings, "rest")
    happenings = Happenings(lambda: workspace.queue.last_event)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(_sweep, settings)
        worker = None
        if runner:
            from songreel.queue.runner import Runner

            worker = Runner(settings, at_once=at_once)
            worker.start()
        try:
            yield
        finally:
            happenings.close()
            if worker is not None:
                await asyncio.to_thread(worker.stop)

    app = Studio(
        safety,
        happenings,
        title="songreel",
        version=songreel.__version__,
        description=ABOUT,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        default_response_class=_telling(safety),
        # Every schema once: what is sent and what comes back are the same objects.
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.workspace, app.state.safety = workspace, safety
    errors.add_to(app, safety)
    for router in all_routers():
        app.include_router(router)
    app.router.routes.append(_Nothing(app.router.routes))
    if pages:
        from songreel.web.studio.pages import mount

        app.pages = mount(app, workspace, safety, happenings)
    return app


def _sweep(settings: Settings) -> None:
    """Remove what uploads and downloads of a studio that was killed have left."""
    for name in ("uploads", "downloads"):
        folder = settings.workspace / name
        for path in folder.iterdir() if folder.is_dir() else ():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > LEFT:
                    path.unlink()


class _Nothing(BaseRoute):
    """The rest of `/api`: an address that is none, or one that does not know the method.

    Without it the pages, which take all other addresses, would answer with a page.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Everything below `/api`."""
        inside = scope["type"] == "http" and (scope["path"] + "/").startswith("/api/")
        return (Match.FULL if inside else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Refuse it in the form of all errors."""
        methods = {"GET", "POST", "PUT", "PATCH", "DELETE"}
        # Those before this one: the pages, behind it, would take any address.
        others = self._routes[: list(self._routes).index(self)]
        allowed = {
            method
            for method in methods
            if any(r.matches({**scope, "method": method})[0] is Match.FULL for r in others)
        }
        if allowed:
            raise Refused(
                405,
                f"this address does not know {scope['method'][:20]}; it knows "
                f"{', '.join(sorted(allowed))}",
                headers={"allow": ", ".join(sorted(allowed))},
            )
        raise Refused(404, "there is nothing at this address; /docs lists all there are")


def _telling(safety: Safety) -> type[JSONResponse]:
    """How answers are written: for remote people without paths of this machine."""
    if not safety.remote:
        return JSONResponse

    def veiled(value: Any) -> Any:
        if isinstance(value, str):
            return safety.veil(value)
        if isinstance(value, dict):
            return {key: veiled(item) for key, item in value.items()}
        return [veiled(item) for item in value] if isinstance(value, list) else value

    class Veiled(JSONResponse):
        """JSON whose strings name no folders of this machine."""

        def render(self, content: Any) -> bytes:
            return super().render(veiled(content))

    return Veiled
