"""A grade as a table of colours: `Tones`, `table_of`."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from songreel.grading.checks import tint, within
from songreel.grading.codes import BLACK, GAMMA, GREY, WHITE
from songreel.models.colour import linear_srgb, oklab

Floats = NDArray[np.float64]

_STEPS = 33
"""Nodes along each axis, as in the .cube files of colourists."""
_SKIN, _SKIN_WIDTH = 52.0, 25.0
"""Hue of skin in OKLCH, degrees: from 40 (pale, sunburnt) to 65 (brown), measured on the 24 patches
of the ColorChecker (dark skin 48°, light skin 47°) and widened."""
_CHANNELS = np.array(
    [
        [0.2126, 0.7152, 0.0722],
        [-0.2126 / 1.8556, -0.7152 / 1.8556, 0.9278 / 1.8556],
        [0.7874 / 1.5748, -0.7152 / 1.5748, -0.0722 / 1.5748],
    ]
)
"""R'G'B' to Y'CbCr, ITU-R BT.709."""
_BACK = np.linalg.inv(_CHANNELS)


class Toning(Hashable, Protocol):
    """What is done to colours, each by itself."""

    def graded(self, lab: Floats) -> Floats:
        """Colours in OKLab, shape (..., 3), as they are graded."""
        ...


@dataclass(frozen=True)
class Tones:
    """Light and colour as a colourist sets them, in OKLab."""

    lift: float
    gamma: float
    contrast: float
    saturation: float
    shadows: tuple[float, float]
    highlights: tuple[float, float]

    @classmethod
    def of_settings(
        cls,
        lift: float = 0.0,
        gamma: float = 1.0,
        contrast: float = 1.0,
        saturation: float = 1.0,
        shadows: tuple[float, ...] = (0.0, 0.0),
        highlights: tuple[float, ...] = (0.0, 0.0),
    ) -> "Tones":
        """What the settings of a grade say; see `songreel.assembly.effects.grade.Grade`.

        Raises:
            ValueError: One is out of its limits.
        """
        return cls(
            lift=within("lift", lift, -0.1, 0.15),
            gamma=within("gamma", gamma, 0.6, 1.6),
            contrast=within("contrast", contrast, 0.5, 1.6),
            saturation=within("saturation", saturation, 0.0, 2.0),
            shadows=tint("shadows", shadows),
            highlights=tint("highlights", highlights),
        )

    def graded(self, lab: Floats) -> Floats:
        """Colours in OKLab, shape (..., 3), as they are graded."""
        light = np.clip(lab[..., 0], 0, 1)
        chroma = np.hypot(lab[..., 1], lab[..., 2])
        hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
        # All three curves meet at black and at white, so that neither is lost.
        new = light ** (1 / self.gamma)
        new = new + (self.contrast - 1) * 2 * new * (1 - new) * (new - 0.5) * 2
        new = np.clip(new + self.lift * 4 * new * (1 - new) ** 3, 0, 1)
        skin = skin_of(light, chroma, hue)
        factor = 1 + (self.saturation - 1) * (1 - 0.5 * skin)
        dark = (1 - light) ** 2 * step(0.0, 0.2, light)
        bright = light**2 * (1 - step(0.85, 1.0, light)) * step(0.45, 0.8, light)
        # What has a colour of its own keeps it: the tint is for what has none, or little.
        keep = (1 - 0.7 * skin) * (1 - 0.6 * step(0.03, 0.13, chroma))
        graded = np.empty_like(lab)
        graded[..., 0] = new
        for i, turn in ((1, np.cos), (2, np.sin)):
            tinted = sum(
                weight * colour[1] * turn(np.deg2rad(colour[0])) * keep
                for weight, colour in ((dark, self.shadows), (bright, self.highlights))
            )
            graded[..., i] = lab[..., i] * factor + tinted
        return graded


def skin_of(light: Floats, chroma: Floats, hue: Floats) -> Floats:
    """How likely colours in OKLCH are skin, 0 to 1."""
    away = (hue - _SKIN + 180) % 360 - 180
    skin: Floats = np.exp(-((away / _SKIN_WIDTH) ** 2)) * step(0.02, 0.05, chroma)
    return skin * (1 - step(0.16, 0.22, chroma)) * step(0.25, 0.4, light)


@lru_cache(maxsize=64)
def table_of(tones: Toning, strength: float) -> NDArray[np.int16]:
    """What `strength` of a grade adds to each colour: see `lookup.LookUp` for its shape.

    The difference is stored, not the result: where nothing changes, nothing is rounded, and
    codes beyond black and white stay what they are.
    """
    luma = np.unique([*np.linspace(0, 256, _STEPS), BLACK, WHITE])
    chroma = np.linspace(0, 256, _STEPS)
    first, second, codes = np.meshgrid(chroma, chroma, luma, indexing="ij")
    channels = np.stack(
        [(codes - BLACK) / 219, (first - GREY) / 224, (second - GREY) / 224], axis=-1
    )
    shown = np.clip(channels @ _BACK.T, 0, 1)
    lab = oklab(shown**GAMMA)
    graded = lab + strength * (tones.graded(lab) - lab)
    new = np.clip(linear_srgb(graded), 0, 1) ** (1 / GAMMA)
    change: Any = ((new - shown) @ _CHANNELS.T) * np.array([219.0, 224.0, 224.0])
    change[np.abs(change) < 1e-6] = 0
    # Luma is made as fine as its codes, so that only chroma is left to be interpolated.
    low = np.searchsorted(luma, np.arange(256), side="right") - 1
    part = ((np.arange(256) - luma[low]) / (luma[low + 1] - luma[low]))[:, None]
    fine = change[:, :, low] * (1 - part) + change[:, :, low + 1] * part
    table: Any = np.round(np.moveaxis(fine, -1, 0) * 64)
    return np.ascontiguousarray(np.clip(table, -32768, 32767), dtype=np.int16)


def step(low: float, high: float, value: Floats) -> Floats:
    """0 below `low`, 1 from `high` on, smooth in between."""
    along = np.clip((value - low) / (high - low), 0, 1)
    smooth: Floats = along * along * (3 - 2 * along)
    return smooth
