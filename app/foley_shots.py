"""The shots of a film that wants sound: as planned where it is a project's, as seen elsewhere."""

from typing import TYPE_CHECKING

from songreel.foley_place import Place
from songreel.models.foley import FoleyShot
from songreel.models.progress import Progress

if TYPE_CHECKING:
    from songreel.generation.foley.film import Film


def shots_for(
    place: Place, film: "Film", longest: float, prompt: str, progress: Progress
) -> tuple[tuple[FoleyShot, ...], bool]:
    """The film's shots on its grid, and whether a plan says what they show.

    Args:
        place: Of a project, or of any film.
        film: As looked at.
        longest: Seconds that one piece can hold; a shorter film without a plan is one piece, and
            its cuts make no difference.
        prompt: What is heard, for films without a plan.
        progress: Told what is being done.

    Raises:
        InvalidInput: The film cannot be decoded.
    """
    from songreel.generation.foley.shots import shot_starts
    from songreel.prompting.foley.plan import shots_of

    plan = place.plan()
    if plan is not None:
        board, timeline = plan
        spans = {cut.shot: (cut.start, cut.end) for cut in timeline.cuts}
        known = {shot.id for shot in board.shots}
        # A plan that was edited since is not this film's.
        if (timeline.rate, timeline.frames) == (film.rate, film.frames) and known == set(spans):
            told = place.told()
            own = told.heard_in(board) if told is not None else None
            return shots_of(board, film.rate, spans, own), True
    starts = [0]
    if film.seconds > longest:
        starts = [film.step_of(frame) for frame in shot_starts(film, progress)]
    ends = [*starts[1:], film.steps]
    found = [
        FoleyShot(id=f"s{n:02d}", start=start, end=end, sound=prompt)
        for n, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
        if end > start
    ]
    return tuple(found), False
