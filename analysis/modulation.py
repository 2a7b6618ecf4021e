"""Keys over time, and where the music leaves one for another: `find_keys`."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.notes import Pitches
from songreel.analysis.spectrum import RATE
from songreel.analysis.tonality import KEYS, KeyFinding, find_key, fits
from songreel.analysis.trust import key_trust
from songreel.models.harmony import Key, KeySpan

_BLOCK = 2.0
"""Seconds of a step where there are no bars."""
_COST = 8.0
"""Seconds that a new key must fit perfectly, and the old one not at all, to be a modulation: half
of eight bars at 120 BPM, so that a last chorus that is lifted pays for it and a borrowed chord
does not."""
_RELATIVE, _PARALLEL, _FIFTH = 3.0, 1.5, 1.5
"""Times that cost between relative and parallel keys and keys a fifth apart: a pop song that leans
on its relative minor, borrows a minor chord or dwells on its dominant has not modulated."""
_SHORTEST = 12.0
"""Seconds below which a stretch in another key is a passing one."""
_HELD = 0.15
"""Correlation that a section's own key must be ahead of the key of its surroundings."""
_LEAST_FIT = 0.5
"""Correlation with its profile that a section's key must have: `songreel.analysis.trust` counts
0.45 as chance."""
_FEW_CHORDS = 6.0
"""Seconds of a section under which its own chords do not make a key."""
_CLEAR_LEAD = 0.1
"""Lead over the next key, mostly the relative, that leaves no doubt between the two. Of 44 rendered
songs all but two with a lead over 0.1 have the key they are annotated with; both of these are
annotated with the relative or the fifth."""
LEAST_TRUST = 0.05
"""Trust in a key below which there is none: noise and speech lie there."""


@dataclass(frozen=True)
class Keys:
    """The keys of a song and of any part of it."""

    whole: KeyFinding
    """Of the song: of all that is in its main key, where there are several."""
    trust: float
    """Of `whole`."""
    spans: tuple[KeySpan, ...]
    """Tile the song."""
    pitches: Pitches

    @property
    def key(self) -> Key | None:
        """The song's key; None where there is none to be heard."""
        return self.whole.key if self.trust >= LEAST_TRUST else None

    def finding(self, start: float, end: float) -> KeyFinding:
        """How [start, end) seconds fit the keys, by themselves."""
        part = _frames(start, end)
        return find_key(self.pitches.chroma[part], self.pitches.bass[part])

    def at(self, start: float, end: float) -> Key | None:
        """The key of [start, end) seconds; that of its surroundings unless it differs clearly."""
        around = max(self.spans, key=lambda s: min(s.end, end) - max(s.start, start)).key
        fit = _fit(self.pitches, _frames(start, end))
        if end - start < _FEW_CHORDS or fit is None:
            return around
        if around is not None:
            fit[KEYS.index(around)] += _HELD
        best = int(fit.argmax())
        if around is None and fit[best] < _LEAST_FIT:
            return None
        return KEYS[best] if around is not None or self.trust >= LEAST_TRUST else None


def find_keys(
    pitches: Pitches,
    sounding: NDArray[np.bool_],
    noisiness: NDArray[np.float64],
    downbeats: NDArray[np.float64],
    duration: float,
) -> Keys:
    """The key of the whole and of its stretches.

    The likeliest row of keys over bars, where a bar scores by the correlation of its chroma with
    the key's profile and each change costs (the Viterbi search of Chai and Vercoe, "Detection of
    key change in classical piano music", ISMIR 2005).

    Args:
        pitches: Of the song, m frames.
        sounding: Shape (m,), where there is music.
        noisiness: Shape (m,), 0 to 1.
        downbeats: Shape (b,), seconds; empty where there is no grid to trust, and then keys
            change on even blocks of two seconds.
        duration: Seconds of the song.
    """
    edges = _edges(downbeats, duration)
    stretches = _stretches(_path(_scores(pitches, edges)), edges)
    if len(stretches) == 1:
        whole = _finding(pitches, [(0.0, duration)], None)
    else:
        main = max({key for _, _, key in stretches}, key=lambda key: _seconds(stretches, key))
        whole = _finding(pitches, [(a, b) for a, b, key in stretches if key == main], main)
    trust = _trust(whole, sounding, noisiness)
    found = [(0.0, duration, whole.key, trust)]
    if len(stretches) > 1:
        found = []
        for start, end, key in stretches:
            finding, part = _finding(pitches, [(start, end)], key), _frames(start, end)
            found.append((start, end, key, _trust(finding, sounding[part], noisiness[part])))
    spans = tuple(
        KeySpan(
            start=round(start, 6),
            end=round(end, 6),
            key=key if sure >= LEAST_TRUST else None,
            trust=sure,
        )
        for start, end, key, sure in found
    )
    return Keys(whole, trust, spans, pitches)


