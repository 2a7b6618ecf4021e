"""Mochi 1 (Genmo): text to video, 30 fps, 848×480."""

from collections.abc import Iterator
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from songreel.generation.catalogue.entry import Grid
from songreel.generation.diffusion.asking import brought, generator, home, legal, padded, told
from songreel.generation.diffusion.family import Ask, Embeds, Family, Step, Weights
from songreel.generation.diffusion.loading import load, quiet
from songreel.generation.diffusion.placement import Storage
from songreel.generation.diffusion.recipe import Component, Geometry, Recipe

if TYPE_CHECKING:
    from torch import Tensor

MOCHI = Recipe(
    name="mochi",
    family="mochi",
    hub="genmo/mochi-1-preview",
    revision="14be5fcea23095ed330cb214647916a451e38b6e",
    licence="Apache-2.0",
    licence_name="Apache-2.0",
    dialect="mochi",
    fps=Fraction(30),
    grid=Grid(step=6, low=7, high=163),
    multiple=16,
    short_side=480,
    largest=848,
    steps=64,
    least_steps=2,
    guidance=6.0,
    true_guidance=True,
    prompt_tokens=256,
    components=(
        Component(
            name="transformer", part="denoiser", parameters=10_027_677_744, dtype="bfloat16",
            variant="bf16",
        ),
        Component(name="text_encoder", part="text", parameters=4_762_310_656, dtype="float32"),
        Component(name="vae", part="vae", parameters=459_748_611, dtype="float32"),
    ),
    geometry=Geometry(
        spatial=8, temporal=6, latent_channels=12, patch=2, layers=48, heads=24, head_dim=128,
        text_tokens=256,
    ),
    abilities=frozenset({
        "lora", "group-offload", "sequential-offload", "fp8", "quantised", "gguf", "layer-split",
        "guidance-split", "context-parallel", "compile", "tiling",
    }),
    quality=6,
    default=True,
    source="diffusers 0.42.1; github.com/genmoai/mochi; read 2026-11-21",
)  # fmt: skip

TINY = MOCHI.model_copy(
    update={
        "name": "tiny-mochi", "hub": "", "tiny": True, "default": False, "short_side": 64,
        "largest": 160, "steps": 2, "prompt_tokens": 16, "quality": 1,
        "components": (
            Component(name="transformer", part="denoiser", parameters=20_280, dtype="float32"),
            Component(name="text_encoder", part="text", parameters=21_408, dtype="float32"),
            Component(name="vae", part="vae", parameters=508_355, dtype="float32"),
        ),
        "geometry": Geometry(
            spatial=8, temporal=6, latent_channels=12, patch=2, layers=2, heads=2, head_dim=8,
            text_tokens=16,
        ),
    }
)  # fmt: skip


class Mochi(Family):
    """The DiT in bf16 under autocast, T5 and VAE in fp32: as Genmo's own code runs them."""

    recipes: ClassVar[tuple[Recipe, ...]] = (MOCHI, TINY)
    pipelines: ClassVar[tuple[str, ...]] = ("MochiPipeline",)

    def load(self, weights: Weights, storage: Storage) -> Any:
        """T5 overflows in half precision; the VAE in bf16 shows. An empty prompt is zeros."""
        from diffusers import MochiPipeline

        return load(MochiPipeline, self, weights, storage, force_zeros_for_empty_prompt=True)

    def build_tiny(self, folder: Path) -> None:
        """About 0.5 million weights."""
        import torch
        from diffusers import (
            AutoencoderKLMochi,
            FlowMatchEulerDiscreteScheduler,
            MochiPipeline,
            MochiTransformer3DModel,
        )

        from songreel.generation.diffusion.tiny import soften, t5, tokenizer

        quiet()
        torch.manual_seed(0)
        vae = AutoencoderKLMochi(
            latent_channels=12, out_channels=3, encoder_block_out_channels=(32,) * 4,
            decoder_block_out_channels=(32,) * 4, layers_per_block=(1, 1, 1, 1, 0),
        ).eval()  # fmt: skip
        cells = {"up_blocks.0.proj": 12, "up_blocks.1.proj": 8, "up_blocks.2.proj": 4}
        soften(vae, vae.decoder.proj_out, torch.randn(1, 12, 3, 8, 8), cells)
        MochiPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(invert_sigmas=True),
            vae=vae,
            text_encoder=t5(),
            tokenizer=tokenizer(),
            transformer=MochiTransformer3DModel(
                patch_size=2, num_attention_heads=2, attention_head_dim=8, num_layers=2,
                pooled_projection_dim=16, in_channels=12, text_embed_dim=32, time_embed_dim=4,
                max_sequence_length=16,
            ),
        ).save_pretrained(folder)  # fmt: skip

    def encode(self, pipe: Any, ask: Ask) -> Embeds:
        """Outside autocast, where T5 would overflow."""
        return padded(pipe, ask, self.recipe.prompt_tokens)

    def denoise(self, pipe: Any, embeds: Embeds, ask: Ask, step: Step) -> "Tensor":
        """The released schedule: linear, then quadratic.

        The prompt is in fp32, so the latents are as well; the DiT's bf16 weights meet them under
        autocast, which keeps its sums in fp32 where bf16 would show.
        """
        legal(self.recipe, ask)
        import torch

        words = brought(embeds, pipe)
        mixed = pipe.transformer.dtype != words["prompt_embeds"].dtype == torch.float32
        # Without the cache of casts: weights are in bf16 already, and those that are not are few.
        autocast = torch.autocast(pipe._execution_device.type, torch.bfloat16, cache_enabled=False)
        with autocast if mixed else nullcontext():
            made = pipe(
                **words, height=ask.height, width=ask.width, num_frames=ask.frames,
                num_inference_steps=ask.steps, guidance_scale=ask.guidance,
                generator=generator(ask), output_type="latent",
                callback_on_step_end=told(step, ask.steps),
            )  # fmt: skip
        latents: Tensor = made.frames
        return latents

    def video(self, pipe: Any, latents: "Tensor", ask: Ask) -> "Iterator[Tensor]":  # noqa: ARG002
        """With the latents' own mean and deviation put back."""
        import torch

        from songreel.generation.diffusion import framewise

        config, vae = pipe.vae.config, pipe.vae
        latents = latents.to(home(vae))
        if config.latents_mean and config.latents_std:
            shape = (1, config.latent_channels, 1, 1, 1)
            mean = torch.tensor(config.latents_mean).view(shape).to(latents)
            deviation = torch.tensor(config.latents_std).view(shape).to(latents)
            latents = latents * deviation / config.scaling_factor + mean
        else:
            latents = latents / config.scaling_factor
        latents = latents.to(vae.dtype)
        if framewise.ready(vae):
            yield from framewise.decoded(vae, latents)
            return
        with torch.inference_mode():
            yield vae.decode(latents, return_dict=False)[0]


FAMILY = Mochi
