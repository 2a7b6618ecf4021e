"""Crops that follow their subject, and the fraction of a pixel by which they do."""

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from songreel.assembly.attention import attentions, look
from songreel.assembly.croppath import crop_path
from songreel.assembly.fit import fit
from songreel.assembly.focus import focus_of, focused, needs_focus
from songreel.assembly.saliency import camera, motion
from songreel.models.attention import BINS, Attention
from songreel.models.files import sha256_of
from songreel.models.progress import silent
from songreel.models.timeline import Cut, Timeline
from support.barcodes import write

WIDE, HIGH = 320, 180
RATE = Fraction(24)
FRAMES = 48
TALL = (180, 320)
SHARE = (9 / 16) / (16 / 9)
"""Of the width of 16:9 that 9:16 holds."""


def scenery(seed: int, shift: float = 0.0) -> np.ndarray:
    """Soft luma with some texture, shape (HIGH, WIDE), moved to the left by `shift` pixels."""
    rng = np.random.default_rng(seed)
    across, down = np.arange(WIDE) + shift, np.arange(HIGH)[:, None]
    total = np.full((HIGH, WIDE), 110.0)
    for _ in range(14):
        x, y = rng.uniform(-0.12, 0.12, 2)
        total += 6 * np.sin(across * x + down * y + rng.uniform(0, 6))
    return total


