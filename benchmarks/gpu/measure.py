"""What a card does at most, and what a run took: `matrix_peak`, `attention`, `Run`, `steps`."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention

from songreel.generation.diffusion.family import Ask, Family

KERNELS = {
    "cudnn": SDPBackend.CUDNN_ATTENTION,
    "flash": SDPBackend.FLASH_ATTENTION,
    "efficient": SDPBackend.EFFICIENT_ATTENTION,
}


def wait(device: str) -> None:
    """Until the device has done what it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def timed(work: Callable[[], Any], device: str, least: float = 1.0) -> float:
    """Seconds of one `work`, the mean over at least `least` seconds after two to warm up."""
    for _ in range(2):
        work()
    wait(device)
    count, begun = 0, time.perf_counter()
    while True:
        for _ in range(5):
            work()
        count += 5
        wait(device)
        if (gone := time.perf_counter() - begun) >= least:
            return gone / count


def matrix_peak(device: str, *, small: bool = False) -> float:
    """TFLOP/s of the fastest large product of two random bf16 matrices."""
    best = 0.0
    for size in (256, 512) if small else (4096, 8192, 16384):
        one = torch.randn(size, size, device=device, dtype=torch.bfloat16)
        other = torch.randn(size, size, device=device, dtype=torch.bfloat16)
        seconds = timed(lambda a=one, b=other: a @ b, device, 0.05 if small else 1.5)
        best = max(best, 2 * size**3 / seconds / 1e12)
    return best


def attention(heads: int, tokens: int, head_dim: int, device: str) -> dict[str, float | str]:
    """TFLOP/s of each kernel that torch has for attention over `tokens`, without a mask."""
    shape = (1, tokens, heads, head_dim)
    query, key, value = (
        torch.randn(shape, device=device, dtype=torch.bfloat16).transpose(1, 2) for _ in range(3)
    )
    found: dict[str, float | str] = {}
    for name, kernel in KERNELS.items():
        try:
            with sdpa_kernel(kernel):
                seconds = timed(lambda: scaled_dot_product_attention(query, key, value), device)
            found[name] = 4 * tokens**2 * heads * head_dim / seconds / 1e12
        except RuntimeError as error:
            found[name] = str(error).splitlines()[0][:80]
    return found


@dataclass(frozen=True)
class Run:
    """Some steps of one clip."""

    latents: Tensor
    output: Tensor
    """Of the denoiser's first call, before guidance makes a difference of passes six times as
    large."""
    first: float
    """Seconds of the first step, with all that is done once a clip, or compiled."""
    step: float
    """Seconds of a step: the median of the others."""
    peak: int | None
    """Bytes on the GPU at most; None on the CPU."""


def steps(family: Family, pipe: Any, embeds: dict[str, Tensor], ask: Ask, device: str) -> Run:
    """Denoise `ask`, which has at least two steps, by the family's own code."""
    times: list[float] = []

    def stepped(_done: int, _of: int) -> None:
        wait(device)
        times.append(time.perf_counter())

    cuda = device.startswith("cuda")
    if cuda:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    outputs: list[Tensor] = []

    def called(_module: Any, _inputs: Any, output: Any) -> None:
        if not outputs:
            outputs.append(output[0].float().cpu())

    watched = pipe.transformer.register_forward_hook(called)
    wait(device)
    begun = time.perf_counter()
    with torch.inference_mode():
        latents = family.denoise(pipe, embeds, ask, stepped)
    watched.remove()
    spans = [late - soon for soon, late in zip([begun, *times], times, strict=False)]
    peak = torch.cuda.max_memory_allocated(device) if cuda else None
    return Run(latents.float().cpu(), outputs[0], spans[0], median(spans[1:]), peak)


def difference(made: Tensor, as_released: Tensor) -> dict[str, float]:
    """As shares of the largest value as released, and of their root mean square."""
    apart = made - as_released
    return {
        "difference_max": float(apart.abs().max() / as_released.abs().max()),
        "difference_rms": float(apart.square().mean().sqrt() / as_released.square().mean().sqrt()),
    }
