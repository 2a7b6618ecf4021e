import numpy as np
import pytest

from support.hub import asked, serving
from support.needs import needs
from support.tiny_models import NAMES, ask_of, folder_of, fresh, latents_of, loaded, recipe_of

torch = needs("torch")
needs("diffusers")
needs("peft")

from songreel.generation.diffusion import lora  # noqa: E402
from songreel.generation.diffusion.family import Weights  # noqa: E402
from songreel.generation.diffusion.placement import Placement  # noqa: E402
from songreel.generation.diffusion.placing import place  # noqa: E402
from songreel.models.errors import InvalidInput  # noqa: E402
from songreel.models.local import Lora  # noqa: E402

TAKING = [name for name in NAMES if "lora" in recipe_of(name).abilities]


def written(name, folder, seed=0, rank=2, size=0.5):
    """A random LoRA of a tiny model, saved as trainers save them."""
    from peft import LoraConfig, get_peft_model_state_dict

    family, pipe = fresh(name)
    torch.manual_seed(seed)
    denoiser = family.denoisers(pipe)[0]
    denoiser.add_adapter(LoraConfig(r=rank, target_modules=["to_q", "to_k", "to_v"]))
    layers = get_peft_model_state_dict(denoiser)
    layers = {key: torch.randn_like(value) * size for key, value in layers.items()}
    type(pipe).save_lora_weights(folder, transformer_lora_layers=layers)
    return folder / "pytorch_lora_weights.safetensors"


def with_loras(name, *loras):
    family, pipe = fresh(name)
    notices = lora.add(pipe, family, loras)
    return latents_of(name, pipe, ask_of(name)), notices, pipe


@pytest.mark.parametrize("name", TAKING)
def test_a_lora_changes_the_clip_and_at_scale_0_nothing(name, tmp_path):
    path = str(written(name, tmp_path))
    plain = latents_of(name, loaded(name)[1], ask_of(name))
    changed, _, _ = with_loras(name, Lora(path=path))
    again, _, _ = with_loras(name, Lora(path=path))
    none, _, pipe = with_loras(name, Lora(path=path, scale=0))
    assert not torch.equal(plain, changed)
    assert torch.equal(changed, again)
    assert torch.equal(plain, none)
    assert not any("lora" in each for each, _ in pipe.transformer.named_modules())


def test_scales_and_sums_of_loras_are_those_of_their_matrices(tmp_path):
    name = "tiny-wan"
    one, two = written(name, tmp_path / "a", 1), written(name, tmp_path / "b", 2, rank=4)
    half = Lora(path=str(one), scale=0.5)
    both, _, pipe = with_loras(name, half, Lora(path=str(two.parent)))
    layer = pipe.transformer.blocks[0].attn1.to_q
    expected = layer.base_layer.weight.detach().clone()
    from safetensors.torch import load_file

    for path, scale in ((one, 0.5), (two, 1.0)):
        state = load_file(path)
        key = "transformer.blocks.0.attn1.to_q.lora_{}.weight"
        # The rank divides out: alpha is the rank where a file says nothing.
        expected += scale * state[key.format("B")] @ state[key.format("A")]
    x = torch.randn(3, 24)
    merged = torch.nn.functional.linear(x, expected, layer.base_layer.bias)
    assert torch.allclose(layer(x), merged, atol=1e-5)
    alone, _, _ = with_loras(name, half)
    assert not torch.equal(both, alone)


def test_a_lora_of_another_model_is_refused_by_its_first_foreign_layer(tmp_path):
    path = written("tiny-mochi", tmp_path)
    with pytest.raises(InvalidInput) as caught:
        with_loras("tiny-wan", Lora(path=str(path)))
    assert "is not a LoRA of tiny-wan: it changes time_embed.pooler.to_q" in str(caught.value)
    assert "which the model lacks" in str(caught.value)


