"""Files that never change under their address, answered from memory: `Kept`.

A page of the studio loads some twenty of them. Each would be opened in a thread, compressed once
more for every browser, and passed through every layer of NiceGUI; that was half of what the server
did for a page.
"""

from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST, MOST = 2**20, 16 * 2**20
"""Bytes of one answer, and of all, that are kept. The files of our pages have 0.4 MB."""
_PARTLY = frozenset({"range", "if-none-match", "if-modified-since"})
"""Headers of those who would not have the whole file."""


@dataclass(frozen=True)
class _Answer:
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Kept:
    """Keeps whole answers that say of themselves that they are public and immutable.

    Args:
        app: Answers what is not kept yet. Who may ask is decided before.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._answers: dict[tuple[str, bytes, bool], _Answer] = {}
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory where that can be."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not _PARTLY.isdisjoint(headers):
            await self._app(scope, receive, send)
            return
        # Who can read it compressed gets it so, as the layers behind do it.
        packed = "gzip" in headers.get("accept-encoding", "")
        key = (scope["path"], scope["query_string"], packed)
        known = self._answers.get(key)
        if known is None:
            await self._app(scope, receive, _Listening(self, key, send))
            return
        start = {"type": "http.response.start", "status": 200, "headers": list(known.headers)}
        await send(start)
        await send({"type": "http.response.body", "body": known.body, "more_body": False})

    def keep(self, key: tuple[str, bytes, bool], answer: _Answer) -> None:
        """Keep an answer while there is room."""
        if key not in self._answers and self._size + len(answer.body) <= MOST:
            self._answers[key] = answer
            self._size += len(answer.body)


class _Listening:
    """Passes an answer on and remembers it."""

    def __init__(self, kept: Kept, key: tuple[str, bytes, bool], send: Send) -> None:
        self._kept, self._key, self._send = kept, key, send
        self._headers: tuple[tuple[bytes, bytes], ...] | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            told = headers.get("cache-control", "")
            if message["status"] == 200 and "public" in told and "immutable" in told:
                del headers["set-cookie"], headers["content-length"]  # the one is of one browser
                self._headers = tuple(headers.raw)
        elif message["type"] == "http.response.body" and self._headers is not None:
            self._body += message.get("body", b"")
            if len(self._body) > LARGEST:
                self._headers = None
                self._body.clear()
            elif not message.get("more_body"):
                length = (b"content-length", str(len(self._body)).encode())
                answer = _Answer((*self._headers, length), bytes(self._body))
                self._kept.keep(self._key, answer)
        await self._send(message)
