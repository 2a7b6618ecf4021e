"""Drummers of rock and metal: bars, ghost strokes and fills, `drum_bar`, `fill`."""

from dataclasses import dataclass

import numpy as np

from training.score import KIT

Event = tuple[float, float, int, float, bool]
"""Position and length in beats, pitch, velocity and whether it is palm-muted, as no stroke is."""
Stroke = tuple[float, str, float]
"""Beat of the bar, voice and loudness."""
STROKE = 0.1
"""Beats that a stroke is held: drums ring as they will."""
RATES = ("quarters", "eighths", "offbeats", "sixteenths")
ROCK_KICKS = ("x.......x.......", "x.......x.x.....", "x.....x.x.......", "x..x....x..x....",
              "x.x.....x.x.....", "x......xx.......", "x.....x...x.....", "x.xx......xx....",
              "x.......xx....x.")  # fmt: skip


@dataclass(frozen=True)
class Metre:
    """Beats a bar and steps a beat."""

    beats: int
    steps: int

    @property
    def backbeats(self) -> tuple[float, ...]:
        """Beats that carry the snare when the drums play plainly."""
        return {2: (1.0,), 3: (2.0,), 4: (1.0, 3.0), 5: (2.0, 4.0), 6: (3.0,), 7: (2.0, 5.0)}[
            self.beats
        ]


@dataclass(frozen=True)
class Feel:
    """How sections of one kind are drummed in a song."""

    cymbal: str
    rate: str
    """quarters, eighths, offbeats or sixteenths of the cymbal."""
    kick: str
    """What the bass drum does: as the riff, a rock pattern, running sixteenths, eighths."""
    row: str
    """The rock pattern, in sixteenths."""
    ghosts: float
    """Chance of a soft stroke of the snare on each free sixteenth, doubled."""
    silent: bool
    """Whether the drums wait where the guitars are clean."""

    @classmethod
    def drawn(cls, rng: np.random.Generator, kind: str, temper: str) -> "Feel":
        """A feel for a kind of section in a band of this temper."""
        driven = kind in ("chorus", "solo", "breakdown")
        loud = ("crash", "crash", "ride", "open", "china")
        plain = ("hat", "hat", "hat", "ride", "open", "bell", "china")
        simple = temper in ("rock", "punk", "doom")
        kicks = (0.1, 0.8, 0.02, 0.08) if simple else (0.42, 0.26, 0.2, 0.12)
        return cls(
            cymbal=str(rng.choice(loud if driven else plain)),
            rate=str(rng.choice(RATES, p=(0.36, 0.52, 0.06, 0.06))),
            kick=str(rng.choice(("riff", "rock", "running", "eighths"), p=kicks)),
            row=str(rng.choice(ROCK_KICKS)),
            ghosts=float(rng.uniform(0, 0.5)) if rng.random() < 0.4 else 0.0,
            silent=kind == "clean" and bool(rng.random() < 0.5),
        )


def drum_bar(
    rng: np.random.Generator, metre: Metre, at: float, kind: str, riff: str, feel: Feel, stop: int
) -> list[Event]:
    """The strokes of one bar.

    Args:
        rng: Source of chance.
        metre: The song's.
        at: Beat at which the bar begins.
        kind: Kind of section: blast, double, breakdown or one that is drummed plainly.
        riff: The guitars' strokes, `x` in a row of steps.
        feel: How it is drummed.
        stop: Beat of the bar up to which is played: a fill comes after it.
    """
    strokes: list[Stroke] = []
    beats, steps = metre.beats, metre.steps
    half = 1 / 2 if steps % 2 == 0 and steps != 6 else 1 / 3 if steps in (3, 6) else 1 / 2
    if kind == "blast":
        for i in range(beats * 4):
            if feel.kick in ("riff", "running") or i % 2 == 0:
                strokes.append((i / 4, "kick", 0.85))
            if i % 2 == (0 if feel.kick == "running" else 1):
                strokes.append((i / 4, "snare", 0.9))
        strokes += [(float(b), feel.cymbal, 0.85) for b in range(beats)]
    elif kind == "double":
        for beat in range(beats):
            strokes += [(float(beat), "kick", 0.95), (beat + 0.5, "snare", 0.95)]
            if rng.random() < 0.25:
                strokes.append((beat + 0.75, "kick", 0.8))
        spots = np.arange(0, beats, 1.0 if feel.rate == "quarters" else 0.5)
        strokes += [(float(s), feel.cymbal, 0.8) for s in spots]
    else:
        snares: tuple[float, ...] = metre.backbeats
        if kind == "breakdown":
            snares = (2.0,)
        strokes += [(beat, "snare", 0.97) for beat in snares]
        strokes += _kicks(rng, metre, riff, feel, snares)
        strokes += _ride(metre, feel, half)
        if feel.ghosts and steps == 4:
            for step in range(beats * 4):
                if step / 4 not in snares and step % 4 and rng.random() < feel.ghosts * 0.5:
                    strokes.append((step / 4, "snare", float(rng.uniform(0.12, 0.35))))
    events = []
    level = 0.6 if kind == "clean" else 1.0
    for place, voice, loud in strokes:
        if place >= stop or rng.random() < 0.012:
            continue
        events.append((at + place, STROKE, KIT[voice], level * loud * float(rng.uniform(0.9, 1)),
                       False))  # fmt: skip
    return events


