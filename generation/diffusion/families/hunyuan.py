"""HunyuanVideo (Tencent): text to video, 24 fps, 960×544 and 1280×720."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from songreel.generation.catalogue.entry import Grid
from songreel.generation.diffusion.asking import brought, generator, home, kept, legal, told
from songreel.generation.diffusion.family import Ask, Embeds, Family, Step, Weights
from songreel.generation.diffusion.loading import load, quiet
from songreel.generation.diffusion.placement import Storage
from songreel.generation.diffusion.recipe import Component, Geometry, Recipe

if TYPE_CHECKING:
    from torch import Tensor

HUNYUAN = Recipe(
    name="hunyuan",
    family="hunyuan",
    hub="hunyuanvideo-community/HunyuanVideo",
    revision="e8c2aaa66fe3742a32c11a6766aecbf07c56e773",
    licence="Tencent Hunyuan Community License: not for the EU, the UK and South Korea",
    licence_name="Hunyuan: not EU, UK, S Korea",
    licence_note="it may not be used, nor may its pictures, in the European Union, the United "
    "Kingdom and South Korea; who has more than 100 million users a month needs another licence",
    dialect="hunyuan",
    fps=Fraction(24),
    grid=Grid(step=4, low=17, high=129),
    multiple=16,
    short_side=544,
    largest=960,
    steps=50,
    guidance=6.0,
    true_guidance=False,
    takes_negative=False,
    prompt_tokens=256,
    components=(
        Component(name="transformer", part="denoiser", parameters=12_821_012_544, dtype="bfloat16"),
        Component(name="text_encoder", part="text", parameters=7_505_186_816, dtype="float16"),
        Component(name="text_encoder_2", part="text", parameters=123_060_480, dtype="float16"),
        Component(name="vae", part="vae", parameters=246_478_803, dtype="float16"),
    ),
    geometry=Geometry(
        spatial=8, temporal=4, latent_channels=16, patch=2, layers=60, heads=24, head_dim=128,
        text_tokens=256,
    ),
    abilities=frozenset({
        "lora", "group-offload", "sequential-offload", "fp8", "quantised", "gguf", "layer-split",
        "context-parallel", "compile", "tiling",
    }),
    quality=7,
    source="diffusers 0.42.1; github.com/Tencent-Hunyuan/HunyuanVideo; read 2026-11-21",
    note="the guidance is distilled into it: one pass a step",
)  # fmt: skip

TINY = HUNYUAN.model_copy(
    update={
        "name": "tiny-hunyuan", "hub": "", "revision": "", "tiny": True, "short_side": 64,
        "largest": 160, "steps": 2, "prompt_tokens": 16, "quality": 1, "licence": "Apache-2.0",
        "licence_name": "Apache-2.0", "licence_note": "",
        "components": (
            Component(name="transformer", part="denoiser", parameters=47_076, dtype="float32"),
            Component(name="text_encoder", part="text", parameters=15_440, dtype="float32"),
            Component(name="text_encoder_2", part="text", parameters=4_594, dtype="float32"),
            Component(name="vae", part="vae", parameters=19_071, dtype="float32"),
        ),
        "geometry": Geometry(
            spatial=8, temporal=4, latent_channels=4, patch=2, layers=2, heads=2, head_dim=10,
            text_tokens=16,
        ),
    }
)  # fmt: skip

SHIFT_LARGE, SHIFT_SMALL, LARGE = 7.0, 5.0, 540
"""Flow shift from a short side of 540 pixels on, the sizes it was released for, and below:
diffusers' page advises 7 to 12 for large pictures, 2 to 5 for small ones (read 2026-11-21)."""


class Hunyuan(Family):
    """Llama, CLIP and VAE in fp16, the DiT in bf16; guidance is a number that the DiT is told."""

    recipes: ClassVar[tuple[Recipe, ...]] = (HUNYUAN, TINY)
    pipelines: ClassVar[tuple[str, ...]] = ("HunyuanVideoPipeline",)

    def load(self, weights: Weights, storage: Storage) -> Any:
        """Each network in its own dtype."""
        from diffusers import HunyuanVideoPipeline

        return load(HunyuanVideoPipeline, self, weights, storage)

    def build_tiny(self, folder: Path) -> None:
        """About 0.1 million weights."""
        import torch
        from diffusers import (
            AutoencoderKLHunyuanVideo,
            FlowMatchEulerDiscreteScheduler,
            HunyuanVideoPipeline,
            HunyuanVideoTransformer3DModel,
        )

        from songreel.generation.diffusion.tiny import clip_text, llama, soften, tokenizer

        quiet()
        torch.manual_seed(0)
        vae = AutoencoderKLHunyuanVideo(
            latent_channels=4, block_out_channels=(4,) * 4, layers_per_block=1, norm_num_groups=2
        ).eval()
        soften(vae, vae.decoder.conv_out.conv, torch.randn(1, 4, 4, 8, 8), {})
        HunyuanVideoPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=SHIFT_LARGE),
            vae=vae,
            text_encoder=llama(),
            tokenizer=tokenizer(512),
            text_encoder_2=clip_text(),
            tokenizer_2=tokenizer(77),
            transformer=HunyuanVideoTransformer3DModel(
                in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=10,
                num_layers=1, num_single_layers=1, num_refiner_layers=1, patch_size=2,
                patch_size_t=1, text_embed_dim=16, pooled_projection_dim=8,
                rope_axes_dim=(2, 4, 4),
            ),
        ).save_pretrained(folder)  # fmt: skip

    def encode(self, pipe: Any, ask: Ask) -> Embeds:
        """In the template that the release describes films in; CLIP sees the prompt alone."""
        prompt, pooled, mask = pipe.encode_prompt(
            ask.prompt, max_sequence_length=self.recipe.prompt_tokens,
            device=home(pipe.text_encoder),
        )  # fmt: skip
        return kept(prompt_embeds=prompt, pooled_prompt_embeds=pooled, prompt_attention_mask=mask)

    def denoise(self, pipe: Any, embeds: Embeds, ask: Ask, step: Step) -> "Tensor":
        """With the flow shift for the picture's size."""
        legal(self.recipe, ask)
        shift = SHIFT_LARGE if min(ask.width, ask.height) >= LARGE else SHIFT_SMALL
        pipe.scheduler.set_shift(shift)
        made = pipe(
            **brought(embeds, pipe), height=ask.height, width=ask.width, num_frames=ask.frames,
            num_inference_steps=ask.steps, guidance_scale=ask.guidance, generator=generator(ask),
            output_type="latent", callback_on_step_end=told(step, ask.steps),
        )  # fmt: skip
        latents: Tensor = made.frames
        return latents

    def video(self, pipe: Any, latents: "Tensor", ask: Ask) -> "Iterator[Tensor]":  # noqa: ARG002
        """The VAE decodes a quarter of a second at a time by itself, and blends."""
        import torch

        vae = pipe.vae
        latents = latents.to(home(vae), vae.dtype) / vae.config.scaling_factor
        with torch.inference_mode():
            yield vae.decode(latents, return_dict=False)[0]


FAMILY = Hunyuan
