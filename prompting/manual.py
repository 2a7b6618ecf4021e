"""Cuts that a person has made, kept when a film is planned anew: `by_hand`."""

from collections.abc import Sequence

from songreel.models.storyboard import CutReason, Storyboard
from songreel.prompting.cutting import Fixed
from songreel.prompting.moments import Moment
from songreel.prompting.pulse import Pulse

NEAR = 0.1
"""Seconds beside a settled cut in which another one is that one."""


def by_hand(
    keep: Storyboard, pulse: Pulse, locked: Sequence[Fixed], notices: list[str]
) -> tuple[Fixed, ...]:
    """Spans of no length where the shots of `keep` begin that a person has cut.

    What such a shot shows is planned anew, that there is a cut is not. Left out, with a notice,
    is what this song or the locked shots have no room for.

    Args:
        keep: The plan before.
        pulse: The song.
        locked: Shots that are settled.
        notices: To which is added what is left out.
    """
    if keep.track.sha256 != pulse.analysis.track.sha256:
        return ()
    found: list[Fixed] = []
    for shot in keep.shots:
        if shot.reason is not CutReason.MANUAL or shot.locked:
            continue
        try:
            time = shot.at.resolve(pulse.grid)
        except ValueError as error:
            notices.append(f"shot {shot.id}: the cut made by hand is left out: {error}")
            continue
        if any(abs(time - edge) < NEAR for span in locked for edge in _edges(span, pulse)):
            continue
        if not NEAR < time < pulse.duration - NEAR or any(
            first < time < last for first, last in (_edges(span, pulse) for span in locked)
        ):
            notices.append(
                f"shot {shot.id}: the cut made by hand at {shot.at} is left out: "
                "a locked shot or the song's end is in its way"
            )
            continue
        moment = Moment(time, pulse.position(time), shot.at, CutReason.MANUAL, must=True)
        found.append(Fixed(moment, moment))
    return tuple(found)


def _edges(span: Fixed, pulse: Pulse) -> tuple[float, float]:
    return span.start.time, span.end.time if span.end else pulse.duration
