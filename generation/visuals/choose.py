"""Which scene a clip gets: by the words of its motif, then of its prompt, then by its seed."""

import re
from importlib import import_module
from importlib.metadata import entry_points

import numpy as np

from songreel.generation.visuals.scene import Scene
from songreel.models.clip import ClipRequest
from songreel.models.errors import InvalidInput

SCENES: dict[str, str] = {
    "aurora": "songreel.generation.visuals.aurora:Aurora",
    "ocean": "songreel.generation.visuals.ocean:Ocean",
    "city": "songreel.generation.visuals.city:City",
    "tunnel": "songreel.generation.visuals.tunnel:Tunnel",
    "ink": "songreel.generation.visuals.ink:Ink",
    "nebula": "songreel.generation.visuals.nebula:Nebula",
    "petals": "songreel.generation.visuals.petals:Petals",
    "murmuration": "songreel.generation.visuals.murmuration:Murmuration",
    "strings": "songreel.generation.visuals.strings:Strings",
    "papercut": "songreel.generation.visuals.papercut:Papercut",
}
"""Built-in scenes by key, as `module:class`: imported when chosen from."""

GROUP = "songreel.scenes"
"""Entry points under which other packages offer scenes."""


def scenes() -> dict[str, type[Scene]]:
    """Every scene there is, by key, the built-in ones first.

    Raises:
        InvalidInput: An installed package offers a scene that cannot be loaded or is none.
    """
    found: dict[str, type[Scene]] = {}
    for key, place in SCENES.items():
        module, _, name = place.partition(":")
        found[key] = getattr(import_module(module), name)
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            scene = point.load()
        except Exception as error:
            raise InvalidInput(
                f"scene {point.name!r} ({point.value}) cannot be loaded: {error}; "
                "repair or uninstall the package that brings it"
            ) from error
        if not (isinstance(scene, type) and issubclass(scene, Scene)):
            raise InvalidInput(f"scene {point.name!r} ({point.value}) is not a Scene class")
        found[point.name] = scene
    return found


def choose_scene(request: ClipRequest) -> type[Scene]:
    """The scene whose words the motif names most, else the prompt; ties go by the seed.

    A word counts once however often it is said, and also as a plural. With no word at all every
    scene is a candidate. The seed's choice depends on the seed alone, so that shots that rhyme
    share their scene.
    """
    known = scenes()
    best = list(known)
    for text in (request.motif, request.prompt):
        score = {key: _matches(text, scene) for key, scene in known.items()}
        top = max(score[key] for key in best)
        if top > 0:
            best = [key for key in best if score[key] == top]
        if len(best) == 1:
            break
    pick = int(np.random.default_rng((request.seed, 11)).integers(len(best)))
    return known[best[pick]]


def _matches(text: str, scene: type[Scene]) -> int:
    """How many of the scene's words stand in `text`."""
    spoken = set(re.findall(r"[a-z]+", text.lower()))
    spoken |= {word[:-2] for word in spoken if word.endswith("es")}
    spoken |= {word[:-1] for word in spoken if word.endswith("s")}
    return sum(word in spoken for word in scene.words)
