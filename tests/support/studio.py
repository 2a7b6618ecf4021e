"""A studio of the tests' own: its application, a real one in a thread, a project in it."""

import socket
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from starlette.testclient import TestClient

from songreel.models.queued import QueuedJob
from songreel.queue.perform import perform
from songreel.queue.telling import Telling
from songreel.settings import Settings
from songreel.web.app import Studio, create_app
from songreel.web.safety.safety import Safety
from songreel.workspace import Workspace

HERE = "http://127.0.0.1:8110"


def settings_of(folder: Path) -> Settings:
    return replace(
        Settings.load(folder / "workspace"),
        database=f"sqlite:///{folder / 'workspace' / 'songreel.db'}",
        config=folder / "config",
        assets_url="",
    )


def studio_of(folder: Path, safety: Safety | None = None) -> Studio:
    """REST of a workspace in `folder`; nobody does its jobs."""
    return create_app(settings_of(folder), safety or Safety(), runner=False, pages=False)


def asked(app: Studio, **headers: str) -> TestClient:
    """Somebody who asks, as a program does."""
    return TestClient(app, base_url=HERE, headers=headers, raise_server_exceptions=False)


def song(path: Path, seconds: float = 8.0, bpm: float = 120.0) -> Path:
    """Clicks on the beat over a low tone, 16 bit mono WAV."""
    rate = 22_050
    time_ = np.arange(round(seconds * rate)) / rate
    beat = (time_ * bpm / 60) % 1.0
    strong = ((time_ * bpm / 60) // 1) % 4 == 0
    hit = np.exp(-beat * 40) * np.sin(2 * np.pi * np.where(strong, 1600, 900) * time_)
    sound = 0.6 * hit + 0.1 * np.sin(2 * np.pi * 110 * time_)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return path


def send(client: TestClient, content: bytes, name: str, **params: Any) -> Any:
    """Upload, as a program does."""
    headers = {"content-type": "application/octet-stream"}
    where = "/api/uploads"
    return client.post(where, content=content, params={"name": name, **params}, headers=headers)


def work_off(workspace: Workspace) -> list[QueuedJob]:
    """Do in this process what waits in the queue; the jobs as they ended."""
    ended = []
    while (job := workspace.queue.take("tests")) is not None:
        with Telling(workspace.queue, job, lambda: None) as tell:
            result = perform(workspace, job, tell)
        workspace.queue.done(job, result)
        ended.append(workspace.queue.get(job.id))
    return ended


@contextmanager
def served(app: Studio, *, warmed: bool = False) -> Iterator[str]:
    """The studio at a port of this machine, in a thread; its address.

    `warmed`: what the first page needs is loaded by then.
    """
    from songreel.web.server import make_server

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        server = make_server(app, warmed=warmed)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        until = time.monotonic() + 120
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        while warmed and not (server.warming and server.warming.done()):
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(60)
            assert not thread.is_alive(), "the server did not end"
