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
