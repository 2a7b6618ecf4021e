"""Corrections of the grid taken back: `restored` gives every shot the moment it had before."""

from collections.abc import Sequence

from songreel.models.errors import InvalidInput
from songreel.models.music import BeatGrid, Section
from songreel.models.storyboard import Anchor, Shot, Storyboard
from songreel.prompting.regrid import checked

SAME_PLAN = 0.5
"""Share of shots that must be where the correction left them for a plan to be that plan still."""
_TIMED = ("at", "rhymes_with", "keep")
"""Fields of a shot that a correction may change."""


def restored(now: Storyboard, left: Storyboard, before: Storyboard) -> Storyboard | None:
    """`now` with the moments of `before`; None where it is another plan altogether.

    What a person has changed since stays: prompts and all that is no moment, shots that were cut,
    merged or moved. Untouched, it is `before`, to the byte.

    Args:
        now: The plan as it is.
        left: As the last correction left it.
        before: As it was before the first.
    """
    if now == left:
        return before
    was = {shot.id: shot for shot in left.shots}
    then = {shot.id: shot for shot in before.shots}
    same = [
        s for s in now.shots if s.id in was and (s.at, s.seed) == (was[s.id].at, was[s.id].seed)
    ]
    if now.track != before.track or len(same) < SAME_PLAN * len(now.shots):
        return None
    shots = []
    for shot, start in zip(now.shots, now.starts, strict=True):
        old, new = was.get(shot.id), then.get(shot.id)
        if old is not None and new is not None and shot.at == old.at:
            back = {f: getattr(new, f) for f in _TIMED if getattr(shot, f) == getattr(old, f)}
            shots.append(shot.model_copy(update=back))
        elif shot.at.seconds is not None:
            shots.append(shot)
        else:
            shots.append(shot.model_copy(update={"at": _near(before.grid, start, shot)}))
    here = {shot.id for shot in shots}
    # Merged away by a correction, and by nobody else.
    shots += [shot for shot in before.shots if shot.id not in was and shot.id not in here]
    shots.sort(key=lambda shot: shot.at.resolve(before.grid))
    known: set[str] = set()
    for i, shot in enumerate(shots):
        if shot.rhymes_with is not None and shot.rhymes_with not in known:
            shots[i] = shot.model_copy(update={"rhymes_with": None})
        known.add(shot.id)
    try:
        return checked(
            now,
            shots=tuple(shots),
            grid=before.grid,
            beat_locked=before.beat_locked,
            sections=_sections(now.sections, left.sections, before.sections),
            notices=before.notices if now.notices == left.notices else now.notices,
        )
    except InvalidInput:
        return None


def _near(grid: BeatGrid, start: float, shot: Shot) -> Anchor:
    """The beat nearest to where a shot is now."""
    index = grid.nearest(start)
    return Anchor.on_grid(grid, index, shot.at.part) if index >= 0 else Anchor(seconds=start)


def _sections(
    now: Sequence[Section], left: Sequence[Section], before: Sequence[Section]
) -> tuple[Section, ...]:
    """The plan's sections with the borders they had, where they are those the correction left."""
    if [(s.start, s.end) for s in now] != [(s.start, s.end) for s in left]:
        return tuple(now)
    if len(left) != len(before):
        return tuple(now)
    return tuple(
        s.model_copy(update={"start": old.start, "end": old.end})
        for s, old in zip(now, before, strict=True)
    )
