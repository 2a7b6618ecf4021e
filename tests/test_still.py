"""A shot's own pictures as a clip: a slow camera over one, the way from one to another."""

from fractions import Fraction
from itertools import pairwise
from time import monotonic, sleep

import cv2
import numpy as np
import pytest

from songreel.generation.footage.between import between
from songreel.generation.footage.kinship import features_of, kinship
from songreel.generation.footage.photo import small_grey
from songreel.generation.inspect import inspect
from songreel.generation.provider import Context
from songreel.generation.providers.still import StillImage
from songreel.models.clip import ClipRequest, Drive, Images, Portion, Still
from songreel.models.errors import MachineError, ProviderError
from songreel.models.files import sha256_of
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, ShotSize
from support.pictures import read_video, scenery, write_photo
from support.places import Place, View

PALETTE = [[0.2, 0.1, 250], [0.5, 0.1, 300], [0.8, 0.1, 30]]
PLACE, ELSEWHERE = Place(1, 30.0), Place(2, 200.0)


def wanted(**more) -> ClipRequest:
    fields = {
        "prompt": "a coast", "camera": CameraMove.PUSH_IN, "size": ShotSize.CLOSE,
        "palette": PALETTE, "energy": 0.5, "motion": 0.5, "seed": 7, "width": 192, "height": 108,
        "rate": Fraction(24), "frames": 36,
    }  # fmt: skip
    return ClipRequest(**(fields | more))


def ends(first, last, **more):
    """All frames of the way between two pictures."""
    return [frame.copy() for frame in between(first, last, wanted(**more))]


def relation(first, second):
    return kinship(features_of(small_grey(first, 640)), features_of(small_grey(second, 640)))


def off(a, b) -> float:
    """Mean difference in code values."""
    return float(np.abs(a.astype(float) - b).mean())


@pytest.fixture
def still(tmp_path):
    made = StillImage(Context(scratch=tmp_path / "scratch", workers=2))
    yield made
    made.close()


def picture(tmp_path, name, pixels) -> tuple[Still, object]:
    path = write_photo(tmp_path / name, pixels)
    return Still(sha256=sha256_of(path)), path


def finish(provider, request, images):
    job = provider.submit(request, images)
    until = monotonic() + 240
    while monotonic() < until:
        state = provider.poll(job)
        if state.status != "waiting":
            return state
        sleep(0.005)
    raise AssertionError("not done")


def planned(provider, **more) -> ClipRequest:
    return provider.plan({"s01": wanted(**more)})["s01"].request


# Kinship: what two pictures of one place tell of the camera


@pytest.mark.parametrize(
    ("view", "move"),
    [
        (View(0.2), CameraMove.PAN_RIGHT), (View(-0.2), CameraMove.PAN_LEFT),
        (View(0, 0.12), CameraMove.TILT_DOWN), (View(0, -0.12), CameraMove.TILT_UP),
        (View(zoom=1.6), CameraMove.PUSH_IN), (View(zoom=0.75), CameraMove.PULL_OUT),
        (View(turn=9), CameraMove.ROLL), (View(0.03, 0.02, 1.5, 2, 0.8), CameraMove.PUSH_IN),
        (View(0.004), CameraMove.STATIC),
    ],
)  # fmt: skip
def test_the_camera_s_way_is_known_from_two_pictures(view, move):
    kin = relation(PLACE.photo(View()), PLACE.photo(view))
    assert kin.move is move
    # A point of a place moves by that much for a camera that moves by a width; 1 % of it.
    assert kin.zoom == pytest.approx(view.zoom, rel=0.01)
    assert kin.across == pytest.approx(view.x, abs=0.01)
    assert kin.down == pytest.approx(view.y * 4 / 3, abs=0.01)
    assert kin.turn == pytest.approx(view.turn, abs=0.3)
    back = relation(PLACE.photo(view), PLACE.photo(View()))
    assert kin.reversed().move is back.move


@pytest.mark.parametrize("seed", range(2, 8))
def test_two_places_are_no_kin(seed):
    assert relation(PLACE.photo(View()), Place(seed, seed * 50.0).photo(View())) is None


