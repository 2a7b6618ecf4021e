"""Both passes of guidance at once, on two halves of the ranks: `Halves`."""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from songreel.generation.diffusion.parallel.exchange import gather
from songreel.generation.diffusion.parallel.passes import Memory, Pass, Passes, run


class Halves(Passes):
    """A denoiser on every rank: one half of them answers one pass, the other half the other.

    All ranks come by here with the same tensors and draw the same conclusions.

    Args:
        first: The denoiser, which shares its tokens within this half, or has them all.
        memory: Shared by the denoisers of one pipeline.
        half: Of this rank, 0 or 1.
        partners: Group of this rank and the one that holds the same tokens in the other half.
    """

    def __init__(self, first: Any, memory: Memory, half: int, partners: Any) -> None:
        super().__init__(first, memory)
        self._half, self._partners = half, partners

    def both(self, one: Pass, other: Pass) -> tuple[Tensor, Tensor]:
        """One here, the other at the partner's; then each has both."""
        mine = run(self.first, (one, other)[self._half]).contiguous()
        got = torch.empty(
            (2 * mine.shape[0], *mine.shape[1:]), dtype=mine.dtype, device=mine.device
        )
        gather(got, mine, group=self._partners)
        here, there = got.chunk(2)
        return here, there


def halves(size: int, rank: int) -> tuple[Any, int, Any]:
    """The ranks in two halves; every rank makes all groups, in one order.

    Returns:
        The group of this rank's half, which half it is, and the group of it and its partner.
    """
    each = size // 2
    whole = [dist.new_group(list(range(start, start + each))) for start in (0, each)]
    partners = [dist.new_group([index, index + each]) for index in range(each)]
    return whole[rank // each], rank // each, partners[rank % each]
