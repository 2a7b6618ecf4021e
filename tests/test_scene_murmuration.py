"""What is special about the murmuration: the flock is in the picture, wherever the camera goes."""

from dataclasses import replace

import numpy as np
import pytest

from songreel.generation.visuals.cast import Cast
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


@pytest.mark.parametrize("seed", range(6))
def test_a_chorus_has_a_body_and_no_neck(seed):
    """Across the frame and up it the flock is far larger than in a verse, whatever the seed."""
    spread = []
    for section in ("verse", "chorus"):
        drive = KICKED.model_copy(update={"section": section})
        stage = Stage(request(width=160, height=90, seed=seed, frames=24, energy=0.9, drive=drive))
        scene = Murmuration(stage)
        size, _, _ = scene.gather(Moments(stage)[12])
        spread.append(size * scene.now[:2, : scene.count].std(axis=1))
    verse, chorus = spread
    assert (chorus > 1.5 * verse).all()
    assert chorus[0] > 0.22
    assert chorus[1] > 0.10


def test_under_water_there_is_no_horizon_and_the_bass_bends_the_kelp():
    wanted = request(width=160, height=90, frames=24, energy=0.9, drive=KICKED)
    cast = Cast("murmuration", {"sky": "water"})
    stage = Stage(wanted.model_copy(update={"source": ("builtin", *cast.to_source())}))
    scene, moment = Murmuration(stage), Moments(stage)[20]
    shown = []
    for bass in (0.0, 1.0):
        out = np.zeros((scene.height, scene.width, 3), np.float32)
        scene.draw(replace(moment, bass=bass, kick=0.0), out)
        shown.append(out.mean(axis=2))
    still, bent = shown
    # Light comes from above: the rows darken downwards.
    rows = still.mean(axis=1)
    assert rows[: len(rows) // 4].mean() > 2 * rows[-len(rows) // 4 :].mean()
    # At the sides, where kelp stands, dark goes light and light goes dark.
    side = np.r_[0 : scene.width // 5, -scene.width // 5 : 0]
    change = (bent - still)[scene.height // 2 :, side]
    assert change.min() < -0.02
    assert change.max() > 0.02
