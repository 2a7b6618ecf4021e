"""Placements done to tiny pipelines on the CPU: what must be the same, and what near."""

import pytest

from support.needs import needs
from support.tiny_models import ask_of, folder_of, fresh, loaded, video_of

torch = needs("torch")
diffusers = needs("diffusers")
accelerate = needs("accelerate")

from songreel.generation.diffusion import exact, placing, quantise  # noqa: E402
from songreel.generation.diffusion.family import Weights  # noqa: E402
from songreel.generation.diffusion.ladder import placed  # noqa: E402
from songreel.generation.diffusion.spread import Bringer, spread  # noqa: E402
from songreel.models.errors import InvalidInput, MachineError  # noqa: E402

MODELS = ("tiny-mochi", "tiny-ltx", "tiny-hunyuan", "tiny-wan")
CPU = ("cpu",)


def whole(name, **more):
    """The clip of the pipeline as it was loaded."""
    return video_of(name, loaded(name)[1], ask_of(name, **more))


@pytest.mark.parametrize("name", [*MODELS, "tiny-wan-i2v", "tiny-wan-flf", "tiny-svd"])
def test_group_offload_gives_the_same_bits_and_can_be_undone(name):
    family, pipe = fresh(name)
    placing.place(pipe, family, placed(CPU, "released", "group"))
    assert torch.equal(video_of(name, pipe, ask_of(name)), whole(name))
    placing.release(pipe)
    hooks = [m for part in pipe.components.values() if isinstance(part, torch.nn.Module)
             for m in part.modules() if getattr(m, "_diffusers_hook", None)
             and m._diffusers_hook.hooks]  # fmt: skip
    assert not hooks
    assert torch.equal(video_of(name, pipe, ask_of(name)), whole(name))


@pytest.mark.parametrize("name", ["tiny-mochi", "tiny-hunyuan"])
def test_placements_go_with_the_exact_rewrite(name):
    def made(storage, offload):
        family, pipe = fresh(name)
        exact.speed_up(pipe, family)
        placing.place(pipe, family, placed(CPU, storage, offload))
        return video_of(name, pipe, ask_of(name))

    assert torch.equal(made("released", "group"), made("released", "none"))
    assert torch.equal(made("fp8", "group"), made("fp8", "none"))


@pytest.mark.parametrize("name", ["tiny-mochi", "tiny-wan", "tiny-svd"])
def test_layers_that_come_one_by_one_give_the_same_bits(name):
    # What `enable_sequential_cpu_offload` does, which takes no processor for a device.
    family, pipe = fresh(name)
    exact.speed_up(pipe, family)
    was = video_of(name, pipe, ask_of(name))
    for network in pipe.components.values():
        if isinstance(network, torch.nn.Module):
            own = len(network._parameters) > 0
            accelerate.cpu_offload(network, torch.device("cpu"), offload_buffers=own)
    assert next(pipe.vae.parameters()).device.type == "meta"
    assert torch.equal(video_of(name, pipe, ask_of(name)), was)
    placing.release(pipe)
    assert next(pipe.vae.parameters()).device.type == "cpu"
    assert torch.equal(video_of(name, pipe, ask_of(name)), was)


@pytest.mark.parametrize("name", MODELS)
def test_fp8_stores_a_quarter_and_stays_near(name):
    family, pipe = fresh(name)
    before = sum(p.numel() * p.element_size() for p in pipe.transformer.parameters())
    placing.place(pipe, family, placed(CPU, "fp8"))
    stored = {p.dtype for p in pipe.transformer.parameters()}
    after = sum(p.numel() * p.element_size() for p in pipe.transformer.parameters())
    assert torch.float8_e4m3fn in stored
    # What keeps its precision (norms, first and last projections) is large in tiny models only.
    assert after < 0.75 * before
    found, was = video_of(name, pipe, ask_of(name)), whole(name)
    assert torch.isfinite(found).all()
    # Three bits of mantissa: values of the picture, -1 to 1, move by a few hundredths on average.
    assert 0 < (found - was).abs().mean() < 0.1


def test_placing_casts_once():
    family, pipe = fresh("tiny-ltx")
    for _ in range(2):
        placing.place(pipe, family, placed(CPU, "fp8"))
    assert torch.isfinite(video_of("tiny-ltx", pipe, ask_of("tiny-ltx"))).all()


@pytest.mark.parametrize("name", MODELS)
def test_tiles_of_a_small_clip_change_nothing(name):
    family, pipe = fresh(name)
    placing.place(pipe, family, placed(CPU, "released", tiling=True))
    assert pipe.vae.use_tiling
    # A picture smaller than one tile is decoded whole.
    assert (video_of(name, pipe, ask_of(name)) - whole(name)).abs().max() < 1e-5
    placing.release(pipe)
    assert not pipe.vae.use_tiling


