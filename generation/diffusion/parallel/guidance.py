"""Both passes of guidance at once, on two devices: `pair`, `Pair`."""

import copy
import weakref
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.placement import Placement
from songreel.models.errors import InvalidInput

Given = Mapping[str, Any]
"""Arguments of a pass, by name."""

_PROMPT = (
    "encoder_hidden_states", "encoder_attention_mask", "pooled_projections",
    "encoder_hidden_states_image",
)  # fmt: skip
"""Those in which the passes of a step differ; they are the same tensors at each step."""


def pair(pipe: Any, family: Family, placement: Placement) -> None:
    """Give each denoiser of `pipe` a copy on the second device, and put a `Pair` in its place.

    Raises:
        InvalidInput: The denoiser is offloaded or cached by hooks, which cannot be copied.
    """
    memory, device = _Memory(), placement.devices[1]
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
            storage_dtype=torch.float8_e4m3fn, compute_dtype=torch.bfloat16
        )
    # Tensors that are kept as plain attributes (rotary tables) were copied where they lay.
    return twin.to(torch.device(device)).eval()


class Pair(nn.Module):  # type: ignore[misc,unused-ignore]
    """A denoiser and its copy on another device, which work on the two passes of a step at once.

    Of a batch of two (Mochi, LTX) each takes a row. Where a pipeline asks twice in turn (Wan),
    the copy is sent ahead on what came second at the step before; when that is asked indeed, with
    the very same tensors, the answer is ready. What was guessed wrong is done again, so the guess
    decides the time alone: the first step of a clip learns it. All else (`config`, `dtype`,
    `device`, blocks) is the first denoiser's.

    Args:
        first: Where the pipeline's tensors are.
        second: Its copy.
        memory: Of which prompts come in turn; shared by the denoisers of one pipeline.
    """

    def __init__(self, first: Any, second: Any, memory: "_Memory") -> None:
        super().__init__()
        self.first, self.second = first, second
        self._memory = memory
        self._kept = _Kept()
        self._other = ThreadPoolExecutor(1, thread_name_prefix="songreel-guidance")
        self._last: _Pass | None = None
        self._ahead: tuple[_Pass, Future[Tensor]] | None = None

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("first"), name)

    def compile(self, *args: Any, **options: Any) -> None:
        """Compile both; the exchange between them stays as it is."""
        self.first.compile(*args, **options)
        self.second.compile(*args, **options)

    def compile_repeated_blocks(self, *args: Any, **options: Any) -> None:
        """Compile the blocks of both."""
        self.first.compile_repeated_blocks(*args, **options)
        self.second.compile_repeated_blocks(*args, **options)

    @contextmanager
    def cache_context(self, *args: Any, **options: Any) -> Iterator[None]:
        """Of both: a cache knows the passes by it."""
        with ExitStack() as stack:
            for denoiser in (self.first, self.second):
                stack.enter_context(denoiser.cache_context(*args, **options))
            yield

    @torch.compiler.disable  # type: ignore[untyped-decorator,unused-ignore]
    def forward(self, hidden_states: Tensor, *, return_dict: bool = True, **given: Any) -> Any:
        """As the denoiser's own, given its arguments by name."""
        rows = hidden_states.shape[0]
        if rows == 2:
            sample = self._rows(hidden_states, given)
        elif rows == 1:
            sample = self._turns(_Pass(hidden_states, given))
        else:
            sample = _run(self.first, hidden_states, given)
        if not return_dict:
            return (sample,)
        from diffusers.models.modeling_outputs import Transformer2DModelOutput

        return Transformer2DModelOutput(sample=sample)

    def _rows(self, hidden: Tensor, given: Given) -> Tensor:
        ahead = self._start(_Pass(hidden[1:], self._row(1, given)))
        try:
            here = _run(self.first, hidden[:1], self._row(0, given))
        finally:
            ahead.exception()  # whatever happened here, nothing is left running there
        return torch.cat([here, ahead.result().to(here.device)])

    def _row(self, index: int, given: Given) -> Given:
        """The arguments of one row; those of prompts are the same tensors at each step."""

        def cut(each: Any) -> Any:
            batch = isinstance(each, Tensor) and each.ndim > 0 and each.shape[0] == 2
            return each[index : index + 1] if batch else each

        return {
            name: self._kept.of(each, f"row {index}", cut) if name in _PROMPT else cut(each)
            for name, each in given.items()
        }

    def _turns(self, asked: "_Pass") -> Tensor:
        ahead, self._ahead = self._ahead, None
        last, self._last = self._last, None
        if ahead is not None:
            guess, answer = ahead
            answer.exception()
            if guess.same(asked):
                return answer.result().to(asked.hidden.device)
            self._memory.forget()
        if last is not None and last.same_step(asked):
            self._memory.learn(last, asked)
        else:
            self._last = asked
            following = self._memory.after(asked)
            if following is not None:
                self._ahead = following, self._start(following)
        return _run(self.first, asked.hidden, asked.given)

    def _start(self, asked: "_Pass") -> "Future[Tensor]":
        """Begin on the second device, in the modes of this thread."""
        device = self.second.device
        hidden = _moved(asked.hidden, device)
        given = {
            name: self._kept.of(each, "there", lambda each: _moved(each, device))
            if name in _PROMPT
            else _moved(each, device)
            for name, each in asked.given.items()
        }
        mode = _Mode.of_this_thread(device)

        def work() -> Tensor:
            with mode.entered():
                return _run(self.second, hidden, given)

        return self._other.submit(work)


