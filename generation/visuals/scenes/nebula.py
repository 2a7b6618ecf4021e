"""Starfield and nebula: gas in depth that young stars light; or a galaxy; or a planet's limb.

The gas is a stack of layers at growing distance; each is born far off, comes nearer and fades
past the lens, so that the flight never ends. Stars lie in the same space, dimmed by what is
before them.
"""

from math import cos, log, pi, sin
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, colour, f32, fade, kernel
from songreel.generation.visuals.lights import add_light
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.heavens import (
    LAYERS,
    add_galaxy,
    add_gas,
    add_planet,
    spiral,
)
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage
from songreel.generation.visuals.tables import filaments, spectral

_COARSE = {"nebula": 4, "galaxy": 3, "planet": 2}
"""Pixels of the field to a pixel of what lies behind the stars."""
_STARS = 7000
_BOX = 8.0
"""Side of the box of stars that repeats around the camera, in scene units."""
_DEEP = 3.0
"""Depth of that box."""

_ALIVE = {Role.OPENING: 0.0, Role.VERSE: 0.2, Role.RISE: 0.55, Role.PEAK: 1.0, Role.TURN: 0.6,
          Role.CLOSING: 0.05}  # fmt: skip
"""How far the sky has lit up."""


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
                g = fall * fade((f32(j) - y) * (f32(j) - y) * inverse)
                for c in range(3):
                    out[j, i, c] += g * light[c]
            i, j = np.int64(x) + o, np.int64(y) + s
            if 0 <= i < width and 0 <= j < height:
                g = fall * fade((f32(i) - x) * (f32(i) - x) * inverse)
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
        shown = clamp01(z * f32(2.5)) * clamp01((f32(_DEEP) - z) * f32(2))
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
        beat = hat * f32(3) if n % 5 == 0 else f32(0)
        flux = flux * shown * (f32(0.15) + f32(0.85) * clear[row, column])
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


@kernel
def _cluster(
    out: NDArray[np.float32], clear: Field, stars: Field, count: Any, tints: Field, light: Field,
    x0: Any, y0: Any, spread: Any, pixel: Any, power: Any, kick: Any,
) -> None:  # fmt: skip
    """Add the star that lights the scene and, as `count` grows, the others born with it.

    `stars` is of shape (n, 4): place about the first, in `spread`s, magnitude and tint; `x0`, `y0`
    and `spread` are in pixels.
    """
    height, width, _ = out.shape
    for n in range(min(int(count) + 1, stars.shape[0])):
        share = clamp01(count - f32(n)) if n > 0 else f32(1)
        x, y = x0 + stars[n, 0] * spread, y0 + stars[n, 1] * spread
        if x < f32(-200) or y < f32(-200) or x > f32(width + 200) or y > f32(height + 200):
            continue
        row = min(max(int(y * f32(clear.shape[0]) / f32(height)), 0), clear.shape[0] - 1)
        column = min(max(int(x * f32(clear.shape[1]) / f32(width)), 0), clear.shape[1] - 1)
        flux = stars[n, 2] * power * share * (f32(0.15) + f32(0.85) * clear[row, column])
        p0, p1, p2 = colour(tints, stars[n, 3])
        radius = pixel * (f32(1.4) + f32(1.3) * np.sqrt(flux))
        add_light(
            out, x, y, radius, f32(2.5) * flux * p0, f32(2.5) * flux * p1, f32(2.5) * flux * p2
        )
        h = f32(0.16) * flux * (f32(1) + f32(0.8) * kick)
        for k in range(3):
            halo = pixel * f32(9) * f32(2.3) ** f32(k) * np.sqrt(flux + f32(0.3))
            add_light(out, x, y, halo, h * p0, h * p1, h * p2)
            h *= f32(0.34)
        g = f32(0.55) * flux * (f32(1) + kick)
        light[0], light[1], light[2] = g * p0, g * p1, g * p2
        arm = pixel * (f32(10) + f32(34) * flux) * (f32(1) + f32(0.7) * kick)
        _glint(out, x, y, arm, f32(1.0) * pixel, light)


