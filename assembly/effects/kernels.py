"""Loops over pixels, compiled: what NumPy would do in many passes is done in one.

Every kernel works on one plane or one picture, without threads of its own: segments are made side
by side.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """`function` compiled when it is first called, kept on disk, outside the interpreter's lock."""
    return cast(Function, numba.njit(cache=True, nogil=True, fastmath=True)(function))


@kernel
def resample(
    plane: Any, first_x: Any, weight_x: Any, first_y: Any, weight_y: Any, out: Any
) -> None:
    """`plane` at other places: four taps along rows, then four along columns.

    Args:
        plane: Shape (rows, columns), uint8.
        first_x: Shape (columns,), the first of the four columns that each output column takes;
            those beyond the edge are the edge.
        weight_x: Shape (columns, 4), float32, of sum 1.
        first_y: Likewise for rows.
        weight_y: Likewise for rows.
        out: Shape (rows, columns), uint8.
    """
    rows, columns = plane.shape
    lines = np.empty((4, columns), np.float32)
    held = np.full(4, -1, np.int64)
    inner_from, inner_to = 0, columns
    while inner_from < columns and first_x[inner_from] < 0:
        inner_from += 1
    while inner_to > inner_from and first_x[inner_to - 1] > columns - 4:
        inner_to -= 1
    slots = np.empty(4, np.int64)
    for y in range(rows):
        for k in range(4):
            row = min(max(first_y[y] + k, 0), rows - 1)
            slots[k] = row % 4
            if held[slots[k]] == row:
                continue
            held[slots[k]] = row
            line, source = lines[slots[k]], plane[row]
            for x in range(inner_from, inner_to):
                i = first_x[x]
                line[x] = (
                    source[i] * weight_x[x, 0]
                    + source[i + 1] * weight_x[x, 1]
                    + source[i + 2] * weight_x[x, 2]
                    + source[i + 3] * weight_x[x, 3]
                )
            for x in range(columns):
                if inner_from <= x < inner_to:
                    continue
                total = np.float32(0)
                for tap in range(4):
                    i = min(max(first_x[x] + tap, 0), columns - 1)
                    total += source[i] * weight_x[x, tap]
                line[x] = total
        a, b, c, d = weight_y[y, 0], weight_y[y, 1], weight_y[y, 2], weight_y[y, 3]
        la, lb, lc, ld = lines[slots[0]], lines[slots[1]], lines[slots[2]], lines[slots[3]]
        for x in range(columns):
            value = la[x] * a + lb[x] * b + lc[x] * c + ld[x] * d + np.float32(0.5)
            out[y, x] = np.uint8(min(max(value, np.float32(0)), np.float32(255)))


@kernel
def look_up(luma: Any, chroma: Any, table: Any, new_luma: Any, new_chroma: Any) -> None:
    """Add what `table` has for each colour.

    Args:
        luma: Shape (rows, columns), uint8.
        chroma: Shape (2, rows / 2, columns / 2), uint8.
        table: Shape (3, 33, 33, 256), int16: what is added to luma and both chromas, in
            1/64 code values, at chromas 0, 8 … 256 (first, second) and every luma. Between
            chromas it is linear.
        new_luma: Written, shaped like `luma`.
        new_chroma: Written, shaped like `chroma`.
    """
    first, second = chroma[0], chroma[1]
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
                    new_luma[2 * y + dy, 2 * x + dx] = min(max(value, 0), 255)
            mean = total >> 2
            for k in range(2):
                value = u if k == 0 else v
                more = (
                    table[k + 1, i, j, mean] * w00
                    + table[k + 1, i, j + 1, mean] * w01
                    + table[k + 1, i + 1, j, mean] * w10
                    + table[k + 1, i + 1, j + 1, mean] * w11
                )
                new_chroma[k, y, x] = min(max(value + ((more + 2048) >> 12), 0), 255)


@kernel
def add_noise(luma: Any, noise: Any, amount: Any, out: Any) -> None:
    """`luma` and `noise`, shape (rows, columns), int8, times `amount[luma]` / 1024."""
    rows, columns = luma.shape
    for y in range(rows):
        for x in range(columns):
            value = np.int32(luma[y, x])
            value += (np.int32(noise[y, x]) * amount[value] + 512) >> 10
            out[y, x] = np.uint8(min(max(value, 0), 255))


