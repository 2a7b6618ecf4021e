"""From a model's name to a pipeline ready for clips: `prepare`. For workers alone."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from songreel.generation.diffusion.book import Model
from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.placement import Placement
from songreel.generation.diffusion.stopping import Watch

if TYPE_CHECKING:
    from songreel.generation.diffusion.parallel.ranks import Group


class Prepared(NamedTuple):
    """A pipeline with its weights in their place."""

    pipe: Any
    mark: str
    """What tells its weights from others."""
    approximate: tuple[str, ...]
    """What changes the picture for speed or room, with its figures."""
    compiled: bool
    """Whether the denoisers, or their blocks, run compiled."""
    whole: bool
    """Whether whole denoisers do: hooks inside would break their graphs."""


def prepare(
    model: Model,
    family: Family,
    placement: Placement,
    cache: Path | None,
    watch: Watch,
    say: Callable[[str], None],
    group: "Group | None" = None,
) -> Prepared:
    """Load, add, speed up, place, split and compile: each step builds on the one before.

    Args:
        model: With its wishes.
        family: Of the model.
        placement: Where it is to lie.
        cache: The workspace's folder; None keeps nothing.
        watch: Told how far it is; may stop between steps and while weights are fetched.
        say: Takes what the user should know: licences, what of a LoRA does not apply.
        group: This process's place among ranks; None: alone.

    Raises:
        InvalidInput: The model cannot be had or used as wished.
        MachineError: A library, a device, disk or memory is missing.
        ProviderError: Weights are to be fetched and the hub does not answer.
        Stopped: The clip is not wanted any more.
    """
    from songreel.generation.diffusion import (
        approximate,
        compiled,
        exact,
        lora,
        parallel,
        placing,
        weights,
    )

    wishes = model.wishes

    def fetched(done: int, total: int) -> None:
        watch.check()
        text = f"fetching the weights: {done / 1e9:.1f} of {total / 1e9:.1f} GB"
        watch.tell(text, 0.0, None)

    watch.tell("looking for the weights", 0.0, None)
    # One rank fetches or builds: the others would fetch the same, and transformers saves nothing
    # on any rank but the first.
    found = None
    if group is None or group.leads:
        found = weights.find(model.recipe, wishes, cache, fetched, say)
    found = found if group is None else group.share(found)
    assert found is not None
    watch.check()
    watch.tell("loading the weights", 0.0, None)
    pipe = family.load(found, placement.storage)
    pipe.set_progress_bar_config(disable=True)
    watch.check()
    for text in lora.add(pipe, family, wishes.loras, cache, fetched):
        say(f"{model.key}: {text}")
    exact.speed_up(pipe, family)
    inexact = approximate.apply(pipe, family, wishes.approximate)
    if not placement.exact:
        inexact += (f"weights stored as {placement.storage}",)
    ours = placement
    if group is not None and group.size > 1:
        ours = placement.model_copy(update={"devices": (group.device,)})
    placing.place(pipe, family, ours)
    parallel.split(pipe, family, placement)
    watch.check()
    made = compiled.compile_denoisers(pipe, family, placement, cache, wanted=wishes.compile)
    if made.note:
        say(f"{model.key}: {made.note}")
    return Prepared(pipe, found.mark, inexact, bool(made), made.whole)
