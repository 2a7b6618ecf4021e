"""Pairs of the user's photos for a film's shots: which go together, which are left out, and why."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from songreel.generation.footage.photo import jpeg_size, read_photo
from songreel.generation.pairs.apply import apply_pairs
from songreel.generation.pairs.choose import choose_pairs
from songreel.generation.pairs.judge import agreement, palette_fit
from songreel.generation.pairs.plan import PairPlan
from songreel.generation.pairs.sheet import sheet
from songreel.models.colour import linear_srgb, oklab
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.render import RenderSpec
from songreel.models.storyboard import CameraMove, CutReason, Oklch
from support.boards import board
from support.pictures import with_orientation
from support.places import Place, View, save

SPEC = RenderSpec(width=320, height=180)
SIZE = (400, 300)
VIEWS = {"a": View(), "b": View(0.28), "c": View(zoom=1.6)}
PLACES = {name: Place(seed, hue) for name, seed, hue in
          (("coast", 1, 30.0), ("wood", 2, 150.0), ("town", 3, 280.0))}  # fmt: skip


def shoot(folder: Path, place: str, view: View, name: str, size=SIZE) -> Path:
    return save(folder / name, PLACES[place].photo(view, *size))


@pytest.fixture(scope="module")
def album(tmp_path_factory) -> Path:
    """Three places from three views each; not to be changed."""
    folder = tmp_path_factory.mktemp("album")
    for place in PLACES:
        for key, view in VIEWS.items():
            shoot(folder, place, view, f"{place}-{key}.jpg")
    return folder


def album_with(tmp_path, album, **files) -> Path:
    """The album and more files: bytes, or a function that writes to a path."""
    folder = tmp_path / "album"
    folder.mkdir()
    for path in album.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content) if isinstance(content, bytes) else content(path)
    return folder


def reasons(plan: PairPlan) -> dict[str, str]:
    return {item.file: item.reason for item in plan.left_out}


def names(plan: PairPlan) -> list[str]:
    return [photo.file for pair in plan.pairs for photo in (pair.start, pair.end)]


# Which go together


def test_each_pair_shows_one_place_and_no_photo_comes_twice(album):
    plan = choose_pairs(board(), album, spec=SPEC, shots=["s00", "s01", "s02"])
    assert [pair.shot for pair in plan.pairs] == ["s00", "s01", "s02"]
    for pair in plan.pairs:
        assert pair.start.file.split("-")[0] == pair.end.file.split("-")[0]
        assert pair.kinship == "same place"
    assert len(set(names(plan))) == 6
    assert len({pair.start.file.split("-")[0] for pair in plan.pairs}) == 3  # and every place


def test_the_order_follows_the_planned_move(album):
    """The same two photos serve a push and a pull, or two pans; the order decides."""
    for camera, across, zoom in (
        (CameraMove.PAN_RIGHT, 0.28, 1), (CameraMove.PAN_LEFT, -0.28, 1),
        (CameraMove.PUSH_IN, 0, 1.6), (CameraMove.PULL_OUT, 0, 1 / 1.6),
    ):  # fmt: skip
        film = board(s01={"camera": camera})
        (pair,) = choose_pairs(film, album, spec=SPEC, shots=["s01"]).pairs
        assert pair.move is pair.planned is camera
        assert pair.way.across == pytest.approx(across, abs=0.02)
        assert pair.way.zoom == pytest.approx(zoom, rel=0.03)
        assert any("as planned" in reason for reason in pair.reasons)


def test_where_the_planned_move_cannot_be_had_the_reasons_say_so(tmp_path, album):
    folder = tmp_path / "two"
    folder.mkdir()
    for key in "ab":
        (folder / f"{key}.jpg").write_bytes((album / f"coast-{key}.jpg").read_bytes())
    film = board(s01={"camera": CameraMove.TILT_UP})
    (pair,) = choose_pairs(film, folder, spec=SPEC, shots=["s01"]).pairs
    assert pair.move in (CameraMove.PAN_LEFT, CameraMove.PAN_RIGHT)
    assert any("planned is tilt up: say pan" in reason for reason in pair.reasons)


def test_pictures_of_different_places_go_together_where_they_are_alike(tmp_path):
    """Two coasts of the same colours, and a town of others: the coasts are the pair."""
    for name, place in (("x", Place(11, 30)), ("y", Place(12, 30)), ("z", Place(13, 210))):
        save(tmp_path / f"{name}.jpg", place.photo(View(), *SIZE))
    (pair,) = choose_pairs(board(), tmp_path, 1, SPEC).pairs
    assert {pair.start.file, pair.end.file} == {"x.jpg", "y.jpg"}
    assert (pair.kinship, pair.way, pair.move) == ("alike", None, None)
    assert any("melt" in reason for reason in pair.reasons)


def test_a_colour_that_fits_the_shot_is_preferred(tmp_path):
    """Two places, twice two views: each goes to the shot whose palette it has."""
    hues = {"warm": 20.0, "cold": 230.0}
    for i, (name, hue) in enumerate(hues.items()):
        place = Place(20 + i, hue)
        for key in "ab":
            save(tmp_path / f"{name}-{key}.jpg", place.photo(VIEWS[key], *SIZE))

    def palette_of(name):
        lab = oklab(np.array([_median(tmp_path / f"{name}-a.jpg")]))[0]
        chroma, hue = float(np.hypot(*lab[1:])), float(np.degrees(np.arctan2(lab[2], lab[1])) % 360)
        return tuple(Oklch(lightness=v, chroma=chroma, hue=hue) for v in (0.2, 0.5, 0.8))

    for order in (("warm", "cold"), ("cold", "warm")):
        film = board(**{f"s0{i}": {"palette": palette_of(name)} for i, name in enumerate(order)})
        plan = choose_pairs(film, tmp_path, spec=SPEC, shots=["s00", "s01"])
        assert [pair.start.file.split("-")[0] for pair in plan.pairs] == list(order)


def _median(path: Path):
    seen = read_photo(path)[180:].reshape(-1, 3) / 255
    return np.median(np.where(seen <= 0.04045, seen / 12.92, ((seen + 0.055) / 1.055) ** 2.4), 0)


def test_the_choice_is_best_for_the_whole_film(tmp_path):
    """Where one photo would serve two pairs, no pair is left without."""
    place, other = Place(30, 60), Place(31, 240)
    for name, view in (("a", View()), ("b", View(0.3)), ("c", View(0.6)), ("d", View(0.9))):
        save(tmp_path / f"{name}.jpg", place.photo(view, *SIZE))
    save(tmp_path / "e.jpg", other.photo(View(), *SIZE))
    plan = choose_pairs(board(), tmp_path, spec=SPEC, shots=["s00", "s01"])
    assert [pair.kinship for pair in plan.pairs] == ["same place"] * 2
    assert sorted(names(plan)) == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]


def test_the_same_folder_gives_the_same_plan(album):
    plans = [choose_pairs(board(), album, 3, SPEC, workers=workers) for workers in (1, 2)]
    assert plans[0].to_json() == plans[1].to_json()
    assert PairPlan.from_json(plans[0].to_json()) == plans[0]


# Which shots


def test_shots_are_chosen_where_pictures_matter(album):
    film = board(
        s00={"locked": True}, s01={"start_image": "x.jpg"},
        s02={"reason": CutReason.SECTION, "energy": 0.9}, s03={"reason": CutReason.BEAT},
    )  # fmt: skip
    (pair,) = choose_pairs(film, album, spec=SPEC).pairs  # one section, one pair
    assert pair.shot == "s02"
    more = choose_pairs(film, album, 4, SPEC)
    assert [pair.shot for pair in more.pairs] == ["s02", "s03"]
    assert "4 pairs were asked for; the film has 2 shots for them" in more.notices
    assert [p.shot for p in choose_pairs(film, album, spec=SPEC, shots=["s01"]).pairs] == ["s01"]


def test_too_few_photos_give_as_many_pairs_as_there_are(tmp_path, album):
    for key in "abc":
        (tmp_path / f"{key}.jpg").write_bytes((album / f"coast-{key}.jpg").read_bytes())
    plan = choose_pairs(board(), tmp_path, 3, SPEC)
    assert len(plan.pairs) == 1
    assert any("1 of 3 shots have a pair: 3 photos are usable" in text for text in plan.notices)


@pytest.mark.parametrize(
    ("ask", "text"),
    [({"shots": ["s77"]}, "no shot s77"), ({"count": 0}, "at least 1")],
)
def test_what_cannot_be_asked_is_said(album, ask, text):
    with pytest.raises(InvalidInput, match=text):
        choose_pairs(board(), album, spec=SPEC, **ask)


# What is left out


def test_of_a_burst_the_sharpest_stays(tmp_path, album):
    near = PLACES["coast"].photo(View(0.004, 0.002), *SIZE)
    soft = cv2.GaussianBlur(near, (0, 0), 0.8)
    folder = album_with(
        tmp_path, album,
        near1__jpg=lambda path: save(path, soft), near2__jpg=lambda path: save(path, soft, 60),
        twin__jpg=(album / "town-a.jpg").read_bytes(),
    )  # fmt: skip
    told = reasons(choose_pairs(board(), folder, 3, SPEC))
    for name in ("near1.jpg", "near2.jpg"):
        assert told[name] == "is nearly the same picture as coast-a.jpg, which is kept"
    assert "is the same file as" in told["twin.jpg"]
    assert set(told) == {"near1.jpg", "near2.jpg", "twin.jpg"}


def gif(path: Path) -> None:
    head = b"GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x02\0\x02\0\0\x02\x02\x44\x01\0"
    path.write_bytes(head + frame * 2 + b"\x3b")


def planted(kind: str):
    """A file that no pair can be made of."""
    good = PLACES["wood"].photo(View(0.1), *SIZE)
    text = np.full((300, 400, 3), 250, np.uint8)
    cv2.putText(text, "Monday", (30, 150), cv2.FONT_HERSHEY_SIMPLEX, 2, (30, 30, 30), 3)
    return {
        "blurred.jpg": lambda p: save(p, cv2.GaussianBlur(good, (0, 0), 6)),
        "dark.jpg": lambda p: save(p, (good * 0.07).astype(np.uint8)),
        "white.jpg": lambda p: save(p, np.full_like(good, 252)),
        "tiny.jpg": lambda p: save(p, cv2.resize(good, (80, 60))),
        "panorama.jpg": lambda p: save(p, cv2.resize(good, (1200, 300))),
        "text.png": lambda p: save(p, text),
        "Screenshot 1.jpg": lambda p: save(p, good),
        "logo.svg": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        "disguised.jpg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "broken.jpg": b"\xff\xd8\xff\xe0" + b"\0" * 3000,
        "phone.heic": b"\0\0\0\x18ftypheic" + b"\0" * 3000,
        "moving.gif": gif,
        "moving.webp": b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02" + b"\0" * 30,
        "film.mp4": b"\0\0\0\x18ftypmp42",
        "notes.txt": b"the second day",
        "empty.jpg": b"",
    }[kind]


WORDS = {
    "blurred.jpg": "is blurred: sharpness",
    "dark.jpg": "too dark",
    "white.jpg": "white all over",
    "tiny.jpg": "80×60 pixels, too small for 320×180",
    "panorama.jpg": "panorama (4.0:1)",
    "text.png": "screenshot or a drawing",
    "Screenshot 1.jpg": "screenshot, by its name",
    "logo.svg": "SVG",
    "disguised.jpg": "SVG",
    "broken.jpg": "cannot be decoded",
    "phone.heic": "export it as JPEG",
    "moving.gif": "animated",
    "moving.webp": "animated",
    "film.mp4": "is a video",
    "notes.txt": "no photo",
    "empty.jpg": "is empty",
}


def test_files_that_cannot_serve_are_told_with_their_reasons(tmp_path, album):
    folder = album_with(tmp_path, album, **{kind: planted(kind) for kind in WORDS})
    plan = choose_pairs(board(), folder, 2, SPEC)
    told = reasons(plan)
    assert {name for name, word in WORDS.items() if word in told.get(name, "")} == set(WORDS)
    assert set(told) == set(WORDS)
    assert len(plan.pairs) == 2


def test_hidden_files_are_passed_over_and_folders_looked_into(tmp_path, album):
    folder = album_with(tmp_path, album)
    (folder / ".cache").write_bytes(b"x")
    (folder / "day two").mkdir()
    (folder / "coast-a.jpg").rename(folder / "day two" / "coast-a.jpg")
    plan = choose_pairs(board(), folder, 3, SPEC)
    assert reasons(plan) == {}
    assert plan.photos == 9


@pytest.mark.parametrize(
    ("content", "text"),
    [(None, "does not exist"), ({}, "is empty"), ({"a.txt": b"x"}, "has 0 that can be used")],
)
def test_a_folder_without_photos_is_one_sentence(content, text, tmp_path):
    folder = tmp_path / "album"
    if content is not None:
        folder.mkdir()
        for name, data in content.items():
            (folder / name).write_bytes(data)
    with pytest.raises(InvalidInput, match=text):
        choose_pairs(board(), folder, spec=SPEC)


# Measures


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_photo_is_seen_upright_as_its_exif_says(orientation, tmp_path):
    """A photo stored turned, with the tag that turns it back, goes with its upright neighbour."""
    upright = PLACES["coast"].photo(View(0.25), *SIZE)
    turned = np.rot90(upright, {1: 0, 3: 2, 6: 1, 8: 3}[orientation])
    shoot(tmp_path, "coast", View(), "a.jpg")
    with_orientation(save(tmp_path / "b.jpg", np.ascontiguousarray(turned)), orientation)
    (pair,) = choose_pairs(board(), tmp_path, 1, SPEC).pairs
    assert pair.kinship == "same place"
    assert abs(pair.way.turn) < 0.5
    assert {(photo.width, photo.height) for photo in (pair.start, pair.end)} == {SIZE}


def test_a_wide_film_asks_less_of_an_upright_photo(tmp_path):
    for name, size in (("wide", (400, 250)), ("upright", (250, 400))):
        for key in "ab":
            shoot(tmp_path, "coast", VIEWS[key], f"{name}-{key}.jpg", size)
    marks = {}
    for spec in (SPEC, RenderSpec(width=180, height=320)):
        (pair,) = choose_pairs(board(), tmp_path, 1, spec).pairs
        marks[spec.width] = pair.start.file.split("-")[0]
    assert marks == {320: "wide", 180: "upright"}


def test_a_large_jpeg_is_decoded_small_and_its_size_is_still_known(tmp_path):
    path = save(tmp_path / "a.jpg", PLACES["coast"].photo(View(), 2000, 1500))
    assert read_photo(path, least=480).shape == (750, 1000, 3)
    assert read_photo(path, least=800).shape == (1500, 2000, 3)
    assert read_photo(path).shape == (1500, 2000, 3)
    assert jpeg_size(np.fromfile(path, dtype=np.uint8)) == (2000, 1500)
    assert jpeg_size(np.frombuffer(b"\xff\xd8\xff", dtype=np.uint8)) is None


def test_oklab_goes_there_and_back():
    colours = np.random.default_rng(1).uniform(0, 1, (50, 3))
    np.testing.assert_allclose(linear_srgb(oklab(colours)), colours, atol=1e-6)
    np.testing.assert_allclose(oklab(np.ones(3)), [1, 0, 0], atol=1e-3)  # white


def test_colours_of_the_palette_fit_and_others_do_not():
    red = tuple(Oklch(lightness=v, chroma=0.15, hue=29) for v in (0.3, 0.5, 0.7))
    patch = np.array([[[0.5, 0.13, 0.073]]])  # OKLab of that red
    green = np.array([[[0.5, -0.13, 0.073]]])
    assert palette_fit(patch, red) > 0.95
    assert palette_fit(green, red) == 0


def test_opposite_moves_do_not_agree_and_kindred_ones_do():
    assert agreement(CameraMove.PAN_LEFT, CameraMove.PAN_LEFT) == 1
    assert agreement(CameraMove.PAN_LEFT, CameraMove.TRACK_LEFT) > 0.8
    assert agreement(CameraMove.PAN_LEFT, CameraMove.PAN_RIGHT) == 0
    assert agreement(CameraMove.PUSH_IN, CameraMove.ORBIT) == 0.5


# Put to use


def test_applied_pairs_are_the_shots_pictures_and_lie_in_the_project(tmp_path, album):
    film = board()
    plan = choose_pairs(film, album, 3, SPEC)
    made = apply_pairs(film, plan, tmp_path)
    for pair in plan.pairs:
        shot = next(shot for shot in made.shots if shot.id == pair.shot)
        for image, photo in ((shot.start_image, pair.start), (shot.end_image, pair.end)):
            assert image == f"stills/{photo.sha256[:12]}.jpg"
            assert sha256_of(tmp_path / image) == photo.sha256
    rest = {pair.shot for pair in plan.pairs}
    for before, after in zip(film.shots, made.shots, strict=True):
        assert before.id in rest or before == after
    assert apply_pairs(made, plan, tmp_path) == made
    assert len(list((tmp_path / "stills").iterdir())) == 6


def test_a_file_of_the_user_s_is_never_overwritten(tmp_path, album):
    film = board()
    plan = choose_pairs(film, album, 1, SPEC)
    taken = tmp_path / "stills" / f"{plan.pairs[0].start.sha256[:12]}.jpg"
    taken.parent.mkdir()
    taken.write_bytes(b"mine")
    made = apply_pairs(film, plan, tmp_path)
    assert taken.read_bytes() == b"mine"
    image = next(shot.start_image for shot in made.shots if shot.start_image)
    assert sha256_of(tmp_path / image) == plan.pairs[0].start.sha256


def test_a_photo_that_has_changed_or_gone_is_refused(tmp_path, album):
    folder = album_with(tmp_path, album)
    plan = choose_pairs(board(), folder, 1, SPEC)
    path = folder / plan.pairs[0].end.file
    path.write_bytes(b"other")
    with pytest.raises(InvalidInput, match="has changed since"):
        apply_pairs(board(), plan, tmp_path / "project")
    path.unlink()
    with pytest.raises(InvalidInput, match="is gone"):
        apply_pairs(board(), plan, tmp_path / "project")


def test_pairs_of_another_plan_are_refused(tmp_path, album):
    plan = choose_pairs(board(), album, spec=SPEC, shots=["s03"])
    with pytest.raises(InvalidInput, match="no shot s03"):
        apply_pairs(board((0.0, 2.0)), plan, tmp_path)


def test_the_sheet_shows_every_pair(tmp_path, album):
    plan = choose_pairs(board(), album, 3, SPEC)
    sheet(plan, album, tmp_path / "sheet.png")
    drawn = cv2.imread(str(tmp_path / "sheet.png"))
    assert drawn.shape[0] > 3 * 200
    rows = np.abs(drawn.astype(int) - drawn[0, 0]).max(axis=(1, 2)) > 100
    assert rows.sum() > 0.7 * drawn.shape[0]
    with pytest.raises(InvalidInput, match="no pairs"):
        sheet(plan.model_copy(update={"pairs": ()}), album, tmp_path / "none.png")
