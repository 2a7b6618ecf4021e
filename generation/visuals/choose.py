"""Which scene a clip gets: by the words of its motif, then of its prompt, then by its seed."""

import re

import numpy as np

from songreel.generation.visuals.registry import scenes
from songreel.generation.visuals.scene import Scene
from songreel.models.clip import ClipRequest


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
