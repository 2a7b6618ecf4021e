"""Aurora over ridges: curtains of light above layered mountains, mist between them, a lake."""

from typing import Any

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
    noise1,
    noise_table,
    sample,
    smoothstep,
)
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Finish, Scene
from songreel.generation.visuals.stage import Stage

_LAYERS = 5
_RIDGE_SPAN = 8.0
"""Width of a ridge's height table in scene units; it repeats beyond."""
_RIDGE_SAMPLES = 4096
_CURTAINS = 3
_STEPS = 900
"""Rays along one curtain: about two a buffer column, so that no gap shows in the folds."""
_COLUMNS, _ROWS = 384, 160
"""Buffer of the aurora: fine across, where rays are, coarse along them."""
_HORIZON = -0.30


class Aurora(Scene):
    """Curtains hang in space and are seen from below, so that their folds brighten by themselves.

    Bass lengthens the rays, a kick runs along the curtain as a wave of light, hats make its rays
    and the stars glitter, energy adds curtains and lets the upper colour in.
    """

    name = "aurora over ridges"
    words = (
        "aurora", "northern", "polar", "borealis", "mountain", "ridge", "peak", "alpine", "snow",
        "winter", "mist", "fog", "forest", "pine", "lake", "valley", "cold", "arctic", "night",
        "dawn", "hill", "landscape", "sky", "wilderness",
    )  # fmt: skip
    scale = 0.5
    finish = Finish(exposure=1.0, bloom=0.30, vignette=0.40, grain=0.005)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(21)
        self._ridges = np.stack([_ridge(random, i) for i in range(_LAYERS)])
        # From the horizon down to the lower edge of an unmoved frame.
        self._room = _HORIZON - 0.06 + stage.half_y / stage.framing
        self._lake = bool(random.random() < 0.55)
        accent, other = stage.accent_at, stage.contrast_at
        self._sky = np.stack(
            [stage.shade(0.05, 0.115), stage.shade(0.2, 0.25), stage.shade(0.4, 0.44, 0.9)]
        )
        self._mist = stage.shade(0.35, 0.36, 0.7)
        self._rock = stage.shade(0.0, 0.075, 0.7)
        self._profile = _profile(
            2.0 * stage.shade(accent, 0.68, 1.25), 1.5 * stage.shade(other, 0.55, 1.3)
        )
        self._tint = stage.shade(accent, 0.6)
        self._star = stage.shade(1.0, 0.95, 0.5)
        self._noise = noise_table(stage.seed + 1, octaves=4)
        self._curtain = np.zeros((_COLUMNS, _ROWS, 3), np.float32)
        count = 900
        self._stars = np.stack(
            [
                random.uniform(-3.2, 3.2, count),
                random.uniform(_HORIZON, 2.6, count),
                random.pareto(1.8, count).clip(0, 12) * 0.30 + 0.08,
                random.uniform(0, 6.28, count),
            ],
            axis=1,
        ).astype(np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        stage, m, zoom = self.stage, moment, moment.zoom
        c, s = abs(np.cos(m.roll)), abs(np.sin(m.roll))
        reach_x = (stage.half_x * c + stage.half_y * s) / zoom + 0.05
        reach_y = (stage.half_y * c + stage.half_x * s) / zoom + 0.05
        cam_y = m.cam_y + 0.06
        left, top = m.cam_x - reach_x, cam_y + reach_y
        gain = (0.28 + 0.85 * m.energy) * (1.0 + 0.35 * m.pulse + 0.3 * m.build)
        _hang(
            self._curtain,
            self._profile,
            f32(left + 0.06 * m.truck),
            f32(2 * reach_x),
            f32(top),
            f32(m.flow),
            f32(m.energy),
            f32(m.bass),
            f32(m.kick),
            f32(m.hat),
            f32(m.beat),
            f32(gain),
            stage.seed,
        )
        glow = float(self._curtain.mean())
        view = np.array(
            [m.cam_x, cam_y, stage.half_x / zoom, stage.half_y / zoom, m.roll, m.truck, m.lift,
             m.forward, m.flow, left, 2 * reach_x, top, glow, m.hat, m.energy, self._room],
            np.float32,
        )  # fmt: skip
        _paint(
            out,
            view,
            self._curtain,
            self._ridges,
            self._noise,
            self._sky,
            self._mist,
            self._rock,
            self._tint,
            self._lake,
        )
        _stars(out, view, self._stars, self._star)


def _ridge(random: np.random.Generator, layer: int) -> Field:
    """Heights of one ridge line, shape (samples,), about 0 to 1, seamless."""
    x = np.arange(_RIDGE_SAMPLES) / _RIDGE_SAMPLES
    near = layer / (_LAYERS - 1)
    height = np.zeros(_RIDGE_SAMPLES)
    # Peaks are tents that hide each other: sharp tops, V-shaped valleys, never a sine.
    for _ in range(16 + 6 * layer):
        tall = random.uniform(0.15, 1.0) ** 1.6
        left, right = random.uniform(0.035, 0.13, 2) * (0.5 + tall)
        d = (x - random.random() + 0.5) % 1.0 - 0.5
        tent = np.maximum(1.0 - np.where(d < 0, -d / left, d / right), 0.0)
        height = np.maximum(height, tall * tent**1.15)
    # Fractal detail of the slope of real silhouettes, about k^-1.3 in amplitude.
    k = np.arange(1, 700)
    gain = np.where(k > 5, (k / 6.0) ** -1.3, 0.0) * 0.055
    phase = random.uniform(0, 2 * np.pi, k.size)
    spectrum = np.zeros(_RIDGE_SAMPLES // 2 + 1, complex)
    spectrum[k] = gain * np.exp(1j * phase) * _RIDGE_SAMPLES / 2
    height = height + np.fft.irfft(spectrum, _RIDGE_SAMPLES) * (0.25 + height)
    height = (height - height.min()) / np.ptp(height)
    if layer == _LAYERS - 1:
        height = 0.40 * height + 0.30 * _trees(random, x)
    line: Field = (height * (1.0 - 0.25 * near)).astype(np.float32)
    return line


def _trees(random: np.random.Generator, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Outline of conifers, 0 to 1: narrow cones with a jagged edge, in groups."""
    outline = np.zeros_like(x)
    for _ in range(420):
        at, tall = random.random(), random.uniform(0.25, 1.0) ** 1.3
        tall *= 0.35 + 0.65 * (np.sin(2 * np.pi * (3 * at + 0.3)) > -0.2)
        d = np.abs((x - at + 0.5) % 1.0 - 0.5) * _RIDGE_SPAN
        half = 0.055 * (0.5 + 0.5 * tall)
        teeth = 0.07 * np.abs((d * 130.0) % 1.0 - 0.5)
        outline = np.maximum(outline, (1.0 - d / half + teeth * (d < half)) * tall)
    return outline


def _profile(low: Field, high: Field) -> Field:
    """Light along a ray from its foot (0) to its tip (255), linear RGB: shape (256, 3)."""
    q = np.linspace(0.0, 1.0, 256)[:, None]
    edge = np.clip(q / 0.05, 0, 1) ** 2
    body = edge * (np.exp(-4.2 * q) + 0.22 * np.exp(-1.2 * q)) * (1 - q) ** 1.2
    mix = np.clip((q - 0.10) / 0.55, 0, 1) ** 0.8
    profile: Field = (body * (low * (1 - mix) + 0.9 * high * mix)).astype(np.float32)
    return profile


@kernel
def _hang(
    curtain: Field,
    profile: Field,
    left: Any,
    span: Any,
    top: Any,
    flow: Any,
    energy: Any,
    bass: Any,
    kick: Any,
    hat: Any,
    beat: Any,
    gain: Any,
    seed: int,
) -> None:
    """Add up the rays of all curtains into `curtain` (columns, rows from the top, RGB)."""
    columns, rows = curtain.shape[0], curtain.shape[1]
    curtain[:] = f32(0)
    low = f32(_HORIZON)
    per_row = (top - low) / f32(rows)
    for k in range(_CURTAINS):
        weight = clamp01(energy * f32(3.2) - f32(k) * f32(0.9) + f32(0.75))
        if weight <= f32(0):
            continue
        own = seed * 31 + k * 7
        slow = flow * f32(0.11 + 0.03 * k)
        lean = f32(0.22) + f32(0.4) * hash1(k, seed + 5)
        if hash1(k // 2, seed + 6) < f32(0.5):
            lean = -lean
        away = f32(3.1) + f32(k) * f32(1.3)
        previous = f32(0)
        for step in range(_STEPS):
            s = (f32(step) / f32(_STEPS) - f32(0.5)) * f32(11.0)
            bend = noise1(s * f32(0.45) + slow, own) - f32(0.5)
            curl = noise1(s * f32(1.25) - slow * f32(1.6), own + 1) - f32(0.5)
            plan_x = s + curl * f32(1.9)
            plan_z = away + lean * s + bend * f32(2.6)
            plan_z += (noise1(s * f32(1.1) + slow * f32(1.3), own + 2) - f32(0.5)) * f32(1.3)
            plan_z = max(plan_z, f32(0.9))
            column = (plan_x / plan_z * f32(1.25) - left) / span * f32(columns)
            wide = min(abs(column - previous), f32(24))
            previous, begin = column, min(column, previous)
            if column < f32(-24) or column >= f32(columns + 24) or plan_z < f32(1.0):
                continue
            # An even lower border would make boxes of the folds.
            hem = noise1(s * f32(2.6) + slow, own + 7) + f32(0.5) * noise1(s * f32(9.0), own + 8)
            foot = low + (f32(0.92) + f32(0.24) * hem) / plan_z
            ray = noise1(s * f32(7.5) - flow * f32(0.55), own + 3)
            fine = noise1(s * f32(26.0) + flow * f32(1.1), own + 4)
            light = f32(0.35) + ray * ray * f32(0.9) + ray * fine * (f32(0.30) + f32(0.7) * hat)
            # The kick's wave starts in the middle and runs outwards with the beat.
            crest = abs(s) - beat * f32(5.0)
            light *= f32(1) + kick * f32(1.2) * np.exp(-crest * crest * f32(0.8))
            light *= smoothstep(f32(1.0), f32(2.0), plan_z)
            light *= noise1(s * f32(0.8) + flow * f32(0.21), own + 6) * f32(1.3) + f32(0.1)
            tall = (f32(0.55) + f32(0.75) * ray + f32(0.7) * bass * ray) * (
                f32(0.85) + f32(0.5) * energy + f32(0.25) * kick
            )
            tall = tall * f32(1.7) / plan_z
            light *= weight * gain * f32(0.55)
            start: Any = max(0, np.int64((top - foot - tall) / per_row))
            end: Any = min(rows, np.int64((top - foot) / per_row) + 1)
            # Where the curtain faces the eye one ray covers many columns, thinly; where it is
            # seen edge-on many rays fall on one column. Both fades come from this division.
            reach = max(wide, f32(1))
            light *= f32(_STEPS / 900.0) * f32(1.4) / reach
            first: Any = max(0, np.int64(np.floor(begin)))
            final: Any = min(columns - 1, np.int64(np.floor(begin + reach)))
            for x in range(first, final + 1):
                share = min(f32(x + 1), begin + reach) - max(f32(x), begin)
                amount = light * max(share, f32(0))
                for row in range(start, end):
                    q = (top - (f32(row) + f32(0.5)) * per_row - foot) / tall * f32(255)
                    i = np.int64(min(max(q, f32(0)), f32(255)))
                    curtain[x, row, 0] += profile[i, 0] * amount
                    curtain[x, row, 1] += profile[i, 1] * amount
                    curtain[x, row, 2] += profile[i, 2] * amount


@kernel
def _ridge_top(ridges: Field, layer: int, x: Any, view: Field, lake: bool) -> Any:
    """Height of a ridge's outline at x, with the camera's parallax."""
    near = f32(layer) / f32(_LAYERS - 1)
    part = f32(0.06) + near * near * f32(0.75)
    u = (x + view[5] * part) / (f32(1) + view[7] * part * f32(0.25))
    p = u * f32(_RIDGE_SAMPLES / _RIDGE_SPAN)
    floor = np.floor(p)
    i = np.int64(floor) & (_RIDGE_SAMPLES - 1)
    t = f32(p - floor)
    h = lerp(ridges[layer, i], ridges[layer, (i + 1) & (_RIDGE_SAMPLES - 1)], t)
    # The ridges share the room between the horizon and the frame's lower edge.
    room = view[15]
    rise = f32(0.20) + room * (f32(0.10) + f32(0.10) * near)
    if lake:
        rise = f32(0.12) + room * (f32(0.10) + f32(0.06) * near)
        return f32(_HORIZON) - near * room * f32(0.25) - view[6] * part * f32(0.6) + h * rise
    drop = near * (f32(0.35) + f32(0.65) * near) * (room - f32(0.10))
    return f32(_HORIZON) - drop - view[6] * part * f32(0.6) + h * rise


@kernel
def _paint(
    out: Field,
    view: Field,
    curtain: Field,
    ridges: Field,
    noise: Field,
    sky: Field,
    mist: Field,
    rock: Field,
    tint: Field,
    lake: bool,
) -> None:
    """Sky, aurora and ridges for every pixel; the lake mirrors what lies above its shore."""
    height, width = out.shape[0], out.shape[1]
    columns, rows = curtain.shape[0], curtain.shape[1]
    cos, sin = f32(np.cos(view[4])), f32(np.sin(view[4]))
    pixel = f32(2) * view[3] / f32(height)
    low = f32(_HORIZON)
    shore = low - view[15] * f32(0.16) - view[6] * f32(0.10)
    aurora = view[12]
    for py in range(height):
        sy = (f32(1) - f32(2) * (f32(py) + f32(0.5)) / f32(height)) * view[3]
        for px in range(width):
            sx = (f32(2) * (f32(px) + f32(0.5)) / f32(width) - f32(1)) * view[2]
            x = view[0] + sx * cos + sy * sin
            y = view[1] - sx * sin + sy * cos
            mirror = f32(1)
            deep = f32(0)
            if lake and y < shore:
                deep = shore - y
                # Ripples are flat far out and long close by.
                far = f32(0.10) / (deep + f32(0.03))
                wave = sample(noise, x * far * f32(26), far * f32(190) + view[8] * f32(5))
                wave += sample(noise, x * far * f32(70), far * f32(90) - view[8] * f32(9))
                y = shore + deep * f32(1.5) + (wave - f32(1)) * (f32(0.02) + deep * f32(0.28))
                y = max(y, shore)
                mirror = f32(0.72) - deep * f32(0.35)
            up = max(y - low, f32(0))
            a = clamp01(up * f32(0.85))
            b = clamp01(f32(1) - up * f32(2.6))
            b = b * b
            r = lerp(lerp(sky[1, 0], sky[0, 0], a), sky[2, 0], b)
            g = lerp(lerp(sky[1, 1], sky[0, 1], a), sky[2, 1], b)
            v = lerp(lerp(sky[1, 2], sky[0, 2], a), sky[2, 2], b)
            cx = (x - view[9]) / view[10] * f32(columns) - f32(0.5)
            cy = (view[11] - y) / (view[11] - low) * f32(rows) - f32(0.5)
            if cy < f32(rows - 1):
                cx = min(max(cx, f32(0)), f32(columns - 2))
                cy = max(cy, f32(0))
                ix, iy = np.int64(cx), np.int64(cy)
                tx, ty = f32(cx - f32(ix)), f32(cy - f32(iy))
                w00, w01 = (f32(1) - tx) * (f32(1) - ty), (f32(1) - tx) * ty
                w10, w11 = tx * (f32(1) - ty), tx * ty
                r += curtain[ix, iy, 0] * w00 + curtain[ix, iy + 1, 0] * w01
                r += curtain[ix + 1, iy, 0] * w10 + curtain[ix + 1, iy + 1, 0] * w11
                g += curtain[ix, iy, 1] * w00 + curtain[ix, iy + 1, 1] * w01
                g += curtain[ix + 1, iy, 1] * w10 + curtain[ix + 1, iy + 1, 1] * w11
                v += curtain[ix, iy, 2] * w00 + curtain[ix, iy + 1, 2] * w01
                v += curtain[ix + 1, iy, 2] * w10 + curtain[ix + 1, iy + 1, 2] * w11
            last = _LAYERS - 1 if lake else _LAYERS
            if y < low + f32(0.45) - min(view[6], f32(0)) * f32(0.6):
                for layer in range(last):
                    near = f32(layer) / f32(_LAYERS - 1)
                    line = _ridge_top(ridges, layer, x, view, lake)
                    if lake:
                        line = max(line, shore) if deep == f32(0) else line
                    cover = clamp01((line - y) / pixel + f32(0.5))
                    if cover <= f32(0):
                        continue
                    below = max(line - y, f32(0))
                    # Air: far ridges take the mist's colour, every foot sinks into it.
                    air = (f32(1) - near) * (f32(1) - near) * f32(0.55) + f32(0.03)
                    foot = clamp01(below * (f32(5.5) - near * f32(2.0)))
                    drift = sample(noise, x * f32(22) + view[8] * f32(2.0) * (near + f32(0.3)),
                                   y * f32(60) + f32(layer * 40))  # fmt: skip
                    fog = foot * foot * (f32(0.10) + f32(0.9) * drift) * (f32(1) - near * near)
                    haze = clamp01(air + fog * f32(0.8))
                    lit = aurora * (f32(0.5) - f32(0.35) * near)
                    rim = fade(below * f32(70)) * aurora * f32(0.30)
                    r = lerp(r, lerp(rock[0], mist[0], haze) + tint[0] * (lit * haze + rim), cover)
                    g = lerp(g, lerp(rock[1], mist[1], haze) + tint[1] * (lit * haze + rim), cover)
                    v = lerp(v, lerp(rock[2], mist[2], haze) + tint[2] * (lit * haze + rim), cover)
            if deep > f32(0):
                line = clamp01(deep / (pixel * f32(2)))
                mirror = mirror * (f32(0.55) + f32(0.45) * line)
                r = r * mirror + mist[0] * f32(0.03)
                g = g * mirror + mist[1] * f32(0.03)
                v = v * mirror + mist[2] * f32(0.03)
            out[py, px, 0] = r
            out[py, px, 1] = g
            out[py, px, 2] = v


@kernel
def _stars(out: Field, view: Field, stars: Field, tone: Field) -> None:
    """Stars as small points above the ridges; hats make them glitter."""
    height, width = out.shape[0], out.shape[1]
    cos, sin = f32(np.cos(view[4])), f32(np.sin(view[4]))
    for i in range(stars.shape[0]):
        x, y = stars[i, 0] - view[0] * f32(0.9), stars[i, 1]
        blocked = y < f32(_HORIZON + 0.30)
        y -= view[1]
        if blocked:
            continue
        sx, sy = x * cos - y * sin, x * sin + y * cos
        px = (sx / view[2] + f32(1)) * f32(0.5 * width) - f32(0.5)
        py = (f32(1) - sy / view[3]) * f32(0.5 * height) - f32(0.5)
        ix, iy = np.int64(np.floor(px)), np.int64(np.floor(py))
        if ix < 0 or iy < 0 or ix >= width - 1 or iy >= height - 1:
            continue
        tx, ty = f32(px - f32(ix)), f32(py - f32(iy))
        shimmer = f32(0.75) + f32(0.25) * np.sin(view[8] * f32(3) + stars[i, 3])
        light = stars[i, 2] * shimmer * (f32(1) + f32(0.8) * view[13])
        # A star fades where the aurora is bright, as it does to the eye.
        light /= f32(1) + f32(6) * (out[iy, ix, 0] + out[iy, ix, 1] + out[iy, ix, 2])
        for c in range(3):
            value = tone[c] * light
            out[iy, ix, c] += value * (f32(1) - tx) * (f32(1) - ty)
            out[iy, ix + 1, c] += value * tx * (f32(1) - ty)
            out[iy + 1, ix, c] += value * (f32(1) - tx) * ty
            out[iy + 1, ix + 1, c] += value * tx * ty
