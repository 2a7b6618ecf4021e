"""What the documentation tells people to type is what the commands take."""

import re
import shlex
import tomllib
from base64 import b64encode
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from songreel.cli.main import PANELS, app
from songreel.prompting.scenes.reading import read_scenes
from songreel.queue.webhooks import signature

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")),
         *sorted((ROOT / "docs" / "how-to").glob("*.md"))]  # fmt: skip
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(songreel [^`]+)`")


def _typed(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    lines = [
        line for kind, body in FENCE.findall(text) if kind == "sh" for line in body.split("\n")
    ]
    return [*lines, *INLINE.findall(text)]


COMMANDS = sorted(
    {
        (page.name, line.strip())
        for page in PAGES
        for line in _typed(page)
        if re.match(r"\s*([A-Z_]+=\S+ )*songreel [a-z]", line)
    }
)


@pytest.fixture(scope="module")
def root() -> Any:
    """The command."""
    return typer.main.get_command(app)


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_a_command_that_is_told_exists_with_its_options(root, page, line):
    words = shlex.split(line.replace("…", ""), comments=True)
    while "=" in words[0]:
        words = words[1:]
    command, rest = root, words[1:]
    while rest and rest[0] in getattr(command, "commands", {}):
        command, rest = command.commands[rest[0]], rest[1:]
    assert command is not root, f"{page}: no such command in {line!r}"
    known = {
        form
        for parameter in command.params
        for form in (*parameter.opts, *parameter.secondary_opts)
    } | {"--help", "-h"}
    for word in rest:
        option = word.partition("=")[0]
        if option.startswith("-") and not re.fullmatch(r"-\d+(\.\d+)?", option):
            assert option in known, f"{page}: {line!r}"


def test_scene_lists_that_are_told_are_scene_lists(tmp_path):
    found = [
        body
        for page in PAGES
        for kind, body in FENCE.findall(page.read_text(encoding="utf-8"))
        if kind == "yaml" and "scenes" in (yaml.safe_load(body) or {})
    ]
    assert found
    for body in found:
        path = tmp_path / "scenes.yaml"
        path.write_text(body, encoding="utf-8")
        assert read_scenes(path).scenes


def test_the_check_of_a_signature_that_is_told_takes_ours_and_refuses_others():
    page = (ROOT / "docs" / "how-to" / "automate.md").read_text(encoding="utf-8")
    told: dict[str, Any] = {}
    exec(next(body for _, body in FENCE.findall(page) if "def genuine" in body), told)
    secret, body, sent = f"whsec_{b64encode(bytes(24)).decode()}", b'{"type":"job.done"}', 1000
    signed = signature(secret, "m1", sent, body)
    headers = {"webhook-id": "m1", "webhook-timestamp": "1000", "webhook-signature": signed}

    def genuine(body: bytes = body, now: float = 1001, **other: str) -> bool:
        return told["genuine"](secret, headers | other, body, now=now)

    assert genuine()
    assert genuine(**{"webhook-signature": f"v1,of-an-old-key= {signed}"})
    assert not genuine(body=body + b" ")
    assert not genuine(**{"webhook-id": "m2"})
    assert not genuine(now=1400)


def test_every_key_of_the_timeline_is_told():
    found = spec_from_file_location("generated", ROOT / "docs" / "generated.py")
    generated = module_from_spec(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "docs")
        found.loader.exec_module(generated)
    told = generated.keyboard()
    code = (ROOT / "app" / "widget" / "keys.js").read_text(encoding="utf-8")
    table = code[code.index("PLAIN = {") : code.index("};", code.index("PLAIN = {"))]
    letters = re.findall(r"\b([a-z]): \"", table)
    assert len(letters) > 10
    for letter in letters:
        assert f"<kbd>{letter.upper()}</kbd>" in told, letter


INSIDE = re.compile(r"SONGREEL_(WORKER|FARM)_(KEY|ADDRESS)|SONGREEL_RANK_DEVICES")
"""What songreel's own processes tell each other."""


def test_every_variable_of_the_environment_is_told():
    told = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    folders = ("app", "analysis", "prompting", "generation", "assembly", "models")
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for name in re.findall(r'"(SONGREEL_[A-Z0-9_]+)"', path.read_text(encoding="utf-8")):
            assert INSIDE.fullmatch(name) or f"`{name}`" in told, f"{name} of {path.name}"


def test_help_lists_every_command_once_among_its_kind(root):
    listed = {name: panel for panel, names in PANELS.items() for name in names.split()}
    assert len(listed) == sum(len(names.split()) for names in PANELS.values())
    assert {name: found.rich_help_panel for name, found in root.commands.items()} == listed


def test_every_extra_is_told():
    told = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for extra in declared["project"]["optional-dependencies"]:
        assert f"`{extra}`" in told, extra


def test_no_help_has_the_line_breaks_of_its_source(root):
    def commands(group):
        for command in group.commands.values():
            yield command
            yield from commands(command) if hasattr(command, "commands") else ()

    found = [root, *commands(root)]
    assert len(found) > 50
    assert not [one.name for one in found if any("\n" in p for p in one.help.split("\n\n"))]
