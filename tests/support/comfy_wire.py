"""The stand-in ComfyUI's HTTP routes and its socket."""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    comfy: Any

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        comfy, split = self.comfy, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        comfy.asked.append((self.command, split.path))
        fault = comfy.fault(self.command, split.path)
        if fault is not None:
            self._reply(*fault)
        elif comfy.key and self.headers.get("Authorization") != comfy.key:
            self._reply(401, "text/html", b"<h1>401 Authorization Required</h1>")
        elif split.path == "/ws":
            self._socket(parse_qs(split.query).get("clientId", ["?"])[0])
        else:
            self._route(split.path, parse_qs(split.query), body)

    def _route(self, path: str, query: dict[str, list[str]], body: bytes) -> None:
        comfy = self.comfy
        with comfy.lock:
            match self.command, path.strip("/").split("/"):
                case "GET", ["system_stats"]:
                    device = {"name": "cuda:0 NVIDIA Test : native", "type": "cuda", "index": 0}
                    system = {"os": "posix", "comfyui_version": "0.3.64"}
                    self._json({"system": system, "devices": [device]})
                case "GET", ["object_info"]:
                    self._json(comfy.info())
                case "GET", ["object_info", kind]:
                    known = comfy.info()
                    self._json({kind: known[kind]} if kind in known else {})
                case "GET", ["queue"]:
                    running = [comfy.running.listed()] if comfy.running else []
                    pending = [job.listed() for job in reversed(comfy.pending)]  # a heap
                    self._json({"queue_running": running, "queue_pending": pending})
                case "GET", ["history"]:
                    last = int(query.get("max_items", ["10000"])[0])
                    self._json(dict(list(comfy.history.items())[-last:]))
                case "GET", ["history", id_]:
                    self._json({id_: comfy.history[id_]} if id_ in comfy.history else {})
                case "POST", ["prompt"]:
                    self._prompt(json.loads(body))
                case "POST", ["queue"]:
                    gone = json.loads(body).get("delete", [])
                    comfy.pending = [job for job in comfy.pending if job.id not in gone]
                    self._reply(200, "text/plain", b"")
                case "POST", ["interrupt"]:
                    asked = json.loads(body or b"{}").get("prompt_id")
                    if comfy.running and asked in (None, comfy.running.id):
                        comfy.running.stop.set()
                    self._reply(200, "text/plain", b"")
                case "POST", ["free"]:
                    self._reply(200, "text/plain", b"")
                case "POST", ["upload", "image"]:
                    self._upload(body)
                case (("GET" | "HEAD"), ["view"]):
                    self._view({key: value[0] for key, value in query.items()})
                case _:
                    self._reply(404, "text/plain", b"404: Not Found")

    def _prompt(self, asked: dict[str, Any]) -> None:
        comfy = self.comfy
        error, errors = comfy.validated(asked["prompt"])
        if error:
            self._json({"error": error, "node_errors": errors}, 400)
            return
        extra = {**asked.get("extra_data", {}), "client_id": asked.get("client_id")}
        job = comfy.take(asked["prompt"], extra)
        if comfy.lose:
            comfy.lose -= 1
            self.close_connection = True
            self.connection.shutdown(2)
            return
        self._json({"prompt_id": job.id, "number": job.number, "node_errors": comfy.partly})

    def _upload(self, body: bytes) -> None:
        comfy = self.comfy
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        fields: dict[str, Any] = {}
        for part in message_from_bytes(head + body).get_payload():
            name = part.get_param("name", header="content-disposition")
            fields[name] = (part.get_filename(), part.get_payload(decode=True))
        name, content = fields["image"]
        folder = fields["subfolder"][1].decode()
        stem, _, ending = name.rpartition(".")
        number, key = 0, ("input", folder, name)
        while key in comfy.files and comfy.files[key] != content:
            number += 1
            key = ("input", folder, f"{stem} ({number}).{ending}")
        comfy.files[key] = content
        comfy.uploads += 1
        self._json({"name": key[2], "subfolder": folder, "type": "input"})

    def _view(self, query: dict[str, str]) -> None:
        name = query.get("filename", "")
        key = (query.get("type", "output"), query.get("subfolder", ""), name)
        content = self.comfy.files.get(key)
        if name.startswith("/") or ".." in name:
            self._reply(400, "text/plain", b"400: Bad Request")
        elif content is None:
            self._reply(404, "text/plain", b"404: Not Found")
        else:
            self._reply(200, "application/octet-stream", content)

    def _json(self, value: Any, status: int = 200) -> None:
        self._reply(status, "application/json; charset=utf-8", json.dumps(value).encode())

    def _reply(self, status: int, kind: str, content: bytes) -> None:
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    def _socket(self, client: str) -> None:
        """The handshake (RFC 6455), the first message, then what the client says until it goes."""
        comfy = self.comfy
        self.close_connection = True
        if comfy.no_socket:
            self._reply(404, "text/plain", b"404: Not Found")
            return
        seed = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        accept = base64.b64encode(hashlib.sha1(seed.encode()).digest()).decode()
        self.send_header("Sec-WebSocket-Accept", accept)
        self.end_headers()
        first = {"status": {"exec_info": {"queue_remaining": 0}}, "sid": client}
        with suppress(OSError, ConnectionError):
            self.connection.sendall(
                frame(1, json.dumps({"type": "status", "data": first}).encode())
            )
            comfy.sockets[client] = self.connection
            for code, content in _heard(self.rfile):
                if code == 8:
                    self.connection.sendall(frame(8, content))
                    break
                if code == 9:
                    self.connection.sendall(frame(10, content))
        if comfy.sockets.get(client) is self.connection:
            del comfy.sockets[client]


def frame(code: int, content: bytes) -> bytes:
    """A message of the server's to its client."""
    size = len(content)
    if size < 126:
        head = bytes([0x80 | code, size])
    elif size < 2**16:
        head = bytes([0x80 | code, 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x80 | code, 127]) + size.to_bytes(8, "big")
    return head + content


def _heard(stream: Any) -> Iterator[tuple[int, bytes]]:
    """A client's short masked messages."""
    while len(head := stream.read(2)) == 2:
        size = head[1] & 0x7F
        if size == 126:
            size = int.from_bytes(stream.read(2), "big")
        mask, content = stream.read(4), stream.read(size)
        yield head[0] & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(content))
