"""Notes of a Standard MIDI File: `read_midi`. Formats 0 and 1, metrical time."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from training.score import Note


def read_midi(path: Path) -> dict[str, tuple[Note, ...]]:
    """The notes of each named track, times in seconds through the file's tempo map.

    Raises:
        ValueError: Not such a file, or one that counts time in SMPTE frames.
    """
    data = path.read_bytes()
    if data[:4] != b"MThd":
        raise ValueError(f"{path} is no MIDI file")
    division = int.from_bytes(data[12:14], "big")
    if division & 0x8000:
        raise ValueError(f"{path} counts time in SMPTE frames, which is not read here")
    tempos: list[tuple[int, float]] = [(0, 0.5)]
    tracks: list[tuple[str, list[tuple[int, int, int, int]]]] = []
    place = 14
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "big")
        chunk = data[place + 8 : place + 8 + size]
        if data[place : place + 4] == b"MTrk":
            tracks.append(_track(chunk, tempos))
        place += 8 + size
    clock = _Clock(sorted(tempos), division)
    return {
        name or f"track {i}": tuple(
            Note(clock(on), clock(off) - clock(on), pitch, velocity / 127)
            for on, off, pitch, velocity in notes
        )
        for i, (name, notes) in enumerate(tracks)
        if notes
    }


def read_channels(
    data: bytes,
) -> tuple[
    dict[tuple[int, int], tuple[Note, ...]], Callable[[float], float], list[tuple[int, int]]
]:
    """The notes of a file by channel, from 0, and General MIDI program, from 0.

    Returns:
        The notes, times in seconds; the seconds at a place in quarters; the time signatures as
        beats and unit, in the order in which they come.
    """
    division = int.from_bytes(data[12:14], "big")
    tempos: list[tuple[int, float]] = [(0, 0.5)]
    signatures: list[tuple[int, int, int]] = []
    tracks = []
    place = 14
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "big")
        chunk = data[place + 8 : place + 8 + size]
        if data[place : place + 4] == b"MTrk":
            tracks.append(chunk)
            for tick, status, body in _events(chunk):
                if status == 0xFF and body[0] == 0x51:
                    tempos.append((tick, int.from_bytes(body[1:4], "big") / 1e6))
                elif status == 0xFF and body[0] == 0x58:
                    signatures.append((tick, body[1], 2 ** body[2]))
        place += 8 + size
    clock = _Clock(sorted(tempos, key=lambda pair: pair[0]), division)
    found: dict[tuple[int, int], list[Note]] = {}
    for chunk in tracks:
        programs = [0] * 16
        sounding: dict[tuple[int, int], tuple[int, int, int]] = {}
        for tick, status, body in _events(chunk):
            channel = status & 15
            if status & 0xF0 == 0xC0:
                programs[channel] = body[0]
            elif status & 0xE0 == 0x80:
                key = (channel, body[0])
                if key in sounding:
                    on, loud, program = sounding.pop(key)
                    start = clock(on)
                    note = Note(start, clock(tick) - start, body[0], loud / 127)
                    found.setdefault((channel, program), []).append(note)
                if status & 0x10 and body[1]:
                    sounding[key] = (tick, body[1], programs[channel])
    order = {key: tuple(sorted(notes, key=lambda note: note.start)) for key, notes in found.items()}
    return order, lambda quarters: clock(quarters * division), [s[1:] for s in sorted(signatures)]


class _Clock:
    """Ticks to seconds."""

    def __init__(self, tempos: list[tuple[int, float]], division: int) -> None:
        self.ticks = np.array([tick for tick, _ in tempos], dtype=float)
        self.rates = np.array([seconds for _, seconds in tempos]) / division
        steps = np.diff(self.ticks) * self.rates[:-1]
        self.starts = np.concatenate([[0.0], np.cumsum(steps)])

    def __call__(self, tick: float) -> float:
        at = int(np.searchsorted(self.ticks, tick, side="right")) - 1
        return float(self.starts[at] + (tick - self.ticks[at]) * self.rates[at])


def _track(
    chunk: bytes, tempos: list[tuple[int, float]]
) -> tuple[str, list[tuple[int, int, int, int]]]:
    name, notes = "", []
    sounding: dict[tuple[int, int], tuple[int, int]] = {}
    for tick, status, body in _events(chunk):
        if status == 0xFF and body[0] == 0x51:
            tempos.append((tick, int.from_bytes(body[1:4], "big") / 1e6))
        elif status == 0xFF and body[0] == 0x03:
            name = body[1:].decode("latin-1").strip()
        elif status & 0xE0 == 0x80:
            key = (status & 15, body[0])
            if key in sounding:
                on, velocity = sounding.pop(key)
                notes.append((on, tick, body[0], velocity))
            if status & 0x10 and body[1]:
                sounding[key] = (tick, body[1])
    return name, sorted(notes)


def _events(chunk: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Tick, status and body of each event; a meta event's body starts with its kind."""
    place, tick, status = 0, 0, 0
    while place < len(chunk):
        delta, place = _varied(chunk, place)
        tick += delta
        if chunk[place] & 0x80:
            status = chunk[place]
            place += 1
        if status == 0xFF:
            kind = chunk[place : place + 1]
            size, place = _varied(chunk, place + 1)
            yield tick, status, kind + chunk[place : place + size]
        elif status in (0xF0, 0xF7):
            size, place = _varied(chunk, place)
        else:
            size = 1 if status & 0xE0 == 0xC0 else 2
            yield tick, status, chunk[place : place + size]
        place += size


def _varied(chunk: bytes, place: int) -> tuple[int, int]:
    value = 0
    while True:
        byte = chunk[place]
        place += 1
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            return value, place
