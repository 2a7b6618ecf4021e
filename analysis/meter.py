"""Bars: `find_bars` tells how many beats a bar has and on which beat each begins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.accents import Accents
from songreel.analysis.compiled import compiled

LENGTHS = (2, 3, 4, 5, 6, 7)
"""Beats a bar may have."""
PRIOR = {2: 0.0, 3: 0.0, 4: 0.005, 5: -0.05, 6: -0.05, 7: -0.08}
"""Added to the share of variance a meter explains: few songs are in five or seven, and six
explains a song in three with phrases of two bars a little better than three does."""
BACKBEAT = 0.1
"""Taken from two where its second beat is a snare's: that is half of four."""
WHOLLY = 0.6
"""Share that two explains of a metronome in two (0.8 to 0.98); of songs in four at most 0.41."""
SPREAD = np.array([0.5, 0.5, 0.5, 0.12, 0.12, 0.12])
"""Least standard deviation that counts, by column of `Accents.table`: an evidence that hardly
varies (the harmony of a drum solo) is not blown up to matter."""
DOWNBEAT = np.array([0.8, 0.0, 0.4, 1.0, 0.5, 0.5])
"""Weight of each column in favour of a bar's start: bass drum and bass, any accent, a new
chord, a chord that stays new, a new bass note."""
SLIP = 12.0
"""Cost of a bar of another length, in units of evidence: four bars that disagree clearly."""


@dataclass(frozen=True)
class Bars:
    """The bars of a song."""

    downbeats: NDArray[np.int64]
    """Index of the first beat of each bar."""
    length: int
    """Beats a bar."""
    clear: float
    """Standard errors by which bar starts outweigh the next best place for them."""


def find_bars(accents: Accents, starts: NDArray[np.float64] | None = None) -> Bars:
    """The bars of beats with these accents; needs at least two beats.

    Args:
        accents: Of each beat.
        starts: Shape (n,), what another judge says for each beat to begin a bar, in the units of
            the scaled accents.
    """
    scaled = even_table(accents.table())
    evidence = scaled @ DOWNBEAT
    if starts is not None:
        scaled = np.column_stack([scaled, starts])
        evidence = evidence + starts
    n = evidence.size
    best: tuple[float, int, NDArray[np.int64]] | None = None
    for length in LENGTHS:
        if n < 2 * length and length != 4:
            continue
        wanted = np.zeros((n, length))
        wanted[:, 0] = evidence
        places = decode_places(wanted, np.full(length, SLIP))
        share = _explained(scaled, places, length)
        prior = PRIOR[length]
        if length == 2 and _backbeat(accents, places):
            prior -= BACKBEAT
        elif length == 2 and share > WHOLLY:
            prior += 0.05
        score = share + prior - 0.004 * length
        if best is None or score > best[0]:
            best = (score, length, places)
    assert best is not None
    _, length, places = best
    downbeats = np.flatnonzero(places == 0)
    return Bars(downbeats, length, _clarity(evidence, places, length))


def even_table(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """The columns of `Accents.table` about their mean, in units of their spread."""
    spread = np.maximum(table.std(axis=0), SPREAD)
    return np.asarray((table - table.mean(axis=0)) / spread)


def _explained(scaled: NDArray[np.float64], places: NDArray[np.int64], length: int) -> float:
    """Share of variance explained by the place in the bar, adjusted for the bar's length."""
    n = scaled.shape[0]
    total = float(np.square(scaled).sum())
    if n <= length + 1 or total <= 0:
        return 0.0
    rest = 0.0
    for place in range(length):
        rows = scaled[places == place]
        if rows.shape[0]:
            rest += float(np.square(rows - rows.mean(axis=0)).sum())
    return float(1 - (rest / total) * (n - 1) / (n - length))


def _backbeat(accents: Accents, places: NDArray[np.int64]) -> bool:
    """Whether the weaker beat of two is the louder one in the middle: a snare, so half of four."""
    return bool(accents.mid[places == 1].mean() > accents.mid[places == 0].mean())


def _clarity(evidence: NDArray[np.float64], places: NDArray[np.int64], length: int) -> float:
    groups = [evidence[places == place] for place in range(length)]
    if min(group.size for group in groups) < 2:
        return 0.0
    second = max(groups[1:], key=lambda group: float(group.mean()))
    first = groups[0]
    error = np.sqrt(first.var() / first.size + second.var() / second.size) + 0.02
    return float((first.mean() - second.mean()) / error)


@compiled
def decode_places(evidence: NDArray[np.float64], slips: NDArray[np.float64]) -> NDArray[np.int64]:
    """Place of each beat in its bar: the path with most evidence, less the cost of its slips.

    Args:
        evidence: Shape (n, length), what speaks for beat i being on each place.
        slips: Shape (length,), cost of a bar that ends early, after each place.

    Returns:
        Shape (n,), 0 to length − 1.
    """
    n, length = evidence.shape
    best = np.zeros((n, length))
    came = np.zeros((n, length), np.int64)
    best[0] = evidence[0]
    for i in range(1, n):
        for place in range(length):
            before = (place - 1) % length
            top = best[i - 1, before]
            if place == 0:
                for other in range(length):
                    value = best[i - 1, other] - slips[other]
                    if value > top:
                        top, before = value, other
            best[i, place] = top + evidence[i, place]
            came[i, place] = before
    places = np.zeros(n, np.int64)
    places[n - 1] = np.argmax(best[n - 1])
    for i in range(n - 1, 0, -1):
        places[i - 1] = came[i, places[i]]
    return places
