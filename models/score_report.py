"""What is heard in a finished score, beside what was planned: `ScoreReport`."""

from typing import Annotated, ClassVar

from pydantic import Field, ValidationError

from songreel.models.clip import Sha256
from songreel.models.document import Document, Frozen
from songreel.models.harmony import Key
from songreel.models.money import Charge
from songreel.models.music import Curve
from songreel.models.shown.shows import Shows
from songreel.models.units import Seconds, Unit


class SceneHeard(Frozen):
    """The music of one scene, as it is heard."""

    id: str
    start: Seconds
    end: Seconds
    bpm: Annotated[float, Field(gt=0)]
    """Planned."""
    tempo: float | None
    """BPM of the beats heard in it; None where there are too few."""
    beat: float | None
    """Seconds from its start to the nearest beat heard, later counting positive; None: no grid."""
    downbeat: float | None
    """The same to the nearest downbeat."""
    loudness: float | None
    """LUFS over the scene; None where it is silent or too short."""
    retakes: Annotated[int, Field(ge=0)] = 0
    """Parts of it that were made again, in all."""
    remarks: tuple[str, ...] = ()


class JoinHeard(Frozen):
    """Where one part goes over into the next."""

    scene: str
    at: Seconds
    """Where the cross-fade begins."""
    fade: Seconds
    step: float | None
    """LU between the second after it and the one before it; None where one of them is silent."""
    roughness: float | None
    """Largest step between samples inside the cross-fade, as a share of the largest within a second
    before and after it: a click stands out at 5 and more, an entry of drums is 1 to 2."""


class ScoreReport(Shows, Document):
    """A score after mastering, measured on the delivered file."""

    shown_by: ClassVar[str] = "songreel.models.shown.score:score_report"

    kind: ClassVar[str] = "songreel.score-report"
    version: ClassVar[int] = 1

    title: str
    file: str
    """The delivered track, in this document's folder or by its path."""
    sha256: Sha256
    composed: Sha256 | None = None
    """Of the track before it was mastered."""
    earlier: tuple[Sha256, ...] = ()
    """Of tracks that were delivered before it, the last ones: where one of them still lies, as
    after `--out` named another file, it is ours to replace."""
    source: str
    seconds: Seconds
    rate: Annotated[int, Field(gt=0)]
    samples: Annotated[int, Field(gt=0)]
    meant: Annotated[float, Field(gt=0)]
    """BPM that most of the score is planned in."""
    tempo: float | None
    """BPM heard, at the octave of `meant` that is nearest."""
    key_meant: str
    key: str | None
    trust: Unit
    """That beats are where they were heard."""
    on_beat: Unit | None
    """Share of planned beats with one heard within 50 ms; None where none are heard."""
    beat_error: float | None
    """Seconds, median of the distances between them."""
    cuts: Annotated[int, Field(ge=0)] = 0
    """Of the edit that it was made to fit."""
    cuts_on_beat: Unit | None = None
    """Share of them with a beat heard within 50 ms."""
    cut_error: float | None = None
    """Seconds, median of their distances."""
    integrated: float | None
    """LUFS."""
    range: float | None
    """LU."""
    true_peak: float | None
    """dBTP."""
    gain: float
    """dB that mastering put on it."""
    loudness: Curve
    """LUFS over 3 s."""
    scenes: tuple[SceneHeard, ...]
    joins: tuple[JoinHeard, ...]
    picture: str = ""
    cost: Charge | None = None
    notices: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """For people, the whole first."""
        heard = f"{self.tempo:.2f} BPM" if self.tempo else "no tempo"
        off = f" ({(self.tempo / self.meant - 1) * 100:+.2f} %)" if self.tempo else ""
        grid = "no beats are heard"
        if self.on_beat is not None and self.beat_error is not None:
            grid = (
                f"{self.on_beat * 100:.0f} % of the planned beats are heard within 50 ms, "
                f"{self.beat_error * 1000:.0f} ms off in the middle"
            )
        level = "silent" if self.integrated is None else f"{self.integrated:.1f} LUFS"
        peak = "" if self.true_peak is None else f", {self.true_peak:.1f} dBTP"
        spread = "" if self.range is None else f", range {self.range:.1f} LU"
        found = [
            f"{self.seconds:.3f} s by {self.source}: {heard} for {round(self.meant, 2):g}{off}, "
            f"{_spelled(self.key, self.key_meant)} for {self.key_meant}",
            f"{grid}; grid trust {self.trust:.2f}",
            f"{level}{peak}{spread}; mastering {self.gain:+.1f} dB",
        ]
        if self.cuts and self.cuts_on_beat is not None and self.cut_error is not None:
            found.append(
                f"{self.cuts_on_beat * 100:.0f} % of the {self.cuts} cuts have a beat within "
                f"50 ms, {self.cut_error * 1000:.0f} ms off in the middle"
            )
        steps = [abs(join.step) for join in self.joins if join.step is not None]
        rough = [join.roughness for join in self.joins if join.roughness is not None]
        if self.joins:
            count = len(self.joins)
            text = f"{count} join{'' if count == 1 else 's'}"
            text += f": steps up to {max(steps):.1f} LU" if steps else ""
            text += f", roughness up to {max(rough):.2f}" if rough else ""
            found.append(text)
        return tuple(found)


def _spelled(key: str | None, meant: str) -> str:
    """A key as it is heard, F# where F# is meant and not Gb."""
    if key is None:
        return "no key"
    try:
        same = Key.model_validate(key) == Key.model_validate(meant)
    except ValidationError:
        same = False
    return meant if same else key
