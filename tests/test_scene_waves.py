"""Known truths of what several scenes share or stand on: mirrors, plucks, waves on strings."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

from songreel.generation.visuals.kernels import noise_table
from songreel.generation.visuals.mirror import mirror_below
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.plucks import Plucks, stroke
from songreel.generation.visuals.scenes.petals import _look_up
from songreel.generation.visuals.scenes.strings import Ribbons
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

f32 = np.float32
PALETTE = tuple(Oklch(lightness=v, chroma=0.1, hue=200) for v in (0.2, 0.4, 0.6, 0.8, 0.95))


def stage(**bands):
    level = Curve(rate=2, values=(0.5,) * 10)
    hits = {band: Hits(times=times, strengths=(1.0,) * len(times)) for band, times in bands.items()}
    return Stage(
        ClipRequest(
            prompt="", camera=CameraMove.STATIC, size=ShotSize.MEDIUM, palette=PALETTE, energy=0.5,
            motion=0.5, seed=2, width=160, height=90, rate=Fraction(24), frames=48,
            drive=Drive(energy=level, brightness=level, bass=level, **hits),
        )
    )  # fmt: skip


def test_still_water_shows_what_stands_above_it_upside_down():
    out = np.zeros((60, 40, 3), f32)
    out[:30] = np.linspace(1.0, 2.0, 30, dtype=f32)[:, None, None]
    above = out[:30].copy()
    mirror_below(out, noise_table(1, 64), f32(30), f32(0), f32(1), f32(0), f32(0), f32(0), f32(1),
                 f32(1), np.zeros(3, f32), f32(0))  # fmt: skip
    assert_allclose(out[:30], above)
    # Three rows in, where the shore's own shade has ended: each row is the one as far above.
    assert_allclose(out[33:58, 20, 0], above[3:28, 20, 0][::-1][: 58 - 33], atol=0.08)
    assert (np.diff(out[33:58, 20, 0]) < 0).all()


def test_what_was_below_the_line_is_gone():
    out = np.ones((40, 30, 3), f32)
    out[20:] = 50.0
    mirror_below(out, noise_table(1, 64), f32(20), f32(0.2), f32(1.4), f32(0.4), f32(0.3), f32(0.1),
                 f32(0.5), f32(0.9), np.zeros(3, f32), f32(0))  # fmt: skip
    assert out[30:].max() <= 1.0


def test_plucks_ring_from_their_frame_on_the_latest_first():
    at = stage(kick=(0.5, 1.0))
    plucks, moments = Plucks(at, at.request.drive.kick), Moments(at)
    assert plucks.ringing(moments[11], 2.0) == []
    assert [p.age for p in plucks.ringing(moments[12], 2.0)] == [0.0]
    rung = plucks.ringing(moments[30], 2.0)
    assert [p.number for p in rung] == [1, 0]
    assert rung[0].age == pytest.approx(0.25)
    assert [p.number for p in plucks.ringing(moments[30], 0.3)] == [1]


@pytest.mark.parametrize("band", ["kick", "snare", "hat", "melody"])
def test_every_onset_is_a_stroke(band):
    at = stage(**{band: (0.5,)})
    moments = Moments(at)
    assert stroke(moments[11]) == 0
    assert stroke(moments[12]) >= 0.4


def test_a_pluck_runs_to_both_ends_and_comes_back_upside_down():
    at = stage(kick=(0.0,))
    form, moments = Ribbons(at, 90, 160), Moments(at)
    x = np.linspace(-1.0, 1.0, 401)
    near, later = (form.waves(moments[i], x, 1.0) for i in (2, 4))
    assert near.min() > -1e-3
    spread = [np.abs(x[y > 0.5 * y.max()]).max() for y in (near, later)]
    assert spread[1] > spread[0]
    assert form.waves(moments[18], x, 1.0).min() < -0.01


def test_mirrors_close_the_kaleidoscope():
    """With the heart in the middle the field is its own image in both axes, and on every border."""
    random = np.random.default_rng(3)
    table = random.random((64, 16, 3)).astype(f32)
    out = np.zeros((90, 160, 3), f32)
    _look_up(out, table, np.zeros((3, 160), f32), f32(1.33), f32(0.75), f32(1), f32(0), f32(0),
             f32(0), f32(0), f32(0), f32(12), f32(0), f32(0), f32(0.9), f32(0.3),
                 f32(0.8))  # fmt: skip
    assert_allclose(out, out[:, ::-1], atol=0.05)
    assert_allclose(out, out[::-1], atol=0.05)
