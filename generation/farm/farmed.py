"""A local source whose clips are made elsewhere: `Farmed`."""

import os
import shutil
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

from songreel.generation.farm.farm import Farm
from songreel.generation.farm.order import ClipOrder, Setup
from songreel.generation.provider import Context, Provider, Standing
from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Job, JobState, Portion
from songreel.models.errors import MachineError
from songreel.models.files import PARTIAL
from songreel.models.local import LocalOptions
from songreel.models.money import Quote

AT_ONCE = 1000
"""Orders of one film that may wait in the farm's queue: all of them, so that it can choose."""


class Farmed:
    """Plans and tells like the provider inside, and has the farm make the clips.

    Args:
        inner: A local provider; closed with this one. It makes nothing.
        farm: Stays open: others order there too.
        context: What `inner` was made with.
        source: The name that `inner` was made by.
    """

    def __init__(self, inner: Provider, farm: Farm, context: Context, source: str) -> None:
        self.name = inner.name
        self.traits = inner.traits.model_copy(update={"max_concurrent": AT_ONCE})
        self._inner, self._farm, self._scratch = inner, farm, context.scratch
        self._setup = Setup(
            source=source,
            local=_anywhere(context.local),
            models=_text(context.models),
        )
        self._begun: set[str] = set()
        self._taken: dict[str, JobState] = {}
        self._count = count()

    @classmethod
    def describe(cls, context: Context) -> Standing:  # noqa: ARG003 (part of the Protocol)
        """It is as ready as its farm."""
        return Standing(ready=True, summary="clips of a local source, made by a farm of workers")

    def plan(self, requests: Mapping[str, ClipRequest]) -> Mapping[str, Portion]:
        """As the provider inside plans them."""
        return self._inner.plan(requests)

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:
        """Those of the provider inside."""
        return self._inner.alternatives(request)

    def notes(self, request: ClipRequest) -> Sequence[str]:
        """Those of the provider inside."""
        return self._inner.notes(request)

    def notices(self) -> Sequence[str]:
        """Those of the provider inside, and what happened at the farm."""
        return (*self._inner.notices(), *self._farm.notices())

    def quote(self, request: ClipRequest) -> Quote:
        """What the provider inside asks for it."""
        return self._inner.quote(request)

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:
        """Order the clip, its images with it."""
        order = ClipOrder.of(self._setup, self.name, request, images)
        self._taken.pop(order.key, None)
        self._farm.order(order)
        self._begun.add(order.key)
        return Job(provider=self.name, id=order.key, request=request)

    def find(self, job: Job) -> Job | None:  # noqa: ARG002 (part of the Protocol)
        """No job outlives the run; its clip, once made, is kept by the farm."""
        return None

    def poll(self, job: Job) -> JobState:
        """Where the order stands; a finished clip is a file of the film's own from then on."""
        known = self._taken.get(job.id)
        if known is not None:
            return known
        state = self._farm.state(job.id)
        if state.status == "waiting":
            return state
        self._begun.discard(job.id)
        if state.status == "done":
            state = state.model_copy(update={"result": str(self._own(Path(state.result or "")))})
            self._taken[job.id] = state
        return state

    def headers(self, url: str) -> Mapping[str, str]:  # noqa: ARG002
        """Results are files."""
        return {}

    def cancel(self, job: Job) -> None:
        """The clip is not wanted any more."""
        self._begun.discard(job.id)
        self._farm.cancel(job.id)
        taken = self._taken.pop(job.id, None)
        if taken is not None and taken.result:
            Path(taken.result).unlink(missing_ok=True)

    def close(self) -> None:
        """Want nothing more; the farm stays."""
        for key in self._begun:
            self._farm.cancel(key)
        self._begun.clear()
        self._inner.close()

    def _own(self, kept: Path) -> Path:
        """A name of the film's own for a kept clip: the same bytes on one disk, a copy else."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        path = self._scratch / f"farm-{os.getpid()}-{next(self._count)}.mp4{PARTIAL}"
        try:
            path.unlink(missing_ok=True)
            try:
                os.link(kept, path)
            except OSError:  # another disk, or one without links
                shutil.copyfile(kept, path)
        except OSError as error:
            raise MachineError(f"cannot write {path}: {error.strerror or error}") from error
        return path


def _anywhere(local: LocalOptions) -> LocalOptions:
    """Wishes without the GPUs of this machine: which ones a worker has is the farm's affair."""
    cpu = local.devices.strip() == "cpu"
    return local if cpu else local.model_copy(update={"devices": ""})


def _text(path: Path | None) -> str:
    try:
        return path.read_text(encoding="utf-8") if path is not None else ""
    except OSError as error:
        raise MachineError(f"cannot read {path}: {error.strerror or error}") from error
