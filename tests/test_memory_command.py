"""`songreel memory` and `generate --plan-memory`: what users ask of the planner. No torch."""

import json
import subprocess
import sys
from contextlib import contextmanager
from fractions import Fraction
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from songreel.cli.main import app
from songreel.generation.diffusion.families import recipes
from songreel.memory import of, of_project
from songreel.models.errors import InvalidInput
from songreel.models.local import LocalOptions
from songreel.settings import Settings
from support.short import song

R = {recipe.name: recipe for recipe in recipes()}


def settings_in(folder):
    return Settings(folder / "workspace", 1, "sqlite://", folder / "config")


def test_every_model_is_told_on_every_machine(tmp_path):
    for machine in ("24GB", "8GB,ram=16GB", "ram=32GB", "4x H100"):
        found = of(settings_in(tmp_path), machine=machine)
        assert {"local:mochi", "local:wan", "local:svd"} <= {each.source for each in found}
        assert not any("tiny" in each.source for each in found)
        for each in found:
            assert (each.needed is not None) == (machine == "ram=32GB")
            json.dumps(each.row())
    assert len(of(settings_in(tmp_path), ["mochi"], "4x H100")[0].posts) == 4


class Opened:
    """What `of_project` asks of the services: a planned project."""

    def __init__(self, folder, visuals, storyboard, analysis):
        from songreel.models.render import RenderSpec

        state = SimpleNamespace(
            visuals=visuals, stand_ins=(), local=LocalOptions(), spec=RenderSpec(rate=Fraction(24))
        )
        self.settings = settings_in(folder)
        self._opened = SimpleNamespace(state=state), None, analysis, storyboard

    @contextmanager
    def opened(self, _folder, _progress):
        yield self._opened


@pytest.fixture(scope="module")
def planned():
    from songreel.prompting.looks import find_look
    from songreel.prompting.plan import plan as storyboard
    from songreel.prompting.styles import find_style

    analysis = song()
    return storyboard(
        analysis, find_look("neon-night"), style=find_style("classic"), seed=1
    ), analysis


def test_a_project_is_planned_for_its_largest_clip(planned, tmp_path):
    (found,) = of_project(Opened(tmp_path, "local:mochi", *planned), tmp_path, "24GB")
    recipe = R["mochi"]
    assert found.clips > 1
    assert (found.plan.width, found.plan.height) == (848, 480)
    assert (found.plan.frames - recipe.grid.low) % recipe.grid.step == 0
    assert found.plan.best.exact
    with pytest.raises(InvalidInput, match=r"from builtin, which takes no GPU: .*memory MODEL"):
        of_project(Opened(tmp_path, "builtin", *planned), tmp_path)


def test_the_command_shows_every_way_and_loads_nothing(tmp_path):
    def songreel(*arguments):
        return CliRunner().invoke(app, ["--workspace", str(tmp_path), "memory", *arguments])

    shown = songreel("mochi", "--machine", "RTX 4090,ram=64GB").stdout
    assert "chosen: group-offload, the fastest that fits with weights as released" in shown
    assert "--placement fp8+model-offload" in shown
    told = json.loads(songreel("wan", "ltx", "--machine", "2x24GB", "--json").stdout)
    assert [each["source"] for each in told] == ["local:wan", "local:ltx"]
    assert told[0]["workers"] == [["cuda:0"], ["cuda:1"]]
    alone = songreel("--machine", "ram=64GB").stdout
    assert "local:mochi" in alone
    assert "no GPU" in alone
    refused = songreel("mochi", "--machine", "24 apples")
    assert isinstance(refused.exception, InvalidInput)


def test_planning_imports_no_torch():
    code = (
        "import sys; from songreel.memory import of; from songreel.settings import Settings; "
        "of(Settings.load(), machine='24GB'); from songreel.doctor_local import torch_fits; "
        "torch_fits(); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
