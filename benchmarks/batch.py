"""What a farm of clip workers costs a clip, and what it brings, beside the direct way in one run.

    python benchmarks/batch.py [--clips 40] [--size 360] [--seconds 2] [--workers 1 2 4]
                               [--engine local|ray] [--visuals builtin]

Clips alike are made directly by the provider in this process, one at a time, and by farms of 1, 2
and 4 workers, four here and four there in turn. Seconds are medians a clip; "speed" and "overhead"
are medians of the pairs. Every farm has made clips on each worker before the clock starts, so that
loading is no part of it. With Ray the workers are on a cluster of that many nodes in this machine.
"handing" is what the farm itself measures: from a worker's being given an order to the clip's being
known as done, less its making; a worker makes nothing meanwhile. "CPU" is how much more CPU time
farm and command spend on a clip than the command alone does (Linux, without Ray).
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

THREADS = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
os.environ.update(THREADS)

from songreel.generation.farm.farm import Farm  # noqa: E402
from songreel.generation.farm.farmed import Farmed  # noqa: E402
from songreel.generation.farm.kept import Kept  # noqa: E402
from songreel.generation.farm.line import Line  # noqa: E402
from songreel.generation.farm.places import Place, Wanted  # noqa: E402
from songreel.generation.farm.pool import Pool  # noqa: E402
from songreel.generation.provider import Context, Provider  # noqa: E402
from songreel.generation.registry import create  # noqa: E402
from songreel.models.clip import ClipRequest, Drive, Job  # noqa: E402
from songreel.models.music import Curve  # noqa: E402
from songreel.models.storyboard import CameraMove, Oklch, ShotSize  # noqa: E402

PALETTE = tuple(
    Oklch(lightness=v, chroma=0.1, hue=h) for v, h in ((0.2, 250), (0.5, 300), (0.8, 30))
)
RATE = Fraction(24)
ROUND = 4
"""Clips that are made directly and by the farm in turn, so that both meet the same machine."""
POLL = 0.02
"""Seconds between two looks at a job, as when a film is made."""


def requests(
    maker: Provider, count: int, first: int, size: int, seconds: float
) -> list[ClipRequest]:
    """`count` clips that nobody has made yet, as `maker` plans them."""
    curve = Curve(rate=10, values=tuple(0.5 for _ in range(int(seconds * 10) + 2)))
    drive = Drive(
        beats=tuple(i / 2 for i in range(int(2 * seconds))),
        energy=curve,
        brightness=curve,
        bass=curve,
    )
    asked = {
        f"s{i:03d}": ClipRequest(
            prompt="waves at dusk", camera=CameraMove.PUSH_IN, size=ShotSize.WIDE, palette=PALETTE,
            energy=0.5, motion=0.5, seed=first + i, width=size * 16 // 9 // 2 * 2, height=size,
            rate=RATE, frames=round(seconds * 24), drive=drive, motif="ocean",
        )
        for i in range(count)
    }  # fmt: skip
    return [portion.request for portion in maker.plan(asked).values()]


def timed(maker: Provider, wanted: Sequence[ClipRequest]) -> float:
    """Seconds until `maker` has made all."""
    start = time.perf_counter()
    jobs: list[Job] = [maker.submit(request) for request in wanted]
    while jobs:
        for job in list(jobs):
            state = maker.poll(job)
            if state.status == "failed":
                raise SystemExit(f"a clip failed: {state.detail}")
            if state.status == "done":
                Path(state.result or "").unlink()
                jobs.remove(job)
        if jobs:
            time.sleep(POLL)
    return time.perf_counter() - start


def used(process: int) -> float:
    """CPU seconds that a process has used (Linux)."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def processes(folder: Path, workers: int, source: str) -> Iterator[tuple[Farm, Any]]:
    """A farm of processes, and what tells how it was."""
    staff = [Place(name=f"cpu {i}", environment=THREADS) for i in range(workers)]
    pool = Pool(Kept(folder / "kept"), staff, folder / "cache")
    line = Line("benchmark", {source}, pool.environment)
    try:
        ids = list(pool.processes().values())

        def told() -> Any:
            work = pool.work()
            cpu = sum(map(used, ids)) + time.process_time()
            return sum(work.made.values()), work.making, work.handing, cpu

        yield line, told
    finally:
        line.close()
        pool.close()


