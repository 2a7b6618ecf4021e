"""Attention that is reused from step to step: `broadcast`.

Pyramid Attention Broadcast (Zhao and others, arXiv 2408.12588) for attention of the picture with
itself. diffusers' own keeps one state a layer, whichever pass of guidance asks: for Wan, whose
passes take turns, every second pass would be given the other's attention, and guidance would be
none. Here each pass has a state of its own, by the pipeline's `cache_context`.
"""

from typing import Any

from diffusers import PyramidAttentionBroadcastConfig
from diffusers.hooks import HookRegistry, ModelHook
from diffusers.hooks.hooks import BaseState, StateManager
from torch import nn

from songreel.generation.diffusion.family import Family

_NAME = "songreel_pyramid_attention"


class _Kept(BaseState):  # type: ignore[misc,unused-ignore]
    """Of one layer and one pass."""

    def __init__(self) -> None:
        self.calls = 0
        self.output: Any = None

    def reset(self) -> None:
        self.calls, self.output = 0, None


class _Broadcast(ModelHook):  # type: ignore[misc,unused-ignore]
    _is_stateful = True

    def __init__(self, pipe: Any, every: int, times: tuple[int, int]) -> None:
        super().__init__()
        self.state_manager = StateManager(_Kept, (), {})
        self._pipe, self._every, self._times = pipe, every, times

    def new_forward(self, module: nn.Module, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        kept = self.state_manager.get_state()
        # Mochi's pipeline counts its own reversed times down like the others here.
        inside = self._times[0] < float(self._pipe._current_timestep) < self._times[1]
        if kept.output is None or not inside or kept.calls % self._every == 0:
            kept.output = self.fn_ref.original_forward(*args, **kwargs)
        kept.calls += 1
        return kept.output

    def reset_state(self, module: nn.Module) -> nn.Module:
        self.state_manager.reset()
        return module


def broadcast(
    pipe: Any, denoiser: Any, family: Family, *, every: int, times: tuple[int, int]
) -> None:
    """Have `denoiser` compute its blocks' self-attention at every `every`th step alone, in place.

    Args:
        pipe: Which tells the time.
        denoiser: One of its denoisers.
        family: Of its model.
        every: 2: every second step.
        times: Between which steps are skipped, of 1000 at the noise to 0 at the picture.
    """
    for name in family.blocks(denoiser):
        for block in getattr(denoiser, name):
            attention = next(
                getattr(block, each) for each in ("attn1", "attn") if hasattr(block, each)
            )
            registry = HookRegistry.check_if_exists_or_initialize(attention)
            registry.register_hook(_Broadcast(pipe, every, times), _NAME)
    HookRegistry.check_if_exists_or_initialize(denoiser).invalidate_child_registries_cache()
    # Passes are kept apart, and states emptied after a clip, where diffusers sees a cache.
    denoiser._cache_config = PyramidAttentionBroadcastConfig()
