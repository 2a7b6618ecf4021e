"""Rock and metal bands: `heavy`, riffs with palm mutes, choruses that ring, solos, breakdowns.

The beat is the pulse of the plain sections, whose second and fourth carry the snare; sections of
half time, of double time and of blast beats come between and keep the song's beat.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.bandsmen import Feel, Metre, drum_bar, fill
from training.feel import KINDS, Timing, curve
from training.score import KIT, Note, Part, Score
from training.sung import Sung, melody

SCALES = ((0, 2, 3, 5, 7, 8, 10), (0, 1, 3, 5, 7, 8, 10), (0, 3, 5, 6, 7, 10, 12),
          (0, 2, 4, 5, 7, 9, 10), (0, 2, 3, 5, 7, 8, 11))  # fmt: skip
"""Minor, Phrygian, blues, Mixolydian, harmonic minor."""
CELLS = {
    4: ("x.x.", "xxxx", "x.xx", "xxx.", "x...", "x..x", "..x.", "...."),
    3: ("x.x", "xxx", "x..", ".xx", "xx."),
    6: ("x.x.x.", "xxxxxx", "x..x..", "x.xxx.", "x....."),
}
ROLES = ("drums", "riff", "bass", "clean", "solo", "voice", "pad")
Section = tuple[int, int, str]
"""First bar, bars and kind of a run of bars."""
KINDS_OF = ("verse", "chorus", "double", "blast", "breakdown", "clean", "solo", "stops")
TEMPERS = {
    # verse, chorus, double, blast, breakdown, clean, solo, stops
    "rock": (0.38, 0.34, 0.02, 0.0, 0.05, 0.09, 0.09, 0.03),
    "punk": (0.38, 0.36, 0.12, 0.0, 0.05, 0.02, 0.04, 0.03),
    "metal": (0.34, 0.24, 0.09, 0.04, 0.11, 0.05, 0.1, 0.03),
    "core": (0.28, 0.24, 0.12, 0.05, 0.2, 0.06, 0.02, 0.03),
    "doom": (0.45, 0.35, 0.0, 0.0, 0.05, 0.08, 0.07, 0.0),
}
TEMPOS = {"rock": (78, 178), "punk": (140, 205), "metal": (88, 195), "core": (85, 190),
          "doom": (48, 92)}  # fmt: skip
ODDS = (0.35, 0.52, 0.05, 0.06, 0.02)
"""Of the tempo curves of `training.feel.KINDS`: few bands of this kind keep to a click wholly."""

Event = tuple[float, float, int, float, bool]
"""Position and length in beats, pitch, velocity and whether it is palm-muted."""


@dataclass
class Song:
    """What a band keeps to through a song."""

    rng: np.random.Generator
    temper: str
    metre: Metre
    root: int
    scale: tuple[int, ...]

    def degree(self, step: int) -> int:
        """Pitch of a degree of the scale above the lowest string."""
        return self.root + self.scale[step % 7] + 12 * (step // 7)


@dataclass
class Plan:
    """What sections of one kind have in common in a song."""

    rows: list[str]
    """The riff's strokes, a row a bar."""
    accents: list[bool]
    """Steps of the riff on which a chord is let ring."""
    degrees: list[int]
    """Degrees of the scale of those chords."""
    feel: Feel
    chords: list[int]
    """Degrees of the scale, of `span` beats each."""
    span: float
    strum: str
    """How chords are struck: held, eighths, quarters, or pushed before every other bar."""
    tune: list[Sung] | None = None

    @classmethod
    def drawn(cls, song: Song, kind: str) -> "Plan":
        """A plan for a kind of section."""
        rng = song.rng
        rows, accents, degrees = _riff(song)
        return cls(
            rows, accents, degrees, Feel.drawn(rng, kind, song.temper),
            chords=[int(d) for d in rng.choice([0, 3, 4, 5, 6, 2, 1], size=4)],
            span=float(rng.choice([1.0, 1.0, 0.5, 2.0])) * song.metre.beats,
            strum=str(rng.choice(["held", "held", "eighths", "pushed", "quarters"])),
        )  # fmt: skip


Lines = dict[str, list[Event]]
"""Events by role."""


