"""`compiled`: numba's compiler as the analysis uses it, with a type that checkers understand."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` to machine code; cached on disk, and free of the interpreter lock."""
    return cast(Callable[P, R], njit(cache=True, nogil=True)(function))
