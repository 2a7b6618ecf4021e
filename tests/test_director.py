"""What shots show: one look through the film, rhymes, camera and sizes, colours and words."""

import re
from itertools import pairwise

import numpy as np
import pytest

from songreel.models.errors import InvalidInput
from songreel.models.music import Mood
from songreel.models.storyboard import CameraMove, Look, Oklch, ShotSize
from songreel.models.transition import TransitionKind
from songreel.prompting.dialects import words
from songreel.prompting.looks import books, choose_look, find_look, looks
from songreel.prompting.palette import describe, fitted, in_gamut, linear_srgb, shifted
from songreel.prompting.plan import plan
from songreel.prompting.prose import head_of, met, picture_of
from songreel.prompting.staging import OPPOSITE
from songreel.prompting.text import rows, screenplay
from support import analyses

SONGS = {"pop": analyses.pop, "edm": analyses.edm, "waltz": analyses.waltz,
         "ballad": analyses.ballad, "ambient": analyses.ambient}  # fmt: skip


@pytest.fixture(scope="module")
def films():
    return {
        name: plan(song(), find_look(look))
        for (name, song), look in zip(SONGS.items(), looks(), strict=False)
    }


@pytest.mark.parametrize("name", SONGS)
def test_neighbouring_shots_differ_in_size_and_sections_open_wide(films, name):
    shots = films[name].shots
    assert all(a.size is not b.size for a, b in pairwise(shots))
    entries = [shots[0], *(b for a, b in pairwise(shots) if a.section != b.section)]
    assert {shot.size for shot in entries} <= {ShotSize.EXTREME_WIDE, ShotSize.WIDE}


@pytest.mark.parametrize("name", SONGS)
def test_no_move_is_undone_by_the_next_within_a_section(films, name):
    inside = [(a, b) for a, b in pairwise(films[name].shots[:-1]) if a.section == b.section]
    assert not [(a.id, b.id) for a, b in inside if OPPOSITE.get(a.camera) is b.camera]


def test_energy_brings_shots_nearer_and_sets_them_moving(films):
    # Over many shots: how near one is hangs on its neighbours too, and a film has few calm ones.
    both = [*films["pop"].shots, *films["edm"].shots]
    sizes = np.array([(list(ShotSize).index(shot.size), shot.energy) for shot in both])
    wild_ones, calm_ones = sizes[sizes[:, 1] > 0.8, 0], sizes[sizes[:, 1] < 0.5, 0]
    assert wild_ones.mean() > calm_ones.mean() + 0.4
    shots = films["pop"].shots
    energy = np.array([shot.energy for shot in shots])
    motion = np.array([shot.motion for shot in shots])
    assert motion[energy > 0.8].min() > motion[energy < 0.5].max()
    wild = {CameraMove.HANDHELD, CameraMove.ROLL}
    assert not [shot for shot in shots if shot.energy < 0.5 and shot.camera in wild]


def test_a_build_is_one_push(films):
    storyboard = films["edm"]
    moves = {s.camera for s in storyboard.shots if storyboard.sections[s.section].label == "build"}
    assert moves == {CameraMove.PUSH_IN}


@pytest.mark.parametrize("name", SONGS)
def test_a_prompt_is_one_to_three_sentences_of_one_world(films, name):
    storyboard = films[name]
    book = books()[storyboard.look.name]
    for shot in storyboard.shots:
        sentences = re.findall(r"[^.]+\.(?: |$)", shot.prompt)
        assert 1 <= len(sentences) <= 3, shot.prompt
        assert book.place[1:] in shot.prompt or book.near in shot.prompt
        assert storyboard.look.light in shot.prompt
        assert storyboard.look.medium in shot.prompt
        assert "  " not in shot.prompt
        assert "{" not in shot.prompt
        assert shot.negative == storyboard.look.negative


@pytest.mark.parametrize("name", SONGS)
def test_neighbours_never_show_the_same_and_the_subject_returns(films, name):
    storyboard = films[name]
    assert all(a.motif != b.motif for a, b in pairwise(storyboard.shots))
    subject = books()[storyboard.look.name].subject
    seen = [i for i, shot in enumerate(storyboard.shots) if subject in shot.prompt]
    assert seen == [i for i, shot in enumerate(storyboard.shots) if subject in _told(shot)]
    assert seen[0] == 0
    assert max(np.diff([*seen, len(storyboard.shots)])) <= 9


def _told(shot):
    return f"{shot.parts.subject} {shot.parts.seen}"


@pytest.mark.parametrize("name", SONGS)
def test_what_a_shot_shows_is_kept_in_parts_that_are_in_its_prompt(films, name):
    for shot in films[name].shots:
        parts = shot.parts
        told = (parts.seen, parts.happens, parts.subject, parts.action, parts.place, parts.light,
                parts.time, parts.lens, parts.medium, parts.mood)  # fmt: skip
        assert all(text.lower() in shot.prompt.lower() for text in told)
        assert bool(parts.subject) == bool(parts.action)


