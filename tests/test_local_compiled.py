"""Denoisers compiled: once for a shape, inside of hooks, to the same picture."""

import pytest

from support.needs import needs

torch = needs("torch")
needs("diffusers")


from songreel.generation.diffusion import (  # noqa: E402
    compiled,
    exact,
)
from songreel.generation.diffusion.parallel.split import split  # noqa: E402
from songreel.generation.diffusion.placement import Placement  # noqa: E402
from support.speed import CPU, SUMS, Counting, apart  # noqa: E402
from support.tiny_models import ask_of, folder_of, fresh, latents_of, loaded  # noqa: E402

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
