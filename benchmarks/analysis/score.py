"""Score any beat tracker on annotated songs with mir_eval, other libraries beside ours in one run.

    python benchmarks/analysis/score.py FOLDER_OR_FILES [--ann FOLDER]
        [--tracker NAME]... [--peer LIBRARY]... [--rhythm-only] [--no-cost] [--json FILE]

--tracker is a name of songreel's registry (`songreel`, `librosa`, `ensemble` …), or, the default,
`songreel whole`, the whole analysis with key and sections. --peer is a library on its own, as its
users have it: librosa, essentia, madmom, beat_this; by default all that are installed, `none` for
none. Each runs in a process of its own, and once more on four minutes, for seconds and memory.
What an annotation is stands in annotations.py; songs without one are listed with tempo and trust.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

# Others run this file as a part of their own program, from the repository's root.
sys.path.insert(0, str(Path(__file__).parent))
from annotations import SOUND, annotation, songs_in
from peers import ALONE, WHOLE, known, libraries, peer, timed
from scores import Heard, score
from sounds import stretch, write

from songreel.analysis.trackers.registry import DEFAULT
from songreel.models.errors import SongreelError

__all__ = ["SOUND", "Heard", "annotation", "hear", "score", "table"]

FOUR_MINUTES = 240.0
COLUMNS = ("beat F", "CMLt", "AMLt", "err ms", "down F", "tempo", "tempo oct", "key", "sect .5",
           "sect 3", "repeat F")  # fmt: skip
COSTS = {"wall": "s/4 min", "cpu": "CPU s", "memory": "MiB"}
Rows = dict[str, tuple[Heard, dict[str, float]]]


def hear(song: Path, rhythm_only: bool) -> Heard:
    """Our default tracker, or our whole analysis, in this process."""
    ours = peer(DEFAULT if rhythm_only else WHOLE)
    return timed(ours, ours.load(song))


def hear_all(name: str, songs: list[Path], *flags: str) -> list[dict[str, Any]]:
    """What one of those scored hears in each song: the lines of `worker.py`."""
    command = [sys.executable, str(Path(__file__).with_name("worker.py")), name, *flags, "--"]
    command += [str(song) for song in songs]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if len(lines) == 1 and "error" in lines[0]:
        return lines * len(songs)
    if len(lines) < len(songs):
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        lines += [{"error": f"ended early: {last}"}] * (len(songs) - len(lines))
    return lines


def heard_of(line: dict[str, Any]) -> Heard:
    """A line of `worker.py` as an object."""
    fields = {name: value for name, value in line.items() if name != "memory"}
    for name in ("beats", "downbeats", "boundaries"):
        if fields[name] is not None:
            fields[name] = np.array(fields[name], dtype=float)
    return Heard(**{**fields, "letters": tuple(fields["letters"]), "trust": tuple(fields["trust"])})


def cost_of(name: str, song: Path) -> dict[str, float]:
    """Seconds and MiB for four minutes of a song; NaN where it fails."""
    (line,) = hear_all(name, [song], "--cost")
    if "error" in line:
        print(f"{name}: {line['error']}", file=sys.stderr)
    return {key: float(line.get(key, "nan")) for key in COSTS}


def table(title: str, rows: Rows) -> None:
    """Print the scores of all songs and their mean."""
    width = max(len(name) for name in rows) + 1
    print(f"\n{title}")
    print(" " * width + "".join(f"{c:>10}" for c in COLUMNS) + f"{'BPM':>9}{'CPU s':>7}  trust")
    for name, (heard, scores) in rows.items():
        cells = "".join(cell(scores.get(column, float("nan"))) for column in COLUMNS)
        trust = " ".join(f"{t:.2f}" for t in heard.trust)
        print(f"{name:<{width}}{cells}{heard.tempo or 0:9.2f}{heard.cpu:7.1f}  {trust}")
    print(f"{'mean':<{width}}" + "".join(cell(mean) for mean in means(rows).values()))


def summary(results: dict[str, Rows], costs: dict[str, dict[str, float]]) -> None:
    """Print everybody's means, and how the first stands to the others."""
    width = max(map(len, results)) + 1
    print(f"\n{'means':<{width}}" + "".join(f"{c:>10}" for c in (*COLUMNS, *COSTS.values())))
    average = {name: means(rows) for name, rows in results.items()}
    missing = dict.fromkeys(COSTS, float("nan"))
    for name in results:
        cost = costs.get(name, missing)
        cells = [*map(cell, average[name].values()), cell(cost["wall"], 1), cell(cost["cpu"], 1),
                 cell(cost["memory"], 0)]  # fmt: skip
        print(f"{name:<{width}}" + "".join(cells))
    first, *others = results
    for other in others:
        ratios = [
            f"{column} ×{average[first][column] / average[other][column]:.2f}"
            for column in ("beat F", "down F", "CMLt", "AMLt")
            if average[other][column] > 0
        ]
        if first in costs and other in costs:
            speed, memory = (costs[other][key] / costs[first][key] for key in ("cpu", "memory"))
            ratios += [f"{speed:.1f} times as fast", f"{1 / memory:.2f} of its memory"]
        print(f"{first} against {other}: {', '.join(ratios)}")


