"""Which scene each shot of a film shows, how it is set, and the reasons that are told."""

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise
from time import process_time, sleep
from types import SimpleNamespace

import pytest

from songreel.generation.provider import Context
from songreel.generation.providers.builtin import Builtin
from songreel.generation.visuals import edition as editions
from songreel.generation.visuals.breakdown import break_down
from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.casting import alone, cast, levelled
from songreel.generation.visuals.edition import edition
from songreel.generation.visuals.registry import scenes
from songreel.generation.visuals.said import forms, read
from songreel.generation.visuals.scene import Option, Setting
from songreel.models.clip import ClipRequest, Drive, Still, Sung
from songreel.models.music import Curve
from songreel.models.spectrum import Spectrum
from songreel.models.storyboard import CameraMove, ShotSize

CURVE = Curve(rate=10.0, values=(0.5, 0.5))
SPECTRUM = Spectrum(rate=10.0, edges=(20.0, 200.0), levels=((10,), (20,)))
REAL = scenes()
BOILERPLATE = "shot on 16 mm film with warm grain under a hanging lamp in an empty hall"


def scene(name, *words, mood=(0.0, 0.0), settings=(), hears=frozenset()):
    """What the casting reads of a scene."""
    return SimpleNamespace(name=name, words=words, mood=mood, settings=settings, hears=hears)


SKY = Setting(
    "sky",
    {
        "clear": Option((), (0.8, 0.0)),
        "storm": Option(("storm", "thunder"), (-0.8, 0.0)),
        "dusk": Option(("dusk",), (0.0, -0.8)),
    },
)
SEA = scene("sea", "sea", "wave", "water", mood=(0.2, -0.2), settings=(SKY,))
TOWN = scene("town", "city", "street", "neon", mood=(-0.3, 0.6))
WOOD = scene("wood", "forest", "tree", "water", mood=(0.6, -0.6))
DUST = scene("dust", "particle", "swarm", "petal", mood=(0.5, 0.5), settings=(SKY,))
RINGS = scene("rings", "tunnel", "ring", mood=(-0.5, -0.3), settings=(SKY,))
LINES = scene("lines", "lyric", "lettering", mood=(0.0, 0.0), hears=frozenset({"words"}))
BARS = scene("bars", "spectrum", mood=(0.3, 0.4), hears=frozenset({"spectrum"}))
KNOWN = {"sea": SEA, "town": TOWN, "wood": WOOD, "dust": DUST, "rings": RINGS}


def shot(motif="", prompt=BOILERPLATE, seed=5, **changes):
    wanted = {
        "prompt": prompt, "motif": motif, "camera": CameraMove.STATIC, "size": ShotSize.WIDE,
        "palette": [[0.2, 0.1, 250], [0.5, 0.1, 300], [0.8, 0.1, 30]], "energy": 0.5,
        "motion": 0.5, "seed": seed, "width": 160, "height": 90, "rate": Fraction(24),
        "frames": 24,
    }  # fmt: skip
    return ClipRequest(**wanted | changes)


def under(label, letter, turn=0, mood=(0.0, 0.0), words=(), spectrum=None):
    return Drive(energy=CURVE, brightness=CURVE, bass=CURVE, section=label, letter=letter,
                 turn=turn, mood=mood, words=words, spectrum=spectrum)  # fmt: skip


SUNG = tuple(Sung(start=0.1 * i, end=0.1 * i + 0.1, text=f"la{i}", line=0) for i in range(4))
FORM = [
    ("intro", "A", 0, 2), ("verse", "B", 0, 6), ("chorus", "C", 0, 6), ("verse", "B", 1, 6),
    ("chorus", "C", 1, 6), ("bridge", "D", 0, 3), ("chorus", "C", 2, 6), ("outro", "A", 0, 2),
]  # fmt: skip


