"""The pulse of a finished cut: `fit_to_cut`."""

from collections.abc import Sequence
from math import log2

import numpy as np

from songreel.models.errors import InvalidInput
from songreel.models.fit import FitToCut, Rival
from songreel.prompting.fit.lattice import (
    FASTEST,
    ON,
    SLOWEST,
    Floats,
    Lattice,
    best_bars,
    distances,
    fit_line,
    resonance,
)

FEWEST = 4
"""Cuts of which a pulse can be told at all."""
MOST = 4000
_CENTRE, _SPREAD = 112.0, 0.45
"""BPM at the middle of the prior, and its standard deviation in octaves: preferred tempi lie about
120 BPM and thin out within an octave to either side (Moelants, ICMPC 7, 2002)."""
_METERS = {4: 0.0, 3: -2.5, 2: -3.0, 5: -5.0, 6: -3.5, 7: -6.0}
"""Log of how much likelier four in a bar is than three: about nine in ten popular pieces are in
four, and three must be told by the cuts."""
_MISFIT = 0.03
"""Share of the cuts' evidence that is taken for misfit of the model: our choice, at which edits of
random steps of whole beats come out at their own tempo (tests/test_fit_to_cut.py)."""
_MODE = (7.8, -1.2, 1.87)
_SCALE = 1.8
"""Gumbel distribution of the best gain of cuts at random: its mode by the logarithms of their
number and of their mean distance in seconds, and its scale; fitted to the table at `fit_to_cut`."""
_PEAKS = 32
"""Tempi that are looked at closely, by how the cuts resonate."""


def search(
    times: Floats,
    weights: Floats,
    meters: Sequence[int],
    near: float | None = None,
    slowest: float = SLOWEST,
    fastest: float = FASTEST,
) -> list[Lattice]:
    """Lattices that explain the cuts, the likeliest first."""
    span = float(times[-1] - times[0])
    low, high = slowest / 60, fastest / 60
    # Six steps over the width of a peak, 1 / span.
    count = int(np.clip((high - low) * span * 6, 400, 60_000))
    frequencies = np.linspace(low, high, count)
    heard = resonance(times, weights, frequencies)
    inner = np.flatnonzero((heard[1:-1] >= heard[:-2]) & (heard[1:-1] >= heard[2:])) + 1
    peaks = np.unique(np.concatenate([inner, [0, count - 1]]))
    peaks = peaks[np.argsort(-heard[peaks], kind="stable")][:_PEAKS]
    found: list[tuple[Lattice, float]] = []
    for peak in peaks:
        frequency, beat = fit_line(times, weights, float(frequencies[peak]))
        if not low * 0.999 <= frequency <= high * 1.001:
            continue
        if any(abs(other.frequency - frequency) < 0.25 / span for other, _ in found):
            continue
        for meter in meters:
            lattice = best_bars(times, weights, frequency, beat, meter)
            prior = _prior(60 * frequency, near) + 0.5 * _METERS[meter] * (len(meters) > 1)
            found.append((lattice, prior))
    # Nobody cuts quite as the model says, and the misfit grows with the number of cuts: the prior
    # keeps its say between pulses that explain the cuts about as well.
    weight = max(1.0, _MISFIT * max((lattice.gain for lattice, _ in found), default=0.0))
    scored = [lattice._replace(score=lattice.gain + weight * prior) for lattice, prior in found]
    return sorted(scored, key=lambda lattice: -lattice.score)


def _prior(bpm: float, near: float | None) -> float:
    spread = _SPREAD if near is None else 0.2
    return -0.5 * (log2(bpm / (near or _CENTRE)) / spread) ** 2


