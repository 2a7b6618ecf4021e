"""What the sound that a film lacks will cost: `quote_of`."""

from collections.abc import Sequence
from pathlib import Path

from songreel.generation.jobs import Jobs
from songreel.generation.letters import Letters
from songreel.generation.sound.orders import Wanted
from songreel.generation.sound.shelf import SoundShelf
from songreel.generation.sound.source import SoundSource
from songreel.models.document import Frozen
from songreel.models.money import FREE, Quote
from songreel.models.sound_request import SoundRequest


class PieceQuote(Frozen):
    """One piece of sound that is not there yet."""

    label: str
    fingerprint: str
    seconds: float
    quote: Quote
    under_way: bool = False
    """Whether an earlier run has sent it: what it costs is set aside or paid already."""


class SoundQuote(Frozen):
    """What the sound that is not there yet will cost, if nothing goes wrong."""

    source: str
    pieces: tuple[PieceQuote, ...]
    ready: int = 0
    """Pieces that are there."""

    @property
    def total(self) -> Quote:
        """Of all pieces that are still to be bought."""
        total = FREE
        for piece in self.pieces:
            if not piece.under_way:
                total += piece.quote
        return total

    def lines(self) -> tuple[str, ...]:
        """For people: how much of what, and the sum."""
        if not self.pieces:
            return ("all the sound is there: nothing to pay",)
        new = [piece for piece in self.pieces if not piece.under_way]
        total = self.total
        price = total if total.high else "free"
        seconds = sum(piece.seconds for piece in new)
        lines = [f"{self.source}: {_many(len(new))}, {seconds:.1f} s: {price}"] if new else []
        if len(self.pieces) > len(new):
            lines.append(f"{self.source}: {_many(len(self.pieces) - len(new))} under way already")
        return (*lines, f"in all: {total if total.high else 'nothing to pay'}")

    def row(self) -> dict[str, object]:
        """As plain data."""
        return {
            "source": self.source,
            "total_usd": self.total.row(),
            "ready": self.ready,
            "pieces": [
                {
                    "label": piece.label,
                    "seconds": round(piece.seconds, 3),
                    "usd": piece.quote.row(),
                    "basis": piece.quote.basis,
                    "under_way": piece.under_way,
                }
                for piece in self.pieces
            ],
        }


def quote_of(wanted: Sequence[Wanted], source: SoundSource, folder: Path) -> SoundQuote:
    """Price of what `fulfil`, called with the same, would have to buy.

    Nothing is asked of the network. Left out is what may have been billed already, which is not
    bought again by itself.

    Raises:
        MachineError: The folder cannot be read.
    """
    shelf, letters = SoundShelf(folder), Letters(folder)
    under_way = {
        (job.provider, job.request.fingerprint)
        for _, job in Jobs(folder, SoundRequest).left()
        if job.id or job.sent is not None
    }
    pieces, ready = [], 0
    for each in wanted:
        # A piece of another seed stands in for one that failed.
        tried = (each.request, *list(source.alternatives(each.request))[:1])
        if any(shelf.find(source.name, request) is not None for request in tried):
            ready += 1
        elif letters.unsure(source.name, each.request) is None:
            pieces.append(
                PieceQuote(
                    label=each.label,
                    fingerprint=each.request.fingerprint,
                    seconds=each.request.seconds,
                    quote=source.quote(each.request),
                    under_way=any(
                        (source.name, request.fingerprint) in under_way for request in tried
                    ),
                )
            )
    return SoundQuote(source=source.name, pieces=tuple(pieces), ready=ready)


def _many(count: int) -> str:
    return f"{count} piece of sound" if count == 1 else f"{count} pieces of sound"
