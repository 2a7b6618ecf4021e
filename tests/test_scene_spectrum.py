"""What a viewer may count on in the spectrum sculpture: time and pitch have their places."""

from fractions import Fraction

import numpy as np
import pytest

from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.parts.heard import BEFORE, COLUMNS, Heard
from songreel.generation.visuals.scenes.spectrum import Sculpture
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve, Hits
from songreel.models.spectrum import Spectrum
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

FRAMES, BANDS = 48, 8
GREY = tuple(Oklch(lightness=v, chroma=0.05, hue=250) for v in (0.1, 0.3, 0.5, 0.7, 0.95))


def stage(levels=None, form="ridges", **hits):
    """A clip of two seconds whose spectrum is `levels`, shape (rows, BANDS), 24 rows a second."""
    flat = Curve(rate=2, values=(0.5,) * 6)
    spectrum = None
    if levels is not None:
        rows = tuple(tuple(int(v) for v in row) for row in levels)
        spectrum = Spectrum(
            rate=24, edges=tuple(40.0 * 2**k for k in range(BANDS + 1)), levels=rows
        )
    struck = {band: Hits(times=(time,), strengths=(1.0,)) for band, time in hits.items()}
    drive = Drive(energy=flat, brightness=flat, bass=flat, section="chorus", spectrum=spectrum,
                  **struck)  # fmt: skip
    return Stage(ClipRequest(
        prompt="", camera=CameraMove.STATIC, size=ShotSize.MEDIUM, palette=GREY, energy=0.6,
        motion=0.3, seed=3, width=320, height=180, rate=Fraction(24), frames=FRAMES, drive=drive,
        source=Cast("spectrum", {"form": form}).to_source(),
    ))  # fmt: skip


def only(band, rows=slice(None)):
    levels = np.zeros((FRAMES + 1, BANDS))
    levels[rows, band] = 100
    return levels


def drawn(at, index=24):
    scene = Sculpture(at)
    out = np.zeros((scene.height, scene.width, 3), np.float32)
    scene.draw(Moments(at)[index], out)
    return out.mean(axis=2)


def test_what_was_heard_is_found_at_its_time_and_pitch():
    heard = Heard(stage(only(3, slice(24, 25))))
    band, row = (3.5 / BANDS) * COLUMNS, heard.row(1.0)
    assert heard.levels[round(row), int(band)] > 0.9
    assert heard.levels[round(row) - 3].max() == 0
    assert heard.levels[round(row), int(band) + COLUMNS // 3] < 0.05


def test_the_time_before_the_clip_is_its_beginning_mirrored():
    heard = Heard(stage(np.linspace(0, 100, FRAMES + 1)[:, None] * np.ones(BANDS)))
    assert heard.row(-BEFORE) == 0
    assert heard.levels[round(heard.row(-1.0)), 5] == pytest.approx(
        heard.levels[round(heard.row(1.0)), 5], abs=0.05
    )


@pytest.mark.parametrize("form", ["ridges", "pillars", "ring"])
def test_without_a_spectrum_the_other_curves_and_hits_make_one(form):
    without = stage(None, form, kick=1.0)
    assert not Heard(without).known
    before, hit = (drawn(without, index) for index in (22, 24))
    assert hit.std() > 0.03
    assert np.abs(hit - before).mean() > 0.002
    alone = without.request.model_copy(update={"drive": None})
    assert drawn(Stage(alone)).std() > 0.015


def test_bass_stands_outside_and_treble_amid():
    """Of the pillars, by the light that each band adds to a silent picture."""
    silent = drawn(stage(np.zeros((FRAMES + 1, BANDS)), "pillars"))
    outwards = np.abs(np.linspace(-1, 1, silent.shape[1]))
    place = []
    for band in (0, BANDS // 2, BANDS - 1):
        added = np.maximum(drawn(stage(only(band), "pillars")) - silent, 0)[: silent.shape[0] // 2]
        place.append((added.sum(axis=0) * outwards).sum() / added.sum())
    assert place[0] > place[1] + 0.1 > place[2] + 0.2


def test_a_sound_of_the_past_stands_further_off_the_older_it_is():
    """Of the ridges, by the middle of the rows at which the picture differs from a silent one."""
    silent = drawn(stage(np.zeros((FRAMES + 1, BANDS))), 46)
    middle = []
    for row in (38, 26, 10):
        changed = np.abs(drawn(stage(only(1, slice(row, row + 1))), 46) - silent).sum(axis=1)
        middle.append((changed * np.arange(changed.size)).sum() / changed.sum())
    assert middle[0] > middle[1] + 5 > middle[2] + 10
