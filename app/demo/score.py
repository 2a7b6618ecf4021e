"""The composition: form, harmony, and the time grid everything is played on.

D minor, 4/4, 116 BPM. The verse walks down a lament bass (D C B♭ G, then A), the build climbs
against it (G A B♭ C♯) so that the chorus arrives on the tonic out of its leading note, and the
chorus goes i–VI–III–VII, then i–VI–iv–V. All of it grows from one motif: a falling A G F D in
the rhythm 3 + 3 + 4 + 4 sixteenths.
"""

from typing import NamedTuple

from songreel.sound.instruments.notes import Clock

TEMPO = 116.0
"""BPM, constant."""
BEATS_PER_BAR = 4
KEY = "D minor"
LEAD_IN = 0.25
"""Seconds of near silence before the first downbeat, as a mastered track has."""
TAIL = 3.0
"""Seconds after the last bar in which the room rings out."""
CLOCK = Clock(TEMPO, LEAD_IN)
"""From the start of the file."""


class Part(NamedTuple):
    """A section of the form, in bars."""

    label: str
    letter: str
    bars: int


FORM = (
    Part("intro", "A", 4),
    Part("verse", "B", 8),
    Part("build", "C", 4),
    Part("chorus", "D", 8),
    Part("break", "E", 4),
    Part("chorus", "D", 8),
    Part("outro", "F", 4),
)
INTRO, VERSE, BUILD, CHORUS, BREAK, CHORUS_2, OUTRO, END = (
    sum(part.bars for part in FORM[:i]) for i in range(len(FORM) + 1)
)
"""The bar (from 0) each section starts at, and the bar after the last."""
SILENCE = (BUILD + 3) * 4 + 3.0, CHORUS * 4.0
"""The beat of silence before the first chorus, in beats."""


class Chord(NamedTuple):
    """A bass note and the voices over it, in beats from the first downbeat."""

    beat: float
    beats: float
    bass: int
    voices: tuple[int, ...]


def seconds(beat: float) -> float:
    """Second from the start of the file at which `beat` falls."""
    return CLOCK.seconds(beat)


def duration() -> float:
    """Seconds the file lasts, before rounding to whole samples."""
    return seconds(END * BEATS_PER_BAR) + TAIL


# Voicings move by step; each is (bass, voices).
_Voicing = tuple[int, tuple[int, ...]]
_DM9: _Voicing = (38, (53, 57, 60, 64))
_DM7: _Voicing = (38, (50, 57, 60, 65))
_DM_C: _Voicing = (36, (53, 57, 62, 65))
_BB9: _Voicing = (34, (53, 57, 60, 62))
_GM9: _Voicing = (31, (53, 57, 58, 62))
_ASUS: _Voicing = (33, (52, 57, 62, 64))
_A: _Voicing = (33, (52, 57, 61, 64))

_LAMENT: tuple[tuple[float, _Voicing], ...] = (
    (4, _DM9), (4, _DM_C), (4, _BB9), (4, _GM9),
)  # fmt: skip
_VERSE: tuple[tuple[float, _Voicing], ...] = (
    (4, _DM7), (4, _DM_C), (4, _BB9), (4, _GM9),
    (4, _DM7), (4, _DM_C), (4, _BB9), (2, _ASUS), (2, _A),
)  # fmt: skip
_CLIMB: tuple[tuple[float, _Voicing], ...] = (
    (4, (31, (55, 58, 62, 65))),  # Gm7
    (4, (33, (57, 60, 64, 67))),  # Am7
    (4, (34, (58, 62, 65, 69))),  # Bbmaj7
    (3, (37, (61, 64, 67, 69))),  # A7/C#, and then nothing
)
_CHORUS: tuple[tuple[float, _Voicing], ...] = (
    (4, (38, (50, 57, 62, 65, 69))),  # Dm
    (4, (34, (53, 58, 62, 65, 70))),  # Bb
    (4, (29, (53, 57, 60, 65, 69))),  # F
    (4, (36, (52, 55, 62, 64, 67))),  # Cadd9
    (4, (38, (50, 57, 62, 65, 69))),  # Dm
    (4, (34, (53, 58, 62, 65, 70))),  # Bb
    (4, (31, (55, 58, 62, 67, 70))),  # Gm
    (2, (33, (57, 62, 64, 69))),  # Asus4
    (2, (33, (57, 61, 64, 69))),  # A
)
_BREAK: tuple[tuple[float, _Voicing], ...] = (
    (4, (34, (57, 60, 62, 65))),  # Bbmaj9
    (4, (33, (57, 60, 65, 67))),  # Fadd9/A
    (4, (31, (57, 58, 62, 65))),  # Gm9
    (2, (33, (57, 62, 64, 67))),  # A7sus4
    (2, (33, (57, 61, 64, 67))),  # A7
)
_OUTRO: tuple[tuple[float, _Voicing], ...] = (
    (4, _DM9),
    (4, _DM_C),
    (2, _BB9),
    (2, _ASUS),
    (9, (38, (53, 57, 62, 64))),  # Dm(add9), left to ring beyond the last bar
)


def chords() -> tuple[Chord, ...]:
    """The harmony of the whole song, in order."""
    found = []
    beat = 0.0
    for part in (_LAMENT, _VERSE, _CLIMB, _CHORUS, _BREAK, _CHORUS, _OUTRO):
        for beats, (bass, voices) in part:
            found.append(Chord(beat, beats, bass, voices))
            beat += beats
        beat = -(-beat // BEATS_PER_BAR) * BEATS_PER_BAR
    return tuple(found)


def between(first: int, last: int) -> tuple[Chord, ...]:
    """Chords that start in bars [first, last)."""
    return tuple(c for c in chords() if first <= c.beat / BEATS_PER_BAR < last)
