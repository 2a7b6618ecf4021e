"""Prompts in the language of each model: order, length, camera, negatives, and what is edited."""

import hashlib
import os
import re
import subprocess
import sys
from itertools import pairwise
from typing import get_args

import pytest

from songreel.generation.catalogue.entry import Dialect
from songreel.models.errors import InvalidInput
from songreel.models.storyboard import CameraMove, Parts, ShotSize
from songreel.prompting.dialects import find_dialect, known, reword, words
from songreel.prompting.faults import COMMANDS
from songreel.prompting.forms import FORMS
from songreel.prompting.looks import find_look, looks
from songreel.prompting.moves import commands_in, moves_in, sizes_in
from songreel.prompting.plan import plan
from songreel.prompting.sentences import Limits, Phrase, article, count_words, told
from support import short

LOOK = find_look("neon-night")
MODELS = tuple(name for name in known() if name != "plain")


@pytest.fixture(scope="module")
def films():
    return {
        look: [plan(song, find_look(look)) for song in (short.song(), short.waltz())]
        for look in looks()
    }


@pytest.fixture(scope="module")
def film(films):
    return films["neon-night"][0]


def changed(shot, parts=None, **updates):
    if parts:
        updates["parts"] = shot.parts.model_copy(update=parts)
    return shot.model_copy(update=updates)


def acting(film):
    return next(shot for shot in film.shots if shot.parts.action)


def picture(film):
    return next(shot for shot in film.shots if not shot.parts.subject)


def test_the_dialects_are_known_and_another_is_refused_with_their_names(film):
    assert known() == (
        "plain", "ltx", "hunyuan", "mochi", "wan", "minimax", "haiper", "veo",
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="dialect 'klingon' is not known; .* plain, ltx, hun"):
        words(film.shots[0], film.look, "klingon")
    with pytest.raises(InvalidInput, match="dialect 'klingon'"):
        plan(short.drift(), LOOK, dialect="klingon")


def test_every_dialect_of_the_catalogue_is_known():
    assert set(get_args(Dialect)) <= set(known())


@pytest.mark.parametrize("dialect", known())
def test_every_prompt_of_every_look_is_within_the_models_limits(films, dialect):
    limits = find_dialect(dialect).limits
    for boards in films.values():
        for board in boards:
            for shot in board.shots:
                said = words(shot, board.look, dialect)
                assert limits.holds(said.prompt), said.prompt
                assert count_words(said.prompt) >= limits.least, said.prompt
                assert not limits.negative or len(said.negative) <= limits.negative


@pytest.mark.parametrize("dialect", known())
def test_the_essentials_are_told_in_every_dialect(films, dialect):
    for boards in films.values():
        for shot in boards[0].shots:
            prompt = words(shot, boards[0].look, dialect).prompt
            for part in (shot.parts.seen, shot.parts.subject, shot.parts.action):
                assert part.lower() in prompt.lower()
            assert shot.parts.place.lower() in prompt.lower()


@pytest.mark.parametrize("dialect", known())
@pytest.mark.parametrize("camera", CameraMove)
def test_each_camera_move_is_said_once_and_as_itself(film, camera, dialect):
    for pace in ("calm", "rising", "wild"):
        for source in (acting(film), picture(film)):
            shot = changed(source, {"pace": pace}, camera=camera)
            prompt = words(shot, film.look, dialect).prompt
            assert moves_in(prompt) == {camera}, prompt


@pytest.mark.parametrize("size", ShotSize)
@pytest.mark.parametrize("dialect", [name for name in known() if name != "mochi"])
def test_each_shot_size_is_named(film, size, dialect):
    prompt = words(changed(picture(film), size=size), film.look, dialect).prompt
    assert sizes_in(prompt) == {size}, prompt


def test_ltx_tells_action_then_place_then_camera_then_light(film):
    shot = acting(film)
    prompt = words(shot, film.look, "ltx").prompt
    assert prompt.startswith("A courier on a silver motorcycle " + shot.parts.action + ".")
    marks = ["In view, ", shot.parts.place, "The camera ", "lit by ", "The colours are ", "35 mm"]
    places = [prompt.index(mark) for mark in marks]
    assert places == sorted(places)
    assert "\n" not in prompt


def test_mochi_begins_with_the_shot_and_ends_with_the_resolution(films):
    for name, boards in films.items():
        for shot in boards[0].shots:
            prompt = words(shot, boards[0].look, "mochi").prompt
            assert re.match(r"A (close|medium) shot\b", prompt), prompt
            assert prompt.endswith("high resolution 4k")
            assert "hotorealistic" in prompt
            assert "animation" not in prompt, name


