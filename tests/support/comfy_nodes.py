"""What the stand-in ComfyUI has: classes of nodes, a workflow of them, the pictures they save."""

import io
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from PIL import Image

from support.pictures import Picture, numbered

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


def linked(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def order(prompt: dict[str, Any]) -> list[str]:
    """Nodes after those they depend on."""
    done: list[str] = []

    def visit(node: str) -> None:
        for value in prompt[node]["inputs"].values():
            if linked(value) and value[0] not in done:
                visit(value[0])
        if node not in done:
            done.append(node)

    for node in prompt:
        visit(node)
    return done


def picture_of(index: int, width: int, height: int) -> Picture:
    """One that holds its number, of which every third is as the one before; with some noise, so
    that it has as many bytes as a real one."""
    index -= index % 3 == 2
    picture = numbered(index % 256, width, height)
    noise = np.random.default_rng(index).integers(0, 60, picture.shape, dtype=np.uint8)
    edge = height // 4
    picture[:edge] += noise[:edge]
    picture[-edge:] += noise[-edge:]
    return picture


def png(picture: Picture) -> bytes:
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    assert done
    return bytes(data)


def webp(frames: int, width: int, height: int, rate: Fraction) -> bytes:
    pictures = [Image.fromarray(np.asarray(picture_of(i, width, height))) for i in range(frames)]
    held = io.BytesIO()
    pictures[0].save(
        held, "webp", save_all=True, append_images=pictures[1:], duration=int(1000 / rate), method=0
    )
    return held.getvalue()
