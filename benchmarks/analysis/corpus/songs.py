"""Whole songs in stereo, with verses and choruses: `SONGS`, `song`."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corpus.groove import Groove, Note, is_stroke, play
from corpus.mix import PEAK, mixed
from corpus.timeline import Timeline, steady


@dataclass(frozen=True)
class Form:
    """A song as parts: letter, groove and bars of each."""

    name: str
    parts: tuple[tuple[str, Groove, int], ...]


POP = Groove(
    "verse", 112, {"kick": "x.......x.......", "rim": "....x.......x...",
    "hat": "x.x.x.x.x.x.x.x."}, "C G Am F", "x---x---x---x---", (("guitar", "0.1.2.1.0.1.2.1."),),
)  # fmt: skip
POP_CHORUS = replace(
    POP, name="chorus", rows={"kick": "x.....x.x.......", "snare": "....X.......X...",
    "open": "x...x...x...x...", "hat": "..x...x...x...x."}, chords="F G Am C",
    bass="x.x.x.x.x.x.x.x.", comp=(("piano", "x...x...x...x..."), ("strings", "x---------------")),
    tune="lead",
)  # fmt: skip
POP_INTRO = replace(POP, name="intro", rows={}, bass="", comp=(("guitar", "0.1.2.3.2.1.0.1."),))
CLUB = Groove(
    "groove", 126, {"kick": "x...x...x...x...", "clap": "....x.......x...",
    "open": "..x...x...x...x."}, "Am Am F G", "..x...x...x...x.", (("pluck", "x..x..x...x..x.."),),
    kit="club", loose=0.0, fills=False, low="sub",
)  # fmt: skip
CLUB_BREAK = replace(CLUB, name="break", rows={"shaker": "x.x.x.x.x.x.x.x."}, bass="",
                     comp=(("pad", "x---------------"),))  # fmt: skip
CLUB_DROP = replace(CLUB, name="drop", comp=(("saw", "x..x..x...x..x.."),), tune="lead")
PIANO = Groove(
    "piano", 74, {}, "D Bm G A", "x-------f-------", (("piano", "0.1.2.3.2.1.0.1."),),
    low="piano", tune="piano", loose=0.006,
)  # fmt: skip
PIANO_FULL = replace(PIANO, name="full", chords="G A Bm D", comp=(("piano", "x...o...x...o..."),
                     ("strings", "x-------x-------")), tune="flute")  # fmt: skip

SONGS = (
    Form("pop", (("A", POP_INTRO, 4), ("B", POP, 8), ("C", POP_CHORUS, 8), ("B", POP, 8),
                 ("C", POP_CHORUS, 8))),
    Form("club", (("A", CLUB, 8), ("B", CLUB_BREAK, 8), ("C", CLUB_DROP, 8), ("B", CLUB_BREAK, 4),
                  ("C", CLUB_DROP, 8))),
    Form("piano", (("A", PIANO, 8), ("B", PIANO_FULL, 8), ("A", PIANO, 8))),
)  # fmt: skip
PLACES = {"guitar": 0.25, "piano": 0.65, "pluck": 0.3, "saw": 0.6, "strings": 0.75, "hat": 0.62,
          "open": 0.62, "shaker": 0.35, "lead": 0.45, "flute": 0.4}  # fmt: skip
"""Where a voice stands, 0 left to 1 right; all others in the middle."""


def song(form: Form) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The song in stereo, shape (2, n), at 48 kHz, and its beats in seconds."""
    notes: list[Note] = []
    total = sum(bars for _, _, bars in form.parts)
    whole = steady(form.parts[0][1].bpm, 4 * total)
    bar = 0
    for _, groove, bars in form.parts:
        first, last = 4 * bar, 4 * (bar + bars)
        notes += play(groove, Timeline(whole.times[first : last + 1]))
        bar += bars
    end = float(whole.times[-1]) + 2.0
    sides = np.zeros((2, round(end * 48_000)), np.float32)
    for place in sorted({PLACES.get(note.voice, 0.5) for note in notes}):
        here = [note for note in notes if PLACES.get(note.voice, 0.5) == place]
        level = _peak(here)
        # Undoing the mixer's own level keeps the balance between places.
        wave = mixed(here, end, kit=form.parts[0][1].kit, room=0.2) * np.float32(level)
        sides[0] += np.float32(np.cos(0.5 * np.pi * place)) * wave
        sides[1] += np.float32(np.sin(0.5 * np.pi * place)) * wave
    return sides * np.float32(PEAK / np.abs(sides).max()), whole.times


def _peak(notes: list[Note]) -> float:
    """About the peak of these notes together: drums hit alone, chords add up."""
    return 1.0 if any(is_stroke(note.voice) for note in notes) else 0.6
