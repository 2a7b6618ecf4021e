"""Which part of each clip a film of another shape shows: `focused`."""

from collections.abc import Iterable, Mapping
from math import floor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline

from songreel.assembly.attention import attentions, weights
from songreel.assembly.croppath import crop_path
from songreel.models.attention import Attention
from songreel.models.clip import Clip
from songreel.models.progress import Progress
from songreel.models.timeline import Cut, Timeline

Floats = NDArray[np.float64]

SAME_SHAPE = 0.03
"""Share of a clip that may be cut off in the middle without looking: 854 × 480 in 16:9, say."""

LOOKS = 8.0
"""A second of the film, at which a path is laid."""

UPPER = 0.42
"""Where down the picture the middle of a crop belongs when nothing draws the eye: people's faces
and horizons lie in the upper half."""

_EXACT = 5e-5
"""Shares of the picture by which the knots may be off the path: a sixteenth of a pixel of 1280."""


def lost(clip: tuple[int, int], film: tuple[int, int]) -> tuple[float, float]:
    """Share of the clip's width and of its height that a film of that size cuts off."""
    (w, h), (width, height) = clip, film
    scale = max(width / w, height / h)
    return max(0.0, 1 - width / (w * scale)), max(0.0, 1 - height / (h * scale))


def needs_focus(clip: tuple[int, int], film: tuple[int, int]) -> bool:
    """Whether it matters which part of a clip of that size the film shows."""
    return max(lost(clip, film)) > SAME_SHAPE


def focused(
    timeline: Timeline,
    sizes: Mapping[str, tuple[int, int]],
    seen: Mapping[str, Attention],
) -> Timeline:
    """`timeline` in which every crop follows its subject.

    Args:
        timeline: The edit, of the size it is to have.
        sizes: Width and height of each clip, by sha256.
        seen: Where the eye goes in each clip that is cropped, by sha256; others stay as they are.
    """
    film = (timeline.width, timeline.height)
    cuts = [
        cut.model_copy(update={"focus": focus_of(
            cut, sizes[cut.clip_sha256], film, seen[cut.clip_sha256], float(timeline.rate)
        )})
        if cut.clip_sha256 in seen and needs_focus(sizes[cut.clip_sha256], film)
        else cut
        for cut in timeline.cuts
    ]  # fmt: skip
    return timeline.model_copy(update={"cuts": tuple(cuts)})


def followed(
    timeline: Timeline, clips: Iterable[Clip], folder: Path, workers: int, progress: Progress
) -> Timeline:
    """`timeline` in which clips of another shape than the film's are cropped around their subject.

    Args:
        timeline: The edit.
        clips: Those it shows.
        folder: Where their files are; what is seen in them is kept there.
        workers: Clips looked at side by side.
        progress: Told how many are done.

    Raises:
        InvalidInput: A clip does not decode.
    """
    film = (timeline.width, timeline.height)
    shown = {clip.sha256: clip for clip in clips if needs_focus((clip.width, clip.height), film)}
    if not shown:
        return timeline
    files = {mark: folder / clip.file for mark, clip in shown.items()}
    sizes = {mark: (clip.width, clip.height) for mark, clip in shown.items()}
    return focused(timeline, sizes, attentions(files, workers, progress))


def focus_of(
    cut: Cut, clip: tuple[int, int], film: tuple[int, int], seen: Attention, rate: float
) -> tuple[tuple[int, float, float], ...]:
    """The crop's path over one shot, as `Cut.focus` has it; laid anew at each shot's start.

    Args:
        cut: The shot.
        clip: Width and height of its clip.
        film: Of the film.
        seen: Where the eye goes in the clip.
        rate: Frames of the film a second.
    """
    frames = cut.end - cut.start
    count = max(1, floor((frames - 1) / rate * LOOKS) + 1)
    shown = np.array([cut.shown(offset) for offset in range(frames)])
    places = np.linspace(0, frames - 1, count + 1) if frames > 1 else np.zeros(1)
    moments = np.interp(places, np.arange(frames), shown) / rate
    pace = rate * count / (frames - 1) if frames > 1 else LOOKS
    at = np.clip(moments * seen.rate, 0, len(seen.trust) - 1)
    trust, moving = _rows(np.array(seen.trust)[:, None], at)[:, 0], _rows(
        np.array(seen.moving)[:, None], at
    )[:, 0]  # fmt: skip
    paths = []
    for share, rows, rest in zip(
        lost(clip, film), (seen.across, seen.down), (0.5, UPPER), strict=True
    ):
        if share <= 1e-3:
            paths.append(np.full(len(places), 0.5))
            continue
        path = crop_path(
            _rows(weights(rows), at), trust, moving, crop=1 - share, rate=pace, rest=rest
        )
        paths.append(path)
    return _knots(frames, np.stack(paths, axis=1))


def _rows(values: Floats, at: Floats) -> Floats:
    """Rows of `values` at fractional indices."""
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(values) - 1)
    share = (at - low)[:, None]
    return np.asarray(values[low] * (1 - share) + values[high] * share)


def _knots(count: int, path: Floats) -> tuple[tuple[int, float, float], ...]:
    """The fewest knots that give the path over `count` frames, smooth from frame to frame."""
    if len(path) == 1 or not np.ptp(path, axis=0).any():
        return ((0, *_rounded(path[0])),)
    frames = np.arange(count)
    smooth = _smooth(path, frames / (count - 1) * (len(path) - 1))
    kept = [0]
    while kept[-1] < len(frames) - 1:
        first, last = kept[-1], kept[-1] + 1
        while last + 1 < len(frames):
            line = np.linspace(smooth[first], smooth[last + 1], last + 2 - first)
            if np.abs(line - smooth[first : last + 2]).max() > _EXACT:
                break
            last += 1
        kept.append(last)
    return tuple((i, *_rounded(smooth[i])) for i in kept)


def _smooth(path: Floats, at: Floats) -> Floats:
    """The path at fractional indices.

    It is a cubic B-spline, whose speed and acceleration have no steps and which never swings
    beyond its points.
    """
    held = np.pad(path, ((2, 2), (0, 0)), mode="edge")
    spline = BSpline(np.arange(len(held) + 4) - 4.0, held, 3)
    return np.asarray(spline(at))


def _rounded(point: Floats) -> tuple[float, float]:
    return round(float(point[0]), 5), round(float(point[1]), 5)
