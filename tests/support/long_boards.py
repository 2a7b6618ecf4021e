"""Boards of any length for the timeline: a made-up song with its grid, form, peaks and shots."""

from dataclasses import dataclass

import numpy as np

from songreel.models.board import Board, BoardSection, BoardShot, ClipState, Waveform
from songreel.models.music import Event, SectionLabel

FORM: tuple[tuple[SectionLabel, str, int, float], ...] = (
    ("intro", "A", 8, 0.25), ("verse", "B", 16, 0.42), ("build", "C", 4, 0.6),
    ("chorus", "D", 16, 0.88), ("verse", "B", 16, 0.48), ("pre-chorus", "E", 8, 0.58),
    ("chorus", "D", 16, 0.9), ("break", "F", 8, 0.22), ("build", "C", 8, 0.66),
    ("drop", "G", 16, 1.0), ("bridge", "H", 8, 0.5), ("chorus", "D", 16, 0.93),
    ("outro", "A", 10, 0.2),
)  # fmt: skip
"""Label, letter, bars, energy; repeated until the song is long enough."""
COLORS = ("#7d9bd1", "#c98d5a", "#5aa6a0", "#b06a8f", "#93a85c", "#d0b354", "#6f6fb8", "#bf5b52")
MOTIFS = (
    "neon rain over an empty street", "hands on glass", "a train through the dark",
    "birds turning over the harbour", "smoke in slow light", "her face, half lit",
    "the city from above", "dancers as silhouettes",
)  # fmt: skip
STATES: tuple[ClipState, ...] = ("made", "made", "made", "none", "stale", "working", "failed")


@dataclass(frozen=True)
class Song:
    """What the board is of."""

    seconds: float = 600.0
    shots: int = 600
    tempo: float = 126.0
    first: float = 0.31
    """Seconds of the first beat."""
    pickup: int = 1
    """Beats before the first bar."""


def long_board(song: Song = Song(), **changes: object) -> Board:
    """A board as a project of that length has it; the same for the same `song`."""
    period = 60 / song.tempo
    beats = np.arange(song.first, song.seconds, period)
    downbeats = tuple(range(song.pickup, len(beats), 4))
    bars = beats[list(downbeats)]
    starts, sections = _form(bars, song.seconds)
    fields: dict[str, object] = {
        "title": "Night Train (extended)",
        "duration": song.seconds,
        "revision": "r1",
        "tempo": song.tempo,
        "key": "D minor",
        "trust": 0.93,
        "beats": tuple(np.round(beats, 6).tolist()),
        "downbeats": downbeats,
        "phrases": tuple(np.round(bars[::4], 6).tolist()),
        "sections": sections,
        "events": _events(sections),
        "energy_rate": 4.0,
        "energy": _energy(sections, song.seconds),
        "waveform": _peaks(sections, song.seconds, beats),
        "shots": _shots(song, beats, starts),
        "undo": "--move s08=17:3",
    }
    return Board.model_validate(fields | changes)


def _form(bars: np.ndarray, seconds: float) -> tuple[list[float], tuple[BoardSection, ...]]:
    starts, kinds, bar, part = [0.0], [FORM[0]], FORM[0][2], 1
    while bar < len(bars):
        starts.append(float(bars[bar]))
        kinds.append(FORM[part % len(FORM)])
        bar, part = bar + kinds[-1][2], part + 1
    ends = [*starts[1:], seconds]
    sections = tuple(
        BoardSection(
            start=round(start, 6), end=round(end, 6), label=label, letter=letter, energy=energy,
            trust=0.8, mood=("driven",),
        )
        for start, end, (label, letter, _, energy) in zip(starts, ends, kinds, strict=True)
    )  # fmt: skip
    return starts, sections


def _events(sections: tuple[BoardSection, ...]) -> tuple[Event, ...]:
    found = []
    for section in sections:
        if section.label == "build":
            found.append(Event(kind="build", start=section.start, end=section.end, strength=0.8))
        if section.label == "drop":
            found.append(Event(kind="drop", start=section.start, end=section.end, strength=1.0))
    return tuple(found)


def _energy(sections: tuple[BoardSection, ...], seconds: float) -> tuple[float, ...]:
    times = np.arange(0, seconds, 0.25)
    level = np.zeros_like(times)
    for section in sections:
        inside = (times >= section.start) & (times < section.end)
        level[inside] = section.energy
    smooth = np.convolve(np.pad(level, 6, "edge"), np.ones(13) / 13, "valid")
    wobble = 0.05 * np.sin(times * 1.7) + 0.03 * np.sin(times * 5.1)
    return tuple(np.round(np.clip(smooth + wobble, 0, 1), 3).tolist())


def _peaks(sections: tuple[BoardSection, ...], seconds: float, beats: np.ndarray) -> Waveform:
    rate = 50.0
    times = np.arange(0, seconds, 1 / rate)
    random = np.random.default_rng(9)
    level = np.zeros_like(times)
    for section in sections:
        inside = (times >= section.start) & (times < section.end)
        level[inside] = 0.25 + 0.6 * section.energy
    since = times - beats[np.clip(np.searchsorted(beats, times, "right") - 1, 0, None)]
    hit = 0.45 + 0.55 * np.exp(-np.abs(since) * 9)
    high = np.clip(level * hit * random.uniform(0.7, 1.0, times.size), 0.02, 1) * 127
    low = -np.clip(level * hit * random.uniform(0.6, 0.95, times.size), 0.02, 1) * 127
    return Waveform(rate=rate, low=low.astype(int).tolist(), high=high.astype(int).tolist())


def _shots(song: Song, beats: np.ndarray, sections: list[float]) -> tuple[BoardShot, ...]:
    random = np.random.default_rng(4)
    free = np.arange(2, len(beats) - 2)
    chosen = np.sort(random.choice(free, size=min(song.shots - 1, free.size), replace=False))
    starts = [0.0, *np.round(beats[chosen], 6).tolist()]
    places = ["0s", *(_place(int(i), song.pickup) for i in chosen)]
    ends = [*starts[1:], song.seconds]
    made = []
    for i, (start, end, at) in enumerate(zip(starts, ends, places, strict=True)):
        soft = i % 11 == 5
        made.append(
            BoardShot(
                id=f"s{i + 1:02d}", start=start, end=end, at=at,
                reason="opening" if i == 0 else "downbeat", locked=i % 9 == 4,
                section=int(np.searchsorted(sections, start, "right")) - 1,
                motif=MOTIFS[i % len(MOTIFS)], prompt=f"{MOTIFS[i % len(MOTIFS)]}, slow push in",
                camera="push in", size="wide", color=COLORS[(i * 3 + i // 5) % len(COLORS)],
                transition="crossfade" if soft else "cut", transition_seconds=0.8 if soft else 0.0,
                state=STATES[i % len(STATES)], takes=i % 4,
            )
        )  # fmt: skip
    return tuple(made)


def _place(index: int, pickup: int) -> str:
    if index < pickup:
        return f"0:{index + 1}"
    return f"{(index - pickup) // 4 + 1}:{(index - pickup) % 4 + 1}"
