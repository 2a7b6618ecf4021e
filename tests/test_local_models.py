import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from support.books import REQUEST
from support.needs import needs
from support.tiny_models import (
    NAMES,
    ask_of,
    folder_of,
    fresh,
    latents_of,
    loaded,
    recipe_of,
    still,
    video_of,
)

torch = needs("torch")
diffusers = needs("diffusers")

from songreel.generation.diffusion.families import family_of, recipes  # noqa: E402
from songreel.generation.diffusion.family import Weights  # noqa: E402
from songreel.generation.diffusion.layout import mark_of  # noqa: E402
from songreel.generation.encode import write_clip  # noqa: E402
from songreel.generation.inspect import inspect  # noqa: E402
from songreel.models.clip import Portion  # noqa: E402
from songreel.models.errors import InvalidInput  # noqa: E402

VAE_095 = {
    "block_out_channels": (128, 256, 512, 1024, 2048),
    "down_block_types": ("LTXVideo095DownBlock3D",) * 4,
    "decoder_block_out_channels": (256, 512, 1024),
    "layers_per_block": (4, 6, 6, 2, 2), "decoder_layers_per_block": (5, 5, 5, 5),
    "spatio_temporal_scaling": (True,) * 4, "decoder_spatio_temporal_scaling": (True,) * 3,
    "decoder_inject_noise": (False,) * 4,
    "downsample_type": ("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
    "upsample_residual": (True,) * 3, "upsample_factor": (2,) * 3, "timestep_conditioning": True,
    "spatial_compression_ratio": 32, "temporal_compression_ratio": 8,
}  # fmt: skip
"""Of LTX-Video from 0.9.5 on (diffusers' conversion script)."""

VAE_22 = {
    "base_dim": 160, "decoder_base_dim": 256, "z_dim": 48, "is_residual": True, "in_channels": 12,
    "out_channels": 12, "patch_size": 2, "scale_factor_spatial": 16,
    "latents_mean": [0.0] * 48, "latents_std": [1.0] * 48,
}  # fmt: skip
"""Of Wan 2.2 5B."""


def counted():
    """Model, part and parameters of the released architectures, on the meta device."""
    import transformers as t

    t5 = {"d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_heads": 64,
          "feed_forward_proj": "gated-gelu"}  # fmt: skip
    llama = t.LlamaConfig(
        vocab_size=128320, hidden_size=4096, intermediate_size=14336, num_hidden_layers=32,
        num_attention_heads=32, num_key_value_heads=8,
    )  # fmt: skip
    clip = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32,
            "num_attention_heads": 16, "patch_size": 14, "projection_dim": 1024}  # fmt: skip
    image = {"in_channels": 36, "image_dim": 1280, "added_kv_proj_dim": 5120}
    wan, d = diffusers.WanTransformer3DModel, diffusers
    makers = [
        ("mochi", "transformer", d.MochiTransformer3DModel),
        ("mochi", "vae", d.AutoencoderKLMochi),
        ("mochi", "text_encoder", lambda: t.T5EncoderModel(t.T5Config(vocab_size=32128, **t5))),
        ("ltx", "transformer", d.LTXVideoTransformer3DModel),
        ("ltx", "vae", lambda: d.AutoencoderKLLTXVideo(**VAE_095)),
        ("ltx-13b", "transformer", lambda: d.LTXVideoTransformer3DModel(
            num_attention_heads=32, attention_head_dim=128, num_layers=48, cross_attention_dim=4096
        )),
        ("hunyuan", "transformer", d.HunyuanVideoTransformer3DModel),
        ("hunyuan", "vae", d.AutoencoderKLHunyuanVideo),
        ("hunyuan", "text_encoder", lambda: t.LlamaModel(llama)),
        ("hunyuan", "text_encoder_2", lambda: t.CLIPTextModel(t.CLIPTextConfig(
            hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12
        ))),
        ("wan", "transformer", wan),
        ("wan", "vae", d.AutoencoderKLWan),
        ("wan", "text_encoder", lambda: t.UMT5EncoderModel(
            t.UMT5Config(vocab_size=256384, **t5)
        )),
        ("wan-1.3b", "transformer", lambda: wan(
            num_attention_heads=12, ffn_dim=8960, num_layers=30
        )),
        ("wan-i2v", "transformer", lambda: wan(**image)),
        ("wan-i2v", "image_encoder", lambda: t.CLIPVisionModel(t.CLIPVisionConfig(**clip))),
        ("wan-flf", "transformer", lambda: wan(**image, pos_embed_seq_len=514)),
        ("wan-5b", "transformer", lambda: wan(
            num_attention_heads=24, ffn_dim=14336, num_layers=30, in_channels=48, out_channels=48
        )),
        ("wan-5b", "vae", lambda: d.AutoencoderKLWan(**VAE_22)),
        ("wan-a14b", "transformer_2", wan),
        ("wan-a14b-i2v", "transformer_2", lambda: wan(in_channels=36)),
        ("svd", "unet", d.UNetSpatioTemporalConditionModel),
        ("svd", "vae", lambda: d.AutoencoderKLTemporalDecoder(
            block_out_channels=(128, 256, 512, 512), layers_per_block=2,
            down_block_types=("DownEncoderBlock2D",) * 4,
        )),
        ("svd", "image_encoder", lambda: t.CLIPVisionModelWithProjection(
            t.CLIPVisionConfig(**clip)
        )),
    ]  # fmt: skip
    for name, part, make in makers:
        with torch.device("meta"):
            network = make()
        yield name, part, sum(each.numel() for each in network.parameters())


