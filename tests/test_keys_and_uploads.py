"""Keys, their hosts, and images on their way to a service."""

import os
from datetime import UTC, datetime, timedelta

import cv2
import httpx
import numpy as np
import pytest

from songreel.generation.hosted.http import LARGEST, Hosts, Wire, base_url
from songreel.generation.hosted.image import LONGEST_SIDE, prepare
from songreel.generation.hosted.keys import Secret, key
from songreel.generation.hosted.trouble import is_refusal, retry_after
from songreel.generation.hosted.upload import Uploaded, Uploads
from songreel.generation.provider import Context
from songreel.generation.providers.fal import Fal
from songreel.generation.providers.replicate import Replicate
from songreel.models.clip import Images
from songreel.models.errors import InvalidInput, MachineError, ProviderError
from support.pictures import scenery, with_orientation, write_photo
from support.scripted import Scripted, plan_one


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch, tmp_path):
    for name in ("REPLICATE_API_TOKEN", "FAL_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SONGREEL_KEYS", str(tmp_path / "keys.toml"))


def keys_file(tmp_path, text, mode=0o600):
    path = tmp_path / "keys.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


# Keys


def test_a_key_of_the_environment_comes_first(monkeypatch, tmp_path):
    keys_file(tmp_path, 'replicate = "from-the-file"')
    assert key("replicate").reveal() == "from-the-file"
    monkeypatch.setenv("REPLICATE_API_TOKEN", " from-the-environment\n")
    assert key("replicate").reveal() == "from-the-environment"


@pytest.mark.parametrize("name", ["fal", "FAL_KEY"])
def test_the_file_knows_a_key_by_its_service_or_its_variable(tmp_path, name):
    path = tmp_path / "keys.toml"
    path.write_text(f'{name} = "a:b"\n')
    path.chmod(0o600)
    assert key("fal").reveal() == "a:b"


def test_the_file_lies_in_the_folder_of_the_settings(monkeypatch, tmp_path):
    monkeypatch.delenv("SONGREEL_KEYS")
    monkeypatch.setenv("SONGREEL_CONFIG", str(tmp_path))
    keys_file(tmp_path, 'fal = "a:b"')
    assert key("fal").reveal() == "a:b"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o602])
def test_a_file_that_others_may_read_is_refused(tmp_path, mode):
    path = keys_file(tmp_path, 'fal = "a:planted"', mode)
    with pytest.raises(InvalidInput, match=f"chmod 600 {path}"):
        key("fal")
    standing = Fal.describe(Context(scratch=tmp_path))
    assert not standing.ready
    assert "chmod 600" in standing.reason


@pytest.mark.parametrize("text", ['fal = "planted', "fal = 'a' 'planted'", "fal = 7"])
def test_a_file_that_is_none_is_told_without_its_content(tmp_path, text):
    keys_file(tmp_path, text)
    with pytest.raises(InvalidInput) as caught:
        key("fal")
    assert "planted" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("made", "name"), [(Replicate, "REPLICATE_API_TOKEN"), (Fal, "FAL_KEY")])
def test_without_a_key_the_variable_is_named(tmp_path, made, name):
    with pytest.raises(InvalidInput, match=name):
        made(Context(scratch=tmp_path))
    assert name in made.describe(Context(scratch=tmp_path)).reason


@pytest.mark.parametrize("text", ["planted key", "planted\x07", "pläntéd", "planted\nkey"])
def test_a_key_that_cannot_be_sent_is_refused_unseen(monkeypatch, text):
    monkeypatch.setenv("FAL_KEY", text)
    with pytest.raises(InvalidInput, match="FAL_KEY") as caught:
        key("fal")
    assert "pl" not in str(caught.value).replace("please", "")


def test_a_secret_shows_itself_to_nobody():
    secret = Secret("planted")
    assert "planted" not in f"{secret} {secret!r} {vars(type(secret))}"
    assert secret.clean("you sent planted!") == "you sent ***!"


def test_it_is_never_ready_without_a_model(monkeypatch, tmp_path):
    monkeypatch.setenv("FAL_KEY", "a:b")
    assert Fal.describe(Context(scratch=tmp_path)).ready
    assert "no-such" in Fal.describe(Context(scratch=tmp_path, model="no-such")).reason


# Hosts


