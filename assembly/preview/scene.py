"""What a shot will look like, drawn from its plan alone: `scene`, `colours_of`.

A stage of sky, ground and light in the shot's colours, with its subject as large as the shot size
says; where the plan puts no subject in a shot, a disc stands for what is seen.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.models.colour import linear_srgb
from songreel.models.storyboard import Oklch, Shot, ShotSize

Rgb = NDArray[np.uint8]

FIGURE: dict[ShotSize, float] = {
    ShotSize.EXTREME_WIDE: 0.13,
    ShotSize.WIDE: 0.5,
    ShotSize.MEDIUM: 1.35,
    ShotSize.CLOSE: 3.0,
    ShotSize.EXTREME_CLOSE: 6.5,
}
"""Height of a standing figure, as a share of the picture's: from a person lost in a landscape to
eyes and mouth (the usual ladder of shot sizes)."""

_DARKEST, _LIGHTEST = 0.16, 0.72
"""OKLab lightness of the stage: a cut between two of them is no flash, whatever the palettes."""


def colours_of(palette: Sequence[Oklch]) -> list[tuple[int, int, int]]:
    """The sRGB of a palette's colours, 0 to 255."""
    polar = np.array([[c.lightness, c.chroma, np.deg2rad(c.hue)] for c in palette])
    return [(int(r), int(g), int(b)) for r, g, b in _srgb(_lab(polar))]


