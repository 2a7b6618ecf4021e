"""Clips drawn on this machine once more, in another shape: `reshaped`."""

from collections.abc import Mapping
from pathlib import Path

from songreel.generation.patience import Patience
from songreel.generation.planning import FilmPlan
from songreel.generation.provider import Provider
from songreel.generation.run import Run
from songreel.generation.shelf import Shelf
from songreel.models.clip import Clip
from songreel.models.progress import Progress
from songreel.models.storyboard import Storyboard


def reshaped(
    clips: Mapping[str, Clip],
    size: tuple[int, int],
    storyboard: Storyboard,
    *,
    provider: Provider,
    folder: Path,
    progress: Progress,
) -> dict[str, Clip]:
    """The clips of some shots as `provider`, which is free, draws them in another size.

    Music, words and seed stay, so that what is seen at each frame is the same, composed anew.
    Those that are in `folder` already are not drawn again.

    Args:
        clips: The clips as they are, by shot.
        size: Width and height.
        storyboard: The film, with these shots in it.
        provider: A source on this machine.
        folder: Where they are kept.
        progress: Told how many are done. It may raise to stop; what is done stays.

    Returns:
        By shot.

    Raises:
        ProviderError: A clip could not be drawn.
        MachineError: The disk is full or the folder cannot be written.
    """
    width, height = size
    asked = {
        shot: clip.request.model_copy(update={"width": width, "height": height})
        for shot, clip in clips.items()
    }
    shots = tuple(
        shot.model_copy(update={"provider": None, "keep": None})
        for shot in storyboard.shots
        if shot.id in asked
    )
    plan = FilmPlan(
        storyboard=storyboard.model_copy(update={"shots": shots}),
        makers={"": provider, provider.name: provider},
        asked=asked,
        planned=provider.plan(asked),
        files={},
        before={},
        words=None,
    )
    shelf = Shelf(folder)
    shelf.tidy()
    run = Run(
        plan, shelf, {provider.name: provider}, (), [shot.id for shot in shots], progress,
        Patience(), purse=None, retakes=0, inspect=None, cancels=False,
    )  # fmt: skip
    return run.clips()