@contextmanager
def actors(folder: Path, workers: int, source: str) -> Iterator[tuple[Farm, Any]]:
    """A farm of Ray actors, each on a node of its own."""
    from ray.cluster_utils import Cluster

    from songreel.generation.farm import nodes
    from songreel.generation.farm.ray_line import RayLine
    from songreel.generation.farm.ray_pool import RayPool

    os.environ["SONGREEL_WORKSPACE"] = str(folder / "nodes")
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
    )
    try:
        for _ in range(workers - 1):
            cluster.add_node(num_cpus=1)
        nodes.connect(cluster.address, workers)
        ray = nodes.ray_module()
        first = ray.get_runtime_context().get_node_id()
        pool = RayPool(
            folder / "kept", nodes.nodes(), first, [source],
            lambda name, _: Wanted(source=name, gpu=False), workers,
        )  # fmt: skip
        line = RayLine("benchmark", 0, {source}, pool.broker)

        def told() -> tuple[int, float, float, float]:
            made, making, handing, _ = pool.work()
            return sum(made.values()), making, handing, 0.0

        yield line, told
        line.close()
        pool.close()
    finally:
        nodes.ray_module().shutdown()
        cluster.shutdown()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--size", type=int, default=360, help="pixels of the short side")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--engine", choices=("local", "ray"), default="local")
    parser.add_argument("--visuals", default="builtin")
    given = parser.parse_args()
    start = processes if given.engine == "local" else actors
    first = 0

    def new(maker: Provider, count: int) -> list[ClipRequest]:
        nonlocal first
        first += count
        return requests(maker, count, first, given.size, given.seconds)

    print(f"{given.clips} clips of {given.visuals}, {given.size} pixels, {given.seconds:g} s, "
          f"{os.cpu_count()} cores, {given.engine}")  # fmt: skip
    print(f"{'workers':>8} {'direct, s':>11} {'farm, s':>9} {'clips/min':>10} {'speed':>6} "
          f"{'overhead':>9} {'handing':>11} {'CPU':>8}")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="songreel-") as name:
        folder = Path(name)
        context = Context(scratch=folder / "scratch", cache=folder / "cache")
        direct = create(given.visuals, context)
        timed(direct, new(direct, 1))
        for workers in given.workers:
            with start(folder / f"{workers}", workers, given.visuals) as (line, told):
                farmed = Farmed(create(given.visuals, context), line, context, given.visuals)
                timed(farmed, new(farmed, 4 * workers))
                pairs: list[tuple[float, float]] = []
                before, spent = told(), [0.0, 0.0]
                for _ in range(given.clips // ROUND):
                    both = []
                    for which, maker in enumerate((direct, farmed)):
                        wanted, then = new(maker, ROUND), told()[3]
                        both.append(timed(maker, wanted) / ROUND)
                        spent[which] += told()[3] - then
                    pairs.append((both[0], both[1]))
                made, _, handing, _ = (x - y for x, y in zip(told(), before, strict=True))
                farmed.close()
            one = statistics.median(pair[0] for pair in pairs)
            each = statistics.median(pair[1] for pair in pairs)
            speed = statistics.median(alone / together for alone, together in pairs)
            share = f"{statistics.median(b / a for a, b in pairs) - 1:+.1%}" if workers == 1 else ""
            print(
                f"{workers:8d} {one:11.3f} {each:9.3f} {60 / each:10.1f} {speed:6.2f} {share:>9} "
                f"{1000 * handing / made:8.1f} ms "
                f"{f'{spent[1] / spent[0] - 1:+.1%}' if spent[0] else '':>8}",
                flush=True,
            )
        direct.close()


if __name__ == "__main__":
    main()
