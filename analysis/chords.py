"""Chords, one or two a bar: `find_chords`."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from songreel.analysis.notes import BASS_TOP, fold
from songreel.analysis.spectrum import RATE
from songreel.models.harmony import Chord, ChordQuality, Key, KeySpan

_TONES: dict[ChordQuality, tuple[int, ...]] = {
    "maj": (0, 4, 7), "min": (0, 3, 7), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10), "dim": (0, 3, 6), "aug": (0, 4, 8), "sus4": (0, 5, 7), "5": (0, 7),
}  # fmt: skip
"""Semitones above the root."""
_RARENESS: dict[ChordQuality, float] = {
    "maj": 0.0, "min": 0.0, "7": 2.4, "maj7": 2.4, "min7": 2.4, "dim": 3.0, "aug": 4.5,
    "sus4": 3.0, "5": 2.4,
}  # fmt: skip
"""Minus the log of how much rarer than a triad: 11 to 90 times. In pop, nine chords in ten are
major or minor triads (the annotations of POP909 say so of 97 %), and a passing note makes a
seventh chord of any of them."""
_FIT, _BASS = 24.0, 10.0
"""Log-likelihood of a perfect fit of the chroma, and of a bass that plays nothing but the root."""
_FIFTH = 0.2
"""What a fifth in the bass says for its root, as a share of that."""
_CHANGE = (1.0, 2.0)
"""What a change of chord costs, at a bar line and at the half of a bar."""
_FOREIGN = 0.5
"""What each note outside the key costs."""
_NONE = 0.62
"""Fit below which there is no chord: twelve equal pitch classes fit a triad by 0.5, a seventh by
0.58.

These numbers were chosen on sixteen songs of POP909 rendered with a piano, in steps of about a
half: `_RARENESS` and `_BASS` matter by three hundredths of recall, the others by one or two."""
_LOWEST, _HIGHEST = 40, 90
"""MIDI pitches whose notes make the chord: E2, a guitar's lowest, to F♯6."""
_EDGE = 0.05
"""Seconds left out at either end of a chord, where the spectrum's window sees two of them."""
_SHORTEST_BAR = 1.0
"""Seconds below which a bar has one chord."""
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10, 11)}
"""Of minor, the sixth of the natural and both sevenths."""
_QUALITIES = tuple(_TONES)
_SILENT = 12 * len(_QUALITIES)
"""The state that is no chord."""


def find_chords(
    notes: NDArray[np.float32],
    sounding: NDArray[np.bool_],
    beats: NDArray[np.float64],
    downbeats: NDArray[np.float64],
    keys: tuple[KeySpan, ...],
    duration: float,
) -> tuple[Chord, ...]:
    """The row of chords that tiles the song; none without bars.

    Chord templates and the bass note are compared with the notes of every bar or half of one, and
    the likeliest row is searched in which a change costs and notes outside the key cost (a plain
    form of the network of Mauch and Dixon, "Simultaneous estimation of chords and musical context
    from audio", IEEE Trans. Audio, Speech, Lang. Process. 18(6), 2010). A chord that lasts for
    several bars is one chord.

    Args:
        notes: Of `songreel.analysis.notes.find_notes`, ten frames a second.
        sounding: Shape (m,), ten a second: where there is music.
        beats: Shape (b,), seconds.
        downbeats: Shape (d,), seconds, each one of `beats`.
        keys: Tile the song.
        duration: Seconds of the song.
    """
    if downbeats.size < 2:
        return ()
    edges, change = _units(beats, downbeats, duration)
    upper, lower, heard = _heard(notes, sounding, edges)
    scores = _scores(upper, lower, heard) - _foreign(edges, keys)
    return _spans(_path(scores, change), _certainty(scores, change), edges)


