"""`Scene`: the contract of a built-in visual."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

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


class Scene(ABC):
    """A picture that moves with the music.

    One object draws one clip, frame by frame, in order. What it holds is made in `__init__`
    from the stage alone, so that the same request gives the same bytes. `draw` allocates nothing.

    Overall brightness may follow `Moment.pulse`, which never beats more than three times a
    second; `kick`, `snare` and `hat` are for shapes, motion and small lights (flash safety,
    WCAG 2.3.1).
    """

    name: ClassVar[str]
    """A word or three, as a report would say it."""
    words: ClassVar[tuple[str, ...]]
    """Words of a motif or prompt that call this scene, lower case, singular."""
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