def scene(shot: Shot, width: int, height: int) -> Rgb:
    """Shape (height, width, 3), sRGB; the same for the same shot, whatever comes before it."""
    rng = np.random.default_rng(shot.seed)
    polar = np.array(
        [[c.lightness, c.chroma, np.deg2rad(c.hue)] for c in sorted(shot.palette, key=_lightness)]
    )
    span = np.ptp(polar[:, 0]) or 1.0
    polar[:, 0] = _DARKEST + (polar[:, 0] - polar[:, 0].min()) / span * (_LIGHTEST - _DARKEST)
    lab = _lab(polar)
    dark, light = lab[0], lab[-1]
    sky, glow = lab[len(lab) // 3], lab[-2]
    horizon = float(rng.uniform(0.52, 0.74))
    sun = (float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.15, horizon)))
    size = 0.06 + 0.1 * shot.energy
    # Soft light has no edges: it is worked out small and drawn large.
    small = (max(2, width // _COARSE), max(2, height // _COARSE))
    down = np.linspace(0, 1, small[1])[:, None]
    across = np.linspace(0, 1, small[0])[None, :]
    share = np.clip(down / horizon, 0, 1) ** (2.2 - shot.energy) * np.ones_like(across)
    soft = sky + (glow - sky) * share[..., None] * 0.75
    away = np.hypot((across - sun[0]) * width / height, down - sun[1])
    strength = 0.55 + 0.35 * shot.energy
    soft += (light - soft) * (0.55 * strength * np.exp(-((away / 0.42) ** 2)))[..., None]
    made: Rgb = np.ascontiguousarray(
        cv2.resize(_srgb(soft), (width, height), interpolation=cv2.INTER_CUBIC)
    )
    middle = (round(sun[0] * width * 16), round(sun[1] * height * 16))
    lit = soft[round(sun[1] * (small[1] - 1)), round(sun[0] * (small[0] - 1))]
    disc = _ink(lit + (light - lit) * strength)
    cv2.circle(made, middle, round(size * height * 16), disc, -1, cv2.LINE_AA, 4)
    for i in range(2):
        ridge = (horizon + 0.08 * i + _ridge(rng) * (0.09 - 0.03 * i)) * height
        line = np.stack([np.linspace(0, width, ridge.size), ridge], axis=-1)
        land = np.concatenate([line, [[width, height], [0, height]]])
        ground = _ink(dark + (sky - dark) * (0.55 - 0.4 * i))
        cv2.fillPoly(made, [np.round(land * 16).astype(np.int32)], ground, cv2.LINE_AA, 4)
    _subject(made, shot, lab, rng)
    return made


_COARSE = 8


def _subject(picture: Rgb, shot: Shot, lab: NDArray[np.float64], rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    tall = FIGURE[shot.size] * height
    x = width * float(rng.uniform(0.36, 0.64))
    dark, light = lab[0], lab[-1]
    if shot.parts is not None and not shot.parts.subject:
        radius = float(np.clip(tall * 0.2, 0.035 * height, 0.36 * min(width, height)))
        _ball(picture, (x, height * 0.52), radius, lab)
        return
    # Feet on the ground for wide shots; from medium on the head keeps its room above it.
    head = tall / 7.5
    top = height * 0.86 - tall if tall < 0.8 * height else height * (0.2 - 0.02 * FIGURE[shot.size])
    rim, ink = _ink(light), _ink(dark * 0.6)
    _figure(picture, x, top, head, max(1.0, height / 320), rim)
    _figure(picture, x, top, head, 0.0, ink)


def _ball(
    picture: Rgb, middle: tuple[float, float], radius: float, lab: NDArray[np.float64]
) -> None:
    """A lit ball: what is seen, where it is nobody."""
    steps = 36
    for i in range(steps):
        share = i / (steps - 1)
        colour = _ink(lab[0] + (lab[-2] - lab[0]) * share**1.4)
        at = (middle[0] - 0.38 * radius * share, middle[1] - 0.38 * radius * share)
        spot = (round(at[0] * 16), round(at[1] * 16))
        grown = round(radius * (1 - 0.86 * share) * 16)
        cv2.circle(picture, spot, grown, colour, -1, cv2.LINE_AA, 4)


def _figure(
    picture: Rgb, x: float, top: float, head: float, grown: float, colour: tuple[int, ...]
) -> None:
    """A person from behind: a figure of seven and a half heads, rounded off."""
    side = [(0.19, 0.8), (0.2, 1.12), (0.32, 1.3), (0.78, 1.45), (1.02, 1.72), (1.12, 2.4),
            (1.16, 3.3), (1.08, 3.95), (0.93, 3.9), (0.9, 3.1), (0.8, 2.3), (0.7, 2.9),
            (0.68, 3.6), (0.74, 4.3), (0.62, 5.7), (0.54, 7.3), (0.62, 7.5), (0.24, 7.5),
            (0.22, 6.2), (0.08, 4.4)]  # fmt: skip
    whole = [*side, *((-a, b) for a, b in reversed(side))]
    body = np.array([[x + a * head, top + b * head] for a, b in whole])
    for _ in range(2):  # Chaikin's corner cutting (1974)
        after = np.roll(body, -1, axis=0)
        body = np.stack([0.75 * body + 0.25 * after, 0.25 * body + 0.75 * after], 1).reshape(-1, 2)
    outline = np.round(body * 16).astype(np.int32)
    cv2.fillPoly(picture, [outline], colour, cv2.LINE_AA, 4)
    if grown:
        cv2.polylines(picture, [outline], True, colour, max(1, round(2 * grown)), cv2.LINE_AA, 4)
    middle = (round(x * 16), round((top + 0.5 * head) * 16))
    axes = (round((0.36 * head + grown) * 16), round((0.49 * head + grown) * 16))
    cv2.ellipse(picture, middle, axes, 0, 0, 360, colour, -1, cv2.LINE_AA, 4)


def _ridge(rng: np.random.Generator, points: int = 160) -> NDArray[np.float64]:
    """A hill line, −1 to 1: five waves, the longer the higher."""
    at = np.linspace(0, 1, points)
    waves = np.zeros(points)
    for k in range(1, 6):
        waves += np.sin(2 * np.pi * (k * 1.3 * at + rng.uniform())) / k**1.3
    return np.asarray(waves / np.abs(waves).max())


def _ink(lab: NDArray[np.float64]) -> tuple[int, int, int]:
    red, green, blue = _srgb(lab)
    return int(red), int(green), int(blue)


def _lightness(colour: Oklch) -> float:
    return colour.lightness


def _lab(polar: NDArray[np.float64]) -> NDArray[np.float64]:
    lightness, chroma, hue = polar.T
    return np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1)


def _srgb(lab: NDArray[np.float64]) -> Rgb:
    linear = linear_srgb(lab).clip(0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(coded * 255).astype(np.uint8)
