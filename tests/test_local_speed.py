"""Faster at the same picture: rewrites against diffusers' own, compiled against not, in pieces."""

import copy
import gc
import importlib
import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from support.needs import needs

torch = needs("torch")
needs("diffusers")

from diffusers import HunyuanVideoTransformer3DModel, MochiTransformer3DModel  # noqa: E402
from diffusers.hooks import HookRegistry  # noqa: E402
from diffusers.hooks.hooks import CacheContext, _set_cache_context  # noqa: E402
from torch import nn  # noqa: E402

from songreel.generation.diffusion import (  # noqa: E402
    approximate,
    compiled,
    exact,
    framewise,
    hunyuan_attention,
    mochi_attention,
)
from songreel.generation.diffusion.fp8 import Fp8Linear, require, rounded  # noqa: E402
from songreel.generation.diffusion.parallel.split import split  # noqa: E402
from songreel.generation.diffusion.placement import Placement  # noqa: E402
from songreel.generation.diffusion.pyramid import broadcast  # noqa: E402
from songreel.models.errors import InvalidInput  # noqa: E402
from support.tiny_models import ask_of, folder_of, fresh, latents_of, loaded, video_of  # noqa: E402

CPU = Placement(name="whole", devices=("cpu",))
SUMS = 1e-5
"""float32 sums in another order, through all layers and steps; of the largest value."""


def apart(made, as_released):
    """The largest difference, as a share of the largest value."""
    return float((made.float() - as_released.float()).abs().max() / as_released.abs().max())


def mochi(seed=0):
    torch.manual_seed(seed)
    made = MochiTransformer3DModel(
        patch_size=2, num_attention_heads=2, attention_head_dim=8, num_layers=3,
        pooled_projection_dim=16, in_channels=12, text_embed_dim=32, time_embed_dim=4,
        max_sequence_length=16,
    ).eval()  # fmt: skip
    nn.init.normal_(made.pos_frequencies)
    return made


def hunyuan(kind=None):
    torch.manual_seed(0)
    return HunyuanVideoTransformer3DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=10, num_layers=2,
        num_single_layers=2, num_refiner_layers=1, patch_size=1, patch_size_t=1, text_embed_dim=16,
        pooled_projection_dim=8, rope_axes_dim=(2, 4, 4), image_condition_type=kind,
        guidance_embeds=kind is None,
    ).eval()  # fmt: skip


def asked_of_mochi(seed, lengths, size=(3, 8, 12), dtype=torch.float32):
    """Two samples with texts of `lengths`; what is masked out holds noise that must not matter."""
    drawn = torch.Generator().manual_seed(seed)
    mask = torch.arange(16)[None] < torch.tensor(lengths)[:, None]
    return {
        "hidden_states": torch.randn(2, 12, *size, generator=drawn).to(dtype),
        "encoder_hidden_states": torch.randn(2, 16, 32, generator=drawn).to(dtype),
        "timestep": torch.full((2,), 1000 * torch.rand((), generator=drawn)).to(dtype),
        "encoder_attention_mask": mask,
    }


def asked_of_hunyuan(seed, lengths, dtype=torch.float32, guidance=True):
    drawn = torch.Generator().manual_seed(seed)
    mask = torch.arange(16)[None] < torch.tensor(lengths)[:, None]
    return {
        "hidden_states": torch.randn(2, 4, 3, 4, 6, generator=drawn).to(dtype),
        "timestep": torch.full((2,), 500.0).to(dtype),
        "encoder_hidden_states": torch.randn(2, 16, 16, generator=drawn).to(dtype),
        "encoder_attention_mask": mask.long(),
        "pooled_projections": torch.randn(2, 8, generator=drawn).to(dtype),
        "guidance": torch.full((2,), 6000.0).to(dtype) if guidance else None,
    }


def result(model, asked):
    with torch.inference_mode():
        return model(**asked, return_dict=False)[0]


class Counting:
    """A backend of torch.compile that counts graphs and runs them as they are."""

    def __init__(self):
        torch._dynamo.reset()
        self.graphs = 0

    def __call__(self, graph, _inputs):
        self.graphs += 1
        return graph.forward


# Mochi


