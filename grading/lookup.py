"""A table of colours laid over pictures: `LookUp`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.grading.kernels import kernel

_KEPT = 16384
"""Pairs of chromas whose codes are kept, 12 MiB of them; clips of built-in scenes have 300 to 3000.
"""
_UNKNOWN = -1

_u8 = np.uint64
"""Of what arrays are indexed with: numba looks whether signed numbers count from the end."""


class LookUp:
    """Lays a table over picture after picture.

    What a pair of chromas makes of every luma is worked out when a picture first has it. Of the
    pictures of built-in scenes at 1280×720 a frame takes 0.8 ms on one core, where reading the
    table at its nodes for each pixel took 3.4 ms. It is not for several threads at a time.

    Args:
        table: Shape (3, 33, 33, 256), int16: what is added to luma and both chromas, in 1/64 code
            values, at chromas 0, 8 … 256 (blue difference, red difference) and every luma. Between
            chromas it is linear.
    """

    def __init__(self, table: NDArray[np.int16]) -> None:
        self._table = table
        self._places = np.full(256 * 256, _UNKNOWN, np.int32)
        self._codes = np.empty((_KEPT, 3, 256), np.uint8)
        self._known = 0

    def __call__(
        self, luma: Any, first: Any, second: Any, to: Any, to_first: Any, to_second: Any
    ) -> None:
        """Look up every pixel.

        Args:
            luma: Shape (rows, columns), uint8, both even.
            first: Blue difference, shape (rows / 2, columns / 2), uint8.
            second: Red difference, likewise.
            to: Written, shaped like `luma`, which it may be.
            to_first: Written, as `first`.
            to_second: Written, as `second`.
        """
        self._known = _look_up(
            luma, first, second, self._table, self._places, self._codes, self._known,
            to, to_first, to_second,
        )  # fmt: skip


@kernel
def _work_out(table: Any, u: Any, v: Any, to: Any) -> None:
    """The new luma, and both new chromas, of every luma with chromas `u` and `v`: (3, 256)."""
    i, j, p, q = u >> 3, v >> 3, u & 7, v & 7
    w00, w01, w10, w11 = (8 - p) * (8 - q), (8 - p) * q, p * (8 - q), p * q
    for k in range(3):
        t00, t01 = table[k, i, j], table[k, i, j + 1]
        t10, t11 = table[k, i + 1, j], table[k, i + 1, j + 1]
        for luma in range(256):
            more = t00[luma] * w00 + t01[luma] * w01 + t10[luma] * w10 + t11[luma] * w11
            code = luma if k == 0 else (u if k == 1 else v)
            to[k, luma] = min(max(code + ((more + 2048) >> 12), 0), 255)


@kernel
def _look_up(
    luma: Any,
    first: Any,
    second: Any,
    table: Any,
    places: Any,
    codes: Any,
    known: int,
    to: Any,
    to_1: Any,
    to_2: Any,
) -> int:
    """See `LookUp`; `known` pairs are in `codes`, at `places`. Returns how many then are."""
    flat = codes.reshape(-1)
    for y in range(first.shape[0]):
        above, below = luma[2 * y], luma[2 * y + 1]
        to_above, to_below = to[2 * y], to[2 * y + 1]
        for x in range(first.shape[1]):
            u, v = first[y, x], second[y, x]
            pair = (_u8(u) << _u8(8)) | _u8(v)
            if places[pair] < 0:
                if known == codes.shape[0]:
                    places[:] = _UNKNOWN
                    known = 0
                places[pair] = known
                _work_out(table, np.int64(u), np.int64(v), codes[known])
                known += 1
            at = _u8(places[pair]) * _u8(3 * 256)
            left, right = _u8(2 * x), _u8(2 * x + 1)
            a, b, c, d = _u8(above[left]), _u8(above[right]), _u8(below[left]), _u8(below[right])
            to_above[left], to_above[right] = flat[at + a], flat[at + b]
            to_below[left], to_below[right] = flat[at + c], flat[at + d]
            mean = at + ((a + b + c + d + _u8(2)) >> _u8(2))
            to_1[y, x], to_2[y, x] = flat[mean + _u8(256)], flat[mean + _u8(512)]
    return known
