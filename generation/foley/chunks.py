"""A plan's cues as pieces of sound that overlap: `Chunk` and `chunks_of`."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from songreel.models.errors import InvalidInput
from songreel.models.foley import FoleyCue, FoleyPlan

RATE = 48_000
"""Samples a second of what is delivered: what video carries (SMPTE ST 2110-30, AES5)."""

LEAD, TAIL = Fraction(1, 2), Fraction(1, 8)
"""Seconds of pictures beyond a cue's start and end that its sound is made for, too. Neighbours
are cross-faded there, both of them sound of the same pictures. The fade is nearly over at the cut,
so that what strikes with the new shot is heard whole, and it comes in before it, as editors lay
sound at a cut (a J-cut)."""

GRAIN = Fraction(1, 8)
"""Seconds are asked for in multiples of it: MMAudio looks at 8 pictures a second for what is to be
seen, and shortens what it makes to whole ones (mmaudio/eval_utils.py, `load_video`)."""

LEAST = Fraction(1)
"""Seconds that sources make at least."""


@dataclass(frozen=True)
class Chunk:
    """What one cue's sound is made for. Seconds are the film's."""

    cue: FoleyCue
    start: Fraction
    """Of the piece, its lead included."""
    end: Fraction
    """Up to where it is heard, its tail included."""
    asked: Fraction
    """Seconds that are asked for: `end` − `start`, up to the next grain and to the least."""
    fade: tuple[Fraction, Fraction]
    """From when to when the track goes over to it; twice `start` where nothing is before it."""
    alone: Fraction
    """Up to when it is heard by itself, before the next piece fades in."""

    def place(self, rate: int = RATE) -> tuple[int, int]:
        """Samples [first, last) of the track that it fills."""
        return sample_at(self.start, rate), sample_at(self.end, rate)


def sample_at(seconds: Fraction, rate: int = RATE) -> int:
    """Sample nearest to a moment; of two the even one, as mixes count (`round`)."""
    return round(seconds * rate)


def room(longest: float) -> float:
    """Seconds of a film that fit into a piece of `longest`, handles and grain left aside.

    Raises:
        InvalidInput: None do.
    """
    left = _exactly(longest) - LEAD - TAIL - GRAIN
    if left < LEAST:
        raise InvalidInput(
            f"pieces of {longest:g} s are too short to be joined: at least "
            f"{float(LEAST + LEAD + TAIL + GRAIN):g} s are needed; choose another --source"
        )
    return float(left)


def chunks_of(plan: FoleyPlan, seconds: Fraction, longest: float) -> tuple[Chunk, ...]:
    """The plan's cues with their handles.

    Args:
        plan: Its cues tile the film.
        seconds: Exact length of the film, which its last frame may not quite fill.
        longest: Seconds that the source makes at a time.

    Raises:
        InvalidInput: A cue is longer than the source makes.
    """
    found = []
    last = len(plan.cues) - 1
    for n, cue in enumerate(plan.cues):
        cut = cue.start / plan.rate
        start = max(Fraction(0), cut - LEAD) if n else Fraction(0)
        end = min(seconds, cue.end / plan.rate + TAIL) if n < last else seconds
        asked = max(LEAST, ceil((end - start) / GRAIN) * GRAIN)
        if asked > max(_exactly(longest), LEAST):
            raise InvalidInput(
                f"cue {cue.id} lasts {float(end - start):.2f} s with what it shares with its "
                f"neighbours, the source makes {longest:g} s at a time"
            )
        over = (start, min(seconds, cut + TAIL)) if n else (start, start)
        ends = cue.end / plan.rate
        alone = max(start, ends - LEAD) if n < last else seconds
        found.append(Chunk(cue, start, end, asked, over, alone))
    return tuple(found)


def _exactly(longest: float) -> Fraction:
    """Seconds that a source makes at a time; an hour where it knows no bound."""
    return Fraction(min(longest, 3600.0)).limit_denominator(1000)
