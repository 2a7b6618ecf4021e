"""A score for a finished cut: `plan_score_for_cut`."""

from collections.abc import Sequence
from itertools import pairwise
from math import inf, log2

import numpy as np
from numpy.typing import NDArray

from songreel.models.errors import InvalidInput
from songreel.models.fit import FitToCut
from songreel.models.score import ScorePlan
from songreel.prompting.fit.lattice import ON
from songreel.prompting.score.compose import compose
from songreel.prompting.score.moods import place
from songreel.prompting.score.parts import Film, Part
from songreel.prompting.score.wish import wish

Floats = NDArray[np.float64]

_USUAL = 16.0
"""Seconds of a cue: eight bars at 120 BPM, and well within what a model makes at a time."""
_LONGEST = 40.0
_ODD, _UNEVEN, _BIG = 0.6, 0.3, 1.5
"""What it costs that a cue has an odd number of bars, or one that is no multiple of four, and what
is gained by a cue that begins with the biggest cut."""
_AROUND = 8.0
"""Seconds before and after a cut in which its surroundings are counted."""
_DOUBTED = 0.35
"""Trust under which the plan says that the cuts may follow no pulse."""


def plan_score_for_cut(
    fit: FitToCut,
    seconds: float,
    cuts: Sequence[float],
    *,
    weights: Sequence[float] | None = None,
    moods: str | Sequence[tuple[float, str]] = "",
    music: str = "",
    key: str = "",
    seed: int = 0,
    title: str = "",
) -> ScorePlan:
    """Plan music whose beats meet the cuts of an edit.

    Cues begin on downbeats, phrases apart, with a big cut where there is one. Energy follows the
    pace of the cutting and grows a little over the film.

    Args:
        fit: The pulse of the cuts.
        seconds: Length of the film.
        cuts: Their times, seconds.
        weights: How big each is, at least 0; None: as much as the pace changes there.
        moods: Words for the whole film, or (start seconds, words) in order; of a text that names
            genre or instruments too, only the mood is taken.
        music: What plays: genre, instruments.
        key: As `A minor`; empty: by mood.
        seed: Of the film.
        title: Of the film.

    Raises:
        InvalidInput: The film has no length, or weights do not belong to the cuts.
    """
    if not seconds > 0:
        raise InvalidInput(f"a film of {seconds:g} s cannot be scored; give its length in seconds")
    if weights is not None and len(weights) != len(cuts):
        raise InvalidInput(f"{len(weights)} weights for {len(cuts)} cuts; give one for each")
    order = sorted(range(len(cuts)), key=lambda n: cuts[n])
    kept = [n for n in order if 0 < cuts[n] < seconds]
    times = np.asarray([cuts[n] for n in kept], np.float64)
    big = (
        bigness(times, seconds)
        if weights is None
        else np.asarray([weights[n] for n in kept], np.float64)
    )
    edges = phrases(fit, seconds, times, big)
    levels = _levels(edges, times)
    marks = [(0.0, moods)] if isinstance(moods, str) else sorted(moods)
    parts = []
    for n, (start, end) in enumerate(pairwise(edges)):
        middle = (start + end) / 2
        words = next((text for at, text in reversed(marks) if at <= middle), "")
        told = wish(words)  # Genre and instruments in it are for `music` to say.
        parts.append(
            Part(
                id=f"s{n + 1:02d}",
                seconds=end - start,
                mood=place(words).mood,
                words=(*told.mood_words, *told.rest)[:3],
                energy=levels[n] if levels else None,
            )
        )
    said = []
    if fit.trust < _DOUBTED:
        said.append(
            f"the cuts may follow no pulse (trust {fit.trust:.2f}): {fit.on_beats:.0%} of them "
            "fall on beats of this music, which may be no more than chance"
        )
    return compose(
        parts,
        Film(
            music=wish(music),
            bpm=fit.bpm,
            key=key,
            meter=fit.meter,
            first_downbeat=fit.offset if fit.offset < seconds else 0.0,
            title=title,
            why="as the cuts have it",
        ),
        seed=seed,
        reasons=said,
    )


def bigness(cuts: Floats, seconds: float) -> Floats:
    """How much the pace changes at each cut, 0 to 1: seconds with few cuts against many."""
    if not cuts.size:
        return cuts
    before = np.searchsorted(cuts, cuts) - np.searchsorted(cuts, cuts - _AROUND)
    after = np.searchsorted(cuts, cuts + _AROUND, "right") - np.searchsorted(cuts, cuts, "right")
    # Half a cut more on either side, so that a second without one is no infinite change.
    rate_before = (before + 0.5) / (np.minimum(_AROUND, cuts) + 1)
    rate_after = (after + 0.5) / (np.minimum(_AROUND, seconds - cuts) + 1)
    change = np.abs(np.log2(rate_after / rate_before))
    return np.asarray(change / max(float(change.max()), 1e-9), np.float64)


def phrases(fit: FitToCut, seconds: float, cuts: Floats, big: Floats) -> list[float]:
    """Where cues begin and the film ends: downbeats, phrases apart, at big cuts.

    Returns:
        Seconds, the first 0 and the last `seconds`.
    """
    bar = 60 * fit.meter / fit.bpm
    count = max(0, int(np.floor((seconds - fit.offset) / bar + 1e-9)))
    downbeats = fit.offset + bar * np.arange(count + 1)
    downbeats = downbeats[(downbeats > bar / 2) & (downbeats < seconds - bar / 2)]
    points = [0.0, *downbeats.tolist(), seconds]
    top = max(float(big.max()) if big.size else 0.0, 1e-9)
    prize = [0.0] * len(points)
    for n, point in enumerate(points[1:-1], start=1):
        near = np.abs(cuts - point) <= ON
        prize[n] = _BIG * (0.3 + 0.7 * float(big[near].max()) / top) if near.any() else 0.0
    best = [0.0] + [inf] * (len(points) - 1)
    before = [0] * len(points)
    for end in range(1, len(points)):
        for start in range(end - 1, -1, -1):
            length = points[end] - points[start]
            if length > _LONGEST and end - start > 1:
                break
            bars = round(length / bar)
            inner = start > 0 and end < len(points) - 1
            cost = best[start] + log2(max(length, 0.5) / _USUAL) ** 2 - prize[end]
            cost += inner * (_ODD * (bars % 2) + _UNEVEN * (bars % 4 > 0))
            if cost < best[end] - 1e-12:
                best[end], before[end] = cost, start
    edges, at = [seconds], len(points) - 1
    while at:
        at = before[at]
        edges.append(points[at])
    return edges[::-1]


def _levels(edges: Sequence[float], cuts: Floats) -> list[float]:
    """Energies by the pace of the cutting; none where it does not change."""
    spans = list(pairwise(edges))
    rates = [(np.count_nonzero((cuts >= a) & (cuts < b)) + 0.5) / (b - a) for a, b in spans]
    logs = [log2(rate) for rate in rates]
    low, high = min(logs), max(logs)
    if high - low < 0.4:
        return []
    total = edges[-1]
    return [
        round(0.3 + 0.45 * (each - low) / (high - low) + 0.2 * (a + b) / 2 / total, 4)
        for each, (a, b) in zip(logs, spans, strict=True)
    ]