@pytest.mark.parametrize("name", SONGS)
def test_pictures_seen_a_moment_ago_are_left_alone(films, name):
    shown = [(shot.parts.seen, shot.parts.happens) for shot in films[name].shots]
    assert all(a != b for a, b in pairwise(shown))
    once_more = [a == c for a, c in zip(shown, shown[2:], strict=False)]
    # A chorus that comes back with its first picture may meet it in the build before.
    assert sum(once_more) <= 1
    soon = [shown[i] in shown[max(0, i - 6) : i] for i in range(len(shown))]
    # Wholly at random among what a section draws on, about a third would be.
    assert np.mean(soon) <= 0.3


@pytest.mark.parametrize("name", SONGS)
def test_moves_that_draw_attention_stay_rare(films, name):
    moves = [shot.camera for shot in films[name].shots]
    for move in (CameraMove.ROLL, CameraMove.ORBIT):
        places = [i for i, other in enumerate(moves) if other is move]
        assert all(b - a >= 5 for a, b in pairwise(places))


def test_the_second_verse_goes_on_where_the_first_one_stopped(films):
    storyboard = films["pop"]
    story = books()[storyboard.look.name].story
    verses = [
        list(dict.fromkeys(
            shot.parts.action for shot in storyboard.shots
            if shot.section == i and shot.parts.action
        ))
        for i, section in enumerate(storyboard.sections) if section.label == "verse"
    ]  # fmt: skip
    told = [line for verse in verses for line in verse]
    assert len(verses) == 2
    assert told == list(story.search[: len(told)])
    assert len(told) >= 3


def test_the_story_has_a_line_for_each_section_and_reads_from_arrival_to_farewell(films):
    for name, storyboard in films.items():
        assert len(storyboard.story) == len(storyboard.sections)
        book = books()[storyboard.look.name]
        assert storyboard.story[0].startswith("Arrival: ")
        assert storyboard.story[-1].startswith("Farewell: "), name
        assert book.story.farewell[-1] in storyboard.story[-1]
        for i, line in enumerate(storyboard.story):
            assert book.subject in line
            shown = [shot.parts.action for shot in storyboard.shots if shot.section == i]
            assert all(action in line for action in shown)


def test_where_the_story_holds_still_nothing_rushes(films):
    for storyboard in films.values():
        still = books()[storyboard.look.name].story.stillness
        paces = {s.parts.pace for s in storyboard.shots if s.parts.action in still}
        assert "wild" not in paces


def test_a_subject_named_in_passing_is_named_in_full():
    diver = "a free diver in a white suit"
    assert met("fish round the diver and behind", diver) == f"fish round {diver} and behind"
    assert met("light on the diver's arms", diver) == f"light on the arms of {diver}"
    assert met("the divers' bell", diver) == "the divers' bell"
    for subject, head in (
        (diver, "diver"), ("a red paper fox with a thread tail", "fox"),
        ("a masked dancer whose robe trails ink", "dancer"), ("two sisters", "sisters"),
    ):  # fmt: skip
        assert head_of(subject) == head


def test_a_returning_chorus_repeats_the_first_ones_motifs_with_variation(films):
    storyboard = films["pop"]
    by_id = {shot.id: shot for shot in storyboard.shots}
    sections = [i for i, s in enumerate(storyboard.sections) if s.label == "chorus"]
    first, *later = [[s for s in storyboard.shots if s.section == i] for i in sections]
    for take, chorus in enumerate(later, start=1):
        rhyming = [shot for shot in chorus if shot.rhymes_with]
        assert len(rhyming) >= 0.6 * len(chorus)  # as the rule of the craft has it
        partners = [by_id[shot.rhymes_with] for shot in rhyming]
        assert all(partner in first for partner in partners)
        assert [p.motif for p in partners] == [shot.motif for shot in rhyming]
        assert [partner.id for partner in partners] == sorted(p.id for p in partners)
        assert all(s.seed == p.seed + take for s, p in zip(rhyming, partners, strict=True))
        shown = [s.parts.seen == p.parts.seen for s, p in zip(rhyming, partners, strict=True)]
        assert np.mean(shown) >= 0.6
        same = [s.size is p.size and s.camera is p.camera
                for s, p in zip(rhyming, partners, strict=True)]  # fmt: skip
        assert np.mean(same) < 0.5


def test_equal_letters_draw_on_the_same_motifs(films):
    storyboard = films["pop"]
    verses = [
        {shot.motif for shot in storyboard.shots if shot.section == i}
        for i, section in enumerate(storyboard.sections)
        if section.letter == "B"
    ]
    assert len(verses[0] | verses[1]) <= 4