@kernel
def part_colours(luma: Any, chroma: Any, shift: float, new_luma: Any, new_chroma: Any) -> None:
    """Red `shift` columns to the right, blue as many to the left; green stays (BT.709).

    In luma Y and colour differences U, V: R = Y + 1.5748 V', B = Y + 1.8556 U', where U' and V'
    are U and V on luma's scale (219 / 224). Luma follows from the changes of R and B by their
    weights 0.2126 and 0.0722, chroma from those of R − Y and B − Y. Columns beyond the edge are
    the edge.
    """
    scale = np.float32(219 / 224)
    red, blue = np.float32(1.5748) * scale, np.float32(1.8556) * scale
    first, second = chroma[0], chroma[1]
    rows, columns = luma.shape
    whole = int(np.floor(shift))
    part = np.float32(shift - whole)
    changes = np.empty((2, 2, columns), np.float32)
    reds, blues = np.empty(columns, np.float32), np.empty(columns, np.float32)
    for y in range(rows):
        line, u, v = luma[y], first[y // 2], second[y // 2]
        for x in range(columns):
            reds[x] = line[x] + red * (np.float32(v[x >> 1]) - 128)
            blues[x] = line[x] + blue * (np.float32(u[x >> 1]) - 128)
        side = y & 1
        for x in range(columns):
            a, b = max(x - whole, 0), max(x - whole - 1, 0)
            c, d = min(x + whole, columns - 1), min(x + whole + 1, columns - 1)
            more_red = reds[a] * (1 - part) + reds[b] * part - reds[x]
            more_blue = blues[c] * (1 - part) + blues[d] * part - blues[x]
            more = np.float32(0.2126) * more_red + np.float32(0.0722) * more_blue
            changes[side, 0, x], changes[side, 1, x] = more_blue - more, more_red - more
            value = line[x] + more + np.float32(0.5)
            new_luma[y, x] = np.uint8(min(max(value, np.float32(0)), np.float32(255)))
        if side == 0:
            continue
        for k in range(2):
            factor = np.float32(0.25) / (blue if k == 0 else red)
            for x in range(columns // 2):
                total = (
                    changes[0, k, 2 * x]
                    + changes[0, k, 2 * x + 1]
                    + changes[1, k, 2 * x]
                    + changes[1, k, 2 * x + 1]
                )
                value = chroma[k, y // 2, x] + total * factor + np.float32(0.5)
                new_chroma[k, y // 2, x] = np.uint8(min(max(value, np.float32(0)), np.float32(255)))


@kernel
def shade(luma: Any, chroma: Any, mask: Any, new_luma: Any, new_chroma: Any) -> None:
    """Bring each pixel towards black, to `mask` / 256 of its brightness (rows, columns, uint16)."""
    rows, columns = luma.shape
    for y in range(rows):
        for x in range(columns):
            new_luma[y, x] = 16 + (((np.int32(luma[y, x]) - 16) * mask[y, x] + 128) >> 8)
    for k in range(2):
        for y in range(rows // 2):
            for x in range(columns // 2):
                value = (np.int32(chroma[k, y, x]) - 128) * mask[2 * y, 2 * x]
                new_chroma[k, y, x] = 128 + ((value + 128) >> 8)


@kernel
def sharp_within(plane: Any, soft: Any, middle: Any, reach: float, least: float, out: Any) -> None:
    """`soft` where it is drawn out by more than 3 × `least` pixels, `plane` where by none.

    Args:
        plane: Shape (rows, columns), uint8.
        soft: Likewise.
        middle: Row and column of the point from which it is drawn, shape (2,), float32.
        reach: By how much of the way from there.
        least: Pixels up to which the two look the same.
        out: Written.
    """
    rows, columns = plane.shape
    factor = np.float32(reach / least)
    for y in range(rows):
        down = np.float32(y) - middle[0]
        for x in range(columns):
            across = np.float32(x) - middle[1]
            share = np.sqrt(down * down + across * across) * factor - np.float32(1)
            share = min(max(share * np.float32(0.5), np.float32(0)), np.float32(1))
            value = plane[y, x] + (np.float32(soft[y, x]) - plane[y, x]) * share
            out[y, x] = np.uint8(value + np.float32(0.5))
