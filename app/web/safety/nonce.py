"""Pages whose own scripts carry a word that nobody can guess: `Nonced`."""

import re
import secrets
from collections.abc import MutableMapping
from typing import Any, cast

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from songreel.web.safety.headers import careful, of_pages

_SCRIPT = re.compile(rb"<script(?=[\s>])")


class Nonced:
    """Sends an answer with careful headers; of a page of the studio, its scripts are marked.

    NiceGUI writes what a page shows into a script of the page. With the mark in the policy, a
    browser runs the scripts that came with the page, and none that some text would smuggle in.

    Args:
        scope: Of the request.
        send: Takes the answer.
        secure: Its cookies travel over TLS alone.
    """

    def __init__(self, scope: Scope, send: Send, *, secure: bool = False) -> None:
        self._path, self._send, self._secure = scope["path"], send, secure
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            if self._secure:
                message = {**message, "headers": [_secured(*one) for one in message["headers"]]}
            headers = MutableHeaders(scope=message)
            page = headers.get("content-type", "").startswith("text/html")
            if page and "content-security-policy" not in headers and not _packed(headers):
                self._start = message
                return
            careful(cast(MutableMapping[str, str], headers), self._path)
        elif self._start is not None and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            await self._finish(self._start)
            return
        await self._send(message)

    async def _finish(self, start: Message) -> None:
        nonce = secrets.token_urlsafe(18)
        body = _SCRIPT.sub(b'<script nonce="%s"' % nonce.encode(), bytes(self._body))
        headers: Any = MutableHeaders(scope=start)
        headers["content-security-policy"] = of_pages(nonce)
        if "content-length" in headers and headers["content-length"] != "0":
            headers["content-length"] = str(len(body))
        careful(headers, self._path)
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


def unpacked(scope: Scope) -> Scope:
    """A request for a page, that does not ask for it to be compressed: its scripts are marked."""
    path = scope["path"]
    if path.startswith(("/api/", "/_nicegui", "/_songreel/", "/studio-files/")):
        return scope
    kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    return {**scope, "headers": kept}


def _secured(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A header; a cookie with `Secure`."""
    if name.lower() == b"set-cookie" and b"; secure" not in value.lower():
        value += b"; Secure"
    return name, value


def _packed(headers: MutableHeaders) -> bool:
    return headers.get("content-encoding", "identity") != "identity"
