"""Analyses made in code: songs whose beats, bars, sections and energy are known exactly."""

from dataclasses import dataclass, field

import numpy as np

from songreel.models.harmony import Key
from songreel.models.music import (
    Analysis,
    Curve,
    Event,
    EventKind,
    Hits,
    Loudness,
    Mood,
    Onsets,
    Section,
    SectionLabel,
    Track,
    Trust,
)

RATE = 20.0
"""Values a second of every curve."""
SAMPLE_RATE = 48_000


@dataclass(frozen=True)
class Part:
    """A stretch of the form: `bars` bars at `energy`, rising to `to` if that is given."""

    label: SectionLabel
    letter: str
    bars: int
    energy: float
    to: float | None = None
    valence: float = 0.2


@dataclass
class Score:
    """What a song is made from."""

    parts: list[Part]
    bpm: float = 120.0
    per_bar: int = 4
    lead_in: float = 0.0
    """Seconds of silence in front."""
    tail: float = 1.0
    """Seconds of dying sound after the last bar."""
    drops: list[int] = field(default_factory=list)
    """Bars, from 0, at which a drop lands."""
    stops: list[tuple[int, int]] = field(default_factory=list)
    """(beat from 0, beats) of stops."""
    trust: float = 0.95
    beats: bool = True
    gain: float = 0.0
    """Decibels on the whole song."""
    title: str = "song"


def write(score: Score) -> Analysis:
    """The analysis of `score` as perfect ears would give it."""
    beat = 60 / score.bpm
    bars = sum(part.bars for part in score.parts)
    count = bars * score.per_bar
    beats = np.round(score.lead_in + np.arange(count) * beat, 6)
    body = count * beat
    duration = score.lead_in + body + score.tail
    samples = round(duration * SAMPLE_RATE)
    duration = samples / SAMPLE_RATE
    values = np.arange(int(np.ceil(duration * RATE))) / RATE
    energy = _energy(score, values - score.lead_in, beat)
    level = np.where(energy > 0, -34 + 24 * energy + score.gain, -70.0)
    sections, phrases, events = _form(score, beats, duration, energy)
    downbeats = beats[:: score.per_bar] if score.beats else np.array([])
    shown = beats if score.beats else np.array([])
    arousal = float(np.clip(2 * energy.mean() - 1, -1, 1))
    return Analysis(
        track=Track(
            title=score.title, file=f"{score.title}.flac", codec="flac", sample_rate=SAMPLE_RATE,
            sha256="ab" * 32, channels=2, samples=samples,
        ),
        tempo=score.bpm if score.beats else None,
        meter=f"{score.per_bar}/4",
        key=Key.model_validate("A minor"),
        beats=tuple(shown.tolist()),
        downbeats=tuple(downbeats.tolist()),
        sections=sections,
        phrases=phrases,
        events=events,
        mood=Mood(valence=0.2, arousal=round(arousal, 3), words=("bright",)),
        trust=Trust(
            grid=score.trust if score.beats else 0.1, octave=0.9, meter=0.9, sections=0.8, key=0.8
        ),
        loudness=Loudness(
            integrated=-14.0 + score.gain, range=8.0, peak=-1.0 + score.gain,
            short_term=_curve(level),
        ),
        tempo_curve=None,
        energy=_curve(energy),
        brightness=_curve(0.2 + 0.6 * energy),
        noisiness=_curve(0.3 * energy),
        bass=_curve(0.8 * energy),
        onsets=_drums(shown, score.per_bar),
        methods={"beats": "written"},
    )  # fmt: skip


def _curve(values: np.ndarray) -> Curve:
    return Curve(rate=RATE, values=tuple(np.round(values, 6).tolist()))


