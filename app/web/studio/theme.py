"""The studio's colours: design tokens in OKLCH, from a song's own palette, readable in both themes.

Text is put on more than one ground: the page with its glow, panels of glass over it, fields, soft
accents. Every ground is known here down to the last layer, so that the lightness of each text can
be solved for a contrast of at least `TEXT` on all of them, whatever the palette.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from songreel.models import colour as screen
from songreel.models.harmony import Key
from songreel.models.music import Mood
from songreel.models.storyboard import Oklch, Palette

Floats = NDArray[np.float64]
Rgb = tuple[float, float, float]
"""Of the screen, gamma-coded, 0 to 1: what a browser blends in."""
Mode = Literal["dark", "light"]

TEXT = 4.5
"""Contrast of text and its ground (WCAG 2.2, 1.4.3, level AA)."""
SOLVED = 4.75
"""What is solved for: colours are rounded to 8 bits on their way to a screen."""
EDGE = 3.0
"""Of what tells a control from its ground (WCAG 2.2, 1.4.11)."""

HOUSE: Palette = (
    Oklch(lightness=0.2, chroma=0.03, hue=255),
    Oklch(lightness=0.45, chroma=0.09, hue=225),
    Oklch(lightness=0.7, chroma=0.15, hue=55),
    Oklch(lightness=0.88, chroma=0.08, hue=85),
)
"""Where no song is open: tungsten light on a dark blue stage."""

_FIFTHS = (0, 7, 2, 9, 4, 11, 6, 1, 8, 3, 10, 5)
"""Pitch classes around the circle of fifths: near keys get near hues."""
_STEPS = np.linspace(0.0, 1.0, 401)
_SHARES = np.linspace(1.0, 0.0, 34)


@dataclass(frozen=True)
class Tokens:
    """The tokens of one theme, and what text may meet in it."""

    colours: Mapping[str, Oklch]
    """Solid colours by name, without `--sr-`."""
    glass: Mapping[str, tuple[Oklch, float]]
    """Colours that let what lies behind shine through, with their opacity."""
    grounds: Mapping[str, tuple[Rgb, ...]]
    """Every colour that a ground can have on a screen, by the ground's name."""
    texts: tuple[str, ...]
    """Names of the colours that any of the grounds may carry as text."""
    pairs: tuple[tuple[str, str], ...]
    """(text, colour) that meet only each other."""


@lru_cache(maxsize=64)
def css(palette: Palette = HOUSE) -> str:
    """The rules that set all colour tokens from a palette: dark, light, and the system's wish."""
    dark, light = _declared(tokens(palette, "dark")), _declared(tokens(palette, "light"))
    return (
        f':root, :root[data-theme="dark"] {{ color-scheme: dark; {dark} }}\n'
        f':root[data-theme="light"] {{ color-scheme: light; {light} }}\n'
        "@media (prefers-color-scheme: light) "
        f'{{ :root:not([data-theme="dark"]) {{ color-scheme: light; {light} }} }}\n'
    )


def _declared(found: Tokens) -> str:
    solid = [f"--sr-{name}: {_css(colour)};" for name, colour in found.colours.items()]
    clear = [f"--sr-{name}: {_css(*glass)};" for name, glass in found.glass.items()]
    return " ".join([*solid, *clear])


