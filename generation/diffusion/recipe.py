"""One local model as data: `Recipe`. Nothing here imports torch."""

from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from songreel.generation.catalogue.entry import Dialect, Grid
from songreel.models.document import Frozen

Dtype = Literal["float32", "bfloat16", "float16"]
Part = Literal["denoiser", "text", "vae", "image"]
"""What a component is: it denoises, encodes words, encodes and decodes pictures, or looks at
images."""
Ability = Literal[
    "lora", "group-offload", "sequential-offload", "fp8", "quantised", "gguf", "layer-split",
    "context-parallel", "guidance-split", "attention-backend", "compile", "tiling",
]  # fmt: skip


class Component(Frozen):
    """A network of a model."""

    name: str
    """As the pipeline calls it: `transformer`, `text_encoder`, `vae`."""
    part: Part
    parameters: Annotated[int, Field(gt=0)]
    dtype: Dtype
    """In which it is loaded for the picture as it was released."""
    variant: str = ""
    """Of its files, e.g. `bf16`: half the bytes to fetch where it is loaded in that anyway."""


class Geometry(Frozen):
    """From pixels to the denoiser's tokens, and its size: what memory and FLOPs follow from."""

    spatial: Annotated[int, Field(ge=1)]
    """Pixels a latent cell, each way."""
    temporal: Annotated[int, Field(ge=1)]
    """Frames a latent frame; the first stands alone."""
    latent_channels: Annotated[int, Field(ge=1)]
    patch: Annotated[int, Field(ge=1)] = 1
    """Latent cells a token, each way."""
    patch_time: Annotated[int, Field(ge=1)] = 1
    layers: Annotated[int, Field(ge=1)]
    heads: Annotated[int, Field(ge=1)]
    head_dim: Annotated[int, Field(ge=1)]
    text_tokens: Annotated[int, Field(ge=1)]

    @property
    def width(self) -> int:
        """Of the denoiser's residual stream."""
        return self.heads * self.head_dim

    def latent_frames(self, frames: int) -> int:
        """Latent frames of a clip."""
        return (frames - 1) // self.temporal + 1

    def tokens(self, width: int, height: int, frames: int) -> int:
        """Tokens of the picture, without the text's."""
        cells = self.spatial * self.patch
        times = -(-self.latent_frames(frames) // self.patch_time)
        return times * (height // cells) * (width // cells)


class Recipe(Frozen):
    """A model that can be run here: where it is had, what it takes, how it was meant to be run."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    """As the user writes it after the colon: `local:mochi`."""
    family: str
    """Name of the file in `families/` that knows how to load and ask it."""
    hub: str
    """Id at the hub; empty where it is built here."""
    revision: str = ""
    """Commit at the hub: the weights that this recipe was written for."""
    licence: str
    licence_name: Annotated[str, Field(max_length=28)]
    licence_note: str = ""
    """What the user is told once before the weights are fetched: who may not use them."""
    dialect: Dialect
    fps: Fraction
    grid: Grid
    """Frames it makes."""
    multiple: int
    """Of which width and height are."""
    short_side: int
    """Pixels that it was trained for; aimed for unless asked otherwise."""
    largest: int = 1280
    """Pixels of the long side."""
    steps: int
    least_steps: int = 1
    """Fewer than this its schedule cannot divide."""
    guidance: float
    true_guidance: bool
    """Whether each step is two passes, with and without the words."""
    negative: str = ""
    """Negative prompt as its makers advise, where the plan has none."""
    takes_negative: bool = True
    prompt_tokens: int
    takes_start: bool = False
    needs_start: bool = False
    takes_end: bool = False
    needs_end: bool = False
    end_needs_start: bool = True
    """Whether an end image is taken only along with a start image."""
    components: tuple[Component, ...]
    geometry: Geometry
    abilities: frozenset[Ability]
    quality: Annotated[int, Field(ge=1, le=10)]
    default: bool = False
    tiny: bool = False
    """Random weights made here, for tests and for trying a pipeline without a GPU."""
    source: str
    """Where these facts were read."""
    note: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.tiny and not self.hub:
            raise ValueError("a model has a hub id, or is tiny and built here")
        if self.needs_start and not self.takes_start:
            raise ValueError("a model that needs a start image takes one")
        if self.needs_end and not self.takes_end:
            raise ValueError("a model that needs an end image takes one")
        return self

    @property
    def denoisers(self) -> tuple[Component, ...]:
        """The networks that denoise: one, or two that share the steps."""
        return tuple(part for part in self.components if part.part == "denoiser")