STOCK = {
    "tiny-mochi": ("MochiPipeline", {"force_zeros_for_empty_prompt": True}),
    "tiny-ltx": ("LTXConditionPipeline", {}),
    "tiny-hunyuan": ("HunyuanVideoPipeline", {}),
    "tiny-wan": ("WanPipeline", {}),
    "tiny-wan-i2v": ("WanImageToVideoPipeline", {}),
    "tiny-wan-flf": ("WanImageToVideoPipeline", {}),
    "tiny-wan-5b": ("WanPipeline", {}),
    "tiny-svd": ("StableVideoDiffusionPipeline", {}),
}


def stock(name, ask, kind=None):
    """What diffusers' own pipeline makes of `ask` in one call, 0 to 1: (frames, 3, h, w)."""
    own, config = STOCK[name]
    pipe = getattr(diffusers, kind or own).from_pretrained(folder_of(name), **config)
    pipe.set_progress_bar_config(disable=True)
    call = {
        "height": ask.height, "width": ask.width, "num_frames": ask.frames,
        "num_inference_steps": ask.steps, "output_type": "pt",
        "generator": torch.Generator().manual_seed(ask.seed),
    }  # fmt: skip
    family = recipe_of(name).family
    if family == "svd":
        call |= {"image": ask.start, "fps": 7, "max_guidance_scale": 3.0, "decode_chunk_size": 14}
    else:
        call |= {"prompt": ask.prompt, "max_sequence_length": 16, "guidance_scale": ask.guidance}
    if family in ("mochi", "ltx", "wan"):
        call["negative_prompt"] = ask.negative
    if family == "ltx":
        from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition

        given = [(ask.start, 0), (ask.end, ask.frames - 1)]
        call |= {
            "conditions": [LTXVideoCondition(image=i, frame_index=at) for i, at in given if i]
            or None,
            "frame_rate": 24, "decode_timestep": 0.05, "decode_noise_scale": 0.025,
            "image_cond_noise_scale": 0.025,
        }  # fmt: skip
    if family == "hunyuan":
        pipe.scheduler.set_shift(5.0)
    if family == "wan" and ask.start is not None:
        call |= {"image": ask.start, "last_image": ask.end}
    return pipe(**call).frames[0]


def ours(name, pipe, ask):
    return (video_of(name, pipe, ask)[0] * 0.5 + 0.5).clamp(0, 1).permute(1, 0, 2, 3)


@pytest.mark.parametrize("name", NAMES)
def test_encode_denoise_decode_are_the_stock_pipeline_in_one_call(name):
    ask = ask_of(name, frames=recipe_of(name).grid.low + recipe_of(name).grid.step)
    if recipe_of(name).grid.high < ask.frames:
        ask = ask_of(name)
    made, expected = ours(name, loaded(name)[1], ask), stock(name, ask)
    if name == "tiny-svd":  # its decoder sums in another order (`sparing`)
        assert (made - expected).abs().max() < 1e-4
    else:
        assert torch.equal(made, expected)


@pytest.mark.parametrize(("start", "end"), [(1, None), (1, 2), (None, 2)])
def test_ltx_takes_images_as_the_stock_pipeline_does(start, end):
    ask = ask_of("tiny-ltx", start=start and still(start), end=end and still(end))
    assert torch.equal(ours("tiny-ltx", loaded("tiny-ltx")[1], ask), stock("tiny-ltx", ask))