def test_the_story_arrives_and_says_farewell(films):
    for storyboard in films.values():
        story = books()[storyboard.look.name].story
        assert any(line in storyboard.shots[0].prompt for line in story.arrival)
        late = " ".join(shot.prompt for shot in storyboard.shots[-3:])
        assert any(line in late for line in story.farewell)


def test_drops_flash_and_calm_sections_fade_in(films):
    edm = films["edm"]
    entries = {
        edm.sections[b.section].label: b.transition.kind
        for a, b in pairwise(edm.shots)
        if a.section != b.section
    }
    assert entries["drop"] is TransitionKind.FLASH
    assert entries["break"] is TransitionKind.DIP
    kinds = [shot.transition.kind for shot in edm.shots]
    assert kinds.count(TransitionKind.CUT) >= 0.85 * len(kinds)
    calm = [s.transition.kind for s in films["ballad"].shots]
    assert TransitionKind.CROSSFADE in calm
    assert TransitionKind.FLASH not in calm


@pytest.mark.parametrize("name", SONGS)
def test_transitions_leave_both_shots_half_of_themselves(films, name):
    storyboard = films[name]
    for (a, b), shot in zip(pairwise(storyboard.spans), storyboard.shots[1:], strict=True):
        shorter = min(a[1] - a[0], b[1] - b[0])
        assert shot.transition.seconds <= max(shorter / 2, 0) + 0.01
        assert shot.transition.seconds <= 1.5


def test_the_same_plan_twice_is_the_same_text_and_another_seed_is_another_film():
    song, look = analyses.edm(), find_look("neon-night")
    assert plan(song, look, seed=3).to_json() == plan(song, look, seed=3).to_json()
    a, b = plan(song, look, seed=3), plan(song, look, seed=4)
    assert np.mean([x.seed == y.seed for x, y in zip(a.shots, b.shots, strict=False)]) < 0.05


def test_seeds_follow_the_place_in_the_music_not_the_number_of_the_shot():
    song, look = analyses.pop(), find_look("deep-ocean")
    before = plan(song, look)
    edited = before.model_copy(
        update={"shots": tuple(
            s.model_copy(update={"locked": True}) if s.section == 1 else s
            for s in before.shots if s.section != 1 or s.reason.value == "section"
        )}
    )  # fmt: skip
    after = plan(song, look, keep=edited)
    assert sum(s.section == 1 for s in after.shots) == 1  # so all numbers behind it are others
    # A rhyme has the seed of its partner, and other cuts around a locked shot make other rhymes.
    own = {str(s.at): s.seed for s in after.shots if s.rhymes_with is None}
    both = [s for s in before.shots if s.rhymes_with is None and str(s.at) in own]
    assert len(both) > 20
    assert all(own[str(s.at)] == s.seed for s in both)


def test_a_look_from_elsewhere_is_told_in_its_own_words():
    look = Look(
        name="attic", medium="pencil on paper", light="one bulb", lens="short lens",
        world="an attic full of clocks", motifs=("stopped clocks", "clocks that race"),
        palette=find_look("paper-cut").palette,
    )  # fmt: skip
    storyboard = plan(analyses.pop(), look)
    for shot in storyboard.shots:
        assert "an attic full of clocks" in shot.prompt
        assert shot.motif in look.motifs
        assert shot.motif in shot.prompt
    assert storyboard.story == ()


def test_a_look_of_ones_own_is_told_in_its_own_prose():
    book = books()["old-forest"].model_copy(update={"subject": "a postman in a blue cap"})
    storyboard = plan(analyses.pop(), book.look("my-wood"), book=book)
    assert storyboard.look.name == "my-wood"
    assert {shot.parts.subject for shot in storyboard.shots} == {"", "a postman in a blue cap"}
    assert all(book.subject in line for line in storyboard.story)


@pytest.mark.parametrize("name", looks())
def test_a_look_is_complete(name):
    look, book = find_look(name), books()[name]
    assert len(look.motifs) >= 6
    lightness = [colour.lightness for colour in look.palette]
    assert lightness == sorted(lightness)
    assert all(in_gamut(fitted(colour)) for colour in look.palette)
    assert sum(picture.stage for picture in book.picture) >= 3
    for picture in book.picture:
        assert picture_of(book, picture.motif) is picture
        for text in (picture.wide, picture.medium, picture.close):
            assert not text.endswith(".")
            assert text[0].islower()


def test_an_unknown_look_is_refused_with_the_names():
    with pytest.raises(InvalidInput, match="'vapour' is not known; choose one of neon-night"):
        find_look("vapour")


