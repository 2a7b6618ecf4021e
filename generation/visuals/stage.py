"""`Stage`: what stays the same through one clip: size, seed, colours, camera."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.cast import Cast
from songreel.models.clip import ClipRequest
from songreel.models.colour import linear_srgb
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

Rgb = NDArray[np.float32]
"""Linear-light RGB, sRGB primaries, 0 to 1 where it is in gamut."""

_FRAMING = {
    ShotSize.EXTREME_WIDE: 0.74,
    ShotSize.WIDE: 0.9,
    ShotSize.MEDIUM: 1.1,
    ShotSize.CLOSE: 1.45,
    ShotSize.EXTREME_CLOSE: 1.95,
}
"""Magnification of each shot size, tried on the scenes by eye."""

_LUT_SIZE = 256


class Role(StrEnum):
    """What a section does in a song, as far as a picture can tell it."""

    OPENING = "opening"
    """Intro: the scene before it is whole: few elements, far, dim."""
    VERSE = "verse"
    """It tells: one subject, room around it."""
    RISE = "rise"
    """Pre-chorus and build: it gathers."""
    PEAK = "peak"
    """Chorus and drop: everything there is, nearest, brightest, widest."""
    TURN = "turn"
    """Bridge, break, solo: the same world from an unfamiliar side."""
    CLOSING = "closing"
    """Outro: it empties."""


_ROLES = {
    "intro": Role.OPENING, "verse": Role.VERSE, "section": Role.VERSE, "pre-chorus": Role.RISE,
    "build": Role.RISE, "chorus": Role.PEAK, "drop": Role.PEAK, "bridge": Role.TURN,
    "break": Role.TURN, "instrumental": Role.TURN, "solo": Role.TURN, "outro": Role.CLOSING,
    "silence": Role.CLOSING,
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """One clip's constants. Two clips of one seed look alike whatever their length.

    Scene coordinates: the frame spans x in ±`half_x` (right is positive) and y in ±`half_y`
    (up is positive), with half_x × half_y = 1, so that a thing of size 1 fills a landscape and
    a portrait frame equally.
    """

    request: ClipRequest
    width: int = field(init=False)
    """Pixels of the output."""
    height: int = field(init=False)
    rate: float = field(init=False)
    """Frames a second."""
    frames: int = field(init=False)
    seed: int = field(init=False)

    def __post_init__(self) -> None:
        for name in ("width", "height", "frames", "seed"):
            object.__setattr__(self, name, getattr(self.request, name))
        object.__setattr__(self, "rate", float(self.request.rate))

    @property
    def seconds(self) -> float:
        """Length of the clip."""
        return self.request.seconds

    @property
    def energy(self) -> float:
        """Planned energy of the shot, 0 to 1. Frame by frame see `Moment.energy`."""
        return self.request.energy

    @property
    def motion(self) -> float:
        """How much should move, 0 still to 1 wild."""
        return self.request.motion

    @cached_property
    def cast(self) -> Cast:
        """The scene and its settings."""
        return Cast.of(self.request)

    @property
    def role(self) -> Role:
        """What the section under the clip does in the song; a verse where that is not known."""
        drive = self.request.drive
        return Role.VERSE if drive is None else _ROLES.get(drive.section, Role.VERSE)

    @property
    def turn(self) -> int:
        """How many sections of the same label came before: the second chorus may show more."""
        return 0 if self.request.drive is None else self.request.drive.turn

    @property
    def mood(self) -> tuple[float, float]:
        """Valence and arousal of the section, −1 to 1; by the shot's energy where unknown."""
        drive = self.request.drive
        if drive is None or drive.mood is None:
            return (0.0, 2.0 * self.energy - 1.0)
        return drive.mood

    @property
    def camera(self) -> CameraMove:
        """The camera's move; `Moment` carries it out."""
        return self.request.camera

    @property
    def framing(self) -> float:
        """Magnification by the shot's size, 1 being about a medium-wide shot."""
        return _FRAMING[self.request.size]

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height

    @property
    def half_x(self) -> float:
        """Half the frame's width in scene coordinates: 1.33 at 16:9, 0.75 at 9:16."""
        return float(np.sqrt(self.aspect))

    @property
    def half_y(self) -> float:
        """Half the frame's height in scene coordinates."""
        return float(1.0 / np.sqrt(self.aspect))

    def field(self, scale: float) -> tuple[int, int]:
        """(height, width) of a drawing field at `scale` of the output, at least 8 pixels."""
        return max(8, round(self.height * scale)), max(8, round(self.width * scale))

    def random(self, salt: int = 0) -> np.random.Generator:
        """Random numbers that depend on the seed and `salt` only."""
        return np.random.default_rng((self.seed, salt))

    @cached_property
    def lut(self) -> Rgb:
        """The palette as a ramp from dark to light, linear RGB, shape (256, 3).

        Mixed in OKLab, with most of the chroma kept that a straight mix of two hues loses.
        """
        return _ramp(self.request.palette)

    @cached_property
    def accent_at(self) -> float:
        """Where on the ramp (0 to 1) the most colourful entry of the palette lies."""
        chroma = [c.chroma for c in _sorted(self.request.palette)]
        return int(np.argmax(chroma)) / (len(chroma) - 1)

    @cached_property
    def contrast_at(self) -> float:
        """Where on the ramp the entry lies that differs most in hue from the accent.

        Dull colours count less.
        """
        colours = _sorted(self.request.palette)
        main = colours[round(self.accent_at * (len(colours) - 1))]
        apart = [abs((c.hue - main.hue + 180.0) % 360.0 - 180.0) * c.chroma**2 for c in colours]
        return int(np.argmax(apart)) / (len(colours) - 1)

    @cached_property
    def shadow(self) -> Rgb:
        """Darkest colour of the palette, linear RGB, shape (3,)."""
        return self._entry(0.0)

    @cached_property
    def mid(self) -> Rgb:
        """Middle of the ramp."""
        return self._entry(0.5)

    @cached_property
    def accent(self) -> Rgb:
        """Most colourful entry of the palette."""
        return self._entry(self.accent_at)

    @cached_property
    def light(self) -> Rgb:
        """Lightest colour of the palette."""
        return self._entry(1.0)

    def shade(self, at: float, lightness: float, chroma: float = 1.0) -> Rgb:
        """The palette's hue at `at` on the ramp, lit to another lightness: linear RGB, (3,).

        With it a scene keeps its light whatever the palette: hues come from the film, dark and
        bright from the composition. A quarter of the palette's own lightness shines through.

        Args:
            at: Place on the ramp, 0 dark to 1 light.
            lightness: OKLab lightness wanted, 0 to 1.
            chroma: Factor on the chroma; what the sRGB gamut cannot hold is taken off.
        """
        lab = _oklab_ramp(self.request.palette, np.array([at]))[0]
        own = float(np.mean([c.lightness for c in self.request.palette]))
        wanted = float(np.clip(lightness + 0.25 * (own - 0.55) * lightness, 0.0, 1.0))
        # Chroma follows lightness, as it does on a lit surface, with a floor for deep shadows.
        factor = chroma * float(np.clip(wanted / max(lab[0], 0.05), 0.45, 1.25))
        rgb: Rgb = _to_rgb(np.array([[wanted, lab[1] * factor, lab[2] * factor]]))[0]
        return rgb

    def _entry(self, at: float) -> Rgb:
        entry: Rgb = self.lut[round(at * (_LUT_SIZE - 1))].copy()
        return entry