def film(motifs=("",), words=(), **changes):
    """A song's film of 37 shots, the motifs in turn."""
    found = {}
    for label, letter, turn, count in FORM:
        mood = (0.5, 0.6) if label == "chorus" else (-0.2, -0.2)
        for _ in range(count):
            n = len(found)
            found[f"s{n:02d}"] = shot(
                motifs[n % len(motifs)], seed=7_000_000 * n + 90_000,
                drive=under(label, letter, turn, mood, words), **changes,
            )  # fmt: skip
    return found


def section(requests, label, turn):
    return [
        name for name, one in requests.items()
        if (one.drive.section, one.drive.turn) == (label, turn)
    ]  # fmt: skip


def only(request, known=KNOWN):
    return cast({"s": request}, known)["s"]


def alike(requests, known=KNOWN):
    return {name: (one.scene, dict(one.settings)) for name, one in cast(requests, known).items()}


class TestWords:
    @pytest.mark.parametrize(
        ("motif", "key"),
        [
            ("waves", "sea"), ("Neon STREETS in the rain", "town"), ("a swarming cloud", "dust"),
            ("a tunnel under the sea", "rings"), ("a forest by the sea", "wood"),
        ],
    )  # fmt: skip
    def test_the_motif_names_the_scene_its_head_first(self, motif, key):
        chosen = only(shot(motif, prompt="a city street, a city, neon"))
        assert chosen.scene == key
        assert chosen.reasons[0].startswith("the motif says '")

    def test_the_prompt_names_it_where_the_motif_does_not(self):
        chosen = only(shot("a feeling", prompt="she walks down to the sea"))
        assert (chosen.scene, chosen.reasons[0]) == ("sea", "the prompt says 'sea'")

    def test_a_word_that_scenes_share_leaves_it_to_the_others(self):
        assert only(shot("water")).scene in {"sea", "wood"}
        assert only(shot("water", prompt="trees")).scene == "wood"

    @pytest.mark.parametrize(
        "prompt", ["a coast, no city anywhere, waves", "waves without any neon city street"]
    )
    def test_what_is_denied_is_not_shown(self, prompt):
        assert only(shot(prompt=prompt)).scene == "sea"
        assert only(shot("a city", prompt="a quiet room, no city")).scene != "town"

    def test_a_denial_ends_with_its_clause(self):
        said = {word.text: word.denied for word in read("no one on the street, not far").words}
        assert said["street"] is False
        assert said["far"] is True

    def test_the_negative_prompt_keeps_out_what_only_mood_would_choose(self):
        loud = {"drive": under("verse", "A", 0, (-0.3, 0.6)), "energy": 0.8}
        assert only(shot(**loud)).scene == "town"
        assert only(shot(negative="neon, city", **loud)).scene != "town"

    @pytest.mark.parametrize(
        ("said", "word"),
        [
            ("waves", "wave"), ("skies", "sky"), ("torches", "torch"), ("dancing", "dance"),
            ("running", "run"), ("raining", "rain"), ("leaves", "leaf"), ("frosted", "frost"),
        ],
    )  # fmt: skip
    def test_words_are_known_in_their_forms(self, said, word):
        assert word in forms(said)

    def test_a_form_is_not_another_word(self):
        assert "car" not in forms("caring")
        assert "glas" not in forms("glass")[1:]

    @pytest.mark.parametrize(
        ("prompt", "keys"),
        [
            ("love", {"petals", "strings", "ink", "city"}), ("a lonely dance", set(REAL)),
            ("fire in the dark", {"murmuration", "ink", "nebula"}),
            ("an old church", {"petals", "monoliths", "spectrum"}), ("childhood", {"papercut"}),
            ("driving on a long journey", {"city", "tunnel"}), ("the whole universe", {"nebula"}),
            ("dreaming", {"nebula", "ink", "aurora"}),
        ],
    )  # fmt: skip
    def test_free_words_reach_scenes_that_they_are_near_to(self, prompt, keys):
        chosen = cast({"s": shot(prompt=prompt)})["s"]
        assert chosen.scene in keys
        assert any("says" in reason for reason in chosen.reasons)

    def test_a_prompt_that_stands_apart_weighs_before_its_motif(self):
        requests = film(("neon city",))
        requests["s05"] = requests["s05"].model_copy(update={"prompt": "a forest, nothing else"})
        found = cast(requests, KNOWN)
        assert found["s05"].scene == "wood"
        assert "unlike the film's others" in found["s05"].reasons[0]
        assert {one.scene for name, one in found.items() if name != "s05"} == {"town"}

    def test_words_win_over_variety(self):
        assert {one.scene for one in cast(film(("waves of the sea",)), KNOWN).values()} == {"sea"}


