"""The animatic: the film's cuts on the film's frames, the film's sound, before any clip."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from songreel.assembly.check import check
from songreel.assembly.preview.beeps import ROOM, Beeped
from songreel.assembly.preview.layout import Layout
from songreel.assembly.preview.make import heard, preview
from songreel.assembly.preview.moves import matrix, view
from songreel.assembly.preview.scene import scene
from songreel.assembly.preview.stage import frames
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.music import BeatGrid
from songreel.models.schedule import schedule
from songreel.models.storyboard import CameraMove, Oklch, ShotSize
from songreel.models.timebase import frame_at
from songreel.models.transition import Transition
from support.films import CROSSFADE, CUT, song, storyboard

SOUND = song(4.3)
BEATS = tuple(k * 0.5 for k in range(8))
STARTS = (0.0, 0.5, 1.5, 2.0, 2.5, 3.5)
GRID = BeatGrid(beats=BEATS, downbeats=tuple(range(0, 8, 4)))
BLUES = tuple(Oklch(lightness=x, chroma=0.1, hue=250) for x in (0.2, 0.5, 0.8))
REDS = tuple(Oklch(lightness=x, chroma=0.12, hue=30) for x in (0.2, 0.5, 0.8))
WIDE = Fraction(16, 9)


def board():
    soft: list[Transition] = [CUT] * len(STARTS)
    soft[4] = CROSSFADE
    made = storyboard(SOUND, STARTS, soft)
    moves = list(CameraMove)
    shots = tuple(
        shot.model_copy(
            update={"camera": moves[(3 * i) % len(moves)], "size": list(ShotSize)[i % 5],
                    "palette": REDS if i % 3 else BLUES, "prompt": f"Szene {i}: 夜の海 und é"}
        )
        for i, shot in enumerate(made.shots)
    )  # fmt: skip
    return made.model_copy(update={"grid": GRID, "shots": shots})


def test_cuts_and_sound_are_the_films_whoever_makes_it(tmp_path):
    rate = Fraction(30000, 1001)
    one, other = tmp_path / "1.mp4", tmp_path / "3.mp4"
    made = preview(board(), SOUND, one, aspect=WIDE, rate=rate, workers=1)
    report = check(one, made.timeline, made.sound, made.spec)
    assert report.ok, report.notices
    assert [cut.found for cut in report.cuts] == [frame_at(t, rate) for t in STARTS[1:]]
    assert report.frames_found == made.timeline.frames
    assert report.samples_found == SOUND.track.samples
    assert report.flashes <= 3
    preview(board(), SOUND, other, aspect=WIDE, rate=rate, workers=3)
    assert sha256_of(one) == sha256_of(other)


def test_a_song_without_a_grid_to_trust_gets_no_beeps():
    plan = board()
    assert isinstance(heard(plan, SOUND, None), Beeped)
    assert heard(plan.model_copy(update={"beat_locked": False}), SOUND, None) is SOUND


def test_a_photo_that_is_there_is_shown(tmp_path):
    photo = tmp_path / "grün.png"
    Image.new("RGB", (90, 160), (20, 160, 60)).save(photo)
    box = Layout.of(Fraction(9, 16)).picture
    assert abs(box.width / box.height - 9 / 16) < 0.01
    plan, rate = board(), Fraction(24)
    shots = schedule(plan, rate)
    luma, _ = next(iter(frames(plan.shots[0], shots[0], rate, box, photo)))
    drawn, _ = next(iter(frames(plan.shots[0], shots[0], rate, box, None)))
    assert luma.shape == drawn.shape == (box.height, box.width)
    green = 16 + 219 * (0.2126 * 20 + 0.7152 * 160 + 0.0722 * 60) / 255  # ITU-R BT.709
    assert abs(int(luma[box.height // 2, box.width // 2]) - green) < 2
    assert drawn.std() > luma.std()


def test_a_photo_that_cannot_be_read_is_named(tmp_path):
    broken = tmp_path / "kaputt.jpg"
    broken.write_bytes(b"no picture")
    with pytest.raises(InvalidInput, match=r"shot s01: its image .*kaputt\.jpg cannot be read"):
        preview(board(), SOUND, tmp_path / "p.mp4", aspect=WIDE, rate=Fraction(24),
                sources={"s01": broken})  # fmt: skip
    assert not (tmp_path / "p.mp4").exists()


def whole(sound) -> np.ndarray:
    return np.concatenate(list(sound.blocks()), axis=1)


def test_beeps_are_on_the_beats_to_the_sample_and_the_song_beside_them_untouched():
    plain, mixed = whole(SOUND), whole(Beeped(SOUND, GRID, -14.0))
    assert mixed.shape == plain.shape
    beeps = (mixed - plain * np.float32(ROOM))[0]
    loud = np.abs(beeps) > 1e-6
    starts = np.flatnonzero(loud & ~np.concatenate([[False], loud[:-1]]))
    rate = SOUND.track.sample_rate
    assert all(np.abs(starts - time * rate).min() <= 2 for time in BEATS)
    peaks = [np.abs(beeps[round(t * rate) : round((t + 0.1) * rate)]).max() for t in BEATS]
    down, other = peaks[::4], [p for i, p in enumerate(peaks) if i % 4]
    assert min(down) > 1.5 * max(other)
    assert np.abs(mixed).max() <= 1.0


def test_beeps_do_not_depend_on_the_blocks_of_the_song():
    class Chopped:
        path, track, bits, notices = SOUND.path, SOUND.track, SOUND.bits, SOUND.notices

        def blocks(self):
            sound = whole(SOUND)
            for k in range(0, sound.shape[1], 777):
                yield sound[:, k : k + 777]

    assert_array_equal(whole(Beeped(Chopped(), GRID, None)), whole(Beeped(SOUND, GRID, None)))


def test_beeps_under_a_quiet_song_are_quieter():
    loud, quiet = (whole(Beeped(SOUND, GRID, level)) for level in (-14.0, -26.0))
    beside = whole(SOUND) * np.float32(ROOM)
    assert_allclose(np.abs(quiet - beside).max() / np.abs(loud - beside).max(), 10 ** (-12 / 20),
                    rtol=1e-3)  # fmt: skip


@pytest.mark.parametrize("move", list(CameraMove))
def test_no_camera_sees_beyond_what_is_drawn(move):
    for share in np.linspace(0, 1, 9):
        to = matrix(view(move, share, 1.0, 3 * share), (400, 224), (520, 292))
        corners = np.array([[0, 0, 1], [399, 0, 1], [0, 223, 1], [399, 223, 1]])
        seen = corners @ to.T
        slack = 24 if move is CameraMove.ROLL else 1  # its corners are held, outside the safe area
        assert seen[:, 0].min() >= -slack
        assert seen[:, 0].max() <= 519 + slack
        assert seen[:, 1].min() >= -slack
        assert seen[:, 1].max() <= 291 + slack


def test_a_scene_follows_its_palette_and_its_seed():
    shot = board().shots[1]
    red = scene(shot, 160, 90).mean(axis=(0, 1))
    assert red[0] > red[2]
    assert_array_equal(scene(shot, 160, 90), scene(shot, 160, 90))
    other = scene(shot.model_copy(update={"seed": 99}), 160, 90)
    assert np.abs(other.astype(int) - scene(shot, 160, 90)).mean() > 2
