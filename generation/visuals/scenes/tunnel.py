"""Tunnel of light: rings and ribbons that rush by, through a winding tube of mist."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    f32,
    kernel,
    lerp,
    noise_table,
    sample,
)
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Finish, Scene
from songreel.generation.visuals.stage import Stage

_DEPTHS = 1024
"""Samples of all that depends on depth alone, close together near the camera."""
_HALF = 6.0
"""Depth, in tunnel radii, at which half of the samples are used up."""
_SPACING = 1.9
"""Tunnel radii between the rings of two beats."""
_MEET = 1.0
"""Depth at which a ring is met on its beat: it frames the picture, then rushes by."""
_RIBBONS = 6
_COURSE = 8
"""Columns of the course: centre x and y, cosine and sine of the twist, share seen through mist,
nearness (1 / depth), and the slopes of the centre's x and y over nearness."""
_TIGHT = 0.85
"""Radius of the tube at depth 1, in scene units."""
_KICK = 0.05
"""Share of its radius by which a kick tightens the tube."""
_LEAN = 0.55
"""Most that the centre may shift per change of a ring's radius. Below 1 each ring lies inside the
nearer ones, so that every pixel has one depth; the rest is margin for shapes that twist."""


class Tunnel(Scene):
    """One ring passes the viewer on every beat, a heavier one on every bar.

    Ribbons of light run along the walls at the speed of the music's energy; a kick lights the
    rings and tightens the tube, hats glint along the ribbons, the end glows with a build.
    """

    name = "tunnel of light"
    words = (
        "tunnel", "light", "ring", "speed", "portal", "laser", "corridor", "warp", "hyperspace",
        "vortex", "ribbon", "neon", "gate", "passage", "rush", "beam", "wormhole", "racing",
        "geometry", "geometric", "digital", "cyber",
    )  # fmt: skip
    scale = 0.5
    finish = Finish(exposure=1.0, bloom=0.6, vignette=0.45, grain=0.005)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(41)
        drive = stage.request.drive
        self._on_beats = drive is not None and len(drive.beats) > 1
        self.shape = int(random.integers(0, 3))
        self._twist = float(random.uniform(-0.10, 0.10)) + (
            0.05 if random.random() < 0.5 else -0.05
        )
        accent, other = stage.accent_at, stage.contrast_at
        self._hues = np.stack(
            [
                stage.shade(accent, 0.68, 1.35),
                stage.shade(other, 0.58, 1.35),
                stage.shade(0.5 * (accent + other), 0.62, 1.35),
                stage.shade(1.0, 0.92),
                stage.shade(0.05, 0.10),
                stage.shade(accent, 0.45, 1.2),
                stage.shade(0.93, 0.88, 1.4),
            ]
        )
        self._noise = noise_table(stage.seed + 3, octaves=4, base=6)
        self._bends = random.uniform(0, 6.28, 6)
        share = (np.arange(_DEPTHS) + 0.5) / _DEPTHS
        self._z = share * _HALF / (1.0 - share)
        # Depth that one pixel covers at each depth: rings thinner than that are widened.
        self._blur = self._z**2 * (2.0 * stage.half_y / self.height) * 0.9
        self._nearness = 1.0 / self._z
        self._meet = int(np.searchsorted(self._z, _MEET))
        self._course = np.zeros((_DEPTHS, _COURSE), np.float32)
        self._course[:, 5] = self._nearness
        self._row = np.zeros((3, self.width), np.float32)
        self._rings = np.zeros((_DEPTHS, 3), np.float32)
        self._lit = np.zeros((_DEPTHS, 3), np.float32)
        self._ribbons = np.zeros((_DEPTHS, _RIBBONS, 2), np.float32)
        self._ribbon_hues = np.stack([self._hues[i % 3] for i in range(_RIBBONS)])
        self._start = random.random(_RIBBONS)
        self._sway = random.uniform(0.03, 0.11, _RIBBONS)
        self._wave = random.uniform(0.12, 0.45, _RIBBONS)
        self._pace = random.uniform(0.6, 1.5, _RIBBONS)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        stage, m = self.stage, moment
        travel = _travel(m)
        course = self.course(m)
        self._light(travel, m)
        end = (0.30 + 0.55 * m.energy + 0.9 * m.build) * (1.0 + 0.3 * m.pulse)
        view = np.array(
            [m.cam_x, m.cam_y, stage.half_x / m.zoom, stage.half_y / m.zoom, m.roll, travel,
             _TIGHT * (1.0 - _KICK * m.kick), end, m.energy, m.hat],
            np.float32,
        )  # fmt: skip
        _paint(
            out,
            view,
            course,
            self._rings,
            self._lit,
            self._ribbons,
            self._ribbon_hues,
            self._noise,
            self._hues,
            self.shape,
            self._row,
        )

    def course(self, m: Moment) -> NDArray[np.float32]:
        """Course of the tube ahead at each depth, shape (depths, 8); see `_COURSE`.

        The array is used again for the next frame.
        """
        travel = _travel(m)
        amount = 0.5 + 0.9 * self.stage.motion
        steps = np.array([0.13, 0.31])
        sizes = np.array([0.75, 0.28])
        # Beyond some radii bend and twist are frozen: the far end is one straight look.
        z = 9.0 * np.tanh(self._z / 9.0)
        centre = np.empty((_DEPTHS, 2))
        for axis in range(2):
            phase = steps * travel + self._bends[3 * axis : 3 * axis + 2]
            ahead = np.sin(phase + steps * z[:, None]) @ sizes
            here, slope = np.sin(phase) @ sizes, np.cos(phase) @ (sizes * steps)
            # Seen from the camera, which sits in the middle and looks half along the bend.
            centre[:, axis] = amount * ((ahead - here) / z - 0.6 * slope)
        centre -= np.clip([0.45 * m.truck, 0.45 * m.lift], -0.5, 0.5) * self._nearness[:, None]
        self._course[:, :2], self._course[:, 6:] = _nested(centre, self._nearness, self._meet)
        turned = self._twist * (z + 0.35 * travel)
        self._course[:, 2], self._course[:, 3] = np.cos(turned), np.sin(turned)
        self._course[:, 4] = np.exp(-self._z * (0.16 - 0.05 * m.energy))
        return self._course

    def _light(self, travel: float, m: Moment) -> None:
        """Light of the rings, what they cast on the walls, and the ribbons, by depth."""
        z, fog = self._z, self._course[:, 4].astype(np.float64)
        accent, other, third, white = self._hues[:4].astype(np.float64)
        # Close by, a ring would fill the frame and leave it at once: it pales as it arrives.
        near = np.clip((z - 0.35) / 1.15, 0.0, 1.0)
        near = near * near * (3.0 - 2.0 * near)
        if self._on_beats:
            # The rings surge on the beat and settle towards the next.
            beat_phase, bar_phase = 1.0 - (1.0 - m.beat) ** 1.7, m.bar
        else:
            beat_phase = travel / _SPACING % 1.0
            bar_phase = travel / (4 * _SPACING) % 1.0
        beat = _ring_distance(z, beat_phase, _SPACING)
        half = _ring_distance(z, beat_phase, _SPACING / 2)
        bar = _ring_distance(z, bar_phase, 4 * _SPACING)
        # The walls are wide: what the rings cast on them follows the pulse only.
        beat_light = 1.0 + 1.4 * m.energy
        bar_light = 1.9
        strike, shine = 1.0 + 1.7 * m.kick + 0.5 * m.snare, 1.0 + 0.45 * m.pulse
        thin = (0.2 + 0.7 * m.energy + 0.8 * m.hat) * np.clip(0.5 + 0.5 * z, 0, 1)
        glow = np.zeros((z.size, 3))
        cast = np.zeros((z.size, 3))
        for d, width, light, hue in (
            (beat, 0.022, beat_light, other),
            (half, 0.010, thin, third),
            (bar, 0.045, bar_light, accent),
        ):
            w = width + self._blur
            core = (
                np.exp(-((d / w) ** 2)) * (width / w) * light * strike * fog * (0.12 + 0.88 * near)
            )
            glow += core[:, None] * (1.3 * hue + 0.12 * white)
            fall = light * fog * (0.3 + 0.7 * near) * (0.30 / (0.45 + d * d)) * (8.0 * width + 0.05)
            cast += fall[:, None] * shine * hue
        self._rings[:] = glow
        self._lit[:] = cast * 0.5
        for j in range(_RIBBONS):
            at = z + travel
            sway = self._sway[j] * np.sin(self._wave[j] * at + 40.0 * self._start[j])
            self._ribbons[:, j, 0] = (self._start[j] + sway + 0.02 * at * (j % 3 - 1)) % 1.0
            # Packets of light run towards the viewer faster than the walls go by.
            run = np.sin(0.55 * self._pace[j] * (at + 1.3 * travel) + 9.0 * self._start[j])
            packet = np.clip(run - 0.1, 0, 1) ** 3 * (0.7 + 1.6 * m.energy + 1.2 * m.hat)
            wanted = np.clip(_RIBBONS * (0.35 + 0.8 * m.energy) - j, 0.0, 1.0)
            self._ribbons[:, j, 1] = (0.14 + packet) * fog * wanted