@pytest.mark.parametrize("motifs", [("",), ("one", "two", "three", "four", "five")])
class TestFilm:
    def test_neighbours_differ_and_no_scene_is_most_of_the_film(self, motifs):
        requests = film(motifs)
        shown = [one.scene for one in cast(requests, KNOWN).values()]
        pictures = [one.picture for one in break_down(requests, KNOWN).shots]
        same = [a == b for a, b in pairwise(pictures)]  # a section of two shots is one picture
        assert sum(same) <= 2
        assert all(one or a != b for one, (a, b) in zip(same, pairwise(shown), strict=True))
        assert max(Counter(shown).values()) <= 0.4 * len(shown)

    def test_choruses_call_the_first_one_back(self, motifs):
        requests = film(motifs)
        if motifs != ("",):  # the director gives a later chorus the first one's motifs
            first = [requests[name].motif for name in section(requests, "chorus", 0)]
            for turn in (1, 2):
                for name, motif in zip(section(requests, "chorus", turn), first, strict=True):
                    requests[name] = requests[name].model_copy(update={"motif": motif})
        found = alike(requests)
        shown = [[found[s] for s in section(requests, "chorus", turn)] for turn in range(3)]
        assert shown[0] == shown[1] == shown[2]
        reasons = cast(requests, KNOWN)[section(requests, "chorus", 1)[0]].reasons
        assert any("call-back" in reason for reason in reasons)

    def test_a_section_is_a_few_scenes_in_turn(self, motifs):
        requests = film(motifs)
        found = cast(requests, KNOWN)
        assert 2 <= len({found[s].scene for s in section(requests, "verse", 0)}) <= 5

    def test_it_is_the_same_again_and_another_seed_is_another_film(self, motifs):
        known, requests = REAL, film(motifs)
        assert alike(requests, known) == alike(dict(requests), known)
        other = {n: r.model_copy(update={"seed": r.seed + 123_456}) for n, r in requests.items()}
        assert alike(requests, known) != alike(other, known)

    def test_another_prompt_for_a_shot_leaves_the_others_as_they_are(self, motifs):
        requests = film(motifs)
        before = alike(requests)
        for name in ("s00", "s04", "s09", "s20", "s36"):
            edited = requests[name].model_copy(update={"prompt": "a neon city"})
            after = alike(requests | {name: edited})
            assert after[name][0] == "town"
            moved = {other for other in before if after[other] != before[other]} - {name}
            index = list(requests).index(name)
            assert moved <= {f"s{index + 1:02d}"}

    def test_another_seed_for_a_shot_leaves_the_others_as_they_are(self, motifs):
        requests = film(motifs)
        before = alike(requests)
        for name in ("s00", "s09", "s20"):
            edited = requests[name].model_copy(update={"seed": requests[name].seed + 1})
            after = alike(requests | {name: edited})
            assert {n: after[n] for n in before if n != name} == {
                n: before[n] for n in before if n != name
            }


def test_a_rhyme_shows_and_wears_what_it_rhymes_with():
    requests = film(("water", "one", "two", "three"))
    for name, earlier in (("s24", "s08"), ("s29", "s09")):
        seed, motif = requests[earlier].seed + 1, requests[earlier].motif
        requests[name] = requests[name].model_copy(update={"seed": seed, "motif": motif})
    found = cast(requests, KNOWN)
    for name, earlier in (("s24", "s08"), ("s29", "s09")):
        assert (found[name].scene, found[name].settings) == (
            found[earlier].scene, found[earlier].settings,
        )  # fmt: skip
    shots = {one.name: one for one in break_down(requests, KNOWN).shots}
    assert list(shots)[shots["s24"].rhymes] == "s08"
    assert shots["s12"].rhymes is None


