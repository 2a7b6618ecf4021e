"""Where in its clip each shot begins and how fast it plays, so that movements meet accents: `land`.

A clip is mostly longer than what a shot shows of it. Within what is there the in-point slips, and
if that is not enough the clip plays a little slower or faster (0.8–1.25×, where nobody notices),
until a clear height of its motion (`songreel.assembly.motion`) is seen on the frame that is on
screen when an accent of the song sounds (`songreel.assembly.accents`). All shots of one clip are
placed together by dynamic programming: their portions stay apart and in order, no picture is
shown twice, and nothing is asked for that the clip does not have. Where nothing lands the clip
stays as it was planned.

A cue named `speed ramp` on a shot is carried out here as well; see `songreel.assembly.ramps`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, floor, log

import numpy as np

from songreel.assembly.accents import Accent, heard_in
from songreel.assembly.inpoints import Asked, Choice, Scale, apart, middles
from songreel.assembly.ramps import Pace, Ramp, ramp
from songreel.models.clip import Clip
from songreel.models.effect import SPEED_RAMP
from songreel.models.motion import Motion
from songreel.models.schedule import ShotFrames
from songreel.models.storyboard import Shot
from songreel.models.timebase import clock
from songreel.models.timeline import Between, Landing

SLOWEST, FASTEST = 0.8, 1.25
"""Retimes that a viewer does not notice (cutting figures)."""

_STEP = 0.01
"""Of the speeds that are tried."""

_LEAD, _TRAIL = 0.15, 0.10
"""Seconds of a shot's start and end in which a movement is not seen as one."""

# What a placement costs, beside the 0 to 1 that a landed movement is worth.
_RETIMED, _FAR = 0.10, 0.25
"""Any retime, and one at the limit: motion compensation is good, but not for nothing."""
_RAMPED = 1.0
"""A ramp that was asked for, whole."""
_FILLED = 0.4
"""A clip too short that lasts for the shot when it is slowed: no picture is held."""


@dataclass(frozen=True)
class Placement:
    """What a shot shows of its clip; see `Cut`."""

    source: int
    retime: tuple[tuple[int, float], ...] = ()
    between: Between = "nearest"
    landing: Landing | None = None


@dataclass
class Placed:
    """All placements by shot, and what is to be told."""

    by_shot: dict[str, Placement]
    notices: list[str] = field(default_factory=list)


def land(
    shots: Sequence[Shot],
    schedule: Sequence[ShotFrames],
    clips: Mapping[str, Clip],
    sources: Mapping[str, int],
    motions: Mapping[str, Motion],
    accents: Sequence[Accent],
    rate: Fraction,
) -> Placed:
    """Place the clips of a film.

    Clips that were made to the music (`ClipRequest.drive`), and clips from whose last picture the
    next one was made, stay where they are.

    Args:
        shots: Of the plan, in order.
        schedule: Their frames.
        clips: By shot.
        sources: Frame of the clip, at the film's rate, planned for each shot's start.
        motions: By the clips' sha256; one that is missing is left as planned.
        accents: Of the song.
        rate: Of the film.

    Returns:
        A placement for every shot.

    Raises:
        InvalidInput: A speed ramp's settings do not hold.
    """
    placed = Placed({shot.id: Placement(sources[shot.id]) for shot in shots})
    going_on = {clip.request.start.after for clip in clips.values() if clip.request.start}
    asked = []
    for i, (shot, frames) in enumerate(zip(shots, schedule, strict=True)):
        clip = clips[shot.id]
        cue = next((cue for cue in shot.effects if cue.effect == SPEED_RAMP), None)
        if cue is not None:
            ramp(cue, shot.id)
        bound = clip.request.end is not None or clip.request.fingerprint in going_on
        if clip.request.drive is not None or bound or clip.sha256 not in motions:
            if cue is not None:
                why = "moves with the music already" if clip.request.drive else "must stay as it is"
                placed.notices.append(f"shot {shot.id} has no speed ramp: its clip {why}")
            continue
        start = sources[shot.id]
        asked.append(
            Asked(
                planned=shot,
                frames=frames,
                clip=clip,
                source=start,
                clear=_clear(schedule, i, rate),
                fixed=clip.request.start is not None and start <= frames.head,
            )
        )
    groups: dict[str, list[Asked]] = {}
    for one in asked:
        groups.setdefault(one.clip.sha256, []).append(one)
    for sha256, group in groups.items():
        _place(group, motions[sha256], accents, rate, placed)
    return placed


def _clear(schedule: Sequence[ShotFrames], i: int, rate: Fraction) -> tuple[int, int]:
    shot = schedule[i]
    fading = shot.transition_frames - shot.transition_frames // 2
    going = schedule[i + 1].transition_frames // 2 if i + 1 < len(schedule) else 0
    first = max(ceil(_LEAD * rate), fading)
    return first, shot.end - shot.start - max(ceil(_TRAIL * rate), going)


