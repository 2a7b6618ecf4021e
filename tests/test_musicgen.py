"""The source `local` of music, as far as it needs no torch: what is asked, planned and refused."""

import json
import subprocess
import sys

import pytest

from songreel.generation.diffusion import book as video
from songreel.generation.diffusion.machine import Gpu, Machine
from songreel.generation.provider import Context
from songreel.generation.sound.musicgen import source as musicgen
from songreel.generation.sound.musicgen import weights
from songreel.generation.sound.musicgen.book import find, models
from songreel.generation.sound.musicgen.codes import DELAY, lengths
from songreel.generation.sound.musicgen.fit import choose, need, place
from songreel.generation.sound.musicgen.recipe import HOP, RATE, published
from songreel.generation.sound.musicgen.source import MusicGen
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.sound_request import Heard, Seen, SoundRequest

GB = 10**9
CONFIG = {
    "model_type": "musicgen",
    "audio_encoder": {"upsampling_ratios": [8, 5, 4, 4], "sampling_rate": 32000,
                      "num_filters": 64},
    "text_encoder": {"vocab_size": 32128, "d_model": 768, "num_layers": 12, "num_heads": 12,
                     "d_kv": 64, "d_ff": 3072},
    "decoder": {"audio_channels": 1, "num_hidden_layers": 24, "hidden_size": 1024, "ffn_dim": 4096,
                "num_codebooks": 4, "vocab_size": 2048},
}  # fmt: skip
"""What `config.json` of facebook/musicgen-small says, as far as it is read."""


@pytest.fixture
def maker(tmp_path, monkeypatch):
    monkeypatch.setattr(musicgen, "_lacking", lambda: "")
    return lambda model="musicgen-small", **more: MusicGen(
        Context(scratch=tmp_path, model=model, **more)
    )


def asked(**more):
    fields = {"task": "music", "prompt": "lofi piano, 90 BPM", "seconds": 10.0, "seed": 7}
    return SoundRequest.model_validate(fields | more)


def heard(seconds):
    return Heard(sha256="0" * 64, seconds=seconds)


def machine(gpu=0.0, memory=16.0, total=80, **more):
    gpus = (Gpu(device="cuda:0", name="card", total=int(total * GB), free=int(gpu * GB),
                capability=(9, 0), **more),) if gpu else ()  # fmt: skip
    return Machine(gpus=gpus, memory_total=64 * GB, memory_free=int(memory * GB))


@pytest.mark.parametrize("there", [0, 1, 639, 640, 641, 32_000, 96_001, 159_999])
@pytest.mark.parametrize("new", [0.001, 0.02, 0.5, 1.51, 4.0, 12.3456])
def test_a_piece_is_as_long_as_asked_or_less_than_a_frame_longer(there, new):
    seconds = there / RATE + new
    found = lengths(there, seconds)
    assert found.over + found.heard * HOP == there  # new sound begins where what is heard ends
    assert 0 <= found.over < HOP
    assert -1e-6 < found.samples - seconds * RATE < HOP
    assert found.steps == found.new + DELAY


def test_whole_frames_are_not_rounded_up_by_floats():
    for tenths in range(1, 300):
        assert lengths(0, tenths / 10).new == tenths * 5


def test_parameters_are_complete_and_planning_twice_changes_nothing(maker):
    planned = maker().plan(asked(settings={"temperature": 1, "cfg": 4}))
    assert planned.settings == {
        "do_sample": True, "temperature": 1.0, "top_k": 250, "top_p": 0.0, "guidance_scale": 4.0,
    }  # fmt: skip
    assert maker().plan(planned) == planned
    same = maker().plan(asked(settings={"classifier_free_guidance": 4}))
    assert same.fingerprint == planned.fingerprint


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"temperature": 0}, "temperature is 0; it lies between 0.01 and 5"),
        ({"top_k": 2049}, "top_k is 2049; it lies between 0 and 2048"),
        ({"top_k": 2.5}, "top_k is 2.5; it is a whole number"),
        ({"top_k": True}, "top_k is True; it lies between"),
        ({"top_p": 1.5}, "top_p is 1.5; it lies between 0 and 1"),
        ({"guidance_scale": 0.5}, "guidance_scale is 0.5; it lies between 1 and 20"),
        ({"guidance_scale": "3"}, "guidance_scale is '3'"),
        ({"do_sample": 1}, "do_sample is true or false, not 1"),
        ({"temprature": 1}, r"no parameter 'temprature'; did you mean temperature\?"),
        ({"cfg": 3, "guidance_scale": 3}, "guidance_scale is given twice"),
    ],
)
def test_a_parameter_out_of_range_is_refused_with_its_range(maker, settings, message):
    with pytest.raises(InvalidInput, match=f"^local:musicgen-small.*{message}"):
        maker().plan(asked(settings=settings))


