"""Loops over pixels, compiled, without threads of their own: `kernel`, `add_noise`."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """`function` compiled when it is first called, kept on disk if it can, outside the lock."""
    try:
        return cast(Function, numba.njit(cache=True, nogil=True, fastmath=True)(function))
    except RuntimeError:  # numba: no folder that it may write to; compiled anew at each start
        return cast(Function, numba.njit(nogil=True, fastmath=True)(function))


@kernel
def add_noise(luma: Any, noise: Any, amount: Any, out: Any) -> None:
    """`luma` and `noise`, shape (rows, columns), int8, times `amount[luma]` / 1024.

    `out` may be `luma`.
    """
    rows, columns = luma.shape
    for y in range(rows):
        for x in range(columns):
            value = np.int32(luma[y, x])
            value += (np.int32(noise[y, x]) * amount[value] + 512) >> 10
            out[y, x] = np.uint8(min(max(value, 0), 255))
