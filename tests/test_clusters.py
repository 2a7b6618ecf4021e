"""The recipes for clusters name commands and options that exist, and hold no secrets."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import typer
import yaml

from songreel.cli.main import app

CLUSTER = Path(__file__).resolve().parent.parent / "examples" / "cluster"
SCRIPTS = ("slurm/films.sbatch", "runpod/start.sh")
FILES = sorted(
    path for path in CLUSTER.rglob("*") if path.is_file() and "__pycache__" not in path.parts
)
RECIPES = [path for path in FILES if path.name in ("films.sbatch", "start.sh", "films.yaml")]
KUBERNETES = list(yaml.safe_load_all((CLUSTER / "kubernetes" / "films.yaml").read_text()))


def options_of(command: click.Command) -> set[str]:
    return {name for param in command.params for name in (*param.opts, *param.secondary_opts)}


def commands(text: str) -> list[list[str]]:
    """The words of every call of `songreel` in shell text, lines that go on put together."""
    joined = re.sub(r"\\\n\s*", " ", text)
    return [call.split() for call in re.findall(r"^\s*songreel (.*)$", joined, flags=re.M)]


def check(words: list[str]) -> None:
    group = typer.main.get_command(app)
    at = next(i for i, word in enumerate(words) if word in group.commands)
    known = {True: options_of(group), False: options_of(group.commands[words[at]])}
    for i, word in enumerate(words):
        if word.startswith("--"):
            assert word.partition("=")[0] in known[i < at], word


def modal_call() -> list[str]:
    """The words of the call in Modal's recipe, whatever is filled in left as ?."""
    tree = ast.parse((CLUSTER / "modal" / "films.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.List) and any(
            isinstance(item, ast.Constant) and item.value == "songreel" for item in node.elts
        ):
            return [str(getattr(item, "value", "?")) for item in node.elts][1:]
    raise AssertionError("no call of songreel in Modal's recipe")


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_a_recipe_names_options_that_there_are(path):
    text = path.read_text()
    if path.suffix == ".yaml":
        text = KUBERNETES[1]["spec"]["entrypoint"]
    found = commands(text)
    assert any("--engine" in words and "--address" in words for words in found)
    for words in found:
        check(words)


def test_modals_recipe_names_options_that_there_are():
    words = modal_call()
    assert {"batch", "--engine", "--address"} <= set(words)
    check(words)


def test_an_option_that_is_none_would_be_seen():
    with pytest.raises(AssertionError, match="--adress"):
        check(["batch", "songs", "--engine", "ray", "--adress", "auto"])
    with pytest.raises(AssertionError, match="--engine"):
        check(["--engine", "ray", "batch", "songs"])


def test_the_readme_names_recipes_and_options_that_there_are():
    text = (CLUSTER / "README.md").read_text()
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (CLUSTER / link).is_file(), link
    found = commands(text)
    assert found
    for words in found:
        check(words)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_bash(name):
    done = subprocess.run(["bash", "-n", CLUSTER / name], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_recipe_holds_a_password(path):
    """A URL with a password, and a token, stand in no file; placeholders in capitals may."""
    text = path.read_text()
    assert not re.search(r"postgres\w*://[^\s@/]*:[^\s@]*@", text)
    assert not re.search(r"\b[0-9a-f]{32,}\b", text)


def test_kubernetes_takes_the_database_from_a_secret_and_what_it_names_is_there():
    claim, job = KUBERNETES
    spec = job["spec"]["rayClusterSpec"]
    head = spec["headGroupSpec"]["template"]["spec"]
    pods = [head, *(group["template"]["spec"] for group in spec["workerGroupSpecs"])]
    (database,) = [
        env for env in head["containers"][0]["env"] if env["name"] == "SONGREEL_DATABASE"
    ]
    assert "value" not in database
    assert database["valueFrom"]["secretKeyRef"]["key"] == "url"
    assert {pod["containers"][0]["image"] for pod in pods} == {"songreel:ray"}
    for pod in pods:
        volumes = {volume["name"] for volume in pod["volumes"]}
        assert {mount["name"] for mount in pod["containers"][0]["volumeMounts"]} == volumes
    (films,) = head["volumes"]
    assert films["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    image = (CLUSTER / "kubernetes" / "Dockerfile").read_text()
    assert f"rayproject/ray:{spec['rayVersion']}-" in image


def test_extras_that_recipes_install_are_there():
    import tomllib

    pyproject = tomllib.loads((CLUSTER.parent.parent / "pyproject.toml").read_text())
    extras = pyproject["project"]["optional-dependencies"].keys()
    found = 0
    for path in FILES:
        for named in re.findall(r"\[((?:\w+,)+\w+)\]", path.read_text()):
            assert set(named.split(",")) <= extras, path
            found += 1
    assert found >= 5
