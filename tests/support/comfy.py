"""A stand-in for a ComfyUI server: its HTTP routes, its socket, its one worker, its bad days."""

import base64
import hashlib
import io
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from email import message_from_bytes
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
from PIL import Image

from support.cloud.films import Form, marks, video
from support.pictures import numbered

CHECKPOINTS = ["ltx-video-2b.safetensors", "wan-1.3b.safetensors"]
LINK = object()
NODES: dict[str, dict[str, Any]] = {
    "CheckpointLoaderSimple": {"ckpt_name": CHECKPOINTS},
    "CLIPLoader": {"clip_name": ["t5xxl_fp16.safetensors"], "type": ["ltxv", "wan", "mochi"]},
    "CLIPTextEncode": {"text": "STRING", "clip": LINK},
    "EmptyLTXVLatentVideo": {"width": "INT", "height": "INT", "length": "INT", "batch_size": "INT"},
    "LTXVImgToVideo": {"width": "INT", "height": "INT", "length": "INT", "image": LINK},
    "LoadImage": {"image": "STRING"},
    "KSampler": {"seed": "INT", "steps": "INT", "cfg": "FLOAT", "latent_image": LINK},
    "VAEDecode": {"samples": LINK},
    "CreateVideo": {"images": LINK, "fps": "FLOAT"},
    "SaveVideo": {"video": LINK, "filename_prefix": "STRING", "format": ["auto", "mp4"]},
    "VHS_VideoCombine": {"images": LINK, "frame_rate": "FLOAT", "filename_prefix": "STRING"},
    "SaveAnimatedWEBP": {"images": LINK, "fps": "FLOAT", "filename_prefix": "STRING"},
    "SaveImage": {"images": LINK, "filename_prefix": "STRING"},
    "PreviewImage": {"images": LINK},
}
"""Classes of nodes: their inputs with a type, or the values that are offered."""

SAVERS = ("SaveVideo", "VHS_VideoCombine", "SaveAnimatedWEBP", "SaveImage")


def workflow(saver: str = "SaveVideo", *, image: bool = False, **changes: Any) -> dict[str, Any]:
    """A workflow with places for all that a clip asks; `changes` are inputs, as `n3_steps=2`."""
    latent = {"width": "{{width}}", "height": "{{height}}", "length": "{{frames}}"}
    save: dict[str, Any] = {
        "SaveVideo": {"video": ["7", 0], "filename_prefix": "film/clip", "format": "auto"},
        "VHS_VideoCombine": {"images": ["6", 0], "frame_rate": 24, "filename_prefix": "clip"},
        "SaveAnimatedWEBP": {"images": ["6", 0], "fps": 24, "filename_prefix": "clip"},
        "SaveImage": {"images": ["6", 0], "filename_prefix": "clip"},
    }[saver]
    nodes: dict[str, Any] = {
        "1": ("CheckpointLoaderSimple", {"ckpt_name": CHECKPOINTS[0]}),
        "2": ("CLIPLoader", {"clip_name": "t5xxl_fp16.safetensors", "type": "ltxv"}),
        "3": ("CLIPTextEncode", {"text": "{{prompt}}", "clip": ["2", 0]}),
        "4": ("CLIPTextEncode", {"text": "{{negative}}, text", "clip": ["2", 0]}),
        "5": ("KSampler", {
            "seed": "{{seed}}", "steps": 4, "cfg": 3.0, "model": ["1", 0], "positive": ["3", 0],
            "negative": ["4", 0], "latent_image": ["9", 0],
        }),
        "6": ("VAEDecode", {"samples": ["5", 0], "vae": ["1", 2]}),
        "7": ("CreateVideo", {"images": ["6", 0], "fps": 24}),
        "8": (saver, save),
        "9": ("EmptyLTXVLatentVideo", latent | {"batch_size": 1}),
    }  # fmt: skip
    if image:
        nodes["10"] = ("LoadImage", {"image": "{{start_image}}"})
        nodes["9"] = ("LTXVImgToVideo", latent | {"image": ["10", 0]})
    for name, value in changes.items():
        node, _, key = name[1:].partition("_")
        nodes[node][1][key] = value
    return {
        key: {"class_type": kind, "inputs": inputs, "_meta": {"title": kind}}
        for key, (kind, inputs) in nodes.items()
    }


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
        handler = type("Bound", (_Handler,), {"comfy": self})
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
                self._take(workflow(**own), {"client_id": "other"})

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

    def _take(self, prompt: dict[str, Any], extra: dict[str, Any]) -> Job:
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
            for node in _order(job.prompt):
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
                keep(f"{prefix}_{index:05}_.png", _png(_picture(index, width, height)))
                for index in range(frames)
            ]
            return {"images": saved}
        if kind == "SaveAnimatedWEBP":
            saved_one = keep(f"{prefix}_{count}.webp", _webp(frames, width, height, rate))
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
                [key, whole(value[0]) if _linked(value) else value]
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


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    comfy: Comfy

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
        job = comfy._take(asked["prompt"], extra)
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


def _linked(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def _order(prompt: dict[str, Any]) -> list[str]:
    """Nodes after those they depend on."""
    done: list[str] = []

    def visit(node: str) -> None:
        for value in prompt[node]["inputs"].values():
            if _linked(value) and value[0] not in done:
                visit(value[0])
        if node not in done:
            done.append(node)

    for node in prompt:
        visit(node)
    return done


def _picture(index: int, width: int, height: int) -> Any:
    """One that holds its number, of which every third is as the one before; with some noise, so
    that it has as many bytes as a real one."""
    index -= index % 3 == 2
    picture = numbered(index % 256, width, height)
    noise = np.random.default_rng(index).integers(0, 60, picture.shape, dtype=np.uint8)
    edge = height // 4
    picture[:edge] += noise[:edge]
    picture[-edge:] += noise[-edge:]
    return picture


def _png(picture: Any) -> bytes:
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    assert done
    return bytes(data)


def _webp(frames: int, width: int, height: int, rate: Fraction) -> bytes:
    pictures = [Image.fromarray(np.asarray(_picture(i, width, height))) for i in range(frames)]
    held = io.BytesIO()
    pictures[0].save(
        held, "webp", save_all=True, append_images=pictures[1:], duration=int(1000 / rate), method=0
    )
    return held.getvalue()
