"""Whether a source's model has room on a machine, and how many GPUs it takes: `room`."""

from pathlib import Path

from songreel.generation.diffusion.machine import Machine
from songreel.generation.farm.places import Wanted
from songreel.models.local import LocalOptions

LOCAL = "local"


def room(
    source: str,
    local: LocalOptions,
    models: Path | None,
    width: int,
    height: int,
    machine: Machine,
) -> Wanted:
    """What one loaded model of `source` takes of `machine`; nothing is loaded.

    Args:
        source: As the user names it.
        local: Wishes for it.
        models: The user's own local models.
        width: Of the largest film, pixels.
        height: Likewise.
        machine: As it is.

    Raises:
        InvalidInput: There is no such model, or it cannot be placed as wished.
        MachineError: It does not fit; with the figure that is needed.
    """
    service, _, name = source.partition(":")
    if service == "genmo":
        together = local.placement == "context" and machine.gpus
        return Wanted(source=source, gpu=True, devices=len(machine.gpus) if together else 1)
    if service != LOCAL:
        return Wanted(source=source, gpu=False)
    from songreel.generation.catalogue.legal import longest, make_legal
    from songreel.generation.diffusion.book import book
    from songreel.generation.diffusion.posts import Largest, posts

    model = book(models).find(name).wished(local)
    entry = model.entry()
    making = make_legal(entry, longest(entry), width, height, short_side=model.side)
    largest = Largest(making.width, making.height, making.frames)
    devices = posts(model, largest, machine)[0]
    return Wanted(source=source, gpu=devices[0] not in ("cpu", "mps"), devices=len(devices))
