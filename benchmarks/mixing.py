"""A film mixed under music, beside FFmpeg's own `amix` and `loudnorm` in the same run.

Run it as `python benchmarks/mixing.py`; options: --minutes, --mode. The film, its sound and the
music are made here, which is not timed. Both ways decode two sounds, add them, bring them to
−14 LUFS and −1 dBTP, code AAC at 192 kbit/s and copy the picture. `loudnorm` works in one pass and
does not know what comes; ours measures what came of it and goes on until it is right.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter
import numpy as np

from songreel.assembly.mixing.mix import mix
from songreel.assembly.mixing.stem import Stem
from songreel.assembly.mux import interleaved
from songreel.models.mix import MixSpec
from songreel.sound.pcm import write_wav

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from support.meter import ffmpeg_reads
from support.mixes import RATE, delivered, film, music, noise


def sounds(graph: Any, feeds: list[Any], files: list[Path], seconds: float) -> Iterator[Any]:
    """What the graph's sink gives as the files go in side by side."""
    containers = [av.open(str(file)) for file in files]
    readers = [container.decode(audio=0) for container in containers]
    open_feeds = [True] * len(readers)
    while any(open_feeds):
        for i, (feed, reader) in enumerate(zip(feeds, readers, strict=True)):
            if not open_feeds[i]:
                continue
            frame = next(reader, None)
            open_feeds[i] = frame is not None and frame.time < seconds
            feed.push(frame if open_feeds[i] else None)
        while True:
            try:
                yield graph.sink.pull()
            except (av.BlockingIOError, av.EOFError):
                break
    for container in containers:
        container.close()


class Graph:
    """`amix` and `loudnorm`, as `ffmpeg -filter_complex` sets them up."""

    def __init__(self, files: list[Path]) -> None:
        graph = av.filter.Graph()
        self.feeds = []
        add = graph.add("amix", "inputs=2:duration=first:normalize=0")
        for i, file in enumerate(files):
            with av.open(str(file)) as container:
                feed = graph.add_abuffer(template=container.streams.audio[0])
            feed.link_to(add, 0, i)
            self.feeds.append(feed)
        level = graph.add("loudnorm", "I=-14:TP=-1:LRA=11")
        back = graph.add("aresample", str(RATE))
        form = graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo")
        self.sink = graph.add("abuffersink")
        for one, other in ((add, level), (level, back), (back, form), (form, self.sink)):
            one.link_to(other)
        graph.configure()
        self._graph = graph


def theirs(video: Path, sound: Path, output: Path, seconds: float) -> None:
    """The same film by FFmpeg's filters."""
    graph = Graph([video, sound])
    with av.open(str(video)) as source, av.open(str(output), "w") as made:
        shown = made.add_stream_from_template(source.streams.video[0])
        played: Any = made.add_stream("aac", rate=RATE, layout="stereo")
        played.bit_rate = 192_000

        def packets() -> Iterator[Any]:
            fifo, at = av.AudioFifo(), 0
            for frame in sounds(graph, graph.feeds, [video, sound], seconds):
                frame.pts = None
                fifo.write(frame)
                while (block := fifo.read(1024)) is not None:
                    block.pts, block.time_base = at, Fraction(1, RATE)
                    at += 1024
                    yield from played.encode(block)
            yield from played.encode(None)

        pictures = (p for p in source.demux(source.streams.video[0]) if p.size)
        for packet, is_picture in interleaved(pictures, packets()):
            packet.stream = shown if is_picture else played
            made.mux(packet)


def alone(video: Path, song: Path, mode: str) -> int:
    """KiB that a mix takes at the most in a process of its own; this one has held the film.

    The high-water mark of the process's own memory (Linux): that of `getrusage` begins with the
    parent's.
    """
    work = (
        "import sys; from pathlib import Path; from songreel.assembly.mixing.mix import mix; "
        "from songreel.assembly.mixing.stem import Stem; from songreel.models.mix import MixSpec; "
        "video, song, mode = sys.argv[1:]; out = Path(video).with_name('alone.mp4'); "
        "mix(Path(video), [Stem(Path(song))], MixSpec(mode=mode), out); "
        "print(next(x for x in open('/proc/self/status') if x.startswith('VmHWM')).split()[1])"
    )
    command = [sys.executable, "-c", work, str(video), str(song), mode]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Make, mix both ways, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--mode", choices=("mix", "duck"), default="mix")
    asked = parser.parse_args()
    seconds = asked.minutes * 60
    with tempfile.TemporaryDirectory() as folder:
        video, song = Path(folder) / "film.mp4", Path(folder) / "song.wav"
        once = np.tile(noise(10, 0.02), (1, round(seconds / 10) + 1))[:, : round(seconds * RATE)]
        film(video, 25, round(seconds * 25), once)
        write_wav(song, np.tile(music(10), (1, round(seconds / 10) + 1)), RATE, bits=16)
        mix(video, [Stem(song)], MixSpec(), Path(folder) / "first.mp4")  # compiles
        figures = {}
        spec = MixSpec(mode=asked.mode)
        for name, do in (
            ("songreel", lambda out: mix(video, [Stem(song)], spec, out)),
            ("loudnorm", lambda out: theirs(video, song, out, seconds)),
        ):
            output = Path(folder) / f"{name}.mp4"
            wall, cpu = time.perf_counter(), time.process_time()
            do(output)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            found = delivered(output)
            heard = ffmpeg_reads(found.samples, RATE, "stereo")
            figures[name] = asked.minutes / cpu
            print(
                f"{name}: {cpu:.1f} s CPU, {wall:.1f} s wall for {asked.minutes:g} min, "
                f"{figures[name]:.2f} min a second of CPU; {heard.integrated:.2f} LUFS, "
                f"{heard.true_peak:.2f} dBTP; {found.frames} frames, {found.counted} samples "
                f"({round(seconds * RATE)} are right)"
            )
        peak = alone(video, song, asked.mode)
    print(f"songreel / loudnorm: {figures['songreel'] / figures['loudnorm']:.2f} times as fast")
    print(f"memory of `songreel mix` at the most: {peak // 1024} MiB")


if __name__ == "__main__":
    main()
