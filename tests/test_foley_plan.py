"""The sound of pictures, planned: chunks tile the film, words name what sounds."""

import re
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songreel.models.errors import InvalidInput
from songreel.models.foley import FoleyPlan, FoleyShot
from songreel.prompting.foley.plan import foley_plan, shots_of
from songreel.prompting.foley.presets import presets
from songreel.prompting.foley.sources import heard_in, sources
from songreel.prompting.foley.words import MOST_WORDS
from songreel.prompting.looks import books
from support.boards import board

RATE = Fraction(24)


def told(*prompts: str, seconds: float = 5.0, **more: str) -> tuple[FoleyShot, ...]:
    frames = round(seconds * RATE)
    return tuple(
        FoleyShot(id=f"s{n + 1:02d}", start=n * frames, end=(n + 1) * frames, prompt=p, **more)
        for n, p in enumerate(prompts)
    )


def shots(*lengths: int) -> list[FoleyShot]:
    edges = [0]
    for length in lengths:
        edges.append(edges[-1] + length)
    return [
        FoleyShot(id=f"s{n:03d}", start=a, end=b, prompt=("rain", "a street", "a train")[n % 3])
        for n, (a, b) in enumerate(pairwise(edges))
    ]


def words_of(*prompts: str, **options) -> str:
    return ", ".join(cue.prompt for cue in foley_plan(told(*prompts), rate=RATE, **options).cues)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 1500), min_size=1, max_size=40),
    st.sampled_from([Fraction(24), Fraction(30000, 1001), Fraction(60)]),
    st.sampled_from([30.0, 29.5, 8.0]),
)
def test_chunks_tile_the_film_at_its_cuts(lengths, rate, longest):
    film = shots(*lengths)
    plan = foley_plan(film, rate=rate, longest=longest)
    assert (plan.cues[0].start, plan.frames) == (0, film[-1].end)
    cuts = {shot.start for shot in film}
    for cue in plan.cues:
        assert 0 < cue.frames <= longest * rate
        assert (cue.start in cuts) != cue.splits_shot
        heard = {s.id for s in film if s.start < cue.end and s.end > cue.start}
        assert set(cue.shots) == heard
    assert FoleyPlan.from_json(plan.to_json()) == plan


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(5, 90), min_size=1, max_size=40).filter(lambda n: sum(n) >= 72))
def test_no_chunk_is_under_three_seconds_where_shots_can_be_joined(lengths):
    plan = foley_plan(shots(*lengths), rate=RATE)
    assert all(cue.frames / RATE >= 3 for cue in plan.cues)


def test_a_long_shot_is_divided_evenly():
    plan = foley_plan(shots(24 * 95), rate=RATE)
    assert [cue.frames for cue in plan.cues] == [570, 570, 570, 570]
    assert [cue.splits_shot for cue in plan.cues] == [False, True, True, True]
    assert len({cue.seed for cue in plan.cues}) == 4
    assert "divided into equal pieces, at 0:23.75, 0:47.50, 1:11.25" in plan.reasons[0]


def test_short_shots_share_a_chunk_that_names_them_in_order():
    plan = foley_plan(told("a kettle boils", "rain on a window", seconds=2), rate=RATE)
    (cue,) = plan.cues
    assert cue.shots == ("s01", "s02")
    assert re.search(r"kettle.*, then .*rain against a window", cue.prompt)


def test_shots_that_sound_unlike_stand_alone_and_alike_ones_do_not():
    unlike = foley_plan(told("a train", "a waterfall", seconds=5), rate=RATE)
    alike = foley_plan(told("a train on a bridge", "the train again", seconds=5), rate=RATE)
    assert (len(unlike.cues), len(alike.cues)) == (2, 1)


@pytest.mark.parametrize(
    ("seen", "heard"),
    [
        ("rain on the tin roof of a barn, lightning far away", "rain on a metal roof"),
        ("rain on the tin roof of a barn, lightning far away", "thunder"),
        ("a woman walks through fresh snow", "boots crunching on snow"),
        ("an espresso is pulled in a small café", "espresso machine hissing"),
        ("the police car skids around the corner", "tyres screeching"),
        ("a campfire under the stars", "a fire crackling"),
        ("a boy runs along the beach", "bare feet running on sand"),
        ("the door swings open", "door creaking open"),
        ("a subway train leaves the platform", "train braking into a station"),
        ("an old clock in the hallway", "a clock ticking"),
    ],
)
def test_what_is_seen_is_named_as_what_sounds(seen, heard):
    assert heard in words_of(seen)


@pytest.mark.parametrize(
    ("seen", "never"),
    [
        ("light falling like rain on marble", "rain"),
        ("a street without cars", "car "),
        ("a house with a green front door", "door"),
        ("a firefly over the grass", "flames"),
        ("a choir sings in the cathedral", "singing"),
        ("people talking in the kitchen", "talking"),
        ("a band on the stage", "music"),
        ("wide shot, slow dolly in, a crane shot of a lake", "machinery"),
    ],
)
def test_what_is_likened_absent_or_not_asked_for_is_not_heard(seen, never):
    assert never not in words_of(seen, preset="plain")