def test_what_it_does_not_read_does_not_age_its_music(maker):
    plain = maker().plan(asked())
    told = asked(
        negative="drums", bpm=90, key="A minor", meter=3, energy=0.9, mood=(0.1, 0.2), phase=1.5,
        seen=Seen(sha256="1" * 64, seconds=3),
    )  # fmt: skip
    assert maker().plan(told) == plain
    assert maker("musicgen-large").plan(asked()).fingerprint != plain.fingerprint
    # The likeliest tokens are drawn by no seed.
    sure = {"do_sample": False}
    assert maker().plan(asked(seed=1, settings=sure)) == maker().plan(asked(settings=sure))


def test_what_it_cannot_make_is_refused_in_a_sentence(maker):
    with pytest.raises(InvalidInput, match="makes music, not effects; choose a source of effects"):
        maker().plan(asked(task="effects"))
    with pytest.raises(
        InvalidInput, match=r"30 s at a time, 31 s \(11 s heard and 20 s new\) are asked for"
    ):
        maker().plan(asked(seconds=20, heard=heard(11)))
    assert maker().plan(asked(seconds=20, heard=heard(10))).total == 30
    with pytest.raises(InvalidInput, match=r"cannot go on from 0\.05 s of sound; it needs 0\.1 s"):
        maker().plan(asked(heard=heard(0.05)))


def test_another_try_has_another_seed_where_seeds_count(maker):
    planned = maker().plan(asked())
    (other,) = maker().alternatives(planned)
    assert other.model_copy(update={"seed": planned.seed}) == planned
    assert other.seed != planned.seed
    assert maker().alternatives(maker().plan(asked(settings={"do_sample": False}))) == ()


def test_who_may_not_use_it_is_said_before_and_after(maker):
    terms = "CC-BY-NC-4.0: films with this music may not be used commercially"
    planned = maker().plan(asked())
    assert any(terms in note for note in maker().notes(planned))
    assert any(terms in notice for notice in maker().notices())
    assert terms in MusicGen.describe(Context(scratch=".", model="musicgen-small")).summary


def test_without_the_extra_it_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr(musicgen, "find_spec", lambda name: None if name == "torch" else object())
    with pytest.raises(InvalidInput, match=r"local needs torch: pip install 'songreel\[local\]'"):
        MusicGen(Context(scratch=tmp_path))
    standing = MusicGen.describe(Context(scratch=tmp_path))
    assert not standing.ready
    assert "needs torch" in standing.reason


def test_a_name_that_is_none_is_told_its_neighbours(maker):
    with pytest.raises(InvalidInput, match=r"called 'musicgen-smal'; did you mean musicgen-small"):
        maker("musicgen-smal")
    assert find("facebook/musicgen-large").name == find("large").name == "musicgen-large"


def test_published_models_are_as_large_as_their_files():
    # facebook/musicgen-small's model.safetensors is listed with 2.36 GB at the hub.
    sizes = {each.name: each.size / 1e9 for each in published()}
    assert sizes["musicgen-small"] == pytest.approx(2.36, abs=0.02)
    assert len(sizes) == 10
    assert {each.codebooks for each in published()} == {4, 8}


def test_a_folder_is_read_from_its_own_configuration(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    recipe, small = find(str(tmp_path)).recipe, find("musicgen-small").recipe
    assert (recipe.kind, recipe.channels, recipe.layers) == ("musicgen", 1, 24)
    assert recipe.parameters == pytest.approx(small.parameters, rel=0.01)
    assert recipe.others == pytest.approx(small.others, rel=0.05)


def test_what_a_configuration_leaves_out_is_as_the_library_has_it(tmp_path):
    decoder = {"num_codebooks": 4}  # the first published ones know no channels
    (tmp_path / "config.json").write_text(json.dumps(CONFIG | {"decoder": decoder}))
    recipe = find(str(tmp_path)).recipe
    assert (recipe.channels, recipe.layers, recipe.width) == (1, 24, 1024)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, r"has no config\.json"),
        ({"model_type": "llama"}, "holds a model of type 'llama', not a musicgen"),
        ({"model_type": "musicgen"}, "does not describe a MusicGen"),
        (
            CONFIG | {"audio_encoder": CONFIG["audio_encoder"] | {"sampling_rate": 16000}},
            "its codec has 16000 samples a second and 640 a frame",
        ),
    ],
)
def test_a_folder_of_something_else_is_refused(tmp_path, config, message):
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(InvalidInput, match=message):
        find(str(tmp_path))


