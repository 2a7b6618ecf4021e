"""What is special about the monoliths: where they stand, how they rise, what water mirrors."""

from fractions import Fraction

import numpy as np
import pytest

from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.scenes import monoliths
from songreel.generation.visuals.scenes.monoliths import Monoliths
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

GREY = tuple(Oklch(lightness=v, chroma=0.05, hue=250) for v in (0.15, 0.35, 0.6, 0.8, 0.95))


def stage(section="verse", *, energy=0.6, kick=(), build=(0.0, 0.0), **chosen):
    level = Curve(rate=2, values=(energy,) * 4)
    drive = Drive(energy=level, brightness=level, bass=level, section=section, build=build,
                  kick=Hits(times=kick, strengths=(1.0,) * len(kick)))  # fmt: skip
    return Stage(ClipRequest(
        prompt="", camera=CameraMove.STATIC, size=ShotSize.MEDIUM, palette=GREY, energy=energy,
        motion=0.5, seed=4, width=256, height=144, rate=Fraction(24), frames=24, drive=drive,
        source=Cast("monoliths", chosen).to_source(),
    ))  # fmt: skip


def light(of, index=0):
    scene = Monoliths(of)
    out = np.zeros((scene.height, scene.width, 3), np.float32)
    scene.draw(Moments(of)[index], out)
    return scene, out


@pytest.mark.parametrize("stones", ["slabs", "circle", "gates"])
def test_a_verse_has_few_stones_on_the_ground_and_a_chorus_many_above_it(stones):
    (verse, _), (chorus, _) = (light(stage(s, stones=stones)) for s in ("verse", "chorus"))
    assert len(chorus._now) > 2 * len(verse._now)
    standing = verse._stones[:, 7] == 0
    assert (verse._now[standing, 7] == 0).all()
    assert (chorus._now[:, 7] > chorus._stones[:, 7] - 0.1).all()
    assert np.mean(chorus._now[:, 7] > chorus._stones[:, 7] + 0.15) > 0.7


def test_a_build_lifts_the_stones():
    low, high = (light(stage("build", build=b))[0]._now[:, 7] for b in ((0, 0), (1, 1)))
    assert (high > low + 0.05).all()


def test_still_water_mirrors_the_stones(monkeypatch):
    """Without the mirrored stones the picture is another below the horizon, and only there."""
    of = stage("chorus", ground="water")
    _, with_images = light(of)
    draw = monoliths.add_stone

    def upright_only(*given):
        if given[-2] > 0:
            draw(*given)

    monkeypatch.setattr(monoliths, "add_stone", upright_only)
    scene, without = light(of)
    changed = np.abs(with_images - without).max(axis=2) > 0.01
    horizon = int((1 + scene._view[5] / scene._view[3]) / 2 * len(changed))
    assert not changed[: horizon - 6].any()  # the shafts of light are coarse
    assert changed[horizon:].mean() > 0.05


def test_the_ring_of_a_kick_runs_outwards():
    """The mean distance from the heart of what a kick adds to the ground grows."""
    quiet, struck = stage(), stage(kick=(0.0,))
    reach = []
    for index in (0, 4, 8):
        (scene, still), (_, hit) = light(quiet, index), light(struck, index)
        half = len(still) * 6 // 10
        more = np.clip((hit - still)[half:].mean(axis=2), 0, None)
        x = np.arange(scene.width)
        middle = (more * x).sum() / more.sum()
        reach.append(np.sqrt((more * (x - middle) ** 2).sum() / more.sum()))
    assert reach[0] < reach[1] < reach[2]
