"""How clips are made on the user's own GPUs: `LocalOptions`, `Lora`, and what it took: `Effort`."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.units import Seconds


class Lora(Frozen):
    """Low-rank weights that are added to a model's own."""

    path: str
    """A file or folder, or an id of the hub."""
    scale: float = 1.0
    """0 leaves the model as it is."""


class LocalOptions(Frozen):
    """Wishes for a model on this machine; empty ones leave it to the model and the planner."""

    weights: str = ""
    """Folder, or hub id (`owner/name`, or `owner/name@revision`), in place of the model's own."""
    loras: tuple[Lora, ...] = ()
    steps: Annotated[int, Field(ge=1)] | None = None
    guidance: Annotated[float, Field(ge=0)] | None = None
    side: Annotated[int, Field(ge=64)] | None = None
    """Pixels of the short side that clips are made with."""
    placement: str = "auto"
    """Name of a placement (`songreel generate --plan-memory` lists them); `auto`: the fastest that
    fits. It does not age clips."""
    devices: str = ""
    """`cuda:0,cuda:1` or `cpu`; empty: all that are there. It does not age clips."""
    approximate: tuple[str, ...] = ()
    """Names of ways to be faster at another picture; none is ever chosen unasked."""
    compile: bool | None = None
    """Whether the denoiser is compiled; None: where that is known to pay. Ages no clip."""


class Effort(Frozen):
    """What making a clip on this machine took, measured."""

    device: str
    """`cuda:0 (NVIDIA H200)`, `cpu`; several with commas."""
    placement: str
    steps: Annotated[int, Field(ge=0)] = 0
    seconds: Mapping[str, Seconds] = {}
    """By stage: `load` and `compile` (only where that was done for this clip), `encode`, `denoise`,
    `decode`."""
    memory_peak: Annotated[int, Field(ge=0)] | None = None
    """Bytes of the fullest device; of the process where the device is the CPU."""
    approximate: tuple[str, ...] = ()
    """Ways that change the picture for speed; empty: as the model was released."""
    notices: tuple[str, ...] = ()
    """What was other than asked: placements stepped down from, and why; a sentence each."""

    @property
    def total(self) -> float:
        """Seconds of all stages."""
        return sum(self.seconds.values())
