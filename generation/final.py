"""How a film shows its clips, for makers whose clips go into it as they are: `finals`."""

from collections.abc import Mapping

from songreel.models.clip import ClipRequest, Final
from songreel.models.coding import FINE
from songreel.models.effect import worn_of
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Storyboard


def finals(storyboard: Storyboard, spec: RenderSpec) -> dict[str, Final]:
    """The final form of every shot's clip, by id.

    A film that codes all of its pictures anew gets clips as fine as one that does not ask.
    """
    crf = min(spec.crf, FINE) if spec.format == "mov" else spec.crf
    return {
        shot.id: Final(crf=crf, worn=worn_of((*shot.effects, *storyboard.finish)))
        for shot in storyboard.shots
    }


def finished(
    requests: Mapping[str, ClipRequest], final: Mapping[str, Final]
) -> dict[str, ClipRequest]:
    """`requests` that say in which form their clips go into the film."""
    return {
        shot: request.model_copy(update={"final": final[shot]})
        for shot, request in requests.items()
    }
