"""Depth guessed from one photo, the camera moving in it, and what of the music reaches it."""

from fractions import Fraction
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from songreel.generation.footage.depth import Depth, depth_of
from songreel.generation.footage.frame import Frame, closer
from songreel.generation.footage.lines import straight_lines
from songreel.generation.footage.moves import path
from songreel.generation.footage.photo import focus_of, small_grey
from songreel.generation.footage.relief import Relief, way_of
from songreel.generation.footage.span import PHOTO
from songreel.generation.footage.still import moving_photo
from songreel.generation.provider import Context
from songreel.generation.providers.footage import Footage
from songreel.models.clip import Drive
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove
from support.depths import FLAT, HIGH, SCENES, WIDE, facade, portrait
from support.footage import film_of, folder_of, wanted

LEVEL = Curve(rate=10.0, values=(0.5,) * 30)


def guessed(photo) -> Depth:
    return depth_of(photo, focus_of(small_grey(photo)))


def drive(kick=(), snare=(), hat=(), melody=()) -> Drive:
    def hits(times):
        return Hits(times=tuple(times), strengths=(1.0,) * len(times))

    return Drive(kick=hits(kick), snare=hits(snare), hat=hits(hat), energy=LEVEL,
                 brightness=LEVEL, bass=LEVEL, melody=hits(melody))  # fmt: skip


def film(photo, **more) -> list[np.ndarray]:
    size = {"width": 320, "height": 180, "frames": 25} | more
    return [frame.copy() for frame in moving_photo(photo, (0.5, 0.5), wanted(**size))]


class Laid:
    """Where every eighth pixel of the frame looks, all along a move."""

    def __init__(self, photo, depth, move, motion=1.0, frames=48, size=(640, 360)) -> None:
        self.width, self.height = size
        board = cv2.resize(photo, size)
        relief = Relief(depth, (0, 0, *size), (0.5, 0.5), fills=True)
        views = path(move, frames, 6.0, motion, (1.0, 1.0), (0.0, 0.0), 5)
        way = way_of(move, views, size[0] / size[1], motion, depth.trust, 5)
        self.way = relief.within(way, self.width)
        views = closer(views, self.way.most * relief.reach, size[0] / size[1])
        frame = Frame(board, *size, 1.0)
        self.places = [frame.places(view, relief, self.way, i) for i, view in enumerate(views)]


# The guess


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("scene", SCENES)
def test_drawn_depth_is_guessed(scene, seed):
    photo, near = SCENES[scene](seed)
    depth = guessed(photo)
    true = cv2.resize(near, depth.near.shape[::-1], interpolation=cv2.INTER_AREA)
    assert not depth.flat
    assert np.corrcoef(depth.near.ravel(), true.ravel())[0, 1] > 0.75
    assert "trust 0." in depth.told()[0]


@pytest.mark.parametrize("kind", FLAT)
def test_what_is_to_be_read_is_flat(kind):
    depth = guessed(FLAT[kind]())
    assert depth.page
    assert depth.flat
    assert "flat" in depth.told()[0]


@pytest.mark.parametrize("tone", [0, 128, 255])
def test_a_plain_picture_is_flat(tone):
    depth = guessed(np.full((90, 160, 3), tone, np.uint8))
    assert depth.flat
    assert np.isfinite(depth.near).all()


@pytest.mark.parametrize("shape", [(40, 40), (33, 400), (400, 33)])
def test_any_shape_has_a_depth(shape):
    photo = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    depth = guessed(photo)
    assert 0 <= depth.near.min() <= depth.near.max() <= 1
    assert 0 <= depth.trust <= 1


def test_the_same_photo_has_the_same_depth():
    photo, _ = portrait()
    assert np.array_equal(guessed(photo).near, guessed(photo).near)


def test_the_lines_of_a_house_are_found_and_a_wood_has_none():
    assert straight_lines(facade()).length > 4
    assert straight_lines(portrait()[0]).length < 1


# The move


@cache
def of_scene(scene) -> tuple[np.ndarray, Depth]:
    """The scene's photo, and the depth that is guessed from it."""
    photo, _ = SCENES[scene]()
    return photo, guessed(photo)


