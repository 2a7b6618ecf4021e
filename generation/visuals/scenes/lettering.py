"""Lyric-led typography: the words that are sung, set large, each on its frame."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.lettering_rooms import ROOMS
from songreel.generation.visuals.parts.type_layer import undrawn
from songreel.generation.visuals.scene import Drives, Finish, Hears, Option, Scene, Setting
from songreel.generation.visuals.stage import Stage


class Lettering(Scene):
    """Words as they are sung; shapes in their place where a clip has none.

    A word whose letters no font here has is left out: the picture moves on without it.
    """

    name: ClassVar[str] = "lettering"
    about: ClassVar[str] = (
        "The words being sung, set large as designed type, each appearing on its frame."
    )
    words: ClassVar[tuple[str, ...]] = (
        "letter", "lettering", "lyric", "type", "typography", "text", "word", "sign", "poster",
        "neon sign", "headline", "writing", "alphabet",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.2, 0.4)
    drives: ClassVar[Drives] = Drives(
        kick="the word now sung is pushed towards the viewer and the ground behind it swells",
        snare="words tilt and their letters are jolted apart",
        hat="edges of letters sparkle",
        bass="letters put on weight and the light behind them spreads",
        melody="the word now sung brightens",
        build="letters spread, and what stands behind them grows",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "type",
            {
                "poster": Option(("poster", "print", "headline", "bold", "stencil")),
                "neon": Option(("neon", "night", "fog", "rain", "club", "wet"), (-0.2, 0.3)),
                "paper": Option(("paper", "cutout", "collage", "craft", "play"), (0.6, 0.2)),
                "horizon": Option(
                    ("horizon", "sunset", "dusk", "desert", "road", "silhouette"), (0.1, -0.4)
                ),
            },
        ),
    )
    hears: ClassVar[frozenset[Hears]] = frozenset({"words"})
    scale: ClassVar[float] = 2 / 3
    finish: ClassVar[Finish] = Finish(bloom=0.30, vignette=0.28, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.room = ROOMS[self.setting("type")](stage, self.height, self.width)

    @classmethod
    def remarks(cls, stage: Stage) -> tuple[str, ...]:
        """Words that are left out; see `Scene.remarks`."""
        words = undrawn(stage.request.drive)
        return (f"no font here has the letters of {', '.join(words)}",) if words else ()

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        self.room.draw(moment, out)
