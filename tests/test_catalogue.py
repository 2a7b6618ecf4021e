"""The catalogue of hosted models: legal requests, shared clips, prices, differences."""

import json
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest

from songreel.generation.catalogue.compare import differences
from songreel.generation.catalogue.entry import Entry
from songreel.generation.catalogue.legal import inputs, longest, make_legal, validate
from songreel.generation.catalogue.load import catalogue
from songreel.generation.catalogue.pack import made_by, missing, pack, waste
from songreel.generation.catalogue.price import charge, quote
from songreel.generation.catalogue.share import share
from songreel.models.clip import ClipRequest, Still
from songreel.models.errors import InvalidInput
from support.hosted import (
    UPLOADED,
    asked,
    fal_schema,
    replicate_schema,
    shared_requests,
    song,
    stills_of,
)

CATALOGUE = catalogue()
EVERY = pytest.mark.parametrize("entry", CATALOGUE.entries, ids=lambda entry: entry.key)
STILL = Still(sha256="a" * 64)


def every_pace():
    """All models; those that make the same lengths at the same rate as one before are slow."""
    met = set()
    for entry in CATALOGUE.entries:
        pace = entry.fps, tuple(length.frames for length in entry.all_lengths)
        again = pytest.mark.slow if pace in met else ()
        met.add(pace)
        yield pytest.param(entry, id=entry.key, marks=again)


EVERY_PACE = pytest.mark.parametrize("entry", list(every_pace()))


def of(key: str) -> Entry:
    return CATALOGUE.find(*key.split(":"))


def requests_of(portions):
    return {portion.request.fingerprint for portion in portions.values()}


# ------------------------------------------------------------------------------------ entries


def test_every_model_of_the_plan_is_there():
    replicate = {
        "lightricks/ltx-video", "tencent/hunyuan-video", "minimax/video-01",
        "minimax/video-01-director", "minimax/video-01-live", "minimax/hailuo-02",
        "minimax/hailuo-02-fast", "wan-video/wan-2.5-t2v", "wan-video/wan-2.5-t2v-fast",
        "wan-video/wan-2.5-i2v", "wan-video/wan-2.5-i2v-fast", "haiper-ai/haiper-video-2",
        "genmoai/mochi-1", "jzhang38/fast-mochi", "google/veo-3", "google/veo-3-fast",
        "google/veo-3.1", "google/veo-3.1-fast",
    }  # fmt: skip
    assert {entry.ref for entry in CATALOGUE.of("replicate")} == replicate
    fal = {entry.ref for entry in CATALOGUE.of("fal")}
    for ref in (
        "ltx-video", "ltxv-13b-098-distilled", "hunyuan-video", "minimax/video-01",
        "minimax/video-01-director", "minimax/video-01-live",
        "minimax/hailuo-02/standard/text-to-video", "minimax/hailuo-02/pro/image-to-video",
        "wan-25-preview/text-to-video", "veo3.1", "veo3.1/fast", "ltx-2.3/audio-to-video",
    ):  # fmt: skip
        assert f"fal-ai/{ref}" in fal


def test_names_and_refs_are_unique_and_each_provider_has_one_default():
    for what in ("name", "ref"):
        told = Counter((entry.provider, getattr(entry, what)) for entry in CATALOGUE.entries)
        assert max(told.values()) == 1
    defaults = [entry.key for entry in CATALOGUE.entries if entry.default]
    assert defaults == ["replicate:ltx-video", "fal:ltxv-13b-098-distilled"]


def test_community_models_have_a_version_and_official_ones_none():
    pinned = {entry.name for entry in CATALOGUE.of("replicate") if entry.version}
    assert pinned == {"ltx-video", "hunyuan-video", "mochi-1", "fast-mochi"}


def test_a_model_is_found_by_short_name_by_ref_and_by_default():
    assert CATALOGUE.find("fal", "hailuo-02").ref.endswith("standard/text-to-video")
    assert CATALOGUE.find("replicate", "google/veo-3.1").name == "veo-3.1"
    assert CATALOGUE.find("replicate").name == "ltx-video"
    with pytest.raises(InvalidInput, match=r"replicate has no model 'hailou-2'.*did you mean hail"):
        CATALOGUE.find("replicate", "hailou-2")
    with pytest.raises(InvalidInput, match="no provider 'acme'"):
        CATALOGUE.find("acme", "x")


