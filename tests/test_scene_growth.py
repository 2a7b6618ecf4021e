"""What a viewer may count on in growth: it grows, has a rim, and buds that open stay."""

from fractions import Fraction

import numpy as np
import pytest

from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.parts.colonies import CORAL, LICHEN, colony, frost
from songreel.generation.visuals.scenes.growth import Growth
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

GREY = tuple(Oklch(lightness=v, chroma=0.06, hue=200) for v in (0.1, 0.3, 0.5, 0.7, 0.95))


def stages(matter):
    return {"coral": lambda: colony(CORAL, 0), "lichen": lambda: colony(LICHEN, 0),
            "frost": lambda: frost(0)}[matter]()  # fmt: skip


@pytest.mark.parametrize("matter", ["coral", "lichen", "frost"])
def test_a_colony_grows_from_little_to_much_and_keeps_water_around_it(matter):
    grown = stages(matter)
    share = (grown > 0.36).mean(axis=(1, 2))
    assert share[2] < 0.05
    assert share[-1] > 0.1
    assert np.all(np.diff(share) > -0.01)
    edge = np.concatenate([grown[-1][:3].ravel(), grown[-1][:, :3].ravel()])
    assert (edge > 0.36).mean() < 0.02
    assert np.isfinite(grown).all()


def test_between_two_stages_nothing_jumps():
    """The largest change from one kept height to the next is that of a front passing, not more."""
    grown = stages("coral")
    assert np.abs(np.diff(grown, axis=0)).mean(axis=(1, 2)).max() < 0.05


def drawn(index, snare=(), section="verse", matter="coral"):
    level = Curve(rate=2, values=(0.4,) * 8)
    drive = Drive(energy=level, brightness=level, bass=level, section=section,
                  snare=Hits(times=snare, strengths=(1.0,) * len(snare)))  # fmt: skip
    stage = Stage(ClipRequest(
        prompt="", camera=CameraMove.STATIC, size=ShotSize.WIDE, palette=GREY, energy=0.4,
        motion=0.2, seed=4, width=320, height=180, rate=Fraction(24), frames=72, drive=drive,
        source=Cast("growth", {"matter": matter}).to_source(),
    ))  # fmt: skip
    scene = Growth(stage)
    out = np.zeros((scene.height, scene.width, 3), np.float32)
    scene.draw(Moments(stage)[index], out)
    return out.mean(axis=2)


@pytest.mark.parametrize("matter", ["coral", "frost"])
def test_a_snare_leaves_a_bud_that_stays(matter):
    """A second and a half after the hit its light has died away; the bud has not."""
    changed = np.abs(drawn(60, (1.0,), matter=matter) - drawn(60, matter=matter)) > 0.03
    assert 0.0002 < changed.mean() < 0.05
    assert not (np.abs(drawn(20, (1.0,)) - drawn(20)) > 1e-6).any()


def test_a_chorus_shows_more_of_it_than_a_verse():
    verse, chorus = (drawn(30, section=section) for section in ("verse", "chorus"))
    assert (chorus > 0.05).mean() > 1.5 * (verse > 0.05).mean()