@lru_cache(maxsize=128)
def tokens(palette: Palette, mode: Mode) -> Tokens:
    """The tokens of one theme for a palette."""
    first, second, third = _hues(palette)
    # Greys lean to the palette's shadows.
    grey = palette[0].hue if palette[0].chroma > 0.01 else second
    dark = mode == "dark"
    page = _at(0.185 if dark else 0.965, 0.016 if dark else 0.01, grey)
    deep = _at(0.15 if dark else 0.94, 0.018 if dark else 0.012, grey)
    glows = [
        (_at(0.42 if dark else 0.85, 0.12 if dark else 0.075, hue), 0.4 if dark else 0.55)
        for hue in (first, second, third)
    ]
    glass = {
        "panel": (_at(0.245 if dark else 0.995, 0.016, grey), 0.72 if dark else 0.7),
        "bar": (_at(0.185 if dark else 0.985, 0.016, grey), 0.78),
    }
    solid = {
        "panel-solid": _at(0.235 if dark else 0.99, 0.016, grey),
        "raised": _at(0.285 if dark else 0.998, 0.016, grey),
        "inset": _at(0.15 if dark else 0.945, 0.016, grey),
        "hover": _at(0.32 if dark else 0.925, 0.02, grey),
        "soft": _at(0.31 if dark else 0.92, 0.05, first),
    }
    # The page: bare, and under its glows, alone and on top of each other.
    behind = [_rgb(page), _rgb(deep)]
    for glow, opacity in glows:
        behind += [_over(_rgb(glow), opacity, ground) for ground in tuple(behind)]
    grounds: dict[str, tuple[Rgb, ...]] = {"page": tuple(behind)}
    for name, (colour, opacity) in glass.items():
        grounds[name] = tuple(_over(_rgb(colour), opacity, ground) for ground in behind)
    grounds |= {name: (_rgb(colour),) for name, colour in solid.items()}
    everywhere = [rgb for ground in grounds.values() for rgb in ground]

    def text(lightness: float, chroma: float, hue: float) -> Oklch:
        return _readable(lightness, chroma, hue, everywhere, SOLVED)

    def edge(lightness: float, chroma: float, hue: float) -> Oklch:
        return _readable(lightness, chroma, hue, everywhere, EDGE * 1.04)

    ink = _at(0.16, 0.02, first) if dark else _at(0.995, 0.004, first)
    fill = _readable(0.78 if dark else 0.52, 0.16, first, [_rgb(ink)], SOLVED)
    danger = _readable(0.72 if dark else 0.52, 0.18, 25, [_rgb(ink)], SOLVED)
    colours = {
        "page": page,
        "deep": deep,
        **solid,
        "text": text(0.965 if dark else 0.2, 0.008, grey),
        "text-2": text(0.76 if dark else 0.46, 0.018, grey),
        "accent-text": text(0.82 if dark else 0.46, 0.14, first),
        "good": text(0.82 if dark else 0.44, 0.15, 150),
        "warn": text(0.84 if dark else 0.46, 0.13, 80),
        "bad": text(0.78 if dark else 0.46, 0.16, 25),
        "accent": fill,
        "on-accent": ink,
        "danger": danger,
        "on-danger": ink,
        "line": _at(0.36 if dark else 0.87, 0.018, grey),
        "edge": edge(0.6 if dark else 0.62, 0.02, grey),
        "ring": edge(0.82 if dark else 0.5, 0.16, first),
        # For drawing: waves, bars and dots, never text.
        "hue-1": edge(0.76 if dark else 0.58, 0.16, first),
        "hue-2": edge(0.7 if dark else 0.58, 0.13, second),
        "hue-3": edge(0.8 if dark else 0.62, 0.13, third),
    }
    glass |= {
        "glow-1": (glows[0][0], glows[0][1]),
        "glow-2": (glows[1][0], glows[1][1]),
        "glow-3": (glows[2][0], glows[2][1]),
        "shade": (_at(0.06 if dark else 0.4, 0.01, first), 0.6 if dark else 0.32),
    }
    texts = ("text", "text-2", "accent-text", "good", "warn", "bad")
    return Tokens(
        colours, glass, grounds, texts, (("on-accent", "accent"), ("on-danger", "danger"))
    )


def of_song(key: Key | None, mood: Mood | None) -> Palette:
    """A palette for a song that has no plan yet: its key is a hue, its mood warmth and strength.

    Neighbours on the circle of fifths get neighbouring hues; minor keys lie a third of the way
    round. What is not known leaves the house's own.
    """
    if key is None and mood is None:
        return HOUSE
    hue = 55.0
    if key is not None:
        turn = _FIFTHS.index(key.tonic) * 30.0
        hue = (turn + (120.0 if key.mode == "minor" else 0.0)) % 360
    valence, arousal = (mood.valence, mood.arousal) if mood is not None else (0.0, 0.0)
    strength = 0.13 + 0.05 * arousal
    side = 70.0 if valence >= 0 else -70.0
    return (
        _at(0.2, 0.03, hue + side),
        _at(0.45, strength * 0.7, hue + side),
        _at(0.7, strength, hue),
        _at(0.88, strength * 0.5, hue - side / 2),
    )


def contrast(one: Rgb, other: Rgb) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def rgb_of(colour: Oklch) -> Rgb:
    """`colour` as a screen of 8 bits a channel shows it."""
    return _rgb(colour)


def hex_of(colour: Oklch) -> str:
    """`#rrggbb` of a colour."""
    return "#" + "".join(f"{round(value * 255):02x}" for value in _rgb(colour))


