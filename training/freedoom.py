"""Songs of the game Freedoom: `Songs`. Composed rock, metal and ambient music with drums.

MIDI files in the game's two WAD files (Debian's package freedoom 0.12.1, BSD licence). Of these are
used the songs in 4/4 whose notes keep to the file's grid and whose snare mostly plays the second
and fourth beat: of the others the beat is not known.
"""

import struct
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.midi import read_channels
from training.score import KIT, Note, Part, Score

FILES = ("freedoom1.wad", "freedoom2.wad")
DRUMS = 9
"""The channel of drums, from 0."""
KEYS = {35: "kick", 36: "kick", 37: "rim", 38: "snare", 39: "clap", 40: "snare", 41: "low tom",
        42: "hat", 43: "low tom", 44: "pedal", 45: "tom", 46: "open", 47: "tom", 48: "high tom",
        49: "crash", 50: "high tom", 51: "ride", 52: "china", 53: "bell", 55: "crash",
        57: "crash 2", 59: "ride", 54: "shaker", 69: "shaker", 70: "shaker", 75: "rim",
        76: "click", 77: "low click"}  # fmt: skip
"""General MIDI's drums and the voices of `KIT`; the rest is left out."""
SOLO = 60
"""Median key above which a distorted guitar plays a solo."""
GRID, BACKBEAT = 0.8, 0.45
"""Least length of the mean vector of the notes' places in sixteenths, and least share of the
snare's strokes on the second and fourth beats."""


def role_of(program: int) -> str:
    """What a General MIDI program plays."""
    if 29 <= program <= 31:
        return "riff"
    for last, role in ((7, "piano"), (23, "chords"), (28, "guitar"), (39, "bass"), (54, "pad"),
                       (55, "chords"), (87, "lead"), (103, "pad"), (111, "lead")):  # fmt: skip
        if program <= last:
            return role
    return "chords"


def songs(folder: Path) -> dict[str, bytes]:
    """The MIDI files in the WAD files of a folder, by the names the game knows them by."""
    found: dict[str, bytes] = {}
    for name in FILES:
        data = (folder / name).read_bytes()
        count, at = struct.unpack("<ii", data[4:12])
        for i in range(count):
            start, size, label = struct.unpack("<ii8s", data[at + 16 * i : at + 16 * i + 16])
            lump = data[start : start + size]
            if label.startswith(b"D_") and lump[:4] == b"MThd" and lump not in found.values():
                found[f"{name[8]}-{label.rstrip(bytes(1)).decode()[2:].lower()}"] = lump
    return found


@lru_cache(maxsize=2)
def usable(folder: Path) -> dict[str, Score]:
    """The songs whose beats are known, by name."""
    read = {name: read_song(name, data) for name, data in songs(folder).items()}
    return {name: score for name, score in read.items() if score is not None}


def read_song(name: str, data: bytes) -> Score | None:
    """A song, or None where its beats or bars are not borne out by its notes."""
    channels, seconds, signatures = read_channels(data)
    if set(signatures) - {(4, 4)}:
        return None
    end = max(note.start + note.length for notes in channels.values() for note in notes)
    total = int(np.searchsorted([seconds(float(q)) for q in range(4000)], end))
    beats = np.array([seconds(float(q)) for q in range(total)])
    starts = np.array([note.start for notes in channels.values() for note in notes])
    drums = [
        replace(note, pitch=KIT[KEYS[note.pitch]], length=0.1)
        for (channel, _), notes in channels.items()
        if channel == DRUMS
        for note in notes
        if note.pitch in KEYS
    ]
    if not _borne_out(beats, starts, drums):
        return None
    drums.sort(key=lambda note: note.start)
    parts = [Part("drums", tuple(drums))]
    for (channel, program), notes in channels.items():
        if channel != DRUMS and program < 112:
            role = role_of(program)
            if role == "riff":
                high = float(np.median([note.pitch for note in notes])) > SOLO
                role, notes = ("solo", notes) if high else (role, _muted(notes))
            parts.append(Part(role, notes))
    return Score(f"freedoom {name}", tuple(parts), beats, beats[::4], end + 0.5, manner="band")


def _muted(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """Short low notes of a distorted guitar are taken to be palm-muted."""
    return tuple(replace(n, muted=n.length < 0.16 and n.pitch < 50) for n in notes)


def _borne_out(beats: NDArray[np.float64], starts: NDArray[np.float64], drums: list[Note]) -> bool:
    def places(times: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(times, beats, np.arange(beats.size))

    def halves(voices: tuple[str, ...]) -> NDArray[np.int64]:
        keys = [KIT[voice] for voice in voices]
        times = np.array([note.start for note in drums if note.pitch in keys])
        return np.bincount(np.round(places(times) * 2).astype(int) % 8, minlength=8)

    snares, kicks = halves(("snare", "clap")), halves(("kick",))
    grid = abs(np.mean(np.exp(8j * np.pi * places(starts))))
    if min(snares.sum(), kicks.sum()) < 16 or grid < GRID:
        return False
    return bool(
        snares[2] + snares[6] >= BACKBEAT * snares.sum()
        and min(snares[2], snares[6]) >= 0.5 * max(snares[2], snares[6])
        and snares[4] <= 0.6 * min(snares[2], snares[6])
        and kicks[0] >= 0.8 * kicks.max()
    )
