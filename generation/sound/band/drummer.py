"""The drummer: the groove, fills before something new, and cymbals where it begins."""

from songreel.generation.sound.band.grooves import strokes
from songreel.generation.sound.band.piece import Piece
from songreel.sound.instruments.kit import SWELL
from songreel.sound.instruments.notes import Hit

_FILLS = {
    "orchestra": ("taiko", "tom_low", "taiko", "tom_low"),
    "jazz": ("snare", "rim", "snare", "tom_high"),
    "lofi": ("snare", "rim", "snare", "snare"),
    "trap": ("snare", "snare", "snare", "snare"),
    "house": ("snare", "clap", "snare", "clap"),
    "techno": ("tom_low", "rim", "tom_low", "tom_mid"),
}
_TOMS = ("snare", "tom_high", "tom_mid", "tom_low")


def drums(piece: Piece, bar: int) -> list[Hit]:
    """The strokes of `bar`."""
    beat, size = float(bar * piece.metre.beats), piece.metre.beats
    if piece.close is not None and bar >= piece.close:
        if bar > piece.close:
            return []
        low = "taiko" if piece.style.drums == "orchestra" else "kick"
        return [Hit(beat, low, 0.9), Hit(beat, "crash", 0.35 + 0.5 * piece.energy)]
    turn = bar in piece.turns or (bar + 1) % piece.phrase == 0
    loud = (0.62 + 0.36 * piece.energy) * piece.arc(bar)
    fills = turn and piece.energy >= 0.45 and piece.style.drums not in ("soft", "folk")
    until = size - piece.metre.groups[-1] / 2 if fills else float(size)
    found = [
        Hit(beat + at, drum, min(1.0, velocity * loud))
        for at, drum, velocity in strokes(piece.style.drums, piece.energy, piece.metre)
        if at < until or (drum in ("kick", "taiko") and at < until + 0.01)
    ]
    if fills:
        found += _fill(piece, beat, until)
    if turn and piece.energy >= 0.4:
        early = SWELL * piece.metre.bpm / 60
        found.append(Hit(beat + size - early, "swell", 0.3 + 0.6 * piece.energy))
    if piece.energy >= 0.5 and bar % piece.phrase == 0:
        found.append(Hit(beat, "crash", 0.3 + 0.6 * piece.energy))
    elif piece.energy >= 0.85 and bar % 4 == 0:
        found.append(Hit(beat, "crash", 0.5))
    return sorted(found)


def _fill(piece: Piece, beat: float, first: float) -> list[Hit]:
    """From `first` to the end of the bar, growing."""
    each = 1 / piece.metre.divisions
    cast = _FILLS.get(piece.style.drums, _TOMS)
    count = round((piece.metre.beats - first) / each)
    draw = piece.draw("fill", int(beat))
    found = []
    for i in range(count):
        if count > 3 and 0 < i < count - 1 and draw.random_sample() > 0.55 + 0.45 * piece.energy:
            continue
        drum = cast[min(i * len(cast) // max(count, 1), len(cast) - 1)]
        velocity = (0.45 + 0.4 * i / max(count - 1, 1)) * (0.7 + 0.3 * piece.energy)
        found.append(Hit(beat + first + i * each, drum, velocity))
    return found
