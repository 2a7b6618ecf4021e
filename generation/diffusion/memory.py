"""Which ways a model fits into a machine, before its weights load: `plan`, `MemoryPlan`."""

from collections.abc import Sequence
from typing import get_args

from songreel.generation.diffusion import lora
from songreel.generation.diffusion.ladder import (
    Refusal,
    Wish,
    candidates,
    devices_of,
    placed,
    read_wish,
    storage_refused,
)
from songreel.generation.diffusion.machine import Gpu, Machine
from songreel.generation.diffusion.need import GIB, need
from songreel.generation.diffusion.pace import slowdown
from songreel.generation.diffusion.placement import Placement, Storage
from songreel.generation.diffusion.recipe import Recipe
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.local import LocalOptions

SEAMS = 1.25
"""What tiles count beside their time: whole frames come first unless they take a quarter longer,
since blended seams are not quite the picture of a whole decoding."""

PLENTY = 2**50
"""Bytes of an imagined card on which everything fits."""


class MemoryPlan(Frozen):
    """All placements of a clip, weighed for one machine."""

    recipe: str
    width: int
    height: int
    frames: int
    ladder: tuple[Placement, ...]
    """Those that fit and keep to what was asked, best first; where memory runs out all the same,
    the next one serves, which takes less."""
    refused: tuple[Refusal, ...]
    """The others, with the reason."""
    weighed: tuple[Placement, ...] = ()
    """All that the model can be placed in here, whether they fit or not, with their figures."""
    offered: tuple[Placement, ...] = ()
    """With smaller weights, which change the picture: only if asked for by name. Of each kind the
    fastest that fits, else the smallest."""
    why: str = ""
    """Why the best one was chosen; why there is none."""

    @property
    def best(self) -> Placement | None:
        """What will be done; None where nothing fits."""
        return self.ladder[0] if self.ladder else None

    def choose(self) -> Placement:
        """What will be done.

        Raises:
            MachineError: Nothing fits; with what is needed, and what would fit.
        """
        if self.best is None:
            raise MachineError(self.why)
        return self.best


def plan(
    recipe: Recipe, width: int, height: int, frames: int, machine: Machine,
    options: LocalOptions = LocalOptions(),  # noqa: B008
) -> MemoryPlan:  # fmt: skip
    """Weigh every placement of a clip of `frames` at `width` × `height`.

    Args:
        recipe: The model.
        width: Pixels.
        height: Pixels.
        frames: Of the clip as the model makes it.
        machine: Looked at or imagined.
        options: Placement, devices, LoRAs, guidance and steps count.

    Raises:
        InvalidInput: A placement or device that was asked for is not known or cannot be, whatever
            the memory; the model does not make such clips, or takes no LoRA.
    """
    _legal(recipe, width, height, frames)
    wish = read_wish(options.placement)
    devices = () if wish.cpu else devices_of(machine, options)
    if options.loras and "lora" not in recipe.abilities:
        raise InvalidInput(lora.refusal(recipe, placed(("cpu",), "released")))
    if reason := storage_refused(recipe, wish.storage, devices, options):
        raise InvalidInput(f"placement {options.placement!r}: {reason}")
    scale = _Scale(recipe, width, height, frames, machine, options, wish)
    weighed: list[Placement] = []
    refused: list[Refusal] = []
    for found in candidates(recipe, devices, options, wish):
        if isinstance(found, Refusal):
            refused.append(found)
        else:
            weighed.append(scale.weigh(found))
    weighed = _narrowest(scale, weighed)
    asked = [each for each in weighed if wish.allows(each)]
    if not asked:
        told = [each.reason for each in refused if _names(options.placement, each.name)]
        raise InvalidInput(
            f"placement {options.placement!r}: "
            + (told[0] if told else _cannot(recipe, wish, devices))
        )
    fitting: list[Placement] = []
    for each in asked:
        if reason := scale.lacks(each):
            refused.append(Refusal(name=each.name, reason=reason, devices=each.devices))
        else:
            fitting.append(each)
    fitting.sort(key=lambda each: (cost(each, wish), each.memory))
    offered = _offered(scale, devices, wish)
    ladder = _descending(fitting)
    return MemoryPlan(
        recipe=recipe.name, width=width, height=height, frames=frames, ladder=ladder,
        refused=tuple(refused), weighed=tuple(weighed), offered=offered,
        why=_why(scale, ladder, asked, (*weighed, *offered), wish),
    )  # fmt: skip


