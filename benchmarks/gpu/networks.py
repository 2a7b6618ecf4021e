"""Models at their released size with random weights, or tiny: `Case`, `CASES`, `tiny`.

Seconds and memory are those of real weights: no operation here depends on the numbers. The picture
is noise.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from songreel.generation.diffusion.families import family_of, recipes
from songreel.generation.diffusion.family import Ask, Family, Weights
from songreel.generation.diffusion.recipe import Recipe

WORDS = 40
"""Tokens of a prompt of two sentences."""


@dataclass(frozen=True)
class Case:
    """A model and the clip it is asked for."""

    recipe: Recipe
    width: int
    height: int
    frames: int
    build: Callable[[str], Any]
    """The pipeline on a device."""
    embeds: Callable[[Any], dict[str, Tensor]]
    """What a prompt would be encoded to, on the CPU."""

    @property
    def family(self) -> Family:
        """Which loads and asks it."""
        return family_of(self.recipe)

    @property
    def shape(self) -> str:
        """Width × height × frames."""
        return f"{self.width}x{self.height}x{self.frames}"

    def ask(self, steps: int) -> Ask:
        """A clip of `steps` steps."""
        return Ask(
            "", "", self.width, self.height, self.frames, Fraction(self.recipe.fps), steps,
            self.recipe.guidance, 0,
        )  # fmt: skip


def _real(kind: Any, dtype: torch.dtype, device: str, **config: Any) -> nn.Module:
    """`kind` at its default size, which is the released one, made on the device in its dtype."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            made: nn.Module = kind(**config)
    finally:
        torch.set_default_dtype(before)
    return made.to(dtype).eval()


def _mochi(device: str) -> Any:
    from diffusers import (
        AutoencoderKLMochi,
        FlowMatchEulerDiscreteScheduler,
        MochiPipeline,
        MochiTransformer3DModel,
    )

    transformer: Any = _real(MochiTransformer3DModel, torch.bfloat16, device)
    nn.init.normal_(transformer.pos_frequencies)
    return MochiPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(invert_sigmas=True),
        vae=_real(AutoencoderKLMochi, torch.float32, device), text_encoder=None, tokenizer=None,
        transformer=transformer, force_zeros_for_empty_prompt=True,
    )  # fmt: skip


def _mochi_embeds(pipe: Any) -> dict[str, Tensor]:
    """In float32 as Genmo runs T5; the empty prompt has no valid token."""
    width, length = pipe.transformer.config.text_embed_dim, 256
    mask = torch.arange(length)[None] < WORDS
    return {
        "prompt_embeds": _noise(1, length, width), "prompt_attention_mask": mask,
        "negative_prompt_embeds": torch.zeros(1, length, width),
        "negative_prompt_attention_mask": torch.zeros_like(mask),
    }  # fmt: skip


def _ltx(device: str) -> Any:
    from diffusers import (
        AutoencoderKLLTXVideo,
        FlowMatchEulerDiscreteScheduler,
        LTXConditionPipeline,
        LTXVideoTransformer3DModel,
    )

    return LTXConditionPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_real(AutoencoderKLLTXVideo, torch.bfloat16, device), text_encoder=None,
        tokenizer=None, transformer=_real(LTXVideoTransformer3DModel, torch.bfloat16, device),
    )  # fmt: skip


def _ltx_embeds(pipe: Any) -> dict[str, Tensor]:
    width, length = pipe.transformer.config.caption_channels, 256
    mask = torch.arange(length)[None] < WORDS
    return {
        "prompt_embeds": _noise(1, length, width).bfloat16(), "prompt_attention_mask": mask,
        "negative_prompt_embeds": _noise(1, length, width).bfloat16(),
        "negative_prompt_attention_mask": torch.arange(length)[None] < WORDS,
    }  # fmt: skip


