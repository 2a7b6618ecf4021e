"""How light clips are, from a few of their pictures: `lightness`."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import av.error
import numpy as np

from songreel.grading.codes import BLACK, GAMMA, WHITE
from songreel.models.errors import InvalidInput

_LOOKS = (0.15, 0.5, 0.85)
"""Places in a clip at which a picture is looked at."""

_EVERY = 8
"""Pixels between those that are looked at, both ways: 14 000 of 1280×720."""


def lightness(clips: Mapping[str, Path], workers: int) -> dict[str, float]:
    """Median lightness (OKLab) of each of `clips`, 0 black to 1 white.

    Args:
        clips: File by its sha256.
        workers: Clips that are looked at side by side; the result does not depend on it.

    Raises:
        InvalidInput: A clip does not decode.
    """
    with ThreadPoolExecutor(max(1, workers)) as pool:
        return dict(zip(clips, pool.map(_lightness, clips.values()), strict=True))


def _lightness(path: Path) -> float:
    try:
        codes = np.concatenate(list(_looks(path)))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise InvalidInput(f"the clip {path} does not decode; generate it again") from error
    shown = np.clip((codes - BLACK) / (WHITE - BLACK), 0, 1)
    # Of a grey: OKLab's lightness is the cube root of light.
    return float(np.cbrt(np.median(shown**GAMMA)))


def _looks(path: Path) -> Iterable[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Luma of some pixels of a few pictures, keyframes: no more than these are decoded."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        length = stream.duration or 0
        for place in _LOOKS:
            container.seek(int(length * place), stream=stream)
            frame = next(container.decode(stream))
            plane = frame.planes[0]
            rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            part = rows[: plane.height : _EVERY, : plane.width : _EVERY]
            yield part.astype(np.float64).ravel()
