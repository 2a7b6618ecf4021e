"""`compiled`: numba's compiler as the analysis uses it, with a type that checkers understand."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")

_kernels: list[Any] = []


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` to machine code; cached on disk, and free of the interpreter lock."""
    kernel = njit(cache=True, nogil=True)(function)
    _kernels.append(kernel)
    return cast(Callable[P, R], kernel)


def missing() -> tuple[str, ...]:
    """Names of the kernels whose machine code is neither here nor, for this source, on disk."""
    return tuple(k.py_func.__name__ for k in _kernels if not k.signatures and not _kept(k))


def _kept(kernel: Any) -> bool:
    source = Path(inspect.getfile(kernel.py_func))
    folder = Path(kernel.stats.cache_path)
    written = source.stat().st_mtime
    # numba's index of a kernel is named by its file, its name and its first line.
    found = folder.glob(f"{source.stem}.{kernel.py_func.__qualname__}-*.nbi")
    return any(index.stat().st_mtime >= written for index in found)
