"""Which clip a shot gets: portions, words, images, chains, stand-ins."""

from decimal import Decimal
from fractions import Fraction

import cv2
import pytest

from songreel.generation.provider import Context
from songreel.generation.providers.still import StillImage
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Words
from support.boards import board
from support.films import CROSSFADE, CUT
from support.pictures import number_in, read_video, scenery, write_photo
from support.shop import Shop, alike, failing, forever, run, telling


@pytest.fixture
def still(tmp_path):
    maker = StillImage(Context(scratch=tmp_path / "scratch", workers=2))
    yield maker
    maker.close()


@pytest.fixture
def photo(tmp_path):
    return write_photo(tmp_path / "sea.png", scenery(320, 180, 200))


# Portions


def test_shots_of_one_take_show_different_portions_of_one_clip(folder, shop, wallet):
    film = board(transitions=[CUT, CUT, CROSSFADE, CUT], **alike("s00", "s02"))
    clips = run(folder, shop, wallet, film)
    assert shop.sold == 3
    first, second = clips["s00"], clips["s02"]
    assert first.file == second.file
    assert first.frames == 7 * 24
    assert (first.begins, second.begins) == (0, Fraction(48 + 5, 24))  # its head before the cut
    assert (first.cost.usd, second.cost) == (Decimal("0.30"), None)
    assert wallet.paid == sum(clip.cost.usd for clip in clips.values() if clip.cost)
    frames = read_video(folder / second.file)
    assert number_in(frames[int(second.begins * 24)]) == 53
    assert len(list(folder.glob("s0[02]-*.json"))) == 2


def test_shots_that_become_shorter_show_the_longer_clip_that_is_there(folder, shop, wallet):
    long = board((0.0, 4.0))
    before = run(folder, shop, wallet, long, only=["s00"])
    after = run(folder, shop, wallet, board((0.0, 2.0)), only=["s00"])
    assert after["s00"].file == before["s00"].file
    assert after["s00"].frames == 7 * 24
    assert shop.sold == 1


def test_a_free_clip_is_made_for_its_shot_alone(folder, painter):
    run(folder, painter, film=board((0.0, 4.0)), only=["s00"])
    run(folder, painter, film=board((0.0, 2.0)), only=["s00"])
    assert painter.made == [0, 0]


def test_another_size_or_rate_of_the_film_buys_nothing_again(folder, shop, wallet):
    run(folder, shop, wallet)
    spec = RenderSpec(width=320, height=180, rate=Fraction(30))
    clips = run(folder, shop, wallet, spec=spec)
    assert shop.sold == 4
    assert {clip.rate for clip in clips.values()} == {Fraction(24)}


def test_a_shot_longer_than_any_clip_goes_to_the_next_rung(folder, tmp_path, wallet, painter):
    short = Shop(tmp_path / "world", lengths=(1,))
    clips = run(folder, short, wallet, only=["s00"], others={"builtin": painter})
    assert clips["s00"].provider == "painter"
    assert "it would cover 50% of the shot" in clips["s00"].substitution
    assert short.sold == 0


# Words and images


def test_a_source_is_asked_in_its_own_dialect(folder, shop, wallet, painter):
    shop.traits = shop.traits.model_copy(update={"dialect": "tapes"})

    def words(shot, dialect):
        return Words(prompt=f"{shot.id} in {dialect}", negative=f"no {dialect}")

    film = board(s01={"provider": "painter"})
    clips = run(folder, shop, wallet, film, others={"painter": painter}, words=words)
    assert clips["s00"].request.prompt == "s00 in tapes"
    assert clips["s00"].request.negative == "no tapes"
    assert clips["s01"].request.prompt == "s01 in plain"