class Nebula(Scene):
    """Stars, and what they light."""

    name: ClassVar[str] = "starfield and nebula"
    about: ClassVar[str] = (
        "Deep space: one star beside dark clouds in a verse, the whole nebula lit by a newborn "
        "cluster in a chorus; or a spiral galaxy, or a planet's limb before its sun."
    )
    words: ClassVar[tuple[str, ...]] = (
        "star", "starfield", "nebula", "space", "galaxy", "cosmos", "cosmic", "universe",
        "constellation", "interstellar", "orbit", "planet", "comet", "astronaut", "stardust",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.15, -0.1)
    drives: ClassVar[Drives] = Drives(
        kick="the brightest stars and the light at the heart flare",
        snare="the stars lurch nearer, and a wave of light runs outwards through gas or arms",
        hat="one star in five twinkles sharply",
        bass="the gas glows deeper",
        melody="knots of young stars and the rim of light brighten",
        build="more and more stars are born and the heart gathers light",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("sky", {
            "nebula": Option(("nebula", "cloud", "gas", "dust", "birth", "dream"), (0.2, 0.0)),
            "galaxy": Option(("galaxy", "spiral", "universe", "milky", "cosmos"), (0.3, 0.3)),
            "planet": Option(("planet", "orbit", "world", "sunrise", "moon", "earth"), (0.0, -0.3)),
        }),
    )  # fmt: skip
    scale: ClassVar[float] = 0.75
    finish: ClassVar[Finish] = Finish(bloom=0.45, grain=0.008)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(51)
        self._sky_kind = self.setting("sky")
        coarse = _COARSE[self._sky_kind]
        h, w = max(4, self.height // coarse), max(4, self.width // coarse)
        self._cloudlight = np.zeros((h, w, 3), np.float32)
        self._layers = np.zeros((LAYERS, 6), np.float32)
        self._clear = np.zeros((h, w), np.float32)
        self._at = f32(random.random() * 512)
        self._flight = float(random.random()) * 40.0
        spot = random.random(3)
        self._sun = ((spot[0] - 0.5) * 0.9 * stage.half_x, (spot[1] - 0.5) * 0.6 * stage.half_y)
        # The band of light runs more across a wide frame and more up a tall one.
        lean = (0.9 if stage.aspect < 1 else 0.1) * pi / 2 + (spot[2] - 0.5) * 1.0
        self._list = random.random((_STARS, 5)).astype(np.float32)
        self._alive = min(1.0, _ALIVE[stage.role] + 0.05 * min(stage.turn, 2))
        # A verse sees one lit hollow to the side of dark clouds, a chorus the whole band; a bridge
        # looks from the other side, across the band, with the dust before the light.
        if stage.role is Role.TURN:
            self._sun = (-0.9 * self._sun[0], -1.1 * self._sun[1] - 0.12 * stage.half_y)
            lean += 0.42 * pi
        aside = 0.30 * (1.0 - self._alive) * stage.half_x
        self._sun = (self._sun[0] + (aside if self._sun[0] > 0 else -aside), self._sun[1])
        narrow = 1.0 + 0.6 * (1.0 - self._alive)
        self._axis = (f32(cos(lean)), f32(sin(lean)))
        self._lean = (f32(narrow) * self._axis[0], f32(narrow) * self._axis[1])
        self._veil = (0.22 if stage.role is Role.TURN else 0.0) + 0.15 * (1.0 - self._alive)
        self._ringed = 0.85 * float(random.random() < 0.5)
        family = np.zeros((46, 4), np.float32)
        family[:, :2] = random.normal(0.0, 1.0, (46, 2)) * np.linspace(0.15, 1.0, 46)[:, None]
        family[:, 2] = 0.10 + 0.75 * random.random(46) ** 4
        family[:, 3] = random.random(46)
        family[0] = (0.0, 0.0, 1.5, 0.5)
        self._family = family
        warm, white, cool = (
            stage.shade(0.75, 0.88),
            stage.shade(1.0, 0.97, 0.5),
            stage.shade(0.5, 0.85),
        )
        self._tints = np.ascontiguousarray(np.stack([warm, white, white, cool]))
        self._light = np.zeros(3, np.float32)
        self._sky = stage.shade(0.12, 0.22) * f32(0.85) + stage.shade(
            0.5 * (stage.accent_at + stage.contrast_at), 0.30
        ) * f32(0.45 * self._alive)
        self._view, self._body = np.zeros(8, np.float32), np.zeros(16, np.float32)
        accent, other = stage.accent_at, stage.contrast_at
        self._hues: Field
        if self._sky_kind == "nebula":
            self._cloud = spectral(256, 3.8, 71, 2.0)
            self._wisps = filaments(512, 72)
            self._dust = filaments(512, 82, 0.75)
        elif self._sky_kind == "galaxy":
            self._arms, self._lanes, self._knots = spiral(90 + stage.seed % 4)
            self._hues = np.stack([
                stage.shade(0.9, 0.88, 1.2), stage.shade(accent, 0.66, 1.2),
                stage.shade(other, 0.56, 1.2), stage.shade(0.5 * (accent + other), 0.75, 1.4),
                0.5 * self._sky,
            ]).astype(np.float32)  # fmt: skip
        else:
            self._bands = np.clip(0.5 + 0.22 * spectral(256, 2.6, 93, 3.0), 0, 1).astype(np.float32)
            self._hues = np.stack([
                stage.shade(0.95, 0.93, 0.8), stage.shade(accent, 0.64, 1.35),
                stage.shade(0.35, 0.46, 1.1), stage.shade(other, 0.66, 1.1), 0.35 * self._sky,
                stage.shade(0.7, 0.72, 0.9),
            ]).astype(np.float32)  # fmt: skip

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st, alive = moment, self.stage, self._alive
        flight = m.flow * 0.14 + m.forward * 1.2 + self._flight
        zoom = m.zoom * (1.0 + 0.12 * m.forward)
        zoom *= 1.0 + 0.010 * m.kick + 0.060 * m.snare + 0.012 * m.hat
        turn = -m.roll + 0.10 * sin(m.flow * 0.13)
        truck, lift = 0.8 * m.truck + 0.02 * m.flow, 0.8 * m.lift
        half = (f32(st.half_x), f32(st.half_y))
        view = (f32(m.cam_x), f32(m.cam_y), f32(truck), f32(lift))
        sun = (self._sun[0] - 0.35 * m.truck, self._sun[1] - 0.35 * m.lift)
        coarse_pixel = 2.0 * st.half_y / zoom / self._clear.shape[0]
        self._view[:] = (st.half_x, st.half_y, cos(turn) / zoom, sin(turn) / zoom, m.cam_x, m.cam_y,
                         coarse_pixel, 0.0)  # fmt: skip
        if self._sky_kind == "nebula":
            self._gas(m, flight, (cos(turn) / zoom, sin(turn) / zoom), view, sun)
        elif self._sky_kind == "galaxy":
            self._galaxy(m, sun)
        else:
            sun = self._planet(m, sun)
        cv2.resize(
            self._cloudlight, (self.width, self.height), dst=out, interpolation=cv2.INTER_LINEAR
        )
        turned = (f32(cos(turn) * zoom), f32(sin(turn) * zoom))
        pixel = f32(self.height * st.half_x / 960.0)
        shown = 0.25 + 0.35 * alive + 0.4 * st.energy
        _stars(
            out, self._clear, self._list, int(_STARS * shown), self._tints, self._light, *half,
            *turned, *view, f32(flight * 0.42 + 0.10 * m.snare), f32(m.t), pixel,
            f32(m.kick), f32(m.hat),
        )  # fmt: skip
        if self._sky_kind == "galaxy":
            return
        wx, wy = sun[0] - m.cam_x, sun[1] - m.cam_y
        scale = self.height / (2.0 * st.half_y)
        many = 45.0 * min(1.0, alive * (0.5 + 0.5 * m.energy) + 0.5 * m.build)
        if self._sky_kind == "planet":
            many = 0.0
        _cluster(
            out, self._clear, self._family, f32(many), self._tints, self._light,
            f32((wx * turned[0] + wy * turned[1] + st.half_x) * scale),
            f32((st.half_y - (wy * turned[0] - wx * turned[1])) * scale),
            f32((0.26 + 0.03 * m.kick + 0.04 * m.build) * zoom * scale), pixel,
            f32((0.9 + 0.2 * alive + 0.3 * m.brightness) * (1.0 + 0.5 * m.kick)), f32(m.kick),
        )  # fmt: skip

    def _gas(
        self, m: Moment, flight: float, turn: Any, view: tuple[Any, Any, Any, Any], sun: Any
    ) -> None:
        """The nebula: lit whole, or dark before a faint glow."""
        st, alive = self.stage, self._alive
        first = int(flight // 1)
        since = -0.17 * log(max(m.snare, 1e-4))
        # Snares and notes most: what a drummer's feet do is seen in the heart of it.
        glow = (0.05 + 0.16 * m.energy + alive * (0.35 + 0.45 * m.energy)) * (
            1.0 + 0.15 * m.pulse + 0.75 * m.snare + 0.24 * m.hat + 0.40 * m.melody
        )
        add_gas(
            self._cloudlight, self._clear, self._layers, self._cloud, self._wisps, self._dust,
            st.lut, f32(st.half_x), f32(st.half_y), f32(turn[0]), f32(turn[1]), *view, first,
            f32(flight - first), self._at, f32(sun[0]), f32(sun[1]), *self._lean,
            f32(-0.16 + 0.12 * m.energy + 0.22 * alive + 0.20 * m.build),
            f32(glow + 0.35 * m.bass * (0.25 + alive) + 0.28 * m.brightness * (0.45 + alive)),
            f32(0.1 + 0.3 * alive * m.energy + (0.15 * m.kick + 0.25 * m.snare) * (1.0 + alive)),
            f32((0.60 + 0.40 * alive) * m.snare + 0.30 * m.melody),
            f32(0.1 + 2.4 * since),
            f32((0.60 + 0.45 * alive) * m.snare + 0.16 * m.hat),
            f32(self._veil), self._sky,
        )  # fmt: skip

    def _galaxy(self, m: Moment, sun: Any) -> None:
        """A spiral: small and aslant in a verse, near and open in a chorus."""
        alive = self._alive
        spin = 0.05 * m.flow + self._flight
        tilt = 0.26 + 0.46 * alive + 0.04 * sin(0.1 * m.flow)
        since = -0.17 * log(max(m.snare, 1e-4))
        lean, light = self._axis, 0.40 + 0.5 * m.energy + 0.75 * alive
        self._body[:13] = (
            0.6 * sun[0], 0.6 * sun[1], (0.52 + 0.85 * alive) * (1.0 + 0.015 * m.kick), lean[0],
            lean[1], tilt, cos(spin), sin(spin),
            light * (1.0 + 0.40 * m.pulse + 0.2 * m.bass + 0.2 * m.melody),
            (0.40 + 0.30 * m.energy + 0.35 * m.build) * (1.0 + 0.9 * m.kick),
            0.05 + 2.2 * since, m.snare * (0.5 + 0.5 * alive),
            (0.15 + 0.9 * alive) * (0.5 + 0.7 * m.brightness + 0.9 * m.melody),
        )  # fmt: skip
        add_galaxy(self._cloudlight, self._clear, self._arms, self._lanes, self._knots, self._view,
                   self._body, self._hues)  # fmt: skip

    def _planet(self, m: Moment, sun: Any) -> tuple[float, float]:
        """A planet before its sun: whole and far in a verse, its limb across a chorus.

        Returns where the sun stands.
        """
        alive = self._alive
        side = 1.0 if self._sun[0] < 0 else -1.0
        angle = pi / 2 - side * (0.75 - 0.40 * alive)
        dx, dy = cos(angle), sin(angle)
        radius = (0.50 + 1.55 * alive**1.3) * (1.0 + 0.004 * m.kick)
        x0 = 0.40 * sun[0] - 0.55 * side * alive * dx
        y0 = 0.25 * sun[1] - alive * (1.45 + 0.10 * sun[1])
        rise = 0.985 + 0.045 * alive * (0.4 + 0.6 * m.energy) + 0.05 * m.build
        spin = 0.35 * m.flow
        self._body[:15] = (
            x0, y0, radius, dx, dy,
            (0.45 + 0.5 * m.energy + 0.55 * alive + 0.5 * m.build)
            * (1.0 + 0.45 * m.pulse + 0.35 * m.melody + 0.25 * m.brightness),
            spin, cos(0.35 * side), sin(0.35 * side), self._ringed,
            0.16 + 0.05 * sin(0.1 * m.flow), 1.1 * m.snare * (0.4 + 0.6 * m.energy),
            float(int(m.flow * 3.0) % 64) * 17.3, 0.5 + 0.4 * m.energy + 0.4 * m.bass, m.bass,
        )  # fmt: skip
        add_planet(self._cloudlight, self._clear, self._bands, self._view, self._body, self._hues)
        return x0 + dx * radius * rise, y0 + dy * radius * rise