def test_voices_and_music_are_heard_when_asked_for():
    plan = foley_plan(told("a choir sings"), rate=RATE, voices=True, music=True)
    assert "singing" in plan.cues[0].prompt
    assert not {"music", "voice", "speech", "singing"} & set(plan.cues[0].negative.split(", "))


def test_a_persons_words_for_the_sound_come_first():
    plan = foley_plan(
        told("a busy street", sound="a choir far away, no wind or traffic"),
        rate=RATE,
        throughout="distant sea",
        preset="plain",
    )
    (cue,) = plan.cues
    assert cue.prompt == "a choir far away, distant sea"
    assert cue.negative == "wind, traffic"


def test_the_negative_prompt_is_never_the_hosts():
    for name, preset in presets().items():
        plan = foley_plan(told("a street"), rate=RATE, preset=name)
        kept = plan.cues[0].negative.split(", ")
        assert kept[:4] == ["music", "speech", "voice", "singing"]
        assert plan.cues[0].settings["cfg_strength"] == preset.cfg_strength
        assert plan.cues[0].settings.get("mask_away_clip", False) is not preset.pictures


def test_what_a_preset_keeps_out_is_heard_where_it_is_seen():
    plan = foley_plan(told("a ferry crosses the bay"), rate=RATE, preset="nature")
    assert "engine" in plan.cues[0].prompt
    assert "engine" not in plan.cues[0].negative.split(", ")


def test_a_draft_takes_fewer_steps_and_a_person_has_the_last_word():
    film = told("a street")
    steps = {
        quality: foley_plan(film, rate=RATE, quality=quality).cues[0].settings["num_steps"]
        for quality in ("draft", "final")
    }
    assert steps == {"draft": 12, "final": 25}
    own = foley_plan(film, rate=RATE, settings={"num_steps": 40})
    assert own.cues[0].settings["num_steps"] == 40


def test_a_picture_without_a_sound_has_the_presets_bed_and_says_so():
    plan = foley_plan(told("a red square"), rate=RATE, preset="horror")
    assert plan.cues[0].prompt.startswith("cold air in an empty building")
    assert plan.reasons[0].startswith("s01: the words name nothing that sounds")


def test_every_look_is_heard():
    silent, pictures = 0, 0
    for book in books().values():
        for picture in book.picture:
            text = f"{picture.rising}. {picture.medium}. {picture.motif}. {book.near}"
            silent += not heard_in(text)
            pictures += 1
    assert silent / pictures < 0.08


def test_prompts_stay_within_what_the_encoder_reads():
    film = told(*(f"a {a} beside a {b} in the rain" for a in ("train", "boat", "dog", "robot")
                  for b in ("river", "road", "forest", "market")), seconds=0.6)  # fmt: skip
    for cue in foley_plan(film, rate=RATE, throughout="a distant sea").cues:
        assert len(re.findall(r"[\w'’-]+", cue.prompt)) <= MOST_WORDS
        assert "a distant sea" in cue.prompt


def test_an_unchanged_chunk_keeps_its_words_and_seed():
    before = foley_plan(told("a train", "a waterfall", "a street"), rate=RATE)
    after = foley_plan(told("a train", "a waterfall", "a forest"), rate=RATE)
    assert before.cues[:2] == after.cues[:2]


def test_sources_point_at_sources():
    names = set(sources())
    assert all(set(source.hides) <= names - {name} for name, source in sources().items())


def test_a_storyboard_is_heard_to_its_last_frame():
    storyboard = board()
    plan = foley_plan(shots_of(storyboard, RATE), rate=RATE)
    assert plan.frames == -(-storyboard.track.samples * 24 // storyboard.track.sample_rate)
    own = foley_plan(shots_of(storyboard, RATE, own={"s02": "a gong"}), rate=RATE)
    assert "a gong" in ", ".join(cue.prompt for cue in own.cues)


@pytest.mark.parametrize(
    ("film", "options", "said"),
    [
        (shots(48), {"preset": "horor"}, r"'horor' is not known; did you mean horror\?"),
        (shots(48), {"longest": 0.5}, "chunks of 0.5 s at most are too short"),
        ([], {}, "there are no shots"),
        (shots(48, 48)[1:], {}, "shot s001 must start at frame 0, not at 48"),
        ([*shots(48), *shots(48, 9, 48)[2:]], {}, "shot s002 must start where s000 ends, at"),
    ],
)
def test_bad_input_is_named(film, options, said):
    with pytest.raises(InvalidInput, match=said):
        foley_plan(film, rate=RATE, **options)