def test_an_image_is_handed_over_and_known_by_its_content(folder, tmp_path, shop, wallet, photo):
    film = board(s00={"start_image": "sea.png"})
    clips = run(folder, shop, wallet, film, only=["s00"], base=tmp_path)
    assert clips["s00"].request.start.sha256 == sha256_of(photo)
    assert shop.seen[0].start == photo
    photo.rename(tmp_path / "ocean.png")
    film = board(s00={"start_image": str(tmp_path / "ocean.png")})
    run(folder, shop, wallet, film, only=["s00"])
    assert shop.sold == 1
    write_photo(tmp_path / "ocean.png", scenery(320, 180, 20))
    run(folder, shop, wallet, film, only=["s00"])
    assert shop.sold == 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [("gone.png", "cannot be read: No such file"), ("text.png", "is no image that can be read")],
)
def test_an_image_that_cannot_be_used_is_named_with_its_shot(folder, tmp_path, shop, name, reason):
    (tmp_path / "text.png").write_text("not a picture")
    film = board(s01={"end_image": name})
    with pytest.raises(InvalidInput, match=f"shot s01: .*{name}.*{reason}"):
        run(folder, shop, film=film, base=tmp_path)
    assert shop.sold == 0


@pytest.mark.usefixtures("photo")
def test_a_source_that_takes_no_image_says_so(folder, tmp_path, shop, wallet):
    images = {"start_image": "sea.png", "end_image": "sea.png", "references": ("sea.png",)}
    film = board(s00=images)
    clips = run(folder, shop, wallet, film, only=["s00"], base=tmp_path)
    notes = " ".join(clips["s00"].remarks)
    assert "takes no end image" in notes
    assert "takes no reference images" in notes
    assert "start image" not in notes


# Chains


def chain(**more):
    return board(s01={"start_image": "previous", **more})


def test_a_chained_clip_begins_with_the_last_picture_shown_before_it(folder, shop, wallet):
    pictures = []
    submit = shop.submit

    def looking(request, images):
        if images.start is not None:
            pictures.append(cv2.cvtColor(cv2.imread(str(images.start)), cv2.COLOR_BGR2RGB))
        return submit(request, images)

    shop.submit = looking
    clips = run(folder, shop, wallet, chain())
    assert shop.made == [0, 2, 3, 1]  # it waits for the first
    (picture,) = pictures
    assert number_in(picture) == 47  # two seconds are shown of three
    start = clips["s01"].request.start
    assert (start.after, start.at) == (clips["s00"].request.fingerprint, 2)
    again = run(folder, shop, wallet, chain())
    assert (again, shop.sold) == (clips, 4)


def test_another_clip_before_it_ages_a_chained_one(folder, shop, wallet):
    run(folder, shop, wallet, chain())
    film = board(s00={"prompt": "other"}, s01={"start_image": "previous"})
    run(folder, shop, wallet, film)
    assert shop.sold == 6


def test_a_chain_follows_the_longer_clip_that_is_there(folder, shop, wallet):
    film = board((0.0, 4.0, 6.0), s01={"start_image": "previous"})
    run(folder, shop, wallet, film)
    assert shop.sold == 3
    shorter = board((0.0, 2.0, 6.0), s01={"start_image": "previous"})
    clips = run(folder, shop, wallet, shorter)
    assert clips["s01"].request.start.after == clips["s00"].request.fingerprint
    assert clips["s00"].frames == 7 * 24


def test_after_a_stand_in_a_chained_clip_begins_on_its_own(folder, shop, wallet, painter):
    shop.faults = {("poll", seed): forever(failing()) for seed in (0, 100)}
    clips = run(folder, shop, wallet, chain(), others={"builtin": painter})
    assert clips["s00"].provider == "painter"
    assert clips["s01"].request.start is None
    assert "another clip stands in for it" in " ".join(clips["s01"].remarks)
    assert clips["s01"].substitution is None


def test_a_long_chain_is_made_one_after_the_other(folder, shop, wallet):
    later = {"start_image": "previous"}
    run(folder, shop, wallet, board(s01=later, s02=later, s03=later))
    assert shop.made == [0, 1, 2, 3]
    assert run(folder, shop, wallet, board(s01=later, s02=later, s03=later))
    assert shop.sold == 4


def test_a_single_chained_shot_follows_what_is_on_the_shelf(folder, shop, wallet):
    run(folder, shop, wallet, only=["s00"])
    clips = run(folder, shop, wallet, chain(), only=["s01"])
    assert clips["s01"].request.start.at == 2


