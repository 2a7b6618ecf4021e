"""The rhythm section's pitched half: bass, pads, chord stabs, arpeggio, electric piano."""

from songreel.demo.score import (
    BREAK,
    BUILD,
    CHORUS,
    CHORUS_2,
    INTRO,
    OUTRO,
    VERSE,
    Chord,
    between,
)
from songreel.sound.instruments.notes import Note

# (sixteenth, length in sixteenths, semitones over the root, velocity)
_Figure = tuple[tuple[float, float, int, float], ...]
_WALK: _Figure = (
    (0, 2.5, 0, 0.95), (3, 0.9, 0, 0.6), (6, 1.8, 0, 0.85),
    (8, 1.6, 0, 0.8), (11, 0.9, 12, 0.6), (12, 1.6, 0, 0.75), (14, 1.6, 7, 0.8),
)  # fmt: skip
# Every sixteenth that the kick leaves free: the two never sound together.
_GALLOP: _Figure = (
    (2, 0.9, 0, 1.0), (3, 0.8, 0, 0.7), (6, 0.9, 0, 1.0), (7, 0.8, 0, 0.72),
    (10, 0.9, 0, 1.0), (11, 0.8, 0, 0.7), (14, 0.9, 0, 1.0), (15, 0.8, 12, 0.75),
)  # fmt: skip
_LEAP: _Figure = (
    (2, 0.9, 0, 1.0), (3, 0.8, 12, 0.7), (6, 0.9, 0, 1.0), (7, 0.8, 7, 0.7),
    (10, 0.9, 0, 1.0), (11, 0.8, 12, 0.72), (14, 0.9, 7, 0.95), (15, 0.8, 12, 0.78),
)  # fmt: skip
_PULSE: _Figure = tuple((step, 1.7, 0, 0.9 if step % 4 == 0 else 0.75) for step in range(0, 16, 2))


def _figure(chord: Chord, figure: _Figure, bright: float = 0.0) -> list[Note]:
    """`figure` as far as `chord` holds; a half-bar chord gets the half it stands on."""
    offset = chord.beat % 4 * 4
    steps = chord.beats * 4
    return [
        Note(chord.beat + (step - offset) / 4, length / 4, chord.bass + up, velocity, bright)
        for step, length, up, velocity in figure
        if 0 <= step - offset < steps
    ]


def bass() -> list[Note]:
    """The bass line; silent in the intro, long tones in break and outro."""
    notes: list[Note] = []
    for chord in between(VERSE, BUILD):
        notes += _figure(chord, _WALK)
    for chord in between(BUILD, CHORUS):
        notes += _figure(chord, _PULSE, bright=0.4 * (chord.beat / 4 - BUILD))
    for chord in between(CHORUS, BREAK):
        notes += _figure(chord, _GALLOP, bright=0.5)
    for chord in between(BREAK, CHORUS_2):
        notes.append(Note(chord.beat, chord.beats * 0.95, chord.bass, 0.6, -1.0))
    for i, chord in enumerate(between(CHORUS_2, OUTRO)):
        notes += _figure(chord, _LEAP if i % 2 else _GALLOP, bright=0.8)
    for chord in between(OUTRO, OUTRO + 4):
        notes.append(Note(chord.beat, chord.beats * 0.95, chord.bass, 0.7, -0.8))
    return notes


def _held(first: int, last: int, velocity: float, bright: float, slope: float = 0.0) -> list[Note]:
    """The chords of bars [first, last), each held; `slope` opens the filter, octaves a bar."""
    return [
        Note(c.beat, c.beats, pitch, velocity, bright + slope * (c.beat / 4 - first))
        for c in between(first, last)
        for pitch in c.voices
    ]


def pad() -> list[Note]:
    """The soft bed under everything."""
    return [
        *_held(INTRO, VERSE, 0.7, -0.9, 0.25),
        *_held(VERSE, BUILD, 0.55, -0.3),
        *_held(BUILD, CHORUS, 0.65, -0.2, 0.45),
        *_held(CHORUS, BREAK, 0.7, 0.6),
        *_held(BREAK, CHORUS_2, 0.95, 0.1, 0.25),
        *_held(CHORUS_2, OUTRO, 0.75, 0.8),
        *_held(OUTRO, OUTRO + 4, 0.9, 0.3, -0.4),
    ]


