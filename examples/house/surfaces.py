"""Surfaces and skies: the colour of every point, out of noise and arithmetic."""

from math import pi

import numpy as np
from numba import njit
from scene import BOOKS, BOX, BRICK, CURTAIN, GRASS, LEAVES, MARBLE, PAINTING, PLANKS, RUG, TILES


@njit(fastmath=True)
def lattice(x: float, y: float, z: float) -> float:
    """Something between 0 and 1 for each point of a lattice."""
    h = (int(x) * 374761393 + int(y) * 668265263 + int(z) * 2147483647) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 2246822519) & 0xFFFFFFFF
    return float((h ^ (h >> 15)) & 0xFFFFFF) / 16777216.0


@njit(fastmath=True)
def noise(x: float, y: float, z: float) -> float:
    """Value noise, 0 to 1."""
    i, j, k = np.floor(x), np.floor(y), np.floor(z)
    u, v, w = x - i, y - j, z - k
    u, v, w = u * u * (3 - 2 * u), v * v * (3 - 2 * v), w * w * (3 - 2 * w)
    total = 0.0
    for a in range(2):
        for b in range(2):
            for c in range(2):
                share = (u if a else 1 - u) * (v if b else 1 - v) * (w if c else 1 - w)
                total += share * lattice(i + a, j + b, k + c)
    return total


@njit(fastmath=True)
def clouds(x: float, y: float, z: float) -> float:
    """Four octaves of noise, 0 to 1."""
    total, weight = 0.0, 0.5
    for _ in range(4):
        total += weight * noise(x, y, z)
        x, y, z, weight = x * 2.03, y * 2.03, z * 2.03, weight / 2
    return total / 0.9375


@njit(fastmath=True)
def sky_light(sky, dx, dy, dz):
    """Light of the sky in a direction."""
    up = max(dy, 0.0) ** 0.55
    toward = dx * sky[6] + dy * sky[7] + dz * sky[8]
    glow = max(toward, 0.0) ** 6 * (1 - up) * 0.9
    cloud = 0.0
    if dy > 0.015:
        cloud = max(clouds(dx / dy * 0.8 + 57, 3.0, dz / dy * 0.8 + 50) - 0.5, 0.0) * 1.5
        cloud *= min(dy * 5, 1.0)
    more = 0.0
    if sky[15] > 0:
        i, j, k = np.floor(dx * 260), np.floor(dy * 260), np.floor(dz * 260)
        if dy > 0 and lattice(i, j, k) > 0.9988:
            more = 0.25 + lattice(j, k, i)
        if toward > 0.9994:
            more = 5.0
        more += 0.12 * max(toward, 0.0) ** 90
    glow += cloud * 0.12
    high, low = up, 1 - up + cloud * 0.55
    return (
        sky[3] * low + sky[0] * high + sky[12] * glow + more,
        sky[4] * low + sky[1] * high + sky[13] * glow + more,
        sky[5] * low + sky[2] * high + sky[14] * glow + more * 1.1,
    )


