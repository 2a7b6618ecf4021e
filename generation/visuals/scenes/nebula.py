"""Starfield and nebula: gas in depth, lit by young stars, and a drift between them.

The gas is a stack of layers at growing distance; each is born far off, comes nearer and fades
past the lens, so that the flight never ends. Stars lie in the same space, dimmed by the gas.
"""

from math import cos, pi, sin
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, colour, f32, kernel, sample
from songreel.generation.visuals.lights import add_light
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Finish, Scene
from songreel.generation.visuals.stage import Stage
from songreel.generation.visuals.tables import filaments, spectral

_LAYERS = 6
_COARSE = 5
"""Pixels of the field to a pixel of the gas."""
_STARS = 9000
_BOX = 8.0
"""Side of the box of stars that repeats around the camera, in scene units."""
_DEEP = 3.0
"""Depth of that box."""


@kernel
def _gas(
    out: NDArray[np.float32],
    clear: Field,
    layers: Field,
    cloud: Field,
    wisps: Field,
    dust: Field,
    lut: Field,
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    cam_x: Any,
    cam_y: Any,
    truck: Any,
    lift: Any,
    first: int,
    past: Any,
    at: Any,
    sun_x: Any,
    sun_y: Any,
    lean_x: Any,
    lean_y: Any,
    dense: Any,
    glow: Any,
    core: Any,
    flare: Any,
    sky: Field,
) -> None:
    """Light of the gas into `out` and what it lets through into `clear` (coarse fields).

    `layers`, shape (layers, 6), is scratch. `first` and `past` are the flight: whole layers
    passed, and the part of the next.
    `sun` is where the young stars are, `lean` the direction in which their light reaches far.
    """
    height, width, _ = out.shape
    for k in range(_LAYERS):
        z = f32(k) + f32(1) - past
        number = first + k
        turn = f32(number % 7) * f32(0.9)
        layers[k, 0] = z
        layers[k, 1] = clamp01(z * f32(0.7)) * clamp01((f32(_LAYERS) - z) * f32(0.6))
        layers[k, 2], layers[k, 3] = np.cos(turn), np.sin(turn)
        layers[k, 4] = at + f32(number % 64) * f32(193.3)
        layers[k, 5] = f32(number % 64) * f32(145.8)
    for j in range(height):
        y0 = half_y * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height))
        for i in range(width):
            x0 = half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1))
            x = x0 * m00 - y0 * m01 + cam_x
            y = x0 * m01 + y0 * m00 + cam_y
            dx, dy = x - sun_x, y - sun_y
            along, across = dx * lean_x + dy * lean_y, dy * lean_x - dx * lean_y
            # Bent, so that the lit band is an arc and not a bar.
            across = across + f32(0.30) * along * along
            reach = along * along * f32(0.9) + across * across * f32(7.5)
            near = f32(1) / (f32(1) + reach)
            spot = f32(1) / (f32(1) + (dx * dx + dy * dy) * f32(9))
            other = f32(1) / (
                f32(1)
                + f32(10) * ((dx + f32(1.1) * lean_x) * (dx + f32(1.1) * lean_x))
                + f32(10) * ((dy + f32(0.9) * lean_y) * (dy + f32(0.9) * lean_y))
            )
            through = f32(1)
            c0 = c1 = c2 = f32(0)
            for k in range(_LAYERS):
                z, fade = layers[k, 0], layers[k, 1]
                ca, sa = layers[k, 2], layers[k, 3]
                # Far layers shift less when the camera moves aside, and look finer.
                wide = f32(0.75) + z * f32(0.42)
                px, py = x * wide + truck, y * wide + lift
                u = (px * ca - py * sa) * f32(50) + layers[k, 4]
                v = (px * sa + py * ca) * f32(50) + layers[k, 5]
                e = sample(cloud, u * f32(0.5), v * f32(0.5))
                f = sample(wisps, u, v)
                d = f * f32(0.52) + e * f32(0.70) - f32(0.62) + dense + near * f32(0.62)
                d = max(f32(0), d) * fade * f32(0.55)
                q = sample(dust, u * f32(1.15) + f32(90), v * f32(1.15) + f32(33))
                dark = q * f32(0.85) - e * f32(0.30) - f32(0.22) - near * f32(0.05)
                dark = max(f32(0), dark) * fade
                depth = z * f32(1.0 / _LAYERS)
                lit = (
                    f32(0.035) + glow * (near * near * f32(0.85) + spot * f32(0.40)) + flare * other
                )
                tone = f32(0.18) + f32(0.30) * near + f32(0.24) * spot
                tone = tone + f32(0.10) * f * near + f32(0.16) * depth
                p0, p1, p2 = colour(lut, tone)
                light = through * d * (lit + f32(0.06) * depth)
                c0 += light * p0
                c1 += light * p1
                c2 += light * p2
                absorbed = dark * f32(1.7) + d * f32(0.28)
                through *= f32(1) / (f32(1) + absorbed + f32(0.5) * absorbed * absorbed)
            shine = core * (np.exp((dx * dx + dy * dy) * f32(-30)) * through + f32(0.04) * spot)
            out[j, i, 0] = c0 + through * sky[0] + shine * lut[230, 0]
            out[j, i, 1] = c1 + through * sky[1] + shine * lut[230, 1]
            out[j, i, 2] = c2 + through * sky[2] + shine * lut[230, 2]
            clear[j, i] = through


