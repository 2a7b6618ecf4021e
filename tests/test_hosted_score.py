"""Scores grown from the local server's MusicGen: exact, in time, and paid once."""

from decimal import Decimal

import numpy as np
import pytest

from songreel.generation.score.compose import compose
from songreel.models.errors import ProviderError
from songreel.models.score import ScoreCue, ScorePlan
from songreel.sound.pcm import read
from songreel.store.ledger import Ledger
from support.cloud.faults import (
    PAGE,
    answer_lost,
    answers,
    fails,
    lying,
    truncated,
)
from support.hosted_films import HASTY, booked
from support.hosted_sounds import source_of

RATE = 32000


def plan(count, seconds=4.0, bpm=120.0):
    cues = [
        ScoreCue(
            id=f"s{i:02d}", seconds=seconds, bpm=bpm, key="A minor", energy=min(1.0, 0.3 + 0.1 * i),
            prompt=f"cinematic piano, part {i}, {bpm:g} BPM, A minor",
        )
        for i in range(count)
    ]  # fmt: skip
    return ScorePlan(cues=tuple(cues), seed=3)


def composed(folder, wanted):
    source = source_of("replicate", folder / "scratch")
    purse = Ledger(folder / "ledger.db").purse("score", "a score", None)
    try:
        return compose(wanted, source, folder / "score", purse=purse, patience=HASTY)
    finally:
        source.close()


def drums(samples):
    """Seconds at which the drum begins."""
    loud = np.abs(samples).max(axis=0)
    # Told by its own neighbourhood: the track grows louder.
    rises = np.flatnonzero(loud > 0.2)
    return rises[np.flatnonzero(np.diff(rises, prepend=-RATE) > RATE // 5)] / RATE


STORM = {
    "create": [answers(429, retry_after=0.01), answers(503), answer_lost(), fails("out of memory")],
    "upload": [answers(503), answer_lost()],
    "poll": [answers(500), answer_lost(), PAGE],
    "list": [answers(503)],
    "download": [truncated(), lying(), PAGE, answers(503)],
}  # fmt: skip


SIZES = [
    (7, 120.0),
    pytest.param(7, 97.0, marks=pytest.mark.slow),
    pytest.param(30, 120.0, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("count", "bpm"), SIZES)
def test_scenes_become_one_track_of_their_length_to_the_sample(cloud, tmp_path, count, bpm):
    score = composed(tmp_path, plan(count, bpm=bpm))
    samples, rate = read(tmp_path / "score" / "score.wav")
    assert (samples.shape, rate) == ((2, count * 4 * RATE), RATE)
    assert len(cloud.bill()) == len(cloud.requests("create")) == count
    assert booked(tmp_path) == cloud.usd()
    beats = drums(samples[:, : -2 * RATE])
    np.testing.assert_allclose(np.diff(beats), 60 / bpm, atol=0.01)  # over all joins
    assert all(part.step is None or abs(part.step) <= 1.0 for part in score.parts)
    heard = [line.input for line in cloud.bill()]
    assert [each.get("continuation") for each in heard] == [None] + [True] * (count - 1)
    assert max(each["duration"] for each in heard) <= 30
    asked = len(cloud.requests())
    again = composed(tmp_path, plan(count, bpm=bpm))
    assert again.parts == score.parts
    assert len(cloud.requests()) == asked


@pytest.mark.slow
def test_a_changed_scene_is_bought_anew_with_what_follows_it(cloud, tmp_path):
    wanted = plan(3)
    composed(tmp_path, wanted)
    other = wanted.cues[1].model_copy(update={"prompt": "solo cello, 120 BPM, A minor"})
    changed = wanted.model_copy(update={"cues": (wanted.cues[0], other, wanted.cues[2])})
    composed(tmp_path, changed)
    assert len(cloud.bill()) == 5
    assert booked(tmp_path) == cloud.usd()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_in_a_storm_a_score_goes_on_where_it_stopped_and_is_paid_once(cloud, tmp_path, seed):
    cloud.faults.storm(seed, 0.2, STORM)
    for _ in range(8):
        try:
            composed(tmp_path, plan(5))
            break
        except ProviderError:
            continue
    samples, _ = read(tmp_path / "score" / "score.wav")
    assert samples.shape[1] == 20 * RATE
    paid = [(line.input["prompt"], line.input["seed"]) for line in cloud.bill()]
    assert len(paid) == len(set(paid))
    assert booked(tmp_path) >= cloud.usd() - Decimal("0.00001")
    assert len(cloud.faults.dealt) > 2