def test_filters_tell_which_models_need_a_picture():
    free = CATALOGUE.where(provider="replicate", needs_nothing=True)
    needy = {entry.name for entry in CATALOGUE.of("replicate")} - {entry.name for entry in free}
    assert needy == {"video-01-live", "hailuo-02-fast", "wan-2.5-i2v", "wan-2.5-i2v-fast"}
    assert {entry.dialect for entry in CATALOGUE.where(dialect="veo")} == {"veo"}
    assert all(entry.takes("end") for entry in CATALOGUE.where(takes=("start", "end")))


# --------------------------------------------------------------------------------- the user's


def test_a_users_file_changes_single_fields_and_adds_models(tmp_path):
    own = tmp_path / "catalogue.toml"
    own.write_text(
        """
        [replicate.hailuo-02]
        short_side = 1080
        price = { rates = [{ usd = "0.07" }], certain = true }

        [fal."wan-3"]
        like = "fal:wan-2.5"
        without = ["audio_url"]
        ref = "fal-ai/wan-3"
        lengths = [{ value = "15", frames = 360, billed = "15" }]
        inputs = { duration = { default = "15", choices = ["15"] } }
        """
    )
    found = catalogue(own)
    changed, shipped = found.find("replicate", "hailuo-02"), of("replicate:hailuo-02")
    assert changed.price.rates[0].usd == Decimal("0.07")
    assert (changed.price.source, changed.inputs) == (shipped.price.source, shipped.inputs)
    assert make_legal(changed, Fraction(4), 1280, 720).height == 1080
    assert make_legal(shipped, Fraction(4), 1280, 720).height == 768
    added = found.find("fal", "wan-3")
    assert longest(added) == 15
    assert "audio_url" not in added.inputs
    assert len(found.entries) == len(CATALOGUE.entries) + 1
    # A shipped model that is like a changed one stays as it was.
    assert found.find("replicate", "hailuo-02-fast") == of("replicate:hailuo-02-fast")


def test_a_users_default_is_taken_before_the_shipped_one(tmp_path):
    own = tmp_path / "catalogue.toml"
    own.write_text("[replicate.hailuo-02]\ndefault = true\n")
    assert catalogue(own).find("replicate").name == "hailuo-02"
    assert catalogue(own).find("fal").default


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[fal.hailuo-02]\nfps = 'fast'", r"own\.toml: entry fal:hailuo-02, fps"),
        ("[fal.hailuo-02]\nfixed = { prompt_optimiser = false }", "there is no input prompt_optim"),
        ("[fal.hailuo-02.inputs]\nduration = { default = 6 }", "duration.default must be string"),
        ("[fal.new]\nlike = 'fal:nothing'", r"like = 'fal:nothing' is no other entry"),
        ("[fal.new]\nref = 'x'", r"entry fal:new, inputs"),
        ("[fal.veo-3.1]\nshort_side = 720", "fal.veo-3: Input should|entry fal:veo-3, "),
        ("[fal\n", "is not TOML"),
        ("fal = 3", "must be a table"),
    ],
)
def test_a_fault_in_a_users_file_names_file_entry_and_field(tmp_path, text, told):
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(InvalidInput, match=told) as caught:
        catalogue(own)
    assert "own.toml" in str(caught.value)


# ------------------------------------------------------------------------------ legal requests


@EVERY
@pytest.mark.parametrize("count", [150, pytest.param(1000, marks=pytest.mark.slow)])
def test_random_shots_are_legal_and_never_too_short(entry, count):
    random = Random(f"lengths {entry.key}")
    film = random.choice([(1280, 720), (720, 1280), (1920, 1080), (1080, 1080), (1680, 720)])
    rate = random.choice([Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)])
    top = float(longest(entry))
    shots = {
        f"s{i}": asked(
            random.uniform(0.2, top * 0.98),
            rate=rate,
            width=film[0],
            height=film[1],
            seed=random.randrange(2**31),
            **stills_of(entry),
        )
        for i in range(count)
    }
    portions = pack(shots, entry)
    assert list(portions) == list(shots)
    for shot, portion in portions.items():
        assert portion.frames == shots[shot].frames
        assert portion.end <= portion.request.frames / portion.request.rate
        assert portion.covered == 1
        sent = inputs(entry, portion.request, UPLOADED)
        assert validate(entry, sent) == []
        assert json.loads(json.dumps(sent)) == sent


