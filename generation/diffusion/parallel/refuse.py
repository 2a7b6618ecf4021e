"""What a split cannot do, told before anything is loaded: `refusal`. Nothing imports torch."""

from collections.abc import Collection

from songreel.generation.diffusion.placement import Split, Storage
from songreel.generation.diffusion.recipe import Recipe

_FORGETFUL = frozenset({"fp8"})
"""Approximations that keep nothing from step to step."""


def refusal(
    recipe: Recipe,
    split: Split,
    devices: int,
    storage: Storage = "released",
    approximate: Collection[str] = (),
) -> str | None:
    """Why `recipe` cannot share one clip among `devices` in this way; None where it can.

    LoRA works under every split: its layers are copied, sharded or dispatched with those they
    sit on.

    Args:
        recipe: The model.
        split: How the devices share.
        devices: How many.
        storage: Of the denoiser's weights.
        approximate: Ways to be faster at another picture that go along.

    Returns:
        One sentence with the next best way.
    """
    if split == "none":
        return None if devices == 1 else f"{devices} devices need a way to share a clip"
    if devices < 2:
        return f"the split {split!r} needs at least 2 devices, here is {devices}"
    if split == "layers":
        if "layer-split" not in recipe.abilities:
            return f"{recipe.name} cannot be split by layers; use one device"
        return None
    if kept := sorted(set(approximate) - _FORGETFUL):
        # A cache of a share decides by that share, and two ranks that decide otherwise wait for
        # each other for ever; one of a pass is handed the other pass.
        return (
            f"{kept[0]} keeps what it saw from step to step, and devices that share a clip see "
            "parts of it; leave --approximate out, or make one clip on each device instead"
        )
    if split == "guidance":
        if not recipe.true_guidance:
            return (
                f"{recipe.name} needs one pass a step, so there is no second one for another "
                "device; make one clip on each device instead"
            )
        if "guidance-split" not in recipe.abilities:
            return f"{recipe.name} cannot split its guidance; make one clip on each device instead"
        if devices != 2:
            return (
                f"guidance is 2 passes: {devices} devices cannot share them; use 2 a clip, and "
                "make clips side by side on the rest"
            )
        if storage in ("int8", "nf4", "gguf"):
            return (
                f"weights stored as {storage} cannot be copied to a second device; use fp8, or "
                "make one clip on each device instead"
            )
        return None
    if "context-parallel" not in recipe.abilities:
        other = "its guidance on 2 devices" if _pairs(recipe) else "one clip on each device"
        return f"{recipe.name} cannot split its context; use {other} instead"
    fits = context_ranks(recipe, devices)
    if fits != devices:
        way = f"{fits} devices a clip" if fits > 1 else "one clip on each device"
        return (
            f"{recipe.name} has {recipe.geometry.heads} attention heads, which {devices} devices "
            f"cannot share evenly; use {way} instead"
        )
    return None


def context_ranks(recipe: Recipe, devices: int) -> int:
    """Of so many devices, how many can share the context of one clip: its heads evenly."""
    heads = recipe.geometry.heads

    def fits(count: int) -> bool:
        return heads % (count // 2 if in_halves(recipe, count) else count) == 0

    return next(count for count in range(devices, 0, -1) if fits(count))


def in_halves(recipe: Recipe, ranks: int) -> bool:
    """Whether each half of so many ranks takes one pass of guidance."""
    return ranks % 2 == 0 and _pairs(recipe)


def _pairs(recipe: Recipe) -> bool:
    return recipe.true_guidance and "guidance-split" in recipe.abilities
