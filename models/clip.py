"""Moving pictures to be made and made: `ClipRequest` with its fingerprint, `Job`, `Clip`."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, Self

from pydantic import AwareDatetime, Field, model_validator
from typing_extensions import TypeVar

from songreel.models.document import Document, Frozen
from songreel.models.effect import EffectCue
from songreel.models.local import Effort
from songreel.models.money import Charge
from songreel.models.music import Curve, Hits
from songreel.models.names import Bare
from songreel.models.order import Order, fingerprint
from songreel.models.shown.shows import Shows
from songreel.models.spectrum import Spectrum
from songreel.models.storyboard import CameraMove, Palette, ShotSize
from songreel.models.units import Seconds, Signed, Unit

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Sung(Frozen):
    """A word over [start, end) seconds of a clip; a word that is already sung starts below 0."""

    start: float
    end: float
    text: Annotated[str, Field(min_length=1)]
    line: Annotated[int, Field(ge=0)]
    """Counted over the song, so that a scene knows which words stand together."""


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
    melody: Hits = Hits()
    """Notes of the leading voice or instrument."""
    spectrum: Spectrum | None = None
    words: tuple[Sung, ...] = ()
    """What is sung, where lyrics are known."""
    letter: str = ""
    """Of the section: equal letters are the same material."""
    turn: Annotated[int, Field(ge=0)] = 0
    """How many sections of this label came before: 1 in the second chorus."""
    mood: tuple[Signed, Signed] | None = None
    """Valence and arousal of the section."""

    def told(self) -> dict[str, Any]:
        """As plain data; of what drives had no word of before 0.6, only what is known."""
        unknown = {name for name in _LATER if getattr(self, name) == _AT_FIRST[name]}
        return self.model_dump(mode="json", exclude=unknown)


_LATER = ("melody", "spectrum", "words", "letter", "turn", "mood")
_AT_FIRST = {name: Drive.model_fields[name].default for name in _LATER}


class Still(Frozen):
    """A picture that a clip begins with, ends with or refers to, known by its content.

    Either `sha256`, of an image file's bytes, or `after`: the last picture that a shot shows of
    another clip, whose request has this fingerprint, `at` seconds into it (last-frame chaining).
    """

    sha256: Sha256 | None = None
    after: Sha256 | None = None
    at: Fraction | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.sha256 is None) == (self.after is None) or (self.after is None) != (
            self.at is None
        ):
            raise ValueError("a still is either an image's sha256, or after a clip and at a time")
        return self


class Images(NamedTuple):
    """The files behind a request's stills when it is submitted."""

    start: Path | None = None
    end: Path | None = None
    references: tuple[Path, ...] = ()


NO_IMAGES = Images()


class Final(Frozen):
    """How the film shows a clip, for makers whose clips go into it as they are.

    Such a clip is coded as the film is (`songreel.models.coding`), so that its packets can be
    copied, and wears what lasts a whole shot.
    """

    crf: Annotated[int, Field(ge=0, le=40)]
    """x264's constant rate factor."""
    worn: tuple[EffectCue, ...] = ()
    """Of the shot and of the film, in the order in which they are carried out."""
    alone: Annotated[int, Field(ge=0)] = 0
    """Frame of the clip from which its shot is seen by itself, its transition over."""


