"""A rank of a worker as it is, but for its placement, which no plan gives to processors."""

import os
import time

from songreel.generation.diffusion import worker
from songreel.generation.diffusion.placement import Placement


def main() -> None:
    placement = Placement(name="context", devices=("cpu", "cpu"), split="context")
    worker.Worker._rungs = lambda *_: [placement]
    if seconds := float(os.environ.get("SLOW_STEP", "0")):
        from songreel.generation.diffusion.eta import Pace

        stepped = Pace.stepped

        def slow(self, *told):
            time.sleep(seconds)
            stepped(self, *told)

        Pace.stepped = slow
    worker.main()


if __name__ == "__main__":
    main()
