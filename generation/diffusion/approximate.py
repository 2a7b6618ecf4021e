"""Faster at another picture, only when asked for: `KNOWN`, `check`, `label`, `apply`.

Left out, with the reason:

- MagCache skips by ratios that are measured on a checkpoint's own steps; diffusers has them for
  none of these models, and wrong ones skip at the wrong place.
- FasterCache takes Mochi's layout of tensors for every model's.
- Fewer steps are `--steps`; distilled weights are models of their own (`ltx-13b-distilled`).

What the first three save depends on the weights and the clip, so that no figure is given here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.recipe import Recipe
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from torch import nn

KNOWN: Mapping[str, str] = {
    "first-block-cache": "Where the first block's output hardly changes from one step to the "
    "next, the others are skipped and add what they added before.",
    "taylor-seer": "After the first steps every second one is not computed but drawn on as a "
    "straight line from those before.",
    "pyramid-attention": "In the middle of denoising every second step reuses the attention of "
    "the step before.",
    "fp8": "The blocks' matrix products are computed in 8-bit floats, with a scale for each row "
    "and column; needs a GPU of the Ada or Hopper generation, or newer.",
}
"""Names and what each does, a sentence."""

_PARAMETERS: Mapping[str, str] = {
    # The careful end of ParaAttention's table (github.com/chengzeyi/ParaAttention: 0.06 to 0.12).
    "first-block-cache": "threshold 0.06",
    "taylor-seer": "order 1, every 2nd step after 3, output alone",
    # The paper's broadcast range for spatial attention, and its middle of the steps
    # (arXiv 2408.12588; diffusers' defaults).
    "pyramid-attention": "every 2nd step from time 800 to 100",
    "fp8": "e4m3, scaled by row",
}
_THRESHOLD = 0.06
_INTERVAL, _WARM_UP, _ORDER = 2, 3, 1
_SKIP, _TIMES = 2, (100, 800)

_CACHES = frozenset({"first-block-cache", "taylor-seer", "pyramid-attention"})
_TRANSFORMERS = frozenset({"mochi", "ltx", "hunyuan", "wan"})


def label(name: str) -> str:
    """`name` with its parameters, as it decides the picture: for records and fingerprints."""
    return f"{name} ({_PARAMETERS[name]})" if name in _PARAMETERS else name


def check(recipe: Recipe, names: Iterable[str]) -> None:
    """Refuse what cannot be had for `recipe` on any machine.

    Raises:
        InvalidInput: One is not known, does nothing for this family, or two exclude each other.
    """
    names = list(names)
    for name in names:
        if name not in KNOWN:
            known = ", ".join(sorted(KNOWN))
            raise InvalidInput(f"there is no approximation {name!r}; known are {known}")
        if recipe.family not in _TRANSFORMERS:
            raise InvalidInput(
                f"{name} does nothing for {recipe.name}: it works on the blocks of transformers; "
                "leave --approximate out, or take fewer --steps"
            )
        if name in _CACHES and recipe.geometry.layers < 2:
            raise InvalidInput(f"{name} needs two blocks to skip one: {recipe.name} has one")
    both = sorted(_CACHES.intersection(names))
    if len(both) > 1:
        raise InvalidInput(
            f"{' and '.join(both)} exclude each other: each decides what is skipped; choose one"
        )


def cached_bytes(recipe: Recipe, names: Iterable[str], width: int, height: int, frames: int) -> int:
    """Bytes on the GPU that the approximations `names` keep from step to step, beside the rest.

    Tensors are (tokens, width of the stream) in bf16, one for each pass of guidance.
    """
    shape = recipe.geometry
    passes = 2 if recipe.true_guidance else 1
    each = 2 * shape.tokens(width, height, frames) * shape.width * passes
    kept = {"first-block-cache": 3, "pyramid-attention": shape.layers}
    return sum(each * kept.get(name, 0) for name in names)


def apply(pipe: Any, family: Family, names: Sequence[str]) -> tuple[str, ...]:
    """Switch the approximations `names` on, in place; after LoRAs are added and before placing.

    Returns:
        Each with its parameters, as it goes into the clip's record.

    Raises:
        InvalidInput: As `check`, or this machine or these weights cannot do it.
    """
    check(family.recipe, names)
    ways: dict[str, Callable[[Any, Any, Family], None]] = {
        "first-block-cache": _first_block,
        "taylor-seer": _taylor,
        "pyramid-attention": _pyramid,
        "fp8": _fp8,
    }
    for name in sorted(names):
        for denoiser in family.denoisers(pipe):
            if denoiser is not None:
                ways[name](pipe, denoiser, family)
    return tuple(label(name) for name in sorted(names))


def _first_block(pipe: Any, denoiser: Any, family: Family) -> None:  # noqa: ARG001
    from diffusers import FirstBlockCacheConfig

    denoiser.enable_cache(FirstBlockCacheConfig(threshold=_THRESHOLD))


def _taylor(pipe: Any, denoiser: Any, family: Family) -> None:  # noqa: ARG001
    """The lite mode of diffusers: blocks are skipped whole, and the denoiser's output is continued.

    Its other mode keeps two tensors for each block's attention, 52 GB for Mochi's 163 frames; and
    its default names of modules match HunyuanVideo's blocks alone.
    """
    from diffusers import TaylorSeerCacheConfig

    denoiser.enable_cache(
        TaylorSeerCacheConfig(
            cache_interval=_INTERVAL, disable_cache_before_step=_WARM_UP, max_order=_ORDER,
            taylor_factors_dtype=None, use_lite_mode=True,
        )
    )  # fmt: skip


def _pyramid(pipe: Any, denoiser: Any, family: Family) -> None:
    from songreel.generation.diffusion.pyramid import broadcast

    broadcast(pipe, denoiser, family, every=_SKIP, times=_TIMES)


def _fp8(pipe: Any, denoiser: "nn.Module", family: Family) -> None:  # noqa: ARG001
    from songreel.generation.diffusion.fp8 import require, rounded

    require()
    for name in family.blocks(denoiser):
        rounded(getattr(denoiser, name))
