"""Where a model's weights lie while it works: `Placement`. Data only; nothing imports torch."""

from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen

Offload = Literal["none", "model", "group", "sequential"]
Storage = Literal["released", "bf16", "fp8", "int8", "nf4", "gguf"]
"""Of weights: `released` as the recipe says, `bf16` every network in bfloat16; the others keep the
denoisers' weights smaller and leave the rest as released."""
Split = Literal["none", "layers", "guidance", "context"]
"""How several devices share one clip."""


class Placement(Frozen):
    """One way to fit a model into a machine."""

    name: str
    """As the user writes it: `whole`, `tiled`, `model-offload`, `fp8+group-offload+tiled` …"""
    devices: Annotated[tuple[str, ...], Field(min_length=1)]
    """Of one worker, as torch names them: `("cuda:0",)`, `("cpu",)`."""
    storage: Storage = "released"
    tiling: bool = False
    """The VAE decodes in tiles."""
    offload: Offload = "none"
    split: Split = "none"
    exact: bool = True
    """Whether weights are as released; where not, clips name it in their record and `source`."""
    overlap: bool = False
    """Whether there is room to decode one clip while the next is denoised."""
    memory: Annotated[int, Field(ge=0)] = 0
    """Bytes on the fullest device at the peak, estimated."""
    host: Annotated[int, Field(ge=0)] = 0
    """Bytes of the machine's memory, estimated."""
    slowdown: Annotated[float, Field(gt=0)] = 1.0
    """Time a clip takes, against `whole` on one device; estimated."""
    note: str = ""
