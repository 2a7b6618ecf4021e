"""What the eye finds wrong with a clip: planted faults are found, good clips are left alone."""

import re
from fractions import Fraction
from functools import cache

import cv2
import numpy as np
import pytest

from songreel.generation.encode import write_clip
from songreel.generation.footage.still import moving_photo
from songreel.generation.inspect import inspect
from songreel.generation.visuals.registry import scenes
from songreel.generation.visuals.render import frames as drawn
from songreel.models.clip import ClipRequest, Drive, Portion
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, ShotSize
from support.pictures import scenery, write_video

RATE = Fraction(24)
WIDTH, HEIGHT = 192, 108
PALETTE = [[0.2, 0.1, 250], [0.5, 0.1, 300], [0.8, 0.1, 30]]


def wanted(frames=48, **more) -> ClipRequest:
    fields = {
        "prompt": "a coast", "camera": CameraMove.PUSH_IN, "size": ShotSize.WIDE,
        "palette": PALETTE, "energy": 0.8, "motion": 0.6, "seed": 3, "width": WIDTH,
        "height": HEIGHT, "rate": RATE, "frames": frames,
    }  # fmt: skip
    return ClipRequest(**(fields | more))


def drive(seconds: float) -> Drive:
    """A loud bar at 128 BPM with a full kit."""
    beats = tuple(np.arange(0, seconds, 60 / 128))
    full = (1.0,) * len(beats)
    level = Curve(rate=4, values=(0.85,) * (int(seconds * 4) + 2))
    return Drive(
        beats=beats, downbeats=beats[::4], kick=Hits(times=beats, strengths=full),
        snare=Hits(times=beats[1::2], strengths=full[1::2]),
        hat=Hits(times=tuple(b + 60 / 256 for b in beats), strengths=full),
        energy=level, brightness=level, bass=level,
    )  # fmt: skip


def coast(count=48, hue=0.0, pace=1.5, width=WIDTH, height=HEIGHT):
    """A coast that passes by at `pace` pixels a frame."""
    return [picture.copy() for picture in painted(hue, pace, width, height)[:count]]


@cache
def painted(hue, pace, width, height):
    return [scenery(width, height, hue, pace * i) for i in range(60)]


def found(tmp_path, pictures, *, asked=None, portion=None, keys=False, rate=RATE):
    path = write_video(tmp_path / "clip.mp4", pictures, rate=rate)
    asked = asked or wanted(len(pictures))
    return inspect(path, asked, portion or Portion.whole(asked), keys=keys)


def texts(flaws) -> str:
    return "; ".join(flaw.text for flaw in flaws)


# Good clips


@pytest.mark.parametrize("scene", scenes())
def test_no_built_in_scene_has_a_flaw(scene, tmp_path):
    asked = wanted(drive=drive(2.0))
    path = tmp_path / "clip.mp4"
    pictures = drawn(asked, scenes()[scene])
    write_clip(pictures, path, width=WIDTH, height=HEIGHT, rate=RATE, count=48)
    for keys in (False, True):
        assert inspect(path, asked, Portion.whole(asked), keys=keys) == (), keys


@pytest.mark.parametrize("scene", scenes())
@pytest.mark.parametrize(
    "palette", [PALETTE, [[0.05, 0.03, 260], [0.12, 0.06, 270], [0.25, 0.1, 280]]]
)
def test_a_quiet_scene_in_dark_colours_is_as_it_was_asked_for(scene, palette, tmp_path):
    quiet = Curve(rate=4, values=(0.03,) * 10)
    silence = Drive(energy=quiet, brightness=quiet, bass=quiet)
    asked = wanted(36, drive=silence, palette=palette, energy=0.05, motion=0.05)
    path = tmp_path / "clip.mp4"
    pictures = drawn(asked, scenes()[scene])
    write_clip(pictures, path, width=WIDTH, height=HEIGHT, rate=RATE, count=36)
    assert inspect(path, asked, Portion.whole(asked), keys=True) == ()


MOVING = [move for move in CameraMove if move is not CameraMove.STATIC]


@pytest.mark.parametrize(
    ("move", "motion"),
    [
        *((move, 0.3) for move in MOVING),
        *((move, 0.0) for move in MOVING[::4]),
        *(
            pytest.param(move, 0.0, marks=pytest.mark.slow)
            for place, move in enumerate(MOVING)
            if place % 4
        ),
    ],
)
def test_no_photo_with_a_slow_move_has_a_flaw(move, motion, tmp_path):
    asked = wanted(camera=move, motion=motion)
    path = tmp_path / "clip.mp4"
    pictures = moving_photo(scenery(640, 480), (0.5, 0.5), asked)
    write_clip(pictures, path, width=WIDTH, height=HEIGHT, rate=RATE, count=48)
    for keys in (False, True):
        assert inspect(path, asked, Portion.whole(asked), keys=keys) == (), keys


