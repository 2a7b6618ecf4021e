"""Pairs of the user's photos for a film: `choose_pairs`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from songreel.generation.footage.kinship import Kinship
from songreel.generation.pairs.judge import described, palette_fit, scores, total
from songreel.generation.pairs.photos import Candidate, gather
from songreel.generation.pairs.plan import LeftOut, Pair, PairPlan
from songreel.generation.pairs.relate import Relation, related
from songreel.models.errors import InvalidInput
from songreel.models.progress import Progress, silent
from songreel.models.render import RenderSpec
from songreel.models.storyboard import CutReason, Shot, Storyboard

_LEAST = 0.12
"""Relation below which two photos are left alone: one would only smear into the other."""

_AGAIN = 0.1
"""What it costs that a place is shown by another pair too."""

_SHORTEST = 1.0
"""Seconds; in a shorter shot nobody sees a way from one picture to another."""

_CHORUS = ("chorus", "drop", "hook", "refrain")
_STRONG = {CutReason.OPENING: 1.0, CutReason.DROP: 1.0, CutReason.SECTION: 1.0,
           CutReason.PHRASE: 0.3}  # fmt: skip


def choose_pairs(
    storyboard: Storyboard,
    folder: Path,
    count: int | None = None,
    spec: RenderSpec | None = None,
    progress: Progress = silent,
    *,
    shots: Sequence[str] = (),
    workers: int = 2,
) -> PairPlan:
    """Choose a start and an end photo for some shots, all photos different over the film.

    Best are two views of one place, from which a camera move follows; next two pictures alike in
    colours and layout. The choice is made for the whole film at once, and is the best there is by
    the scores of `judge`.

    Args:
        storyboard: The film.
        folder: The user's photos; folders in it are looked into.
        count: Pairs wanted; as many as there are sections where left out.
        spec: The film's frame.
        progress: Told what is being done.
        shots: Ids of the shots that are to have pairs; chosen where left out: the starts of
            sections, choruses first, without those that are locked or have a start image.
        workers: Threads.

    Raises:
        InvalidInput: There is no such folder or shot, nothing in the folder can be used, or the
            count is not positive.
    """
    spec = spec or RenderSpec()
    if count is not None and count < 1:
        raise InvalidInput(f"{count} pairs cannot be chosen; ask for at least 1")
    wanted = _wanted(storyboard, count, shots)
    photos, left_out = gather(
        folder,
        (spec.width, spec.height),
        workers,
        lambda done: progress("looking at the photos", 0.75 * done),
    )
    if len(photos) < 2:
        shown = "; ".join(f"{item.file} {item.reason}" for item in left_out[:3])
        raise InvalidInput(
            f"a pair needs two photos, and the folder {folder} has {len(photos)} that can be "
            f"used{f': {shown}' if shown else ''}"
        )
    kept, relations, twins = related(
        photos, workers, lambda done: progress("comparing the photos", 0.75 + 0.2 * done)
    )
    progress("choosing the pairs", 0.95)
    offers = _offers(wanted, photos, [r for r in relations if r.worth >= _LEAST])
    chosen = _assigned(offers, len(wanted), len(photos), _places(len(photos), relations))
    order = {shot.id: index for index, shot in enumerate(storyboard.shots)}
    pairs = sorted((offer.pair(wanted, photos) for offer in chosen), key=lambda p: order[p.shot])
    asked = count or len(shots)
    progress("choosing the pairs", 1.0)
    return PairPlan(
        folder=str(folder),
        width=spec.width,
        height=spec.height,
        photos=len(kept),
        pairs=tuple(pairs),
        left_out=tuple(sorted([*left_out, *twins], key=lambda item: item.file)),
        notices=_notices(asked, len(wanted), len(pairs), kept, left_out, twins),
    )


def _wanted(storyboard: Storyboard, count: int | None, named: Sequence[str]) -> list[Shot]:
    """The shots that should have pairs, most important first."""
    by_id = {shot.id: shot for shot in storyboard.shots}
    if unknown := [name for name in named if name not in by_id]:
        known = ", ".join(by_id)
        raise InvalidInput(f"the storyboard has no shot {unknown[0]}; it has {known}")
    if named:
        return [by_id[name] for name in dict.fromkeys(named)][:count]

    def weight(index: int) -> float:
        shot = storyboard.shots[index]
        start, end = storyboard.spans[index]
        section = storyboard.sections[shot.section]
        chorus = any(word in section.label.lower() for word in _CHORUS)
        long = min((end - start) / 4, 1.0)
        return _STRONG.get(shot.reason, 0.0) + 0.6 * chorus + 0.3 * shot.energy + 0.3 * long

    free = [
        index
        for index, (shot, (start, end)) in enumerate(
            zip(storyboard.shots, storyboard.spans, strict=True)
        )
        if end - start >= _SHORTEST and shot.start_image is None and not shot.locked
    ]
    ranked = sorted(free, key=lambda index: (-weight(index), index))
    # One from each section before a second one from any, so that pairs are spread over the film.
    turns: dict[int, int] = {}
    order = []
    for index in ranked:
        section = storyboard.shots[index].section
        turns[section] = turns.get(section, 0) + 1
        order.append((turns[section], -weight(index), index))
    sections = len({storyboard.shots[index].section for index in free})
    return [storyboard.shots[index] for _, _, index in sorted(order)][: count or sections]


@dataclass(frozen=True)
class _Offer:
    """A pair in one order for one shot."""

    shot: int
    relation: Relation
    back: bool
    value: float

    def kin(self) -> Kinship | None:
        kin = self.relation.kin
        return kin.reversed() if kin is not None and self.back else kin

    def ends(self, photos: Sequence[Candidate]) -> tuple[Candidate, Candidate]:
        one, other = photos[self.relation.first], photos[self.relation.second]
        return (other, one) if self.back else (one, other)

    def pair(self, shots: Sequence[Shot], photos: Sequence[Candidate]) -> Pair:
        return described(shots[self.shot], *self.ends(photos), self.relation, self.kin())


def _offers(
    shots: Sequence[Shot], photos: Sequence[Candidate], relations: Sequence[Relation]
) -> list[_Offer]:
    """Each relation for each shot, in the better order; where both are equal the first stays."""
    # More than these can never be needed: every chosen pair blocks but the pairs of two photos.
    most = max(200, 40 * len(shots))
    best = sorted(relations, key=lambda r: (-r.worth, r.first, r.second))[:most]
    offers = []
    ways = [(relation.kin, relation.kin and relation.kin.reversed()) for relation in best]
    for index, shot in enumerate(shots):
        fits = [palette_fit(photo.thumb, shot.palette) for photo in photos]
        for relation, kins in zip(best, ways, strict=True):
            ends = photos[relation.first], photos[relation.second]
            near = fits[relation.first], fits[relation.second]
            tried = [
                _Offer(index, relation, back, total(scores(shot, *ends, relation, kin, near)))
                for back, kin in zip((False, True), kins, strict=True)
            ]
            offers.append(max(tried, key=lambda offer: offer.value))
    return offers


def _assigned(
    offers: Sequence[_Offer], shots: int, photos: int, places: Sequence[int]
) -> list[_Offer]:
    """The offers that are worth most together: one a shot, every photo once.

    An integer programme, solved to the optimum by HiGHS. A place that is shown by more than one
    pair costs a little for each further one.
    """
    if not offers:
        return []
    # Rows: a shot has one pair, a photo is in one, a place is shown once or counts as extra.
    shown = sorted({places[offer.relation.first] for offer in offers if offer.relation.kin})
    row_of = {place: shots + photos + index for index, place in enumerate(shown)}
    entries: list[tuple[float, int, int]] = []
    for column, offer in enumerate(offers):
        relation = offer.relation
        entries.append((1.0, offer.shot, column))
        entries += [(1.0, shots + photo, column) for photo in (relation.first, relation.second)]
        if relation.kin is not None:
            entries.append((1.0, row_of[places[relation.first]], column))
    count = len(offers)
    entries += [(-1.0, row_of[place], count + index) for index, place in enumerate(shown)]
    signs, rows, columns = zip(*entries, strict=True)
    shape = (shots + photos + len(shown), count + len(shown))
    matrix = coo_array((signs, (rows, columns)), shape=shape)
    # A trace of the order decides between equals, so that the answer is one.
    value = np.array([offer.value - 1e-7 * i for i, offer in enumerate(offers)])
    result = milp(
        np.concatenate([-value, np.full(len(shown), _AGAIN)]),
        integrality=np.concatenate([np.ones(count), np.zeros(len(shown))]),
        bounds=Bounds(0, np.concatenate([np.ones(count), np.full(len(shown), np.inf)])),
        constraints=LinearConstraint(matrix.tocsr(), -np.inf, 1),
        options={"mip_rel_gap": 0.0},
    )
    if result.x is None:
        raise RuntimeError(f"the pairs could not be assigned: {result.message}")
    return [offer for offer, taken in zip(offers, result.x, strict=False) if taken > 0.5]


def _places(photos: int, relations: Sequence[Relation]) -> list[int]:
    """Of each photo, the lowest index among those it shares a place with."""
    of = list(range(photos))
    for relation in relations:
        if relation.kin is not None:
            one, other = sorted((of[relation.first], of[relation.second]))
            of = [one if place == other else place for place in of]
    return of


def _notices(
    asked: int,
    wanted: int,
    found: int,
    kept: Sequence[int],
    left_out: Sequence[LeftOut],
    twins: Sequence[LeftOut],
) -> tuple[str, ...]:
    notices = []
    if asked > wanted:
        notices.append(f"{asked} pairs were asked for; the film has {wanted} shots for them")
    if found < wanted:
        notices.append(
            f"{found} of {wanted} shots have a pair: {len(kept)} photos are usable and different, "
            f"and {2 * wanted} that go together two by two would be needed"
        )
    if left_out or twins:
        notices.append(
            f"{len(left_out) + len(twins)} files are left out, {len(twins)} of them because they "
            "are nearly the same as another one"
        )
    return tuple(notices)
