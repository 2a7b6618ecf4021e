"""Songs of POP909 that may be trained on: `ALLOWED`, `read_song`.

POP909 (music-x-lab/POP909-Dataset, MIT): piano arrangements of pop songs with labelled beats and
chords. Songs that anything is scored on, and all that are kept for later scoring, stay out: only
the numbers of `ALLOWED` are ever opened.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.midi import read_midi
from training.score import Part, Score

RANGES = ((400, 510), (550, 590), (640, 690), (790, 830), (840, 870))
"""First and last number of each run that is free for training."""
ALLOWED = frozenset(number for first, last in RANGES for number in range(first, last + 1))
ROLES = {"MELODY": "lead", "BRIDGE": "chords", "PIANO": "piano"}
LEAST_AGREEMENT = 0.5
"""Share of the chord changes that must fall on labelled bar starts, beyond every other beat."""


def read_song(folder: Path, number: int) -> tuple[Score, list[tuple[float, float, str]]]:
    """A song and its chords (start, end, name), from the folder that holds `001` to `909`.

    Its downbeats are left empty where the chords do not bear them out.

    Raises:
        ValueError: The number is not one of `ALLOWED`.
    """
    if number not in ALLOWED:
        raise ValueError(f"POP909 number {number} is kept for scoring and never trained on")
    home = folder / f"{number:03}"
    tracks = read_midi(home / f"{number:03}.mid")
    parts = tuple(Part(ROLES[name], notes) for name, notes in tracks.items() if name in ROLES)
    table = np.loadtxt(home / "beat_midi.txt", ndmin=2)
    beats = table[:, 0]
    bars = beats[table[:, 2] > 0]
    chords = _chords(home / "chord_midi.txt")
    changes = np.array([start for start, _, _ in chords])
    if not borne_out(beats, bars, changes):
        bars = np.zeros(0)
    end = max(note.start + note.length for part in parts for note in part.notes)
    return Score(f"pop909-{number:03}", parts, beats, bars, float(end)), chords


def borne_out(
    beats: NDArray[np.float64], bars: NDArray[np.float64], changes: NDArray[np.float64]
) -> bool:
    """Whether chords change on these bar starts, and there more than on any other beat."""
    if bars.size < 2 or changes.size < 8:
        return False
    nearest = np.abs(beats[:, None] - changes).argmin(axis=0)
    places = np.searchsorted(beats, bars + 1e-6) - 1
    length = round(float(np.median(np.diff(places))))
    since = nearest - places[np.maximum(np.searchsorted(places, nearest, side="right") - 1, 0)]
    counts = np.bincount(since % length, minlength=length)
    return bool(counts.argmax() == 0 and counts[0] >= LEAST_AGREEMENT * counts.sum())


def _chords(path: Path) -> list[tuple[float, float, str]]:
    rows = []
    for line in path.read_text().splitlines():
        start, end, name = line.split()
        rows.append((float(start), float(end), name))
    return rows