def _hunyuan(device: str) -> Any:
    from diffusers import (
        AutoencoderKLHunyuanVideo,
        FlowMatchEulerDiscreteScheduler,
        HunyuanVideoPipeline,
        HunyuanVideoTransformer3DModel,
    )

    pipe = HunyuanVideoPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        vae=_real(AutoencoderKLHunyuanVideo, torch.float16, device), text_encoder=None,
        tokenizer=None, text_encoder_2=None, tokenizer_2=None,
        transformer=_real(HunyuanVideoTransformer3DModel, torch.bfloat16, device),
    )  # fmt: skip
    pipe.vae.enable_tiling()
    return pipe


def _hunyuan_embeds(pipe: Any) -> dict[str, Tensor]:
    config, length = pipe.transformer.config, 256
    return {
        "prompt_embeds": _noise(1, length, config.text_embed_dim).bfloat16(),
        "pooled_prompt_embeds": _noise(1, config.pooled_projection_dim).bfloat16(),
        "prompt_attention_mask": (torch.arange(length)[None] < WORDS).long(),
    }


def _wan(device: str, **config: Any) -> Any:
    from diffusers import (
        AutoencoderKLWan,
        UniPCMultistepScheduler,
        WanPipeline,
        WanTransformer3DModel,
    )

    transformer: Any = _real(WanTransformer3DModel, torch.bfloat16, device, **config)
    for name, parameter in transformer.named_parameters():  # as diffusers loads them
        if any(part in name for part in transformer._keep_in_fp32_modules):
            parameter.data = parameter.data.float()
    return WanPipeline(
        tokenizer=None, text_encoder=None, vae=_real(AutoencoderKLWan, torch.float32, device),
        scheduler=UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
        transformer=transformer,
    )  # fmt: skip


def _small_wan(device: str) -> Any:
    return _wan(device, num_attention_heads=12, ffn_dim=8960, num_layers=30)


def _wan_embeds(pipe: Any) -> dict[str, Tensor]:
    """Filled up with zeros, which are attended to, as released."""
    found = {}
    for name in ("prompt_embeds", "negative_prompt_embeds"):
        words = torch.zeros(1, 512, pipe.transformer.config.text_dim)
        words[:, :WORDS] = _noise(1, WORDS, words.shape[2])
        found[name] = words.bfloat16()
    return found


def _noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1)) * 0.1


def _recipe(name: str) -> Recipe:
    return next(each for each in recipes() if each.name == name)


def cases() -> dict[str, Case]:
    """Clips as the recipes make them by default; `hunyuan-480` where minutes are few."""
    return {
        "mochi": Case(_recipe("mochi"), 848, 480, 163, _mochi, _mochi_embeds),
        "ltx": Case(_recipe("ltx"), 768, 512, 121, _ltx, _ltx_embeds),
        "hunyuan": Case(_recipe("hunyuan"), 1280, 720, 129, _hunyuan, _hunyuan_embeds),
        "hunyuan-480": Case(_recipe("hunyuan"), 848, 480, 97, _hunyuan, _hunyuan_embeds),
        "wan": Case(_recipe("wan"), 832, 480, 81, _wan, _wan_embeds),
        "wan-1.3b": Case(_recipe("wan-1.3b"), 832, 480, 81, _small_wan, _wan_embeds),
    }


def tiny(family: str) -> Case:
    """A tiny model of `family` for a machine without a GPU."""
    recipe = next(each for each in recipes() if each.tiny and each.family == family)

    def build(device: str) -> Any:
        with tempfile.TemporaryDirectory(prefix="songreel-") as folder:
            family_of(recipe).build_tiny(Path(folder))
            return family_of(recipe).load(Weights(Path(folder)), "released").to(device)

    def embeds(pipe: Any) -> dict[str, Tensor]:
        asked = Ask("a lighthouse", "", 64, 64, 17, Fraction(16), 2, recipe.guidance, 0)
        return dict(family_of(recipe).encode(pipe, asked))

    frames = recipe.grid.low + recipe.grid.step
    return Case(recipe, 64, 64, frames, build, embeds)
