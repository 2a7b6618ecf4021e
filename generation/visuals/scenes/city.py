"""Neon city flight: an avenue at night, lit windows, signs, a wet street that mirrors them."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    f32,
    fade,
    hash1,
    kernel,
    lerp,
    noise_table,
    sample,
)
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Finish, Scene
from songreel.generation.visuals.scenes.facade import RECORD, character, wall
from songreel.generation.visuals.stage import Stage

_HITS = 18
"""Walls kept along one line of sight: further ones are lost in the haze."""
_BLOCK_X, _BLOCK_Z = 2.1, 1.15
"""Plan of the city: one block with its street, in scene units."""
_GAP_X, _GAP_Z = 0.60, 0.12
"""Half a street's width along and across the avenue."""
_REACH = 30.0
"""Distance at which the haze has swallowed everything."""


class City(Scene):
    """Columns of the picture are cast through a plan of towers; each pixel then finds its wall.

    A kick flares the neon along roofs and corners, hats flicker the signs, snares run a light
    up the towers, energy lights windows, thickens traffic and speeds the flight.
    """

    name = "neon city flight"
    words = (
        "city", "street", "neon", "urban", "skyline", "tower", "building", "traffic", "downtown",
        "window", "road", "car", "drive", "highway", "rain", "metropolis", "skyscraper", "avenue",
        "rooftop", "club", "sign", "cyberpunk", "alley", "subway",
    )  # fmt: skip
    scale = 2 / 3
    finish = Finish(exposure=1.0, bloom=0.55, vignette=0.40, grain=0.005)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(51)
        accent, other = stage.accent_at, stage.contrast_at
        self._hues = np.stack(
            [
                stage.shade(accent, 0.66, 1.4),
                stage.shade(other, 0.58, 1.4),
                stage.shade(1.0, 0.84, 1.0),
                stage.shade(0.05, 0.075, 1.0),
                stage.shade(0.15, 0.13, 1.1),
                stage.shade(0.6 * accent + 0.4 * other, 0.46, 1.3),
            ]
        )
        self._noise = noise_table(stage.seed + 9, octaves=5)
        self._hits = np.zeros((self.width, _HITS, RECORD), np.float32)
        self._core = np.zeros(self.width, np.float32)
        self._count = np.zeros(self.width, np.int32)
        self._pointer = np.zeros(self.width, np.int32)
        self._level = np.zeros_like(np.empty((self.height, self.width, 3), np.float32))
        self._eye = float(random.uniform(0.24, 0.36)) + 0.12 * (1.0 - stage.energy)
        self._side = float(random.uniform(-0.16, 0.16))

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        stage, m = self.stage, moment
        rolled = abs(m.roll) > 1e-4
        # A turned picture is drawn upright with room to spare, then turned.
        spare = 1.0
        if rolled:
            c, s = abs(np.cos(m.roll)), abs(np.sin(m.roll))
            spare = float(c + s * max(stage.aspect, 1.0 / stage.aspect))
        half_x, half_y = stage.half_x / m.zoom * spare, stage.half_y / m.zoom * spare
        sway = 0.07 * np.sin(0.21 * m.flow)
        view = np.array(
            [m.cam_x + 0.05 * np.sin(0.13 * m.flow), m.cam_y + 0.14, half_x, half_y,
             np.clip(self._side + sway + 0.5 * m.truck, -0.42, 0.42),
             max(self._eye + 0.7 * m.lift, 0.12), 0.65 * m.flow + 1.5 * m.forward, m.energy,
             m.kick, m.snare, m.hat, m.pulse, m.beat, m.bass, m.flow, m.build],
            np.float32,
        )  # fmt: skip
        _cast(view, self._hits, self._count, self._core, stage.seed)
        target = self._level if rolled else out
        self._pointer[:] = 0
        _paint(
            target,
            view,
            self._hits,
            self._count,
            self._core,
            self._pointer,
            self._noise,
            self._hues,
            stage.seed,
        )
        if rolled:
            turn = cv2.getRotationMatrix2D(
                ((self.width - 1) / 2, (self.height - 1) / 2), float(np.degrees(m.roll)), spare
            )
            cv2.warpAffine(
                self._level,
                turn,
                (self.width, self.height),
                dst=out,
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )


