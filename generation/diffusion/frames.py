"""From a VAE's output to frames: `pictures`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from songreel.generation.diffusion.family import Picture

if TYPE_CHECKING:
    from torch import Tensor


def pictures(video: "Tensor", count: int) -> Iterator[Picture]:
    """The first `count` frames of `video`, one at a time, so that they are encoded as they come.

    Args:
        video: Shape (1, 3, frames, height, width), -1 to 1.
        count: Frames to yield.

    Raises:
        ValueError: There are fewer.
    """
    if video.shape[2] < count:
        raise ValueError(f"the model made {video.shape[2]} frames, {count} were asked for")
    for index in range(count):
        frame = video[0, :, index].float().clamp(-1, 1).add(1).mul(127.5).round()
        yield frame.permute(1, 2, 0).byte().cpu().numpy()