def clip(path, middles, *, speed=0.0, seed=3):
    """A bright box 24 pixels wide at `middles` (shares of the width) over moving scenery."""

    def paint(i: int) -> np.ndarray:
        packed = np.full((HIGH * 3 // 2, WIDE), 128, np.uint8)
        luma = scenery(seed, speed * i)
        x = round(middles[i] * WIDE)
        stripes = 200 + 30 * (np.arange(100)[:, None] // 8 % 2) * np.ones((1, 24))
        luma[40:140, max(x - 12, 0) : x + 12] = stripes[:, : x + 12 - max(x - 12, 0)]
        packed[:HIGH] = np.clip(luma, 16, 235)
        return packed

    write(path, len(middles), RATE, paint)
    return path


def shot(frames=FRAMES, **changes) -> Cut:
    fields = {"shot": "s01", "start": 0, "end": frames, "target": 0.0, "source": 0,
              "reason": "opening", "clip": "clips/a.mp4", "clip_sha256": "a" * 64}  # fmt: skip
    return Cut(**(fields | changes))


def path_of(cut: Cut) -> np.ndarray:
    """Middle of the crop across, as it will be shown, by frame."""
    points = [cut.focused(i) for i in range(cut.end - cut.start)]
    return np.clip([p[0] for p in points], SHARE / 2, 1 - SHARE / 2)


def laid(cut: Cut, seen: Attention) -> Cut:
    return cut.model_copy(update={"focus": focus_of(cut, (WIDE, HIGH), TALL, seen, 24.0)})


@pytest.mark.parametrize("speed", [0.0, 1.5])
def test_a_crop_follows_what_crosses_the_picture(tmp_path, speed):
    middles = np.linspace(0.15, 0.85, FRAMES)
    cut = laid(shot(), look(clip(tmp_path / "a.mp4", middles, speed=speed)))
    crop = path_of(cut)
    held = (middles - 12 / WIDE >= crop - SHARE / 2) & (middles + 12 / WIDE <= crop + SHARE / 2)
    assert held.mean() > 0.9
    assert np.abs(crop - 0.5).max() > 0.2  # it went somewhere


def test_a_crop_on_what_stands_still_stands_still(tmp_path):
    middles = np.full(FRAMES, 0.8)
    cut = laid(shot(), look(clip(tmp_path / "a.mp4", middles)))
    assert len(cut.focus) == 1
    assert abs(cut.focus[0][1] - 0.8) < SHARE / 2


def test_a_pan_has_no_jerk(tmp_path):
    middles = 0.5 + 0.3 * np.sin(np.linspace(0, np.pi, FRAMES))
    cut = laid(shot(), look(clip(tmp_path / "a.mp4", middles)))
    bend = np.abs(np.diff(path_of(cut), 2))
    # HARDEST is 1.6 widths a second and second; at 24 frames that is 0.0028 from frame to frame.
    assert bend.max() < 0.0035


def test_each_shot_has_a_path_of_its_own(tmp_path):
    middles = np.concatenate([np.full(24, 0.2), np.full(24, 0.8)])
    seen = look(clip(tmp_path / "a.mp4", middles))
    early = laid(shot(24), seen)
    late = laid(shot(24, source=24), seen)
    assert abs(path_of(early)[0] - 0.2) < SHARE / 2
    assert abs(path_of(late)[0] - 0.8) < SHARE / 2


def test_a_retimed_shot_is_followed_in_its_own_time(tmp_path):
    middles = np.linspace(0.2, 0.8, FRAMES)
    seen = look(clip(tmp_path / "a.mp4", middles))
    cut = laid(shot(24, retime=((0, 0.0), (24, 48.0))), seen)
    shown = np.array([middles[min(int(cut.shown(i)), FRAMES - 1)] for i in range(24)])
    assert np.mean(np.abs(path_of(cut) - shown) < SHARE / 2) > 0.85


@pytest.mark.parametrize("seed", range(5))
def test_the_crop_never_leaves_the_picture(seed):
    rng = np.random.default_rng(seed)
    looks = int(rng.integers(1, 60))
    crop = float(rng.uniform(0.2, 0.95))
    path = crop_path(
        rng.uniform(size=(looks, BINS)) ** 6, rng.uniform(size=looks), rng.uniform(size=looks),
        crop=crop, rate=8.0,
    )  # fmt: skip
    assert path.shape == (looks,)
    assert path.min() >= crop / 2 - 1e-9
    assert path.max() <= 1 - crop / 2 + 1e-9


def test_without_anything_to_see_the_crop_rests():
    looks = 20
    path = crop_path(
        np.ones((looks, BINS)), np.zeros(looks), np.zeros(looks), crop=0.4, rate=8.0, rest=0.42
    )
    np.testing.assert_allclose(path, 0.42, atol=0.01)


def test_the_camera_is_told_from_what_moves_in_the_picture():
    flow = np.zeros((90, 160, 2), np.float32)
    down, across = np.mgrid[0:90, 0:160]
    flow[..., 0] = 2.0 + 0.01 * across  # a pan with a little zoom
    flow[..., 1] = -1.0 + 0.01 * down
    moving = flow.copy()
    moving[30:60, 100:120] += (3.0, 0.0)
    np.testing.assert_allclose(camera(moving), flow, atol=0.02)
    weight, sure = motion(moving)
    assert sure > 0.5
    assert weight[:, 90:130].sum() > 0.95 * weight.sum()


def test_a_pan_alone_is_no_subject():
    flow = np.full((90, 160, 2), 3.0, np.float32)
    assert motion(flow)[1] == 0.0


def test_what_was_seen_is_kept_beside_the_clip_and_found_again(tmp_path, monkeypatch):
    path = clip(tmp_path / "a.mp4", np.full(12, 0.3))
    mark = sha256_of(path)
    first = attentions({mark: path}, 2, silent)
    assert (tmp_path / "a.focus.json").is_file()
    monkeypatch.setattr("songreel.assembly.attention.look", None)  # looking again would fail
    assert attentions({mark: path}, 2, silent) == first


def test_what_was_seen_in_another_file_is_not_believed(tmp_path):
    path = clip(tmp_path / "a.mp4", np.full(12, 0.2))
    attentions({sha256_of(path): path}, 1, silent)
    clip(path, np.full(12, 0.8))
    mark = sha256_of(path)
    assert attentions({mark: path}, 1, silent)[mark].sha256 == mark


def test_only_crops_are_looked_after(tmp_path):
    assert not needs_focus((1280, 720), (854, 480))
    assert needs_focus((1280, 720), (720, 720))
    seen = look(clip(tmp_path / "a.mp4", np.full(24, 0.8)))
    timeline = Timeline(rate=RATE, width=320, height=180, frames=24, beat_locked=True,
                        cuts=(shot(24),))  # fmt: skip
    assert focused(timeline, {"a" * 64: (WIDE, HIGH)}, {"a" * 64: seen}) == timeline


def ramp(width: int, height: int) -> av.VideoFrame:
    """Luma that says where across the picture it is, chroma likewise."""
    packed = np.empty((height * 3 // 2, width), np.uint8)
    packed[:height] = 20 + np.arange(width) * 200 // width
    chroma = packed[height:].reshape(2, height // 2, width // 2)
    chroma[:] = 40 + np.arange(width // 2) * 170 // (width // 2)
    return av.VideoFrame.from_ndarray(packed, format="yuv420p")


def test_a_crop_on_whole_pixels_is_the_pictures_own_pixels():
    frame = ramp(640, 360)
    cut = fit(frame, 202, 360, ((200 + 101) / 640, 0.5)).to_ndarray()
    np.testing.assert_array_equal(cut[:360], frame.to_ndarray()[:360, 200:402])


@pytest.mark.parametrize("size", [(202, 360), (360, 640)])
def test_a_slow_pan_glides_by_fractions_of_a_pixel(size):
    across = np.mgrid[0:360, 0:640][1]
    packed = np.full((540, 640), 128, np.uint8)
    packed[:360] = np.rint(120 + 80 * np.sin(across / 12.0))
    frame = av.VideoFrame.from_ndarray(packed, format="yuv420p")
    step = 0.3 / 640  # a third of a pixel of the clip a frame
    rows = [
        fit(frame, *size, (0.5 + i * step, 0.5)).to_ndarray()[100].astype(float) for i in range(12)
    ]
    moved = np.array([np.abs(b - a).mean() for a, b in pairwise(rows)])
    assert moved.min() > 0.6 * moved.mean()  # steps of whole pixels would leave frames alike
    assert moved.max() < 1.5 * moved.mean()


def test_a_crop_keeps_inside_whatever_the_focus():
    frame = ramp(640, 360)
    for point in ((0.0, 0.0), (1.0, 1.0)):
        cut = fit(frame, 202, 360, point).to_ndarray()
        expected = frame.to_ndarray()[:360, -202:] if point[0] else frame.to_ndarray()[:360, :202]
        np.testing.assert_array_equal(cut[:360], expected)
