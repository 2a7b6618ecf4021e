"""What one clip needs under one placement, in bytes: `need`, `Need`. Estimates, no torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from songreel.generation.diffusion import approximate
from songreel.generation.diffusion.appetite import appetite_of
from songreel.generation.diffusion.parallel.refuse import in_halves
from songreel.generation.diffusion.placement import Placement, Storage
from songreel.generation.diffusion.recipe import Component, Recipe
from songreel.models.document import Frozen
from songreel.models.local import LocalOptions, Lora

MIB, GIB = 2**20, 2**30

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}

STORED: dict[Storage, float] = {"fp8": 1.04, "int8": 1.04, "nf4": 0.60, "gguf": 0.62}
"""Bytes a parameter of a whole denoiser: its linear layers at 1 byte, or at 4 bits with a scale for
each 64 of them (0.5625), or as llama.cpp's Q4_K (4.5 bits), and the rest (1 to 3 %: norms,
embeddings, the last projection) in bfloat16."""

CONVOLUTIONS = 1.15
"""Of decoding, beside its live tensors: an allowance for cuDNN, which may turn the input and output
of a convolution into its own layout. Published peaks ask for none: Wan 2.2 5B decodes 720p within
23 GB, where the tensors and the VAE come to 21.9 GiB."""

CONTEXT = 700 * MIB
"""Of a CUDA process before its first tensor, with the workspaces of cuBLAS and cuDNN: 400 to
700 MiB are commonly seen."""

FRAGMENTS = 0.03
"""Of the peak that torch's allocator holds beyond its live tensors."""

PROCESS = 3 * GIB
"""Of memory that a worker takes beside the model: Python, torch with CUDA's libraries, frames under
way to the encoder. A worker on the CPU with a tiny model takes 0.7."""

PINNED = 0.6
"""Of weights in pinned memory, beside their own size: torch gives it out in powers of two, 64 MiB
for a matrix of 50 and 256 for one of 135, which is 1.5 times for Wan 14B."""

TEXT = 0.5
"""GiB beside its weights while a text encoder works: 256 to 512 tokens."""

TEXT_LEAF = 0.22
"""Of a text encoder's weights that lie on the device at a time when it is offloaded layer by layer:
its table of words, 19 % of UMT5-XXL, 7 % of Llama 3 8B, 3 % of T5-XXL, and two layers."""


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
    """Bytes of the fullest device, with the process' own and what the allocator wastes; of the
    process where it works on the CPU."""
    host: Annotated[int, Field(ge=0)]
    """Bytes of the machine's memory, for one worker."""
    beside: Annotated[int, Field(ge=0)]
    """`memory` where one clip is decoded while the next is denoised."""

    def phase(self, name: str) -> Phase:
        """The one called `name`."""
        return next(phase for phase in self.phases if phase.name == name)


def need(
    recipe: Recipe, width: int, height: int, frames: int, placement: Placement,
    options: LocalOptions = LocalOptions(),  # noqa: B008
) -> Need:  # fmt: skip
    """What a clip of `frames` at `width` × `height` needs under `placement`; its sizes are legal.

    The estimate rather says too much; the tests hold it against published figures.
    """
    stored = {part.name: weights(part, placement.storage, options) for part in recipe.components}
    held = _held(recipe, placement, stored)
    denoise = denoising(recipe, width, height, frames, placement, options)
    decode = decoding(recipe, width, height, frames, placement)
    text = 4 * MIB if recipe.tiny else int(TEXT * GIB)
    phases = (
        Phase(name="text", weights=held["text"], tensors=text),
        Phase(name="denoise", weights=held["denoise"], tensors=denoise),
        Phase(name="decode", weights=held["decode"], tensors=decode),
    )
    peak = max(phase.live for phase in phases)
    beside = max(peak, max(held.values()) + denoise + decode)
    if placement.devices[0] == "cpu":
        process = GIB if recipe.tiny else PROCESS
        total = int(peak * (1 + FRAGMENTS)) + process
        return Need(phases=phases, memory=total, host=total, beside=beside + process)
    return Need(
        phases=phases,
        memory=int(peak * (1 + FRAGMENTS)) + CONTEXT,
        host=PROCESS + _on_host(recipe, placement, stored),
        beside=int(beside * (1 + FRAGMENTS)) + CONTEXT,
    )


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
    ranks, halved = 1, placement.split == "guidance"
    if placement.split == "context":
        ranks = len(placement.devices)
        halved = in_halves(recipe, ranks)
        ranks = ranks // 2 if halved else ranks
    batch = 2 if twice and not halved else 1
    size = 2 if placement.storage == "bf16" else BYTES[recipe.denoisers[0].dtype]
    values = tokens / ranks * shape.width * appetite.of_token(shape.width)
    kept = approximate.cached_bytes(recipe, options.approximate, width, height, frames)
    return int(batch * values * size + kept / ranks)


