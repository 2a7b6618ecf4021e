"""The guide for authors of scenes and its example: what they say can be done as it stands."""

import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import typer

from songreel.cli.main import app
from songreel.generation.visuals.contract import GROUP, lacking
from songreel.generation.visuals.moment import Moment, Moments
from songreel.generation.visuals.registry import offer
from songreel.generation.visuals.render import frames
from songreel.generation.visuals.scene import Drives, Finish, Scene
from songreel.generation.visuals.stage import Role, Stage
from songreel.models.storyboard import Oklch
from songreel.scene_trial import STRUCK, Trial, groove, study
from support.flashes import flashes
from support.packages import EXAMPLE, bring

GUIDE = (EXAMPLE / "README.md").read_text(encoding="utf-8")
LISTING = (EXAMPLE / "lanterns.py").read_text(encoding="utf-8")
BLUE = tuple(Oklch(lightness=v, chroma=0.08, hue=260.0) for v in (0.15, 0.35, 0.55, 0.75, 0.93))
TRIAL = Trial(palettes={"blue": BLUE})
HERE = "songreel.generation.visuals"


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture
def lanterns(tmp_path, monkeypatch):
    """The example, found through the entry point that its own pyproject.toml declares."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    monkeypatch.syspath_prepend(str(EXAMPLE))
    monkeypatch.syspath_prepend(str(tmp_path))
    bring(tmp_path, project["name"], project["entry-points"][GROUP])
    found = offer()
    assert found.packages == {"lanterns": "songreel-lanterns 1.2"}
    return found.scenes["lanterns"]


def asked(energy, section, *, frames=24, size=(160, 90), turn=0, **more):
    drive = groove(TRIAL, energy, section, frames=frames, turn=turn)
    return TRIAL.request("lanterns", drive, energy=energy, frames=frames, size=size, **more)


def light(scene, request, indices):
    stage = Stage(request)
    made, moments = scene(stage), Moments(stage)
    out = np.full((made.height, made.width, 3), np.nan, np.float32)
    drawn = []
    for index in indices:
        made.draw(moments[index], out)
        drawn.append(out.copy())
    return np.stack(drawn)


# The example


def test_the_example_is_short_and_lacks_nothing(lanterns):
    assert len(LISTING.splitlines()) < 60
    assert lacking(lanterns) == ""


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (120, 120), (40, 16)])
def test_it_fills_every_shape_with_light(lanterns, size):
    drawn = light(lanterns, asked(0.9, "chorus", size=size), [0, 13])
    assert np.isfinite(drawn).all()
    assert drawn.min() >= 0
    assert drawn.std() > 0.03


def test_the_same_request_gives_the_same_light_whatever_was_drawn_before(lanterns):
    alone = light(lanterns, asked(0.5, "verse"), [9])
    after = light(lanterns, asked(0.5, "verse"), range(10))
    assert alone[0].tobytes() == after[9].tobytes()


def test_a_chorus_is_fuller_than_a_verse_and_a_second_one_fuller_still(lanterns):
    count = {
        name: len(lanterns(Stage(asked(energy, section, turn=turn))).lanterns)
        for name, energy, section, turn in (
            ("verse", 0.25, "verse", 0), ("chorus", 0.9, "chorus", 0), ("second", 0.9, "chorus", 1),
        )
    }  # fmt: skip
    assert count["verse"] * 3 < count["chorus"] < count["second"]


@pytest.mark.parametrize("part", Drives._fields)
def test_everything_it_says_moves_it_does(lanterns, part):
    def drawn(what):
        drive = study(TRIAL, 0.6, "chorus", what, frames=STRUCK + 2)
        request = TRIAL.request("lanterns", drive, energy=0.6, frames=STRUCK + 2, size=(160, 90),
                                still=True)  # fmt: skip
        return light(lanterns, request, [STRUCK - 1, STRUCK]) ** (1 / 2.2)

    calm, moved = drawn(None), drawn(part)
    if part in ("kick", "snare", "hat"):
        assert np.array_equal(calm[0], moved[0])
    assert np.abs(moved[1] - calm[1]).mean() > 0.003


def test_its_settings_are_other_pictures(lanterns):
    night, dusk = (
        light(lanterns, asked(0.6, "verse", settings={"sky": sky}), [0])
        for sky in ("night", "dusk")
    )
    assert np.abs(dusk ** (1 / 2.2) - night ** (1 / 2.2)).mean() > 0.02


def test_it_does_not_flash_where_kicks_and_snares_come_ten_times_a_second(lanterns):
    request = asked(0.9, "chorus", frames=48)
    fast = tuple(np.arange(0, 2, 0.1).round(6))
    hits = request.drive.kick.model_copy(update={"times": fast, "strengths": (1.0,) * len(fast)})
    drive = request.drive.model_copy(update={"kick": hits, "snare": hits, "hat": hits})
    wild = request.model_copy(update={"drive": drive})
    assert flashes(frames(wild, lanterns), 24.0) <= 3


@pytest.mark.slow
def test_the_package_installs_and_is_found(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    for name in ("pyproject.toml", "lanterns.py"):
        (source / name).write_bytes((EXAMPLE / name).read_bytes())
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation",
               "--target", str(target), str(source)]  # fmt: skip
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    listing = [sys.executable, "-m", "songreel.cli.main", "visuals", "list"]
    done = subprocess.run(listing, check=True, capture_output=True, text=True, timeout=120,
                          env={"PYTHONPATH": str(target), "PATH": ""})  # fmt: skip
    assert "songreel-lanterns 0.1" in done.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("lanterns")
def test_the_call_for_notebooks_shows_the_clip_and_the_sheet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SONGREEL_WORKSPACE", str(tmp_path / "workspace"))
    (call,) = (block for block in blocks("python") if block != LISTING)
    exec(compile(call, "guide", "exec"), {})
    assert {path.name for path in Path("previews").iterdir()} == {"lanterns.png", "lanterns.mp4"}


# The guide


def test_the_guide_shows_the_example_as_it_is():
    assert LISTING in blocks("python")
    (entry,) = blocks("toml")
    assert entry in (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")


def test_every_command_of_the_guide_can_be_typed():
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    typed = [shlex.split(line) for line in lines]
    commands = [words[1:] for words in typed if words[0] == "songreel"]
    assert {("visuals", sub) for sub in ("list", "show", "preview")} <= {
        tuple(words[:2]) for words in commands
    }
    for words in commands:
        command, rest = typer.main.get_command(app), list(words)
        while hasattr(command, "commands"):
            command = command.commands[rest.pop(0)]
        with pytest.MonkeyPatch.context() as patch:
            # A song need not be there for its place on the line to be right.
            patch.setattr("click.Path.convert", lambda _, value, *__: Path(value))
            command.make_context("songreel", rest)
    others = [words for words in typed if words[0] != "songreel"]
    root = EXAMPLE.parent.parent
    for words in others:
        assert all((root / word).exists() for word in words if "/" in word), words


def test_what_the_guide_tells_of_a_moment_is_all_there_is():
    table = GUIDE.split("### Moment")[1].split("## ")[0]
    told = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\|(.+?)\|", table, re.MULTILINE))))
    assert told == {field.name for field in fields(Moment)} | {"moment"}


def test_what_the_guide_tells_of_a_stage_and_a_scene_is_there(lanterns):
    table = GUIDE.split("### Stage")[1].split("### ")[0]
    told = set(re.findall(r"`(\w+)[`(]", "".join(re.findall(r"^\|(.+?)\|", table, re.MULTILINE))))
    stage = Stage(asked(0.5, "verse"))
    assert [name for name in told - {"stage"} if not hasattr(stage, name)] == []
    assert all(f"`{role}`" in table for role in Role)
    contract = GUIDE.split("## The class")[1].split("### ")[0]
    named = set(re.findall(r"^\| `(\w+)", contract, re.MULTILINE))
    assert [name for name in named if not hasattr(lanterns, name)] == []
    known = {name for name in vars(Scene) if not name.startswith("_")} | set(Scene.__annotations__)
    assert known - {"setting", "finishing"} <= named
    assert all(f.name in contract for f in fields(Finish))
    assert all(name in contract for name in Drives._fields)


def test_every_helper_of_the_guide_is_there():
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", GUIDE.split("| helpers |")[1], re.MULTILINE)
    assert len(rows) == 5
    for module, names in rows:
        there = import_module(f"{HERE}.{module}")
        assert [name for name in re.findall(r"`(\w+)`", names) if not hasattr(there, name)] == []