@njit(fastmath=True)
def colour_of(materials, m, solids, k, x, y, z, nx, ny):
    """Colour of a surface at a point."""
    kind, s = int(materials[m, 6]), materials[m, 7]
    share, shade = 0.0, 0.97 + 0.06 * noise(x * 3, y * 3, z * 3)
    ax, ay = abs(nx), abs(ny)
    if ay > 0.7:
        u, v, e, f = x, z, 0, 2
    elif ax > 0.7:
        u, v, e, f = z, y, 2, 1
    else:
        u, v, e, f = x, y, 0, 1
    if solids[k, 0] == BOX:
        p = (u - solids[k, 2 + e]) / max(solids[k, 5 + e] - solids[k, 2 + e], 1e-6)
        q = (v - solids[k, 2 + f]) / max(solids[k, 5 + f] - solids[k, 2 + f], 1e-6)
    else:
        p, q = 0.5, 0.5
    if kind == PLANKS:
        row = np.floor(v / s)
        length = u / (s * 9) + lattice(row, 1, 2) * 7
        plank = lattice(row, np.floor(length), 5)
        grain = clouds(u * 1.6, v * 34, plank * 50)
        share = 0.75 * plank * 0.6 + 0.4 * grain
        edge = min(v / s - row, row + 1 - v / s) * s
        end = min(length - np.floor(length), np.floor(length) + 1 - length) * s * 9
        shade *= 0.45 if min(edge, end) < 0.0035 else 1.0
    elif kind == TILES:
        i, j = np.floor(u / s), np.floor(v / s)
        share = 0.35 * lattice(i, j, 3) + 0.15 * clouds(u * 6, v * 6, 1)
        a, b = u / s - i, v / s - j
        if min(min(a, 1 - a), min(b, 1 - b)) < 0.02:
            share, shade = 1.0, 0.8
    elif kind == BRICK:
        j = np.floor(v / s * 3)
        i = np.floor(u / s + 0.5 * (j % 2))
        a, b = u / s + 0.5 * (j % 2) - i, v / s * 3 - j
        share = 0.55 * lattice(i, j, 8) * clouds(u * 9, v * 9, 4) * 1.6
        if min(a, 1 - a) < 0.03 or min(b, 1 - b) < 0.08:
            share, shade = 1.0, 1.0
    elif kind == BOOKS:
        j = np.floor(v / 0.34)
        i = np.floor(u / s + 3 * lattice(j, 2, 9))
        b = (v / 0.34 - j) * 0.34
        tall = 0.2 + 0.1 * lattice(i, j, 1)
        if b > 0.315:
            return materials[m, 0] * 0.9, materials[m, 1] * 0.9, materials[m, 2] * 0.9
        if b > tall or lattice(i, j, 6) > 0.93:
            return materials[m, 0] * 0.12, materials[m, 1] * 0.12, materials[m, 2] * 0.12
        a = u / s + 3 * lattice(j, 2, 9) - i
        round_ = 0.55 + 0.45 * np.sin(pi * min(max(a, 0.02), 0.98))
        band = 1.5 if abs(b / tall - 0.8) < 0.03 else 1.0
        t, h = lattice(i, j, 11), lattice(j, i, 12)
        r = (0.10 + 0.5 * t) * round_ * band
        g = (0.08 + 0.28 * h) * round_ * band
        c = (0.08 + 0.30 * lattice(i, j, 14) * (1 - t)) * round_ * band
        return r, g, c
    elif kind == GRASS:
        share = clouds(x / s, y / s, z / s)
        shade *= 0.6 + 0.8 * clouds(x / s * 9, y / s * 9, z / s * 9)
    elif kind == RUG:
        edge = min(min(p, 1 - p) * (solids[k, 5 + e] - solids[k, 2 + e]),
                   min(q, 1 - q) * (solids[k, 5 + f] - solids[k, 2 + f]))  # fmt: skip
        ring = edge / s
        lozenge = abs(((u / s) % 2) - 1) + abs(((v / s) % 2) - 1)
        share = 1.0 if (0.6 < ring < 0.9) or (ring > 1.3 and abs(lozenge - 1) < 0.16) else 0.0
        shade *= 0.82 + 0.3 * noise(u * 60, v * 60, 2)
    elif kind == PAINTING:
        if min(min(p, 1 - p), min(q, 1 - q)) < 0.045:
            return 0.05, 0.04, 0.035
        if min(min(p, 1 - p), min(q, 1 - q)) < 0.13:
            return 0.75, 0.73, 0.68
        hill = 0.38 + 0.2 * clouds(p * 4 + s * 9, 3, 1)
        near = 0.22 + 0.16 * clouds(p * 3 + s * 5, 8, 4)
        if q < near:
            share = 1.0
        elif q < hill:
            share = 0.55
        else:
            share = 0.35 * (1 - q) * clouds(p * 5, q * 8, s)
    elif kind == CURTAIN:
        shade *= 0.72 + 0.28 * np.sin(u / s * 2 * pi + 1.3 * np.sin(v * 0.9 + u * 3))
    elif kind == MARBLE:
        vein = abs(np.sin((u + v * 0.6) / s + 5 * clouds(u * 2, v * 2, z)))
        share = max(0.0, 1 - vein * 5) * 0.6
    elif kind == LEAVES:
        share = clouds(x / s * 2, y / s * 2, z / s * 2)
        shade *= 0.5 + 0.9 * noise(x / s * 5, y / s * 5, z / s * 5)
    r = (materials[m, 0] * (1 - share) + materials[m, 3] * share) * shade
    g = (materials[m, 1] * (1 - share) + materials[m, 4] * share) * shade
    b = (materials[m, 2] * (1 - share) + materials[m, 5] * share) * shade
    return min(r, 0.95), min(g, 0.95), min(b, 0.95)
