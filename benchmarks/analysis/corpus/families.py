"""The corpus by family: `FAMILIES`."""

from collections.abc import Callable
from functools import partial

from corpus.changing import rubato, steps_and_slides
from corpus.clicks import SOUNDS, metronomes
from corpus.fonts import fonts
from corpus.groove import Groove
from corpus.others import FAST, METERS, SWUNG
from corpus.pieces import Piece, piece
from corpus.slow import SLOW


def on_fonts(grooves: tuple[Groove, ...]) -> list[Piece]:
    """Each groove on one of the installed sound fonts, in turn; nothing without FluidSynth."""
    found = fonts()
    if not found:
        return []
    turns = [found[i % len(found)] for i in range(len(grooves))]
    return [piece(groove, name=f"{groove.name}, {font.stem}", font=font)
            for groove, font in zip(grooves, turns, strict=True)]  # fmt: skip


FAMILIES: dict[str, Callable[[], list[Piece]]] = {
    "slow": lambda: [piece(groove) for groove in SLOW],
    "slow, sound fonts": partial(on_fonts, SLOW),
    "fast": lambda: [piece(groove) for groove in FAST],
    "fast, sound fonts": partial(on_fonts, FAST),
    "swung": lambda: [piece(groove) for groove in SWUNG],
    "meters": lambda: [piece(groove) for groove in METERS],
    "changes": steps_and_slides,
    "rubato": rubato,
    **{f"clicks of {sound}": partial(metronomes, sound) for sound in SOUNDS},
}
"""Pieces by the family's name; their sound is made when asked for."""
