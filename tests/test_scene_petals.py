"""What is special about the petals: where in the frame the flower is."""

import numpy as np

from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.scenes.petals import Petals
from songreel.generation.visuals.stage import Stage
from support.scenes import request


def test_seeds_compose_the_flower_differently_in_the_frame():
    """The middle of its light is now on one side, now on the other, seldom in the centre."""
    wide, high = [], []
    for seed in range(12):
        stage = Stage(request(seed=seed))
        scene = Petals(stage)
        out = np.zeros((scene.height, scene.width, 3), np.float32)
        scene.draw(Moments(stage)[0], out)
        light = out.sum(axis=2)
        wide.append((light.sum(axis=0) * np.linspace(-1, 1, scene.width)).sum() / light.sum())
        high.append((light.sum(axis=1) * np.linspace(1, -1, scene.height)).sum() / light.sum())
    assert min(wide) < -0.1 < 0.1 < max(wide)
    assert np.ptp(high) > 0.2
    assert np.median(np.hypot(wide, high)) > 0.1
