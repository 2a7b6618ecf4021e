"""LTX-Video (Lightricks): text, start image, or start and end image to video; 2B and 13B."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from songreel.generation.catalogue.entry import Grid
from songreel.generation.diffusion.asking import (
    brought,
    fitted,
    generator,
    home,
    legal,
    padded,
    seeded,
    told,
)
from songreel.generation.diffusion.family import Ask, Embeds, Family, Step, Weights
from songreel.generation.diffusion.loading import load, quiet
from songreel.generation.diffusion.placement import Storage
from songreel.generation.diffusion.recipe import Component, Geometry, Recipe

if TYPE_CHECKING:
    from torch import Tensor

LTX = Recipe(
    name="ltx",
    family="ltx",
    hub="Lightricks/LTX-Video-0.9.5",
    licence="LTX-Video Open Weights License 0.X: read it before commercial use",
    licence_name="LTX-Video Open Weights",
    licence_note="free to use, also commercially, within the uses that its attachment allows; "
    "read License.txt on the model's page at the hub before you sell what you make",
    dialect="ltx",
    fps=Fraction(24),
    grid=Grid(step=8, low=9, high=257),
    multiple=32,
    short_side=512,
    largest=768,
    steps=40,
    guidance=3.0,
    true_guidance=True,
    negative="worst quality, inconsistent motion, blurry, jittery, distorted",
    prompt_tokens=256,
    takes_start=True,
    takes_end=True,
    end_needs_start=False,
    components=(
        Component(name="transformer", part="denoiser", parameters=1_923_385_472, dtype="bfloat16"),
        Component(name="text_encoder", part="text", parameters=4_762_310_656, dtype="bfloat16"),
        Component(name="vae", part="vae", parameters=1_246_913_522, dtype="bfloat16"),
    ),
    geometry=Geometry(
        spatial=32, temporal=8, latent_channels=128, layers=28, heads=32, head_dim=64,
        text_tokens=256,
    ),
    abilities=frozenset({
        "lora", "group-offload", "sequential-offload", "fp8", "quantised", "gguf", "layer-split",
        "guidance-split", "attention-backend", "context-parallel", "compile", "tiling",
    }),
    quality=4,
    source="diffusers 0.42.1; github.com/Lightricks/LTX-Video; read 2026-11-21",
)  # fmt: skip

LTX_13B = LTX.model_copy(
    update={
        "name": "ltx-13b", "hub": "Lightricks/LTX-Video-0.9.7-dev",
        "revision": "2101082f5eb5540770a2df43747feadb6f69b889",
        "licence": "LTXV Open Weights License (May 2025): companies above 10 million USD a year "
        "need another one",
        "licence_note": "free for you and for companies with less than 10 million USD of revenue a "
        "year; larger ones need a licence from Lightricks",
        "short_side": 704, "largest": 1216, "steps": 30, "guidance": 5.0, "quality": 6,
        "components": (
            Component(
                name="transformer", part="denoiser", parameters=13_042_569_344, dtype="bfloat16"
            ),
            *LTX.components[1:],
        ),
        "geometry": LTX.geometry.model_copy(
            update={"layers": 48, "heads": 32, "head_dim": 128}
        ),
    }
)  # fmt: skip

LTX_13B_DISTILLED = LTX_13B.model_copy(
    update={
        "name": "ltx-13b-distilled", "hub": "Lightricks/LTX-Video-0.9.8-13B-distilled",
        "revision": "", "steps": 8, "guidance": 1.0, "true_guidance": False, "negative": "",
        "takes_negative": False,
        "note": "steps and guidance are distilled into it: eight single passes",
    }
)  # fmt: skip

TINY = LTX.model_copy(
    update={
        "name": "tiny-ltx", "hub": "", "tiny": True, "short_side": 64, "largest": 160,
        "steps": 2, "prompt_tokens": 16, "quality": 1, "licence": "Apache-2.0",
        "licence_name": "Apache-2.0", "licence_note": "",
        "components": (
            Component(name="transformer", part="denoiser", parameters=52_584, dtype="float32"),
            Component(name="text_encoder", part="text", parameters=21_408, dtype="float32"),
            Component(name="vae", part="vae", parameters=140_778, dtype="float32"),
        ),
        "geometry": Geometry(
            spatial=32, temporal=8, latent_channels=8, layers=2, heads=4, head_dim=8,
            text_tokens=16,
        ),
    }
)  # fmt: skip

DISTILLED = (1000, 993, 987, 981, 975, 909, 725, 0.03)
"""Times of the distilled weights (diffusers' page of LTX-Video, read 2026-11-21)."""

_DECODE_TIME, _DECODE_NOISE = 0.05, 0.025
"""The VAE does the last step itself, from this much noise; as diffusers' page advises."""


class Ltx(Family):
    """All in bf16, as its makers advise; images as conditions of the same weights."""

    recipes: ClassVar[tuple[Recipe, ...]] = (LTX, LTX_13B, LTX_13B_DISTILLED, TINY)
    pipelines: ClassVar[tuple[str, ...]] = ("LTXConditionPipeline",)

    def load(self, weights: Weights, storage: Storage) -> Any:
        """Each network in bf16."""
        from diffusers import LTXConditionPipeline

        return load(LTXConditionPipeline, self, weights, storage)

    def build_tiny(self, folder: Path) -> None:
        """About 0.2 million weights, with the release's factors: 32 pixels, 8 frames a cell."""
        import torch
        from diffusers import (
            AutoencoderKLLTXVideo,
            FlowMatchEulerDiscreteScheduler,
            LTXConditionPipeline,
            LTXVideoTransformer3DModel,
        )

        from songreel.generation.diffusion.tiny import soften, t5, tokenizer

        quiet()
        torch.manual_seed(0)
        vae = AutoencoderKLLTXVideo(
            latent_channels=8, block_out_channels=(8,) * 5,
            down_block_types=("LTXVideo095DownBlock3D",) * 4,
            decoder_block_out_channels=(8,) * 3, layers_per_block=(1,) * 5,
            decoder_layers_per_block=(1,) * 4, spatio_temporal_scaling=(True,) * 4,
            decoder_spatio_temporal_scaling=(True,) * 3, decoder_inject_noise=(False,) * 4,
            downsample_type=("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
            upsample_residual=(False,) * 3, upsample_factor=(1,) * 3,
            timestep_conditioning=True, patch_size=4, patch_size_t=1,
            spatial_compression_ratio=32, temporal_compression_ratio=8,
        ).eval()  # fmt: skip
        cells = {"upsamplers.0.conv.conv": 8, "conv_out.conv": 16}
        latents, time = torch.randn(1, 8, 3, 2, 3), torch.tensor([_DECODE_TIME])
        soften(vae, vae.decoder.conv_out.conv, latents, cells, bell=0.6, temb=time)
        LTXConditionPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(),
            vae=vae,
            text_encoder=t5(),
            tokenizer=tokenizer(),
            transformer=LTXVideoTransformer3DModel(
                in_channels=8, out_channels=8, num_attention_heads=4, attention_head_dim=8,
                cross_attention_dim=32, num_layers=2, caption_channels=32,
            ),
        ).save_pretrained(folder)  # fmt: skip

    def encode(self, pipe: Any, ask: Ask) -> Embeds:
        """Both prompts padded to the release's length, with their masks."""
        return padded(pipe, ask, self.recipe.prompt_tokens)

    def denoise(self, pipe: Any, embeds: Embeds, ask: Ask, step: Step) -> "Tensor":
        """Denoised, and made ready for the VAE: its noise continues the clip's own."""
        legal(self.recipe, ask)
        noise = generator(ask)
        words = brought(embeds, pipe)
        with seeded(ask.seed, when=bool(pipe.scheduler.config.get("stochastic_sampling"))):
            made = pipe(
                **words, **self.call(ask), generator=noise, output_type="latent",
                callback_on_step_end=told(step, ask.steps),
            )  # fmt: skip
        return self._noised(pipe, made.frames, noise, words["prompt_embeds"].dtype)

    def call(self, ask: Ask) -> dict[str, Any]:
        """What the pipeline is asked beside the words."""
        from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition

        images = ((ask.start, 0), (ask.end, ask.frames - 1))
        conditions = [
            LTXVideoCondition(image=fitted(image, ask), frame_index=index)
            for image, index in images
            if image is not None
        ]
        # Schedules and noise on the images as diffusers' page has them for 2B and for 13B.
        large = self.recipe.name.startswith("ltx-13b")
        distilled = not self.recipe.true_guidance and ask.steps == len(DISTILLED)
        return {
            "conditions": conditions or None,
            "height": ask.height, "width": ask.width, "num_frames": ask.frames,
            "frame_rate": float(ask.fps), "num_inference_steps": ask.steps,
            "timesteps": list(DISTILLED) if distilled else None,
            "guidance_scale": ask.guidance, "guidance_rescale": 0.7 if large else 0.0,
            "image_cond_noise_scale": 0.0 if large else 0.025,
        }  # fmt: skip

    def _noised(self, pipe: Any, latents: "Tensor", noise: Any, dtype: Any) -> "Tensor":
        """Latents as the VAE takes them: denormalised, and with noise where it removes some."""
        from diffusers.utils.torch_utils import randn_tensor

        vae = pipe.vae
        latents = pipe._denormalize_latents(
            latents, vae.latents_mean, vae.latents_std, vae.config.scaling_factor
        ).to(dtype)
        if vae.config.timestep_conditioning:
            drawn = randn_tensor(
                latents.shape, generator=noise, device=latents.device, dtype=latents.dtype
            )
            scale = latents.new_tensor([_DECODE_NOISE])[:, None, None, None, None]
            latents = (1 - scale) * latents + scale * drawn
        return latents

    def video(self, pipe: Any, latents: "Tensor", ask: Ask) -> "Iterator[Tensor]":  # noqa: ARG002
        """The VAE's own last step, from latents that `denoise` made ready."""
        import torch

        vae = pipe.vae
        latents = latents.to(home(vae))
        with torch.inference_mode():
            time = None
            if vae.config.timestep_conditioning:
                time = latents.new_tensor([_DECODE_TIME])
            yield vae.decode(latents, time, return_dict=False)[0]


FAMILY = Ltx
