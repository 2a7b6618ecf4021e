"""A stand-in for the hub of models, and programs that ask it: `serving`, `asked`."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass
class Hub:
    """What is served: models by id, each with its commit and files; and what was asked for."""

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    broken: bool = False
    url: str = ""
    fetched: list[str] = field(default_factory=list)

    def add(self, repo: str, files: Mapping[str, bytes], commit: str = "a" * 40) -> None:
        """Serve a model."""
        self.files[repo], self.commits[repo] = dict(files), commit


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub on this machine, over HTTP."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, *, body: bool) -> None:
            path = unquote(urlsplit(self.path).path).strip("/")
            parts = path.split("/")
            api = parts[:2] == ["api", "models"]
            repo = "/".join(parts[2:4] if api else parts[:2])
            if hub.broken:
                return self.reply(503, b"busy", body=body)
            if repo not in hub.files:
                return self.reply(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body=body)
            if repo in hub.gated and not api:
                return self.reply(403, b"{}", {"X-Error-Code": "GatedRepo"}, body=body)
            commit, files = hub.commits[repo], hub.files[repo]
            revision = parts[5] if api and len(parts) > 5 else ("" if api else parts[3])
            if revision not in ("", "main", commit):
                return self.reply(404, b"{}", {"X-Error-Code": "RevisionNotFound"}, body=body)
            if api and "tree" in parts:
                listed = [
                    {"type": "file", "path": name, "size": len(data), "oid": _oid(data)}
                    for name, data in files.items()
                ]
                return self.reply(200, json.dumps(listed).encode(), body=body)
            if api:
                told = {"id": repo, "modelId": repo, "sha": commit, "siblings": [], "tags": []}
                return self.reply(200, json.dumps(told).encode(), body=body)
            data = files.get("/".join(parts[4:]))
            if data is None:
                return self.reply(404, b"", {"X-Error-Code": "EntryNotFound"}, body=body)
            if body:
                hub.fetched.append("/".join(parts[4:]))
            headers = {"X-Repo-Commit": commit, "ETag": f'"{_oid(data)}"'}
            return self.reply(200, data, headers, body=body)

        def reply(
            self, status: int, data: bytes, headers: Mapping[str, str] = {}, *, body: bool = True
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _oid(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


ASK = """
import json, sys
from songreel.models.errors import SongreelError
steps, told = [], []
try:
    {code}
except SongreelError as error:
    result = {{"error": f"{{type(error).__name__}}: {{error}}"}}
print(json.dumps({{"result": result, "steps": steps, "told": told,
                   "torch": "torch" in sys.modules}}))
"""


def asked(hub: Hub, home: Path, code: str, **env: str) -> dict[str, Any]:
    """What a program answers that runs `code`, which sets `result`, with its hub at `hub`.

    `steps` and `told` are lists that it may fill. A process of its own, as the hub's library reads
    where the hub is when it is imported.
    """
    environment = {
        **os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1", "HF_TOKEN": "", **env,
    }  # fmt: skip
    indented = code.strip().replace("\n", "\n    ")
    done = subprocess.run(
        [sys.executable, "-c", ASK.format(code=indented)], env=environment, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    answer["stderr"] = done.stderr
    return answer
