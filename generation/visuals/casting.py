"""`cast`: which scene each shot of a film shows, how it is set, and why."""

from collections.abc import Mapping
from dataclasses import dataclass

from songreel.generation.visuals.breakdown import break_down
from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.dressing import Place, Wardrobe
from songreel.generation.visuals.ensemble import fill
from songreel.generation.visuals.registry import scenes
from songreel.generation.visuals.scene import Scene
from songreel.models.clip import ClipRequest


@dataclass(frozen=True)
class Casting:
    """What one shot shows, and why."""

    scene: str
    """Key of the scene."""
    settings: Mapping[str, str]
    reasons: tuple[str, ...]
    """A clause each, the weightiest first; those for settings begin with the setting's name."""

    @property
    def cast(self) -> Cast:
        """As a request carries it."""
        return Cast(self.scene, self.settings)


def cast(
    requests: Mapping[str, ClipRequest], known: Mapping[str, type[Scene]] | None = None
) -> dict[str, Casting]:
    """The scene and settings of every shot of a film.

    Words decide where they name a scene. Where they do not, each motif gets a scene that its words
    hint at or that suits the mood, energy and role of its shots, another one than the motifs
    beside it, and none much more than a third of the film; sections that come again call it back.
    A film of few motifs is cast so by the places in its sections: each shows a few scenes in turn.

    It follows from the requests and the scenes alone. Another prompt for one shot changes that
    shot, at most the next one too.

    Args:
        requests: By shot, in the film's order; a film of one is cast in the same way.
        known: Scenes by key; all there are where left out.
    """
    known = scenes() if known is None else known
    film, shots, sections = break_down(requests, known)
    # One edited seed moves the film's draw only where it is the lowest, and by a step not even so.
    draw = min((request.seed for request in requests.values()), default=0) >> 10
    fill(shots, sections, known, draw)
    places = [Place(s.wears, s.key, shots[s.shots[0]].stage.mood) for s in sections]
    wardrobe, castings = Wardrobe(film, places, draw), dict[str, Casting]()
    for section in sections:
        told: set[str] = set()
        for shot in (shots[i] for i in section.shots):
            first = castings[shots[shot.rhymes].name] if shot.rhymes is not None else None
            if first is not None and first.scene == shot.scene:
                castings[shot.name] = Casting(shot.scene, first.settings, tuple(shot.why))
                continue
            dressed = wardrobe.dress(
                shot.scene, known[shot.scene], shot.request, section.wears, told
            )
            reasons = (*shot.why, *dressed.reasons)
            castings[shot.name] = Casting(shot.scene, dressed.settings, reasons)
    return castings


def alone(request: ClipRequest, scene: type[Scene] | None = None) -> ClipRequest:
    """`request` with a cast of its own in `source`, unless it has one.

    Args:
        request: Of one clip, out of any film.
        scene: The one to show, whatever the words say.
    """
    if Cast.of(request).scene:
        return request
    known = scenes() if scene is None else {scene.__name__.lower(): scene}
    chosen = cast({"": request}, known)[""].cast
    return request.model_copy(update={"source": (*request.source, *chosen.to_source())})


def levelled(request: ClipRequest, scene: type[Scene]) -> ClipRequest:
    """`request` without what `scene` does not hear, so that a change there makes no new clip."""
    level: dict[str, object] = {"start": None, "end": None, "references": (), "take": None}
    if "prompt" not in scene.hears:
        level |= {"prompt": "", "negative": "", "motif": ""}
    if request.drive is not None:
        deaf: dict[str, object] = {}
        if "words" not in scene.hears:
            deaf["words"] = ()
        if "spectrum" not in scene.hears:
            deaf["spectrum"] = None
        level["drive"] = request.drive.model_copy(update=deaf)
    return request.model_copy(update=level)
