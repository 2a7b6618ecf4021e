"""The sync score tells an edit that follows its song from one that does not."""

import numpy as np
import pytest

from songreel.models.sync_score import FRAME, REACH, score_edit
from songreel.prompting.cutting import cuts
from songreel.prompting.pulse import Pulse
from support import analyses


def planned(analysis):
    return np.array([cut.time for cut in cuts(Pulse(analysis))[1:]])


@pytest.mark.parametrize("song", [analyses.pop, analyses.edm, analyses.waltz, analyses.ballad])
def test_a_planned_edit_scores_beyond_chance_and_peaks_where_it_stands(song):
    analysis = song()
    found = score_edit(planned(analysis), analysis)
    assert found is not None
    assert found.z >= 3
    assert found.locked
    assert len(found.shifts) == len(found.curve)
    assert found.shifts[0] == -REACH
    assert found.shifts[-1] == REACH


@pytest.mark.parametrize("late", [-0.2, -0.1, 0.1, 0.2])
def test_an_edit_that_is_late_peaks_at_the_shift_that_mends_it(late):
    analysis = analyses.pop()
    found = score_edit(planned(analysis) + late, analysis)
    assert found is not None
    assert found.peak == pytest.approx(-late, abs=FRAME)
    assert not found.locked


@pytest.mark.slow
def test_an_edit_drawn_at_random_is_no_better_than_chance():
    analysis = analyses.pop()
    random = np.random.default_rng(11)
    scores = []
    for _ in range(12):
        lengths = random.permutation(np.diff([0.0, *planned(analysis), analysis.track.duration]))
        start = random.uniform(0, analysis.track.duration)
        moved = np.sort((np.cumsum(lengths)[:-1] + start) % analysis.track.duration)
        found = score_edit(moved, analysis)
        assert found is not None
        scores.append(found.z)
    # Twelve draws from chance: their mean has a deviation of 0.3.
    assert abs(np.mean(scores)) < 1.2


def test_the_same_edit_has_the_same_score_and_a_few_cuts_have_none():
    analysis = analyses.pop()
    edit = planned(analysis)
    assert score_edit(edit, analysis) == score_edit(edit.tolist(), analysis)
    assert score_edit(edit[:3], analysis) is None
    assert score_edit([], analysis) is None
    assert score_edit([1.0, 2.0, 3.0, 4.0, 5.0], analyses.silence()) is None
