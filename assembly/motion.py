"""How a clip moves, measured in its pictures without any trained model: `motion_of`, `motions`.

From picture to picture the optical flow (DIS, Kroeger et al., ECCV 2016) is found on small
pictures and parted into what the camera does (a shift, turn and zoom of the whole picture, fitted
to the flow) and what moves in front of it. Cuts inside a clip, film grain, a flickering lamp and
pictures that are shown twice are no motion.
"""

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

import av
import av.error
import cv2
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from songreel.assembly.peaks import peaks_of, smoothed
from songreel.models.clip import Clip
from songreel.models.errors import InvalidInput, SongreelError
from songreel.models.motion import Motion
from songreel.models.progress import Progress

_WIDTH = 256
"""Pixels across of the pictures that are compared."""

_GRAIN = 1.0
"""Pixels of blur against grain, and against the crawling of coarse compression."""

_GRID = 4
"""Every so many pixels a vector of the flow is looked at."""

_ACTION = 1.5
"""How much more what moves in the picture counts than the camera. It is an RMS over the picture,
so that a small thing that moves fast is heard beside a large one that moves slowly."""

_TURN = 0.75
"""How much a change of speed or direction counts beside speed itself. A ball that hits the ground
is slow in the step of the hit, down and up again in one: what is seen there is the turn."""

_WRONG = 0.4
"""Share of the pictures' contrast (standard deviation) from which a difference that is left counts
against the flow there."""

_HELD = 1.0
"""Mean change of luma (of 255) below which a picture may be the one before once more …"""
_HELD_SHARE = 0.12
"""… if it changes less than this share of the largest change around it."""

_CUT_LEFT = 0.45
"""A cut: this share of the pictures' contrast is left unexplained by the flow …"""
_CUT_USUAL = 2.5
"""… which is so many times more than around it."""

_BLACK = 0.06
"""Mean luma under which a picture is black, if half of the clip is over twice that."""
_BLURRED = 0.45
"""Share of the clip's usual sharpness under which a picture is blurred, if it does not move fast
(a whip is blurred and meant to be)."""

Grey = NDArray[np.uint8]
Values = NDArray[np.float64]


@dataclass
class _Step:
    """From one picture to the next: widths a picture, and shares."""

    camera: float = 0.0
    action: float = 0.0
    way: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """Where the camera goes, across and down, and the action, as far as it goes one way."""
    change: float = 0.0
    """Mean change of luma, of 255."""
    left: float = 0.0
    """Share of the contrast that the flow does not explain."""


def motions(
    clips: Mapping[str, Clip], folder: Path, workers: int, progress: Progress
) -> dict[str, Motion]:
    """How the clips of a film move, by their sha256; measured once and kept beside them.

    Clips that were made to the music move with it already and are left out.

    Args:
        clips: By shot.
        folder: Where their files are; `NAME.motion.json` is written beside each.
        workers: Clips measured at the same time.
        progress: Told what is being done.

    Raises:
        InvalidInput: A file cannot be read.
        MachineError: The folder cannot be written.
    """
    wanted = {clip.sha256: clip.file for clip in clips.values() if clip.request.drive is None}
    code = _code()
    found: dict[str, Motion] = {}
    missing: dict[str, str] = {}
    for digest, file in wanted.items():
        known = _kept(_beside(folder / file), digest, code)
        if known is None:
            missing[digest] = file
        else:
            found[digest] = known
    if missing:
        with ThreadPoolExecutor(max(1, workers)) as pool:
            jobs = {
                pool.submit(_measured, folder / file, digest, code): digest
                for digest, file in missing.items()
            }
            try:
                for done, job in enumerate(as_completed(jobs)):
                    progress("looking at how the clips move", done / len(jobs))
                    found[jobs[job]] = job.result()
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
    return {digest: found[digest] for digest in wanted}


def _code() -> str:
    """Version of what measures, so that nobody has to remember to raise one."""
    own = files("songreel.assembly")
    sources = ((own / name).read_bytes() for name in ("motion.py", "peaks.py"))
    return hashlib.sha256(b"\0".join(sources)).hexdigest()[:12]


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.stem}.motion.json")


def _kept(path: Path, digest: str, code: str) -> Motion | None:
    """What was measured before, if it was this file and this code; anything else is made anew."""
    if not path.is_file():
        return None
    try:
        known = Motion.load(path)
    except SongreelError:
        return None
    return known if (known.clip_sha256, known.code) == (digest, code) else None


def _measured(path: Path, digest: str, code: str) -> Motion:
    motion = motion_of(path, digest, code)
    motion.save(_beside(path))
    return motion


