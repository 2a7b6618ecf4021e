"""The best film for a sum: which shots are bought from which model, and which share a clip."""

from collections.abc import Collection, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from itertools import count
from typing import TYPE_CHECKING

from songreel.generation.catalogue.entry import Entry
from songreel.generation.catalogue.pack import pack
from songreel.generation.catalogue.price import quote
from songreel.generation.spending.families import TAKE, families, is_fixed
from songreel.generation.spending.knapsack import pick
from songreel.generation.spending.menu import Menu, bill, clips_of, together
from songreel.generation.spending.shared import joined
from songreel.generation.spending.telling import tell
from songreel.models.document import Frozen
from songreel.models.errors import BudgetExceeded, InvalidInput
from songreel.models.money import FREE, MICRO, Quote, Usd, dollars
from songreel.models.render import RenderSpec
from songreel.models.shown.shows import Shows
from songreel.models.storyboard import Shot, Storyboard

if TYPE_CHECKING:
    from songreel.models.shown.card import Card

MOST = Decimal(10**8)
"""USD; `Usd` has 14 digits, 6 of them after the point."""
MODELS = 2
"""Models in a film: each has a hand of its own, and a film has one look."""
MIXING = 0.03
"""What a second model costs the film, as a share of the gain of a film that is of the best
quality throughout."""
UNITS = 4000
"""Steps in which that gain is counted: what is less than one is not told apart. A song of three
minutes has some 200 weighted seconds: a step is a twentieth of a second."""


class Allotted(Frozen):
    """Where a shot's clip is to come from."""

    shot: str
    source: str
    """`replicate:hailuo-02`, or what is free."""
    take: str | None
    """Shots of the same take show parts of the same clips."""
    quote: Quote
    """Of the clip that the shot is the first to show; nothing for the others that show it."""
    fixed: bool = False
    """The shot kept what it had: it is locked or names its source."""


class Allotment(Shows, Frozen):
    """How a sum is spent on a film."""

    usd: Usd
    """The sum."""
    shots: tuple[Allotted, ...]
    """All of them, in the film's order."""
    total: Quote
    """`high` is within the sum."""
    score: int
    """How good the film is, in the planner's units; more money never lowers it."""
    upgrade: Usd | None
    """What the cheapest single change for the better would cost more, with the models chosen;
    more than what is left. None: nothing on offer would be better."""
    sentences: tuple[str, ...]
    """What was chosen and why, a sentence each."""

    @property
    def left(self) -> Decimal:
        """USD that stay even if everything costs what it may at most."""
        return self.usd - self.total.high

    def _card(self) -> "Card":
        from songreel.models.shown.card import Card
        from songreel.models.shown.markup import folded, sentences, table, tag

        rows = [
            (one.shot, one.source, one.take or "", one.quote if one.quote.high else "–",
             "as it was" if one.fixed else "")
            for one in self.shots
        ]  # fmt: skip
        whole = table(("shot", "source", "shares", "price", ""), rows, numbers=("price",),
                      label="shots and their sources")  # fmt: skip
        told = (f"{dollars(self.usd)} USD", f"at most {dollars(self.total.high)} USD are spent")
        shots = folded("shot by shot", tag("div", whole, class_="wide"))
        return Card("budget", told, (sentences(self.sentences), shots))


