import json

import pytest
from test_weights import INDEX, INSIDE, tensors

from support.hub import asked, serving
from support.needs import needs

needs("huggingface_hub")

COMMIT = "c" * 40
FIND = """
from pathlib import Path
from songreel.generation.diffusion import weights
from songreel.generation.diffusion.families import recipes
from songreel.models.local import LocalOptions
recipe = next(each for each in recipes() if each.name == {name!r})
options = LocalOptions(weights={weights!r})
found = weights.find(recipe, options, Path({cache!r}), lambda *at: steps.append(at), told.append)
result = {{"path": str(found.path), "mark": found.mark, "variants": dict(found.variants)}}
"""
MARK = (
    FIND.replace("found = weights.find", "found = weights.mark")
    .replace(", lambda *at: steps.append(at), told.append", "")
    .splitlines()
)
MARK = "\n".join([*MARK[:-1], "result = found"])


@pytest.fixture
def hub():
    with serving() as served:
        yield served


def files():
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    made = {name: tensors(name.encode() * 50) for name in INSIDE}
    made["model_index.json"] = json.dumps(INDEX).encode()
    made["text_encoder/model.safetensors.index.json"] = json.dumps({"weight_map": shards}).encode()
    return made


def find(hub, tmp_path, weights="me/mochi", name="mochi", code=FIND, **env):
    code = code.format(name=name, weights=weights, cache=str(tmp_path / "cache"))
    return asked(hub, tmp_path / "home", code, **env)


def test_a_model_is_fetched_once_with_its_progress_and_its_commit_is_kept(hub, tmp_path):
    hub.add("me/mochi", files(), COMMIT)
    first = find(hub, tmp_path)
    assert first["result"]["mark"] == f"me/mochi@{COMMIT}"
    assert first["result"]["variants"] == {"transformer": "bf16"}
    assert not first["torch"]
    assert "%" not in first["stderr"]  # no bars of others
    done, total = zip(*first["steps"], strict=True)
    assert list(done) == sorted(done)
    assert done[-1] == total[-1] == sum(len(files()[name]) for name in set(hub.fetched))
    assert "dit.safetensors" not in hub.fetched
    assert any("commit cccccccccccc was found and is used from now on" in t for t in first["told"])
    # The branch moves on; what was found stays, and nothing is fetched again.
    hub.commits["me/mochi"] = "d" * 40
    fetched = len(hub.fetched)
    again = find(hub, tmp_path)
    assert again["result"] == first["result"]
    assert again["told"] == []
    assert len(hub.fetched) == fetched
    # And it is there without a network.
    assert find(hub, tmp_path, HF_HUB_OFFLINE="1")["result"] == first["result"]


def test_a_download_goes_on_where_it_was_broken_off(hub, tmp_path):
    hub.add("me/mochi", files(), COMMIT)
    shard = "text_encoder/model-00002-of-00002.safetensors"
    lacking = hub.files["me/mochi"].pop(shard)
    told = find(hub, tmp_path)["result"]["error"]
    assert told == f"InvalidInput: me/mochi is not whole at the hub: {shard} missing"
    hub.files["me/mochi"][shard] = lacking
    before = len(hub.fetched)
    second = find(hub, tmp_path)
    assert "error" not in second["result"]
    assert hub.fetched[before:] == [shard]


def test_without_a_network_one_sentence_names_the_command_that_fetches(hub, tmp_path):
    pinned = find(hub, tmp_path, weights="", HF_HUB_OFFLINE="1")["result"]["error"]
    assert pinned.startswith("ProviderError: genmo/mochi-1-preview is not on this machine")
    assert "hf download genmo/mochi-1-preview --revision 14be5fcea230" in pinned
    loose = find(hub, tmp_path, HF_HUB_OFFLINE="1")["result"]["error"]
    assert "which commit of me/mochi is meant is not known yet" in loose


