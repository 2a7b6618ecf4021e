"""`edition`: the state of the code that draws a scene, so that a better scene ages its clips."""

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points, version
from importlib.resources import files
from pathlib import Path
from threading import Lock

from songreel.generation.visuals.contract import GROUP
from songreel.generation.visuals.registry import SCENES

_HERE = "songreel.generation.visuals"
_OWN = (f"{_HERE}.scenes", f"{_HERE}.parts")
"""Packages of which a scene's own modules count, and no others."""
_ELSEWHERE = {
    "__init__.py", "breakdown.py", "calls.py", "casting.py", "contract.py", "dressing.py",
    "edition.py", "ensemble.py", "near.py", "registry.py", "said.py",
}  # fmt: skip
"""Files of this package that draw nothing: what they decide stands in a clip's request."""
_ONE = Lock()
"""Python 3.11 counts the depth of a syntax tree for all threads together: where two of a server's
parse at a time, either may fail with SystemError."""
_SUFFIXES = (".py", ".npz", ".npy", ".toml", ".ttf", ".otf")


@cache
def edition(scene: str) -> str:
    """Start of the SHA-256 of what draws `scene`: the shared code, its module, what that imports.

    Another scene's code does not count. For a scene of another package its distribution's version
    and its module's source do.
    """
    digest = hashlib.sha256(_shared())
    place = SCENES.get(scene)
    if place is not None:
        for name in sorted(_modules(f"{_HERE}.scenes.{place.partition(':')[0]}")):
            digest.update(f"{name}\0".encode() + _source(name))
    else:
        for point in entry_points(group=GROUP):
            if point.name == scene:
                told = version(point.dist.name) if point.dist else ""
                point.load()
                path = sys.modules[point.module].__file__
                digest.update(f"{point.value} {told}\0".encode())
                digest.update(Path(path).read_bytes() if path else b"")
    return digest.hexdigest()[:12]


@cache
def _shared() -> bytes:
    digest = hashlib.sha256()
    inside = (item for item in files(_HERE).iterdir() if item.name.endswith(_SUFFIXES))
    for item in sorted(inside, key=lambda item: item.name):
        if item.name not in _ELSEWHERE:
            digest.update(f"{item.name}\0".encode() + item.read_bytes())
    return digest.digest()


def _modules(module: str) -> set[str]:
    """`module` and those of scenes and parts that it imports, directly or not."""
    found, todo = {module}, [module]
    while todo:
        new = _imports(todo.pop()) - found
        found |= new
        todo += new
    return found


@cache
def _imports(module: str) -> frozenset[str]:
    with _ONE:
        return frozenset(_imported(ast.parse(_source(module))))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            package, _, _ = (node.module or "").rpartition(".")
            if package in _OWN:
                yield str(node.module)
            elif node.module in _OWN:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.rpartition(".")[0] in _OWN)


@cache
def _source(module: str) -> bytes:
    package, _, name = module.rpartition(".")
    return files(package).joinpath(f"{name}.py").read_bytes()
