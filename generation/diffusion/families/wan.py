"""Wan 2.1 and 2.2 (Alibaba): text, start image, or first and last image to video."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from songreel.generation.diffusion.asking import (
    brought,
    fitted,
    generator,
    home,
    kept,
    legal,
    told,
)
from songreel.generation.diffusion.families.wan_recipes import RECIPES, SECOND_GUIDANCE
from songreel.generation.diffusion.family import Ask, Embeds, Family, Step, Weights
from songreel.generation.diffusion.libraries import need
from songreel.generation.diffusion.loading import load
from songreel.generation.diffusion.placement import Storage
from songreel.generation.diffusion.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

SHIFT_LARGE, SHIFT_SMALL, LARGE = 5.0, 3.0, 640
"""Flow shift of Wan 2.1 for pictures of 720 lines and of 480 (diffusers' page of Wan, read
2026-11-21). Other versions keep the one that they were released with."""


class Wan(Family):
    """UMT5 and DiT in bf16 (norms and time in fp32), VAE and CLIP in fp32."""

    recipes: ClassVar[tuple[Recipe, ...]] = RECIPES
    pipelines: ClassVar[tuple[str, ...]] = ("WanPipeline", "WanImageToVideoPipeline")

    def load(self, weights: Weights, storage: Storage) -> Any:
        """The pipeline that takes images where the recipe needs one, else the one for text."""
        need("ftfy")  # it mends broken letters in prompts: without it they encode otherwise
        from diffusers import WanImageToVideoPipeline, WanPipeline

        kind = WanImageToVideoPipeline if self.recipe.needs_start else WanPipeline
        return load(kind, self, weights, storage)

    def build_tiny(self, folder: Path) -> None:
        """0.1 to 0.4 million weights."""
        from songreel.generation.diffusion.families.wan_tiny import build

        build(self.recipe, folder)

    def encode(self, pipe: Any, ask: Ask) -> Embeds:
        """Cut to their true length and filled up with zeros, as the release does it."""
        prompt, negative = pipe.encode_prompt(
            ask.prompt, ask.negative or None, do_classifier_free_guidance=ask.guidance > 1,
            max_sequence_length=self.recipe.prompt_tokens, device=home(pipe.text_encoder),
        )  # fmt: skip
        return kept(prompt_embeds=prompt, negative_prompt_embeds=negative)

    def denoise(self, pipe: Any, embeds: Embeds, ask: Ask, step: Step) -> "Tensor":
        """Images are encoded as it begins: by CLIP where the model has it, and by the VAE."""
        legal(self.recipe, ask)
        if (shift := self._shift(ask)) is not None:
            config = {**pipe.scheduler.config, "flow_shift": shift}
            pipe.scheduler = type(pipe.scheduler).from_config(config)
        images: dict[str, Any] = {}
        asked = pipe
        if ask.start is not None:
            images = {"image": fitted(ask.start, ask), "last_image": fitted(ask.end, ask)}
            asked = _with_image(pipe)
        second = SECOND_GUIDANCE.get(self.recipe.name)
        made = asked(
            **images, **brought(embeds, pipe), height=ask.height, width=ask.width,
            num_frames=ask.frames, num_inference_steps=ask.steps, guidance_scale=ask.guidance,
            guidance_scale_2=None if second is None else second * ask.guidance,
            generator=generator(ask), output_type="latent",
            callback_on_step_end=told(step, ask.steps),
        )  # fmt: skip
        if asked is not pipe:
            pipe.maybe_free_model_hooks()
        latents: Tensor = made.frames
        return latents

    def _shift(self, ask: Ask) -> float | None:
        """Flow shift by size where the release has none of its own."""
        if self.recipe.needs_end or "2.2" in self.recipe.hub or self.recipe.tiny:
            return None
        return SHIFT_LARGE if min(ask.width, ask.height) >= LARGE else SHIFT_SMALL

    def video(self, pipe: Any, latents: "Tensor", ask: Ask) -> "Iterator[Tensor]":  # noqa: ARG002
        """Four frames at a time, as the VAE makes them, each from those before."""
        import torch

        vae = pipe.vae
        latents = latents.to(home(vae), vae.dtype)
        shape = (1, vae.config.z_dim, 1, 1, 1)
        mean = torch.tensor(vae.config.latents_mean).view(shape).to(latents)
        deviation = 1.0 / torch.tensor(vae.config.latents_std).view(shape).to(latents)
        latents = latents / deviation + mean
        moved = getattr(vae, "_hf_hook", None) or getattr(vae, "_diffusers_hook", None)
        if vae.use_tiling or moved is not None:
            # Tiles are blended over all frames; hooks that bring weights wait for `decode`.
            with torch.inference_mode():
                yield vae.decode(latents, return_dict=False)[0]
            return
        yield from _streamed(vae, latents)


def _streamed(vae: Any, latents: "Tensor") -> "Iterator[Tensor]":
    """What `vae.decode` does, its frames given as they are made instead of all in the end."""
    import torch
    from diffusers.models.autoencoders.autoencoder_kl_wan import unpatchify

    with torch.inference_mode():
        vae.clear_cache()
        cells = vae.post_quant_conv(latents)
    for index in range(cells.shape[2]):
        vae._conv_idx = [0]
        first = {"first_chunk": True} if index == 0 else {}
        with torch.inference_mode():
            frames = vae.decoder(
                cells[:, :, index : index + 1], feat_cache=vae._feat_map,
                feat_idx=vae._conv_idx, **first,
            )  # fmt: skip
            if vae.config.patch_size is not None:
                frames = unpatchify(frames, patch_size=vae.config.patch_size)
            frames = frames.clamp(-1.0, 1.0)
        yield frames
    vae.clear_cache()


def _with_image(pipe: Any) -> Any:
    """The same networks as a pipeline that takes a start image (Wan 2.2 5B has one for both)."""
    from diffusers import WanImageToVideoPipeline

    if isinstance(pipe, WanImageToVideoPipeline):
        return pipe
    other = WanImageToVideoPipeline(
        **dict(pipe.components),
        boundary_ratio=pipe.config.boundary_ratio, expand_timesteps=pipe.config.expand_timesteps,
    )  # fmt: skip
    other.set_progress_bar_config(disable=True)
    return other


FAMILY = Wan