@pytest.mark.parametrize("lengths", [(1, 16), (5, 9), (0, 7), (0, 1), (16, 16), (0, 0)])
@pytest.mark.parametrize("size", [(1, 2, 2), (2, 6, 4), (3, 8, 12)])
def test_mochi_without_masks_is_mochi(lengths, size):
    stock, ours = mochi(), mochi()
    mochi_attention.narrow(ours)
    for seed in range(2):
        asked = asked_of_mochi(seed, lengths, size)
        assert apart(result(ours, asked), result(stock, asked)) < SUMS


def test_in_bf16_it_is_as_near_to_the_truth_as_the_stock_one():
    """Both round at every operation: neither is the other's truth, float32 is for both."""
    stock, ours, true = mochi().bfloat16(), mochi().bfloat16(), mochi()
    mochi_attention.narrow(ours)
    true.load_state_dict(stock.float().state_dict())
    stock.bfloat16()
    errors = {"stock": 0.0, "ours": 0.0}
    for seed in range(4):
        asked = asked_of_mochi(seed, (3, 11), dtype=torch.bfloat16)
        exactly = result(
            true, {k: v.float() if v.is_floating_point() else v for k, v in asked.items()}
        )
        for name, model in (("stock", stock), ("ours", ours)):
            errors[name] += float((result(model, asked).float() - exactly).square().mean())
    assert errors["ours"] < 1.1 * errors["stock"]


@pytest.mark.parametrize("negative", ["", "blurry, dark"])
def test_clips_of_mochi_are_the_stock_pipelines_over_all_steps(negative):
    _, stock = loaded("tiny-mochi")
    family, ours = fresh("tiny-mochi")
    assert exact.speed_up(ours, family)
    ask = ask_of("tiny-mochi", negative=negative, steps=6, frames=13)
    assert apart(latents_of("tiny-mochi", ours, ask), latents_of("tiny-mochi", stock, ask)) < SUMS


def test_what_depends_on_the_text_alone_is_computed_once_a_clip():
    family, pipe = fresh("tiny-mochi")
    exact.speed_up(pipe, family)
    embed, count = pipe.transformer.time_embed, []
    embed.pooler.register_forward_hook(lambda *_: count.append("pooled"))
    embed.caption_proj.register_forward_hook(lambda *_: count.append("projected"))
    pipe.transformer.rope.register_forward_hook(lambda *_: count.append("table"))
    ask = ask_of("tiny-mochi", steps=4)
    one = latents_of("tiny-mochi", pipe, ask)
    assert sorted(count) == ["pooled", "pooled", "projected", "projected", "table"]
    gc.collect()
    assert pipe.transformer._clip is None, "nothing of a clip is kept while it is decoded"
    assert torch.equal(one, latents_of("tiny-mochi", pipe, ask))
    other = latents_of("tiny-mochi", pipe, replace(ask, prompt="snow on a roof"))
    assert len(count) == 15
    assert not torch.equal(one, other)


def test_a_text_that_was_changed_in_place_is_read_again():
    ours = mochi()
    mochi_attention.narrow(ours)
    asked = asked_of_mochi(0, (4, 9))
    with torch.no_grad():
        before = ours(**asked, return_dict=False)[0]
        asked["encoder_hidden_states"].mul_(3)
        after = ours(**asked, return_dict=False)[0]
        fresh_text = asked | {"encoder_hidden_states": asked["encoder_hidden_states"].clone()}
        assert torch.equal(after, ours(**fresh_text, return_dict=False)[0])
    assert not torch.equal(before, after)


def test_mochi_is_one_graph_where_the_stock_one_breaks_ten_times():
    stock, ours = mochi(), mochi()
    stock.transformer_blocks = stock.transformer_blocks[1:]  # two layers, as in the reference
    mochi_attention.narrow(ours)
    asked = asked_of_mochi(0, (4, 9))
    torch._dynamo.reset()
    with torch.no_grad():
        assert torch._dynamo.explain(stock)(**asked).graph_break_count == 10
    backend = Counting()
    family, pipe = SimpleNamespace(), SimpleNamespace(transformer=ours)
    family = loaded("tiny-mochi")[0]
    compiled.compile_denoisers(pipe, family, CPU, wanted=True, whole=True, backend=backend)
    reference = mochi()
    assert apart(result(ours, asked), result(reference, asked)) < SUMS
    assert backend.graphs == 1, "fullgraph: a break would have been an error"