@pytest.mark.parametrize("move", CameraMove)
@pytest.mark.parametrize("scene", SCENES)
def test_nothing_folds_and_nothing_beyond_the_picture_is_seen(scene, move):
    laid = Laid(*of_scene(scene), move)
    for places in (laid.places[i] for i in (0, 12, 36, 47)):
        across, down = np.diff(places, axis=1)[:-1], np.diff(places, axis=0)[:, :-1]
        area = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]
        assert area.min() > 0.25 * np.median(area)
        inside = places[:-2, :-2]  # the grid's last two rows and columns reach beyond the frame
        turned = 0 if move not in (CameraMove.ORBIT, CameraMove.ROLL, CameraMove.HANDHELD) else 2
        assert inside.min() > -1 - turned
        assert inside[..., 0].max() < laid.width + turned
        assert inside[..., 1].max() < laid.height + turned


@pytest.mark.parametrize(
    "move", [CameraMove.TRACK_RIGHT, CameraMove.PUSH_IN, CameraMove.CRANE_UP, CameraMove.ORBIT]
)
def test_straight_lines_stay_straight(move):
    """A house's long edges bend by less than a pixel of 1280."""
    photo = facade()
    depth = guessed(photo)
    depth = Depth(depth.near, 0.9, depth.why)  # as if it were sure
    laid = Laid(photo, depth, move)
    lines = [line for line in straight_lines(photo).ends if np.hypot(*np.subtract(*line)) > 0.25]
    assert len(lines) >= 4
    for places in (laid.places[0], laid.places[-1]):
        for line in lines:
            assert bend(places, line, laid) < 0.5  # pixels of 640


def bend(places, line, laid) -> float:
    """How far a line of the picture is from straight in the frame, in its pixels."""
    (x0, y0), (x1, y1) = (np.multiply(end, (laid.width, laid.height)) for end in line)
    length = np.hypot(x1 - x0, y1 - y0)
    off = ((x1 - x0) * (places[..., 1] - y0) - (y1 - y0) * (places[..., 0] - x0)) / length
    along = ((x1 - x0) * (places[..., 0] - x0) + (y1 - y0) * (places[..., 1] - y0)) / length**2
    if abs(x1 - x0) < abs(y1 - y0):
        off, along = off.T, along.T
    found = []
    for k in range(off.shape[1]):  # where it crosses each column (or row) of the grid
        for i in np.flatnonzero(off[:-1, k] * off[1:, k] < 0):
            part = off[i, k] / (off[i, k] - off[i + 1, k])
            if 0.02 < along[i, k] < 0.98:
                found.append((8 * k, 8 * (i + part)))
    if len(found) < 5:
        return 0.0
    at = np.array(found)
    fit = np.polyval(np.polyfit(at[:, 0], at[:, 1], 1), at[:, 0])
    return float(np.abs(at[:, 1] - fit).max())


def test_what_is_near_moves_more_than_what_is_far():
    photo, near = portrait()
    laid = Laid(photo, guessed(photo), CameraMove.TRACK_RIGHT, motion=0.5)
    first, last = laid.places[0], laid.places[-1]
    gone = (last - first)[..., 0]  # board pixels that pass under a pixel of the frame
    middle = laid.places[24]
    where = cv2.resize(near, (laid.width, laid.height))
    x, y = (np.clip(middle[..., i], 0, n - 1).astype(int) for i, n in ((0, 640), (1, 360)))
    is_near = where[y, x] > 0.5
    assert gone[is_near].mean() > gone[~is_near].mean() + 0.01 * laid.width


def test_a_flat_picture_gets_the_flat_move():
    photo = FLAT["page"]()
    flat = film(photo, camera=CameraMove.PUSH_IN)
    told = [
        frame.copy()
        for frame in moving_photo(
            photo, (0.5, 0.5), wanted(25, camera=CameraMove.PUSH_IN, width=320, height=180),
            Depth(np.zeros((4, 4), np.float32), 0.0, "nothing"),
        )
    ]  # fmt: skip
    assert all(np.array_equal(a, b) for a, b in zip(flat, told, strict=True))


# The music


def steps(frames) -> np.ndarray:
    return np.array([np.abs(b.astype(int) - a).mean() for a, b in pairwise(frames)])


