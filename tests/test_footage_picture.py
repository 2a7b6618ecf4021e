"""The user's own clips and photos: fitted to the frame and moved."""

import cv2
import numpy as np
import pytest

from songreel.generation.footage.fit import MOST_LOST, fit, size_to_follow
from songreel.generation.footage.moves import path as camera_path
from songreel.generation.footage.still import moving_photo
from songreel.models.storyboard import CameraMove
from support.footage import shown, wanted
from support.pictures import (
    scenery,
    write_photo,
)

# Fitting


@pytest.mark.parametrize("frame", [(1280, 720), (720, 1280), (720, 720), (720, 900)])
@pytest.mark.parametrize(
    "source",
    [(1920, 1080), (1080, 1920), (4000, 3000), (3000, 4000), (1000, 1000), (4000, 900), (50, 40),
     (2560, 1072), (641, 359)],
)  # fmt: skip
def test_a_picture_fills_the_frame_or_is_shown_nearly_whole(source, frame):
    place = fit(source, frame)
    (w, h), (W, H) = source, frame
    assert place.width / place.height == pytest.approx(w / h, rel=0.01)
    visible = min(place.width, W) * min(place.height, H) / (place.width * place.height)
    if place.fills:
        assert place.left <= 0
        assert place.top <= 0
        assert place.left + place.width >= W
        assert place.top + place.height >= H
        assert visible >= 1 - MOST_LOST - 0.01
    else:
        assert visible >= 0.79
        assert place.width / w <= 3.01


def test_an_upright_photo_in_a_wide_frame_has_no_black_bars(tmp_path):
    path = write_photo(tmp_path / "a.jpg", scenery(400, 600))
    frame = shown(path, wanted(2, width=320, height=180))[0]
    bars = np.concatenate([frame[:, :60], frame[:, -60:]], axis=1)
    assert bars.mean() > 25
    assert bars.max(axis=(0, 1)).min() < frame.max(axis=(0, 1)).min()  # and they are dimmer
    assert np.abs(np.diff(bars[:, :60].astype(int), axis=1)).max() <= 6  # soft


# Moves


@pytest.mark.parametrize("move", CameraMove)
@pytest.mark.parametrize("shape", [(640, 360), (600, 400), (400, 600), (900, 300)])
def test_no_move_shows_what_is_beyond_the_picture(move, shape):
    width, height = 160, 90
    room = (max(1.0, shape[0] / shape[1] / (16 / 9)), max(1.0, 16 / 9 / (shape[0] / shape[1])))
    for seconds, motion in ((0.4, 0.0), (3.0, 0.5), (12.0, 1.0)):
        views = camera_path(move, 30, seconds, motion, room, (room[0] * 0.4, -room[1] * 0.3), 5)
        for view in views:
            turn = np.radians(view.turn)
            for sx, sy in ((1, 1), (1, -1)):
                x = (sx * width * np.cos(turn) - sy * height * np.sin(turn)) / 2 / view.zoom
                y = (sx * width * np.sin(turn) + sy * height * np.cos(turn)) / 2 / view.zoom
                assert abs(view.x) + abs(x) / width <= room[0] / 2 + 1e-6
                assert abs(view.y) + abs(y) / height <= room[1] / 2 + 1e-6


@pytest.mark.parametrize(
    ("move", "axis", "sign"),
    [(CameraMove.PAN_LEFT, 0, 1), (CameraMove.PAN_RIGHT, 0, -1), (CameraMove.TILT_UP, 1, 1),
     (CameraMove.TILT_DOWN, 1, -1), (CameraMove.TRACK_RIGHT, 0, -1), (CameraMove.CRANE_UP, 1, 1)],
)  # fmt: skip
def test_a_move_goes_where_its_name_says_without_jitter(move, axis, sign):
    """A dot of 1/20 of the height is followed; what is seen moves against the camera."""
    photo = np.full((720, 1280, 3), 30, np.uint8)
    cv2.circle(photo, (640, 360), 36, (235, 235, 235), -1, cv2.LINE_AA)
    request = wanted(50, camera=move, width=320, height=180)
    track = []
    for frame in moving_photo(photo, (0.5, 0.5), request):
        light = frame[..., 1].astype(float) - 30
        across, down = light.sum(axis=0), light.sum(axis=1)
        track.append([(s * np.arange(s.size)).sum() / s.sum() for s in (across, down)])
    way = np.array(track)
    assert sign * (way[-1, axis] - way[0, axis]) > 3
    assert np.all(sign * np.diff(way[:, axis]) > -0.01)
    time = np.linspace(-1, 1, len(way))
    smooth = np.polyval(np.polyfit(time, way[:, axis], 6), time)
    assert np.abs(way[:, axis] - smooth).max() < 0.05  # pixels; 1/32 is OpenCV's finest step


def test_a_push_comes_closer_and_a_pull_goes_back():
    photo = scenery(640, 360)
    sizes = {}
    for move in (CameraMove.PUSH_IN, CameraMove.PULL_OUT):
        frames = [f.copy() for f in moving_photo(photo, (0.5, 0.5), wanted(50, camera=move))]
        sizes[move] = [int((f.min(axis=2) > 200).sum()) for f in (frames[0], frames[-1])]
    assert sizes[CameraMove.PUSH_IN][0] < sizes[CameraMove.PUSH_IN][1]
    assert sizes[CameraMove.PULL_OUT][0] > sizes[CameraMove.PULL_OUT][1]


def test_fine_texture_does_not_flicker_as_the_frame_passes_over_it():
    rng = np.random.default_rng(1)
    grain = rng.integers(0, 256, (720, 1280, 1), dtype=np.uint8).repeat(3, axis=2)
    grain = cv2.normalize(cv2.GaussianBlur(grain, (0, 0), 1.2), None, 0, 255, cv2.NORM_MINMAX)
    request = wanted(40, camera=CameraMove.PAN_LEFT, motion=0.1, width=640, height=360)
    sharp = [
        cv2.Laplacian(frame[..., 1], cv2.CV_32F)[8:-8, 8:-8].std()
        for frame in moving_photo(grain, (0.5, 0.5), request)
    ]
    assert max(sharp) / min(sharp) < 1.02


@pytest.mark.parametrize(
    ("source", "frame", "size"),
    [
        ((1920, 1080), (1080, 1920), (3414, 1920)),  # all of it, for the edit to crop
        ((1920, 1080), (1280, 720), (1280, 720)),  # the same shape
        ((1440, 1080), (1280, 720), (1280, 720)),  # little is lost
        ((320, 180), (1080, 1920), (1080, 1920)),  # too small to fill it: on its backdrop
    ],
)
def test_a_video_of_another_shape_is_handed_on_whole(source, frame, size):
    assert size_to_follow(source, frame) == size
