"""The models of Wan (Alibaba): 2.1 in 1.3B and 14B, 2.2 in 5B and as two times 14B."""

from fractions import Fraction

from songreel.generation.catalogue.entry import Grid
from songreel.generation.diffusion.recipe import Component, Dtype, Geometry, Recipe

NEGATIVE = (
    "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，"
    "JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，"
    "手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走"
)
"""As its makers have it: over-saturated, still, blurred, subtitles, deformed, walking backwards."""


def _dit(parameters: int, name: str = "transformer") -> Component:
    return Component(name=name, part="denoiser", parameters=parameters, dtype="bfloat16")


def _tiny(name: str, part: str, parameters: int) -> Component:
    dtype: Dtype = "float32"
    return Component.model_validate(
        {"name": name, "part": part, "parameters": parameters, "dtype": dtype}
    )


_UMT5 = Component(name="text_encoder", part="text", parameters=5_680_910_336, dtype="bfloat16")
_VAE = Component(name="vae", part="vae", parameters=126_892_531, dtype="float32")
_VAE_22 = Component(name="vae", part="vae", parameters=704_688_668, dtype="float32")
_CLIP = Component(name="image_encoder", part="image", parameters=630_766_080, dtype="float32")

WAN = Recipe(
    name="wan",
    family="wan",
    hub="Wan-AI/Wan2.1-T2V-14B-Diffusers",
    revision="38ec498cb3208fb688890f8cc7e94ede2cbd7f68",
    licence="Apache-2.0",
    licence_name="Apache-2.0",
    dialect="wan",
    fps=Fraction(16),
    grid=Grid(step=4, low=17, high=81),
    multiple=16,
    short_side=480,
    largest=832,
    steps=50,
    guidance=5.0,
    true_guidance=True,
    negative=NEGATIVE,
    prompt_tokens=512,
    components=(_dit(14_288_491_584), _UMT5, _VAE),
    geometry=Geometry(
        spatial=8, temporal=4, latent_channels=16, patch=2, layers=40, heads=40, head_dim=128,
        text_tokens=512,
    ),
    abilities=frozenset({
        "lora", "group-offload", "sequential-offload", "fp8", "quantised", "gguf", "layer-split",
        "context-parallel", "guidance-split", "attention-backend", "compile", "tiling",
    }),
    quality=7,
    source="diffusers 0.42.1; github.com/Wan-Video/Wan2.1 and Wan2.2; read 2026-11-21",
)  # fmt: skip

WAN_SMALL = WAN.model_copy(
    update={
        "name": "wan-1.3b", "hub": "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
        "revision": "0fad780a534b6463e45facd96134c9f345acfa5b", "quality": 4,
        "guidance": 6.0, "components": (_dit(1_418_996_800), _UMT5, _VAE),
        "geometry": WAN.geometry.model_copy(update={"layers": 30, "heads": 12}),
    }
)  # fmt: skip

WAN_I2V = WAN.model_copy(
    update={
        "name": "wan-i2v", "hub": "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers",
        "revision": "b184e23a8a16b20f108f727c902e769e873ffc73", "takes_start": True,
        "needs_start": True,
        "components": (_dit(16_394_878_784), _UMT5, _VAE, _CLIP),
        "geometry": WAN.geometry.model_copy(update={"text_tokens": 512 + 257}),
    }
)  # fmt: skip

WAN_I2V_720 = WAN_I2V.model_copy(
    update={
        "name": "wan-i2v-720p", "hub": "Wan-AI/Wan2.1-I2V-14B-720P-Diffusers", "revision": "",
        "short_side": 720, "largest": 1280,
    }
)  # fmt: skip

WAN_FLF = WAN_I2V_720.model_copy(
    update={
        "name": "wan-flf", "hub": "Wan-AI/Wan2.1-FLF2V-14B-720P-diffusers", "guidance": 5.5,
        "takes_end": True, "needs_end": True,
        "components": (_dit(16_395_536_704), _UMT5, _VAE, _CLIP),
        "geometry": WAN.geometry.model_copy(update={"text_tokens": 512 + 514}),
        "note": "it goes from a first picture to a last one, and needs both",
    }
)  # fmt: skip

