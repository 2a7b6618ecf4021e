"""The wheel has every folder, and the front is light."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import songreel

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS = PYPROJECT["tool"]["setuptools"]


KNOWN_AS = {"pynvml": "nvidia-ml-py"}
"""Packages by what is imported of them, where the names differ."""

ASKED_BY_OTHERS = {"accelerate", "ftfy", "gguf", "peft", "psycopg", "s3fs", "sentencepiece"}
"""Extras that diffusers, transformers, SQLAlchemy and fsspec import for us."""

OUTSIDE = {"browser", "dev", "docs"}
"""Extras of those who work on songreel: nothing in the package imports them."""


def test_every_folder_with_code_is_in_the_package_list():
    found = set()
    for name, folder in SETUPTOOLS["package-dir"].items():
        for init in (ROOT / folder).rglob("__init__.py"):
            inner = init.parent.relative_to(ROOT / folder).parts
            found.add(".".join([name, *inner]))
    assert sorted(SETUPTOOLS["packages"]) == sorted(found)


def test_every_module_is_in_a_package():
    for folder in SETUPTOOLS["package-dir"].values():
        for module in (ROOT / folder).rglob("*.py"):
            assert (module.parent / "__init__.py").exists(), module


def test_what_the_code_reads_beside_it_is_installed():
    data = SETUPTOOLS["package-data"]
    folders = {name: ROOT / folder for name, folder in SETUPTOOLS["package-dir"].items()}
    installed = set()
    for package, globs in data.items():
        at = max((name for name in folders if f"{package}.".startswith(f"{name}.")), key=len)
        home = folders[at].joinpath(*package.removeprefix(at).strip(".").split("."))
        installed |= {file for glob in globs for file in home.glob(glob)}
    for folder in folders.values():
        for file in folder.rglob("*"):
            if file.is_file() and file.suffix != ".py" and file.parent.name != "__pycache__":
                assert file in installed, file


def test_what_is_imported_is_what_is_installed():
    imported = set()
    for folder in SETUPTOOLS["package-dir"].values():
        for module in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(module.read_text())):
                names = [node.module] if isinstance(node, ast.ImportFrom) else []
                names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
                imported |= {name.partition(".")[0] for name in names}
    foreign = imported - sys.stdlib_module_names - {"songreel"}
    foreign = {KNOWN_AS.get(package, package) for package in foreign}
    brought_by = packages_distributions()
    extras = PYPROJECT["project"]["optional-dependencies"]
    declared = named(PYPROJECT["project"]["dependencies"])
    optional = named(
        text for name, texts in extras.items() if name not in OUTSIDE for text in texts
    )
    # A library that is not installed here goes by its package's own name.
    known = {dist for package in foreign for dist in brought_by.get(package, [package])}
    assert normal(known) | ASKED_BY_OTHERS == normal(declared | optional) - {"songreel"}
    assert not normal(known) & ASKED_BY_OTHERS


def normal(names):
    return {re.sub("[-_.]+", "-", name).lower() for name in names}


def named(requirements):
    return {re.split(r"[<>=\[]", text)[0] for text in requirements}


def test_help_imports_nothing_heavy():
    heavy = [
        "av", "cv2", "diffusers", "matplotlib", "numba", "numpy", "psycopg", "pydantic", "ray",
        "scipy", "sqlalchemy", "torch", "transformers", "websockets",
    ]  # fmt: skip
    code = f"import sys, songreel.cli.main; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_services_bring_nothing_that_most_commands_do_without():
    """Each brings half a second; who lists takes or costs should not wait for them."""
    heavy = ["numba", "scipy.signal", "matplotlib", "torch", "fastapi", "nicegui"]
    code = f"import sys, songreel.services; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_one(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "songreel.cli.main", "--version"],
        capture_output=True, text=True, check=True, cwd=tmp_path, env=os.environ,
    )  # fmt: skip
    assert done.stdout == f"songreel {songreel.__version__}\n"
    assert f"## {songreel.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_help_names_the_styles_and_dialects_there_are():
    from songreel.cli.hearing import DialectOption, StyleOption
    from songreel.prompting.dialects import known
    from songreel.prompting.styles import styles

    told = {option: option.__metadata__[0].help for option in (DialectOption, StyleOption)}
    assert all(name in told[DialectOption] for name in known())
    assert all(name in told[StyleOption] for name in styles())