@EVERY
def test_stills_go_along_where_they_are_taken_and_never_against_a_rule(entry):
    many = asked(3.0, start=STILL, end=STILL, references=(STILL,) * 5)
    for width, height in ((1280, 720), (720, 1280)):
        for left_out in ((), ("start",), ("end",), ("references",), ("start", "references")):
            bare = {name: () if name == "references" else None for name in left_out}
            shot = many.model_copy(update={"width": width, "height": height, **bare})
            request = pack({"s1": shot}, entry)["s1"].request
            maker = made_by(entry, request)
            if not missing(entry, shot):
                assert validate(maker, inputs(maker, request, UPLOADED)) == []


def test_inputs_have_the_types_their_service_wants():
    def sent(key: str, seconds: float, **more: object) -> Mapping[str, object]:
        return inputs(of(key), pack({"s": asked(seconds, **more)}, of(key))["s"].request, UPLOADED)

    assert sent("fal:hunyuan-video", 2)["num_frames"] == "85"
    assert sent("fal:hailuo-02", 7)["duration"] == "10"
    assert sent("fal:veo-3.1", 5)["duration"] == "6s"
    assert sent("replicate:veo-3", 5)["duration"] == 6
    assert sent("fal:ltxv-13b-098-distilled", 2) == {
        "prompt": "waves roll in at dusk",
        "negative_prompt": "text",
        "resolution": "720p",
        "aspect_ratio": "16:9",
        "seed": 7,
        "num_frames": 49,
        "frame_rate": 24,
        "expand_prompt": False,
        "enable_detail_pass": False,
    }
    assert sent("replicate:video-01", 2, references=(STILL,)) == {
        "prompt": "waves roll in at dusk",
        "prompt_optimizer": False,
        "subject_reference": UPLOADED.references[0],
    }


def test_no_paid_sound_and_no_rewording_is_ever_left_on():
    for entry in CATALOGUE.entries:
        for name, given in entry.inputs.items():
            if given.type == "boolean" and given.default is True:
                assert entry.fixed[name] is False, f"{entry.key} {name}"


@pytest.mark.parametrize(
    ("film", "key", "size"),
    [
        ((1280, 720), "replicate:wan-2.5-t2v", (1280, 720)),
        ((3840, 2160), "replicate:wan-2.5-t2v", (1280, 720)),
        ((640, 360), "replicate:wan-2.5-t2v", (1280, 720)),
        ((1080, 1920), "fal:veo-3.1", (720, 1280)),
        ((1080, 1080), "fal:wan-2.5", (960, 960)),
        ((1920, 1080), "replicate:hunyuan-video", (848, 480)),
        ((1080, 1350), "replicate:ltx-video", (576, 704)),
    ],
)
def test_the_size_follows_the_films_shape_and_costs_no_more_than_720p(film, key, size):
    making = make_legal(of(key), Fraction(3), *film)
    assert (making.width, making.height) == size


def test_more_pixels_are_to_be_had_for_the_asking():
    entry = of("replicate:hailuo-02")
    assert make_legal(entry, Fraction(5), 1920, 1080, short_side=1080).height == 1080
    # 10 s are made at 768p alone: the length comes before the size.
    assert make_legal(entry, Fraction(8), 1920, 1080, short_side=1080).height == 768


