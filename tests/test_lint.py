"""The lint finds every planted fault, and nothing in a plan that ships."""

from itertools import pairwise

import pytest

from songreel.models.errors import InvalidInput
from songreel.models.storyboard import CameraMove
from songreel.prompting.dialects import known
from songreel.prompting.faults import RULES
from songreel.prompting.lint import lint
from songreel.prompting.looks import books, find_look, looks
from songreel.prompting.moves import moves_in, sizes_in
from songreel.prompting.plan import plan
from songreel.prompting.sentences import Limits
from support import analyses, short

SONG, LOOK = short.song(), find_look("neon-night")


@pytest.fixture(scope="module")
def plans():
    return {dialect: plan(short.drift(), LOOK, dialect=dialect) for dialect in known()}


def planted(storyboard, change, index=4, **updates):
    """`storyboard` with one shot's prompt changed, and other fields with it."""
    shots = list(storyboard.shots)
    updates["prompt"] = change(shots[index].prompt)
    shots[index] = shots[index].model_copy(update=updates)
    return storyboard.model_copy(update={"shots": tuple(shots)})


def add(text):
    return lambda prompt: f"{prompt.removesuffix('.')}. {text}"


def instead(old, new):
    def change(prompt):
        assert old in prompt, prompt
        return prompt.replace(old, new)

    return change


def only(text):
    return lambda _: text


def same(prompt):
    return prompt


