"""Grooves: who in the kit strikes when, and from which energy on."""

from collections.abc import Mapping
from typing import NamedTuple

from songreel.generation.sound.band.meters import Metre


class Line(NamedTuple):
    """A drum's sixteenths over a bar of 4/4."""

    drum: str
    strokes: str
    """A digit a sixteenth: tenths of the velocity."""
    above: float = 0.0
    """Energy from which it is played."""
    below: float = 1.01
    """Energy from which it is not."""


_EIGHTHS = "6.4.6.4.6.4.6.4."
_SIXTEENTHS = "6253625362536253"
_SHAKE = "3142314231423142"

GROOVES: Mapping[str, tuple[Line, ...]] = {
    "pop": (
        Line("shaker", "..3...3...3...3.", 0.0, 0.62), Line("kick", "9.........9.....", 0.0, 0.55),
        Line("rim", "....5.......5...", 0.0, 0.5), Line("kick", "9......5..9.....", 0.55),
        Line("snare", "....9.......9...", 0.5), Line("hat", _EIGHTHS, 0.45, 0.8),
        Line("hat", _SIXTEENTHS, 0.8), Line("snare", ".......2.1.....2", 0.7),
        Line("clap", "....7.......8...", 0.78), Line("open", "..............5.", 0.7),
        Line("shaker", _SHAKE, 0.86), Line("ride", "5...5...5...5...", 0.92),
    ),
    "rock": (
        Line("hat", "7...5...7...5...", 0.0, 0.5), Line("hat", "7.5.7.5.7.5.7.5.", 0.5, 0.85),
        Line("kick", "9.......9.......", 0.0, 0.6), Line("kick", "9.....6.9.5.....", 0.6),
        Line("snare", "....8.......9...", 0.4), Line("open", "..............5.", 0.65, 0.85),
        Line("snare", ".........2.....2", 0.72), Line("ride", "7.4.7.4.7.4.7.4.", 0.85),
        Line("crash", "5...............", 0.92),
    ),
    "folk": (
        Line("shaker", "3.1.4.1.3.1.4.1."), Line("kick", "7.......7.......", 0.45),
        Line("rim", "....4.......4...", 0.5), Line("clap", "....4.......5...", 0.7),
        Line("kick", "..........5...5.", 0.72), Line("snare", "....6.......7...", 0.8),
        Line("shaker", ".2.3.2.3.2.3.2.3", 0.66),
    ),
    "house": (
        Line("kick", "9...9...9...9...", 0.3), Line("hat", "..5...5...5...5.", 0.0, 0.55),
        Line("shaker", _SHAKE, 0.4), Line("clap", "....8.......8...", 0.42),
        Line("open", "..6...6...6...6.", 0.55), Line("hat", "53.353.353.353.3", 0.66),
        Line("snare", "....6..2....6.2.", 0.8), Line("ride", "5...5...5...5...", 0.9),
    ),
    "techno": (
        Line("kick", "9...9...9...9..."), Line("hat", "..5...5...5...5.", 0.3),
        Line("rim", "...4..4....4..4.", 0.42), Line("clap", "....6.......6...", 0.5),
        Line("hat", "4.524.524.524.52", 0.6), Line("open", "..6...6...6...6.", 0.72),
        Line("shaker", _SHAKE, 0.8), Line("ride", "5.3.5.3.5.3.5.3.", 0.9),
    ),
    "synthwave": (
        Line("hat", "4.3.4.3.4.3.4.3.", 0.0, 0.7), Line("kick", "9.......9.......", 0.3, 0.6),
        Line("kick", "9...9...9...9...", 0.6), Line("snare", "....9.......9...", 0.42),
        Line("clap", "....7.......7...", 0.6), Line("hat", _SIXTEENTHS, 0.7),
        Line("tom_mid", "..............5.", 0.75), Line("open", "..4...4...4...4.", 0.85),
    ),
    "lofi": (
        Line("kick", "8......4..7.....", 0.3), Line("rim", "....5.......5...", 0.0, 0.45),
        Line("snare", "....7.......7..2", 0.45), Line("hat", "5.3.4.3.5.3.4.32"),
        Line("shaker", "..2...2...2...2.", 0.6), Line("open", "..............3.", 0.7),
        Line("kick", ".....3........4.", 0.75),
    ),
    "trap": (
        Line("kick", "9.........8.....", 0.0, 0.6), Line("kick", "9..5......8..4..", 0.6),
        Line("snare", "........9.......", 0.3), Line("clap", "........8.......", 0.5),
        Line("hat", "5.4.5.4.5.4.5.4.", 0.35, 0.75), Line("hat", "534253435342534434"[:16], 0.75),
        Line("open", "..........4.....", 0.7),
    ),
    "breaks": (
        Line("kick", "9.........8.....", 0.0), Line("snare", "....9.......9...", 0.35),
        Line("hat", "5.4.5.4.5.4.5.4.", 0.3), Line("snare", ".......3.4.....3", 0.6),
        Line("ride", "6...4...6...4...", 0.75), Line("kick", "..5.............", 0.7),
        Line("shaker", _SHAKE, 0.8),
    ),
    "jazz": (
        Line("ride", "6...5.4.6...5.4."), Line("hat", "....4.......4...", 0.3),
        Line("kick", "4.......3.......", 0.4), Line("snare", "......2.......2.", 0.5),
        Line("rim", "............3...", 0.6), Line("snare", "..2........3....", 0.75),
        Line("kick", "......4...5.....", 0.8),
    ),
    "soft": (
        Line("shaker", "3...2...3...2...", 0.0, 0.85), Line("kick", "6...............", 0.4),
        Line("rim", "........3.......", 0.6), Line("tom_low", "..............3.", 0.7),
        Line("shaker", "3.2.3.2.3.2.3.2.", 0.85), Line("kick", "........5.......", 0.85),
        Line("snare", "........5.......", 0.93),
    ),
    "orchestra": (
        Line("taiko", "7...............", 0.0, 0.55),
        Line("shaker", "3...3...3...3...", 0.0, 0.5), Line("taiko", "7.....4.5.......", 0.55, 0.75),
        Line("taiko", "9..5..5.8..5..6.", 0.75), Line("tom_low", "......4.......4.", 0.6),
        Line("tom_mid", "............4.5.", 0.72), Line("snare", "2.1.3.1.2.1.3.12", 0.66),
        Line("kick", "6.......5.......", 0.8), Line("shaker", "4.3.4.3.4.3.4.3.", 0.5),
        Line("hat", "..4...4...4...4.", 0.62), Line("snare", "....7.......8...", 0.84),
    ),
    "chip": (
        Line("hat", "5.3.5.3.5.3.5.3."), Line("kick", "9.......9.......", 0.3, 0.6),
        Line("kick", "9.....6.9.......", 0.6), Line("snare", "....8.......8...", 0.4),
        Line("hat", "5.335.335.335.33", 0.75), Line("snare", ".......3.......4", 0.8),
        Line("open", "..............4.", 0.7),
    ),
}  # fmt: skip