def test_the_validator_finds_every_planted_fault():
    entry = of("replicate:veo-3.1")
    good = inputs(entry, pack({"s": asked(5, start=STILL)}, entry)["s"].request, UPLOADED)
    assert validate(entry, good) == []
    for change, told in [
        ({"duration": 5}, "duration is 5, not one of 4, 6, 8"),
        ({"duration": "6"}, "duration must be integer"),
        ({"resolution": "4k"}, "resolution is '4k'"),
        ({"sound": True}, "has no input sound"),
        ({"reference_images": ["a"], "aspect_ratio": "9:16"}, "reference_images needs"),
        ({"reference_images": list("abcd"), "duration": 8}, "has 4 items, at most 3"),
        ({"reference_images": ["a"], "duration": 8, "last_frame": "b"}, "exclude each other"),
        ({"seed": 1.5}, "seed must be integer"),
    ]:
        assert any(told in fault for fault in validate(entry, {**good, **change})), change
    bare = {name: value for name, value in good.items() if name != "prompt"}
    assert validate(entry, bare) == ["replicate:veo-3.1 needs the input prompt"]
    lonely = {name: value for name, value in good.items() if name != "image"} | {"last_frame": "b"}
    assert any("cannot go without image" in fault for fault in validate(entry, lonely))
    wan = of("fal:wan-2.5")
    long = inputs(wan, pack({"s": asked(4, prompt="x" * 1501)}, wan)["s"].request)
    assert validate(wan, long) == [
        "fal:wan-2.5: the prompt has 1501 characters, at most 1500; shorten it"
    ]
    hailuo = of("replicate:hailuo-02")
    both = {"prompt": "x", "duration": 10, "resolution": "1080p"}
    assert any("cannot be had with the rest" in fault for fault in validate(hailuo, both))
    hunyuan = of("replicate:hunyuan-video")
    off = {"prompt": "x", "width": 850, "height": 480, "video_length": 128}
    faults = " ".join(validate(hunyuan, off))
    assert "850, not a multiple of 16" in faults
    assert "video_length 128 cannot be had" in faults


# ------------------------------------------------------------------------------- shared clips


@EVERY
def test_shots_of_one_take_show_one_clip_one_after_the_other(entry):
    random = Random(f"packing {entry.key}")
    shots = {
        f"s{i:02d}": asked(
            random.uniform(0.5, float(longest(entry)) * 0.6),
            take=f"t{i % 4}",
            prompt=f"prompt {i % 4}",
            head=random.randrange(5),
            **stills_of(entry),
        )
        for i in range(40)
    }
    portions = pack(shots, entry)
    by_clip: dict[str, list[str]] = {}
    for shot, portion in portions.items():
        by_clip.setdefault(portion.request.fingerprint, []).append(shot)
    for members in by_clip.values():
        assert len({shots[shot].take for shot in members}) == 1
        for before, after in pairwise(members):
            assert portions[before].first + portions[before].frames <= portions[after].first
        last = portions[members[-1]]
        assert last.end <= last.request.frames / last.request.rate
        assert all(portions[shot].head == shots[shot].head for shot in members)
    assert any(len(members) > 1 for members in by_clip.values())
    assert all(each.request.take is None for each in portions.values())


def test_a_take_that_overflows_goes_on_in_a_clip_with_another_seed():
    entry = of("fal:hailuo-02")
    shots = {f"s{i}": asked(4.0, take="t") for i in range(5)}
    portions = pack(shots, entry)
    clips = {each.request.fingerprint: each.request for each in portions.values()}
    assert [portions[f"s{i}"].first for i in range(5)] == [0, 96, 0, 96, 0]
    assert [request.frames for request in clips.values()] == [237, 237, 141]
    assert len({request.seed for request in clips.values()}) == 3
    assert pack(shots, entry) == portions


@EVERY
def test_film_size_and_music_buy_no_clip_again_nor_does_the_rate_between_two_lengths(entry):
    # A shot within a frame of one of the model's lengths may need the next at another rate;
    # these end 0.12 s below, and lengths that lie closer than that are left aside.
    lengths = [length.frames / entry.fps for length in entry.all_lengths]
    far = [b for a, b in pairwise([Fraction(0), *lengths]) if b - a >= Fraction(1, 5)]

    def film(width: int, height: int, rate: Fraction, **more: object) -> set[str]:
        shots = {
            f"s{i}": asked(
                float(length) - 0.12, rate=rate, width=width, height=height, prompt=f"p{i}",
                **(stills_of(entry) | more),
            )
            for i, length in enumerate(far)
        }  # fmt: skip
        return requests_of(pack(shots, entry))

    once = film(1280, 720, Fraction(24))
    music = {"energy": 0.1, "motion": 0.9, "motif": "other", "camera": "orbit", "size": "wide"}
    assert film(640, 360, Fraction(24), **music) == film(3840, 2160, Fraction(24)) == once
    assert film(1280, 720, Fraction(60)) == film(1280, 720, Fraction(30000, 1001)) == once


