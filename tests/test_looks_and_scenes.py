"""The looks' words and the scenes' words meet: each picture reaches one scene, without a draw."""

from collections import Counter

import pytest

from songreel.generation.visuals.breakdown import named
from songreel.generation.visuals.registry import scenes
from songreel.prompting.looks import looks

SCENES = scenes()


def reached(motif: str) -> list[str]:
    return list(named(motif, SCENES))


@pytest.mark.parametrize("name", looks())
def test_each_picture_of_a_look_is_one_scene_and_the_scenes_vary(name):
    found = {motif: reached(motif) for motif in looks()[name].motifs}
    assert {motif: keys for motif, keys in found.items() if len(keys) != 1} == {}
    most, times = Counter(keys[0] for keys in found.values()).most_common(1)[0]
    assert times <= 2, most
    assert len({keys[0] for keys in found.values()}) >= 6


def test_no_scene_is_out_of_reach():
    found = {reached(motif)[0] for look in looks().values() for motif in look.motifs}
    assert found == {key for key, scene in SCENES.items() if "words" not in scene.hears}