def test_weights_names_saving_and_copies_stay_those_of_diffusers(tmp_path):
    ours = mochi()
    before = {name: each.shape for name, each in ours.state_dict().items()}
    mochi_attention.narrow(ours)
    assert {name: each.shape for name, each in ours.state_dict().items()} == before
    ours.save_pretrained(tmp_path)
    asked = asked_of_mochi(1, (2, 8))
    again = MochiTransformer3DModel.from_pretrained(tmp_path)
    assert apart(result(ours, asked), result(again, asked)) < SUMS
    assert torch.equal(result(ours, asked), result(copy.deepcopy(ours), asked))


def test_a_lora_that_was_added_before_counts_and_can_be_scaled_after():
    peft = needs("peft")
    outcomes = []
    for rewrite in (False, True):
        family, pipe = fresh("tiny-mochi")
        torch.manual_seed(5)
        pipe.transformer.add_adapter(
            peft.LoraConfig(r=2, target_modules=["to_q", "to_v"], init_lora_weights=False), "one"
        )
        if rewrite:
            exact.speed_up(pipe, family)
        ask = ask_of("tiny-mochi")
        outcomes.append([])
        for scale in (1.0, 0.5):
            pipe.transformer.set_adapters(["one"], [scale])
            outcomes[-1].append(latents_of("tiny-mochi", pipe, ask))
    (full, half), (our_full, our_half) = outcomes
    assert apart(our_full, full) < SUMS
    assert apart(our_half, half) < SUMS
    assert apart(half, full) > 100 * SUMS


@pytest.mark.parametrize("level", ["block_level", "leaf_level"])
def test_it_works_with_weights_that_are_brought_group_by_group(level):
    family, pipe = fresh("tiny-mochi")
    exact.speed_up(pipe, family)
    groups = {"num_blocks_per_group": 1} if level == "block_level" else {}
    cpu = torch.device("cpu")
    pipe.transformer.enable_group_offload(
        onload_device=cpu, offload_device=cpu, offload_type=level, **groups
    )
    ask = ask_of("tiny-mochi")
    _, stock = loaded("tiny-mochi")
    assert apart(latents_of("tiny-mochi", pipe, ask), latents_of("tiny-mochi", stock, ask)) < SUMS


def test_other_families_are_left_as_they_are():
    family, pipe = fresh("tiny-ltx")
    kind = type(pipe.transformer)
    assert not any("mask" in done for done in exact.speed_up(pipe, family))
    assert type(pipe.transformer) is kind


# HunyuanVideo


@pytest.mark.parametrize("kind", [None, "token_replace"])
@pytest.mark.parametrize("lengths", [(5, 9), (16, 1), (3, 16)])
def test_hunyuan_without_masks_is_hunyuan(kind, lengths):
    stock, ours = hunyuan(kind), hunyuan(kind)
    hunyuan_attention.narrow(ours)
    for seed in range(2):
        asked = asked_of_hunyuan(seed, lengths, guidance=kind is None)
        assert apart(result(ours, asked), result(stock, asked)) < SUMS


def test_clips_of_hunyuan_are_the_stock_pipelines_over_all_steps():
    _, stock = loaded("tiny-hunyuan")
    family, ours = fresh("tiny-hunyuan")
    masks = []
    exact.speed_up(ours, family)
    for block in (
        *ours.transformer.transformer_blocks,
        *ours.transformer.single_transformer_blocks,
    ):
        block.register_forward_pre_hook(lambda _module, inputs: masks.append(inputs[3]))
    ask = ask_of("tiny-hunyuan", steps=4)
    made = latents_of("tiny-hunyuan", ours, ask)
    assert apart(made, latents_of("tiny-hunyuan", stock, ask)) < SUMS
    assert set(masks) == {None}


# Mochi's decoder


