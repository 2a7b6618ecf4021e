"""The film's colours: `Grade`."""

import cv2
import numpy as np

from songreel.assembly.pictures import Picture, packed, planes
from songreel.grading.kernels import look_up
from songreel.grading.lut import Tones, table_of
from songreel.models.effect import Beat


class Grade:
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

    moved_by = "level"

    def __init__(
        self,
        lift: float = 0.0,
        gamma: float = 1.0,
        contrast: float = 1.0,
        saturation: float = 1.0,
        shadows: tuple[float, ...] = (0.0, 0.0),
        highlights: tuple[float, ...] = (0.0, 0.0),
    ) -> None:
        self._tones = Tones.of_settings(lift, gamma, contrast, saturation, shadows, highlights)

    def idle(self, beat: Beat) -> bool:
        """See `Effect`."""
        return beat.strength * beat.level <= 0

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`. Measured at 1280×720 on one core: 4 ms a frame."""
        if self.idle(beat):
            return picture
        graded = np.empty_like(picture)
        table = table_of(self._tones, round(beat.strength, 3))
        look_up(*planes(picture), table, *planes(graded))
        if beat.level < 1:
            return packed(cv2.addWeighted(picture, 1 - beat.level, graded, beat.level, 0.0))
        return graded
