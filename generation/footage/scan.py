"""How a video looks along its length: light, sharpness, motion, and where it cuts."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.footage.decode import Developer, frames_between
from songreel.generation.footage.looks import Kept, Looks
from songreel.generation.footage.photo import focus_of, sharpness_of, small_grey
from songreel.generation.footage.source import Source
from songreel.models.errors import InvalidInput

_STEP = 1 / 8
"""Seconds between looks: four to the shortest shots that the cutting rules allow."""

_WINDOW = 4.0
"""Seconds looked at in one go where a file is too long to be looked at whole."""

_BUDGET = 12_000 * 1920 * 1080
"""Pixels to decode for a whole folder: about a minute of one core."""

_CUT = 0.10
"""Mean change of colour from one look to the next that is a cut if it also stands out."""

_STANDS_OUT = 3.5
"""Times the usual change around it. Doubtful ones count: a missed cut shows in the film, a false
one only parts a long take."""


def scan(
    sources: Sequence[Source], workers: int = 1, cache: Path | None = None
) -> Mapping[str, Looks]:
    """Look at every video in `sources`; by their sha256.

    Short files are looked at whole, long ones in windows spread evenly over them; how many
    depends on how much there is altogether. One that cannot be decoded has no stretches.

    Args:
        sources: Photos among them are passed over.
        workers: Videos looked at side by side.
        cache: Folder where what was seen is kept, by content; None: nowhere.
    """
    videos = [source for source in sources if source.video is not None]
    share = _BUDGET / max(len(videos), 1)
    stop = Event()
    kept = Kept(cache)

    def look(source: Source) -> Looks:
        spans = _looked_at(source, share)
        known = kept.find(source.sha256, spans)
        if known is None:
            known = _scan_one(source, spans, stop)
            if not (stop.is_set() or known.trouble):
                kept.keep(source.sha256, spans, known)
        return known

    with ThreadPoolExecutor(workers) as pool:
        looks = pool.map(look, videos)
        try:
            return {source.sha256: look for source, look in zip(videos, looks, strict=True)}
        except BaseException:  # Ctrl-C must not wait for the rest
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise


def windows(seconds: float, affordable: float) -> list[tuple[float, float]]:
    """Spans to look at in a file of `seconds` when `affordable` seconds may be decoded."""
    if seconds <= max(affordable, _WINDOW):
        return [(0.0, seconds)]
    count = max(1, int(affordable / _WINDOW))
    pitch = seconds / count
    return [
        (i * pitch + (pitch - _WINDOW) / 2, i * pitch + (pitch + _WINDOW) / 2) for i in range(count)
    ]


def _looked_at(source: Source, share: float) -> tuple[tuple[float, float], ...]:
    """Spans of a video to look at when `share` pixels of it may be decoded."""
    assert source.video is not None
    affordable = share / (source.width * source.height * max(source.video.rate, 1.0))
    return tuple(windows(source.video.seconds, affordable))


def _scan_one(source: Source, spans: Sequence[tuple[float, float]], stop: Event) -> Looks:
    assert source.video is not None
    shape = source.video
    scale = min(1.0, 320 / max(source.width, source.height))
    size = (max(2, round(source.width * scale)), max(2, round(source.height * scale)))
    develop = Developer(shape, *size, rough=True)
    rows: list[tuple[float, float, float, float]] = []
    stretches: list[tuple[float, float]] = []
    focus: list[tuple[float, float]] = []
    trouble = ""
    for start, end in spans:
        found: list[tuple[float, float, float, float]] = []
        before: NDArray[np.float32] | None = None
        last = start
        try:
            for time, frame in frames_between(source.path, start, end, rough=True):
                if stop.is_set():
                    break
                last = max(last, time + 1 / max(shape.rate, 1.0))
                if found and time < found[-1][0] + _STEP - 1e-3:
                    continue
                picture = develop(frame)
                grey = small_grey(picture)
                # In colour: a cut between two pictures of the same light shows only there.
                small = cv2.resize(picture, (32, 32), interpolation=cv2.INTER_AREA)
                thumb = np.asarray(small, dtype=np.float32) / np.float32(255)
                change = 0.0 if before is None else float(np.abs(thumb - before).mean())
                before = thumb
                found.append((time, float(grey.mean()), sharpness_of(grey), change))
                if len(found) % 8 == 1:
                    focus.append(focus_of(grey))
        except InvalidInput as error:
            trouble = str(error)
        if found:
            stretches += _uncut(found, min(last, end))
            rows += found
    if not rows:
        empty = np.zeros(0)
        return Looks(empty, empty, empty, empty, (), (0.5, 0.5), trouble or "no frame found")
    table = np.asarray(rows)
    middle = np.median(np.asarray(focus), axis=0)
    return Looks(
        times=table[:, 0],
        light=table[:, 1],
        sharpness=table[:, 2],
        motion=table[:, 3] / _STEP,
        stretches=tuple(stretches),
        focus=(float(middle[0]), float(middle[1])),
        trouble=trouble,
    )


def _uncut(
    found: Sequence[tuple[float, float, float, float]], end: float
) -> list[tuple[float, float]]:
    """Spans between the cuts in one window's looks."""
    times = [row[0] for row in found]
    changes = np.asarray([row[3] for row in found])
    spans, start = [], times[0]
    for i in range(1, len(found)):
        first = max(1, i - 6)
        around = np.delete(changes[first : i + 7], i - first)
        usual = float(np.median(around)) if around.size else 0.0
        if changes[i] > _CUT and changes[i] > _STANDS_OUT * usual:
            spans.append((start, times[i - 1]))
            start = times[i]
    spans.append((start, end))
    return [(a, b) for a, b in spans if b - a > _STEP]
