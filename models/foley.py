"""Sound for pictures that is to be made: `FoleyShot`, `FoleyCue`, `FoleyPlan`."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from songreel.models.document import Document, Frozen, Misplaced
from songreel.models.sound_request import Setting
from songreel.models.storyboard import Parts
from songreel.models.units import Unit

Quality = Literal["draft", "final"]


class FoleyShot(Frozen):
    """A shot that wants sound: frames [start, end), and what is known of what it shows."""

    id: Annotated[str, Field(min_length=1)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(gt=0)]
    sound: str = ""
    """What it sounds like, where a person says so; the rest is then not read."""
    prompt: str = ""
    """What is seen."""
    motif: str = ""
    parts: Parts | None = None
    """What the prompt was worded from."""
    motion: Unit = 0.5
    """How much moves, 0 still to 1 wild."""


class FoleyCue(Frozen):
    """The sound of one chunk: frames [start, end)."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    """For labels: `f001`."""
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(gt=0)]
    shots: Annotated[tuple[str, ...], Field(min_length=1)]
    """Ids of the shots it sounds under, in order; a long shot's id stands in several cues."""
    prompt: str
    negative: str = ""
    seed: Annotated[int, Field(ge=0, lt=2**16)]
    """Within the range of the narrowest host (fal: 0 to 65535)."""
    settings: Mapping[str, Setting] = Field(default_factory=dict)
    """`num_steps`, `cfg_strength` and, where pictures should not sway what is heard,
    `mask_away_clip`; see `SoundRequest.settings`."""
    splits_shot: bool = False
    """Whether it begins inside a shot, as no source makes a piece so long."""

    @property
    def frames(self) -> int:
        """Its length."""
        return self.end - self.start


class FoleyPlan(Document):
    """Chunks that tile a film, each with its words; made by `songreel.prompting.foley`.

    For sound without a picture `rate` is whatever the lengths are counted in, samples a second,
    say.
    """

    kind: ClassVar[str] = "songreel.foley-plan"
    version: ClassVar[int] = 1

    title: str = ""
    rate: Fraction
    """Frames a second."""
    preset: str
    quality: Quality = "final"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    cues: Annotated[tuple[FoleyCue, ...], Field(min_length=1)]
    reasons: tuple[str, ...] = ()
    """Why chunks and words are what they are, a sentence each."""

    @model_validator(mode="after")
    def _tiles(self) -> Self:
        if self.cues[0].start != 0:
            raise Misplaced("the first cue must start at frame 0", "cues", 0, "start")
        names: set[str] = set()
        for n, cue in enumerate(self.cues):
            if cue.id in names:
                raise Misplaced(f"two cues are called {cue.id}", "cues", n, "id")
            if cue.end <= cue.start:
                raise Misplaced(f"cue {cue.id} must end after it starts", "cues", n, "end")
            names.add(cue.id)
        for n, (before, after) in enumerate(pairwise(self.cues), 1):
            if before.end != after.start:
                text = f"cue {after.id} must start where {before.id} ends, at frame {before.end}"
                raise Misplaced(text, "cues", n, "start")
        return self

    @property
    def frames(self) -> int:
        """Length of the film."""
        return self.cues[-1].end

    @property
    def seconds(self) -> float:
        """Length of the film."""
        return float(self.frames / self.rate)

    def span(self, cue: FoleyCue) -> tuple[float, float]:
        """Seconds at which `cue` starts and ends."""
        return float(cue.start / self.rate), float(cue.end / self.rate)
