"""Clips whose every frame carries its clip's number and its own, to be read back from a film.

A frame is 8 × 12 cells of luma, dark or light. The first 7 bits are the clip, the next 13 the
frame, then a check sum of 4; the rest of the cells and the colour are the clip's own, so that
a cut between two clips can be seen as well as read. Cells that change from frame to frame fill
less than a quarter of the picture: counting is no flashing.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from songreel.models.clip import Clip, ClipRequest
from songreel.models.files import sha256_of
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

Luma = NDArray[np.uint8]

DARK, LIGHT = 60, 190
WIDTH, HEIGHT = 128, 72
_CLIP_BITS, _FRAME_BITS, _SUM_BITS = 7, 13, 4
_ROWS, _COLUMNS = 8, 12
_USED = _CLIP_BITS + _FRAME_BITS + _SUM_BITS

GREYS = (Oklch(lightness=0.2, chroma=0, hue=0), Oklch(lightness=0.5, chroma=0, hue=0),
         Oklch(lightness=0.8, chroma=0, hue=0))  # fmt: skip


def picture(clip: int, frame: int, width: int = WIDTH, height: int = HEIGHT) -> Luma:
    """Frame `frame` of clip `clip` as packed yuv420p, shape (height × 3 / 2, width)."""
    bits = _bits(clip, _CLIP_BITS) + _bits(frame, _FRAME_BITS) + _bits(_sum(clip, frame), _SUM_BITS)
    own = np.random.default_rng(clip).integers(0, 2, _ROWS * _COLUMNS - _USED).tolist()
    cells = np.where(np.array(bits + own).reshape(_ROWS, _COLUMNS), LIGHT, DARK).astype(np.uint8)
    packed = np.empty((height * 3 // 2, width), np.uint8)
    rows, columns = np.arange(height) * _ROWS // height, np.arange(width) * _COLUMNS // width
    packed[:height] = cells[rows][:, columns]
    colour = np.random.default_rng(1000 + clip).integers(70, 190, 2)
    packed[height:].reshape(2, -1)[:] = colour[:, None]
    return packed


def read(luma: Luma) -> tuple[int, int] | None:
    """(clip, frame) that a decoded luma plane carries; None where it carries none."""
    height, width = luma.shape
    middles = np.ix_(
        ((np.arange(_ROWS) + 0.5) * height / _ROWS).astype(int),
        ((np.arange(_COLUMNS) + 0.5) * width / _COLUMNS).astype(int),
    )
    cells = luma[middles].ravel().astype(int)
    bits = (cells > (cells.min() + cells.max()) / 2).astype(int)[:_USED]  # dimmed or lit alike
    clip = _number(bits[:_CLIP_BITS])
    frame = _number(bits[_CLIP_BITS : _CLIP_BITS + _FRAME_BITS])
    check = _number(bits[_CLIP_BITS + _FRAME_BITS :])
    return (clip, frame) if check == _sum(clip, frame) else None


def read_film(path: Path) -> list[tuple[int, int] | None]:
    """What every frame of a film carries."""
    return [read(luma) for luma in lumas(path)]


def lumas(path: Path) -> Iterator[Luma]:
    """Luma of every frame of a film, shape (height, width)."""
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            if frame.format.name != "yuv420p":
                frame = frame.reformat(format="yuv420p")
            yield frame.to_ndarray()[: frame.height]


def write(
    path: Path,
    frames: int,
    rate: Fraction,
    paint: Callable[[int], Luma],
    *,
    crf: int = 14,
    keyframes: int = 48,
) -> None:
    """Encode the packed yuv420p pictures `paint(0)`, `paint(1)` … with x264, B-frames and all."""
    # With mbtree x264 gives other bytes now and then, and what is measured of them would differ.
    options = {"preset": "veryfast", "crf": str(crf), "g": str(keyframes), "threads": "1",
               "x264-params": "mbtree=0"}  # fmt: skip
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options=options)
        first = paint(0)
        stream.width, stream.height = first.shape[1], first.shape[0] * 2 // 3
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = 1 / rate
        for i in range(frames):
            frame = av.VideoFrame.from_ndarray(paint(i) if i else first, format="yuv420p")
            frame.pts, frame.time_base = i, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def make_clip(
    folder: Path,
    number: int,
    frames: int,
    rate: Fraction,
    *,
    head: int = 0,
    paint: Callable[[int], Luma] | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    clip_rate: Fraction | None = None,
) -> Clip:
    """A clip document with its file in `folder`; `paint` draws other pictures than barcodes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"clip-{number:03d}.mp4"
    own_rate = clip_rate or rate
    write(path, frames, own_rate, paint or (lambda i: picture(number, i, *size)))
    request = ClipRequest(
        prompt="a barcode", camera=CameraMove.STATIC, size=ShotSize.WIDE, palette=GREYS,
        energy=0.5, motion=0.5, seed=number, width=size[0], height=size[1], rate=rate,
        frames=frames, head=head,
    )  # fmt: skip
    return Clip(
        request=request, provider="barcodes", file=path.name, sha256=sha256_of(path),
        frames=frames, rate=own_rate, width=size[0], height=size[1],
    )  # fmt: skip


def _bits(value: int, count: int) -> list[int]:
    return [value >> i & 1 for i in range(count)]


def _number(bits: NDArray[np.int64]) -> int:
    return sum(int(bit) << i for i, bit in enumerate(bits))


def _sum(clip: int, frame: int) -> int:
    return (clip * 7 + frame * 3 + (frame >> 4) * 5 + 9) % 16
