"""Clips under way in Genmo's workers: `Works`, `Team`."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from songreel.generation.diffusion.eta import Pace
from songreel.generation.diffusion.family import Ask
from songreel.generation.encode import Picture, write_clip
from songreel.generation.genmo.config import Config
from songreel.generation.genmo.process import Message, Process
from songreel.generation.tasks import Task, Tasks
from songreel.models.document import Frozen
from songreel.models.errors import MachineError, SongreelError
from songreel.models.local import Effort

_TURN = 0.1
"""Seconds between two looks at what was cancelled."""
_OBEYS = 30.0
"""Seconds for a cancelled clip to stop at its next step before its worker is ended."""
_DENOISED = 0.92
"""Share of a clip that is done when its last step is."""
_LOADED = 3600.0
"""Seconds for the weights to be loaded; the text encoder may have to be fetched (44 GB)."""


class Team(Frozen):
    """How one worker uses the machine."""

    gpus: tuple[str, ...] = ()
    """Ids as `CUDA_VISIBLE_DEVICES` takes them; empty: all there are."""
    names: tuple[str, ...] = ()
    """As the user calls them: `cuda:0`."""
    together: bool = False
    """All of them make one clip: Genmo's multi-GPU pipeline."""
    offload: bool = False
    """Networks wait in the machine's memory: less of the GPU's, more time."""
    tiled: bool = True
    """The VAE decodes in tiles, as Genmo's own command line has it."""

    @property
    def placement(self) -> str:
        """As local models call it."""
        if self.together:
            return "context"
        parts = ["model-offload"] * self.offload + ["tiled"] * self.tiled
        return "+".join(parts) or "whole"


@dataclass(kw_only=True)
class Wanted(Task):
    """A clip that was asked for."""

    ask: Ask


class _Cancelled(Exception):
    """The clip is not wanted any more."""


class _NoMemory(Exception):
    """The GPU has too little."""


class _Failed(Exception):
    """The worker says that there will be no clip."""


class Works(Tasks[Wanted]):
    """Workers of Genmo's package and the clips that they make; they start with the first one.

    Args:
        config: Where the package is.
        teams: One a worker.
        lora: File of a LoRA in Genmo's format; empty for none.
    """

    def __init__(self, config: Config, teams: Sequence[Team], lora: str = "") -> None:
        super().__init__([partial(self._mind, team) for team in teams])
        self._config, self._lora = config, lora

    def submit(self, ident: str, ask: Ask, path: Path) -> None:
        """Have a clip made; one that is under way already, or done, is not made again."""
        self._want(Wanted(ident, path, ask=ask))

    def _mind(self, team: Team) -> None:
        """Look after one worker: start it for the first clip, again where it has ended."""
        post = _Post(self._config, team, self._lora, lambda: self._closed)
        try:
            while (task := self._next()) is not None:
                self._make(post, task)
        finally:
            post.close()

    def _next(self) -> Wanted | None:
        """The clip to be made next, once there is one; None when all is closed."""
        with self._changed:
            return self._queue.popleft() if self._awaited() else None

    def _make(self, post: "_Post", task: Wanted) -> None:
        if self._broken:
            self._end(task, self._broken, fatal=True)
            return
        try:
            effort = post.make(task)
        except _Cancelled:
            self._end(task, "cancelled")
        except EOFError as error:
            self._end(task, f"the worker ended while it made the clip: {error}")
        except _Failed as error:
            self._end(task, str(error))
        except SongreelError as error:
            self._end(task, str(error), fatal=True)
            self._give_up(str(error))
        except Exception as error:
            self._end(task, f"{type(error).__name__}: {error}", fatal=True)
            self._give_up(task.text)
            raise
        else:
            with self._changed:
                task.finish(effort)

    def _end(self, task: Wanted, text: str, *, fatal: bool = False) -> None:
        with self._changed:
            task.fail(text, fatal=fatal)


