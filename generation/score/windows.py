"""Which cues share a step, and how much is made and heard in one: `Stretch`, `Window`."""

from dataclasses import dataclass
from math import ceil, floor

from songreel.generation.score.grid import NEAR_A_BAR, Grid
from songreel.models.score import ScoreCue, ScorePlan

HEAR = 10.0
"""Seconds that new music goes on from: a third of MusicGen's window, two to six bars."""
CODEC = 0.2
"""Seconds of which what is heard is a multiple. MusicGen's codec counts in fiftieths (EnCodec at
32 kHz, 640 samples a frame): a rest would be filled up with silence where the music goes on."""
SLACK, LAST = 0.15, 0.06
"""Seconds that are made in excess, for sources that come late, within a track and at its end: an
MP3 coder comes 0.05 s late at 22 kHz, and an ending should not be cut by much."""
SHORTEST = 1.0
"""Seconds, and two beats: a cue shorter than either has no room for two joins and no music of its
own, so it shares a step."""


@dataclass(frozen=True)
class Stretch:
    """Cues that are made together."""

    cue: ScoreCue
    """Whose words are used: the longest."""
    start: float
    end: float
    """Seconds, as planned."""
    others: tuple[str, ...] = ()
    """Ids of the cues that go along."""


@dataclass(frozen=True)
class Window:
    """What one step asks for. Seconds."""

    heard: float
    """0: nothing is continued."""
    new: float


def stretches(plan: ScorePlan) -> tuple[Stretch, ...]:
    """The steps of a plan as far as cues decide them, in order, tiling the track.

    A short cue goes on with the music before it, several short ones in a row make a step of their
    own, and short ones at the start lead into the first that is not.
    """
    groups: list[list[int]] = []
    pending: list[int] = []
    cues = plan.cues
    for n, cue in enumerate(cues):
        least = max(SHORTEST, 120.0 / cue.bpm) - 1e-9
        pending.append(n)
        if cue.seconds >= least:
            before = pending[:-1]
            if groups:
                groups[-1] += before
                before = []
            groups.append([*before, n])
            pending = []
        elif sum(cues[i].seconds for i in pending) >= least:
            groups.append(pending)
            pending = []
    if pending and groups:
        groups[-1] += pending
    elif pending:
        groups.append(pending)
    starts = plan.starts()
    found = []
    for group in groups:
        lead = max(group, key=lambda n: cues[n].seconds)
        others = tuple(cues[n].id for n in group if n != lead)
        found.append(Stretch(cues[lead], starts[group[0]], starts[group[-1] + 1], others))
    return tuple(found)


def tail(grid: Grid) -> float:
    """Seconds made beyond where a join is planned, so that the beat it moves to is there."""
    return NEAR_A_BAR * grid.period + SLACK


def window(at: float, wanted: float, grid: Grid, *, longest: float, hear: float) -> Window:
    """What is asked for where the track goes on.

    Args:
        at: Seconds of the join: what is there up to now.
        wanted: Seconds of new sound that would finish the cue, the excess included.
        grid: Beats, so that several windows meet on bars.
        longest: Seconds that the source makes at a time, what it hears included.
        hear: Seconds it is to hear; 0 for sources that do not.
    """
    heard = CODEC * floor(min(hear, at, max(longest / 3, longest - wanted)) / CODEC + 1e-9)
    room = longest - heard - 0.02  # requests are made up to full hundredths
    if wanted <= room:
        return Window(heard, wanted)
    beyond = tail(grid)
    usable = max(room - beyond, grid.period)
    even = (wanted - beyond) / ceil((wanted - beyond) / usable - 1e-9)
    bars = min(ceil(even / grid.bar - 1e-9), floor(usable / grid.bar + 1e-9)) * grid.bar
    return Window(heard, min(room, (bars or even) + beyond))
