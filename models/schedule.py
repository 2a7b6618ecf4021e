"""From moments to frames: which frames of the film each shot has, and the handles it needs."""

from fractions import Fraction
from typing import Annotated

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Storyboard
from songreel.models.timebase import frame_at, frames_for
from songreel.models.transition import Kind, TransitionKind, overlaps

Count = Annotated[int, Field(ge=0)]


class ShotFrames(Frozen):
    """Frames [start, end) of the film, with `head` more before and `tail` more after.

    Handles are what a transition that overlaps shows of the clip outside its own shot. A
    transition of n = `transition_frames` into this shot spans [start − n // 2, start − n // 2 + n);
    a flash begins at `start`.
    """

    shot: str
    start: Count
    end: Count
    head: Count
    tail: Count
    target: float
    """Seconds of the musical moment."""
    transition: Kind
    transition_frames: Count

    @property
    def clip_frames(self) -> int:
        """Frames the shot's clip must have."""
        return self.head + self.end - self.start + self.tail


def schedule(storyboard: Storyboard, rate: Fraction, lead: int = 0) -> tuple[ShotFrames, ...]:
    """Frames of every shot of `storyboard` at `rate`, each cut `lead` frames early.

    Every start is computed from the track's start, never by adding lengths. A transition is
    shortened where a neighbouring shot has less than twice its half.

    Raises:
        InvalidInput: Two shots start within the same frame.
    """
    track = storyboard.track
    total = frames_for(track.samples, track.sample_rate, rate)
    shots, targets = storyboard.shots, storyboard.starts
    starts = [0] + [max(frame_at(t, rate) - lead, 0) for t in targets[1:]]
    ends = [*starts[1:], total]
    for shot, start, end in zip(shots, starts, ends, strict=True):
        if end <= start:
            raise InvalidInput(
                f"shot {shot.id} at {shot.at} is shorter than one frame at {float(rate):.3f} fps; "
                "move it or the shot after it"
            )
    lengths = [end - start for start, end in zip(starts, ends, strict=True)]
    spans: list[int] = []
    for i, shot in enumerate(shots):
        wanted = round(shot.transition.seconds * rate)
        around = lengths[i] if shot.transition.kind is TransitionKind.FLASH or i == 0 else min(
            lengths[i - 1], lengths[i]
        )  # fmt: skip
        spans.append(min(wanted, around))
    frames = []
    for i, shot in enumerate(shots):
        fades = overlaps(shot.transition.kind) and i > 0
        following = shots[i + 1] if i + 1 < len(shots) else None
        fades_out = following is not None and overlaps(following.transition.kind)
        frames.append(
            ShotFrames(
                shot=shot.id,
                start=starts[i],
                end=ends[i],
                head=spans[i] // 2 if fades else 0,
                tail=spans[i + 1] - spans[i + 1] // 2 if fades_out else 0,
                target=targets[i],
                transition=shot.transition.kind,
                transition_frames=spans[i],
            )
        )
    return tuple(frames)
