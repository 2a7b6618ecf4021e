"""The Ray actor between films and clip workers: `Broker`. It keeps clips before it tells of them.

It runs on the machine of the command, so that what is kept outlives the cluster; if the command
ends, it and all workers end with it.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from songreel.generation.farm.dispatch import Dispatch
from songreel.generation.farm.kept import LIMIT, Kept
from songreel.generation.farm.nodes import ray_module
from songreel.generation.farm.order import ClipOrder
from songreel.generation.farm.places import Place
from songreel.generation.farm.ray_worker import AT_ONCE, RayWorker, Result
from songreel.models.clip import JobState
from songreel.models.errors import MachineError

STILLBORN = 3
"""Times in a row that a worker may end without a clip before its place is given up."""
CLOSING = 10.0
"""Seconds that workers have to let go of their models."""


class Seat(Place):
    """A place on a machine of the cluster."""

    node: str
    workspace: str
    """Folder of caches on that machine."""
    cpus: float = 1.0


class _Staff:
    """A worker's seat and the actor on it."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.actor: Any = None
        self.made = self.stillborn = 0
        self.given_up = ""


class Broker:
    """All of it runs in one event loop: no two methods change anything at once.

    Args:
        store: Folder for finished clips.
    """

    def __init__(self, store: str) -> None:
        self._kept = Kept(Path(store))
        self._dispatch = Dispatch(self._kept)
        self._staff: dict[str, _Staff] = {}
        self._news: dict[str, asyncio.Queue[str]] = {}
        self._said: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._given: dict[tuple[str, str], float] = {}
        self._notices: list[str] = []
        self._making = self._handing = 0.0

    async def store(self) -> tuple[str, str]:
        """Folder and identity of the store of finished clips."""
        return str(self._kept.folder), self._kept.id

    async def hire(self, seats: Sequence[str]) -> None:
        """Start a worker on each seat, given as JSON."""
        for text in seats:
            seat = Seat.model_validate_json(text)
            self._staff[seat.name] = _Staff(seat)
            self._start(seat.name)
        self._carry_out()

    async def join(self, film: str, place: int) -> None:
        """A film will order; those with a smaller `place` go first."""
        self._news[film] = asyncio.Queue()
        self._dispatch.join(film, place)

    async def leave(self, film: str) -> None:
        """A film wants nothing more."""
        self._news.pop(film, None)
        self._dispatch.leave(film)
        self._carry_out()

    async def order(self, film: str, text: str) -> None:
        """A film wants a clip; the order as JSON."""
        self._dispatch.order(film, ClipOrder.model_validate_json(text))
        self._carry_out()

    async def withdraw(self, film: str, key: str) -> None:
        """A film does not want a clip any more."""
        self._dispatch.withdraw(film, key)
        self._carry_out()

    async def news(self, film: str, seconds: float) -> list[str]:
        """Updates for a film as JSON, as soon as there are any; none after `seconds`."""
        waiting = self._news.get(film)
        return [] if waiting is None else await _taken(waiting, seconds)

    async def clip(self, sha256: str) -> bytes:
        """The bytes of a kept clip, for a film that does not see this disk."""
        return await asyncio.to_thread(self._kept.path(sha256).read_bytes)

    async def say(self, film: str, body: Any) -> None:
        """Something from a film for whoever runs it."""
        await self._said.put((film, body))

    async def heard(self, seconds: float) -> list[tuple[str, Any]]:
        """What films have said, as soon as there is something; none after `seconds`."""
        return await _taken(self._said, seconds)

    async def progress(self, worker: str, key: str, text: str) -> None:
        """A clip is under way."""
        self._dispatch.progress(worker, key, JobState.model_validate_json(text))
        self._carry_out()

    async def slots(self, worker: str, count: int) -> None:
        """How many clips a worker wants to have at a time."""
        self._dispatch.slots(worker, count)
        self._carry_out()

    async def work(self) -> tuple[dict[str, int], float, float, list[str]]:
        """Clips made by worker, seconds at them, seconds beyond those, and notices."""
        made = {name: staff.made for name, staff in self._staff.items()}
        return made, self._making, self._handing, self._notices

    async def processes(self) -> dict[str, Any]:
        """The workers' actors by name."""
        return {name: staff.actor for name, staff in self._staff.items()}

    async def close(self, limit: int = LIMIT) -> None:
        """End all workers, and let the store go down to `limit` bytes."""
        ray = ray_module()
        actors = [staff.actor for staff in self._staff.values() if staff.actor is not None]
        for task in self._tasks:
            task.cancel()
        with suppress(Exception):  # those that do not answer are ended all the same
            await asyncio.wait_for(
                asyncio.gather(*(a.close.remote() for a in actors), return_exceptions=True), CLOSING
            )
        for actor in actors:
            ray.kill(actor)
        await asyncio.to_thread(self._kept.prune, limit)

    def _start(self, name: str) -> None:
        """A new actor on the seat `name`."""
        ray = ray_module()
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as At

        staff = self._staff[name]
        seat = staff.seat
        environment = {
            key: value for key, value in seat.environment.items() if key.endswith("_THREADS")
        }  # which GPUs it sees is Ray's to say
        staff.actor = ray.remote(RayWorker).options(
            num_cpus=seat.cpus, num_gpus=seat.gpus, max_restarts=0, max_concurrency=AT_ONCE,
            scheduling_strategy=At(seat.node, soft=False), runtime_env={"env_vars": environment},
        ).remote(
            name, ray.get_runtime_context().current_actor, str(self._kept.folder), self._kept.id,
            seat.workspace,
        )  # fmt: skip
        self._dispatch.enrol(name, seat.takes)
        self._begin(self._greet(name, staff.actor))

    def _begin(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _carry_out(self) -> None:
        effects = self._dispatch.drain()
        for film, update in effects.told:
            waiting = self._news.get(film)
            if waiting is not None:
                waiting.put_nowait(update.model_dump_json())
        for name, key in effects.stops:
            self._staff[name].actor.stop.remote(key)
        for name, order in effects.starts:
            self._given[name, order.key] = time.perf_counter()
            self._begin(self._have_made(name, self._staff[name].actor, order))

    async def _greet(self, name: str, actor: Any) -> None:
        ray = ray_module()
        try:
            await actor.hello.remote()
        except ray.exceptions.RayError as error:
            self._ended(name, actor, _why(error))
        else:
            self._dispatch.ready(name)
        self._carry_out()

    async def _have_made(self, name: str, actor: Any, order: ClipOrder) -> None:
        """One clip by one worker, and what becomes of it."""
        ray = ray_module()
        try:
            result = await actor.make.remote(order.model_dump_json())
            await self._take_in(name, order, result)
        except ray.exceptions.RayError as error:
            self._ended(name, actor, _why(error))
        self._carry_out()

    async def _take_in(self, name: str, order: ClipOrder, result: Result) -> None:
        staff = self._staff[name]
        staff.stillborn = 0
        made = result.made
        if made is None:
            self._dispatch.failed(name, order.key, result.reason, machine=result.machine)
            return
        path = self._kept.path(made.sha256)
        if result.data is not None:
            try:
                path = await asyncio.to_thread(self._kept.take_bytes, result.data, order, made)
            except MachineError as error:
                self._dispatch.failed(name, order.key, str(error), machine=True)
                return
        given = self._given.pop((name, order.key), None)
        staff.made += not made.found
        if given is not None and not made.found:
            self._making += made.seconds
            self._handing += max(0.0, time.perf_counter() - given - made.seconds)
        self._dispatch.made(name, made, path)

    def _ended(self, name: str, actor: Any, why: str) -> None:
        """A worker's actor is gone: another one takes its seat, as long as that helps."""
        staff = self._staff[name]
        if staff.actor is not actor:
            return  # it was told already, of another of its clips
        self._dispatch.lost(name, why)
        staff.stillborn += 1
        if staff.stillborn < STILLBORN:
            self._notices.append(f"{name} ended ({why}) and was started again")
            self._start(name)
            return
        staff.actor, staff.given_up = None, why
        self._notices.append(
            f"{name} ended {STILLBORN} times without a clip and was given up: {why}"
        )
        self._dispatch.starve()
        if all(other.given_up for other in self._staff.values()):
            self._dispatch.close(f"all clip workers have ended; the last: {why}")


async def _taken(queue: "asyncio.Queue[Any]", seconds: float) -> list[Any]:
    """All that is in `queue`, once there is something; nothing after `seconds`."""
    try:
        found = [await asyncio.wait_for(queue.get(), seconds)]
    except TimeoutError:
        return []
    while not queue.empty():
        found.append(queue.get_nowait())
    return found


def _why(error: Exception) -> str:
    """Why an actor ended, in a few words: Ray's texts have many lines."""
    text = " ".join(str(error).split())
    for sign in ("NODE_DIED", "node died", "node was terminated", "Node failure"):
        if sign in text:
            return "its machine is gone"
    kind = type(error).__name__
    if "OutOfMemory" in kind or "OOM" in text:
        return "its machine ran out of memory"
    return (
        f"{kind}: {text[:160]}"
        if kind not in ("RayActorError", "ActorDiedError")
        else (
            "its process was killed"
            if "SIGKILL" in text or "connection error" in text
            else text[:160]
        )
    )
