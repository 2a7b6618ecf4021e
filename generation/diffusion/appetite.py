"""What a family of models takes beside its weights: `Appetite`, `appetite_of`."""

from typing import Annotated

from pydantic import Field

from songreel.models.document import Frozen


class Appetite(Frozen):
    """Live tensors at the peaks, in units that grow with the clip."""

    token: Annotated[float, Field(gt=0)] = 14.0
    """Of a denoiser's forward pass: values in the compute dtype, a token, in widths of its
    residual stream."""
    batched_guidance: bool = False
    """Both passes of true guidance are one batch of two."""
    pixel: Annotated[float, Field(gt=0)] = 300.0
    """Of decoding without tiles: values in the VAE's dtype, a pixel of each frame that is decoded
    at a time."""
    slice: int = 0
    """Frames that are decoded at a time without tiles; 0: all."""
    tile: tuple[int, int] = (256, 256)
    """Width and height of a tile, in pixels of the picture."""
    tile_frames: int = 0
    """Frames of a tile that are decoded at a time; 0: all."""
    text: Annotated[int, Field(ge=0)] = 2**29
    """Bytes beside its weights while the text encoder works."""


APPETITES: dict[str, Appetite] = {
    "mochi": Appetite(token=14.0, batched_guidance=True, pixel=270.0, tile=(256, 256)),
    "ltx": Appetite(token=14.0, batched_guidance=True, pixel=80.0, tile=(512, 512)),
    "hunyuan": Appetite(token=14.0, pixel=300.0, slice=16, tile=(256, 256), tile_frames=16),
    "wan": Appetite(token=14.0, pixel=600.0, slice=4, tile=(256, 256), tile_frames=4),
    "svd": Appetite(token=14.0, batched_guidance=True, pixel=300.0, slice=14),
}


def appetite_of(family: str) -> Appetite:
    """Of the family; a cautious one where it is not known."""
    return APPETITES.get(family, Appetite(batched_guidance=True))
