"""One loaded model that makes one clip after the other: `Session`. For workers alone."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from songreel.generation.diffusion import families
from songreel.generation.diffusion.book import Model
from songreel.generation.diffusion.compiled import seconds_spent
from songreel.generation.diffusion.eta import Pace
from songreel.generation.diffusion.family import Ask
from songreel.generation.diffusion.overlap import Behind
from songreel.generation.diffusion.peaks import Peaks
from songreel.generation.diffusion.placement import Placement
from songreel.generation.diffusion.preparing import Prepared, prepare
from songreel.generation.diffusion.prompts import Prompts
from songreel.generation.diffusion.stopping import Stopped, Watch, watched
from songreel.generation.encode import Picture, write_clip
from songreel.models.errors import MachineError
from songreel.models.files import code_version
from songreel.models.local import Effort

if TYPE_CHECKING:
    from torch import Tensor

    from songreel.generation.diffusion.parallel.ranks import Group

_DENOISED = 0.92
"""Share of a clip that is done when its last step is: a Mochi clip's decoding takes a twelfth."""


@dataclass
class Denoised:
    """A clip between its two halves."""

    ask: Ask
    latents: "Tensor"
    seconds: dict[str, float]
    notices: list[str] = field(default_factory=list)
    peak: int = 0


class Session:
    """A model with its weights loaded, placed and made fast, when the first clip needs it.

    Args:
        model: With its wishes.
        ladder: Placements that fit, best first; of a kind: all give the same picture.
        cache: The workspace's folder; None keeps nothing.
        say: Takes what the user should know whatever becomes of the clip.
        group: This process's place among ranks that make a clip together; None: alone.
    """

    def __init__(
        self,
        model: Model,
        ladder: Sequence[Placement],
        cache: Path | None,
        say: Callable[[str], None] = lambda _: None,
        group: "Group | None" = None,
    ) -> None:
        self._model, self._family, self._cache = model, model.family(), cache
        self._ladder, self._say, self._group = list(ladder), say, group
        self._rung = 0
        self._loaded: Prepared | None = None
        self._prompts: Prompts | None = None
        self._pace = Pace()
        self._behind: tuple[Behind, bool] | None = None
        self.room = False
        """Whether it was measured that a clip can be decoded while the next is denoised."""

    @property
    def placement(self) -> Placement:
        """Where the model lies, or will."""
        return self._ladder[self._rung]

    def suit(self, ladder: Sequence[Placement]) -> None:
        """Serve larger clips, for which only these placements fit, best first.

        A model that lies in one of them stays as it is.
        """
        names = [each.name for each in ladder]
        if self.placement.name in names:
            self._ladder = [self.placement, *ladder[names.index(self.placement.name) + 1 :]]
        else:
            self._rest()
            self._release()
            self._ladder = list(ladder)
        self._rung, self.room = 0, False

    @property
    def loaded(self) -> bool:
        """Whether its weights are in their place."""
        return self._loaded is not None

    @property
    def device(self) -> str:
        """Where it works, for people: `cuda:0 (NVIDIA H200)`."""
        import torch

        return ", ".join(
            f"{each} ({torch.cuda.get_device_name(each)})" if each.startswith("cuda") else each
            for each in self.placement.devices
        )

    def make(self, ask: Ask, path: Path, watch: Watch = Watch()) -> Effort:  # noqa: B008
        """Make one clip, whole or not at all.

        Raises:
            Stopped: It is not wanted any more.
            MachineError: Memory does not suffice in any placement, or the disk is full.
            InvalidInput: The model cannot be had or asked as wished.
        """
        return self.finish(self.denoise(ask, watch), path, watch)

    def denoise(self, ask: Ask, watch: Watch) -> Denoised:
        """The first half of `make`."""
        notices: list[str] = []
        while True:
            try:
                return self._denoise(ask, watch, notices)
            except Exception as error:
                if self._group is not None and self._group.size > 1:
                    raise  # the other ranks wait in the middle of a step: all end together
                notices.append(self._step_down(error))

    def finish(self, half: Denoised, path: Path, watch: Watch) -> Effort:
        """The second half; a clip that memory does not suffice to decode keeps its latents."""
        while True:
            try:
                return self.finish_behind(half, path, watch).result()
            except Exception as error:
                half.notices.append(self._step_down(error))
                self._load(watch)

    def finish_behind(self, half: Denoised, path: Path, watch: Watch) -> "Future[Effort]":
        """The second half while the next clip is denoised, where there is `room` for both."""
        ask, peaks = half.ask, Peaks(self.placement.devices)
        begun = time.monotonic()
        share = (1 - _DENOISED) / ask.frames
        behind = self._hands()

        def frames() -> Iterator[Picture]:
            watch.tell("decoding", _DENOISED, self._pace.decoding(ask, ask.frames))
            for done, picture in enumerate(self._family.decode(self._pipe, half.latents, ask), 1):
                watch.check()
                left = self._pace.decoding(ask, ask.frames - done)
                watch.tell("decoding", _DENOISED + share * done, left)
                yield picture

        def written(count: int) -> None:  # noqa: ARG001 (how far it is was told on decoding)
            watch.check()

        def write(pictures: Iterator[Picture]) -> Effort:
            write_clip(
                pictures, path, width=ask.width, height=ask.height, rate=ask.fps,
                count=ask.frames, written=written,
            )  # fmt: skip
            took = time.monotonic() - begun
            self._pace.decoded(ask, took)
            measured = peaks.bytes()
            if measured is not None:
                self._measure(half.peak, measured)
            return Effort(
                device=self.device,
                placement=self.placement.name,
                steps=ask.steps,
                seconds={name: round(each, 3) for name, each in half.seconds.items()}
                | {"decode": round(took, 3)},
                memory_peak=None if measured is None else max(half.peak, measured),
                approximate=self._loaded.approximate if self._loaded else (),
                notices=tuple(half.notices),
            )

        watch.check()
        if not self.room:
            peaks.reset()
        return behind.finish(frames, write)

    def close(self) -> None:
        """Let go of everything."""
        self._rest()
        self._release()

    def _denoise(self, ask: Ask, watch: Watch, notices: list[str]) -> Denoised:
        import torch

        seconds: dict[str, float] = {}
        watch.check()
        if self._loaded is None:
            with _timed(seconds, "load"):
                self._load(watch)
        peaks = Peaks(self.placement.devices)
        peaks.reset()
        watch.check()
        watch.tell("encoding the words", 0.0, None)
        assert self._prompts is not None
        with _timed(seconds, "encode"), torch.inference_mode():
            embeds = self._prompts.encoded(ask, lambda: self._family.encode(self._pipe, ask))
        watch.check()
        compiles = self._loaded is not None and self._loaded.compiled
        before = seconds_spent() if compiles else 0.0
        with _timed(seconds, "denoise"), torch.inference_mode():
            latents = self._steps(ask, embeds, watch).cpu()
        if compiles and (spent := seconds_spent() - before) > 0:
            seconds |= {"compile": spent, "denoise": max(seconds["denoise"] - spent, 0.0)}
        return Denoised(ask, latents, seconds, [*notices], peaks.bytes() or 0)

    def _steps(self, ask: Ask, embeds: Any, watch: Watch) -> "Tensor":
        pace, now = self._pace, time.monotonic
        steps = done = passed = 0
        known = 0  # calls of blocks in a step, from the step before
        told = 0.0

        def tell(inside: float = 0.0) -> None:
            share = min((done + inside) / max(steps, 1), 1.0) * _DENOISED
            text = f"step {min(done + 1, steps)} of {steps}"
            watch.tell(text, share, pace.left(done + inside))

        def block() -> None:
            nonlocal passed, told
            watch.check()
            passed += 1
            if now() - told > 0.5:
                told = now()
                tell(min(passed / known, 1.0) if known else 0.0)

        def stepped(count: int, of: int) -> None:
            nonlocal done, steps, passed, known, told
            done, steps, known, passed = count, of, passed, 0
            told = now()
            pace.stepped(count, told)
            tell()
            stop = watch.stop()
            if stop if self._group is None else self._group.any(stop):
                raise Stopped

        steps = ask.steps
        pace.begin(ask, now())
        tell()
        with watched(
            self._pipe,
            self._family,
            block,
            compiled=self._loaded is not None and self._loaded.whole,
        ):
            try:
                return self._family.denoise(self._pipe, embeds, ask, stepped)
            except BaseException:
                # What a pipeline does at its end: offloaded parts go back, caches of steps are
                # emptied. Left out, the next clip would begin with this one's.
                self._pipe.maybe_free_model_hooks()
                raise

    def _load(self, watch: Watch) -> None:
        loaded = prepare(
            self._model, self._family, self.placement, self._cache, watch, self._say, self._group
        )
        self._loaded = loaded
        if self._prompts is None:
            folder = None if self._cache is None else self._cache / "models" / "prompts"
            code = code_version(families.__name__)
            self._prompts = Prompts(folder, loaded.mark, self.placement.storage, code)

    @property
    def _pipe(self) -> Any:
        """The pipeline; only where it is loaded."""
        assert self._loaded is not None
        return self._loaded.pipe

    def _step_down(self, error: Exception) -> str:
        """Go on to the next placement where memory did not suffice; else `error` goes on.

        Returns:
            One sentence for the clip's record.
        """
        if not out_of_memory(error):
            raise error
        before = self.placement
        if self._rung + 1 >= len(self._ladder):
            raise MachineError(
                f"{self._model.key} does not fit on {self.device}: memory did not suffice in the "
                f"placement {before.name!r}, and there is none below it that gives the same "
                "picture; choose fewer pixels with --side, a shorter clip, a smaller model, or a "
                "placement with smaller weights (`songreel generate --plan-memory` lists them)"
            ) from None
        self._rung += 1
        self.room = False
        self._rest()
        error.__traceback__ = None  # its frames hold tensors
        self._release()
        text = (
            f"memory did not suffice in the placement {before.name!r}: made in "
            f"{self.placement.name!r}, about {self.placement.slowdown / before.slowdown:.1f} "
            "times as long a clip"
        )
        self._say(f"{self._model.key} on {', '.join(before.devices)}: {text}")
        return text

    def _hands(self) -> Behind:
        """Whoever finishes clips, with or without room to decode beside denoising."""
        if self._behind is not None and self._behind[1] != self.room:
            self._rest()
        if self._behind is None:
            self._behind = Behind(self.placement.devices[0], room=self.room), self.room
        return self._behind[0]

    def _rest(self) -> None:
        """Wait for the clip that is being finished."""
        if self._behind is not None:
            self._behind[0].close()
            self._behind = None

    def _release(self) -> None:
        """Free what the pipeline holds."""
        import torch

        self._loaded = None
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _measure(self, denoising: int, decoding: int) -> None:
        """See from a clip's peaks whether both halves fit beside each other."""
        import torch

        placement = self.placement
        if self.room or placement.offload != "none" or placement.split != "none":
            return
        device = placement.devices[0]
        if not device.startswith("cuda"):
            return
        weights = Peaks(placement.devices).resident()
        total = torch.cuda.get_device_properties(device).total_memory
        both = weights + max(denoising - weights, 0) + max(decoding - weights, 0)
        # A tenth for what the allocator cannot use and libraries take for themselves.
        self.room = both < 0.9 * total


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    seconds[stage] = time.monotonic() - begun


def out_of_memory(error: Exception) -> bool:
    """Whether a device, or the machine, had no memory left."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    signs = ("out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "can't allocate memory",
             "CUDNN_STATUS_ALLOC_FAILED")  # fmt: skip
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in signs)