def heavy(rng: np.random.Generator, seconds: float) -> Score:
    """A piece of about `seconds`."""
    temper = str(rng.choice(list(TEMPERS), p=[0.34, 0.14, 0.3, 0.14, 0.08]))
    beats, steps = [(4, 4), (4, 3), (3, 4), (2, 6), (7, 2), (5, 4), (6, 4)][
        int(rng.choice(7, p=[0.77, 0.07, 0.04, 0.05, 0.03, 0.02, 0.02]))
    ]
    metre = Metre(beats, steps)
    low, high = TEMPOS[temper]
    if steps == 6:
        low, high = 50, 105
    bpm = float(np.exp(rng.uniform(*np.log((low, high)))))
    bars = max(4, int(np.ceil(seconds * bpm / 60 / beats)))
    song = Song(rng, temper, metre, int(rng.integers(34, 43)), SCALES[int(rng.integers(5))])
    sections = _sections(song, bars)
    times = _tempo(song, sections, bpm, bars * beats)
    timing = Timing(times + rng.uniform(0.05, 1.5))
    lines: Lines = {name: [] for name in ROLES}
    seen: dict[str, Plan] = {}
    sung = rng.random() < 0.6
    backing = rng.random() < 0.2
    for first, count, kind in sections:
        _section(song, lines, seen, (first, count, kind), sung, backing)
    # A song may begin with the guitars, with the drums, or be counted in for a bar.
    opening = sections[0][1] * beats
    chance = rng.random()
    if chance < 0.2:
        lines["drums"] = [event for event in lines["drums"] if event[0] >= opening]
    elif chance < 0.3:
        for name in ("riff", "bass", "voice"):
            lines[name] = [event for event in lines[name] if event[0] >= opening]
    elif chance < 0.42:
        lines = {n: [event for event in line if event[0] >= beats] for n, line in lines.items()}
        stick = KIT[str(rng.choice(["hat", "rim", "click", "open"]))]
        lines["drums"] += [(float(beat), 0.1, stick, 0.8, False) for beat in range(beats)]
    tight = float(rng.uniform(0.002, 0.012))
    parts = tuple(
        Part(role, _played(rng, events, timing, tight)) for role, events in lines.items() if events
    )
    return Score(
        f"heavy {temper}", parts, timing.times[:-1], timing.times[:-1:beats],
        float(timing.times[-1]) + 1.5, manner="band",
    )  # fmt: skip


def backing(
    rng: np.random.Generator, score: Score, beats: int, strokes: list[Note]
) -> tuple[Part, ...]:
    """Guitars, a bass and now and then a voice to drums that are there, all without section feels.

    Riffs go with the strokes of the bass drum or have rhythms of their own.
    """
    metre = Metre(beats, 4)
    temper = str(rng.choice(["rock", "metal", "punk"], p=[0.6, 0.2, 0.2]))
    song = Song(rng, temper, metre, int(rng.integers(34, 43)), SCALES[int(rng.integers(5))])
    times = np.append(score.beats, 2 * score.beats[-1] - score.beats[-2])
    bars = score.beats.size // beats
    lines: Lines = {name: [] for name in ROLES}
    seen: dict[str, Plan] = {}
    sung = rng.random() < 0.5
    kicks = np.array([n.start for n in strokes if n.pitch == KIT["kick"]])
    kicks = np.round(np.interp(kicks, times, np.arange(times.size)) * 4).astype(int)
    followed = rng.random() < 0.5
    for first, count, kind in _sections(song, bars):
        plain = kind if kind in ("verse", "chorus", "clean", "solo") else "verse"
        if plain == "verse" and followed:
            for bar in range(first, first + count):
                steps = set(kicks) & set(range(bar * beats * 4, (bar + 1) * beats * 4))
                row = "".join(
                    "x" if bar * beats * 4 + i in steps else "." for i in range(beats * 4)
                )
                accents = [bool(i == 0 or rng.random() < 0.3) for i in range(beats * 4)]
                degrees = [int(rng.choice([0, 0, 3, 4, 5])) for _ in accents]
                _chug(song, lines, float(bar * beats), row, accents, degrees, "verse")
        else:
            _section(song, lines, seen, (first, count, plain), sung, False)
    timing, tight = Timing(times), float(rng.uniform(0.002, 0.01))
    return tuple(
        Part(role, _played(rng, events, timing, tight))
        for role, events in lines.items()
        if events and role != "drums"
    )


