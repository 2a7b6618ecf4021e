"""`Scene`: the contract of a built-in visual."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.stage import Stage


@dataclass(frozen=True)
class Finish:
    """How a scene's light is finished: see `post`."""

    exposure: float = 1.0
    """Factor on the scene's light before the tone curve."""
    bloom: float = 0.35
    """Light that spills around what is bright, 0 none to 1 dreamlike."""
    vignette: float = 0.35
    """How much the corners darken, 0 none to 1."""
    grain: float = 0.005
    """Amplitude of film grain, of full scale."""


class Drives(NamedTuple):
    """What each part of the music does to the picture, as a viewer would say it.

    One clause each, present tense: "a ring of light runs outwards".
    """

    kick: str
    snare: str
    hat: str
    bass: str
    melody: str
    """What follows the notes of the leading voice and their brightness."""
    build: str


class Option(NamedTuple):
    """One way in which a scene can be set."""

    words: tuple[str, ...] = ()
    """Words of a motif or prompt that call it, lower case, singular."""
    mood: tuple[float, float] | None = None
    """Valence and arousal it suits best, −1 to 1; None: any."""


@dataclass(frozen=True)
class Setting:
    """Something about a scene that words, mood or seed decide, e.g. its weather."""

    name: str
    options: Mapping[str, Option] = field(default_factory=dict)
    """By name, at least two; the first where nothing decides."""


Hears = Literal["words", "spectrum", "prompt"]


class Scene(ABC):
    """A picture that moves with the music.

    One object draws one clip, frame by frame, in order. What it holds is made in `__init__`
    from the stage alone, so that the same request gives the same bytes. `draw` allocates nothing.

    A frame depends on its moment alone, not on the frames drawn before it, or (for what grows,
    such as a simulation) on all moments from the clip's first in order: then `grows` is true.

    Overall brightness may follow `Moment.pulse`, which never beats more than three times a
    second; `kick`, `snare` and `hat` are for shapes, motion and small lights (flash safety,
    WCAG 2.3.1).
    """

    name: ClassVar[str]
    """A word or three, as a report would say it."""
    about: ClassVar[str]
    """What is seen, in a sentence."""
    words: ClassVar[tuple[str, ...]]
    """Words of a motif or prompt that call this scene, lower case, singular."""
    mood: ClassVar[tuple[float, float]] = (0.0, 0.0)
    """Valence and arousal of the music it serves best, −1 to 1."""
    drives: ClassVar[Drives]
    settings: ClassVar[tuple[Setting, ...]] = ()
    hears: ClassVar[frozenset[Hears]] = frozenset()
    """What else of the request its picture follows: the words sung (`Drive.words`), the spectrum
    (`Moment.spectrum`), the prompt's own text. What it does not hear does not age its clips."""
    grows: ClassVar[bool] = False
    scale: ClassVar[float] = 0.5
    """Size of the drawing field relative to the output: 0.5 for soft fields, 1 for crisp ones."""
    finish: ClassVar[Finish] = Finish()

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.height, self.width = stage.field(self.scale)

    @abstractmethod
    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame.

        Args:
            moment: The frame's time, music and camera.
            out: Shape (height, width, 3) of the field, C-contiguous, overwritten whole: linear
                light, scene-referred: 0.18 is a mid grey, 1 a white surface, lights go above
                (some 1 to 8), finite and not negative.
        """

    def finishing(self) -> Finish:
        """How this clip is finished: `finish`, unless a setting wants another light."""
        return self.finish

    @classmethod
    def remarks(cls, stage: Stage) -> tuple[str, ...]:  # noqa: ARG003
        """What a report should say of this clip, such as what cannot be drawn: a clause each."""
        return ()

    def setting(self, name: str) -> str:
        """The option chosen for this clip.

        Raises:
            KeyError: The scene has no setting of this name.
        """
        options = next((one.options for one in self.settings if one.name == name), None)
        if not options:
            raise KeyError(name)
        chosen = self.stage.cast.settings.get(name, "")
        return chosen if chosen in options else next(iter(options))
