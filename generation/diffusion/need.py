"""What one clip needs under one placement, in bytes: `need`, `Need`. Estimates, no torch."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from songreel.generation.diffusion.appetite import appetite_of
from songreel.generation.diffusion.placement import Placement, Storage
from songreel.generation.diffusion.recipe import Component, Recipe
from songreel.models.document import Frozen
from songreel.models.local import LocalOptions, Lora

MIB, GIB = 2**20, 2**30

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}

STORED: dict[Storage, float] = {"fp8": 1.03, "int8": 1.04, "nf4": 0.60, "gguf": 0.62}
"""Bytes a parameter of a whole denoiser: its linear layers at 1 byte, or at 4 bits with a scale for
each 64 (0.5625), or at llama.cpp's Q4_K (4.5 bits), and the rest (1 to 3 %: norms, embeddings,
the last projection) in bfloat16."""

CONTEXT = 700 * MIB
"""Of a CUDA process before its first tensor, with cuBLAS' and cuDNN's workspaces: 400 to 700 MiB
are commonly seen."""

FRAGMENTS = 0.04
"""Of the peak that torch's allocator holds beyond its live tensors."""

PROCESS = 3 * GIB
"""Of memory that a worker takes beside the model: Python, torch with CUDA's libraries, frames under
way to the encoder."""


class Phase(Frozen):
    """One stretch of a clip's making, on the fullest device."""

    name: Literal["text", "denoise", "decode"]
    weights: Annotated[int, Field(ge=0)]
    tensors: Annotated[int, Field(ge=0)]
    """What grows with the clip."""

    @property
    def live(self) -> int:
        """Bytes of live tensors at the peak: what `torch.cuda.max_memory_allocated` would say."""
        return self.weights + self.tensors


class Need(Frozen):
    """Peaks by phase, and what they come to."""

    phases: tuple[Phase, ...]
    memory: Annotated[int, Field(ge=0)]
    """Bytes of the fullest device, with the process' own and what the allocator wastes."""
    host: Annotated[int, Field(ge=0)]
    """Bytes of the machine's memory, for one worker."""

    @property
    def fullest(self) -> Phase:
        """The phase with the highest peak."""
        return max(self.phases, key=lambda phase: phase.live)


def need(
    recipe: Recipe, width: int, height: int, frames: int, placement: Placement,
    options: LocalOptions = LocalOptions(),  # noqa: B008
) -> Need:  # fmt: skip
    """What a clip of `frames` at `width` × `height` needs under `placement`; its sizes are legal.

    The estimate rather says too much: what it holds against published figures is in the tests.
    """
    stored = {part.name: weights(part, placement.storage, options) for part in recipe.components}
    if placement.split == "layers":
        held = _spread(recipe, stored, len(placement.devices))
    elif placement.offload == "none":
        held = dict.fromkeys(("text", "denoise", "decode"), sum(stored.values()))
    else:
        held = {
            "text": max((_resident(p, stored, placement, recipe) for p in recipe.components
                         if p.part in ("text", "image")), default=0),
            "denoise": max(_resident(p, stored, placement, recipe) for p in recipe.denoisers),
            "decode": max((_resident(p, stored, placement, recipe) for p in recipe.components
                           if p.part == "vae"), default=0),
        }  # fmt: skip
    tensors = {
        "text": appetite_of(recipe.family).text if not recipe.tiny else 4 * MIB,
        "denoise": denoising(recipe, width, height, frames, placement, options),
        "decode": decoding(recipe, width, height, frames, placement),
    }
    phases = tuple(
        Phase(name=name, weights=held[name], tensors=tensors[name])
        for name in ("text", "denoise", "decode")
    )
    peak = max(phase.live for phase in phases)
    if placement.devices[0] == "cpu":
        total = sum(stored.values()) + max(tensors.values())
        host = int(total * (1 + FRAGMENTS)) + (PROCESS if not recipe.tiny else GIB)
        return Need(phases=phases, memory=host, host=host)
    memory = int(peak * (1 + FRAGMENTS)) + CONTEXT
    return Need(phases=phases, memory=memory, host=_host(stored, placement))


