"""Workspaces with tiny songs whose jobs are done by real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from songreel.models.queued import ENDED, QueuedJob
from songreel.settings import Settings
from songreel.workspace import Workspace
from support.clicks import drum_track

PATIENCE = 300.0
"""Seconds; the machine may be busy."""


def tiny_song(path: Path, bars: int = 8) -> Path:
    """Drums at 120 BPM."""
    drums = drum_track(120.0, bars=bars).mono
    wavfile.write(path, 24000, np.round(drums / np.abs(drums).max() * 30000).astype(np.int16))
    return path


def workspace_in(folder: Path, database: str = "") -> Workspace:
    """A workspace whose work is done on one core."""
    url = database or f"sqlite:///{folder / 'songreel.db'}"
    return Workspace(Settings(folder / "workspace", 1, url, folder / "config"), "rest")


def server(workspace: Workspace, *options: str) -> subprocess.Popen[bytes]:
    """`songreel jobs work`, as a process of its own."""
    settings = workspace.settings
    environment = os.environ | {
        "SONGREEL_WORKSPACE": str(settings.workspace), "SONGREEL_DATABASE": settings.database,
        "SONGREEL_WORKERS": "1", "SONGREEL_CONFIG": str(settings.config),
    }  # fmt: skip
    command = [sys.executable, "-m", "songreel.cli.main", "jobs", "work", *options]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE:g} s"
        time.sleep(0.05)


def ended(workspace: Workspace, *jobs: QueuedJob) -> list[QueuedJob]:
    """The jobs, once all of them have ended."""

    def all_ended() -> bool:
        return all(workspace.queue.get(job.id).state in ENDED for job in jobs)

    until(all_ended, "jobs end")
    return [workspace.queue.get(job.id) for job in jobs]


def processes_of(job: QueuedJob) -> list[int]:
    """Ids of the processes that do a job (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"songreel.queue.child" in command and job.id.encode() in command:
            found.append(int(entry.name))
    return found


def kill(job: QueuedJob) -> None:
    """End the process that does a job, as the kernel does where memory runs out."""
    for process in processes_of(job):
        os.kill(process, signal.SIGKILL)


def filming(workspace: Workspace, job: QueuedJob) -> bool:
    """Whether the job is at its clips, with one made."""
    now = workspace.queue.get(job.id)
    assert now.state in ("waiting", "working"), now.error
    return now.doing.startswith("clips: ") and not now.doing.startswith("clips: 0")
