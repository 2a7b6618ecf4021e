"""An environment with a stand-in for Genmo's package: its classes, signatures and assertions.

The real package needs CUDA when it is imported and 60 GB of GPU memory, so that no test runs it.
What stands in was written by github.com/genmoai/mochi at 0c86aeb: the arguments of factories,
pipelines and calls, what they assert, the progress bar's name and where it is looked up, the shape
and range of what they return. In place of a model there is a picture that shows frame and seed.
"""

import json
import sys
from pathlib import Path
from textwrap import dedent

TORCH = """
import os

__version__ = "2.4.1"


class version:
    cuda = "12.4" if os.environ["STAND_IN"] != "cpu-torch" else None


class cuda:
    class OutOfMemoryError(RuntimeError):
        pass

    @staticmethod
    def is_available():
        return os.environ["STAND_IN"] not in ("cpu-torch", "no-gpu")

    @staticmethod
    def device_count():
        return 2

    @staticmethod
    def get_device_name(index):
        return f"Stand-in {index}"

    @staticmethod
    def reset_peak_memory_stats():
        pass

    @staticmethod
    def max_memory_allocated():
        return 20_000_000_000
"""

PROGRESS = """
def get_new_progress_bar(iterable=None, **kwargs):
    return iterable
"""

PIPELINES = """
import json
import os
import time

import numpy as np
import torch

from genmo.lib.progress import get_new_progress_bar

print("what the package prints does not belong to the messages")
FAULT = os.environ["STAND_IN"]


def note(**told):
    with open(os.environ["STAND_IN_CALLS"], "a") as file:
        file.write(json.dumps(told) + "\\n")


def linear_quadratic_schedule(num_steps, threshold_noise, linear_steps=None):
    assert threshold_noise == 0.025
    return [1.0 - index / num_steps for index in range(num_steps + 1)]


class T5ModelFactory:
    def __init__(self, model_dir=None):
        self.model_dir = model_dir or "google/t5-v1_1-xxl"


class DitModelFactory:
    def __init__(self, *, model_path, model_dtype, lora_path=None, attention_mode=None):
        self.model_path, self.model_dtype, self.lora_path = model_path, model_dtype, lora_path


class DecoderModelFactory:
    def __init__(self, *, model_path):
        self.model_path = model_path


def sample_model(args, bar):
    t, steps = args["num_frames"], args["num_inference_steps"]
    assert len(args["cfg_schedule"]) == steps, "cfg_schedule must have length sample_steps"
    assert (t - 1) % 6 == 0, "t - 1 must be divisible by 6"
    assert len(args["sigma_schedule"]) == steps + 1
    for index in bar(range(0, steps), desc="Sampling"):
        time.sleep(float(os.environ.get("STAND_IN_STEP", "0")))
        if FAULT == "no-memory":
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        if FAULT == "dies" and args["prompt"] == "die":
            os._exit(3)
        if args["prompt"] == "break":
            raise ValueError("the stand-in was told to break")
    shape = (1, t, args["height"], args["width"], 3)
    frames = np.zeros(shape, np.float32)
    frames[0, ..., 0] = (np.arange(t) / (t - 1))[:, None, None]
    frames[0, ..., 1] = args["seed"] % 256 / 255
    return frames


class MochiSingleGPUPipeline:
    def __init__(self, *, text_encoder_factory, dit_factory, decoder_factory, cpu_offload=False,
                 decode_type="full", decode_args=None, fast_init=True, strict_load=True):
        note(
            single=True, t5=text_encoder_factory.model_dir, dit=dit_factory.model_path,
            lora=dit_factory.lora_path, decoder=decoder_factory.model_path, offload=cpu_offload,
            decode_type=decode_type, decode_args=decode_args, fast_init=fast_init,
            visible=os.environ.get("CUDA_VISIBLE_DEVICES"), pid=os.getpid(),
        )

    def __call__(self, batch_cfg, prompt, negative_prompt, **kwargs):
        note(prompt=prompt, negative=negative_prompt, batch_cfg=batch_cfg, **kwargs)
        return sample_model(dict(kwargs, prompt=prompt), get_new_progress_bar)


class MochiMultiGPUPipeline:
    def __init__(self, *, text_encoder_factory, dit_factory, decoder_factory, world_size):
        note(single=False, world_size=world_size, lora=dit_factory.lora_path)

    def __call__(self, **kwargs):
        from ray.experimental import tqdm_ray

        def bar(iterable, desc):
            for done, each in enumerate(iterable, 1):
                yield each
                state = {"desc": desc, "x": done, "total": len(iterable)}
                tqdm_ray.instance().process_state_update(state)

        open("latents.pt", "w").close()
        return sample_model(kwargs, bar)
"""

RAY = """
class Manager:
    def process_state_update(self, state):
        pass


manager = Manager()


def instance():
    return manager
"""

FILES = {
    "genmo/lib/progress.py": PROGRESS,
    "genmo/mochi_preview/__init__.py": "",
    "genmo/mochi_preview/pipelines.py": PIPELINES,
    "genmo-0.1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: genmo\nVersion: 0.1.0\n",
    "ray/__init__.py": "",
    "ray/experimental/__init__.py": "",
    "ray/experimental/tqdm_ray.py": RAY,
    "torch.py": TORCH,
}


class Environment:
    """A Python with the stand-in, a folder of weights, and what the package was asked.

    Args:
        folder: Where it is made.
        fault: `cpu-torch`, `no-gpu`, `no-memory`, `dies` (at the prompt "die"), `no-genmo`.
        step: Seconds of a denoising step.
    """

    def __init__(self, folder: Path, fault: str = "none", step: float = 0.0) -> None:
        packages = folder / "packages"
        for name, text in FILES.items():
            if not (fault == "no-genmo" and name.startswith("genmo")):
                path = packages / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(dedent(text))
        self._calls = folder / "calls.jsonl"
        self.python = folder / "python"
        self.python.write_text(
            f"#!/bin/sh\nPYTHONPATH={packages} STAND_IN={fault} STAND_IN_STEP={step} "
            f'STAND_IN_CALLS={self._calls} exec {sys.executable} "$@"\n'
        )
        self.python.chmod(0o755)
        self.weights = folder / "weights"
        self.weights.mkdir()
        for name in ("dit", "decoder"):
            (self.weights / f"{name}.safetensors").write_bytes(name.encode() * 1000)

    @property
    def calls(self) -> list[dict[str, object]]:
        """Pipelines made and clips asked for, in order."""
        if not self._calls.exists():
            return []
        return [json.loads(line) for line in self._calls.read_text().splitlines()]
