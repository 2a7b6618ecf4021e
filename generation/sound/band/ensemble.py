"""Who plays what in a stretch of the piece, as people play it: `perform`."""

from typing import NamedTuple

import numpy as np

from songreel.generation.sound.band.backing import arp, counter, keys, pad
from songreel.generation.sound.band.drummer import drums
from songreel.generation.sound.band.front import bass, melody
from songreel.generation.sound.band.piece import Piece
from songreel.sound.instruments.notes import Hit, Note

_PLAYERS = {"pad": pad, "keys": keys, "arp": arp, "bass": bass, "counter": counter}
_LOOSE = {"pad": 0.0, "keys": 5.0, "arp": 3.0, "bass": 3.0, "lead": 7.0, "theme": 7.0,
          "counter": 6.0}  # fmt: skip
"""Milliseconds, one standard deviation, by which a player is off the grid."""
_FIRM = frozenset({"kick", "snare", "clap", "taiko", "crash", "boom"})
"""Drums that stand on the grid to the sample: what others hear the beat by."""


class Performance(NamedTuple):
    """What is played, by role."""

    notes: dict[str, list[Note]]
    """`theme` is the tune on the keys, while the lead is silent."""
    hits: list[Hit]


def perform(piece: Piece, first: int, last: int, humanise: float) -> Performance:
    """Bars [first, last) of the piece.

    Args:
        piece: The piece.
        first: Bar.
        last: Bar after the last.
        humanise: 0: by the grid; 1: as people play; up to 2.
    """
    notes: dict[str, list[Note]] = {}
    hits: list[Hit] = []
    for bar in range(first, last):
        for role, player in _PLAYERS.items():
            if piece.plays(role):
                played = player(piece, bar)
                notes.setdefault(role, []).extend(_human(piece, role, bar, played, humanise))
        for role, tune in _tunes(piece, bar).items():
            notes.setdefault(role, []).extend(_human(piece, role, bar, tune, humanise))
        if piece.style.drums and piece.energy >= piece.style.entry("drums"):
            hits += _struck(piece, bar, drums(piece, bar), humanise)
    return Performance({role: sorted(line) for role, line in notes.items()}, sorted(hits))


def _tunes(piece: Piece, bar: int) -> dict[str, list[Note]]:
    """Who has the tune in `bar`: keys hint at it, the lead plays it, at the end both do."""
    weight = 0.8 - 0.65 * piece.energy
    if piece.plays("lead"):
        loud = 0.6 + 0.34 * piece.energy
        found = {"lead": melody(piece, bar, "lead", weight, loud)}
        if piece.energy >= 0.86 and "keys" in piece.style.voices:
            found["theme"] = [
                note._replace(pitch=min(note.pitch + 12, piece.voice("keys").high))
                for note in melody(piece, bar, "keys", weight, 0.5)
            ]
        return found
    if piece.energy >= 0.1 and piece.plays("keys"):
        return {"theme": melody(piece, bar, "keys", weight, 0.5 + 0.35 * piece.energy)}
    return {}


def _swung(piece: Piece, beat: float) -> float:
    """`beat` with every second division late."""
    if not piece.style.swing or piece.metre.divisions < 2:
        return beat
    each = 0.5 if piece.style.name == "jazz" or piece.metre.divisions < 4 else 0.25
    place = beat / each
    odd = abs(place % 2 - 1) < 0.2
    return beat + piece.style.swing * each if odd else beat


def _human(piece: Piece, role: str, bar: int, notes: list[Note], humanise: float) -> list[Note]:
    """Notes as people play them: never alike, a few milliseconds off, firmer on the downbeat."""
    draw = piece.draw(role, bar)
    spread = _LOOSE[role] / 1000 * piece.metre.bpm / 60 * humanise
    found = []
    for note in notes:
        late, loud = np.clip(draw.standard_normal(2), -2, 2)
        firm = 0.4 if note.beat % piece.metre.beats == 0 else 1.0
        found.append(note._replace(
            beat=_swung(piece, note.beat) + spread * firm * float(late),
            velocity=float(np.clip(note.velocity * (1 + 0.07 * humanise * loud), 0.05, 1.0)),
        ))  # fmt: skip
    return found


def _struck(piece: Piece, bar: int, hits: list[Hit], humanise: float) -> list[Hit]:
    draw = piece.draw("drums", bar)
    found = []
    for hit in hits:
        late, loud = np.clip(draw.standard_normal(2), -2, 2)
        beat = _swung(piece, hit.beat)
        if hit.drum not in _FIRM:
            beat += 0.003 * piece.metre.bpm / 60 * humanise * float(late)
        velocity = float(np.clip(hit.velocity * (1 + 0.08 * humanise * loud), 0.03, 1.0))
        found.append(Hit(beat, hit.drum, velocity))
    return found
