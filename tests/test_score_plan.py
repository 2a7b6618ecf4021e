"""Scores, planned: tempo meets the scenes, one band grows, prompts say what plays."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songreel.models.scenes import SceneList
from songreel.prompting.scenes.spellings import TONICS
from songreel.prompting.score.genres import genre_for, genre_in, genres
from songreel.prompting.score.keys import relative
from songreel.prompting.score.moods import moods, place, words_for
from songreel.prompting.score.plan import plan_score, plan_score_for
from songreel.prompting.score.tempo import ON, fit_tempo, tempo_for
from songreel.prompting.score.wish import wish
from support.boards import SONG, board


def film(*moods: str, seconds: float = 4.0, **shared) -> SceneList:
    scenes = [{"seconds": seconds, "mood": mood} for mood in moods]
    return SceneList.model_validate({"scenes": scenes, **shared})


HOUSE = film(
    "calm, inviting", "warm", "curious", "bright", "cosy", "peaceful", "uplifting, proud",
    music="warm acoustic folk, fingerpicked guitar",
)  # fmt: skip


def test_seven_scenes_of_four_seconds_are_a_score_of_twenty_eight():
    plan = plan_score(HOUSE)
    assert (len(plan.cues), plan.seconds) == (7, 28.0)
    assert [cue.id for cue in plan.cues] == [scene.id for scene in HOUSE.scenes]


def test_energy_grows_from_scene_to_scene_to_a_finale():
    for listed in (HOUSE, film(*["joyful", "calm", "tense", "sad"] * 8)):
        levels = [cue.energy for cue in plan_score(listed).cues]
        assert all(b > a for a, b in pairwise(levels))
    assert "full arrangement" in plan_score(HOUSE).cues[-1].prompt


def test_a_scenes_own_energy_stays():
    listed = film("calm", "calm", "calm")
    own = listed.scenes[1].model_copy(update={"energy": 0.05})
    listed = listed.model_copy(update={"scenes": (listed.scenes[0], own, listed.scenes[2])})
    levels = [cue.energy for cue in plan_score(listed).cues]
    assert levels[1] == 0.05
    assert levels[0] < levels[2]


def test_a_steady_score_has_no_climax():
    plan = plan_score(HOUSE, arc="steady")
    levels = [cue.energy for cue in plan.cues]
    assert max(levels) - min(levels) < 0.31
    assert not any("climax" in cue.prompt for cue in plan.cues)


def test_every_prompt_is_complete():
    for listed in (HOUSE, film("frantic", "triumphant"), film("", seconds=9)):
        for cue in plan_score(listed).cues:
            parts = cue.prompt.split(", ")
            assert f"{round(cue.bpm)} BPM" in parts
            tonic, mode = cue.key.split()
            assert re.search(rf"in {tonic[0]}( sharp| flat)? {mode}", cue.prompt)
            assert parts[-1] == "instrumental"
            assert len(parts) >= 7
            assert "\n" not in cue.prompt


@pytest.mark.parametrize(
    "music",
    ["epic, no drums", "jazz without vocals", "rock, female singer", "pop, not sad, fade out"],
)
def test_what_a_model_cannot_read_is_left_out_and_said(music):
    plan = plan_score(film("calm", music=music))
    assert not re.search(r"\b(no|not|without|vocals?|singer|fade)\b", plan.cues[0].prompt)
    assert any("is left out of the prompts" in reason for reason in plan.reasons)


def test_one_band_plays_and_is_joined():
    plan = plan_score(HOUSE)
    for cue in plan.cues:
        assert cue.prompt.startswith("warm acoustic folk, fingerpicked guitar, ")
    joining = [re.findall(r"([\w -]+) joining", cue.prompt) for cue in plan.cues]
    assert joining[0] == []
    joined = [name for names in joining for name in names]
    assert len(joined) >= 3
    assert len(set(joined)) == len(joined)


def test_another_genre_in_a_scene_is_a_colour_not_another_band():
    listed = film("calm", "calm", music="folk")
    techno = listed.scenes[1].model_copy(update={"music": "driving techno"})
    plan = plan_score(listed.model_copy(update={"scenes": (listed.scenes[0], techno)}))
    assert plan.cues[1].prompt.startswith("folk, ")
    assert "driving techno elements" in plan.cues[1].prompt


def test_who_a_scene_brings_in_stays_and_who_plays_alone_does():
    listed = film("calm", "calm", "calm", "calm", music="ambient")
    given_music = ("", "mandolin joins", "", "only solo cello")
    scenes = tuple(
        scene.model_copy(update={"music": music})
        for scene, music in zip(listed.scenes, given_music, strict=True)
    )
    prompts = [cue.prompt for cue in plan_score(listed.model_copy(update={"scenes": scenes})).cues]
    assert ["mandolin" in prompt for prompt in prompts] == [False, True, True, False]
    assert "mandolin joining" in prompts[1]
    assert "pad" not in prompts[3]


def test_tempo_and_mode_follow_the_mood():
    slow, fast = (plan_score(film(m)) for m in ("calm, sad, lonely", "euphoric, energetic"))
    assert slow.cues[0].bpm < 90 < 115 < fast.cues[0].bpm
    assert (slow.cues[0].key.split()[1], fast.cues[0].key.split()[1]) == ("minor", "major")
    assert tempo_for(-1, 60, 140) == pytest.approx(60)
    assert tempo_for(1, 60, 140) == pytest.approx(140)


def test_what_is_given_is_kept():
    plan = plan_score(film("calm", "frantic", bpm=97.5, key="F# minor", meter=3))
    assert {(cue.bpm, cue.key, cue.meter) for cue in plan.cues} == {(97.5, "F# minor", 3)}
    assert "in F sharp minor" in plan.cues[0].prompt
    assert "3/4" in plan.cues[0].prompt
    words = plan_score(film("calm", music="house, 124 BPM, in A minor"))
    assert (words.cues[0].bpm, words.cues[0].key) == (124, "A minor")
    assert words.cues[0].prompt.count("BPM") == 1


def test_a_given_tempo_that_misses_the_scenes_gets_a_proposal():
    plan = plan_score(film(*["calm"] * 6, bpm=113))
    assert plan.cues[0].bpm == 113
    assert any("all 6 boundaries fall on bars; set bpm: 120" in r for r in plan.reasons)


def test_a_scene_may_have_a_tempo_and_a_key_of_its_own():
    listed = film("calm", "calm", "calm", bpm=100, key="C major")
    own = listed.scenes[1].model_copy(update={"bpm": 140, "key": "E minor"})
    plan = plan_score(listed.model_copy(update={"scenes": (listed.scenes[0], own, own)}))
    assert [(c.bpm, c.key) for c in plan.cues[:2]] == [(100, "C major"), (140, "E minor")]


def test_a_dark_stretch_of_a_bright_film_is_in_the_relative_key():
    plan = plan_score(film("joyful", "joyful", "lonely, sad", "joyful", seconds=9))
    home, other = plan.cues[0].key, plan.cues[2].key
    assert home.endswith("major")
    assert other == relative(home)
    assert plan.cues[3].key == home


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_relatives_share_their_notes(mode):
    steps = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}

    def notes(key: str) -> set[int]:
        tonic, found = key.split()
        return {(TONICS[tonic] + step) % 12 for step in steps[found]}

    for tonic in ("C", "G", "D", "A", "E", "B", "F#", "Db", "Ab", "Eb", "Bb", "F"):
        key = f"{tonic} {mode}"
        assert notes(relative(key)) == notes(key)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 12).flatmap(
        lambda bars: st.tuples(
            st.just(bars), st.lists(st.integers(1, bars), min_size=1, max_size=9)
        )
    ),
    st.floats(70, 150),
    st.floats(-0.04, 0.04),
)
def test_scenes_that_are_bars_of_a_tempo_near_get_that_tempo_or_one_as_good(bars, bpm, off):
    edges = [sum(bars[1][: n + 1]) * 240 / bpm for n in range(len(bars[1]))]
    found = fit_tempo(edges, bpm * (1 + off), 4)
    assert abs(found.bpm / (bpm * (1 + off)) - 1) <= 0.06 + 1e-9
    assert found.bars + 0.55 * found.beats >= 0.55 * len(edges) - 1e-9
    assert len(found.off) == len(edges)


def test_scenes_of_four_seconds_at_118_are_at_120():
    found = fit_tempo([4.0 * n for n in range(1, 31)], 118, 4)
    assert (found.bpm, found.bars) == (120.0, 30)
    assert max(map(abs, found.off)) <= ON


def test_boundaries_off_the_beat_are_named_with_their_seconds():
    scenes = [{"seconds": s, "mood": "calm"} for s in (5.3, 7.1, 9.9)]
    plan = plan_score(SceneList.model_validate({"scenes": scenes}))
    told = next(reason for reason in plan.reasons if reason.startswith("off the nearest beat"))
    assert re.search(r"s0\d [+-]0\.\d\d s", told)


def test_the_same_film_gets_the_same_plan_and_another_seed_another_key():
    assert plan_score(HOUSE, seed=4) == plan_score(HOUSE, seed=4)
    assert len({plan_score(HOUSE, seed=n).cues[0].key for n in range(12)}) > 2


def test_a_song_film_keeps_its_bars():
    storyboard = board()
    plan = plan_score_for(storyboard, music="synthwave")
    assert plan.seconds == pytest.approx(storyboard.track.duration)
    assert plan.cues[0].bpm == pytest.approx(120, rel=1e-6)
    assert plan.first_downbeat == storyboard.grid.downbeat_times[0]


def test_a_sections_function_stands_in_its_prompt():
    plan = plan_score_for(SONG)
    assert plan.seconds == pytest.approx(SONG.track.duration)
    said = ("steady verse groove", "rising tension, snare roll building", "big memorable chorus")
    for cue, words in zip(plan.cues, said, strict=False):
        assert words in cue.prompt
    assert [cue.energy for cue in plan.cues][:3] == [s.energy for s in SONG.sections[:3]]


def test_words_for_moods_lie_where_they_are_found():
    for word, mood in moods().items():
        assert place(word).mood == pytest.approx(mood)
    assert place("very calm").mood[1] < place("calm").mood[1]
    assert place("hopefully, with sadness and excitement").words
    assert place("a red door").mood is None
    assert words_for((0.35, -0.65))[0] == "calm"


def test_every_genre_is_known_by_its_words_and_has_a_place():
    for name, genre in genres().items():
        assert all(genre_in(f"a {word} track") == name for word in genre.words), name
        assert genre.tempo[0] < genre.tempo[1]
        assert len(set(genre.layers)) == len(genre.layers)
    assert genre_for((-0.7, 0.3)) == "horror"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0.5, 600),
            st.text(max_size=30),
            st.lists(
                st.sampled_from(
                    [
                        "in E# minor",
                        "000 BPM",
                        "no",
                        "only",
                        "drums",
                        "Bm",
                        "techno",
                        "very calm",
                        "solo piano",
                        "with",
                        ",",
                        "vocals",
                        "-",
                        "in A",
                        "85bpm",
                        "key of C",
                        "fade",
                    ]
                ),
                max_size=6,
            ).map(" ".join),
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(2, 7),
)
def test_any_words_make_a_plan(given_scenes, meter):
    scenes = [{"seconds": s, "mood": mood, "music": music} for s, mood, music in given_scenes]
    plan = plan_score(SceneList.model_validate({"scenes": scenes, "meter": meter}))
    assert [cue.seconds for cue in plan.cues] == [s for s, _, _ in given_scenes]
    for cue in plan.cues:
        assert 30 <= cue.bpm <= 300
        assert not re.search(r"\b(no|not|vocals|fade)\b", cue.prompt) or any(
            re.search(r"\b(no|not|vocals|fade)\b", mood) for _, mood, _ in given_scenes
        )


def test_a_wish_is_taken_apart():
    found = wish("Dark synthwave with analog bass and gated drums, 96 bpm, in F# minor, no vocals")
    assert (found.genre, found.told, found.bpm, found.key) == (
        "synthwave", "Dark synthwave", 96, "F# minor",
    )  # fmt: skip
    assert found.instruments == ("analog bass", "gated drums")
    assert len(found.dropped) == 1