def test_a_single_chained_shot_with_nothing_before_it_begins_on_its_own(folder, shop, wallet):
    clips = run(folder, shop, wallet, chain(), only=["s01"])
    assert clips["s01"].request.start is None
    assert "last picture of s00: its clip is not there" in " ".join(clips["s01"].remarks)


def test_the_first_shot_has_none_before_it(folder, shop):
    with pytest.raises(InvalidInput, match="shot s00 opens the film"):
        run(folder, shop, film=board(s00={"start_image": "previous"}))


# Stand-ins


def refusing(shop, seed):
    shop.faults |= {("poll", seed): [failing(refused=True)] * 9}


@pytest.mark.usefixtures("photo")
def test_the_shots_own_picture_moves_where_no_clip_can_be_had(
    folder, tmp_path, shop, wallet, still, painter
):
    refusing(shop, 1)
    film = board(s01={"start_image": "sea.png"})
    others = {"still": still, "builtin": painter}
    clips = run(folder, shop, wallet, film, others=others, base=tmp_path)
    assert clips["s01"].provider == "still"
    assert "in its place still (the picture" in clips["s01"].substitution
    assert painter.made == []


def test_a_neighbours_unused_span_serves_a_shot_of_its_section(folder, tmp_path, painter, wallet):
    shop = Shop(tmp_path / "world", lengths=(7,))
    refusing(shop, 1)
    film = board(transitions=[CUT, CUT, CROSSFADE, CUT])
    clips = run(folder, shop, wallet, film, others={"builtin": painter})
    section = {shot.id: shot.section for shot in film.shots}
    near = next(shot for shot in ("s00", "s02", "s03") if section[shot] == section["s01"])
    stand_in, clip = clips["s01"], clips[near]
    assert stand_in.file == clip.file
    used = clip.begins + film.spans[0][1]
    assert stand_in.begins >= used
    assert f"an unused span of the clip of {near} (2.00 to 4.2" in stand_in.substitution
    assert stand_in.cost is None
    assert painter.made == []


def test_no_span_is_shown_twice_and_the_last_resort_steps_in(folder, tmp_path, painter, wallet):
    shop = Shop(tmp_path / "world", lengths=(5,))
    for seed in (1, 2, 3):
        refusing(shop, seed)
    clips = run(folder, shop, wallet, others={"builtin": painter})
    assert [clip.provider for clip in clips.values()] == [
        "shop:tape", "shop:tape", "painter", "painter"
    ]  # fmt: skip
    assert clips["s01"].file == clips["s00"].file
    assert clips["s01"].begins == 2


def test_a_chain_behind_a_parked_shot_goes_on(folder, tmp_path, painter, wallet):
    shop = Shop(tmp_path / "world", lengths=(3,))
    refusing(shop, 0)
    clips = run(folder, shop, wallet, chain(), others={"builtin": painter})
    assert clips["s00"].provider == "painter"
    assert clips["s01"].provider == "shop:tape"


def test_a_stand_in_is_asked_in_its_own_words_and_its_clips_are_shared(folder, shop, wallet):
    shop.faults |= {("submit", seed): [telling(down=True)] for seed in range(1000)}
    other = Shop(folder.parent / "other", name="other:reel")
    other.traits = other.traits.model_copy(update={"dialect": "reels"})

    def words(shot, dialect):
        return Words(prompt=f"{shot.take or shot.id} in {dialect}")

    clips = run(
        folder, shop, wallet, board(**alike("s00", "s02")), others={"other:reel": other},
        stand_ins=("other:reel",), words=words,
    )  # fmt: skip
    assert {clip.provider for clip in clips.values()} == {"other:reel"}
    assert clips["s00"].request.prompt == clips["s02"].request.prompt == "t in reels"
    assert clips["s01"].request.prompt == "s01 in reels"
    assert clips["s00"].file == clips["s02"].file
    assert (shop.sold, other.sold) == (0, 3)
    assert all("in its place other:reel" in clip.substitution for clip in clips.values())
