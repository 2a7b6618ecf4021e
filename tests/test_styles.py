"""Cutting styles of one's own, the density slider and the ends of shot length."""

import numpy as np
import pytest

from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Storyboard
from songreel.prompting.cutting import cuts
from songreel.prompting.looks import find_look
from songreel.prompting.measure import measure
from songreel.prompting.plan import plan
from songreel.prompting.pulse import Pulse
from songreel.prompting.styles import (
    described,
    find_style,
    read_style,
    style_called,
    styles,
    with_controls,
)
from support import analyses

LOOK = find_look("northern-light")


def shots(analysis, style):
    return np.diff([*(cut.time for cut in cuts(Pulse(analysis), style=style))])


@pytest.fixture
def own(tmp_path):
    def write(text, name="mine"):
        path = tmp_path / f"{name}.toml"
        path.write_text(text)
        return path

    return write


def test_a_style_of_ones_own_says_only_what_differs(own):
    path = own('like = "driving"\ncontrast = 1.5\n[function.verse]\nbars = [8, 6]\nhold = 20\n')
    style = read_style(path)
    assert style.name == "mine"
    assert style.length == styles()["driving"].length
    assert style.contrast == 1.5
    analysis = analyses.pop()
    verse = next(s for s in analysis.sections if s.label == "verse")
    starts = [c.time for c in cuts(Pulse(analysis), style=style)]
    usual = [c.time for c in cuts(Pulse(analysis), style="driving")]
    inside = [sum(verse.start <= t < verse.end for t in edit) for edit in (starts, usual)]
    assert inside[0] < inside[1]


def test_styles_in_the_folder_go_by_name_and_are_listed(own, tmp_path):
    own('about = "holds"\nlength = 1.5\n', "slow-burn")
    own("length = 9\n", "broken")
    assert find_style("slow-burn", tmp_path).length == 1.5
    rows = {row.name: row for row in described(tmp_path)}
    assert rows["slow-burn"].about == "holds"
    assert "broken.toml, length" in rows["broken"].about
    assert rows["classic"].source == "songreel"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("length = -1", r"mine\.toml, length: it should be greater than or equal to 0\.25, not -1"),
        ("lenght = 1", r"mine\.toml, lenght: there is no such field; a style has like, name"),
        ("[function.verze]\nbars = [1, 2]\nhold = 3", r"function: there is no section 'verze'"),
        ("[function.verse]\nbars = [1]\nhold = 3", r"mine\.toml, function\.verse\.bars"),
        ("like = 'brisk'", r"mine\.toml, like: 'brisk' is not one of calm, narrative"),
        ("name = 'classic'", r"name: 'classic' is a style that ships"),
        ("shortest = 3\nlongest = 4", r"the longest shot \(4 s\) must last at least twice"),
        ("length = ", r"mine\.toml is not TOML"),
    ],
)
def test_a_style_that_cannot_be_used_is_refused_with_file_and_field(own, text, told):
    with pytest.raises(InvalidInput, match=told):
        read_style(own(text))


def test_a_style_that_is_not_there_is_refused_with_the_names(tmp_path):
    with pytest.raises(InvalidInput, match=r"cannot read the style .*gone\.toml: No such file"):
        find_style(str(tmp_path / "gone.toml"))
    with pytest.raises(InvalidInput, match=r"'brisk' is not known; choose one of calm"):
        find_style("brisk", tmp_path)


@pytest.mark.parametrize("song", [analyses.pop, analyses.edm])
def test_the_slider_cuts_as_much_more_or_less(song):
    analysis = song()
    counts = {
        density: len(shots(analysis, with_controls(find_style("classic"), density=density)))
        for density in (0.5, 0.75, 1.0, 1.5, 2.0)
    }
    assert list(counts.values()) == sorted(counts.values())
    assert counts[0.5] < 0.7 * counts[1.0]
    assert counts[2.0] > 1.5 * counts[1.0]


def test_no_shot_is_shorter_or_longer_than_asked_for():
    analysis = analyses.pop()
    brief = shots(analysis, with_controls(find_style("hyper"), shortest=1.5))
    assert brief.min() >= 1.5 - 1e-6
    held = shots(analysis, with_controls(find_style("calm"), longest=4.0))
    assert held.max() <= 4.0 + 1e-6


@pytest.mark.parametrize("value", [{"density": 3.0}, {"density": 0.1}, {"longest": 0.2}])
def test_controls_out_of_range_are_refused_by_name(value):
    with pytest.raises(InvalidInput, match=rf"{next(iter(value))}: it should be"):
        with_controls(find_style("classic"), **value)


def test_a_plan_remembers_the_style_it_was_cut_in():
    analysis = analyses.pop()
    style = with_controls(find_style("classic"), density=1.5)
    made = Storyboard.from_json(plan(analysis, LOOK, style=style).to_json())
    assert made.cutting == style
    assert plan(analysis, LOOK).cutting is None
    # The rules scale with the slider: none is broken for what was asked for.
    assert [m.name for m in measure(made, analysis) if m.holds is False] == []


def test_options_that_a_plan_was_not_made_with_are_refused(tmp_path):
    from songreel.planning import Direction, agree_with, direct
    from songreel.settings import Settings

    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "mine.toml").write_text("length = 1.2\n")
    settings = Settings(workspace=tmp_path, workers=1, database="sqlite://", config=tmp_path)
    made = direct(analyses.pop(), Direction(style="mine", density=1.5), None, settings)
    path = tmp_path / "plan.json"
    agree_with(made, Direction(style="mine", density=1.5), path, settings)
    for direction, told in (
        (Direction(density=1.0), r"planned with --density 1\.5, not 1\.0; add --replan"),
        (Direction(longest=5.0), r"planned without --longest, not 5\.0; add --replan"),
        (Direction(style="calm"), "planned with --style mine, not calm; add --replan"),
    ):
        with pytest.raises(InvalidInput, match=told):
            agree_with(made, direction, path, settings)
    (tmp_path / "styles" / "mine.toml").write_text("length = 0.8\n")
    with pytest.raises(InvalidInput, match="the style mine has changed since"):
        agree_with(made, Direction(style="mine"), path, settings)
    # Planned anew, it stays in the style it was planned in; what is given changes.
    again = direct(analyses.pop(), Direction(shortest=1.0), made, settings)
    assert again.cutting == made.cutting.model_copy(update={"shortest": 1.0})


def test_a_plan_that_names_a_file_as_its_style_reads_no_file(own):
    """Plans come from anybody; what is wrong with a file would tell what is in it."""
    path = own('name = "a secret"\nlength = "another secret"\n', "keys")
    with pytest.raises(InvalidInput, match="a secret"):
        find_style(str(path))
    film = plan(analyses.pop(), LOOK, seed=1).model_copy(update={"style": str(path)})
    for reads in (lambda: style_called(film.style), lambda: measure(film, analyses.pop())):
        with pytest.raises(InvalidInput, match="is not known") as told:
            reads()
        assert "secret" not in str(told.value)