def test_a_plain_picture_is_nobody_s_kin():
    plain = np.full((90, 160, 3), 128, np.uint8)
    assert relation(plain, plain) is None


def test_overlap_is_the_share_that_both_show():
    kin = relation(PLACE.photo(View()), PLACE.photo(View(0.4)))
    assert kin.overlap == pytest.approx(0.6, abs=0.02)
    assert relation(PLACE.photo(View()), PLACE.photo(View(zoom=1.5))).overlap > 0.99


# From one picture to another


@pytest.mark.parametrize(
    ("start", "end"),
    [(View(), View(0.1, 0.04, 1.6, 3)), (View(-0.15), View(0.15)), (View(zoom=1.6), View())],
)
def test_between_two_views_the_camera_travels_steadily(start, end):
    first, last = PLACE.photo(start, 800, 450), PLACE.photo(end, 800, 450)
    frames = ends(first, last)
    small = [cv2.resize(p, (192, 108), interpolation=cv2.INTER_AREA) for p in (first, last)]
    assert off(frames[0], small[0]) < 3
    assert off(frames[-1], small[1]) < 3
    # Halfway it looks like the place itself from halfway, not like two pictures over each other.
    halfway = View(
        (start.x + end.x) / 2, (start.y + end.y) / 2, (start.zoom * end.zoom) ** 0.5,
        (start.turn + end.turn) / 2,
    )  # fmt: skip
    centre = frames[18][20:-20, 40:-40]
    crisp = cv2.Laplacian(centre, cv2.CV_32F).std()
    truth = cv2.resize(PLACE.photo(halfway, 800, 450), (192, 108), interpolation=cv2.INTER_AREA)
    assert crisp > 0.6 * cv2.Laplacian(truth[20:-20, 40:-40], cv2.CV_32F).std()
    way = [relation(frames[0], frame) for frame in frames[6::6]]
    assert all(kin is not None for kin in way[:3])
    steps = [off(a, b) for a, b in pairwise(frames)]
    assert max(steps) < 3 * np.median(steps)


def test_a_difference_of_light_leaves_no_edge():
    """Where the second picture is a third darker no line stands at which it begins."""
    steps = {}
    for light in (1.0, 0.67):
        views = View(-0.15), View(0.15, light=light)
        frames = ends(*(PLACE.photo(view, 800, 450) for view in views))
        steps[light] = [
            np.abs(np.diff(frame[4:24].astype(float).mean(axis=(0, 2)))).max() for frame in frames
        ]
    assert frames[0].mean() > 1.3 * frames[-1].mean()
    assert np.all(np.array(steps[0.67]) < np.array(steps[1.0]) + 2)


def test_between_two_places_one_dissolves_into_the_other():
    first, last = PLACE.photo(View(), 800, 450), ELSEWHERE.photo(View(), 800, 450)
    frames = ends(first, last)
    small = [cv2.resize(p, (192, 108), interpolation=cv2.INTER_AREA) for p in (first, last)]
    assert off(frames[0], small[0]) < off(frames[0], small[1]) / 4
    assert off(frames[-1], small[1]) < off(frames[-1], small[0]) / 2
    steps = [off(a, b) for a, b in pairwise(frames)]
    assert min(steps) > 0.05  # it moves all along
    assert max(steps) < 12  # and does not jump


def test_a_dissolve_does_not_sink_into_grey():
    """Black and white halfway are mixed as light: 186 in code values, not 128."""
    grey = [np.full((108, 192, 3), value, np.uint8) for value in (0, 255)]
    middle = ends(*grey, frames=37)[18]
    assert middle.mean() == pytest.approx(181, abs=3)  # squares for the screen's curve


def test_an_upright_picture_and_a_wide_one_go_together():
    frames = ends(PLACE.photo(View(), 300, 450), PLACE.photo(View(), 800, 450))
    assert {frame.shape for frame in frames} == {(108, 192, 3)}


# The provider


