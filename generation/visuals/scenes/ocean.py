"""Ocean: a sea of real waves under a low sun, a moon or a storm, drawn from near to far.

Every row of flat water is a distance; its waves are projected and fill each column upwards from
what nearer waves left visible, so that crests hide what lies behind them and rise above the
horizon.
"""

from math import cos, pi, sin
from typing import Any, ClassVar

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
    line,
    noise_table,
    sample,
)
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage

_SIDE = 128
"""Cells of the wave patch, a power of two; it repeats."""
_CELL = 0.22
"""Metres a cell: waves from about 1 m to the patch's 28 m."""
_COARSE = 4
"""Cells of the patch in one cell of its blurred copy, for the distance."""
_SKY = 4
"""Pixels of the field in one of the picture of the sky, which is soft."""
_AIR = 64
"""Entries of the sky's colours by height."""
_FAR = 320.0
"""Metres to the last waves."""

_FULL = {
    Role.OPENING: 0.0, Role.VERSE: 0.18, Role.RISE: 0.55, Role.PEAK: 1.0, Role.TURN: 0.45,
    Role.CLOSING: 0.05,
}  # fmt: skip
"""How far the sea has risen in each role of a section."""


class Ocean(Scene):
    """A patch of sea is summed from waves that each run at their own speed (Tessendorf 2001)."""

    name = "ocean swell"
    about = "Waves run towards the viewer from a low sun, a moon or the break in a storm."
    words = (
        "ocean", "sea", "water", "wave", "swell", "tide", "surf", "coast", "beach", "horizon",
        "sunset", "sunrise", "sun", "moon", "moonlight", "dusk", "harbour", "sail", "island",
        "current", "blue", "river", "shore",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.1, -0.1)
    drives: ClassVar[Drives] = Drives(
        kick="a band of light runs down the sun's path to the viewer and the swell surges",
        snare="foam flares on the crests and spray leaps off them",
        hat="the water glitters",
        bass="the swell is lifted",
        melody="the light around the sun widens",
        build="the waves rise and their crests break",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "sky",
            {
                "dusk": Option(("sunset", "sunrise", "sun", "dusk", "dawn", "beach"), (0.3, 0.1)),
                "moonlit": Option(("moon", "moonlight", "night", "silver", "dream"), (-0.1, -0.5)),
                "storm": Option(
                    ("storm", "thunder", "rain", "rage", "tempest", "grey"), (-0.5, 0.6)
                ),
            },
        ),
    )
    scale = 0.5
    finish = Finish(exposure=1.0, bloom=0.32, vignette=0.30, grain=0.005)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(31)
        self._kind = self.setting("sky")
        self._full = _FULL[stage.role] + 0.10 * min(stage.turn, 2) * (stage.role is Role.PEAK)
        moon, storm = self._kind == "moonlit", self._kind == "storm"
        third = float(random.choice([-1.0, 1.0])) * random.uniform(0.12, 0.36)
        if stage.role is Role.TURN:
            third = -third
        self._sun_x = third * min(stage.half_x, 1.0)
        accent, other = stage.accent_at, stage.contrast_at
        day = min(self._full, 1.0)
        dark = (0.66 if moon else 0.60 if storm else 0.72) + 0.28 * day
        if moon:
            stops = [
                stage.shade(other, 0.42 * dark), stage.shade(0.25, 0.30 * dark),
                stage.shade(0.1, 0.20 * dark), stage.shade(0.0, 0.11),
            ]  # fmt: skip
        elif storm:
            stops = [
                stage.shade(accent, 0.58 * dark, 0.9), stage.shade(0.3, 0.34 * dark, 0.7),
                stage.shade(0.2, 0.25 * dark, 0.6), stage.shade(0.1, 0.17, 0.6),
            ]  # fmt: skip
        else:
            stops = [
                stage.shade(accent, 0.66 * dark, 1.3), stage.shade(other, 0.46 * dark, 1.2),
                stage.shade(0.2, 0.32 * dark), stage.shade(0.05, 0.17 * dark),
            ]  # fmt: skip
        at = np.linspace(0.0, 1.2, _AIR)
        self._air = np.stack(
            [np.interp(at, (0.0, 0.16, 0.5, 1.2), [s[c] for s in stops]) for c in range(3)], axis=1
        ).astype(np.float32)
        lamp = stage.shade(1.0, 0.93, 0.6) if moon else stage.shade(accent, 0.74, 1.3)
        self._sun = (0.7 * lamp + 0.3 * stage.shade(1.0, 0.9)).astype(np.float32)
        self._warm = stage.shade(other if moon else accent, 0.64, 1.4)
        self._deep = stage.shade(0.08, 0.12, 1.0)
        self._body = stage.shade(other, 0.42, 1.1)
        self._foam = (0.4 * self._sun + 0.6 * stage.shade(1.0, 0.86, 0.5)).astype(np.float32)
        self._clouds = noise_table(stage.seed + 5, octaves=5, base=3)
        self._waves, self._speed, self._slope_x, self._slope_z = _spectrum(random)
        self._turned_waves = np.zeros_like(self._waves)
        self._part = np.zeros_like(self._waves)
        self._patch = np.zeros((3, _SIDE, _SIDE), np.float32)
        side = _SIDE // _COARSE
        self._blurred = np.zeros((3, side, side), np.float32)
        self._low = np.zeros((max(4, self.height // _SKY), max(4, self.width // _SKY), 3),
                             np.float32)  # fmt: skip
        self._rows = np.zeros((8, self.width), np.float32)
        self._top = np.zeros((7, self.width), np.float32)
        self._turned = np.zeros((self.height, self.width, 3), np.float32)
        self._drift = random.uniform(0.0, 28.0, 2)
        self._spray = random.random((260, 3)).astype(np.float32)
        self._stars = random.random((160, 3)).astype(np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        stage, m, full = self.stage, moment, self._full
        storm, moon = self._kind == "storm", self._kind == "moonlit"
        self._swell(m.flow * (1.5 if not storm else 1.9))
        tall = 0.07 + 0.10 * m.energy + 0.30 * full + 0.07 * m.bass + 0.13 * m.build
        tall *= (1.45 if storm else 0.8 if moon else 1.0) * (1 + 0.10 * m.kick)
        if moon:
            altitude = 0.26 + 0.06 * full - 0.05 * m.song
        elif storm:
            altitude = 0.03 + 0.05 * full
        else:
            altitude = -0.05 + 0.17 * full + 0.05 * m.build - 0.03 * m.song
        size = (0.052 if moon else 0.04 if storm else 0.085) * (1 + 0.75 * full)
        c, s = abs(cos(m.roll)), abs(sin(m.roll))
        reach_x = (stage.half_x * c + stage.half_y * s) / m.zoom
        reach_y = (stage.half_y * c + stage.half_x * s) / m.zoom
        eye = max(1.75 + 1.6 * m.lift + 0.75 * tall / 0.5 * full, 0.8)
        halo = (0.22 + 0.25 * m.energy + 0.36 * m.brightness + 0.30 * m.melody + 0.25 * m.pulse) * (
            0.45 if moon else 0.8 if storm else 1.0
        )
        view = np.array(
            [m.cam_x, m.cam_y + 0.03 + 0.05 * full, reach_x, reach_y,
             self._drift[0] + 2.0 * m.truck, self._drift[1] + 0.9 * m.flow + 2.0 * m.forward,
             eye, tall, self._sun_x, altitude, size, halo, m.energy, m.kick, m.snare, m.hat,
             m.beat, m.flow, full + 0.6 * m.build, 1.0 if moon else 0.0, 1.0 if storm else 0.0,
             m.pulse, float(min(1.0, max(0.0, altitude + 0.06) / 0.08)), full],
            np.float32,
        )  # fmt: skip
        straight = abs(m.roll) < 1e-4
        field = out if straight else self._turned
        _sky(self._low, view, self._air, self._sun, self._warm, self._clouds)
        size_ = (self.width, self.height)
        cv2.resize(self._low, size_, dst=field, interpolation=cv2.INTER_LINEAR)
        if moon:
            _stars(field, self._stars, view, self._sun)
        _lamp(field, view, self._sun, self._clouds)
        _sea(
            field, view, self._patch.reshape(3, -1), self._blurred.reshape(3, -1), self._clouds,
            self._air, self._sun, self._warm, self._deep, self._body, self._foam, self._rows,
            self._top,
        )  # fmt: skip
        if not straight:
            # From the frame's pixels to those of the upright picture, which covers more.
            ux, uy = stage.half_x / (m.zoom * reach_x), stage.half_y / (m.zoom * reach_y)
            tall_, wide_ = self.height / self.width, self.width / self.height
            mx, my = stage.half_x / stage.half_y * tall_, stage.half_y / stage.half_x * wide_
            c, s = cos(m.roll), sin(m.roll)
            a = np.array([[c * ux, -s * ux * my, 0.0], [s * uy * mx, c * uy, 0.0]])
            middle = np.array([self.width / 2, self.height / 2])
            a[:, 2] = middle - a[:, :2] @ middle
            cv2.warpAffine(field, a, size_, dst=out, borderMode=cv2.BORDER_REPLICATE,
                           flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)  # fmt: skip
        if full + m.build > 0.5:
            # Spray hangs in the light over the crests.
            mix_motes(
                out, self._spray, f32(stage.half_x), f32(stage.half_y), f32(cos(m.roll) * m.zoom),
                f32(sin(-m.roll) * m.zoom), f32(m.cam_x + m.truck), f32(m.cam_y + m.lift),
                f32(1.4 * m.flow), f32(-0.10), f32(0.02 + 0.06 * full),
                f32(0.10 * full + 0.45 * m.snare), f32(0.006), self._foam,
            )  # fmt: skip

    def _swell(self, t: float) -> None:
        """Height and slopes of the sea at scene time `t`, into the patch and its blurred copy."""
        np.multiply(self._speed, np.complex64(1j * t), out=self._turned_waves)
        np.exp(self._turned_waves, out=self._turned_waves)
        self._turned_waves *= self._waves
        size = (_SIDE // _COARSE, _SIDE // _COARSE)
        for i, factor in enumerate((None, self._slope_x, self._slope_z)):
            if factor is None:
                np.copyto(self._part, self._turned_waves)
            else:
                np.multiply(self._turned_waves, factor, out=self._part)
            columns = fft.ifft(self._part, axis=0, overwrite_x=True)
            self._patch[i] = fft.irfft(columns, _SIDE, axis=1, overwrite_x=True)
            cv2.resize(self._patch[i], size, dst=self._blurred[i], interpolation=cv2.INTER_AREA)


def _spectrum(
    random: np.random.Generator,
) -> tuple[NDArray[np.complex64], Field, NDArray[np.complex64], NDArray[np.complex64]]:
    """Waves of one patch at rest: amplitudes, angular speeds, and the factors to their slopes.

    Amplitudes follow Phillips' spectrum for a wind towards the viewer; a height of 1 is its
    standard deviation.
    """
    k = 2 * pi * np.fft.fftfreq(_SIDE, _CELL)
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
def _sky(out: Field, view: Field, air: Field, sun: Field, warm: Field, clouds: Field) -> None:
    """Air, glow and clouds at every height, below the horizon as if it were at it."""
    height, width, _ = out.shape
    sun_x, sun_y, halo, flow, storm = view[8], view[9], view[11], view[17], view[20]
    low = f32(0.80) - f32(0.26) * storm
    for j in range(height):
        row = line(out, j)
        y = view[1] + (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height)) * view[3]
        up = max(y, f32(0))
        p = min(up * f32((_AIR - 1) / 1.2), f32(_AIR - 1.001))
        n = np.int64(p)
        t = p - f32(n)
        depth = f32(1) / (up + f32(0.09))
        base = clamp01(up * f32(9)) * clamp01(f32(1.25) - up * (f32(1) - f32(0.6) * storm))
        dy = y - sun_y
        rain = storm * clamp01(f32(1) - up * f32(2.2)) * f32(0.35)
        for i in range(width):
            x = view[0] + (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1)) * view[2]
            dx = x - sun_x
            far = np.sqrt(dx * dx + dy * dy)
            glow = fade(far * f32(3.2)) * halo
            # Sheets of cloud in perspective, thin overhead and dense towards the horizon.
            sheet = sample(clouds, x * depth * f32(16) + flow * f32(0.9), depth * f32(34))
            sheet += f32(0.5) * sample(clouds, x * depth * f32(47) + flow * f32(1.9),
                                       depth * f32(100))  # fmt: skip
            cover = clamp01((sheet - low) * f32(2.6)) * base
            edge = cover * (f32(1) - cover) * f32(4)
            lit = fade(far * f32(2.0)) * (f32(0.25) + edge) * cover * f32(1.2) * halo
            dim = f32(1) - cover * (f32(0.45) + f32(0.27) * storm)
            # Rain hangs from the deck in slanting veils.
            veil = sample(clouds, x * f32(26) + y * f32(9) + flow, f32(11)) - f32(0.5)
            dim *= f32(1) - rain * clamp01(veil * f32(4))
            light = glow * f32(0.9) + lit
            for c in range(3):
                a = air[n, c] + (air[n + 1, c] - air[n, c]) * t
                row[3 * i + c] = a * dim + warm[c] * light


@kernel
def _stars(out: Field, stars: Field, view: Field, tone: Field) -> None:
    """Small stars high above the horizon."""
    height, width, _ = out.shape
    for n in range(stars.shape[0]):
        x = stars[n, 0] * f32(4) - f32(2) - view[0] * f32(0.9)
        y = f32(0.12) + stars[n, 1] * f32(1.5) - view[1]
        i = int((x / view[2] + f32(1)) * f32(0.5 * width))
        j = int((f32(1) - y / view[3]) * f32(0.5 * height))
        if i < 0 or j < 0 or i >= width or j >= height:
            continue
        light = (f32(0.25) + f32(1.3) * stars[n, 2] ** 3) * (f32(0.8) + f32(0.6) * view[15])
        for c in range(3):
            out[j, i, c] += light * tone[c]


@kernel
def _lamp(out: Field, view: Field, sun: Field, clouds: Field) -> None:
    """The disc of sun or moon."""
    height, width, _ = out.shape
    size = view[10]
    moon = view[19]
    x0 = ((view[8] - view[0]) / view[2] + f32(1)) * f32(0.5 * width)
    y0 = (f32(1) - (view[9] - view[1]) / view[3]) * f32(0.5 * height)
    per = f32(2) * view[3] / f32(height)
    across = f32(2) * view[2] / f32(width)
    radius, wide = size / per, size / across
    left, right = max(0, int(x0 - wide) - 1), min(width - 1, int(x0 + wide) + 1)
    top, bottom = max(0, int(y0 - radius) - 1), min(height - 1, int(y0 + radius) + 1)
    for j in range(top, bottom + 1):
        dy = (f32(j) + f32(0.5) - y0) * per
        for i in range(left, right + 1):
            dx = (f32(i) + f32(0.5) - x0) * across
            far = np.sqrt(dx * dx + dy * dy)
            disc = clamp01((size - far) / per + f32(0.5))
            mark = sample(clouds, dx * f32(330) + f32(90), dy * f32(330) + f32(40))
            shine = f32(2.9) + f32(0.6) * view[21] - moon * (f32(1.2) - f32(1.1) * mark)
            # Air reddens the lower limb of a low sun; a storm veils it.
            shine *= f32(1) - f32(0.30) * clamp01(f32(0.4) + dy / size) * (f32(1) - moon)
            shine *= f32(1) - f32(0.45) * view[20]
            for c in range(3):
                out[j, i, c] += sun[c] * shine * disc


@kernel
def _gather(rows: Field, patch: Field, side: Any, x: Any, step: Any, z: Any, weight: Any,
            first: Any) -> None:  # fmt: skip
    """Add a row of height and slopes (rows 0 to 2) of a repeating patch, along `x` in cells."""
    mask = np.int64(side - 1)
    fz = np.floor(z)
    v = f32(z - fz)
    a0 = (np.int64(fz) & mask) * np.int64(side)
    a1 = ((np.int64(fz) + 1) & mask) * np.int64(side)
    width = rows.shape[1]
    for n in range(first, 3):
        p = patch[n]
        target = rows[n]
        for i in range(width):
            at = x + step * f32(i)
            fx = np.floor(at)
            u = at - fx
            i0 = np.int64(fx) & mask
            i1 = (i0 + 1) & mask
            top = p[a0 + i0] + (p[a0 + i1] - p[a0 + i0]) * u
            low = p[a1 + i0] + (p[a1 + i1] - p[a1 + i0]) * u
            target[i] += (top + (low - top) * v) * weight


@kernel
def _sea(
    out: Field,
    view: Field,
    patch: Field,
    blurred: Field,
    noise: Field,
    air: Field,
    sun: Field,
    warm: Field,
    deep: Field,
    body: Field,
    foam: Field,
    rows: Field,
    top: Field,
) -> None:
    """The water from near to far, each column filled upwards.

    `rows`, shape (8, width), and `top`, shape (7, width), are scratch: the waves at one distance,
    and the highest pixel so far of each column, the colour last met, and the colour last seen.
    """
    height, width, _ = out.shape
    eye, tall, sun_x, sun_y, size = view[6], view[7], view[8], view[9], view[10]
    energy, kick, snare, hat, flow = view[12], view[13], view[14], view[15], view[17]
    risen, moon, storm = view[18], view[19], view[20]
    halo, up_sun = view[11], view[22]
    pixel = f32(2) * view[3] / f32(height)
    step_x = f32(2) * view[2] / f32(width)
    left = view[0] - view[2] + f32(0.5) * step_x
    for i in range(width):
        top[0, i] = f32(height)
    lowest = view[3] - view[1]
    breaks = clamp01(risen * f32(1.15) - f32(0.25) + f32(0.5) * storm)
    # Rows are counted in half pixels below the horizon, so that none moves when the swell rises.
    # Tall waves stand steep close by: what they show lies within fractions of a row.
    half = f32(0.5) * pixel
    edge = np.int64(max(lowest, pixel) / half)
    count = edge + edge // 2
    closest = f32(5) if view[23] > f32(0.3) else f32(0)
    red, green, blue, reach_y = rows[4], rows[5], rows[6], rows[3]
    while count > 0:
        # Nearer than the lower edge where waves may rise into view, then row by row.
        down = f32(count) * half
        z = min(eye / down, f32(_FAR))
        steep = tall / (f32(1) + z * z * f32(0.0045))
        reach = pixel * z / max(down, f32(0.004)) * f32(1 / _CELL)
        near = f32(1) / (f32(1) + f32(0.10) * reach * reach)
        rough = f32(1) / (f32(1) + f32(0.0016) * reach * reach)
        for n in range(3):
            rows[n, :] = f32(0)
        wx, wz = (view[4] + left * z) * f32(1 / _CELL), (view[5] + z) * f32(1 / _CELL)
        step = step_x * z * f32(1 / _CELL)
        if near > f32(0.02):
            _gather(rows, patch, _SIDE, wx, step, wz, near, 0)
        if near < f32(0.98):
            _gather(rows, blurred, _SIDE // _COARSE, wx / f32(_COARSE) - f32(0.38),
                    step / f32(_COARSE), wz / f32(_COARSE) - f32(0.38),
                    (f32(1) - near) * rough, 0)  # fmt: skip
        if reach < f32(4):
            # The same patch, small, makes the ripples; they run a little across the swell.
            fine = (f32(0.11) + f32(0.06) * hat + f32(0.10) * min(risen, f32(1))) / (
                f32(1) + f32(0.9) * reach * reach
            )
            fine = fine / tall
            _gather(rows, patch, _SIDE, wx * f32(3.1) + flow * f32(9), step * f32(3.1),
                    wz * f32(3.1) + flow * f32(5), fine, 1)  # fmt: skip
        run = f32(1)
        if kick > f32(0.02):
            crest = np.log(z + f32(1)) - f32(4.6) * (f32(1) - view[16])
            run += f32(2.4) * kick * fade(crest * crest * f32(1.1))
        haze = fade(z * f32(0.010))
        veil = (f32(1) - haze) * f32(0.60)
        lobe = size + f32(0.03) + f32(0.10) * (f32(1) - near)
        lobe = f32(1) / (lobe * lobe)
        glint = (f32(1.5) + f32(1.6) * energy + f32(1.6) * hat * near) * run * up_sun
        glint *= (f32(0.75) + f32(0.35) * near) * (f32(1) - f32(0.35) * moon)
        glint *= f32(1) - f32(0.45) * storm
        streak_z = wz * f32(1.1)
        white = (f32(0.45) + f32(0.75) * snare) * breaks
        behind = f32(0.10) + f32(0.55) * risen * up_sun
        h_, sx_, sz_, milk_ = rows[0], rows[1], rows[2], rows[7]
        # Foam lies where crests are high, torn into streaks.
        if breaks > f32(0) and white * haze > f32(0.03):
            for i in range(width):
                along = wx + step * f32(i)
                torn = sample(noise, along * f32(9), streak_z * f32(6))
                torn += f32(0.7) * sample(noise, along * f32(27), streak_z * f32(21))
                crest = clamp01((h_[i] - f32(2.2) + f32(1.15) * breaks) * f32(0.9))
                milk = clamp01((crest * f32(0.85) + torn - f32(1.12)) * f32(3.5)) * white * haze
                milk_[i] = min(milk, f32(0.92))
        else:
            milk_[:] = f32(0)
        for i in range(width):
            x = left + step_x * f32(i)
            h = h_[i]
            slope_x, slope_z = sx_[i] * tall, sz_[i] * tall
            lift = h * steep
            fall = max((eye - lift) / z, f32(-0.4))
            reach_y[i] = fall
            # Mirror the line of sight (x, −fall, 1) in the water's normal.
            turn = f32(2) * (-x * slope_x - fall - slope_z)
            turn = turn / (f32(1) + slope_x * slope_x + slope_z * slope_z)
            turn = min(turn, f32(-0.03))
            rx, rz = x + turn * slope_x, max(f32(1) + turn * slope_z, f32(0.25))
            up = -fall - turn
            up = np.sqrt(up * up + f32(0.0016)) / rz
            side = rx / rz
            graze = f32(1) - min(-turn * f32(0.5) / np.sqrt(f32(1) + x * x), f32(1))
            g2 = graze * graze
            mirror = f32(0.03) + f32(0.95) * g2 * g2 * graze
            ex, ey = side - sun_x, up - sun_y
            away = np.sqrt(ex * ex + ey * ey)
            glow = fade(away * f32(3.2)) * halo * f32(0.9)
            spark = fade(away * away * lobe) * glint * (mirror + f32(0.12))
            crown = clamp01(h * f32(0.42) + f32(0.06)) * behind
            p = min(up * f32((_AIR - 1) / 1.2), f32(_AIR - 1.001))
            n = np.int64(p)
            t = p - f32(n)
            milk = milk_[i]
            lit = f32(0.30) + f32(0.9) * fade(abs(x - sun_x) * f32(1.6)) * (halo + f32(0.25))
            glow2 = fade(abs(x - sun_x) * f32(3.2)) * halo * f32(0.55)
            keep = f32(1) - mirror
            r = (deep[0] + body[0] * crown) * keep + sun[0] * spark
            r += mirror * (lerp(air[n, 0], air[n + 1, 0], t) + warm[0] * glow)
            r += (foam[0] * lit - r) * milk
            g = (deep[1] + body[1] * crown) * keep + sun[1] * spark
            g += mirror * (lerp(air[n, 1], air[n + 1, 1], t) + warm[1] * glow)
            g += (foam[1] * lit - g) * milk
            b = (deep[2] + body[2] * crown) * keep + sun[2] * spark
            b += mirror * (lerp(air[n, 2], air[n + 1, 2], t) + warm[2] * glow)
            b += (foam[2] * lit - b) * milk
            red[i] = r + (air[0, 0] * f32(0.7) + warm[0] * glow2 - r) * veil
            green[i] = g + (air[0, 1] * f32(0.7) + warm[1] * glow2 - g) * veil
            blue[i] = b + (air[0, 2] * f32(0.7) + warm[2] * glow2 - b) * veil
        _fill(out, reach_y, red, green, blue, top, view[1], view[3])
        # A row at a time; before the lower edge in larger steps.
        if count > edge:
            count -= 6
        elif z < closest:
            count -= 1
        else:
            count -= 2 - (count + 1) % 2
    for i in range(width):
        # The last pixel is partly sky.
        j = int(np.floor(top[0, i]))
        if 0 < j < height:
            for c in range(3):
                out[j, i, c] += (out[j - 1, i, c] - out[j, i, c]) * (top[0, i] - f32(j))


@kernel
def _fill(out: Field, fall: Field, red: Field, green: Field, blue: Field, top: Field, tilt: Any,
          half: Any) -> None:  # fmt: skip
    """Fill each column from its highest pixel so far up to this row of water."""
    height, width, _ = out.shape
    per = f32(height) / (f32(2) * half)
    for i in range(width):
        y = (half + tilt + fall[i]) * per
        before = top[0, i]
        if y < before:
            last = int(np.floor(before))
            share, part = f32(1) / (before - y), before - f32(last)
            for j in range(max(int(np.floor(y)), 0), min(last, height - 1) + 1):
                t = min(max((before - f32(j) - f32(0.5)) * share, f32(0)), f32(1))
                r = top[1, i] + (red[i] - top[1, i]) * t
                g = top[2, i] + (green[i] - top[2, i]) * t
                b = top[3, i] + (blue[i] - top[3, i]) * t
                if j == last:
                    # The nearer crest ends within this pixel.
                    r = top[4, i] + (r - top[4, i]) * part
                    g = top[5, i] + (g - top[5, i]) * part
                    b = top[6, i] + (b - top[6, i]) * part
                out[j, i, 0], out[j, i, 1], out[j, i, 2] = r, g, b
            top[0, i] = y
            top[4, i], top[5, i], top[6, i] = red[i], green[i], blue[i]
        top[1, i], top[2, i], top[3, i] = red[i], green[i], blue[i]
