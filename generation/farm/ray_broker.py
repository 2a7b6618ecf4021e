"""The Ray actor between films and clip workers: `Broker`. It keeps clips before it tells of them.

It runs on the machine of the command, so that what is kept outlives the cluster; if the command
ends, it and all workers end with it.
"""

import asyncio
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
from songreel.generation.farm.roster import Roster, Work
from songreel.models.clip import JobState
from songreel.models.errors import MachineError

CLOSING = 10.0
"""Seconds that workers have to let go of their models."""


class Seat(Place):
    """A place on a machine of the cluster."""

    node: str
    workspace: str
    """Folder of caches on that machine."""
    cpus: float = 1.0


class Broker:
    """All of it runs in one event loop: no two methods change anything at once.

    Args:
        store: Folder for finished clips.
    """

    def __init__(self, store: str) -> None:
        self._kept = Kept(Path(store))
        self._dispatch = Dispatch(self._kept)
        self._roster = Roster(self._dispatch)
        self._seats: dict[str, Seat] = {}
        self._actors: dict[str, Any] = {}
        """Workers that are there, or are being started."""
        self._news: dict[str, asyncio.Queue[str]] = {}
        self._said: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()

    async def store(self) -> tuple[str, str]:
        """Folder and identity of the store of finished clips."""
        return str(self._kept.folder), self._kept.id

    async def hire(self, seats: Sequence[str]) -> None:
        """Start a worker on each seat, given as JSON."""
        for text in seats:
            seat = Seat.model_validate_json(text)
            self._seats[seat.name] = seat
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

    async def work(self) -> Work:
        """What the workers have done in this run."""
        return self._roster.work()

    async def processes(self) -> dict[str, Any]:
        """The workers' actors by name."""
        return {name: self._actors.get(name) for name in self._seats}

    async def close(self, limit: int = LIMIT) -> None:
        """End all workers, and let the store go down to `limit` bytes."""
        ray = ray_module()
        actors = list(self._actors.values())
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

        seat = self._seats[name]
        environment = {
            key: value for key, value in seat.environment.items() if key.endswith("_THREADS")
        }  # which GPUs it sees is Ray's to say
        actor = self._actors[name] = ray.remote(RayWorker).options(
            num_cpus=seat.cpus, num_gpus=seat.gpus, max_restarts=0, max_concurrency=AT_ONCE,
            scheduling_strategy=At(seat.node, soft=False), runtime_env={"env_vars": environment},
        ).remote(
            name, ray.get_runtime_context().current_actor, str(self._kept.folder), self._kept.id,
            seat.workspace,
        )  # fmt: skip
        self._roster.enrol(name, seat.takes)
        self._begin(self._greet(name, actor))

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
            self._actors[name].stop.remote(key)
        for name, order in effects.starts:
            self._roster.given(name, order.key)
            self._begin(self._have_made(name, self._actors[name], order))

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
        made = result.made
        if made is None:
            self._roster.failed(name, order.key, result.reason, machine=result.machine)
            return
        path = self._kept.path(made.sha256)
        if result.data is not None:
            try:
                path = await asyncio.to_thread(self._kept.take_bytes, result.data, order, made)
            except MachineError as error:
                self._roster.failed(name, order.key, str(error), machine=True)
                return
        self._roster.made(name, made, path)

    def _ended(self, name: str, actor: Any, why: str) -> None:
        """A worker's actor is gone: another one takes its seat, as long as that helps."""
        if self._actors.get(name) is not actor:
            return  # it was told already, of another of its clips
        del self._actors[name]
        if self._roster.ended(name, why):
            self._start(name)


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
    if kind not in ("RayActorError", "ActorDiedError"):
        return f"{kind}: {text[:160]}"
    killed = "SIGKILL" in text or "connection error" in text
    return "its process was killed" if killed else text[:160]
