"""Whether the same song is heard the same: in other formats, quieter, later, in mono, at 44.1 kHz.

    python benchmarks/analysis/invariance.py [SONG...]

Without songs, three made in code are used. What cannot be met makes the exit status 1: beats of
lossless and lossy files agree within 5 ms, at another sampling rate within 3 ms; 12 dB less and
silence around it change nothing, and the same samples give the same bytes in every process.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from corpus.songs import SONGS, song
from songreel.analysis.analyze import analyze
from songreel.analysis.audio import open_sound
from songreel.models.music import Analysis

CODED, RESAMPLED = 5.0, 3.0
"""Milliseconds that a beat may move."""
ROUNDING = 1e-4
"""Of measured values, as they are stored."""
TIMES = ("beats", "downbeats", "phrases", "start", "end", "starts", "times")
RATE = 48_000
Wave = NDArray[np.float32]


@dataclass(frozen=True)
class Finding:
    """One comparison."""

    what: str
    met: bool
    words: str


def wav(path: Path, sides: Wave, rate: int = RATE) -> Path:
    """32-bit float, so that nothing is rounded."""
    soundfile.write(path, sides.T, rate, subtype="FLOAT")
    return path


def coded(path: Path, codec: str, sides: Wave, kbit: int) -> Path:
    """Through FFmpeg's encoder into the container of the file's name; MP3 with its LAME tag."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=RATE, layout="stereo")
        stream.bit_rate = 1000 * kbit
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sides), "fltp", "stereo")
        frame.sample_rate, frame.pts = RATE, 0
        fitted = av.AudioResampler(
            format=stream.format, layout="stereo", rate=RATE, frame_size=stream.frame_size
        )
        for piece in [*fitted.resample(frame), *fitted.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def formats(sides: Wave, folder: Path) -> Iterator[tuple[str, Path]]:
    """The song in each format."""
    soundfile.write(folder / "16.wav", sides.T, RATE, subtype="PCM_16")
    yield "WAV, 16 bit", folder / "16.wav"
    soundfile.write(folder / "24.flac", sides.T, RATE, subtype="PCM_24")
    yield "FLAC, 24 bit", folder / "24.flac"
    yield "MP3, 192 kbit/s", coded(folder / "192.mp3", "libmp3lame", sides, 192)
    yield "MP3, 96 kbit/s", coded(folder / "96.mp3", "libmp3lame", sides, 96)
    yield "AAC in M4A, 128 kbit/s", coded(folder / "128.m4a", "aac", sides, 128)
    yield "Opus, 96 kbit/s", coded(folder / "96.opus", "libopus", sides, 96)
    with soundfile.SoundFile(folder / "v.ogg", "w", RATE, 2, "VORBIS", format="OGG") as file:
        # In blocks: libsndfile 1.2 overflows its stack on a whole song at once.
        for start in range(0, sides.shape[1], RATE):
            file.write(sides.T[start : start + RATE])
    yield "Ogg Vorbis", folder / "v.ogg"


def moved(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, float, int]:
    """Largest and median ms between beats that both have, and how many only one has."""
    if not one or not other:
        return 0.0, 0.0, len(one) + len(other)
    a, b = np.array(one), np.array(other)
    nearest = b[np.abs(b[:, None] - a).argmin(axis=0)] - a
    both = np.abs(nearest) <= 0.07
    near = 1000 * np.abs(nearest[both])
    alone = int((~both).sum()) + len(b) - int(both.sum())
    return (float(near.max()), float(np.median(near)), alone) if near.size else (0.0, 0.0, alone)


def agreement(what: str, truth: Analysis, found: Analysis, most: float) -> Finding:
    """Whether the beats of two hearings agree within `most` milliseconds."""
    largest, middle, alone = moved(truth.beats, found.beats)
    bars = moved(truth.downbeats, found.downbeats)[2]
    return Finding(
        what,
        largest <= most and alone == 0,
        f"beats move by at most {largest:.2f} ms, median {middle:.2f}; {alone} without a "
        f"counterpart, {bars} bar starts differ, {len(truth.sections)} and {len(found.sections)} "
        "sections",
    )


def quieter(truth: Analysis, found: Analysis) -> Finding:
    """12 dB less: loudness is 12 LU less, and nothing else differs."""
    one, other = (analysis.model_dump(mode="json") for analysis in (truth, found))
    compared = one.keys() - {"track", "loudness"}
    changed = sorted(name for name in compared if not same(one[name], other[name], name))
    before, after = truth.loudness.integrated, found.loudness.integrated
    drop = 0.0 if before is None or after is None else after - before
    met = not changed and abs(drop + 12) <= 0.01
    return Finding("12 dB less", met, f"loudness {drop:+.3f} LU; {differing(changed)}")


def same(one: Any, other: Any, name: str) -> bool:
    """Whether two values of a field called `name` are equal, whatever they hold.

    Times must be equal. Measured values are stored rounded: their last digit may go the other way.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k], k) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            same(a, b, name) for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, float) and isinstance(other, float) and name not in TIMES:
        return abs(one - other) <= 1.5 * ROUNDING
    return bool(one == other)


def differing(names: list[str]) -> str:
    return f"differing: {'; '.join(names) or 'nothing'}"


def later(truth: Analysis, found: Analysis) -> Finding:
    """A second of silence in front: all times are exactly one second more."""
    wrong = []
    pairs: dict[str, tuple[list[float], list[float]]] = {
        "beats": (list(truth.beats), list(found.beats)),
        "downbeats": (list(truth.downbeats), list(found.downbeats)),
        "phrases": (list(truth.phrases[1:]), list(found.phrases[1:])),
        "sections": ([s.start for s in truth.sections[1:]], [s.start for s in found.sections[1:]]),
        "chords": ([c.start for c in truth.chords[1:]], [c.start for c in found.chords[1:]]),
        "events": ([e.start for e in truth.events if e.start > 0],
                   [e.start for e in found.events if e.start > 0]),
        **{f"{band} onsets": (list(getattr(truth.onsets, band).times),
                              list(getattr(found.onsets, band).times))
           for band in ("kick", "snare", "hat", "bass", "melody")},
    }  # fmt: skip
    for name, (before, after) in pairs.items():
        shifted = [round(time + 1, 6) for time in before]
        if [round(time, 6) for time in after] != shifted:
            apart = [abs(a - b) for a, b in zip(after, shifted, strict=False)]
            most = 1000 * max(apart, default=0.0)
            wrong.append(f"{name} ({len(before)} and {len(after)}, up to {most:.2f} ms)")
    same = [(s.label, s.letter) for s in truth.sections] == [
        (s.label, s.letter) for s in found.sections
    ]
    wrong += [] if same else ["section labels"]
    wrong += [name for name in ("key", "meter", "tempo")
              if getattr(truth, name) != getattr(found, name)]  # fmt: skip
    return Finding("1 s of silence in front", not wrong, differing(wrong))


def followed(truth: Analysis, found: Analysis) -> Finding:
    """Five seconds of silence behind: nothing before them differs."""
    end = truth.track.duration
    last = truth.sections[-1].start
    wrong = []
    if tuple(b for b in found.beats if b < end) != truth.beats:
        largest, _, alone = moved(truth.beats, tuple(b for b in found.beats if b < end))
        wrong.append(f"beats (up to {largest:.2f} ms, {alone} alone)")
    if [b for b in found.beats if b >= end]:
        wrong.append("beats in the silence")
    if [(s.start, s.label, s.letter) for s in found.sections if s.start <= last] != [
        (s.start, s.label, s.letter) for s in truth.sections
    ]:
        wrong.append("sections")
    wrong += [name for name in ("key", "meter", "tempo")
              if getattr(truth, name) != getattr(found, name)]  # fmt: skip
    return Finding("5 s of silence behind", not wrong, differing(wrong))


def repeated(path: Path, truth: Analysis) -> Finding:
    """The same bytes again, here and in two processes of other hash seeds and thread counts."""
    code = (
        "import sys, hashlib; from pathlib import Path; "
        "from songreel.analysis.analyze import analyze; "
        "from songreel.analysis.audio import open_sound; "
        "print(hashlib.sha256(analyze(open_sound(Path(sys.argv[1]))).to_json().encode())"
        ".hexdigest())"
    )
    wanted = _digest(truth)
    found = [_digest(analyze(open_sound(path)))]
    for seed, threads in (("1", "1"), ("2", "2")):
        settings = {**os.environ, "PYTHONHASHSEED": seed}
        settings |= dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), threads)
        found.append(
            subprocess.run([sys.executable, "-c", code, str(path)], env=settings, check=True,
                           capture_output=True, text=True).stdout.strip()
        )  # fmt: skip
    equal = sum(digest == wanted for digest in found)
    return Finding("again", equal == 3, f"{equal} of 3 repetitions give the same bytes")


def _digest(analysis: Analysis) -> str:
    return hashlib.sha256(analysis.to_json().encode()).hexdigest()


def compare(sides: Wave, folder: Path, only: str = "") -> Iterator[Finding]:
    """All comparisons of a song: samples of shape (2, n) at 48 kHz."""
    path = wav(folder / "song.wav", sides)
    truth = analyze(open_sound(path))

    def again(name: str, samples: Wave, rate: int = RATE) -> Analysis:
        return analyze(open_sound(wav(folder / f"{name}.wav", samples, rate)))

    silence = np.zeros((2, RATE), np.float32)
    steps: dict[str, Callable[[], Finding]] = {
        "quieter": lambda: quieter(truth, again("quieter", sides * np.float32(10 ** (-12 / 20)))),
        "later": lambda: later(truth, again("later", np.concatenate([silence, sides], axis=1))),
        "followed": lambda: followed(
            truth, again("followed", np.concatenate([sides, *[silence] * 5], axis=1))
        ),
        "mono": lambda: agreement(
            "mono", truth, again("mono", sides.mean(axis=0, keepdims=True)), 0.0
        ),
        "44.1 kHz": lambda: agreement(
            "44.1 kHz", truth,
            again("slow", soxr.resample(sides.T, RATE, 44_100, "VHQ").T, 44_100), RESAMPLED,
        ),
        "again": lambda: repeated(path, truth),
    }  # fmt: skip
    for name, step in steps.items():
        if only in name:
            yield step()
    if only in "formats":
        for name, coded_path in formats(sides, folder):
            yield agreement(name, truth, analyze(open_sound(coded_path)), CODED)


def sounds(paths: list[Path]) -> Iterator[tuple[str, Wave]]:
    """The songs asked for at 48 kHz in stereo, or those made in code."""
    for path in paths:
        opened = open_sound(path)
        samples = np.concatenate(list(opened.blocks()), axis=1)
        samples = np.broadcast_to(samples, (2, samples.shape[1])) if len(samples) == 1 else samples
        if opened.track.sample_rate != RATE:
            samples = soxr.resample(samples[:2].T, opened.track.sample_rate, RATE).T
        yield path.stem, np.ascontiguousarray(samples[:2], np.float32)
    if not paths:
        for form in SONGS:
            yield f"{form.name}, made in code", song(form)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("songs", nargs="*", type=Path)
    parser.add_argument("--only", default="", help="quieter, later, followed, mono, 44.1, formats…")
    options = parser.parse_args()
    good = True
    for name, sides in sounds(options.songs):
        print(f"\n{name}")
        with tempfile.TemporaryDirectory() as folder:
            for finding in compare(sides, Path(folder), options.only):
                print(f"  {'PASS' if finding.met else 'FAIL'}  {finding.what:<24}{finding.words}")
                good &= finding.met
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