def test_wan_begins_with_the_style_and_ends_with_the_camera(film):
    for shot in film.shots:
        if shot.camera is CameraMove.STATIC:
            continue
        prompt = words(shot, film.look, "wan").prompt
        assert prompt.startswith("35 mm film with soft halation, ")
        last = prompt.rstrip(".").rsplit(". ", 1)[-1]
        assert re.match(r"The (handheld )?camera ", last), prompt


def test_only_minimax_has_commands_and_only_its_own(films):
    for boards in films.values():
        for shot in boards[0].shots:
            for dialect in known():
                commands = commands_in(words(shot, boards[0].look, dialect).prompt)
                if dialect == "minimax":
                    assert len(commands) <= 3
                    assert {command.lower() for command in commands} <= COMMANDS
                    assert commands or shot.camera is CameraMove.ROLL
                else:
                    assert not commands


def test_an_orbit_is_two_commands_at_once_for_minimax(film):
    shot = changed(film.shots[0], camera=CameraMove.ORBIT)
    assert words(shot, film.look, "minimax").prompt.startswith("[Truck left,Pan right] ")


def test_haiper_has_two_sentences(film):
    for shot in film.shots:
        assert len(re.findall(r"\.(?: |$)", words(shot, film.look, "haiper").prompt)) == 2


@pytest.mark.parametrize("dialect", MODELS)
def test_moods_are_told_where_a_model_sees_them(film, dialect):
    shot = changed(film.shots[0], {"mood": "tender and unhurried"})
    told = "tender and unhurried" in words(shot, film.look, dialect).prompt
    assert told == (dialect in ("hunyuan", "veo"))


@pytest.mark.parametrize("dialect", known())
def test_what_is_sung_and_the_seed_and_the_id_leave_no_mark_on_the_words(film, dialect):
    shot = acting(film)
    other = changed(shot, {"words": "oh my darling"}, id="zz", seed=7, energy=0.1, motion=0.1)
    assert words(other, film.look, dialect) == words(shot, film.look, dialect)


def test_negatives_are_the_models_own_and_the_looks(film):
    shot = film.shots[0]
    ltx = words(shot, film.look, "ltx").negative
    assert ltx.startswith("worst quality, inconsistent motion, blurry, jittery, distorted, ")
    assert ltx.endswith(film.look.negative)
    assert words(shot, film.look, "plain").negative == film.look.negative
    for dialect in ("hunyuan", "minimax", "haiper"):
        assert words(shot, film.look, dialect).negative == ""


def test_a_negative_lists_things(film):
    look = film.look.model_copy(update={"negative": "no people, don't show cars, without snow,fog"})
    assert words(film.shots[0], look, "veo").negative == "people, cars, snow, fog"


def test_a_negative_never_forbids_what_the_prompt_asks_for(film):
    shot = changed(film.shots[0], {"seen": "a watermark on blue paper, blurry"})
    said = words(shot, film.look, "ltx").negative.split(", ")
    assert "watermark" not in said
    assert "blurry" not in said
    assert "logo" in said


def test_where_a_negative_is_too_long_the_looks_own_things_stay(film):
    things = ", ".join(f"unwanted thing number {n}" for n in range(17))
    look = film.look.model_copy(update={"negative": things})
    said = words(film.shots[0], look, "wan").negative
    assert len(said) <= 500
    assert said.endswith(things)
    assert said.startswith("worst quality")


def test_the_least_important_goes_first_and_nothing_is_cut():
    sentences = [
        [Phrase("one two three"), Phrase("four five", 2)],
        [Phrase("six seven", 1), Phrase("eight", 3)],
        [Phrase("nine", 3)],
    ]
    texts = [told(sentences, Limits(words=n)) for n in (9, 8, 7, 6, 5, 4, 3)]
    assert texts == [
        "One two three, four five. Six seven, eight. Nine.",
        "One two three, four five. Six seven, eight.",
        "One two three, four five. Six seven.",
        "One two three. Six seven.",
        "One two three. Six seven.",
        "One two three.",
        "One two three.",
    ]
    assert told(sentences, Limits(words=2)) == "One two three."


@pytest.mark.parametrize("dialect", ["ltx", "hunyuan", "mochi", "wan", "minimax", "haiper"])
def test_a_long_shot_is_told_within_limits_in_whole_phrases(film, dialect):
    long = {
        name: f"{name} " + " ".join(f"word{n}" for n in range(60)) + f" {name}end"
        for name in ("light", "lens", "medium", "time", "mood")
    }
    shot = changed(acting(film), long)
    limits = Limits(words=150)
    prompt = told(FORMS[dialect](shot, shot.parts, find_dialect(dialect)), limits)
    assert count_words(prompt) <= 150
    for name, text in long.items():
        assert (text in prompt.lower()) == (f"{name}end" in prompt)
    assert shot.parts.action in prompt


