"""What parts of a score are judged by: where a rendering lies, and whether the tempo moved."""

from typing import Any

import numpy as np
import pytest

from songreel.generation.score.align import match
from songreel.generation.score.pulse import feel
from songreel.generation.score.verdict import Surroundings, Verdict
from songreel.models.score import ScoreCue
from support.scores import RATE, composed, cue, plan, smith
from support.tunes import tune


@pytest.mark.parametrize("lag", [-60, 0, 1, 7, 353])
def test_a_rendering_is_found_to_the_sample(lag):
    heard = tune(RATE, 4.0, 100, seed=1)
    new = tune(RATE, 2.0, 100, phase=2 / 3, seed=2)
    rng = np.random.default_rng(0)
    take = np.concatenate([heard, new, np.zeros((1, 400), np.float32)], axis=1)
    take = 0.5 * np.roll(take, lag, axis=1) + 0.005 * rng.standard_normal(take.shape)
    found = match(heard, take.astype(np.float32), RATE)
    assert found.lag == lag
    assert found.alike > 0.9
    other = match(heard, tune(RATE, 6.0, 133, seed=9), RATE)
    assert other.alike < 0.5


@pytest.mark.parametrize("bpm", [67.0, 100.0, 140.0])
@pytest.mark.parametrize("ratio", [0.96, 1.0, 1.03])
def test_the_tempo_of_four_seconds_is_told_to_half_a_percent(bpm, ratio):
    before = tune(RATE, 6.0, bpm, seed=3)
    new = tune(RATE, 4.0, bpm * ratio, phase=6 * bpm / 60 % 4, seed=4)
    verdict = feel(new, RATE, cue(1, bpm=bpm), Surroundings(before, bpm))
    assert verdict.tempo == pytest.approx(bpm * ratio, rel=0.005)
    assert verdict.trust > 0.5


def test_what_has_no_pulse_is_not_said_to_have_moved():
    time = np.arange(4 * RATE) / RATE
    for seed in range(4):
        rng = np.random.default_rng(seed)
        plucks = np.zeros(5 * RATE)
        for at in rng.uniform(0, 3.9, 14):
            pluck = np.sin(2 * np.pi * rng.uniform(100, 800) * time) * np.exp(-8 * time)
            plucks[int(at * RATE) :][:RATE] += pluck[:RATE]
        for name, sound in (
            ("noise", rng.standard_normal(4 * RATE)),
            ("pad", sum(np.sin(2 * np.pi * f * time + seed) for f in (220.0, 277.0, 330.0))),
            ("bursts", np.repeat(rng.random(20) ** 2, 1600) * rng.standard_normal(4 * RATE)),
            ("plucks", plucks[: 4 * RATE]),
            ("silence", np.zeros(4 * RATE)),
        ):
            samples = (0.1 * np.asarray(sound))[None].astype(np.float32)
            verdict = feel(samples, RATE, cue(1), Surroundings(samples[:, :0], None))
            moved = verdict.tempo is not None and abs(verdict.tempo / 120 - 1) > 0.02
            assert not moved or verdict.trust < 0.5, name


def test_octaves_are_one_tempo_and_no_pulse_is_no_fault(tmp_path):
    heard = {"scene 1": (60.2, 0.9), "scene 2": (180.5, 0.9), "scene 3": (133.0, 0.3)}

    def judge(new: Any, rate: int, wanted: ScoreCue, around: Surroundings) -> Verdict:
        assert new.shape[1] == 4 * rate
        assert around.before.shape[1] == min(8 * RATE, 4 * RATE * (int(wanted.id[1:]) - 1))
        return Verdict(*heard.get(wanted.prompt, (None, 0.0)), remarks=("listened to",))

    score = composed(tmp_path, plan(*[4.0] * 4), smith(tmp_path), judge=judge)
    assert [part.retakes for part in score.parts] == [0] * 4
    assert [part.tempo for part in score.parts] == [60.2, 180.5, None, None]
    assert score.parts[0].remarks == ("listened to",)
