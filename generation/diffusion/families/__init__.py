"""One file a family of video models: how it is loaded and asked. `recipes`, `family_of`."""

from functools import cache
from importlib import import_module

from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.recipe import Recipe
from songreel.models.errors import InvalidInput

NAMES = ("mochi", "ltx", "hunyuan", "wan", "svd")
"""Modules of this package; each has one `Family`, the class named as `FAMILY`."""


@cache
def _families() -> dict[str, type[Family]]:
    return {name: import_module(f"{__name__}.{name}").FAMILY for name in NAMES}


def recipes() -> tuple[Recipe, ...]:
    """All models, families in order, the real ones of each before the tiny."""
    return tuple(recipe for family in _families().values() for recipe in family.recipes)


def family_of(recipe: Recipe) -> Family:
    """The family object of `recipe`, which may be a user's own.

    Raises:
        InvalidInput: There is no such family.
    """
    try:
        return _families()[recipe.family](recipe)
    except KeyError:
        known = ", ".join(NAMES)
        raise InvalidInput(
            f"{recipe.name}: there is no family {recipe.family!r}; there are {known}"
        ) from None
