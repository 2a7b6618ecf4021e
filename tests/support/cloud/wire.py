"""HTTP as it goes over the wire: `Call`, `Reply`, and the handler that spoils them on demand."""

import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from support.cloud.faults import Fault

if TYPE_CHECKING:
    from support.cloud.server import Cloud


class Logged(NamedTuple):
    """One request as the server remembers it: no header's value, no body."""

    kind: str
    method: str
    path: str
    status: int | None
    """None where the connection was reset in place of an answer."""
    host: str
    headers: tuple[str, ...]
    """Their names, in lower case."""


@dataclass
class Call:
    """A request as it came."""

    method: str
    path: str
    """Without the query, decoded."""
    query: Mapping[str, list[str]]
    headers: Message
    body: bytes = b""

    def one(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return self.query.get(name, [None])[0]

    def json(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            ValueError: It is none.
        """
        value = json.loads(self.body or b"{}")
        if not isinstance(value, dict):
            raise ValueError("no JSON object")
        return value


@dataclass
class Reply:
    """An answer."""

    status: int
    body: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, value: Any, **headers: str) -> "Reply":
        """An answer in JSON."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), headers=named)


class Route(NamedTuple):
    """What a request is about, once its address is understood."""

    service: str
    """`replicate`, `fal`, `platform`, `storage` or `delivery`."""
    kind: str
    values: tuple[str, ...] = ()


class Handler(BaseHTTPRequestHandler):
    """Reads a request, lets the cloud answer it, and spoils the answer where that is asked."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    cloud: "Cloud"

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 (the names are http.server's)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing is printed; the cloud keeps its own log."""

    def _serve(self) -> None:
        cloud, parts = self.cloud, urlsplit(self.path)
        path = unquote(parts.path)
        call = Call(self.command, path, parse_qs(parts.query), self.headers)
        route = cloud.route(call)
        if cloud.faults.unread(route.kind):
            self._log(route, call, None)
            self._reset()
            return
        call.body = self._body()
        refusal = cloud.refusal(route, call)
        if refusal is not None:
            self._send(route, call, refusal)
            return
        fault = cloud.faults.meet(route.kind, cloud.about(route, call))
        if fault.delay:
            cloud.pause(fault.delay)
        if fault.status is not None and fault.body is None:
            self._send(route, call, cloud.worded(route, fault))
            return
        reply = Reply(fault.status or 200)
        if fault.status is None:
            reply = cloud.answer(route, call, fault)
        if fault.body is not None:
            reply.body, reply.kind = fault.body, fault.kind
        if fault.silence or fault.lost:
            self._log(route, call, None)
            cloud.pause(fault.silence)
            self._reset()
            return
        self._send(route, call, reply, fault)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, route: Route, call: Call, reply: Reply, fault: Fault | None = None) -> None:
        share = fault.share if fault else 1.0
        sent = reply.body[: int(len(reply.body) * share)]
        stated = len(reply.body) if fault is None or fault.honest else len(sent)
        lines = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('',))[0]}"]
        headers = {
            "Content-Type": reply.kind, "Content-Length": str(stated), "Date": "", **reply.headers
        }  # fmt: skip
        headers["Date"] = self.date_time_string(self.cloud.clock.now())
        if len(sent) < stated:
            headers["Connection"] = "close"
            self.close_connection = True
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._log(route, call, reply.status)
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + sent)

    def _log(self, route: Route, call: Call, status: int | None) -> None:
        names = tuple(name.lower() for name in call.headers)
        host = (call.headers.get("Host") or "").rsplit(":", 1)[0]
        self.cloud.logged(Logged(route.kind, call.method, call.path, status, host, names))

    def _reset(self) -> None:
        """End the connection with a reset in place of a farewell."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        socket.close(self.connection.detach())  # at once, whoever else still holds the object
