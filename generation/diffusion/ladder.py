"""Names of placements, and which of them a model and a machine allow: `Wish`, `candidates`."""

from collections.abc import Iterator, Sequence
from typing import get_args

from songreel.generation.diffusion import lora
from songreel.generation.diffusion.machine import Gpu, Machine
from songreel.generation.diffusion.parallel.refuse import context_ranks, refusal
from songreel.generation.diffusion.placement import Offload, Placement, Split, Storage
from songreel.generation.diffusion.recipe import Recipe
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.local import LocalOptions

OFFLOADS: dict[str, Offload] = {
    "model-offload": "model", "group-offload": "group", "sequential-offload": "sequential",
}  # fmt: skip
STORAGES: tuple[Storage, ...] = get_args(Storage)[1:]
SPLITS: tuple[Split, ...] = get_args(Split)[1:]
QUANTISED: tuple[Storage, ...] = ("int8", "nf4", "gguf")
AUTO = "auto"


class Refusal(Frozen):
    """A placement that will not do."""

    name: str
    reason: str
    """With the figures, and the next best way."""
    devices: tuple[str, ...] = ()
    """Of the placement that was weighed; empty where it was not."""


class Wish(Frozen):
    """What the user wants of a placement; None leaves it to the planner."""

    storage: Storage = "released"
    """Never chosen unasked: another than the release's changes the picture."""
    offload: Offload | None = None
    tiling: bool | None = None
    split: Split | None = None
    cpu: bool = False

    def allows(self, placement: Placement) -> bool:
        """Whether `placement` has all that was asked for."""
        return (
            placement.storage == self.storage
            and self.offload in (None, placement.offload)
            and self.tiling in (None, placement.tiling)
            and self.split in (None, placement.split)
        )


def read_wish(text: str) -> Wish:
    """`auto`, `whole`, or parts joined by `+`: `fp8+group-offload+tiled`.

    Raises:
        InvalidInput: A part is not known, or two of a kind are given.
    """
    found: dict[str, object] = {}

    def put(kind: str, value: object) -> None:
        if kind in found and found[kind] != value:
            raise InvalidInput(f"placement {text!r}: two parts of it ask for different things")
        found[kind] = value

    for part in text.strip().lower().split("+"):
        if part == AUTO or not part:
            continue
        if part == "whole":
            put("offload", "none")
            put("split", "none")
        elif part == "tiled":
            put("tiling", True)
        elif part in OFFLOADS:
            put("offload", OFFLOADS[part])
        elif part in STORAGES:
            put("storage", part)
        elif part in SPLITS:
            put("split", part)
        elif part == "cpu":
            put("cpu", True)
        else:
            known = ("auto", "whole", "tiled", *STORAGES, *OFFLOADS, *SPLITS, "cpu")
            raise InvalidInput(
                f"no placement is called {part!r}; known: {', '.join(known)}, joined by + "
                "(`songreel generate PROJECT --plan-memory` shows what fits)"
            )
    return Wish.model_validate(found)


def name_of(
    storage: Storage, offload: Offload = "none", split: Split = "none", tiling: bool = False,
    cpu: bool = False,
) -> str:  # fmt: skip
    """Of a placement, as the user writes it."""
    parts: list[str] = [] if storage == "released" else [storage]
    if offload != "none":
        parts.append(f"{offload}-offload")
    if split != "none":
        parts.append(split)
    if cpu:
        parts.append("cpu")
    if tiling:
        parts.append("tiled")
    return "+".join(parts) or "whole"


def candidates(
    recipe: Recipe, devices: Sequence[Gpu], options: LocalOptions, wish: Wish
) -> Iterator[Placement | Refusal]:
    """Every placement of `recipe` that `wish` leaves open, unestimated, and what cannot be.

    Args:
        recipe: The model.
        devices: GPUs that may be used; none for the processor.
        options: Whose LoRAs count.
        wish: What was asked for.
    """
    cpu = wish.cpu or not devices
    tilings = (False, True) if "tiling" in recipe.abilities else (False,)
    reason = storage_refused(recipe, wish.storage, devices, options)
    if reason:
        yield Refusal(name=wish.storage, reason=reason)
        return
    if cpu:
        for tiling in tilings:
            yield placed(("cpu",), wish.storage, tiling=tiling)
        return
    roomiest = max(devices, key=lambda gpu: gpu.free)
    for offload in get_args(Offload):
        if why := _offload_refused(recipe, offload, wish.storage, roomiest):
            yield Refusal(name=name_of(wish.storage, offload), reason=why)
            continue
        for tiling in tilings:
            yield placed((roomiest.device,), wish.storage, offload, tiling=tiling)
    for split, names in _shares(recipe, devices):
        why = refusal(recipe, split, len(names), wish.storage, options.approximate) or ""
        found = placed(names, wish.storage, split=split)
        if not why and split == "layers" and wish.storage in QUANTISED:
            why = f"{wish.storage} weights stay on one device; fp8 goes with layers"
        if not why and options.loras:
            why = lora.refusal(recipe, found)
        if why:
            yield Refusal(name=found.name, reason=why)
            continue
        for tiling in tilings:
            yield placed(names, wish.storage, split=split, tiling=tiling)


