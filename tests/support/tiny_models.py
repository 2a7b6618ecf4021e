"""Tiny random models for tests: built once a run, loaded, asked."""

from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from PIL import Image

from songreel.generation.diffusion.families import family_of, recipes
from songreel.generation.diffusion.family import Ask, Family, Weights
from songreel.generation.diffusion.recipe import Recipe

NAMES = tuple(recipe.name for recipe in recipes() if recipe.tiny)


def recipe_of(name: str) -> Recipe:
    """The recipe called `name`."""
    return next(recipe for recipe in recipes() if recipe.name == name)


@cache
def folder_of(name: str) -> Path:
    """The tiny model's folder, built when it is first asked for."""
    folder = Path(mkdtemp(prefix="songreel-tiny."))
    family_of(recipe_of(name)).build_tiny(folder)
    return folder


@cache
def loaded(name: str) -> tuple[Family, Any]:
    """Its family and pipeline, shared by tests that leave the pipeline as it is."""
    return fresh(name)


def fresh(name: str) -> tuple[Family, Any]:
    """Its family and a pipeline of one's own."""
    family = family_of(recipe_of(name))
    pipe = family.load(Weights(folder_of(name)), "released")
    pipe.set_progress_bar_config(disable=True)
    return family, pipe


def still(seed: int, width: int = 96, height: int = 64) -> Image.Image:
    """A soft coloured picture."""
    colours = np.random.default_rng(seed).integers(0, 255, (4, 6, 3), dtype=np.uint8)
    return Image.fromarray(colours).resize((width, height), Image.Resampling.BICUBIC)


def ask_of(name: str, **more: Any) -> Ask:
    """A short legal clip of 96 × 64 or the nearest, with the images that the model needs."""
    recipe = recipe_of(name)
    width = -(-96 // recipe.multiple) * recipe.multiple
    fields: dict[str, Any] = {
        "prompt": "a red fox runs", "negative": "blurry" if recipe.takes_negative else "",
        "width": width, "height": 64, "frames": recipe.grid.low, "fps": Fraction(recipe.fps),
        "steps": recipe.steps, "guidance": recipe.guidance, "seed": 7,
        "start": still(1, width) if recipe.needs_start else None,
        "end": still(2, width) if recipe.needs_end else None,
    }  # fmt: skip
    return Ask(**(fields | more))


def latents_of(name: str, pipe: Any, ask: Ask) -> Any:
    """The clip denoised."""
    import torch

    family = family_of(recipe_of(name))
    with torch.inference_mode():
        return family.denoise(pipe, family.encode(pipe, ask), ask, lambda _done, _of: None)


def video_of(name: str, pipe: Any, ask: Ask) -> Any:
    """The clip decoded, in one piece: (1, 3, frames, height, width), not rounded."""
    import torch

    family = family_of(recipe_of(name))
    return torch.cat(list(family.video(pipe, latents_of(name, pipe, ask), ask)), 2)
