"""The source of sound that a run asks, open for as long as it is asked: `opened`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.generation.sound.source import SoundSource

SOURCE = "builtin"
"""Who is asked where nobody says: free, on this machine, at once; it does not see pictures."""


@contextmanager
def opened(settings: Settings, name: str, folder: Path, seed: int) -> Iterator["SoundSource"]:
    """A source by name; it is closed again whatever happens.

    Args:
        settings: Of this run.
        name: `builtin`, `replicate:musicgen`.
        folder: Of takes.
        seed: Of this run.

    Raises:
        InvalidInput: There is none of that name, or it lacks what it needs.
        MachineError: The package that brings it is broken.
    """
    from songreel.generation.provider import Context
    from songreel.generation.sound.registry import create

    context = Context(
        scratch=folder,
        cache=settings.workspace,
        workers=settings.workers,
        seed=seed,
        catalogue=settings.catalogue,
        models=settings.models,
    )
    source = create(name, context)
    try:
        yield source
    finally:
        source.close()
