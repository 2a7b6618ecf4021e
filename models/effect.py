"""What is done to a shot's pictures in time with the music: `EffectCue`, `PlacedEffect`."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import exp
from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.units import Unit

Setting = float | str | tuple[float, ...]

Driver = Literal[
    "shot", "cut", "beat", "downbeat", "kick", "snare", "hat", "bass", "melody", "energy", "build"
]
"""What in the music moves an effect: nothing (it is there for the whole `shot`), the `cut` itself,
beats, onsets of a band, or a curve of the song."""

EffectName = Annotated[str, Field(pattern=r"^[a-z][a-zA-Z0-9 :._-]*$")]

SPEED_RAMP = "speed ramp"
"""Name of the one cue that no effect carries out: it bends the shot's time instead of its pictures,
so the edit turns it into `Cut.retime` and places nothing (`songreel.assembly.ramps`). Settings:
`before` and `after`, the speeds on either side of the accent (default 0.5 and 1.25), and `ease`,
the seconds it takes from one to the other (default 0.3), over when the accent sounds. `on` picks
the accent: the strongest `kick`, `snare`, `downbeat` or `beat` in the shot, any of them for the
rest. At strength 1 the speeds are as set, at 0 the clip plays as it is."""

RING = 2.0
"""Seconds after which no effect still shows a hit."""

REST = 0.3
"""Seconds that a change of brightness leaves to the one before: three in a second and no more."""


WORN = ("grade", "grain", "letterbox")
"""Effects that do the same to all of a shot, and that a maker may draw into its clips
(`songreel.grading.worn`): the film then need not make those pictures anew."""

PASSING = (
    SPEED_RAMP, "punch-in", "push", "shake", "zoom blur", "rgb split", "flash", "pulse", "fade",
)  # fmt: skip
"""Effects that come and go. Nobody sees whether they were carried out before or after what is
worn: they move a picture, or lighten it for a moment."""


class EffectCue(Frozen):
    """An effect as the plan calls for it, in the words of music: re-timed with the grid."""

    effect: EffectName
    on: Driver = "shot"
    strength: Unit = 0.5
    settings: Mapping[str, Setting] = Field(default_factory=dict)
    """The effect's own, by name."""

    @property
    def wearable(self) -> bool:
        """Whether a clip may wear it: see `WORN`."""
        return self.on == "shot" and self.effect in WORN and self.strength > 0


def worn_of(cues: Sequence[EffectCue]) -> tuple[EffectCue, ...]:
    """What a clip may wear of all that is done to its pictures, in the order in which it is done.

    Whatever is neither worn nor passing must find the picture as it was, and all after it too.
    """
    worn: list[EffectCue] = []
    for cue in cues:
        if cue.wearable:
            worn.append(cue)
        elif cue.effect not in PASSING and cue.strength > 0:
            break
    return tuple(worn)


class PlacedEffect(Frozen):
    """An effect on the frames of the film. Frames count from the cut, or from the film's start.

    `hits` are (frame, strength 0 to 1) in order, some of them before frame 0 while they ring;
    `level` has (frame, 0 to 1) at the knots of a polyline, empty for 1 throughout.
    """

    effect: EffectName
    strength: Unit
    settings: Mapping[str, Setting] = Field(default_factory=dict)
    hits: tuple[tuple[int, Unit], ...] = ()
    level: tuple[tuple[int, Unit], ...] = ()

    def within(self, first: int, last: int, ring: int) -> "PlacedEffect":
        """The same for frames [first, last), counted from `first`; `ring` is `RING` in frames.

        Equal stretches of music give equal values, wherever in the film they lie.
        """
        hits = tuple((f - first, s) for f, s in self.hits if first - ring < f < last)
        knots = [i for i, (f, _) in enumerate(self.level) if first <= f < last]
        before = max((i for i, (f, _) in enumerate(self.level) if f < first), default=None)
        after = min((i for i, (f, _) in enumerate(self.level) if f >= last), default=None)
        kept = sorted({*knots, *(i for i in (before, after) if i is not None)})
        level = tuple((self.level[i][0] - first, self.level[i][1]) for i in kept)
        return self.model_copy(update={"hits": hits, "level": level})


class Beat:
    """What the music does at one frame, as an effect sees it.

    Attributes:
        frame: From the cut; negative in the head of a transition.
        rate: Frames a second.
        strength: Of the effect, 0 to 1.
        level: Of its curve here, 0 to 1.
    """

    __slots__ = ("_hits", "frame", "level", "rate", "strength")

    def __init__(self, placed: PlacedEffect, frame: int, rate: float) -> None:
        self.frame, self.rate, self.strength = frame, rate, placed.strength
        self._hits = placed.hits
        self.level = _between(placed.level, frame)

    def ring(self, decay: float, attack: float = 0.0, rest: float = 0.0) -> float:
        """How much the hits up to now still sound, 0 to 1: the strongest, each falling off.

        Args:
            decay: Seconds in which a hit falls to 1/e.
            attack: Seconds over which it rises before its moment.
            rest: Hits that follow another within this many seconds are passed over.
        """
        most = 0.0
        before = float("-inf")
        for frame, strength in self._hits:
            crowded, before = (frame - before) / self.rate < rest, frame
            if crowded:
                continue
            since = (self.frame - frame) / self.rate
            if since >= 0:
                most = max(most, strength * exp(-since / decay) if since < RING else 0.0)
            elif attack > 0 and -since < attack:
                most = max(most, strength * (1 + since / attack))
        return most

    def last(self) -> tuple[float, float]:
        """(seconds since the latest hit, its strength); (infinity, 0) before the first."""
        past = [(f, s) for f, s in self._hits if f <= self.frame]
        return ((self.frame - past[-1][0]) / self.rate, past[-1][1]) if past else (float("inf"), 0)


def _between(knots: tuple[tuple[int, float], ...], frame: int) -> float:
    if not knots:
        return 1.0
    if frame <= knots[0][0]:
        return knots[0][1]
    for (a, low), (b, high) in pairwise(knots):
        if frame < b:
            return low + (high - low) * (frame - a) / (b - a)
    return knots[-1][1]
