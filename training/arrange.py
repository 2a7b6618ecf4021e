"""Whole pieces made in code: `arrange`, with drums, bass, chords and a lead in sections."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.drumming import Drummer
from training.feel import KINDS, ODDS, Timing, curve
from training.harmony import Harmony
from training.score import KIT, Note, Part, Score
from training.styles import STYLES, Style

Event = tuple[float, float, int, float]
"""Position and length in beats, pitch, velocity."""


@dataclass(frozen=True)
class Section:
    """A run of bars with one texture."""

    first: int
    """Bar."""
    bars: int
    drums: str
    """full, half, double, blast, hats, kick or none."""
    parts: frozenset[str]


def arrange(rng: np.random.Generator, seconds: float, style: Style | None = None) -> Score:
    """A piece of about `seconds`, in `style` or in one drawn by weight."""
    if style is None:
        odds = np.array([s.weight for s in STYLES])
        style = STYLES[int(rng.choice(len(STYLES), p=odds / odds.sum()))]
    bpm = float(np.exp(rng.uniform(*np.log(style.tempo))))
    bars = max(4, int(np.ceil(seconds * bpm / 60 / style.beats)))
    odds = np.array(ODDS)
    if style.name.startswith("solo piano"):
        odds[-1] = 0.5
    kind = str(rng.choice(KINDS, p=odds / odds.sum()))
    beats = bars * style.beats
    times = curve(rng, kind, bpm, beats, style.beats) + rng.uniform(0.05, 2.0)
    timing = Timing(times, float(rng.uniform(*style.swing)), style.swung)
    harmony = Harmony.drawn(rng, bars, style.beats)
    sections = _sections(rng, style, bars)
    events = {
        "drums": _drums(rng, style, sections),
        "bass": _bass(rng, style, sections, harmony),
        style.lead if style.lead != "synth" else "chords": _comp(rng, style, sections, harmony),
        "pad": _pad(rng, style, sections, harmony),
        "lead": _lead(rng, style, sections, harmony),
    }
    tight = rng.uniform(0, 0.006) if rng.random() < 0.6 else rng.uniform(0.004, 0.014)
    parts = tuple(
        Part(role, played(rng, line, timing, float(tight))) for role, line in events.items() if line
    )
    return Score(
        style=style.name,
        parts=parts,
        beats=times[:-1],
        downbeats=times[: -1 : style.beats],
        end=float(times[-1]) + 1.0,
        pumped=bool(rng.random() < style.pumped),
    )


def metronome(rng: np.random.Generator, seconds: float) -> Score:
    """Clicks on every beat, bar starts stronger; some with a click on each half."""
    length = int(rng.choice([2, 3, 4, 5, 6, 7], p=[0.1, 0.2, 0.35, 0.12, 0.13, 0.1]))
    bpm = float(np.exp(rng.uniform(*np.log((50, 215)))))
    beats = length * max(2, int(np.ceil(seconds * bpm / 60 / length)))
    kind = str(rng.choice(KINDS, p=ODDS))
    times = curve(rng, kind, bpm, beats, length) + rng.uniform(0.05, 1.0)
    strong, second = rng.uniform(0.8, 1.0), rng.uniform(0.3, 0.6)
    high = rng.random() < 0.6
    events: list[Event] = []
    for beat in range(beats):
        first = beat % length == 0
        middle = length == 6 and beat % 6 == 3
        level = strong if first else min(1.0, second * 1.4) if middle else second
        key = KIT["click"] if first or not high else KIT["low click"]
        events.append((float(beat), 0.1, key, float(level)))
    return Score(
        "metronome",
        (Part("click", played(rng, events, Timing(times), 0.0)),),
        times[:-1],
        times[:-1:length],
        float(times[-1]) + 0.5,
    )


def accompany(
    rng: np.random.Generator, score: Score, chords: list[tuple[float, float, str]]
) -> Score:
    """A song that has a melody and a piano, given drums and a bass of a fitting style.

    Only songs whose bars are known can be drummed to; others come back as they are.
    """
    if score.downbeats.size < 8:
        return score
    places = np.searchsorted(score.beats, score.downbeats + 1e-6) - 1
    length = round(float(np.median(np.diff(places))))
    bpm = 60 / float(np.median(np.diff(score.beats)))
    fitting = [
        style
        for style in STYLES
        if style.beats == length and style.tempo[0] * 0.8 <= bpm <= style.tempo[1] * 1.1
        if style.lead == "piano" or style.name not in ("metal", "thrash")
    ]
    if not fitting:
        return score
    style = fitting[int(rng.integers(len(fitting)))]
    start = int(places[0])
    times = score.beats[start:]
    bars = times.size // length
    timing = Timing(times, float(rng.uniform(*style.swing)), style.swung)
    sections = _sections(rng, style, bars)
    tight = float(rng.uniform(0, 0.008))
    added = []
    drums = _drums(rng, style, sections)
    if drums:
        added.append(Part("drums", played(rng, drums, timing, tight)))
    if rng.random() < 0.8:
        harmony = Harmony.spelt(chords, times, bars, length)
        bass = _bass(rng, style, sections, harmony)
        if bass:
            added.append(Part("bass", played(rng, bass, timing, tight)))
    return replace(score, parts=score.parts + tuple(added), style=f"{score.style} {style.name}")


def accompaniment(
    rng: np.random.Generator, beats: NDArray[np.float64], bar: int, names: tuple[str, ...]
) -> tuple[Part, ...]:
    """Bass, chords, pad and lead of one of the styles `names`, to drums that are there."""
    bpm = 60 / float(np.median(np.diff(beats)))
    fitting = [style for style in STYLES if style.beats == bar and style.name in names] or [
        style
        for style in STYLES
        if style.beats == bar and style.tempo[0] * 0.8 <= bpm <= style.tempo[1] * 1.2
    ]
    if not fitting:
        return ()
    style = fitting[int(rng.integers(len(fitting)))]
    times = np.append(beats, 2 * beats[-1] - beats[-2])
    bars = beats.size // bar
    timing = Timing(times, float(rng.uniform(*style.swing)), style.swung)
    sections = _sections(rng, style, bars)
    harmony = Harmony.drawn(rng, bars, bar)
    tight = float(rng.uniform(0.001, 0.01))
    events = {
        "bass": _bass(rng, style, sections, harmony),
        style.lead if style.lead != "synth" else "chords": _comp(rng, style, sections, harmony),
        "pad": _pad(rng, style, sections, harmony),
        "lead": _lead(rng, style, sections, harmony),
    }
    return tuple(
        Part(role, played(rng, line, timing, tight)) for role, line in events.items() if line
    )


def played(
    rng: np.random.Generator, events: list[Event], timing: Timing, tight: float
) -> tuple[Note, ...]:
    """Events as a player with a spread of `tight` seconds plays them."""
    late = float(rng.normal(0, 0.5 * tight))
    notes = []
    for position, length, pitch, velocity in sorted(events):
        start = timing.at(position) + late + float(rng.normal(0, tight))
        stop = timing.at(position + length)
        loud = float(np.clip(velocity * rng.normal(1, 0.06), 0.05, 1))
        notes.append(Note(max(start, 0.0), max(stop - start, 0.03), pitch, loud))
    return tuple(sorted(notes, key=lambda note: note.start))


def _sections(rng: np.random.Generator, style: Style, bars: int) -> list[Section]:
    sections, first = [], 0
    quiet = ["none", "hats", "kick"]
    while first < bars:
        count = min(int(rng.choice([2, 4, 8], p=[0.15, 0.5, 0.35])), bars - first)
        chance = rng.random()
        intro = first == 0
        drums = "full"
        if chance < (0.35 if intro else 0.1):
            drums = str(rng.choice(quiet))
        elif chance > 1 - style.halved and style.beats == 4:
            drums = "half"
        elif chance > 1 - style.halved - style.blast and style.beats == 4:
            drums = "blast"
        elif chance > 1 - style.halved - style.blast - style.doubled:
            drums = "double"
        active = {
            name
            for name, odds in (("bass", 0.85), ("comp", 0.85), ("pad", 0.3), ("lead", 0.55))
            if rng.random() < (odds * 0.7 if intro else odds)
        }
        if drums != "full" and not active & {"comp", "pad", "lead"}:
            active.add("comp")
        sections.append(Section(first, count, drums, frozenset(active)))
        first += count
    return sections


def _drums(rng: np.random.Generator, style: Style, sections: list[Section]) -> list[Event]:
    events: list[Event] = []
    if not any("x" in row for row in style.kick + style.snare + style.hat):
        return events
    drummer = Drummer(rng, style)
    for section in sections:
        if section.drums != "none":
            events += drummer.section(section.first, section.bars, section.drums)
    return events


def _active(sections: list[Section], part: str) -> NDArray[np.int64]:
    return np.array(
        [bar for s in sections if part in s.parts for bar in range(s.first, s.first + s.bars)],
        np.int64,
    )


def _bass(
    rng: np.random.Generator, style: Style, sections: list[Section], harmony: Harmony
) -> list[Event]:
    events: list[Event] = []
    octave = rng.random() < 0.2
    rows = {s.first: str(rng.choice(style.bass)) for s in sections}
    row = ""
    for bar in _active(sections, "bass"):
        row = rows.get(int(bar), row) or str(rng.choice(style.bass))
        steps = pattern_steps(row, style, rng)
        for i, (step, loud) in enumerate(steps):
            beat = bar * style.beats + step / style.steps
            length = (steps[i + 1][0] if i + 1 < len(steps) else style.beats * style.steps) - step
            pitch = harmony.bass(float(beat))
            if row == "walk" and step:
                pitch += int(rng.choice([0, 3, 4, 5, 7, -5, -2]))
            elif octave and i % 2:
                pitch += 12
            elif rng.random() < 0.08:
                pitch += 7
            held = length / style.steps * float(rng.uniform(0.6, 1.0))
            events.append((float(beat), held, pitch, 0.8 * loud))
    return events


def _comp(
    rng: np.random.Generator, style: Style, sections: list[Section], harmony: Harmony
) -> list[Event]:
    events: list[Event] = []
    power = rng.random() < style.heavy
    broken = not power and rng.random() < (0.45 if style.lead == "piano" else 0.25)
    strum = 0.0 if style.lead != "guitar" else float(rng.uniform(0, 0.012))
    starts = {s.first: str(rng.choice(style.comp)) for s in sections}
    row = ""
    for bar in _active(sections, "comp"):
        row = starts.get(int(bar), row) or str(rng.choice(style.comp))
        steps = pattern_steps(row, style, rng)
        for i, (step, loud) in enumerate(steps):
            beat = float(bar * style.beats + step / style.steps)
            stop = steps[i + 1][0] if i + 1 < len(steps) else style.beats * style.steps
            length = (stop - step) / style.steps * float(rng.uniform(0.5, 1.0))
            chord = harmony.chord(beat)
            if power:
                # Riffs pedal on the root between accents, as palm-muted guitars do.
                root = 40 + (chord[0] - 40) % 12
                keys = [root, root + 7, root + 12] if loud > 0.9 or i % 3 == 0 else [root]
            elif broken:
                keys = [chord[i % len(chord)] + (12 if i % 5 == 4 else 0)]
            else:
                keys = list(chord)
            if rng.random() < 0.5 and i % 2:
                loud *= 0.85
            events += [
                (beat + k * strum * 2, length, key, 0.75 * loud) for k, key in enumerate(keys)
            ]
    return events


def _pad(
    rng: np.random.Generator, style: Style, sections: list[Section], harmony: Harmony
) -> list[Event]:
    events: list[Event] = []
    for bar in _active(sections, "pad"):
        beat = float(bar * style.beats)
        level = float(rng.uniform(0.4, 0.6))
        events += [(beat, style.beats * 0.98, key + 12, level) for key in harmony.chord(beat)]
    return events


def _lead(
    rng: np.random.Generator, style: Style, sections: list[Section], harmony: Harmony
) -> list[Event]:
    """A melody of motifs that come back, on the scale; stronger beats are likelier."""
    count = style.beats * style.steps
    weights = np.full(count, 0.18)
    weights[:: style.steps] = 0.6
    if style.steps % 2 == 0:
        weights[style.steps // 2 :: style.steps] = 0.4
    motifs = [rng.random(count) < weights * rng.uniform(0.5, 1.3) for _ in range(2)]
    events: list[Event] = []
    degree = int(rng.integers(0, 7))
    for bar in _active(sections, "lead"):
        places = np.flatnonzero(motifs[int(bar) % 4 == 3])
        for i, step in enumerate(places):
            beat = float(bar * style.beats + step / style.steps)
            stop = places[i + 1] if i + 1 < places.size else count
            degree = int(np.clip(degree + rng.integers(-2, 3), -3, 10))
            held = (stop - step) / style.steps * 0.9
            events.append((beat, float(held), harmony.note(degree), float(rng.uniform(0.5, 0.9))))
    return events


def pattern_steps(row: str, style: Style, rng: np.random.Generator) -> list[tuple[int, float]]:
    """Steps and loudness of the strokes of a pattern, `kick` and `walk` among them."""
    if row == "walk":
        return [(beat * style.steps, 0.9) for beat in range(style.beats)]
    if row == "kick":
        row = style.kick[0]
    found = []
    for step, sign in enumerate(row):
        if sign == "x" or (sign == "?" and rng.random() < 0.5):
            found.append((step, 1.0 if step % style.steps == 0 else 0.9))
        elif sign == "o":
            found.append((step, 0.45))
    return found