def stabs() -> list[Note]:
    """Wide chords of the choruses, on the half bars, each announced by an eighth before it."""
    notes = []
    for first, last, bright in ((CHORUS, BREAK, 0.0), (CHORUS_2, OUTRO, 0.3)):
        for chord in between(first, last):
            spans = ((0, 6), (6, 2), (8, 6), (14, 2)) if chord.beats == 4 else ((0, 6), (6, 2))
            for step, length in spans:
                velocity = 0.95 if step in (0, 8) else 0.72
                notes += [
                    Note(chord.beat + step / 4, length / 4 * 0.94, pitch, velocity, bright)
                    for pitch in (*chord.voices, chord.voices[-3] + 12)
                ]
    return notes


def choir() -> list[Note]:
    """Upper voices of the chords, sung: break and second chorus."""
    notes = []
    for first, last, velocity in ((BREAK, CHORUS_2, 0.8), (CHORUS_2, OUTRO, 0.7)):
        for chord in between(first, last):
            top = chord.voices[-2:]
            notes += [Note(chord.beat, chord.beats, pitch, velocity) for pitch in top]
            notes.append(Note(chord.beat, chord.beats, top[0] + 12, velocity * 0.6))
    return notes


def muted() -> list[Note]:
    """A damped ostinato on root and fifth: the motor of the verse, and of the build."""
    notes = []
    for chord in between(VERSE, CHORUS):
        root = chord.bass + 24 if chord.bass < 34 else chord.bass + 12
        for step in range(round(chord.beats * 4)):
            place = round(chord.beat * 4 + step) % 16
            if place in (9, 13):  # a breath after each half bar
                continue
            pitch = root + (12 if place in (3, 6, 11, 14) else 7 if place in (7, 15) else 0)
            velocity = 0.82 if place % 4 == 0 else 0.62 if place in (3, 6, 11, 14) else 0.5
            opened = 0.12 * (chord.beat / 4 - VERSE)
            notes.append(Note(chord.beat + step / 4, 0.16, pitch, velocity, opened - 0.4))
    return notes


_ORDER = (0, 2, 1, 3, 2, 4, 3, 1, 0, 3, 2, 4, 3, 5, 4, 2)
"""Which chord tone each sixteenth of the arpeggio plays, from the lowest."""


def arpeggio() -> list[Note]:
    """Sixteenths over the chord tones and their octaves, the filter as automation."""
    spans = (
        (INTRO, VERSE, 0.75, -1.5, 0.38),
        (VERSE, VERSE + 4, 0.32, -0.9, 0.1),
        (VERSE + 4, BUILD, 0.46, -0.6, 0.1),
        (BUILD, CHORUS, 0.6, -0.7, 0.45),
        (CHORUS, BREAK, 0.55, 0.1, 0.0),
        (BREAK, CHORUS_2, 0.55, -1.2, 0.3),
        (CHORUS_2, OUTRO, 0.68, 0.3, 0.0),
        (OUTRO, OUTRO + 3, 0.7, 0.0, -0.45),
    )
    notes = []
    for first, last, velocity, bright, slope in spans:
        for chord in between(first, last):
            tones = (*chord.voices, *(pitch + 12 for pitch in chord.voices))
            for step in range(round(chord.beats * 4)):
                beat = chord.beat + step / 4
                place = round(beat * 4) % 16
                accent = 1.0 if place in (0, 3, 6, 10, 14) else 0.72
                opened = bright + slope * (beat / 4 - first)
                pitch = tones[_ORDER[place]] + 12
                notes.append(Note(beat, 0.2, pitch, velocity * accent, opened))
    return notes


# Where the piano places the verse's chords: off the kick, answering the tune.
_COMP = ((4, 2, 0.6), (7, 1, 0.42), (10, 2, 0.55), (15, 1, 0.4))


def piano() -> list[Note]:
    """Chords of the verse on the electric piano."""
    notes = []
    for chord in between(VERSE, BUILD):
        offset = chord.beat % 4 * 4
        for step, length, velocity in ((0, 3, 0.62), *_COMP):
            if 0 <= step - offset < chord.beats * 4:
                beat = chord.beat + (step - offset) / 4
                notes += [Note(beat, length / 4, pitch, velocity) for pitch in chord.voices]
    return notes