@kernel
def _box(x: Any, dx: Any, z: Any, left: Any, right: Any, near: Any, far: Any) -> Any:
    """Where the line (x + dx t, z + t) enters a box in plan: (t, along the face, face).

    The face is 0 for one that looks at the avenue, 1 for one that looks at the viewer;
    t is negative for a miss.
    """
    t_near, t_far = near - z, far - z
    if abs(dx) < f32(1e-5):
        if x <= left or x >= right:
            return f32(-1), f32(0), f32(0)
        return t_near, x - left, f32(1)
    a, b = (left - x) / dx, (right - x) / dx
    t0, t1 = min(a, b), max(a, b)
    enter, leave = max(t0, t_near), min(t1, t_far)
    if enter >= leave or enter <= f32(0.02):
        return f32(-1), f32(0), f32(0)
    if t0 > t_near:
        return enter, z + enter - near, f32(0)
    return enter, x + dx * enter - left, f32(1)


@kernel
def _cast(
    view: Field,
    hits: Field,
    count: NDArray[np.int32],
    core: Field,
    seed: int,
) -> None:
    """Walls along each column's line of sight, near to far: (t, height, along, face)."""
    width = hits.shape[0]
    camera_x, camera_z = view[4], view[6]
    for px in range(width):
        dx = (f32(2) * (f32(px) + f32(0.5)) / f32(width) - f32(1)) * view[2] + view[0]
        core[px] = np.exp(-abs(dx) * f32(2.5))
        found = 0
        cell_x = np.int64(np.floor(camera_x / f32(_BLOCK_X)))
        cell_z = np.int64(np.floor(camera_z / f32(_BLOCK_Z)))
        step = 1 if dx > f32(0) else -1
        slow = max(abs(dx), f32(1e-5))
        edge = f32(cell_x + (1 if dx > f32(0) else 0)) * f32(_BLOCK_X)
        next_x = abs(edge - camera_x) / slow
        next_z = f32(cell_z + 1) * f32(_BLOCK_Z) - camera_z
        while found < _HITS - 1:
            own = np.int64(cell_z) * 131 + np.int64(cell_x) * 17
            a, b = hash1(own, seed), hash1(own + 7, seed + 1)
            inset = hash1(own + 3, seed + 2) * f32(0.07)
            left = f32(cell_x) * f32(_BLOCK_X) + f32(_GAP_X) + inset
            right = f32(cell_x + 1) * f32(_BLOCK_X) - f32(_GAP_X) - inset
            near = f32(cell_z) * f32(_BLOCK_Z) + f32(_GAP_Z)
            far = f32(cell_z + 1) * f32(_BLOCK_Z) - f32(_GAP_Z)
            low = f32(0.30) + f32(0.75) * a
            t, along, face = _box(camera_x, dx, camera_z, left, right, near, far)
            if t > f32(0):
                hits[px, found, 0], hits[px, found, 1] = t, low
                hits[px, found, 2], hits[px, found, 3] = along, face
                character(hits, px, found, own * 2, seed)
                found += 1
                # A tower stands back on its base.
                tall = low + f32(0.35) + f32(3.4) * b * b * b
                t, along, face = _box(
                    camera_x, dx, camera_z, left + f32(0.08), right - f32(0.08),
                    near + f32(0.07), far - f32(0.07),
                )  # fmt: skip
                if t > f32(0) and found < _HITS:
                    hits[px, found, 0], hits[px, found, 1] = t, tall
                    hits[px, found, 2], hits[px, found, 3] = along, face
                    character(hits, px, found, own * 2 + 1, seed)
                    found += 1
            if next_x < next_z:
                if next_x > f32(_REACH):
                    break
                cell_x += step
                next_x += f32(_BLOCK_X) / slow
            else:
                if next_z > f32(_REACH):
                    break
                cell_z += 1
                next_z += f32(_BLOCK_Z)
        count[px] = found


@kernel
def _sky(x: Any, up: Any, low: Any, view: Field, noise: Field, hues: Field) -> Any:
    """Night sky over the city: its own light, `low` near the ground, on low cloud."""
    depth = f32(1) / (up + f32(0.22))
    cloud = sample(noise, x * depth * f32(18) + view[14] * f32(0.4), depth * f32(40))
    glow = low * (f32(0.45) + f32(0.85) * cloud)
    return (
        hues[3, 0] + hues[5, 0] * glow,
        hues[3, 1] + hues[5, 1] * glow,
        hues[3, 2] + hues[5, 2] * glow,
    )


@kernel
def _hazed(t: Any, up: Any) -> Any:
    """Share of the city's haze at a distance: thicker near the ground."""
    thick = f32(0.060) + f32(0.075) * fade(max(up, f32(0)) * f32(1.2))
    return f32(1) - fade(t * thick)