@dataclass(frozen=True)
class _Pass:
    """What a denoiser is asked: known again by the very same tensors."""

    hidden: Tensor
    given: Given

    def same_step(self, other: "_Pass") -> bool:
        return self.hidden is other.hidden and _alike(
            self.given.get("timestep"), other.given.get("timestep")
        )

    def same(self, other: "_Pass") -> bool:
        return self.same_step(other) and _same_words(self.given, other.given)


class _Kept:
    """What was made of tensors, for as long as those live: a denoiser knows its prompts again."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, str], tuple[weakref.ref[Tensor], Any]] = {}

    def of(self, tensor: Any, name: str, make: Callable[[Any], Any]) -> Any:
        """What `make` gives for `tensor`, once."""
        if not isinstance(tensor, Tensor):
            return make(tensor)
        key = id(tensor), name
        if key in self._made:
            return self._made[key][1]

        def over(_: object) -> None:
            self._made.pop(key, None)

        made = make(tensor)
        if made is not tensor:  # kept with itself, it would live for ever
            self._made[key] = weakref.ref(tensor, over), made
        return made


class _Memory:
    """Which prompt is asked after which within a step."""

    def __init__(self) -> None:
        self._first: Given | None = None
        self._second: Given = {}

    def learn(self, first: _Pass, second: _Pass) -> None:
        self._first, self._second = _words(first.given), _words(second.given)

    def forget(self) -> None:
        self._first, self._second = None, {}

    def after(self, asked: _Pass) -> _Pass | None:
        if self._first is None or not _same_words(self._first, asked.given):
            return None
        # What changes by the step is as in this pass.
        kept = {name: each for name, each in asked.given.items() if name not in self._second}
        return _Pass(asked.hidden, {**kept, **self._second})


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


def _run(denoiser: Any, hidden: Tensor, given: Given) -> Tensor:
    sample: Tensor = denoiser(hidden_states=hidden, return_dict=False, **given)[0]
    return sample


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device, non_blocking=True)
    if isinstance(value, Mapping):
        return {name: _moved(each, device) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_moved(each, device) for each in value)
    return value


def _words(given: Given) -> Given:
    return {name: given[name] for name in _PROMPT if given.get(name) is not None}


def _same_words(one: Given, other: Given) -> bool:
    a, b = _words(one), _words(other)
    return a.keys() == b.keys() and all(a[name] is b[name] for name in a)


def _alike(one: Any, other: Any) -> bool:
    """The very same, or equal numbers (a timestep that was expanded twice)."""
    if one is other:
        return True
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return bool(one.shape == other.shape and one.data_ptr() == other.data_ptr())
    return bool(one == other)
