"""Films whose clips are bought from the local server; also a process of its own, to be killed.

`python -m support.hosted_films SERVICE FOLDER TALE` makes the film of twelve shots in FOLDER.
"""

import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from songreel.generation.patience import Patience
from songreel.generation.provider import Context
from songreel.generation.runner import generate
from songreel.models.clip import Clip
from songreel.models.progress import Progress, silent
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Storyboard
from songreel.store.ledger import Ledger
from support.boards import SONG, SPEC, board
from support.makers import Painter
from support.services import provider_of

HASTY = Patience(
    first_wait=0.01, longest_wait=0.05, tries=10, poll_remote=0.01, deadline=20.0, ending=0.3
)  # fmt: skip
LAG = 0.15
"""Seconds for which the server may still take what was sent; less than all tries take."""


def prompt(number: int) -> str:
    """The words of shot `number`."""
    return f"a lighthouse on a cliff, wave number {number} breaks below it"


def film(count: int = 4, tale: str = "", **shots: Mapping[str, Any]) -> Storyboard:
    """Shots of a length on an eight-second song, each with words of its own.

    Args:
        count: Of shots.
        tale: Goes into the negative prompts, so that two films ask for clips of their own whose
            pictures are the same.
        shots: Changes, by shot.
    """
    starts = [8.0 * i / count for i in range(count)]
    own = {
        f"s{i:02d}": {"prompt": prompt(i), "negative": tale, **shots.get(f"s{i:02d}", {})}
        for i in range(count)
    }
    return board(starts, **own)


def make(
    service: str,
    folder: Path,
    storyboard: Storyboard,
    *,
    model: str = "",
    allowance: Decimal | None = None,
    patience: Patience = HASTY,
    progress: Progress = silent,
    spec: RenderSpec = SPEC,
    wait: float = 5.0,
    **more: Any,
) -> dict[str, Clip]:
    """Make the film in `folder`, with its ledger there and painted clips as the last resort."""
    scratch = folder / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    maker = provider_of(service, scratch, model, wait=wait, lag=LAG)
    painter = Painter(Context(scratch=scratch, workers=2), name="builtin")
    purse = Ledger(folder / "ledger.db").purse("film", "a film", allowance)
    try:
        return generate(
            storyboard, SONG, spec, provider=maker, others={"builtin": painter},
            folder=folder / "clips", progress=progress, patience=patience, purse=purse, **more,
        )  # fmt: skip
    finally:
        maker.close()
        painter.close()


def booked(folder: Path) -> Decimal:
    """What the film's ledger holds as charged or set aside."""
    return Ledger(folder / "ledger.db").booked()


def main() -> None:
    """See the module's docstring."""
    service, folder, tale = sys.argv[1:]
    make(service, Path(folder), film(12, tale))


if __name__ == "__main__":
    main()