def _place(
    group: list[Asked], motion: Motion, accents: Sequence[Accent], rate: Fraction, placed: Placed
) -> None:
    """Place all shots of one clip."""
    group.sort(key=lambda one: (one.source, one.frames.start))
    clip = group[0].clip
    there = max(1, floor(clip.frames / clip.rate * rate))
    ends = [one.source - one.frames.head + one.length for one in group]
    begins = [one.source - one.frames.head for one in group[1:]]
    if any(begin < end for begin, end in zip(begins, ends, strict=False)):
        return  # a picture comes back on purpose, or for want of others
    near = [_accents_in(one, accents, rate) for one in group]
    choices = [
        list(_choices(one, motion, heard, rate, there))
        for one, heard in zip(group, near, strict=True)
    ]
    chosen = apart(choices, there)
    if chosen is None:
        return
    for one, heard, (choice, source) in zip(group, near, chosen, strict=True):
        knots = choice.pace.knots()
        landing = _landing(one, motion, heard, choice, source, rate)
        between: Between = "flow" if knots else "nearest"
        placed.by_shot[one.planned.id] = Placement(source, knots, between, landing)
        placed.notices.extend(_told(one, landing, choice, source, rate))


def _accents_in(one: Asked, accents: Sequence[Accent], rate: Fraction) -> list[tuple[int, Accent]]:
    """(film frames after the shot's start, accent) of those that are seen as one in the shot."""
    start, (low, high) = one.frames.start, one.clear
    return [
        (at - start, accent) for at, accent in heard_in(accents, start + low, start + high, rate)
    ]


def _choices(
    one: Asked, motion: Motion, heard: list[tuple[int, Accent]], rate: Fraction, there: int
) -> Iterator[Choice]:
    """The ways in which the shot's time may run, the plan's own first."""
    weigh = Scale(one, motion, heard, rate, there)
    head, length = one.frames.head, one.length
    yield weigh(Pace.steady(1.0, head, length), 0.0)
    cue = next((cue for cue in one.planned.effects if cue.effect == SPEED_RAMP), None)
    if cue is not None and cue.strength > 0:
        wanted = ramp(cue, one.planned.id)
        turn = _turn(wanted, one, heard, rate)
        for part in (1.0, 0.75, 0.5, 0.25):
            pace = wanted.pace(turn[0], head, length, rate, part * cue.strength)
            yield replace(weigh(pace, _RAMPED * part), accent=turn[1])
    short = length > there
    if short and SLOWEST * (length - 1) <= there - 1:
        yield weigh(Pace.steady((there - 1) / (length - 1), head, length), _FILLED)
    if heard and motion.clear:
        steps = round(log(FASTEST) / _STEP)
        for k in range(-steps, steps + 1):
            if k:
                speed = round(min(max(float(np.exp(k * _STEP)), SLOWEST), FASTEST), 4)
                cost = _RETIMED + _FAR * abs(log(speed)) / log(FASTEST)
                yield weigh(Pace.steady(speed, head, length), -cost)


def _turn(
    wanted: Ramp, one: Asked, heard: list[tuple[int, Accent]], rate: Fraction
) -> tuple[int, Accent]:
    """Where a ramp has its accent: the weightiest of its kind, the nearest to three fifths in."""
    length = one.frames.end - one.frames.start
    middle = 0.6 * length
    of_kind = [each for each in heard if wanted.on in (each[1].on, "shot")] or heard
    if not of_kind:
        at = round(middle)
        return at, Accent(float((one.frames.start + at) / rate), 0.0, "shot")

    def rank(each: tuple[int, Accent]) -> tuple[float, int]:
        return (each[1].weight - abs(each[0] - middle) / length, -each[0])

    return max(of_kind, key=rank)


def _landing(
    one: Asked,
    motion: Motion,
    heard: list[tuple[int, Accent]],
    choice: Choice,
    source: int,
    rate: Fraction,
) -> Landing | None:
    """The weightiest movement that meets an accent within a frame, and how it was as planned."""
    heights = middles(motion.clear, rate)
    seen = choice.pace.when(heights - source) + 0.5
    best: tuple[float, float, int, Accent] | None = None
    for at, peak in zip(seen, motion.clear, strict=True):
        for offset, accent in heard:
            off = float(at) - offset
            if abs(off) <= 1 and (best is None or accent.weight * peak.prominence > best[0]):
                best = (accent.weight * peak.prominence, float(at), offset, accent)
    if best is None:
        return None
    _, at, offset, accent = best
    planned = heights - one.source + 0.5
    before = float(planned[np.abs(planned - offset).argmin()]) - offset
    return Landing(
        accent=accent.at,
        on=accent.on,
        peak=round(one.frames.start + at, 3),
        before=round(before, 3),
        after=round(at - offset, 3),
        slip=source - one.source,
        speed=round(choice.pace.speed, 4),
    )


def _told(
    one: Asked, landing: Landing | None, choice: Choice, source: int, rate: Fraction
) -> Iterator[str]:
    shot = one.planned
    pinned = "locked" if shot.locked else f"kept take {shot.keep[:8]}" if shot.keep else ""
    if pinned and (source != one.source or not choice.pace.even or choice.pace.speed != 1):
        later = float((source - one.source) / rate)
        how = f"is shown from {abs(later):.2f} s {'further on' if later > 0 else 'further back'}"
        speed = (
            f" at {choice.pace.speed:.2f}×" if choice.pace.even and choice.pace.speed != 1 else ""
        )
        why = (
            f", so that it moves on the {landing.on} at {clock(landing.accent)}" if landing else ""
        )
        yield f"shot {shot.id} ({pinned}) {how}{speed}{why}"
    cue = next((cue for cue in shot.effects if cue.effect == SPEED_RAMP), None)
    if cue is not None and cue.strength > 0 and choice.pace.share < cue.strength - 1e-6:
        if choice.pace.even:
            yield f"shot {shot.id} has no speed ramp: its clip is too short for one"
        else:
            part = choice.pace.share / cue.strength
            yield f"shot {shot.id} has {part:.0%} of its speed ramp: its clip is too short for more"
