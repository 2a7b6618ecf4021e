"""Pads, keys and figures: what the harmony is played with."""

from songreel.generation.sound.band.piece import Piece, fitted
from songreel.sound.instruments.notes import Note


def pad(piece: Piece, bar: int) -> list[Note]:
    """Chords, held; an octave is added on top at high energy."""
    bars = piece.held(bar)
    if not bars:
        return []
    voice = piece.voice("pad")
    beat, beats = float(bar * piece.metre.beats), bars * piece.metre.beats
    pitches = piece.voices_at(bar, 56 + round(3 * piece.energy))
    velocity = (0.55 + 0.3 * piece.energy) * piece.arc(bar)
    found = [Note(beat, beats * 0.985, fitted(p, voice), velocity, piece.bright) for p in pitches]
    if piece.energy >= 0.7:
        found.append(Note(beat, beats * 0.985, fitted(pitches[-1] + 12, voice), 0.6 * velocity,
                          piece.bright))  # fmt: skip
    return found


def keys(piece: Piece, bar: int) -> list[Note]:
    """The accompaniment: sparse, broken, picked, in a rhythm or in stabs."""
    if piece.close is not None and bar >= piece.close:
        return _last(piece, bar, "keys") if bar == piece.close else []
    match piece.style.comp:
        case "sparse":
            found = _sparse(piece, bar)
        case "broken":
            found = _broken(piece, bar)
        case "picked":
            found = _picked(piece, bar)
        case "stabs":
            found = _stabs(piece, bar)
        case _:
            found = _rhythm(piece, bar)
    voice = piece.voice("keys")
    return [note._replace(pitch=fitted(note.pitch, voice)) for note in found]


def _last(piece: Piece, bar: int, role: str) -> list[Note]:
    """The last chord, which nobody damps."""
    voice = piece.voice(role)
    beat, beats = float(bar * piece.metre.beats), 3.0 * piece.metre.beats
    root = 36 + (piece.key.tonic - 36) % 12
    pitches = (root, root + 7, *piece.voices_at(bar, 62))
    return [
        Note(beat + 0.02 * i, beats, fitted(p, voice), 0.8 * piece.velocity, piece.bright - 0.3)
        for i, p in enumerate(dict.fromkeys(pitches))
    ]


def _low(piece: Piece, bar: int) -> int:
    """The bass note of `bar`, for a left hand."""
    return 36 + (piece.chord(bar).bass + piece.key.tonic - 36) % 12


def _sparse(piece: Piece, bar: int) -> list[Note]:
    """A chord, rolled, and one tone that remembers it."""
    beat, size = float(bar * piece.metre.beats), piece.metre.beats
    pitches = piece.voices_at(bar, 62)
    v = piece.velocity * piece.arc(bar)
    found = [] if not piece.held(bar) else [
        Note(beat + 0.03 * i, size * 1.2, p, v * (0.8 + 0.05 * i), piece.bright)
        for i, p in enumerate(pitches)
    ]  # fmt: skip
    after = piece.draw("sparse", bar)
    for start in piece.metre.starts[1:]:
        if after.random_sample() < 0.35 + 0.5 * piece.energy:
            top = pitches[int(after.randint(1, len(pitches)))] + 12
            found.append(Note(beat + start, size * 0.6, top, 0.62 * v, piece.bright))
    return found


_UP_DOWN = (0, 1, 2, 3, 2, 1)


def _broken(piece: Piece, bar: int) -> list[Note]:
    """The chord in single notes, a left hand under it; eighths once there is energy."""
    beat, size = float(bar * piece.metre.beats), piece.metre.beats
    pitches = piece.voices_at(bar, 58)
    v = piece.velocity * piece.arc(bar)
    low = _low(piece, bar)
    found = [Note(beat, size * 0.95, low, 0.78 * v, piece.bright)]
    if piece.energy >= 0.62:
        found.append(Note(beat, size * 0.95, low + 12, 0.6 * v, piece.bright))
    each = 0.5 if piece.energy >= 0.3 and piece.metre.divisions > 1 else 1.0
    for i in range(round(size / each)):
        at = i * each
        if i == 0 and piece.energy < 0.5:
            continue
        tone = pitches[_UP_DOWN[i % len(_UP_DOWN)] % len(pitches)]
        accent = 0.72 if at % 1 == 0 else 0.42
        # The pedal is down: tones last until the chord goes.
        found.append(Note(beat + at, size - at, tone, accent * v, piece.bright))
    if piece.energy >= 0.8:
        for start in piece.metre.starts:
            found += [Note(beat + start, 0.9, p + 12, 0.55 * v, piece.bright) for p in pitches[-2:]]
    return found