def _energy(score: Score, times: np.ndarray, beat: float) -> np.ndarray:
    energy = np.zeros(len(times))
    bar = score.per_bar * beat
    start = 0.0
    for part in score.parts:
        end = start + part.bars * bar
        inside = (times >= start - 1e-9) & (times < end - 1e-9)
        along = (times[inside] - start) / (end - start)
        # A small swell over each bar, as real energy curves have it.
        swell = 0.02 * np.sin(2 * np.pi * (times[inside] - start) / bar)
        rise = ((part.to if part.to is not None else part.energy) - part.energy) * along
        energy[inside] = np.clip(part.energy + rise + swell, 0.03, 1)
        start = end
    after = times >= start - 1e-9
    energy[after] = 0.1 * np.clip(1 - (times[after] - start) / max(score.tail, 1e-9), 0, 1)
    for first, length in score.stops:
        inside = (times >= first * beat) & (times < (first + length) * beat)
        energy[inside] = 0.0
    return energy


def _form(
    score: Score, beats: np.ndarray, duration: float, energy: np.ndarray
) -> tuple[tuple[Section, ...], tuple[float, ...], tuple[Event, ...]]:
    sections: list[Section] = []
    phrases: list[float] = []
    events: list[Event] = []
    bar = 0
    for i, part in enumerate(score.parts):
        start = float(beats[bar * score.per_bar])
        last = i == len(score.parts) - 1
        end = duration if last else float(beats[(bar + part.bars) * score.per_bar])
        first = 0.0 if i == 0 else start
        inside = energy[int(np.ceil(start * RATE)) : int(np.ceil(end * RATE))]
        mean = float(inside.mean()) if inside.size else part.energy
        mood = Mood(valence=part.valence, arousal=round(2 * part.energy - 1, 3))
        sections.append(
            Section(
                start=first, end=end, label=part.label, letter=part.letter,
                energy=round(min(mean, 1.0), 6), mood=mood, trust=0.8,
            )
        )  # fmt: skip
        phrases += [float(beats[(bar + k) * score.per_bar]) for k in range(0, part.bars, 4)]
        if part.to is not None and part.to > part.energy + 0.15:
            events.append(_event("build", start, end))
        bar += part.bars
    events += [_event("drop", float(beats[b * score.per_bar]), None) for b in score.drops]
    step = 60 / score.bpm
    for at, length in score.stops:
        start = score.lead_in + at * step
        events.append(_event("stop", start, start + length * step))
    return tuple(sections), tuple(phrases), tuple(sorted(events, key=lambda e: e.start))


def _event(kind: EventKind, start: float, end: float | None) -> Event:
    return Event(kind=kind, start=start, end=start if end is None else end, strength=0.9)


def _drums(beats: np.ndarray, per_bar: int) -> Onsets:
    kick = beats[::2] if per_bar % 2 == 0 else beats[::per_bar]
    snare = beats[1::2] if per_bar % 2 == 0 else beats[1::per_bar]
    return Onsets(
        kick=Hits(times=tuple(kick.tolist()), strengths=(0.9,) * len(kick)),
        snare=Hits(times=tuple(snare.tolist()), strengths=(0.8,) * len(snare)),
        hat=Hits(times=tuple(beats.tolist()), strengths=(0.4,) * len(beats)),
    )


POP = [
    Part("intro", "A", 8, 0.25), Part("verse", "B", 16, 0.42), Part("pre-chorus", "C", 4, 0.55),
    Part("chorus", "D", 16, 0.85, valence=0.6), Part("verse", "B", 16, 0.46),
    Part("pre-chorus", "C", 4, 0.58), Part("chorus", "D", 16, 0.88, valence=0.6),
    Part("bridge", "E", 8, 0.35, valence=-0.3), Part("chorus", "D", 16, 0.95, valence=0.7),
    Part("outro", "F", 8, 0.2),
]  # fmt: skip
EDM = [
    Part("intro", "A", 16, 0.3), Part("verse", "B", 16, 0.4), Part("build", "C", 8, 0.45, to=0.8),
    Part("drop", "D", 16, 0.95), Part("break", "E", 16, 0.2, valence=-0.2),
    Part("build", "C", 8, 0.4, to=0.85), Part("drop", "D", 16, 1.0), Part("outro", "F", 16, 0.3),
]  # fmt: skip


