"""What the clips that a film lacks will cost: `quotes`."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.generation.catalogue.pack import ENOUGH
from songreel.generation.jobs import Jobs
from songreel.generation.letters import Letters
from songreel.generation.planning import Standing, plan_film
from songreel.generation.provider import Provider
from songreel.generation.shelf import Shelf
from songreel.models.clip import ClipRequest
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.money import FREE, Quote
from songreel.models.music import Analysis
from songreel.models.render import RenderSpec
from songreel.models.shown.shows import Shows
from songreel.models.storyboard import Shot, Storyboard, Words

if TYPE_CHECKING:
    from songreel.models.shown.card import Card


class ClipQuote(Frozen):
    """One clip that is not there yet."""

    shots: tuple[str, ...]
    """That show something of it."""
    source: str
    fingerprint: str
    seconds: float
    quote: Quote
    under_way: bool = False
    """Whether an earlier run has sent it: what it costs is set aside or paid already."""


class FilmQuote(Shows, Frozen):
    """What the clips that a film lacks will cost, if nothing goes wrong."""

    clips: tuple[ClipQuote, ...]
    planned: Mapping[str, ClipRequest]
    """The clip that the plan asks for, by shot, in the film's order."""

    @property
    def total(self) -> Quote:
        """Of all clips that are still to be bought."""
        total = FREE
        for clip in self.clips:
            if not clip.under_way:
                total += clip.quote
        return total

    def lines(self) -> tuple[str, ...]:
        """For people, a line for each source and the sum."""
        if not self.clips:
            return ("every clip is there: nothing to pay",)
        lines = []
        for source in dict.fromkeys(clip.source for clip in self.clips):
            clips = [clip for clip in self.clips if clip.source == source]
            new = [clip for clip in clips if not clip.under_way]
            if new:
                price = FREE
                for clip in new:
                    price += clip.quote
                shots = len({shot for clip in new for shot in clip.shots})
                lines.append(
                    f"{source}: {_many(len(new), 'clip')} for {_many(shots, 'shot')}, "
                    f"{sum(clip.seconds for clip in new):.1f} s: {price if price.high else 'free'}"
                )
            if len(clips) > len(new):
                lines.append(f"{source}: {_many(len(clips) - len(new), 'clip')} under way already")
        total = self.total
        lines.append(f"in all: {total if total.high else 'nothing to pay'}")
        return tuple(lines)

    def row(self) -> dict[str, object]:
        """As plain data."""
        return {
            "total_usd": self.total.row(),
            "clips": [
                {
                    "shots": list(clip.shots),
                    "source": clip.source,
                    "seconds": round(clip.seconds, 3),
                    "usd": clip.quote.row(),
                    "basis": clip.quote.basis,
                    "under_way": clip.under_way,
                }
                for clip in self.clips
            ],
        }

    def _card(self) -> "Card":
        from songreel.models.shown.card import Card
        from songreel.models.shown.markup import folded, sentences, table, tag

        heads = ("shots", "source", "seconds", "price", "how it was found")
        rows = [
            (", ".join(clip.shots), clip.source, f"{clip.seconds:.2f}",
             "under way already" if clip.under_way else clip.quote if clip.quote.high else "free",
             clip.quote.basis)
            for clip in self.clips
        ]  # fmt: skip
        whole = table(heads, rows, numbers=("seconds", "price"), label="clips to be made")
        *lines, total = self.lines()
        return Card(
            "quote",
            (total,),
            (sentences(lines), folded(_many(len(rows), "clip"), tag("div", whole, class_="wide"))
             if rows else None),
        )  # fmt: skip


def quotes(
    storyboard: Storyboard,
    analysis: Analysis,
    spec: RenderSpec,
    *,
    provider: Provider,
    others: Mapping[str, Provider],
    folder: Path,
    words: Callable[[Shot, str], Words] | None = None,
    base: Path | None = None,
    only: Collection[str] | None = None,
) -> FilmQuote:
    """Price of the clips that `generate`, called with the same, would have to make.

    Nothing is asked of the network, and nothing is made. Left out is what `generate` would not
    buy: a clip that covers too little of its shot, or that may have been billed already.

    Raises:
        InvalidInput: As `generate`.
        MachineError: The folder cannot be read.
    """
    ids = {shot.id for shot in storyboard.shots}
    if unknown := sorted(set(only or ()) - ids):
        raise InvalidInput(f"the storyboard has no shot {unknown[0]}")
    plan = plan_film(
        storyboard, analysis, spec, provider=provider, others=others, words=words, base=base
    )
    standings = plan.standings(Shelf(folder))
    under_way = {
        (job.provider, job.request.fingerprint)
        for _, job in Jobs(folder).left()
        if job.id or job.sent is not None
    }
    letters = Letters(folder)
    lacking: dict[tuple[str, str], list[tuple[str, Standing]]] = {}
    for shot, standing in standings.items():
        portion, name = standing.portion, plan.maker(shot).name
        sold = portion.covered >= ENOUGH and letters.unsure(name, portion.request) is None
        if standing.file is None and sold and (only is None or shot in only):
            key = name, portion.request.fingerprint
            lacking.setdefault(key, []).append((shot, standing))
    clips = []
    for (source, mark), wanting in lacking.items():
        shots = tuple(shot for shot, _ in wanting)
        request = wanting[0][1].portion.request
        clips.append(
            ClipQuote(
                shots=shots,
                source=source,
                fingerprint=mark,
                seconds=request.seconds,
                quote=plan.maker(shots[0]).quote(request),
                under_way=(source, mark) in under_way,
            )
        )
    planned = {shot: standing.wanted for shot, standing in standings.items()}
    return FilmQuote(clips=tuple(clips), planned=planned)


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
