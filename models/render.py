"""What comes out: `RenderSpec`, `Render`, `SyncReport`."""

from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from songreel.models.clip import Sha256
from songreel.models.document import Document, Frozen
from songreel.models.errors import InvalidInput
from songreel.models.names import Inside
from songreel.models.shown.shows import Shows
from songreel.models.storyboard import CutReason
from songreel.models.sync_score import SyncScore
from songreel.models.timebase import RATES
from songreel.models.transition import Kind
from songreel.models.units import Unit

ASPECTS: dict[str, Fraction] = {
    "16:9": Fraction(16, 9),
    "9:16": Fraction(9, 16),
    "1:1": Fraction(1),
    "4:5": Fraction(4, 5),
}

Format = Literal["mp4", "mkv", "mov"]
"""mp4: H.264 + AAC. mkv: H.264 + FLAC. mov: ProRes 422 HQ + PCM."""


class RenderSpec(Frozen):
    """What the finished file is to be."""

    width: Annotated[int, Field(ge=64, multiple_of=2)] = 1280
    height: Annotated[int, Field(ge=64, multiple_of=2)] = 720
    rate: Fraction = RATES["24"]
    format: Format = "mp4"
    crf: Annotated[int, Field(ge=0, le=40)] = 22
    """x264's constant rate factor; lower is better. ProRes does not use it."""
    lead: Annotated[int, Field(ge=0, le=4)] = 0
    """Frames by which every cut comes earlier than the last frame at or before its beat."""

    @classmethod
    def of(cls, aspect: str, short_side: int, rate: Fraction, kind: Format = "mp4") -> "RenderSpec":
        """Spec for an aspect ratio and the length of the shorter side in pixels.

        Raises:
            InvalidInput: The aspect is not one of `ASPECTS`, or the side is odd, under 64 or
                over 4320.
        """
        ratio = ASPECTS.get(aspect)
        if ratio is None:
            raise InvalidInput(
                f"aspect {aspect!r} is not known; choose one of {', '.join(ASPECTS)}"
            )
        if not 64 <= short_side <= 4320 or short_side % 2:
            raise InvalidInput(
                f"{short_side} pixels cannot be the short side: use an even number from 64 to 4320"
            )
        long_side = round(short_side * max(ratio, 1 / ratio) / 2) * 2
        width, height = (long_side, short_side) if ratio >= 1 else (short_side, long_side)
        return cls(width=width, height=height, rate=rate, format=kind)

    def over(
        self,
        aspect: str | None = None,
        short_side: int | None = None,
        rate: Fraction | None = None,
        kind: Format | None = None,
    ) -> "RenderSpec":
        """This one with what is given in place of its own.

        Raises:
            InvalidInput: As `of`.
        """
        own = min(ASPECTS, key=lambda name: abs(ASPECTS[name] - self.width / self.height))
        short = min(self.width, self.height) if short_side is None else short_side
        wanted = self.of(aspect or own, short, rate or self.rate, kind or self.format)
        return wanted.model_copy(update={"crf": self.crf, "lead": self.lead})


class CutCheck(Frozen):
    """One cut as planned and as found in the decoded file."""

    shot: str
    reason: CutReason
    transition: Kind
    target: float
    """Musical time it was planned for, seconds."""
    planned: int
    """Frame."""
    found: int | None
    """Frame, measured; None where the picture does not tell (two alike pictures meet)."""
    error: float | None
    """Time of the found frame minus target, seconds; negative is early."""
    visibility: float
    """Change of picture at the cut against the frames around it, in robust deviations."""


class Fault(Frozen):
    """A stretch of film that a viewer would call broken. Frames [start, end)."""

    kind: Literal["black", "frozen", "flashing"]
    start: int
    end: int
    detail: str = ""


class SectionPace(Frozen):
    """How one section of the film was cut, as found in the file."""

    label: str
    letter: str
    start: float
    end: float
    """Seconds."""
    energy: Unit
    cuts: int
    """Shots that begin in it, the film's first excepted."""
    median_shot: float | None
    """Seconds; None where no shot begins."""

    @property
    def rate(self) -> float:
        """Cuts a minute."""
        return 60 * self.cuts / (self.end - self.start)


class SyncReport(Shows, Document):
    """Measured on the decoded file, never read from the plan."""

    shown_by: ClassVar[str] = "songreel.models.shown.film:sync_report"

    kind: ClassVar[str] = "songreel.sync-report"
    version: ClassVar[int] = 1

    video: str
    video_sha256: Sha256
    spec: RenderSpec
    beat_locked: bool
    frames_expected: int
    frames_found: int
    samples_expected: int
    samples_found: int
    sample_rate: int
    audio_offset: int | None
    """Samples; lag of the best cross-correlation of song and output. None for silence."""
    audio_drift: int | None
    """Samples; offset over the last 10 s minus offset over the first 10 s."""
    audio_exact: bool
    """Every decoded sample equals the song's."""
    cuts: tuple[CutCheck, ...]
    faults: tuple[Fault, ...]
    flashes: int | None = None
    """Most flashes in any second over a quarter of the picture; None in reports from before."""
    proof: SyncScore | None = None
    """How far the cuts found go with the music; None with few cuts, or music without accents."""
    pace: tuple[SectionPace, ...] = ()
    follows: float | None = None
    """Spearman's ρ of energy and cut rate over sections; None under four sections."""
    substitutions: tuple[str, ...]
    notices: tuple[str, ...] = ()
    ok: bool
    """Every claim of the edit held."""

    @property
    def on_frame(self) -> Unit:
        """Share of the measurable cuts found on their planned frame; 1 without any."""
        told = [cut for cut in self.cuts if cut.found is not None]
        return sum(cut.found == cut.planned for cut in told) / len(told) if told else 1.0


class Render(Document):
    """A finished video and what it was made from."""

    kind: ClassVar[str] = "songreel.render"
    version: ClassVar[int] = 1

    file: Inside
    """Relative to the project."""
    sha256: Sha256
    spec: RenderSpec
    frames: int
    seconds: float
    fingerprint: Sha256
    """Of the timeline, the spec and the song: the same again needs no rendering."""
    reused_segments: int
    made_segments: int
    copied_frames: int = 0
    """Frames that were taken from the clips as they are, neither decoded nor coded."""
