"""Colours of words, out of the film's palette: text, highlight and shade."""

import numpy as np

from songreel.models.colour import Floats, linear_srgb
from songreel.models.storyboard import Oklch, Palette

Rgb = tuple[float, float, float]

CONTRAST = 4.5
"""Least contrast of text against what is behind it (WCAG 2.2, success criterion 1.4.3)."""
GREY = 0.04
"""Chroma of OKLCH under which a palette has no colour to light words with …"""
AMBER = Oklch(lightness=0.85, chroma=0.15, hue=85.0)
"""… and this is taken: the yellow of subtitles."""
WHITE: tuple[Rgb, Rgb, Rgb] = ((1.0, 1.0, 1.0), (1.0, 0.82, 0.35), (0.0, 0.0, 0.0))


def word_colours(palette: Palette) -> tuple[Rgb, Rgb, Rgb]:
    """Colours of text, highlight and shade, in sRGB.

    The text is the palette's lightest colour, nearly white; the highlight its most colourful, as
    bright as it must be on a dark shade and as colourful as a screen can show; the shade its
    darkest, nearly black.
    """
    lightest = max(palette, key=lambda colour: colour.lightness)
    darkest = min(palette, key=lambda colour: colour.lightness)
    vivid = max(palette, key=lambda colour: colour.chroma)
    if vivid.chroma < GREY:
        vivid = AMBER
    tries = [_fitted(light, 0.17, vivid.hue) for light in (0.78, 0.81, 0.84)]
    return (
        _srgb(_fitted(0.985, min(lightest.chroma, 0.012), lightest.hue)),
        _srgb(max(tries, key=lambda colour: colour.chroma)),
        _srgb(_fitted(min(darkest.lightness, 0.14), min(darkest.chroma, 0.03), darkest.hue)),
    )


def luminance(rgb: Rgb) -> float:
    """Relative luminance of sRGB, 0 to 1 (WCAG 2.2)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _linear(lightness: float, chroma: float, hue: float) -> Floats:
    angle = np.deg2rad(hue)
    return linear_srgb(np.array([lightness, chroma * np.cos(angle), chroma * np.sin(angle)]))


def _fitted(lightness: float, chroma: float, hue: float) -> Oklch:
    """That colour with as much of its chroma as sRGB can show."""
    while chroma > 0:
        rgb = _linear(lightness, chroma, hue)
        if rgb.min() >= -1e-4 and rgb.max() <= 1 + 1e-4:
            break
        chroma = max(0.0, chroma - 0.002)
    return Oklch(lightness=lightness, chroma=chroma, hue=hue)


def _srgb(colour: Oklch) -> Rgb:
    linear = np.clip(_linear(colour.lightness, colour.chroma, colour.hue), 0, 1)
    coded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (round(float(c), 4) for c in np.clip(coded, 0, 1))
    return red, green, blue