@kernel
def _glint(out: NDArray[np.float32], x: Any, y: Any, arm: Any, thin: Any, light: Field) -> None:
    """A star's diffraction cross: arms of `arm` pixels, about `thin` wide."""
    height, width, _ = out.shape
    n = np.int64(arm)
    inverse = f32(1) / (thin * thin)
    for s in range(-n, n + 1):
        fall = f32(1) - abs(f32(s)) / arm
        fall = fall * fall * fall
        for o in range(-2, 3):
            i, j = np.int64(x) + s, np.int64(y) + o
            if 0 <= i < width and 0 <= j < height:
                g = fall * np.exp(-(f32(j) - y) * (f32(j) - y) * inverse)
                for c in range(3):
                    out[j, i, c] += g * light[c]
            i, j = np.int64(x) + o, np.int64(y) + s
            if 0 <= i < width and 0 <= j < height:
                g = fall * np.exp(-(f32(i) - x) * (f32(i) - x) * inverse)
                for c in range(3):
                    out[j, i, c] += g * light[c]


@kernel
def _stars(
    out: NDArray[np.float32],
    clear: Field,
    stars: Field,
    count: int,
    tints: Field,
    light: Field,
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    cam_x: Any,
    cam_y: Any,
    truck: Any,
    lift: Any,
    flight: Any,
    time: Any,
    pixel: Any,
    kick: Any,
    hat: Any,
) -> None:
    """Add the first `count` of `stars`, shape (n, 5): x, y, z, magnitude, tint, all 0 to 1.

    `light`, shape (3,), is scratch. `pixel` is the size of a pixel of 720 lines, in pixels.
    """
    height, width, _ = out.shape
    rows, columns = clear.shape
    scale = f32(height) / (f32(2) * half_y)
    for n in range(count):
        z = stars[n, 2] * f32(_DEEP) - flight
        z = z - f32(_DEEP) * np.floor(z / f32(_DEEP))
        fade = clamp01(z * f32(2.5)) * clamp01((f32(_DEEP) - z) * f32(2))
        away = f32(0.40) + z
        bx, by = stars[n, 0] * f32(_BOX) - truck, stars[n, 1] * f32(_BOX) - lift
        bx = bx - f32(_BOX) * np.floor(bx / f32(_BOX)) - f32(_BOX / 2)
        by = by - f32(_BOX) * np.floor(by / f32(_BOX)) - f32(_BOX / 2)
        wx, wy = bx / away - cam_x, by / away - cam_y
        x = (wx * m00 + wy * m01 + half_x) * scale
        y = (half_y - (wy * m00 - wx * m01)) * scale
        margin = f32(90) * pixel
        if x < -margin or y < -margin or x > f32(width) + margin or y > f32(height) + margin:
            continue
        row = min(max(np.int64(y * f32(rows) / f32(height)), 0), rows - 1)
        column = min(max(np.int64(x * f32(columns) / f32(width)), 0), columns - 1)
        # Star counts grow about threefold a magnitude: flux goes as rank to the power −1.
        rank = stars[n, 3]
        flux = f32(0.05) / (rank + f32(0.0022)) / (f32(0.5) + f32(0.5) * away)
        # Hats make one star in five flash; the others only breathe.
        breath = np.sin(time * (f32(1.5) + f32(3) * stars[n, 4]) + f32(n))
        beat = hat * f32(1.6) if n % 5 == 0 else f32(0)
        flux = flux * fade * (f32(0.15) + f32(0.85) * clear[row, column])
        flux = flux * (f32(1) + f32(0.22) * breath + beat)
        p0, p1, p2 = colour(tints, stars[n, 4])
        core = min(flux, f32(5))
        radius = pixel * (f32(1.35) + f32(0.65) * np.sqrt(core))
        add_light(out, x, y, radius, core * p0, core * p1, core * p2)
        if flux > f32(2.2):
            h = (f32(0.05) + f32(0.07) * kick) * min(flux, f32(8)) * f32(0.25)
            for halo in (f32(7), f32(15), f32(32)):
                add_light(out, x, y, halo * pixel, h * p0, h * p1, h * p2)
                h *= f32(0.35)
            g = f32(0.5) + f32(0.12) * core + f32(0.8) * kick
            light[0], light[1], light[2] = g * p0, g * p1, g * p2
            arm = pixel * (f32(7) + f32(6) * min(flux, f32(8))) * (f32(1) + f32(1.1) * kick)
            _glint(out, x, y, arm, f32(0.9) * pixel, light)