def test_a_kick_is_seen_on_its_very_frame():
    photo, _ = portrait()
    more = {"camera": CameraMove.STATIC, "motion": 0.6, "rate": Fraction(25)}
    still, struck = (
        steps(film(photo, drive=music, **more)) for music in (drive(), drive(kick=(0.5,)))
    )
    added = struck - still
    assert added.argmax() == 11  # from frame 11 to 12, which is on screen at 0.5 s
    assert added[11] > 3 * np.abs(added[:11]).max()
    assert np.abs(added[:11]).max() < 0.1


def test_hats_snares_and_notes_light_the_dust():
    photo, _ = portrait()
    more = {"camera": CameraMove.STATIC, "motion": 0.6, "rate": Fraction(25)}
    plain = film(photo, drive=drive(), **more)
    for band in ("hat", "snare", "melody"):
        lit = film(photo, drive=drive(**{band: (0.5,)}), **more)
        change = np.array([(a.astype(int) - b).mean() for a, b in zip(lit, plain, strict=True)])
        assert np.abs(change[:12]).max() == 0
        assert change[12] > 0
        assert change[12] > change[20]


def test_a_calm_shot_hears_next_to_nothing():
    photo, _ = portrait()
    more = {"camera": CameraMove.STATIC, "motion": 0.1}
    loud = drive(kick=(0.3, 0.8), snare=(0.5,), hat=(0.2, 0.4))
    assert np.array_equal(film(photo, drive=loud, **more), film(photo, **more))


def test_music_never_flashes():
    """Strokes ten times a second change no ninth of the picture by a tenth of the light."""
    photo, _ = portrait()
    times = np.arange(0, 2, 0.1)
    frames = film(
        photo,
        drive=drive(times, times, times, times),
        camera=CameraMove.STATIC,
        motion=1.0,
        frames=40,
    )
    cells = [cv2.resize((f / 255.0) ** 2.2, (3, 3), interpolation=cv2.INTER_AREA) for f in frames]
    light = np.array(cells) @ (0.2126, 0.7152, 0.0722)
    assert np.abs(np.diff(light, axis=0)).max() < 0.1


# What ages a clip


def planned(folder, tmp_path, **more):
    source = Footage(Context(scratch=tmp_path / "scratch", footage=folder))
    film = {shot: one.model_copy(update=more) for shot, one in film_of(1).items()}
    (portion,) = source.plan(film).values()
    source.close()
    return portion


def test_words_age_no_photo_and_its_music_does(tmp_path):
    folder = folder_of(tmp_path, photos=1)
    base = planned(folder, tmp_path, drive=drive(kick=(0.5,)))
    assert PHOTO in base.request.source
    same = planned(
        folder, tmp_path, drive=drive(kick=(0.5,)).model_copy(update={"beats": (0.25, 0.5)}),
        prompt="a forest", negative="text", motif="trees",
    )  # fmt: skip
    assert same.request.fingerprint == base.request.fingerprint
    other = planned(folder, tmp_path, drive=drive(kick=(0.75,)))
    assert other.request.fingerprint != base.request.fingerprint


def test_a_photo_has_no_slack_to_be_slipped_off_the_music(tmp_path):
    portion = planned(folder_of(tmp_path, photos=1), tmp_path, drive=drive(kick=(0.5,)))
    assert portion.request.drive is not None
    assert portion.first == 0
    assert portion.request.frames == portion.frames


def test_a_video_hears_nothing_and_so_does_not_age(tmp_path):
    folder = folder_of(tmp_path, photos=0, videos=1)
    marks = {
        planned(folder, tmp_path, drive=drive(kick=(at,))).request.fingerprint for at in (0.2, 0.5)
    }
    assert len(marks) == 1


def test_a_note_says_what_was_made_of_the_picture(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), portrait()[0][..., ::-1])
    source = Footage(Context(scratch=tmp_path / "scratch", footage=folder))
    (portion,) = source.plan(film_of(1)).values()
    notes = source.notes(portion.request)
    source.close()
    assert notes[0] == "photo a.png"
    assert notes[1].startswith("depth guessed from the picture (trust 0.")


def test_the_sizes_of_the_drawn_scenes():
    assert all(make()[0].shape == (HIGH, WIDE, 3) for make in SCENES.values())
