"""Both passes of guidance at once, on two devices: `pair`, `Pair`."""

import copy
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.parallel.passes import PROMPT, Memory, Pass, Passes, run
from songreel.generation.diffusion.placement import Placement
from songreel.models.errors import InvalidInput


def pair(pipe: Any, family: Family, placement: Placement) -> None:
    """Give each denoiser of `pipe` a copy on the second device, and put a `Pair` in its place.

    Raises:
        InvalidInput: The denoiser is offloaded or cached by hooks, which cannot be copied.
    """
    memory, device = Memory(), placement.devices[1]
    for part, denoiser in zip(family.recipe.denoisers, family.denoisers(pipe), strict=True):
        if denoiser is not None:
            twin = copied(denoiser, device, cast=placement.storage == "fp8")
            setattr(pipe, part.name, Pair(denoiser, twin, memory))


def copied(denoiser: nn.Module, device: str | torch.device, *, cast: bool = False) -> Any:
    """A copy of `denoiser` whose weights lie on `device`; nothing is doubled where it lies.

    Args:
        denoiser: In its place.
        device: Of the copy.
        cast: Whether its weights are kept in fp8 and cast layer by layer (diffusers' hooks).

    Raises:
        InvalidInput: It has other hooks: those of the copy would call the original.
    """
    hooked = [name for name, module in denoiser.named_modules() if "forward" in vars(module)]
    if hooked and not cast:
        raise InvalidInput(
            "the passes of guidance cannot be shared by two devices while weights are offloaded "
            f"or steps are cached (at {hooked[0] or 'the denoiser'}); choose a placement that "
            "keeps them whole on each device, or make one clip on each"
        )
    moved: dict[int, Any] = {}
    for parameter in denoiser.parameters():
        there = parameter.detach().to(device, copy=True)
        moved[id(parameter)] = nn.Parameter(there, requires_grad=False)
    for buffer in denoiser.buffers():
        moved[id(buffer)] = buffer.to(device, copy=True)
    twin: Any = copy.deepcopy(denoiser, moved)
    if cast:
        for module in twin.modules():
            for made_by_hooks in ("forward", "_diffusers_hook"):
                vars(module).pop(made_by_hooks, None)
        twin.enable_layerwise_casting(
            storage_dtype=torch.float8_e4m3fn, compute_dtype=denoiser.dtype
        )
    # Tensors that are kept as plain attributes (rotary tables) were copied where they lay.
    return twin.to(torch.device(device)).eval()


class Pair(Passes):
    """A denoiser and its copy on another device, which work on the two passes of a step at once.

    Args:
        first: Where the pipeline's tensors are.
        second: Its copy.
        memory: Shared by the denoisers of one pipeline.
    """

    def __init__(self, first: Any, second: Any, memory: Memory) -> None:
        super().__init__(first, memory)
        self.second = second
        self._other = ThreadPoolExecutor(1, thread_name_prefix="songreel-guidance")

    @contextmanager
    def cache_context(self, *args: Any, **options: Any) -> Iterator[None]:
        """Of both: a cache knows the passes by it."""
        with ExitStack() as stack:
            for denoiser in (self.first, self.second):
                stack.enter_context(denoiser.cache_context(*args, **options))
            yield

    def both(self, one: Pass, other: Pass) -> tuple[Tensor, Tensor]:
        """`other` on the second device, in a thread with the modes of this one."""
        device = self.second.device
        given = {
            name: self.kept.of(each, "there", lambda each: _moved(each, device))
            if name in PROMPT
            else _moved(each, device)
            for name, each in other.given.items()
        }
        there, mode = Pass(_moved(other.hidden, device), given), _Mode.of_this_thread(device)

        def work() -> Tensor:
            with mode.entered():
                return run(self.second, there)

        answer = self._other.submit(work)
        try:
            here = run(self.first, one)
        finally:
            answer.exception()  # whatever happened here, nothing is left running there
        return here, answer.result().to(here.device)


@dataclass(frozen=True)
class _Mode:
    """What a thread of torch's does not inherit."""

    device: torch.device
    inference: bool
    gradients: bool
    autocast: torch.dtype | None
    cached: bool
    stream: Any

    @classmethod
    def of_this_thread(cls, device: torch.device) -> "_Mode":
        kind = device.type
        return cls(
            device, torch.is_inference_mode_enabled(), torch.is_grad_enabled(),
            torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None,
            torch.is_autocast_cache_enabled(),
            # The tensors were moved on this stream: work on it comes after.
            torch.cuda.current_stream(device) if kind == "cuda" else None,
        )  # fmt: skip

    @contextmanager
    def entered(self) -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(torch.inference_mode(self.inference))
            stack.enter_context(torch.set_grad_enabled(self.gradients))
            if self.autocast is not None:
                stack.enter_context(
                    torch.autocast(self.device.type, dtype=self.autocast, cache_enabled=self.cached)
                )
            if self.stream is not None:
                stack.enter_context(torch.cuda.stream(self.stream))
            yield


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device, non_blocking=True)
    if isinstance(value, Mapping):
        return {name: _moved(each, device) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_moved(each, device) for each in value)
    return value