def test_a_plan_keeps_the_pictures_and_levels_what_they_do_not_show(still):
    start, end = Still(sha256="a" * 64), Still(sha256="b" * 64)
    one = planned(still, start=start, end=end)
    other = planned(
        still, start=start, end=end, prompt="a forest", energy=0.9, size=ShotSize.WIDE,
        negative="text", motif="trees", references=(Still(sha256="c" * 64),),
        palette=[[0.1, 0.1, 10], [0.4, 0.1, 10], [0.9, 0.1, 10]],
    )  # fmt: skip
    assert one.fingerprint == other.fingerprint
    assert (one.start, one.end) == (start, end)
    assert one.fingerprint != planned(still, start=end, end=start).fingerprint
    assert one.fingerprint != planned(still, start=start, end=end, motion=0.9).fingerprint


def test_one_picture_hears_the_music_and_the_way_between_two_does_not(still):
    level = Curve(rate=10.0, values=(0.5,))
    kick = Hits(times=(0.5,), strengths=(1.0,))
    music = Drive(beats=(0.5,), kick=kick, energy=level, brightness=level, bass=level)
    start, end = Still(sha256="a" * 64), Still(sha256="b" * 64)
    one = planned(still, start=start, drive=music)
    assert one.drive.kick == kick
    assert one.drive.beats == ()  # which move nothing in it
    assert one.fingerprint != planned(still, start=start).fingerprint
    two = planned(still, start=start, end=end, drive=music)
    assert two.fingerprint == planned(still, start=start, end=end).fingerprint


@pytest.mark.parametrize("move", [CameraMove.PUSH_IN, CameraMove.PAN_LEFT, CameraMove.HANDHELD])
def test_a_start_image_moves_and_has_no_flaw(move, still, tmp_path):
    start, path = picture(tmp_path, "a.jpg", scenery(640, 480))
    request = planned(still, start=start, camera=move)
    state = finish(still, request, Images(start=path))
    assert inspect(state.result, wanted(), Portion.whole(request)) == ()
    frames = read_video(state.result)
    assert len(frames) == 36
    assert off(frames[0], frames[-1]) > 2
    assert "depth" in still.notes(request)[1]


def test_a_start_and_an_end_image_are_both_seen(still, tmp_path):
    start, first = picture(tmp_path, "a.jpg", PLACE.photo(View(), 800, 450))
    end, last = picture(tmp_path, "b.png", PLACE.photo(View(0.1, 0, 1.5), 800, 450))
    request = planned(still, start=start, end=end)
    frames = read_video(finish(still, request, Images(start=first, end=last)).result)
    for frame, path in ((frames[0], first), (frames[-1], last)):
        whole = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        assert off(frame, cv2.resize(whole, (192, 108), interpolation=cv2.INTER_AREA)) < 5
    assert still.notes(request) == (
        f"from the picture {start.sha256[:12]} to {end.sha256[:12]}",
    )  # fmt: skip
    assert [other.end for other in still.alternatives(request)] == [None]


@pytest.mark.parametrize("pair", [False, True])
def test_the_same_pictures_give_the_same_bytes(pair, tmp_path):
    start, first = picture(tmp_path, "a.jpg", PLACE.photo(View(), 400, 300))
    end, last = picture(tmp_path, "b.jpg", PLACE.photo(View(0.1), 400, 300))
    sums = set()
    for name in "xy":
        provider = StillImage(Context(scratch=tmp_path / name))
        request = planned(provider, start=start, end=end if pair else None)
        state = finish(provider, request, Images(start=first, end=last if pair else None))
        sums.add(sha256_of(tmp_path / name / state.result))
        provider.close()
    assert len(sums) == 1


def test_a_shot_without_a_start_image_fails_so_that_another_source_serves_it(still):
    with pytest.raises(ProviderError, match="has no start image") as caught:
        still.submit(planned(still))
    assert not caught.value.retryable


def test_a_picture_that_is_none_fails_with_its_name(still, tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"<svg/>")
    request = planned(still, start=Still(sha256=sha256_of(path)))
    state = finish(still, request, Images(start=path))
    assert state.status == "failed"
    assert "the picture a.jpg cannot be decoded" in state.detail


def test_a_picture_that_is_gone_is_the_machine_s_fault(still, tmp_path):
    request = planned(still, start=Still(sha256="a" * 64))
    with pytest.raises(MachineError, match=r"gone\.jpg: no such file"):
        still.submit(request, Images(start=tmp_path / "gone.jpg"))
