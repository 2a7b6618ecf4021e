"""Faster at the same picture: rewrites against diffusers' own networks and decoder."""

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

from diffusers import MochiTransformer3DModel  # noqa: E402

from songreel.generation.diffusion import (  # noqa: E402
    compiled,
    exact,
    framewise,
    hunyuan_attention,
    mochi_attention,
    sparing,
)
from support.speed import (  # noqa: E402
    CPU,
    SUMS,
    Counting,
    apart,
    asked_of_hunyuan,
    asked_of_mochi,
    hunyuan,
    mochi,
    result,
)
from support.tiny_models import ask_of, fresh, latents_of, loaded, video_of  # noqa: E402

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


def test_svds_sparing_decoder_makes_the_same_picture():
    _, pipe = loaded("tiny-svd")
    stock = copy.deepcopy(pipe.vae)
    for part in stock.decoder.modules():
        if isinstance(
            part, sparing.SparingBlock | sparing.SparingUpsample | sparing.SparingDecoder
        ):
            part.__class__ = type(part).__base__
    latents = torch.randn(5, 4, 9, 13, generator=torch.manual_seed(0))
    with torch.inference_mode():
        whole = stock.decode(latents, num_frames=5).sample
        made = pipe.vae.decode(latents, num_frames=5).sample
    assert any(isinstance(part, sparing.SparingBlock) for part in pipe.vae.decoder.modules())
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


@pytest.mark.parametrize(
    ("cells", "frames"),
    [(10, [1, 6, 6]), (2 * 96, [7, 6]), (1000, [13])],  # a latent frame of 96×64 has 96 cells
)
def test_a_piece_of_mochi_has_few_cells_and_one_latent_frame_at_least(cells, frames, monkeypatch):
    family, pipe = fresh("tiny-mochi")
    exact.speed_up(pipe, family)
    ask = ask_of("tiny-mochi", frames=13)
    latents = latents_of("tiny-mochi", pipe, ask)
    monkeypatch.setattr(framewise, "PIECE", cells)
    shapes = [tuple(piece.shape) for piece in family.video(pipe, latents, ask)]
    assert shapes == [(1, 3, count, 64, 96) for count in frames]


def test_clips_of_mochi_are_decoded_in_pieces_and_in_tiles_when_told():
    family, pipe = fresh("tiny-mochi")
    exact.speed_up(pipe, family)
    ask = ask_of("tiny-mochi", frames=13)
    latents = latents_of("tiny-mochi", pipe, ask)
    _, stock = loaded("tiny-mochi")
    assert apart(video_of("tiny-mochi", pipe, ask), video_of("tiny-mochi", stock, ask)) < 1e-4
    pipe.vae.enable_tiling()
    assert not framewise.ready(pipe.vae)
    assert len(list(family.video(pipe, latents, ask))) == 1


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
