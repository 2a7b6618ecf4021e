"""Which ways a model fits into a machine, before its weights load: `plan`, `MemoryPlan`."""

from songreel.generation.diffusion.ladder import candidates, devices_of, read_wish
from songreel.generation.diffusion.machine import Machine
from songreel.generation.diffusion.need import Need, need
from songreel.generation.diffusion.pace import slowdown
from songreel.generation.diffusion.placement import Placement
from songreel.generation.diffusion.recipe import Recipe
from songreel.models.document import Frozen
from songreel.models.errors import MachineError
from songreel.models.local import LocalOptions

GIB = 2**30


class Refusal(Frozen):
    """A placement that will not do."""

    name: str
    reason: str
    """One sentence with figures, and the next best way."""


class MemoryPlan(Frozen):
    """All placements of a clip, weighed for one machine."""

    recipe: str
    width: int
    height: int
    frames: int
    ladder: tuple[Placement, ...]
    """All that fit and were asked for, best first; the next one serves where memory runs out."""
    refused: tuple[Refusal, ...]

    @property
    def best(self) -> Placement | None:
        """What will be done; None where nothing fits."""
        return self.ladder[0] if self.ladder else None

    def choose(self) -> Placement:
        """What will be done.

        Raises:
            MachineError: Nothing fits.
        """
        if self.best is None:
            raise MachineError(
                f"{self.recipe} at {self.width}×{self.height}, {self.frames} frames does not fit "
                f"here: {self.refused[0].reason}"
            )
        return self.best


def plan(
    recipe: Recipe, width: int, height: int, frames: int, machine: Machine,
    options: LocalOptions = LocalOptions(),  # noqa: B008
) -> MemoryPlan:  # fmt: skip
    """Weigh every placement of a clip of `frames` at `width` × `height`, which are legal.

    Raises:
        InvalidInput: A placement or device that was asked for is not known.
    """
    wish = read_wish(options.placement)
    devices = devices_of(machine, options)
    fitting: list[Placement] = []
    refused: list[Refusal] = []
    for bare in candidates(recipe, machine, options, wish.storage):
        if wish.offload is not None and bare.offload != wish.offload:
            continue
        if wish.tiling is not None and bare.tiling != wish.tiling:
            continue
        if wish.split is not None and bare.split != wish.split:
            continue
        found: Need = need(recipe, width, height, frames, bare, options)
        gpu = machine.gpu(bare.devices[0])
        full = bare.model_copy(
            update={
                "memory": found.memory, "host": found.host,
                "slowdown": slowdown(recipe, width, height, frames, bare, gpu, options),
            }
        )  # fmt: skip
        free = min((g.free for g in devices if g.device in bare.devices),
                   default=machine.memory_free)  # fmt: skip
        if found.memory > free:
            refused.append(
                Refusal(name=bare.name, reason=f"{bare.name} needs {found.memory / GIB:.1f} GiB on "
                        f"{bare.devices[0]}, {free / GIB:.1f} are free")
            )  # fmt: skip
        elif found.host > machine.memory_free:
            refused.append(
                Refusal(name=bare.name, reason=f"{bare.name} needs {found.host / GIB:.1f} GiB of "
                        f"memory, {machine.memory_free / GIB:.1f} are free")
            )  # fmt: skip
        else:
            fitting.append(full)
    fitting.sort(key=lambda each: (each.slowdown, each.memory))
    return MemoryPlan(
        recipe=recipe.name, width=width, height=height, frames=frames, ladder=tuple(fitting),
        refused=tuple(refused),
    )  # fmt: skip
