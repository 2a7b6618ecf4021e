"""How long a shot may be where the source of its clips makes none longer than so many seconds."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from songreel.models.errors import InvalidInput
from songreel.models.storyboard import CutReason
from songreel.prompting.moments import SLIVER, Moment, in_seconds, on_grid
from songreel.prompting.pulse import Pulse

FRAME = 1 / 24
"""Seconds of margin: start and end are rounded to frames, and a shot gains up to one at film's
slowest usual rate; with cross-fades, whose halves are rounded too, up to two."""
LEAST = 2 * SLIVER
"""Seconds: what is longer can always be divided into two shots that eyes can follow."""
LONGEST_FADE, FADE_SHARE = 1.5, 0.2
"""Seconds of the longest transition, and the share of the longest clip that is kept for
cross-fades in a song without a grid, where nearly every shot has one at either end."""


class Reach:
    """The longest shot of a film, cross-fades included: up to half of one at either end.

    Where a song has a grid, shots have all of the length and cross-fades, which are few, what a
    shot leaves of it. Where it has none, room for them is kept from the start.
    """

    def __init__(
        self, pulse: Pulse, longest: float | None, locked: Mapping[float, float] | None = None
    ) -> None:
        """Args:
            pulse: The song.
            longest: Seconds of the longest clip; None if there is no limit.
            locked: Start of each locked shot and the seconds of the cross-fade it begins with.
                They stay however long they are.

        Raises:
            InvalidInput: `longest` is too short for shots that eyes can follow.
        """  # noqa: D205
        least = LEAST + 2 * FRAME
        if longest is not None and not longest >= least:
            raise InvalidInput(
                f"clips of {longest:.3g} s at most are too short for shots that eyes can follow; "
                f"choose a source that makes {least:.3g} s or more"
            )
        self.longest = np.inf if longest is None else float(longest)
        self._locked = locked or {}
        fades = 0.0
        if longest is not None and not pulse.locked:
            fades = min(FADE_SHARE * longest, LONGEST_FADE, longest - least) + FRAME
        self.most = self.longest - FRAME - fades
        """Seconds from cut to cut at most."""

    def ending(self, end: float) -> float:
        """Seconds at most of a shot that ends at `end`: a locked cross-fade shows more of it."""
        fade = self._locked.get(end, 0.0)
        # Never more than the shot before it is long.
        return max(self.most - fade / 2 - FRAME, self.most / 1.5) if fade else self.most

    def allows(self, start: float, end: float) -> bool:
        """Whether [start, end) seconds may be one shot."""
        return end - start <= self.ending(end) + 1e-6

    def fade(self, start: float, end: float) -> float:
        """Seconds at most of a cross-fade at either end of the shot [start, end)."""
        if start in self._locked:
            return float(np.inf)
        left = self.longest - 2 * FRAME - (end - start) - self._locked.get(end, 0.0) / 2
        return max(left - 1e-3, 0.0)

    def bridged(
        self, pulse: Pulse, found: tuple[Moment, ...], closed: list[tuple[float, float]]
    ) -> tuple[Moment, ...]:
        """`found` and more moments wherever the next one is further off than a shot may reach.

        Beats first, such as those in a long stop; plain seconds where there are none.

        Args:
            pulse: The song.
            found: Moments at which a cut may fall, in order, the opening first.
            closed: (start, end) seconds of locked shots; nothing goes between.
        """
        if self.longest == np.inf:
            return found
        beats = sorted(on_grid(pulse).values(), key=lambda m: m.time) if pulse.locked else []
        more: list[Moment] = []
        for start, end in self._holes([m.time for m in found], pulse.duration):
            if any(a - 1e-6 <= start and end <= b + 1e-6 for a, b in closed):
                continue
            room = min(SLIVER, (end - start) / 3)
            inside = [m for m in beats if start + room <= m.time <= end - room]
            more += inside
            times = [start, *(m.time for m in inside)]
            for a, b in self._holes(times, end):
                pieces = int(np.ceil((b - a) / self.ending(b)))
                more += [
                    in_seconds(pulse, a + k * (b - a) / pieces, CutReason.ENERGY)
                    for k in range(1, pieces)
                ]
        return tuple(sorted([*found, *more], key=lambda m: m.time))

    def _holes(self, times: list[float], end: float) -> list[tuple[float, float]]:
        return [(a, b) for a, b in pairwise([*times, end]) if not self.allows(a, b)]
