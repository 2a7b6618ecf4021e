"""How a sum was spent, in sentences: what was chosen, what it costs, and why."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from songreel.generation.spending.families import rhyme_roots
from songreel.generation.spending.menu import Menu
from songreel.models.money import Quote, dollars
from songreel.models.storyboard import Storyboard


class Given(Protocol):
    """Where a shot's clip comes from."""

    @property
    def shot(self) -> str:
        """Its id."""
        ...

    @property
    def source(self) -> str:
        """Provider and model."""
        ...

    @property
    def take(self) -> str | None:
        """Shared with other shots of the same clip."""
        ...

    @property
    def quote(self) -> Quote:
        """Of the clip that it is the first to show."""
        ...

    @property
    def fixed(self) -> bool:
        """Whether it kept what it had."""
        ...


def tell(
    storyboard: Storyboard,
    menu: Menu,
    shots: Sequence[Given],
    usd: Decimal,
    total: Quote,
    upgrade: Decimal | None,
    free: str,
) -> tuple[str, ...]:
    """The choice in sentences, each of which can be checked against it."""
    bought = [each for each in shots if each.source != free and not each.fixed]
    kept = [each for each in shots if each.fixed]
    rest = [each for each in shots if each.source == free and not each.fixed]
    length = sum(menu.seconds(each.shot) for each in shots)
    said = [
        f"At most {dollars(total.high)} of {dollars(usd)} USD, likely {dollars(total.likely)} USD."
    ]
    if kept:
        cost = sum((each.quote.high for each in kept), Decimal(0))
        said.append(
            f"{_shots(kept)} {'keeps' if len(kept) == 1 else 'keep'} their source, being locked "
            f"or naming it, for at most {dollars(cost)} USD."
        )
    for source in dict.fromkeys(each.source for each in bought):
        own = [each for each in bought if each.source == source]
        clips = sum(each.quote.basis != "" for each in own)
        cost = sum((each.quote.high for each in own), Decimal(0))
        seconds = sum(menu.seconds(each.shot) for each in own)
        said.append(
            f"{len(own)} of {len(shots)} shots ({100 * seconds / length:.0f} % of the film) from "
            f"{source}, {clips} clip{'s' * (clips != 1)} for at most {dollars(cost)} USD: "
            f"{_labels(storyboard, own)}."
        )
    shared = [each for each in bought if each.quote.basis == ""]
    if shared:
        rhymes = _rhyming(storyboard, bought, shared)
        said.append(
            f"{_shots(shared)} {'shows' if len(shared) == 1 else 'show'} another part of a clip "
            f"that is bought for a shot before, {rhymes} of them as its rhyme."
        )
    if rest:
        said.append(f"{_shots(rest)} from {free}, for nothing: {_labels(storyboard, rest)}.")
    if bought and rest:
        said.append(
            f"A second of what is bought weighs {_mean(menu, bought):.2f} on average, of the rest "
            f"{_mean(menu, rest):.2f}: choruses, drops, loud passages and the film's subject "
            "weigh most."
        )
    left = usd - total.high
    if upgrade is not None:
        said.append(
            f"{_small(left)} USD is left; the next step up would cost {_small(upgrade)} USD more."
        )
    else:
        said.append(f"{_small(left)} USD is left; no model on offer would serve a shot better.")
    return tuple(said)


def _small(amount: Decimal) -> str:
    """Unrounded, so that what is left and what would be needed can be told apart."""
    whole, _, part = f"{amount:.6f}".rstrip("0").partition(".")
    return f"{whole}.{part.ljust(2, '0')}"


def _shots(given: Sequence[Given]) -> str:
    return f"{len(given)} shot{'s' * (len(given) != 1)}"


def _labels(storyboard: Storyboard, given: Sequence[Given]) -> str:
    """Functions of the sections, most frequent first: "chorus 8, verse 3"."""
    sections = {shot.id: storyboard.sections[shot.section].label for shot in storyboard.shots}
    counts = Counter(sections[each.shot] for each in given)
    return ", ".join(f"{label} {count}" for label, count in counts.most_common())


def _mean(menu: Menu, given: Sequence[Given]) -> float:
    seconds = sum(menu.seconds(each.shot) for each in given)
    return sum(menu.seconds(each.shot) * menu.weight(each.shot) for each in given) / seconds


def _rhyming(storyboard: Storyboard, bought: Sequence[Given], shared: Sequence[Given]) -> int:
    """How many of `shared` have the shot they rhyme with, or its other rhymes, in their take."""
    roots = rhyme_roots(storyboard)
    return sum(
        any(
            other.take == each.take and other.shot != each.shot
            and roots[other.shot] == roots[each.shot]
            for other in bought
        )
        for each in shared
    )  # fmt: skip