@pytest.mark.parametrize("pace", [0.2, 1.5, 12.0])
def test_a_moving_picture_has_no_flaw(pace, tmp_path):
    assert found(tmp_path, coast(pace=pace)) == ()


def test_lights_that_flash_with_the_music_are_no_flicker(tmp_path):
    """Three flashes a second that die away, and a picture that shakes."""
    pictures = [
        cv2.convertScaleAbs(picture, alpha=1 + 0.5 * np.exp(-(i % 8) / 3))
        for i, picture in enumerate(coast())
    ]
    assert found(tmp_path, pictures) == ()


def test_a_slower_clip_that_repeats_its_frames_does_not_stand_still(tmp_path):
    pictures = coast(16, pace=4.5)
    assert found(tmp_path, [pictures[i // 3] for i in range(48)]) == ()


def test_a_night_with_lights_is_not_too_dark(tmp_path):
    night = [(p // 24).astype(np.uint8) for p in coast()]
    for i, picture in enumerate(night):
        for k in range(12):
            at = ((k * 37 + 2 * i) % WIDTH, (k * 29) % HEIGHT)
            cv2.circle(picture, at, 5, (255, 230, 180), -1, cv2.LINE_AA)
    assert found(tmp_path, night) == ()


def test_a_still_picture_is_right_where_nothing_should_move_but_is_told(tmp_path):
    still = [scenery(WIDTH, HEIGHT)] * 48
    flaws = found(tmp_path, still, asked=wanted(motion=0.0))
    assert [flaw.fatal for flaw in flaws] == [False]


# Faults

HUES = [0.0, 90.0, 200.0]


@pytest.mark.parametrize("hue", HUES)
@pytest.mark.parametrize("keys", [False, True])
class TestFaultsSeenInKeyframes:
    def test_black(self, hue, keys, tmp_path):
        pictures = [(p // 30).astype(np.uint8) for p in coast(hue=hue)]
        (flaw,) = found(tmp_path, pictures, keys=keys, rate=RATE)
        assert flaw.fatal
        assert "black" in flaw.text

    def test_frozen(self, hue, keys, tmp_path):
        path = tmp_path / "clip.mp4"
        still = iter([scenery(WIDTH, HEIGHT, hue)] * 48)
        write_clip(still, path, width=WIDTH, height=HEIGHT, rate=RATE, count=48)
        (flaw,) = inspect(path, wanted(), Portion.whole(wanted()), keys=keys)
        assert flaw.fatal
        assert flaw.text == "the picture stands still"

    def test_too_dark(self, hue, keys, tmp_path):
        pictures = [(p * 0.16).astype(np.uint8) for p in coast(hue=hue)]
        (flaw,) = found(tmp_path, pictures, keys=keys)
        assert not flaw.fatal
        assert "too dark" in flaw.text

    def test_bars(self, hue, keys, tmp_path):
        pictures = coast(hue=hue)
        for picture in pictures:
            picture[:13] = picture[-13:] = 0
        (flaw,) = found(tmp_path, pictures, keys=keys)
        assert "black bars above and below cover 24 %" in flaw.text

    def test_pillars(self, hue, keys, tmp_path):
        pictures = coast(hue=hue)
        for picture in pictures:
            picture[:, :24] = picture[:, -24:] = 0
        (flaw,) = found(tmp_path, pictures, keys=keys)
        assert "black bars left and right cover 25 %" in flaw.text

    def test_too_short(self, hue, keys, tmp_path):
        asked = wanted(60)
        (flaw,) = found(tmp_path, coast(hue=hue), asked=asked, keys=keys)
        assert flaw.fatal
        assert "ends after 2.00 s, the shot shows it until 2.50 s" in flaw.text

    def test_another_shape(self, hue, keys, tmp_path):
        (flaw,) = found(tmp_path, coast(hue=hue, width=144), asked=wanted(), keys=keys)
        assert "another shape (144×108)" in flaw.text

    def test_upright(self, hue, keys, tmp_path):
        pictures = coast(hue=hue, width=HEIGHT, height=WIDTH)
        (flaw,) = found(tmp_path, pictures, asked=wanted(), keys=keys)
        assert "upright (108×192), the film is 192×108" in flaw.text

    def test_fewer_pixels(self, hue, keys, tmp_path):
        pictures = coast(hue=hue, width=128, height=72)
        (flaw,) = found(tmp_path, pictures, asked=wanted(), keys=keys)
        assert "128×72 pixels, 192×108 were asked for" in flaw.text


@pytest.mark.parametrize("hue", HUES)
class TestFaultsSeenInAllFrames:
    @pytest.mark.parametrize("first", [0, 12, 25])
    def test_frozen_for_a_while(self, hue, first, tmp_path):
        moving = coast(30, hue)
        pictures = moving[: first + 1] + [moving[first]] * 18 + moving[first + 1 :]
        (flaw,) = found(tmp_path, pictures)
        assert not flaw.fatal
        begins, ends = map(float, re.findall(r"\d\.\d\d", flaw.text))
        # The encoder may better a picture while it stands.
        assert first / 24 <= begins + 0.01 <= first / 24 + 0.25
        assert ends == pytest.approx((first + 19) / 24, abs=0.01)

    @pytest.mark.parametrize("first", [0, 20, 40])
    def test_black_for_a_while(self, hue, first, tmp_path):
        pictures = coast(hue=hue)
        pictures[first : first + 8] = [np.zeros_like(pictures[0])] * 8
        assert "black from" in texts(found(tmp_path, pictures))

    def test_hardly_moving(self, hue, tmp_path):
        (flaw,) = found(tmp_path, coast(hue=hue, pace=0.02))
        assert not flaw.fatal
        assert "hardly anything moves" in flaw.text

    @pytest.mark.parametrize("size", [0.04, 0.1])
    @pytest.mark.parametrize("kind", ["to and fro", "by chance", "for a while"])
    def test_flickering_light(self, hue, size, kind, tmp_path):
        rng = np.random.default_rng(int(hue))
        steps = {
            "to and fro": size / 2 * (-1.0) ** np.arange(48),
            "by chance": rng.normal(0, size, 48),
            "for a while": size / 2 * (-1.0) ** np.arange(48) * (np.arange(48) > 20),
        }[kind]
        pictures = [
            np.clip(picture * (1 + step), 0, 255).astype(np.uint8)
            for picture, step in zip(coast(hue=hue), steps, strict=True)
        ]
        (flaw,) = found(tmp_path, pictures)
        assert "light flickers" in flaw.text

    def test_flickering_colour(self, hue, tmp_path):
        """Red and blue against each other, at the same light."""
        pictures = coast(hue=hue)
        for i, picture in enumerate(pictures):
            side = 12 * (-1) ** i
            shifted = picture.astype(np.float32) + np.array([side, -0.27 * side, -0.27 * side])
            pictures[i] = np.clip(shifted, 0, 255).astype(np.uint8)
        (flaw,) = found(tmp_path, pictures)
        assert "flickers" in flaw.text

    @pytest.mark.parametrize("first", [3, 24, 44])
    def test_a_cut(self, hue, first, tmp_path):
        other = [p[:, ::-1].copy() for p in coast(hue=(hue + 120) % 360)]
        pictures = coast(hue=hue)[:first] + other[first:]
        (flaw,) = found(tmp_path, pictures)
        assert flaw.text == f"it cuts to another picture at {first / 24:.2f} s"
        assert not flaw.fatal


def test_only_what_the_shot_shows_counts(tmp_path):
    """Black, then one second that moves, then a standing picture."""
    black = [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 24
    moving = coast(24)
    path = write_video(tmp_path / "clip.mp4", [*black, *moving, *[moving[-1]] * 24], rate=RATE)
    asked, whole = wanted(24), wanted(72)
    shown = Portion(request=whole, first=24, frames=24, rate=RATE)
    assert inspect(path, asked, shown) == ()
    for first in (0, 48):
        flaws = inspect(path, asked, Portion(request=whole, first=first, frames=24, rate=RATE))
        assert [flaw.fatal for flaw in flaws] == [True]


def test_the_film_s_rate_need_not_be_the_clip_s(tmp_path):
    """A portion that begins at 1 s of a clip of 16 frames a second."""
    path = write_video(tmp_path / "clip.mp4", coast(33), rate=Fraction(16))
    whole = wanted(33, rate=Fraction(16))
    good = Portion(request=whole, first=30, frames=31, rate=Fraction(30))
    long = Portion(request=whole, first=30, frames=36, rate=Fraction(30))
    assert inspect(path, wanted(31, rate=Fraction(30)), good) == ()
    assert "ends after 2.06 s" in texts(inspect(path, wanted(36, rate=Fraction(30)), long))


@pytest.mark.parametrize("keys", [False, True])
@pytest.mark.parametrize("content", [b"", b"<html>expired</html>"])
def test_what_is_no_video_is_a_flaw_and_no_crash(content, keys, tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    (flaw,) = inspect(path, wanted(), Portion.whole(wanted()), keys=keys)
    assert flaw.fatal
    assert "clip.mp4" in flaw.text
