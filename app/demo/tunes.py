"""The tunes: motif, answer and development, and who plays them."""

from collections.abc import Iterable, Mapping

from songreel.demo.score import (
    BREAK,
    BUILD,
    CHORUS,
    CHORUS_2,
    INTRO,
    OUTRO,
    VERSE,
)
from songreel.sound.instruments.notes import Note

Line = Iterable[tuple[float, float, int]]
"""Notes of one bar: sixteenth it starts on, length in sixteenths, MIDI pitch."""

# Names keep the tunes readable: d5 is the D above middle C's octave.
(A4, BB4, C5, CS5, D5, E5, F5, G5, A5, BB5, C6, D6) = (
    69, 70, 72, 73, 74, 76, 77, 79, 81, 82, 84, 86,
)  # fmt: skip
D4, F4, G4 = 62, 65, 67

_HOOK: Mapping[int, Line] = {
    0: ((0, 3, A5), (3, 3, G5), (6, 4, F5), (10, 4, D5), (14, 2, E5)),  # the motif
    1: ((0, 3, F5), (3, 3, E5), (6, 4, D5), (10, 4, BB4), (14, 2, C5)),  # a third lower
    2: ((0, 3, A4), (3, 3, C5), (6, 4, F5), (10, 4, G5), (14, 2, A5)),  # turned round, rising
    3: ((0, 6, G5), (6, 6, E5), (14, 1, E5), (15, 1, G5)),  # open end
    4: ((0, 3, A5), (3, 3, G5), (6, 4, F5), (10, 4, D5), (14, 2, E5)),
    5: ((0, 3, F5), (3, 3, G5), (6, 4, A5), (10, 4, BB5), (14, 2, A5)),  # inverted
    6: ((0, 3, BB5), (3, 3, C6), (6, 6, D6), (12, 2, C6), (14, 2, BB5)),  # the summit
    7: ((0, 6, A5), (6, 2, G5), (8, 4, E5), (12, 4, CS5)),  # down to the leading note
}
_HOOK_2: Mapping[int, Line] = {
    **_HOOK,
    # The second time the open end runs up into the answer.
    3: ((0, 6, G5), (6, 4, E5), (10, 2, C5), (12, 1, D5), (13, 1, E5), (14, 1, F5), (15, 1, G5)),
}
_HARMONY: Mapping[int, Line] = {
    0: ((0, 3, F5), (3, 3, E5), (6, 4, D5), (10, 4, A4), (14, 2, C5)),
    1: ((0, 3, D5), (3, 3, C5), (6, 4, BB4), (10, 4, F4), (14, 2, A4)),
    2: ((0, 3, F4), (3, 3, A4), (6, 4, C5), (10, 4, E5), (14, 2, F5)),
    3: ((0, 6, E5), (6, 4, C5), (10, 2, G4), (12, 1, BB4), (13, 1, C5), (14, 1, D5), (15, 1, E5)),
    4: ((0, 3, F5), (3, 3, E5), (6, 4, D5), (10, 4, A4), (14, 2, C5)),
    5: ((0, 3, D5), (3, 3, E5), (6, 4, F5), (10, 4, F5), (14, 2, F5)),
    6: ((0, 3, G5), (3, 3, A5), (6, 6, BB5), (12, 2, A5), (14, 2, G5)),
    7: ((0, 6, E5), (6, 2, E5), (8, 4, CS5), (12, 4, A4)),
}
_VERSE: Mapping[int, Line] = {
    0: ((0, 3, A4), (3, 3, G4), (6, 6, F4)),  # the motif an octave down, its last note kept back
    1: ((6, 2, G4), (8, 3, A4), (11, 5, C5)),
    2: ((0, 3, A4), (3, 3, G4), (6, 4, F4), (10, 4, D4)),
    3: ((8, 2, F4), (10, 2, G4), (12, 4, A4)),
    4: ((0, 3, D5), (3, 3, C5), (6, 6, A4)),
    5: ((6, 2, G4), (8, 2, A4), (10, 2, C5), (12, 4, D5)),
    6: ((0, 3, F5), (3, 3, E5), (6, 4, D5), (10, 4, C5), (14, 2, BB4)),
    7: ((0, 8, A4), (8, 4, CS5), (12, 4, E5)),
}
# The motif's first three notes, shortened and climbing.
_BUILD: Mapping[int, Line] = {
    0: ((0, 3, D5), (3, 3, C5), (6, 2, BB4), (8, 3, D5), (11, 3, C5), (14, 2, BB4)),
    1: ((0, 3, E5), (3, 3, D5), (6, 2, C5), (8, 3, E5), (11, 3, D5), (14, 2, C5)),
    2: ((0, 3, F5), (3, 3, E5), (6, 2, D5), (8, 3, F5), (11, 3, E5), (14, 2, F5)),
    3: ((0, 2, G5), (2, 2, F5), (4, 2, E5), (6, 2, G5), (8, 4, A5)),
}
# The motif at half speed.
_BREAK: Mapping[int, Line] = {
    0: ((0, 6, A5), (6, 6, G5), (12, 8, F5)),
    1: ((4, 8, C5), (12, 4, E5)),
    2: ((0, 6, F5), (6, 6, E5), (12, 8, D5)),
    3: ((4, 4, D5), (8, 2, E5), (10, 2, G5), (12, 2, CS5)),
}
_INTRO: Mapping[int, Line] = {
    1: ((8, 4, E5), (12, 4, G5)),
    2: ((0, 3, A5), (3, 3, G5), (6, 4, F5), (10, 6, D5)),
    3: ((0, 3, G5), (3, 3, F5), (6, 8, D5)),
}
_OUTRO: Mapping[int, Line] = {
    0: ((0, 3, A5), (3, 3, G5), (6, 4, F5), (10, 4, D5), (14, 2, E5)),
    1: ((0, 6, E5), (6, 6, C5)),
    2: ((0, 3, F5), (3, 3, E5), (6, 4, D5), (10, 2, E5), (12, 4, CS5)),
    3: ((0, 32, D5), (0, 32, A5)),
}
# Long tones against the second chorus, moving where the hook holds.
_COUNTER: Mapping[int, Line] = {
    0: ((8, 8, D6),), 1: ((8, 8, BB5),), 2: ((0, 8, A5), (8, 8, C6)), 3: ((8, 8, G5),),
    4: ((8, 8, D6),), 5: ((0, 8, D6), (8, 8, F5 + 12)), 6: ((0, 8, D6), (8, 8, BB5)),
    7: ((0, 8, D6), (8, 8, CS5 + 12)),
}  # fmt: skip