def decoding(recipe: Recipe, width: int, height: int, frames: int, placement: Placement) -> int:
    """Bytes of live tensors while the VAE decodes, with the finished frames."""
    appetite = appetite_of(recipe.family)
    vae = next((part for part in recipe.components if part.part == "vae"), None)
    if vae is None:
        return 0
    size = 2 if placement.storage == "bf16" else BYTES[vae.dtype]
    across, down, at_once = width, height, min(appetite.slice or frames, frames)
    # Frames: as decoded and joined; of tiles also their overlaps and joined rows.
    copies = 0 if appetite.streams and placement.offload == "none" else 2
    if placement.tiling:
        across, down, copies = min(across, appetite.tile), min(down, appetite.tile), 4
    finished = copies * 3 * width * height * frames * size
    extra = 1.0 if placement.devices[0] == "cpu" else CONVOLUTIONS
    return int(across * down * at_once * size * appetite.pixel * extra) + finished


def _of_lora(lora: Lora, part: Component) -> int:
    path = Path(lora.path)
    # Not seen yet: rank 64 of a 14B model is about 2 % of its weights.
    return path.stat().st_size if path.is_file() else part.parameters * 2 // 50


def _held(recipe: Recipe, placement: Placement, stored: dict[str, int]) -> dict[str, int]:
    """Bytes of weights on the fullest device, by phase."""
    phases = ("text", "denoise", "decode")
    if placement.split == "layers":
        return dict.fromkeys(phases, fullest_share(recipe, stored, len(placement.devices)))
    if placement.offload == "none":
        return dict.fromkeys(phases, sum(stored.values()))
    names = {kind: [p for p in recipe.components if p.part in parts] for kind, parts in (
        ("text", ("text", "image")), ("denoise", ("denoiser",)), ("decode", ("vae",)),
    )}  # fmt: skip
    if placement.offload == "model":
        # Where two denoisers share the steps, the first leaves when the second comes.
        return {kind: max((stored[p.name] for p in found), default=0)
                for kind, found in names.items()}  # fmt: skip
    vae = sum(stored[part.name] for part in names["decode"])
    layers = recipe.geometry.layers
    # Of blocks, one works and the next is on its way; what lies outside them stays.
    blocks = 0.05 + 2 / layers if placement.offload == "group" else 0.03 + 0.5 / layers
    words = max((int(stored[part.name] * TEXT_LEAF) for part in names["text"]), default=0)
    steps = max(int(stored[part.name] * min(1.0, blocks)) for part in names["denoise"])
    return {"text": words + vae, "denoise": steps + vae, "decode": vae}


def fullest_share(recipe: Recipe, stored: dict[str, int], devices: int) -> int:
    """Weights on the fullest of several devices: blocks are dealt out to even what else is there.

    The VAE and what lies outside the blocks are on the first device, text encoders on the last.
    """
    denoisers = sum(stored[part.name] for part in recipe.denoisers)
    texts = sum(stored[p.name] for p in recipe.components if p.part in ("text", "image"))
    first = sum(stored[p.name] for p in recipe.components if p.part == "vae")
    fixed = [0.0] * devices
    fixed[0] += first + 0.05 * denoisers
    fixed[-1] += texts
    block = 0.95 * denoisers / recipe.geometry.layers
    counts = deal(recipe.geometry.layers, block, fixed)
    return int(max(each + count * block for each, count in zip(fixed, counts, strict=True)))


def deal(blocks: int, size: float, fixed: Sequence[float]) -> list[int]:
    """How many of `blocks` of `size` go to each device, so that the fullest is as empty as can be.

    Args:
        blocks: All of them.
        size: Of one, in bytes.
        fixed: Bytes that lie on each device already.
    """
    held, counts = list(fixed), [0] * len(fixed)
    for _ in range(blocks):
        emptiest = held.index(min(held))
        held[emptiest] += size
        counts[emptiest] += 1
    return counts


def _on_host(recipe: Recipe, placement: Placement, stored: dict[str, int]) -> int:
    """Bytes of the machine's memory: what is not on a device lies there, and all passes through.

    Files are mapped into memory: what goes on to a device whole is given back as it goes.
    """
    if placement.offload == "none":
        return max(stored.values())
    total = sum(stored.values())
    if placement.offload == "group":
        total += int(sum(stored[part.name] for part in recipe.denoisers) * PINNED)
    return total