def _sorted(palette: tuple[Oklch, ...]) -> list[Oklch]:
    return sorted(palette, key=lambda c: c.lightness)


def _oklab_ramp(palette: tuple[Oklch, ...], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """OKLab of the ramp at each of `at` (0 to 1): shape (n, 3)."""
    colours = _sorted(palette)
    hue = np.radians([c.hue for c in colours])
    chroma = np.array([c.chroma for c in colours])
    stops = np.linspace(0.0, 1.0, len(colours))
    lightness = np.interp(at, stops, [c.lightness for c in colours])
    a = np.interp(at, stops, chroma * np.cos(hue))
    b = np.interp(at, stops, chroma * np.sin(hue))
    mixed = np.hypot(a, b)
    wanted = 0.4 * mixed + 0.6 * np.interp(at, stops, chroma)
    keep = np.where(mixed > 1e-3, wanted / np.maximum(mixed, 1e-3), 1.0)
    keep = np.minimum(keep, 2.0)
    return np.stack([lightness, a * keep, b * keep], axis=1)


def _ramp(palette: tuple[Oklch, ...]) -> Rgb:
    return _to_rgb(_oklab_ramp(palette, np.linspace(0.0, 1.0, _LUT_SIZE)))


def _to_rgb(lab: NDArray[np.float64]) -> Rgb:
    """OKLab, shape (n, 3), to linear RGB in gamut: chroma is taken off, lightness and hue stay."""
    keep = np.ones(len(lab))
    step = 1.0
    for _ in range(12):  # halving: 1/4096 of the chroma is finer than 8 bits
        rgb = linear_srgb(lab * np.stack([np.ones_like(keep), keep, keep], axis=1))
        fits = np.all((rgb >= -1e-4) & (rgb <= 1.0 + 1e-4), axis=1)
        step /= 2
        keep = np.clip(np.where(fits, keep + step, keep - step), 0.0, 1.0)
    rgb = linear_srgb(lab * np.stack([np.ones_like(keep), keep, keep], axis=1))
    return np.clip(rgb, 0.0, 1.0).astype(np.float32)