def on_plenty(
    recipe: Recipe, width: int, height: int, frames: int, options: LocalOptions
) -> MemoryPlan:
    """The plan for one card on which everything fits: what is needed where nothing is there."""
    card = Gpu(device="cuda:0", name="any", total=PLENTY, free=PLENTY, capability=(9, 0))
    machine = Machine(gpus=(card,), memory_total=PLENTY, memory_free=PLENTY, imagined=True)
    wishes = options.model_copy(update={"devices": ""})
    return plan(recipe, width, height, frames, machine, wishes)


def cost(placement: Placement, wish: Wish = Wish()) -> float:  # noqa: B008
    """What a placement is ranked by: the time of a clip and the devices that it keeps busy."""
    seams = SEAMS if placement.tiling and not wish.tiling else 1.0
    return placement.slowdown * len(placement.devices) * seams


class _Scale:
    """Weighs placements of one clip on one machine."""

    def __init__(
        self, recipe: Recipe, width: int, height: int, frames: int, machine: Machine,
        options: LocalOptions, wish: Wish,
    ) -> None:  # fmt: skip
        self.recipe, self.machine, self.options = recipe, machine, options
        self.clip = (width, height, frames)
        self.slow = recipe.tiny or options.devices.strip() == "cpu" or wish.cpu
        """Whether the processor may serve: unasked, only a tiny model is that fast."""

    def weigh(self, bare: Placement) -> Placement:
        """`bare` with its figures."""
        found = need(self.recipe, *self.clip, bare, self.options)
        gpu = self.machine.gpu(bare.devices[0])
        taken = slowdown(self.recipe, *self.clip, bare, gpu, self.options)
        room = bare.offload == "none" and bare.split == "none" and found.beside <= self.free(bare)
        return bare.model_copy(
            update={
                "memory": found.memory, "host": found.host, "slowdown": taken, "overlap": room,
                "note": _note(self.recipe, bare, gpu),
            }
        )  # fmt: skip

    def free(self, placement: Placement) -> int:
        """Bytes that are free on the device with the least."""
        return self.machine.free_on(placement.devices)

    def lacks(self, placement: Placement) -> str:
        """What it needs and is not free, in one sentence; empty where it fits."""
        free = self.free(placement)
        where = "of memory" if _on_cpu(placement) else _on(placement)
        if _on_cpu(placement) and not self.slow:
            return (
                f"would take about {placement.slowdown:.0f} times as long as on a middling GPU: "
                "--devices cpu if it may"
            )
        if placement.memory > free:
            return f"needs {_gib(placement.memory)} {where}, {_gib(free)} free"
        if placement.host > self.machine.memory_free:
            return (
                f"needs {_gib(placement.host)} of the machine's memory, "
                f"{_gib(self.machine.memory_free)} free"
            )
        return ""


def _legal(recipe: Recipe, width: int, height: int, frames: int) -> None:
    grid, multiple = recipe.grid, recipe.multiple
    if not grid.low <= frames <= grid.high or (frames - grid.low) % grid.step:
        below = (
            grid.low + (min(max(frames, grid.low), grid.high) - grid.low) // grid.step * grid.step
        )
        near = sorted({below, min(below + grid.step, grid.high)})
        raise InvalidInput(
            f"{recipe.name} makes {grid.low} to {grid.high} frames in steps of {grid.step}, not "
            f"{frames}: choose {' or '.join(map(str, near))}"
        )
    if width % multiple or height % multiple or min(width, height) < multiple:
        legal = [max(multiple, round(side / multiple) * multiple) for side in (width, height)]
        raise InvalidInput(
            f"{recipe.name} makes sizes that are multiples of {multiple}, not {width}×{height}: "
            f"choose {legal[0]}×{legal[1]}"
        )


def _offered(scale: _Scale, devices: tuple[Gpu, ...], wish: Wish) -> tuple[Placement, ...]:
    """Of each storage that changes the picture, the best placement."""
    found = []
    for storage in get_args(Storage)[1:]:
        if storage == wish.storage or (storage == "gguf" and not scale.options.weights):
            continue
        other = wish.model_copy(update={"storage": storage})
        every = [
            scale.weigh(each)
            for each in candidates(scale.recipe, devices, scale.options, other)
            if isinstance(each, Placement) and other.allows(each)
        ]
        fits = [each for each in every if not scale.lacks(each)]
        if fits:
            found.append(min(fits, key=lambda each: (cost(each, other), each.memory)))
        elif every:
            found.append(min(every, key=lambda each: each.memory))
    return tuple(found)


