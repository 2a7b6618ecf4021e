"""The cheapest way through a song is the cheapest of all ways, and keeps its limits."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from songreel.prompting.guards import EQUALS
from songreel.prompting.lattice import Lattice, Neighbours, Shots

COST = Neighbours(leap=0.25, rise=6.0, weary=0.5)


def lattice(positions, enters=(), per_bar=4, shrinking=(), longest=np.inf, cost=COST):
    """Every shot between any two moments, equal neighbours at 0.5."""
    pairs = [
        (i, j)
        for i, j in combinations(range(len(positions)), 2)
        if positions[j] - positions[i] <= longest
    ]
    starts, ends = (np.array(side) for side in zip(*pairs, strict=True))
    lengths = np.asarray(positions)[ends] - np.asarray(positions)[starts]
    shrinks = np.isin(starts, shrinking)
    shots = Shots(starts, ends, lengths, shrinks, np.full(len(starts), 0.5))
    flags = [i in enters for i in range(len(positions))]
    return Lattice(shots, len(positions), flags, per_bar, cost)


def every_way(graph, count):
    """All ways from the first moment to the last, as lists of shots."""
    by_start = {}
    for shot, (a, b) in enumerate(zip(graph.shots.starts, graph.shots.ends, strict=True)):
        by_start.setdefault(int(a), []).append((shot, int(b)))
    ways, open_ = [], [([], 0)]
    while open_:
        way, at = open_.pop()
        if at == count - 1:
            ways.append(way)
            continue
        open_ += [([*way, shot], end) for shot, end in by_start.get(at, [])]
    return ways


def lengths_of(graph, way):
    return [float(graph.shots.lengths[i]) for i in way]


def allowed(graph, way, enters, per_bar):
    """Whether a way keeps the limits, counted the plain way."""
    lengths = lengths_of(graph, way)
    row = bars = 1
    had = False
    for i, (before, after) in enumerate(pairwise(lengths), start=1):
        quick = before < 1.02 and after < 1.02
        same = quick or abs(before - after) <= 0.02 * max(before, after)
        row = row + 1 if same else 1
        entering = int(graph.shots.starts[way[i]]) in enters
        if entering and not quick:
            had = False
        if row > (min(EQUALS, 2 * per_bar) if quick else EQUALS):
            return False
        if quick and row == max(per_bar, 2):
            if had:
                return False
            had = True
        bars = row
    return bars > 0


@pytest.mark.parametrize("seed", range(12))
def test_the_cheapest_way_is_found_among_all(seed):
    random = np.random.default_rng(seed)
    per_bar = int(random.integers(2, 4))
    positions = np.concatenate([[0.0], np.cumsum(random.choice([0.5, 1.0, 1.0, 2.0], 11))])
    enters = set(random.choice(np.arange(1, 11), 2).tolist())
    shrinking = range(6, 12) if seed % 2 else ()
    graph = lattice(positions, enters, per_bar, shrinking)
    costs = np.round(random.normal(-2.0, 2.0, len(graph.shots.starts)), 3)
    # Beats are cheap, so that the limits bite.
    costs -= 3.0 * (graph.shots.lengths < 1.02)

    def cost(way):
        return float(costs[way].sum()) + graph.neighbours(np.array(way))

    ways = [w for w in every_way(graph, len(positions)) if allowed(graph, w, enters, per_bar)]
    found = graph.cheapest(costs)
    assert allowed(graph, found.tolist(), enters, per_bar)
    assert cost(found.tolist()) == pytest.approx(min(map(cost, ways)), abs=1e-6)


def rows_of_two(cost):
    """Lengths of the rows of equal shots where they are worth much more than any break."""
    graph = lattice(np.arange(0.0, 44.0, 2.0), longest=4.0, cost=cost)
    costs = np.where(graph.shots.lengths == 2.0, -10.0, 0.0)
    lengths = lengths_of(graph, graph.cheapest(costs))
    return [
        len(row) for row in "".join("x" if beats == 2.0 else "|" for beats in lengths).split("|")
    ]


def test_a_ninth_equal_shot_is_not_to_be_had_where_there_is_another_way():
    assert max(rows_of_two(Neighbours(leap=0.25, rise=6.0))) == EQUALS


def test_long_rows_weary_so_that_breaks_come_evenly():
    assert sorted(rows_of_two(COST)) == [5, 6, 6]


def test_a_limit_that_nothing_can_keep_gives_way():
    positions = np.arange(0.0, 24.0, 2.0)
    graph = lattice(positions, longest=2.0)
    assert len(graph.cheapest(np.zeros(len(graph.shots.starts)))) == len(positions) - 1


def test_of_equal_ways_the_one_with_the_longer_last_shot_is_taken():
    graph = lattice([0.0, 4.0, 8.0, 12.0])
    shot = graph.shots
    wanted = {(0, 1), (1, 3), (0, 2), (2, 3)}
    costs = np.array(
        [0.0 if (a, b) in wanted else 100.0 for a, b in zip(shot.starts, shot.ends, strict=True)]
    )
    found = graph.cheapest(costs)
    assert shot.starts[found[-1]] == 1