def pop(bpm: float = 120.0, **changes: object) -> Analysis:
    """Three and a half minutes of pop: two verses, three choruses, a bridge."""
    return write(Score(POP, bpm=bpm, title="pop", **changes))  # type: ignore[arg-type]


def edm(bpm: float = 128.0, **changes: object) -> Analysis:
    """Electronic music with two builds, two drops and a stop of a bar before each."""
    score = Score(EDM, bpm=bpm, title="edm", drops=[40, 80], **changes)  # type: ignore[arg-type]
    score.stops = [(40 * 4 - 2, 2), (80 * 4 - 2, 2)]
    return write(score)


def waltz(bpm: float = 174.0) -> Analysis:
    """A waltz in 3/4."""
    parts = [
        Part("intro", "A", 8, 0.2), Part("verse", "B", 32, 0.4), Part("chorus", "C", 32, 0.75),
        Part("verse", "B", 32, 0.45), Part("chorus", "C", 32, 0.8), Part("outro", "D", 8, 0.2),
    ]  # fmt: skip
    return write(Score(parts, bpm=bpm, per_bar=3, title="waltz"))


def ballad(bpm: float = 62.0) -> Analysis:
    """A slow, quiet song with a grid that can be trusted."""
    parts = [
        Part("intro", "A", 4, 0.1, valence=-0.4), Part("verse", "B", 12, 0.22, valence=-0.4),
        Part("chorus", "C", 8, 0.42, valence=-0.2), Part("verse", "B", 12, 0.25, valence=-0.4),
        Part("chorus", "C", 8, 0.46, valence=-0.2), Part("outro", "D", 4, 0.1, valence=-0.4),
    ]  # fmt: skip
    return write(Score(parts, bpm=bpm, title="ballad"))


def ambient() -> Analysis:
    """Three minutes of slow swells without a pulse."""
    parts = [
        Part("section", "A", 24, 0.15, to=0.28), Part("section", "B", 32, 0.45, to=0.6),
        Part("section", "A", 24, 0.3, to=0.15), Part("outro", "C", 16, 0.12, to=0.04),
    ]  # fmt: skip
    return write(Score(parts, bpm=120, beats=False, title="ambient", tail=4.0))


def silence(seconds: float = 40.0) -> Analysis:
    """Nothing at all."""
    return bare(seconds, 0.0)


def bare(seconds: float, energy: float) -> Analysis:
    """`seconds` of unchanging sound without a pulse, in one section."""
    samples = round(seconds * SAMPLE_RATE)
    flat = np.full(max(1, int(np.ceil(seconds * RATE))), energy)
    mood = Mood(valence=0.0, arousal=-1.0)
    label: SectionLabel = "silence" if energy == 0 else "section"
    base = write(Score([Part(label, "A", 2, max(energy, 0.1))], beats=False, title="bare"))
    return base.model_copy(
        update={
            "track": base.track.model_copy(update={"samples": samples}),
            "sections": (
                Section(
                    start=0.0, end=samples / SAMPLE_RATE, label=label, letter="A", energy=energy,
                    mood=mood, trust=0.3,
                ),
            ),
            "phrases": (),
            "events": (),
            "energy": _curve(flat),
            "loudness": base.loudness.model_copy(
                update={"short_term": _curve(np.full(len(flat), -70.0)), "integrated": None}
            ),
        }
    )  # fmt: skip


def hour(bpm: float = 126.0) -> Analysis:
    """An hour's set: twenty times the electronic form, cut to length."""
    parts = [part for _ in range(17) for part in EDM]
    return write(Score(parts, bpm=bpm, title="hour"))