def _units(
    beats: NDArray[np.float64], downbeats: NDArray[np.float64], duration: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges of bars and half bars, shape (n + 1,), and the cost of a change at each, shape (n,).

    0 and the end are among them. A bar has halves where a beat lies in its middle. After the last
    downbeat bars go on as before.
    """
    found = [(0.0, _CHANGE[0])]
    bar = float(np.median(np.diff(downbeats)))
    beyond = np.arange(downbeats[-1], duration - bar / 4, bar)
    for first, last in pairwise([*downbeats.tolist(), *beyond[1:].tolist(), duration]):
        found.append((first, _CHANGE[0]))
        inside = beats[(beats > first + 1e-6) & (beats < last - 1e-6)]
        if inside.size % 2 and last - first >= _SHORTEST_BAR:
            found.append((float(inside[inside.size // 2]), _CHANGE[1]))
    kept = [found[0]]
    for at, cost in found[1:]:
        if kept[-1][0] + 2 * _EDGE < at < duration - 2 * _EDGE:
            kept.append((at, cost))
    return np.array([at for at, _ in kept] + [duration]), np.array([cost for _, cost in kept])


def _heard(
    notes: NDArray[np.float32], sounding: NDArray[np.bool_], edges: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Pitch classes of chord and bass in each unit, shape (n, 12), and whether it sounds."""
    chord, bass = fold(notes, _LOWEST, _HIGHEST), fold(notes, 0, BASS_TOP)
    upper, lower = np.zeros((edges.size - 1, 12)), np.zeros((edges.size - 1, 12))
    heard = np.zeros(edges.size - 1, dtype=np.bool_)
    for i, (start, end) in enumerate(pairwise(edges)):
        first = min(int(np.ceil((start + _EDGE) * RATE)), notes.shape[0] - 1)
        part = slice(first, max(first + 1, int(np.ceil((end - _EDGE) * RATE))))
        upper[i], lower[i] = chord[part].mean(axis=0), bass[part].mean(axis=0)
        heard[i] = sounding[part].any() and sounding[part].mean() > 0.5
    return upper, lower, heard


def _templates() -> NDArray[np.float64]:
    """Pitch classes of each chord at length 1, shape (states − 1, 12)."""
    return np.array([np.roll(np.isin(np.arange(12), tones) / np.sqrt(len(tones)), root)
                     for tones in _TONES.values() for root in range(12)])  # fmt: skip


def _scores(
    upper: NDArray[np.float64], lower: NDArray[np.float64], heard: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Log-likelihood of every state in each unit, shape (n, states)."""
    fit = upper @ _templates().T / np.maximum(np.linalg.norm(upper, axis=1), 1e-12)[:, None]
    root = lower / np.maximum(lower.sum(axis=1, keepdims=True), 1e-12)
    root = root + _FIFTH * np.roll(root, -7, axis=1)
    rare = np.repeat(np.array(list(_RARENESS.values())), 12)
    chords = _FIT * fit + _BASS * np.tile(root, (1, len(_QUALITIES))) - rare
    silent = np.where(heard, _FIT * _NONE, 2 * (_FIT + _BASS))
    return np.column_stack([chords, silent])


def _foreign(edges: NDArray[np.float64], keys: tuple[KeySpan, ...]) -> NDArray[np.float64]:
    """Cost of the notes outside the key, shape (n, states)."""
    cost = np.zeros((edges.size - 1, _SILENT + 1))
    middle = (edges[:-1] + edges[1:]) / 2
    for span in keys:
        if span.key is not None:
            inside = (middle >= span.start) & (middle < span.end)
            cost[inside, :-1] = _FOREIGN * span.trust * _outside(span.key)
    return cost


def _outside(key: Key) -> NDArray[np.float64]:
    """How many notes of each chord are not in the key, two at most."""
    scale = [(key.tonic + step) % 12 for step in _SCALES[key.mode]]
    strange = ~np.isin(np.arange(12), scale)
    return np.minimum([strange[[(root + t) % 12 for t in tones]].sum()
                       for tones in _TONES.values() for root in range(12)], 2.0)  # fmt: skip


def _path(scores: NDArray[np.float64], change: NDArray[np.float64]) -> NDArray[np.intp]:
    """The likeliest row of states (Viterbi)."""
    best = scores[0]
    back = np.zeros(scores.shape, np.intp)
    for i in range(1, scores.shape[0]):
        top = int(best.argmax())
        moved = best[top] - change[i]
        back[i] = np.where(best >= moved, np.arange(best.size), top)
        best = np.maximum(best, moved) + scores[i]
    path = np.zeros(scores.shape[0], np.intp)
    path[-1] = int(best.argmax())
    for i in range(scores.shape[0] - 1, 0, -1):
        path[i - 1] = back[i, path[i]]
    return path


def _certainty(scores: NDArray[np.float64], change: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of every state in each unit given the whole song (forward and backward)."""
    moved = change + np.log(scores.shape[1])
    forward, backward = np.zeros(scores.shape), np.zeros(scores.shape)
    forward[0] = scores[0] - logsumexp(scores[0])
    for i in range(1, scores.shape[0]):
        last = forward[i - 1]
        here = scores[i] + np.logaddexp(last, logsumexp(last) - moved[i])
        forward[i] = here - logsumexp(here)
    for i in range(scores.shape[0] - 2, -1, -1):
        after = backward[i + 1] + scores[i + 1]
        here = np.logaddexp(after, logsumexp(after) - moved[i + 1])
        backward[i] = here - logsumexp(here)
    both = forward + backward
    return np.asarray(np.exp(both - logsumexp(both, axis=1, keepdims=True)))


def _spans(
    path: NDArray[np.intp], certainty: NDArray[np.float64], edges: NDArray[np.float64]
) -> tuple[Chord, ...]:
    borders = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), path.size]
    found = []
    for first, last in pairwise(borders):
        state = int(path[first])
        trust = np.average(certainty[first:last, state], weights=np.diff(edges[first : last + 1]))
        found.append(
            Chord(
                start=round(float(edges[first]), 6),
                end=round(float(edges[last]), 6),
                root=None if state == _SILENT else state % 12,
                quality="maj" if state == _SILENT else _QUALITIES[state // 12],
                trust=round(min(float(trust), 1.0), 4),
            )
        )
    return tuple(found)