class TestSettings:
    def test_words_choose_first(self):
        calm = {"drive": under("verse", "A", 0, (0.8, 0.0))}
        chosen = only(shot("sea", prompt="a storm comes up", **calm))
        assert dict(chosen.settings) == {"sky": "storm"}
        assert "sky storm: the prompt says 'storm'" in chosen.reasons
        assert dict(only(shot("sea at dusk", prompt="a storm", **calm)).settings)["sky"] == "dusk"
        assert dict(only(shot("sea", prompt="no storm", **calm)).settings)["sky"] != "storm"

    @pytest.mark.parametrize(
        ("mood", "sky"), [((0.9, 0.0), "clear"), ((-0.9, 0.0), "storm"), ((0.0, -0.9), "dusk")]
    )
    def test_mood_chooses_where_words_do_not(self, mood, sky):
        chosen = only(shot("sea", drive=under("verse", "A", 0, mood)))
        assert dict(chosen.settings) == {"sky": sky}

    def test_a_section_keeps_them_and_a_second_verse_is_not_the_first(self):
        requests = film(("waves",))
        found = cast(requests, KNOWN)
        worn = {
            (label, turn): {found[s].settings["sky"] for s in section(requests, label, turn)}
            for label, turn in (("verse", 0), ("verse", 1), ("chorus", 0), ("chorus", 1))
        }
        assert all(len(skies) == 1 for skies in worn.values())
        assert worn["verse", 0] != worn["verse", 1]
        assert worn["chorus", 0] == worn["chorus", 1]


class TestSungWords:
    LETTERED = KNOWN | {"lines": LINES}

    def test_lettering_comes_now_and_then_where_words_are_sung(self):
        shown = [one.scene for one in cast(film(words=SUNG), self.LETTERED).values()]
        assert 0.1 <= shown.count("lines") / len(shown) <= 0.3
        assert all((a, b) != ("lines", "lines") for a, b in pairwise(shown))

    @pytest.mark.parametrize("motif", ["", "lyrics as lettering"])
    def test_it_never_comes_where_none_are(self, motif):
        assert "lines" not in {one.scene for one in cast(film((motif,)), self.LETTERED).values()}

    def test_a_wish_for_it_has_it_in_every_shot_with_words(self):
        requests = film(("lyrics as lettering",), words=SUNG)
        assert {one.scene for one in cast(requests, self.LETTERED).values()} == {"lines"}

    def test_it_takes_no_shot_that_words_name_a_scene_for(self):
        requests = film(("waves",), words=SUNG)
        assert {one.scene for one in cast(requests, self.LETTERED).values()} == {"sea"}


def test_a_scene_of_the_spectrum_comes_unasked_only_where_it_is_known():
    bars = {"bars": BARS, "rings": RINGS}
    mood = {"label": "chorus", "letter": "C", "mood": (0.3, 0.4)}
    assert only(shot(drive=under(**mood, spectrum=SPECTRUM)), bars).scene == "bars"
    assert only(shot(drive=under(**mood)), bars).scene == "rings"
    assert only(shot("a spectrum", drive=under(**mood)), bars).scene == "bars"


def test_every_shot_has_its_reasons():
    found = cast(film(("sea", "one", "two", "three")), KNOWN)
    assert found["s00"].reasons[0] == "the motif says 'sea'"
    assert all(one.reasons for one in found.values())


def test_a_request_alone_is_cast_as_a_film_of_one():
    request = shot("waves of the sea at dusk")
    chosen = Cast.of(alone(request))
    assert chosen == cast({"s": request})["s"].cast
    assert alone(alone(request)) == alone(request)
    assert Cast.of(alone(request, REAL["ink"])).scene == "ink"


def test_two_hundred_shots_are_cast_at_once():
    """Some 30 ms of CPU on the machine of the README; bounded for slower and busy ones."""
    requests = {f"s{n}": shot(f"picture {n % 9}", f"{BOILERPLATE} {n}", n) for n in range(200)}
    cast(requests)
    began = process_time()
    cast(requests)
    assert process_time() - began < 0.5