def fit_to_cut(
    times: Sequence[float],
    *,
    weights: Sequence[float] | None = None,
    bpm: float | None = None,
    meter: int | None = None,
    slowest: float = SLOWEST,
    fastest: float = FASTEST,
) -> FitToCut:
    """Find the tempo and the bars on which the cuts of a finished edit fall.

    A maximum-likelihood comb: at every tempo the cuts' phases are added as vectors (Rayleigh), the
    tempi that resonate are refined by robust regression, and each is judged by how much likelier
    than chance its lattice of half-beats, beats, half-bars, bars and phrases makes the cuts, some
    of which may lie anywhere. Tempo and meter have a prior (see `_CENTRE`, `_METERS`).

    The trust says how surely the cuts follow a pulse, against cuts at random. Measured on Poisson
    cuts (at least 0.25 s apart, means of 0.95 and 3.25 s, 25 to 70 edits each), the best gain, in
    nats, that chance alone reaches:

    ```text
    cuts                 4     8    16    24    40    80
    0.95 s apart  half 6.6   6.8   5.5   5.6   5.1   3.1
                  99 % 12.4  11.4  11.5  11.4   8.7   8.5
    3.25 s apart  half 9.5   8.8   7.8   7.6   7.3   5.5
                  99 % 13.3  15.5  14.2  14.1  14.9   9.0
    ```

    Cuts that all lie on beats reach 30 with 6 of them and 80 with 16. The trust follows from the
    chance of the gain under a Gumbel distribution fitted to these (`_MODE`, `_SCALE`): 0 at one
    edit in ten, 0.5 at one in three hundred, 1 at one in ten thousand.

    Args:
        times: Seconds of the cuts, in any order; the film's start is none.
        weights: How much each counts, above 0; None: alike.
        bpm: A tempo to stay near; None: whatever the cuts say.
        meter: Beats a bar where it is known, 2 to 7; None: four or three.
        slowest: BPM.
        fastest: BPM.

    Returns:
        The best pulse, how the cuts lie on it, and others that come near.

    Raises:
        InvalidInput: There are fewer than two cuts, a time is no time, or weights do not fit.
    """
    cuts, heavy = _checked(times, weights)
    if meter is not None and meter not in _METERS:
        raise InvalidInput(f"a meter of {meter} beats is not fitted; choose one of 2 to 7")
    if bpm is not None and not slowest <= bpm <= fastest:
        raise InvalidInput(f"{bpm:g} BPM is not between {slowest:g} and {fastest:g}")
    found = search(cuts, heavy, (meter,) if meter else (4, 3), bpm, slowest, fastest)
    best = _rounded(found[0], cuts)
    period = 1 / best.frequency
    off = distances(cuts, best.start, period)
    from_bar = distances(cuts, best.start, best.meter * period)
    on_beats, on_bars = _share(np.abs(off) <= ON, heavy), _share(np.abs(from_bar) <= ON, heavy)
    even = float(heavy.sum() ** 2 / (heavy**2).sum() / cuts.size)
    trust = _trust(best.gain * even, cuts)  # A few heavy cuts are fewer cuts.
    octaves = _octaves(best, cuts, heavy, bpm, slowest, fastest)
    rivals = _rivals(best, octaves, found[1:], cuts, heavy)
    return FitToCut(
        bpm=round(60 * best.frequency, 4),
        offset=_offset(best),
        meter=best.meter,
        on_beats=on_beats,
        on_downbeats=on_bars,
        error=round(1000 * float(np.median(np.abs(off))), 3),
        trust=trust,
        cuts=cuts.size,
        reasons=_reasons(best, cuts, on_beats, on_bars, trust, rivals),
        alternatives=rivals,
    )


def _checked(times: Sequence[float], weights: Sequence[float] | None) -> tuple[Floats, Floats]:
    """Cuts in order, each once, and their weights with a mean of 1."""
    if weights is not None and len(weights) != len(times):
        raise InvalidInput(f"{len(weights)} weights for {len(times)} cuts; give one for each")
    given = np.asarray(list(times), np.float64)
    heavy = np.ones(given.size) if weights is None else np.asarray(list(weights), np.float64)
    wrong = np.flatnonzero(~np.isfinite(given) | (given < 0))
    if wrong.size:
        raise InvalidInput(f"cut {wrong[0] + 1} at {given[wrong[0]]} s is no time in a film")
    light = np.flatnonzero(~np.isfinite(heavy) | (heavy <= 0))
    if light.size:
        n = light[0]
        raise InvalidInput(f"the weight of cut {n + 1} is {heavy[n]}; it must be above 0")
    order = np.argsort(given, kind="stable")
    given, heavy = given[order], heavy[order]
    keep = np.diff(given, prepend=0.0) > 1e-3
    given, heavy = given[keep], heavy[keep]
    if given.size < 2:
        raise InvalidInput(
            f"{given.size} cuts are too few to tell a tempo from; name one, such as 110 BPM"
        )
    if given.size > MOST:
        raise InvalidInput(f"{given.size} cuts are more than {MOST}; fit a part of the film")
    return given, heavy / heavy.mean()