def means(rows: Rows) -> dict[str, float]:
    """Mean of each column over the songs that have it."""
    scored = [scores for _, scores in rows.values()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return {c: float(np.nanmean([s.get(c, np.nan) for s in scored])) for c in COLUMNS}


def cell(value: float, digits: int = 3) -> str:
    return f"{'–':>10}" if np.isnan(value) else f"{value:10.{digits}f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("songs", nargs="+", type=Path, help="sound files, or folders of them")
    parser.add_argument("--ann", type=Path, help="folder of the annotations")
    parser.add_argument("--tracker", action="append", default=[], help=", ".join(known()))
    parser.add_argument("--peer", action="append", default=[], help="a library on its own, or none")
    parser.add_argument("--rhythm-only", action="store_true", help="no keys, no sections")
    parser.add_argument("--no-cost", action="store_true", help="leave seconds and memory out")
    parser.add_argument("--json", type=Path, help="write scores and costs to this file too")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", module="mir_eval")
    songs = songs_in(options.songs)
    if not songs:
        sys.exit(f"no sound file in {', '.join(map(str, options.songs))}")
    try:
        truths = {song: annotation(song, options.ann) for song in songs}
        asked = options.tracker or [DEFAULT if options.rhythm_only else WHOLE]
        asked += [name + ALONE for name in options.peer or libraries() if name != "none"]
        for name in asked:
            peer(name)
    except (SongreelError, ValueError) as error:
        sys.exit(str(error))
    results: dict[str, Rows] = {}
    for name in asked:
        rows: Rows = {}
        flags = () if options.rhythm_only else ("--keys",)
        for song, line in zip(songs, hear_all(name, songs, *flags), strict=True):
            if "error" in line:
                print(f"{name}, {song.name}: {line['error']}", file=sys.stderr)
                continue
            heard, truth = heard_of(line), truths[song]
            rows[song.stem] = (heard, score(heard, truth) if truth else {})
        if rows:
            table(name, rows)
            results[name] = rows
    costs: dict[str, dict[str, float]] = {}
    if not options.no_cost:
        with tempfile.TemporaryDirectory() as folder:
            long = Path(folder) / "four-minutes.wav"
            write(long, stretch(songs[0], FOUR_MINUTES))
            costs = {name: cost_of(name, long) for name in results}
    if results:
        summary(results, costs)
    if options.json:
        scores = {
            name: {song: scored for song, (_, scored) in rows.items()}
            for name, rows in results.items()
        }
        options.json.write_text(json.dumps({"scores": scores, "costs": costs}, indent=2))


if __name__ == "__main__":
    main()
