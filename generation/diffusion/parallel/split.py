"""A placed pipeline made to use all devices of its placement: `split`."""

from typing import Any

from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.parallel.refuse import refusal
from songreel.generation.diffusion.placement import Placement
from songreel.models.errors import InvalidInput


def split(pipe: Any, family: Family, placement: Placement) -> None:
    """Share the denoising of each clip among `placement.devices`.

    `none` and `layers` (which placing has done) need nothing more. `guidance` puts a copy of each
    denoiser on the second device. `context` needs the ranks to have joined (`ranks.join`).

    Raises:
        InvalidInput: The model cannot be split so; with the next best way.
    """
    reason = refusal(family.recipe, placement.split, len(placement.devices), placement.storage)
    if reason is not None:
        raise InvalidInput(reason)
    if placement.split in ("guidance", "context"):
        _keep_nothing(family.denoisers(pipe))
    if placement.split == "guidance":
        from songreel.generation.diffusion.parallel.guidance import pair

        pair(pipe, family, placement)
    elif placement.split == "context":
        from songreel.generation.diffusion.parallel.context import shard

        shard(pipe, family)


def parts(denoiser: Any) -> list[Any]:
    """The networks behind `denoiser`: itself, or the two of a pair. Compile these."""
    from songreel.generation.diffusion.parallel.guidance import Pair

    return [denoiser.first, denoiser.second] if isinstance(denoiser, Pair) else [denoiser]


def _keep_nothing(denoisers: list[Any]) -> None:
    """Refuse what hooks have done to denoisers, but for weights that are cast to fp8.

    Raises:
        InvalidInput: They are offloaded, or steps are cached: see `refuse.refusal`.
    """
    for denoiser in filter(None, denoisers):
        for name, module in denoiser.named_modules():
            hooks = set(getattr(getattr(module, "_diffusers_hook", None), "hooks", ()))
            if other := sorted(hooks - {"layerwise_casting", "peft_autocast_disable"}):
                what = other[0].replace("_", " ")
                raise InvalidInput(
                    f"devices cannot share a clip while weights are offloaded or steps are cached "
                    f"({what} at {name or 'the denoiser'}); choose a placement that keeps them "
                    "whole and leave --approximate out, or make one clip on each device"
                )
