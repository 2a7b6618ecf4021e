"""The looks that ship read like a director's notes, and a person's own are read safely."""

import re
from itertools import combinations, pairwise

import numpy as np
import pytest
import yaml
from numpy.testing import assert_allclose

from songreel.models.errors import InvalidInput
from songreel.models.music import Mood
from songreel.models.storyboard import Oklch, Parts, Shot, Storyboard
from songreel.prompting.colours import NAMED, colour
from songreel.prompting.dialects import known, words
from songreel.prompting.lint import lint
from songreel.prompting.looks import (
    Story,
    book_for,
    books,
    choose_look,
    described,
    find_book,
    find_look,
    looks,
)
from songreel.prompting.palette import in_gamut, linear_srgb
from songreel.prompting.plan import plan
from songreel.prompting.yaml_looks import read_look
from support import analyses

LOOKS = tuple(books())
DIALECTS = [
    name if name == "plain" else pytest.param(name, marks=pytest.mark.slow) for name in known()
]
PARTICIPLES = {"broken", "drawn", "smeared", "torn"}
HOUR = analyses.bare(3600.0, 0.5)

SMALL = """\
about: for slow songs in three
medium: super 8 film.
light: sun through dusty glass
place: In a greenhouse by the sea
subject: A gardener in a straw hat
palette: ["#b5653a", cream, forest green]
pictures:
  - rows of tomato plants
  - A broken pane with the sea behind it
"""


def lines_of(book):
    return [line for stage in Story.model_fields for line in getattr(book.story, stage)]


def prose_of(book):
    """Every phrase that can come into a prompt."""
    pictures = [
        text
        for picture in book.picture
        for text in (picture.wide, picture.medium, picture.close, picture.calm, picture.rising,
                     picture.wild)
    ]  # fmt: skip
    fixed = (book.medium, book.light, book.lens, book.close_lens, book.place, book.near)
    return [*fixed, book.subject, *book.acts, *pictures, *lines_of(book)]


def every_shot(name, dialect):
    """A storyboard that shows everything a look can show: pictures near and far, all lines."""
    book = books()[name]
    look, shots = book.look(name), []
    staged = [picture for picture in book.picture if picture.stage]

    def add(size, picture, pace, line=""):
        n = len(shots)
        parts = Parts(
            seen={"wide": picture.wide, "medium": picture.medium}.get(size, picture.close),
            happens=getattr(picture, pace),
            subject=book.subject if line else "",
            action=line,
            place=book.place if line else book.near,
            light=book.light,
            time=book.acts[n % len(book.acts)],
            lens=book.close_lens if size == "close-up" else book.lens,
            medium=book.medium,
            pace=pace,
        )
        shot = Shot(
            id=f"s{n}", at=f"{n}s", section=0, reason="opening", prompt=".", parts=parts,
            motif=picture.motif, camera="static", size=size, palette=look.palette, energy=0.5,
            motion=0.5, seed=n,
        )  # fmt: skip
        said = words(shot, look, dialect)
        shots.append(shot.model_copy(update={"prompt": said.prompt, "negative": said.negative}))

    for picture in book.picture:
        for size in ("wide", "medium", "close-up"):
            for pace in ("calm", "rising", "wild"):
                add(size, picture, pace)
    for i, line in enumerate(lines_of(book)):
        add("wide", staged[i % len(staged)], "calm", line)
    return Storyboard(
        track=HOUR.track, look=look, style="classic", dialect=dialect, seed=0, beat_locked=False,
        sections=HOUR.sections, shots=tuple(shots), grid=HOUR.grid,
    )  # fmt: skip


def test_there_are_at_least_twelve_and_each_says_for_which_music():
    assert len(LOOKS) >= 12
    assert all(book.about.startswith("for ") for book in books().values())


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", LOOKS)
def test_everything_a_look_can_say_passes_the_lint(name, dialect):
    found = lint(every_shot(name, dialect))
    assert [(f.rule, f.text) for f in found if f.rule != "unseen mood"] == []


