"""Sound that is asked for gets made, bought and kept: `fulfil`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from songreel.generation.patience import Patience
from songreel.generation.purse import Purse
from songreel.generation.sound.source import SoundSource
from songreel.models.errors import SongreelError
from songreel.models.progress import Progress
from songreel.models.sound_request import NO_FILES, SoundFiles, SoundRequest, SoundTake


class Wanted(NamedTuple):
    """One piece of sound that somebody wants."""

    label: str
    """Letters, digits and dashes: in file names, in the ledger, in messages (`s03`)."""
    request: SoundRequest
    """As its source has planned it."""
    files: SoundFiles = NO_FILES


@dataclass(frozen=True)
class Delivery:
    """What came of it, by label."""

    takes: Mapping[str, SoundTake]
    lost: Mapping[str, SongreelError] = field(default_factory=dict)
    """Why the others could not be had. What is still under way is asked after by the next run."""


def fulfil(
    wanted: Sequence[Wanted],
    *,
    source: SoundSource,
    folder: Path,
    progress: Progress,
    patience: Patience | None = None,
    purse: Purse | None = None,
    on_interrupt: Literal["leave", "cancel"] = "leave",
) -> Delivery:
    """Have each of `wanted` in `folder`, making and buying only those that are not there.

    As `songreel.generation.runner.generate` does with clips: what is finished is found by the
    request's fingerprint and believed by its hash; money is set aside before anything is sent;
    what an earlier run left under way is waited for and not bought again; a request that fails is
    asked for again with another seed where that may help.

    Args:
        wanted: In the order in which they are to be made; labels differ.
        source: Who makes them.
        folder: Where the files, their documents, jobs and letters are kept; made if need be.
        progress: Told what is being done.
        patience: Deadlines and pauses.
        purse: Who pays; None pays for nothing.
        on_interrupt: Whether Ctrl-C cancels jobs elsewhere.

    Returns:
        The takes, and errors of those that could not be had.

    Raises:
        MachineError: The disk is full or a folder cannot be written.
    """
    raise NotImplementedError