def _sections(song: Song, bars: int) -> list[Section]:
    rng, found, first = song.rng, [], 0
    odds = np.array(TEMPERS[song.temper])
    if song.metre.beats != 4:
        odds[2:5] = 0
    odds = odds / odds.sum()
    last = ""
    while first < bars:
        kind = str(rng.choice(KINDS_OF, p=odds))
        if kind == last and kind not in ("verse", "chorus"):
            continue
        count = min(int(rng.choice([2, 4, 8], p=[0.2, 0.45, 0.35])), bars - first)
        if kind == "stops":
            count = min(count, 4)
        found.append((first, count, kind))
        first, last = first + count, kind
    return found


def _tempo(song: Song, sections: list[Section], bpm: float, beats: int) -> NDArray[np.float64]:
    """Seconds of the beats: a curve of `feel`, with sections a little faster or slower."""
    rng = song.rng
    kind = str(rng.choice(KINDS, p=ODDS))
    times = curve(rng, kind, bpm, beats, song.metre.beats)
    if kind == "steady":
        return times
    steps = np.diff(times)
    for first, count, name in sections:
        span = slice(first * song.metre.beats, (first + count) * song.metre.beats)
        push = {"chorus": 1.012, "solo": 1.01, "breakdown": 0.985, "clean": 0.985}.get(name, 1.0)
        steps[span] /= push * np.exp(rng.normal(0, 0.006))
    return np.concatenate([[0.0], np.cumsum(steps)])


