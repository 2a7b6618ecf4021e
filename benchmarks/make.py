"""Seconds and memory of `songreel make`, whole, beside the song's own length.

    python benchmarks/make.py SONG... [-- OPTIONS OF songreel make]

Each song is filmed from nothing: a fresh project and an empty workspace in a temporary folder. The
limit is the song's length: a ratio of 1.0 is as long as listening to it. Memory is the largest
resident set of the process, as the kernel accounts it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def film(song: Path, options: list[str]) -> tuple[dict[str, object], float, float, float]:
    """Film one song; what it printed, wall and CPU seconds, and peak MiB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "-m", "songreel.cli.main", "--workspace", f"{folder}/workspace",
            "make", str(song), "--project", f"{folder}/film", "--json", *options,
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
    return json.loads(text), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Print a row a song."""
    arguments = sys.argv[1:]
    split = arguments.index("--") if "--" in arguments else len(arguments)
    songs, options = arguments[:split], arguments[split + 1 :]
    if not songs:
        sys.exit(__doc__)
    print(
        f"{'song':<34} {'length s':>8} {'wall s':>7} {'ratio':>6} {'cpu s':>7} {'MiB':>6}  stages"
    )
    for name in songs:
        made, wall, cpu, peak = film(Path(name), options)
        seconds = float(str(made["seconds"]))
        timings = made["timings"]
        assert isinstance(timings, dict)
        stages = ", ".join(f"{stage} {spent:.1f}" for stage, spent in timings.items())
        print(
            f"{Path(name).stem[:34]:<34} {seconds:>8.1f} {wall:>7.1f} {wall / seconds:>6.2f} "
            f"{cpu:>7.1f} {peak:>6.0f}  {stages}",
            flush=True,
        )


if __name__ == "__main__":
    main()
