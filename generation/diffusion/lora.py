"""Low-rank weights added to a model's own: `add`, `refusal`, `mark`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from songreel.generation.diffusion import hub, layout, weights
from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.placement import Placement
from songreel.generation.diffusion.recipe import Recipe
from songreel.models.errors import InvalidInput
from songreel.models.local import LocalOptions, Lora


def refusal(recipe: Recipe, placement: Placement) -> str:
    """Why LoRAs cannot be added to `recipe` placed like this, with the next best; empty if so."""
    if "lora" not in recipe.abilities:
        return f"{recipe.name} takes no LoRA (diffusers has no loader for it); leave --lora out"
    if placement.split in ("layers", "context"):
        return (
            f"LoRAs do not go with {placement.name}, which shares a clip between several devices; "
            "one device a clip (--devices cuda:0), with model-offload or fp8 where it does not fit"
        )
    if placement.storage in ("int8", "nf4", "gguf"):
        return (
            f"LoRAs do not go with {placement.name} weights; fp8, or group-offload at the released "
            "precision, takes as little of the device"
        )
    return ""


def add(pipe: Any, family: Family, loras: Sequence[Lora], cache: Path | None = None) -> None:
    """Load and scale `loras`, all at once; a scale of 0 leaves the model as it is.

    Raises:
        InvalidInput: The model takes none, or a file is not a LoRA of this model.
    """
    if not loras:
        return
    if "lora" not in family.recipe.abilities:
        raise InvalidInput(f"{family.recipe.name} takes no LoRA; leave --lora out")
    raise NotImplementedError
