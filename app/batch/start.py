"""How the engine of a batch is started: `starter`."""

import os
from collections.abc import Callable
from pathlib import Path

from songreel.batch.driver import LOGS, Needs
from songreel.batch.engine import Engine
from songreel.batch.local import LocalEngine
from songreel.generation.farm.kept import Kept
from songreel.generation.farm.places import Wanted, places
from songreel.generation.farm.room import room
from songreel.models.errors import InvalidInput
from songreel.models.render import RenderSpec
from songreel.settings import Settings

KEPT = "kept"
"""Folder of finished clips, in the workspace."""


def starter(
    name: str,
    settings: Settings,
    out: Path,
    *,
    address: str | None,
    workers: int | None,
    slots: int | None,
) -> tuple[Callable[[Needs], Engine], int]:
    """What starts the engine called `name`, and how many cores each film may use.

    Args:
        name: `local` or `ray`.
        settings: Of this run.
        out: Folder of the batch.
        address: Of Ray.
        workers: Clip workers that are asked for.
        slots: Films at a time that are asked for.
    """
    if name == "ray":
        return lambda needs: ray_engine(
            needs, settings, out, address=address, workers=workers, slots=slots
        ), settings.workers
    cores = settings.workers
    at_once = songs_at_once(slots, 10**6, cores)
    each = max(1, cores // at_once)
    return lambda needs: local_engine(
        needs, settings, out, workers=workers,
        slots=songs_at_once(slots, len(needs.films), cores),
    ), each  # fmt: skip


def largest(needs: Needs) -> RenderSpec:
    """The largest film's shape: what memory is planned for."""
    specs: list[RenderSpec] = []
    for film in needs.films:
        spec = film.wishes.changes().get("spec")
        if isinstance(spec, RenderSpec):
            specs.append(spec)
    return max(specs, key=lambda spec: spec.width * spec.height)


def songs_at_once(asked: int | None, films: int, cores: int) -> int:
    """Films made at a time: while clips of one are made, another is heard, planned or cut."""
    return asked or max(1, min(films, max(2, cores // 4)))


def local_engine(
    needs: Needs, settings: Settings, out: Path, *, workers: int | None, slots: int
) -> LocalEngine:
    """Processes on this machine.

    Raises:
        InvalidInput: More workers are asked for than there is room for, or a model is not known.
        MachineError: A model does not fit here.
    """
    from songreel.generation.diffusion.machine import look

    wanted: list[Wanted] = []
    machine = look()
    if needs.sources:
        spec, wishes = largest(needs), [film.wishes for film in needs.films]
        for source in needs.sources:
            own = next((w.local() for w in wishes if w.source == source), wishes[0].local())
            size = (spec.width, spec.height)
            wanted.append(room(source, own, settings.models, *size, machine))
    staff = places(wanted, machine, workers) if needs.sources else ()
    return LocalEngine(
        Kept(settings.workspace / KEPT), staff, settings.workspace, slots, out / LOGS
    )


def ray_engine(
    needs: Needs,
    settings: Settings,
    out: Path,
    *,
    address: str | None,
    workers: int | None,
    slots: int | None,
) -> Engine:
    """Actors and tasks on a Ray cluster.

    Raises:
        InvalidInput: More workers are asked for than there is room for; films would have to be
            paid for, whose clips are made elsewhere anyway.
        MachineError: There is no cluster, a machine has another songreel, or a model fits nowhere.
    """
    from songreel.batch.ray_engine import RayEngine
    from songreel.generation.farm.nodes import Node, connect, nodes, ray_module
    from songreel.generation.farm.ray_pool import RayPool

    if needs.paid:
        raise InvalidInput(
            f"{', '.join(needs.paid)} make their clips elsewhere, and Ray's machines have neither "
            "your keys nor your ledger: make these films with --engine local"
        )
    if address is None:  # its processes are children of this one
        os.environ["SONGREEL_WORKSPACE"] = str(settings.workspace.resolve())
    outside = connect(address, settings.workers)
    ray = ray_module()
    try:
        cluster = nodes()
        first = ray.get_runtime_context().get_node_id()
        near = next((node for node in cluster if node.id == first), cluster[0])
        store = (Path(near.workspace) if outside else settings.workspace.resolve()) / KEPT
        spec = largest(needs)
        wishes = [film.wishes for film in needs.films]

        def has_room(source: str, node: Node) -> Wanted:
            own = next((w.local() for w in wishes if w.source == source), wishes[0].local())
            return room(source, own, settings.models, spec.width, spec.height, node.machine)

        pool = RayPool(store, cluster, near.id, needs.sources, has_room, workers)
        cores = int(sum(node.cpus for node in cluster))
        at_once = songs_at_once(slots, len(needs.films), cores)
        return RayEngine(pool, out, at_once, len(cluster))
    except BaseException:
        ray.shutdown()
        raise
