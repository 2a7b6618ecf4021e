"""Where a ray meets a solid first: boxes around boxes (a bounding volume hierarchy)."""

from math import pi

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scene import BALL, BOX, FAR, LEAVES, POST
from surfaces import clouds


@njit(fastmath=True)
def _enter(solids, k, materials, ox, oy, oz, dx, dy, dz, near, far):
    """Distance at which a ray meets a solid, or FAR."""
    kind = solids[k, 0]
    if kind == BOX:
        low, high = near, far
        for axis in range(3):
            o = ox if axis == 0 else oy if axis == 1 else oz
            d = dx if axis == 0 else dy if axis == 1 else dz
            if abs(d) < 1e-9:
                if o < solids[k, 2 + axis] or o > solids[k, 5 + axis]:
                    return FAR
                continue
            a, b = (solids[k, 2 + axis] - o) / d, (solids[k, 5 + axis] - o) / d
            if a > b:
                a, b = b, a
            low, high = max(low, a), min(high, b)
            if low > high:
                return FAR
        return low if low > near else (high if high < far else FAR)
    if kind == BALL:
        x, y, z = (
            (ox - solids[k, 2]) / solids[k, 5],
            (oy - solids[k, 3]) / solids[k, 6],
            (oz - solids[k, 4]) / solids[k, 7],
        )
        u, v, w = dx / solids[k, 5], dy / solids[k, 6], dz / solids[k, 7]
        a, b, c = u * u + v * v + w * w, x * u + y * v + z * w, x * x + y * y + z * z - 1
        root = b * b - a * c
        if root < 0:
            return FAR
        root = np.sqrt(root)
        leafy = materials[int(solids[k, 1]), 6] == LEAVES
        for side in range(2):
            t = (-b - root) / a if side == 0 else (-b + root) / a
            if near < t < far:
                if leafy:
                    s = materials[int(solids[k, 1]), 7]
                    grain = clouds((ox + t * dx) / s, (oy + t * dy) / s, (oz + t * dz) / s)
                    if grain < 0.5:
                        continue
                return t
        return FAR
    x, z, r = ox - solids[k, 2], oz - solids[k, 4], solids[k, 5]
    a, b, c = dx * dx + dz * dz, x * dx + z * dz, x * x + z * z - r * r
    best = FAR
    root = b * b - a * c
    if root > 0 and a > 1e-12:
        root = np.sqrt(root)
        for side in range(2):
            t = (-b - root) / a if side == 0 else (-b + root) / a
            y = oy + t * dy
            if near < t < min(far, best) and solids[k, 3] < y < solids[k, 6]:
                best = t
    if abs(dy) > 1e-9:
        for end in range(2):
            t = ((solids[k, 3] if end == 0 else solids[k, 6]) - oy) / dy
            u, v = x + t * dx, z + t * dz
            if near < t < min(far, best) and u * u + v * v < r * r:
                best = t
    return best


@njit(fastmath=True)
def _outside(nodes, k, ox, oy, oz, ix, iy, iz, far):
    """Whether a ray passes a node's box by."""
    a, b = (nodes[k, 0] - ox) * ix, (nodes[k, 3] - ox) * ix
    low, high = min(a, b), max(a, b)
    a, b = (nodes[k, 1] - oy) * iy, (nodes[k, 4] - oy) * iy
    low, high = max(low, min(a, b)), min(high, max(a, b))
    a, b = (nodes[k, 2] - oz) * iz, (nodes[k, 5] - oz) * iz
    low, high = max(low, min(a, b)), min(high, max(a, b))
    return high < max(low, 0.0) or low > far


@njit(fastmath=True)
def nearest(scene, stack, ox, oy, oz, dx, dy, dz, far, shadow):
    """(distance, index) of the solid that a ray meets first, of any at all for shadows; else −1."""
    solids, materials, nodes, order = scene
    ix, iy, iz = _inverse(dx), _inverse(dy), _inverse(dz)
    best, found, top = far, -1, 1
    stack[0] = 0
    while top > 0:
        top -= 1
        k = stack[top]
        if _outside(nodes, k, ox, oy, oz, ix, iy, iz, best):
            continue
        count = int(nodes[k, 7])
        first = int(nodes[k, 6])
        if count == 0:
            stack[top], stack[top + 1] = first, first + 1
            top += 2
            continue
        for i in range(first, first + count):
            s = order[i]
            if shadow and materials[int(solids[s, 1]), 13] > 0:
                continue
            t = _enter(solids, s, materials, ox, oy, oz, dx, dy, dz, 1e-4, best)
            if t < best:
                best, found = t, s
                if shadow:
                    return best, found
    return best, found


@njit(fastmath=True)
def _inverse(d):
    return 1 / d if abs(d) > 1e-9 else 1e9


@njit(fastmath=True)
def blocked(scene, stack, ox, oy, oz, dx, dy, dz, far):
    """Whether anything throws a shadow within `far` of a point."""
    return nearest(scene, stack, ox, oy, oz, dx, dy, dz, far, True)[1] >= 0


@njit(fastmath=True)
def around(nx, ny, nz, spread):
    """A direction around (nx, ny, nz): cosine-weighted with spread 1, near it with less."""
    z, a = 2 * np.random.random() - 1, 2 * pi * np.random.random()
    r = np.sqrt(max(0.0, 1 - z * z)) * spread * 0.9999
    x, y, w = nx + r * np.cos(a), ny + r * np.sin(a), nz + z * spread * 0.9999
    n = np.sqrt(x * x + y * y + w * w) + 1e-12
    return x / n, y / n, w / n


def nested(solids: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Boxes around boxes around solids, and the solids in their order.

    A node is low and high corner, then the first of its solids and their number; or, where that is
    0, the first of its two nodes.
    """
    low, high = solids[:, 2:5].copy(), solids[:, 5:8].copy()
    balls, posts = solids[:, 0] == BALL, solids[:, 0] == POST
    low[balls], high[balls] = low[balls] - high[balls], low[balls] + high[balls]
    for axis in (0, 2):
        centre, radius = solids[posts, 2 + axis], solids[posts, 5]
        low[posts, axis], high[posts, axis] = centre - radius, centre + radius
    high[posts, 1] = solids[posts, 6]
    nodes: list[list[float]] = [[]]
    order: list[int] = []
    open_: list[tuple[int, NDArray[np.int64]]] = [(0, np.arange(len(solids)))]
    while open_:
        at, mine = open_.pop()
        bounds = [*low[mine].min(axis=0), *high[mine].max(axis=0)]
        if len(mine) <= 3:
            nodes[at] = [*bounds, len(order), len(mine)]
            order += mine.tolist()
            continue
        centres = (low[mine] + high[mine]) / 2
        axis = int(np.ptp(centres, axis=0).argmax())
        sorted_ = mine[np.argsort(centres[:, axis], kind="stable")]
        nodes[at] = [*bounds, len(nodes), 0]
        open_ += [
            (len(nodes), sorted_[: len(mine) // 2]),
            (len(nodes) + 1, sorted_[len(mine) // 2 :]),
        ]
        nodes += [[], []]
    return np.array(nodes, float), np.array(order, np.int64)
