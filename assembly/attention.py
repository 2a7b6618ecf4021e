"""Looks at clips once, side by side, and keeps beside each where the eye goes: `attentions`."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from fractions import Fraction
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import av
import av.error
import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from songreel.assembly.saliency import SHORT_SIDE, Eye
from songreel.models.attention import BINS, LEVELS, Attention
from songreel.models.errors import InvalidInput
from songreel.models.progress import Progress

SUFFIX = ".focus.json"
"""After the name of the clip's file without its ending."""

LOOKS = 8.0
"""A second. Subjects change direction no faster, and it is a third of a film's frames."""

_SOURCES = ("saliency.py", "attention.py")


def attentions(clips: Mapping[str, Path], workers: int, progress: Progress) -> dict[str, Attention]:
    """Where the eye goes in each of `clips`.

    Args:
        clips: File by its sha256, which the caller has checked.
        workers: Clips that are looked at side by side; the result does not depend on it.
        progress: Told how many are done. It may raise to stop; what is done stays.

    Returns:
        By sha256. What was found before is read from the file beside the clip.

    Raises:
        InvalidInput: A clip does not decode.
    """
    found: dict[str, Attention] = {}
    missing = {}
    for mark, path in clips.items():
        known = _known(path, mark)
        if known is None:
            missing[mark] = path
        else:
            found[mark] = known
    if not missing:
        return found
    progress("looking for the subjects", 0.0)
    with ThreadPoolExecutor(max(1, workers)) as pool:
        try:
            jobs = {pool.submit(_looked, path, mark): mark for mark, path in missing.items()}
            for done, job in enumerate(as_completed(jobs), start=1):
                found[jobs[job]] = job.result()
                progress("looking for the subjects", done / len(jobs))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return found


def look(path: Path, mark: str = "0" * 64) -> Attention:
    """Decode the clip at `path` and see where the eye goes.

    Args:
        path: Any video.
        mark: Its sha256.

    Raises:
        InvalidInput: It does not decode.
    """
    eye = Eye()
    across: list[str] = []
    down: list[str] = []
    trust: list[float] = []
    moving: list[float] = []
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise InvalidInput(f"{path} holds no video")
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1  # clips are looked at side by side
            base, zero = stream.time_base or Fraction(1, 1000), stream.start_time or 0
            before: VideoFrame | None = None
            for frame in container.decode(stream):
                at = float(((frame.pts or 0) - zero) * base)
                if at + 1e-6 < len(trust) / LOOKS:
                    before = frame
                    continue
                sight = eye.look(_small(frame), None if before is None else _small(before))
                before = frame
                while len(trust) / LOOKS <= at + 1e-6:  # a clip with fewer frames a second
                    across.append(_row(sight.weight.sum(axis=0)))
                    down.append(_row(sight.weight.sum(axis=1)))
                    trust.append(round(sight.trust, 3))
                    moving.append(round(sight.moving, 3))
    except (OSError, av.error.FFmpegError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(f"{path} cannot be looked at: {reason}") from error
    if not trust:
        raise InvalidInput(f"{path} holds no picture")
    if len(trust) > 1:  # nothing is known to move before the second look
        across[0], down[0], trust[0], moving[0] = across[1], down[1], trust[1], moving[1]
    return Attention(
        sha256=mark, code=_code(), rate=LOOKS, across=tuple(across), down=tuple(down),
        trust=tuple(trust), moving=tuple(moving),
    )  # fmt: skip


def weights(rows: tuple[str, ...]) -> NDArray[np.float64]:
    """The rows of an `Attention` as numbers 0 to 1: shape (looks, BINS)."""
    top = len(LEVELS) - 1
    return np.array([[LEVELS.index(digit) / top for digit in row] for row in rows])


def _small(frame: VideoFrame) -> NDArray[np.uint8]:
    scale = SHORT_SIDE / min(frame.width, frame.height)
    width, height = max(16, round(frame.width * scale)), max(16, round(frame.height * scale))
    small = frame.reformat(width=width, height=height, format="rgb24", threads=1)
    return np.ascontiguousarray(small.to_ndarray(), np.uint8)


def _looked(path: Path, mark: str) -> Attention:
    found = look(path, mark)
    found.save(_beside(path))
    return found


def _known(path: Path, mark: str) -> Attention | None:
    beside = _beside(path)
    if not beside.is_file():
        return None
    try:
        known = Attention.load(beside)
    except InvalidInput:
        return None  # spoilt: looked at again
    return known if (known.sha256, known.code) == (mark, _code()) else None


def _beside(path: Path) -> Path:
    return path.with_name(path.stem + SUFFIX)


@cache
def _code() -> str:
    folder = files("songreel.assembly")
    digest = sha256()
    for name in _SOURCES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]


def _row(sums: NDArray[np.float32]) -> str:
    """`sums` over `BINS` parts, in digits."""
    edges = cv2.resize(sums.reshape(1, -1), (BINS, 1), interpolation=cv2.INTER_AREA)[0]
    top = len(LEVELS) - 1
    levels = np.rint(edges / max(float(edges.max()), 1e-9) * top).astype(int)
    return "".join(LEVELS[level] for level in np.clip(levels, 0, top))
