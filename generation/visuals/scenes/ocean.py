"""Ocean swell at dusk: a sea of real waves under a low sun or a moon, with its glitter path."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    f32,
    fade,
    kernel,
    lerp,
    noise_table,
    sample,
)
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Finish, Scene
from songreel.generation.visuals.stage import Stage

_SIDE = 128
"""Cells of the wave patch, a power of two; it repeats."""
_CELL = 0.22
"""Metres a cell: waves from about 1 m to the patch's 28 m."""
_COARSE = 8
"""Cells of the patch in one cell of its blurred copy, for the distance."""


class Ocean(Scene):
    """A patch of sea is summed from waves that each run at their own speed (Tessendorf 2001).

    Energy raises the swell and the glitter, a kick sends a band of light down the sun's path
    towards the viewer, bass lifts the swell, hats make the water sparkle.
    """

    name = "ocean swell at dusk"
    words = (
        "ocean", "sea", "water", "wave", "swell", "tide", "surf", "coast", "beach", "horizon",
        "sunset", "sunrise", "sun", "moon", "moonlight", "dusk", "harbour", "sail", "island",
        "current", "blue", "river", "shore",
    )  # fmt: skip
    scale = 0.5625
    finish = Finish(exposure=1.0, bloom=0.34, vignette=0.30, grain=0.005)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(31)
        said = f"{stage.request.motif} {stage.request.prompt}".lower()
        if "moon" in said or "night" in said:
            self._moon = True
        elif "sun" in said or "dawn" in said or "dusk" in said:
            self._moon = False
        else:
            self._moon = bool(random.random() < 0.3)
        third = float(random.choice([-1.0, 1.0])) * random.uniform(0.12, 0.36)
        self._sun_x = third * min(stage.half_x, 1.0)
        accent, other = stage.accent_at, stage.contrast_at
        dark = 0.72 if self._moon else 1.0
        self._sky = np.stack(
            [
                stage.shade(accent, 0.68 * dark, 1.3),
                stage.shade(other, 0.48 * dark, 1.2),
                stage.shade(0.2, 0.33 * dark),
                stage.shade(0.05, 0.17 * dark),
            ]
        )
        lamp = stage.shade(1.0, 0.93) if self._moon else stage.shade(accent, 0.74, 1.3)
        self._sun = (0.7 * lamp + 0.3 * stage.shade(1.0, 0.9)).astype(np.float32)
        self._ember = self._sun if self._moon else stage.shade(accent, 0.66, 1.3)
        self._warm = stage.shade(accent, 0.64, 1.4)
        self._deep = stage.shade(0.08, 0.13, 1.0)
        self._body = stage.shade(other, 0.42, 1.1)
        self._clouds = noise_table(stage.seed + 5, octaves=5, base=3)
        self._waves, self._speed, self._slope_x, self._slope_z = _spectrum(random)
        self._patch = np.zeros((_SIDE, _SIDE, 3), np.float32)
        self._blurred = np.zeros((_SIDE // _COARSE, _SIDE // _COARSE, 3), np.float32)
        self._above = np.zeros(self.width, np.float32)
        self._drift = random.uniform(0.0, 28.0, 2)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        stage, m = self.stage, moment
        self._swell(m.flow * 1.5)
        height = 0.10 + 0.26 * m.energy + 0.05 * m.bass + 0.10 * m.build
        # The sun goes down through the film.
        altitude = (0.34 - 0.10 * m.song) if self._moon else (0.15 - 0.13 * m.song)
        view = np.array(
            [m.cam_x, m.cam_y + 0.03, stage.half_x / m.zoom, stage.half_y / m.zoom, m.roll,
             self._drift[0] + 2.0 * m.truck, self._drift[1] + 0.8 * m.flow + 2.0 * m.forward,
             max(1.7 + 1.6 * m.lift, 0.7), height, self._sun_x, altitude, m.energy, m.kick,
             m.hat, m.pulse, m.beat, m.flow, 1.0 if self._moon else 0.0],
            np.float32,
        )  # fmt: skip
        _paint(
            out,
            view,
            self._patch,
            self._blurred,
            self._clouds,
            self._sky,
            self._sun,
            self._ember,
            self._warm,
            self._deep,
            self._body,
            self._above,
        )

    def _swell(self, t: float) -> None:
        """Height and slopes of the sea at scene time `t`, into the patch and its blurred copy."""
        turned = self._waves * np.exp(1j * self._speed * np.float32(t))
        for i, factor in enumerate((None, self._slope_x, self._slope_z)):
            part = turned if factor is None else turned * factor
            self._patch[..., i] = fft.irfft2(part, s=(_SIDE, _SIDE))
        size = (_SIDE // _COARSE, _SIDE // _COARSE)
        cv2.resize(self._patch, size, dst=self._blurred, interpolation=cv2.INTER_AREA)


def _spectrum(
    random: np.random.Generator,
) -> tuple[NDArray[np.complex64], Field, NDArray[np.complex64], NDArray[np.complex64]]:
    """Waves of one patch at rest: amplitudes, angular speeds, and the factors to their slopes.

    Amplitudes follow Phillips' spectrum for a wind towards the viewer; a height of 1 is its
    standard deviation.
    """
    k = 2 * np.pi * np.fft.fftfreq(_SIDE, _CELL)
    kz, kx = k[:, None], np.abs(k[None, : _SIDE // 2 + 1])
    length = np.hypot(kx, kz)
    safe = np.maximum(length, 1e-6)
    longest = 1.0 / 0.55  # metres: the spectrum peaks near a wavelength of 9 m
    along = (kz / safe) ** 2
    power = np.exp(-1.0 / (safe * longest) ** 2) / safe**4 * (0.12 + along)
    power *= np.exp(-((safe * 0.24) ** 2)) * (length > 0)
    # Nearly all of it runs towards the viewer: a sum of both ways would stand still.
    power *= np.where(kz > 0, 1.0, 0.06)
    shape = power.shape
    noise = random.standard_normal(shape) + 1j * random.standard_normal(shape)
    waves = np.sqrt(power) * noise
    waves[:, 0] = waves[:, -1] = 0.0  # these columns must be their own mirror: leave them out
    waves /= np.fft.irfft2(waves, s=(_SIDE, _SIDE)).std()
    speed = np.sqrt(9.81 * length) * 0.55
    return (
        waves.astype(np.complex64),
        speed.astype(np.float32),
        (1j * kx).astype(np.complex64) * np.ones(shape, np.complex64),
        (1j * kz).astype(np.complex64) * np.ones(shape, np.complex64),
    )


@kernel
def _wave(patch: Field, x: Any, z: Any) -> Any:
    """(height, slope along x, slope along z) of a repeating patch at `x`, `z` in cells."""
    mask = np.int64(patch.shape[0] - 1)
    fx, fz = np.floor(x), np.floor(z)
    u, v = f32(x - fx), f32(z - fz)
    x0, z0 = np.int64(fx) & mask, np.int64(fz) & mask
    x1, z1 = (x0 + 1) & mask, (z0 + 1) & mask
    a, b = (f32(1) - u) * (f32(1) - v), u * (f32(1) - v)
    c, d = (f32(1) - u) * v, u * v
    return (
        patch[z0, x0, 0] * a + patch[z0, x1, 0] * b + patch[z1, x0, 0] * c + patch[z1, x1, 0] * d,
        patch[z0, x0, 1] * a + patch[z0, x1, 1] * b + patch[z1, x0, 1] * c + patch[z1, x1, 1] * d,
        patch[z0, x0, 2] * a + patch[z0, x1, 2] * b + patch[z1, x0, 2] * c + patch[z1, x1, 2] * d,
    )


@kernel
def _air(sky: Field, up: Any) -> Any:
    """Sky colour at a height (tangent of elevation) above the horizon: four stops."""
    if up < f32(0.16):
        i, t = 0, up * f32(1 / 0.16)
    elif up < f32(0.50):
        i, t = 1, (up - f32(0.16)) * f32(1 / 0.34)
    else:
        i, t = 2, min((up - f32(0.50)) * f32(1 / 0.7), f32(1))
    t = t * (f32(1.6) - f32(0.6) * t)
    return (
        lerp(sky[i, 0], sky[i + 1, 0], t),
        lerp(sky[i, 1], sky[i + 1, 1], t),
        lerp(sky[i, 2], sky[i + 1, 2], t),
    )


@kernel
def _paint(
    out: Field,
    view: Field,
    patch: Field,
    blurred: Field,
    clouds: Field,
    sky: Field,
    sun: Field,
    ember: Field,
    warm: Field,
    deep: Field,
    body: Field,
    above: Field,
) -> None:
    """Every pixel: above the horizon sky, clouds and sun, below it the sea that mirrors them.

    `above`, shape (width,), is scratch: how much the water faces the viewer in the row above.
    """
    height, width = out.shape[0], out.shape[1]
    cos, sin = f32(np.cos(view[4])), f32(np.sin(view[4]))
    eye, tall = view[7], view[8]
    sun_x, sun_y = view[9], view[10]
    energy, kick, hat, pulse, beat, flow = (
        view[11],
        view[12],
        view[13],
        view[14],
        view[15],
        view[16],
    )
    moon = view[17]
    size = f32(0.115) - f32(0.045) * moon
    pixel = f32(2) * view[3] / f32(height)
    halo = (
        (f32(0.55) + f32(0.45) * energy)
        * (f32(1) + f32(0.40) * pulse)
        * (f32(1) - f32(0.45) * moon)
    )
    above[:] = f32(0)
    for py in range(height):
        sy = (f32(1) - f32(2) * (f32(py) + f32(0.5)) / f32(height)) * view[3]
        for px in range(width):
            sx = (f32(2) * (f32(px) + f32(0.5)) / f32(width) - f32(1)) * view[2]
            x = view[0] + sx * cos + sy * sin
            y = view[1] - sx * sin + sy * cos
            if y >= f32(0):
                above[px] = f32(0)
                r, g, b = _air(sky, y)
                dx, dy = x - sun_x, y - sun_y
                far = np.sqrt(dx * dx + dy * dy)
                glow = fade(far * f32(3.2)) * halo
                # Sheets of cloud in perspective, thin overhead and dense towards the horizon.
                depth = f32(1) / (y + f32(0.09))
                sheet = sample(clouds, x * depth * f32(16) + flow * f32(0.9), depth * f32(34))
                sheet += f32(0.5) * sample(clouds, x * depth * f32(47) + flow * f32(1.9),
                                           depth * f32(100))  # fmt: skip
                cover = clamp01((sheet - f32(0.78)) * f32(2.6)) * clamp01(y * f32(9))
                cover *= clamp01(f32(1.25) - y)
                edge = cover * (f32(1) - cover) * f32(4)
                disc = clamp01((size - far) / pixel + f32(0.5)) * (f32(1) - f32(0.85) * cover)
                lit = fade(far * f32(2.0)) * (f32(0.25) + edge) * cover * f32(1.2) * halo
                dim = f32(1) - cover * f32(0.45)
                if moon > f32(0):
                    mark = sample(clouds, dx * f32(330) + f32(90), dy * f32(330) + f32(40))
                    disc *= f32(0.55) + f32(0.6) * mark
                # Air reddens the lower limb of a low sun.
                limb = clamp01(f32(0.5) - dy / size * f32(0.6)) * clamp01(f32(1) - y * f32(3))
                shine = disc * (f32(3.0) - f32(0.7) * limb + pulse * f32(0.7))
                r = (
                    r * dim
                    + warm[0] * (glow * f32(0.9) + lit)
                    + lerp(sun[0], ember[0], limb) * shine
                )
                g = (
                    g * dim
                    + warm[1] * (glow * f32(0.9) + lit)
                    + lerp(sun[1], ember[1], limb) * shine
                )
                b = (
                    b * dim
                    + warm[2] * (glow * f32(0.9) + lit)
                    + lerp(sun[2], ember[2], limb) * shine
                )
            else:
                down = max(-y, f32(0.0015))
                # Where the line of sight meets the waves: two steps of a fixed point.
                z = eye / down
                steep = f32(1) / (f32(1) + z * z * f32(0.003))
                wx = (view[5] + x * z) * f32(1 / _CELL)
                wz = (view[6] + z) * f32(1 / _CELL)
                h, hx, hz = _wave(patch, wx, wz)
                raised = tall * steep
                z = max((eye - h * raised) / down, f32(0.3))
                wx = (view[5] + x * z) * f32(1 / _CELL)
                wz = (view[6] + z) * f32(1 / _CELL)
                # How far one pixel reaches along the sea decides which detail can be seen: much
                # farther where the water turns away behind a crest, by the first step's slope.
                behind = abs(z - raised * hz * eye / (down * down))
                reach = pixel * max(z, behind) / down * f32(1 / _CELL)
                near = f32(1) / (f32(1) + f32(0.45) * reach * reach)
                h, hx, hz = _wave(patch, wx, wz)
                c, cx, cz = _wave(blurred, wx * f32(1 / _COARSE) - f32(0.44),
                                  wz * f32(1 / _COARSE) - f32(0.44))  # fmt: skip
                rough = f32(1) / (f32(1) + f32(0.0025) * reach * reach)
                hx, hz = lerp(cx * rough, hx, near), lerp(cz * rough, hz, near)
                h = lerp(c * rough, h, near)
                # The same patch, small and turned, makes the ripples.
                slope_x, slope_z = hx * tall, hz * tall
                if reach < f32(5):
                    _q, qx, qz = _wave(
                        patch,
                        (wx * f32(0.8) - wz * f32(0.6)) * f32(3.1) + flow * f32(9),
                        (wx * f32(0.6) + wz * f32(0.8)) * f32(3.1),
                    )
                    fine = (f32(0.11) + f32(0.05) * hat) / (f32(1) + f32(0.9) * reach * reach)
                    slope_x += (qx * f32(0.8) + qz * f32(0.6)) * fine
                    slope_z += (qz * f32(0.8) - qx * f32(0.6)) * fine
                # Mirror the line of sight (x, −down, 1) in the water's normal.
                turn = (
                    f32(2)
                    * (-x * slope_x - down - slope_z)
                    / (f32(1) + slope_x * slope_x + slope_z * slope_z)
                )
                rx, rz = x + turn * slope_x, f32(1) + turn * slope_z
                norm = np.sqrt(f32(1) + x * x + down * down)
                facing = -turn * f32(0.5) / norm
                # A crest turns edge-on within a pixel: its bright rim is averaged over all that
                # the water faces between the row above and this one, else it breaks into dashes.
                middle, reached = f32(0.5) * (facing + above[px]), facing - above[px]
                above[px] = facing
                mirror, up = f32(0), f32(0)
                for q in range(4):
                    f = middle + reached * (f32(0.25) * f32(q) - f32(0.375))
                    # Never quite edge-on: what faces away would be hidden by the crest before it.
                    graze = f32(1) - min(max(f, f32(0.055)), f32(1))
                    graze2 = graze * graze * clamp01(f32(1) + f * f32(9))
                    part = f32(0.0075) + f32(0.2425) * graze2 * graze2 * graze
                    ry = f32(2) * f * norm - down
                    mirror += part
                    up += part * np.sqrt(ry * ry + f32(0.0016))
                forward = f32(1) / max(rz, f32(0.25))
                up *= forward / mirror
                side = rx * forward
                r, g, b = _air(sky, up)
                ex, ey = side - sun_x, up - sun_y
                away = np.sqrt(ex * ex + ey * ey)
                glow = fade(away * f32(3.2)) * halo * f32(0.9)
                # Facets finer than a pixel spread the sun: the lobe widens with distance.
                lobe = size + f32(0.03) + f32(0.10) * (f32(1) - near)
                hit = fade(away * away / (lobe * lobe))
                # The kick's light runs from the horizon to the viewer within a beat.
                run = f32(1)
                if kick > f32(0.02):
                    crest = np.log(z + f32(1)) - f32(4.6) * (f32(1) - beat)
                    run += f32(2.2) * kick * fade(crest * crest * f32(1.1))
                spark = hit * (f32(1.5) + f32(1.3) * energy) * run * (f32(0.75) + f32(0.35) * near)
                spark *= f32(1) - f32(0.35) * moon
                crown = clamp01(h * tall * f32(1.6) + f32(0.15)) * (f32(0.12) + f32(0.3) * energy)
                haze = fade(z * f32(0.012))
                r = (deep[0] + body[0] * crown) * (f32(1) - mirror) + mirror * (
                    r + warm[0] * glow) + sun[0] * spark * (mirror + f32(0.12))  # fmt: skip
                g = (deep[1] + body[1] * crown) * (f32(1) - mirror) + mirror * (
                    g + warm[1] * glow) + sun[1] * spark * (mirror + f32(0.12))  # fmt: skip
                b = (deep[2] + body[2] * crown) * (f32(1) - mirror) + mirror * (
                    b + warm[2] * glow) + sun[2] * spark * (mirror + f32(0.12))  # fmt: skip
                far_x = x - sun_x
                veil = (f32(1) - haze) * f32(0.55)
                glow = fade(abs(far_x) * f32(3.2)) * halo * f32(0.55)
                r = lerp(r, sky[0, 0] * f32(0.7) + warm[0] * glow, veil)
                g = lerp(g, sky[0, 1] * f32(0.7) + warm[1] * glow, veil)
                b = lerp(b, sky[0, 2] * f32(0.7) + warm[2] * glow, veil)
            out[py, px, 0] = r
            out[py, px, 1] = g
            out[py, px, 2] = b
