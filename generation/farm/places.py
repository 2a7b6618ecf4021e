"""How many clip workers a machine has room for, and what each of them sees: `places`."""

import os
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from songreel.generation.diffusion.machine import Gpu, Machine
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput


class Place(Frozen):
    """Where one worker works."""

    name: str
    """Told in the clips' records: `gpu 0`, `cpu 1`."""
    environment: Mapping[str, str] = {}
    """Beside this process's own: which GPUs it sees, how many threads it takes."""
    takes: frozenset[str] | None = None
    """Sources whose model fits there; None: all of them."""
    gpus: int = 0
    """That are its own."""


class Wanted(Frozen):
    """A source of the batch, as the planner of memory sees it."""

    source: str
    gpu: bool
    """Whether its model runs on GPUs."""
    devices: Annotated[int, Field(ge=1)] = 1
    """GPUs that one loaded model takes."""


def places(
    wanted: Sequence[Wanted],
    machine: Machine,
    count: int | None,
    environment: Mapping[str, str] = os.environ,
) -> tuple[Place, ...]:
    """The workers of this machine.

    Models on GPUs get as many workers as GPUs go around, each with GPUs of its own; never two of
    them share one. Without such models, or without GPUs, there is a worker a core; beside them,
    what needs no GPU gets a few workers of its own.

    Args:
        wanted: What is to be made.
        machine: As it is.
        count: How many workers are asked for; None leaves it to the machine.
        environment: Of this process: the GPUs it may use.

    Raises:
        InvalidInput: More workers are asked for than the GPUs have room for.
    """
    models = [each for each in wanted if each.gpu and machine.gpus]
    others = [each for each in wanted if each not in models]
    found: list[Place] = []
    if models:
        each = max(model.devices for model in models)
        most = len(machine.gpus) // each
        if most == 0:
            raise InvalidInput(
                f"{max(models, key=lambda model: model.devices).source} takes {each} GPUs as "
                f"placed; this machine has {len(machine.gpus)}"
            )
        if count is not None and count > most:
            share = "a loaded model has a GPU of its own" if each == 1 else f"each takes {each}"
            raise InvalidInput(
                f"--workers {count}: there is room for {most} on {len(machine.gpus)} GPUs ({share})"
            )
        number = count or most
        groups = [machine.gpus[i * each : (i + 1) * each] for i in range(number)]
        found = [
            Place(
                name="gpu " + "+".join(gpu.device.partition(":")[2] or "0" for gpu in group),
                environment=_seeing(group, environment) | _threads(machine.cores, number),
                takes=frozenset(model.source for model in models) if others else None,
                gpus=each,
            )
            for group in groups
        ]
        # A loaded model is not put aside for a clip that needs none.
        number = max(1, machine.cores // 4) if others else 0
    else:
        number = count or machine.cores
    takes = frozenset(other.source for other in others) if models else None
    return (
        *found,
        *(
            Place(name=f"cpu {i}", environment=_threads(machine.cores, number), takes=takes)
            for i in range(number)
        ),
    )


def _seeing(gpus: Sequence[Gpu], environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which torch sees these GPUs alone, numbered from 0."""
    first = gpus[0]
    if first.backend == "mps":
        return {}
    names = ["CUDA_VISIBLE_DEVICES"]
    if first.backend == "rocm":
        names = ["HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", *names]
    name = next((each for each in names if each in environment), names[0])
    seen = [word.strip() for word in environment.get(name, "").split(",") if word.strip()]
    indices = [int(gpu.device.partition(":")[2] or 0) for gpu in gpus]
    chosen = [seen[i] if i < len(seen) else str(i) for i in indices]
    return {name: ",".join(chosen)}


def _threads(cores: int, workers: int) -> dict[str, str]:
    """Each worker its share of the cores, so that they do not stand in each other's way."""
    share = str(max(1, cores // max(workers, 1)))
    return {"OMP_NUM_THREADS": share, "NUMBA_NUM_THREADS": share}
