"""Tiny pipelines of Wan with random weights: `build`."""

from pathlib import Path
from typing import Any

from songreel.generation.diffusion.loading import quiet
from songreel.generation.diffusion.recipe import Recipe


def build(recipe: Recipe, folder: Path) -> None:
    """Write the tiny pipeline of `recipe`.

    It is that of 2.1 for text, of 2.1 with CLIP, of 2.2 with two denoisers, or of 2.2 with
    expanded times.
    """
    import torch
    from diffusers import UniPCMultistepScheduler, WanImageToVideoPipeline, WanPipeline

    from songreel.generation.diffusion.tiny import clip_vision, tokenizer, umt5

    quiet()
    torch.manual_seed(0)
    names = {part.name for part in recipe.components}
    large = recipe.geometry.spatial == 16
    scheduler = UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    )
    parts: dict[str, Any] = {
        "scheduler": scheduler, "vae": _vae(large=large), "text_encoder": umt5(),
        "tokenizer": tokenizer(512),
    }  # fmt: skip
    if "image_encoder" in names:
        from transformers import CLIPImageProcessor

        parts["image_encoder"] = clip_vision(32, projection=False)
        parts["image_processor"] = CLIPImageProcessor(crop_size=224, size=224)
    two = "transformer_2" in names
    for name in ("transformer", "transformer_2") if two else ("transformer",):
        parts[name] = _denoiser(clip="image_encoder" in names, image=recipe.needs_start)
    kind = WanImageToVideoPipeline if recipe.needs_start else WanPipeline
    kind(
        **{"transformer_2": None, **parts}, boundary_ratio=0.9 if two else None,
        expand_timesteps=large,
    ).save_pretrained(folder)  # fmt: skip


def _denoiser(*, clip: bool, image: bool) -> Any:
    from diffusers import WanTransformer3DModel

    looks: dict[str, Any] = (
        {"image_dim": 32, "added_kv_proj_dim": 24, "pos_embed_seq_len": 34} if clip else {}
    )
    return WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12,
        in_channels=36 if image else 16, out_channels=16, text_dim=32, freq_dim=256, ffn_dim=32,
        num_layers=2, rope_max_seq_len=32, **looks,
    )  # fmt: skip


def _vae(*, large: bool) -> Any:
    import torch
    from diffusers import AutoencoderKLWan

    from songreel.generation.diffusion.tiny import soften

    wide: dict[str, Any] = (
        {
            "is_residual": True, "in_channels": 12, "out_channels": 12, "patch_size": 2,
            "scale_factor_spatial": 16, "decoder_base_dim": 4,
        }
        if large
        else {}
    )  # fmt: skip
    vae = AutoencoderKLWan(
        base_dim=4 if large else 8, z_dim=16, dim_mult=[1] * 4, num_res_blocks=1,
        temperal_downsample=[False, True, True], latents_mean=[0.0] * 16, latents_std=[1.0] * 16,
        **wide,
    ).eval()  # fmt: skip
    cells = {"time_conv": -2, "conv_out": 4 if large else 1}
    soften(vae, vae.decoder.conv_out, torch.randn(1, 16, 4, 8, 8), cells)
    return vae