def test_models_of_ones_own_stand_in_local_toml_beside_those_of_pictures(tmp_path):
    (tmp_path / "tuned").mkdir()
    (tmp_path / "tuned" / "config.json").write_text(json.dumps(CONFIG))
    file = tmp_path / "local.toml"
    file.write_text(
        '[mine]\nlike = "mochi"\n'
        '[sound.folk]\nweights = "tuned"\nlicence = "mine"\n'
        '[sound.jazz]\nlike = "musicgen-medium"\nweights = "me/jazz@v2"\n'
    )
    assert video.book(file).find("mine").recipe.family == "mochi"
    folk, jazz = find("folk", file), find("jazz", file)
    assert (folk.key, folk.folder, folk.recipe.licence) == (
        "local:folk", tmp_path / "tuned", "mine",
    )  # fmt: skip
    assert weights.mark(jazz) == "me/jazz@v2"
    assert jazz.recipe.parameters == find("musicgen-medium").recipe.parameters


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sound = 1", r"music models are tables \[sound\.NAME\]"),
        ('[sound.a]\nweights = "me/jazz"', "need like = the published model"),
        ('[sound.a]\nlike = "musicgen-smal"\nweights = "me/jazz"', "one of musicgen-small"),
        ('[sound.a]\nlike = "musicgen-small"\nweights = "no folder"', "neither a folder nor an id"),
        ("[sound.a]\nsteps = 3", "steps is not known"),
        ("[sound.a", "is not TOML"),
    ],
)
def test_a_table_that_does_not_hold_is_named(tmp_path, text, message):
    file = tmp_path / "local.toml"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=message):
        models(file)


def test_it_goes_where_there_is_room():
    small, large = find("musicgen-small"), find("musicgen-stereo-large")
    assert place(small, machine(gpu=24)).device == "cuda:0"
    assert place(small, machine(gpu=24)).dtype == "bfloat16"
    older = Gpu(device="cuda:0", name="T4", total=16 * GB, free=15 * GB, capability=(7, 5))
    there = Machine(gpus=(older,), memory_total=16 * GB, memory_free=16 * GB)
    assert place(small, there).dtype == "float16"
    assert place(small, machine(gpu=24), "cpu").device == "cpu"
    assert place(large, machine(gpu=4, memory=32)).device == "cpu"
    with pytest.raises(MachineError, match=r"needs .* GB of cuda:0, where 4\.0 .* or .* smaller"):
        place(large, machine(gpu=4, memory=8))
    with pytest.raises(InvalidInput, match=r"no device 'cuda:3' here \(GPUs: cuda:0\)"):
        place(small, machine(gpu=24), "cuda:3")


def test_memory_grows_with_the_weights():
    half = {each.name: need(each, "bfloat16", "cuda:0") / GB for each in published()}
    assert 3 < half["musicgen-small"] < 4.5
    assert 8 < half["musicgen-large"] < 11
    whole = need(find("musicgen-large").recipe, "float32", "cpu") / GB
    assert 13.7 < whole < 18


@pytest.mark.parametrize(
    ("gpu", "chosen"),
    [(80, "stereo-large"), (12, "stereo-large"), (9, "stereo-melody-large"), (8, "stereo-medium"),
     (7, "stereo-melody"), (4, "stereo-small"),
     (0, "stereo-small")],
)  # fmt: skip
def test_local_alone_is_the_best_that_fits(gpu, chosen):
    card = machine(gpu=1, memory=60, total=gpu) if gpu else machine(memory=60)
    assert choose(models(), card).name == f"musicgen-{chosen}"


def test_only_what_a_model_is_loaded_from_is_fetched(tmp_path):
    names = (
        ".gitattributes", "README.md", "compression_state_dict.bin", "config.json",
        "generation_config.json", "model.safetensors", "preprocessor_config.json",
        "pytorch_model.bin", "special_tokens_map.json", "spiece.model", "state_dict.bin",
        "tokenizer.json", "tokenizer_config.json",
    )  # fmt: skip
    assert set(names) - set(weights.needed(names)) == {
        ".gitattributes", "README.md", "compression_state_dict.bin", "pytorch_model.bin",
        "state_dict.bin",
    }  # fmt: skip
    shards = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    index = "model.safetensors.index.json"
    assert set(weights.needed((*shards, index, "model.safetensors"))) == {*shards, index}
    assert weights.missing(tmp_path) == [
        "config.json", "tokenizer.json", f"{tmp_path.name}/*.safetensors",
    ]  # fmt: skip


def test_the_process_that_asks_imports_no_torch(tmp_path):
    code = f"""
import sys
from pathlib import Path
from songreel.generation.provider import Context
from songreel.generation.sound.musicgen import source
from songreel.models.sound_request import SoundRequest
source._lacking = lambda: ""
maker = source.MusicGen(Context(scratch=Path({str(tmp_path)!r})))
maker.plan(SoundRequest(task="music", prompt="a tune", seconds=4, seed=1))
assert not {{"torch", "transformers"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
