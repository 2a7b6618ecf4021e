"""A whole film from one model whose clips are longer than shots: which of them share a clip."""

from collections.abc import Mapping

from songreel.generation.catalogue.entry import Entry
from songreel.generation.catalogue.share import Sharer, share
from songreel.generation.spending.families import is_fixed
from songreel.models.render import RenderSpec
from songreel.models.schedule import schedule
from songreel.models.storyboard import Shot, Storyboard

DECIDING = ("prompt", "negative", "seed", "parts", "motif", "camera", "size", "palette")
"""Fields of a shot from which its words and its clip follow."""


def shared(storyboard: Storyboard, spec: RenderSpec, entry: Entry) -> Storyboard:
    """`storyboard` with takes for clips of `entry`, so that little of what is paid is wasted.

    Shots that are locked, name a source, or have images of their own stay as they are.

    Raises:
        InvalidInput: Two shots start within one frame.
    """
    frames = schedule(storyboard, spec.rate, spec.lead)
    sharers = [
        Sharer(
            shot=shot.id,
            seconds=float(span.clip_frames / spec.rate),
            section=shot.section,
            letter=storyboard.sections[shot.section].letter,
            motif=shot.motif,
            rhymes_with=shot.rhymes_with,
            take=shot.take,
        )
        for shot, span in zip(storyboard.shots, frames, strict=True)
        if not is_fixed(shot)
        and not (shot.start_image or shot.end_image or shot.references)
        # The last shot would take over an earlier one's words, and the film lose its ending.
        and not (shot is storyboard.shots[-1] and shot.parts is not None and shot.parts.action)
    ]
    return joined(storyboard, share(sharers, entry))


def joined(storyboard: Storyboard, takes: Mapping[str, str]) -> Storyboard:
    """`storyboard` with the takes given by shot.

    Shots of one take take over everything that decides its words from the first of them, so
    that they truly ask for one clip.
    """
    leaders: dict[str, Shot] = {}
    shots = []
    for shot in storyboard.shots:
        take = takes.get(shot.id)
        if take is not None:
            leader = leaders.setdefault(take, shot)
            same = {name: getattr(leader, name) for name in DECIDING}
            shot = shot.model_copy(update={**same, "take": take})
        shots.append(shot)
    return storyboard.model_copy(update={"shots": tuple(shots)})
