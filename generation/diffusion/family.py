"""How one family of models is loaded and asked: `Family`, `Ask`, `Weights`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from songreel.generation.diffusion.frames import Picture, pictures
from songreel.generation.diffusion.placement import Storage
from songreel.generation.diffusion.recipe import Recipe

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

Embeds = Mapping[str, "Tensor"]
"""What a prompt was encoded to, on the CPU, by the names of the pipeline's arguments."""

Step = Callable[[int, int], None]
"""Called after each denoising step with the steps done and all of them; may raise to stop."""


@dataclass(frozen=True)
class Weights:
    """Where a model's files are."""

    path: Path
    """A folder in the layout of diffusers."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """Of the files, by component, where they are not the plain ones: `bf16`."""
    single: Path | None = None
    """A file with the denoiser alone (GGUF or safetensors), in place of the folder's."""
    mark: str = ""
    """What tells these weights from others, for `ClipRequest.source`."""
    notices: tuple[str, ...] = ()
    """What the user was told: the licence, the commit that was found."""


@dataclass(frozen=True)
class Ask:
    """One clip, as a pipeline is asked for it. Legal for the recipe: nothing is rounded here."""

    prompt: str
    negative: str
    width: int
    height: int
    frames: int
    fps: Fraction
    steps: int
    guidance: float
    seed: int
    start: "Image | None" = None
    end: "Image | None" = None


class Family(ABC):
    """A family of models; an object is for one recipe and holds no weights.

    `pipe` is the diffusers pipeline that `load` returned, by then placed and made fast by others.
    """

    recipes: ClassVar[tuple[Recipe, ...]]
    """The real models, then the tiny ones."""
    pipelines: ClassVar[tuple[str, ...]]
    """Classes of diffusers whose folders can be loaded (`_class_name` in `model_index.json`)."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    @abstractmethod
    def load(self, weights: Weights, storage: Storage) -> Any:
        """The pipeline on the CPU in eval mode: dtypes as the model wants them, scheduler set."""

    @abstractmethod
    def build_tiny(self, folder: Path) -> None:
        """Write a tiny pipeline with random weights of seed 0 to `folder` (diffusers' layout)."""

    @abstractmethod
    def encode(self, pipe: Any, ask: Ask) -> Embeds:
        """Prompt and negative prompt through the text encoders, as the release does it."""

    @abstractmethod
    def denoise(self, pipe: Any, embeds: Embeds, ask: Ask, step: Step) -> "Tensor":
        """Latents of the clip; the noise is drawn on the CPU from `ask.seed`.

        Raises:
            ValueError: `ask` is not legal for the recipe: off its grid of frames or sizes, or
                without an image that the model needs.
        """

    @abstractmethod
    def video(self, pipe: Any, latents: "Tensor", ask: Ask) -> "Iterator[Tensor]":
        """The clip decoded, in as many pieces as the VAE gives: (1, 3, frames, height, width).

        Values are about -1 to 1. All frames that the model made, at least `ask.frames`.
        """

    def decode(self, pipe: Any, latents: "Tensor", ask: Ask) -> Iterator[Picture]:
        """The clip's frames in order: exactly `ask.frames`, each of `ask.height` × `ask.width`."""
        yield from pictures(self.video(pipe, latents, ask), ask.frames)

    def denoisers(self, pipe: Any) -> list[Any]:
        """The networks that denoise, in the order of the recipe's components."""
        return [getattr(pipe, part.name) for part in self.recipe.denoisers]

    def blocks(self, denoiser: Any) -> list[str]:
        """Names of the module lists with the denoiser's blocks."""
        return [
            name
            for name in ("transformer_blocks", "blocks", "single_transformer_blocks")
            if hasattr(denoiser, name)
        ]