def weights(part: Component, storage: Storage, options: LocalOptions) -> int:
    """Bytes of a network's weights, with the user's LoRAs."""
    if storage == "bf16":
        size = part.parameters * 2
    elif part.part == "denoiser" and storage in STORED:
        size = int(part.parameters * STORED[storage])
        if storage == "gguf" and Path(options.weights).is_file():
            size = Path(options.weights).stat().st_size
    else:
        size = part.parameters * BYTES[part.dtype]
    if part.part == "denoiser":
        size += sum(_of_lora(lora, part) for lora in options.loras)
    return size


def denoising(
    recipe: Recipe, width: int, height: int, frames: int, placement: Placement,
    options: LocalOptions,
) -> int:  # fmt: skip
    """Bytes of live tensors in a denoiser's forward pass, and of the latents."""
    shape, appetite = recipe.geometry, appetite_of(recipe.family)
    tokens = shape.tokens(width, height, frames) + shape.text_tokens
    guidance = options.guidance if options.guidance is not None else recipe.guidance
    twice = appetite.batched_guidance and recipe.true_guidance and guidance > 1
    batch = 2 if twice and placement.split != "guidance" else 1
    size = BYTES[recipe.denoisers[0].dtype]
    if placement.storage == "bf16":
        size = 2
    ranks = len(placement.devices) if placement.split == "context" else 1
    return int(batch * tokens / ranks * shape.width * size * appetite.token)


def decoding(recipe: Recipe, width: int, height: int, frames: int, placement: Placement) -> int:
    """Bytes of live tensors while the VAE decodes, with the finished frames."""
    appetite = appetite_of(recipe.family)
    vae = next((part for part in recipe.components if part.part == "vae"), None)
    if vae is None:
        return 0
    size = 2 if placement.storage == "bf16" else BYTES[vae.dtype]
    across, down, at_once = width, height, appetite.slice or frames
    if placement.tiling:
        across, down = min(across, appetite.tile[0]), min(down, appetite.tile[1])
        at_once = appetite.tile_frames or at_once
    finished = 2 * 3 * width * height * frames * size
    return int(across * down * min(at_once, frames) * size * appetite.pixel) + finished


def _of_lora(lora: Lora, part: Component) -> int:
    path = Path(lora.path)
    return path.stat().st_size if path.is_file() else part.parameters * 2 // 50


def _resident(part: Component, stored: dict[str, int], placement: Placement, recipe: Recipe) -> int:
    """Bytes of a network on the device while it works."""
    whole = stored[part.name]
    if placement.offload == "model":
        return whole
    layers = recipe.geometry.layers if part.part == "denoiser" else 24
    if placement.offload == "group" and part.part != "vae":
        # One group works, the next one is on its way, and what lies outside the blocks stays.
        return int(whole * (0.06 + 2 / layers))
    return whole if part.part == "vae" else int(whole * 0.5 / layers)


def _spread(recipe: Recipe, stored: dict[str, int], devices: int) -> dict[str, int]:
    """Weights on the fullest device: blocks are dealt out evenly, the rest goes where room is."""
    denoisers = sum(stored[part.name] for part in recipe.denoisers)
    rest = sorted((stored[p.name] for p in recipe.components if p.part != "denoiser"), reverse=True)
    total = denoisers + sum(rest)
    largest = max([*rest, denoisers // devices])
    share = max(largest, int(total / devices * 1.1))
    return dict.fromkeys(("text", "denoise", "decode"), min(share, total))


def _host(stored: dict[str, int], placement: Placement) -> int:
    """Bytes of the machine's memory: what is not on a device lies there, and all passes through."""
    if placement.offload == "none":
        return PROCESS + max(stored.values())
    pinned = 2 if placement.offload == "group" else 1
    return PROCESS + pinned * max(stored.values()) + sum(stored.values()) - max(stored.values())
