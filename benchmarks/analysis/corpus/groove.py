"""Music written in rows: `Groove`, and `play`, which turns one into strokes and notes."""

import re
from dataclasses import dataclass, field

import numpy as np

from corpus.drums import LEVELS
from corpus.timeline import Timeline

VELOCITY = {"X": 1.15, "x": 0.9, "o": 0.55, "g": 0.28}
"""Loudness of a stroke by its letter in a row."""
QUALITIES = {"": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10),
             "M7": (0, 4, 7, 11), "dim": (0, 3, 6), "sus": (0, 5, 7), "5": (0, 7, 12),
             "9": (0, 4, 10, 14), "6": (0, 4, 7, 9)}  # fmt: skip
ROOTS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True)
class Note:
    """One stroke or note: seconds, the stroke's or voice's name, MIDI pitch, loudness to 1."""

    time: float
    voice: str
    pitch: int
    velocity: float
    length: float


@dataclass(frozen=True)
class Groove:
    """A pattern, and what is played over it. A row is a bar or several, `|` is for the eye."""

    name: str
    bpm: float
    rows: dict[str, str]
    """Rhythm by stroke: `X` accent, `x`, `o` soft, `g` ghost, `.` nothing."""
    chords: str = ""
    """One a bar, over and over: `Am7 F C G`; `Am/F` changes halfway."""
    bass: str = ""
    """`x` root, `f` fifth, `u` octave, `t` third; `-` holds on."""
    comp: tuple[tuple[str, str], ...] = ()
    """Voice and row: `x` and `o` chords, digits single tones of it from below, `-` holds on."""
    tune: str = ""
    """A voice that plays a melody of its own."""
    kit: str = "room"
    beats: int = 4
    """A bar."""
    steps: int = 4
    """A beat."""
    meter: str = "4/4"
    low: str = "bass"
    """The voice that plays the bass."""
    swing: float = 0.5
    """Where the second half of a swung unit falls."""
    unit: float = 1.0
    """Beats of a swung unit: 1 for eighths, 0.5 for sixteenths."""
    loose: float = 0.004
    """Seconds, standard deviation of each stroke's time."""
    late: dict[str, float] = field(default_factory=dict)
    """Seconds by which a stroke lies behind or before the beat."""
    enter: int = 0
    """Bars before the drums."""
    fills: bool = True
    tacit: tuple[str, ...] = ()
    """What is silent in every fourth group of four bars."""


def play(groove: Groove, timeline: Timeline, seed: int = 0) -> list[Note]:
    """All notes of the groove along a timeline, from its first beat to its last."""
    rng = np.random.default_rng([seed, *groove.name.encode()])
    length, bars = groove.beats * groove.steps, timeline.count // groove.beats
    chords = [_chords(symbol) for symbol in groove.chords.split()]
    out: list[Note] = []
    for bar in range(bars):
        fill = groove.fills and bar % 8 == 7 and "snare" in groove.rows
        rests = groove.tacit if bar // 4 % 4 == 3 else ()
        place = _Place(groove, timeline, bar, rng)
        if bar >= groove.enter:
            for stroke, row in groove.rows.items():
                if stroke not in rests:
                    out += _strokes(place, stroke, _bar(row, bar, length), fill)
            if fill:
                out += _fill(place)
            if bar % 8 == 0 and bar and "crash" not in groove.rows and "snare" in groove.rows:
                out.append(place.note(0, "crash", 0, 0.8, 0.2))
        if not chords:
            continue
        halves = chords[bar % len(chords)]
        if groove.bass and groove.low not in rests:
            out += _bass(place, halves, _bar(groove.bass, bar, length))
        for voice, row in groove.comp:
            if voice not in rests:
                out += _comp(place, voice, halves, _bar(row, bar, length))
        if groove.tune and bar >= groove.enter and bar % 4 != 3:
            out += _tune(place, halves)
    return out + _last(_Place(groove, timeline, bars, rng), chords)


@dataclass(frozen=True)
class _Place:
    groove: Groove
    timeline: Timeline
    bar: int
    rng: np.random.Generator

    def note(self, step: float, voice: str, pitch: int, velocity: float, steps: float) -> Note:
        """A note at a step of this bar, `steps` long."""
        groove = self.groove
        start, end = self._second(step), self._second(step + steps)
        start += groove.late.get(voice, 0.0)
        if groove.loose:
            start += float(np.clip(self.rng.normal(0, groove.loose), -0.02, 0.02))
            velocity *= float(np.clip(self.rng.normal(1, 0.08), 0.75, 1.2))
        return Note(max(start, 0.0), voice, pitch, velocity, max(end - start, 0.03))

    def _second(self, step: float) -> float:
        groove = self.groove
        position = self.bar * groove.beats + step / groove.steps
        whole, part = divmod(position / groove.unit + 1e-9, 1.0)
        swing = groove.swing
        part = part * 2 * swing if part < 0.5 else swing + (part - 0.5) * 2 * (1 - swing)
        return self.timeline.at((whole + part) * groove.unit)


