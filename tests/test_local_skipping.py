"""Approximations: what is skipped in each family, and products in 8-bit floats."""

from types import SimpleNamespace

import pytest

from support.needs import needs

torch = needs("torch")
needs("diffusers")

from diffusers.hooks import HookRegistry  # noqa: E402
from diffusers.hooks.hooks import CacheContext, _set_cache_context  # noqa: E402
from torch import nn  # noqa: E402

from songreel.generation.diffusion import (  # noqa: E402
    approximate,
    compiled,
    exact,
)
from songreel.generation.diffusion.fp8 import Fp8Linear, require, rounded  # noqa: E402
from songreel.generation.diffusion.pyramid import broadcast  # noqa: E402
from songreel.models.errors import InvalidInput  # noqa: E402
from support.speed import CPU, SUMS, Counting, apart  # noqa: E402
from support.tiny_models import ask_of, fresh, latents_of, loaded  # noqa: E402


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
