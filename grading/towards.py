"""A picture in the colours of a film: `Towards` its palette, or all in it, as a `Duotone`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from songreel.grading.checks import within
from songreel.grading.lut import Floats, skin_of, step

Colours = tuple[tuple[float, float, float], ...]
"""Lightness, chroma, hue in degrees (OKLCH), dark to light."""

_RAMP, _SOFT = 128, 0.05
"""Steps of a ramp, and the share of lightness over which its colours flow into each other."""

DUSK = (0.2, 0.06, 265.0, 0.55, 0.08, 300.0, 0.9, 0.05, 70.0)
"""Night blue to warm white, where nobody says a palette: `colours_of` understands it."""

_MOST_CHROMA = 0.14
"""Of the palette's colours where a picture is drawn towards them: more is paint, not light."""


def colours_of(numbers: Sequence[float]) -> Colours:
    """A palette from its numbers, three a colour.

    Raises:
        ValueError: They are no two colours or more.
    """
    plain = isinstance(numbers, tuple | list)
    if not plain or len(numbers) % 3:
        raise ValueError(
            "colours must be lightness, chroma and hue of each, e.g. 0.2,0.1,250,0.8,0.05,90, "
            f"not {numbers!r}"
        )
    if len(numbers) < 6:
        raise ValueError("colours must be two at least: a dark one and a light one")
    found = [
        (
            within("colours' lightness", numbers[i], 0, 1),
            within("colours' chroma", numbers[i + 1], 0, 0.4),
            within("colours' hue", numbers[i + 2], 0, 360),
        )
        for i in range(0, len(numbers), 3)
    ]
    return tuple(sorted(found))


@dataclass(frozen=True)
class Towards:
    """Shadows, mids and highlights drawn towards a palette's, and light towards the film's.

    At full strength all but skin and what is very colourful has the palette's colour at its
    lightness. Black stays black, white stays white.
    """

    colours: Colours
    gamma: float = 1.0
    """Of lightness, at full strength: above 1 lighter, below 1 darker."""

    def graded(self, lab: Floats) -> Floats:
        """See `songreel.grading.lut.Toning`."""
        light = np.clip(lab[..., 0], 0, 1)
        chroma = np.hypot(lab[..., 1], lab[..., 2])
        hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
        skin = skin_of(light, chroma, hue)
        new = light ** (1 / self.gamma)
        share = (1 - 0.8 * skin) * (1 - 0.35 * step(0.1, 0.22, chroma))
        ends = step(0.0, 0.15, light) * (1 - step(0.9, 1.0, light))
        goal = _at(self.colours, new, _MOST_CHROMA) * ends[..., None]
        graded = np.empty_like(lab)
        graded[..., 0] = light + (new - light) * (1 - 0.5 * skin)
        graded[..., 1:] = lab[..., 1:] + share[..., None] * (goal - lab[..., 1:])
        return graded


@dataclass(frozen=True)
class Duotone:
    """Light mapped on the palette's ramp from its darkest to its lightest colour: a poster."""

    colours: Colours

    def graded(self, lab: Floats) -> Floats:
        """See `songreel.grading.lut.Toning`."""
        # A poster's tones lie apart: the middle is steeper, both ends are held.
        light = np.clip(lab[..., 0], 0, 1)
        tone = 0.35 * light + 0.65 * light * light * (3 - 2 * light)
        low, high = self.colours[0][0], self.colours[-1][0]
        low, high = min(low, 0.22), max(high, 0.86)
        graded = np.empty_like(lab)
        graded[..., 0] = low + tone * (high - low)
        graded[..., 1:] = _at(self.colours, graded[..., 0], 0.4)
        return graded


def _at(colours: Colours, light: Floats, most: float) -> Floats:
    """Both axes of colour of the palette at `light`, shape (..., 2), mixed in OKLab.

    A straight mix of two hues passes through grey; three fifths of the chroma lost is given back,
    as the scenes' ramp does.
    """
    stops = np.array([colour[0] for colour in colours])
    # Two colours of nearly one lightness would stand side by side on every smooth wall.
    stops = 0.4 * stops + 0.6 * np.linspace(stops[0], stops[-1], len(stops))
    stops = stops + np.arange(len(stops)) * 1e-6
    chroma = np.minimum([colour[1] for colour in colours], most)
    hue = np.radians([colour[2] for colour in colours])
    at = np.linspace(0, 1, _RAMP)
    mixed = np.stack(
        [np.interp(at, stops, chroma * turn(hue)) for turn in (np.cos, np.sin)], axis=-1
    )
    size = np.hypot(mixed[:, 0], mixed[:, 1])
    wanted = 0.4 * size + 0.6 * np.interp(at, stops, chroma)
    mixed = mixed * np.minimum(wanted / np.maximum(size, 1e-3), 2.0)[:, None]
    soft = gaussian_filter1d(mixed, _SOFT * _RAMP, axis=0, mode="nearest")
    a, b = (np.interp(light, at, soft[:, i]) for i in range(2))
    return np.stack([a, b], axis=-1)