class Nebula(Scene):
    """Stars and the gas they light."""

    name: ClassVar[str] = "starfield and nebula"
    words: ClassVar[tuple[str, ...]] = (
        "star", "starfield", "nebula", "space", "galaxy", "cosmos", "cosmic", "universe",
        "constellation", "interstellar", "orbit", "planet", "comet", "astronaut", "stardust",
    )  # fmt: skip
    scale: ClassVar[float] = 1.0
    finish: ClassVar[Finish] = Finish(bloom=0.45, grain=0.008)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(51)
        h, w = max(4, self.height // _COARSE), max(4, self.width // _COARSE)
        self._cloud = spectral(256, 3.8, 71, 2.0)
        self._wisps = filaments(512, 72)
        self._dust = filaments(512, 82, 0.75)
        self._cloudlight = np.zeros((h, w, 3), np.float32)
        self._layers = np.zeros((_LAYERS, 6), np.float32)
        self._clear = np.zeros((h, w), np.float32)
        self._at = f32(random.random() * 512)
        self._flight = float(random.random()) * 40.0
        spot = random.random(3)
        self._sun = ((spot[0] - 0.5) * 0.9 * stage.half_x, (spot[1] - 0.5) * 0.6 * stage.half_y)
        # The band of light runs more across a wide frame and more up a tall one.
        lean = (0.9 if stage.aspect < 1 else 0.1) * pi / 2 + (spot[2] - 0.5) * 1.0
        self._lean = (f32(cos(lean)), f32(sin(lean)))
        self._list = random.random((_STARS, 5)).astype(np.float32)
        warm, white, cool = (
            stage.shade(0.75, 0.88),
            stage.shade(1.0, 0.97, 0.5),
            stage.shade(0.5, 0.85),
        )
        self._tints = np.ascontiguousarray(np.stack([warm, white, white, cool]))
        self._light = np.zeros(3, np.float32)
        self._sky = stage.shade(0.12, 0.20) * f32(0.8)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st = moment, self.stage
        flight = m.flow * 0.20 + m.forward * 1.2 + self._flight
        first = int(flight // 1)
        zoom = m.zoom * (1.0 + 0.12 * m.forward)
        turn = -m.roll + 0.10 * sin(m.flow * 0.13)
        truck, lift = 0.8 * m.truck + 0.02 * m.flow, 0.8 * m.lift
        half = (f32(st.half_x), f32(st.half_y))
        view = (f32(m.cam_x), f32(m.cam_y), f32(truck), f32(lift))
        _gas(
            self._cloudlight, self._clear, self._layers, self._cloud, self._wisps, self._dust,
            st.lut, *half,
            f32(cos(turn) / zoom), f32(sin(turn) / zoom), *view, first, f32(flight - first),
            self._at, f32(self._sun[0] - 0.35 * m.truck), f32(self._sun[1] - 0.35 * m.lift),
            *self._lean, f32(-0.16 + 0.34 * m.energy + 0.12 * m.build),
            f32(0.28 + 0.55 * m.energy + 0.45 * m.bass + 0.2 * m.pulse),
            f32(0.15 + 0.35 * m.energy + 0.6 * m.kick), f32(0.5 * m.snare), self._sky,
        )  # fmt: skip
        cv2.resize(
            self._cloudlight, (self.width, self.height), dst=out, interpolation=cv2.INTER_CUBIC
        )
        np.maximum(out, 0.0, out=out)
        _stars(
            out, self._clear, self._list, int(_STARS * (0.5 + 0.5 * st.energy)), self._tints,
            self._light, *half, f32(cos(turn) * zoom), f32(sin(turn) * zoom), *view,
            f32(flight * 0.42), f32(m.t), f32(self.height * st.half_x / 960.0), f32(m.kick),
            f32(m.hat),
        )  # fmt: skip