@pytest.mark.parametrize("text", ["ftp://a", "nonsense", "https://", "https://u:p@a.example"])
def test_a_base_that_is_no_address_is_refused(monkeypatch, text):
    monkeypatch.setenv("FAL_REST_BASE_URL", text)
    with pytest.raises(InvalidInput, match="FAL_REST_BASE_URL"):
        base_url("FAL_REST_BASE_URL", "https://rest.fal.ai")


def test_hosts_are_own_by_scheme_name_and_port():
    hosts = Hosts(("http://127.0.0.1:8001/queue",), ("fal.media", "fal.run"))
    own = ("http://127.0.0.1:8001/else", "https://v3b.fal.media/a", "https://fal.run:443/a")
    other = ("https://127.0.0.1:8001/", "http://127.0.0.1/", "http://127.0.0.1:8002/",
             "http://v3.fal.media/", "https://xfal.media/", "https://fal.media.example/",
             "http://127.0.0.1:8001@example.com/", "//fal.run", "", "\x00")  # fmt: skip
    assert [hosts.own(url) for url in own] == [True] * len(own)
    assert [hosts.own(url) for url in other] == [False] * len(other)


def wire(transport):
    hosts = Hosts(("https://queue.fal.run",), ())
    return Wire("fal", hosts, "Key", Secret("planted"), transport=transport)


