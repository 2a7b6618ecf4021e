"""Small clips and photos made in code, whose content tells which frame of which file is seen."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def scenery(width: int, height: int, hue: float = 0.0, shift: float = 0.0) -> Picture:
    """A structured picture: a sky, hills, a sun, texture. `hue` in degrees, `shift` in pixels."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x = x + np.float32(shift)
    sky = np.stack([hue / 2 + 18 * y / height, 150 - 60 * y / height, 230 - 90 * y / height], -1)
    pixels = np.asarray(sky, dtype=np.float32)
    for layer in range(3):
        line = height * (0.52 + 0.14 * layer) + height * 0.05 * np.sin(
            x / (width * (0.11 - 0.02 * layer)) + layer * 2.1
        )
        hill = y > line
        grain = 14 * np.sin(x / 3.1 + layer) * np.sin(y / 2.7)
        pixels[hill] = np.stack(
            [
                np.full_like(x, hue / 2 + 40 + 20 * layer),
                np.full_like(x, 120 + 30 * layer),
                120 - 30 * layer + grain,
            ],
            -1,
        )[hill]
    pixels[..., 0] %= 180
    picture = cv2.cvtColor(np.clip(pixels, 0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB)
    centre = (int(width * 0.68 - shift), int(height * 0.28))
    cv2.circle(picture, centre, max(3, min(width, height) // 10), (255, 244, 214), -1, cv2.LINE_AA)
    return np.asarray(picture, dtype=np.uint8)


def write_photo(path: Path, picture: Picture) -> Path:
    """Write an RGB or RGBA picture."""
    kind = cv2.COLOR_RGBA2BGRA if picture.shape[2] == 4 else cv2.COLOR_RGB2BGR
    assert cv2.imwrite(str(path), cv2.cvtColor(picture, kind))
    return path


def with_orientation(jpeg: Path, orientation: int) -> Path:
    """Put an EXIF orientation tag (1 to 8) into a JPEG."""
    tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + bytes([0, orientation]) + b"\0" * 6
    body = b"Exif\0\0" + tiff
    data = jpeg.read_bytes()
    jpeg.write_bytes(data[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + data[2:])
    return jpeg


def write_video(
    path: Path,
    pictures: Iterator[Picture] | Sequence[Picture],
    *,
    rate: Fraction = Fraction(25),
    codec: str = "libx264",
    pixels: str = "yuv420p",
    times: Sequence[int] | None = None,
    rotation: int = 0,
    options: dict[str, str] | None = None,
    aspect: Fraction | None = None,
) -> Path:
    """Write pictures as a video; `times` are their milliseconds, for a variable rate."""
    base = Fraction(1, 1000) if times else 1 / rate
    with av.open(str(path), "w") as container:
        # x264's bytes differ from run to run in one process while its macroblock tree is on (seen
        # at 160×90 and 854×480, one thread or many); without it they never did.
        steady = {"preset": "veryfast", "x264-params": "mbtree=0"} if codec == "libx264" else {}
        stream: Any = container.add_stream(codec, rate=rate, options=steady | (options or {}))
        stream.pix_fmt = pixels
        stream.codec_context.time_base = base
        stream.codec_context.thread_count = 1
        for index, picture in enumerate(pictures):
            if index == 0:
                stream.height, stream.width = picture.shape[:2]
                if aspect:
                    stream.codec_context.sample_aspect_ratio = aspect
                if rotation:
                    stream.set_display_rotation(rotation)
            kind = "rgba" if picture.shape[2] == 4 else "rgb24"
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format=kind)
            frame.pts, frame.time_base = (times[index] if times else index), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def numbered(number: int, width: int = 128, height: int = 72) -> Picture:
    """A picture that holds `number` (0 to 255) as eight bars, light for 1; `number_in` reads it."""
    picture = np.full((height, width, 3), 96, dtype=np.uint8)
    for bit in range(8):
        left, right = bit * width // 8, (bit + 1) * width // 8
        picture[height // 4 : height * 3 // 4, left:right] = 220 if number >> bit & 1 else 32
    return picture


def number_in(picture: Picture) -> int:
    """The number that `numbered` put into a picture of the same shape."""
    height, width = picture.shape[:2]
    row = picture[height * 3 // 8 : height * 5 // 8].mean(axis=(0, 2))
    return sum(
        (row[(2 * bit + 1) * width // 16 - 1 : (2 * bit + 1) * width // 16 + 2].mean() > 128) << bit
        for bit in range(8)
    )


def read_video(path: Path) -> list[Picture]:
    """All frames of a video, in RGB."""
    with av.open(str(path)) as container:
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
            for frame in container.decode(video=0)
        ]