def _picked(piece: Piece, bar: int) -> list[Note]:
    """A thumb on the beats, fingers between."""
    beat, size = float(bar * piece.metre.beats), piece.metre.beats
    pitches = piece.voices_at(bar, 58)
    v = piece.velocity * piece.arc(bar)
    low = _low(piece, bar) + (12 if _low(piece, bar) < 40 else 0)
    found = []
    for i, start in enumerate(piece.metre.starts):
        found.append(Note(beat + start, size - start, low + (7 if i % 2 else 0), 0.8 * v,
                          piece.bright))  # fmt: skip
    each = 0.5 if piece.metre.divisions > 1 else 1.0
    thin = piece.energy < 0.3
    for i in range(1, round(size / each)):
        at = i * each
        if at in piece.metre.starts or (thin and at % 1):
            continue
        tone = pitches[(2, 3, 1, 3, 2, 1)[i % 6] % len(pitches)]
        found.append(Note(beat + at, min(2.0, size - at), tone, (0.64 if at % 1 == 0 else 0.46) * v,
                          piece.bright))  # fmt: skip
    waltz = len(piece.metre.starts) == 1
    if piece.energy >= 0.6 or waltz:  # strummed as well: a waltz on its second and third beat
        for start in range(1, size) if waltz else piece.metre.starts[1:]:
            found += [
                Note(beat + start + 0.018 * i, 0.7, p, 0.6 * v, piece.bright)
                for i, p in enumerate(pitches)
            ]
    return found


def _rhythm(piece: Piece, bar: int) -> list[Note]:
    """Chords in a rhythm of their own, which is the piece's."""
    beat, size = float(bar * piece.metre.beats), piece.metre.beats
    pitches = piece.voices_at(bar, 58)
    v = piece.velocity * piece.arc(bar)
    fine = piece.metre.divisions > 1
    draw = piece.draw("rhythm", piece.seed % 7 + bar % 2)
    onsets = [0.0]
    for start, group in zip(piece.metre.starts, piece.metre.groups, strict=True):
        if fine and group >= 2 and draw.random_sample() < 0.3 + 0.6 * piece.energy:
            onsets.append(start + group - 0.5)
        if start and draw.random_sample() < 0.5 + 0.5 * piece.energy:
            onsets.append(float(start))
        if fine and piece.energy >= 0.62:
            onsets.append(start + 1.0)
    onsets = sorted(set(onsets))
    found = []
    for at, end in zip(onsets, [*onsets[1:], float(size)], strict=True):
        loud = 0.8 if at == 0 else 0.66
        length = min(end - at, 1.6 if piece.energy < 0.5 else 0.8) * 0.95
        found += [
            Note(beat + at + 0.006 * i, length, p, loud * v, piece.bright)
            for i, p in enumerate(pitches)
        ]
    if not piece.plays("bass"):
        found.append(Note(beat, size * 0.9, _low(piece, bar), 0.75 * v, piece.bright))
    return found


def _stabs(piece: Piece, bar: int) -> list[Note]:
    """Short chords off the beat; long ones where there is little energy."""
    beat, size = float(bar * piece.metre.beats), piece.metre.beats
    pitches = piece.voices_at(bar, 62)
    v = piece.velocity * piece.arc(bar)
    if piece.energy < 0.3:
        spans = [(0.0, size * 0.9)] if piece.held(bar) else []
    elif piece.metre.divisions >= 4 and size == 4:
        figures = (
            ((0.0, 0.4), (0.75, 0.4), (1.5, 0.9), (2.75, 0.4)),
            ((0.0, 0.4), (1.25, 0.4), (2.5, 0.4), (3.25, 0.6)),
            ((0.0, 1.2), (1.5, 0.4), (2.25, 0.4), (3.5, 0.4)),
        )
        spans = list(figures[(piece.seed + bar % 2) % 3][: 2 + round(2 * piece.energy)])
        spans[0] = (0.0, max(spans[0][1], 0.7))
    else:
        fine = piece.metre.divisions > 1
        spans = [(beat + (0.5 if fine and beat else 0.0), 0.45)
                 for beat in range(size)][:: 1 if piece.energy >= 0.6 else 2]  # fmt: skip
    return [
        Note(beat + at, length, p, 0.75 * v, piece.bright) for at, length in spans for p in pitches
    ]


