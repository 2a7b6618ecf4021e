"""Who made what a film shows, and what was paid for it: `sources`, `of_shots`, `paid`."""

import re
from dataclasses import dataclass
from decimal import Decimal

from songreel.models.money import dollars
from songreel.models.timebase import frame_time
from songreel.models.timeline import Cut, Timeline

_SUBSTITUTION = re.compile(
    r"asked of (?P<asked>[^ ,]+).*, in its place .*?, because (?P<reason>.+)", re.DOTALL
)


@dataclass(frozen=True)
class Source:
    """One source of a film's clips."""

    source: str
    clips: int
    shots: int
    seconds: str
    """On screen."""
    instead: int
    """Shots whose clip stands in for another."""
    paid: str


def sources(timeline: Timeline) -> tuple[Source, ...]:
    """The sources of what is shown, most of the screen first; none in timelines without them."""
    cuts: dict[str, list[Cut]] = {}
    for cut in timeline.cuts:
        if cut.provider:
            cuts.setdefault(cut.provider, []).append(cut)
    frames = {name: sum(cut.end - cut.start for cut in shown) for name, shown in cuts.items()}
    return tuple(
        Source(
            source=name,
            clips=len({cut.clip_sha256 for cut in cuts[name]}),
            shots=len(cuts[name]),
            seconds=f"{frame_time(frames[name], timeline.rate):.1f} s",
            instead=sum(cut.substitution is not None for cut in cuts[name]),
            paid=_usd(cuts[name]),
        )
        for name in sorted(cuts, key=lambda name: (-frames[name], name))
    )


def paid(timeline: Timeline) -> str:
    """USD for the clips that are shown; empty where nothing was paid."""
    total = sum((cut.cost.usd for cut in timeline.cuts if cut.cost), Decimal(0))
    return dollars(total) if total else ""


def of_shots(timeline: Timeline) -> dict[str, str]:
    """Who made each shot's clip and for how much; shots that share one name each other."""
    sharing: dict[str, list[Cut]] = {}
    for cut in timeline.cuts:
        sharing.setdefault(cut.clip_sha256, []).append(cut)
    told = {}
    for cut in timeline.cuts:
        others = [other.shot for other in sharing[cut.clip_sha256] if other.shot != cut.shot]
        parts = [cut.provider]
        if cut.cost is not None:
            parts.append(
                f"{dollars(cut.cost.usd)} USD" + ("" if cut.cost.measured else " as quoted")
            )
        if others:
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            parts.append(f"shares its clip with {', '.join(others[:3])}{more}")
        told[cut.shot] = " · ".join(filter(None, parts)) if cut.provider else ""
    return told


def in_short(substitution: str | None) -> str | None:
    """A substitution for a card; the whole sentence stands in the page's list."""
    told = _SUBSTITUTION.fullmatch(substitution or "")
    return f"instead of {told['asked']}: {told['reason']}" if told else substitution


def _usd(cuts: list[Cut]) -> str:
    charges = [cut.cost for cut in cuts if cut.cost is not None]
    if not charges:
        return "–"
    total = f"{dollars(sum((charge.usd for charge in charges), Decimal(0)))} USD"
    quoted = [charge for charge in charges if not charge.measured]
    if not quoted:
        return total
    return f"{total} as quoted" if len(quoted) == len(charges) else f"{total}, part of it as quoted"
