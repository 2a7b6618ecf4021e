"""A small path tracer for rooms: boxes, ellipsoids and posts in the light of sun, sky and lamps.

Light is followed backwards from the camera (Kajiya 1986). At every surface lamps, sun and the sky
behind windows are sampled directly; what is left of the noise goes in an edge-avoiding à-trous
filter of the light alone, without the surfaces' colours (Dammertz et al. 2010).
"""

from math import pi

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray
from rays import around, blocked, nearest, nested
from scene import BALL, BOX, FAR, WATER, Camera, Picture, Room
from surfaces import clouds, colour_of, sky_light


@njit(fastmath=True)
def _direct(scene, stack, lights, sky, px, py, pz, nx, ny, nz, every):
    """Light that comes straight from lamps, windows and sun to a point, over pi."""
    red = green = blue = 0.0
    count = lights.shape[0]
    few = min(count, 4 if every else 1)
    step = count / max(few, 1)
    first = np.random.random() * step
    for n in range(few):
        i = min(int(first + n * step), count - 1)
        weight = step
        if lights[i, 0] > 0:
            cx, cy, cz, r = lights[i, 1] - px, lights[i, 2] - py, lights[i, 3] - pz, lights[i, 4]
            far = np.sqrt(cx * cx + cy * cy + cz * cz)
            if far < r * 1.05:
                continue
            top = np.sqrt(max(0.0, 1 - (r / far) ** 2))
            dx, dy, dz = around(cx / far, cy / far, cz / far, r / far)
            cosine = nx * dx + ny * dy + nz * dz
            if cosine <= 0 or blocked(scene, stack, px, py, pz, dx, dy, dz, far - r):
                continue
            share = cosine * 2 * (1 - top) * weight
            red += lights[i, 10] * share
            green += lights[i, 11] * share
            blue += lights[i, 12] * share
            continue
        a, b = np.random.random(), np.random.random()
        dx = lights[i, 1] + a * lights[i, 4] + b * lights[i, 7] - px
        dy = lights[i, 2] + a * lights[i, 5] + b * lights[i, 8] - py
        dz = lights[i, 3] + a * lights[i, 6] + b * lights[i, 9] - pz
        wx, wy = (
            lights[i, 5] * lights[i, 9] - lights[i, 6] * lights[i, 8],
            lights[i, 6] * lights[i, 7] - lights[i, 4] * lights[i, 9],
        )
        wz = lights[i, 4] * lights[i, 8] - lights[i, 5] * lights[i, 7]
        far = np.sqrt(dx * dx + dy * dy + dz * dz)
        dx, dy, dz = dx / far, dy / far, dz / far
        cosine = nx * dx + ny * dy + nz * dz
        facing = abs(wx * dx + wy * dy + wz * dz)
        if cosine <= 0 or blocked(scene, stack, px, py, pz, dx, dy, dz, FAR / 2):
            continue
        light = sky_light(sky, dx, dy, dz)
        share = cosine * facing / max(far * far, 0.02) / pi * weight
        red += light[0] * share
        green += light[1] * share
        blue += light[2] * share
    if sky[9] + sky[10] + sky[11] > 0:
        dx, dy, dz = around(sky[6], sky[7], sky[8], 0.012)
        cosine = nx * dx + ny * dy + nz * dz
        if cosine > 0 and not blocked(scene, stack, px, py, pz, dx, dy, dz, FAR / 2):
            red += sky[9] * cosine
            green += sky[10] * cosine
            blue += sky[11] * cosine
    return red, green, blue


