"""The two passes of a step's guidance: `Passes`, `Pass`."""

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

Given = Mapping[str, Any]
"""Arguments of a pass, by name."""

PROMPT = (
    "encoder_hidden_states", "encoder_attention_mask", "pooled_projections",
    "encoder_hidden_states_image",
)  # fmt: skip
"""Those in which the passes of a step differ; they are the same tensors at each step."""


class Passes(nn.Module):  # type: ignore[misc,unused-ignore]
    """Stands in for a denoiser where something else can answer the second pass meanwhile.

    Of a batch of two (Mochi, LTX) each row is a pass. Where a pipeline asks twice in turn (Wan),
    what came second at the step before is answered along with the first; when it is asked indeed,
    with the very same tensors, the answer is ready. What was guessed wrong is not used, so the
    guess decides the time alone: the first step of a clip learns it. All else (`config`, `dtype`,
    `device`, blocks) is the denoiser's own.

    Args:
        first: The denoiser.
        memory: Of which prompts come in turn; shared by the denoisers of one pipeline.
    """

    def __init__(self, first: Any, memory: "Memory") -> None:
        super().__init__()
        self.first = first
        self.kept = Kept()
        self._memory = memory
        self._last: Pass | None = None
        self._ready: tuple[Pass, Tensor] | None = None

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("first"), name)

    def both(self, one: "Pass", other: "Pass") -> tuple[Tensor, Tensor]:
        """The answers to both, at once, on the first denoiser's device."""
        raise NotImplementedError

    @torch.compiler.disable  # type: ignore[untyped-decorator,unused-ignore]
    def forward(self, hidden_states: Tensor, *, return_dict: bool = True, **given: Any) -> Any:
        """As the denoiser's own, given its arguments by name."""
        rows = hidden_states.shape[0]
        if rows == 2:
            passes = [Pass(hidden_states[i : i + 1], self._row(i, given)) for i in range(2)]
            sample = torch.cat(self.both(*passes))
        elif rows == 1:
            sample = self._turns(Pass(hidden_states, given))
        else:
            sample = run(self.first, Pass(hidden_states, given))
        if not return_dict:
            return (sample,)
        from diffusers.models.modeling_outputs import Transformer2DModelOutput

        return Transformer2DModelOutput(sample=sample)

    def _row(self, index: int, given: Given) -> Given:
        """The arguments of one row; those of prompts are the same tensors at each step."""

        def cut(each: Any) -> Any:
            batch = isinstance(each, Tensor) and each.ndim > 0 and each.shape[0] == 2
            return each[index : index + 1] if batch else each

        return {
            name: self.kept.of(each, f"row {index}", cut) if name in PROMPT else cut(each)
            for name, each in given.items()
        }

    def _turns(self, asked: "Pass") -> Tensor:
        ready, self._ready = self._ready, None
        last, self._last = self._last, None
        if ready is not None:
            guess, answer = ready
            if guess.same(asked):
                return answer
            self._memory.forget()
        if last is not None and last.same_step(asked):
            self._memory.learn(last, asked)
            return run(self.first, asked)
        following = self._memory.after(asked)
        if following is None:
            self._last = asked
            return run(self.first, asked)
        here, there = self.both(asked, following)
        self._ready = following, there
        return here


@dataclass(frozen=True)
class Pass:
    """What a denoiser is asked: known again by the very same tensors."""

    hidden: Tensor
    given: Given

    def same_step(self, other: "Pass") -> bool:
        """Whether both are of one step."""
        return self.hidden is other.hidden and _alike(
            self.given.get("timestep"), other.given.get("timestep")
        )

    def same(self, other: "Pass") -> bool:
        """Whether both ask the same."""
        return self.same_step(other) and _same_words(self.given, other.given)


class Kept:
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


class Memory:
    """Which prompt is asked after which within a step."""

    def __init__(self) -> None:
        self._first: Given | None = None
        self._second: Given = {}

    def learn(self, first: Pass, second: Pass) -> None:
        """After `first` came `second`."""
        self._first, self._second = _words(first.given), _words(second.given)

    def forget(self) -> None:
        """It did not come so."""
        self._first, self._second = None, {}

    def after(self, asked: Pass) -> Pass | None:
        """What may come after `asked`; None where nothing is known."""
        if self._first is None or not _same_words(self._first, asked.given):
            return None
        # What changes by the step is as in this pass.
        kept = {name: each for name, each in asked.given.items() if name not in self._second}
        return Pass(asked.hidden, {**kept, **self._second})


def run(denoiser: Any, asked: Pass) -> Tensor:
    """The denoiser's answer."""
    sample: Tensor = denoiser(hidden_states=asked.hidden, return_dict=False, **asked.given)[0]
    return sample


def _words(given: Given) -> Given:
    return {name: given[name] for name in PROMPT if given.get(name) is not None}


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
