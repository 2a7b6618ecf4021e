"""Clips that go into a film as they are: their form, `finals`, and `keyframes`."""

from collections.abc import Mapping
from math import floor

from songreel.models.clip import ClipRequest, Final
from songreel.models.coding import FINE
from songreel.models.effect import worn_of
from songreel.models.render import RenderSpec
from songreel.models.schedule import ShotFrames, schedule
from songreel.models.storyboard import Storyboard
from songreel.models.transition import TransitionKind


def finals(storyboard: Storyboard, spec: RenderSpec) -> dict[str, Final]:
    """The final form of every shot's clip, by id.

    A film that codes all of its pictures anew gets clips as fine as one that does not ask.

    Raises:
        InvalidInput: Two shots start within one frame.
    """
    crf = min(spec.crf, FINE) if spec.format == "mov" else spec.crf
    frames = schedule(storyboard, spec.rate, spec.lead)
    return {
        shot.id: Final(
            crf=crf, worn=worn_of((*shot.effects, *storyboard.finish)), alone=_alone(span)
        )
        for shot, span in zip(storyboard.shots, frames, strict=True)
    }


def _alone(span: ShotFrames) -> int:
    n = span.transition_frames
    return span.head + (n if span.transition is TransitionKind.FLASH else n - n // 2)


def finished(
    requests: Mapping[str, ClipRequest], final: Mapping[str, Final]
) -> dict[str, ClipRequest]:
    """`requests` that say in which form their clips go into the film."""
    return {
        shot: request.model_copy(update={"final": final[shot]})
        for shot, request in requests.items()
    }


def keyframes(request: ClipRequest) -> frozenset[int]:
    """Frames of a final clip from which a film is likely to copy.

    That is where its shot is seen by itself; and the downbeats, which effects are put on: what
    they change is coded anew from there to the next keyframe.
    """
    alone = (request.final.alone,) if request.final is not None else ()
    bars = request.drive.downbeats if request.drive is not None else ()
    # Times are rounded to microseconds: a beat on a frame must not fall onto the one before.
    return frozenset((*alone, *(floor(time * request.rate + 1e-3) for time in bars)))
