"""What may be approximated, and what is refused before anything is loaded. No torch."""

import subprocess
import sys

import pytest

from songreel.generation.diffusion import approximate
from songreel.generation.diffusion.families import recipes
from songreel.generation.diffusion.need import denoising
from songreel.generation.diffusion.placement import Placement
from songreel.models.errors import InvalidInput
from songreel.models.local import LocalOptions

RECIPES = {recipe.name: recipe for recipe in recipes()}


def test_the_calling_process_needs_no_torch():
    modules = ", ".join(
        f"songreel.generation.diffusion.{each}"
        for each in ("approximate", "exact", "compiled", "overlap")
    )
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", approximate.KNOWN)
def test_a_label_names_its_parameters_and_the_sentence_is_one(name):
    assert approximate.label(name).startswith(f"{name} (")
    assert approximate.KNOWN[name].count(". ") == 0
    assert approximate.KNOWN[name].endswith(".")


@pytest.mark.parametrize("name", ["mochi", "ltx", "hunyuan", "wan", "tiny-mochi"])
def test_each_suits_models_of_transformer_blocks(name):
    for way in approximate.KNOWN:
        approximate.check(RECIPES[name], [way])
    approximate.check(RECIPES[name], ["fp8", "taylor-seer"])


def test_what_is_not_known_is_refused_with_what_is():
    with pytest.raises(
        InvalidInput, match=r"no approximation 'magic'; known are first-block-cache"
    ):
        approximate.check(RECIPES["mochi"], ["magic"])


def test_two_that_skip_exclude_each_other():
    with pytest.raises(InvalidInput, match="first-block-cache and taylor-seer exclude each other"):
        approximate.check(RECIPES["wan"], ["taylor-seer", "first-block-cache"])


def test_a_model_without_transformer_blocks_has_nothing_to_skip():
    svd = next(recipe for recipe in RECIPES.values() if recipe.family == "svd")
    with pytest.raises(InvalidInput, match=r"does nothing for .*; leave --approximate out"):
        approximate.check(svd, ["first-block-cache"])


def test_attention_that_is_kept_needs_the_memory_of_every_layer():
    """Mochi's 44,520 tokens of 3072 numbers of two bytes, for two passes and 48 layers."""
    kept = approximate.cached_bytes(RECIPES["mochi"], ["pyramid-attention"], 848, 480, 163)
    assert kept == 44_520 * 3072 * 2 * 2 * 48
    few = approximate.cached_bytes(RECIPES["mochi"], ["first-block-cache"], 848, 480, 163)
    assert few == kept // 16
    assert approximate.cached_bytes(RECIPES["mochi"], ["fp8"], 848, 480, 163) == 0


def test_the_planner_counts_what_is_kept():
    recipe, size = RECIPES["mochi"], (848, 480, 163)
    whole = Placement(name="whole", devices=("cuda:0",))
    plain = denoising(recipe, *size, whole, LocalOptions())
    kept = denoising(recipe, *size, whole, LocalOptions(approximate=("pyramid-attention",)))
    assert kept - plain == approximate.cached_bytes(recipe, ["pyramid-attention"], *size)