def _hues(palette: Palette) -> tuple[float, float, float]:
    """The palette's three leading hues: the most telling one first, then the farthest from it."""
    telling = sorted(
        palette, key=lambda colour: -colour.chroma * (1 - abs(colour.lightness - 0.62))
    )
    first = telling[0].hue if telling[0].chroma > 0.015 else 55.0
    rest = [colour.hue for colour in telling[1:] if colour.chroma > 0.015] or [first]
    second = max(rest, key=lambda hue: _apart(hue, first))
    third = max(rest, key=lambda hue: min(_apart(hue, first), _apart(hue, second)))
    if _apart(second, first) < 25:  # one colour only: its neighbours light the page
        second, third = (first + 40) % 360, (first - 40) % 360
    return first, second, third


def _apart(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)


def _at(lightness: float, chroma: float, hue: float) -> Oklch:
    """The colour, with as much of its chroma as a screen shows."""
    return _row(np.array([lightness]), chroma, hue)[0]


def _readable(
    lightness: float, chroma: float, hue: float, grounds: Sequence[Rgb], ratio: float
) -> Oklch:
    """The colour of this hue nearest to `lightness` that contrasts by `ratio` with all grounds.

    Where no lightness does, the one with the most contrast.
    """
    luminances = [_luminance(ground) for ground in grounds]
    darkest, lightest = min(luminances), max(luminances)
    lab = _fitted(_STEPS, chroma, hue)
    shown = _encoded(np.clip(screen.linear_srgb(_lab(lab)), 0, 1))
    own = _decoded(np.round(shown * 255) / 255) @ _WEIGHTS
    above = (own + 0.05) / (lightest + 0.05)
    below = (darkest + 0.05) / (own + 0.05)
    reached = np.maximum(above, below)
    enough = np.flatnonzero(reached >= ratio)
    best = enough[np.abs(_STEPS[enough] - lightness).argmin()] if enough.size else reached.argmax()
    return _oklch(lab[best])


_WEIGHTS = np.array([0.2126, 0.7152, 0.0722])


def _row(lightness: Floats, chroma: float, hue: float) -> list[Oklch]:
    return [_oklch(lch) for lch in _fitted(lightness, chroma, hue)]


def _oklch(lch: Floats) -> Oklch:
    # Rounded down, so that it stays on the screen.
    lightness, chroma, hue = round(float(lch[0]), 4), np.floor(lch[1] * 1e4) / 1e4, float(lch[2])
    return Oklch(lightness=lightness, chroma=float(chroma), hue=round(hue, 2) % 360)


def _fitted(lightness: Floats, chroma: float, hue: float) -> Floats:
    """Lightness, chroma, hue, shape (n, 3), with the most of `chroma` that sRGB shows at each."""
    wished = np.empty((lightness.size, _SHARES.size, 3))
    wished[..., 0] = lightness[:, None]
    wished[..., 1] = chroma * _SHARES
    wished[..., 2] = hue % 360
    rgb = screen.linear_srgb(_lab(wished))
    inside = ((rgb >= -0.5 / 255) & (rgb <= 1 + 0.5 / 255)).all(axis=-1)
    first = inside.argmax(axis=1)  # shares fall: the first that fits is the most
    fitted: Floats = wished[np.arange(lightness.size), first]
    return fitted


def _lab(lch: Floats) -> Floats:
    angle = np.deg2rad(lch[..., 2])
    return np.stack(
        [lch[..., 0], lch[..., 1] * np.cos(angle), lch[..., 1] * np.sin(angle)], axis=-1
    )


def _rgb(colour: Oklch) -> Rgb:
    lch = np.array([colour.lightness, colour.chroma, colour.hue])
    coded = _encoded(np.clip(screen.linear_srgb(_lab(lch)), 0, 1))
    red, green, blue = (np.round(coded * 255) / 255).tolist()
    return red, green, blue


def _encoded(linear: Floats) -> Floats:
    coded: Floats = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    )
    return coded


def _decoded(coded: Floats) -> Floats:
    linear: Floats = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    return linear


def _luminance(rgb: Iterable[float]) -> float:
    """As `_decoded`, without arrays: three numbers are told faster so."""
    red, green, blue = (
        coded / 12.92 if coded <= 0.04045 else ((coded + 0.055) / 1.055) ** 2.4 for coded in rgb
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _over(top: Rgb, opacity: float, ground: Rgb) -> Rgb:
    """`top` laid over `ground`, as browsers blend: gamma-coded."""
    red, green, blue = (
        opacity * above + (1 - opacity) * below for above, below in zip(top, ground, strict=True)
    )
    return red, green, blue


def _css(colour: Oklch, opacity: float = 1.0) -> str:
    alpha = f" / {opacity:g}" if opacity < 1 else ""
    return f"oklch({colour.lightness:.4f} {colour.chroma:.4f} {colour.hue:.2f}{alpha})"
