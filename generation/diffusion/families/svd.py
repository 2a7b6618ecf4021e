"""Stable Video Diffusion (Stability AI): a still image to 14 or 25 frames."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from songreel.generation.catalogue.entry import Grid
from songreel.generation.diffusion.asking import fitted, generator, home, legal, told
from songreel.generation.diffusion.family import Ask, Embeds, Family, Step, Weights
from songreel.generation.diffusion.loading import load, quiet
from songreel.generation.diffusion.placement import Storage
from songreel.generation.diffusion.recipe import Component, Geometry, Recipe

if TYPE_CHECKING:
    from torch import Tensor

SVD = Recipe(
    name="svd",
    family="svd",
    hub="stabilityai/stable-video-diffusion-img2vid-xt",
    revision="9e43909513c6714f1bc78bcb44d96e733cd242aa",
    licence="Stability AI Community License: companies above 1 million USD a year need another one",
    licence_name="Stability AI Community",
    licence_note="free for research, and commercially below 1 million USD of revenue a year; "
    "above, it takes a licence from Stability AI",
    dialect="plain",
    fps=Fraction(7),
    grid=Grid(step=1, low=25, high=25),
    multiple=64,
    short_side=576,
    largest=1024,
    steps=25,
    guidance=3.0,
    true_guidance=True,
    takes_negative=False,
    prompt_tokens=0,
    takes_start=True,
    needs_start=True,
    components=(
        Component(
            name="unet", part="denoiser", parameters=1_524_623_082, dtype="float16", variant="fp16"
        ),
        Component(
            name="image_encoder", part="image", parameters=632_076_800, dtype="float16",
            variant="fp16",
        ),
        Component(name="vae", part="vae", parameters=97_742_847, dtype="float16", variant="fp16"),
    ),
    geometry=Geometry(
        spatial=8, temporal=1, latent_channels=4, layers=24, heads=5, head_dim=64, text_tokens=1
    ),
    abilities=frozenset({"group-offload", "sequential-offload", "compile"}),
    quality=3,
    source="diffusers 0.42.1; github.com/Stability-AI/generative-models; read 2026-11-21",
    note="it sees the start image alone, no words; seven pictures a second",
)  # fmt: skip

SVD_14 = SVD.model_copy(
    update={
        "name": "svd-14", "hub": "stabilityai/stable-video-diffusion-img2vid", "revision": "",
        "grid": Grid(step=1, low=14, high=14), "quality": 2,
    }
)  # fmt: skip

TINY = SVD.model_copy(
    update={
        "name": "tiny-svd", "hub": "", "revision": "", "tiny": True, "short_side": 64,
        "largest": 128, "steps": 2, "quality": 1, "licence": "Apache-2.0",
        "licence_name": "Apache-2.0", "licence_note": "",
        "components": (
            Component(name="unet", part="denoiser", parameters=643_760, dtype="float32"),
            Component(name="image_encoder", part="image", parameters=316_362, dtype="float32"),
            Component(name="vae", part="vae", parameters=405_946, dtype="float32"),
        ),
        "geometry": Geometry(
            spatial=8, temporal=1, latent_channels=4, layers=2, heads=2, head_dim=16, text_tokens=1
        ),
    }
)  # fmt: skip

_AT_A_TIME = 14
"""Frames decoded at a time, as in Stability's own script (`decoding_t`)."""


class Svd(Family):
    """All in fp16, the VAE in fp32 while it encodes the image, which overflows otherwise."""

    recipes: ClassVar[tuple[Recipe, ...]] = (SVD, SVD_14, TINY)
    pipelines: ClassVar[tuple[str, ...]] = ("StableVideoDiffusionPipeline",)

    def load(self, weights: Weights, storage: Storage) -> Any:
        """Each network in fp16; the decoder holds half of what it would."""
        from diffusers import StableVideoDiffusionPipeline

        from songreel.generation.diffusion.sparing import sparing

        pipe = load(StableVideoDiffusionPipeline, self, weights, storage)
        sparing(pipe.vae)
        return pipe

    def build_tiny(self, folder: Path) -> None:
        """About a million weights."""
        import torch
        from diffusers import (
            AutoencoderKLTemporalDecoder,
            EulerDiscreteScheduler,
            StableVideoDiffusionPipeline,
            UNetSpatioTemporalConditionModel,
        )
        from transformers import CLIPImageProcessor

        from songreel.generation.diffusion.tiny import clip_vision, soften

        quiet()
        torch.manual_seed(0)
        vae = AutoencoderKLTemporalDecoder(
            block_out_channels=(32,) * 4, latent_channels=4, layers_per_block=1,
            down_block_types=("DownEncoderBlock2D",) * 4, sample_size=32,
        ).eval()  # fmt: skip
        soften(vae, vae.decoder.time_conv_out, torch.randn(8, 4, 8, 8), {}, num_frames=8)
        StableVideoDiffusionPipeline(
            scheduler=EulerDiscreteScheduler(
                beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
                prediction_type="v_prediction", interpolation_type="linear", sigma_min=0.002,
                sigma_max=700.0, timestep_type="continuous", use_karras_sigmas=True,
                timestep_spacing="leading", steps_offset=1,
            ),
            vae=vae,
            image_encoder=clip_vision(32, projection=True),
            feature_extractor=CLIPImageProcessor(crop_size=224, size=224),
            unet=UNetSpatioTemporalConditionModel(
                block_out_channels=(32, 32), layers_per_block=1, sample_size=8,
                down_block_types=("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
                up_block_types=("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
                cross_attention_dim=32, num_attention_heads=2, addition_time_embed_dim=32,
                projection_class_embeddings_input_dim=96, num_frames=25,
            ),
        ).save_pretrained(folder)  # fmt: skip

    def encode(self, pipe: Any, ask: Ask) -> Embeds:  # noqa: ARG002
        """Nothing: there are no words, and the image is looked at as each clip begins."""
        return {}

    def denoise(self, pipe: Any, embeds: Embeds, ask: Ask, step: Step) -> "Tensor":  # noqa: ARG002
        """The frame rate is told to it; guidance rises from 1 in the first frame to its own."""
        legal(self.recipe, ask)
        made = pipe(
            fitted(ask.start, ask), height=ask.height, width=ask.width, num_frames=ask.frames,
            num_inference_steps=ask.steps, max_guidance_scale=ask.guidance,
            fps=round(float(ask.fps)), generator=generator(ask), output_type="latent",
            callback_on_step_end=told(step, ask.steps),
        )  # fmt: skip
        latents: Tensor = made.frames
        return latents

    def video(self, pipe: Any, latents: "Tensor", ask: Ask) -> "Iterator[Tensor]":  # noqa: ARG002
        """14 frames at a time."""
        import torch

        vae = pipe.vae
        latents = latents[0].to(home(vae))
        for first in range(0, len(latents), _AT_A_TIME):
            part = 1 / vae.config.scaling_factor * latents[first : first + _AT_A_TIME]
            with torch.inference_mode():
                frames = vae.decode(part, num_frames=len(part)).sample
            yield frames.float().permute(1, 0, 2, 3)[None]

    def blocks(self, denoiser: Any) -> list[str]:
        """Of the U-Net: the way down and the way up."""
        return [name for name in ("down_blocks", "up_blocks") if hasattr(denoiser, name)]


FAMILY = Svd
