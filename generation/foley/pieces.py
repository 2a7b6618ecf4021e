"""What a source gets to see of a film: `piece`, a small silent video of one stretch of it."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from pathlib import Path

from songreel.generation.encode import Picture, write_clip
from songreel.generation.foley.film import Film
from songreel.generation.footage.decode import Developer, Shape, at_rate, video_shape
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import sha256_of
from songreel.models.order import fingerprint
from songreel.models.sound_request import Seen

FORM = 1
"""Raised whenever the same stretch would be cut otherwise."""

PIECE_RATE = Fraction(25)
"""MMAudio looks at 25 pictures a second for what moves when, and at every third of them for what
it is (`_SYNC_FPS`, `_CLIP_FPS` in mmaudio/eval_utils.py, read 2026-11-21)."""

SHORT_SIDE = 384
"""Pixels, of which it uses 384 by 384 and 224 by 224."""

_OPTIONS = {
    # What is sent must look like its source to a network that sees 384 pixels, not to an eye.
    "preset": "veryfast",
    "crf": "23",
    "threads": "1",
    # Looking ahead made 5 of 190 encodes of the same pictures differ in some frames (x264 core
    # 164, 96×54); without it none of 360 did.
    "bf": "0",
    "x264-params": "threads=1:lookahead-threads=1:rc-lookahead=0:mbtree=0:weightp=0",
}


def piece(film: Film, start: Fraction, seconds: Fraction, folder: Path) -> tuple[Path, Seen]:
    """Cut a stretch of a film to a file of its own; what was cut before is used again.

    The same film, stretch and form give the same bytes, so that a run that lost the file still
    finds what was made for it. Beyond its end the film's last picture stands.

    Args:
        film: As looked at.
        start: Seconds from its first picture.
        seconds: To show; what is left of a last picture is shown in full.
        folder: Of pieces; made if need be.

    Returns:
        The file, and how a request names it.

    Raises:
        InvalidInput: The film cannot be decoded there.
        MachineError: The folder cannot be written.
    """
    count = ceil(seconds * PIECE_RATE)
    key = fingerprint([FORM, film.sha256, str(start), count])[:16]
    path = folder / f"{key}.mp4"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
    if not path.is_file():
        shape = video_shape(film.path)
        width, height = small(shape)
        write_clip(
            _pictures(film, shape, start, count, width, height),
            path,
            width=width,
            height=height,
            rate=PIECE_RATE,
            count=count,
            options=_OPTIONS,
        )
    return path, Seen(sha256=sha256_of(path), seconds=float(seconds))


def small(shape: Shape) -> tuple[int, int]:
    """Width and height of a piece: the film's shape, even, its short side no longer than that."""
    scale = min(1.0, SHORT_SIDE / min(shape.width, shape.height))
    # Ribbons stay as they are seen; a long side of more than 4 short ones is shown squeezed.
    most = 4 * SHORT_SIDE
    width, height = (
        max(2, 2 * round(min(most, side * scale) / 2)) for side in (shape.width, shape.height)
    )
    return width, height


def _pictures(
    film: Film, shape: Shape, start: Fraction, count: int, width: int, height: int
) -> Iterator[Picture]:
    develop = Developer(shape, width, height)
    # A piece that would begin in the last picture's time still shows it.
    begin = min(float(start), float(film.seconds - Fraction(1, 1000)))
    shown, picture = None, None
    for frame in at_rate(film.path, max(begin, 0.0), count, PIECE_RATE, 1.0):
        if frame is not shown or picture is None:
            shown, picture = frame, develop(frame)
        yield picture
    if picture is None:
        raise InvalidInput(f"{film.path.name} shows nothing at {float(start):.2f} s")
