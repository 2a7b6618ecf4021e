"""Workflows in API format: their places, what they make, and what is wrong with them."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from songreel.generation.catalogue.entry import Grid
from songreel.generation.comfy.config import checked_url, names, setup
from songreel.generation.comfy.workflow import read_workflow
from songreel.models.errors import InvalidInput
from support.comfy import workflow

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "comfyui"


@pytest.fixture(autouse=True)
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("SONGREEL_CONFIG", str(tmp_path))
    for name in ("SONGREEL_COMFYUI_URL", "SONGREEL_COMFYUI_AUTH", "SONGREEL_KEYS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def written(folder, nodes, name="flow.json"):
    path = folder / name
    path.write_text(nodes if isinstance(nodes, str) else json.dumps(nodes), encoding="utf-8")
    return path


def table(folder, nodes=None, **lines):
    """What the workflow and these lines of its table come to."""
    written(folder, nodes or workflow())
    lines = {"workflow": "flow.json", **lines}
    text = "".join(f"{key} = {value if key in RAW else json.dumps(value)}\n"
                   for key, value in lines.items())  # fmt: skip
    (folder / "comfyui.toml").write_text(f"[flow]\n{text}")
    return setup("flow")


RAW = ("frames",)


def without(*keys, **changes):
    """The workflow with numbers of its own where it has places."""
    own = {"n9_width": 768, "n9_height": 512, "n9_length": 97, "n5_seed": 5}
    return workflow(**{key: own[key] for key in keys}, **changes)


# Places


def test_a_place_alone_takes_a_number_and_one_between_words_takes_text(tmp_path):
    nodes = workflow(n8_filename_prefix="{{ width }}x{{height}}/clip", n5_steps="{{steps}}")
    found = read_workflow(written(tmp_path, nodes))
    values = {"prompt": "a {{seed}} \"fox\" ÿ雪", "negative": "", "seed": 7, "width": 128,
              "height": 64, "frames": 17, "steps": 30}  # fmt: skip
    made = found.filled(values, mark="ab12")
    assert made["3"]["inputs"]["text"] == 'a {{seed}} "fox" ÿ雪'
    assert made["4"]["inputs"]["text"] == ", text"
    assert made["5"]["inputs"] | {"seed": 7, "steps": 30} == made["5"]["inputs"]
    assert made["9"]["inputs"]["length"] == 17
    assert made["8"]["inputs"]["filename_prefix"] == "128x64/clip_ab12"
    assert found.nodes == nodes


def test_titles_name_places_so_that_nobody_edits_json(tmp_path):
    nodes = without("n9_width", "n9_height", "n9_length", "n5_seed", n3_text="a", n4_text="b")
    for node, title in {"3": "Positive Prompt", "4": "negative", "5": "seed, steps, cfg",
                        "9": "width, height, frames"}.items():  # fmt: skip
        nodes[node]["_meta"]["title"] = title
    found = read_workflow(written(tmp_path, nodes))
    assert found.asks == {"prompt", "negative", "seed", "steps", "guidance", "width", "height",
                          "frames"}  # fmt: skip
    values = dict.fromkeys(found.asks, 1) | {"prompt": "sea", "negative": "fog"}
    made = found.filled(values)
    assert made["3"]["inputs"]["text"] == "sea"
    assert made["4"]["inputs"]["text"] == "fog"
    assert [made["5"]["inputs"][key] for key in ("seed", "steps", "cfg")] == [1, 1, 1]
    assert [made["9"]["inputs"][key] for key in ("width", "height", "length")] == [1, 1, 1]


def test_other_titles_mean_nothing(tmp_path):
    nodes = workflow()
    nodes["6"]["_meta"]["title"] = "CLIP Text Encode (Prompt)"
    nodes["7"]["_meta"] = "none"
    assert "prompt" in read_workflow(written(tmp_path, nodes)).asks


def test_a_title_on_a_node_without_such_an_input_is_told(tmp_path):
    nodes = workflow()
    nodes["6"]["_meta"]["title"] = "prompt"
    with pytest.raises(InvalidInput, match=r"node 6 \(VAEDecode\) has the title 'prompt', but no"):
        read_workflow(written(tmp_path, nodes))


def test_its_hash_is_of_nodes_and_places_and_not_of_the_file(tmp_path):
    one = read_workflow(written(tmp_path, workflow()))
    turned = json.dumps(dict(reversed(workflow().items())), indent=4)
    assert read_workflow(written(tmp_path, turned, "b.json")).sha256 == one.sha256
    named = read_workflow(written(tmp_path, workflow(n8_filename_prefix="x"), "d.json"))
    assert named.sha256 == one.sha256
    other = read_workflow(written(tmp_path, workflow(n5_steps=5), "c.json"))
    assert other.sha256 != one.sha256


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        ({"nodes": [], "links": []}, r"as ComfyUI's page saves it.*Export \(API\)"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "no workflow in ComfyUI's API format"),
        ({"1": {"inputs": {}}}, "node 1 has no class_type"),
        (workflow(n3_text="a"), r"no place for the prompt.*node 3 \(CLIPTextEncode\), 4"),
        (workflow(n3_text="{{promt}}"), r"\{\{promt\}\} in node 3 \(CLIPTextEncode\), text.*"
                                        r"did you mean \{\{prompt\}\}\?"),
        (workflow(n3_text="{{colour}}"), "is no placeholder; there are prompt, negative"),
        (workflow(n6_samples=["77", 0]), "comes from node 77, which is not there"),
        (workflow() | {"8": {"class_type": "PreviewImage", "inputs": {}}}, "no node that saves"),
        (workflow() | {"11": workflow()["8"]}, r"more than one clip, by node 8 \(SaveVideo\), 11"),
    ],
)  # fmt: skip
def test_what_is_no_workflow_is_told_in_one_sentence(tmp_path, nodes, sentence):
    path = written(tmp_path, nodes)
    with pytest.raises(InvalidInput, match=sentence) as told:
        read_workflow(path)
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)


def test_a_huge_workflow_is_not_read(tmp_path):
    path = written(tmp_path, workflow(n3_text="x" * 5 * 2**20))
    with pytest.raises(InvalidInput, match=r"has 5\.0 MiB, a workflow at most 2: does it hold"):
        read_workflow(path)


def test_one_of_several_savers_is_named_by_id_or_title(tmp_path):
    nodes = workflow() | {"11": workflow()["8"] | {"_meta": {"title": "final"}}}
    path = written(tmp_path, nodes)
    assert read_workflow(path, "8").output == "8"
    assert read_workflow(path, "final").output == "11"
    with pytest.raises(InvalidInput, match="has no node 'last'"):
        read_workflow(path, "last")


def test_a_video_goes_before_pictures(tmp_path):
    nodes = workflow() | {"11": workflow("SaveImage")["8"]}
    assert read_workflow(written(tmp_path, nodes)).output == "8"


# What it makes


def test_rates_lengths_and_sizes_come_from_nodes_that_are_known(tmp_path):
    found = table(tmp_path)
    assert found.entry.fps == 24
    assert found.entry.grid == Grid(step=8, low=9, high=257)
    assert found.entry.free.multiple == 32
    assert found.entry.short_side == 512
    assert found.entry.dialect == "ltx"
    assert any("9 to 257 frames in steps of 8" in text for text in found.derived)


def test_what_the_workflow_fixes_is_fixed(tmp_path):
    found = table(tmp_path, without("n9_width", "n9_height", "n9_length", "n5_seed"))
    assert [length.frames for length in found.entry.lengths] == [97]
    assert [(size.width, size.height) for size in found.entry.sizes] == [(768, 512)]
    assert not found.entry.takes("seed")
    assert any("another take is the same picture" in text for text in found.derived)


def test_the_table_goes_before_what_the_nodes_say(tmp_path):
    found = table(
        tmp_path, workflow(n5_steps="{{steps}}", n5_cfg="{{guidance}}"), fps=30, steps=8,
        guidance=1.0, frames="{ step = 8, low = 17, high = 97 }", size=[640, 352], dialect="plain",
        negative="blur",
    )  # fmt: skip
    assert (found.entry.fps, found.entry.grid.high) == (Fraction(30), 97)
    assert found.entry.fixed == {"steps": 8, "guidance": 1.0, "negative": "blur"}
    assert [(size.width, size.height) for size in found.entry.sizes] == [(640, 352)]


@pytest.mark.parametrize(
    ("nodes", "lines", "sentence"),
    [
        (workflow(n5_steps="{{steps}}"), {}, r"needs steps \(steps = 30\)"),
        (workflow(), {"steps": 3}, "has no place {{steps}} for it"),
        (workflow("SaveImage"), {}, r"needs fps \(fps = 24\): no node of the workflow says it"),
        (workflow(n2_type="sdxl"), {}, r"needs frames .*takes any number"),
        (workflow(n7_fps=["5", 0]), {}, "needs fps"),
        (workflow(n9_width=512), {}, "one of width and height only"),
        (without("n9_length"), {"frames": "{ step = 8, low = 9, high = 17 }"}, "give one number"),
        (workflow(), {"frames": "{ step = 8, low = 9, high = 18 }"}, "does not end at 18"),
        (workflow(), {"with_images": ["flow.json"]}, "has no place for an image"),
        (workflow(), {"with_images": ["gone.json"]}, "cannot read the workflow"),
        (workflow(), {"fsp": 24}, r"fsp: is not known; did you mean fps\?"),
        (workflow(), {"fps": -1}, "fps: Input should be greater than 0"),
        (workflow(), {"header": "a b"}, "header"),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_told_with_file_and_field(tmp_path, nodes, lines, sentence):
    with pytest.raises(InvalidInput, match=sentence) as told:
        table(tmp_path, nodes, **lines)
    assert str(tmp_path) in str(told.value)
    assert "\n" not in str(told.value)


def test_frames_put_between_need_a_rate(tmp_path):
    nodes = workflow() | {
        "12": {"class_type": "RIFE VFI", "inputs": {"frames": ["6", 0], "multiplier": 2}}
    }
    with pytest.raises(InvalidInput, match=r"needs fps.*12 \(RIFE VFI\) puts frames between"):
        table(tmp_path, nodes)
    assert table(tmp_path, nodes, fps=12).entry.fps == 12


# Names and addresses


def test_names_are_those_of_the_file(tmp_path):
    assert names() == ()
    with pytest.raises(InvalidInput, match="there is no ComfyUI workflow 'ltx': write one into"):
        setup("ltx")
    table(tmp_path)
    assert names() == ("flow",)
    assert setup("").name == "flow"
    with pytest.raises(InvalidInput, match=r"no workflow 'folw'; did you mean flow\?"):
        setup("folw")
    with (tmp_path / "comfyui.toml").open("a") as file:
        file.write('[other]\nworkflow = "flow.json"\n')
    with pytest.raises(InvalidInput, match=r"has flow, other: name one \(comfyui:flow\)"):
        setup("")


def test_the_address_is_the_tables_else_the_environments_else_comfyuis_own(tmp_path, monkeypatch):
    assert table(tmp_path).url == "http://127.0.0.1:8188"
    monkeypatch.setenv("SONGREEL_COMFYUI_URL", "https://gpu.example/comfy/")
    assert setup("flow").url == "https://gpu.example/comfy"
    assert table(tmp_path, url="http://10.0.0.5:8188").url == "http://10.0.0.5:8188"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("127.0.0.1:8188", "write http://127.0.0.1:8188"),
        ("ftp://host", "no address of a server"),
        ("http://", "no address of a server"),
        ("http://host/?a=1", "no address of a server"),
        ("http://me:secret@host", "a password does not belong into the URL"),
        ("http://[::1", "is no URL"),
    ],
)
def test_what_is_no_address_is_told(text, sentence):
    with pytest.raises(InvalidInput, match=sentence) as told:
        checked_url(text, "url")
    assert "secret" not in str(told.value)


# Examples


def test_the_examples_are_workflows_that_can_be_asked(monkeypatch):
    monkeypatch.setenv("SONGREEL_CONFIG", str(EXAMPLES))
    assert names() == ("ltx", "wan")
    ltx, wan = setup("ltx"), setup("wan")
    assert ltx.entry.accepts("start")
    assert not ltx.entry.takes("start")
    assert ltx.entry.grid.step == 8
    assert wan.entry.accepts("start")
    assert ltx.entry.accepts("end")
    assert wan.entry.grid == Grid(step=4, low=5, high=121)
    assert (ltx.entry.fps, wan.entry.fps) == (24, 24)
    assert {each.entry.dialect for each in (ltx, wan)} == {"ltx", "wan"}