def test_wan_goes_from_a_first_to_a_last_picture_with_two_denoisers_as_the_stock_pipeline_does():
    ask = ask_of("tiny-wan-i2v", end=still(2))
    name = "tiny-wan-i2v"
    assert torch.equal(ours(name, loaded(name)[1], ask), stock(name, ask))


def test_wan_5b_takes_a_start_image_with_the_same_networks():
    ask = ask_of("tiny-wan-5b", start=still(1))
    theirs = stock("tiny-wan-5b", ask, "WanImageToVideoPipeline")
    assert torch.equal(ours("tiny-wan-5b", loaded("tiny-wan-5b")[1], ask), theirs)


def test_an_empty_prompt_is_zeros_to_mochi():
    ask = ask_of("tiny-mochi", negative="")
    embeds = loaded("tiny-mochi")[0].encode(loaded("tiny-mochi")[1], ask)
    assert not embeds["negative_prompt_attention_mask"].any()
    assert embeds["prompt_attention_mask"].any()


def test_pictures_are_the_video_rounded():
    family, pipe = loaded("tiny-wan")
    ask = ask_of("tiny-wan")
    frames = list(family.decode(pipe, latents_of("tiny-wan", pipe, ask), ask))
    exact = ours("tiny-wan", pipe, ask).permute(0, 2, 3, 1).numpy() * 255
    assert np.abs(np.stack(frames) - exact).max() <= 0.5001  # half a step, and float32's own error
    assert {frame.shape for frame in frames} == {(64, 96, 3)}


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_makes_one_clip_and_another_seed_another(name):
    pipe, ask = loaded(name)[1], ask_of(name)
    first = latents_of(name, pipe, ask)
    other = latents_of(name, pipe, replace(ask, seed=8))
    again = latents_of(name, pipe, ask)  # after another clip: nothing of it is left
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_clips_of_other_sizes_leave_nothing_behind():
    family, pipe = loaded("tiny-wan")
    ask = ask_of("tiny-wan")
    alone = list(family.decode(pipe, latents_of("tiny-wan", pipe, ask), ask))
    larger = replace(ask, width=128, frames=21)
    half = family.decode(pipe, latents_of("tiny-wan", pipe, larger), larger)
    next(half)
    half.close()  # a clip that is not wanted any more
    again = list(family.decode(pipe, latents_of("tiny-wan", pipe, ask), ask))
    assert np.array_equal(alone, again)


@pytest.mark.parametrize("name", NAMES)
def test_each_step_is_told(name):
    family, pipe = loaded(name)
    ask, told = ask_of(name, steps=3), []
    with torch.inference_mode():
        family.denoise(pipe, family.encode(pipe, ask), ask, lambda *step: told.append(step))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_step_that_raises_stops_the_clip():
    family, pipe = loaded("tiny-wan")
    ask = ask_of("tiny-wan", steps=3)

    def stop(done, _of):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), torch.inference_mode():
        family.denoise(pipe, family.encode(pipe, ask), ask, stop)


@pytest.mark.parametrize("name", ["tiny-ltx", "tiny-wan-i2v"])
def test_images_show_at_their_end_of_the_clip(name):
    pipe = loaded(name)[1]
    ask = ask_of(name, start=still(1), end=still(2))
    one = ours(name, pipe, ask)
    for change, near, far in (({"start": still(3)}, 0, -1), ({"end": still(3)}, -1, 0)):
        moved = (ours(name, pipe, replace(ask, **change)) - one).abs().mean((1, 2, 3))
        assert moved[near] > 0
        if name == "tiny-ltx" and near == 0:  # random weights, but its first cells are the image's
            assert moved[near] > moved[far]


def test_an_image_of_another_shape_is_cut_and_not_stretched():
    pipe = loaded("tiny-ltx")[1]
    wide = still(1, 192, 64)
    whole = ask_of("tiny-ltx", start=wide)
    middle = ask_of("tiny-ltx", start=wide.crop((48, 0, 144, 64)))
    a, b = (latents_of("tiny-ltx", pipe, each) for each in (whole, middle))
    assert torch.equal(a, b)


