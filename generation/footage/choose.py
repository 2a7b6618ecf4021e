"""Which stretch of which file each shot shows: `choose`."""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations, pairwise
from statistics import median

from songreel.generation.footage.judge import Judge, Place, Use
from songreel.generation.footage.looks import Looks
from songreel.generation.footage.source import Source
from songreel.generation.footage.span import Span
from songreel.models.clip import ClipRequest

_DRAFT_LUCK = 0.15
"""Parts equals in the draft; a fifth of what a full mismatch of motion costs."""

_SEED_LUCK = 0.4
"""What a shot's seed may add to a span: enough to pick another good one, not a bad one."""

_ROUNDS = 2
"""Of exchanges between pairs of shots. A third changed nothing in the folders tried."""


def choose(
    requests: Mapping[str, ClipRequest],
    sources: Sequence[Source],
    looks: Mapping[str, Looks],
    *,
    without: Collection[str] = (),
    kept: Mapping[str, Span] | None = None,
    slack: float = 0.0,
) -> dict[str, Span]:
    """A span for each shot.

    Each shot takes what is worth most to it: sharp, light, moving as much as the shot asks, in
    the frame's shape, not seen yet. First a draft is made of the whole film, which asks nothing
    of the seeds: shots take turns, then exchange where both gain. Then each shot may leave its
    place in the draft for something that nobody has, as its seed says. So another prompt, move
    or seed for one shot leaves the others what they had.

    Args:
        requests: By shot, in the film's order.
        sources: The files.
        looks: Of each video among them, by sha256.
        without: Sha256 of files not to be used.
        kept: Spans that are settled, by shot; the others choose beside them.
        slack: Seconds wanted on either side of each, which no other shot shows either. Where that
            would bring a picture back too soon, or a file has none so long, there are none.

    Returns:
        By shot, in the film's order; empty if nothing is usable.
    """
    usable = [
        source
        for source in sources
        if source.sha256 not in without and (source.video is None or looks[source.sha256].stretches)
    ]
    if not usable:
        return {}
    judge, places = Judge(usable, looks), _places(requests, slack)
    settled = {place.index: kept[place.name] for place in places if kept and place.name in kept}
    draft = settled if settled else _draft(judge, places)
    if slack and not settled and _soon(places, draft):
        return choose(requests, sources, looks, without=without)
    final: dict[int, Span] = {}
    for place in places:
        if place.index in settled:
            final[place.index] = settled[place.index]
            continue
        # A span that was left stays taken, so that nobody's choice hangs on who left it.
        others = [
            Use.of(places[index], span)
            for spans in (draft, final)
            for index, span in spans.items()
            if index != place.index and not (spans is final and draft.get(index) == span)
        ]
        seed = f"seed {place.request.seed}"
        final[place.index] = judge.best(place, others, seed, _SEED_LUCK)
    return {place.name: final[place.index] for place in places}


def _draft(judge: Judge, places: Sequence[Place]) -> dict[int, Span]:
    """A film without seeds.

    Long shots choose first, since they fit in few places, then the others by energy, so that
    the moving material is still there for the loud ones. Where material is so short that this
    brings a picture back too soon, they choose in the film's order, which does so least.
    """

    def drawn(order: Sequence[Place]) -> dict[int, Span]:
        spans: dict[int, Span] = {}
        uses: list[Use] = []
        for place in order:
            spans[place.index] = judge.best(place, uses, place.name, _DRAFT_LUCK)
            uses.append(Use.of(place, spans[place.index]))
        return spans

    def rank(place: Place) -> tuple[bool, float, int]:
        return (place.request.seconds < 4.0, -place.level, place.index)

    draft = drawn(sorted(places, key=rank))
    if soon := _soon(places, draft):
        in_order = drawn(places)
        draft = in_order if _soon(places, in_order) < soon else draft
    for _ in range(_ROUNDS):
        for one, other in combinations(places, 2):
            _exchange(judge, places, draft, one, other)
    return draft


def _soon(places: Sequence[Place], spans: Mapping[int, Span]) -> int:
    """How often a picture comes back too soon."""
    uses = [Use.of(place, spans[place.index]) for place in places]
    return sum(one.comes_soon(other) for one, other in combinations(uses, 2))


def _exchange(
    judge: Judge, places: Sequence[Place], draft: dict[int, Span], one: Place, other: Place
) -> None:
    """Let two shots swap their spans if both can and the film gains."""
    mine, theirs = draft[one.index], draft[other.index]
    if mine == theirs:
        return
    rest = [
        Use.of(places[index], span)
        for index, span in draft.items()
        if index not in (one.index, other.index) and span.sha256 in (mine.sha256, theirs.sha256)
    ]

    def worth(first: Span, second: Span) -> float | None:
        a = judge.worth(one, first, rest)
        b = judge.worth(other, second, [*rest, Use.of(one, first)]) if a is not None else None
        return None if a is None or b is None else a + b

    now, then = worth(mine, theirs), worth(theirs, mine)
    if now is not None and then is not None and then > now + 1e-3:
        draft[one.index], draft[other.index] = theirs, mine


def _places(requests: Mapping[str, ClipRequest], slack: float = 0.0) -> list[Place]:
    """Where each shot stands in the film: by the song under it, if the requests carry that.

    So a shot that another source takes over leaves a gap and moves nothing. Without the song
    they are laid end to end; the head of the next clip is then as long as the tail of this one.
    """
    drives = [(request, request.drive) for request in requests.values() if request.drive]
    lengths = [
        request.seconds / (drive.song_end - drive.song_start)
        for request, drive in drives
        if drive.song_end > drive.song_start
    ]
    song = median(lengths) if lengths and len(drives) == len(requests) else None
    places, at = [], 0.0
    for index, ((name, request), following) in enumerate(pairwise([*requests.items(), ("", None)])):
        assert request is not None
        rate = float(request.rate)
        start = at - request.head / rate
        if song is not None and request.drive is not None:
            start = request.drive.song_start * song
        places.append(Place(index, name, request, start, start + request.seconds, slack))
        tail = following[1].head if following[1] is not None else 0
        at += (request.frames - request.head - tail) / rate
    return places
