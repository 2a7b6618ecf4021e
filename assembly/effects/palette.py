"""A user's picture in a film's colours: `TowardsPalette`, `InDuotone`."""

from songreel.assembly.effects.toned import Toned
from songreel.grading.checks import within
from songreel.grading.towards import DUSK, Duotone, Towards, colours_of


class TowardsPalette(Toned):
    """Shadows, mids and highlights leaned towards a palette; skin keeps its hue.

    Args:
        colours: Lightness, chroma and hue (OKLCH) of each colour; the shot's palette if left out.
        gamma: Over 1 lightens the picture towards the film's light, under 1 darkens it.
    """

    def __init__(self, colours: tuple[float, ...] = DUSK, gamma: float = 1.0) -> None:
        super().__init__(Towards(colours_of(colours), within("gamma", gamma, 0.5, 2.0)))


class InDuotone(Toned):
    """The picture's light on the palette's ramp, like a poster in two inks.

    Args:
        colours: Lightness, chroma and hue (OKLCH) of each colour; the shot's palette if left out.
    """

    def __init__(self, colours: tuple[float, ...] = DUSK) -> None:
        super().__init__(Duotone(colours_of(colours)))
