"""Scores grown from a tiny MusicGen on this machine: exact, and what is there stays."""

from itertools import pairwise

import numpy as np
import pyloudnorm
import pytest

from songreel.generation.score.compose import compose
from songreel.generation.score.kept import CHAIN, HEARD
from songreel.generation.sound.musicgen.recipe import RATE
from songreel.models.score import ScoreCue, ScorePlan
from songreel.sound.pcm import read
from support.needs import needs
from support.tiny_musicgen import folder_of, source

needs("torch")
needs("transformers")
needs("tokenizers")


def plan(count):
    cues = [
        ScoreCue(id=f"s{n:02d}", seconds=4.0, prompt=f"piano, part {n}, 120 BPM, A minor",
                 bpm=120.0, key="A minor", energy=0.3 + 0.05 * (n % 10))
        for n in range(count)
    ]  # fmt: skip
    return ScorePlan(cues=tuple(cues), seed=3)


@pytest.mark.slow  # processes that load torch
@pytest.mark.parametrize(("count", "hear"), [(7, 10.0), (30, 2.0)])
def test_scenes_grow_out_of_each_other_to_the_sample(tmp_path, count, hear):
    """Random weights play noise that has no beat, so that takes are not judged by their tempo."""
    maker = source(tmp_path, folder_of("tiny-musicgen"))
    heard = []
    submit = maker.submit
    maker.submit = lambda request, files: heard.append(request.heard) or submit(request, files)
    try:
        score = compose(plan(count), maker, tmp_path / "score", retakes=0, hear=hear)
    finally:
        maker.close()
    assert score.samples == count * 4 * RATE
    assert read(tmp_path / "score" / score.file).samples.shape == (1, count * 4 * RATE)
    track = read(tmp_path / "score" / CHAIN).samples
    assert [part.cue for part in score.parts] == [f"s{n:02d}" for n in range(count)]
    assert all(a.end == b.start + b.fade for a, b in pairwise(score.parts))
    meter = pyloudnorm.Meter(RATE, block_size=0.4)
    for given, part in zip(heard[1:], score.parts[1:], strict=True):
        was = read(tmp_path / "score" / HEARD / f"{given.sha256[:16]}.wav").samples
        join = part.start + part.fade
        then = track[:, join - was.shape[1] : part.start]
        assert then.tobytes() == was[:, : then.shape[1]].tobytes(), part.cue
        sides = track[0, join - RATE : join], track[0, join : join + RATE]
        before, after = (meter.integrated_loudness(side.astype(np.float64)) for side in sides)
        assert abs(after - before) <= 1.0, part.cue
