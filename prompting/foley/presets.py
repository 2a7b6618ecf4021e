"""How the sound of pictures is wanted: `Preset` (they are in `presets.toml`)."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.foley import Quality
from songreel.models.sound_request import Setting

STEPS: Mapping[Quality, int] = MappingProxyType({"draft": 12, "final": 25})
"""Euler steps. 25 is what the authors and both hosts take (MMAudio demo.py, `--num_steps`; fal and
Replicate, read 2026-11-21), so what is published of the model's quality is at 25. A draft takes
half, which is our choice: half the time on a machine that is paid by the second."""
USUAL = "cinematic"


class Preset(Frozen):
    """How it is wanted."""

    about: str
    adds: str
    """What ends every prompt."""
    bed: str
    """What is heard where a picture names no source."""
    negative: str
    cfg_strength: Annotated[float, Field(ge=1, le=20)]
    """Within the ranges of both hosts: fal 0 to 20, Replicate from 1 on."""
    pictures: bool = True
    """Whether what is seen decides what is heard, beside the words."""

    def settings(self, quality: Quality) -> dict[str, Setting]:
        """What a source is given besides words."""
        found: dict[str, Setting] = {
            "num_steps": STEPS[quality],
            "cfg_strength": self.cfg_strength,
        }
        return found if self.pictures else {**found, "mask_away_clip": True}


@cache
def presets() -> Mapping[str, Preset]:
    """Every preset, by name."""
    raw = tomllib.loads(
        (files("songreel.prompting.foley") / "presets.toml").read_text(encoding="utf-8")
    )
    return MappingProxyType({name: Preset.model_validate(body) for name, body in raw.items()})


def find_preset(name: str) -> Preset:
    """The preset called `name`.

    Raises:
        InvalidInput: There is none; the text names those there are.
    """
    known = presets()
    plain = name.strip().lower().replace("_", "-").replace(" ", "-")
    for given in (plain, {"lofi": "lo-fi", "scifi": "sci-fi"}.get(plain, "")):
        if given in known:
            return known[given]
    near = get_close_matches(plain, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}"
    raise InvalidInput(f"foley preset {name!r} is not known; {hint}")