def motion_of(path: Path, digest: str, code: str = "") -> Motion:
    """Measure the motion of the clip at `path`.

    Raises:
        InvalidInput: It is missing or does not decode.
    """
    try:
        rate, pictures = _pictures(path)
        return _motion(pictures, rate, digest, code)
    except (OSError, av.error.FFmpegError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(
            f"the clip {path} cannot be read ({reason}); generate it again"
        ) from error


def _pictures(path: Path) -> tuple[Fraction, Iterator[Grey]]:
    container = av.open(str(path))
    if not container.streams.video:
        container.close()
        raise InvalidInput(f"the clip {path} holds no picture; generate it again")
    stream = container.streams.video[0]
    stream.codec_context.thread_count = 1  # clips are measured side by side
    stream.codec_context.options = {"skip_loop_filter": "all"}
    rate = Fraction(stream.average_rate or stream.base_rate or 24)

    def decoded() -> Iterator[Grey]:
        with container:
            for frame in container.decode(stream):
                scale = _WIDTH / max(frame.width, frame.height)
                wide, high = (max(32, round(s * scale)) for s in (frame.width, frame.height))
                small = frame.reformat(
                    wide, high, "gray", interpolation=Interpolation.AREA, threads=1
                )
                yield np.asarray(small.to_ndarray(), np.uint8)

    return rate, decoded()


def _motion(pictures: Iterator[Grey], rate: Fraction, digest: str, code: str) -> Motion:
    compare = _Comparer()
    steps: list[_Step] = []
    light: list[float] = []
    sharp: list[float] = []
    for grey in pictures:
        light.append(float(grey.mean()) / 255)
        sharp.append(_sharpness(grey))
        steps.append(compare(cv2.GaussianBlur(grey, (0, 0), _GRAIN)))
    if not steps:
        raise InvalidInput("a clip holds no picture; generate it again")
    camera = np.array([step.camera for step in steps])
    action = np.array([step.action for step in steps])
    change = np.array([step.change for step in steps])
    cuts = _cuts(np.array([step.left for step in steps]))
    held = _held(change)
    for values in (camera, action):
        _bridged(values, cuts)
        _spread(values, held)
    way = np.array([step.way for step in steps])
    for column in way.T:
        _bridged(column, cuts)
        _spread(column, held)
    total = (np.hypot(camera, _ACTION * action) + _TURN * _turns(way)) * float(rate)
    return Motion(
        clip_sha256=digest,
        code=code,
        rate=rate,
        values=tuple(np.round(total, 4).tolist()),
        camera=tuple(np.round(camera * float(rate), 4).tolist()),
        peaks=peaks_of(total, float(rate), cuts),
        cuts=tuple(cuts),
        poor=_poor(np.array(light), np.array(sharp), smoothed(total, float(rate))),
    )


class _Comparer:
    """Compares each picture with the one before."""

    def __init__(self) -> None:
        self._search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._before: Any = None

    def __call__(self, grey: Any) -> _Step:
        before, self._before = self._before, grey
        if before is None:
            return _Step()
        change = float(np.abs(cv2.absdiff(grey, before)).mean())
        if change == 0:
            return _Step()
        flow = self._search.calc(before, grey, None)
        width, height = grey.shape[1], grey.shape[0]
        vectors = flow[_GRID // 2 :: _GRID, _GRID // 2 :: _GRID].astype(np.float64)
        points = _points(width, height)
        whole = _camera(points, vectors.reshape(-1, 2))
        off, left = _unexplained(before, grey, flow)
        # Where the flow does not lead to what is there (an edge uncovered, a wrong match) it is
        # no motion that anybody sees.
        trust = 1 / (1 + (off / max(_WRONG * float(before.std()), 4.0)) ** 2)
        own = (vectors.reshape(-1, 2) - whole) * trust.reshape(-1, 1)
        action = float(np.sqrt((own**2).sum(axis=1).mean())) / width
        one_way = own.sum(axis=0) / (np.hypot(*own.T).sum() + 1e-9)
        shift = whole.mean(axis=0) / width
        return _Step(
            camera=float(np.sqrt((whole**2).sum(axis=1).mean())) / width,
            action=action,
            way=(shift[0], shift[1], *(_ACTION * action * one_way)),
            change=change,
            left=left,
        )


def _points(width: int, height: int) -> Values:
    """The grid's points from the picture's middle, pixels, shape (n, 2)."""
    x = np.arange(_GRID // 2, width, _GRID) - width / 2
    y = np.arange(_GRID // 2, height, _GRID) - height / 2
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def _camera(points: Values, vectors: Values) -> Values:
    """The flow of the whole picture: shift, turn and zoom, fitted to what most of it does.

    Three rounds of least squares; after each, what lies beyond twice the median error is left out.
    """
    x, y = points[:, 0], points[:, 1]
    zero, one = np.zeros_like(x), np.ones_like(x)
    across = np.stack([one, zero, x, -y], axis=1)
    down = np.stack([zero, one, y, x], axis=1)
    middle = np.median(vectors, axis=0)
    fitted: Values = np.broadcast_to(middle, vectors.shape)
    for _ in range(3):
        error = np.hypot(*(vectors - fitted).T)
        kept = error <= max(2 * float(np.median(error)), 0.1)
        rows = np.concatenate([across[kept], down[kept]])
        wanted = np.concatenate([vectors[kept, 0], vectors[kept, 1]])
        found = np.linalg.solve(rows.T @ rows + 1e-6 * np.eye(4), rows.T @ wanted)
        fitted = np.stack([across @ found, down @ found], axis=1)
    return fitted


def _unexplained(before: Any, grey: Any, flow: Any) -> tuple[Any, float]:
    """What is left of the difference when the second picture is moved back onto the first.

    Returns:
        At the grid's points, code values; and the share of the pictures' contrast, whatever
        their brightness.
    """
    high, wide = grey.shape
    xx, yy = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
    moved = cv2.remap(grey, xx + flow[..., 0], yy + flow[..., 1], cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    a, b = before.astype(np.float32), moved.astype(np.float32)
    a, b = a - a.mean(), b - b.mean()
    off = np.abs(a - b)
    share = float(off.mean() / (np.abs(a).mean() + np.abs(b).mean() + 2.0) * 2)
    points = cv2.blur(off, (5, 5))[_GRID // 2 :: _GRID, _GRID // 2 :: _GRID]
    return points.astype(np.float64), share


def _sharpness(grey: Grey) -> float:
    """Mean strength of the finest edges, of the picture's contrast."""
    fine = cv2.Laplacian(grey, cv2.CV_32F)
    return float(np.abs(fine).mean() / (float(grey.std()) + 4.0))


def _cuts(left: Values) -> list[int]:
    """Pictures that flow does not lead to from the one before, unlike those around it."""
    found = []
    for i in range(1, len(left)):
        if left[i] < _CUT_LEFT:
            continue
        first = max(1, i - 4)
        around = np.delete(left[first : i + 5], i - first)
        if around.size and left[i] > _CUT_USUAL * float(np.median(around)) + 0.1:
            found.append(i)
    return found


def _held(change: Values) -> list[bool]:
    """Whether each picture is the one before once more, while things around it move."""
    largest = [float(change[max(0, i - 4) : i + 5].max()) for i in range(len(change))]
    return [
        i > 0 and change[i] < _HELD and change[i] < _HELD_SHARE * largest[i]
        for i in range(len(change))
    ]


def _bridged(values: Values, cuts: list[int]) -> None:
    """At a cut the motion is that of the pictures beside it."""
    for i in cuts:
        sides = [values[k] for k in (i - 1, i + 1) if 0 < k < len(values) and k not in cuts]
        values[i] = min(sides, key=abs) if sides else 0.0


def _spread(values: Values, held: list[bool]) -> None:
    """A step after held pictures took as long as they stood; a long stop stays a stop."""
    run = 0
    for i, same in enumerate(held):
        if same:
            run += 1
            continue
        if 0 < run <= 3:
            values[i - run : i + 1] = values[i] / (run + 1)
        run = 0


def _turns(way: Values) -> Values:
    """How much the way changes around each step: at the pictures before and after it, mean."""
    if len(way) < 3:
        return np.zeros(len(way))
    at = np.zeros(len(way))
    at[1:-1] = np.linalg.norm(np.diff(way[1:], axis=0), axis=1)
    return np.concatenate([[0.0], (at[:-1] + at[1:]) / 2])


def _poor(light: Values, sharp: Values, motion: Values) -> tuple[tuple[int, int], ...]:
    """Spans that nobody would begin a shot with."""
    usual = float(np.median(light))
    bad = (light < _BLACK) & (usual > 2 * _BLACK)
    still = motion < max(3 * float(np.median(motion)), 0.3)
    bad |= (sharp < _BLURRED * float(np.median(sharp))) & still
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bad.astype(np.int8), [0]])))
    return tuple((int(a), int(b)) for a, b in edges.reshape(-1, 2))