@pytest.mark.parametrize("times", [1, 2, 3, 5])
def test_pieces_of_any_length_are_the_whole_clip(times):
    _, pipe = loaded("tiny-mochi")
    vae = copy.deepcopy(pipe.vae)
    latents = torch.randn(1, 12, times, 4, 6, generator=torch.manual_seed(times))
    with torch.inference_mode():
        whole = pipe.vae.decode(latents).sample
    framewise.remembering(vae)
    with torch.inference_mode():
        assert torch.equal(vae.decode(latents).sample, whole)
    for at_once in (1, 2, 3):
        pieces = list(framewise.decoded(vae, latents, at_once))
        assert len(pieces) == -(-times // at_once)
        made = torch.cat(pieces, dim=2)
        assert made.shape == whole.shape == (1, 3, 6 * times - 5, 32, 48)
        assert apart(made, whole) < SUMS


def test_what_diffusers_calls_framewise_is_another_picture():
    """The reason for doing it here: were this mended in diffusers, ours could go."""
    _, pipe = loaded("tiny-mochi")
    vae = copy.deepcopy(pipe.vae)
    latents = torch.randn(1, 12, 5, 4, 6, generator=torch.manual_seed(0))
    with torch.inference_mode():
        whole = vae.decode(latents).sample
        vae.use_framewise_decoding = True
        assert apart(vae.decode(latents).sample, whole) > 0.1


def test_clips_of_mochi_are_decoded_in_pieces_and_in_tiles_when_told():
    family, pipe = fresh("tiny-mochi")
    exact.speed_up(pipe, family)
    ask = ask_of("tiny-mochi", frames=13)
    latents = latents_of("tiny-mochi", pipe, ask)
    shapes = [tuple(piece.shape) for piece in family.video(pipe, latents, ask)]
    assert shapes == [(1, 3, 1, 64, 96), (1, 3, 6, 64, 96), (1, 3, 6, 64, 96)]
    _, stock = loaded("tiny-mochi")
    assert apart(video_of("tiny-mochi", pipe, ask), video_of("tiny-mochi", stock, ask)) < 1e-4
    pipe.vae.enable_tiling()
    assert not framewise.ready(pipe.vae)
    assert len(list(family.video(pipe, latents, ask))) == 1


# Compiled


PROMPTS = ("a red fox runs", "snow", "a lamp", "rain on a road")
"""Of several lengths of text."""


@pytest.mark.parametrize(
    ("name", "graphs"), [("tiny-mochi", 2), ("tiny-ltx", 1), ("tiny-hunyuan", 2), ("tiny-wan", 1)]
)
def test_clips_of_one_shape_are_compiled_once_whatever_their_words(name, graphs):
    """A graph a kind of block (Mochi's last has no text; Hunyuan's have two streams or one)."""
    family, pipe = fresh(name)
    _, stock = loaded(name)
    exact.speed_up(pipe, family)
    backend = Counting()
    done = compiled.compile_denoisers(pipe, family, CPU, wanted=True, backend=backend)
    assert done
    assert not done.note
    for prompt in PROMPTS:
        ask = ask_of(name, prompt=prompt)
        made = latents_of(name, pipe, ask)
        assert apart(made, latents_of(name, stock, ask)) < SUMS
        assert backend.graphs == graphs
    # A test of the length alone: another shape is compiled anew.
    larger = ask_of(name, frames=family.recipe.grid.low + family.recipe.grid.step)
    latents_of(name, pipe, larger)
    assert backend.graphs == 2 * graphs


def test_hooks_on_blocks_stay_around_what_is_compiled():
    family, pipe = fresh("tiny-mochi")
    exact.speed_up(pipe, family)
    cpu = torch.device("cpu")
    pipe.transformer.enable_group_offload(
        onload_device=cpu, offload_device=cpu, offload_type="block_level", num_blocks_per_group=1
    )
    backend, passed = Counting(), []
    group = Placement(name="group-offload", devices=("cpu",), offload="group")
    done = compiled.compile_denoisers(pipe, family, group, wanted=True, backend=backend)
    assert done
    ask = ask_of("tiny-mochi")
    first = latents_of("tiny-mochi", pipe, ask)
    for block in pipe.transformer.transformer_blocks:  # as progress and stopping do
        block.register_forward_pre_hook(lambda *_: passed.append(1))
    assert torch.equal(first, latents_of("tiny-mochi", pipe, ask))
    assert len(passed) == 2 * 2 * ask.steps
    assert backend.graphs == 2
    _, stock = loaded("tiny-mochi")
    assert apart(first, latents_of("tiny-mochi", stock, ask)) < SUMS


def test_what_cannot_be_compiled_is_said_and_still_runs():
    family, pipe = fresh("tiny-mochi")
    cpu = torch.device("cpu")
    pipe.transformer.enable_group_offload(
        onload_device=cpu, offload_device=cpu, offload_type="leaf_level"
    )
    group = Placement(name="group-offload", devices=("cpu",), offload="group")
    done = compiled.compile_denoisers(pipe, family, group, wanted=True)
    assert not done
    assert done.note.startswith("not compiled: group offloading takes hold between the layers")
    sequential = Placement(name="sequential-offload", devices=("cpu",), offload="sequential")
    note = compiled.compile_denoisers(pipe, family, sequential, wanted=True).note
    assert note == "not compiled: sequential offload moves each layer by itself"
    latents_of("tiny-mochi", pipe, ask_of("tiny-mochi"))


@pytest.mark.parametrize("wanted", [None, False])
def test_nothing_is_compiled_unasked_on_the_cpu(wanted):
    family, pipe = fresh("tiny-mochi")
    assert compiled.compile_denoisers(pipe, family, CPU, wanted=wanted) == compiled.Compiled(0)


def test_on_gpus_it_is_done_unasked_where_weights_stay():
    family, _ = loaded("tiny-mochi")
    on_gpu = {"name": "whole", "devices": ("cuda:0",)}
    assert compiled._pays(family, Placement(**on_gpu))
    assert compiled._pays(family, Placement(**on_gpu, offload="model"))
    assert not compiled._pays(family, Placement(**on_gpu, offload="group"))


@pytest.mark.slow
def test_generated_code_gives_the_picture_and_is_kept(tmp_path, monkeypatch):
    """With the real backend: a C++ compiler here, Triton on GPUs."""
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)
    torch._dynamo.reset()
    family, pipe = fresh("tiny-mochi")
    _, stock = loaded("tiny-mochi")
    exact.speed_up(pipe, family)
    before = compiled.seconds_spent()
    compiled.compile_denoisers(pipe, family, CPU, tmp_path, wanted=True)
    ask = ask_of("tiny-mochi")
    made = latents_of("tiny-mochi", pipe, ask)
    assert apart(made, latents_of("tiny-mochi", stock, ask)) < SUMS
    assert compiled.seconds_spent() > before
    assert list((tmp_path / "models" / "compiled").rglob("*.so"))


