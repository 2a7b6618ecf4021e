"""What a person corrects of the beats and bars that were heard: `GridChange`, and its `Move`."""

import re
from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from songreel.models.document import Frozen
from songreel.models.units import Seconds

Octave = Literal["as heard", "half", "double"]
"""At which octave of its tempo a song's beats are counted."""
OCTAVES: tuple[Octave, ...] = ("as heard", "half", "double")

SLOWEST, FASTEST = 20.0, 400.0
"""BPM of what anybody could call a beat, widely."""
FEWEST_TAPS = 4
"""The same as the fewest beats that make a grid."""
METER = re.compile(r"([1-9]|1[0-6])/(2|4|8|16)")
"""Meters that can be asked for."""

_OPPOSITE = {"half": "double", "double": "half"}


class GridChange(Frozen):
    """One correction of a song's grid. A project's corrections apply in order, each to the last.

    `half` and `double` count the beats at another octave; `offset` moves all beats by `seconds`;
    `bar one` says that a bar begins at `seconds`; `meter` counts bars of `meter`; `tempo` is a
    steady pulse of `bpm`; `tap` has the times at which somebody tapped.
    """

    kind: Literal["half", "double", "offset", "bar one", "meter", "tempo", "tap"]
    seconds: float | None = None
    bpm: Annotated[float, Field(ge=SLOWEST, le=FASTEST)] | None = None
    meter: str | None = None
    taps: tuple[Seconds, ...] = ()
    """In order, as they were tapped."""
    places: tuple[int, ...] = ()
    """Place of each tap in its bar, from 1, where the file said it; otherwise empty."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        wanted = {"offset": "seconds", "bar one": "seconds", "tempo": "bpm", "meter": "meter"}
        for name in ("seconds", "bpm", "meter"):
            if (getattr(self, name) is not None) != (wanted.get(self.kind) == name):
                raise ValueError(f"a correction {self.kind!r} does not go with {name}")
        if self.kind == "bar one" and self.seconds is not None and self.seconds < 0:
            raise ValueError(f"bar one cannot be at {self.seconds} s, before the song")
        if self.meter is not None and not METER.fullmatch(self.meter):
            raise ValueError(f"{self.meter!r} is no meter; write it as 3/4 or 6/8")
        if (self.kind == "tap") != (len(self.taps) >= FEWEST_TAPS):
            raise ValueError(f"a grid is tapped with {FEWEST_TAPS} taps at least")
        if self.places and len(self.places) != len(self.taps):
            raise ValueError(f"{len(self.taps)} taps but {len(self.places)} places in the bar")
        return self

    def __str__(self) -> str:
        """As the option that asks for it."""
        match self.kind:
            case "offset":
                return f"--offset {_plain(1000 * (self.seconds or 0.0))}ms"
            case "bar one":
                return f"--bar-one-at {_plain(self.seconds or 0.0)}"
            case "meter":
                return f"--meter {self.meter}"
            case "tempo":
                return f"--tempo {_plain(self.bpm or 0.0)}"
            case "tap":
                return f"--tap ({len(self.taps)} taps)"
        return f"--{self.kind}"


class Move(NamedTuple):
    """How what stands on a grid goes over to the corrected one.

    `carry`: beat i of the old grid is beat i + `beats` of the new one, and what stood on it still
    does. `time`: times stay and are counted anew. `weight`: each moment goes to the nearest beat
    of as much weight in its bar.
    """

    kind: Literal["carry", "time", "weight"]
    beats: int = 0


def composed(changes: Iterable[GridChange]) -> tuple[GridChange, ...]:
    """The same corrections without a half after a double, or a double after a half."""
    kept: list[GridChange] = []
    for change in changes:
        if kept and _OPPOSITE.get(change.kind) == kept[-1].kind:
            kept.pop()
        else:
            kept.append(change)
    return tuple(kept)


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
