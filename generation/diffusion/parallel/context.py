"""A clip's tokens shared among the ranks: `shard`."""

from dataclasses import dataclass
from typing import Any

import torch.distributed as dist
from torch import nn

from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.parallel.attention import (
    HunyuanRanked,
    LTXRanked,
    MochiRanked,
    Ranked,
    WanRanked,
)
from songreel.generation.diffusion.parallel.exchange import Exchange
from songreel.generation.diffusion.parallel.halves import Halves, halves
from songreel.generation.diffusion.parallel.passes import Memory
from songreel.generation.diffusion.parallel.refuse import in_halves
from songreel.models.errors import InvalidInput, MachineError


@dataclass(frozen=True)
class _Plan:
    """Where a family's tokens are handed out and collected."""

    blocks: tuple[str, ...]
    """Lists of blocks; the picture's tokens are the first argument of the first one."""
    attention: str
    """Of a block, over the picture's tokens."""
    rope_dim: int
    """Along which the tables of `rope` hold the tokens."""
    processor: type[Ranked]


_PLANS = {
    "mochi": _Plan(("transformer_blocks",), "attn1", 0, MochiRanked),
    "ltx": _Plan(("transformer_blocks",), "attn1", 1, LTXRanked),
    "wan": _Plan(("blocks",), "attn1", 1, WanRanked),
    "hunyuan": _Plan(("transformer_blocks", "single_transformer_blocks"), "attn", 0, HunyuanRanked),
}
"""By the recipe's family."""


def shard(pipe: Any, family: Family) -> None:
    """Have each rank denoise its share of the tokens; every rank sees the whole prediction.

    Where a step is two passes and the ranks are even in number, each half of them takes a pass, and
    the tokens are shared within the half: less is sent than among all.

    Mochi must have been rewritten (`exact.speed_up`): its attention here takes no mask.

    All ranks draw the same noise and run the same scheduler, so they hold the same latents.

    Raises:
        InvalidInput: The family has no plan, or the model is one whose tokens are not all alike.
        MachineError: The ranks have not joined.
    """
    plan = _PLANS.get(family.recipe.family)
    if plan is None:
        raise InvalidInput(
            f"{family.recipe.name} cannot split its context; make one clip on each device instead"
        )
    if not dist.is_initialized():
        raise MachineError("the ranks of a clip have not found each other: nobody started them")
    for denoiser in filter(None, family.denoisers(pipe)):
        if getattr(denoiser.config, "image_condition_type", None) == "token_replace":
            raise InvalidInput(
                f"{family.recipe.name} treats its first frame apart, so its tokens cannot be "
                "shared; make one clip on each device instead"
            )
    size, rank, memory = dist.get_world_size(), dist.get_rank(), Memory()
    paired = in_halves(family.recipe, size)
    group, half, partners = halves(size, rank) if paired else (None, 0, None)
    for part, denoiser in zip(family.recipe.denoisers, family.denoisers(pipe), strict=True):
        if denoiser is None:
            continue
        if not paired or size > 2:
            _shard(denoiser, plan, Exchange(group))
        if paired:
            setattr(pipe, part.name, Halves(denoiser, memory, half, partners))


def _shard(denoiser: nn.Module, plan: _Plan, exchange: Exchange) -> None:
    for name in plan.blocks:
        for block in getattr(denoiser, name):
            attention = getattr(block, plan.attention)
            chosen = getattr(attention.processor, "_attention_backend", None)
            attention.processor = plan.processor(exchange, chosen)

    def each_token_timed(_: Any, args: Any, given: dict[str, Any]) -> Any:
        """Times that differ by the token (image to video) go with their tokens."""
        time = given.get("timestep")
        if time is not None and time.ndim == 2 and time.shape[1] > 1:
            given = {**given, "timestep": exchange.mine(time, 1)}
        return args, given

    def hand_out(_: Any, args: Any, given: dict[str, Any]) -> Any:
        whole = args[0] if args else given["hidden_states"]
        exchange.tokens = whole.shape[1]
        mine = exchange.mine(whole, 1)
        return ((mine, *args[1:]), given) if args else (args, {**given, "hidden_states": mine})

    def own_places(_: Any, __: Any, tables: Any) -> Any:
        return tuple(exchange.mine(each, plan.rope_dim) for each in tables)

    def collect(_: Any, __: Any, mine: Any) -> Any:
        return exchange.whole(mine)

    places: Any = denoiser
    denoiser.register_forward_pre_hook(each_token_timed, with_kwargs=True)
    getattr(denoiser, plan.blocks[0])[0].register_forward_pre_hook(hand_out, with_kwargs=True)
    places.rope.register_forward_hook(own_places)
    places.proj_out.register_forward_hook(collect)
