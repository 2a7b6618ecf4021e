"""Scene lists: read in every usual spelling, refused in one sentence."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from songreel.models.errors import InvalidInput
from songreel.models.scenes import Scene, SceneList
from songreel.models.storyboard import CameraMove
from songreel.prompting.scenes.images import find_images
from songreel.prompting.scenes.reading import read_scenes
from songreel.prompting.scenes.spellings import camera_of, key_of, meter_of, seconds_of

HOUSE = """\
title: The house
music: warm acoustic folk
bpm: 120 BPM
key: Gm
scenes:
  - duration: 2 bars
    mood: [calm, hopeful]
    camera: slow push-in
    start: gate.jpg
  - seconds: 4 s
    tempo: 90
    key: f sharp minor
    energy: 0.8
"""


def written(folder: Path, text: str, name: str = "scenes.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_is_read_with_its_bars_as_seconds(tmp_path):
    found = read_scenes(written(tmp_path, HOUSE))
    assert (found.bpm, found.key) == (120, "G minor")
    first, second = found.scenes
    assert (first.seconds, first.mood, first.camera) == (4.0, "calm, hopeful", CameraMove.PUSH_IN)
    assert (second.id, second.seconds, second.bpm, second.key) == ("s02", 4.0, 90, "F# minor")


def test_json_says_the_same_as_yaml(tmp_path):
    plain = {
        "music": "folk",
        "scenes": [{"seconds": "1:30", "camera": "Dolly Out"}, {"seconds": 4}],
    }
    found = read_scenes(written(tmp_path, json.dumps(plain, indent="\t"), "scenes.json"))
    assert [scene.seconds for scene in found.scenes] == [90.0, 4.0]
    assert found.scenes[0].camera is CameraMove.PULL_OUT


@pytest.mark.parametrize(
    ("said", "move"),
    [
        ("push-in", "push in"), ("dolly in", "push in"), ("Slow zoom in", "push in"),
        ("pushing in", "push in"), ("the camera pulls back slowly", "pull out"),
        ("pan to the left", "pan left"), ("panning right", "pan right"),
        ("truck left", "track left"),
        ("slider right", "track right"), ("pedestal up", "crane up"), ("Crane-Down", "crane down"),
        ("arc shot", "orbit"), ("orbits around", "orbit"), ("hand-held", "handheld"),
        ("locked off", "static"), (False, "static"), ("tilt_up", "tilt up"), ("roll", "roll"),
    ],
)  # fmt: skip
def test_camera_moves_in_the_words_of_a_set(said, move):
    assert camera_of(said) == move


@pytest.mark.parametrize("move", list(CameraMove))
def test_every_move_is_read_by_its_own_name(move):
    assert camera_of(str(move)) is move


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("C", "C major"), ("Gm", "G minor"), ("F# minor", "F# minor"), ("f sharp min", "F# minor"),
        ("Bb", "Bb major"), ("b flat major", "Bb major"), ("A♭m", "Ab minor"),
        ("B minor", "B minor"),
        ("bm", "B minor"), ("Am", "A minor"), ("D maj", "D major"), ("c moll", "C minor"),
    ],
)  # fmt: skip
def test_keys_in_usual_spellings(said, key):
    assert key_of(said) == key


def test_lengths_in_usual_spellings():
    said = ["4", "4s", "4 sec", "0:04", "4000 ms", "2 bars", "8 beats", 4]
    assert [seconds_of(each, 120, 4) for each in said] == [4.0] * 8
    assert seconds_of("1.5 min", None, 4) == 90
    assert seconds_of("2 bars", 90, 3) == 4
    assert (meter_of("3/4"), meter_of(4), meter_of("6/8")) == (3, 4, 6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scenes:\n  - seconds: 4\n    moood: calm\n", r"line 3: scenes\[1\]\.moood: .*mood\?"),
        ("scenes:\n  - seconds: 4\n    camera: spiral\n", r"line 3: .*'spiral' is no camera move"),
        ("scenes:\n  - seconds: 4\n    key: H minor\n", r"line 3: .*'H minor' is no key; write it"),
        ("scenes:\n  - seconds: long\n", r"line 2: .*'long' is no length; write seconds"),
        ("scenes:\n  - seconds: 2 bars\n", r"line 2: .*counts bars without a tempo; give"),
        ("scenes:\n  - mood: calm\n", r"line 2: scenes\[1\]: the scene has no length; add"),
        ("scenes:\n  - seconds: 0.1\n", r"line 2: scenes\[1\]\.seconds: 0\.1: .*greater than"),
        ("scenes:\n  - duration: 900\n", r"line 2: scenes\[1\]\.duration: 900\.0: .*less than"),
        ("scenes:\n  - seconds: 4\n    energy: 3\n", r"line 3: scenes\[1\]\.energy: 3: .*less"),
        ("bpm: fast\nscenes:\n  - seconds: 4\n", r"line 1: bpm: 'fast' is no tempo; write"),
        ("bpm: 900\nscenes:\n  - seconds: 4\n", r"line 1: bpm: 900\.0: .*less than"),
        ("meter: 1\nscenes:\n  - seconds: 4\n", r"line 1: meter: 1: .*greater than"),
        ("scenes: []\n", r"line 1: scenes: expected a list of scenes"),
        ("music: folk\n", r"expected a list of scenes"),
        ("scenes:\n  - calm\n", r"line 2: scenes\[1\]: expected fields such as"),
        ("scenes:\n  - seconds: 4\n    length: 5\n", r"line 3: .*says the same as seconds"),
        ("scenes:\n  - {id: a, seconds: 4}\n  - {id: a, seconds: 4}\n", r"line 3: .*two scenes"),
        ("scenes:\n  - {id: Front Door, seconds: 4}\n", r"'Front Door': use small letters"),
        ("scenes:\n  - seconds: 4\n    mood: {a: 1}\n", r"line 3: .*expected words"),
        ("scenes: [\n", r"line 2: not valid YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence_with_its_line(tmp_path, text, said):
    with pytest.raises(InvalidInput, match=said) as caught:
        read_scenes(written(tmp_path, text))
    assert "scenes.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_value_in_json_is_found_too(tmp_path):
    text = '{"scenes": [\n {"seconds": 4},\n {"seconds": 4,\n  "camera": "dolyl in"}]}'
    with pytest.raises(InvalidInput, match=r"line 4: scenes\[2\]\.camera: .*did you mean dolly in"):
        read_scenes(written(tmp_path, text, "scenes.json"))


def test_other_files_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"is no scene list: its name must end in \.yaml"):
        read_scenes(written(tmp_path, "", "scenes.txt"))
    with pytest.raises(InvalidInput, match="cannot read"):
        read_scenes(tmp_path / "none.yaml")


def test_an_image_that_is_not_there_is_named_with_its_scene(tmp_path):
    (tmp_path / "gate.jpeg").write_bytes(b"x")
    scenes = read_scenes(written(tmp_path, HOUSE))
    with pytest.raises(InvalidInput, match=r"scene s01: the start image .*gate\.jpg .*gate\.jpeg"):
        find_images(scenes, tmp_path)
    chained = scenes.scenes[1].model_copy(update={"start": "previous"})
    scenes = scenes.model_copy(update={"scenes": (scenes.scenes[0], chained)})
    (tmp_path / "gate.jpg").write_bytes(b"x")
    assert set(find_images(scenes, tmp_path)) == {"s01"}
    assert find_images(scenes, tmp_path)["s01"].start == tmp_path / "gate.jpg"


words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=12)
scenes = st.builds(
    Scene,
    seconds=st.floats(0.5, 600),
    mood=words,
    music=words,
    bpm=st.none() | st.floats(30, 300),
    key=st.sampled_from(["", "A minor", "F# minor", "Bb major"]),
    energy=st.none() | st.floats(0, 1),
    prompt=words,
    camera=st.none() | st.sampled_from(CameraMove),
    sound=words,
)


@settings(max_examples=40, deadline=None)
@given(
    st.builds(
        SceneList,
        title=words,
        music=words,
        bpm=st.none() | st.floats(30, 300),
        meter=st.integers(2, 7),
        scenes=st.lists(scenes.map(lambda s: s.model_dump()), min_size=1, max_size=5),
    )
)
def test_what_is_written_is_read_the_same(tmp_path_factory, listed):
    plain = listed.model_dump(mode="json", exclude_defaults=True)
    path = written(tmp_path_factory.mktemp("scenes"), yaml.safe_dump(plain, allow_unicode=True))
    assert read_scenes(path) == listed