LONG = "Rain runs down the glass in thin bright threads of light. "
FAULTS = [
    # (dialect, rule, change, other fields, what the finding must name)
    ("plain", "empty", only("   "), {}, "says nothing"),
    ("ltx", "empty", only("..."), {}, "says nothing"),
    ("plain", "characters", add("A door\u200b opens."), {}, "U+200B"),
    ("wan", "characters", add("A door\x07 opens."), {}, "U+0007"),
    ("veo", "characters", add("A door \ufffd opens."), {}, "does not print"),
    ("mochi", "characters", same, {"negative": "rain\u202e, snow"}, "negative prompt holds"),
    ("plain", "brackets", add("A door (half open."), {}, "'(' is never closed"),
    ("ltx", "brackets", add("A door half open)."), {}, "')' closes nothing"),
    ("minimax", "brackets", add("[Pan left A door opens."), {}, "'[' is never closed"),
    ("minimax", "brackets", add("A door (half open] waits."), {}, "']' closes nothing"),
    ("veo", "brackets", add('A door with a "red handle.'), {}, "quotation mark"),
    ("plain", "placeholder", add("The light is {light}."), {}, "{light}"),
    ("wan", "placeholder", add("TODO describe the street."), {}, "TODO"),
    ("plain", "other shots", add("The same as before, but nearer."), {}, "ame as"),
    ("ltx", "other shots", add("The courier rides past again."), {}, "again"),
    ("hunyuan", "other shots", add("The rain falls as in the last shot."), {}, "as in the last"),
    ("veo", "other shots", add("It continues from the bridge."), {}, "continues from"),
    ("haiper", "other shots", add("The previous scene fades away."), {}, "previous scene"),
    ("wan", "other shots", add("Wearing the same coat as on the bridge."), {}, "the same coat as"),
    ("minimax", "other shots", add("The sign lights up once more."), {}, "once more"),
    ("plain", "negation", add("There are no people."), {}, "'no'"),
    ("wan", "negation", add("The road is not wet."), {}, "in the negative prompt"),
    ("hunyuan", "negation", add("A street without cars."), {}, "as it should look"),
    ("veo", "negation", add("Don't show any faces."), {}, "Don't"),
    ("ltx", "negation", add("The light doesn’t flicker."), {}, "doesn’t"),
    ("plain", "sound", add("The engine roars."), {}, "roars"),
    ("ltx", "sound", add("Loud music plays from a window."), {}, "Loud"),
    ("veo", "sound", add("SFX: rain on metal."), {}, "SFX"),
    ("wan", "sound", add("Everything flashes to the beat."), {}, "beat"),
    ("mochi", "sound", add("Silence lies over the street."), {}, "Silence"),
    ("plain", "banned words", add("A watermark in the corner."), {}, "watermark"),
    ("veo", "banned words", add("The title card shows the band."), {}, "title card"),
    ("ltx", "banned words", add("A sign reading OPEN."), {}, "sign reading"),
    ("wan", "banned words", add("Taylor Swift stands in the rain."), {}, "Taylor Swift"),
    ("minimax", "banned words", add("A Ferrari waits at the light."), {}, "Ferrari"),
    ("hunyuan", "banned words", add("Filmed in the style of Nolan."), {}, "in the style of N"),
    ("ltx", "too long", only(LONG * 20), {}, "220 words, ltx reads 200"),
    ("wan", "too long", only("Incandescent reverberations " * 80), {}, "2240 characters, wan"),
    ("hunyuan", "too long", only(LONG * 18), {}, "tokens, hunyuan reads 256"),
    ("mochi", "too long", only(LONG * 17 + "high resolution 4k"), {}, "mochi reads 250"),
    ("minimax", "too long", only(LONG * 40), {}, "characters, minimax reads 2000"),
    ("haiper", "too long", only(LONG * 9), {}, "99 words, haiper reads 90"),
    ("ltx", "too short", only("A rider in the rain."), {}, "does poorly under 50"),
    ("wan", "too short", only("A rider in the rain, neon signs all round."), {}, "under 45"),
    ("veo", "too short", only("Rain."), {}, "under 25"),
    ("plain", "contradiction", add("Bright daylight fills the night street."), {}, "day and night"),
    ("veo", "contradiction", add("Sunlit at noon."), {}, "day and night"),
    ("ltx", "contradiction", add("An interior, outdoors under the sky."), {}, "indoors and out"),
    ("wan", "contradiction", add("Inside a kitchen, on a beach."), {}, "indoors and outdoors"),
    ("hunyuan", "contradiction", add("A summer evening in winter."), {}, "summer and winter"),
    ("mochi", "contradiction", only("Motionless. The crowd explodes. high resolution 4k"), {},
     "stillness and wild"),
    ("plain", "contradiction", add("Completely still. The sparks whirl."), {}, "stillness and"),
    ("haiper", "contradiction", add("Slow motion, time-lapse."), {}, "slow motion and time-lapse"),
    ("veo", "contradiction", add("Deep focus, shallow depth of field."), {}, "deep and shallow"),
    ("ltx", "contradiction", add("A deserted street, bustling."), {}, "an empty place"),
    ("plain", "contradiction", add("An extreme close-up, then a wide shot."), {}, "shot at once"),
    ("plain", "camera", add("A locked-off camera that pans to the left."), {}, "stand still"),
    ("ltx", "camera", add("The camera stays fixed. It pans to the left."), {}, "stand still"),
    ("veo", "camera", add("Static shot, fast dolly in."), {}, "stand still"),
    ("wan", "camera", add("The camera pans to the left. The camera tilts up."), {}, "more moves"),
    ("haiper", "camera", add("Fast pan to the left, slow tilt upwards."), {}, "more moves"),
    ("hunyuan", "camera", same, {"camera": CameraMove.ROLL}, "plan's camera is roll"),
    ("wan", "camera", add("A low-angle view of the tower."), {}, "beside a camera move"),
    ("ltx", "camera", add("A jib drifts by."), {}, "does not know 'jib'"),
    ("mochi", "camera", add("Rack focus to the sign."), {}, "'Rack focus'"),
    ("ltx", "commands", lambda p: f"[Push in] {p}", {}, "takes [Push in] for noise"),
    ("veo", "commands", add("[Shake]"), {}, "takes [Shake] for noise"),
    ("minimax", "commands", lambda p: f"[Swoop] {p}", {}, "none of the fifteen"),
    ("minimax", "commands", lambda p: f"[Orbit left] {p}", {}, "[Orbit left]"),
    ("minimax", "commands", only("[Pan left,Tilt up][Zoom in] A door opens in the rain [Push in]."
     " A rider comes out of the house into the wet street."), {}, "4 commands are more"),
    ("plain", "syntax", add("--ar 16:9"), {}, "--ar"),
    ("wan", "syntax", add("(neon:1.4) signs."), {}, "(neon:1.4)"),
    ("ltx", "syntax", add("Masterpiece, trending on artstation."), {}, "Masterpiece"),
    ("ltx", "unseen mood", add("A sense of longing lies over it."), {}, "A sense of"),
    ("wan", "unseen mood", add("The picture evokes a lost summer."), {}, "evokes"),
    ("mochi", "unseen mood", add("Nostalgic. high resolution 4k"), {}, "Nostalgic"),
    ("minimax", "unseen mood", add("Euphoric, bittersweet."), {}, "Euphoric"),
    ("plain", "colours", add("A monochrome picture."), {}, "monochrome"),
    ("ltx", "colours", add("The colours are olive and straw yellow."), {}, "olive"),
    ("wan", "colours", add("The tones are straw yellow."), {}, "straw yellow"),
    ("plain", "negative", add("A logo of light."), {}, "forbids 'logo'"),
    ("ltx", "negative", same, {"negative": "no cars, rain"}, "turns it round"),
    ("veo", "negative", same, {"negative": "don't blur"}, "turns it round"),
    ("wan", "negative", same, {"negative": "blur, " * 120}, "characters, wan reads 500"),
    ("hunyuan", "negative", same, {"negative": "cars"}, "takes no negative prompt"),
    ("minimax", "negative", same, {"negative": "cars"}, "takes no negative prompt"),
    ("haiper", "negative", same, {"negative": "cars"}, "takes no negative prompt"),
    ("ltx", "negative", same, {"negative": "camera movement"}, "and the camera moves"),
    ("plain", "subject", only("Wide shot: the courier waits under a sign."), {}, "has not met"),
    ("wan", "subject", only("35 mm film, wide shot. The courier's glove on the throttle, rain all "
     "over it, neon signs left and right of the road, their light running over the wet tarmac and "
     "up the walls of the towers on both sides, steam rising from the grates."), {}, "has not met"),
]  # fmt: skip


