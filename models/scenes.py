"""A film without a song, told scene by scene: `Scene` and `SceneList`."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from songreel.models.document import Frozen, Misplaced
from songreel.models.storyboard import CameraMove
from songreel.models.units import Unit


class Scene(Frozen):
    """One scene: what is heard, and what is seen if there is to be a picture."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")] = ""
    """Left empty, it is numbered: `s01`, `s02` …"""
    seconds: Annotated[float, Field(ge=0.5, le=600)]
    mood: str = ""
    """Words: `calm, hopeful`."""
    music: str = ""
    """What plays: genre, instruments."""
    bpm: Annotated[float, Field(ge=30, le=300)] | None = None
    """The list's if None."""
    key: str = ""
    """`A minor`; the list's if empty."""
    energy: Unit | None = None
    """None: it grows from scene to scene to a finale."""
    prompt: str = ""
    """What is seen."""
    start: str = ""
    end: str = ""
    """Images that the scene begins and ends with, relative to the list's file; a start may be
    `previous`, the last picture of the scene before."""
    camera: CameraMove | None = None
    sound: str = ""
    """What the picture sounds like, for `foley`."""


class SceneList(Frozen):
    """Scenes in their order, and what they share."""

    title: str = ""
    music: str = ""
    """What plays throughout: genre, instruments, mood."""
    bpm: Annotated[float, Field(ge=30, le=300)] | None = None
    """None: follows from the mood."""
    key: str = ""
    meter: Annotated[int, Field(ge=2, le=7)] = 4
    look: str = ""
    """Of the film, by name."""
    sound: str = ""
    """What every picture sounds like, for `foley`; a scene's own words come first."""
    scenes: Annotated[tuple[Scene, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _number(cls, raw: object) -> object:
        if isinstance(raw, dict) and isinstance(raw.get("scenes"), list | tuple):
            scenes = [
                {**each, "id": f"s{n:02d}"}
                if isinstance(each, dict) and not each.get("id")
                else each
                for n, each in enumerate(raw["scenes"], 1)
            ]
            return {**raw, "scenes": scenes}
        return raw

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        seen: set[str] = set()
        for n, scene in enumerate(self.scenes):
            if scene.id in seen:
                raise Misplaced(f"two scenes are called {scene.id}", "scenes", n, "id")
            seen.add(scene.id)
        return self

    @property
    def seconds(self) -> float:
        """Length of the film."""
        return sum(scene.seconds for scene in self.scenes)