def test_a_lora_of_another_size_of_model_is_refused_with_both_widths(tmp_path):
    from safetensors.torch import load_file, save_file

    path = written("tiny-wan", tmp_path)
    state = load_file(path)
    wide = {k: torch.cat([v, v], 1) if "lora_A" in k else v for k, v in state.items()}
    save_file(wide, path)
    with pytest.raises(InvalidInput, match="is 24 wide there, 48 in the LoRA"):
        with_loras("tiny-wan", Lora(path=str(path)))


def test_a_broken_lora_is_refused(tmp_path):
    from safetensors.torch import load_file, save_file

    path = written("tiny-wan", tmp_path)
    state = load_file(path)
    save_file({k: v[:1] if "lora_A" in k else v for k, v in state.items()}, path)
    with pytest.raises(InvalidInput, match="has rank 1, its other half 2"):
        with_loras("tiny-wan", Lora(path=str(path)))
    save_file({k: v for k, v in state.items() if "lora_A" in k}, path)
    with pytest.raises(InvalidInput, match="has no second half"):
        with_loras("tiny-wan", Lora(path=str(path)))
    save_file({"weight": torch.zeros(2)}, path)
    with pytest.raises(InvalidInput, match=r"holds no LoRA|cannot be read as a LoRA"):
        with_loras("tiny-wan", Lora(path=str(path)))
    path.write_bytes(b"not at all")
    with pytest.raises(InvalidInput, match="cannot be read as a LoRA of tiny-wan"):
        with_loras("tiny-wan", Lora(path=str(path)))


def test_where_a_lora_is_looked_for(tmp_path):
    path = written("tiny-wan", tmp_path)
    second = tmp_path / "another.safetensors"
    assert lora.files(Lora(path=str(tmp_path)), None, lambda *_: None) == [path]
    second.write_bytes(path.read_bytes())
    assert lora.files(Lora(path=str(tmp_path)), None, lambda *_: None) == [path]
    path.rename(tmp_path / "one.safetensors")
    with pytest.raises(InvalidInput, match=r"holds 2 LoRAs \(another.safetensors, one\.saf"):
        lora.files(Lora(path=str(tmp_path)), None, lambda *_: None)
    with pytest.raises(InvalidInput, match="there is no LoRA '/no/such'"):
        lora.files(Lora(path="/no/such"), None, lambda *_: None)
    (tmp_path / "old.bin").write_bytes(b"")
    with pytest.raises(InvalidInput, match="could run code"):
        lora.files(Lora(path=str(tmp_path / "old.bin")), None, lambda *_: None)


def test_a_lora_goes_to_both_denoisers_unless_its_name_says_to_which(tmp_path):
    name = "tiny-wan-i2v"
    path = written(name, tmp_path / "both")
    _, notices, pipe = with_loras(name, Lora(path=str(path)))
    assert "was added to both denoisers" in notices[0]
    assert pipe.transformer.peft_config.keys() != set()
    assert pipe.transformer_2.peft_config.keys() != set()
    low = tmp_path / "fox_low_noise.safetensors"
    low.write_bytes(path.read_bytes())
    _, notices, pipe = with_loras(name, Lora(path=str(low)))
    assert notices == ()
    assert not getattr(pipe.transformer, "peft_config", {})
    assert pipe.transformer_2.peft_config
    high = tmp_path / "fox-high-noise.safetensors"
    high.write_bytes(path.read_bytes())
    _, notices, pipe = with_loras(name, Lora(path=str(tmp_path)))  # one of each in a folder
    assert notices == ()
    assert pipe.transformer.peft_config
    assert pipe.transformer_2.peft_config


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("me/fox", True), ("me/fox@v2", True), ("me/fox/fox.safetensors", True),
        ("./me/fox", False), ("~/fox", False), ("/me/fox", False), ("fox.safetensors", False),
    ],
)  # fmt: skip
def test_what_can_be_an_id_of_the_hub(text, there):
    assert lora.at_hub(text) is there


