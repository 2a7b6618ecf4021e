"""How far away the things in a photo are, guessed from the photo alone: `Depth`, `depth_of`."""

from dataclasses import dataclass

import cv2
import numpy as np

from songreel.generation.encode import Picture
from songreel.generation.footage.cues import (
    Cue,
    Small,
    backdrop,
    flatness,
    focus,
    ground,
    haze,
    perspective,
    subject,
)
from songreel.generation.footage.lines import straight_lines
from songreel.generation.footage.mesh import laid
from songreel.generation.footage.photo import Grey

LEAST = 0.25
"""Trust below which a photo counts as flat."""


@dataclass(frozen=True)
class Depth:
    """A guess at a photo's depth."""

    near: Grey
    """Shape (rows, columns) of a mesh over the whole photo, its outermost points on the photo's
    edge: 0 far to 1 near, smooth."""
    trust: float
    """0 it cannot be told, to 1."""
    why: str
    """What spoke for it, in a few words."""
    page: bool = False
    """Whether it is a page, a drawing on a ground, a screenshot: something to be read."""

    @property
    def flat(self) -> bool:
        """Whether it is better not to make anything of it."""
        return self.trust < LEAST

    def told(self) -> tuple[str, ...]:
        """In words, for a report."""
        if self.page:
            return ("shown flat: it is a page or a drawing on a ground",)
        if self.flat:
            return (f"shown flat: its depth cannot be told (trust {self.trust:.1f})",)
        return (f"depth guessed from the picture (trust {self.trust:.1f}, mostly by {self.why})",)


def depth_of(photo: Picture, looked_at: tuple[float, float] = (0.5, 0.5)) -> Depth:
    """Guess the depth of a photo.

    No weights are involved: several habits of pictures (`cues`) are weighed by how much each has
    to go by, drawn to the picture's own edges, and laid on a mesh that keeps straight lines
    straight.

    Args:
        photo: Of any size.
        looked_at: Centre of interest, across and down, 0 to 1.
    """
    small, lines = Small.of(photo), straight_lines(photo)
    behind = backdrop(small)
    deep = perspective(small, lines)
    own = subject(small, looked_at)
    # Where lines run into the depth, what is in the middle is the far end and no subject.
    own = own._replace(sure=own.sure * (1 - deep.sure))
    cues: dict[str, tuple[Cue, float]] = {
        "height in the picture": (ground(small, behind), 1 - 0.6 * own.sure),
        "what is in focus": (focus(small), 1.0),
        "haze": (haze(small), 0.5),
        "a subject": (own, 1.0),
        "perspective": (deep, 1.5),
    }
    weights = {name: cue.sure * weight for name, (cue, weight) in cues.items()}
    total = sum(weights.values())
    near = sum(weights[name] * cue.near for name, (cue, _) in cues.items()) / total
    guided = _guided(np.asarray(near, dtype=np.float32), small.grey, 10, 4e-3)
    before = behind.near > 0.5
    seen = guided[before] if behind.sure > 0.2 and before.any() else guided
    low, high = np.percentile(seen, [4, 97])
    even = np.clip((guided - low) / max(float(high - low), 0.08), 0, 1)
    # What stands before a sky stands before it, however far it is.
    even = (1 - behind.sure * (1 - behind.near)) * (
        0.3 * behind.sure + (1 - 0.3 * behind.sure) * even
    )
    cues["what lies behind"] = (behind, 1.0)
    weights["what lies behind"] = behind.sure
    # Cues that each may be wrong: what is left is the chance that all are.
    doubt = 1.0
    for name, (cue, _) in cues.items():
        if name != "height in the picture":
            doubt *= 1 - 0.6 * cue.sure
    page = flatness(small)
    trust = (1 - doubt) * (1 - page)
    spoke = max(weights, key=lambda name: weights[name])
    return Depth(
        laid(np.asarray(even, dtype=np.float32), lines), round(float(trust), 2), spoke, page > 0.5
    )


def _guided(values: Grey, guide: Grey, radius: int, eps: float) -> Grey:
    """`values` drawn to the edges of `guide` (He, Sun and Tang, "Guided image filtering", 2010)."""

    def mean(of: Grey) -> Grey:
        size = (2 * radius + 1, 2 * radius + 1)
        return np.asarray(cv2.blur(of, size), dtype=np.float32)

    m_guide, m_values = mean(guide), mean(values)
    slope = (mean(guide * values) - m_guide * m_values) / (
        mean(guide * guide) - m_guide * m_guide + np.float32(eps)
    )
    offset = m_values - slope * m_guide
    along, rest = (mean(np.asarray(each, dtype=np.float32)) for each in (slope, offset))
    return np.asarray(along * guide + rest, dtype=np.float32)
