"""Wishes for local models that nothing can fulfil, refused before anything is loaded."""

import pytest

from songreel.generation.diffusion.book import book
from songreel.generation.diffusion.wishes import check
from songreel.models.errors import InvalidInput
from songreel.models.local import LocalOptions, Lora


@pytest.mark.parametrize(
    ("name", "wishes", "sentence"),
    [
        ("mochi", {"steps": 1}, r"local:mochi takes 2 steps at least, not 1"),
        ("ltx", {"side": 8000}, r"no picture of 8000 pixels: \d+ at most"),
        ("wan", {"side": 5000}, r"no picture of 5000 pixels: 4720 at most, and 480 is what"),
        ("svd", {"loras": (Lora(path="x"),)}, r"svd takes no LoRA"),
        ("ltx", {"loras": (Lora(path="/none/x"),)}, r"there is no LoRA /none/x"),
        ("ltx", {"weights": "/none"}, r"there are no weights /none"),
        ("ltx", {"approximate": ("speed",)}, r"no approximation 'speed'; known are"),
    ],
)
def test_what_no_machine_can_do_is_refused(name, wishes, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        check(book().find(name).wished(LocalOptions(**wishes)))


@pytest.mark.parametrize("name", [model.name for model in book().models])
def test_the_largest_size_that_is_named_is_taken(name):
    model = book().find(name)
    with pytest.raises(InvalidInput) as refused:
        check(model.wished(LocalOptions(side=100_000)))
    most = int(str(refused.value).split(": ")[1].split()[0])
    check(model.wished(LocalOptions(side=most)))


def test_a_lora_that_could_run_code_is_refused(tmp_path):
    (tmp_path / "x.pt").write_bytes(b"x")
    with pytest.raises(InvalidInput, match=r"x\.pt is not a \.safetensors file"):
        check(book().find("ltx").wished(LocalOptions(loras=(Lora(path=str(tmp_path / "x.pt")),))))
