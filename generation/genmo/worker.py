"""The process that runs Genmo's package: `PYTHON worker.py`, in that package's environment.

It stands alone: the standard library, numpy, torch and genmo, Python 3.10 or later, and nothing of
the project that it lies in. On stdin it reads one JSON object a line; on what was its stdout it
writes the same, each followed by as many bytes as its `bytes` says. What the package prints goes to
stderr. When stdin closes, it ends at once.

    {"kind": "load", "weights": FOLDER, "t5": FOLDER or "", "lora": FILE or "",
     "gpus": 1, "offload": false, "tiled": true}
    {"kind": "make", "id": …, "prompt": …, "negative": …, "width": …, "height": …, "frames": …,
     "steps": …, "guidance": …, "seed": …}
    {"kind": "cancel", "id": …}

Answers: `ready`; `stage` (encoding, decoding) and `step` (done, of) of a clip; `frames` (uint8 RGB,
some at a time); `done`; `failed` with a cause: `machine`, `memory`, `clip`, `cancelled`.

With `--look` it prints one JSON object on the environment instead, without importing torch.

Classes and arguments are those of github.com/genmoai/mochi at 0c86aeb (genmo 0.1.0).
"""

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import queue
import socket
import sys
import threading
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

PORT = 29500
"""Where the ranks of Genmo's multi-GPU pipeline meet; fixed in its code."""
CHUNK = 8
"""Frames sent at a time: 10 MB at 848×480."""


class Cancelled(Exception):
    """The clip is not wanted any more."""


class Refused(Exception):
    """What the person at the machine can mend."""


class Line:
    """To whoever started this process."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._lock = out, threading.Lock()

    def say(self, kind: str, payload: "Any" = b"", **told: Any) -> None:
        """One message with its bytes; a reader that is gone ends the process."""
        head = {"kind": kind, "bytes": len(payload), **told}
        try:
            with self._lock:
                self._out.write(json.dumps(head).encode() + b"\n")
                self._out.write(payload)
                self._out.flush()
        except OSError:
            os._exit(1)


class Worker:
    """One loaded pipeline."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._cancelled: set[str] = set()
        self._pipeline: Any = None
        self._gpus = 1
        self._clip = ""
        self._marks: dict[str, float] = {}

    def listen(self) -> "queue.SimpleQueue[dict[str, Any]]":
        """What is to be done; cancelling is heard at once."""
        orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

        def read() -> None:
            for text in sys.stdin:
                order = json.loads(text)
                if order["kind"] == "cancel":
                    self._cancelled.add(order["id"])
                else:
                    orders.put(order)
            os._exit(1)

        threading.Thread(target=read, daemon=True).start()
        return orders

    def run(self) -> None:
        """Do as told, for ever."""
        orders = self.listen()
        while True:
            order = orders.get()
            self._clip = order.get("id", "")
            try:
                if order["kind"] == "load":
                    self._load(order)
                else:
                    self._make(order)
            except Cancelled:
                self._fail("cancelled", "cancelled")
            except Refused as error:
                self._fail("machine", str(error))
            except Exception as error:
                traceback.print_exc()
                text = f"{type(error).__name__}: {error}".strip()
                loading = order["kind"] == "load"
                cause = "machine" if loading else "clip"
                self._fail("memory" if _no_memory(error) else cause, text)

    def _fail(self, cause: str, text: str) -> None:
        self._line.say("failed", id=self._clip, cause=cause, text=text)

    def _load(self, order: "dict[str, Any]") -> None:
        begun = time.monotonic()
        self._gpus = int(order["gpus"])
        names = _gpus_seen(self._gpus)
        if self._gpus > 1:
            _port_is_free()
        try:
            pipelines: Any = import_module("genmo.mochi_preview.pipelines")
        except ImportError as error:
            raise Refused(
                f"this environment lacks {error.name or error}: install Genmo's package with all "
                "it needs (github.com/genmoai/mochi)"
            ) from error
        weights = Path(order["weights"])
        lora = order["lora"] or None
        factories: dict[str, Any] = {
            "text_encoder_factory": pipelines.T5ModelFactory(order["t5"] or None),
            "dit_factory": pipelines.DitModelFactory(
                model_path=str(weights / "dit.safetensors"), model_dtype="bf16", lora_path=lora
            ),
            "decoder_factory": pipelines.DecoderModelFactory(
                model_path=str(weights / "decoder.safetensors")
            ),
        }
        if self._gpus > 1:
            self._steps_by_ray()
            self._pipeline = pipelines.MochiMultiGPUPipeline(**factories, world_size=self._gpus)
        else:
            tiled: dict[str, Any] = {}
            if order["tiled"]:
                # As Genmo's own command line decodes.
                tiled = {"decode_type": "tiled_spatial", "decode_args": {"overlap": 8}}
            self._pipeline = pipelines.MochiSingleGPUPipeline(
                **factories, cpu_offload=order["offload"], fast_init=lora is None,
                strict_load=lora is None, **tiled,
            )  # fmt: skip
            pipelines.get_new_progress_bar = self._bar(pipelines.get_new_progress_bar)
        self._schedule = pipelines.linear_quadratic_schedule
        self._line.say("ready", devices=names, seconds=time.monotonic() - begun)

    def _make(self, order: "dict[str, Any]") -> None:
        import numpy as np

        steps = int(order["steps"])
        self._marks = {"begun": time.monotonic()}
        self._line.say("stage", id=self._clip, stage="encoding")
        _forget_peak()
        batch = self._pipeline(
            height=order["height"], width=order["width"], num_frames=order["frames"],
            num_inference_steps=steps, sigma_schedule=self._schedule(steps, 0.025),
            cfg_schedule=[float(order["guidance"])] * steps, batch_cfg=False,
            prompt=order["prompt"], negative_prompt=order["negative"], seed=order["seed"],
        )  # fmt: skip
        frames = np.asarray(batch)[0]
        self._marks["decoded"] = time.monotonic()
        wanted = (order["frames"], order["height"], order["width"], 3)
        if frames.shape != wanted:
            raise ValueError(f"the pipeline made {frames.shape}, not {wanted}")
        for first in range(0, len(frames), CHUNK):
            some = frames[first : first + CHUNK]
            if not np.isfinite(some).all():
                raise ValueError(f"frame {first} holds values that are no numbers")
            pixels = np.rint(np.clip(some, 0.0, 1.0) * 255.0).astype(np.uint8)
            self._line.say("frames", pixels.tobytes(), id=self._clip, count=len(some))
        self._line.say("done", id=self._clip, seconds=self._seconds(), memory=_peak())

    def _bar(self, own: Any) -> Any:
        """In place of the package's progress bar over its steps: tells them, and may stop."""

        def bar(iterable: Any = None, **named: Any) -> Any:
            if iterable is None or named.get("desc") != "Sampling":
                return own(iterable=iterable, **named)
            return self._told(list(iterable))

        return bar

    def _told(self, steps: "list[int]") -> Any:
        self._marks.setdefault("encoded", time.monotonic())
        for count, step in enumerate(steps, 1):
            yield step
            self._stepped(count, len(steps))
            if self._clip in self._cancelled:
                raise Cancelled

    def _stepped(self, done: int, of: int) -> None:
        self._line.say("step", id=self._clip, done=done, of=of)
        if done == of:
            self._marks["denoised"] = time.monotonic()
            self._line.say("stage", id=self._clip, stage="decoding")

    def _steps_by_ray(self) -> None:
        """Hear the steps that the ranks' progress bar sends here through Ray, where it does."""
        try:
            manager = import_module("ray.experimental.tqdm_ray").instance()
            shown = manager.process_state_update
        except Exception:  # another Ray: the clip is made without its steps being told
            traceback.print_exc()
            return

        def heard(state: Any) -> None:
            if state.get("desc") == "Sampling" and state.get("total"):
                self._marks.setdefault("encoded", time.monotonic())
                self._stepped(int(state["x"]), int(state["total"]))
            shown(state)

        manager.process_state_update = heard

    def _seconds(self) -> "dict[str, float]":
        marks = self._marks
        named = (("encode", "begun", "encoded"), ("denoise", "encoded", "denoised"),
                 ("decode", "denoised", "decoded"))  # fmt: skip
        known = {
            stage: marks[end] - marks[start]
            for stage, start, end in named
            if start in marks and end in marks
        }
        return known or {"denoise": marks["decoded"] - marks["begun"]}