def test_what_takes_no_lora_says_so(tmp_path):
    family, pipe = loaded("tiny-svd")
    with pytest.raises(InvalidInput, match="tiny-svd takes no LoRA"):
        lora.add(pipe, family, [Lora(path=str(tmp_path))])


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"split": "layers"}, ""),
        ({"storage": "nf4"}, "group-offload"),
        ({}, ""),
        ({"storage": "fp8"}, ""),
        ({"storage": "int8"}, ""),
        ({"split": "guidance"}, ""),
        ({"split": "context"}, ""),
    ],
)
def test_placements_without_loras_are_refused_with_the_next_best(more, text):
    placement = Placement(name="this", devices=("cuda:0", "cuda:1"), **more)
    found = lora.refusal(recipe_of("tiny-wan"), placement)
    assert (text in found) if text else not found
    assert "takes no LoRA" in lora.refusal(recipe_of("tiny-svd"), placement)


def test_a_loras_mark_is_its_content_and_scale(tmp_path):
    one, two = written("tiny-wan", tmp_path / "a", 1), written("tiny-wan", tmp_path / "b", 2)
    marks = [lora.mark(Lora(path=str(p), scale=s), None) for p, s in ((one, 1), (two, 1), (one, 2))]
    assert len(set(marks)) == 3
    moved = tmp_path / "moved.safetensors"
    one.rename(moved)
    assert lora.mark(Lora(path=str(moved)), None) == marks[0]


def test_a_lora_comes_from_the_hub_by_its_commit(tmp_path):
    path = written("tiny-wan", tmp_path)
    needs("huggingface_hub")
    code = """
from pathlib import Path
from songreel.generation.diffusion import lora
from songreel.models.local import Lora
one = Lora(path={path!r})
found = lora.files(one, Path({cache!r}), lambda *at: steps.append(at))
result = [[str(each) for each in found], lora.mark(one, Path({cache!r}))]
"""
    with serving() as hub:
        hub.add("me/fox", {"fox.safetensors": path.read_bytes(), "README.md": b""}, "f" * 40)
        for name in ("me/fox", "me/fox/fox.safetensors"):
            filled = code.format(path=name, cache=str(tmp_path / "cache"))
            (where,), mark = asked(hub, tmp_path / "home", filled)["result"]
            assert where.endswith(f"/{'f' * 40}/fox.safetensors")
            assert mark.startswith(f"lora:me/fox@{'f' * 40}")
        assert hub.fetched == ["fox.safetensors"]
        filled = code.format(path="me/fox/no.safetensors", cache=str(tmp_path / "cache"))
        refused = asked(hub, tmp_path / "home", filled)["result"]["error"]
        assert "me/fox has no file 'no.safetensors'" in refused


def test_a_lora_works_on_int8_weights(tmp_path):
    needs("torchao")
    family, _ = loaded("tiny-wan")
    path = str(written("tiny-wan", tmp_path))
    clips = []
    for loras in ([], [Lora(path=path)]):
        pipe = family.load(Weights(folder_of("tiny-wan")), "int8")
        pipe.set_progress_bar_config(disable=True)
        lora.add(pipe, family, loras)
        clips.append(latents_of("tiny-wan", pipe, ask_of("tiny-wan")))
    assert not torch.allclose(*clips)
    full = with_loras("tiny-wan", Lora(path=path))[0]
    # int8 is within a 127th of each row's largest weight: far less than what the LoRA does.
    assert (clips[1] - full).abs().mean() < 0.2 * (clips[1] - clips[0]).abs().mean()


def test_a_lora_works_in_fp8(tmp_path):
    name = "tiny-wan"
    path = str(written(name, tmp_path))
    family, _ = loaded(name)
    clips = []
    for scale in (1.0, 0.0):
        pipe = family.load(Weights(folder_of(name)), "fp8")
        pipe.set_progress_bar_config(disable=True)
        lora.add(pipe, family, [Lora(path=path, scale=scale)])
        place(pipe, family, Placement(name="fp8", devices=("cpu",), storage="fp8"))
        clips.append(latents_of(name, pipe, ask_of(name)).float().numpy())
    assert np.isfinite(clips).all()
    assert not np.array_equal(*clips)
