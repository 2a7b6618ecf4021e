"""Options of `songreel foley` that the source chosen does not have are refused, not passed over."""

import pytest
from typer.testing import CliRunner

from songreel.cli.main import app


@pytest.mark.parametrize("option", [("--steps", "9"), ("--cfg", "3"), ("--mask-away-clip",)])
def test_the_built_in_effects_have_no_options_of_models(option, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["-q", "foley", "--prompt", "rain", "--seconds", "3", "--out", "rain.wav", *option]
    refused = CliRunner().invoke(app, words)
    assert "builtin has no --steps, --cfg or --mask-away-clip" in str(refused.exception)
    assert list(tmp_path.iterdir()) == []
