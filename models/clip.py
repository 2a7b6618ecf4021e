"""Moving pictures to be made and made: `ClipRequest` with its fingerprint, `Job`, `Clip`."""

import hashlib
import json
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from songreel.models.document import Document, Frozen
from songreel.models.music import Curve, Hits, Seconds, Unit
from songreel.models.storyboard import CameraMove, Palette, ShotSize

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Drive(Frozen):
    """The music under one clip, for providers that move with it. Seconds from the clip's start."""

    beats: tuple[Seconds, ...] = ()
    downbeats: tuple[Seconds, ...] = ()
    kick: Hits = Hits()
    snare: Hits = Hits()
    hat: Hits = Hits()
    energy: Curve
    brightness: Curve
    bass: Curve
    build: tuple[Unit, Unit] = (0.0, 0.0)
    """How far a build has risen at the clip's start and end; 0 outside builds."""
    section: str = "section"
    song_start: Unit = 0.0
    song_end: Unit = 1.0
    """Where the clip lies in the song."""


class ClipRequest(Frozen):
    """Everything that decides a clip's picture, and nothing of whoever makes it.

    `frames` counts what the edit needs, handles for transitions included: the clip must hold at
    least as many at `rate`. `head` of them lie before the cut at which the shot begins.
    """

    prompt: str
    negative: str = ""
    motif: str = ""
    camera: CameraMove
    size: ShotSize
    palette: Palette
    energy: Unit
    motion: Unit
    seed: int
    width: Annotated[int, Field(gt=0, multiple_of=2)]
    height: Annotated[int, Field(gt=0, multiple_of=2)]
    rate: Fraction
    frames: Annotated[int, Field(gt=0)]
    head: Annotated[int, Field(ge=0)] = 0
    drive: Drive | None = None
    """Left out for providers that do not hear the music, so that it does not age their clips."""
    source: tuple[str, ...] = ()
    """What else decides the picture, as the provider states it: a model and its version, or the
    content hash and span of a piece of footage."""

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the request's canonical JSON: cache key and idempotency key."""
        return fingerprint(self.model_dump(mode="json"))

    @property
    def seconds(self) -> float:
        """Length of the clip."""
        return float(self.frames / self.rate)


def fingerprint(value: Any) -> str:
    """SHA-256 (hex) of plain data as canonical JSON: sorted keys, no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Job(Frozen):
    """A clip under way at a provider."""

    provider: str
    id: str
    request: ClipRequest


class JobState(Frozen):
    """Where a job stands. `done` carries a file path or URL in `result`."""

    status: Literal["waiting", "done", "failed"]
    progress: Unit = 0.0
    result: str | None = None
    detail: str = ""
    """Reason of a failure, or what is going on."""


class Clip(Document):
    """A clip on disk. Its document lies beside it; the file is believed only by its hash."""

    kind: ClassVar[str] = "songreel.clip"
    version: ClassVar[int] = 1

    request: ClipRequest
    provider: str
    model: str = ""
    file: str
    """Name of the file, in the folder of this document."""
    sha256: Sha256
    frames: Annotated[int, Field(gt=0)]
    """Frames in the file, at `rate`."""
    rate: Fraction
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    substitution: str | None = None
    """One sentence if this clip stands in for another: what was asked, what this is, and why."""
    notes: tuple[str, ...] = ()
    """What the viewer of a report should know: which photo or span, which scene."""
