"""What madmom 0.16.1 of 2018 needs to run on today's Python and numpy: `repaired`.

Nothing but madmom sees any of it: names that Python and numpy no longer have are put back while
madmom is imported and taken away again, and afterwards madmom's own modules alone have a numpy
that still knows them.
"""

import collections
import importlib
import importlib.util
import sys
from collections.abc import Iterator, MutableSequence
from contextlib import contextmanager
from importlib.metadata import version
from threading import Lock
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

_ALIASES: dict[str, Any] = {"float": float, "int": int, "bool": bool, "object": object}
"""Names of Python's own types that numpy had until 1.24 (2022)."""
_LOCK = Lock()


class _OldNumpy(ModuleType):
    """numpy with the names it had, for modules that were written when it had them."""

    def __init__(self) -> None:
        super().__init__("numpy")
        self.__dict__.update(_ALIASES)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


class _RaggedNumpy(_OldNumpy):
    """The same, where lists of unequal lengths still become arrays of objects."""

    @staticmethod
    def asarray(values: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return np.asarray(values, *args, **kwargs)
        except ValueError:
            return np.asarray(values, dtype=object)


def repaired(module: str) -> ModuleType:
    """The module `module` of madmom, imported and made to work.

    Raises:
        ImportError: madmom is not installed.
    """
    with _LOCK:
        if "madmom" not in sys.modules:
            with _put_back():
                import madmom  # noqa: F401
        imported = importlib.import_module(module)
        for name, part in list(sys.modules.items()):
            if name.partition(".")[0] == "madmom" and getattr(part, "np", None) is np:
                ragged = name == "madmom.features.downbeats"
                part.np = _RaggedNumpy() if ragged else _OldNumpy()  # type: ignore[attr-defined]
    return imported


@contextmanager
def _put_back() -> Iterator[None]:
    """Give Python and numpy the names that madmom's modules ask for while they are imported."""
    lent: list[tuple[Any, str]] = []
    for owner, names in ((np, _ALIASES), (collections, {"MutableSequence": MutableSequence})):
        for name, value in names.items():
            # numpy 2 has a `bool` of its own, and asking for the others warns before it raises.
            if name not in vars(owner):
                setattr(owner, name, value)
                lent.append((owner, name))
    standing_in = [
        module
        for package, modules in _stand_ins().items()
        if importlib.util.find_spec(package) is None
        for module in modules
    ]
    sys.modules.update({module.__name__: module for module in standing_in})
    try:
        yield
    finally:
        for owner, name in lent:
            delattr(owner, name)
        for module in standing_in:
            del sys.modules[module.__name__]


def _stand_ins() -> dict[str, list[ModuleType]]:
    """Modules that madmom asks its own and scipy's version of, by the package they belong to.

    setuptools no longer brings `pkg_resources`, nor Python `distutils` since 3.12.
    """
    resources = ModuleType("pkg_resources")
    resources.__dict__["get_distribution"] = lambda name: SimpleNamespace(version=version(name))
    utils, versions = ModuleType("distutils"), ModuleType("distutils.version")
    utils.__dict__["version"] = versions
    # Asked for once, whether scipy is at least 0.14: its first two numbers tell.
    versions.__dict__["LooseVersion"] = lambda text: tuple(map(int, text.split(".")[:2]))
    return {"pkg_resources": [resources], "distutils": [utils, versions]}
