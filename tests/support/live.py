"""Bytes of tensors alive while something is computed, on the CPU or on torch's meta device.

What `torch.cuda.max_memory_allocated` would say, without a GPU: each storage that an operation
makes counts from then until nothing refers to it. Scratch space inside one does not count.
"""

import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten


class Live(TorchDispatchMode):
    """Counts while it is entered; `peak` is the most that was alive at once, in bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._seen: dict[int, int] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for tensor in tree_flatten(made)[0]:
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                key = storage._cdata
                if key not in self._seen:
                    self._seen[key] = storage.nbytes()
                    self.now += storage.nbytes()
                    self.peak = max(self.peak, self.now)
                    weakref.finalize(storage, self._gone, key)
        return made

    def _gone(self, key: int) -> None:
        self.now -= self._seen.pop(key, 0)


def peak(work: Callable[[], Any]) -> int:
    """Most bytes that `work` had alive at once, what it was given left out."""
    with torch.inference_mode(), Live() as live:
        made = work()
    del made
    return live.peak
