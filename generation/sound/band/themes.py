"""Tunes: a motif, its answers and its return, over eight chords."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from songreel.generation.sound.band.chords import PHRASE, Chord
from songreel.generation.sound.band.meters import Metre


class Degree(NamedTuple):
    """A note of a tune before it meets a chord."""

    beat: float
    """Of its bar."""
    beats: float
    step: int
    """Steps of the scale over the tonic."""
    weight: float
    """1 carries the tune; what is light is left out where little is played."""


_PAIRS = (((0.0,), 2), ((0.0, 1.0), 4), ((0.0, 1.5), 3), ((0.0, 0.5, 1.0), 2), ((0.5, 1.0), 1))
_TRIPLES = (((0.0,), 2), ((0.0, 2.0), 3), ((0.0, 1.0, 2.0), 3), ((0.0, 1.5, 2.0), 2))
_ARCS = (
    (0, 1, 2, 1, 3, 4, 2, 1),
    (2, 1, 0, 1, 4, 3, 1, 1),
    (0, 2, 3, 1, 2, 4, 5, 1),
    (4, 3, 2, 1, 4, 5, 3, 1),
)
"""Height of each bar of a phrase, in scale steps: one summit, past the middle."""


def _rhythm(metre: Metre, draw: np.random.RandomState) -> tuple[float, ...]:
    """Onsets of a bar, from cells of its groups; never bare, never without its first beat."""
    while True:
        onsets: list[float] = []
        for start, size in zip(metre.starts, metre.groups, strict=True):
            if size == 1:
                onsets.append(float(start))
                continue
            cells = _PAIRS if size == 2 else _TRIPLES
            odds = np.array([weight for _, weight in cells], float)
            cell = cells[int(draw.choice(len(cells), p=odds / odds.sum()))][0]
            onsets += [start + at for at in cell if metre.divisions > 1 or at % 1 == 0]
        if onsets and onsets[0] == 0.0 and (len(onsets) >= min(3, metre.beats)):
            return tuple(onsets)


def _offsets(count: int, draw: np.random.RandomState) -> tuple[int, ...]:
    """Steps of a motif's notes from its first: mostly by step, one leap that turns back."""
    found = [0]
    leapt = False
    for _ in range(count - 1):
        if not leapt and draw.random_sample() < 0.35:
            move = int(draw.choice([-3, 2, 3]))
            leapt = True
        else:
            move = int(draw.choice([-1, 1, -1, 1, -2, 0]))
        here = found[-1] + move
        found.append(here if -4 <= here <= 4 else found[-1] - move)
    return tuple(found)


@lru_cache(maxsize=64)
def tune(metre: Metre, seed: int, letter: str, stretch: int) -> tuple[tuple[Degree, ...], ...]:
    """The bars of a theme, one phrase long: PHRASE × stretch of them."""
    draw = np.random.RandomState((seed * 2 + (letter == "B")) % 2**32)
    first, second = _rhythm(metre, draw), _rhythm(metre, draw)
    walk, answer = _offsets(len(first), draw), _offsets(len(second), draw)
    arc = _ARCS[int(draw.randint(len(_ARCS)))]
    lift = 2 if letter == "B" else 0
    bars: list[tuple[Degree, ...]] = []
    for place in range(PHRASE * stretch):
        step = place // stretch
        height = arc[step] + lift - 1
        last = step % 4 == 3
        onsets: tuple[float, ...] = (0.0,)  # the phrase breathes
        moves: tuple[int, ...] = (0,)
        if not last:
            onsets, moves = (second, answer) if place % 2 else (first, walk)
        if step == 6 and not last:  # the close is announced by a turn of the motif
            moves = tuple(-move for move in moves)
        ends = (*onsets[1:], float(metre.beats) * (0.75 if last else 1.0))
        bars.append(
            tuple(
                Degree(at, end - at, height + move, _weight(at, end - at, metre))
                for at, end, move in zip(onsets, ends, moves, strict=True)
            )
        )
    return tuple(bars)


def _weight(at: float, length: float, metre: Metre) -> float:
    """How much a note at beat `at` of the bar carries."""
    if at == 0:
        return 1.0
    if at in metre.starts:
        return 0.8 if length >= 1 else 0.65
    return 0.5 if at % 1 == 0 else 0.3


def pitch(degree: Degree, chord: Chord, tonic: int, floor: int, before: int | None) -> int:
    """The MIDI pitch that a degree has over `chord`.

    Heavy notes belong to the chord; light ones to the scale.

    Args:
        degree: The note.
        chord: What sounds under it.
        tonic: Pitch class.
        floor: MIDI pitch at or above which the tonic of step 0 lies.
        before: The pitch before it, which it is not far from; None at a phrase's start.
    """
    root = floor + (tonic - floor) % 12
    octave, step = divmod(degree.step, 7)
    wanted = root + 12 * octave + chord.scale[step]
    heavy = degree.weight >= 0.65
    tones = [(tone + tonic) % 12 for tone in (chord.tones[:3] if heavy else chord.scale)]
    # A heavy note may leap a fourth to its chord tone; a light one passes by step.
    free = 5 if heavy else 2

    def cost(p: int) -> tuple[float, int]:
        far = 0.0 if before is None else 0.9 * max(0, abs(p - before) - free)
        same = 0.0 if before != p else 0.6
        return abs(p - wanted) + far + same, p

    return min((p for p in range(wanted - 8, wanted + 9) if p % 12 in tones), key=cost)
