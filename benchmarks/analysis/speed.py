"""What hearing a song costs: seconds and memory, first, warm and cached, peers in the same run.

    python benchmarks/analysis/speed.py SONG [--minutes 4] [--peer LIBRARY]... [--first] [--long]

SONG is repeated or cut to four minutes. Each line is a process of its own: `whole` is the wall time
of the process, imports and all, `hearing` that of the analysis alone, with its processor seconds
and the peak of the process's memory. `first` starts with an empty cache of compiled code (half a
minute or so more), `cached` is `songreel analyze` of a song heard before. `--long` adds the memory
for ninety minutes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from peers import ALONE, libraries, peer, timed
from sounds import stretch, write

LONG = 90.0
"""Minutes of a mix."""
OURS = "songreel whole"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("song", type=Path)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--peer", action="append", help="a library, or none (all installed)")
    parser.add_argument("--first", action="store_true", help="also with nothing compiled")
    parser.add_argument("--long", action="store_true", help=f"also {LONG:g} minutes")
    parser.add_argument("--hear", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.hear:
        print(json.dumps(_hear(given.hear, given.song)))
        return
    peers = given.peer or list(libraries())
    with tempfile.TemporaryDirectory() as folder:
        song = Path(folder) / "song.wav"
        write(song, stretch(given.song, given.minutes * 60))
        print(f"{given.minutes:g} minutes, {os.cpu_count()} cores")
        print(f"{'':24}{'whole s':>9}{'hearing s':>11}{'CPU s':>8}{'MiB':>7}")
        if given.first:
            _line("songreel, first", _run(OURS, song, NUMBA_CACHE_DIR=f"{folder}/compiled"))
        _run(OURS, song)
        ours = _run(OURS, song)
        _line("songreel, warm", ours)
        print(f"{'songreel, cached':24}{_cached(song, Path(folder)):9.2f}")
        for name in peers if peers != ["none"] else []:
            theirs = _run(name + ALONE, song)
            _line(name, theirs, f"{theirs['wall'] / ours['wall']:6.1f} × our time")
        if given.long:
            write(song, stretch(given.song, LONG * 60))
            _line(f"songreel, {LONG:g} minutes", _run(OURS, song))


def _hear(name: str, song: Path) -> dict[str, float]:
    from worker import peak_memory

    someone = peer(name)
    heard = timed(someone, someone.load(song))
    return {"wall": heard.wall, "cpu": heard.cpu, "memory": peak_memory()}


def _run(name: str, song: Path, **environment: str) -> dict[str, float]:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, str(song), "--hear", name],
        capture_output=True, text=True, env=os.environ | environment,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "whole": time.perf_counter() - began}


def _cached(song: Path, folder: Path) -> float:
    """Seconds of the command for a song heard before: the best of three."""
    command = [sys.executable, "-m", "songreel.cli.main", "--workspace", str(folder / "kept"),
               "analyze", str(song)]  # fmt: skip
    seconds = []
    for _ in range(4):
        began = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:])


def _line(name: str, found: dict[str, float], remark: str = "") -> None:
    print(
        f"{name:24}{found['whole']:9.2f}{found['wall']:11.2f}{found['cpu']:8.2f}"
        f"{found['memory']:7.0f}  {remark}".rstrip(),
        flush=True,
    )


if __name__ == "__main__":
    main()