def test_the_look_is_chosen_by_mood_with_its_reason():
    song = analyses.pop()
    moods = {(0.6, 0.1): "golden-hour", (-0.4, -0.5): "deep-ocean", (-0.3, 0.7): "ink-and-gold"}
    for (valence, arousal), name in moods.items():
        mood = Mood(valence=valence, arousal=arousal)
        choice = choose_look(song.model_copy(update={"mood": mood}))
        assert choice.look.name == name
        assert f"valence {valence:+.2f}" in choice.reason


@pytest.mark.parametrize(
    ("colour", "rgb"),
    [
        # Ottosson 2020: the sRGB primaries, white and the middle grey in OKLCH, to five decimals.
        (Oklch(lightness=0.62796, chroma=0.25768, hue=29.234), (1.0, 0.0, 0.0)),
        (Oklch(lightness=0.86644, chroma=0.29483, hue=142.495), (0.0, 1.0, 0.0)),
        (Oklch(lightness=0.45201, chroma=0.31321, hue=264.052), (0.0, 0.0, 1.0)),
        (Oklch(lightness=1.0, chroma=0.0, hue=0.0), (1.0, 1.0, 1.0)),
        (Oklch(lightness=0.59987, chroma=0.0, hue=0.0), (128 / 255, 128 / 255, 128 / 255)),
    ],
)
def test_colours_convert_as_published(colour, rgb):
    coded = np.array(rgb)
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    assert linear_srgb(colour) == pytest.approx(linear, abs=1e-4)


def test_a_colour_outside_the_gamut_loses_chroma_and_nothing_else():
    loud = Oklch(lightness=0.7, chroma=0.37, hue=200.0)
    assert not in_gamut(loud)
    fit = fitted(loud)
    assert in_gamut(fit)
    assert (fit.lightness, fit.hue) == (loud.lightness, loud.hue)
    assert not in_gamut(fit.model_copy(update={"chroma": fit.chroma + 0.01}))


def test_bright_moods_warm_a_palette_and_excitement_saturates_it():
    palette = find_look("northern-light").palette
    bright = shifted(palette, Mood(valence=0.9, arousal=0.0))
    dark = shifted(palette, Mood(valence=-0.9, arousal=0.0))

    def warmth(colours):
        return sum(rgb[0] - rgb[2] for rgb in map(linear_srgb, colours))

    assert warmth(bright) > warmth(dark)
    wild = shifted(palette, Mood(valence=0.0, arousal=0.9))
    calm = shifted(palette, Mood(valence=0.0, arousal=-0.9))
    assert sum(c.chroma for c in wild) > 1.2 * sum(c.chroma for c in calm)
    spread = [max(c.lightness for c in p) - min(c.lightness for c in p) for p in (wild, calm)]
    assert spread[0] > spread[1]
    assert all(in_gamut(colour) for colour in (*bright, *dark, *wild, *calm))


def test_palettes_are_told_in_colour_words():
    assert describe(find_look("neon-night").palette) == (
        "near-black blue, magenta, turquoise and ice blue"
    )


def test_rows_read_like_a_cutting_room(films):
    row = rows(films["pop"])[2]
    assert row.at == "9:1"
    assert row.clock == "0:16.00"
    assert row.length == "4 bars"
    assert row.seconds == "8.00 s"
    assert row.section == "B verse"
    assert rows(films["ambient"])[1].length == "–"
    assert len(rows(films["pop"])) == len(films["pop"].shots)


def test_a_screenplay_holds_every_section_and_every_word(films):
    storyboard = films["pop"]
    text = screenplay(storyboard)
    assert max(len(line) for line in text.splitlines()) <= 110
    flat = " ".join(text.split())
    reached = 0
    for shot in storyboard.shots:
        reached = flat.index(" ".join(shot.prompt.split()), reached)
    assert [line.split()[1] for line in text.splitlines() if line.startswith("══")] == [
        section.letter for section in storyboard.sections
    ]
    assert all(" ".join(line.split()) in flat for line in storyboard.story)
    assert "B VERSE · bars 9–24 · 0:16.00–0:48.00 · energy 42%" in flat
    assert "s03 9:1 · 4 bars, 8.00 s ·" in flat
    assert f"never: {storyboard.look.negative}" in flat


def test_a_screenplay_in_another_dialect_says_what_would_be_sent(films):
    storyboard = films["pop"]
    edited = storyboard.shots[2].model_copy(
        update={"prompt": "A blue door.", "locked": True, "provider": "replicate:wan"}
    )
    shots = (*storyboard.shots[:2], edited, *storyboard.shots[3:])
    text = screenplay(storyboard.model_copy(update={"shots": shots}), "minimax")
    flat = " ".join(text.split())
    assert "prompts in minimax" in flat
    assert "made by replicate:wan · prompt edited · locked A blue door." in flat
    assert " ".join(words(storyboard.shots[3], storyboard.look, "minimax").prompt.split()) in flat
    assert "never:" not in flat
    assert screenplay(films["ambient"]).count("\n\ns") == len(films["ambient"].shots)
