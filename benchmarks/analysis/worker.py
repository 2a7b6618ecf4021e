"""One of those scored, in a process of its own: seconds and memory are its alone.

    python benchmarks/analysis/worker.py NAME [--keys] [--cost] SONG...

Writes a line of JSON a song: beats, downbeats, tempo, key, boundaries, letters, trust, cpu, wall;
or `error`. With --cost it hears twelve seconds first, so that imports and compiled code are there,
and the line has `memory`, the peak of resident memory in MiB.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from peers import Peer, peer, timed
from sounds import stretch, write

from songreel.models.errors import SongreelError

WARM = 12.0
"""Seconds heard before the clock runs."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--keys", action="store_true")
    parser.add_argument("--cost", action="store_true")
    options = parser.parse_args()
    # What libraries print is not the answer.
    answer, sys.stdout = sys.stdout, sys.stderr
    try:
        someone = peer(options.name)
        if options.cost:
            _warm_up(someone, options.songs[0])
    except SongreelError as error:
        print(json.dumps({"error": str(error)}), file=answer, flush=True)
        return
    for song in options.songs:
        print(json.dumps(_line(someone, song, options)), file=answer, flush=True)


def _line(someone: Peer, song: Path, options: argparse.Namespace) -> dict[str, Any]:
    try:
        sound = someone.load(song)
        heard = timed(someone, sound)
        if options.keys and someone.key is not None:
            heard.key = someone.key(sound)
    except Exception as error:  # a library's fault with one song hides no other
        return {"error": f"{type(error).__name__}: {error}"}
    found = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in asdict(heard).items()
    }
    return {**found, "memory": peak_memory()} if options.cost else found


def _warm_up(someone: Peer, song: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        short = Path(folder) / "short.wav"
        write(short, stretch(song, WARM))
        someone.hear(someone.load(short))


def peak_memory() -> float:
    """MiB that this process had resident at most."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: that of a child begins with what its parent had.
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    import resource

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    main()
