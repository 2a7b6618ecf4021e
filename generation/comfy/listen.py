"""The server's socket: which node runs, and how far it is: `Listener`.

Messages as ComfyUI 0.3.64 sends them (`execution.py`, `main.py`, `comfy_execution/progress.py`;
read 2026-11-21), `{type, data}` each: `execution_start` {prompt_id}, `execution_cached` {nodes,
prompt_id}, `executing` {node, prompt_id; node null at the end}, `progress` {value, max, prompt_id,
node}, `progress_state` {prompt_id, nodes: {id: {value, max, state}}}, `executed` {node, output,
prompt_id}, `execution_success`, `execution_error`, `execution_interrupted` {prompt_id, …}. They go
to the client that sent the prompt, known by its id. Previews are binary and not looked at.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

_LARGEST = 64 * 2**20
"""Bytes of a message: previews are pictures."""

_LONGEST_PAUSE = 30.0
_MISSING = "the package websockets is not installed (`pip install websockets`)"


@dataclass
class Watch:
    """What is known of a prompt that runs; written by the listener's thread."""

    node: str = ""
    """That runs."""
    value: float = 0.0
    most: float = 0.0
    """How far that node is; 0 where it does not say."""
    done: set[str] = field(default_factory=set)
    """Nodes that have run or need not run again."""
    stepped: set[str] = field(default_factory=set)
    """Nodes that told of more than one step."""
    began: float | None = None
    """When it began to run."""
    ended: bool = False
    steps: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=12))
    """Moments and values of the running node's last steps."""

    def pace(self) -> float | None:
        """Seconds a step of the node that runs."""
        steps = list(self.steps)  # the listener goes on meanwhile
        if len(steps) < 2:
            return None
        (first, low), (last, high) = steps[0], steps[-1]
        return (last - first) / (high - low) if high > low else None


class Listener:
    """Listens in a thread of its own, and connects again when the socket breaks.

    Args:
        url: Of the server, http or https.
        client: The id under which prompts are sent.
        headers: To send along.
        direct: Whether no proxy is asked.
        clock: Seconds.
        pause: Seconds before the first new attempt; they double up to half a minute.
    """

    def __init__(
        self,
        url: str,
        client: str,
        headers: Mapping[str, str],
        *,
        direct: bool = False,
        clock: Callable[[], float] = time.monotonic,
        pause: float = 1.0,
    ) -> None:
        self._url = f"ws{url.removeprefix('http')}/ws?clientId={quote(client)}"
        self._headers, self._direct, self._clock, self._pause = headers, direct, clock, pause
        self._lock = threading.Lock()
        self._watched: dict[str, Watch] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._socket: Any = None
        self.connected = False
        self.times = 0
        """How often it has connected: what came between is not known."""
        self.trouble = ""
        """Why there is no socket, where there never was one."""

    def start(self) -> None:
        """Begin to listen, once."""
        if self._thread is None and not self._stop.is_set():
            self._thread = threading.Thread(
                target=self._listen, name="songreel-comfyui", daemon=True
            )
            self._thread.start()

    def watch(self, id_: str) -> Watch:
        """What is known of a prompt."""
        with self._lock:
            return self._watched.setdefault(id_, Watch())

    def close(self) -> None:
        """Stop listening."""
        self._stop.set()
        socket = self._socket
        if socket is not None:
            with suppress(Exception):
                socket.close()
        if self._thread is not None:
            self._thread.join(timeout=3.0)

    def _listen(self) -> None:
        try:
            from websockets.exceptions import WebSocketException
            from websockets.sync.client import connect
        except ImportError:
            self.trouble = _MISSING
            return
        pause = self._pause
        more: dict[str, Any] = {"proxy": None} if self._direct else {}
        while not self._stop.is_set():
            try:
                with connect(
                    self._url,
                    additional_headers=dict(self._headers),
                    open_timeout=5.0,
                    close_timeout=1.0,
                    max_size=_LARGEST,
                    **more,
                ) as socket:
                    self._socket, pause = socket, self._pause
                    self.times += 1
                    self.connected, self.trouble = True, ""
                    for message in socket if not self._stop.is_set() else ():
                        if isinstance(message, str):
                            self._hear(message)
            except (OSError, WebSocketException, ValueError) as error:
                if not self.times:
                    self.trouble = " ".join(str(error).split())[:120] or type(error).__name__
            finally:
                self.connected, self._socket = False, None
            self._stop.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _hear(self, text: str) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return
        kind = message.get("type") if isinstance(message, dict) else None
        data = message.get("data") if isinstance(message, dict) else None
        if isinstance(kind, str) and isinstance(data, dict):
            id_ = data.get("prompt_id")
            if isinstance(id_, str):
                with self._lock:
                    self._note(self._watched.setdefault(id_, Watch()), kind, data)

    def _note(self, watch: Watch, kind: str, data: Mapping[str, Any]) -> None:
        now = self._clock()
        if kind == "execution_start":
            watch.began, watch.ended = now, False
        elif kind == "execution_cached":
            nodes = data.get("nodes")
            watch.done |= set(map(str, nodes)) if isinstance(nodes, list) else set()
        elif kind == "executing":
            self._enter(watch, data.get("node"), now)
        elif kind == "progress":
            self._step(watch, data.get("node"), data.get("value"), data.get("max"), now)
        elif kind == "progress_state" and isinstance(nodes := data.get("nodes"), dict):
            for node, state in nodes.items():
                if isinstance(state, dict) and state.get("state") == "running":
                    self._step(watch, node, state.get("value"), state.get("max"), now)
                elif isinstance(state, dict) and state.get("state") == "finished":
                    watch.done.add(str(node))
        elif kind == "executed":
            watch.done.add(str(data.get("node")))
        elif kind in ("execution_success", "execution_error", "execution_interrupted"):
            watch.ended = True

    def _enter(self, watch: Watch, node: object, now: float) -> None:
        if watch.node:
            watch.done.add(watch.node)
        if watch.began is None:
            watch.began = now
        if node is None:
            watch.ended = True
        elif str(node) != watch.node:
            watch.node, watch.value, watch.most = str(node), 0.0, 0.0
            watch.steps.clear()

    def _step(self, watch: Watch, node: object, value: object, most: object, now: float) -> None:
        if not (isinstance(value, int | float) and isinstance(most, int | float)):
            return
        if node is not None and str(node) != watch.node:
            self._enter(watch, node, now)
        if most > 1 and (not watch.steps or value > watch.steps[-1][1]):
            watch.stepped.add(watch.node)
            watch.steps.append((now, float(value)))
            watch.value, watch.most = float(value), float(most)
