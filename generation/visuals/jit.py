"""`compiled`: numba with a cache on disk that notices when anything a kernel is made of changes.

Numba looks at the time and size of the kernel's own file alone, while the kernels it calls are
compiled into it: after an update of those it would go on drawing by the old ones.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numba
import numpy as np
from numba.core.dispatcher import Dispatcher

_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "fastmath": True,
    # As numpy divides: a check for zero, and the error it may raise, keep every loop with a
    # division from being vectorised (7.0 ms a frame in place of 1.3 for the tone curve).
    "error_model": "numpy",
}


def compiled(function: Callable[..., Any]) -> Any:
    """`function` compiled when it is first called, and kept on disk where that can be.

    The cache lies where numba keeps its own: beside the source, in `NUMBA_CACHE_DIR`, or in the
    user's cache folder where the installation cannot be written.
    """
    try:
        made = numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # no file to lie beside: a notebook's cell, or no folder to write to
        return numba.njit(**_OPTIONS)(function)
    # Numba offers no say in what a cached kernel depends on; this is where it keeps it since 0.2x.
    index: Any = getattr(made._cache, "_cache_file", None)
    if not hasattr(index, "_source_stamp"):
        return numba.njit(**_OPTIONS)(function)  # slow to start rather than out of date
    index._source_stamp = (index._source_stamp, state_of(function))
    return made


def state_of(function: Callable[..., Any]) -> str:
    """SHA-256 (hex) of all that `function` is compiled from.

    Its code and constants, and those of the kernels it calls and the values it reads, to the last.
    """
    digest = hashlib.sha256(repr((numba.__version__, sorted(_OPTIONS.items()))).encode())
    _add_function(digest, function, set())
    return digest.hexdigest()


def _add_function(digest: Any, function: Any, seen: set[int]) -> None:
    if id(function) in seen:
        return
    seen.add(id(function))
    digest.update(
        f"\0{function.__module__}.{function.__qualname__}{function.__defaults__}".encode()
    )
    _add_code(digest, function.__code__, function, seen)
    for cell in function.__closure__ or ():
        _add_value(digest, cell.cell_contents, function.__code__, seen)


def _add_code(digest: Any, code: CodeType, function: Any, seen: set[int]) -> None:
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    digest.update(repr(names).encode() + code.co_code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _add_code(digest, constant, function, seen)
        else:
            _add_value(digest, constant, code, seen)
    known = function.__globals__
    for name in code.co_names:
        if name in known:
            _add_value(digest, known[name], code, seen)
        elif not hasattr(np, name):
            # Defined further down in the same file, or an attribute.
            digest.update(_content(function.__code__.co_filename))


def _add_value(digest: Any, value: Any, code: CodeType, seen: set[int]) -> None:
    if isinstance(value, Dispatcher):
        _add_function(digest, value.py_func, seen)
    elif isinstance(value, ModuleType):
        for name in code.co_names:
            if isinstance(found := getattr(value, name, None), Dispatcher | int | float):
                _add_value(digest, found, code, seen)
    elif isinstance(value, np.ndarray):
        digest.update(f"{value.dtype}{value.shape}".encode() + value.tobytes())
    elif isinstance(value, frozenset):
        digest.update(repr(sorted(map(repr, value))).encode())
    elif isinstance(value, tuple):
        for one in value:
            _add_value(digest, one, code, seen)
    elif isinstance(value, type) or callable(value):
        digest.update(f"{value.__module__}.{value.__qualname__}".encode())
    else:
        digest.update(repr(value).encode())


@cache
def _content(path: str) -> bytes:
    try:
        return hashlib.sha256(Path(path).read_bytes()).digest()
    except OSError:
        return path.encode()
