"""The leading voice or instrument: `find_lead` follows its pitch through the song's partials."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.features import HOP
from songreel.analysis.partials import MOST, UNKNOWN, find_partials
from songreel.sound.compiled import compiled

STEP = 20.0
"""Cents between the pitches tried."""
LOWEST, PITCHES = 3600.0, 240
"""Cents above 10 Hz, and their count: 80 to 1270 Hz, from a bass voice to a high soprano."""
HARMONICS, DECAY = 12, 0.85
"""A partial may be harmonic h of a pitch with weight 0.85^(h−1), a little more than the 0.8 of
Salamon and Gómez ("Melody extraction from polyphonic music signals using pitch contour
characteristics", IEEE TASLP 20(6), 2012)."""
WIDTH = 60.0
"""Cents by which a partial may miss its harmonic; its weight falls as a squared cosine."""
GLIDE, GLIDE_COST, JUMP_COST = 5, 0.03, 1.5
"""Steps that the pitch may move in 10 ms, what each costs and what a leap costs, in units of the
strongest pitch of a frame: a leap has to pay for itself within some frames."""
NEAR = 40.0
"""Cents from its harmonic within which a partial is taken to be the lead's."""
FOLLOWED = 20
"""Harmonics of the lead that are looked at."""
BLOCK, MARGIN = 60_000, 200
"""Frames followed at a time, ten minutes, and those heard before and after and thrown away: most
songs are one block, and a mix of hours takes the memory of one."""
FASTEST = 15.0
"""Cents per frame at which a glide counts no more: beyond, peaks have been mistaken."""
SLOWEST = 0.8
"""Cents per frame, 80 cents a second, from which on a partial moves."""
TREBLE = 200.0
"""Hz above which partials are looked at for common movement: below, peaks of bass and drums."""


@dataclass(frozen=True)
class Lead:
    """The pitch that stands out in each frame, and how its partials behave."""

    pitch: NDArray[np.float32]
    """Shape (n,), cents above 10 Hz. There is always one: `share` tells what it is worth."""
    share: NDArray[np.float32]
    """Shape (n,): of all partials' amplitude (square roots) what its harmonics have, 0 to 1."""
    velocity: NDArray[np.float32]
    """Shape (n,): cents per frame, the weighted median of its partials."""
    count: NDArray[np.int64]
    """Shape (n,): how many of its partials glide together."""
    harmonics: NDArray[np.float32]
    """Shape (n, FOLLOWED): their magnitudes; 0 where a harmonic is not found."""
    strength: NDArray[np.float32]
    """Shape (n,): salience of the pitch, linear in the square root of amplitude."""
    common: NDArray[np.float32]
    """Shape (n,): cents per frame of the largest group of partials that glide alike, whichever
    pitch they belong to, times its share."""


def find_lead(mono: NDArray[np.float32]) -> Lead:
    """The most salient pitch of `mono` at `ANALYSIS_RATE`; n = ceil(samples / 240) frames."""
    count = max(1, -(-mono.size // HOP))
    loudest = float(np.abs(mono).max(initial=0.0))
    parts = []
    for start in range(0, count, BLOCK):
        stop = min(start + BLOCK, count)
        first, last = max(start - MARGIN, 0), min(stop + MARGIN, count)
        heard = _follow(mono[first * HOP : last * HOP], loudest)
        kept = slice(start - first, stop - first)
        parts.append([getattr(heard, field.name)[kept] for field in fields(Lead)])
    return Lead(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _follow(mono: NDArray[np.float32], loudest: float) -> Lead:
    """Viterbi search over `PITCHES` pitches of the partials of a block."""
    partials = find_partials(mono, loudest)
    shifts = (1200 * np.log2(np.arange(1, HARMONICS + 1))).astype(np.float32)
    bell = np.cos(np.arange(int(WIDTH) + 2) / WIDTH * np.pi / 2).astype(np.float32) ** 2
    salience = _salience(partials.cents, partials.magnitude, shifts, bell)
    path = _path(salience)
    pitch, share, velocity, count, harmonics = _along(
        partials.cents, partials.magnitude, partials.slope, path
    )
    strength = salience[np.arange(path.size), path]
    common = _common(partials.cents, partials.magnitude, partials.slope, partials.roughness)
    return Lead(pitch, share, velocity, count, harmonics, strength, common)


@compiled
def _salience(
    cents: NDArray[np.float32],
    magnitude: NDArray[np.float32],
    shifts: NDArray[np.float32],
    bell: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Harmonic sum of each pitch, shape (n, PITCHES).

    `shifts` are the harmonics' cents above the fundamental, `bell` a partial's weight by the
    cents, in whole numbers, by which it misses its harmonic.
    """
    salience = np.zeros((cents.shape[0], PITCHES), np.float32)
    for i in range(cents.shape[0]):
        for j in range(MOST):
            if cents[i, j] == 0:
                break
            weight = np.sqrt(magnitude[i, j])
            for harmonic in range(HARMONICS):
                place = cents[i, j] - shifts[harmonic] - np.float32(LOWEST)
                if place < -WIDTH:
                    break
                first = max(int(np.ceil((place - WIDTH) / STEP)), 0)
                last = min(int(np.floor((place + WIDTH) / STEP)), PITCHES - 1)
                for b in range(first, last + 1):
                    salience[i, b] += weight * bell[int(abs(b * STEP - place) + 0.5)]
                weight *= np.float32(DECAY)
    return salience


@compiled
def _path(salience: NDArray[np.float32]) -> NDArray[np.int64]:
    """Index of the pitch of each frame on the path of greatest sum."""
    count = salience.shape[0]
    score = np.zeros(PITCHES)
    fresh = np.zeros(PITCHES)
    back = np.zeros((count, PITCHES), np.int16)
    for i in range(count):
        leap = int(np.argmax(score))
        top = max(salience[i].max(), np.float32(1e-9))
        for b in range(PITCHES):
            best, origin = score[leap] - JUMP_COST, leap
            for o in range(max(b - GLIDE, 0), min(b + GLIDE, PITCHES - 1) + 1):
                value = score[o] - GLIDE_COST * abs(b - o)
                if value > best:
                    best, origin = value, o
            fresh[b] = best + salience[i, b] / top
            back[i, b] = origin
        score[:] = fresh - fresh.max()
    path = np.zeros(count, np.int64)
    path[count - 1] = np.argmax(score)
    for i in range(count - 1, 0, -1):
        path[i - 1] = back[i, path[i]]
    return path


@compiled
def _along(
    cents: NDArray[np.float32],
    magnitude: NDArray[np.float32],
    slopes: NDArray[np.float32],
    path: NDArray[np.int64],
) -> tuple[
    NDArray[np.float32],
    NDArray[np.float32],
    NDArray[np.float32],
    NDArray[np.int64],
    NDArray[np.float32],
]:
    """What the partials near the harmonics of the path do."""
    count = cents.shape[0]
    pitch = np.zeros(count, np.float32)
    share = np.zeros(count, np.float32)
    velocity = np.zeros(count, np.float32)
    gliding = np.zeros(count, np.int64)
    harmonics = np.zeros((count, FOLLOWED), np.float32)
    slope = np.zeros(MOST)
    weight = np.zeros(MOST)
    for i in range(count):
        base = LOWEST + path[i] * STEP
        total, own, moved, found = 1e-12, 0.0, 0.0, 0
        for j in range(MOST):
            if cents[i, j] == 0:
                break
            amplitude = np.sqrt(magnitude[i, j])
            total += amplitude
            h = int(np.round(2 ** ((cents[i, j] - base) / 1200)))
            if h < 1 or h > FOLLOWED:
                continue
            away = cents[i, j] - base - 1200 * np.log2(h)
            if abs(away) >= NEAR:
                continue
            own += amplitude
            moved += amplitude * away
            harmonics[i, h - 1] = max(harmonics[i, h - 1], magnitude[i, j])
            if slopes[i, j] < UNKNOWN:
                slope[found] = slopes[i, j]
                weight[found] = amplitude
                found += 1
        pitch[i] = base + moved / max(own, 1e-12)
        share[i] = own / total
        if found < 2:
            continue
        order = np.argsort(slope[:found])
        half, k = 0.5 * weight[:found].sum(), 0
        sum_ = weight[order[0]]
        while sum_ < half and k + 1 < found:
            k += 1
            sum_ += weight[order[k]]
        middle = slope[order[k]]
        velocity[i] = middle
        # Harmonics glide by the same cents; the tolerance is the noise of a peak's place.
        tolerance = 0.6 + 0.25 * abs(middle)
        for k in range(found):
            if abs(slope[k] - middle) < tolerance:
                gliding[i] += 1
    return pitch, share, velocity, gliding, harmonics


@compiled
def _common(
    cents: NDArray[np.float32],
    magnitude: NDArray[np.float32],
    slopes: NDArray[np.float32],
    roughness: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Speed of the largest group of partials that glide alike, times its share, shape (n,)."""
    count = cents.shape[0]
    common = np.zeros(count, np.float32)
    groups = np.zeros(61)
    lowest = 1200 * np.log2(TREBLE / 10)
    for i in range(count):
        groups[:] = 0.0
        total = 1e-12
        for j in range(MOST):
            if cents[i, j] == 0:
                break
            if cents[i, j] < lowest:
                continue
            weight = np.sqrt(magnitude[i, j])
            total += weight
            slope = slopes[i, j]
            if slope >= UNKNOWN or abs(slope) <= SLOWEST or abs(slope) >= FASTEST:
                continue
            if roughness[i, j] < 1.75 * abs(slope) + 1.0:
                groups[int(np.round(slope * 2)) + 30] += weight
        best, speed = 0.0, 0.0
        for b in range(1, 60):
            group = groups[b - 1] + groups[b] + groups[b + 1]
            if group > best:
                best, speed = group, abs(b - 30) / 2
        common[i] = best / total * speed
    return common