def test_enough_is_planted_and_no_rule_or_dialect_is_left_out():
    assert len(FAULTS) >= 40
    assert {rule for _, rule, *_ in FAULTS} == set(RULES)
    assert {dialect for dialect, *_ in FAULTS} == set(known())


@pytest.mark.parametrize(
    ("dialect", "rule", "change", "fields", "named"),
    FAULTS,
    ids=[f"{i}-{dialect}-{rule.replace(' ', '-')}" for i, (dialect, rule, *_) in enumerate(FAULTS)],
)
def test_a_planted_fault_is_found_where_it_is(plans, dialect, rule, change, fields, named):
    storyboard = plans[dialect]
    faulty = planted(storyboard, change, **fields)
    found = lint(faulty)
    assert {finding.shot for finding in found} == {storyboard.shots[4].id}
    told = [finding for finding in found if finding.rule == rule]
    assert any(named in finding.text for finding in told), [f.text for f in found]
    assert all(finding.severity == RULES[rule][1] for finding in told)
    # Edited, it is sent as it stands, so every dialect hears of it that knows the rule.
    assert lint(faulty, dialect) == found


def test_neighbours_with_one_prompt_are_found_unless_they_are_one_take(plans):
    storyboard = plans["plain"]
    same = storyboard.shots[3].prompt.upper()
    faulty = planted(storyboard, only(same), camera=storyboard.shots[3].camera)
    (finding,) = [f for f in lint(faulty) if f.rule == "duplicate"]
    assert finding.shot == storyboard.shots[4].id
    assert storyboard.shots[3].id in finding.text
    shots = [
        shot.model_copy(update={"take": "a"}) if i in (3, 4) else shot
        for i, shot in enumerate(faulty.shots)
    ]
    faulty = faulty.model_copy(update={"shots": tuple(shots)})
    assert not [f for f in lint(faulty) if f.rule == "duplicate"]


def test_a_models_own_limits_come_before_its_dialects(plans):
    storyboard = plans["minimax"]
    assert lint(storyboard) == ()
    strict = lint(storyboard, limits=Limits(characters=100))
    assert {finding.shot for finding in strict} == {shot.id for shot in storyboard.shots}
    assert all("minimax reads 100" in finding.text for finding in strict)
    with pytest.raises(InvalidInput, match="'klingon' is not known"):
        lint(storyboard, "klingon")


@pytest.mark.parametrize("look", looks())
def test_nothing_is_found_in_any_plan_that_ships(look):
    plain = plan(SONG, find_look(look))
    found = [(dialect, *finding) for dialect in known() for finding in lint(plain, dialect)]
    for song, seed, dialect in ((short.waltz(), 1, "minimax"), (short.drift(), 2, "wan")):
        found += lint(plan(song, find_look(look), seed=seed, dialect=dialect))
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("look", looks())
def test_nothing_is_found_in_whole_songs(look):
    for song in (analyses.pop(), analyses.edm(), analyses.waltz(), analyses.ballad(),
                 analyses.ambient()):  # fmt: skip
        storyboard = plan(song, find_look(look))
        assert [f for dialect in known() for f in lint(storyboard, dialect)] == []


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("The camera slowly pushes in on the door.", {CameraMove.PUSH_IN}),
        ("The traveller pushes into the wind, pulling at a rope.", set()),
        ("A crane stands by the river while starlings roll over the roofs.", set()),
        ("[Truck left,Pan right] A tower.", {CameraMove.ORBIT}),
        ("[Truck left] A tower.", {CameraMove.TRACK_LEFT}),
        ("Slow dolly out from a locked-off camera.", {CameraMove.PULL_OUT, CameraMove.STATIC}),
        ("A pan of milk, a tilted hat, a track through the wood.", set()),
    ],
)
def test_moves_are_the_cameras_and_not_the_subjects(text, moves):
    assert moves_in(text) == moves


def test_sizes_are_told_apart():
    assert [str(size) for size in sizes_in("An extreme wide shot of a hill")] == ["extreme wide"]
    assert [str(size) for size in sizes_in("An extreme close-up")] == ["extreme close-up"]
    assert sizes_in("The shadows close up behind them") == set()


def test_a_story_names_its_subject_in_the_same_words_everywhere():
    for name, book in books().items():
        storyboard = plan(SONG, find_look(name))
        subjects = {shot.parts.subject for shot in storyboard.shots} - {""}
        assert subjects == {book.subject}
        pairs = pairwise(shot.prompt for shot in storyboard.shots)
        assert all(a != b for a, b in pairs)