def test_an_answer_without_end_is_cut_off():
    def flood(_):
        part = bytes(2**20)
        return httpx.Response(200, content=(part for _ in range(LARGEST // len(part) + 2)))

    with pytest.raises(ProviderError, match="larger than"):
        wire(Scripted().on("GET", "/x", flood)).ask("GET", "https://queue.fal.run/x")


def test_a_key_that_the_service_repeats_is_not_passed_on():
    script = Scripted().on("GET", "/x", {"detail": "your key planted is bad"}, 401)
    with pytest.raises(ProviderError) as caught:
        wire(script).ask("GET", "https://queue.fal.run/x")
    assert "planted" not in str(caught.value)
    assert "***" in str(caught.value)


@pytest.mark.parametrize(
    ("header", "text", "seconds"),
    [("12", "", 12.0), ("0.5", "", 0.5), ("-3", "", None), ("soon", "resets in ~7s.", 7.0),
     ("", "Your rate limit resets in ~30s.", 30.0), ("", "try again", None), ("1e9", "", None),
     ("Wed, 21 Oct 2015 07:28:00 GMT", "", 0.0)],
)  # fmt: skip
def test_when_to_come_back(header, text, seconds):
    headers = {"Retry-After": header} if header else {}
    assert retry_after(httpx.Response(429, headers=headers), text) == seconds


def test_a_date_to_come_back_at_is_turned_into_seconds():
    later = datetime.now(UTC) + timedelta(seconds=90)
    header = later.strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert 85 < retry_after(httpx.Response(503, headers={"Retry-After": header})) <= 90


@pytest.mark.parametrize(
    "text", ["CUDA out of memory", "E006: bad input URL", "Prediction interrupted (code: PA)"]
)
def test_a_failure_of_the_machine_is_no_refusal(text):
    assert not is_refusal(text)


# Images


def decoded(image):
    return cv2.imdecode(np.frombuffer(image.content, np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (1280, 720), (100, 900)])
def test_an_image_has_the_clips_shape_and_a_bounded_size(tmp_path, size):
    path = write_photo(tmp_path / "photo.jpg", cv2.resize(scenery(320, 240), size))
    height, width = decoded(prepare(path, (1280, 720))).shape[:2]
    assert width / height == pytest.approx(16 / 9, rel=0.012)
    assert max(width, height) <= LONGEST_SIDE
    assert width <= size[0]


def test_a_reference_is_left_whole(tmp_path):
    path = write_photo(tmp_path / "photo.jpg", cv2.resize(scenery(300, 100), (3000, 1000)))
    assert decoded(prepare(path)).shape[:2] == (683, 2048)


def test_a_photo_stands_upright_and_says_nothing_of_its_making(tmp_path):
    path = write_photo(tmp_path / "photo.jpg", scenery(320, 180))
    upright = decoded(prepare(path))
    turned = prepare(with_orientation(path, 6))
    assert decoded(turned).shape[:2] == (320, 180)
    assert b"Exif" in path.read_bytes()
    assert b"Exif" not in turned.content
    again = np.rot90(decoded(turned))
    assert float(np.abs(again.astype(int) - upright).mean()) < 3  # JPEG twice


def test_the_crop_keeps_the_detail(tmp_path):
    picture = np.full((400, 1200, 3), 128, np.uint8)
    picture[150:250, 810:910] = (np.indices((100, 100)) // 10).sum(0)[..., None] % 2 * 255
    made = decoded(prepare(write_photo(tmp_path / "p.png", picture), (100, 100)))
    assert made.std() > 20


def test_transparent_and_deep_pictures_are_flattened(tmp_path):
    deep = np.full((64, 64, 4), 65535, np.uint16)
    deep[:32, :, 3] = 0
    path = tmp_path / "deep.png"
    assert cv2.imwrite(str(path), deep)
    assert decoded(prepare(path)).dtype == np.uint8


@pytest.mark.parametrize("name", ["missing.png", "words.heic", "empty.jpg"])
def test_what_is_no_image_is_named(tmp_path, name):
    if name != "missing.png":
        (tmp_path / name).write_bytes(b"" if "empty" in name else b"no image at all")
    with pytest.raises(MachineError, match=name):
        prepare(tmp_path / name)


class Shelf:
    """Takes images and counts them."""

    def __init__(self, lasts=None):
        self.taken, self._lasts = [], lasts

    def __call__(self, image):
        self.taken.append(image.sha256)
        expires = datetime.now(UTC) + self._lasts if self._lasts else None
        return Uploaded(f"https://files.example/{len(self.taken)}", expires)


@pytest.fixture
def request_of_a_clip(monkeypatch, tmp_path):
    monkeypatch.setenv("FAL_KEY", "a:b")
    return plan_one(Fal(Context(scratch=tmp_path)))


def test_the_same_content_is_uploaded_once(tmp_path, request_of_a_clip):
    first = write_photo(tmp_path / "a.png", scenery(320, 180))
    same = write_photo(tmp_path / "b.png", scenery(320, 180))
    other = write_photo(tmp_path / "c.png", scenery(320, 180, hue=90))
    shelf = Shelf()
    uploads = Uploads(shelf)
    links = uploads.links(request_of_a_clip, Images(first, same, (first, other)))
    assert links.start == links.end == links.references[0]
    assert links.references[1] != links.start
    assert uploads.links(request_of_a_clip, Images(start=same)).start == links.start
    assert len(shelf.taken) == len(set(shelf.taken)) == 2


def test_an_upload_about_to_end_is_made_anew(tmp_path, request_of_a_clip):
    image = Images(start=write_photo(tmp_path / "a.png", scenery(320, 180)))
    for lasts, count in ((timedelta(hours=24), 1), (timedelta(minutes=10), 2)):
        shelf = Shelf(lasts)
        uploads = Uploads(shelf)
        uploads.links(request_of_a_clip, image)
        uploads.links(request_of_a_clip, image)
        assert len(shelf.taken) == count


# What is told before anything is bought


def test_an_old_price_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("FAL_KEY", "a:b")
    provider = Fal(Context(scratch=tmp_path))
    read = provider.entry.price.read
    for days, told in ((90, False), (91, True)):
        dated = Fal(Context(scratch=tmp_path), today=read + timedelta(days=days))
        assert any("days ago" in notice for notice in dated.notices()) == told


def test_shots_beyond_the_model_are_told(monkeypatch, tmp_path):
    monkeypatch.setenv("REPLICATE_API_TOKEN", "a")
    provider = Replicate(Context(scratch=tmp_path, model="hailuo-02"))
    plan_one(provider, seconds=60.0)
    assert any("shot s01" in notice and "as long" in notice for notice in provider.notices())
    plan_one(provider)
    assert not any("s01" in notice for notice in provider.notices())
    needy = Replicate(Context(scratch=tmp_path, model="hailuo-02-fast"))
    plan_one(needy)
    assert any("without an image: shot s01" in notice for notice in needy.notices())


def test_ones_own_entry_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("REPLICATE_API_TOKEN", "a")
    own = tmp_path / "catalogue.toml"
    own.write_text('[replicate.hailuo-02]\nnote = "mine"\n')
    changed = Replicate(Context(scratch=tmp_path, model="hailuo-02", catalogue=own))
    assert any("your own catalogue" in notice for notice in changed.notices())
    other = Replicate(Context(scratch=tmp_path, model="ltx-video", catalogue=own))
    assert not any("your own catalogue" in notice for notice in other.notices())
