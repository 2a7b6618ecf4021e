"""The worker in Genmo's environment, seen from here: `look`, `Process`."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any, NamedTuple

from songreel.generation.genmo.config import Config
from songreel.generation.processes import ending, last_line
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput, MachineError

SCRIPT = Path(__file__).with_name("worker.py")
OLDEST = (3, 10)
"""Python that Genmo's package asks for (its pyproject)."""
_LOOK = 60.0
"""Seconds for an environment to tell what it has: it starts Python and lists files."""
_END = 10.0
"""Seconds for a worker to end by itself."""


class Environment(Frozen):
    """What Genmo's environment has."""

    python: tuple[int, ...]
    genmo: str
    """Version; empty for a checkout that is not installed."""
    code: str
    """Start of the hash of the package's source; empty where there is no package."""
    torch: bool


class Message(NamedTuple):
    """What the worker said."""

    kind: str
    told: Mapping[str, Any]
    payload: bytes = b""


def look(config: Config) -> Environment:
    """What `config.python` has, without loading anything heavy.

    Raises:
        InvalidInput: It is no Python, too old, or lacks the package.
    """
    try:
        found = subprocess.run(
            [config.python, SCRIPT, "--look"], capture_output=True, stdin=subprocess.DEVNULL,
            timeout=_LOOK, env=_surroundings(()), check=False,
        )  # fmt: skip
    except OSError as error:
        raise InvalidInput(
            f"genmo: {config.python} cannot be started: {error.strerror or error}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise InvalidInput(
            f"genmo: {config.python} has told nothing within {_LOOK:.0f} s"
        ) from error
    try:
        told = Environment.model_validate_json(found.stdout)
    except ValueError as error:
        told_by = (
            last_line(each.decode(errors="replace")) for each in (found.stderr, found.stdout)
        )
        reason = next(filter(None, told_by), "it says nothing")
        raise InvalidInput(f"genmo: {config.python} is no Python that works: {reason}") from error
    if told.python[:2] < OLDEST:
        raise InvalidInput(
            f"genmo: {config.python} is Python {'.'.join(map(str, told.python))}; Genmo's package "
            f"needs {'.'.join(map(str, OLDEST))} or later"
        )
    if not told.code:
        raise InvalidInput(
            f"genmo: the environment of {config.python} has no package genmo; install it there "
            "from a checkout of github.com/genmoai/mochi"
        )
    return told


class Process:
    """One worker and the line to it.

    Args:
        config: Where it is.
        gpus: Ids of the GPUs that it sees, as `CUDA_VISIBLE_DEVICES` takes them; empty for all.

    Raises:
        MachineError: It cannot be started.
    """

    def __init__(self, config: Config, gpus: tuple[str, ...]) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
        # Genmo's multi-GPU pipeline leaves a file in the folder that it runs in.
        self._folder = tempfile.TemporaryDirectory(prefix="songreel-genmo-")
        try:
            self._process = subprocess.Popen(
                [config.python, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=self._log, cwd=self._folder.name, env=_surroundings(gpus),
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            self._log.close()
            self._folder.cleanup()
            raise MachineError(
                f"{config.python} cannot be started: {error.strerror or error}"
            ) from error
        self._heard: SimpleQueue[Message | None] = SimpleQueue()
        Thread(target=self._listen, name="genmo", daemon=True).start()

    def say(self, kind: str, **told: Any) -> None:
        """Tell it something.

        Raises:
            EOFError: It is gone.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"kind": kind, **told}).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise EOFError(self.last_words()) from error

    def heard(self, wait: float) -> Message | None:
        """Its next message; None if there is none within so many seconds.

        Raises:
            EOFError: It is gone; says how it ended.
        """
        try:
            found = self._heard.get(timeout=wait)
        except Empty:
            return None
        if found is None:
            self._heard.put(None)
            raise EOFError(self.last_words())
        return found

    def last_words(self) -> str:
        """How it ended, and the last line that it wrote to stderr."""
        try:
            status = self._process.wait(_END)
        except subprocess.TimeoutExpired:
            return "it closed its line"
        self._log.seek(0)
        return ending(status, self._log.read().decode(errors="replace"))

    def close(self) -> None:
        """End it, and all that it has started; it ends with its stdin, or is ended."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        for how in (signal.SIGTERM, signal.SIGKILL):
            _end_all(self._process, how)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_END)
                break
        _end_all(self._process, signal.SIGKILL)
        self._log.close()
        self._folder.cleanup()

    def _listen(self) -> None:
        out = self._process.stdout
        assert out is not None
        with suppress(OSError, ValueError):
            while line := out.readline():
                told = json.loads(line)
                size = told.pop("bytes")
                payload = out.read(size)
                if len(payload) < size:
                    break
                self._heard.put(Message(told.pop("kind"), told, payload))
        self._heard.put(None)


def _end_all(process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    """Signal the worker's whole session: Ray's processes are in it."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, how)
        else:
            process.kill()


def _surroundings(gpus: tuple[str, ...]) -> dict[str, str]:
    """The environment of the other Python: nothing of ours leads it astray."""
    ours = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    kept |= {"PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false"}
    return kept | ({"CUDA_VISIBLE_DEVICES": ",".join(gpus)} if gpus else {})
