import json
import shutil
import struct
import subprocess
import sys

import pytest

from songreel.generation.diffusion import layout, weights
from songreel.generation.diffusion.families import family_of, recipes
from songreel.generation.diffusion.recipe import Recipe
from songreel.models.errors import InvalidInput
from songreel.models.local import LocalOptions

MOCHI = next(recipe for recipe in recipes() if recipe.name == "mochi")
TINY = next(recipe for recipe in recipes() if recipe.name == "tiny-mochi")
WAN_2 = next(recipe for recipe in recipes() if recipe.name == "wan-a14b")

INDEX = {
    "_class_name": "MochiPipeline",
    "_diffusers_version": "0.42.1",
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    "text_encoder": ["transformers", "T5EncoderModel"],
    "tokenizer": ["transformers", "T5Tokenizer"],
    "transformer": ["diffusers", "MochiTransformer3DModel"],
    "vae": ["diffusers", "AutoencoderKLMochi"],
    "force_zeros_for_empty_prompt": True,
    "nothing": [None, None],
}
INSIDE = {
    "model_index.json": 1, "README.md": 1, "dit.safetensors": 40, "encoder.safetensors": 3,
    "scheduler/scheduler_config.json": 1,
    "text_encoder/config.json": 1, "text_encoder/model-00001-of-00002.safetensors": 9,
    "text_encoder/model-00002-of-00002.safetensors": 9,
    "text_encoder/model.safetensors.index.json": 1,
    "text_encoder/model.bf16-00001-of-00001.safetensors": 9,
    "text_encoder/model.safetensors.index.bf16.json": 1,
    "text_encoder/pytorch_model.bin": 9,
    "tokenizer/spiece.model": 1, "tokenizer/tokenizer_config.json": 1,
    "transformer/config.json": 1, "transformer/diffusion_pytorch_model.safetensors": 40,
    "transformer/diffusion_pytorch_model.bf16.safetensors": 20,
    "vae/config.json": 1, "vae/diffusion_pytorch_model.safetensors": 2,
    "vae/diffusion_pytorch_model.bf16.safetensors": 1,
    "media/film.mp4": 5,
}  # fmt: skip


def tensors(values: bytes, names: str = "w") -> bytes:
    """A safetensors file with one tensor of bytes."""
    header = json.dumps({names: {"dtype": "U8", "shape": [len(values)],
                                 "data_offsets": [0, len(values)]}}).encode()  # fmt: skip
    return struct.pack("<Q", len(header)) + header + values


def model(folder, *, without=()):
    """A folder as `INSIDE` has it; small files that nobody loads."""
    for name in INSIDE:
        if name not in without:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tensors(name.encode()))
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    place = folder / "text_encoder"
    (place / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    (folder / "model_index.json").write_text(json.dumps(INDEX))
    return folder


def found(folder, recipe: Recipe = MOCHI):
    return weights.find(recipe, LocalOptions(weights=str(folder)), None)


def test_only_what_a_model_needs_is_fetched_each_part_in_its_variant():
    assert set(layout.needed(INSIDE, INDEX, MOCHI)) == {
        "model_index.json", "scheduler/scheduler_config.json",
        "text_encoder/config.json", "text_encoder/model-00001-of-00002.safetensors",
        "text_encoder/model-00002-of-00002.safetensors",
        "text_encoder/model.safetensors.index.json",
        "tokenizer/spiece.model", "tokenizer/tokenizer_config.json",
        "transformer/config.json", "transformer/diffusion_pytorch_model.bf16.safetensors",
        "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
    }  # fmt: skip


def test_a_part_without_the_variant_is_fetched_as_it_is():
    names = [name for name in INSIDE if "transformer/diffusion_pytorch_model.bf16" not in name]
    needed = layout.needed(names, INDEX, MOCHI)
    assert "transformer/diffusion_pytorch_model.safetensors" in needed


def test_weights_that_would_have_to_be_unpickled_are_not_taken():
    names = [name for name in INSIDE if not ("vae" in name and name.endswith("safetensors"))]
    with pytest.raises(InvalidInput, match=r"no weights as safetensors in the folder vae/"):
        layout.needed([*names, "vae/diffusion_pytorch_model.bin"], INDEX, MOCHI)


def test_a_local_folder_is_taken_as_it_is(tmp_path):
    have = found(model(tmp_path / "mochi"))
    assert have.path == tmp_path / "mochi"
    assert have.variants == {"transformer": "bf16"}
    assert have.mark.startswith("folder:")


def test_a_local_folder_without_the_variant_is_loaded_from_its_plain_files(tmp_path):
    lacks = ["transformer/diffusion_pytorch_model.bf16.safetensors"]
    assert found(model(tmp_path, without=lacks)).variants == {}


@pytest.mark.parametrize(
    ("without", "named"),
    [
        (["text_encoder/model-00002-of-00002.safetensors"], "model-00002-of-00002.safetensors"),
        (["vae/config.json"], "vae/config.json"),
        (["scheduler/scheduler_config.json"], "scheduler/"),
        (["vae/diffusion_pytorch_model.safetensors",
          "vae/diffusion_pytorch_model.bf16.safetensors"], "vae/*.safetensors"),
    ],
)  # fmt: skip
def test_a_folder_that_lacks_something_says_what(tmp_path, without, named):
    with pytest.raises(InvalidInput) as caught:
        found(model(tmp_path, without=without))
    assert named in str(caught.value)
    assert "is not whole" in str(caught.value)


def test_a_folder_of_another_pipeline_is_refused(tmp_path):
    model(tmp_path)
    (tmp_path / "model_index.json").write_text(json.dumps(INDEX | {"_class_name": "WanPipeline"}))
    with pytest.raises(InvalidInput, match="holds a WanPipeline, not a MochiPipeline"):
        found(tmp_path)


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"is no model folder: it has no model_index\.json"):
        found(tmp_path)


