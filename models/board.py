"""What a timeline shows of a project: `Board`, the one object the widget draws."""

from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.music import Event, SectionLabel
from songreel.models.units import Seconds, Unit

ClipState = Literal["none", "working", "made", "stale", "failed"]
"""Of a shot's picture: none yet, being made, as the plan asks, of an earlier plan, not had."""


class Waveform(Frozen):
    """Peaks of the song: shape (n,) each, at `rate` values a second, −127 to 127."""

    rate: Annotated[float, Field(gt=0)]
    low: tuple[int, ...]
    high: tuple[int, ...]


class BoardSection(Frozen):
    """A section of the song."""

    start: Seconds
    end: Seconds
    label: SectionLabel
    letter: str
    energy: Unit
    trust: Unit
    mood: tuple[str, ...] = ()


class BoardShot(Frozen):
    """A shot as a timeline shows it."""

    id: str
    start: Seconds
    end: Seconds
    at: str
    """As the plan has it, `17:3+1/2`."""
    reason: str
    locked: bool
    section: int
    motif: str
    prompt: str
    negative: str = ""
    camera: str = ""
    size: str = ""
    source: str = ""
    """Where its clip comes from; empty: where the film's do."""
    color: str
    """`#rrggbb`: the shot's own palette, its most telling colour."""
    transition: str = "cut"
    transition_seconds: Seconds = 0.0
    state: ClipState = "none"
    take: str | None = None
    """The take it shows, by name."""
    kept: bool = False
    """Whether a person chose that take: it stays whatever the plan becomes."""
    takes: Annotated[int, Field(ge=0)] = 0
    pictured: Literal["clip", "plan"] = "plan"
    """Of what `thumb` is a picture: of its clip, or drawn from the plan while there is none."""
    thumb: str | None = None
    """URL of a small picture; None where there is none yet."""


class Board(Frozen):
    """A project's song, grid and shots. All times are seconds from the start of the song."""

    title: str
    duration: Seconds
    revision: str
    """Of the plan and grid that this shows; an edit names the revision it was made on."""
    tempo: float | None = None
    meter: str = "4/4"
    key: str = ""
    trust: Unit = 0.0
    """Of the grid; below 0.5 cuts do not snap to it by themselves."""
    beats: tuple[Seconds, ...] = ()
    downbeats: tuple[int, ...] = ()
    """Indices into `beats`."""
    phrases: tuple[Seconds, ...] = ()
    sections: tuple[BoardSection, ...] = ()
    events: tuple[Event, ...] = ()
    energy_rate: float = 1.0
    """Values of `energy` a second."""
    energy: tuple[Unit, ...] = ()
    waveform: Waveform | None = None
    shots: tuple[BoardShot, ...] = ()
    undo: str = ""
    """What undo takes back, in words; empty where there is nothing."""
    redo: str = ""
    settled: bool = True
    """Whether each shot's `state` says how its clip stands to this very plan. That takes planning
    all clips anew; until then a shot that is as it was has the state it had, and one that has
    changed is stale."""
    notices: tuple[str, ...] = ()
