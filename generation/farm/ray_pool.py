"""Clip workers on a Ray cluster, as the command sees them: `RayPool`, `seats`."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from songreel.generation.farm.nodes import Node, nodes, ray_module
from songreel.generation.farm.places import Wanted, places
from songreel.generation.farm.ray_broker import Broker, Seat
from songreel.generation.farm.roster import Work
from songreel.models.errors import InvalidInput, MachineError, SongreelError

LOOK = 15.0
"""Seconds between two looks for machines that have joined."""

Room = Callable[[str, Node], Wanted]
"""What a source's model takes of a machine; raises where it does not fit."""


def seats(
    cluster: Sequence[Node], sources: Sequence[str], room: Room, count: int | None
) -> tuple[tuple[Seat, ...], tuple[str, ...]]:
    """A seat for every worker that the cluster has room for, and what does not fit where.

    Each machine's memory is asked of the planner by itself: a source whose model does not fit
    there is made elsewhere. Ray then sees to it that no GPU is given away twice.

    Args:
        cluster: The machines.
        sources: What is to be made.
        room: Asks the planner.
        count: Workers that are asked for; None: as many as there is room for.

    Returns:
        The seats, machines in turn, so that the first few are on as many machines as can be; and
        a sentence for each machine where a source has no room.

    Raises:
        InvalidInput: More are asked for than there is room for.
        MachineError: A source has room nowhere; with the reason of each machine.
    """
    rows: list[list[Seat]] = []
    refused: dict[str, list[str]] = {source: [] for source in sources}
    served: set[str] = set()
    hosts = [node.host for node in cluster]
    for node in cluster:
        name = node.host if hosts.count(node.host) == 1 else f"{node.host}-{node.id[:4]}"
        machine = node.machine.model_copy(
            update={"gpus": node.machine.gpus[: node.gpus], "cores": max(1, int(node.cpus))}
        )
        seen = node.model_copy(update={"machine": machine})
        wanted: list[Wanted] = []
        for source in sources:
            try:
                wanted.append(room(source, seen))
            except SongreelError as error:
                refused[source].append(f"{name}: {error}")
        if not wanted or node.cpus < 1:
            continue
        fits = frozenset(each.source for each in wanted)
        served |= fits
        rows.append(
            [
                Seat(
                    name=f"{name} {place.name}", environment=place.environment, gpus=place.gpus,
                    takes=place.takes if place.takes is not None else fits, node=node.id,
                    workspace=node.workspace,
                )
                for place in places(wanted, machine, None, {})
            ]
        )  # fmt: skip
    for source in sources:
        if source not in served:
            reasons = "; ".join(refused[source]) or "no machine has a free core"
            raise MachineError(f"{source} has room on no machine of the cluster: {reasons}")
    found = [row[i] for i in range(max(map(len, rows), default=0)) for row in rows if i < len(row)]
    if count is not None and count > len(found):
        raise InvalidInput(
            f"--workers {count}: the cluster has room for {len(found)} on {len(rows)} machines"
        )
    lacking = [text for texts in refused.values() for text in texts]
    return tuple(found[:count]), tuple(lacking)


class RayPool:
    """The broker and its workers; films get the broker's handle.

    Args:
        store: Folder for finished clips, on the broker's machine.
        cluster: The machines.
        first: Id of the machine that the broker runs on.
        sources: What is to be made.
        room: Asks the planner of memory.
        count: Workers that are asked for.

    Raises:
        InvalidInput: More workers are asked for than there is room for.
        MachineError: A source has room nowhere.
    """

    def __init__(
        self,
        store: Path,
        cluster: Sequence[Node],
        first: str,
        sources: Sequence[str],
        room: Room,
        count: int | None,
    ) -> None:
        self._ray = ray_module()
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as At

        self._sources, self._room, self._count = tuple(sources), room, count
        self._known = [node.id for node in cluster]
        self._looked = time.monotonic()
        staff, self._told = seats(cluster, sources, room, count) if sources else ((), ())
        self.broker: Any = (
            self._ray.remote(Broker)
            .options(num_cpus=0, max_concurrency=1000, scheduling_strategy=At(first, soft=False))
            .remote(str(store))
        )
        self.workers = len(staff)
        self._ray.get(self.broker.hire.remote([seat.model_dump_json() for seat in staff]))

    def tend(self) -> tuple[str, ...]:
        """Hire on machines that have joined; what is to be said of them."""
        if not self._sources or self._count is not None or time.monotonic() - self._looked < LOOK:
            return ()
        self._looked = time.monotonic()
        try:
            joined = nodes(self._known)
            self._known += [node.id for node in joined]
            if not joined:
                return ()
            staff, told = seats(joined, self._sources, self._room, None)
        except SongreelError as error:
            return (f"machines that joined are not used: {error}",)
        self._ray.get(self.broker.hire.remote([seat.model_dump_json() for seat in staff]))
        self.workers += len(staff)
        hosts = ", ".join(node.host for node in joined)
        return (f"{hosts} joined: {len(staff)} workers more", *told)

    def work(self) -> Work:
        """What the workers have done in this run."""
        try:
            found: Work = self._ray.get(self.broker.work.remote())
        except self._ray.exceptions.RayError:
            found = Work({}, 0.0, 0.0, ("the broker of the clips ended before it could tell",))
        return found._replace(notices=(*self._told, *found.notices))

    def close(self) -> None:
        """End the workers and the broker."""
        with suppress(self._ray.exceptions.RayError):  # it may be gone already
            self._ray.get(self.broker.close.remote(), timeout=30.0)
        self._ray.kill(self.broker)
