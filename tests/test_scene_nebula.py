"""What is special about the deep sky: what a chorus lights, and what hides what."""

from fractions import Fraction

import numpy as np

from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.parts.heavens import spiral
from songreel.generation.visuals.scenes.nebula import Nebula
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

GREY = tuple(Oklch(lightness=v, chroma=0.05, hue=250) for v in (0.15, 0.35, 0.6, 0.8, 0.95))


def light(section, sky, seed=2):
    level = Curve(rate=2, values=(0.6,) * 4)
    drive = Drive(energy=level, brightness=level, bass=level, section=section)
    stage = Stage(ClipRequest(
        prompt="", camera=CameraMove.STATIC, size=ShotSize.MEDIUM, palette=GREY, energy=0.6,
        motion=0.5, seed=seed, width=320, height=180, rate=Fraction(24), frames=12, drive=drive,
        source=Cast("nebula", {"sky": sky}).to_source(),
    ))  # fmt: skip
    scene = Nebula(stage)
    out = np.zeros((scene.height, scene.width, 3), np.float32)
    scene.draw(Moments(stage)[0], out)
    return scene, out


def test_a_chorus_lights_the_gas_that_is_dark_in_a_verse():
    (_, verse), (_, chorus) = (light(section, "nebula") for section in ("verse", "chorus"))
    assert np.median(chorus) > 1.5 * np.median(verse)


def test_no_star_shines_through_the_planet():
    scene, out = light("verse", "planet")
    ball = scene._clear == 0.0
    assert ball.mean() > 0.02
    night = out[: 2 * ball.shape[0] : 2, : 2 * ball.shape[1] : 2].max(axis=2)[ball]
    assert np.percentile(night, 30) < 0.08


def test_the_galaxy_is_seen_from_further_and_more_aslant_in_a_verse():
    (verse, _), (chorus, _) = (light(section, "galaxy") for section in ("verse", "chorus"))
    assert verse._body[2] < 0.7 * chorus._body[2]
    assert verse._body[5] < 0.7 * chorus._body[5]


def test_a_spiral_has_two_arms():
    """Along a circle the light comes and goes twice more than any other number of times."""
    arms, _, _ = spiral(90)
    n = len(arms)
    power = np.zeros(8)
    for r in np.linspace(0.25, 0.7, 40):
        angle = np.linspace(0, 2 * np.pi, 256, endpoint=False)
        x = ((r * np.cos(angle) / 1.28 + 1) / 2 * n).astype(int)
        y = ((r * np.sin(angle) / 1.28 + 1) / 2 * n).astype(int)
        ring = arms[y, x]
        power += np.abs(np.fft.rfft(ring - ring.mean()))[:8] ** 2
    assert int(np.argmax(power)) == 2
