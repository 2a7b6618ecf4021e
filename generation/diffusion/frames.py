"""From a VAE's output to frames: `pictures`."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Picture = NDArray[np.uint8]
"""Shape (height, width, 3), sRGB."""


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
        for index in range(video.shape[2]):
            if made == count:
                return
            frame = video[0, :, index].float().mul(0.5).add(0.5).clamp(0, 1).mul(255).round()
            yield frame.permute(1, 2, 0).byte().cpu().numpy()
            made += 1
    if made < count:
        raise ValueError(f"the model made {made} frames, {count} were asked for")