WAN_5B = WAN.model_copy(
    update={
        "name": "wan-5b", "hub": "Wan-AI/Wan2.2-TI2V-5B-Diffusers",
        "revision": "b8fff7315c768468a5333511427288870b2e9635", "fps": Fraction(24),
        "grid": Grid(step=4, low=17, high=121), "multiple": 32, "short_side": 704,
        "largest": 1280, "takes_start": True, "quality": 6,
        "components": (_dit(4_999_787_712), _UMT5, _VAE_22),
        "geometry": Geometry(
            spatial=16, temporal=4, latent_channels=48, patch=2, layers=30, heads=24, head_dim=128,
            text_tokens=512,
        ),
    }
)  # fmt: skip

WAN_A14B = WAN.model_copy(
    update={
        "name": "wan-a14b", "hub": "Wan-AI/Wan2.2-T2V-A14B-Diffusers",
        "revision": "5be7df9619b54f4e2667b2755bc6a756675b5cd7", "steps": 40, "guidance": 4.0,
        "quality": 8,
        "components": (
            _dit(14_288_491_584), _dit(14_288_491_584, "transformer_2"), _UMT5, _VAE
        ),
        "abilities": WAN.abilities - {"gguf"},
        "note": "two denoisers, one for much noise and one for little",
    }
)  # fmt: skip

WAN_A14B_I2V = WAN_A14B.model_copy(
    update={
        "name": "wan-a14b-i2v", "hub": "Wan-AI/Wan2.2-I2V-A14B-Diffusers",
        "revision": "596658fd9ca6b7b71d5057529bbf319ecbc61d74", "guidance": 3.5,
        "takes_start": True, "needs_start": True, "takes_end": True,
        "components": (
            _dit(14_288_901_184), _dit(14_288_901_184, "transformer_2"), _UMT5, _VAE
        ),
    }
)  # fmt: skip

SECOND_GUIDANCE = {"wan-a14b": 0.75}
"""Guidance of the second denoiser, as a share of the first's (4 and 3 on the model's page)."""

_TINY = {
    "hub": "", "revision": "", "tiny": True, "short_side": 64, "largest": 160, "steps": 2,
    "prompt_tokens": 16, "quality": 1,
}  # fmt: skip
_TINY_GEOMETRY = Geometry(
    spatial=8, temporal=4, latent_channels=16, patch=2, layers=2, heads=2, head_dim=12,
    text_tokens=16,
)  # fmt: skip
_TINY_TEXT, _TINY_VAE = _tiny("text_encoder", "text", 23_904), _tiny("vae", "vae", 70_803)

TINY = WAN.model_copy(
    update={
        **_TINY, "name": "tiny-wan", "geometry": _TINY_GEOMETRY,
        "components": (_tiny("transformer", "denoiser", 28_328), _TINY_TEXT, _TINY_VAE),
    }
)  # fmt: skip

TINY_I2V = WAN_A14B_I2V.model_copy(
    update={
        **_TINY, "name": "tiny-wan-i2v", "geometry": _TINY_GEOMETRY, "steps": 4,
        "components": (
            _tiny("transformer", "denoiser", 30_248), _tiny("transformer_2", "denoiser", 30_248),
            _TINY_TEXT, _TINY_VAE,
        ),
    }
)  # fmt: skip

TINY_FLF = WAN_FLF.model_copy(
    update={
        **_TINY, "name": "tiny-wan-flf",
        "geometry": _TINY_GEOMETRY.model_copy(update={"text_tokens": 16 + 34}),
        "components": (
            _tiny("transformer", "denoiser", 35_744), _TINY_TEXT, _TINY_VAE,
            _tiny("image_encoder", "image", 315_338),
        ),
    }
)  # fmt: skip

TINY_5B = WAN_5B.model_copy(
    update={
        **_TINY, "name": "tiny-wan-5b",
        "geometry": _TINY_GEOMETRY.model_copy(update={"spatial": 16}),
        "components": (
            _tiny("transformer", "denoiser", 28_328), _TINY_TEXT, _tiny("vae", "vae", 24_612)
        ),
    }
)  # fmt: skip

RECIPES = (
    WAN, WAN_SMALL, WAN_I2V, WAN_I2V_720, WAN_FLF, WAN_5B, WAN_A14B, WAN_A14B_I2V,
    TINY, TINY_I2V, TINY_FLF, TINY_5B,
)  # fmt: skip