def test_an_unedited_prompt_is_worded_anew_and_an_edited_one_is_sent_as_it_stands(film):
    shot = acting(film)
    assert reword(film, shot, "wan") == words(shot, film.look, "wan")
    assert reword(film, shot, "plain").prompt == shot.prompt
    edited = changed(shot, prompt="My grandmother's garden.")
    for dialect in known():
        assert reword(film, edited, dialect).prompt == "My grandmother's garden."
    assert reword(film, edited, "ltx").negative == words(shot, film.look, "ltx").negative
    denied = changed(shot, negative="roses")
    assert reword(film, denied, "hunyuan").negative == "roses"
    assert reword(film, denied, "hunyuan").prompt == words(shot, film.look, "hunyuan").prompt


def test_a_shot_without_parts_keeps_its_words(film):
    shot = changed(film.shots[0], prompt="A door.", negative="dogs").model_copy(
        update={"parts": None}
    )
    for dialect in known():
        assert reword(film, shot, dialect).model_dump() == {"prompt": "A door.", "negative": "dogs"}


def test_a_plan_is_told_in_its_dialect_and_says_so():
    film = plan(short.drift(), LOOK, dialect="minimax")
    assert film.dialect == "minimax"
    plain = plan(short.drift(), LOOK)
    for shot, other in zip(film.shots, plain.shots, strict=True):
        assert shot.prompt == words(shot, LOOK, "minimax").prompt
        assert reword(film, shot, "plain").prompt == other.prompt


def test_a_locked_shot_changes_its_language_but_not_a_persons_words():
    first = plan(short.song(), LOOK)
    shots = [changed(shot, locked=True) if i in (1, 3) else shot for i, shot in
             enumerate(first.shots)]  # fmt: skip
    shots[3] = changed(shots[3], prompt="A red door.")
    again = plan(
        short.song(), LOOK, keep=first.model_copy(update={"shots": tuple(shots)}), dialect="wan"
    )
    kept = {shot.id: shot for shot in again.shots if shot.locked}
    assert kept[shots[1].id].prompt == words(shots[1], LOOK, "wan").prompt
    assert kept[shots[3].id].prompt == "A red door."


@pytest.mark.parametrize("dialect", known())
def test_neighbours_never_have_the_same_words(films, dialect):
    for boards in films.values():
        for board in boards:
            said = [words(shot, board.look, dialect).prompt for shot in board.shots]
            assert not [a for a, b in pairwise(said) if a == b]


@pytest.mark.parametrize(
    ("noun", "said"),
    [
        ("wide shot", "a wide shot"), ("extreme wide shot", "an extreme wide shot"),
        ("anamorphic lens", "an anamorphic lens"), ("one bulb", "one bulb"),
        ("85 mm lens", "an 85 mm lens"), ("uniform light", "a uniform light"),
        ("hour-long exposure", "an hour-long exposure"), ("the old lens", "the old lens"),
    ],
)  # fmt: skip
def test_articles_are_right(noun, said):
    assert article(noun) == said


def test_a_picture_of_nobody_tells_no_story(film):
    parts = Parts(seen="a door", happens="", place="in a wall", light="", lens="", medium="")
    shot = changed(film.shots[0], camera=CameraMove.STATIC, size=ShotSize.WIDE).model_copy(
        update={"parts": parts}
    )
    for dialect in known():
        prompt = words(shot, film.look, dialect).prompt
        assert "a door" in prompt.lower()
        assert not re.search(r"  |,,|, ?\.|; ?[.;]|: ?\.| with ?[.;,]| by ?[.,]|\{", prompt), prompt


SCRIPT = """
import hashlib
from songreel.prompting.dialects import known, words
from songreel.prompting.looks import find_look
from songreel.prompting.plan import plan
from support import short
for dialect in known():
    film = plan(short.song(), find_look("old-forest"), dialect=dialect)
    print(hashlib.sha256(film.to_json().encode()).hexdigest())
"""


def test_another_process_with_other_hashes_writes_the_same_bytes():
    here = [
        hashlib.sha256(
            plan(short.song(), find_look("old-forest"), dialect=dialect).to_json().encode()
        ).hexdigest()
        for dialect in known()
    ]
    for seed in ("1", "4711"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        assert run.stdout.split() == here
