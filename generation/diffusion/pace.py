"""How long a placement takes against `whole` on one device: `slowdown`. Estimates, no torch."""

from songreel.generation.diffusion.machine import Gpu
from songreel.generation.diffusion.need import weights
from songreel.generation.diffusion.placement import Placement, Storage
from songreel.generation.diffusion.recipe import Recipe
from songreel.models.local import LocalOptions

EFFICIENCY = 0.5
"""Share of the matrix peak that video transformers reach: published Hunyuan and Wan times on an
H100 come to 0.32 and 0.42 of its 989 TFLOP/s, kernels of later years to more."""

PINNED, PAGEABLE = 10e9, 5e9
"""Bytes a second from the machine's memory to a card: pinned and beside computing (diffusers'
benchmarks: LTX 13B streams its 26 GB in 2.6 to 2.8 s, FLUX its 24 GB in 1.9 s), and pageable, as
whole networks and single layers move."""

UNKNOWN = 120e12
"""FLOP/s, dense bfloat16, of a card that is not in the list: an RTX 4080 or an A40."""

PEAKS = {
    "B200": 2250e12, "H200": 989e12, "H100": 989e12, "GH200": 989e12, "A100": 312e12,
    "A800": 312e12, "H20": 148e12, "L40": 181e12, "RTX 6000 Ada": 364e12, "A6000": 155e12,
    "A40": 150e12, "A10": 125e12, "L4": 121e12, "5090": 210e12, "4090": 165e12, "4080": 97e12,
    "4070": 58e12, "4060": 30e12, "3090": 71e12, "3080": 59e12, "3060": 26e12, "T4": 65e12,
}  # fmt: skip
"""Dense bfloat16 (T4: float16) with float32 accumulation, by a part of the name; NVIDIA's data
sheets and architecture papers."""

CASTS: dict[Storage, float] = {"fp8": 1.05, "int8": 1.1, "nf4": 1.15, "gguf": 1.25}
"""Time of a forward pass with weights that are made whole before each layer. Measured by diffusers'
benchmarks: fp8 1.04 (LTX 13B), nf4 1.06 (FLUX); the others are estimates."""

TILES = 1.6
"""Time of decoding with tiles of 256 that overlap by a quarter: (256 / 192)² is 1.8, less at the
borders."""

DECODE = 0.07
"""Share of a clip's time in the VAE: of Mochi's operations 0.5 % (1081 of 2 × 64 × 1659 TFLOP), in
float32 and bound by memory at a tenth of the transformer's rate."""

CPU = 0.3e12
"""FLOP/s of a processor of 16 cores in float32."""


def flops(recipe: Recipe, width: int, height: int, frames: int) -> float:
    """Of one forward pass of a denoiser at batch 1: its linear layers, and attention.

    Within 35 % of what torch counts for full clips of Mochi, LTX, Hunyuan and Wan; too much rather
    than too little, since not all of a denoiser's parameters meet every token.
    """
    shape = recipe.geometry
    tokens = shape.tokens(width, height, frames)
    linear = 2 * recipe.denoisers[0].parameters * tokens
    return float(linear + 4 * shape.layers * tokens**2 * shape.width)


def peak(gpu: Gpu | None) -> float:
    """FLOP/s of the matrix units, as far as the name tells."""
    if gpu is None:
        return CPU
    return next((rate for part, rate in PEAKS.items() if part in gpu.name), UNKNOWN)


def slowdown(
    recipe: Recipe, width: int, height: int, frames: int, placement: Placement,
    gpu: Gpu | None, options: LocalOptions,
) -> float:  # fmt: skip
    """Time of a clip under `placement` against everything resident on one device."""
    rate = peak(gpu) * (EFFICIENCY if gpu is not None else 1.0)
    passes = 2 if recipe.true_guidance else 1
    steps = options.steps or recipe.steps
    forward = flops(recipe, width, height, frames) / rate
    denoise = steps * passes * forward
    decode = denoise * DECODE / (1 - DECODE)
    stored = {p.name: weights(p, placement.storage, options) for p in recipe.components}
    denoisers = [stored[part.name] for part in recipe.denoisers]
    moved = 0.0
    spent = denoise * CASTS.get(placement.storage, 1.0)
    if placement.offload == "model":
        moved = 2 * sum(stored.values()) / PAGEABLE
    elif placement.offload == "group":
        spent = max(spent, steps * passes * max(denoisers) / PINNED) * 1.03
    elif placement.offload == "sequential":
        spent += steps * passes * max(denoisers) / PAGEABLE * 1.5
    if placement.split == "guidance":
        spent *= 0.52
    elif placement.split == "context":
        spent /= 0.85 * len(placement.devices)
    elif placement.split == "layers":
        spent *= 1.03
    total = spent + decode * (TILES if placement.tiling else 1.0) + moved
    if placement.devices[0] == "cpu" and gpu is None and not recipe.tiny:
        # Against a card that nobody has here: a middling one.
        return round(total / (denoise + decode) * UNKNOWN * EFFICIENCY / rate, 1)
    return round(total / (denoise + decode), 3)
