"""The process that makes clips: `python -m songreel.generation.diffusion.worker`.

It connects back to whoever started it, says hello, and does as it is told (`wire`). It ends with
the connection. Started as ranks (`parallel.ranks`), the first of them speaks for all.
"""

import os
import sys
import time
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, NoReturn

from songreel.generation.diffusion.serving import failure, listen
from songreel.generation.diffusion.stopping import Stopped, Watch
from songreel.generation.diffusion.wire import (
    KEY,
    Cancel,
    Done,
    Failed,
    Hello,
    Load,
    Make,
    Notice,
    Order,
    Progress,
    Ready,
    to_crew,
)
from songreel.generation.wire import Wire
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.local import Effort

if TYPE_CHECKING:
    from PIL.Image import Image

    from songreel.generation.diffusion.family import Ask
    from songreel.generation.diffusion.parallel.ranks import Group
    from songreel.generation.diffusion.placement import Placement
    from songreel.generation.diffusion.session import Denoised, Session

_OFTEN = 0.1
"""Seconds between two messages on one clip's frames."""


class Worker:
    """One process, or one rank of several, and the session that it holds.

    Args:
        wire: To the crew; None on ranks that only follow.
        group: This process's place among the ranks; of one where there are none.
    """

    def __init__(self, wire: Wire[Order] | None, group: "Group") -> None:
        self._wire, self._group = wire, group
        self._orders: SimpleQueue[Load | Make | tuple[Make, Denoised]] = SimpleQueue()
        self._cancelled: set[str] = set()
        self._session: Session | None = None
        self._loaded: Load | None = None
        self._told = 0.0

    def run(self) -> None:
        """Work until the connection closes."""
        if self._wire is not None:
            self._send(Hello(pid=os.getpid()))
            Thread(target=self._listen, name="orders", daemon=True).start()
            self._group.watch(lambda text: self._send(Failed(text=text, cause="clip")))
        while True:
            now = self._group.share(self._orders.get() if self._group.leads else None)
            if isinstance(now, Load):
                self._load(now)
            elif isinstance(now, tuple):
                self._finish(*now)
            elif now is not None:
                self._make(now)

    def _listen(self) -> None:
        """Take orders while the main thread works; without a crew the process ends."""
        assert self._wire is not None
        listen(self._wire, self._take)
        self._leave()

    def _take(self, said: Order) -> None:
        if isinstance(said, Cancel):
            self._cancelled.add(said.id)
        else:
            self._orders.put(said)

    def _send(self, message: Frozen) -> None:
        if self._wire is None:
            return
        try:
            self._wire.send(message)
        except OSError:
            self._leave()

    def _leave(self) -> NoReturn:
        """End, as nobody listens any more; ranks are ended together where one ends badly."""
        os._exit(int(self._group.size > 1))

    def _load(self, told: Load) -> None:
        """Plan for the model; its weights are loaded with the first clip."""
        from songreel.generation.diffusion.session import Session

        try:
            if self._session is not None:
                self._session.close()
            session = Session(
                told.model, self._rungs(told), told.cache,
                lambda text: self._send(Notice(text=text)), self._group,
            )  # fmt: skip
            offload, split = session.placement.offload, session.placement.split
            alone = offload == "none" and split == "none"
            self._send(
                Ready(
                    placement=session.placement.name,
                    device=session.device,
                    ahead=int(alone and session.placement.devices[0].startswith("cuda")),
                )
            )
        except Exception as error:
            self._refuse("", error, ready=False)
        else:
            self._session, self._loaded = session, told

    def _rungs(self, told: Load, held: Mapping[str, int] | None = None) -> "list[Placement]":
        """Placements that fit this process's devices; ranks take those of the first of them.

        Args:
            told: The model and its largest clip.
            held: Bytes that this process holds itself, by device: they are free to it.
        """
        import torch

        from songreel.generation.diffusion.machine import look
        from songreel.generation.diffusion.posts import Largest, rungs

        device = self._group.device or next(iter(told.devices), "")
        if device.startswith("cuda"):
            torch.cuda.set_device(device)
        here = look(told.cache)
        gpus = tuple(
            gpu.model_copy(update={"free": gpu.free + (held or {}).get(gpu.device, 0)})
            for gpu in here.gpus
        )
        largest = Largest(told.width, told.height, told.frames)
        found = rungs(told.model, largest, here.model_copy(update={"gpus": gpus}), told.devices)
        ranks = self._group.size > 1
        usable = [each for each in found if (each.split == "context") == ranks]
        if not usable:
            raise MachineError(f"{told.model.key} does not fit on {', '.join(told.devices)}")
        return self._group.share(usable)

    def _suit(self, session: "Session", told: Make) -> None:
        """See that a clip larger than was planned for fits too."""
        import torch

        from songreel.generation.diffusion.posts import Largest

        planned = self._loaded
        assert planned is not None
        before = Largest(planned.width, planned.height, planned.frames)
        largest = Largest(told.width, told.height, told.frames).over(before)
        if largest == before:
            return
        grown = planned.model_copy(update=largest._asdict())
        held = {}
        if torch.cuda.is_available():
            held = {each: torch.cuda.memory_reserved(each) for each in session.placement.devices}
        session.suit(self._rungs(grown, held))
        self._loaded = grown

    def _make(self, told: Make) -> None:
        session = self._session
        if session is None:
            self._send(Failed(id=told.id, text="no model is loaded", cause="machine"))
            return
        watch = self._watch(told)
        try:
            watch.check()
            self._suit(session, told)
            half = session.denoise(_ask(told), watch)
            if not self._group.leads:
                return
            watch = Watch(watch.tell, watch.stop)
            if session.room:
                later = session.finish_behind(half, told.path, watch)
                later.add_done_callback(partial(self._finished, told, half))
            else:
                self._finish(told, half)
        except Exception as error:
            self._refuse(told.id, error, ready=session.loaded)
            if self._group.size > 1 and not isinstance(error, Stopped):
                self._group.fail(str(error))

    def _finish(self, told: Make, half: "Denoised") -> None:
        assert self._session is not None
        try:
            self._done(told, self._session.finish(half, told.path, self._watch(told)))
        except Exception as error:
            self._refuse(told.id, error, ready=True)

    def _finished(self, told: Make, half: "Denoised", later: "Future[Effort]") -> None:
        """A clip was finished while the next is denoised; called in the thread that did it."""
        from songreel.generation.diffusion.session import out_of_memory

        error = later.exception()
        if error is None:
            self._done(told, later.result())
        elif isinstance(error, Exception) and out_of_memory(error):
            self._orders.put((told, half))  # once the main thread is free, a placement down
        else:
            self._refuse(told.id, error, ready=True)

    def _done(self, told: Make, effort: Effort) -> None:
        self._send(Done(id=told.id, effort=effort))

    def _watch(self, told: Make) -> Watch:
        def tell(text: str, share: float, eta: float | None) -> None:
            now = time.monotonic()
            if text != "decoding" or now - self._told > _OFTEN:
                self._told = now
                self._send(Progress(id=told.id, text=text, share=min(share, 1.0), eta=eta))

        return Watch(tell, lambda: told.id in self._cancelled, alone=self._group.size == 1)

    def _refuse(self, ident: str, error: BaseException, *, ready: bool) -> None:
        """Say why there is no clip."""
        self._send(failure(ident, error, ready=ready))


def _ask(told: Make) -> "Ask":
    from songreel.generation.diffusion.family import Ask

    return Ask(
        prompt=told.prompt, negative=told.negative, width=told.width, height=told.height,
        frames=told.frames, fps=told.fps, steps=told.steps, guidance=told.guidance, seed=told.seed,
        start=_picture(told.start, told), end=_picture(told.end, told),
    )  # fmt: skip


def _picture(path: Path | None, told: Make) -> "Image | None":
    """The image at `path` in the clip's size: filled, and cut around its middle."""
    if path is None:
        return None
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, UnidentifiedImageError) as error:
        raise InvalidInput(f"cannot read the image {path}: {error}") from error
    return ImageOps.fit(upright, (told.width, told.height), Image.Resampling.LANCZOS)


def main() -> None:
    """Connect, and work."""
    from songreel.generation.diffusion.parallel import ranks

    group = ranks.join()
    wire = to_crew() if group.leads else None
    os.environ.pop(KEY, None)
    Worker(wire, group).run()


if __name__ == "__main__":
    main()
    sys.exit(0)