def test_what_is_neither_a_folder_nor_an_id_is_refused():
    with pytest.raises(InvalidInput, match=r"is no model folder"):
        found("/no/such/folder")
    with pytest.raises(InvalidInput, match=r"there is no file .*mochi\.gguf"):
        found("/no/such/mochi.gguf")


def test_a_single_file_cannot_stand_for_two_denoisers(tmp_path):
    path = tmp_path / "one.gguf"
    path.write_bytes(b"GGUF")
    with pytest.raises(InvalidInput, match=r"has two denoisers, one\.gguf is one"):
        weights.find(WAN_2, LocalOptions(weights=str(path)), None)


def test_a_folders_mark_is_of_its_content_and_not_of_its_place(tmp_path):
    model(tmp_path / "a")
    before = layout.mark_of(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    (tmp_path / "b" / "README.md").write_text("read me")
    assert layout.mark_of(tmp_path / "b") == before
    assert (
        weights.mark(MOCHI, LocalOptions(weights=str(tmp_path / "b")), None) == f"folder:{before}"
    )
    (tmp_path / "b" / "vae" / "config.json").write_text("{}")
    assert layout.mark_of(tmp_path / "b") != before


def test_the_mark_of_large_weights_is_read_from_samples_that_show_another_training(tmp_path):
    path = tmp_path / "large.safetensors"
    values = bytearray(b"\1" * 2_000_000)
    path.write_bytes(tensors(bytes(values)))
    before = layout.mark_of(path)
    assert layout.mark_of(path) == before
    # What other training does: all weights are a little different.
    path.write_bytes(tensors(bytes(2 if value == 1 else value for value in values)))
    assert layout.mark_of(path) != before
    path.write_bytes(tensors(bytes(values), names="v"))
    assert layout.mark_of(path) != before


def test_a_pinned_model_has_its_mark_without_a_network():
    assert weights.mark(MOCHI, LocalOptions(), None) == f"{MOCHI.hub}@{MOCHI.revision}"
    one = weights.mark(TINY, LocalOptions(), None)
    assert one.startswith("tiny-mochi:")


def test_recipes_are_pinned_by_whole_commits_or_not_at_all():
    for recipe in recipes():
        assert recipe.revision == "" or len(recipe.revision) == 40, recipe.name
        assert recipe.tiny != bool(recipe.hub), recipe.name
        assert recipe.licence_name, recipe.name
        if recipe.licence != "Apache-2.0":
            assert recipe.licence_note, recipe.name


def test_every_recipe_has_its_family():
    for recipe in recipes():
        assert recipe in family_of(recipe).recipes
    with pytest.raises(InvalidInput, match="there is no family 'sora'; there are mochi"):
        family_of(MOCHI.model_copy(update={"family": "sora"}))


def test_recipes_are_known_without_torch():
    code = (
        "import sys; from songreel.generation.diffusion import families, weights, lora, loading; "
        "families.recipes(); sys.exit(any(m in sys.modules for m in "
        "('torch', 'diffusers', 'transformers', 'huggingface_hub')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
