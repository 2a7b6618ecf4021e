"""Files no musician would give: each is analysed with honest trust, or refused in a sentence."""

import re

import numpy as np
import pytest

from songreel.analysis.analyze import analyze
from songreel.analysis.audio import open_sound
from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis
from support.hostile import HOSTILE, babble
from support.sounds import MemorySound

CASES = [
    pytest.param(case, id=case.name, marks=[pytest.mark.slow] if case.slow else [])
    for case in HOSTILE
]


@pytest.mark.parametrize("case", [c for c in CASES if c.values[0].refused])
def test_what_is_no_sound_is_refused_in_one_sentence(case, tmp_path):
    path = case.write(tmp_path)
    with pytest.raises(InvalidInput, match=case.refused) as refusal:
        analyze(open_sound(path))
    text = str(refusal.value)
    assert path.name in text
    assert "\n" not in text
    assert "Errno" not in text
    assert len(text) < 400


@pytest.mark.parametrize("case", [c for c in CASES if not c.values[0].refused])
def test_what_is_sound_is_analysed_whole(case, tmp_path):
    sound = open_sound(case.write(tmp_path))
    found = analyze(sound)
    assert found.track.duration == pytest.approx(case.seconds, abs=case.within)
    assert found.sections[-1].end == pytest.approx(found.track.duration, abs=1e-3)
    assert all(0 <= beat <= found.track.duration for beat in found.beats)
    if case.notice:
        assert any(re.search(case.notice, text) for text in found.notices), found.notices
    if case.locked is not None:
        assert (found.trust.grid >= 0.5) == case.locked, (found.trust, found.tempo)
    if case.locked:
        assert found.tempo == pytest.approx(124, rel=0.02)
    # What is stored is what is read back: no NaN or infinity got through.
    assert Analysis.from_json(found.to_json()) == found


@pytest.mark.slow
def test_hardly_any_talker_is_taken_for_a_drummer():
    """Eight talkers: at most one may look as if it had a beat to cut on."""
    talkers = [babble(20, seed=seed).astype(np.float32)[None] for seed in range(1, 9)]
    trusts = [analyze(MemorySound(talker)).trust.grid for talker in talkers]
    assert sum(trust >= 0.5 for trust in trusts) <= 1, trusts
