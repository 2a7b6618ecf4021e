"""One worker's process and the line to it: `Process`; how one is started: `started`."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from threading import Thread
from typing import IO

from songreel.generation.diffusion.parallel.ranks import last_words
from songreel.generation.diffusion.wire import (
    ADDRESS,
    ANSWERS,
    KEY,
    Answer,
    Cancel,
    Loading,
    Making,
    Ready,
)
from songreel.generation.processes import end, ending
from songreel.generation.wire import Wire
from songreel.models.errors import MachineError

Command = Callable[[tuple[str, ...]], tuple[Sequence[str], dict[str, str]]]
"""The command line of a worker on these devices, and what is added to its environment."""

_MODULE = "songreel.generation.diffusion.worker"

_HELLO = 120.0
"""Seconds for a worker to connect: a cold start imports what connects, not torch."""
_LOOK = 0.05
"""Seconds between two looks at whether it has connected."""
_END = 5.0
"""Seconds for a worker to end by itself; it does with its connection."""


class Process:
    """One worker's process and the line to it."""

    def __init__(self, post: tuple[str, ...], load: Loading, command: Command) -> None:
        self.where = ", ".join(post) or "this machine"
        self.ready = False
        self._load = load.model_copy(update={"devices": post})
        self._command, self._post = command, post
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by __exit__)
        self._process: subprocess.Popen[bytes] | None = None
        self._wire: Wire[Answer] | None = None

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        """The worker ends with its line; one that does not is ended."""
        if self._wire is not None:
            self._wire.close()
        if self._process is not None:
            end(self._process, _END)
        self._log.close()

    def start(self) -> int:
        """Start it and wait until it has connected.

        Returns:
            Its process id.

        Raises:
            MachineError: It did not.
        """
        key = secrets.token_bytes(32)
        with tempfile.TemporaryDirectory(prefix="songreel-") as folder:
            address = None if sys.platform == "win32" else str(Path(folder) / "line")
            with Listener(address, authkey=key) as listener:
                arguments, added = self._command(self._post)
                named = listener.address
                assert isinstance(named, str)
                here = os.environ | added | {ADDRESS: named, KEY: key.hex()}
                self._process = subprocess.Popen(
                    list(arguments), env=here, stdin=subprocess.DEVNULL, stdout=self._log,
                    stderr=self._log, start_new_session=True,
                )  # fmt: skip
                self._wire = Wire(self._accepted(listener), ANSWERS)
        self.say(self._load)
        return self._process.pid

    def say(self, message: Loading | Making | Cancel) -> None:
        """Tell it something.

        Raises:
            OSError: It is gone.
        """
        assert self._wire is not None
        self._wire.send(message)

    def heard(self, wait: float) -> list[Answer]:
        """What it has said since; waits at most so many seconds for something.

        Raises:
            EOFError: It is gone.
        """
        wire = self._wire
        assert wire is not None
        found: list[Answer] = []
        while wire.waiting(0 if found else wait):
            message = wire.read()
            self.ready = self.ready or isinstance(message, Ready)
            found.append(message)
        return found

    def last_words(self) -> str:
        """How it ended, and the last line that it wrote; of ranks, which of them failed and how."""
        status = None
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                status = self._process.wait(_END)
        self._log.seek(0)
        log = self._log.read().decode(errors="replace")
        return last_words(log) or ending(status, log)

    def _accepted(self, listener: Listener) -> Connection:
        """The worker's connection; a process that ends before is not waited for."""
        assert self._process is not None
        found: list[Connection] = []

        def accept() -> None:
            with suppress(OSError, EOFError):
                found.append(listener.accept())

        waiting = Thread(target=accept, daemon=True)
        waiting.start()
        until = time.monotonic() + _HELLO
        while waiting.is_alive() and time.monotonic() < until and self._process.poll() is None:
            waiting.join(_LOOK)
        if not found:
            waiting.join(_LOOK)
        if not found:
            raise MachineError(
                f"a worker on {self.where} could not be started: "
                f"{self.last_words() or f'it did not connect within {_HELLO:.0f} s'}"
            )
        return found[0]


def started(
    post: tuple[str, ...], *, ranks: bool = False, module: str = _MODULE
) -> tuple[Sequence[str], dict[str, str]]:
    """The command of a worker of ours on these devices: one process, or a rank a device."""
    added = {
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        # Less is lost between tensors of many sizes (pytorch.org, notes on CUDA semantics).
        "PYTORCH_CUDA_ALLOC_CONF": os.environ.get(
            "PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True"
        ),
    }
    if ranks:
        from songreel.generation.diffusion.parallel.ranks import command, environment

        return command(len(post), module), added | environment(post)
    return [sys.executable, "-m", module], added
