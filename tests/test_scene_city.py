"""What is special about the city: its street mirrors it, and it lights up with the song."""

from fractions import Fraction

import numpy as np
import pytest

from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.scenes.city import City
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

GREY = tuple(Oklch(lightness=v, chroma=0.05, hue=250) for v in (0.15, 0.35, 0.6, 0.8, 0.95))


def light(section="chorus", *, hat=(), energy=0.6, camera=CameraMove.STATIC, **chosen):
    level = Curve(rate=2, values=(energy,) * 4)
    drive = Drive(energy=level, brightness=level, bass=level, section=section,
                  hat=Hits(times=hat, strengths=(1.0,) * len(hat)))  # fmt: skip
    stage = Stage(ClipRequest(
        prompt="", camera=camera, size=ShotSize.MEDIUM, palette=GREY, energy=energy, motion=0.5,
        seed=6, width=320, height=180, rate=Fraction(24), frames=12, drive=drive,
        source=Cast("city", chosen).to_source(),
    ))  # fmt: skip
    scene = City(stage)
    out = np.zeros((scene.height, scene.width, 3), np.float32)
    scene.draw(Moments(stage)[0], out)
    return scene, out


def test_the_harbour_mirrors_the_skyline():
    """Rows below the shore, turned over, look like those above it."""
    scene, out = light(view="harbour")
    grey = np.log(out.mean(axis=2) + 0.02)
    view = scene._view
    shore = int((view[1] + view[3]) / view[22]) + 6  # its foot lies a little below the horizon
    rows = min(shore, len(grey) - shore) - 4
    above, below = grey[shore - rows : shore][::-1], grey[shore : shore + rows]
    assert np.corrcoef(above.mean(axis=0), below.mean(axis=0))[0, 1] > 0.6


@pytest.mark.parametrize("view", ["street", "heights", "harbour"])
def test_more_is_switched_on_in_a_chorus(view):
    """Of equal energy, a chorus has at least twice as many bright places as a verse."""
    verse, chorus = (light(section, view=view)[1].max(axis=2) > 0.35
                     for section in ("verse", "chorus"))  # fmt: skip
    assert chorus.sum() > 2 * verse.sum()


@pytest.mark.parametrize("view", ["street", "heights", "harbour"])
def test_a_hat_makes_small_lights_flicker_in_every_view(view):
    still, hit = (light(view=view, hat=times)[1] for times in ((), (0.0,)))
    changed = np.abs(hit - still).max(axis=2) > 0.06
    assert 0.0005 < changed.mean() < 0.1


def test_a_rolled_camera_turns_the_picture_and_leaves_no_corner_empty():
    _, out = light(camera=CameraMove.ROLL)
    assert (out.max(axis=2) > 0).all()