@pytest.mark.parametrize("name", LOOKS)
def test_every_seen_joins_every_happens(name):
    for picture in books()[name].picture:
        for seen in (picture.wide, picture.medium, picture.close):
            assert not seen.endswith((".", ",")), seen
            assert seen[0].islower(), seen
        for happens in (picture.calm, picture.rising, picture.wild):
            first, *rest = happens.replace(",", "").split()
            assert first == "ring" or not first.endswith("ing"), (
                f"{happens!r} has no subject of its own"
            )
            assert any(word.endswith("ing") or word in PARTICIPLES for word in rest), happens
            assert not re.search(r"\bof (?:it|them)\b.* \w+ing", happens), happens


@pytest.mark.parametrize("name", LOOKS)
def test_story_lines_follow_the_subject_in_the_present_tense(name):
    for line in lines_of(books()[name]):
        assert re.match(r"[a-z-]+s\b", line), line


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_never_shows_what_its_negative_forbids(name):
    book = books()[name]
    said = " ".join(prose_of(book)).lower()
    forbidden = [thing.strip() for thing in book.negative.split(",")]
    assert [x for x in forbidden if re.search(rf"\b{re.escape(x)}\b", said)] == []


def test_no_two_pictures_are_told_alike():
    said = [text for book in books().values() for text in prose_of(book)[7:]]
    assert len(set(said)) > 0.97 * len(said)


@pytest.mark.parametrize("name", LOOKS)
def test_a_palette_is_in_gamut_runs_from_dark_to_light_and_has_two_hues(name):
    palette = books()[name].palette
    assert all(in_gamut(shade) for shade in palette)
    assert all(a.lightness < b.lightness for a, b in pairwise(palette))
    hues = [shade.hue for shade in palette if shade.chroma >= 0.03]
    apart = [abs((a - b + 180) % 360 - 180) for a, b in combinations(hues, 2)]
    assert max(apart) >= 60


def test_some_music_reaches_each_look_and_no_two_serve_the_same():
    song = analyses.pop()
    grid = np.linspace(-0.8, 0.8, 33)
    reached = {
        choose_look(song.model_copy(update={"mood": Mood(valence=v, arousal=a)})).look.name
        for v in grid
        for a in grid
    }
    assert reached == set(LOOKS)
    moods = [book.mood for book in books().values()]
    assert min(np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in combinations(moods, 2)) > 0.15