@pytest.mark.parametrize("edited", ["s0", "s1", "s4"])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_one_edited_prompt_asks_for_exactly_one_new_clip(edited, size):
    shots = {f"s{i}": asked(1.4, take=f"t{i // size}", prompt=f"p{i // size}") for i in range(10)}
    for key in ("fal:hailuo-02", "replicate:video-01", "fal:wan-2.5"):
        before = requests_of(pack(shots, of(key)))
        changed = shots | {edited: shots[edited].model_copy(update={"prompt": "a new one"})}
        after = requests_of(pack(changed, of(key)))
        assert len(after - before) == 1
        new_seed = shots | {edited: shots[edited].model_copy(update={"seed": 99})}
        assert len(requests_of(pack(new_seed, of(key))) - before) == 1


def test_different_takes_of_the_same_words_are_different_clips():
    entry = of("fal:wan-2.5")
    shots = {"a": asked(3, take="t1"), "b": asked(3, take="t2"), "c": asked(2, take="t1")}
    portions = pack(shots, entry)
    assert portions["a"].request == portions["c"].request != portions["b"].request


def test_shots_bound_to_a_picture_do_not_share_by_chance():
    entry = of("replicate:hailuo-02")
    shots = {"a": asked(2, start=STILL), "b": asked(2, start=STILL)}
    portions = pack(shots, entry)
    assert portions["a"].first == portions["b"].first == 0
    assert portions["a"].request != portions["b"].request


def test_what_does_not_reach_the_model_makes_no_second_clip():
    entry = of("fal:hunyuan-video")  # takes no picture and no negative prompt
    shots = {"a": asked(1.5, start=STILL), "b": asked(1.5, negative="people"), "c": asked(1.5)}
    portions = pack(shots, entry)
    assert len(requests_of(portions)) == 1
    assert [each.first for each in portions.values()] == [0, 36, 72]


def test_a_shot_longer_than_any_clip_gets_the_longest_and_says_how_much_it_covers():
    entry = of("replicate:video-01")
    portion = pack({"s": asked(9.4)}, entry)["s"]
    assert portion.request.frames / portion.request.rate == longest(entry)
    assert portion.covered == pytest.approx(5.64 / 9.4, abs=0.01)


# -------------------------------------------------------------------------------------- takes


@EVERY_PACE
def test_sharing_wastes_a_quarter_at_most_and_less_than_not_sharing(entry):
    shared, alone = [], []
    for seed in range(8):
        shots = song(seed)
        takes = share(shots, entry)
        stills = stills_of(entry)
        together = shared_requests(shots, takes)
        apart = shared_requests(shots, {each.shot: each.shot for each in shots})
        shared.append(waste(pack(_with(together, stills), entry)))
        alone.append(waste(pack(_with(apart, stills), entry)))
    assert sum(shared) / len(shared) <= 0.25
    assert sum(shared) <= sum(alone) + 1e-9


def _with(requests: Mapping[str, ClipRequest], stills: Mapping[str, object]):
    return {shot: each.model_copy(update=stills) for shot, each in requests.items()}


def test_a_take_fits_one_clip_and_stays_within_its_letter():
    entry = of("fal:hailuo-02")
    shots = song(3)
    takes = share(shots, entry)
    by_take: dict[str, list] = {}
    for each in shots:
        by_take.setdefault(takes[each.shot], []).append(each)
    for take, members in by_take.items():
        assert len({each.letter for each in members}) == 1
        assert take == members[0].shot
        requests = shared_requests(members, takes)
        assert len(requests_of(pack(requests, entry))) == 1


def test_choruses_show_spans_of_one_take_and_neighbours_hardly_ever_do():
    entry = of("fal:wan-2.5")
    shots = song(5)
    takes = share(shots, entry)
    across = Counter()
    for each in shots:
        across[takes[each.shot], each.section] += 1
    sections = {take: sum(1 for t, _ in across if t == take) for take in takes.values()}
    assert sum(count > 1 for count in sections.values()) >= len(sections) / 3
    jumps = sum(takes[a.shot] == takes[b.shot] for a, b in pairwise(shots))
    assert jumps <= len(shots) / 20