def placed(
    devices: tuple[str, ...], storage: Storage, offload: Offload = "none", split: Split = "none",
    *, tiling: bool = False,
) -> Placement:  # fmt: skip
    """The placement of this kind, without figures."""
    return Placement(
        name=name_of(storage, offload, split, tiling, devices[0] == "cpu"), devices=devices,
        storage=storage, offload=offload, split=split, tiling=tiling,
        exact=storage == "released",
    )  # fmt: skip


def storage_refused(
    recipe: Recipe, storage: Storage, devices: Sequence[Gpu], options: LocalOptions
) -> str:
    """Why the weights of `recipe` cannot be stored so; empty where they can."""
    backends: set[str] = {gpu.backend for gpu in devices} or {"cpu"}
    if storage == "bf16" and all(p.dtype in ("bfloat16", "float16") for p in recipe.components):
        return f"{recipe.name} is released in half precision throughout: bf16 would change nothing"
    if storage == "fp8":
        if "fp8" not in recipe.abilities:
            return f"{recipe.name} cannot keep its weights in fp8; use group-offload"
        if "mps" in backends:
            return "Apple GPUs know no fp8; use group-offload"
    if storage in ("int8", "nf4"):
        if "quantised" not in recipe.abilities:
            return f"{recipe.name} cannot be quantised; use group-offload"
        if storage == "nf4" and backends & {"mps", "cpu"}:
            return "nf4 wants an NVIDIA or AMD GPU (bitsandbytes); use int8, or fp8"
        if storage == "int8" and "mps" in backends:
            return "int8 is not known to work on Apple GPUs; use group-offload"
    if storage == "gguf":
        if "gguf" not in recipe.abilities:
            return f"{recipe.name} is not read from a .gguf file; use fp8, or group-offload"
        if not options.weights.endswith(".gguf"):
            return "gguf needs the file: --weights FILE.gguf; or use fp8"
    if options.loras and storage in QUANTISED:
        return lora.refusal(recipe, placed(("cuda:0",), storage))
    return ""


def _offload_refused(recipe: Recipe, offload: Offload, storage: Storage, gpu: Gpu) -> str:
    if offload != "none" and gpu.backend == "mps":
        return (
            "a Mac's GPU shares the machine's memory: offloading frees nothing; use bf16 or tiled"
        )
    if offload in ("group", "sequential"):
        if f"{offload}-offload" not in recipe.abilities:
            return f"{recipe.name} cannot be offloaded in parts; use model-offload"
        if storage in QUANTISED:
            return (
                f"{storage} weights are moved whole: they go with model-offload; "
                f"fp8 goes with {offload}-offload"
            )
    return ""


def _shares(recipe: Recipe, devices: Sequence[Gpu]) -> Iterator[tuple[Split, tuple[str, ...]]]:
    """Ways to share a clip between `devices`, roomiest first, as far as they go for the model."""
    ranked = sorted(devices, key=lambda gpu: -gpu.free)
    names = tuple(gpu.device for gpu in ranked)
    if len(names) < 2 or devices[0].backend == "mps":
        return
    yield "guidance", names[:2]
    yield "context", names[: max(2, context_ranks(recipe, len(names)))]
    for count in range(2, len(names) + 1):
        yield "layers", names[:count]


def devices_of(machine: Machine, options: LocalOptions) -> tuple[Gpu, ...]:
    """The GPUs that may be used; none where the CPU was asked for.

    Raises:
        InvalidInput: A device that was asked for is not there.
    """
    wanted = [word.strip() for word in options.devices.split(",") if word.strip()]
    if wanted == ["cpu"]:
        return ()
    if not wanted:
        return machine.gpus
    found = []
    for word in wanted:
        gpu = machine.gpu(word)
        if gpu is None:
            there = ", ".join(each.device for each in machine.gpus) or "no GPU"
            raise InvalidInput(
                f"devices: there is no {word} here, but {there}; write cuda:0,cuda:1 or cpu, or "
                "nothing for all GPUs"
            )
        found.append(gpu)
    return tuple(found)
