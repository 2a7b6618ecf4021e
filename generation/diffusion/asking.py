"""What all families do to ask a pipeline: legal clips, steps told, images that fit, devices."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from songreel.generation.diffusion.family import Ask, Embeds, Step
from songreel.generation.diffusion.recipe import Recipe

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Generator, Tensor, device


def legal(recipe: Recipe, ask: Ask) -> None:
    """See that `recipe` makes what `ask` says, as it stands: pipelines round in silence.

    Raises:
        ValueError: It does not.
    """
    grid = recipe.grid
    if not grid.low <= ask.frames <= grid.high or (ask.frames - grid.low) % grid.step:
        raise ValueError(
            f"{recipe.name} makes {grid.low}, {grid.low + grid.step}, … {grid.high} frames, "
            f"not {ask.frames}"
        )
    if ask.width % recipe.multiple or ask.height % recipe.multiple:
        raise ValueError(
            f"{recipe.name} makes sizes that are multiples of {recipe.multiple}, "
            f"not {ask.width}×{ask.height}"
        )
    if ask.start is None and recipe.needs_start:
        raise ValueError(f"{recipe.name} needs a start image")
    if ask.end is None and recipe.needs_end:
        raise ValueError(f"{recipe.name} needs an end image")
    for image, taken, name in (
        (ask.start, recipe.takes_start, "start"), (ask.end, recipe.takes_end, "end"),
    ):  # fmt: skip
        if image is not None and not taken:
            raise ValueError(f"{recipe.name} takes no {name} image")
    if ask.end is not None and ask.start is None and recipe.end_needs_start:
        raise ValueError(f"{recipe.name} takes an end image only with a start image")


def generator(ask: Ask) -> "Generator":
    """The clip's noise, drawn on the CPU so that it is the same on every machine."""
    import torch

    return torch.Generator("cpu").manual_seed(ask.seed)


def told(step: Step, of: int) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    """`step` as the callback that pipelines call at the end of each step."""

    def ended(_pipe: Any, index: int, _time: Any, kept: dict[str, Any]) -> dict[str, Any]:
        step(index + 1, of)
        return kept

    return ended


def fitted(image: "Image | None", ask: Ask) -> "Image | None":
    """`image` at the clip's size, its middle where the shape differs: pipelines would stretch."""
    from PIL import Image, ImageOps

    if image is None:
        return None
    size = (ask.width, ask.height)
    image = image.convert("RGB")
    return image if image.size == size else ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def home(module: Any) -> "device":
    """The device on which a network works, wherever its weights lie meanwhile."""
    from diffusers.utils.torch_utils import get_module_execution_device

    found: device = get_module_execution_device(module)
    return found


def brought(embeds: Embeds, pipe: Any) -> dict[str, "Tensor"]:
    """`embeds` where the pipeline works."""
    return {name: tensor.to(pipe._execution_device) for name, tensor in embeds.items()}


def padded(pipe: Any, ask: Ask, tokens: int) -> Embeds:
    """Both prompts through T5, padded to `tokens`, with their masks: Mochi's and LTX's way."""
    prompt, mask, negative, negative_mask = pipe.encode_prompt(
        ask.prompt, ask.negative or None, do_classifier_free_guidance=ask.guidance > 1,
        max_sequence_length=tokens, device=home(pipe.text_encoder),
    )  # fmt: skip
    return kept(
        prompt_embeds=prompt, prompt_attention_mask=mask,
        negative_prompt_embeds=negative, negative_prompt_attention_mask=negative_mask,
    )  # fmt: skip


def kept(**found: "Tensor | None") -> Embeds:
    """Those that are there, on the CPU."""
    return {name: tensor.cpu() for name, tensor in found.items() if tensor is not None}


@contextmanager
def seeded(seed: int, when: bool) -> Iterator[None]:
    """Torch's own random numbers from `seed`, for schedulers that take them from there."""
    import torch

    if not when:
        yield
        return
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
