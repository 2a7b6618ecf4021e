"""What every request passes before anything of the studio sees it: `Gate`."""

import asyncio
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from songreel.web.safety import door as doors
from songreel.web.safety.headers import PLAIN
from songreel.web.safety.nonce import Nonced, unpacked
from songreel.web.safety.origins import SAFE, foreign
from songreel.web.safety.safety import Safety

BODY = 8 * 2**20
"""Bytes of a body that is no upload: the plan of a 90-minute film with 2,000 shots has 5 MB."""
UPLOADS = frozenset({"/api/uploads", "/api/projects/unpack"})
"""Where bodies are files, counted where they are stored."""
LOG_IN = "/login"
PATIENCE = 20.0
"""Seconds that a stranger may take to send the token."""
_LARGE = f"the body is larger than {BODY // 2**20} MiB; upload files instead"


class Gate:
    """Asks of a request, in this order: for whom (host), from where (origin), who (token), what.

    Args:
        app: What lies behind.
        safety: What is let in.
    """

    def __init__(self, app: ASGIApp, safety: Safety) -> None:
        self._app, self._safety = app, safety
        self._door = doors.Door(safety.token) if safety.token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope = _unproxied(scope)
        answer = self._refusal(scope) or await self._stranger(scope, receive)
        careful = Nonced(scope, send, secure=self._sealed(scope))
        if answer is not None:
            await _answer(answer, scope, receive, careful)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._app(unpacked(scope), _counted(scope, receive), careful)

    def _sealed(self, scope: Scope) -> bool:
        """Whether the browser that asks does so over TLS."""
        return scope.get("scheme") in ("https", "wss") or self._safety.seals(
            Headers(scope=scope).get("host", "")
        )

    def _refusal(self, scope: Scope) -> Response | None:
        """Why a request is not for this studio, not from its own pages, or too much."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._safety.knows(hosts[0]):
            return _problem(
                403,
                "this studio is not asked for by that host name; open the address that it "
                "printed, or name the host with --name",
            )
        method = scope.get("method", "GET")
        if foreign(scope["type"], method, headers):
            return _problem(403, "a page of another site asked for this; nothing was done")
        if scope["type"] == "websocket":
            return None
        if scope["path"].startswith("/api/"):
            return _unfit(scope["path"], method, headers)
        return None

    async def _stranger(self, scope: Scope, receive: Receive) -> Response | None:
        """What somebody gets who has not shown the token; None for who has."""
        if self._door is None:
            return None
        headers, path = Headers(scope=scope), scope["path"]
        address = (scope.get("client") or ("",))[0]
        if scope["type"] == "websocket":
            return None if self._door.knows(headers) else _problem(401, "log in first")
        if path == LOG_IN:
            return await self._log_in(scope, receive, address)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if scope["method"] == "GET" and "token" in query and not path.startswith("/api/"):
            place = doors.without_token(path, scope["query_string"].decode("latin-1"))
            return self._shown(query["token"][0], place, address)
        if self._door.knows(headers):
            return None
        token = doors.bearer(headers)
        if token is not None:
            wait = self._door.patience(address)
            if wait:
                return _wait(wait)
            if self._door.opens(token, address):
                return None
        if path.startswith("/api/") or scope["method"] not in SAFE:
            return _problem(
                401,
                "this studio asks for its token: send it as `Authorization: Bearer TOKEN`",
                {"www-authenticate": "Bearer"},
            )
        return RedirectResponse(f"{LOG_IN}?next={quote(path)}", 303)

    async def _log_in(self, scope: Scope, receive: Receive, address: str) -> Response:
        request = Request(scope, _counted(scope, receive, 16 * 1024))
        if scope["method"] == "GET":
            return _page(doors.log_in_page(request.query_params.get("next", "/")))
        if scope["method"] != "POST":
            return _problem(405, "this address does not know the method", {"allow": "GET, POST"})
        try:
            async with asyncio.timeout(PATIENCE):
                body = await request.body()
        except HTTPException:
            return _problem(413, "that is no token")
        except TimeoutError:
            return _problem(408, "no token came", {"connection": "close"})
        given = parse_qs(body.decode("utf-8", "replace"))
        token, place = (given.get(name, [""])[0] for name in ("token", "next"))
        return self._shown(token.strip(), doors.own_place(place), address)

    def _shown(self, token: str, place: str, address: str) -> Response:
        """The answer to a token that a person brings."""
        assert self._door is not None
        wait = self._door.patience(address)
        if wait:
            text = f"Too many wrong tokens; wait {wait} seconds."
            return _page(doors.log_in_page(place, text), 429, {"retry-after": str(wait)})
        if not self._door.opens(token, address):
            return _page(doors.log_in_page(place, "That is not the token of this studio."), 401)
        answer = RedirectResponse(place, 303)
        answer.headers["set-cookie"] = self._door.keep()
        answer.headers["cache-control"] = "no-store"
        return answer


def _unproxied(scope: Scope) -> Scope:
    """A request without what only a proxy may say: NiceGUI would have pages load scripts by it."""
    kept = [pair for pair in scope["headers"] if not pair[0].startswith(b"x-forwarded-")]
    return {**scope, "headers": kept}


def _unfit(path: str, method: str, headers: Headers) -> Response | None:
    """A body of the wrong kind, or of a length that is too large already."""
    if path in UPLOADS or method in SAFE:
        return None
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 18:
        return _problem(400, "the length of the body is no number")
    if int(length) > BODY:
        return _too_large()
    if length != "0" or "transfer-encoding" in headers:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return _problem(415, "the body must be JSON, sent as application/json")
    return None


def _counted(scope: Scope, receive: Receive, most: int = BODY) -> Receive:
    """`receive` that ends the request where more comes than is taken."""
    if scope["path"] in UPLOADS:
        return receive
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > most:
            raise HTTPException(413, _LARGE)
        return message

    return counted


async def _answer(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()  # the request to connect
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    await answer(scope, receive, send)


def _problem(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": text}, status, headers)


def _too_large() -> Response:
    return _problem(413, _LARGE)


def _wait(seconds: int) -> Response:
    text = f"too many wrong tokens; wait {seconds} s"
    return _problem(429, text, {"retry-after": str(seconds)})


def _page(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(
        text,
        status,
        {"content-security-policy": PLAIN, "cache-control": "no-store"} | (headers or {}),
    )
