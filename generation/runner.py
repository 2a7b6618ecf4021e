"""Every shot of a film gets its clip, whatever its source does: `generate`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal

from songreel.generation.patience import Patience
from songreel.generation.planning import plan_film
from songreel.generation.provider import Provider
from songreel.generation.purse import Purse
from songreel.generation.run import Run
from songreel.generation.shelf import Shelf
from songreel.generation.view import Inspect
from songreel.models.clip import Clip
from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis
from songreel.models.progress import Progress
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Shot, Storyboard, Words

__all__ = ["Inspect", "Patience", "generate"]


def generate(
    storyboard: Storyboard,
    analysis: Analysis,
    spec: RenderSpec,
    *,
    provider: Provider,
    others: Mapping[str, Provider],
    folder: Path,
    progress: Progress,
    only: Collection[str] | None = None,
    patience: Patience | None = None,
    purse: Purse | None = None,
    base: Path | None = None,
    words: Callable[[Shot, str], Words] | None = None,
    retakes: int = 0,
    inspect: Inspect | None = None,
    on_interrupt: Literal["leave", "cancel"] = "leave",
    stand_ins: Sequence[str] = (),
) -> dict[str, Clip]:
    """Have every shot's clip in `folder`, making and buying only those that are not there.

    A clip that cannot be had from its source is replaced: by another request to the same
    source, by a stand-in, by the shot's start image with motion, by an unused span of a
    neighbour's clip, by the built-in visuals, as far as `others` has them; `Clip.substitution`
    says so. When this is stopped (`progress` raises, Ctrl-C) the finished clips stay, jobs on
    this machine are cancelled, and jobs elsewhere go on and are picked up by the next run; a note
    on the exception says how many. What is left under way from an earlier run is waited for
    whether it is still wanted or not; what is not wanted any more is kept as a take.

    Args:
        storyboard: The film.
        analysis: Of the same song.
        spec: Size and rate.
        provider: Source of every shot that names none.
        others: Further sources by name: those that shots name, and the last resorts.
        folder: Where clips and their documents are kept; made if need be.
        progress: Told what is being done and how much of it is done.
        only: Ids of the shots to make; all of them if None. The film is still planned whole.
        patience: Deadlines and pauses.
        purse: Who pays; None pays for nothing.
        base: Folder to which the image files of shots are relative; the current one if None.
        words: A shot's prompt and negative in a dialect; None: as the plan has them.
        retakes: How often a shot's clip with a fatal flaw is asked for again with another seed,
            over all runs.
        inspect: What looks at finished clips; its findings go into `Clip.faults`.
        on_interrupt: Whether Ctrl-C cancels jobs elsewhere; some are charged all the same.
        stand_ins: Names of those of `others` that may serve where a shot's own source cannot,
            best first; each is asked in its own words.

    Returns:
        A clip by shot id, in the film's order.

    Raises:
        InvalidInput: A shot names a source that is not given or an image that cannot be read, or
            a source has nothing to offer.
        MachineError: The disk is full or a folder cannot be written.
        ProviderError: A clip could not be had from anywhere; the others are finished and kept.
    """
    ids = [shot.id for shot in storyboard.shots]
    if unknown := sorted(set(only or ()) - set(ids)):
        raise InvalidInput(f"the storyboard has no shot {unknown[0]}; it has {', '.join(ids)}")
    shelf = Shelf(folder)
    shelf.tidy()
    progress("planning the clips", 0.0)
    plan = plan_film(
        storyboard, analysis, spec, provider=provider, others=others, words=words, base=base
    )
    run = Run(
        plan,
        shelf,
        others,
        [others[name] for name in stand_ins],
        [shot for shot in ids if only is None or shot in only],
        progress,
        patience or Patience(),
        purse=purse,
        retakes=retakes,
        inspect=inspect,
        cancels=on_interrupt == "cancel",
    )
    return run.clips()
