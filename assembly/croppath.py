"""How a crop follows its subject along one axis of the picture: `crop_path`.

The camera work is that of Grundmann, Kwatra and Essa, "Auto-directed video stabilization with
robust L1 optimal camera paths" (CVPR 2011): of all paths that keep the subject in the crop, the one
with the least sum of absolute speeds, accelerations and jerks. Such a path stands still, pans
evenly and eases in and out, as an operator with a tripod does, and does nothing else.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, eye_array, hstack, vstack

from songreel.models.attention import BINS

Floats = NDArray[np.float64]

FASTEST = 0.7
"""Shares of the picture a second: a subject that crosses it in 1.5 s is still followed."""

HARDEST = 1.6
"""Shares of the picture a second and second: from rest to full speed in 0.45 s."""

STILL = 0.012
"""Shares of the picture: a path that goes no further stands still altogether."""

_EDGE = 0.17
"""Share of the crop at either side in which the subject should not be."""

_HELD = 0.55
"""Share of the crop at most that counts as the subject; what is larger is centred."""

_COSTS = (10.0, 1.0, 40.0)
"""Of speed, acceleration and jerk, after Grundmann et al., who give 10, 1 and 100."""

_OUTSIDE = 400.0
"""Cost of a subject outside the crop, a share of the picture for one look at full trust."""

_OFF_MIDDLE = 0.5
"""Cost of a crop that is off where it would be without any subject: just enough to decide."""

_JUMP = 1.0
"""Cost of moving on to another place, for a whole width."""

_STANDING = 0.1
"""Weight of what stands out and does not move against what moves: somebody who stops stays the
subject."""

_PLACES = 65


@dataclass(frozen=True)
class Subject:
    """Where the subject lies along one axis, in shares of the picture: each of shape (looks,)."""

    middle: Floats
    reach: Floats
    """Half of its extent."""
    trust: Floats


def crop_path(
    weight: Floats, trust: Floats, moving: Floats, *, crop: float, rate: float, rest: float = 0.5
) -> Floats:
    """Middle of the crop at each look.

    Args:
        weight: What draws the eye, shape (looks, BINS).
        trust: How far each row can be believed, 0 to 1.
        moving: How much of each row is something that moves.
        crop: Share of the picture's axis that the crop holds, below 1.
        rate: Looks a second.
        rest: Where the crop's middle belongs when nothing draws the eye.

    Returns:
        Shape (looks,), shares of the axis; the crop is inside the picture throughout.
    """
    half = crop / 2
    rest = min(max(rest, half), 1 - half)
    subject = follow(weight, trust, moving, crop=crop, rate=rate, rest=rest)
    path = _laid(subject, half, rate, rest)
    if float(np.ptp(path)) <= STILL:
        path = np.full_like(path, float(np.median(path)))
    return np.clip(path, half, 1 - half)


def follow(
    weight: Floats, trust: Floats, moving: Floats, *, crop: float, rate: float, rest: float = 0.5
) -> Subject:
    """The subject along one axis: the weightiest way through all looks (Viterbi, 1967).

    A jump from one place to another costs more than a moment of less weight, so that a passing
    distraction is none.
    """
    looks = len(weight)
    smooth = _over_time(weight, 0.2 * rate)
    smooth = smooth / np.maximum(smooth.sum(axis=1, keepdims=True), 1e-9)
    half = crop / 2
    places = np.linspace(half, 1 - half, _PLACES)
    bins = (np.arange(BINS) + 0.5) / BINS
    # Full weight in the middle of the crop, none at its edge.
    inside = np.clip((half - np.abs(bins[None] - places[:, None])) / (half * 0.6), 0, 1)
    gain = smooth @ inside.T - 0.08 * np.abs(places - rest)[None]
    far = np.abs(places[:, None] - places[None])
    step = FASTEST * 1.5 / rate
    toll = _JUMP * far + np.where(far > step, 40 * (far - step), 0)
    gain *= ((0.2 + 0.8 * trust) * (_STANDING + (1 - _STANDING) * np.minimum(2 * moving, 1)))[
        :, None
    ]
    best = gain[0]
    came = np.zeros((looks, _PLACES), int)
    for i in range(1, looks):
        through = best[:, None] - toll
        came[i] = through.argmax(axis=0)
        best = through.max(axis=0) + gain[i]
    at = np.empty(looks, int)
    at[-1] = int(best.argmax())
    for i in range(looks - 1, 0, -1):
        at[i - 1] = came[i, at[i]]
    # Its middle and extent, from what is weighty in the crop around it.
    around = np.abs(bins[None] - places[at][:, None]) <= half
    near = smooth * around
    near = np.maximum(near - 0.25 * near.max(axis=1, keepdims=True), 0) * around
    total = np.maximum(near.sum(axis=1), 1e-9)
    middle = np.where(near.sum(axis=1) > 1e-9, near @ bins / total, places[at])
    spread = np.sqrt(
        np.maximum((near * (bins[None] - middle[:, None]) ** 2).sum(axis=1) / total, 0)
    )
    width = max(1.0, 0.25 * rate)
    held = smooth * around
    sure = np.clip(held.sum(axis=1) / max(crop, 1e-6) / 2, 0, 1) * trust
    return Subject(
        middle=_over_time(middle[:, None], width)[:, 0],
        reach=_over_time(1.6 * spread[:, None], width)[:, 0] + 0.5 / BINS,
        trust=_over_time(np.clip(sure + 0.3 * moving * trust, 0, 1)[:, None], width)[:, 0],
    )


def _laid(subject: Subject, half: float, rate: float, rest: float) -> Floats:
    """The calmest path of a crop that keeps the subject inside, by linear programming."""
    n = len(subject.middle)
    if n == 1:
        return subject.middle * subject.trust + rest * (1 - subject.trust)
    reach = np.minimum(subject.reach, _HELD * half)
    play = half * (1 - _EDGE) - reach
    lowest = np.clip(subject.middle - play, half, 1 - half)
    highest = np.clip(subject.middle + play, half, 1 - half)
    # Unknowns: the path, how far the subject is out, how far it is off rest, and the absolute
    # values of each difference.
    orders = [order for order in (1, 2, 3) if n > order]
    sizes = [n, n, n, *(n - order for order in orders)]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    total = int(starts[-1])
    cost = np.zeros(total)
    cost[starts[1] : starts[2]] = _OUTSIDE * np.maximum(subject.trust, 0.0) ** 1.5 / rate
    cost[starts[2] : starts[3]] = _OFF_MIDDLE / rate

    def block(k: int, matrix: "csr_matrix") -> "csr_matrix":
        """`matrix` times unknown group `k`, in a row of zeros for the others."""
        rows = matrix.shape[0]
        before, after = int(starts[k]), total - int(starts[k + 1])
        return csr_matrix(hstack([csr_matrix((rows, before)), matrix, csr_matrix((rows, after))]))

    one = csr_matrix(eye_array(n))
    rows = [block(0, -one) - block(1, one), block(0, one) - block(1, one)]
    limits = [-lowest, highest]
    rows += [block(0, one) - block(2, one), block(0, -one) - block(2, one)]
    limits += [np.full(n, rest), np.full(n, -rest)]
    for k, order in enumerate(orders):
        size = n - order
        steps = csr_matrix(np.diff(np.eye(n), order, axis=0))
        slack = csr_matrix(eye_array(size))
        rows += [block(0, steps) - block(3 + k, slack), block(0, -steps) - block(3 + k, slack)]
        limits += [np.zeros(size), np.zeros(size)]
        cost[starts[3 + k] : starts[4 + k]] = _COSTS[order - 1] * (rate / 8) ** (order - 1)
    bounds = [(half, 1 - half)] * n + [(0, None)] * (total - n)
    for i in range(int(starts[3]), int(starts[4])):
        bounds[i] = (0, FASTEST / rate)
    for i in range(int(starts[4]), int(starts[5]) if len(orders) > 1 else 0):
        bounds[i] = (0, HARDEST / rate**2)
    solved = linprog(
        cost, A_ub=vstack(rows), b_ub=np.concatenate(limits), bounds=bounds, method="highs"
    )
    if solved.x is None:  # the solver's own limits; a still crop serves everywhere
        return np.full(n, float(np.average(subject.middle, weights=subject.trust + 1e-6)))
    return np.asarray(solved.x[:n], np.float64)


def _over_time(values: Floats, width: float) -> Floats:
    """Means over time with a Gaussian of `width` looks, held at the ends: the same shape."""
    if width < 0.3 or len(values) < 2:
        return values
    reach = max(1, round(3 * width))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.stack(
        [np.convolve(padded[:, i], kernel, mode="valid") for i in range(values.shape[1])], axis=1
    )
