"""The spectrum of an analysis, on sound whose bands we chose."""

from itertools import pairwise

import numpy as np
import pytest

from songreel.analysis.features import extract
from songreel.analysis.levels import RATE as LEVEL_RATE
from songreel.analysis.levels import find_levels
from songreel.models.music import Analysis
from support.analyses import bare
from support.songs import RATE

SECONDS = 8.0


def levels(mono):
    return find_levels(extract(np.asarray(mono, np.float32)))


def sweep(low=60.0, high=9000.0):
    """A sine that rises evenly in octaves, and its frequency over time."""
    t = np.arange(int(SECONDS * RATE)) / RATE
    octaves = np.log2(high / low)
    phase = 2 * np.pi * low * (2 ** (octaves * t / SECONDS) - 1) * SECONDS / octaves / np.log(2)
    return 0.5 * np.sin(phase), lambda time: low * 2 ** (octaves * time / SECONDS)


def test_a_sweep_lights_band_after_band():
    mono, hertz = sweep()
    found = levels(mono)
    loudest = found.array.argmax(axis=1)
    rows = range(5, len(loudest) - 5)
    edges = np.array(found.edges)
    meant = np.clip(np.searchsorted(edges, [hertz(i / found.rate) for i in rows]) - 1, 0, 15)
    # A triangle of the features reaches into the neighbour's band.
    assert np.abs(loudest[5:-5] - meant).max() <= 1
    assert (loudest[5:-5] == meant).mean() > 0.7
    assert all(b >= a for a, b in pairwise(loudest[5:-5]))


def test_silence_is_zero():
    assert not levels(np.zeros(RATE)).array.any()


def test_what_is_quiet_is_zero_beside_what_is_loud():
    mono = np.random.default_rng(1).standard_normal(2 * RATE) * 0.2
    mono[RATE:] *= 1e-4
    found = levels(mono).array
    assert found[5:20].mean() > 0.6
    assert not found[30:].any()


def test_a_gain_changes_nothing():
    mono = np.random.default_rng(2).standard_normal(3 * RATE) * np.linspace(0, 0.2, 3 * RATE)
    loud, soft = (levels(mono * gain).array for gain in (1.0, 0.25))
    assert np.abs(loud - soft).max() <= 0.011  # a hundredth, where rounding tips over


@pytest.mark.parametrize("at", [1.0, 1.013, 1.039])
def test_an_attack_is_in_the_value_that_holds_there(at):
    """Not in one before: a picture shows it on the frame on screen at the attack."""
    mono = np.zeros(2 * RATE)
    start = round(at * RATE)
    mono[start : start + 6000] = np.random.default_rng(3).standard_normal(6000) * 0.3
    high = levels(mono).array[:, 12]
    row = int(at * LEVEL_RATE)
    # 1 ms before the value's end the window holds little of the attack yet.
    assert high[row] > 0.4
    assert high[row + 1] > 0.6
    assert high[row - 2] == 0


def test_hiss_is_not_blown_up():
    """A band without music stays low, though it has a level of its own to reach."""
    t = np.arange(3 * RATE) / RATE
    hiss = np.random.default_rng(4).standard_normal(t.size) * 2e-4
    found = levels(0.5 * np.sin(2 * np.pi * 440 * t) + hiss).array
    assert found[:, 13].mean() < 0.3


def test_an_analysis_from_before_there_was_a_spectrum_still_loads():
    old = bare(4.0, 0.5).model_copy(update={"spectrum": None}).to_json()
    lines = [line for line in old.splitlines() if '"spectrum"' not in line]
    assert Analysis.from_json("\n".join(lines)).spectrum is None