class TestOwn:
    def write(self, folder, text=SMALL, name="greenhouse.yaml"):
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def test_a_few_lines_make_a_film(self, tmp_path):
        name, book = read_look(self.write(tmp_path))
        storyboard = plan(analyses.pop(), book.look(name), book=book)
        assert name == storyboard.look.name == "greenhouse"
        assert storyboard.shots[0].parts.subject == "a gardener in a straw hat"
        assert "in a greenhouse by the sea" in storyboard.shots[0].prompt.lower()
        assert {s.motif for s in storyboard.shots} == {
            "rows of tomato plants", "a broken pane with the sea behind it",
        }  # fmt: skip
        lightness = [shade.lightness for shade in book.palette]
        assert lightness == sorted(lightness)
        errors = [f.text for f in lint(storyboard) if f.severity == "error"]
        assert errors == []

    def test_every_shipped_look_written_as_yaml_reads_back_as_itself(self, tmp_path):
        for name, book in books().items():
            raw = book.model_dump(mode="json")
            path = self.write(tmp_path, yaml.safe_dump(raw, allow_unicode=True), "mine.yaml")
            assert read_look(path) == ("mine", book), name

    def test_it_is_found_by_name_by_path_and_in_the_list(self, tmp_path):
        path = self.write(tmp_path, SMALL + "name: glasshouse\nmood: [-0.9, -0.9]\n")
        assert find_look("glasshouse", tmp_path) == find_look(str(path))
        assert find_book("glasshouse", tmp_path)[1] == book_for(find_look(str(path)), tmp_path)
        rows = described(tmp_path)
        assert [row.name for row in rows] == [*LOOKS, "glasshouse"]
        assert rows[-1] == ("glasshouse", "for slow songs in three", str(path))
        assert rows[0].source == "songreel"
        sad = analyses.pop().model_copy(update={"mood": Mood(valence=-1.0, arousal=-1.0)})
        assert choose_look(sad, tmp_path).look.name == "glasshouse"

    def test_without_a_mood_it_is_never_chosen_by_itself(self, tmp_path):
        self.write(tmp_path)
        for name in LOOKS:
            valence, arousal = books()[name].mood
            mood = Mood(valence=valence, arousal=arousal)
            song = analyses.pop().model_copy(update={"mood": mood})
            assert choose_look(song, tmp_path).look.name == name

    def test_a_broken_file_is_listed_with_its_fault_and_does_not_stop_the_choice(self, tmp_path):
        path = self.write(tmp_path, "medium: film\n", "broken.yaml")
        assert described(tmp_path)[-1].source == str(path)
        assert "light, place, subject, palette, pictures missing" in described(tmp_path)[-1].about
        assert "broken.yaml" in choose_look(analyses.pop(), tmp_path).reason
        with pytest.raises(InvalidInput, match="missing"):
            find_look("broken", tmp_path)

    def test_two_files_with_one_name_are_a_fault(self, tmp_path):
        self.write(tmp_path)
        self.write(tmp_path, SMALL + "name: greenhouse\n", "other.yaml")
        assert "'greenhouse' is taken by" in described(tmp_path)[-1].about

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (("medium: super 8 film.", "medium: 8"), "line 2: medium: expected words, found 8"),
            (("medium: super 8 film.", "medium: no"), "medium: expected words, found False"),
            (("medium: super 8 film.", "medium: {a: b}"), "line 2: medium: expected words"),
            (("medium: super 8 film.", "medium: ''"), "line 2: medium: no words"),
            (("medium:", "mediun:"), "line 2: mediun: not a field of a look; did you mean medium"),
            (("cream", "creme brulee"), "line 6: palette.2.: 'creme brulee' is no colour"),
            (('"#b5653a", cream', '#b5653a, cream'), "not valid YAML"),
            (("cream", "[0.7, 0.37, 200]"), "line 6: palette.2.: no screen .* at most 0.1"),
            (("[\"#b5653a\", cream, forest green]", "blue"), "line 6: palette: expected a list"),
            (("A gardener", "two gardeners"), "line 5: subject: .* are many"),
            (("- rows of tomato plants\n", "- wide: rows\n"), "line 8: pictures.1.: motif missing"),
            (("- rows of tomato plants\n", "- [a, b]\n"), "line 8: pictures.1.: expected a phrase"),
            (("- rows of tomato plants", "- {motif: a, stage: 3}"), "stage: expected true"),
            (("- rows", "- a broken pane with the sea behind it\n  - rows"), "stands twice"),
            (("about: for slow songs in three", "about: *x"), "line 1: aliases"),
            (("about: for", "about: !!python/object/apply:os.system for"), "not valid YAML"),
            (("about:", "light: a\nabout:"), "line 4: light is given twice"),
            (("about:", "1: a\nabout:"), "line 1: a field's name must be a word"),
            (("about:", "mood: [2, 0]\nabout:"), "line 1: mood.1.: Input should be less than"),
            (("about:", "story: {escape: runs}\nabout:"), "escape: not a field"),
            (("about:", "story: {search: 7}\nabout:"), "line 1: story.search: expected a list"),
            (("about:", "name: neon-night\nabout:"), "line 1: name: neon-night is a look"),
            (("about:", "name: Über\nabout:"), "line 1: name: 'Über' is no name"),
            (("about:", "about: x\n---\nabout:"), "not valid YAML"),
            (("for slow songs in three", "x" * 500), "line 1: about: 500 characters; at most 240"),
            (("super 8 film", "a {subject} film"), "line 2: medium: brackets"),
            (("super 8 film", "a [push in] film"), "line 2: medium: brackets"),
            (("about:", "a: " + "[" * 30 + "]" * 30 + "\nabout:"), "line 1: nested more than 8"),
            (("about: for slow", "about: 2026-02-31 #"), "not valid YAML|expected words"),
        ],
    )  # fmt: skip
    def test_a_fault_is_told_with_file_line_and_field(self, tmp_path, change, said):
        text = SMALL.replace(*change)
        assert text != SMALL
        path = self.write(tmp_path, text)
        with pytest.raises(InvalidInput, match=said) as caught:
            read_look(path, books())
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        "raw",
        [b"", b"\xff\xfe\x00", b"just words", b"- a\n- b\n", b"\x00" * 10, b"a: b\n" * 20_000,
         b"? [a]\n: b\n", b"<<: {a: b}\n", b"\t- x"],
    )  # fmt: skip
    def test_no_file_of_bytes_does_more_than_be_refused(self, tmp_path, raw):
        path = tmp_path / "x.yaml"
        path.write_bytes(raw)
        with pytest.raises(InvalidInput):
            read_look(path)

    def test_a_bomb_of_aliases_is_refused_before_it_is_built(self, tmp_path):
        rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
        with pytest.raises(InvalidInput, match="line 2: aliases"):
            read_look(self.write(tmp_path, "\n".join(rows)))

    def test_a_look_that_is_not_there_is_told_with_the_names(self, tmp_path):
        with pytest.raises(InvalidInput, match="cannot read .*nowhere.yaml"):
            find_look(str(tmp_path / "nowhere.yaml"))
        with pytest.raises(InvalidInput, match="cannot read the looks in .*nowhere"):
            described(tmp_path / "nowhere")
        self.write(tmp_path)
        with pytest.raises(InvalidInput, match="blue-smoke, greenhouse, or a .yaml file"):
            find_look("vapour", tmp_path)