def _gpus_seen(wanted: int) -> "list[str]":
    """Names of the GPUs that are used.

    Raises:
        Refused: torch sees too few.
    """
    try:
        torch = import_module("torch")
    except ImportError as error:
        raise Refused("this environment lacks torch: install Genmo's package with all it needs") \
            from error  # fmt: skip
    if not torch.cuda.is_available():
        built = getattr(torch.version, "cuda", None)
        why = "sees no GPU" if built else "was built without CUDA"
        raise Refused(
            f"Genmo's package needs an NVIDIA GPU, and torch {torch.__version__} of its "
            f"environment {why}; `local:mochi` runs elsewhere too"
        )
    count = torch.cuda.device_count()
    if count < wanted:
        raise Refused(f"{wanted} GPUs were asked for, and torch sees {count}")
    return [str(torch.cuda.get_device_name(index)) for index in range(wanted)]


def _port_is_free() -> None:
    """Refuse where the ranks could not meet.

    Raises:
        Refused: Somebody listens there.
    """
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind(("127.0.0.1", PORT))
        except OSError as error:
            raise Refused(
                f"port {PORT} of this machine is taken, and the ranks of Genmo's package meet "
                "there; end what uses it (another such run?), or make clips on one GPU each"
            ) from error


def _no_memory(error: BaseException) -> bool:
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"OutOfMemoryError", "MemoryError"}) or "out of memory" in str(error)


def _forget_peak() -> None:
    import_module("torch").cuda.reset_peak_memory_stats()


def _peak() -> int:
    """Bytes of this process's first GPU at the clip's peak; 0 where other processes worked."""
    return int(import_module("torch").cuda.max_memory_allocated())


def look() -> "dict[str, Any]":
    """What this environment has, without importing torch or genmo."""
    found = importlib.util.find_spec("genmo")
    places = [Path(place) for place in (found.submodule_search_locations or [])] if found else []
    try:
        version = importlib.metadata.version("genmo")
    except importlib.metadata.PackageNotFoundError:
        version = ""
    digest = hashlib.sha256()
    for place in places:
        for source in sorted(place.rglob("*.py")):
            digest.update(source.relative_to(place).as_posix().encode() + source.read_bytes())
    return {
        "python": list(sys.version_info[:3]),
        "genmo": version,
        "code": digest.hexdigest()[:12] if places else "",
        "torch": importlib.util.find_spec("torch") is not None,
    }


def main() -> None:
    """Look, or work."""
    # The folder of this file is no place to import from.
    sys.path[:] = [place for place in sys.path if place != str(Path(__file__).resolve().parent)]
    if sys.argv[1:] == ["--look"]:
        print(json.dumps(look()))
        return
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Worker(Line(out)).run()


if __name__ == "__main__":
    main()