def _edges(downbeats: NDArray[np.float64], duration: float) -> NDArray[np.float64]:
    if downbeats.size >= 2:
        inner = downbeats[(downbeats > 0.1) & (downbeats < duration - 0.1)]
    else:
        inner = np.arange(_BLOCK, duration - _BLOCK / 2, _BLOCK)
    return np.concatenate([[0.0], inner, [duration]])


def _frames(start: float, end: float) -> slice:
    first = round(start * RATE)
    return slice(first, max(first + 1, round(end * RATE)))


def _fit(pitches: Pitches, part: slice) -> NDArray[np.float64] | None:
    """How the frames fit each of `KEYS`, shape (24,); None where they tell nothing."""
    share = pitches.chroma[part].sum(axis=0)
    if not share.any() or np.ptp(share) <= 1e-9 * share.max():
        return None
    return fits(share, pitches.bass[part].sum(axis=0)).ravel()


def _scores(pitches: Pitches, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sounding seconds of each step times its fit to each key, shape (steps, 24)."""
    scores = np.zeros((edges.size - 1, len(KEYS)))
    for i, (start, end) in enumerate(pairwise(edges)):
        part = _frames(start, end)
        fit = _fit(pitches, part)
        if fit is not None:
            heard = np.count_nonzero(pitches.chroma[part].any(axis=1)) / RATE
            scores[i] = fit * min(float(end - start), heard)
    return scores


def _costs() -> NDArray[np.float64]:
    """Of a change from each key to each, shape (24, 24)."""
    costs = np.full((len(KEYS), len(KEYS)), _COST)
    np.fill_diagonal(costs, 0.0)
    for tonic in range(12):
        # Minor keys follow the twelve major ones.
        for fifth in ((tonic + 5) % 12, (tonic + 7) % 12):
            costs[tonic, fifth] *= _FIFTH
            costs[12 + tonic, 12 + fifth] *= _FIFTH
        for minor, factor in ((tonic, _PARALLEL), ((tonic + 9) % 12, _RELATIVE)):
            costs[tonic, 12 + minor] *= factor
            costs[12 + minor, tonic] *= factor
    return costs


def _path(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """The row of keys with the highest score after the costs of changes."""
    costs = _costs()
    best = scores[0]
    back = np.zeros(scores.shape, np.intp)
    for i in range(1, scores.shape[0]):
        reached = best[:, None] - costs
        back[i] = reached.argmax(axis=0)
        best = reached.max(axis=0) + scores[i]
    path = np.zeros(scores.shape[0], np.intp)
    path[-1] = int(best.argmax())
    for i in range(scores.shape[0] - 1, 0, -1):
        path[i - 1] = back[i, path[i]]
    return path


def _stretches(
    path: NDArray[np.intp], edges: NDArray[np.float64]
) -> list[tuple[float, float, Key]]:
    """Start and end in seconds, and key, of each; those that are too short join a neighbour.

    The neighbour of the same key where both are, otherwise the longer one.
    """
    at = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), path.size]
    keys = [int(path[i]) for i in at[:-1]]
    while len(keys) > 1:
        lengths = [float(edges[b] - edges[a]) for a, b in pairwise(at)]
        short = int(np.argmin(lengths))
        if lengths[short] >= _SHORTEST:
            break
        last = len(keys) - 1
        left = short == last or (short > 0 and lengths[short - 1] >= lengths[short + 1])
        del at[short if left else short + 1], keys[short]
        for i in range(len(keys) - 1, 0, -1):
            if keys[i] == keys[i - 1]:
                del at[i], keys[i]
    return [(float(edges[a]), float(edges[b]), KEYS[k])
            for (a, b), k in zip(pairwise(at), keys, strict=True)]  # fmt: skip


def _trust(
    finding: KeyFinding, sounding: NDArray[np.bool_], noisiness: NDArray[np.float64]
) -> float:
    if not sounding.any():
        return 0.0
    trust = key_trust(finding, float(noisiness[sounding].mean()), float(sounding.sum()) / RATE)
    return round(trust * (0.6 + 0.4 * float(np.clip(finding.lead / _CLEAR_LEAD, 0, 1))), 4)


def _seconds(stretches: list[tuple[float, float, Key]], key: Key) -> tuple[float, int]:
    """Of all stretches in `key`; of two that last as long, the one that is first in `KEYS`."""
    return sum(b - a for a, b, other in stretches if other == key), -KEYS.index(key)


def _finding(pitches: Pitches, parts: list[tuple[float, float]], key: Key | None) -> KeyFinding:
    """How all `parts` together, in seconds, fit `key`, or the best one."""
    chroma, bass = (np.concatenate([values[_frames(a, b)] for a, b in parts])
                    for values in (pitches.chroma, pitches.bass))  # fmt: skip
    return find_key(chroma, bass, whole=key is None, key=key)
