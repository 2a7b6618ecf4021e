"""How far an edit follows a song beyond chance: `score_edit`.

The score of an edit is the mean accent of the music at its cuts. It is made from what was heard
alone and knows nothing of how cuts are chosen: an edit by hand or by another program is scored
like a planned one.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from songreel.models.document import Frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from songreel.models.music import Analysis

    Floats = NDArray[np.float64]

STEP = 0.005
"""Seconds between values of the accent curve, and between shifts."""
FRAME = 1 / 24
"""Seconds; the curve's accents are Gaussians with this deviation: a cut a frame off still counts
0.6 of them, one three frames off nothing."""
REACH = 0.5
"""Seconds of shift either way."""
EDITS = 1000
"""Random edits an edit is compared with."""
LEAST = 4
"""Cuts; of fewer nothing can be said."""
BANDS = {"kick": 1.0, "snare": 1.0, "bass": 0.5, "melody": 0.5, "hat": 0.25}
"""Weight of an onset of full strength: those that listeners tap to (Snyder and Krumhansl 2001:
the low and the loud) count more than those that fill every half beat."""
HARMONY, LOUDER, PHRASE, SECTION = 1.0, 1.0, 0.5, 2.0
"""Weight of a new chord, of a step of 0.5 in energy, of each level of phrase that starts, and of
a section or drop: the accents of grouping and harmony of Lerdahl and Jackendoff (1983)."""


class SyncScore(Frozen):
    """An edit against its song, and against chance."""

    z: float
    """Standard deviations by which the edit scores above random edits with the same shots."""
    z_onsets: float
    """The same of the band onsets alone, without chords, energy and form."""
    cuts: Annotated[int, Field(ge=LEAST)]
    score: float
    """Mean accent at the cuts."""
    chance: float
    """Mean score of the random edits."""
    spread: float
    """Standard deviation of theirs."""
    shifts: tuple[float, ...]
    """Seconds, −0.5 to 0.5: by how much later the cuts are taken (the song earlier)."""
    curve: tuple[float, ...]
    """Score at each of `shifts`."""
    peak: float
    """The shift in seconds that scores highest, the nearest to 0 of equals."""

    @property
    def locked(self) -> bool:
        """Whether the score peaks within a frame (1/24 s) of zero shift."""
        return abs(self.peak) <= FRAME + 1e-9


def score_edit(cuts: "Sequence[float]", analysis: "Analysis") -> SyncScore | None:
    """Score the cuts of a film.

    A random edit has the same shots in another order, from another start, around the song's end
    if need be; the same thousand are drawn for the same shots, whenever asked.

    Args:
        cuts: Seconds of each cut, as shown or as planned, increasing; the opening is none.
        analysis: The song.

    Returns:
        The score; None with under four cuts, or where the song has no accent that tells one
        moment from another.
    """
    import numpy as np

    whole = analysis.track.duration
    times = np.asarray([t for t in cuts if 0 < t < whole], dtype=np.float64)
    if len(times) < LEAST:
        return None
    onsets, others = _accents(analysis, onsets=True), _accents(analysis, onsets=False)
    both = onsets + others
    chance = _random_edits(times, whole)
    scored = _at(both, chance).mean(axis=1)
    spread = float(scored.std())
    if spread <= 1e-9:
        return None
    steps = round(REACH / STEP)
    shifts = np.arange(-steps, steps + 1) * STEP
    curve = _at(both, times[None, :] + shifts[:, None]).mean(axis=1)
    best = np.flatnonzero(curve >= curve.max() - 1e-9)
    peak = float(shifts[best[np.abs(shifts[best]).argmin()]])
    drums = _at(onsets, chance).mean(axis=1)
    own = float(_at(onsets, times).mean())
    return SyncScore(
        z=round((float(curve[steps]) - float(scored.mean())) / spread, 3),
        z_onsets=round((own - float(drums.mean())) / max(float(drums.std()), 1e-9), 3),
        cuts=len(times),
        score=round(float(curve[steps]), 5),
        chance=round(float(scored.mean()), 5),
        spread=round(spread, 5),
        shifts=tuple(np.round(shifts, 3).tolist()),
        curve=tuple(np.round(curve, 5).tolist()),
        peak=round(peak, 3),
    )


def _random_edits(times: "Floats", whole: float) -> "Floats":
    """Cuts of random edits, shape (EDITS, cuts), seconds."""
    import numpy as np

    random = np.random.default_rng(0)
    lengths = np.diff(np.concatenate([[0.0], times, [whole]]))
    orders = random.permuted(np.broadcast_to(lengths, (EDITS, len(lengths))), axis=1)
    starts = random.uniform(0, whole, (EDITS, 1))
    cuts: Floats = (np.cumsum(orders, axis=1)[:, :-1] + starts) % whole
    return cuts


def _accents(analysis: "Analysis", onsets: bool) -> "Floats":
    """Accent at every `STEP` of the song: of the band onsets, or of all else. Shape (n,)."""
    import numpy as np

    impulses = np.zeros(int(analysis.track.duration / STEP) + 2)

    def add(times: "Sequence[float]", weights: "Sequence[float] | float") -> None:
        at = np.round(np.asarray(times, dtype=np.float64) / STEP).astype(int)
        inside = (at >= 0) & (at < len(impulses))
        added = np.broadcast_to(np.asarray(weights, dtype=np.float64), at.shape)
        np.add.at(impulses, at[inside], added[inside])

    if onsets:
        for band, weight in BANDS.items():
            hits = getattr(analysis.onsets, band)
            add(hits.times, [weight * strength for strength in hits.strengths])
    else:
        chords = analysis.chords
        new = [b.start for a, b in pairwise(chords) if str(a) != str(b)]
        add(new, HARMONY)
        add(*_steps(analysis))
        levels = [level.starts for level in analysis.phrase_levels] or [analysis.phrases]
        for starts in levels:
            add(starts, PHRASE)
        add([s.start for s in analysis.sections[1:]], SECTION)
        add([e.start for e in analysis.events if e.kind == "drop"], SECTION)
    reach = np.arange(-25, 26) * STEP
    curve: Floats = np.convolve(impulses, np.exp(-0.5 * (reach / FRAME) ** 2), mode="same")
    return curve


def _steps(analysis: "Analysis") -> "tuple[list[float], list[float]]":
    """Seconds and weights of where energy changes most, over a second to either side."""
    import numpy as np

    values, rate = analysis.energy.array, analysis.energy.rate
    width = max(1, round(rate))
    if len(values) <= 2 * width:
        return [], []
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means = (sums[width:] - sums[:-width]) / width
    sizes = np.abs(means[width:] - means[:-width])
    padded = np.pad(sizes, width, constant_values=-1.0)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * width + 1).max(axis=1)
    peaks = np.flatnonzero((sizes >= highest - 1e-12) & (sizes > 0.05))
    return ((peaks + width) / rate).tolist(), (2 * LOUDER * sizes[peaks]).tolist()


def _at(curve: "Floats", times: "Floats") -> "Floats":
    """Values of an accent curve at `times`, any shape; 0 outside the song."""
    import numpy as np

    index = np.round(times / STEP).astype(int)
    inside = (index >= 0) & (index < len(curve))
    values: Floats = np.where(inside, curve[np.clip(index, 0, len(curve) - 1)], 0.0)
    return values