# Approximations


def calls_of_attention(family, pipe):
    """A list that grows with each call of a block's attention of the picture with itself."""
    calls = []

    def counted(processor):
        def call(*inputs, **more):
            calls.append(1)
            return processor(*inputs, **more)

        return call

    for denoiser in family.denoisers(pipe):
        for name in family.blocks(denoiser):
            for block in getattr(denoiser, name):
                attention = getattr(block, "attn1", None) or block.attn
                attention.processor = counted(attention.processor)
    return calls


STEPS = 10
SKIPPING = {
    # After 3 steps every 2nd: steps 3, 5, 7 and 9 of 0 to 9 are not computed.
    "taylor-seer": {"tiny-mochi": 0.6, "tiny-ltx": 0.6, "tiny-hunyuan": 0.6, "tiny-wan": 0.6},
    # Every 2nd between times 800 and 100, where each schedule has more or fewer of its steps.
    "pyramid-attention": {
        "tiny-mochi": 0.9, "tiny-ltx": 0.9, "tiny-hunyuan": 0.8, "tiny-wan": 0.7,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ["tiny-mochi", "tiny-ltx", "tiny-hunyuan", "tiny-wan"])
@pytest.mark.parametrize("way", SKIPPING)
def test_what_skips_skips_in_every_family_and_every_clip_alike(name, way):
    ask = ask_of(name, steps=STEPS)
    counts = {}
    for names in ((), (way,)):
        family, pipe = fresh(name)
        exact.speed_up(pipe, family)
        assert approximate.apply(pipe, family, names) == tuple(map(approximate.label, names))
        calls = calls_of_attention(family, pipe)
        first = latents_of(name, pipe, ask)
        counts[names] = len(calls)
        assert torch.equal(first, latents_of(name, pipe, ask)), "no clip begins with another's"
        assert len(calls) == 2 * counts[names]
        counts[(*names, "latents")] = first
    assert counts[(way,)] == round(SKIPPING[way][name] * counts[()])
    assert not torch.equal(counts[(way, "latents")], counts[("latents",)])


@pytest.mark.parametrize("name", ["tiny-mochi", "tiny-ltx", "tiny-hunyuan", "tiny-wan"])
def test_the_first_block_decides_for_the_others(name, monkeypatch):
    """At a threshold above every change only the first step of a pass is computed whole."""
    monkeypatch.setattr(approximate, "_THRESHOLD", 1e9)
    family, pipe = fresh(name)
    exact.speed_up(pipe, family)
    approximate.apply(pipe, family, ("first-block-cache",))
    calls = calls_of_attention(family, pipe)
    latents_of(name, pipe, ask_of(name, steps=STEPS))
    blocks = sum(len(getattr(pipe.transformer, each)) for each in family.blocks(pipe.transformer))
    passes = 2 if name in ("tiny-mochi", "tiny-wan") else 1
    assert len(calls) == passes * (blocks + (STEPS - 1) * 1)


@pytest.mark.parametrize("way", ["first-block-cache", "taylor-seer"])
def test_what_skips_blocks_can_be_compiled_inside(way):
    family, pipe = fresh("tiny-mochi")
    exact.speed_up(pipe, family)
    approximate.apply(pipe, family, (way,))
    ask = ask_of("tiny-mochi", steps=6)
    before = latents_of("tiny-mochi", pipe, ask)
    backend = Counting()
    assert compiled.compile_denoisers(pipe, family, CPU, wanted=True, backend=backend)
    assert apart(latents_of("tiny-mochi", pipe, ask), before) < SUMS
    assert backend.graphs == 2


def test_kept_attention_is_each_passes_own():
    """Were it shared, guidance would be given one pass's attention for the other's."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.transformer_blocks = nn.ModuleList([nn.Module()])
            self.transformer_blocks[0].attn1 = nn.Identity()

        def forward(self, x):
            return self.transformer_blocks[0].attn1(x)

    def passed(name, value):
        _set_cache_context(model, CacheContext(name))
        return float(model(torch.tensor(value)))

    family, _ = loaded("tiny-mochi")
    model, pipe = Model(), SimpleNamespace(_current_timestep=500)
    broadcast(pipe, model, family, every=2, times=(100, 800))
    seen = [passed(*each) for step in range(4) for each in (("a", 10.0 + step), ("b", 20.0 + step))]
    assert seen == [10, 20, 10, 20, 12, 22, 12, 22]
    pipe._current_timestep = 50
    assert passed("a", 7.0) == 7.0
    pipe._current_timestep = 500
    HookRegistry.check_if_exists_or_initialize(model).reset_stateful_hooks()
    assert passed("a", 8.0) == 8.0


def test_a_model_that_has_no_such_blocks_is_refused():
    family, pipe = fresh("tiny-svd")
    with pytest.raises(InvalidInput, match="does nothing for tiny-svd"):
        approximate.apply(pipe, family, ("taylor-seer",))


# fp8


def layers():
    torch.manual_seed(0)
    made = nn.ModuleDict({
        "to_q": nn.Linear(64, 128), "norm1": nn.ModuleDict({"linear": nn.Linear(64, 64)}),
        "odd": nn.Linear(10, 16),
    })  # fmt: skip
    return made.bfloat16()


def test_products_in_fp8_are_near_and_odd_or_small_layers_stay():
    made, stock = layers(), layers()
    assert rounded(made) == 1
    assert isinstance(made["to_q"], Fp8Linear)
    assert type(made["odd"]) is type(made["norm1"]["linear"]) is nn.Linear
    x = torch.randn(3, 5, 64).bfloat16()
    near, truth = made["to_q"](x), stock["to_q"](x)
    assert near.dtype == truth.dtype
    assert near.shape == truth.shape
    error = (near - truth).float().norm() / truth.float().norm()
    assert 0 < error < 0.06, "e4m3 has four binary digits: 2^-4 at most, less over a sum"
    assert made["to_q"].weight.element_size() == 1


def test_fp8_is_one_graph():
    made = layers()
    rounded(made)
    x = torch.randn(4, 64).bfloat16()
    graph = torch.compile(made["to_q"], fullgraph=True, backend=Counting())
    assert torch.equal(graph(x), made["to_q"](x))


def test_fp8_beneath_a_lora_keeps_the_lora():
    peft = needs("peft")
    model = nn.Sequential(nn.Linear(32, 32)).bfloat16()
    wrapped = peft.get_peft_model(
        model, peft.LoraConfig(r=4, target_modules=["0"], init_lora_weights=False)
    )
    x = torch.randn(6, 32).bfloat16()
    before = wrapped(x)
    assert rounded(wrapped) == 1
    after = wrapped(x)
    assert 0 < (after - before).float().norm() / before.float().norm() < 0.06


def test_weights_that_are_quantised_already_are_refused():
    class Int4Linear(nn.Linear):
        pass

    with pytest.raises(InvalidInput, match="not Int4Linear: choose a placement"):
        rounded(nn.Sequential(Int4Linear(16, 16)))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_fp8_without_a_gpu_is_refused():
    with pytest.raises(InvalidInput, match="there is none here"):
        require()


@pytest.mark.gpu
def test_generated_code_on_the_gpu_gives_the_picture():
    folder_of("tiny-mochi")
    family, pipe = fresh("tiny-mochi")
    _, stock = loaded("tiny-mochi")
    exact.speed_up(pipe, family)
    pipe.to("cuda")
    done = compiled.compile_denoisers(
        pipe, family, Placement(name="whole", devices=("cuda:0",)), wanted=True
    )
    assert done
    ask = ask_of("tiny-mochi")
    made = latents_of("tiny-mochi", pipe, ask).cpu()
    # TF32 is off by default for products, not for convolutions.
    assert apart(made, latents_of("tiny-mochi", stock, ask)) < 1e-3


def test_the_benchmark_runs_on_tiny_models(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks" / "gpu"))
    lines = tmp_path / "lines.jsonl"
    monkeypatch.setattr(
        "sys.argv",
        ["run.py", "--tiny", "--graph", "none", "--device", "cpu", "--model", "mochi",
         "--out", str(lines)],
    )  # fmt: skip
    importlib.import_module("run").main()
    rows = {row["what"]: row for row in map(json.loads, lines.read_text().splitlines())}
    assert list(rows) == ["machine", "built", "stock", "stock decoding", "exact", "our decoding"]
    assert rows["exact"]["difference_max"] < SUMS
    assert rows["exact"]["difference_of_one_pass"]["difference_max"] < SUMS
    assert rows["stock"]["tflop_a_step"] > 0
    assert rows["our decoding"]["frames"] == rows["stock decoding"]["frames"] == 13
    assert "what=exact" in capsys.readouterr().out


@pytest.fixture
def hopper(monkeypatch):
    """As if there were one, until something is computed on it; the order is put back."""
    before = torch._C._get_sdp_priority_order()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _card=0: (9, 0))
    monkeypatch.setattr(exact, "_HELD", ExitStack())
    yield monkeypatch
    exact._HELD.close()
    assert torch._C._get_sdp_priority_order() == before


@pytest.mark.usefixtures("hopper")
def test_on_hopper_cudnn_comes_first_and_others_stay_possible():
    family, pipe = fresh("tiny-ltx")
    assert exact.speed_up(pipe, family) == ("cuDNN's attention kernel before others",)
    order = torch._C._get_sdp_priority_order()
    assert order[0] == int(torch.nn.attention.SDPBackend.CUDNN_ATTENTION)
    latents_of("tiny-ltx", loaded("tiny-ltx")[1], ask_of("tiny-ltx"))


def test_on_older_cards_torchs_own_order_stands(hopper):
    hopper.setattr(torch.cuda, "get_device_capability", lambda _card=0: (8, 0))
    before = torch._C._get_sdp_priority_order()
    family, pipe = fresh("tiny-ltx")
    assert exact.speed_up(pipe, family) == ()
    assert torch._C._get_sdp_priority_order() == before


def test_both_of_a_guidance_pair_are_compiled():
    family, pipe = fresh("tiny-mochi")
    exact.speed_up(pipe, family)
    placement = Placement(name="pair", devices=("cpu", "cpu"), split="guidance")
    split(pipe, family, placement)
    done = compiled.compile_denoisers(pipe, family, placement, wanted=True, backend=Counting())
    assert done.regions == 2 * 2
    _, stock = loaded("tiny-mochi")
    ask = ask_of("tiny-mochi", steps=3)
    assert apart(latents_of("tiny-mochi", pipe, ask), latents_of("tiny-mochi", stock, ask)) < SUMS
