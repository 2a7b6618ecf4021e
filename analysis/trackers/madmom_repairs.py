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
    lacking = importlib.util.find_spec("pkg_resources") is None
    if lacking:
        stand_in = ModuleType("pkg_resources")
        stand_in.get_distribution = (  # type: ignore[attr-defined]
            lambda name: SimpleNamespace(version=version(name))
        )
        sys.modules["pkg_resources"] = stand_in
    try:
        yield
    finally:
        for owner, name in lent:
            delattr(owner, name)
        if lacking:
            del sys.modules["pkg_resources"]
