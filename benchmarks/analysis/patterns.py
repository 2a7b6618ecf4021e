"""Beats and bars of music made in code, whose truth is known: a table for each family.

    python benchmarks/analysis/patterns.py [--family NAME] [--tracker NAME] [--only WORDS]

Each family has its marks; a miss makes the exit status 1. --tracker may be given several times:
peers stand beside ours. --write FOLDER keeps the sounds with their annotations, which score.py
reads. `raw:NAME` is a library's beats before anything of ours is done to them. With FluidSynth and
its sound fonts installed, slow and fast music is played on those too.
"""

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from corpus.drums import RATE
from corpus.families import FAMILIES
from corpus.pieces import Piece
from hearing import OURS, Heard, Tracker, tracker
from measures import Scores, measure

Rows = list[tuple[Piece, Heard, Scores]]


@dataclass(frozen=True)
class Mark:
    """What a family must show."""

    words: str
    least: float
    of: Callable[[Rows], float]
    most: float = float("inf")
    bars: bool = False
    """Whether it is about bars, which some trackers do not find."""

    def line(self, rows: Rows) -> tuple[str, bool]:
        """The mark as text, and whether it is met."""
        value = self.of(rows)
        met = self.least <= value <= self.most
        wanted = f"≥ {self.least:g}" if np.isinf(self.most) else f"{self.least:g} to {self.most:g}"
        return f"  {'PASS' if met else 'FAIL'}  {self.words} {value:.3f} ({wanted})", met


def octaves(rows: Rows) -> float:
    return float(np.mean([scores.octave for _, _, scores in rows]))


def beats(rows: Rows) -> float:
    return float(np.mean([scores.beat for _, _, scores in rows]))


def bars_in(*meters: str) -> Callable[[Rows], float]:
    def mean(rows: Rows) -> float:
        return float(np.mean([s.downbeat for piece, _, s in rows if piece.meter in meters]))

    return mean


def error(rows: Rows) -> float:
    return float(np.median([10.0**3 if np.isnan(s.error) else s.error for _, _, s in rows]))


def offset(rows: Rows) -> float:
    return float(np.median([10.0**3 if np.isnan(s.offset) else s.offset for _, _, s in rows]))


OCTAVE = Mark("tempo right, octave and all", 0.85, octaves)
BEATS = Mark("beat F", 0.95, beats)
TIMING = (
    Mark("median |beat error|, ms", 0.0, error, 8.0),
    Mark("median offset, ms", -5.0, offset, 5.0),
)


def marks(family: str) -> tuple[Mark, ...]:
    """The marks of a family; rubato has none but its trust, which calibration.py looks at."""
    kind = family.split(",")[0]
    if kind in ("slow", "fast", "swung"):
        return (OCTAVE, *TIMING)
    if family == "changes":
        return (BEATS, *TIMING)
    if family == "meters":
        return tuple(Mark(f"downbeat F in {meter}", 0.9, bars_in(meter), bars=True)
                     for meter in ("3/4", "5/4", "6/8"))  # fmt: skip
    if family.startswith("clicks"):
        return TIMING
    return ()


def shown(family: str, name: str, rows: Rows, brief: bool) -> bool:
    """Print a family's table and its marks; whether all are met."""
    width = max(len(piece.name) for piece, _, _ in rows) + 2
    print(f"\n{family}: {name}, {len(rows)} pieces")
    if not brief:
        head = f"{'truth':>7}{'heard':>8}  meter      beat F  down F  ms off  |ms|   trust"
        print(" " * width + head)
        for piece, heard, s in rows:
            trust = " ".join(f"{t:.2f}" for t in heard.trust)
            right = " " if s.octave else "*"
            print(
                f"{piece.name:<{width}}{piece.bpm:7.1f}{heard.tempo or 0:8.1f}{right} "
                f"{piece.meter:<4}{heard.meter:>4}{s.beat:10.3f}{s.downbeat:8.3f}"
                f"{s.offset:8.1f}{s.error:6.1f}   {trust}"
            )
    everything = (
        f"  mean: tempo right {octaves(rows):.2f}, beat F {beats(rows):.3f}, downbeat F "
        f"{np.mean([s.downbeat for _, _, s in rows]):.3f}, offset {offset(rows):+.1f} ms"
    )
    print(everything)
    met = True
    for mark in marks(family):
        if mark.bars and not any(heard.downbeats.size for _, heard, _ in rows):
            continue
        line, good = mark.line(rows)
        print(line)
        met &= good
    return met


def heard(pieces: Iterable[Piece], trackers: dict[str, Tracker]) -> dict[str, Rows]:
    """What each tracker hears in each piece; a piece is made once."""
    rows: dict[str, Rows] = {name: [] for name in trackers}
    for piece in pieces:
        sound = piece.make()
        for name, listen in trackers.items():
            found = listen(sound)
            rows[name].append((piece, found, measure(piece, found)))
    return rows


def write(pieces: Iterable[Piece], folder: Path) -> None:
    """Sounds as 16-bit FLAC, each with its annotation."""
    folder.mkdir(parents=True, exist_ok=True)
    for piece in pieces:
        stem = folder / piece.name.replace("/", "-").replace(" ", "_")
        soundfile.write(f"{stem}.flac", piece.make(), RATE, subtype="PCM_16")
        truth = {"name": piece.name, "meter": piece.meter, "tempo": piece.bpm,
                 "beats": piece.beats.round(4).tolist(),
                 "downbeats": piece.downbeats.round(4).tolist()}  # fmt: skip
        Path(f"{stem}.json").write_text(json.dumps(truth))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--family", action="append", choices=tuple(FAMILIES))
    parser.add_argument(
        "--tracker", action="append", help="songreel (default), librosa, raw:librosa, …"
    )
    parser.add_argument("--only", default="", help="pieces whose name has this in it")
    parser.add_argument("--brief", action="store_true", help="means and marks, no rows")
    parser.add_argument("--write", type=Path, help="keep sounds and truth in this folder")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", module="librosa")
    trackers = {name: tracker(name) for name in options.tracker or (OURS,)}
    good, start = True, time.process_time()
    for family in options.family or FAMILIES:
        pieces = [piece for piece in FAMILIES[family]() if options.only in piece.name]
        if not pieces:
            if not options.only:
                print(f"\n{family}: left out, for FluidSynth or its sound fonts are not installed")
            continue
        if options.write:
            write(pieces, options.write)
        for i, (name, rows) in enumerate(heard(pieces, trackers).items()):
            good &= shown(family, name, rows, options.brief) or i > 0
    print(f"\n{time.process_time() - start:.0f} s of CPU")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