_BACK = frozenset({"snare", "clap", "rim"})


def strokes(groove: str, energy: float, metre: Metre) -> list[tuple[float, str, float]]:
    """Beat in the bar, drum and velocity of a bar of `groove`.

    What is written in 4/4 is laid out anew in other metres: what falls on the first beat goes to
    the first beat, what falls on the backbeat to the backbeats of that metre, and what lies
    between to its divisions.
    """
    found: dict[tuple[float, str], float] = {}
    for line in GROOVES[groove]:
        if not line.above <= energy < line.below:
            continue
        for beat, velocity in _laid(line, metre):
            place = (beat, line.drum)
            found[place] = max(found.get(place, 0.0), velocity)
    return [(beat, drum, velocity) for (beat, drum), velocity in sorted(found.items())]


def _laid(line: Line, metre: Metre) -> list[tuple[float, float]]:
    """Beat and velocity of a line's strokes in `metre`."""
    four = [(i / 4, int(c) / 10) for i, c in enumerate(line.strokes) if c != "."]
    if metre.divisions < 4:  # so fast that sixteenths would be a blur
        four = [(beat, v) for beat, v in four if beat * metre.divisions % 1 == 0]
    if metre.beats == 4:
        return four
    if line.drum in _BACK and any(beat in (1.0, 3.0) for beat, _ in four):
        loud = max(v for beat, v in four if beat in (1.0, 3.0))
        return [(float(beat), loud) for beat in _backbeats(metre)]
    if all(beat == 0.0 for beat, _ in four):
        return four
    # A steady line (every beat, or finer) goes on as long as the bar lasts.
    kinds = {beat % 1 for beat, _ in four}
    steady = len(four) >= 4 * len(kinds)
    if steady:
        first = {beat: v for beat, v in four if beat < 1}
        return [
            (float(start + beat), v if start in metre.starts else 0.8 * v)
            for start in range(metre.beats)
            for beat, v in first.items()
        ]
    # A half of the bar of four goes to a group; what leads back to the first beat, to the last one.
    found: dict[float, float] = {}
    for beat, v in four:
        half, within = divmod(beat, 2)
        if half == 0 and within < metre.groups[0]:
            place = within
        elif len(metre.starts) > 1:
            place = metre.starts[len(metre.starts) // 2] + within
        elif beat > 3:
            place = metre.beats - 1 + beat % 1
        else:
            continue
        if place < metre.beats:
            found[float(place)] = max(found.get(float(place), 0.0), v)
    return sorted(found.items())


def _backbeats(metre: Metre) -> tuple[int, ...]:
    """Where the snare falls: 2 and 3 of a waltz, the second of two groups, every other of more."""
    if metre.beats == 3:
        return (1, 2)
    if metre.beats <= 2:
        return (metre.beats - 1,)
    if all(size == 2 for size in metre.groups):
        return tuple(start + 1 for start in metre.starts)
    return metre.starts[1::2]
