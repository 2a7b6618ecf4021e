"""What a photo hears: `heard_by_photos`, and how it answers: `Answer`, `answers`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve

_NUDGE = 0.013
"""Log zoom on a kick of full strength: eight pixels at the edge of 1280, felt rather than seen."""
_BREATH = 0.016
"""Log zoom from no bass to all of it."""
_NOTE = 0.6
"""What a note counts beside a drum, which is heard more surely and stands out more."""
_RISE = 0.03
"""Log zoom over a whole build."""

Values = NDArray[np.float64]


def heard_by_photos(drive: Drive | None) -> Drive | None:
    """The part of the music that reaches a photo's clip: only that ages it."""
    if drive is None:
        return None
    return Drive(
        kick=drive.kick, snare=drive.snare, hat=drive.hat, energy=drive.energy, bass=drive.bass,
        build=drive.build, melody=drive.melody, brightness=Curve(rate=1.0, values=(0.5,)),
    )  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What the music does at each frame, all shape (frames,)."""

    push: Values
    """Log zoom: the breath of the bass, and the nudge of a kick on its very frame."""
    hat: Values
    """0 to 1: 1 on the frame of a hit, then dying; notes of the melody count a little less."""
    snare: Values
    glow: Values
    """Likewise for kicks and snares, at most three a second, and softly for notes: for light."""
    amount: float
    """How much of all this is shown, 0 to 1: next to nothing in a calm shot."""


def answers(request: ClipRequest) -> Answer:
    """What `request`'s music does to a photo."""
    low, high = 0.1, 0.5
    u = min(max((request.motion - low) / (high - low), 0.0), 1.0)
    amount = u * u * (3 - 2 * u)
    count = request.frames
    if request.drive is None or amount == 0:
        nothing = np.zeros(count)
        return Answer(nothing, nothing, nothing, nothing, 0.0)
    moments = list(Moments(Stage(request)))
    kick, bass, energy, build, hat, snare, pulse, melody = (
        np.array([getattr(moment, name) for moment in moments])
        for name in ("kick", "bass", "energy", "build", "hat", "snare", "pulse", "melody")
    )
    note = _NOTE * melody
    push = _NUDGE * kick * (0.6 + 0.4 * energy) + _BREATH * bass * energy + _RISE * build
    return Answer(amount * push, np.maximum(hat, note), snare, np.maximum(pulse, note), amount)
