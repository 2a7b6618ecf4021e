"""Which shots of a film share a clip, so that little of what is paid for is wasted: `share`."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from songreel.generation.catalogue.entry import Entry
from songreel.models.document import Frozen

SLACK = Fraction(1, 12)
"""Seconds added to every shot: another frame rate rounds a shot up by less than a frame at each
end, which must not push a clip to its next length."""

KEPT = Fraction(1, 5)
"""Seconds of waste that a clip of its own is worth, per shot: shots share where that saves more."""

POOR = Fraction(1, 4)
"""Share of a clip that may be wasted before its shots look for company further off."""


class Sharer(Frozen):
    """What of a shot decides with whom it can share a clip."""

    shot: str
    seconds: Annotated[float, Field(gt=0)]
    """Of its clip, handles for transitions included."""
    section: int
    """Index of its section in the song."""
    letter: str
    """Of the section; choruses have the same."""
    motif: str
    rhymes_with: str | None = None
    take: str | None = None
    """The take it has already, as the storyboard says: it stays there while there is room."""


def share(shots: Sequence[Sharer], entry: Entry) -> dict[str, str]:
    """Takes by shot, so that shots of one take fill clips that `entry` can make.

    Shots with the same motif in sections of the same letter, and shots that rhyme, share first:
    choruses show different spans of one take. Neighbours in the film share last, as a cut
    between two spans of one take jumps. Where a clip would still be filled poorly, shots of the
    same letter share whatever their motif. A take is then worded and seeded once, as its first
    shot: whoever sets `Shot.take` gives its shots one prompt and one seed.

    Takes that shots have already stay as they are while their shots fit one clip; new shots join
    them where their clips have room for nothing. So an edited shot leaves other takes alone.

    Args:
        shots: Of the film, in its order.
        entry: The model.

    Returns:
        A take for every shot, in the film's order; a shot on its own has one to itself.
    """
    lengths = [length.frames / entry.fps for length in entry.all_lengths]
    order = {each.shot: place for place, each in enumerate(shots)}
    kept, loose = _settled(shots, lengths)
    loose = _joined(loose, kept, lengths)
    groups: list[list[Sharer]] = []
    for family in (_rhyming(shots), {each.shot: each.letter for each in shots}):
        pools: dict[str, list[Sharer]] = {}
        for each in loose:
            pools.setdefault(family[each.shot], []).append(each)
        found = [group for pool in pools.values() for group in _parted(_spread(pool), lengths)]
        groups += [group for group in found if _wasted(group, lengths) <= POOR]
        loose = [each for group in found if _wasted(group, lengths) > POOR for each in group]
        loose.sort(key=lambda each: order[each.shot])
    # What is left is filled poorly in any company of its letter: leave it as it parts best.
    pools = {}
    for each in loose:
        pools.setdefault(each.letter, []).append(each)
    groups += [group for pool in pools.values() for group in _parted(_spread(pool), lengths)]
    takes = {each.shot: take for take, members in kept.items() for each in members}
    for group in sorted(groups, key=lambda group: min(order[each.shot] for each in group)):
        first = min(group, key=lambda each: order[each.shot]).shot
        name, number = first, 2
        while name in kept or name in takes.values():
            name, number = f"{first}-{number}", number + 1
        takes |= dict.fromkeys((each.shot for each in group), name)
    return {each.shot: takes[each.shot] for each in shots}


def _settled(
    shots: Sequence[Sharer], lengths: Sequence[Fraction]
) -> tuple[dict[str, list[Sharer]], list[Sharer]]:
    """Takes that are there, as far as they fit one clip, and the shots without one."""
    kept: dict[str, list[Sharer]] = {}
    loose = []
    for each in shots:
        members = kept.get(each.take, []) if each.take is not None else []
        if each.take is None or (members and _total([*members, each]) > lengths[-1]):
            loose.append(each)
        else:
            kept.setdefault(each.take, []).append(each)
    return kept, loose


def _joined(
    loose: Sequence[Sharer], kept: Mapping[str, list[Sharer]], lengths: Sequence[Fraction]
) -> list[Sharer]:
    """Let shots into the room that takes of their letter and motif have; the others are left."""
    left = []
    for each in loose:
        for members in kept.values():
            alike = (members[0].letter, members[0].motif) == (each.letter, each.motif)
            if alike and _bought(_total([*members, each]), lengths) == _bought(
                _total(members), lengths
            ):
                members.append(each)
                break
        else:
            left.append(each)
    return left


def _rhyming(shots: Sequence[Sharer]) -> dict[str, str]:
    """Family by shot: the same letter and motif, and what rhymes with it."""
    family: dict[str, str] = {}
    for each in shots:
        rhymed = family.get(each.rhymes_with or "")
        family[each.shot] = rhymed or f"{each.letter} {each.motif}"
    return family


def _spread(pool: Iterable[Sharer]) -> list[Sharer]:
    """The shots in an order in which those side by side stand far apart in the film.

    By their place in the section, every second place first: first shots of all choruses, third
    ones, …, then the second ones.
    """
    places: dict[int, int] = {}
    keyed = []
    for each in pool:
        place = places[each.section] = places.get(each.section, -1) + 1
        keyed.append(((place % 2, place // 2, each.section), each))
    return [each for _, each in sorted(keyed, key=lambda pair: pair[0])]


def _parted(pool: Sequence[Sharer], lengths: Sequence[Fraction]) -> list[list[Sharer]]:
    """`pool` cut into groups that share a clip: in its order, or fitted where that wastes less."""
    return min(_runs(pool, lengths), _fits(pool, lengths), key=lambda found: _cost(found, lengths))


def _runs(pool: Sequence[Sharer], lengths: Sequence[Fraction]) -> list[list[Sharer]]:
    """The cheapest runs of `pool`, which is in an order that keeps neighbours apart.

    Best partition of a sequence by dynamic programming: best[i] is the cost of the first i shots
    and where the last run of them begins.
    """
    best: list[tuple[Fraction, int]] = [(Fraction(0), 0)]
    for end in range(1, len(pool) + 1):
        options = []
        for begin in range(end - 1, -1, -1):
            run = pool[begin:end]
            if len(run) > 1 and _total(run) > lengths[-1]:
                break
            options.append((best[begin][0] + _cost([run], lengths), begin))
        best.append(min(options))
    groups: list[list[Sharer]] = []
    end = len(pool)
    while end:
        begin = best[end][1]
        groups.append(list(pool[begin:end]))
        end = begin
    return groups[::-1]


def _fits(pool: Sequence[Sharer], lengths: Sequence[Fraction]) -> list[list[Sharer]]:
    """`pool` packed into the longest clips: longest shots first, each where it just fits."""
    groups: list[list[Sharer]] = []
    for each in sorted(pool, key=lambda each: -each.seconds):
        fitting = [group for group in groups if _total([*group, each]) <= lengths[-1]]
        if fitting:
            max(fitting, key=_total).append(each)
        else:
            groups.append([each])
    return groups


def _cost(groups: Iterable[Sequence[Sharer]], lengths: Sequence[Fraction]) -> Fraction:
    """Seconds bought for `groups`, and what sharing takes from a film's variety."""
    return sum(
        (_bought(_total(group), lengths) + KEPT * (len(group) - 1) for group in groups),
        start=Fraction(0),
    )


def _seconds(each: Sharer) -> Fraction:
    return Fraction(each.seconds) + SLACK


def _total(group: Iterable[Sharer]) -> Fraction:
    return sum((_seconds(each) for each in group), start=Fraction(0))


def _bought(seconds: Fraction, lengths: Sequence[Fraction]) -> Fraction:
    """Seconds of the clip that holds `seconds`; of the longest where none does."""
    return next((length for length in lengths if length >= seconds), lengths[-1])


def _wasted(group: Sequence[Sharer], lengths: Sequence[Fraction]) -> Fraction:
    """Share of the group's clip that nobody shows."""
    return 1 - min(Fraction(1), _total(group) / _bought(_total(group), lengths))
