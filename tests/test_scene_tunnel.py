"""What is special about the tunnel: its walls are found where they are, and the floor mirrors."""

from fractions import Fraction

import numpy as np
import pytest

from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.parts.bore import DEPTHS, bore, search
from songreel.generation.visuals.parts.lining import crystal, panels, ribs
from songreel.generation.visuals.scenes.tunnel import Tunnel
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

WALLS = ("rings", "road", "crystal")
GREY = tuple(Oklch(lightness=v, chroma=0.05, hue=250) for v in (0.15, 0.35, 0.6, 0.8, 0.95))


def drawn(wall, *, seed=3, motion=0.6, camera=CameraMove.STATIC):
    """A tunnel after its 10th frame, and the view it was seen from."""
    wanted = ClipRequest(
        prompt="", camera=camera, size=ShotSize.MEDIUM, palette=GREY, energy=0.7, motion=motion,
        seed=seed, width=160, height=90, rate=Fraction(24), frames=24,
        source=Cast("tunnel", {"wall": wall}).to_source(),
    )  # fmt: skip
    stage = Stage(wanted)
    scene = Tunnel(stage)
    out = np.zeros((scene.height, scene.width, 3), np.float32)
    scene.draw(Moments(stage)[10], out)
    return scene, out


@pytest.mark.parametrize("wall", WALLS)
@pytest.mark.parametrize("seed", range(3))
def test_no_line_of_sight_passes_through_a_wall(wall, seed):
    """Between the eye and what was found every point lies inside the bore and over the floor."""
    scene, _ = drawn(wall, seed=seed, motion=1.0)
    rows, columns = 18, 32
    near, far = (np.zeros((rows, columns), np.float32) for _ in "nf")
    view = scene._view
    search(near, far, scene._course, view, scene.shape)
    depths = scene._z
    for j in range(0, rows, 2):
        for i in range(0, columns, 2):
            y = float(view[3] * (1 - 2 * (j + 0.5) / rows) + view[5])
            x = float(view[2] * (2 * (i + 0.5) / columns - 1) + view[4])
            before = np.linspace(0.25, 0.97, 40) / near[j, i]
            middle = [np.interp(before, depths, c[: DEPTHS + 1]) for c in scene._course[:2]]
            u, v = x * before - middle[0], y * before - middle[1]
            out = [float(bore(scene.shape, np.float32(a), np.float32(b)))
                   for a, b in zip(u, v, strict=True)]  # fmt: skip
            # A step goes 15 % past what is safe: a wall that is met edge on may lose that much.
            assert max(out) < 1.06
            assert v.min() > -0.60


@pytest.mark.parametrize("wall", WALLS)
def test_the_floor_mirrors_what_lies_over_it(wall):
    """Only below the horizon does the mirrored wall lie farther than what is met."""
    scene, _ = drawn(wall)
    near, far = scene._near_small, scene._far_small
    mirrored = far < near * 0.99
    half = len(near) // 2
    assert mirrored[half:].mean() > 0.2
    assert not mirrored[: half // 2].any()
    assert (far <= near * 1.001).all()


@pytest.mark.parametrize("made", [panels, ribs, crystal])
def test_linings_tile_and_give_back_no_more_than_they_get(made):
    skin, cells = made(5)
    assert 0 < skin.min() <= skin.max() <= 1
    assert 0 <= cells.min() <= cells.max() <= 1
    for axis in (0, 1):
        across = np.abs(np.diff(skin, axis=axis)).mean()
        seam = np.abs(np.take(skin, 0, axis) - np.take(skin, -1, axis)).mean()
        assert seam < 4 * across + 0.1


def test_the_bore_bends_more_with_motion():
    calm, wild = (np.abs(drawn("rings", motion=m)[0]._course[0]).max() for m in (0.0, 1.0))
    assert wild > 1.5 * calm > 0
