"""What a family of models takes beside its weights: `Appetite`, `appetite_of`.

The figures were counted with the released architectures on torch's meta device (torch 2.13,
diffusers 0.42.1, 2026-11-21): every tensor that a forward pass or a decoding makes, for as long as
it lives, attention without its matrix as the fast kernels have it. With the weights, that is within
2 % of what diffusers' own benchmarks measured on a GPU (`torch.cuda.max_memory_allocated`,
huggingface.co/datasets/diffusers/benchmarks): 30.1 against 30.2 GiB for Wan 14B at 480p, 25.1
against 25.2 for LTX 13B at 512×768×121.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from songreel.models.document import Frozen


class Appetite(Frozen):
    """Live tensors at the peaks, in units that grow with the clip."""

    token: Annotated[float, Field(gt=0)] = 20.0
    """Of a denoiser's forward pass: values in the compute dtype, a token, in widths of its
    residual stream."""
    by_width: Mapping[int, float] = {}
    """The same for sizes of the family that differ, by the width of their stream."""
    batched_guidance: bool = False
    """Both passes of true guidance are one batch of two."""
    pixel: Annotated[float, Field(gt=0)] = 1300.0
    """Of decoding: values in the VAE's dtype, a pixel of each frame that is decoded at a time."""
    slice: Annotated[int, Field(ge=0)] = 0
    """Frames that are decoded at a time; 0: all."""
    streams: bool = False
    """Frames leave the device as they are made, where the VAE lies there and has no tiles."""
    tile: Annotated[int, Field(gt=0)] = 256
    """Side of a tile, in pixels of the picture."""

    def of_token(self, width: int) -> float:
        """Widths a token, for a denoiser of `width`."""
        return self.by_width.get(width, self.token)


APPETITES: dict[str, Appetite] = {
    "mochi": Appetite(token=18.7, pixel=1230.0, slice=6, streams=True),
    "ltx": Appetite(token=15.9, batched_guidance=True, pixel=50.1, tile=512),
    "hunyuan": Appetite(token=18.2, pixel=1210.0, slice=16),
    "wan": Appetite(
        token=16.0, by_width={5120: 11.1, 3072: 32.0, 1536: 15.8}, pixel=1260.0, slice=4,
        streams=True,
    ),
    "svd": Appetite(token=28.3, batched_guidance=True, pixel=548.0, slice=14),
}  # fmt: skip
"""Wan's width of 3072 is the 5B of 2.2, which is told the time for every token by itself. Mochi is
decoded a latent frame at a time (`framewise`), a sample of its guidance at a time (`exact`); SVD is
decoded as in `sparing`, which halves what it takes."""

CAUTIOUS = Appetite(batched_guidance=True)


def appetite_of(family: str) -> Appetite:
    """Of the family; a cautious one where it was not counted."""
    return APPETITES.get(family, CAUTIOUS)