_ORDER = (0, 2, 1, 3, 2, 4, 3, 1, 0, 3, 2, 4, 3, 5, 4, 2)
"""Which chord tone each note of a run is, from the lowest."""


def arp(piece: Piece, bar: int) -> list[Note]:
    """The figure that keeps going: run, ostinato, motor, picked, chug, acid, sparse."""
    if piece.close is not None and bar >= piece.close:
        return []
    beat, size = float(bar * piece.metre.beats), piece.metre.beats
    voice = piece.voice("arp")
    kind = piece.style.arp
    centre = 52 if kind in ("motor", "chug", "acid") else 67
    pitches = piece.voices_at(bar, centre, 3)
    v = piece.velocity * piece.arc(bar)
    full = piece.energy >= piece.style.entry("arp") + 0.16
    each = 1 / piece.metre.divisions if full else 1 / min(2, piece.metre.divisions)
    if kind in ("chug", "picked", "sparse"):
        each = max(each, 0.5)
    root = 40 + (piece.chord(bar).bass + piece.key.tonic - 40) % 12
    tones = (*pitches, *(p + 12 for p in pitches))
    draw = piece.draw("arp", bar % 2 if kind == "acid" else bar)
    found = []
    for i in range(round(size / each)):
        at = i * each
        strong = at in piece.metre.starts
        accent = 1.0 if strong else 0.8 if at % 1 == 0 else 0.66
        chance = draw.random_sample()
        match kind:
            case "ostinato":
                pitch, length = tones[(0, 1, 2, 1)[i % 4] % len(tones)], each * 0.8
            case "motor":
                pitch = root + (12 if i % 8 in (3, 6) else 7 if i % 8 == 7 else 0)
                length = each * 0.7
            case "chug":
                pitch, length = root, each * (0.95 if strong else 0.6)
                found.append(Note(beat + at, length, fitted(pitch + 7, voice), 0.7 * v * accent,
                                  piece.bright))  # fmt: skip
            case "acid":
                if chance < 0.25 and not strong:
                    continue
                pitch = root + (12 if chance > 0.8 else 7 if chance > 0.7 else 0)
                length = each * (1.0 if chance > 0.6 else 0.6)
            case "sparse":
                if chance > 0.28 + 0.3 * piece.energy:
                    continue
                pitch, length = tones[int(draw.randint(len(tones)))] + 12, 1.5
            case "picked":
                pitch, length = tones[_ORDER[i % 16] % len(tones)], 1.5
            case _:
                pitch, length = tones[_ORDER[i % 16] % len(tones)], each * 0.85
        found.append(Note(beat + at, length, fitted(pitch, voice), 0.78 * v * accent, piece.bright))
    return found


def counter(piece: Piece, bar: int) -> list[Note]:
    """Long tones over the tune that move where it holds: thirds and sevenths of the chords."""
    if piece.close is not None and bar > piece.close:
        return []
    beat, size = float(bar * piece.metre.beats), piece.metre.beats
    voice = piece.voice("counter")
    pitches = piece.voices_at(bar, 74, 3)
    v = 0.8 * piece.velocity * piece.arc(bar)
    half = piece.metre.starts[len(piece.metre.starts) // 2] if len(piece.metre.starts) > 1 else 0
    spans = [(0.0, float(size), pitches[-1])]
    if half and bar != piece.close and bar % 2:
        spans = [(0.0, float(half), pitches[-1]), (float(half), float(size - half), pitches[-2])]
    return [
        Note(beat + at, length * 0.97, fitted(p, voice), v, piece.bright) for at, length, p in spans
    ]