def _phrase(
    first: int, bars: Mapping[int, Line], velocity: float, bright: float = 0.0, shift: int = 0
) -> list[Note]:
    """Play `bars` from bar `first`; on the beat a little louder, high notes too."""
    notes = []
    for bar, line in bars.items():
        for step, length, pitch in line:
            accent = 1.0 if step % 4 == 0 else 0.92 if step % 2 == 0 else 0.86
            lift = 1.0 + 0.006 * (pitch - D5)
            beat = (first + bar) * 4 + step / 4
            loud = min(1.0, velocity * accent * lift)
            notes.append(Note(beat, length / 4, pitch + shift, loud, bright))
    return notes


def lead() -> list[Note]:
    """The singing synthesiser: build and both choruses."""
    rising = [
        note._replace(bright=-1.4 + 0.35 * (note.beat / 4 - BUILD))
        for note in _phrase(BUILD, _BUILD, 0.66)
    ]
    return [
        *rising,
        *_phrase(CHORUS, _HOOK, 0.86),
        *_phrase(CHORUS_2, _HOOK_2, 0.9, bright=0.25),
    ]


def second_lead() -> list[Note]:
    """Thirds and sixths under the hook, from the answer of the first chorus on."""
    answer = {bar: line for bar, line in _HARMONY.items() if bar >= 4}
    return [
        *_phrase(CHORUS, answer, 0.62),
        *_phrase(CHORUS_2, _HARMONY, 0.72),
    ]


def keys() -> list[Note]:
    """The electric piano that sings the verse."""
    return _phrase(VERSE, _VERSE, 0.8)


def bells() -> list[Note]:
    """Bells: they hint at the motif, remember it in the break, and close."""
    return [
        *_phrase(INTRO, _INTRO, 0.7),
        *_phrase(BREAK, _BREAK, 0.85),
        *_phrase(CHORUS_2, _COUNTER, 0.34),
        *_phrase(OUTRO, _OUTRO, 0.75),
    ]