def test_what_cannot_be_had_is_one_sentence_with_the_way_out(hub, tmp_path):
    missing = find(hub, tmp_path, weights="me/nothing")["result"]["error"]
    assert missing.startswith("InvalidInput: there is no model 'me/nothing' at the hub")
    hub.add("me/mochi", files(), COMMIT)
    hub.gated.add("me/mochi")
    gated = find(hub, tmp_path)["result"]["error"]
    assert "InvalidInput: me/mochi is gated: accept its terms" in gated
    assert "hf auth login" in gated
    hub.gated.clear()
    revision = find(hub, tmp_path, weights="me/mochi@v9")["result"]["error"]
    assert revision == "InvalidInput: me/mochi has no revision 'v9' at the hub"
    hub.broken = True
    busy = find(hub, tmp_path, weights="me/other")["result"]["error"]
    assert busy.startswith("ProviderError: the hub refuses me/other (503)")


def test_a_hub_that_does_not_answer_is_one_sentence(hub, tmp_path):
    hub.url = "http://127.0.0.1:9"  # the discard port: nobody listens
    silent = find(hub, tmp_path)["result"]["error"]
    assert silent.startswith("ProviderError: me/mochi is not on this machine and the hub does not")


def test_a_model_of_another_kind_is_refused_before_its_weights_are_fetched(hub, tmp_path):
    other = json.dumps(INDEX | {"_class_name": "WanPipeline"}).encode()
    hub.add("me/wan", {**files(), "model_index.json": other}, COMMIT)
    wrong = find(hub, tmp_path, weights="me/wan")["result"]["error"]
    assert "holds a WanPipeline, not a MochiPipeline" in wrong
    assert hub.fetched == ["model_index.json"]
    hub.add("me/plain", {"model.safetensors": b"x"}, COMMIT)
    plain = find(hub, tmp_path, weights="me/plain")["result"]["error"]
    assert "me/plain has no model_index.json" in plain


def test_a_disk_that_is_too_small_is_told_with_figures(hub, tmp_path):
    hub.add("me/mochi", files(), COMMIT)
    small = (
        "import shutil\nfrom types import SimpleNamespace\n"
        "shutil.disk_usage = lambda _: SimpleNamespace(free=1_000_000)\n" + FIND
    )
    told = find(hub, tmp_path, code=small)["result"]["error"]
    assert told.startswith("MachineError: me/mochi needs 0.0 GB more on the disk of ")
    assert "0.0 GB are free" in told
    assert "HF_HOME" in told


def test_a_licence_is_told_once_before_anything_is_fetched(hub, tmp_path):
    hub.add("me/hunyuan", {"README.md": b""}, COMMIT)
    first = find(hub, tmp_path, weights="me/hunyuan", name="hunyuan")
    assert [text for text in first["told"] if "South Korea" in text]
    again = find(hub, tmp_path, weights="me/hunyuan", name="hunyuan")
    assert again["told"] == []


def test_what_ages_clips_is_asked_of_the_hub_once(hub, tmp_path):
    hub.add("me/mochi", files(), COMMIT)
    first = find(hub, tmp_path, code=MARK)
    assert first["result"] == f"me/mochi@{COMMIT}"
    assert hub.fetched == []
    hub.broken = True
    assert find(hub, tmp_path, code=MARK)["result"] == first["result"]


def test_stopping_a_download_stops_it(hub, tmp_path):
    hub.add("me/mochi", files(), COMMIT)
    stopping = FIND.replace("lambda *at: steps.append(at)", "stop").replace(
        "found = weights.find",
        "from songreel.models.errors import MachineError\n"
        "def stop(done, total):\n"
        "    if done: raise MachineError('not wanted any more')\n"
        "found = weights.find",
    )
    told = find(hub, tmp_path, code=stopping)
    assert told["result"]["error"] == "MachineError: not wanted any more"
    assert "error" not in find(hub, tmp_path)["result"]
