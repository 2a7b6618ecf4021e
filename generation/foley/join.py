"""Pieces of sound to one track, as long as the film to the sample: `joined`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from songreel.generation.foley.chunks import RATE, Chunk, sample_at
from songreel.sound.fades import crossfade, fade_in, fade_out
from songreel.sound.meter import loudness
from songreel.sound.pcm import Pcm, Samples, resample, to_channels

EDGE = round(0.005 * RATE)
"""Samples of the fades at the track's own ends, and where a piece is too short: enough that nothing
clicks, too few to be heard as a fade."""

QUIET = -60.0
"""LUFS below which a piece counts as silent: raising it would raise its noise."""

MOST = 18.0
"""dB by which a piece is raised or lowered at most."""

MEET = 6.0
"""dB of difference between two beds that are made up for; more is a change of scene, and stays."""

REACH = 3 * RATE
"""Samples over which that is done: so slowly that it is not heard as a change."""

FRAME = RATE // 50
"""Samples of a frame, 20 ms."""

SHORT = 0.15
"""Seconds that may be missing at a piece's end without being told: at AAC's frames a delivered
video ends up to 1024 samples, 0.03 s, early, and MMAudio's grain is 0.125 s."""


@dataclass(frozen=True)
class Placed:
    """One piece in the track. Samples count from the track's start."""

    start: int
    end: int
    fade: int
    gain: float = 0.0
    """dB."""
    loudness: float | None = None
    """LUFS as it lies in the track, between its cuts."""
    step: float | None = None
    """LU from the piece before."""
    remarks: tuple[str, ...] = ()


