"""On PYTHONPATH: a process that imported torch and is no worker says so at its end, and fails."""

import atexit
import os
import sys


def _look() -> None:
    heavy = [name for name in ("torch", "diffusers", "transformers") if name in sys.modules]
    worker = "songreel.generation.diffusion.worker" in " ".join(sys.orig_argv)
    if heavy and not worker:
        print(f"{', '.join(heavy)} imported by {sys.orig_argv}", file=sys.stderr, flush=True)
        os._exit(99)


atexit.register(_look)