@njit(fastmath=True, nogil=True)
def paint(scene, lights, sky, frame, width, height, samples, seed, out, guide):
    """Light of every pixel into `out`; colour, normal and place of what is seen into `guide`."""
    solids, materials = scene[0], scene[1]
    stack = np.zeros(64, np.int64)
    np.random.seed(seed)
    for row in range(height):
        for column in range(width):
            for _ in range(samples):
                u = (column + np.random.random() - width / 2) / width * frame[12]
                v = (height / 2 - row - np.random.random()) / width * frame[12]
                dx = frame[3] + u * frame[6] + v * frame[9]
                dy = frame[4] + u * frame[7] + v * frame[10]
                dz = frame[5] + u * frame[8] + v * frame[11]
                n = np.sqrt(dx * dx + dy * dy + dz * dz)
                dx, dy, dz = dx / n, dy / n, dz / n
                ox, oy, oz = frame[0], frame[1], frame[2]
                tr = tg = tb = 1.0
                straight, first = True, True
                for bounce in range(6):
                    best, found = nearest(scene, stack, ox, oy, oz, dx, dy, dz, FAR, False)
                    if found < 0:
                        if straight or sky[16] > 0:
                            light = sky_light(sky, dx, dy, dz)
                            out[row, column, 0] += tr * light[0]
                            out[row, column, 1] += tg * light[1]
                            out[row, column, 2] += tb * light[2]
                        if first:
                            guide[row, column, 0] += 1
                            guide[row, column, 1] += 1
                            guide[row, column, 2] += 1
                            guide[row, column, 8] += 60
                        break
                    m = int(solids[found, 1])
                    px, py, pz = ox + best * dx, oy + best * dy, oz + best * dz
                    nx = ny = nz = 0.0
                    if solids[found, 0] == BOX:
                        close = FAR
                        for axis in range(3):
                            p = px if axis == 0 else py if axis == 1 else pz
                            for end in range(2):
                                gap = abs(p - solids[found, 2 + axis + 3 * end])
                                if gap < close:
                                    close = gap
                                    side = 1.0 if end else -1.0
                                    nx = side if axis == 0 else 0.0
                                    ny = side if axis == 1 else 0.0
                                    nz = side if axis == 2 else 0.0
                    elif solids[found, 0] == BALL:
                        nx, ny = (
                            (px - solids[found, 2]) / solids[found, 5] ** 2,
                            (py - solids[found, 3]) / solids[found, 6] ** 2,
                        )
                        nz = (pz - solids[found, 4]) / solids[found, 7] ** 2
                    elif abs(py - solids[found, 3]) < 1e-3 or abs(py - solids[found, 6]) < 1e-3:
                        ny = 1.0 if abs(py - solids[found, 6]) < 1e-3 else -1.0
                    else:
                        nx, nz = px - solids[found, 2], pz - solids[found, 4]
                    n = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
                    nx, ny, nz = nx / n, ny / n, nz / n
                    if nx * dx + ny * dy + nz * dz > 0:
                        nx, ny, nz = -nx, -ny, -nz
                    r, g, b = colour_of(materials, m, solids, found, px, py, pz, nx, ny)
                    shines = materials[m, 10] + materials[m, 11] + materials[m, 12] > 0
                    if first:
                        first = False
                        guide[row, column, 0] += 1.0 if shines else r
                        guide[row, column, 1] += 1.0 if shines else g
                        guide[row, column, 2] += 1.0 if shines else b
                        guide[row, column, 3] += nx
                        guide[row, column, 4] += ny
                        guide[row, column, 5] += nz
                        guide[row, column, 6] += px
                        guide[row, column, 7] += py
                        guide[row, column, 8] += pz
                    if shines:
                        if straight:
                            out[row, column, 0] += tr * materials[m, 10]
                            out[row, column, 1] += tg * materials[m, 11]
                            out[row, column, 2] += tb * materials[m, 12]
                        break
                    cosine = -(nx * dx + ny * dy + nz * dz)
                    mirror = materials[m, 8]
                    if mirror > 0:
                        mirror += (1 - mirror) * (1 - cosine) ** 5 * (1 - materials[m, 9])
                    ox, oy, oz = px + nx * 1e-4, py + ny * 1e-4, pz + nz * 1e-4
                    if mirror > 0 and np.random.random() < mirror:
                        if materials[m, 6] == WATER:
                            nx += 0.05 * (clouds(px * 1.3, 1, pz * 5) - 0.5)
                            nz += 0.05 * (clouds(px * 1.3, 9, pz * 5) - 0.5)
                        dot = 2 * (nx * dx + ny * dy + nz * dz)
                        dx, dy, dz = dx - dot * nx, dy - dot * ny, dz - dot * nz
                        dx, dy, dz = around(dx, dy, dz, materials[m, 9])
                        straight = True
                        continue
                    tr, tg, tb = tr * r, tg * g, tb * b
                    light = _direct(scene, stack, lights, sky, ox, oy, oz, nx, ny, nz,
                                    bounce == 0)  # fmt: skip
                    most = 40.0 if bounce == 0 else 1.5
                    out[row, column, 0] += min(tr * light[0], most)
                    out[row, column, 1] += min(tg * light[1], most)
                    out[row, column, 2] += min(tb * light[2], most)
                    straight = False
                    if bounce > 1:
                        alive = min(max(tr, tg, tb) * 1.3, 0.95)
                        if np.random.random() > alive:
                            break
                        tr, tg, tb = tr / alive, tg / alive, tb / alive
                    dx, dy, dz = around(nx, ny, nz, 1.0)
            for c in range(3):
                out[row, column, c] /= samples
            for c in range(9):
                guide[row, column, c] /= samples


