"""Music that is to be made and was made: `ScoreCue`, `ScorePlan`, `ScorePart`, `Score`."""

from typing import Annotated, ClassVar

from pydantic import Field

from songreel.models.clip import Sha256
from songreel.models.document import Document, Frozen
from songreel.models.money import Charge
from songreel.models.names import Inside
from songreel.models.shown.shows import Shows
from songreel.models.units import Seconds, Signed, Unit


class ScoreCue(Frozen):
    """The music of one scene."""

    id: Annotated[str, Field(min_length=1)]
    seconds: Annotated[float, Field(gt=0)]
    prompt: str
    """Complete, for a model that reads words: genre, instruments, mood, BPM and key."""
    bpm: Annotated[float, Field(gt=0)]
    key: str
    """`A minor`."""
    meter: Annotated[int, Field(ge=1, le=12)] = 4
    energy: Unit = 0.5
    mood: tuple[Signed, Signed] = (0.0, 0.0)
    """Valence and arousal."""


class ScorePlan(Shows, Document):
    """A score to be made: cues one after the other, one track."""

    shown_by: ClassVar[str] = "songreel.models.shown.score:score_plan"

    kind: ClassVar[str] = "songreel.score-plan"
    version: ClassVar[int] = 1

    title: str = ""
    cues: Annotated[tuple[ScoreCue, ...], Field(min_length=1)]
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    first_downbeat: Seconds = 0.0
    """Where bar one begins; what lies before it is an upbeat."""
    reasons: tuple[str, ...] = ()
    """Why tempo, key and build are what they are, a sentence each."""

    @property
    def seconds(self) -> float:
        """Length of the track."""
        return sum(cue.seconds for cue in self.cues)

    def starts(self) -> tuple[float, ...]:
        """Where each cue begins, in seconds, and where the last one ends: n + 1 values."""
        found = [0.0]
        for cue in self.cues:
            found.append(found[-1] + cue.seconds)
        return tuple(found)


class ScorePart(Frozen):
    """What was appended to the track in one step. Samples count from the track's start."""

    cue: str
    provider: str
    take: Sha256
    """Fingerprint of the request it came of."""
    seed: int
    start: Annotated[int, Field(ge=0)]
    """First sample that is this part's, the cross-fade to it included."""
    end: Annotated[int, Field(gt=0)]
    fade: Annotated[int, Field(ge=0)] = 0
    """Samples from `start` on over which the track goes over to it; 0 for the first."""
    gain: float = 0.0
    """dB at its start, by which it was brought to the loudness of what comes before; of the first
    part, to the loudness that its cue is meant to have."""
    gain_end: float | None = None
    """dB that it has eased to in the course of it, where that is another; None: the same."""
    lag: int = 0
    """Samples by which the source rendered late what it heard, made up for at the join."""
    alike: float | None = None
    """Correlation of that rendering with what it heard; None where nothing was continued."""
    step: float | None = None
    """LU between the second after the join and the one before it, each as many whole beats as come
    next to a second; None where one of them is too short for that, or silent."""
    tempo: float | None = None
    """BPM as heard; None where nothing has a pulse."""
    retakes: Annotated[int, Field(ge=0)] = 0
    remarks: tuple[str, ...] = ()
    """Why it was made again, and what is still wrong with it; a sentence each."""
    notes: tuple[str, ...] = ()
    """What its maker says of it: model, licence, who plays, words that say nothing to it."""


class Score(Shows, Document):
    """A finished score. The track lies beside it and is believed only by its hash."""

    shown_by: ClassVar[str] = "songreel.models.shown.score:score"

    kind: ClassVar[str] = "songreel.score"
    version: ClassVar[int] = 1

    plan: ScorePlan
    file: Inside
    sha256: Sha256
    rate: Annotated[int, Field(gt=0)]
    channels: Annotated[int, Field(gt=0)]
    samples: Annotated[int, Field(gt=0)]
    parts: tuple[ScorePart, ...]
    cost: Charge | None = None
    notices: tuple[str, ...] = ()
    """What whoever hears it should know: what stands in for what, and why."""
    recipe: Sha256 | None = None
    """Of everything that decided it: one that is asked for again is not composed again."""

    def told(self) -> tuple[str, ...]:
        """What its makers say of its parts: what holds for all once, the rest by cue."""
        cues = list(dict.fromkeys(part.cue for part in self.parts))
        said: dict[str, list[str]] = {}
        for part in self.parts:
            for note in part.notes:
                named = said.setdefault(note, [])
                if part.cue not in named:
                    named.append(part.cue)
        everywhere = [note for note, named in said.items() if len(named) == len(cues)]
        some = [f"{', '.join(said[n])}: {n}" for n in said if n not in everywhere]
        return (*everywhere, *some)