def _travel(m: Moment) -> float:
    """How far the viewer has come along the tube, in its radii."""
    return 2.2 * m.flow + 1.2 * m.forward


def _nested(
    centre: NDArray[np.float64], nearness: NDArray[np.float64], fixed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`centre`, its shift limited so that no ring crosses another, and its slope over nearness.

    Args:
        centre: Middle of the tube on the screen at each depth, shape (depths, 2).
        nearness: 1 / depth, falling, shape (depths,): a ring's radius is the tube's times it.
        fixed: Depth whose centre stays as it is.
    """
    limit = _LEAN * _TIGHT * (1.0 - _KICK)
    step = np.diff(nearness)[:, None]
    slope = np.diff(centre, axis=0) / step
    size = np.hypot(slope[:, 0], slope[:, 1])
    slope /= ((1.0 + (size / limit) ** 4) ** 0.25)[:, None]
    held = np.zeros_like(centre)
    np.cumsum(slope * step, axis=0, out=held[1:])
    held += centre[fixed] - held[fixed]
    slopes = np.zeros_like(centre)
    slopes[1:-1] = 0.5 * (slope[1:] + slope[:-1])
    return held, slopes


def _ring_distance(z: NDArray[np.float64], phase: float, spacing: float) -> NDArray[np.float64]:
    """Distance from each depth to the nearest of the rings at (k − phase) × spacing + _MEET."""
    p = (z - _MEET) / spacing + phase
    distance: NDArray[np.float64] = np.abs(p - np.round(p)) * spacing
    return distance


@kernel
def _turn(x: Any, y: Any) -> Any:
    """Angle of (x, y) as a share of a full turn, 0 to 1; off by less than 0.00004."""
    ax, ay = abs(x), abs(y)
    small, large = min(ax, ay), max(ax, ay) + f32(1e-9)
    t = small / large
    s = t * t
    # Polynomial for atan(t) / 2π on 0 to 1.
    a = t * (f32(0.159046) + s * (f32(-0.05129) + s * (f32(0.023711) - s * f32(0.006498))))
    if ay > ax:
        a = f32(0.25) - a
    if x < f32(0):
        a = f32(0.5) - a
    if y < f32(0):
        a = f32(1) - a
    return a


@kernel
def wall_at(course: Field, shape: int, radius: Any, x0: Any, y0: Any) -> Any:
    """(u, v, r): point of the wall at (x0, y0), across the tube and in its twist, and how far out.

    `r` is `radius` over the wall's depth. The tube winds, so that its middle depends on the depth
    sought: Newton's method on the distance to the middle, whose slope never vanishes where rings
    are nested.
    """
    # The far end is the vanishing point, from where the search starts.
    x, y = x0 - course[_DEPTHS - 1, 0], y0 - course[_DEPTHS - 1, 1]
    s = np.sqrt(x * x + y * y) / radius
    i: Any = 0
    for _ in range(2):
        i = min(np.int64(f32(_DEPTHS) / (f32(1) + f32(_HALF) * s)), _DEPTHS - 2)
        x, y = x0 - course[i, 0], y0 - course[i, 1]
        away = np.sqrt(x * x + y * y) + f32(1e-6)
        slope = x * course[i, 6] + y * course[i, 7]
        gap = away * (away - radius * course[i, 5])
        s = max(course[i, 5] + gap / (radius * away + slope), f32(1e-4))
    off = s - course[i, 5]
    x, y = x - course[i, 6] * off, y - course[i, 7] * off
    u = x * course[i, 2] - y * course[i, 3]
    v = x * course[i, 3] + y * course[i, 2]
    if shape == 0:
        r = np.sqrt(u * u + v * v)
    elif shape == 1:
        r = np.sqrt(np.sqrt(u * u * u * u + v * v * v * v))
    else:
        r = max(abs(u), abs(u) * f32(0.5) + abs(v) * f32(0.8660254))
    return u, v, max(r, f32(0.004))


@kernel
def _paint(
    out: Field,
    view: Field,
    course: Field,
    rings: Field,
    lit: Field,
    ribbons: Field,
    ribbon_hues: Field,
    noise: Field,
    hues: Field,
    shape: int,
    row: Field,
) -> None:
    """For every pixel: where the line of sight meets the wall, and the light that lies there.

    `row`, shape (3, width), is scratch: the search along a whole row at once runs twice as fast.
    """
    height, width = out.shape[0], out.shape[1]
    cos, sin = f32(np.cos(view[4])), f32(np.sin(view[4]))
    travel, tight, end, energy, hat = view[5], view[6], view[7], view[8], view[9]
    for py in range(height):
        sy = (f32(1) - f32(2) * (f32(py) + f32(0.5)) / f32(height)) * view[3]
        for px in range(width):
            sx = (f32(2) * (f32(px) + f32(0.5)) / f32(width) - f32(1)) * view[2]
            x0 = view[0] + sx * cos + sy * sin
            y0 = view[1] - sx * sin + sy * cos
            row[0, px], row[1, px], row[2, px] = wall_at(course, shape, tight, x0, y0)
        for px in range(width):
            u, v, r = row[0, px], row[1, px], row[2, px]
            wall = tight / r
            p = wall / (wall + f32(_HALF)) * f32(_DEPTHS) - f32(0.5)
            p = min(max(p, f32(0)), f32(_DEPTHS - 2))
            k = np.int64(p)
            t = f32(p - f32(k))
            around = _turn(u, v)
            fog = course[k, 4]
            along = wall + travel
            skin = sample(noise, around * f32(512), along * f32(20))
            plate = abs(f32(12) * around - np.floor(f32(12) * around) - f32(0.5))
            seam = clamp01((f32(0.5) - plate) * f32(14) / (f32(1) + wall))
            gloss = (f32(0.30) + f32(0.9) * skin * skin) * (f32(0.25) + f32(0.75) * seam)
            red = lerp(rings[k, 0], rings[k + 1, 0], t)
            green = lerp(rings[k, 1], rings[k + 1, 1], t)
            blue = lerp(rings[k, 2], rings[k + 1, 2], t)
            red += (lit[k, 0] + hues[4, 0] * fog) * gloss
            green += (lit[k, 1] + hues[4, 1] * fog) * gloss
            blue += (lit[k, 2] + hues[4, 2] * fog) * gloss
            for j in range(_RIBBONS):
                d = around - ribbons[k, j, 0]
                d = (d - np.floor(d + f32(0.5))) * f32(6.2832)
                d2 = d * d
                # A thread of light, the sheen it lays on the wall, and its glow in the mist.
                near, wide = d2 + f32(0.00016), d2 + f32(0.04)
                light = (f32(0.00030) * wide + f32(0.010) * near) / (near * wide)
                light *= ribbons[k, j, 1]
                red += ribbon_hues[j, 0] * light
                green += ribbon_hues[j, 1] * light
                blue += ribbon_hues[j, 2] * light
            streak = sample(noise, around * f32(2304), along * f32(1.3) + travel * f32(1.1))
            streak = clamp01((streak - f32(0.80)) * f32(5))
            streak *= streak * fog * fog * (f32(0.10) + f32(0.35) * energy + f32(0.5) * hat)
            red += (hues[0, 0] + f32(0.3) * hues[3, 0]) * streak
            green += (hues[0, 1] + f32(0.3) * hues[3, 1]) * streak
            blue += (hues[0, 2] + f32(0.3) * hues[3, 2]) * streak
            # Mist hides the depth: what is too far to be told apart gives way to the light at the
            # end, a point with a halo in the palette's lightest colour.
            r2 = r * r
            far = f32(0.006) / (r2 + f32(0.006))
            clear = r2 / (r2 + f32(0.0022))
            halo = f32(0.0016) * end / (r2 + f32(0.0016))
            heart = f32(0.0016) * end / (r2 + f32(0.00028))
            mist = (f32(1) - fog) * f32(0.20) * end + far * end
            mist *= f32(0.4) + f32(0.6) * clear
            red = red * clear + hues[5, 0] * mist + hues[0, 0] * halo + hues[6, 0] * heart
            green = green * clear + hues[5, 1] * mist + hues[0, 1] * halo + hues[6, 1] * heart
            blue = blue * clear + hues[5, 2] * mist + hues[0, 2] * halo + hues[6, 2] * heart
            out[py, px, 0] = red
            out[py, px, 1] = green
            out[py, px, 2] = blue
