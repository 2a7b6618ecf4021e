"""How a score grows: an energy for every cue."""

from collections.abc import Sequence
from typing import Literal

Arc = Literal["build", "steady"]

_LEAST_STEP = 0.25
"""Of the usual step, where the mood falls: it holds back, and still grows."""


def energies(
    lengths: Sequence[float],
    arousal: Sequence[float],
    own: Sequence[float | None],
    arc: Arc = "build",
) -> list[float]:
    """An energy, 0 to 1, for each cue.

    A `build` grows from cue to cue to a finale in the last one. How high it begins and ends follows
    from the film's arousal: a calm film goes from 0.2 to 0.65, a wild one from 0.45 to 1. Steps are
    as long as the cues, longer into a cue whose mood rises and shorter, never none, into one whose
    mood falls. A `steady` score keeps one energy, moved by each cue's mood by at most 0.15: for
    loops and beds. A cue's own energy stays as it is, and what surrounds it keeps its course.

    Args:
        lengths: Seconds, shape (cues,).
        arousal: −1 to 1, shape (cues,).
        own: What a person gave, shape (cues,).
        arc: How it goes.

    Returns:
        Shape (cues,).
    """
    total = sum(lengths)
    mean = sum(a * s for a, s in zip(arousal, lengths, strict=True)) / total
    low, high = 0.325 + 0.125 * mean, 0.825 + 0.175 * mean
    if arc == "steady" or len(lengths) == 1:
        level = (low + high) / 2 if arc == "steady" else low + 0.6 * (high - low)
        found = [level + max(-0.15, min(0.15, 0.3 * (a - mean))) for a in arousal]
    else:
        steps = [
            (lengths[n - 1] + lengths[n]) / 2 * max(_LEAST_STEP, 1 + arousal[n] - arousal[n - 1])
            for n in range(1, len(lengths))
        ]
        found = [low]
        for step in steps:
            found.append(found[-1] + (high - low) * step / sum(steps))
    return [
        round(max(0.0, min(1.0, e)), 4) if given is None else given
        for e, given in zip(found, own, strict=True)
    ]
