"""Tokens and heads between ranks: `Exchange`. Plain sends; nothing is rounded or summed."""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn import functional

# torch 2.13 gave it another name and warns at each use of the one before.
gather = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor


class Exchange:
    """What the ranks of one clip hand each other (Ulysses: Jacobs et al., arXiv:2309.14509).

    Outside attention a rank holds some of the picture's tokens with all heads; within it, all
    tokens with some of the heads. The tokens need not be a multiple of the ranks: the first ranks
    hold one more (`torch.tensor_split`).

    Args:
        group: Of the ranks that share the tokens; None: all.
    """

    def __init__(self, group: Any = None) -> None:
        self._group = dist.group.WORLD if group is None else group
        self.rank, self.size = dist.get_rank(self._group), dist.get_world_size(self._group)
        self.tokens = 0
        """Of the whole picture in the pass under way."""

    def shares(self) -> list[int]:
        """Tokens of each rank."""
        each, more = divmod(self.tokens, self.size)
        return [each + (1 if rank < more else 0) for rank in range(self.size)]

    def mine(self, whole: Tensor, dim: int) -> Tensor:
        """This rank's tokens of `whole`, along `dim`."""
        return whole.tensor_split(self.size, dim=dim)[self.rank].contiguous()

    def whole(self, mine: Tensor) -> Tensor:
        """All tokens, from those of each rank; (batch, tokens, width)."""
        shares = self.shares()
        most = max(shares)
        sent = functional.pad(mine.transpose(0, 1), (0, 0, 0, 0, 0, most - mine.shape[1]))
        got = self._all(sent)
        if min(shares) < most:
            got = torch.cat([got[rank, :n] for rank, n in enumerate(shares)])
        else:
            got = got.flatten(0, 1)
        return got.transpose(0, 1)

    def to_heads(self, mine: Tensor) -> Tensor:
        """From (batch, my tokens, heads, dim) to (batch, tokens, my heads, dim)."""
        here = mine.shape[1]
        sent = mine.unflatten(2, (self.size, -1)).permute(2, 1, 0, 3, 4).flatten(0, 1)
        got = self._swap(sent, [here] * self.size, self.shares())
        return got.permute(1, 0, 2, 3)

    def to_tokens(self, heads: Tensor) -> Tensor:
        """From (batch, tokens, my heads, dim) to (batch, my tokens, heads, dim)."""
        shares = self.shares()
        here = shares[self.rank]
        got = self._swap(heads.permute(1, 0, 2, 3), shares, [here] * self.size)
        return got.unflatten(0, (self.size, here)).permute(2, 1, 0, 3, 4).flatten(2, 3)

    def my_heads(self, all_heads: Tensor) -> Tensor:
        """This rank's heads of what every rank holds: (batch, words, heads, dim)."""
        return all_heads.chunk(self.size, dim=2)[self.rank]

    def all_heads(self, mine: Tensor) -> Tensor:
        """All heads of (batch, words, my heads, dim), on every rank."""
        return self._all(mine).permute(1, 2, 0, 3, 4).flatten(2, 3)

    def _all(self, mine: Tensor) -> Tensor:
        """Every rank's tensor of one shape, stacked."""
        mine = mine.contiguous()
        got = mine.new_empty((self.size * mine.shape[0], *mine.shape[1:]))
        gather(got, mine, group=self._group)
        return got.unflatten(0, (self.size, mine.shape[0]))

    def _swap(self, sent: Tensor, give: list[int], take: list[int]) -> Tensor:
        """Rows of `sent` to each rank, and rows of each."""
        got = sent.new_empty((sum(take), *sent.shape[1:]))
        dist.all_to_all_single(got, sent.contiguous(), take, give, group=self._group)
        return got
