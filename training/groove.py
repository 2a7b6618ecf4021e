"""Human drumming with a band composed around it: `Grooves`.

The Groove MIDI Dataset 1.0.0 (Gillick et al., ICML 2019; CC BY 4.0): drummers on an electronic kit
who play to a click, whose beats are therefore those of the file's tempo from its start on.
"""

import csv
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from training.arrange import accompaniment
from training.feel import KINDS, curve
from training.heavy import backing
from training.midi import read_midi
from training.score import KIT, Note, Part, Score

KEYS = {36: "kick", 38: "snare", 40: "snare", 37: "rim", 48: "high tom", 50: "high tom",
        45: "tom", 47: "tom", 43: "low tom", 58: "low tom", 46: "open", 26: "open", 42: "hat",
        22: "hat", 44: "pedal", 49: "crash", 55: "crash", 57: "crash 2", 52: "china", 51: "ride",
        59: "ride", 53: "bell", 39: "clap", 54: "shaker"}  # fmt: skip
"""The kit's keys (Roland TD-11) and the voices of `KIT`."""
LEAST_SECONDS = 20.0
SUBDIVISIONS = (1, 2, 3, 4, 6)
LEAST_AGREEMENT = 0.6
"""Performances whose strokes keep less to the click than this were played without hearing it."""
HEAVY = ("rock", "punk")
STYLES = {"rock": ("rock", "pop", "slow rock"), "punk": ("punk",), "funk": ("funk",),
          "soul": ("funk", "pop"), "jazz": ("swing",), "hiphop": ("hip-hop", "pop"),
          "latin": ("latin", "bossa"), "reggae": ("reggae",), "country": ("country",),
          "dance": ("house", "disco"), "pop": ("pop",), "afrobeat": ("funk", "latin"),
          "neworleans": ("funk",), "blues": ("shuffle",)}  # fmt: skip
"""Styles of `training.styles` that a band may play to a drummer's style."""


@dataclass(frozen=True)
class Groove:
    """A performance."""

    path: Path
    style: str
    bpm: float
    bar: int
    """Beats."""


@lru_cache(maxsize=4)
def grooves(folder: Path, held: bool) -> list[Groove]:
    """The beats, not the single fills, of at least `LEAST_SECONDS` in metres of quarters.

    Those that do not keep to their click are left out.
    The dataset's own split into what is learned from and what is kept is followed.
    """
    with (folder / "info.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    found = []
    for row in rows:
        beats, _, unit = row["time_signature"].partition("-")
        groove = Groove(
            folder / row["midi_filename"], row["style"].split("/")[0], float(row["bpm"]), int(beats)
        )
        if (
            row["beat_type"] == "beat"
            and float(row["duration"]) >= LEAST_SECONDS
            and unit == "4"
            and (row["split"] != "train") == held
        ):
            strokes = strokes_of(groove.path)
            if agreement(strokes, 60 / groove.bpm, groove.bar)[0] >= LEAST_AGREEMENT:
                found.append(groove)
    return found


def strokes_of(path: Path) -> list[Note]:
    """The strokes of a file, in keys of `KIT`."""
    return [
        Note(note.start, 0.1, KIT[KEYS[note.pitch]], note.velocity)
        for notes in read_midi(path).values()
        for note in notes
        if note.pitch in KEYS
    ]


def agreement(strokes: list[Note], period: float, bar: int) -> tuple[float, float, bool]:
    """How far strokes keep to a click of `period` seconds, whose first click is a bar's start.

    Returns:
        The length of the mean vector of the strokes' places in the best fitting of five
        subdivisions, 1 where all fall on one place in it; the seconds that they come after the
        click on average; whether the bass drum bears the bars out.
    """
    place = np.array([note.start for note in strokes]) / period
    loud = np.array([note.velocity for note in strokes])
    means = [np.sum(loud * np.exp(2j * np.pi * k * place)) / loud.sum() for k in SUBDIVISIONS]
    best = int(np.argmax(np.abs(means)))
    late = float(np.angle(means[best]) / (2 * np.pi * SUBDIVISIONS[best]) * period)
    kicks = np.array([note.start for note in strokes if note.pitch == KIT["kick"]]) / period
    halves = np.bincount(np.round(kicks * 2).astype(int) % (2 * bar), minlength=2 * bar)
    on, off = halves[::2], halves[1::2]
    backbeat = np.array(
        [n.start for n in strokes if n.pitch == KIT["snare"] and n.velocity > 0.5]
    ) / period  # fmt: skip
    snares = np.bincount(np.round(backbeat * 2).astype(int) % 2, minlength=2)
    kept = on.sum() + snares[0] > off.sum() + snares[1]
    return float(np.abs(means[best])) * kept, late, bool(on[0] >= 0.8 * max(on.max(), off.max()))


def drummed(rng: np.random.Generator, groove: Groove, seconds: float) -> Score:
    """A span of a performance, at another tempo and with its click unsteady, and a band to it."""
    period = 60 / groove.bpm
    strokes = strokes_of(groove.path)
    _, ahead, barred = agreement(strokes, period, groove.bar)
    strokes = [replace(note, start=note.start - ahead) for note in strokes]
    end = max(note.start for note in strokes)
    bars = int(end / period / groove.bar)
    wanted = max(2, round(seconds * groove.bpm / 60 / groove.bar * 1.1))
    first = int(rng.integers(0, max(bars - wanted, 0) + 1)) * groove.bar
    beats = min(wanted * groove.bar, bars * groove.bar - first)
    ratio = float(np.exp(rng.uniform(-0.22, 0.22)))
    kind = str(rng.choice(KINDS[:4], p=[0.55, 0.38, 0.04, 0.03]))
    times = curve(rng, kind, groove.bpm * ratio, beats, groove.bar) + rng.uniform(0.05, 1.5)
    places = np.arange(beats + 1)
    notes = []
    for note in strokes:
        place = note.start / period - first
        if -0.02 < place < beats - 0.02:
            start = float(np.interp(place, places, times) + min(place, 0) * period)
            notes.append(replace(note, start=max(start, 0.0)))
    notes.sort(key=lambda note: note.start)
    score = Score(
        f"groove {groove.style}", (Part("drums", tuple(notes)),), times[:-1],
        times[: -1 : groove.bar] if barred else np.zeros(0), float(times[-1]) + 1.0, manner="band",
    )  # fmt: skip
    chance = rng.random()
    if chance < 0.1:
        return score
    if groove.style in HEAVY and chance < 0.75:
        return replace(score, parts=score.parts + backing(rng, score, groove.bar, notes))
    band = accompaniment(rng, score.beats, groove.bar, STYLES.get(groove.style, ()))
    return replace(score, parts=score.parts + band)