@njit(fastmath=True, nogil=True)
def smoothed(light, luma, guide, step, strength, out):
    """One pass of the à-trous filter."""
    height, width = light.shape[:2]
    taps = (0.0625, 0.25, 0.375, 0.25, 0.0625)
    for row in range(height):
        for column in range(width):
            total = 0.0
            r = g = b = 0.0
            own = luma[row, column]
            for j in range(5):
                y = row + (j - 2) * step
                if y < 0 or y >= height:
                    continue
                for i in range(5):
                    x = column + (i - 2) * step
                    if x < 0 or x >= width:
                        continue
                    turn = gap = 0.0
                    for c in range(3):
                        turn += guide[row, column, 3 + c] * guide[y, x, 3 + c]
                        apart = guide[row, column, 6 + c] - guide[y, x, 6 + c]
                        gap += apart * guide[row, column, 3 + c]
                    other = luma[y, x]
                    unlike = (own - other) / (strength * (own + other) + 0.02)
                    weight = (
                        taps[i]
                        * taps[j]
                        * max(turn, 0.0) ** 24
                        * np.exp(-abs(gap) * 25 - unlike**2)
                    )
                    total += weight
                    r += weight * light[y, x, 0]
                    g += weight * light[y, x, 1]
                    b += weight * light[y, x, 2]
            if total > 1e-9:
                out[row, column, 0] = r / total
                out[row, column, 1] = g / total
                out[row, column, 2] = b / total
            else:
                out[row, column] = light[row, column]


def photograph(room: Room, camera: Camera, width: int, height: int, samples: int,
               seed: int = 1) -> Picture:  # fmt: skip
    """The room as a photo, shape (height, width, 3), sRGB.

    Args:
        room: What is to be seen.
        camera: From where.
        width: Pixels.
        height: Pixels.
        samples: Ways of light followed for each pixel.
        seed: Of the noise.
    """
    at, to = np.array(camera.at, float), np.array(camera.to, float)
    ahead = (to - at) / np.linalg.norm(to - at)
    right = np.cross((0, 1, 0), ahead)
    right /= np.linalg.norm(right)
    up = np.cross(ahead, right)
    frame = np.array([*at, *ahead, *right, *up, 2 * np.tan(np.radians(camera.angle) / 2)])
    sun = np.array(room.sun, float) / np.linalg.norm(room.sun)
    warm = np.array(room.sunlight) / max(max(room.sunlight), 1e-6)
    sky = np.array([*room.zenith, *room.horizon, *sun, *room.sunlight, *(warm * max(room.horizon)),
                    room.stars, room.open_air], float)  # fmt: skip
    materials = np.array(
        [[*m.colour, *m.other, m.pattern, m.scale, m.gloss, m.rough, *m.light, m.ghost]
         for m in room.materials], float)  # fmt: skip
    lights = np.array(room.lights, float).reshape(-1, 13)
    light, guide = np.zeros((height, width, 3)), np.zeros((height, width, 9))
    solids = np.array(room.solids, float)
    scene = (solids, materials, *nested(solids))
    paint(scene, lights, sky, frame, width, height, samples, seed, light, guide)
    colour = np.maximum(guide[..., :3], 0.02)
    # Over an edge normals are mixed, and of no length.
    guide[..., 3:6] /= np.maximum(np.linalg.norm(guide[..., 3:6], axis=2, keepdims=True), 1e-6)
    light, spare = light / colour, np.empty_like(light)
    for level in range(5):
        # What is compared is smoothed itself: single bright pixels would keep to themselves.
        luma = cv2.GaussianBlur(cv2.medianBlur(light.sum(axis=2).astype(np.float32), 5), (0, 0), 1)
        smoothed(light, luma, guide, 2**level, 0.3, spare)
        light, spare = spare, light
    return developed(light * colour * room.exposure)


def developed(light: NDArray[np.float64]) -> Picture:
    """Light as a photo: halation, vignette, a filmic curve (Narkowicz 2015), sRGB."""
    height, width = light.shape[:2]
    bright = np.minimum(np.maximum(light - 1.0, 0), 6).astype(np.float32)
    halo = sum(cv2.GaussianBlur(bright, (0, 0), width * s) * w
               for s, w in ((0.004, 0.10), (0.016, 0.09), (0.05, 0.07)))  # fmt: skip
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    seen = (light + halo) * (1 - 0.16 * (x * x + y * y * 0.7))[..., None]
    curve = seen * (2.51 * seen + 0.03) / (seen * (2.43 * seen + 0.59) + 0.14)
    curve = np.clip(curve, 0, 1)
    coded = np.where(curve < 0.0031308, 12.92 * curve, 1.055 * curve ** (1 / 2.4) - 0.055)
    return np.rint(coded * 255).astype(np.uint8)
