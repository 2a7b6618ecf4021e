"""Wishes that no machine can fulfil are refused before anything is loaded: `check`. No torch."""

from pathlib import Path

from songreel.generation.diffusion import approximate, lora
from songreel.generation.diffusion.book import Model
from songreel.generation.diffusion.ladder import read_wish
from songreel.models.errors import InvalidInput


def check(model: Model) -> None:
    """Refuse what cannot be had of `model` anywhere.

    Raises:
        InvalidInput: A placement or an approximation is not known, a file is not there, a size is
            none that the model makes, or it takes no LoRA.
    """
    wishes = model.wishes
    read_wish(wishes.placement)
    approximate.check(model.recipe, wishes.approximate)
    if model.steps < model.recipe.least_steps:
        raise InvalidInput(
            f"{model.key} takes {model.recipe.least_steps} steps at least, not {model.steps}: half "
            f"of its schedule is linear (as released it takes {model.recipe.steps})"
        )
    if wishes.loras and "lora" not in model.recipe.abilities:
        raise InvalidInput(
            f"{model.key} takes no LoRA (diffusers has no loader for it); leave --lora out"
        )
    for each in wishes.loras:
        missing = not Path(each.path).expanduser().exists()
        if is_path(each.path) and missing and not lora.at_hub(each.path):
            raise InvalidInput(f"there is no LoRA {each.path}; give a file, a folder or a hub id")
        lora.check(Path(each.path).expanduser())
    if is_path(wishes.weights) and not Path(wishes.weights).expanduser().exists():
        raise InvalidInput(f"there are no weights {wishes.weights}; give a folder or a hub id")
    model.entry()


def is_path(text: str) -> bool:
    """Whether `text` can only mean a file or folder here: a hub id is `owner/name`."""
    given = Path(text)
    named = text.startswith((".", "~")) or given.is_absolute() or text.count("/") > 2
    return bool(text) and (named or given.suffix in (".safetensors", ".gguf", ".pt", ".bin"))
