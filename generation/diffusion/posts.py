"""On which devices a model's workers lie, and in which placements: `posts`, `rungs`. No torch."""

from typing import NamedTuple

from songreel.generation.diffusion.book import Model
from songreel.generation.diffusion.ladder import devices_of
from songreel.generation.diffusion.machine import Machine
from songreel.generation.diffusion.memory import on_plenty, plan
from songreel.generation.diffusion.placement import Placement
from songreel.models.errors import InvalidInput, MachineError


class Largest(NamedTuple):
    """A clip at least as large as any that is asked for."""

    width: int
    height: int
    frames: int

    def over(self, other: "Largest") -> "Largest":
        """The larger of the two by what they hold: pixels × frames."""
        return max(self, other, key=lambda each: each.width * each.height * each.frames)


def rungs(
    model: Model, largest: Largest, machine: Machine, devices: tuple[str, ...] = ()
) -> list[Placement]:
    """Placements of `model` on `devices` in which clips up to `largest` fit, best first.

    Raises:
        MachineError: It fits in none, or there is no GPU and nobody asked for the processor; with
            what is needed and what else can be chosen.
        InvalidInput: What was wished for cannot be, whatever the machine.
    """
    wishes = model.wishes
    if devices:
        wishes = wishes.model_copy(update={"devices": ",".join(devices)})
    if not (machine.gpus or model.recipe.tiny or wishes.devices.strip() == "cpu"):
        raise MachineError(_without_gpu(model, largest, machine))
    found = plan(model.recipe, *largest, machine, wishes)
    found.choose()
    return list(found.ladder)


def posts(model: Model, largest: Largest, machine: Machine) -> list[tuple[str, ...]]:
    """Devices of each worker: one GPU a worker where a clip fits on one, else all for one.

    Many short clips are done soonest side by side; devices share a clip only where it fits no
    other way, or where the placement that the user named is such a one.
    """
    gpus = devices_of(machine, model.wishes)
    if len(gpus) > 1:
        alone: list[tuple[str, ...]] = [
            (gpu.device,) for gpu in gpus if _fits(model, largest, machine, gpu.device)
        ]
        if alone:
            return alone
    return [rungs(model, largest, machine)[0].devices]


def _fits(model: Model, largest: Largest, machine: Machine, device: str) -> bool:
    try:
        return bool(rungs(model, largest, machine, (device,)))
    except (MachineError, InvalidInput):
        return False


def ideal(model: Model, largest: Largest) -> tuple[Placement, ...]:
    """All placements of `model` on one GPU on which everything fits, best first."""
    wishes = model.wishes.model_copy(update={"placement": "auto"})
    return on_plenty(model.recipe, *largest, wishes).ladder


def _without_gpu(model: Model, largest: Largest, machine: Machine) -> str:
    ladder = ideal(model, largest)
    least = min(ladder, key=lambda each: each.memory)
    why = "; ".join(machine.notes) or "no GPU is seen"
    return (
        f"{model.key} wants a GPU, and here is none ({why}): clips of {largest.frames} frames at "
        f"{largest.width}×{largest.height} take {ladder[0].memory / 2**30:.0f} GB of its memory, "
        f"or {least.memory / 2**30:.0f} GB in the placement {least.name!r}; choose --visuals "
        "builtin, a hosted model (`songreel models`), or --devices cpu, which takes hours a clip"
    )
