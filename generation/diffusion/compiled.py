"""Denoisers compiled for fixed shapes: `compile_denoisers`, `Compiled`, `seconds_spent`.

What it buys, for Mochi at 848×480, 163 frames (44,520 tokens of width 3072, bf16): a block is
10.1 TFLOP of matrix products and 24.4 TFLOP of attention, which libraries compute as fast compiled
or not. Around them lie four norms with their scales and gates, norms and turns of queries and keys,
and the gated activation, all in float32: one operation at a time they read and write 53.5 GB of the
GPU's memory a block (counted on the meta device), fused 7.4 GB (each tensor that a product makes or
needs once, and the rotary tables). At 4.8 TB/s (H200's data sheet) that is 11.1 ms against 1.5 ms,
beside 44 ms that the products need at 790 TFLOP/s, and 55 ms where attention reaches 600.

Blocks are compiled, not the whole network: all blocks of a kind share one graph, so that the first
step waits for two graphs and not for 48 blocks in one, and what would be fused across the seam
between two blocks is one addition. Hooks around a block (that move its weights, or skip it) stay
around its compiled inside.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MethodType
from typing import TYPE_CHECKING, Any

from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.placement import Placement

if TYPE_CHECKING:
    from torch import nn

_SHAPES = 512
"""Graphs a function may have before it is an error: kinds of blocks × shapes of clips × devices.
torch's own limit of 8 is one for a function that should have a single shape."""


@dataclass(frozen=True)
class Compiled:
    """What was done."""

    regions: int
    """Modules that run compiled; 0: none."""
    whole: bool = False
    """Whether each is a whole denoiser: then hooks on its blocks would break the graph. Hooks on
    blocks that are compiled one by one run around them."""
    note: str = ""
    """Why not, in a sentence; empty where it was done, or was not wanted."""

    def __bool__(self) -> bool:
        """Whether anything is compiled."""
        return self.regions > 0


def compile_denoisers(
    pipe: Any,
    family: Family,
    placement: Placement,
    cache: Path | None = None,
    *,
    wanted: bool | None = None,
    whole: bool = False,
    backend: str | Callable[..., Any] = "inductor",
) -> Compiled:
    """Have the denoisers' blocks run compiled, in place; the last step of loading.

    Code is made when a shape is first seen, at the first step of a clip, and kept in `cache` from
    run to run; `seconds_spent` tells how long that took. It is made without timing candidates
    against each other, so that the same machine makes the same clip each time.

    Args:
        pipe: The pipeline, placed and split.
        family: Of its model.
        placement: Where it lies.
        cache: The workspace's cache; generated code goes to `models/compiled` in it, unless
            `TORCHINDUCTOR_CACHE_DIR` names another folder. None: to torch's own.
        wanted: `LocalOptions.compile`; None: where it is known to pay, on CUDA devices with the
            weights lying there for the whole clip.
        whole: One graph of the whole denoiser instead of its blocks.
        backend: Of torch.compile.
    """
    if wanted is False or (wanted is None and not _pays(family, placement)):
        return Compiled(0)
    if placement.offload == "sequential":
        return Compiled(0, note="not compiled: sequential offload moves each layer by itself")
    if "compile" not in family.recipe.abilities:
        return Compiled(0, note=f"not compiled: {family.recipe.name} cannot be")
    denoisers = [one for each in family.denoisers(pipe) for one in _halves(each)]
    regions = [block for denoiser in denoisers for block in _blocks(denoiser, family)]
    if (inside := _hooked(denoisers if whole else regions)) is not None:
        return Compiled(0, note=f"not compiled: {inside}")

    import torch
    from torch._dynamo import config

    if cache is not None:
        _keep(cache / "models" / "compiled")
    config.recompile_limit = config.accumulated_recompile_limit = _SHAPES

    def made(function: Callable[..., Any]) -> Callable[..., Any]:
        graph: Callable[..., Any] = torch.compile(
            function, fullgraph=True, dynamic=False, backend=backend
        )
        return graph

    if whole:
        for denoiser in denoisers:
            _whole(denoiser, made)
        return Compiled(len(denoisers), whole=True)
    kinds: dict[Any, Callable[..., Any]] = {}
    for denoiser in denoisers:
        varying = getattr(denoiser, "lengths_vary", False)
        for block in _blocks(denoiser, family):
            kind = type(block).forward, varying
            if kind not in kinds:
                kinds[kind] = _marking(made(kind[0])) if varying else made(kind[0])
            _put_inside(block, MethodType(kinds[kind], block))
    return Compiled(len(regions))


