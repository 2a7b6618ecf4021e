"""Dance and game music: `electronic`, with breakdowns, builds, drops, sweeps and stutters."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.feel import Timing
from training.harmony import Harmony
from training.score import KIT, Note, Part, Score
from training.sung import melody, rap

FLOOR = "x...x...x...x..."
BREAKS = (("x.x.......xx....", "....x..o.o..x..o"), ("x.........x.....", "....x.......x..."),
          ("x..x..x...x.....", "....x..x.x..x..."), ("x.....x...x...x.", "....x....o..x..o"),
          ("x.......x.x.....", "....x..o....x.o."))  # fmt: skip
HATS = ("..x...x...x...x.", "x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo", "..xo..xo..xo..xo",
        "x.xxx.xxx.xxx.xx", "................")  # fmt: skip
BASSES = {
    "off": "..x...x...x...x.", "rolling": ".xxx.xxx.xxx.xxx", "gallop": "..xx..xx..xx..xx",
    "dotted": "x..x..x..x..x.x.", "eighths": "x.x.x.x.x.x.x.x.", "sixteenths": "xxxxxxxxxxxxxxxx",
    "sparse": "x.........x.....", "held": "x...............", "funky": "x..x...x..x..x..",
}  # fmt: skip
STABS = ("x..x..x..x..x..x", "..x...x...x...x.", "x..x..x.........", "x..x..x...x..x..",
         "...x..x....x..x.", "x.......x.......", "..x..x....x..x..",
         "x.x.x.x.x.x.x.x.")  # fmt: skip


@dataclass(frozen=True)
class Genre:
    """A kind of dance music."""

    tempo: tuple[float, float]
    floor: float
    """Chance that the bass drum strikes every beat; else a break is drummed."""
    basses: tuple[str, ...]
    weight: float
    chip: bool = False


GENRES = {
    "house": Genre((114, 130), 1.0, ("off", "dotted", "eighths", "funky"), 1.5),
    "techno": Genre((122, 150), 1.0, ("off", "rolling", "sixteenths", "gallop"), 1.2),
    "trance": Genre((130, 145), 1.0, ("off", "rolling", "gallop"), 1.3),
    "hard": Genre((145, 195), 1.0, ("off", "gallop", "rolling"), 0.8),
    "bass": Genre((134, 152), 0.5, ("held", "sparse"), 1.3),
    "drum and bass": Genre((160, 182), 0.0, ("held", "sparse", "funky"), 1.2),
    "breaks": Genre((95, 145), 0.05, ("funky", "eighths", "sparse"), 1.0),
    "synthwave": Genre((78, 122), 0.4, ("eighths", "sixteenths", "dotted"), 1.0),
    "chip": Genre((90, 190), 0.3, ("eighths", "gallop", "off", "dotted"), 1.2, chip=True),
    "downtempo": Genre((62, 105), 0.1, ("sparse", "held", "funky"), 0.8),
}
Event = tuple[float, float, int, float]


def electronic(rng: np.random.Generator, seconds: float) -> Score:
    """A piece of about `seconds`, in 4/4."""
    names = list(GENRES)
    odds = np.array([GENRES[name].weight for name in names])
    name = str(rng.choice(names, p=odds / odds.sum()))
    genre = GENRES[name]
    bpm = float(np.exp(rng.uniform(*np.log(genre.tempo))))
    bars = max(4, int(np.ceil(seconds * bpm / 240)))
    times = np.arange(bars * 4 + 1) * 60 / bpm + rng.uniform(0.02, 1.5)
    swing = float(rng.uniform(0.5, 0.6)) if rng.random() < 0.25 else 0.5
    timing = Timing(times, swing, 0.5)
    plan = _plan(rng, bars)
    band = _Band(rng, genre, Harmony.drawn(rng, bars, 4))
    for first, count, kind in plan:
        band.section(first, count, kind)
    sweep = _sweep(rng, plan, times)
    parts = [
        Part(role, _timed(events, timing), sweep if role in ("arp", "gate", "stab") else ())
        for role, events in band.lines.items()
        if events
    ]
    hushed = band.hushed
    if hushed:
        parts = [replace(p, notes=_hush(p.notes, hushed, timing, p.role)) for p in parts]
    return Score(
        f"electronic {name}", tuple(p for p in parts if p.notes), times[:-1], times[:-1:4],
        float(times[-1]) + 1.0, pumped=bool(rng.random() < 0.65), manner="club",
    )  # fmt: skip


def _plan(rng: np.random.Generator, bars: int) -> list[tuple[int, int, str]]:
    """Runs of bars: a track's order, entered somewhere."""
    order = ["beat", "main", "breakdown", "build", "drop", "drop", "half", "main", "breakdown",
             "build", "drop", "beat"]  # fmt: skip
    place, first, found = int(rng.integers(len(order))), 0, []
    while first < bars:
        kind = order[place % len(order)]
        place += 1
        if kind == "half" and rng.random() < 0.6:
            continue
        count = {"build": (2, 4), "half": (2, 4)}.get(kind, (4, 8))
        length = min(int(rng.choice(count)), bars - first)
        found.append((first, length, kind))
        first += length
    return found


