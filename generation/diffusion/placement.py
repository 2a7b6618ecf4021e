"""Where a model's weights lie while it works: `Placement`. Data only; nothing imports torch."""

from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen

Offload = Literal["none", "model", "group", "sequential"]
Storage = Literal["released", "bf16", "fp8", "int8", "nf4", "gguf"]
"""Dtype of the denoiser's weights: as the recipe says, or smaller."""
Split = Literal["none", "layers", "guidance", "context"]
"""How several devices share one clip."""


class Placement(Frozen):
    """One way to fit a model into a machine."""

    name: str
    """As the user writes it: `whole`, `tiled`, `bf16`, `model-offload`, `fp8`, `group-offload` …"""
    devices: Annotated[tuple[str, ...], Field(min_length=1)]
    """Of one worker, as torch names them: `("cuda:0",)`, `("cpu",)`."""
    storage: Storage = "released"
    tiling: bool = False
    """The VAE decodes in tiles."""
    offload: Offload = "none"
    split: Split = "none"
    exact: bool = True
    """Whether the picture is as released; where not, clips name it in their record and `source`."""
    memory: Annotated[int, Field(ge=0)] = 0
    """Bytes on the fullest device at the peak, estimated."""
    host: Annotated[int, Field(ge=0)] = 0
    """Bytes of the machine's memory, estimated."""
    slowdown: Annotated[float, Field(gt=0)] = 1.0
    """Time a clip takes, against `whole` on one device; estimated."""
    note: str = ""