class ClipRequest(Order):
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
    start: Still | None = None
    """First picture, for makers that take one; the others leave it out."""
    end: Still | None = None
    """Last picture."""
    references: tuple[Still, ...] = ()
    """Who or what is to be seen."""
    drive: Drive | None = None
    """Left out for providers that do not hear the music, so that it does not age their clips."""
    take: str | None = None
    """Shots that carry the same one may show portions of one clip. Planning acts on it and leaves
    None; it is never part of the fingerprint."""
    source: tuple[str, ...] = ()
    """What else decides the picture, as the provider states it: a model and its version, or the
    content hash and span of a piece of footage."""
    final: Final | None = None
    """Left out for makers whose clips the film codes anew."""

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the request's canonical JSON: cache key and idempotency key.

        Stills that are not there, no final form, and music that was not told do not count, so that
        clips made before there were any are still known.
        """
        raw = self.model_dump(mode="json", exclude={"take", "drive"})
        raw["drive"] = self.drive.told() if self.drive is not None else None
        absent = [key for key in ("start", "end", "references", "final") if not raw[key]]
        return fingerprint({key: value for key, value in raw.items() if key not in absent})

    @property
    def seconds(self) -> float:
        """Length of the clip."""
        return float(self.frames / self.rate)


class Portion(Frozen):
    """What a shot shows of a clip: frames [first, first + frames) at the film's `rate`.

    Shots may show different portions of one clip. Frame `first + head` is the one at the cut.
    """

    request: ClipRequest
    """Of the whole clip, as its provider will make it."""
    first: Annotated[int, Field(ge=0)] = 0
    frames: Annotated[int, Field(gt=0)]
    head: Annotated[int, Field(ge=0)] = 0
    rate: Fraction

    @classmethod
    def whole(cls, request: ClipRequest) -> "Portion":
        """All of a clip that is made for one shot."""
        return cls(request=request, frames=request.frames, head=request.head, rate=request.rate)

    @property
    def cut_at(self) -> Fraction:
        """Seconds into the clip at which the shot begins, its head before it."""
        return (self.first + self.head) / self.rate

    @property
    def end(self) -> Fraction:
        """Seconds into the clip at which the portion ends."""
        return (self.first + self.frames) / self.rate

    @property
    def covered(self) -> Fraction:
        """Share of it that the planned clip holds: below 1 for a shot longer than any clip."""
        held = self.request.frames / self.request.rate - self.first / self.rate
        return max(Fraction(0), min(Fraction(1), held * self.rate / self.frames))


R = TypeVar("R", bound=Order, default=ClipRequest)


class Job(Frozen, Generic[R]):
    """A clip or a sound under way at a provider.

    Where it is about to be sent there, `id` is still empty.
    """

    provider: str
    id: str
    request: R
    ticket: Mapping[str, str] = Field(default_factory=dict)
    """What the provider needs beside the id to ask after it, e.g. the URLs fal returns."""
    key: str = ""
    """Of its reservation in the ledger; empty where nothing is paid."""
    sent: AwareDatetime | None = None
    """When it was, or was about to be, sent (UTC)."""


class JobState(Frozen):
    """Where a job stands. `done` carries a file path or URL in `result`."""

    status: Literal["waiting", "done", "failed"]
    progress: Unit = 0.0
    result: str | None = None
    detail: str = ""
    """Reason of a failure, or what is going on."""
    refused: bool = False
    """Failed because the service refuses this content."""
    eta: Seconds | None = None
    """Until it is done, as far as that can be told."""
    effort: Effort | None = None
    """Of a job that is done and was made on this machine."""
    charge: Charge | None = None
    """Of a job that has ended, where money is paid; None where the service told nothing: then
    the quote stands for a finished job, and nothing for a failed one."""


class Flaw(Frozen):
    """What the eye finds wrong with a finished clip."""

    text: str
    """One sentence: "the picture stands still from 1.2 s on"."""
    fatal: bool
    """Whether nobody would want to see it."""


class Clip(Shows, Document):
    """A clip on disk. Its document lies beside it; the file is believed only by its hash."""

    shown_by: ClassVar[str] = "songreel.models.shown.film:clip"

    kind: ClassVar[str] = "songreel.clip"
    version: ClassVar[int] = 1

    request: ClipRequest
    provider: str
    model: str = ""
    file: Bare
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
    faults: tuple[str, ...] = ()
    """What the eye finds wrong with it: black, frozen, flickering, too short; a sentence each."""
    remarks: tuple[str, ...] = ()
    """What is other than the plan asks, though it is no substitution; a sentence each."""
    cut_at: Fraction | None = None
    """Seconds into the file at which the shot begins; None: after the request's head."""
    cost: Charge | None = None
    """What was paid for the file; told once, at the shot it was made for."""
    effort: Effort | None = None
    """What making it took, of a clip that a model made on this machine."""
    made: AwareDatetime | None = None
    """When a provider elsewhere finished it (UTC); left out for what is made on this machine."""

    @property
    def begins(self) -> Fraction:
        """Seconds into the file at which the shot begins."""
        return self.request.head / self.request.rate if self.cut_at is None else self.cut_at