def _last(place: _Place, chords: list[list[tuple[int, tuple[int, ...]]]]) -> list[Note]:
    """The stroke and the chord that end a piece, on the beat after its last bar."""
    groove = place.groove
    out = [place.note(0, stroke, 0, 0.9, 0.5)
           for stroke in ("kick", "click", "conga", "ride") if stroke in groove.rows]  # fmt: skip
    if not chords:
        return out
    root, above = chords[0][0]
    for voice in dict.fromkeys(voice for voice, _ in groove.comp):
        up = (4,) if voice == "drive" else tuple(19 + step for step in above)
        out += [place.note(0, voice, root + step, 0.85, groove.steps) for step in up]
    return [*out, place.note(0, groove.low, root, 0.85, groove.steps)] if groove.bass else out


def _bar(row: str, bar: int, length: int) -> str:
    plain = re.sub(r"[|\s]", "", row)
    if len(plain) % length:
        raise ValueError(f"row {row!r} has {len(plain)} steps, which are no bars of {length}")
    first = bar * length % len(plain)
    return plain[first : first + length]


def _strokes(place: _Place, stroke: str, row: str, fill: bool) -> list[Note]:
    last = len(row) - place.groove.steps if fill and stroke != "kick" else len(row)
    return [place.note(i, stroke, 0, VELOCITY[letter], 0.5)
            for i, letter in enumerate(row[:last]) if letter in VELOCITY]  # fmt: skip


def _fill(place: _Place) -> list[Note]:
    """The last beat of a bar, filled with strokes that grow."""
    steps = place.groove.steps
    first = place.groove.beats * steps - steps
    voices = ("snare", "snare", "tom", "tom")
    return [place.note(first + i, voices[i * 4 // steps], 0, 0.5 + 0.4 * i / steps, 0.5)
            for i in range(steps)]  # fmt: skip


def _chords(symbol: str) -> list[tuple[int, tuple[int, ...]]]:
    """Root (MIDI, 36 to 47) and steps above it, of one chord or of two."""
    found = []
    for part in symbol.split("/"):
        parsed = re.fullmatch(r"([A-G])([b#]?)(.*)", part)
        if parsed is None or parsed[3] not in QUALITIES:
            raise ValueError(f"{part!r} is not a chord")
        root = ROOTS[parsed[1]] + {"b": -1, "#": 1, "": 0}[parsed[2]]
        found.append((36 + root % 12, QUALITIES[parsed[3]]))
    return found


def _spans(row: str) -> list[tuple[int, str, int]]:
    """Step, letter and length in steps of each note of a row."""
    spans = []
    for i, letter in enumerate(row):
        if letter in ".-":
            continue
        stop = i + 1
        while stop < len(row) and row[stop] == "-":
            stop += 1
        spans.append((i, letter, stop - i))
    return spans


def _bass(place: _Place, halves: list[tuple[int, tuple[int, ...]]], row: str) -> list[Note]:
    out = []
    for step, letter, steps in _spans(row):
        root, above = halves[step * len(halves) // len(row)]
        root -= 12 if root > 40 else 0
        up = {"x": 0, "o": 0, "f": 7, "u": 12, "t": above[1]}[letter]
        out.append(place.note(step, place.groove.low, root + up, 0.85, 0.92 * steps))
    return out


def _comp(
    place: _Place, voice: str, halves: list[tuple[int, tuple[int, ...]]], row: str
) -> list[Note]:
    out = []
    for step, letter, steps in _spans(row):
        root, above = halves[step * len(halves) // len(row)]
        if voice == "drive":
            out.append(place.note(step, voice, root + 4, VELOCITY[letter], 0.9 * steps))
            continue
        # Close position around middle C: each tone in the octave from G3 on.
        tones = sorted(55 + (root + up - 55) % 12 for up in above)
        if letter.isdigit():
            octave, index = divmod(int(letter), len(tones))
            out.append(place.note(step, voice, tones[index] + 12 * octave, 0.8, 0.95 * steps))
        else:
            hit = place.note(step, voice, tones[0], VELOCITY[letter], 0.9 * steps)
            out += [Note(hit.time, voice, tone, hit.velocity, hit.length) for tone in tones]
    return out


def _tune(place: _Place, halves: list[tuple[int, tuple[int, ...]]]) -> list[Note]:
    """A bar of melody: chord tones and their neighbours in free rhythm of half beats and beats."""
    rng, groove = place.rng, place.groove
    half = groove.steps / 2 if groove.steps % 2 == 0 else groove.steps / 3
    step, end, out = 0.0, float(groove.beats * groove.steps), []
    while step < end - 1e-9:
        steps = min(half * float(rng.choice((1, 1, 2, 2, 3))), end - step)
        root, above = halves[int(step) * len(halves) // int(end)]
        pitch = 67 + (root + int(rng.choice(above)) - 67) % 12 + int(rng.choice((0, 0, 0, 2)))
        if rng.random() < 0.8:
            out.append(place.note(step, groove.tune, pitch, 0.7, 0.9 * steps))
        step += steps
    return out


def is_stroke(voice: str) -> bool:
    """Whether a note of this name is a drum's."""
    return voice in LEVELS
