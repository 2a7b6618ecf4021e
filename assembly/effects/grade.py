"""The film's colours: `Grade`."""

from songreel.assembly.effects.toned import Toned
from songreel.grading.lut import Tones


class Grade(Toned):
    """Light and colour as a colourist sets them, in OKLab.

    Skin keeps its hue, greys in the middle stay grey, black stays black and white white.

    Args:
        lift: Lightness added to the shadows; negative for deeper ones.
        gamma: Over 1 lightens the middle tones, under 1 darkens them.
        contrast: Over 1 parts the tones around the middle, under 1 draws them together.
        saturation: Multiplies chroma; 0 for black and white.
        shadows: Hue in degrees and chroma (OKLCH) that the shadows lean towards.
        highlights: Likewise for what is light.
    """

    def __init__(
        self,
        lift: float = 0.0,
        gamma: float = 1.0,
        contrast: float = 1.0,
        saturation: float = 1.0,
        shadows: tuple[float, ...] = (0.0, 0.0),
        highlights: tuple[float, ...] = (0.0, 0.0),
    ) -> None:
        super().__init__(Tones.of_settings(lift, gamma, contrast, saturation, shadows, highlights))