def test_tiles_of_mochi_are_decoded_in_time_as_they_are_whole():
    family, pipe = fresh("tiny-mochi")
    latents = torch.randn(1, 12, 4, 8, 10, generator=torch.Generator().manual_seed(3))
    sizes = {"tile_sample_min_height": 32, "tile_sample_min_width": 32,
             "tile_sample_stride_height": 24, "tile_sample_stride_width": 24}  # fmt: skip
    pipe.vae.enable_tiling(**sizes)
    with torch.inference_mode():
        long = pipe.vae.decode(latents, return_dict=False)[0]
    exact.speed_up(pipe, family)
    placing.tile(pipe.vae)
    pipe.vae.enable_tiling(**sizes)
    assert pipe.vae.use_framewise_decoding
    with torch.inference_mode():
        short = pipe.vae.decode(latents, return_dict=False)[0]
    assert (long - short).abs().max() < 1e-5


@pytest.mark.parametrize("offload", ["model", "sequential"])
def test_what_moves_weights_to_a_gpu_is_refused_on_the_processor(offload):
    family, pipe = fresh("tiny-wan")
    with pytest.raises(InvalidInput, match=rf"{offload}-offload\+cpu moves .* processor"):
        placing.place(pipe, family, placed(CPU, "released", offload))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_one_sentence():
    family, pipe = fresh("tiny-wan")
    with pytest.raises(MachineError, match=r"no cuda:0 here: .*--devices cpu"):
        placing.place(pipe, family, placed(("cuda:0",), "released"))


@pytest.mark.parametrize("name", MODELS)
def test_layers_dealt_out_give_the_same_bits(name):
    # Both devices are the processor: what is checked is that hooks hand everything on.
    family, pipe = fresh(name)
    placing.place(pipe, family, placed(("cpu", "cpu"), "released", split="layers"))
    assert torch.equal(video_of(name, pipe, ask_of(name)), whole(name))
    placing.release(pipe)
    assert not any(m._forward_pre_hooks for m in pipe.transformer.modules())


@pytest.mark.parametrize("name", MODELS)
def test_blocks_go_where_they_were_dealt(name):
    family, pipe = fresh(name)
    denoiser, lists = pipe.transformer, family.blocks(pipe.transformer)
    blocks = [block for each in lists for block in getattr(denoiser, each)]
    spread(denoiser, lists, ("cpu", "meta"), [1, len(blocks) - 1])
    homes = [next(block.parameters()).device.type for block in blocks]
    assert homes == ["cpu"] + ["meta"] * (len(blocks) - 1)
    inside = {id(p) for block in blocks for p in block.parameters()}
    assert {p.device.type for p in denoiser.parameters() if id(p) not in inside} == {"cpu"}
    # A block on another device gets what it is given there.
    hidden = torch.ones(2)
    seen = Bringer().bring({"a": (hidden, [hidden]), "b": 3}, torch.device("meta"))
    assert seen["a"][0].device.type == seen["a"][1][0].device.type == "meta"
    assert seen["b"] == 3


def test_a_tensor_that_many_blocks_take_is_copied_once_and_forgotten():
    bringer, meta = Bringer(), torch.device("meta")
    table = torch.ones(3)
    first = bringer.bring(table, meta)
    assert bringer.bring(table, meta) is first
    table += 1
    assert bringer.bring(table, meta) is not first
    del table
    assert not bringer._copies


def test_int8_of_torchao_loads_and_stays_near():
    needs("torchao")
    family, _ = fresh("tiny-wan")
    pipe = family.load(Weights(folder_of("tiny-wan")), "int8")
    pipe.set_progress_bar_config(disable=True)
    kinds = {type(p.data).__name__ for p in pipe.transformer.parameters()}
    assert any("Int8" in kind or "Quantized" in kind for kind in kinds)
    placing.place(pipe, family, placed(CPU, "int8"))
    found = video_of("tiny-wan", pipe, ask_of("tiny-wan"))
    assert 0 < (found - whole("tiny-wan")).abs().mean() < 0.05


def test_nothing_is_quantised_unasked():
    family, _ = fresh("tiny-wan")
    for storage in ("released", "bf16", "fp8", "gguf"):
        assert quantise.config(storage, family) is None


@pytest.mark.parametrize(("storage", "library"), [("int8", "torchao"), ("nf4", "bitsandbytes")])
def test_a_missing_library_is_one_sentence(storage, library, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setitem(sys.modules, f"{library}.quantization", None)
    with pytest.raises(MachineError, match=rf"{storage} needs {library}: pip install"):
        quantise.config(storage, fresh("tiny-wan")[0])