class _Band:
    """What is programmed once and comes back."""

    def __init__(self, rng: np.random.Generator, genre: Genre, harmony: Harmony) -> None:
        self.rng, self.genre, self.harmony = rng, genre, harmony
        names = ("drums", "sub", "wobble", "stab", "arp", "gate", "hook", "pad", "riser", "voice",
                 "rap")  # fmt: skip
        self.lines: dict[str, list[Event]] = {name: [] for name in names}
        self.hushed: list[tuple[float, float]] = []
        self.floor = rng.random() < genre.floor
        self.kick, self.snare = BREAKS[int(rng.integers(len(BREAKS)))]
        if self.floor:
            self.kick = FLOOR
            self.snare = str(rng.choice(["....x.......x...", "................"], p=[0.75, 0.25]))
        self.hat = str(rng.choice(HATS[:5]))
        self.bass = BASSES[str(rng.choice(genre.basses))]
        self.stab = str(rng.choice(STABS))
        self.gate = "".join(rng.choice(["x", "."], p=[0.6, 0.4]) for _ in range(16))
        self.arp = [int(x) for x in rng.permutation(6)[: int(rng.choice([3, 4, 4, 6, 8, 5])) % 7]]
        self.rate = float(rng.choice([0.25, 0.25, 0.5, 0.75, 1 / 3]))
        self.clap = "clap" if rng.random() < 0.6 else "snare"
        self.wobbles = genre is GENRES["bass"] or rng.random() < 0.08
        self.tune = melody(rng, 4, 4, 4, False)
        self.spoken = rap(rng, 4, 4)
        self.sings, self.raps = rng.random() < 0.35, rng.random() < 0.12
        self.layers = {n: rng.random() < p for n, p in
                       (("stab", 0.6), ("arp", 0.6), ("gate", 0.35), ("hook", 0.5))}  # fmt: skip

    def section(self, first: int, count: int, kind: str) -> None:
        """Write a run of bars."""
        rng, lines, start = self.rng, self.lines, first * 4.0
        if kind == "build":
            self._build(start, count)
        elif kind != "breakdown":
            hats = self.hat if rng.random() < 0.85 else HATS[5]
            for bar in range(count):
                self._bar(start + 4.0 * bar, kind, hats, bar == count - 1)
            if kind == "drop" or rng.random() < 0.4:
                lines["drums"].append((start, 0.1, KIT["crash"], 0.85))
                lines["riser"].append((start, -float(rng.uniform(1, 4)), 60, 0.4))
        active = {
            "beat": {"sub"}, "main": {"sub", "stab", "gate", "arp"},
            "breakdown": {"pad", "arp", "hook", "voice"}, "build": {"arp", "gate", "stab"},
            "drop": {"sub", "stab", "hook", "gate", "voice"}, "half": {"sub", "stab", "hook"},
        }[kind]  # fmt: skip
        for bar in range(count):
            beat = start + 4.0 * bar
            if "sub" in active:
                self._low(beat, kind)
            for name in ("stab", "gate"):
                if name in active and self.layers[name]:
                    self._chords(name, beat)
            if "arp" in active and self.layers["arp"]:
                self._arpeggio(beat)
            if "pad" in active:
                lines["pad"] += [(beat, 3.95, key + 12, 0.5) for key in self.harmony.chord(beat)]
        if "hook" in active and self.layers["hook"]:
            lines["hook"] += [
                (start + beat, min(length, 1.0), self.harmony.note(degree) + 12, loud)
                for beat, length, degree, loud in self.tune
                if beat < count * 4
            ]
        if "voice" in active and (self.sings or self.raps):
            sung = self.tune if self.sings else self.spoken
            lines["voice" if self.sings else "rap"] += [
                (start + beat, length, self.harmony.note(degree), loud)
                for beat, length, degree, loud in sung
                if beat < count * 4
            ]

    def _bar(self, at: float, kind: str, hats: str, last: bool) -> None:
        rng, drums = self.rng, self.lines["drums"]
        kick, snare = self.kick, self.snare
        if kind == "half":
            kick, snare = "x.........x.....", "........x......."
        rows = [(kick, "kick", 1.0), (snare, self.clap, 0.9), (hats, "hat", 0.6)]
        if kind == "drop" and rng.random() < 0.5:
            rows.append(("..x...x...x...x.", "open", 0.6))
        for row, voice, level in rows:
            for step, sign in enumerate(row):
                if sign != ".":
                    loud = level * (0.4 if sign == "o" else 1.0) * float(rng.uniform(0.93, 1))
                    drums.append((at + step / 4, 0.1, KIT[voice], loud))
        if last and rng.random() < 0.5:
            steps = int(rng.choice([2, 4, 8]))
            drums += [(at + 4 - (i + 1) / 4, 0.1, KIT["snare"], float(rng.uniform(0.4, 0.9)))
                      for i in range(steps) if rng.random() < 0.8]  # fmt: skip

    def _build(self, start: float, count: int) -> None:
        """A roll that doubles its speed, a riser, and often a moment of silence before the drop."""
        rng, beats = self.rng, count * 4
        rates = (1, 2, 4, 8) if rng.random() < 0.7 else (2, 4, 4, 8)
        place = 0.0
        voice = KIT[str(rng.choice(["snare", "clap", "kick", "tom"]))]
        while place < beats - 1e-6:
            quarter = min(int(place / beats * 4), 3)
            loud = 0.3 + 0.65 * place / beats
            self.lines["drums"].append((start + place, 0.1, voice, loud))
            place += 1 / rates[quarter]
        if rng.random() < 0.5:
            self.lines["drums"] += [
                (start + b, 0.1, KIT["kick"], 0.9) for b in range(beats * 3 // 4)
            ]
        self.lines["riser"].append((start, float(beats), 60, float(rng.uniform(0.4, 1))))
        if rng.random() < 0.5:
            gap = float(rng.choice([0.5, 1.0, 2.0]))
            self.hushed.append((start + beats - gap, start + beats))

    def _low(self, at: float, kind: str) -> None:
        if self.wobbles and kind in ("drop", "half"):
            length = int(self.rng.choice([1, 1, 2]))
            for place in range(0, 4, length):
                key = self.harmony.bass(at + place) + 12
                self.lines["wobble"].append((at + place, 0.98 * length, key, 0.9))
            return
        steps = [i for i, sign in enumerate(self.bass) if sign == "x"]
        for i, step in enumerate(steps):
            stop = steps[i + 1] if i + 1 < len(steps) else 16
            beat = at + step / 4
            key = self.harmony.bass(beat) + (12 if i % 4 == 3 and self.rng.random() < 0.3 else 0)
            self.lines["sub"].append((beat, (stop - step) / 4 * 0.8, key, 0.85))

    def _chords(self, name: str, at: float) -> None:
        row = self.stab if name == "stab" else self.gate
        for step, sign in enumerate(row):
            if sign == "x":
                beat = at + step / 4
                length = 0.22 if name == "gate" else 0.4
                self.lines[name] += [
                    (beat, length, key + 12, 0.7) for key in self.harmony.chord(beat)
                ]

    def _arpeggio(self, at: float) -> None:
        order = self.arp or [0, 1, 2]
        place = 0.0
        while place < 4 - 1e-6:
            # Groups of three or five run on over the bar lines.
            i = round((at + place) / self.rate)
            chord = self.harmony.chord(at + place)
            turn = order[i % len(order)]
            key = chord[turn % 3] + 12 * (1 + turn // 3)
            rests = self.rate == 0.25 and self.rng.random() < 0.05
            if not rests:
                self.lines["arp"].append((at + place, self.rate * 0.9, key, 0.7))
            place += self.rate


def _timed(events: list[Event], timing: Timing) -> tuple[Note, ...]:
    """Events as a sequencer plays them; a length below zero marks a fall of noise."""
    notes = []
    for position, length, pitch, velocity in sorted(events):
        start, stop = timing.at(position), timing.at(position + abs(length))
        notes.append(Note(start, max(stop - start, 0.02), pitch, velocity, length < 0))
    return tuple(notes)


def _hush(
    notes: tuple[Note, ...], spans: list[tuple[float, float]], timing: Timing, role: str
) -> tuple[Note, ...]:
    """Without what sounds in these spans of beats; voices may go on."""
    if role in ("voice", "rap"):
        return notes
    for first, last in spans:
        start, stop = timing.at(first) - 1e-6, timing.at(last) - 1e-6
        kept = []
        for note in notes:
            if start <= note.start < stop:
                continue
            if note.start < start < note.start + note.length:
                note = replace(note, length=start - note.start)
            kept.append(note)
        notes = tuple(kept)
    return notes


def _sweep(
    rng: np.random.Generator, plan: list[tuple[int, int, str]], times: NDArray[np.float64]
) -> tuple[tuple[float, float], ...]:
    """How far the filter is open at the ends of each section; empty for one that never moves."""
    if rng.random() < 0.3:
        return ()
    points = []
    for first, count, kind in plan:
        start, stop = float(times[first * 4]), float(times[(first + count) * 4])
        opening = {
            "beat": (0.3, 0.8), "main": (0.6, 0.9), "breakdown": (0.15, 0.6),
            "build": (0.3, 1.0), "drop": (1.0, 1.0), "half": (0.9, 1.0),
        }[kind]  # fmt: skip
        points += [(start + 1e-3, opening[0]), (stop, opening[1])]
    return tuple(points)
