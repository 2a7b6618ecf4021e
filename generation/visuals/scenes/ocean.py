"""Ocean: a sea of real waves under a low sun, a moon or a storm, drawn from near to far.

Every row of flat water is a distance; its waves are projected and fill each column upwards from
what nearer waves left visible, so that crests hide what lies behind them and rise above the
horizon.
"""

from math import cos, pi, sin
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from songreel.generation.visuals.kernels import (
    Field,
    f32,
    noise_table,
)
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.ocean_sky import AIR, coast, lamp, shore, sky, stars
from songreel.generation.visuals.parts.ocean_water import CELL, COARSE, SIDE, sea
from songreel.generation.visuals.plucks import stroke
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage

_SKY = 4
"""Pixels of the field in one of the picture of the sky, which is soft."""

_SHORE = 2.4
"""Half of how far the coast reaches across the view, in scene units at the horizon."""

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
        at = np.linspace(0.0, 1.2, AIR)
        self._air = np.stack(
            [np.interp(at, (0.0, 0.16, 0.5, 1.2), [s[c] for s in stops]) for c in range(3)], axis=1
        ).astype(np.float32)
        lamp = stage.shade(1.0, 0.93, 0.6) if moon else stage.shade(accent, 0.74, 1.3)
        self._sun = (0.7 * lamp + 0.3 * stage.shade(1.0, 0.9)).astype(np.float32)
        self._warm = stage.shade(other if moon else accent, 0.64, 1.4)
        self._deep = stage.shade(0.08, 0.12, 1.0)
        self._body = stage.shade(other, 0.50, 1.3)
        self._foam = (0.4 * self._sun + 0.6 * stage.shade(1.0, 0.86, 0.5)).astype(np.float32)
        self._clouds = noise_table(stage.seed + 5, octaves=5, base=3)
        self._waves, self._speed, self._slope_x, self._slope_z = _spectrum(random)
        self._turned_waves = np.zeros_like(self._waves)
        self._part = np.zeros_like(self._waves)
        self._patch = np.zeros((3, SIDE, SIDE), np.float32)
        side = SIDE // COARSE
        self._blurred = np.zeros((3, side, side), np.float32)
        self._low = np.zeros((max(4, self.height // _SKY), max(4, self.width // _SKY), 3),
                             np.float32)  # fmt: skip
        self._rows = np.zeros((8, self.width), np.float32)
        self._top = np.zeros((7, self.width), np.float32)
        self._turned = np.zeros((self.height, self.width, 3), np.float32)
        self._shore = shore(stage.random(32), -float(np.sign(third)), _SHORE)
        self._land = (0.6 * stage.shade(0.05, 0.09) + 0.12 * self._air[6]).astype(np.float32)
        self._drift = random.uniform(0.0, 28.0, 2)
        self._spray = random.random((260, 3)).astype(np.float32)
        self._stars = random.random((160, 3)).astype(np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        stage, m, full = self.stage, moment, self._full
        storm, moon = self._kind == "storm", self._kind == "moonlit"
        self._swell(m.flow * (1.5 if not storm else 1.9))
        tall = 0.07 + 0.08 * m.energy + 0.19 * full + 0.07 * m.bass + 0.13 * m.build
        tall *= (1.45 if storm else 0.8 if moon else 1.0) * (1 + 0.16 * m.kick)
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
        eye = max(1.75 + 1.6 * m.lift + 1.3 * full, 0.8)
        halo = (
            0.22 + 0.25 * m.energy + 0.36 * m.brightness + 0.40 * m.melody + 0.60 * stroke(m)
        ) * (0.45 if moon else 0.8 if storm else 1.0)
        view = np.array(
            [m.cam_x, m.cam_y + 0.03 + 0.05 * full, reach_x, reach_y,
             self._drift[0] + 2.0 * m.truck, self._drift[1] + 0.9 * m.flow + 2.0 * m.forward,
             eye, tall, self._sun_x, altitude, size, halo, m.energy, m.kick, m.snare, m.hat,
             m.beat, m.flow, full + 0.6 * m.build, 1.0 if moon else 0.0, 1.0 if storm else 0.0,
             m.pulse, float(min(1.0, max(0.0, altitude + 0.06) / 0.08)), full, m.melody],
            np.float32,
        )  # fmt: skip
        straight = abs(m.roll) < 1e-4
        field = out if straight else self._turned
        sky(self._low, view, self._air, self._warm, self._clouds)
        size_ = (self.width, self.height)
        cv2.resize(self._low, size_, dst=field, interpolation=cv2.INTER_LINEAR)
        if moon:
            stars(field, self._stars, view, self._sun)
        lamp(field, view, self._sun, self._clouds)
        if self._shore is not None:
            coast(field, view, self._shore, f32(_SHORE), self._land, self._air)
        sea(
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
        size = (SIDE // COARSE, SIDE // COARSE)
        for i, factor in enumerate((None, self._slope_x, self._slope_z)):
            if factor is None:
                np.copyto(self._part, self._turned_waves)
            else:
                np.multiply(self._turned_waves, factor, out=self._part)
            columns = fft.ifft(self._part, axis=0, overwrite_x=True)
            self._patch[i] = fft.irfft(columns, SIDE, axis=1, overwrite_x=True)
            cv2.resize(self._patch[i], size, dst=self._blurred[i], interpolation=cv2.INTER_AREA)


def _spectrum(
    random: np.random.Generator,
) -> tuple[NDArray[np.complex64], Field, NDArray[np.complex64], NDArray[np.complex64]]:
    """Waves of one patch at rest: amplitudes, angular speeds, and the factors to their slopes.

    Amplitudes follow Phillips' spectrum for a wind towards the viewer; a height of 1 is its
    standard deviation.
    """
    k = 2 * pi * np.fft.fftfreq(SIDE, CELL)
    kz, kx = k[:, None], np.abs(k[None, : SIDE // 2 + 1])
    length = np.hypot(kx, kz)
    safe = np.maximum(length, 1e-6)
    # Metres: the spectrum peaks near a wavelength of 7 to 11 m; the wind comes a little aslant.
    longest, aslant = random.uniform(1.4, 2.2), random.uniform(-0.45, 0.45)
    # Of a wave and its mirror image half the spectrum holds one: `kz` below 0 stands for a wave
    # that runs towards the viewer the other way across, so its clock goes backwards.
    away = np.where(kz >= 0, 1.0, -1.0)
    along = (cos(aslant) * np.abs(kz) + sin(aslant) * away * kx) / safe
    along = np.maximum(along, 0.0) ** 2
    power = np.exp(-1.0 / (safe * longest) ** 2) / safe**4 * (0.06 + along)
    power *= np.exp(-((safe * 0.24) ** 2)) * (length > 0)
    shape = power.shape
    noise = random.standard_normal(shape) + 1j * random.standard_normal(shape)
    waves = np.sqrt(power) * noise
    waves[:, 0] = waves[:, -1] = 0.0  # these columns must be their own mirror: leave them out
    waves /= np.fft.irfft2(waves, s=(SIDE, SIDE)).std()
    speed = np.sqrt(9.81 * length) * 0.55 * away
    return (
        waves.astype(np.complex64),
        speed.astype(np.float32),
        (1j * kx).astype(np.complex64) * np.ones(shape, np.complex64),
        (1j * kz).astype(np.complex64) * np.ones(shape, np.complex64),
    )
