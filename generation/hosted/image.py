"""Images as a service takes them: upright, small enough, in the clip's shape, without metadata."""

import hashlib
import io
from pathlib import Path
from typing import BinaryIO, NamedTuple

import cv2
import numpy as np

from songreel.generation.encode import Picture
from songreel.generation.footage.fit import interest
from songreel.generation.footage.photo import focus_of, read_photo, small_grey
from songreel.models.errors import InvalidInput, MachineError

LONGEST_SIDE = 2048
"""Pixels. No model of the catalogue delivers more lines than 1080 from an image; uploads of whole
camera files buy nothing."""

_QUALITY = 95
"""Of the JPEG; its artefacts are then below those of the models."""

_SAME_SHAPE = 0.005
"""Difference of aspect ratios below which no crop is worth its resampling: 5 of 1000 pixels."""


class Prepared(NamedTuple):
    """An image ready to be uploaded."""

    name: str
    """Of the file: made of its content, so that nothing of the user's names goes out."""
    content_type: str
    content: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """Of the content, by which it is uploaded once."""
        return hashlib.sha256(self.content).hexdigest()

    def open(self) -> BinaryIO:
        """The content, to be read like a file."""
        return io.BytesIO(self.content)


def prepare(path: Path, shape: tuple[int, int] | None = None) -> Prepared:
    """Read, turn upright, crop, shrink and encode an image.

    Encoding it anew leaves out whatever the file says beside the picture, such as where a photo
    was taken.

    Args:
        path: Whatever OpenCV reads.
        shape: Width and height whose ratio the image must have because the model takes the
            clip's from it: cropped about its detail, as little as that needs. None: left whole.

    Raises:
        MachineError: The file cannot be read or holds no image that can be decoded.
    """
    try:
        picture = read_photo(path)
    except OSError as error:
        raise MachineError(f"cannot read the image {path}: {error.strerror}") from error
    except InvalidInput as error:
        raise MachineError(f"the image {path} {error}") from error
    if shape is not None:
        picture = _cropped(picture, shape[0] / shape[1])
    height, width = picture.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = np.asarray(
            cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8
        )
    flags = [
        cv2.IMWRITE_JPEG_QUALITY, _QUALITY,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]  # fmt: skip
    done, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), flags)
    if not done:
        raise MachineError(f"the image {path} cannot be encoded as JPEG")
    content = data.tobytes()
    return Prepared(f"{hashlib.sha256(content).hexdigest()[:16]}.jpg", "image/jpeg", content)


def _cropped(picture: Picture, ratio: float) -> Picture:
    """The largest part of `picture` with width / height of `ratio`, about its detail."""
    height, width = picture.shape[:2]
    if abs(width / height / ratio - 1) <= _SAME_SHAPE:
        return picture
    wide = min(width, max(1, round(height * ratio)))
    high = min(height, max(1, round(width / ratio)))
    across, down = interest(focus_of(small_grey(picture)))
    left = int(np.clip(round(width * across - wide / 2), 0, width - wide))
    top = int(np.clip(round(height * down - high / 2), 0, height - high))
    return picture[top : top + high, left : left + wide]