def _rounded(best: Lattice, cuts: Floats) -> Lattice:
    """A whole number of beats a minute, where the cuts cannot tell it from what was found."""
    bpm = 60 * best.frequency
    whole = round(bpm)
    period = 1 / best.frequency
    off = distances(cuts, best.start, period)
    near = np.abs(off) < 0.05
    index = np.round((cuts - best.start) / period)[near]
    if np.unique(index).size < 3:
        return best
    spread = max(1.4826 * float(np.median(np.abs(off[near]))), 1e-6)
    error = spread / float(np.sqrt(((index - index.mean()) ** 2).sum())) / period * bpm
    if not 0 < abs(bpm - whole) <= 2 * error:
        return best
    # Turned about the middle of the cuts, where the phase is surest.
    middle = best.start + round(float(index.mean())) * period
    start = middle - round(float(index.mean())) * 60 / whole
    shift = float(np.median(distances(cuts[near], start, 60 / whole)))
    return best._replace(frequency=whole / 60, start=start + shift)


def _offset(lattice: Lattice) -> float:
    """The first downbeat at or after the film's start."""
    bar = lattice.meter / lattice.frequency
    offset = round(lattice.start % bar, 6)
    return 0.0 if bar - offset < 1e-4 else offset


def _share(which: np.ndarray[tuple[int], np.dtype[np.bool_]], heavy: Floats) -> float:
    return round(float(heavy[which].sum() / heavy.sum()), 4)


def _trust(gain: float, cuts: Floats) -> float:
    """How surely a gain is more than chance (see `fit_to_cut`)."""
    if cuts.size < FEWEST:
        return 0.0
    mode = (
        _MODE[0]
        + _MODE[1] * float(np.log(cuts.size))
        + _MODE[2] * float(np.log((cuts[-1] - cuts[0]) / cuts.size))
    )
    tail = np.exp(-(gain - mode) / _SCALE)
    chance = -np.expm1(-tail)
    return round(float(np.clip((-np.log10(max(chance, 1e-12)) - 1) / 3, 0.0, 1.0)), 4)


def _octaves(
    best: Lattice, cuts: Floats, heavy: Floats, near: float | None, slowest: float, fastest: float
) -> list[tuple[Lattice, str]]:
    """Half and double of the best pulse, where they are tempi."""
    found = []
    for factor, relation in ((0.5, "half"), (2.0, "double")):
        frequency = best.frequency * factor
        if not slowest <= 60 * frequency <= fastest:
            continue
        starts = (best.start, best.start + 1 / best.frequency) if factor < 1 else (best.start,)
        ways = [best_bars(cuts, heavy, frequency, start, best.meter) for start in starts]
        lattice = max(ways, key=lambda way: way.gain)
        weight = max(1.0, _MISFIT * best.gain)
        prior = _prior(60 * frequency, near) - _prior(60 * best.frequency, near)
        score = best.score - best.gain + lattice.gain + weight * prior
        found.append((lattice._replace(score=score), relation))
    return found


def _rivals(
    best: Lattice,
    octaves: Sequence[tuple[Lattice, str]],
    others: Sequence[Lattice],
    cuts: Floats,
    heavy: Floats,
) -> tuple[Rival, ...]:
    """Half and double, and the two best of the rest, the likeliest first."""
    known = [best, *(lattice for lattice, _ in octaves)]
    rest = [
        (other, "")
        for other in others
        if not any(
            other.meter == k.meter and abs(other.frequency / k.frequency - 1) < 0.005 for k in known
        )
    ]
    kept = sorted([*octaves, *rest[:2]], key=lambda pair: -pair[0].score)
    return tuple(
        Rival(
            bpm=round(60 * other.frequency, 4),
            offset=_offset(other),
            meter=other.meter,
            on_beats=_share(np.abs(distances(cuts, other.start, 1 / other.frequency)) <= ON, heavy),
            behind=round(max(0.0, best.score - other.score), 3),
            relation=relation,
        )
        for other, relation in kept
    )


def _reasons(
    best: Lattice,
    cuts: Floats,
    on_beats: float,
    on_bars: float,
    trust: float,
    rivals: Sequence[Rival],
) -> tuple[str, ...]:
    chance = min(1.0, 2 * ON * best.frequency)
    said = [
        f"{on_beats:.0%} of {cuts.size} cuts lie within {1000 * ON:.0f} ms of a beat and "
        f"{on_bars:.0%} of a downbeat; at random {chance:.0%} and {chance / best.meter:.0%} would"
    ]
    if cuts.size < FEWEST:
        said.append(f"{cuts.size} cuts fit many tempi; {FEWEST} are the fewest that tell one")
    elif trust < 0.35:
        said.append("cuts at random come as near to a pulse: these may follow none")
    close = [f"{rival.bpm:.2f} in {rival.meter}" for rival in rivals if rival.behind < 2]
    if close:
        said.append(f"the cuts speak about as much for {', '.join(close)} BPM")
    return tuple(said)