def _riff(song: Song) -> tuple[list[str], list[bool], list[int]]:
    """One or two bars of a riff: rows of strokes, accents and degrees a step."""
    rng, metre = song.rng, song.metre
    cells = CELLS.get(metre.steps, ("x.", "xx", "x.", ".x"))
    fast = song.temper in ("metal", "core")
    odds = np.ones(len(cells))
    if metre.steps == 4:
        odds = np.array([3, 2.5 if fast else 0.6, 2 if fast else 0.8, 1, 0.8, 1, 0.6, 0.3])
    chosen = rng.choice(len(cells), size=int(rng.integers(1, 4)), p=odds / odds.sum())
    long = int(rng.choice([1, 2]))
    row, accents, degrees = "", [], []
    moving = [int(d) for d in rng.choice([0, 0, 1, 2, 3, 4, 5, 6], size=4)]
    for beat in range(metre.beats * long):
        cell = cells[int(chosen[beat % chosen.size])]
        if beat == 0 and rng.random() < 0.85:
            cell = "x" + cell[1:]
        row += cell
        accented = rng.random() < 0.4 or beat == 0
        place = int(rng.choice([0, 0, 0, metre.steps // 2]))
        for step in range(metre.steps):
            accents.append(bool(accented and step == place))
            degrees.append(moving[beat % 4] if accented else 0)
    if not any(accents):
        accents[0] = True
    size = metre.beats * metre.steps
    return [row[i * size : (i + 1) * size] for i in range(long)], accents, degrees


def _section(
    song: Song, lines: Lines, seen: dict[str, Plan], section: Section, sung: bool, strings: bool
) -> None:
    """Write a run of bars, with a voice and with strings or not."""
    rng, metre = song.rng, song.metre
    first, count, kind = section
    # Sections of one name are alike in a song.
    if kind not in seen or rng.random() < 0.25:
        seen[kind] = Plan.drawn(song, kind)
    plan = seen[kind]
    rows, accents, degrees = plan.rows, plan.accents, plan.degrees
    quiet = kind == "clean"
    for bar in range(count):
        at = float((first + bar) * metre.beats)
        last = bar == count - 1
        row = rows[bar % len(rows)]
        shift = (bar % len(rows)) * len(row)
        stops = kind == "stops"
        if quiet:
            _arpeggio(song, lines["clean"], at, plan)
        elif kind in ("chorus", "solo"):
            _chords(song, lines, at, plan)
        elif kind in ("blast", "double") and rng.random() < 0.6:
            _tremolo(song, lines, at, plan)
        elif stops:
            _stops(song, lines, at, bar)
        else:
            _chug(song, lines, at, row, accents[shift:], degrees[shift:], kind)
        if stops:
            if bar % 2 == 0:
                lines["drums"] += [(at, 0.1, KIT[v], 0.95, False) for v in ("crash", "kick")]
            if last:
                lines["drums"] += fill(song.rng, metre, at, 0)
            continue
        if quiet and plan.feel.silent:
            continue
        filled = 0
        if last and rng.random() < 0.75:
            filled = int(rng.integers(1, max(2, min(metre.beats, 4)) + 1))
        lines["drums"] += drum_bar(rng, metre, at, kind, row, plan.feel, metre.beats - filled)
        if filled:
            lines["drums"] += fill(rng, metre, at, metre.beats - filled)
    start = float(first * metre.beats)
    if not quiet and kind != "stops" and rng.random() < 0.85:
        lines["drums"].append((start, 0.1, KIT[str(rng.choice(["crash", "crash 2"]))], 0.95, False))
    if kind == "solo":
        _solo(song, lines["solo"], start, count)
    elif sung and kind in ("verse", "chorus", "clean", "breakdown"):
        if plan.tune is None:
            plan.tune = melody(rng, metre.beats, metre.steps, 4, kind == "chorus")
        for beat, length, degree, loud in plan.tune:
            if beat < count * metre.beats:
                pitch = 60 + (song.root % 12) + song.scale[degree % 7] + 12 * (degree // 7) - 5
                lines["voice"].append((start + beat, length, pitch, loud, False))
    if strings and kind in ("chorus", "solo", "clean"):
        for i, beat in enumerate(np.arange(0, count * metre.beats, plan.span)):
            root = song.degree(plan.chords[i % 4]) % 12 + 60
            lines["pad"] += [
                (start + float(beat), plan.span, root + third, 0.6, False) for third in (0, 7, 12)
            ]


def _chug(
    song: Song, lines: Lines, at: float, row: str, accents: list[bool], degrees: list[int],
    kind: str,
) -> None:  # fmt: skip
    """A bar of a riff: the lowest string damped, and chords between."""
    rng, steps = song.rng, song.metre.steps
    places = [i for i, sign in enumerate(row) if sign == "x"]
    for i, step in enumerate(places):
        stop = places[i + 1] if i + 1 < len(places) else len(row)
        beat, length = at + step / steps, (stop - step) / steps
        loud = 1.0 if step % steps == 0 else 0.88
        loud *= float(rng.uniform(0.85, 1))
        if accents[step]:
            root = song.degree(degrees[step])
            lines["riff"] += [(beat, length, root + k, loud, False) for k in (0, 7, 12)]
            lines["bass"].append((beat, length, _low(root), loud, False))
        else:
            root = song.root
            held = min(length, 1.0) * (0.9 if kind != "breakdown" else 0.7)
            muted = song.temper not in ("punk", "doom")
            keys = (0,) if rng.random() < 0.7 else (0, 7)
            lines["riff"] += [(beat, held, root + k, 0.85 * loud, muted) for k in keys]
            lines["bass"].append((beat, held, _low(root), 0.85 * loud, False))


def _chords(song: Song, lines: Lines, at: float, plan: Plan) -> None:
    """A bar of ringing power chords."""
    metre, span = song.metre, plan.span
    strum = plan.strum
    spread = {"eighths": 0.5, "quarters": 1.0}.get(strum, min(span, metre.beats))
    if metre.steps in (3, 6) and strum == "eighths":
        spread = 1 / 3 if metre.steps == 6 else 1.0
    for i, offset in enumerate(np.arange(0, metre.beats, spread)):
        beat = at + float(offset)
        root = song.degree(plan.chords[int(beat // span) % 4])
        length = float(min(spread, metre.beats - offset))
        if strum == "pushed" and i == 0 and at > 0 and int(at / metre.beats) % 2:
            # The chord comes half a beat early and is tied over the bar line.
            beat, length = beat - 0.5, length + 0.5
        loud = float(song.rng.uniform(0.8, 1))
        third = () if song.rng.random() < 0.8 else (16,)
        lines["riff"] += [(beat, length, root + k, loud, False) for k in (0, 7, 12, *third)]
        if strum == "held" and song.rng.random() < 0.7:
            for k in np.arange(0, length, 0.5 if metre.steps != 3 else 1.0):
                lines["bass"].append((beat + float(k), 0.48, _low(root), 0.8, False))
        else:
            lines["bass"].append((beat, length, _low(root), loud, False))


def _tremolo(song: Song, lines: Lines, at: float, plan: Plan) -> None:
    """A bar of strokes on every sixteenth, over notes that move by half bars."""
    metre = song.metre
    for step in range(metre.beats * metre.steps):
        beat = at + step / metre.steps
        root = song.degree(plan.chords[int(beat * 2 // metre.beats) % 4] + 7) - 12
        loud = 1.0 if step % metre.steps == 0 else float(song.rng.uniform(0.8, 0.95))
        keys = (0, 7) if plan.strum == "held" else (0,)
        lines["riff"] += [(beat, 1 / metre.steps, root + k, loud, False) for k in keys]
        if step % max(metre.steps // 2, 1) == 0:
            lines["bass"].append((beat, 0.45, _low(root), loud, False))


def _stops(song: Song, lines: Lines, at: float, bar: int) -> None:
    """A chord that rings alone over a bar, or two."""
    if bar % 2 == 0:
        length = float(song.metre.beats * song.rng.choice([1, 2]))
        root = song.degree(int(song.rng.choice([0, 3, 5, 6])))
        lines["riff"] += [(at, length, root + k, 1.0, False) for k in (0, 7, 12)]
        lines["bass"].append((at, length, _low(root), 1.0, False))


def _arpeggio(song: Song, line: list[Event], at: float, plan: Plan) -> None:
    """A bar of single notes of the chords, up and down."""
    metre = song.metre
    rate = 3 if metre.steps in (3, 6) else 2
    for i in range(metre.beats * rate):
        beat = at + i / rate
        root = song.degree(plan.chords[int(beat // plan.span) % 4]) + 12
        key = root + (0, 7, 12, 15, 19, 15, 12, 7)[i % 8]
        if song.rng.random() < 0.9:
            line.append((beat, 1.5 / rate, key, 0.8 if i % rate == 0 else 0.6, False))


def _solo(song: Song, line: list[Event], start: float, bars: int) -> None:
    """Runs and held notes."""
    rng, metre = song.rng, song.metre
    beat, degree = 0.0, int(rng.integers(10, 16))
    while beat < bars * metre.beats - 0.01:
        if rng.random() < 0.45:
            rate = int(rng.choice([2, 3, 4])) if metre.steps == 4 else 3
            for i in range(rate * int(rng.choice([1, 2]))):
                degree = int(np.clip(degree + rng.choice([-2, -1, 1, 1, 2]), 7, 24))
                line.append((start + beat + i / rate, 0.95 / rate, song.degree(degree) + 12,
                             float(rng.uniform(0.7, 1)), False))  # fmt: skip
            beat += np.ceil((i + 1) / rate)
        else:
            length = float(rng.choice([0.5, 1.0, 2.0, 1.5]))
            degree = int(np.clip(degree + rng.integers(-3, 4), 7, 24))
            line.append((start + beat, length * 0.97, song.degree(degree) + 12, 0.95, False))
            beat += length


def _low(pitch: int) -> int:
    """The bass guitar's key below, not under B0."""
    return pitch - 12 if pitch - 12 >= 23 else pitch


def _played(
    rng: np.random.Generator, events: list[Event], timing: Timing, tight: float
) -> tuple[Note, ...]:
    late = float(rng.normal(0, 0.4 * tight))
    shifts: dict[float, float] = {}
    notes = []
    for position, length, pitch, velocity, muted in sorted(events):
        place = round(position, 4)
        if place not in shifts:
            shifts[place] = late + float(rng.normal(0, tight))
        own = float(rng.normal(0, 0.2 * tight))
        start = timing.at(max(position, 0.0)) + shifts[place] + own
        stop = timing.at(position + length)
        loud = float(np.clip(velocity * rng.normal(1, 0.06), 0.05, 1))
        notes.append(Note(max(start, 0.0), max(stop - start, 0.03), pitch, loud, muted))
    return tuple(sorted(notes, key=lambda note: note.start))