def seconds_spent() -> float:
    """Wall seconds this process has spent on compiling so far."""
    from torch._dynamo.utils import calculate_time_spent

    return float(calculate_time_spent().get("total_wall_time", 0.0))


def _keep(folder: Path) -> None:
    """Have generated code kept in `folder`, unless the user named another.

    torch writes its own default into the variable when it is first imported.
    """
    from torch._inductor.runtime.cache_dir_utils import default_cache_dir

    name = "TORCHINDUCTOR_CACHE_DIR"
    if os.environ.get(name) in (None, default_cache_dir()):
        os.environ[name] = str(folder)


def _pays(family: Family, placement: Placement) -> bool:
    """Offloaded weights wait for the bus, not for the GPU."""
    on_gpu = all(device.startswith("cuda") for device in placement.devices)
    return (
        on_gpu and placement.offload in ("none", "model") and "compile" in family.recipe.abilities
    )


def _halves(denoiser: Any) -> list[Any]:
    """Both of a guidance pair (`parallel.guidance.Pair`); else `denoiser` itself, where it is."""
    if denoiser is None:
        return []
    return [denoiser.first, denoiser.second] if hasattr(denoiser, "second") else [denoiser]


def _blocks(denoiser: "nn.Module", family: Family) -> list["nn.Module"]:
    return [each for name in family.blocks(denoiser) for each in getattr(denoiser, name)]


def _hooked(regions: list[Any]) -> str | None:
    """What takes hold inside a region between its layers, where a graph cannot; None: nothing."""
    for region in regions:
        for name, part in region.named_modules():
            if part is region:
                continue
            hooks = getattr(getattr(part, "_diffusers_hook", None), "hooks", {})
            if hooks or hasattr(part, "_hf_hook"):
                what = ", ".join(hooks).replace("_", " ") or "offload"
                return f"{what} takes hold between the layers of a graph, at {name}"
    return None


def _marking(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` of a block, told that the length of a text may be any.

    Texts that are cut to their length would else be a graph each. Lengths 0 and 1 are their own.
    """
    import torch

    def run(block: "nn.Module", *args: Any, **kwargs: Any) -> Any:
        words = kwargs["encoder_hidden_states"] if "encoder_hidden_states" in kwargs else args[1]
        if words.shape[1] > 1:
            torch._dynamo.maybe_mark_dynamic(words, 1)
        return function(block, *args, **kwargs)

    return run


def _put_inside(block: "nn.Module", forward: Callable[..., Any]) -> None:
    """Have `block` compute by `forward`, inside of all hooks that were put around it."""
    chain = getattr(getattr(block, "_diffusers_hook", None), "_fn_refs", [])
    if chain:
        first = chain[0]
        place = "forward" if first.original_forward is None else "original_forward"
        setattr(first, place, forward)
    elif hasattr(block, "_old_forward"):  # accelerate's
        block._old_forward = forward
    else:
        block.forward = forward


def _whole(denoiser: Any, made: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    import torch

    if not hasattr(denoiser, "one"):
        _put_inside(denoiser, MethodType(made(type(denoiser).forward), denoiser))
        return
    function = made(type(denoiser).one)

    def one(self: Any, latents: Any, time: Any, pooled: Any, words: Any, tables: Any) -> Any:
        if words.shape[1] > 1:
            torch._dynamo.maybe_mark_dynamic(words, 1)
        return function(self, latents, time, pooled, words, tables)

    denoiser.one = MethodType(one, denoiser)