@pytest.mark.parametrize(
    ("name", "wrong", "text"),
    [
        ("tiny-mochi", {"frames": 8}, "makes 7, 13, … 163 frames, not 8"),
        ("tiny-wan", {"frames": 200}, "not 200"),
        ("tiny-ltx", {"width": 80}, "multiples of 32, not 80×64"),
        ("tiny-svd", {"start": None}, "needs a start image"),
        ("tiny-wan-flf", {"end": None}, "needs an end image"),
        ("tiny-wan", {"start": still(1)}, "takes no start image"),
        ("tiny-wan-5b", {"end": still(1)}, "takes no end image"),
    ],
)
def test_what_a_model_does_not_make_is_never_asked(name, wrong, text):
    family, pipe = loaded(name)
    ask = ask_of(name, **wrong)
    with pytest.raises(ValueError, match=text):
        family.denoise(pipe, {}, ask, lambda *_: None)


@pytest.mark.parametrize("name", NAMES)
def test_a_tiny_model_is_the_same_however_often_it_is_built(name, tmp_path):
    family_of(recipe_of(name)).build_tiny(tmp_path)
    assert mark_of(tmp_path) == mark_of(folder_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_tiny_recipes_say_how_large_they_are(name):
    pipe = loaded(name)[1]
    for part in recipe_of(name).components:
        network = getattr(pipe, part.name)
        assert sum(each.numel() for each in network.parameters()) == part.parameters
        assert not network.training


@pytest.mark.parametrize("name", NAMES)
def test_tiny_clips_pass_the_eye(name, tmp_path):
    family, pipe = loaded(name)
    grid = recipe_of(name).grid
    frames = min(grid.high, grid.low + grid.step * round(30 / grid.step))
    ask = ask_of(name, frames=frames)
    path = tmp_path / "clip.mp4"
    pictures = family.decode(pipe, latents_of(name, pipe, ask), ask)
    write_clip(pictures, path, width=ask.width, height=ask.height, rate=ask.fps, count=ask.frames)
    sizes = {"width": ask.width, "height": ask.height, "rate": ask.fps, "frames": ask.frames}
    asked = REQUEST.model_copy(update={**sizes, "motion": 0.6})
    assert [flaw.text for flaw in inspect(path, asked, Portion.whole(asked)) if flaw.fatal] == []


def real_dtypes(tiny, real):
    """A tiny model that is to be loaded in the dtypes of the real one."""
    dtypes = {part.name: part.dtype for part in recipe_of(real).components}
    parts = [
        part.model_copy(update={"dtype": dtypes.get(part.name, "bfloat16")})
        for part in recipe_of(tiny).components
    ]
    return family_of(recipe_of(tiny).model_copy(update={"components": tuple(parts)}))


@pytest.mark.parametrize(
    ("tiny", "real"),
    [
        ("tiny-mochi", "mochi"), ("tiny-ltx", "ltx"), ("tiny-hunyuan", "hunyuan"),
        ("tiny-wan", "wan"), ("tiny-wan-flf", "wan-flf"), ("tiny-svd", "svd"),
    ],
)  # fmt: skip
def test_each_network_is_loaded_in_its_own_dtype(tiny, real):
    family = real_dtypes(tiny, real)
    pipe = family.load(Weights(folder_of(tiny)), "released")
    for part in recipe_of(real).components:
        dtypes = {each.dtype for each in getattr(pipe, part.name).parameters()}
        if real.startswith("wan") and part.part == "denoiser":
            assert dtypes == {torch.bfloat16, torch.float32}  # norms and time stay in fp32
        else:
            assert dtypes == {getattr(torch, part.dtype)}, part.name


@pytest.mark.parametrize("tiny", ["tiny-mochi", "tiny-ltx", "tiny-wan"])
def test_bf16_storage_is_bf16_all_over(tiny):
    pipe = loaded(tiny)[0].load(Weights(folder_of(tiny)), "bf16")
    assert pipe.vae.dtype == pipe.text_encoder.dtype == pipe.transformer.dtype == torch.bfloat16


def test_mochi_denoises_in_fp32_around_bf16_weights():
    family = real_dtypes("tiny-mochi", "mochi")
    pipe = family.load(Weights(folder_of("tiny-mochi")), "released")
    pipe.set_progress_bar_config(disable=True)
    ask = ask_of("tiny-mochi")
    mixed = latents_of("tiny-mochi", pipe, ask)
    whole = latents_of("tiny-mochi", loaded("tiny-mochi")[1], ask)
    assert mixed.dtype == torch.float32
    # bf16 has 8 bits: errors of about 1 % of the largest value in a pass, over two steps.
    assert (mixed - whole).abs().max() < 0.05 * whole.abs().max()


def test_a_denoiser_in_a_file_of_its_own_takes_the_place_of_the_folders(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = folder_of("tiny-wan")
    weights = load_file(folder / "transformer" / "diffusion_pytorch_model.safetensors")
    single = tmp_path / "mine.safetensors"
    save_file({name: each * 0.5 for name, each in weights.items()}, single)
    family = loaded("tiny-wan")[0]
    pipe = family.load(Weights(folder, single=single), "released")
    name, halved = "proj_out.weight", pipe.transformer.state_dict()
    assert torch.equal(halved[name], weights[name] * 0.5)


def test_a_denoiser_from_a_gguf_file_makes_nearly_the_same_clip(tmp_path):
    gguf = needs("gguf")
    from safetensors.torch import load_file

    folder, eight_bits = folder_of("tiny-wan"), gguf.GGMLQuantizationType.Q8_0
    writer = gguf.GGUFWriter(str(tmp_path / "mine.gguf"), "wan")
    state = load_file(folder / "transformer" / "diffusion_pytorch_model.safetensors")
    for name, each in state.items():
        values = each.float().numpy()
        if values.ndim == 2 and values.shape[1] % 32 == 0:
            small = gguf.quants.quantize(values, eight_bits)
            writer.add_tensor(name, small, raw_dtype=eight_bits)
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    family, whole = loaded("tiny-wan")
    pipe = family.load(Weights(folder, single=tmp_path / "mine.gguf"), "gguf")
    pipe.set_progress_bar_config(disable=True)
    ask = ask_of("tiny-wan")
    one, other = (latents_of("tiny-wan", each, ask) for each in (whole, pipe))
    assert not torch.equal(one, other)
    # Q8_0 keeps each weight within a 254th of the largest in its block of 32.
    assert (one - other).abs().mean() < 0.01 * one.abs().mean()


BUILD = """
import sys
from pathlib import Path
from songreel.generation.diffusion import weights
from songreel.generation.diffusion.families import recipes
from songreel.models.local import LocalOptions
recipe = next(each for each in recipes() if each.name == "tiny-ltx")
found = weights.find(recipe, LocalOptions(), Path(sys.argv[1]))
print(found.path, found.mark)
"""


@pytest.mark.slow  # two processes that load torch: 12 s of CPU
def test_two_processes_that_build_a_tiny_model_at_once_get_one(tmp_path):
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", BUILD, str(tmp_path)], stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = {maker.communicate(timeout=400)[0].split()[-2:][0] for maker in makers}
    assert [maker.returncode for maker in makers] == [0, 0]
    (place,) = said
    assert [str(each) for each in (tmp_path / "models").iterdir()] == [place]
    assert mark_of(Path(place)) == mark_of(folder_of("tiny-ltx"))


def test_a_broken_file_is_one_sentence(tmp_path):
    import shutil

    shutil.copytree(folder_of("tiny-wan"), tmp_path / "model")
    path = tmp_path / "model" / "vae" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InvalidInput, match="tiny-wan cannot be loaded from .*model: "):
        loaded("tiny-wan")[0].load(Weights(tmp_path / "model"), "released")


@pytest.mark.slow  # 6 s: the graphs of 14-billion networks, without their weights
def test_recipes_say_what_the_real_networks_count():
    for name, part, count in counted():
        found = next(each for each in recipe_of(name).components if each.name == part)
        assert found.parameters == count, (name, part)


def test_names_are_unique_and_every_family_has_a_tiny_one():
    names = [recipe.name for recipe in recipes()]
    assert len(names) == len(set(names))
    assert {recipe.family for recipe in recipes()} == {
        recipe.family for recipe in recipes() if recipe.tiny
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_tiny_model_asks_as_its_family_does(name):
    tiny = recipe_of(name)
    kin = [each for each in recipes() if each.family == tiny.family and not each.tiny]
    assert any(
        (each.grid, each.fps, each.multiple, each.dialect, each.takes_start, each.takes_end)
        == (tiny.grid, tiny.fps, tiny.multiple, tiny.dialect, tiny.takes_start, tiny.takes_end)
        for each in kin
    )
    assert isinstance(tiny.fps, Fraction)


def test_a_fresh_pipeline_is_as_good_as_one_that_has_worked():
    ask = ask_of("tiny-hunyuan")
    worked = latents_of("tiny-hunyuan", loaded("tiny-hunyuan")[1], ask)
    assert torch.equal(worked, latents_of("tiny-hunyuan", fresh("tiny-hunyuan")[1], ask))