def allot(
    storyboard: Storyboard,
    spec: RenderSpec,
    usd: Decimal,
    *,
    entries: Sequence[Entry],
    free: str = "builtin",
    own: str | None = None,
    known: Sequence[Entry] = (),
    alone: Collection[str] = (),
) -> Allotment:
    """Spend at most `usd` on clips so that the film becomes as good as it can.

    A film is as good as the sum over its shots of seconds × weight × quality: the weight by what
    the song does there (`spending.worth`), the quality by the catalogue's ranking, less for a
    shot that shows another part of a clip already seen, less for the film where models are
    mixed. What a choice costs is the upper end of the models' quotes. The best choice is found
    exactly (`spending.knapsack`), over these ways for every family of like shots: nothing, or
    from one model its heaviest shots, any number of them, with one, two, three or all to a take.

    Shots that are locked, held to a take, or name a source keep theirs and are paid first.

    Args:
        storyboard: The film.
        spec: Its size and rate.
        usd: The sum.
        entries: Models that may be bought from.
        free: Source of the shots that nothing is bought for.
        own: The film's own source, of shots that keep theirs and name none; `free` if None.
        known: Further models, for the price of shots that name them.
        alone: Shots that share no clip, since a person has written their words.

    Raises:
        BudgetExceeded: The shots that keep their models alone may cost more than the sum.
        InvalidInput: A shot names a model that is not known, the sum is negative, or two shots
            start within one frame.
    """
    if not usd.is_finite() or not 0 <= usd < MOST:
        raise InvalidInput(f"{usd} is no sum to spend; use a number from 0 to {MOST - 1:,}")
    usd = usd.quantize(MICRO, rounding=ROUND_DOWN)
    menu = Menu(storyboard, spec)
    fixed, kept = _kept(storyboard, menu, (*entries, *known), own or free)
    groups = families(storyboard, alone)
    best = menu.best()
    units = max(UNITS, 20 * len(groups))
    picked = pick(
        [{entry.key: menu.ways(group, entry) for entry in entries} for group in groups],
        int(_within(usd, kept) / MICRO),
        unit=best / units,
        mixing=round(MIXING * units),
        most=MODELS,
        present=frozenset(a.source for a in fixed.values() if a.quote.high > 0),
    )
    by_key = {entry.key: entry for entry in entries}
    used = {each.take for each in fixed.values()}
    found = dict(fixed)
    for way in picked.ways:
        for take in way.takes:
            name = _name(take[0], used)
            first = clips_of(pack(together(menu.asked, take), by_key[way.source]))
            for shot in take:
                price = quote(by_key[way.source], first[shot]) if shot in first else FREE
                found[shot] = Allotted(shot=shot, source=way.source, take=name, quote=price)
    shots = tuple(
        found.get(shot.id)
        or Allotted(shot=shot.id, source=free, take=_name(shot.id, used), quote=FREE)
        for shot in storyboard.shots
    )
    total = sum((each.quote for each in shots), FREE)
    upgrade = None if picked.upgrade is None else picked.upgrade * MICRO
    return Allotment(
        usd=usd,
        shots=shots,
        total=total,
        score=picked.score,
        upgrade=upgrade,
        sentences=tell(storyboard, menu, shots, usd, total, upgrade, free),
    )


def apply(storyboard: Storyboard, allotment: Allotment) -> Storyboard:
    """`storyboard` with the sources and takes of `allotment`.

    Shots that share a take take over everything that decides its words from the first of them,
    so that they truly ask for one clip. Shots that are fixed stay as they are.

    Raises:
        InvalidInput: The allotment was made for another plan.
    """
    by_id = {each.shot: each for each in allotment.shots}
    if tuple(by_id) != tuple(shot.id for shot in storyboard.shots):
        raise InvalidInput("the money was planned for other shots; plan it again")
    takes = {each.shot: each.take for each in allotment.shots if each.take and not each.fixed}
    shots = tuple(
        shot
        if by_id[shot.id].fixed
        else shot.model_copy(update={"provider": by_id[shot.id].source})
        for shot in joined(storyboard, takes).shots
    )
    return storyboard.model_copy(update={"shots": shots})


def _kept(
    storyboard: Storyboard, menu: Menu, entries: Sequence[Entry], own: str
) -> tuple[dict[str, Allotted], int]:
    """The shots that keep their source, and what they cost at most, millionths of a USD."""
    named: dict[str, list[Shot]] = {}
    for shot in storyboard.shots:
        if is_fixed(shot):
            named.setdefault(shot.provider or own, []).append(shot)
    found: dict[str, Allotted] = {}
    cost = 0
    for source, shots in named.items():
        entry = _entry(source, shots[0], entries)
        first: Mapping[str, Quote] = {}
        if entry is not None:
            portions = pack({shot.id: menu.asked[shot.id] for shot in shots}, entry)
            first = {shot: quote(entry, clip) for shot, clip in clips_of(portions).items()}
            cost += bill(portions, entry)
        for shot in shots:
            found[shot.id] = Allotted(
                shot=shot.id,
                source=entry.key if entry is not None else source,
                take=shot.take,
                quote=first.get(shot.id, FREE),
                fixed=True,
            )
    return found, cost


def _name(first: str, used: Collection[str | None]) -> str:
    """A take's name, by its first shot; not one that a shot which keeps its own has already."""
    names = (f"{TAKE}{first}" + (f"-{n}" if n > 1 else "") for n in count(1))
    return next(name for name in names if name not in used)


def _entry(source: str, shot: Shot, entries: Sequence[Entry]) -> Entry | None:
    """The model that `source` names; None for a source of which the catalogue has no models."""
    provider, _, model = source.partition(":")
    offered = [entry for entry in entries if entry.provider == provider]
    if not offered:
        return None
    for entry in offered:
        if model in (entry.name, entry.ref) or (not model and entry.default):
            return entry
    raise InvalidInput(
        f"shot {shot.id} comes from {source}, which is not among the models known: "
        f"{', '.join(dict.fromkeys(entry.key for entry in offered))}"
    )


def _within(usd: Decimal, kept: int) -> Decimal:
    """What is left of the sum once the shots that keep their models are paid."""
    left = usd - kept * MICRO
    if left < 0:
        raise BudgetExceeded(
            f"the shots that are locked or name a model may cost {dollars(kept * MICRO)} USD, over "
            f"the budget of {dollars(usd)} USD; raise it, or unlock shots in plan.json"
        )
    return left
