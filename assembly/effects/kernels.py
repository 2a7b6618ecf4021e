"""Loops over pixels, compiled: what NumPy would do in many passes is done in one.

Every kernel works on one plane or one picture, without threads of its own: segments are made side
by side.
"""

from typing import Any

import numpy as np

from songreel.grading.kernels import kernel


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
