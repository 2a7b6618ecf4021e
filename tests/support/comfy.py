"""A stand-in for a ComfyUI server: its HTTP routes, its socket, its one worker, its bad days."""

import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from http.server import ThreadingHTTPServer
from typing import Any, Self

from support.cloud.films import Form, marks, video
from support.comfy_nodes import LINK, NODES, SAVERS, linked, order, picture_of, png, webp, workflow
from support.comfy_wire import Handler, frame

__all__ = ["Comfy", "workflow"]


class Job:
    """A prompt at the server."""

    def __init__(self, number: float, id_: str, prompt: dict[str, Any], extra: dict[str, Any]):
        self.number, self.id, self.prompt, self.extra = number, id_, prompt, extra
        self.stop = threading.Event()
        self.messages: list[list[Any]] = []

    def listed(self) -> list[Any]:
        return [self.number, self.id, self.prompt, self.extra, ["8"]]


class Comfy:
    """The server, on 127.0.0.1; with `step` seconds a step."""

    def __init__(self, step: float = 0.002) -> None:
        self.step = step
        self.lock = threading.RLock()
        self.work = threading.Condition(self.lock)
        self.pending: list[Job] = []
        self.running: Job | None = None
        self.history: dict[str, dict[str, Any]] = {}
        self.files: dict[tuple[str, str, str], bytes] = {}
        """By folder, subfolder and name."""
        self.cache: dict[str, Any] = {}
        self.sockets: dict[str, Any] = {}
        self.asked: list[tuple[str, str]] = []
        self.uploads = 0
        self.ran: list[str] = []
        """Marks of the prompts that were run from their samplers on."""
        self.gate = threading.Event()
        self.gate.set()
        # Its bad days.
        self.fault: Callable[[str, str], tuple[int, str, bytes] | None] = lambda *_: None
        self.lose = 0
        """Answers to a prompt that get lost once it is taken."""
        self.errors: list[tuple[str, str]] = []
        """Type and message of exceptions that samplers meet next."""
        self.no_socket = False
        self.key = ""
        self.cut = 0
        """Frames by which clips are too short."""
        self.rename: Callable[[str], str] = lambda name: name
        self.partly: dict[str, Any] = {}
        """Node errors of outputs for which a prompt that is taken does not run."""
        self._number = 0
        self._closing = False
        handler = type("Bound", (Handler,), {"comfy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._threads = [
            threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True),
            threading.Thread(target=self._run, daemon=True),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        with self.work:
            self._closing = True
            self.work.notify_all()
        self.drop_sockets()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def calls(self, path: str) -> int:
        """How often a path was asked."""
        return sum(found == path for _, found in self.asked)

    def restart(self) -> None:
        """Queue, history, caches and sockets are gone; files stay."""
        with self.work:
            if self.running is not None:
                self.running.stop.set()
                self.running.extra["vanished"] = True
            self.pending.clear()
            self.history.clear()
            self.cache.clear()
            self.running = None
        self.drop_sockets()

    def drop_sockets(self) -> None:
        with self.lock:
            for client in list(self.sockets):
                with suppress(OSError):
                    self.sockets.pop(client).shutdown(2)

    def others(self, count: int) -> None:
        """Other people's prompts before ours."""
        with self.work:
            for _ in range(count):
                self._number += 1
                own = {"n3_text": "x", "n4_text": "x", "n5_seed": self._number, "n9_width": 128,
                       "n9_height": 64, "n9_length": 17}  # fmt: skip
                self.take(workflow(**own), {"client_id": "other"})

    def taken(self) -> list[Job]:
        """Our prompts that wait or run."""
        with self.lock:
            found = [*self.pending, *([self.running] if self.running else [])]
            return [job for job in found if "songreel" in job.extra]

    def interrupt(self) -> None:
        """Somebody presses Cancel."""
        with self.lock:
            if self.running:
                self.running.stop.set()

    # The worker

    def take(self, prompt: dict[str, Any], extra: dict[str, Any]) -> Job:
        with self.work:
            job = Job(self._number, str(uuid.uuid4()), prompt, extra)
            self._number += 1
            self.pending.append(job)
            self.work.notify_all()
        return job

    def _run(self) -> None:
        while True:
            with self.work:
                self.work.wait_for(lambda: self.pending or self._closing)
                if self._closing:
                    return
            self.gate.wait()
            with self.work:
                if self._closing:
                    return
                if not self.pending:
                    continue
                self.pending.sort(key=lambda job: job.number)
                job = self.running = self.pending.pop(0)
            self._execute(job)

    def _execute(self, job: Job) -> None:
        outputs: dict[str, Any] = {}
        state = "success"
        self._say(job, "execution_start")
        cached = [node for node in job.prompt if self._key(job, node) in self.cache]
        self._say(job, "execution_cached", nodes=cached)
        try:
            for node in order(job.prompt):
                kind = job.prompt[node]["class_type"]
                key = self._key(job, node)
                if key not in self.cache:
                    self._send(job, "executing", node=node, display_node=node)
                    self.cache[key] = self._execute_node(job, node, kind)
                if self.cache[key]:
                    outputs[node] = self.cache[key]
                    self._send(job, "executed", node=node, output=outputs[node])
            self._say(job, "execution_success")
        except _Interrupted:
            state = "error"
            self._say(job, "execution_interrupted", node_id=node, node_type=kind, executed=[])
        except _Broken as error:
            state = "error"
            self._say(
                job, "execution_error", node_id=node, node_type=kind, executed=[],
                exception_type=error.args[0], exception_message=error.args[1], traceback=[],
            )  # fmt: skip
        with self.work:
            if job.extra.get("vanished"):
                return
            self.running = None
            status = {"status_str": state, "completed": state == "success"}
            meta = {node: {"node_id": node, "display_node": node} for node in outputs}
            self.history[job.id] = {
                "prompt": job.listed(), "outputs": outputs, "meta": meta,
                "status": status | {"messages": job.messages},
            }  # fmt: skip
        self._send(job, "executing", node=None)

    def _execute_node(self, job: Job, node: str, kind: str) -> Any:
        inputs = job.prompt[node]["inputs"]
        if kind == "KSampler":
            self.ran.append(str(job.extra.get("songreel", "")))
            for step in range(int(inputs["steps"])):
                time.sleep(self.step)
                self.gate.wait()
                if job.stop.is_set():
                    raise _Interrupted
                if self.errors and step == 1:
                    raise _Broken(*self.errors.pop(0))
                value = {"value": step + 1, "max": int(inputs["steps"]), "node": node}
                self._send(job, "progress", **value)
                state = {node: {**value, "state": "running", "prompt_id": job.id}}
                self._send(job, "progress_state", nodes=state)
                self._send_bytes(job, b"\0\0\0\1\0\0\0\1preview")
        if kind in SAVERS:
            return self._save(job, node, kind)
        return None

    def _save(self, job: Job, node: str, kind: str) -> dict[str, Any]:
        prompt = job.prompt
        own = prompt[node]["inputs"]
        latent = prompt["9"]["inputs"]
        width, height = int(latent["width"]), int(latent["height"])
        frames = int(latent["length"]) - self.cut
        rate = Fraction(prompt["7"]["inputs"]["fps"])
        folder, _, prefix = str(own["filename_prefix"]).rpartition("/")
        seen = marks(int(prompt["5"]["inputs"]["seed"]), str(prompt["3"]["inputs"]["text"]))

        def keep(name: str, content: bytes) -> dict[str, Any]:
            name = self.rename(name)
            self.files["output", folder, name] = content
            return {"filename": name, "subfolder": folder, "type": "output"}

        count = f"{len(self.files):05}_"
        if kind == "SaveImage":
            saved = [
                keep(f"{prefix}_{index:05}_.png", png(picture_of(index, width, height)))
                for index in range(frames)
            ]
            return {"images": saved}
        if kind == "SaveAnimatedWEBP":
            saved_one = keep(f"{prefix}_{count}.webp", webp(frames, width, height, rate))
            return {"images": [saved_one], "animated": [True]}
        left = keep(f"{prefix}_{count}.mp4", video(Form(width, height, rate, frames), seen))
        if kind == "SaveVideo":
            return {"images": [left], "animated": [True]}
        more = {"format": "video/h264-mp4", "frame_rate": float(rate), "workflow": "clip.png",
                "fullpath": f"/srv/comfy/output/{left['filename']}"}  # fmt: skip
        return {"gifs": [left | more]}

    def _key(self, job: Job, node: str) -> str:
        """Of a node with all that it depends on; ComfyUI runs none of the same again."""

        def whole(each: str) -> Any:
            content = job.prompt[each]
            return [content["class_type"], [
                [key, whole(value[0]) if linked(value) else value]
                for key, value in sorted(content["inputs"].items())
            ]]  # fmt: skip

        return hashlib.sha256(json.dumps(whole(node)).encode()).hexdigest()

    # The socket

    def _say(self, job: Job, kind: str, **data: Any) -> None:
        """A message that the history keeps too."""
        data = {"prompt_id": job.id, **data, "timestamp": int(time.time() * 1000)}
        job.messages.append([kind, data])
        self._send(job, kind, **data)

    def _send(self, job: Job, kind: str, **data: Any) -> None:
        text = json.dumps({"type": kind, "data": {"prompt_id": job.id, **data}}).encode()
        self._frame(job, 1, text)

    def _send_bytes(self, job: Job, content: bytes) -> None:
        self._frame(job, 2, content)

    def _frame(self, job: Job, code: int, content: bytes) -> None:
        connection = self.sockets.get(str(job.extra.get("client_id")))
        if connection is not None:
            with suppress(OSError):
                connection.sendall(frame(code, content))

    # What is asked of it

    def validated(self, prompt: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The error and the node errors of a prompt, as ComfyUI words them."""
        errors: dict[str, Any] = {}
        for node, content in prompt.items():
            kind = content.get("class_type")
            if kind not in NODES:
                message = f"Cannot execute because node {kind} does not exist."
                details = f"Node ID '#{node}'"
                return {"type": "invalid_prompt", "message": message, "details": details,
                        "extra_info": {}}, {}  # fmt: skip
            found = []
            for key, known in NODES[kind].items():
                value = content["inputs"].get(key)
                about = {"input_name": key, "received_value": value}
                if value is None:
                    found.append(
                        {
                            "type": "required_input_missing",
                            "details": key,
                            "message": "Required input is missing",
                            "extra_info": about,
                        }
                    )
                elif isinstance(known, list) and value not in known:
                    found.append({
                        "type": "value_not_in_list", "message": "Value not in list",
                        "details": f"{key}: '{value}' not in {known}",
                        "extra_info": about | {"input_config": [known, {}]},
                    })  # fmt: skip
                elif kind == "LoadImage" and not self._input(str(value)):
                    details = f"image - Invalid image file: {value}"
                    found.append({"type": "custom_validation_failed", "details": details,
                                  "message": "Custom validation failed for node",
                                  "extra_info": about})  # fmt: skip
            if found:
                errors[node] = {"errors": found, "dependent_outputs": ["8"], "class_type": kind}
        if errors:
            return {
                "type": "prompt_outputs_failed_validation",
                "details": "",
                "message": "Prompt outputs failed validation",
                "extra_info": {},
            }, errors
        return None, {}

    def _input(self, name: str) -> bool:
        folder, _, name = name.rpartition("/")
        return ("input", folder, name) in self.files

    def info(self) -> dict[str, Any]:
        """What /object_info says."""
        kinds: dict[str, Any] = {}
        for name, inputs in NODES.items():
            required = {
                key: ["LATENT"] if known is LINK else [known, {}] for key, known in inputs.items()
            }
            if name == "SaveVideo":  # as nodes of the newer kind are told
                required["format"] = ["COMBO", {"options": inputs["format"]}]
            kinds[name] = {"input": {"required": required}, "output_node": name in SAVERS}
        return kinds


class _Interrupted(Exception):
    pass


class _Broken(Exception):
    pass
