"""What is tried for a shot, one after the other: `Want`, `Rung`, `ladder`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from songreel.generation.planning import FilmPlan
from songreel.generation.provider import Provider
from songreel.models.clip import ClipRequest, Flaw, Portion
from songreel.models.errors import SongreelError

LAST_RESORT = "builtin"
"""The provider that can make any clip, without network, key or folder."""

STILL = "still"
"""The provider that moves over a shot's own start image."""


class Rung(NamedTuple):
    """One clip that may serve a shot, and what the shot would show of it."""

    maker: Provider
    portion: Portion
    remarks: tuple[str, ...] = ()
    told: str = ""
    """What a substitution says of it; its maker and the maker's notes if empty."""


class Neighbour(NamedTuple):
    """A span of a clip near by that no shot shows; which one is known when all are made."""


class Held(NamedTuple):
    """A clip that is there, with what the eye finds wrong with it."""

    rung: Rung
    file: Path
    flaws: tuple[Flaw, ...]

    @property
    def fatal(self) -> tuple[Flaw, ...]:
        """The flaws with which nobody would want to see it."""
        return tuple(flaw for flaw in self.flaws if flaw.fatal)


@dataclass
class Want:
    """A shot without a clip."""

    shot: str
    rungs: Iterator[Rung | Neighbour] = field(default_factory=lambda: iter(()))
    first: Rung | None = None
    """What was asked for."""
    rung: Rung | None = None
    """What is being tried."""
    failures: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    may_pay: bool = True
    """Whether anything more may be bought for it."""
    refused: list[ClipRequest] = field(default_factory=list)
    """Requests whose content a service refused."""
    held: list[Held] = field(default_factory=list)
    """Clips that are there but have a fatal flaw."""

    def skips(self, rung: Rung) -> bool:
        """Whether there is no use, or no right, in trying `rung`."""
        if rung.maker.traits.costs_money and not self.may_pay:
            return True
        return any(differ_by_seed(rung.portion.request, other) for other in self.refused)

    def substitution(self, rung: Rung) -> str | None:
        """What was asked, what this is, and why; None if it is what was asked."""
        if self.first is None or not self.failures:
            return None
        asked, now = _told(self.first), rung.told or _told(rung)
        return f"asked of {asked}, in its place {now}, because {self.failures[0]}"


def differ_by_seed(one: ClipRequest, other: ClipRequest) -> bool:
    """Whether two requests are the same but for their seeds."""
    return one.model_copy(update={"seed": other.seed}) == other


def ladder(
    plan: FilmPlan,
    shot: str,
    first: Rung,
    others: Mapping[str, Provider],
    stand_ins: Sequence[Provider],
    failures: list[str],
) -> Iterator[Rung | Neighbour]:
    """What to try for a shot, one after the other; each is worked out when it is needed.

    Args:
        plan: The film's.
        shot: Its id.
        first: What was asked for.
        others: Further sources by name.
        stand_ins: Sources that may serve where the shot's own cannot, best first.
        failures: Told why a rung is left out.
    """
    maker, portion, remarks, _ = first
    yield first
    for request in maker.alternatives(portion.request):
        yield Rung(maker, portion.model_copy(update={"request": request}), remarks)
    for other in stand_ins:
        if other.name != maker.name:
            try:
                yield Rung(other, plan.planned_by(other)[shot])
            except SongreelError as error:
                failures.append(str(error))
    still, image = others.get(STILL), plan.asked[shot].start
    if still is not None and still.name != maker.name and image is not None and image.sha256:
        asked = plan.asked_of(shot, still)
        try:
            yield Rung(still, still.plan({shot: asked})[shot])
        except SongreelError as error:
            failures.append(str(error))
    if plan.may_spare:
        yield Neighbour()
    last = others.get(LAST_RESORT)
    if last is not None and last.name != maker.name:
        # Planned with the whole film, so that its pictures vary and call one another back.
        yield Rung(last, plan.planned_by(last)[shot])


def _told(rung: Rung) -> str:
    notes = ", ".join(rung.maker.notes(rung.portion.request))
    return f"{rung.maker.name} ({notes})" if notes else rung.maker.name
