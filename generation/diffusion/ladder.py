"""Names of placements, and which of them a model and a machine allow: `Wish`, `candidates`."""

from collections.abc import Iterator
from typing import get_args

from songreel.generation.diffusion.machine import Gpu, Machine
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
AUTO = "auto"


class Wish(Frozen):
    """What the user wants of a placement; None leaves it to the planner."""

    storage: Storage = "released"
    """Never chosen unasked: another than the release's changes the picture."""
    offload: Offload | None = None
    tiling: bool | None = None
    split: Split | None = None
    cpu: bool = False


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
    storage: Storage, offload: Offload, split: Split, tiling: bool, cpu: bool = False
) -> str:
    """Of a placement, as the user writes it."""
    parts = [] if storage == "released" else [storage]
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
    recipe: Recipe, machine: Machine, options: LocalOptions, storage: Storage
) -> Iterator[Placement]:
    """Every placement of `recipe` on `machine` with weights stored as `storage`, unestimated."""
    devices = devices_of(machine, options)
    exact = storage == "released"

    def made(devices: tuple[str, ...], offload: Offload, split: Split, tiling: bool) -> Placement:
        cpu = devices[0] == "cpu"
        return Placement(
            name=name_of(storage, offload, split, tiling, cpu), devices=devices, storage=storage,
            offload=offload, split=split, tiling=tiling, exact=exact,
        )  # fmt: skip

    tilings = (False, True) if "tiling" in recipe.abilities else (False,)
    if not devices:
        for tiling in tilings:
            yield made(("cpu",), "none", "none", tiling)
        return
    offloads: list[Offload] = ["none", "model"]
    if "group-offload" in recipe.abilities:
        offloads.append("group")
    if "sequential-offload" in recipe.abilities:
        offloads.append("sequential")
    first = max(devices, key=lambda gpu: gpu.free)
    for offload in offloads:
        for tiling in tilings:
            yield made((first.device,), offload, "none", tiling)
    names = tuple(gpu.device for gpu in devices)
    for split, ability in (
        ("guidance", "guidance-split"), ("context", "context-parallel"), ("layers", "layer-split"),
    ):  # fmt: skip
        if len(names) > 1 and ability in recipe.abilities:
            used = names[:2] if split == "guidance" else names
            for tiling in tilings:
                yield made(used, "none", split, tiling)  # type: ignore[arg-type]


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
            raise InvalidInput(f"devices: there is no {word} here, but {there}")
        found.append(gpu)
    return tuple(found)