def test_takes_do_not_depend_on_chance_and_nothing_shares_nothing():
    shots = song(6)
    entry = of("replicate:veo-3.1-fast")
    assert share(shots, entry) == share(shots, entry)
    assert list(share(shots, entry)) == [each.shot for each in shots]
    assert share([], entry) == pack({}, entry) == {}
    assert waste({}) == 0.0


def test_one_edited_shot_leaves_the_other_takes_alone():
    entry = of("fal:hailuo-02")
    shots = song(4)
    takes = share(shots, entry)
    settled = [each.model_copy(update={"take": takes[each.shot]}) for each in shots]
    assert share(settled, entry) == takes
    for place in (0, 7, 20):
        longer = list(settled)
        longer[place] = longer[place].model_copy(update={"seconds": 5.5})
        again = share(longer, entry)
        moved = {shot for shot in takes if again[shot] != takes[shot]}
        assert {takes[shot] for shot in moved} <= {takes[shots[place].shot]}
        other = list(settled)
        other[place] = other[place].model_copy(update={"take": None, "motif": "something else"})
        again = share(other, entry)
        assert {shot for shot in takes if again[shot] != takes[shot]} <= {shots[place].shot}


# -------------------------------------------------------------------------------------- prices


@EVERY
def test_a_quote_brackets_what_the_services_meters_say(entry):
    random = Random(f"prices {entry.key}")
    for _ in range(20):
        shot = asked(random.uniform(0.5, float(longest(entry)) * 0.98), **stills_of(entry))
        request = pack({"s": shot}, entry)["s"].request
        told = quote(entry, request)
        assert 0 < told.low <= told.likely <= told.high
        metered = {"predict_time": None, "video_output_count": 1}
        if entry.price.unit == "run second":
            share_of = random.uniform(float(told.low / told.high), 1.0)
            ran = float(told.high / entry.price.rates[-1].usd) * share_of
            metered = {"predict_time": ran}
        paid = charge(entry, request, metered)
        if paid is None:
            assert entry.price.unit == "second"
            billed = told.likely / next(
                rate.usd for rate in entry.price.rates if told.basis.count(f"at {rate.usd} USD")
            )
            paid = charge(entry, request, {"video_output_duration_seconds": float(billed)})
            assert paid.usd == pytest.approx(told.likely, abs=Decimal("0.00001"))
        assert told.low <= paid.usd <= told.high + Decimal("0.000001")


def test_known_prices_come_out_to_the_cent():
    def likely(key: str, seconds: float, **more: object) -> Decimal:
        return quote(of(key), pack({"s": asked(seconds, **more)}, of(key))["s"].request).likely

    assert likely("fal:hailuo-02", 5) == Decimal("0.27")
    assert likely("fal:veo-3.1", 8) == Decimal("1.60")
    assert likely("fal:veo-3.1-fast", 3) == Decimal("0.40")
    assert likely("fal:wan-2.5", 4.5) == Decimal("0.50")
    assert likely("fal:hunyuan-video", 5) == Decimal("0.40")
    assert likely("replicate:mochi-1", 5.4) == Decimal("0.410225")


def test_a_certain_price_has_no_spread_and_another_has():
    shot = asked(5)
    sure = quote(of("fal:hailuo-02"), pack({"s": shot}, of("fal:hailuo-02"))["s"].request)
    told = quote(of("fal:video-01"), pack({"s": shot}, of("fal:video-01"))["s"].request)
    assert sure.low == sure.high
    assert told.low < told.likely < told.high
    assert "2026-11-21" in sure.basis


def test_what_ended_badly_is_charged_as_the_services_say():
    official, community = of("replicate:hailuo-02"), of("replicate:ltx-video")
    by_output = pack({"s": asked(5)}, official)["s"].request
    by_time = pack({"s": asked(5)}, community)["s"].request
    assert charge(official, by_output, {}, ended="aborted").usd == 0
    assert charge(official, by_output, {}, ended="failed").usd == 0
    assert charge(official, by_output, {}, ended="canceled").usd == Decimal("0.27")
    assert charge(official, by_output, {}) is None
    ran = charge(community, by_time, {"predict_time": 40.0}, ended="canceled")
    assert (ran.usd, ran.measured) == (Decimal("0.039000"), True)
    assert charge(community, by_time, {"predict_time": "nonsense"}, ended="failed") is None
    assert charge(community, by_time, {"predict_time": float("nan")}) is None


