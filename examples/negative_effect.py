"""An effect of one's own, in one file: the picture's light turned over on hits.

In the pyproject.toml of the package that brings it, a line makes it known by name:

    [project.entry-points."songreel.effects"]
    negative = "negative_effect:Negative"

In a plan: `{"effect": "negative", "on": "snare", "strength": 0.8, "settings": {"hold": 0.2}}`.
"""

import numpy as np


class Negative:
    """The picture's light is turned over on each hit.

    Args:
        hold: Seconds for which it stays so.
    """

    moved_by = "hits"  # or "level", for what is there throughout; without it, either

    def __init__(self, hold: float = 0.12) -> None:
        if not 0 < hold <= 0.5:
            raise ValueError(f"a hold of {hold:g} s is not between 0 and 0.5")
        self._hold = hold

    def swings(self, strength: float) -> int:  # noqa: ARG002
        """The light changes there and back: no more than three hits a second are shown."""
        return 2

    def picture(self, picture, beat):
        """`picture` as it is at `beat`: seconds since a hit, strength, level of a curve."""
        since, hit = beat.last()
        if since > self._hold:
            return picture
        turned = picture.copy()
        rows = picture.shape[0] * 2 // 3  # luma from 16 to 235; the rows below are chroma
        share = beat.strength * hit
        turned[:rows] = np.round(picture[:rows] * (1 - share) + (251.0 - picture[:rows]) * share)
        return turned