def test_another_process_casts_the_same():
    code = (
        "from test_casting import *\n"
        "print({n: (c.scene, dict(c.settings)) for n, c in cast(film(('one', 'two'))).items()})"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=__file__.rpartition("/")[0], env=os.environ | {"PYTHONHASHSEED": "77"},
    )  # fmt: skip
    here = cast(film(("one", "two")))
    assert told.stdout.strip() == str({n: (c.scene, dict(c.settings)) for n, c in here.items()})


class TestProvider:
    @pytest.fixture
    def builtin(self, tmp_path):
        provider = Builtin(Context(scratch=tmp_path))
        yield provider
        provider.close()

    def test_the_cast_stands_in_the_request_and_its_reasons_in_the_notes(self, builtin):
        planned = builtin.plan({"s": shot("waves of a stormy sea")})["s"].request
        assert Cast.of(planned).scene == "ocean"
        assert planned.source[0] == f"builtin {edition('ocean')}"
        (note,) = builtin.notes(planned)
        assert note.startswith(f"built-in visuals, scene {REAL['ocean'].name}")
        assert "the motif says 'waves'" in note

    def test_what_the_scene_does_not_hear_makes_no_new_clip(self, builtin):
        still = Still(sha256="a" * 64)
        drive = under("verse", "A", words=SUNG, spectrum=SPECTRUM)
        asked = shot("waves of the sea", drive=drive, start=still, references=(still,))
        other = shot("waves of the sea", "the same sea, otherwise", drive=under("verse", "A"))
        plans = [builtin.plan({"s": one})["s"].request for one in (asked, other)]
        assert plans[0].fingerprint == plans[1].fingerprint
        moved = shot("waves of the sea", drive=under("verse", "A"), energy=0.9)
        assert builtin.plan({"s": moved})["s"].request.fingerprint != plans[0].fingerprint

    def test_what_it_hears_is_kept(self):
        drive = under("verse", "A", words=SUNG, spectrum=SPECTRUM)
        asked = shot("lyrics", "sing", drive=drive)
        assert levelled(asked, LINES).drive.words == SUNG
        assert levelled(asked, LINES).drive.spectrum is None
        assert levelled(asked, BARS).drive.spectrum == SPECTRUM
        reads = scene("reads", hears=frozenset({"prompt"}))
        assert levelled(asked, reads).prompt == "sing"
        assert levelled(asked, LINES).prompt == ""


class TestEdition:
    def test_a_scene_and_what_it_imports_count_and_other_scenes_do_not(self, monkeypatch):
        keys = ("ocean", "aurora", "murmuration")
        before = {key: edition(key) for key in keys}
        source = editions._source
        changed = {"songreel.generation.visuals.scenes.aurora"}
        monkeypatch.setattr(
            editions, "_source", lambda module: source(module) + b"#" * (module in changed)
        )
        edition.cache_clear()
        after = {key: edition(key) for key in keys}
        edition.cache_clear()
        assert {key for key in keys if after[key] != before[key]} == {"aurora"}
        assert len(set(before.values())) == len(keys)

    def test_what_a_scene_imports_is_found(self):
        for key, place in (("city", "facade"), ("monoliths", "standing")):
            modules = editions._modules(f"songreel.generation.visuals.scenes.{key}")
            assert f"songreel.generation.visuals.parts.{place}" in modules


def test_editions_are_told_to_many_threads_at_once(monkeypatch):
    inside, most, parse = 0, 0, editions.ast.parse

    def slowly(source):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        sleep(0.002)
        inside -= 1
        return parse(source)

    monkeypatch.setattr(editions.ast, "parse", slowly)
    before = {scene: edition(scene) for scene in sorted(scenes())[:4]}
    edition.cache_clear()
    editions._imports.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        assert dict(zip(before, pool.map(edition, before), strict=True)) == before
    assert most == 1  # two trees at a time fail in CPython 3.11
