"""Sound for pictures that was made: `FoleyPart`, `FoleyTrack`, and what the mix measured."""

from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from songreel.models.clip import Sha256
from songreel.models.document import Document, Frozen
from songreel.models.foley import FoleyPlan
from songreel.models.mix import MixSpec
from songreel.models.money import Charge
from songreel.models.shown.shows import Shows

Samples = Annotated[int, Field(ge=0)]


class FoleyPart(Frozen):
    """The sound of one cue as it lies in the track. Samples count from the track's start."""

    cue: str
    start: Samples
    """First sample that is this part's, the cross-fade to it included."""
    end: Samples
    """First sample that is not, the cross-fade away from it included."""
    fade: Samples = 0
    """Samples from `start` on over which the track goes over to it; 0 where none is before it."""
    take: Sha256 | None = None
    """Fingerprint of the request it came of; None: it could not be had, and here is silence."""
    file: str = ""
    """Name of the take's file, in the folder of takes."""
    seed: int = 0
    gain: float = 0.0
    """dB by which it was brought to the loudness of the others."""
    loudness: float | None = None
    """LUFS, integrated, as it lies in the track; None for what is too quiet or short to measure."""
    step: float | None = None
    """LU from the part before to this one; None where either has no loudness."""
    cost: Charge | None = None
    notes: tuple[str, ...] = ()
    """What its maker says of it: model, licence, which words were understood."""
    remarks: tuple[str, ...] = ()
    """What is other than was asked, a sentence each: why it is silent, by how much it is short."""


class FoleyTrack(Shows, Document):
    """The report of a run: what was asked for, what came, what was delivered.

    It lies beside the delivered file; files are named relative to it.
    """

    shown_by: ClassVar[str] = "songreel.models.shown.score:sound_track"

    kind: ClassVar[str] = "songreel.foley"
    version: ClassVar[int] = 1

    source: str
    """Who was asked for the sound: `fal:mmaudio-v2`."""
    film: str = ""
    """File whose pictures it is for; empty for sound without pictures."""
    film_sha256: Sha256 | None = None
    frames: Annotated[int, Field(ge=0)] = 0
    """Pictures of the film, counted."""
    rate: Fraction | None = None
    """Pictures a second."""
    takes: str
    """Folder of the takes."""
    plan: FoleyPlan
    stem: str = ""
    """The new sound by itself, a WAV; empty where none came."""
    stem_sha256: Sha256 | None = None
    sample_rate: Annotated[int, Field(gt=0)]
    samples: Samples
    """Length of the new sound, as long as the pictures."""
    channels: Annotated[int, Field(ge=0)] = 0
    parts: tuple[FoleyPart, ...] = ()
    output: str
    """The delivered file."""
    output_sha256: Sha256
    output_frames: Annotated[int, Field(ge=0)] = 0
    """Pictures in it, counted in the file."""
    output_samples: Samples = 0
    """Samples of its sound that are played, counted in the decoded file; 0 for a silent one."""
    mix: MixSpec
    outcome: Literal["whole", "part", "none"]
    """Whether all the sound came, some of it with silence in the gaps, or none at all; then the
    film was delivered as it was."""
    loudness: float | None = None
    """LUFS, integrated (EBU R128), of the delivered sound."""
    true_peak: float | None = None
    """dBTP of it."""
    cost: Charge | None = None
    """Of all takes."""
    notices: tuple[str, ...] = ()
    """What whoever uses it should know, with the reason, a sentence each."""