# --------------------------------------------------------------------------------- differences


def live(entry: Entry) -> dict:
    return replicate_schema(entry) if entry.provider == "replicate" else fal_schema(entry)


@EVERY
def test_the_schema_that_an_entry_tells_of_does_not_differ_from_it(entry):
    assert differences(entry, live(entry)) == []


def test_every_planted_difference_is_found():
    entry = of("replicate:ltx-video")
    schema = live(entry)
    version = schema["latest_version"]
    schemas = version["openapi_schema"]["components"]["schemas"]
    properties = schemas["Input"]["properties"]
    version["id"] = "f" * 64
    schemas["length"]["enum"].remove(257)
    schemas["model"]["enum"].append("0.9.5")
    properties["steps"]["maximum"] = 40
    properties["cfg"]["default"] = 5
    properties["seed"]["type"] = "string"
    properties["go_fast"] = {"type": "boolean", "default": True}
    properties["token"] = {"type": "string"}
    schemas["Input"]["required"] = ["token", "image"]
    del properties["negative_prompt"]
    found = {(each.input, each.what): each for each in differences(entry, schema)}
    breaks = {place for place, each in found.items() if each.breaks}
    assert set(found) - breaks == {("", "version"), ("model", "choices"), ("go_fast", "new")}
    assert breaks == {
        ("length", "choices"), ("steps", "maximum"), ("cfg", "default"), ("seed", "type"),
        ("token", "new"), ("image", "required"), ("negative_prompt", "missing"),
    }  # fmt: skip
    assert str(found["steps", "maximum"]) == "steps: maximum is 40 at the service, 50 here"


def test_what_only_we_state_breaks_nothing_and_an_empty_default_is_none():
    entry = of("replicate:hunyuan-video")
    schema = live(entry)
    properties = schema["latest_version"]["openapi_schema"]["components"]["schemas"]["Input"][
        "properties"
    ]
    del properties["width"]["multipleOf"]
    properties["height"]["multipleOf"] = 8
    properties["prompt"]["default"] = ""
    del properties["video_length"]["maximum"]
    properties["infer_steps"]["minimum"] = 0
    found = {(each.input, each.what): each.breaks for each in differences(entry, schema)}
    assert found == {
        ("height", "multipleOf"): False,
        ("video_length", "maximum"): False,
        ("infer_steps", "minimum"): False,
    }
    properties["height"]["multipleOf"] = 32
    [coarser] = [each for each in differences(entry, schema) if each.input == "height"]
    assert coarser.breaks


def test_an_empty_default_is_shown_in_quotes_and_no_difference_from_none():
    entry = of("replicate:ltx-video")
    schema = live(entry)
    properties = schema["latest_version"]["openapi_schema"]["components"]["schemas"]["Input"][
        "properties"
    ]
    properties["negative_prompt"]["default"] = ""
    properties["image"]["default"] = ""
    [told] = differences(entry, schema)
    assert not told.breaks
    assert str(told) == (
        'negative_prompt: default is "" at the service, '
        '"low quality, worst quality, deformed, distorted" here'
    )


def test_another_default_of_what_is_always_sent_breaks_nothing():
    entry = of("fal:veo-3.1")
    schema = live(entry)
    properties = schema["components"]["schemas"]["TheInput"]["properties"]
    properties["auto_fix"]["default"] = False
    properties["safety_tolerance"]["default"] = "2"
    found = {each.input: each.breaks for each in differences(entry, schema)}
    assert found == {"auto_fix": False, "safety_tolerance": True}


def test_differences_in_fals_documents_are_found_too():
    entry = of("fal:wan-2.5")
    schema = deepcopy(live(entry))
    properties = schema["components"]["schemas"]["TheInput"]["properties"]
    properties["duration"]["enum"] = ["5", "10", "15"]
    properties["prompt"]["maxLength"] = 800
    found = {(each.input, each.what): each.breaks for each in differences(entry, schema)}
    assert found == {("duration", "choices"): False, ("prompt", "maxLength"): True}
    with pytest.raises(InvalidInput, match="no schema of inputs"):
        differences(entry, {"detail": "not found"})