class _Post:
    """One worker's place: its process, if there is one, and what is known of its pace."""

    def __init__(self, config: Config, team: Team, lora: str, closed: Callable[[], bool]) -> None:
        self._config, self._team, self._lora, self._closed = config, team, lora, closed
        self._process: Process | None = None
        self._device = ""
        self._pace = Pace()

    def make(self, task: Wanted) -> Effort:
        """Have `task`'s clip made and written.

        Raises:
            MachineError: No clip can be made: the sentence says why.
            EOFError: The worker ended.
            _Cancelled: It is not wanted any more.
            _Failed: This clip cannot be made.
        """
        seconds: dict[str, float] = {}
        try:
            if self._process is None:
                begun = time.monotonic()
                self._start(task)
                seconds["load"] = time.monotonic() - begun
            return self._one(task, seconds)
        except _Failed:
            raise  # the worker is well
        except _Cancelled:
            if self._process is not None and not self._stopped(task):
                self.close()
            raise
        except _NoMemory as error:
            text = self._without_memory(task, str(error))
            self.close()
            raise MachineError(text) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()
            self._process, self._device = None, ""

    def _start(self, task: Wanted) -> None:
        team, config = self._team, self._config
        task.text = "loading the weights"
        self._process = Process(config, team.gpus)
        count = len(team.names) if team.together else 1
        try:
            self._process.say(
                "load", weights=str(config.weights), t5=config.t5, lora=self._lora, gpus=count,
                offload=team.offload, tiled=team.tiled,
            )  # fmt: skip
            end = time.monotonic() + _LOADED
            while (message := self._next(task)).kind != "ready":
                if message.kind == "failed":
                    self._refuse(message)
                if time.monotonic() > end:
                    raise MachineError(f"nothing was loaded within {_LOADED / 60:.0f} min")
        except EOFError as error:
            raise MachineError(
                f"the worker in {config.python} ended before it was ready: {error}"
            ) from error
        named = [str(name) for name in message.told["devices"]]
        ours = team.names or tuple(f"cuda:{index}" for index in range(len(named)))
        self._device = ", ".join(f"{a} ({b})" for a, b in zip(ours, named, strict=False))

    def _one(self, task: Wanted, seconds: dict[str, float]) -> Effort:
        ask, process = task.ask, self._process
        assert process is not None
        self._pace.begin(ask, time.monotonic())
        process.say(
            "make", id=task.id, prompt=ask.prompt, negative=ask.negative, width=ask.width,
            height=ask.height, frames=ask.frames, steps=ask.steps, guidance=ask.guidance,
            seed=ask.seed,
        )  # fmt: skip
        ended: list[Message] = []
        write_clip(
            self._frames(task, ended), task.path, width=ask.width, height=ask.height,
            rate=ask.fps, count=ask.frames, written=lambda _: self._wanted(task),
        )  # fmt: skip
        while not ended:
            self._note(task, self._next(task), ended)
        told = ended[0].told
        seconds |= {stage: float(each) for stage, each in told["seconds"].items()}
        if "decode" in seconds:
            self._pace.decoded(ask, seconds["decode"])
        return Effort(
            device=self._device,
            placement=self._team.placement,
            steps=ask.steps,
            seconds={stage: round(each, 3) for stage, each in seconds.items()},
            # With several GPUs Ray's processes hold the model, and this one nothing.
            memory_peak=None if self._team.together else int(told["memory"]),
        )

    def _frames(self, task: Wanted, ended: list[Message]) -> Iterator[Picture]:
        shape = (task.ask.height, task.ask.width, 3)
        left = task.ask.frames
        while left:
            message = self._next(task)
            if message.kind == "frames":
                some = np.frombuffer(message.payload, np.uint8).reshape(-1, *shape)
                yield from some[:left]
                left -= len(some)
            else:
                self._note(task, message, ended)

    def _note(self, task: Wanted, message: Message, ended: list[Message]) -> None:
        told = message.told
        if message.kind == "step":
            done, of = int(told["done"]), int(told["of"])
            self._pace.stepped(done, time.monotonic())
            task.text = f"step {min(done + 1, of)} of {of}"
            task.share, task.eta = done / of * _DENOISED, self._pace.left(done)
        elif message.kind == "stage":
            stage = told["stage"]
            task.text = "encoding the words" if stage == "encoding" else str(stage)
        elif message.kind == "failed":
            self._refuse(message)
        elif message.kind == "done":
            ended.append(message)

    def _refuse(self, message: Message) -> None:
        cause, text = message.told["cause"], str(message.told["text"])
        if cause == "cancelled":
            raise _Cancelled
        if cause == "memory":
            raise _NoMemory(text)
        if cause == "machine":
            raise MachineError(text)
        raise _Failed(f"Genmo's package failed: {text}")

    def _next(self, task: Wanted) -> Message:
        """What the worker says next, unless the clip is not wanted any more."""
        assert self._process is not None
        while True:
            self._wanted(task)
            message = self._process.heard(_TURN)
            if message is not None:
                return message

    def _wanted(self, task: Wanted) -> None:
        if task.cancelled or self._closed():
            raise _Cancelled

    def _stopped(self, task: Wanted) -> bool:
        """Whether the worker lets go of a cancelled clip and is as good as before.

        Several GPUs cannot be told, and an offloaded network that is stopped in the middle stays
        on the GPU: those are ended and started again.
        """
        process, team = self._process, self._team
        assert process is not None
        if team.together or team.offload or self._closed() or not self._device:
            return False
        end = time.monotonic() + _OBEYS
        with suppress(EOFError):
            process.say("cancel", id=task.id)
            while time.monotonic() < end and not self._closed():
                message = process.heard(_TURN)
                if message is None or message.told.get("id") != task.id:
                    continue
                if message.kind in ("failed", "done"):
                    return message.told.get("cause") != "memory"
        return False

    def _without_memory(self, task: Wanted, text: str) -> str:
        """What to do where memory does not suffice."""
        ask, team = task.ask, self._team
        more = (
            "fewer pixels with --side, or `local:mochi`, which fits into less"
            if team.offload
            else "--placement model-offload (Mochi's documented need: 60 GB whole)"
        )
        where = self._device or ", ".join(team.names) or "the GPU"
        return (
            f"memory does not suffice on {where} for {ask.frames} frames at "
            f"{ask.width}×{ask.height} in the placement {team.placement!r} ({text[:160]}); "
            f"choose {more}"
        )