def joined(
    chunks: Sequence[Chunk], sounds: Mapping[str, Pcm], total: int, channels: int
) -> tuple[Samples, tuple[Placed, ...]]:
    """One track of all pieces, brought to one loudness and cross-faded where they overlap.

    Args:
        chunks: In the film's order; they tile it.
        sounds: What came, by cue; from a cue that has none the track is silent, faded into and
            out of.
        total: Samples of the track, at `RATE`.
        channels: Of the track, 1 or 2.

    Returns:
        Shape (channels, total), and where each piece lies.
    """
    pieces: list[tuple[Samples, Placed]] = []
    for chunk in chunks:
        first, last = chunk.place()
        last = min(last, total) if chunk is not chunks[-1] else total
        begins, over = (sample_at(moment) for moment in chunk.fade)
        placed = Placed(first, last, min(over, last) - begins)
        sound = sounds.get(chunk.cue.id)
        if sound is None:
            pieces.append((np.zeros((channels, last - first), np.float32), placed))
            continue
        samples, remarks = _fitted(sound, last - first, channels)
        pieces.append((samples, replace(placed, remarks=remarks)))
    pieces = _evened(chunks, pieces)
    for _ in range(2):  # meeting shifts a piece's loudness, and evening that undoes a fifth of it
        pieces = _evened(chunks, met(pieces))
    track = np.zeros((channels, total), np.float32)
    for n, (samples, placed) in enumerate(pieces):
        there = placed.start + placed.fade
        if placed.fade and n:
            both = slice(placed.start, there)
            track[:, both] = crossfade(track[:, both], samples[:, : placed.fade])
        track[:, there : placed.end] = samples[:, placed.fade if n else 0 :]
    edge = min(EDGE, total // 2)
    return fade_out(fade_in(track, edge), edge), tuple(_told(chunks, pieces, track))


def _fitted(sound: Pcm, length: int, channels: int) -> tuple[Samples, tuple[str, ...]]:
    """A piece at the track's rate, cut to `length` samples, or silent from its end on."""
    samples = to_channels(resample(sound.samples, sound.rate, RATE), channels)
    found = samples.shape[1]
    if found >= length:
        return np.ascontiguousarray(samples[:, :length]), ()
    ended = fade_out(samples, min(EDGE, found))
    padded = np.pad(ended, ((0, 0), (0, length - found)))
    missing = (length - found) / RATE
    if missing <= SHORT:
        return padded, ()
    return padded, (
        f"what came is {missing:.2f} s shorter than the {length / RATE:.2f} s that were asked for; "
        "its end is silent",
    )


def _evened(
    chunks: Sequence[Chunk], pieces: Sequence[tuple[Samples, Placed]]
) -> list[tuple[Samples, Placed]]:
    """All pieces at the median of their loudness."""
    levels = [_level(_own(chunk, *piece)) for chunk, piece in zip(chunks, pieces, strict=True)]
    audible = [level for level in levels if level is not None]
    if not audible:
        return list(pieces)
    aim = median(audible)
    evened = []
    for (samples, placed), level in zip(pieces, levels, strict=True):
        if level is None:
            evened.append((samples, placed))
            continue
        gain = float(np.clip(aim - level, -MOST, MOST))
        remarks = placed.remarks
        if gain != aim - level:
            text = f"it is {abs(aim - level):.1f} LU off the others and was moved by {MOST:g} dB"
            remarks = (*remarks, text)
        louder = np.asarray(samples * np.float32(10 ** (gain / 20)), np.float32)
        total = round(placed.gain + gain, 2)
        evened.append((louder, replace(placed, gain=total, remarks=remarks)))
    return evened


def met(pieces: Sequence[tuple[Samples, Placed]]) -> list[tuple[Samples, Placed]]:
    """Pieces whose beds are equally loud where one goes over to the other.

    Where two overlap, both are the sound of the same pictures: what differs is the maker's whim.
    Each gives way by half, with a ramp of `REACH` to its join; events stand above the bed and do
    not count.
    """
    raised = [samples for samples, _ in pieces]
    for n in range(1, len(pieces)):
        fade = pieces[n][1].fade
        if not fade:
            continue
        before, after = _bed(raised[n - 1][:, -fade:]), _bed(raised[n][:, :fade])
        if before is None or after is None:
            continue
        half = float(np.clip(after - before, -MEET, MEET)) / 2
        raised[n - 1] = _ramped(raised[n - 1][:, ::-1], half, fade)[:, ::-1]
        raised[n] = _ramped(raised[n], -half, fade)
    return [(samples, placed) for samples, (_, placed) in zip(raised, pieces, strict=True)]


def _bed(samples: Samples) -> float | None:
    """Level of what sounds all the while, dB: the median over frames; None for silence."""
    count = samples.shape[1] // FRAME
    if not count:
        return None
    frames = samples[:, : count * FRAME].reshape(samples.shape[0], count, FRAME)
    level = 10 * np.log10(np.median(np.square(frames).mean(axis=(0, 2))) + 1e-12)
    return float(level) if level > QUIET else None


def _ramped(samples: Samples, decibels: float, whole: int) -> Samples:
    """Changed by so much over the first `whole` samples, and ever less over the next `REACH`."""
    reach = min(REACH, max(0, samples.shape[1] // 2 - whole))
    away = np.clip((np.arange(whole + reach) - whole) / max(reach, 1), 0, 1)
    gains = 10 ** (decibels * (0.5 + 0.5 * np.cos(np.pi * away)) / 20)
    changed = samples.copy()
    changed[:, : whole + reach] *= gains.astype(np.float32)
    return changed


def _told(
    chunks: Sequence[Chunk], pieces: Sequence[tuple[Samples, Placed]], track: Samples
) -> list[Placed]:
    """What the pieces measure in the finished track."""
    found: list[Placed] = []
    before: float | None = None
    for chunk, (_, placed) in zip(chunks, pieces, strict=True):
        level = _level(_own(chunk, track[:, placed.start : placed.end], placed))
        step = None if level is None or before is None else round(level - before, 2)
        shown = None if level is None else round(level, 2)
        found.append(replace(placed, loudness=shown, step=step))
        before = level
    return found


def _own(chunk: Chunk, samples: Samples, placed: Placed) -> Samples:
    """Of a piece what is heard by itself; all of it where that is less than half a second."""
    inner = samples[:, placed.fade : sample_at(chunk.alone) - placed.start]
    return inner if inner.shape[1] >= RATE // 2 else samples


def _level(samples: Samples) -> float | None:
    """LUFS; None for silence and for what is too short."""
    found = loudness(samples, RATE).integrated
    return found if found is not None and found > QUIET else None
