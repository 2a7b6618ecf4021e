"""What is special about the murmuration: the flock is in the picture, wherever the camera goes."""

import numpy as np
import pytest

from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.scenes.murmuration import Murmuration
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import Drive
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, ShotSize
from support.scenes import request

LOUD = Curve(rate=2, values=(0.9,) * 8)
KICKED = Drive(energy=LOUD, brightness=LOUD, bass=LOUD, kick=Hits(times=(0.0,), strengths=(1.0,)))


@pytest.mark.parametrize("size", list(ShotSize))
@pytest.mark.parametrize("shape", [(160, 90), (90, 160)])
def test_the_flock_stays_in_the_sky_in_view(size, shape):
    """Its centre of mass is inside the frame and above the water."""
    for camera in CameraMove:
        for seed in range(2):
            wanted = request(width=shape[0], height=shape[1], camera=camera, size=size, seed=seed,
                             frames=72, energy=0.9, motion=1.0, drive=KICKED)  # fmt: skip
            stage = Stage(wanted)
            scene, moments = Murmuration(stage), Moments(stage)
            for index in (0, 36, 71):
                m = moments[index]
                scale, x0, y0 = scene.gather(m)
                x, y = scale * scene.now[:2, : scene.count].mean(axis=1) + (x0, y0)
                across = x * np.cos(m.roll) - y * np.sin(m.roll)
                up = y * np.cos(m.roll) + x * np.sin(m.roll)
                assert abs(across) < 0.6 * stage.half_x, (camera, seed, index)
                assert -0.4 < up / stage.half_y < 0.6, (camera, seed, index)