def _kicks(
    rng: np.random.Generator, metre: Metre, riff: str, feel: Feel, snares: tuple[float, ...]
) -> list[Stroke]:
    beats, steps = metre.beats, metre.steps
    how = feel.kick
    if how == "running":
        places = [i / steps for i in range(beats * steps)]
    elif how == "eighths":
        places = [i / 2 for i in range(beats * 2)] if steps in (2, 4) else [
            i / 3 for i in range(beats * 3)]  # fmt: skip
    elif how == "riff":
        places = [i / steps for i, sign in enumerate(riff) if sign == "x"]
    elif beats == 4 and steps == 4:
        row = feel.row
        places = [i / 4 for i, sign in enumerate(row) if sign == "x"]
        if rng.random() < 0.2:
            places.append(float(rng.choice([1.75, 2.5, 3.5, 3.75, 0.75])))
    else:
        places = [0.0] + [
            i / steps
            for i in range(1, beats * steps)
            if rng.random() < 0.12 and i / steps not in snares
        ]
        if beats == 4:
            places.append(2.0)
    return [(p, "kick", 0.95 if p % 1 == 0 else 0.86) for p in sorted(set(places))]


def _ride(metre: Metre, feel: Feel, half: float) -> list[Stroke]:
    voice, rate = feel.cymbal, feel.rate
    step = {"quarters": 1.0, "eighths": half, "offbeats": 1.0, "sixteenths": half / 2}[rate]
    if rate == "sixteenths" and voice not in ("hat",):
        step = half
    offset = 0.5 if rate == "offbeats" and half == 0.5 else 0.0
    spots = np.arange(offset, metre.beats - 1e-6, step)
    return [
        (float(s), voice, (0.85 if abs(s - round(s)) < 1e-6 else 0.6) if not offset else 0.8)
        for s in spots
    ]


def fill(rng: np.random.Generator, metre: Metre, at: float, first: int) -> list[Event]:
    """From beat `first` to the end of the bar, around the kit."""
    rate = int(rng.choice([2, 3, 4, 4, 4, 6])) if metre.steps == 4 else max(metre.steps, 3)
    if metre.steps == 2:
        rate = int(rng.choice([2, 4]))
    around = [("snare",), ("snare", "high tom", "tom", "low tom"), ("tom", "low tom"),
              ("snare", "snare", "high tom", "low tom"), ("snare", "kick", "kick")]  # fmt: skip
    voices = around[int(rng.integers(len(around)))]
    count = (metre.beats - first) * rate
    density = float(rng.uniform(0.6, 1))
    cycle = voices[-1] == "kick"
    events: list[Event] = []
    for i in range(count):
        if i and rng.random() > density:
            continue
        voice = voices[i % len(voices)] if cycle else voices[i * len(voices) // count]
        events.append(
            (at + first + i / rate, STROKE, KIT[voice], float(rng.uniform(0.65, 1)), False)
        )
    if rng.random() < 0.4:
        events += [(at + float(b), STROKE, KIT["kick"], 0.85, False)
                   for b in range(first, metre.beats)]  # fmt: skip
    return events
