"""Seconds and memory of `songreel make`, whole, beside the limits it was built for.

    python benchmarks/make.py [--size 720|1080] SONG... [-- OPTIONS OF songreel make]

Each song is filmed from nothing: a fresh project and an empty workspace in a temporary folder. A
ratio of 1.0 is as long as listening to the song; the limits are for built-in visuals at 24 fps on
2 cores, everything included. CPU seconds are of all threads: on a busy machine they say more than
wall seconds do. Memory is the largest resident set of the process, as the kernel accounts it.
`copied` is the share of the film's frames that were taken from clips as they are.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

LIMITS = {720: 0.6, 1080: 1.2}
"""Wall seconds a second of song, by the short side in pixels."""
MEMORY = 1536
"""MiB."""


class Made(NamedTuple):
    """One film, as it was made."""

    seconds: float
    wall: float
    cpu: float
    peak: float
    copied: float
    megabits: float
    """A second."""
    stages: dict[str, float]


def film(song: Path, options: list[str]) -> Made:
    """Film one song."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "film"
        command = [
            sys.executable, "-m", "songreel.cli.main", "--workspace", f"{folder}/workspace",
            "make", str(song), "--project", str(project), "--json", *options,
        ]  # fmt: skip
        start = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            text = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        if process.returncode:
            sys.exit(f"{song}: songreel make ended with {process.returncode}")
        told = json.loads(text)
        render = json.loads((project / "render.json").read_text())
        size = (project / render["file"]).stat().st_size
    return Made(
        seconds=told["seconds"],
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        peak=usage.ru_maxrss / 1024,
        copied=render["copied_frames"] / render["frames"],
        megabits=8e-6 * size / told["seconds"],
        stages=told["timings"],
    )


def main() -> None:
    """Print a row a song, and whether each limit held."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--size", type=int, choices=sorted(LIMITS), default=720)
    arguments = sys.argv[1:]
    split = arguments.index("--") if "--" in arguments else len(arguments)
    asked = parser.parse_args(arguments[:split])
    options = ["--size", str(asked.size), *arguments[split + 1 :]]
    limit = LIMITS[asked.size]
    print(f"short side {asked.size}: at most {limit:.1f} × the song's length, {MEMORY} MiB")
    print(
        f"{'song':<30} {'length s':>8} {'wall s':>7} {'ratio':>6} {'cpu s':>7} {'MiB':>6} "
        f"{'copied':>6} {'Mbit/s':>6}  stages as shares of the song's length"
    )
    held = True
    for song in asked.songs:
        made = film(song, options)
        ratio = made.wall / made.seconds
        good = ratio <= limit and made.peak <= MEMORY
        held = held and good
        stages = ", ".join(f"{name} {spent / made.seconds:.3f}" for name, spent in
                           made.stages.items())  # fmt: skip
        print(
            f"{song.stem[:30]:<30} {made.seconds:>8.1f} {made.wall:>7.1f} {ratio:>6.3f} "
            f"{made.cpu:>7.1f} {made.peak:>6.0f} {made.copied:>6.0%} {made.megabits:>6.1f}  "
            f"{stages}{'' if good else '  OVER'}",
            flush=True,
        )
    print("within the limits" if held else "over a limit")


if __name__ == "__main__":
    main()
