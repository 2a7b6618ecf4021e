"""Shots with images go to the endpoint that takes them, whichever the film's source is."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest

from songreel.generation.catalogue.entry import STILLS
from songreel.generation.catalogue.legal import inputs, serving, validate
from songreel.generation.catalogue.load import catalogue
from songreel.generation.catalogue.pack import made_by, missing, pack
from songreel.generation.catalogue.price import quote
from songreel.generation.catalogue.told import LICENCE, told
from songreel.generation.provider import Context
from songreel.generation.providers.fal import Fal
from songreel.models.clip import Images, Still
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.storyboard import Storyboard
from songreel.planning import show_stills
from songreel.settings import Settings
from support.boards import board
from support.cloud.faults import fails
from support.hosted import UPLOADED, asked
from support.hosted_films import film, make
from support.pictures import scenery, write_photo
from support.services import Hosted, await_end, wanted

CATALOGUE = catalogue()
FAMILIES = [entry for entry in CATALOGUE.entries if entry.sisters]
FAMILY = pytest.mark.parametrize("entry", FAMILIES, ids=lambda entry: entry.key)
STILL, OTHER = Still(sha256="a" * 64), Still(sha256="b" * 64)


def of(key):
    return CATALOGUE.find(*key.split(":"))


@pytest.fixture
def photo(tmp_path):
    return write_photo(tmp_path / "photo.png", scenery(1280, 720))


# Who serves what


@pytest.mark.parametrize(
    ("key", "roles", "name"),
    [
        ("fal:hailuo-02", (), "hailuo-02"),
        ("fal:hailuo-02", ("start",), "hailuo-02-i2v"),
        ("fal:hailuo-02", ("start", "end"), "hailuo-02-i2v"),
        ("fal:hailuo-02", ("end",), "hailuo-02"),
        ("fal:hailuo-02", ("references",), "hailuo-02"),
        ("fal:veo-3.1", ("start",), "veo-3.1-i2v"),
        ("fal:veo-3.1", ("start", "end"), "veo-3.1-first-last"),
        ("fal:veo-3.1", ("references",), "veo-3.1-reference"),
        ("fal:veo-3.1", ("start", "references"), "veo-3.1-i2v"),
        ("fal:veo-3.1", ("start", "end", "references"), "veo-3.1-first-last"),
        ("fal:veo-3.1-i2v", ("start", "end"), "veo-3.1-first-last"),
        ("fal:veo-3.1-i2v", (), "veo-3.1-i2v"),
        ("fal:veo-3.1-fast", ("start", "end"), "veo-3.1-fast-i2v"),
        ("fal:hunyuan-video", ("start",), "hunyuan-video"),
        ("replicate:wan-2.5-t2v", ("start",), "wan-2.5-i2v"),
        ("replicate:wan-2.5-t2v-fast", ("start", "end"), "wan-2.5-i2v-fast"),
        ("replicate:veo-3.1", ("start", "end"), "veo-3.1"),
    ],
)
def test_the_endpoint_that_takes_most_of_a_shots_images_serves_it(key, roles, name):
    assert serving(of(key), roles).name == name


def test_every_endpoint_that_needs_an_image_serves_one_that_needs_none():
    served = {sister.key for entry in FAMILIES for sister in entry.sisters}
    needy = {entry.key for entry in CATALOGUE.entries if any(entry.needs(role) for role in STILLS)}
    # These two stand beside models that take images themselves, or cost another price.
    assert needy - served == {"replicate:video-01-live", "replicate:hailuo-02-fast"}


@FAMILY
def test_a_film_with_and_without_images_is_legal_for_whoever_makes_each_clip(entry):
    random = Random(f"families {entry.key}")
    shots = {}
    for i in range(60):
        more = {"start": STILL} if i % 2 else {}
        more |= {"end": OTHER} if i % 6 == 3 else {}
        more |= {"references": (STILL,)} if i % 5 == 0 else {}
        shots[f"s{i:02d}"] = asked(
            random.uniform(0.3, 4.0), take=f"t{i % 7}" if i % 4 else None, prompt=f"p{i % 7}",
            rate=Fraction(25), **more,
        )  # fmt: skip
    portions = pack(shots, entry)
    assert list(portions) == list(shots)
    with_images, without = set(), set()
    for shot, portion in portions.items():
        request = portion.request
        maker = made_by(entry, request)
        assert maker == serving(entry, [r for r in STILLS if getattr(shots[shot], r)])
        assert CATALOGUE.asked(request.source).name == maker.name
        assert portion.covered == 1
        if not missing(entry, shots[shot]):
            assert validate(maker, inputs(maker, request, UPLOADED)) == []
            assert quote(entry, request) == quote(maker, request)
        pictured = request.start or request.end or request.references
        (with_images if pictured else without).add(request.fingerprint)
    assert with_images
    assert not with_images & without
    for clip in with_images | without:
        spans = sorted((p.first, p.first + p.frames) for p in portions.values()
                       if p.request.fingerprint == clip)  # fmt: skip
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_an_image_for_one_shot_of_a_take_leaves_the_others_their_clip():
    entry = of("fal:hailuo-02")
    shots = {f"s{i}": asked(1.4, take="t") for i in range(4)}
    before = pack(shots, entry)
    for count in (2, 4):  # of a take of two neither half could else be told to be the edited one
        few = {shot: shots[shot] for shot in list(shots)[:count]}
        before = pack(few, entry)
        after = pack(few | {"s1": few["s1"].model_copy(update={"start": STILL})}, entry)
        assert all(after[shot] == before[shot] for shot in few if shot != "s1")
        assert after["s1"].first == 0
        assert after["s1"].request.frames == 141


def test_the_portion_is_on_the_lengths_and_at_the_price_of_the_sister():
    entry = of("fal:veo-3.1")
    portions = pack({"a": asked(3), "b": asked(3, references=(STILL,))}, entry)
    assert [each.request.frames for each in portions.values()] == [96, 192]
    assert [quote(entry, each.request).likely for each in portions.values()] == [
        Decimal("0.80"), Decimal("1.60")
    ]  # fmt: skip


def test_a_shot_too_long_for_the_sister_says_how_much_it_shows(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text("[fal.hailuo-02-i2v]\nlengths = [{ value = '6', frames = 141, billed = '6' }]\n")
    entry = catalogue(own).find("fal", "hailuo-02")
    portions = pack({"a": asked(9), "b": asked(9, start=STILL)}, entry)
    assert portions["a"].covered == 1
    assert portions["b"].covered < 1


# The catalogue


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ('["hailuo-03"]', "'hailuo-03' is no other model of fal"),
        ('["hailuo-02"]', "'hailuo-02' is no other model of fal"),
        ('["hailuo-02-pro"]', "takes no image that hailuo-02 does not take itself"),
        ('["wan-2.5-i2v"]', "wants its prompts in the dialect wan, not minimax"),
        ('"hailuo-02-i2v"', "with_images: Input should be a valid tuple"),
    ],
)
def test_a_sister_that_is_none_is_refused_by_name(tmp_path, names, told):
    own = tmp_path / "own.toml"
    own.write_text(f"[fal.hailuo-02]\nwith_images = {names}\n")
    with pytest.raises(InvalidInput, match=told) as caught:
        catalogue(own)
    assert "own.toml: entry fal:hailuo-02" in str(caught.value)


def test_a_model_that_needs_sound_is_no_sister_and_sisters_are_only_named(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[fal.ltx-video]\nwith_images = ["ltx-2.3-audio-to-video"]\n')
    with pytest.raises(InvalidInput, match="'ltx-2.3-audio-to-video' needs sound"):
        catalogue(own)
    own.write_text("[fal.ltx-video]\nsisters = []\n")
    with pytest.raises(InvalidInput, match="name them in `with_images`"):
        catalogue(own)


def test_a_model_like_another_has_not_its_sisters_and_a_change_reaches_them(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        '[fal."wan-3"]\nlike = "fal:wan-2.5"\nref = "fal-ai/wan-3"\n'
        '[fal."wan-2.5-i2v"]\nshort_side = 1080\n'
    )
    found = catalogue(own)
    assert found.find("fal", "wan-3").sisters == ()
    request = pack({"s": asked(3, start=STILL)}, found.find("fal", "wan-2.5"))["s"].request
    assert request.height == 1080


def test_a_licence_of_ones_own_is_not_called_by_the_shipped_name(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[fal.hailuo-02]\nlicence = "a contract of our own with the makers of it"\n')
    assert told(catalogue(own).find("fal", "hailuo-02")).licence == "a contract of our own with…"


def test_a_line_has_room_for_its_licence_and_tells_what_is_paid_and_by_whom_images_are_taken():
    for entry in CATALOGUE.entries:
        assert 0 < len(entry.licence_name) <= LICENCE
        assert told(entry).licence == entry.licence_name
    assert told(of("fal:veo-3.1")).images == "(start end references)"
    assert told(of("fal:veo-3.1-i2v")).images == "start! (end references)"
    assert told(of("replicate:hailuo-02")).images == "start end"
    # Neither the sound nor the second pass of these is ever asked for.
    assert told(of("replicate:veo-3")).price.startswith("0.20/second (")
    assert told(of("fal:hunyuan-video")).price.startswith("0.40/clip (")
    assert told(of("fal:wan-2.5")).price.startswith("0.05-0.15/second (")


# The services


def test_both_kinds_of_shot_are_bought_of_their_endpoints_at_their_prices(cloud, photo, tmp_path):
    service = Hosted("fal", cloud, tmp_path / "scratch")
    provider = service.provider("hailuo-02")
    assert (provider.traits.takes_start, provider.traits.takes_end) == (True, True)
    still = Still(sha256=sha256_of(photo))
    planned = provider.plan(
        {"a": wanted(), "b": wanted(start=still), "c": wanted(start=still, end=still)}
    )
    refs = {}
    for shot, portion in planned.items():
        request = portion.request
        images = Images(start=request.start and photo, end=request.end and photo)
        state = await_end(provider, provider.submit(request, images))
        assert state.status == "done", state.detail
        line = cloud.bill()[-1]
        quoted = provider.quote(request)
        assert quoted.low <= line.usd <= quoted.high
        refs[shot] = line.model.removeprefix("fal-ai/minimax/hailuo-02/standard/")
    assert refs == {"a": "text-to-video", "b": "image-to-video", "c": "image-to-video"}
    notes = {shot: provider.notes(portion.request) for shot, portion in planned.items()}
    assert not [note for note in notes["a"] if note.startswith("for ")]
    assert "fal-ai/minimax/hailuo-02/standard/image-to-video at fal" in notes["b"]
    assert "for fal:hailuo-02, which takes no start image" in notes["b"]
    assert "for fal:hailuo-02, which takes no start or end image" in notes["c"]
    assert "licence: MiniMax's terms of service" in notes["b"]
    service.close()


def test_old_prices_own_entries_and_lengths_of_sisters_are_told(monkeypatch, tmp_path):
    monkeypatch.setenv("FAL_KEY", "a:b")
    own = tmp_path / "own.toml"
    own.write_text('[fal.hailuo-02-i2v]\nnote = "mine"\n')
    context = Context(scratch=tmp_path, model="hailuo-02", catalogue=own)
    read = of("fal:hailuo-02").price.read
    provider = Fal(context, today=read + timedelta(days=91))
    assert not any("i2v" in notice for notice in provider.notices())
    provider.plan({"a": wanted(), "b": wanted(30, start=STILL)})
    notices = "\n".join(provider.notices())
    assert "fal:hailuo-02-i2v makes no clip as long as shot b" in notices
    assert "fal:hailuo-02-i2v is asked as your own catalogue says" in notices
    assert "fal:hailuo-02 is asked as your own" not in notices
    assert "the price of fal:hailuo-02-i2v was read on" in notices


def test_a_film_shows_the_images_of_its_shots_and_says_by_which_endpoint(cloud, photo, tmp_path):
    clips = make("fal", tmp_path, film(s01={"start_image": str(photo)}), model="hailuo-02")
    assert [clip.substitution for clip in clips.values()] == [None] * 4
    assert [clip.remarks for clip in clips.values()] == [()] * 4
    assert "for fal:hailuo-02, which takes no start image" in clips["s01"].notes
    assert sorted(line.model.rsplit("/", 1)[1] for line in cloud.bill()) == [
        "image-to-video", "text-to-video", "text-to-video", "text-to-video"
    ]  # fmt: skip
    assert len(cloud.files) == 1


def test_a_shot_that_goes_on_from_the_one_before_begins_with_its_last_picture(cloud, tmp_path):
    clips = make("fal", tmp_path, film(2, s01={"start_image": "previous"}), model="hailuo-02")
    assert clips["s01"].request.start.after == clips["s00"].request.fingerprint
    assert [line.model.rsplit("/", 1)[1] for line in cloud.bill()] == [
        "text-to-video", "image-to-video"
    ]  # fmt: skip


def test_where_that_picture_is_not_to_be_had_the_words_alone_are_asked(cloud, tmp_path):
    first = film(2, s01={"start_image": "previous"})
    words = first.shots[0].prompt
    cloud.fail("create", fails("out of memory"), times=9, when=lambda sent: sent["prompt"] == words)
    clips = make("fal", tmp_path, first, model="hailuo-02")
    assert clips["s00"].provider == "builtin"
    assert clips["s01"].provider == "fal:hailuo-02"
    assert clips["s01"].request.start is None
    assert any("does not begin with the last picture of s00" in r for r in clips["s01"].remarks)
    assert [line.model.rsplit("/", 1)[1] for line in cloud.bill() if line.usd] == ["text-to-video"]


# The plan


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("fal:hailuo-02", True), ("fal", True), ("replicate:wan-2.5-t2v-fast", True),
        ("replicate", True), ("fal:hunyuan-video", False), ("fal:veo-3.1-reference", False),
        ("replicate:mochi-1", False), ("builtin", False), ("footage", False),
    ],
)  # fmt: skip
def test_a_shot_with_an_image_stays_with_a_source_that_shows_it(tmp_path, source, kept):
    settings = Settings(workspace=tmp_path, workers=1, database="", config=tmp_path)
    plan: Storyboard = board(s01={"start_image": "a.png"})
    shown = show_stills(plan, {"s01"}, source, settings)
    assert [shot.provider for shot in shown.shots] == [None, None if kept else "still", None, None]