def _narrowest(scale: _Scale, weighed: list[Placement]) -> list[Placement]:
    """Of layers on 2, 3, … devices those on the fewest that do, or else on all."""
    kept: dict[str, Placement] = {}
    for each in weighed:
        known = kept.get(each.name)
        if known is None or scale.lacks(known):
            kept[each.name] = each
    return list(kept.values())


def _descending(fitting: list[Placement]) -> tuple[Placement, ...]:
    """Each rung on devices of the first, and with less memory than the one above it."""
    ladder: list[Placement] = []
    for each in fitting:
        if not ladder or (
            each.memory < ladder[-1].memory and set(each.devices) <= set(ladder[0].devices)
        ):
            ladder.append(each)
    return tuple(ladder)


def _why(
    scale: _Scale, ladder: tuple[Placement, ...], asked: list[Placement],
    others: Sequence[Placement], wish: Wish,
) -> str:  # fmt: skip
    if ladder:
        best = ladder[0]
        kind = "asked for by name" if wish != Wish() else (
            "the fastest that fits with weights as released"
        )  # fmt: skip
        if len(asked) == 1:
            kind = "the only way here"
        spare = scale.free(best) - best.memory
        return f"{kind}; leaves {_gib(spare)} free"
    width, height, frames = scale.clip
    if all(_on_cpu(each) for each in asked) and not scale.slow:
        return _without_gpu(scale)
    least = min(asked, key=lambda each: each.memory)
    text = (
        f"{scale.recipe.name} at {width}×{height}, {frames} frames does not fit here: "
        f"{least.name} {scale.lacks(least)}"
    )
    ways = [each for each in others if each not in asked and not scale.lacks(each)]
    same = min((each for each in ways if each.exact), key=cost, default=None)
    if same is not None:
        text += f"; {same.name} would, at {_gib(same.memory)}"
    elif ways:
        text += f"; with another picture it would with --placement {ways[0].name}"
    return text + "; or choose fewer pixels (--side), shorter clips or a smaller model"


def _without_gpu(scale: _Scale) -> str:
    """What a GPU would have to have."""
    ladder = on_plenty(scale.recipe, *scale.clip, scale.options).ladder
    most, least = ladder[0], min(ladder, key=lambda each: each.memory)
    width, height, frames = scale.clip
    why = "; ".join(scale.machine.notes)
    return (
        f"{scale.recipe.name} wants a GPU, and this machine has none"
        + (f" ({why})" if why else "")
        + f": at {width}×{height}, {frames} frames it takes {_gib(most.memory)} of its memory for "
        f"{most.name}, or {_gib(least.memory)} for {least.name}; --devices cpu would take about "
        f"{scale.weigh(placed(('cpu',), 'released')).slowdown:.0f} times as long"
    )


def _cannot(recipe: Recipe, wish: Wish, devices: tuple[Gpu, ...]) -> str:
    if wish.split not in (None, "none") and len(devices) < 2:
        there = devices[0].device if devices else "no GPU"
        return f"{wish.split} needs two GPUs or more, here is {there}"
    if wish.tiling and "tiling" not in recipe.abilities:
        return f"the VAE of {recipe.name} has no tiles; use model-offload"
    if not devices:
        return "the processor takes a model whole: leave offloading and splits out"
    return "its parts do not go together: offloading is for one device, a split for several"


def _names(asked: str, refused: str) -> bool:
    """Whether a refused placement is one that was asked for."""
    return bool(set(asked.lower().split("+")) & set(refused.split("+")))


def _note(recipe: Recipe, placement: Placement, gpu: Gpu | None) -> str:
    said = []
    if gpu is not None and not gpu.bf16 and _in_bf16(recipe, placement):
        said.append("this card has no matrix units for bfloat16: many times slower")
    if placement.storage == "fp8" and gpu is not None:
        said.append("weights are stored in fp8 and computed in bfloat16, on any card")
    if placement.split == "context" and gpu is not None and not gpu.links:
        said.append("over PCIe: less gain than over NVLink")
    if placement.tiling:
        said.append("decoded in tiles with blended seams")
    return "; ".join(said)


def _in_bf16(recipe: Recipe, placement: Placement) -> bool:
    return placement.storage == "bf16" or any(p.dtype == "bfloat16" for p in recipe.denoisers)


def _on_cpu(placement: Placement) -> bool:
    return placement.devices[0] == "cpu"


def _on(placement: Placement) -> str:
    return f"on {placement.devices[0]}" if len(placement.devices) == 1 else "on each GPU"


def _gib(size: int) -> str:
    return f"{max(0, size) / GIB:.1f} GiB"
