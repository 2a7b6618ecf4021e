"""Loops over pixels that grade and grain a picture, compiled; without threads of their own."""

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
def look_up(luma: Any, first: Any, second: Any, table: Any, to: Any, to_1: Any, to_2: Any) -> None:
    """Add what `table` has for each colour.

    Args:
        luma: Shape (rows, columns), uint8.
        first: Blue difference, shape (rows / 2, columns / 2), uint8.
        second: Red difference, likewise.
        table: Shape (3, 33, 33, 256), int16: what is added to luma and both chromas, in
            1/64 code values, at chromas 0, 8 … 256 (first, second) and every luma. Between
            chromas it is linear.
        to: Written, shaped like `luma`, which it may be.
        to_1: Written, as `first`.
        to_2: Written, as `second`.
    """
    for y in range(first.shape[0]):
        for x in range(first.shape[1]):
            u, v = np.int32(first[y, x]), np.int32(second[y, x])
            i, j, p, q = u >> 3, v >> 3, u & 7, v & 7
            w00, w01, w10, w11 = (8 - p) * (8 - q), (8 - p) * q, p * (8 - q), p * q
            t00, t01 = table[0, i, j], table[0, i, j + 1]
            t10, t11 = table[0, i + 1, j], table[0, i + 1, j + 1]
            total = np.int32(2)
            for dy in range(2):
                for dx in range(2):
                    value = np.int32(luma[2 * y + dy, 2 * x + dx])
                    total += value
                    more = t00[value] * w00 + t01[value] * w01 + t10[value] * w10 + t11[value] * w11
                    value += (more + 2048) >> 12
                    to[2 * y + dy, 2 * x + dx] = min(max(value, 0), 255)
            mean = total >> 2
            for k in range(2):
                code: Any = u if k == 0 else v
                more = (
                    table[k + 1, i, j, mean] * w00
                    + table[k + 1, i, j + 1, mean] * w01
                    + table[k + 1, i + 1, j, mean] * w10
                    + table[k + 1, i + 1, j + 1, mean] * w11
                )
                code = min(max(code + ((more + 2048) >> 12), 0), 255)
                if k == 0:
                    to_1[y, x] = code
                else:
                    to_2[y, x] = code


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