class TestColours:
    def test_a_hex_colour_is_on_screen_what_it_says(self):
        for value in ("#c04020", "#fff", "#000000", "0af", "#808080"):
            digits = value.removeprefix("#")
            digits = digits if len(digits) == 6 else "".join(2 * d for d in digits)
            coded = np.array([int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)])
            linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
            # Lightness and chroma are kept to four decimals, the hue to a tenth of a degree.
            assert_allclose(linear_srgb(colour(value)), linear, atol=3e-3)

    def test_oklch_is_taken_as_it_stands(self):
        wanted = Oklch(lightness=0.6, chroma=0.1, hue=40.0)
        assert colour([0.6, 0.1, 40]) == colour("oklch(0.6 0.1 40)") == wanted
        assert colour("oklch(60%, 0.1, 40deg)") == wanted

    def test_every_named_colour_can_be_shown_and_no_two_are_the_same(self):
        made = [colour(name) for name in NAMED]
        assert all(in_gamut(shade) for shade in made)
        assert len(set(made)) == len(made)
        assert colour("Forest-Green") == colour("forest green")

    def test_red_green_and_blue_have_the_hues_published_for_them(self):
        # Ottosson 2020, as in the tests of the palette.
        assert colour("#f00").hue == pytest.approx(29.23, abs=0.1)
        assert colour("#0f0").hue == pytest.approx(142.5, abs=0.1)
        assert colour("#00f").hue == pytest.approx(264.05, abs=0.1)

    @pytest.mark.parametrize("value", [None, 3, True, [1, 2], [0.5, 0.1, True], "#12345", "", {}])
    def test_what_is_no_colour_is_refused(self, value):
        with pytest.raises(ValueError, match="colour"):
            colour(value)


def test_looks_that_ship_are_those_of_the_list():
    assert list(looks()) == [row.name for row in described()]
