"""Whether numba will have to compile the analysis before it runs: `is_first_run`."""

import sys
from pathlib import Path

from songreel.models.progress import Progress

SECONDS = 15
"""About what compiling costs, once: 13.6 s of one core, measured in November 2026."""


def is_first_run() -> bool:
    """Whether no kernel of the analysis has machine code on the disk yet.

    True after an install, and where numba's cache cannot be written.
    """
    import songreel.analysis.analyze  # noqa: F401  (brings all kernels)

    found = False
    for name, module in list(sys.modules.items()):
        if not name.startswith("songreel.analysis."):
            continue
        for value in list(vars(module).values()):
            stats, function = getattr(value, "stats", None), getattr(value, "py_func", None)
            if stats is None or function is None or function.__module__ != name:
                continue
            found = True
            index = f"{name.rpartition('.')[2]}.{function.__qualname__}-*.nbi"
            # No path: numba found no folder to keep machine code in.
            if stats.cache_path is not None and any(Path(stats.cache_path).glob(index)):
                return False
    return found


def told(progress: Progress) -> Progress:
    """`progress` that says that this run compiles besides."""
    progress(f"compiling, which the first run does: about {SECONDS} s", 0.0)

    def tell(what: str, done: float) -> None:
        progress(f"{what} (compiling)", done)

    return tell
