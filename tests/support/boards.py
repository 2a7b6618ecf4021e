"""A short song and storyboards on it, for the stages that make and place clips."""

from collections.abc import Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from songreel.models.render import RenderSpec
from songreel.models.storyboard import Storyboard
from songreel.models.transition import Transition
from support.analyses import Part, Score, write
from support.films import storyboard

SPEC = RenderSpec(width=128, height=72, rate=Fraction(24))

SONG = write(
    Score(
        [Part("verse", "A", 2, 0.3), Part("build", "B", 1, 0.3, 0.9), Part("chorus", "C", 1, 0.9)]
    )
)


def board(
    starts: Sequence[float] = (0.0, 2.0, 4.0, 6.0),
    transitions: Sequence[Transition] | None = None,
    **shots: dict[str, Any],
) -> Storyboard:
    """A storyboard on `SONG`; `s01={...}` changes that shot."""
    made = storyboard(SimpleNamespace(track=SONG.track), starts, transitions)
    changed = tuple(shot.model_copy(update=shots.get(shot.id, {})) for shot in made.shots)
    return made.model_copy(update={"grid": SONG.grid, "shots": changed})
