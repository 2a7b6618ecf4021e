"""Pictures of videos: the moment, the shape and the colours that were asked for."""

from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from songreel.assembly.pictures import rgb_of
from songreel.stills import still
from support.barcodes import make_clip, picture, read

CLIP, FRAMES, RATE = 3, 12, Fraction(24)
SIZE = (128, 72)


@pytest.fixture
def clip(tmp_path):
    return tmp_path / make_clip(tmp_path, CLIP, FRAMES, RATE, size=SIZE).file


def seen(jpeg):
    return np.asarray(Image.open(BytesIO(jpeg)).convert("RGB"))


def test_its_colours_are_those_of_the_film(clip):
    shown = seen(still(clip, 4 / RATE, 128)).reshape(-1, 3).mean(axis=0)
    truth = rgb_of(picture(CLIP, 4, *SIZE)).reshape(-1, 3).mean(axis=0)
    # Coded twice; the matrix of BT.601 would be off by 10 and more.
    assert np.abs(shown - truth).max() < 3


@pytest.mark.parametrize(("seconds", "frame"), [(0, 0), (5 / RATE, 5), (5.9 / RATE, 5), (9.0, 11)])
def test_it_is_the_frame_that_is_on_the_screen_at_that_moment(clip, seconds, frame):
    luma = seen(still(clip, seconds, 128)).mean(axis=2)
    assert read(luma) == (CLIP, frame)


def test_it_has_the_videos_shape_or_the_one_asked_for(clip):
    assert seen(still(clip, 0, 64)).shape == (36, 64, 3)
    assert seen(still(clip, 0, 900)).shape == (72, 128, 3)
    assert seen(still(clip, 0, 64, Fraction(9, 16))).shape == (64, 36, 3)


def test_what_is_no_video_has_none(tmp_path):
    (tmp_path / "spoilt.mp4").write_bytes(b"spoilt")
    assert still(tmp_path / "spoilt.mp4", 0, 64) is None
    assert still(tmp_path / "gone.mp4", 0, 64) is None