@kernel
def _paint(
    out: Field,
    view: Field,
    hits: Field,
    count: NDArray[np.int32],
    core: Field,
    pointer: NDArray[np.int32],
    noise: Field,
    hues: Field,
    seed: int,
) -> None:
    """Each pixel, from the bottom row up: street with its mirror image, wall, or sky."""
    height, width = out.shape[0], out.shape[1]
    pixel = f32(2) * view[3] / f32(height)
    eye, energy, kick, flow = view[5], view[7], view[8], view[14]
    power = (f32(0.60) + f32(0.5) * energy) * (f32(1) + f32(0.25) * view[11])
    for row in range(height):
        py = height - 1 - row
        y = (f32(1) - f32(2) * (f32(py) + f32(0.5)) / f32(height)) * view[3] + view[1]
        high = abs(y)
        wide = np.exp(-high * f32(2.0)) * f32(0.5) * power
        near = np.exp(-high * f32(9.0)) * f32(1.1) * power
        ground = eye / max(-y, f32(1e-4)) if y < f32(0) else f32(1e9)
        for px in range(width):
            x = (f32(2) * (f32(px) + f32(0.5)) / f32(width) - f32(1)) * view[2] + view[0]
            n = count[px]
            # Going up a column the wall that is met only ever gets farther.
            i = pointer[px]
            while i < n and hits[px, i, 1] < eye + y * hits[px, i, 0]:
                i += 1
            pointer[px] = i
            if i < n and hits[px, i, 0] <= ground:
                t = hits[px, i, 0]
                up = eye + y * t
                r, g, b = wall(hits, px, i, up, pixel, view, hues, seed)
                haze = _hazed(t, up)
            elif y < f32(-0.012):
                t = ground
                gx, gz = view[4] + x * t, view[6] + t
                # Water lies in patches; ripples smear the mirror image up and down.
                wet = sample(noise, gx * f32(23), gz * f32(9))
                ripple = sample(noise, gx * f32(190) + flow * f32(3), gz * f32(60))
                ripple += sample(noise, gx * f32(61), gz * f32(21) - flow * f32(4)) - f32(1)
                slope = -y * (f32(1) + ripple * f32(0.40)) + ripple * f32(0.012)
                slope = max(slope, f32(0.001))
                j = 0
                while j < n and (
                    hits[px, j, 0] < t or hits[px, j, 1] < slope * hits[px, j, 0] - eye
                ):
                    j += 1
                if j < n:
                    far = hits[px, j, 0]
                    up = max(slope * far - eye, f32(0))
                    r, g, b = wall(hits, px, j, up, pixel * f32(2.5), view, hues, seed)
                    fog = _hazed(far, up)
                    air = wide + near * core[px]
                    r = lerp(r, hues[3, 0] + hues[5, 0] * air, fog)
                    g = lerp(g, hues[3, 1] + hues[5, 1] * air, fog)
                    b = lerp(b, hues[3, 2] + hues[5, 2] * air, fog)
                else:
                    r, g, b = _sky(x, slope, wide + near * core[px], view, noise, hues)
                grazing = f32(1) / (f32(1) + f32(2.5) * abs(y))
                mirror = (f32(0.45) + f32(0.55) * clamp01((wet - f32(0.35)) * f32(3))) * grazing
                r = r * mirror + hues[3, 0] * f32(0.4)
                g = g * mirror + hues[3, 1] * f32(0.4)
                b = b * mirror + hues[3, 2] * f32(0.4)
                # Traffic: tail lights ahead on one side, head lights on the other.
                lane = f32(0.17)
                for side in range(2):
                    centre = lane if side == 0 else -lane
                    speed = f32(1.6) if side == 0 else f32(-2.2)
                    q = (gz - speed * flow) / f32(1.7) + f32(side) * f32(0.37)
                    slot = np.floor(q)
                    if hash1(np.int64(slot), seed + 31 + side) > f32(0.35) + f32(0.6) * energy:
                        continue
                    dz = (q - slot - f32(0.5)) * f32(1.7)
                    da = min(abs(gx - centre - f32(0.022)), abs(gx - centre + f32(0.022)))
                    trail = (
                        fade(abs(dz) * f32(7))
                        * f32(0.0016)
                        / (da * da + f32(0.00022) + pixel * pixel * t * t)
                    )
                    c = 0 if side == 0 else 2
                    trail *= f32(0.22) + f32(0.2) * kick
                    r += hues[c, 0] * trail
                    g += hues[c, 1] * trail
                    b += hues[c, 2] * trail
                haze = _hazed(t, f32(0))
            else:
                r, g, b = _sky(x, high, wide + near * core[px], view, noise, hues)
                haze = f32(0)
            if haze > f32(0):
                air = (wide + near * core[px]) * f32(0.85)
                r = lerp(r, hues[3, 0] + hues[5, 0] * air, haze)
                g = lerp(g, hues[3, 1] + hues[5, 1] * air, haze)
                b = lerp(b, hues[3, 2] + hues[5, 2] * air, haze)
            out[py, px, 0] = r
            out[py, px, 1] = g
            out[py, px, 2] = b
