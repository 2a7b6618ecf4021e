"""What moves in a clip and when it moves most, on pictures whose motion is known."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from songreel.assembly.motion import motion_of, motions
from songreel.assembly.peaks import peaks_of
from songreel.models.errors import InvalidInput
from songreel.models.motion import Motion
from songreel.models.progress import silent
from support.movers import Mover, ball, drift, make_moving, swing, waves, whip, zoom

HITS = (0.9, 2.3)
R24, R30 = Fraction(24), Fraction(30)


def measured(folder, mover, seconds=3.2, **more) -> Motion:
    clip = make_moving(folder, mover, seconds, **more)
    return motion_of(folder / clip.file, clip.sha256)


TROUBLES = {
    "plain": {}, "grain": {"grain": 6.0}, "flicker": {"flicker": 0.03, "grain": 3.0},
    "30 fps": {"rate": R30},
}  # fmt: skip


@pytest.mark.parametrize(
    ("maker", "trouble"),
    [
        pytest.param(  # every mover plain and with one trouble; the other pairs are slow
            maker, trouble, id=f"{name}-{maker.__name__}",
            marks=() if name == "plain" or row % 3 == column - 1 else pytest.mark.slow,
        )
        for row, maker in enumerate((ball, swing, whip, zoom))
        for column, (name, trouble) in enumerate(TROUBLES.items())
    ],
)  # fmt: skip
def test_the_height_of_motion_is_found_to_the_frame(tmp_path, maker, trouble):
    motion = measured(tmp_path, maker(HITS), **trouble)
    found = [peak.at for peak in motion.clear]
    assert len(found) == len(HITS)
    # A ball that turns within a step is seen on either side of it, and heavy grain hides the
    # last of its fall.
    most = 2.0 if "grain" in trouble else 1.5
    assert np.abs(np.subtract(found, HITS)).max() <= most / 24


@pytest.mark.parametrize("maker", [drift, waves])
@pytest.mark.parametrize("trouble", [{}, {"grain": 8.0}, {"flicker": 0.03}])
def test_what_moves_evenly_has_no_height(tmp_path, maker, trouble):
    assert not measured(tmp_path, maker(), **trouble).clear


def test_a_cut_inside_a_clip_is_told_and_is_no_movement(tmp_path):
    one, other = drift(seed=1), drift(seed=9, speed=20.0)
    both = Mover("cut", (), lambda t: (one if t < 1.25 else other).paint(t))
    motion = measured(tmp_path, both, 2.5)
    assert motion.cuts == (30,)
    assert not motion.clear


def test_a_whip_is_no_cut(tmp_path):
    assert measured(tmp_path, whip(HITS)).cuts == ()


def test_pictures_that_are_shown_twice_do_not_make_motion_jerk(tmp_path):
    motion = measured(tmp_path, drift(speed=40.0), held=2)
    inner = np.array(motion.values[4:-4])
    assert inner.std() < 0.2 * inner.mean()
    assert not motion.clear


def test_black_and_blurred_beginnings_are_told(tmp_path):
    scene = drift(grain=1.0)

    def paint(t):
        picture = scene.paint(t)
        if t < 0.25:
            return picture * 0
        return cv2.GaussianBlur(picture, (0, 0), 6) if t < 0.5 else picture

    motion = measured(tmp_path, Mover("fade", (), paint), 2.5)
    assert motion.poor == ((0, 12),)


def test_a_still_clip_has_no_motion_at_all(tmp_path):
    scene = drift()
    motion = measured(tmp_path, Mover("still", (), lambda _: scene.paint(0.0)), 1.0)
    assert not motion.peaks
    assert max(motion.values) < 0.01


def test_a_motion_is_measured_once_and_again_where_what_is_kept_cannot_be_believed(tmp_path):
    clip = make_moving(tmp_path, whip([0.6]), 1.2)
    beside = tmp_path / "whip.motion.json"
    told: list[str] = []

    def run():
        told.clear()
        return motions({"s00": clip}, tmp_path, 2, lambda what, _: told.append(what))

    first = run()[clip.sha256]
    assert told
    assert beside.is_file()
    assert run()[clip.sha256] == first
    assert not told
    whole = beside.read_text()
    for broken in ("", whole[:200], whole.replace(first.code, "0" * 12)):
        beside.write_text(broken)
        assert run()[clip.sha256] == first
        assert beside.read_text() == whole


def test_clips_that_move_with_the_music_are_not_measured(tmp_path):
    from songreel.models.clip import Drive
    from songreel.models.music import Curve

    flat = Curve(rate=1.0, values=(0.5,))
    clip = make_moving(tmp_path, whip([0.6]), 1.0)
    driven = clip.request.model_copy(
        update={"drive": Drive(energy=flat, brightness=flat, bass=flat)}
    )
    assert motions({"s00": clip.model_copy(update={"request": driven})}, tmp_path, 1, silent) == {}


def test_a_clip_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"not a film")
    with pytest.raises(InvalidInput, match=r"broken\.mp4 cannot be read"):
        motion_of(tmp_path / "broken.mp4", "a" * 64)


def test_a_peak_lies_between_the_two_pictures_that_differ_most():
    values = np.full(48, 0.1)
    values[20] = 1.0
    (peak,) = (peak for peak in peaks_of(values, 24.0) if peak.clear)
    assert peak.at == pytest.approx(19.5 / 24, abs=0.05 / 24)
