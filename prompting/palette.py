"""Palettes in OKLCH: shifted by mood, kept within what a screen can show, and told in words."""

import numpy as np
from numpy.typing import NDArray

from songreel.models import colour as screen
from songreel.models.music import Mood
from songreel.models.storyboard import Oklch, Palette

Floats = NDArray[np.float64]

WARM, COOL = 60.0, 255.0
"""Hues in degrees towards which bright and dark moods lean: amber and blue."""
LEAN = 14.0
"""Degrees of hue at most: a look stays itself."""


def linear_srgb(colour: Oklch) -> Floats:
    """Linear sRGB of `colour`, shape (3,); outside [0, 1] where it is out of gamut."""
    angle = np.deg2rad(colour.hue)
    lab = np.array([colour.lightness, colour.chroma * np.cos(angle), colour.chroma * np.sin(angle)])
    return screen.linear_srgb(lab)


def in_gamut(colour: Oklch) -> bool:
    """Whether a screen can show `colour`, to within half an 8-bit step in linear light."""
    rgb = linear_srgb(colour)
    return bool((rgb >= -0.5 / 255).all() and (rgb <= 1 + 0.5 / 255).all())


def fitted(colour: Oklch) -> Oklch:
    """`colour`, with as much of its chroma as sRGB can show; lightness and hue stay."""
    if in_gamut(colour):
        return colour
    low, high = 0.0, colour.chroma
    for _ in range(20):
        middle = (low + high) / 2
        inside = in_gamut(colour.model_copy(update={"chroma": middle}))
        low, high = (middle, high) if inside else (low, middle)
    return colour.model_copy(update={"chroma": low})


def shifted(palette: Palette, mood: Mood) -> Palette:
    """`palette` leaned towards `mood`: valence moves hues, arousal moves chroma and contrast."""
    target = WARM if mood.valence >= 0 else COOL
    middle = sum(colour.lightness for colour in palette) / len(palette)
    moved: list[Oklch] = []
    for colour in palette:
        # Along the shorter way round, less where the hue is nearly there.
        gap = (target - colour.hue + 180) % 360 - 180
        turn = float(np.clip(gap, -LEAN, LEAN)) * abs(mood.valence)
        chroma = colour.chroma * (1 + 0.25 * mood.arousal)
        spread = 1 + 0.12 * mood.arousal
        lightness = middle + (colour.lightness - middle) * spread
        leaned = Oklch(
            lightness=round(float(np.clip(lightness, 0.06, 0.97)), 3),
            chroma=min(chroma, 0.37),
            hue=round(colour.hue + turn, 1) % 360,
        )
        # Rounded down, so that it stays in gamut.
        chroma = np.floor(fitted(leaned).chroma * 1000) / 1000
        moved.append(leaned.model_copy(update={"chroma": float(chroma)}))
    return tuple(sorted(moved, key=lambda colour: colour.lightness))


_NAMES = (
    (20, "wine red", "crimson", "blush pink"),
    (45, "oxblood", "vermilion", "coral"),
    (68, "umber", "burnt orange", "apricot"),
    (95, "bronze", "gold", "pale gold"),
    (125, "olive", "straw yellow", "cream"),
    (158, "forest green", "leaf green", "pale green"),
    (183, "deep sea green", "emerald", "mint"),
    (215, "deep teal", "turquoise", "ice blue"),
    (245, "petrol blue", "azure", "sky blue"),
    (281, "midnight blue", "cobalt blue", "powder blue"),
    (312, "deep violet", "violet", "lavender"),
    (348, "plum", "magenta", "orchid pink"),
    (360, "wine red", "crimson", "blush pink"),
)
"""Up to a hue in degrees: the colour dark, middling and light."""
_GREYS = ((0.2, "black"), (0.4, "charcoal"), (0.65, "grey"), (0.88, "silver"), (1.01, "white"))


def colour_name(colour: Oklch) -> str:
    """The everyday name nearest to `colour`."""
    if colour.chroma < 0.025:
        return next(name for limit, name in _GREYS if colour.lightness < limit)
    _, dark, middle, light = next(row for row in _NAMES if colour.hue <= row[0])
    if colour.lightness < 0.2 and colour.chroma < 0.06:
        return f"near-black {dark.removeprefix('deep ').split()[-1]}"
    return dark if colour.lightness < 0.4 else middle if colour.lightness < 0.75 else light


def describe(palette: Palette) -> str:
    """The palette in words for a prompt, dark to light, three or four names."""
    names = list(dict.fromkeys(colour_name(colour) for colour in palette))
    if len(names) > 4:
        # The darkest, the lightest, and the two most colourful between them.
        middle = sorted(palette[1:-1], key=lambda colour: -colour.chroma)[:2]
        wanted = {names[0], names[-1], *(colour_name(colour) for colour in middle)}
        names = [name for name in names if name in wanted]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


_BASIC = {
    "red": 27.0, "scarlet": 27.0, "orange": 58.0, "amber": 75.0, "yellow": 105.0, "lime": 130.0,
    "green": 145.0, "cyan": 200.0, "teal": 195.0, "blue": 260.0, "indigo": 280.0, "purple": 305.0,
    "violet": 300.0, "pink": 355.0, "magenta": 335.0, "crimson": 20.0, "gold": 85.0,
}  # fmt: skip
"""Hues of the basic colour words in OKLCH, degrees."""


def hue_of(name: str) -> float | None:
    """Hue in degrees of a colour's everyday name; None for greys and what is no colour."""
    low = 0.0
    for limit, *names in _NAMES:
        if name.lower() in names:
            return (low + limit) / 2
        low = limit
    last = name.lower().split()[-1:] or [""]
    return _BASIC.get(last[0])
