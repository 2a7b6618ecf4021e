"""Bass and tune."""

from songreel.generation.sound.band.piece import Piece, fitted
from songreel.generation.sound.band.themes import Degree, pitch, tune
from songreel.sound.instruments.notes import Note

Figure = list[tuple[float, float, int, float]]
"""Beat in the bar, beats, semitones over the root, velocity."""


def bass(piece: Piece, bar: int) -> list[Note]:
    """The bass line of `bar`."""
    voice = piece.voice("bass")
    beat, size = float(bar * piece.metre.beats), piece.metre.beats
    chord = piece.chord(bar)
    root = voice.low + (chord.bass + piece.key.tonic - voice.low) % 12
    v = piece.velocity * piece.arc(bar)
    if piece.close is not None and bar >= piece.close:
        last = [Note(beat, 3.0 * size, root, 0.9 * v, piece.bright - 0.5)]
        return last if bar == piece.close else []
    fifth = (chord.tones[2] - chord.bass) % 12
    figure = _figure(piece, bar, fifth)
    return [
        Note(beat + at, length, fitted(root + up, voice), loud * v, piece.bright)
        for at, length, up, loud in figure
    ]


def _figure(piece: Piece, bar: int, fifth: int) -> Figure:
    size, starts, fine = piece.metre.beats, piece.metre.starts, piece.metre.divisions
    kind = piece.style.bass
    if kind not in ("walk", "lazy") and (kind == "long" or piece.energy < 0.4):
        bars = piece.held(bar)
        return [(0.0, bars * size * 0.97, 0, 0.9)] if bars else []
    spans = list(zip(starts, piece.metre.groups, strict=True))
    match kind:
        case "walk":
            third = (piece.chord(bar).tones[1] - piece.chord(bar).bass) % 12
            steps = (0, third, fifth, third) if bar % 2 else (0, fifth, third, fifth)
            line: Figure = [(float(b), 0.92, steps[b % 4], 0.8) for b in range(size - 1)]
            ahead = piece.chord(bar + 1).bass - piece.chord(bar).bass
            near = (ahead + 6) % 12 - 6
            # The last beat leans on the next root from a step above or below.
            return [*line, (size - 1.0, 0.92, near + (1 if near < 0 else -1), 0.78)]
        case "lazy":
            line = [(0.0, 1.4 if size > 2 else 0.9, 0, 0.95)]
            if fine > 1 and size >= 3:
                line.append((1.5, 0.45, 0, 0.6))
            if len(starts) > 1 and piece.energy >= 0.4:
                line.append((starts[-1] + (0.5 if fine > 1 else 0.0), 0.9, fifth, 0.75))
            return line
        case "fifths":
            return [(float(s), g * 0.9, fifth if i % 2 else 0, 0.9 if not i else 0.78)
                    for i, (s, g) in enumerate(spans)]  # fmt: skip
        case "offbeat" if fine > 1:
            line = [(b + 0.5, 0.42, 0, 0.74) for b in range(size)]
            if piece.energy >= 0.7 and fine >= 4:
                line += [(b + 0.75, 0.2, 12 if b % 4 == 3 else 0, 0.65) for b in range(size)]
            return sorted(line)
        case "gallop" if fine >= 4:
            line = [(b + at, 0.22, 12 if (b, at) == (size - 1, 0.75) else 0, loud)
                    for b in range(size) for at, loud in ((0.5, 0.76), (0.75, 0.6))]  # fmt: skip
            return sorted(line)
        case "pulse" | "offbeat" | "gallop":
            each = 0.5 if fine > 1 else 1.0
            count = round(size / each)
            return [(i * each, each * 0.88,
                     12 if i == count - 1 and bar % 2 and piece.energy > 0.6 else 0,
                     0.92 if i * each in starts else 0.76)
                    for i in range(count)]  # fmt: skip
    # Roots: the groups of the bar, and an octave before the next one when there is energy.
    line = [(float(s), g * 0.95, 0, 0.92 if not i else 0.8) for i, (s, g) in enumerate(spans)]
    if piece.energy >= 0.65 and fine > 1:
        s = line[-1][0]
        line[-1] = (s, piece.metre.groups[-1] - 0.55, 0, 0.8)
        line.append((size - 0.5, 0.42, fifth, 0.7))
    return line


def melody(piece: Piece, bar: int, role: str, weight: float, loud: float) -> list[Note]:
    """The tune of `bar`, on the instrument of `role`.

    Args:
        piece: The piece.
        bar: Which bar.
        role: Whose instrument: `lead`, or `keys` while the lead is silent.
        weight: Notes lighter than this are left out.
        loud: Velocity.
    """
    voice = piece.voice(role)
    beat = float(bar * piece.metre.beats)
    floor = _floor(piece, role)
    if piece.close is not None and bar >= piece.close:
        if bar > piece.close:
            return []
        home = Degree(0.0, 2.5 * piece.metre.beats, 0, 1.0)
        p = pitch(home, piece.chord(bar), piece.key.tonic, floor, None)
        return [Note(beat, home.beats, fitted(p, voice), loud, piece.bright)]
    letter = piece.harmony.theme(bar)
    bars = tune(piece.metre, piece.seed, letter, piece.harmony.stretch)
    place = bar % piece.phrase
    # Each note is heard against the one before it, from the phrase's start.
    before: int | None = None
    found: list[Note] = []
    for at in range(place + 1):
        chord = piece.chord(bar - place + at)
        for degree in bars[at]:
            if degree.weight < weight:
                continue
            before = pitch(degree, chord, piece.key.tonic, floor, before)
            if at == place:
                accent = 1.0 if degree.weight >= 0.8 else 0.9
                found.append(Note(beat + degree.beat, degree.beats, fitted(before, voice),
                                  loud * accent * piece.arc(bar), piece.bright))  # fmt: skip
    # What was left out leaves its time to the note before it.
    ends = [note.beat for note in found[1:]] + [beat + piece.metre.beats]
    return [
        note._replace(beats=max(min(end - note.beat, piece.metre.beats * 0.9), 0.1) * 0.96)
        for note, end in zip(found, ends, strict=True)
    ]


def _floor(piece: Piece, role: str) -> int:
    """Where the tune's tonic may lie at the lowest: higher where there is energy."""
    voice = piece.voice(role)
    wanted = 66 if piece.energy < 0.75 else 69
    return max(voice.low, min(wanted, voice.high - 14))
