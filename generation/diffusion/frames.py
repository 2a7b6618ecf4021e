"""From a VAE's output to frames: `pictures`."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Picture = NDArray[np.uint8]
"""Shape (height, width, 3), sRGB."""


_AT_ONCE = 8
"""Frames that are rounded and brought to the machine's memory together: beside a clip that is
being denoised each operation waits for a gap, and a frame alone would need seven."""


def pictures(pieces: "Iterable[Tensor]", count: int) -> Iterator[Picture]:
    """The first `count` frames, one at a time, so that they are encoded as they come.

    Rounded as diffusers does it for images, but from float32 whatever the VAE's dtype is.

    Args:
        pieces: Each of shape (1, 3, frames, height, width), -1 to 1.
        count: Frames to yield.

    Raises:
        ValueError: There are fewer.
    """
    made = 0
    for video in pieces:
        for some in video[0].split(_AT_ONCE, dim=1):
            if made == count:
                return
            wanted = some[:, : count - made].float().mul(0.5).add(0.5).clamp(0, 1).mul(255).round()
            yield from _here(wanted.permute(1, 2, 3, 0).byte().contiguous())
            made += wanted.shape[1]
    if made < count:
        raise ValueError(f"the model made {made} frames, {count} were asked for")


def _here(frames: "Tensor") -> Picture:
    """In the machine's memory; from a GPU by way of pinned memory, which it writes to directly."""
    import torch

    if frames.device.type != "cuda":
        whole: Picture = frames.cpu().numpy()
        return whole
    pinned = torch.empty(frames.shape, dtype=frames.dtype, pin_memory=True)
    pinned.copy_(frames, non_blocking=True)
    torch.cuda.current_stream(frames.device).synchronize()
    copied: Picture = pinned.numpy().copy()  # pinned memory is scarce, frames may be kept
    return copied
