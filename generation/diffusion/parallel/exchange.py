"""Tokens and heads between ranks: `Exchange`. Plain sends; nothing is rounded or summed."""

from dataclasses import dataclass, field
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed import _functional_collectives as collectives


@dataclass
class Exchange:
    """What the ranks of one clip hand each other (Ulysses: Jacobs et al., arXiv:2309.14509).

    Outside attention a rank holds some of the picture's tokens with all heads; within it, all
    tokens with some of the heads. The tokens need not be a multiple of the ranks: the first ranks
    hold one more (`torch.tensor_split`).
    """

    group: Any = field(default_factory=lambda: dist.group.WORLD)
    tokens: int = 0
    """Of the whole picture in the pass under way."""

    @property
    def size(self) -> int:
        """Ranks there are."""
        return dist.get_world_size(self.group)

    @property
    def rank(self) -> int:
        """This one."""
        return dist.get_rank(self.group)

    def shares(self) -> list[int]:
        """Tokens of each rank."""
        each, more = divmod(self.tokens, self.size)
        return [each + (rank < more) for rank in range(self.size)]

    def mine(self, whole: Tensor, dim: int) -> Tensor:
        """This rank's tokens of `whole`, along `dim`."""
        return whole.tensor_split(self.size, dim=dim)[self.rank].contiguous()

    def whole(self, mine: Tensor) -> Tensor:
        """All tokens, from those of each rank; (batch, tokens, width)."""
        shares = self.shares()
        lacking = max(shares) - mine.shape[1]
        if lacking:
            mine = torch.nn.functional.pad(mine, (0, 0, 0, lacking))
        gathered = collectives.all_gather_tensor(mine.contiguous(), 1, self.group)
        if min(shares) == max(shares):
            return gathered
        parts = gathered.chunk(self.size, dim=1)
        return torch.cat([part[:, :n] for part, n in zip(parts, shares, strict=True)], dim=1)

    def to_heads(self, mine: Tensor) -> Tensor:
        """From (batch, my tokens, heads, dim) to (batch, tokens, my heads, dim)."""
        size, here = self.size, mine.shape[1]
        sent = mine.unflatten(2, (size, -1)).permute(2, 1, 0, 3, 4).flatten(0, 1).contiguous()
        got = collectives.all_to_all_single(sent, self.shares(), [here] * size, self.group)
        return collectives.wait_tensor(got).permute(1, 0, 2, 3)

    def to_tokens(self, heads: Tensor) -> Tensor:
        """From (batch, tokens, my heads, dim) to (batch, my tokens, heads, dim)."""
        size, shares = self.size, self.shares()
        here = shares[self.rank]
        sent = heads.permute(1, 0, 2, 3).contiguous()
        got = collectives.all_to_all_single(sent, [here] * size, shares, self.group)
        parts = collectives.wait_tensor(got).unflatten(0, (size, here))
        return parts.permute(2, 1, 0, 3, 4).flatten(2, 3)

    def my_heads(self, all_heads: Tensor) -> Tensor:
        """This rank's heads of what every rank holds: (batch, words, heads, dim)."""
        return all_heads.chunk(self.size, dim=2)[self.rank]

    def all_heads(self, mine: Tensor) -> Tensor:
        """All heads of (batch, words, my heads, dim), on every rank."""
        return collectives.all_gather_tensor(mine.contiguous(), 2, self.group)
