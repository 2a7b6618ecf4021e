"""`compiled`: numba's compiler for loops over samples, with a type that checkers understand."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` to machine code; kept on disk where that can be, free of the lock."""
    try:
        return cast(Callable[P, R], njit(cache=True, nogil=True)(function))
    except RuntimeError:  # numba: no folder that it may write to; compiled anew at each start
        return cast(Callable[P, R], njit(nogil=True)(function))
