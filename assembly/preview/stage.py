"""The picture of a shot, frame by frame: its clip, its photo, or a scene drawn from the plan."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

from songreel.assembly.box import Box
from songreel.assembly.fit import fit
from songreel.assembly.lettering import write
from songreel.assembly.pictures import of_rgb, picture_of
from songreel.assembly.preview.canvas import Plane, split
from songreel.assembly.preview.moves import MARGIN, matrix, view
from songreel.assembly.preview.scene import Rgb, scene
from songreel.assembly.reader import ClipReader
from songreel.models.errors import InvalidInput
from songreel.models.schedule import ShotFrames
from songreel.models.storyboard import CameraMove, Shot

_WORDS = {
    CameraMove.STATIC: "camera rests",
    CameraMove.HANDHELD: "handheld",
}
STEPS = 12
"""Pictures a second in which a drawn camera moves: on twos, as in drawn animation. It halves the
time; cuts, counters and play head keep every frame."""
IMAGES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"})


def frames(
    shot: Shot, planned: ShotFrames, rate: Fraction, box: Box, source: Path | None
) -> Iterator[tuple[Plane, Plane]]:
    """Luma and chroma of each frame of a shot, of the box's size.

    Args:
        shot: The plan's.
        planned: Its frames.
        rate: The film's.
        box: Says the size.
        source: A clip, which plays from its own start, or an image, over which the camera moves;
            None for a scene drawn from the plan.

    Raises:
        InvalidInput: The source cannot be read.
    """
    count = planned.end - planned.start
    badge = _Badge(shot, box.width, box.height)
    if source is not None and source.suffix.lower() not in IMAGES:
        last, made = None, None
        for decoded in ClipReader(source, rate, shot.id).frames(planned.head, count):
            if decoded is not last:
                last, made = decoded, picture_of(fit(decoded, box.width, box.height))
            assert made is not None
            luma, chroma = split(made.copy())
            badge.over(luma)
            yield luma, chroma
        return
    wide, tall = (round(side * MARGIN / 4) * 4 for side in (box.width, box.height))
    drawn = scene(shot, wide, tall) if source is None else image(source, wide, tall, shot.id)
    luma, chroma = split(of_rgb(drawn))
    held = max(1, round(rate / STEPS))
    last_seen, kept = None, None
    for i in range(count):
        step = i - i % held
        seen = view(shot.camera, step / max(1, count - 1), shot.motion, float(step / rate))
        if seen == last_seen and kept is not None:
            yield kept
            continue
        full = matrix(seen, (box.width, box.height), (wide, tall))
        half = matrix(seen, (box.width // 2, box.height // 2), (wide // 2, tall // 2))
        here = _warped(luma, full, box.width, box.height)
        colours = np.stack(
            [_warped(plane, half, box.width // 2, box.height // 2) for plane in chroma]
        )
        badge.over(here)
        last_seen, kept = seen, (here, colours)
        yield kept


def _warped(plane: Plane, to: NDArray[np.float64], w: int, h: int) -> Plane:
    made = cv2.warpAffine(
        plane, to, (w, h), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(made, np.uint8)


def ends(shot: Shot, width: int, height: int) -> tuple[Rgb, Rgb]:
    """The scene of a shot where its camera starts and where it comes to rest."""
    wide, tall = (round(side * MARGIN / 4) * 4 for side in (width, height))
    drawn = scene(shot, wide, tall)
    first, last = (
        np.asarray(
            cv2.warpAffine(
                drawn,
                matrix(view(shot.camera, share, shot.motion, 0), (width, height), (wide, tall)),
                (width, height),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            ),
            np.uint8,
        )
        for share in (0.0, 1.0)
    )
    return first, last


def image(path: Path, width: int, height: int, shot: str) -> Rgb:
    """A picture file, upright, cropped to fill; shape (height, width, 3).

    Raises:
        InvalidInput: It cannot be read.
    """
    try:
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, UnidentifiedImageError, ValueError) as error:
        raise InvalidInput(
            f"shot {shot}: its image {path} cannot be read; choose another in the plan"
        ) from error
    fitted = ImageOps.fit(upright, (width, height), Image.Resampling.BILINEAR)
    return np.asarray(fitted)


class _Badge:
    """Camera and shot size in words and as an arrow, and the corners of the safe frame."""

    def __init__(self, shot: Shot, width: int, height: int) -> None:
        cover = Image.new("L", (width, height))
        canvas = ImageDraw.Draw(cover)
        words = f"{shot.size}  ·  {_WORDS.get(shot.camera, str(shot.camera))}"
        size = 15 if width >= 400 else 12
        write(cover, (52, height - 22), words, size, (255,) * 3, width=width - 64)
        _arrow(canvas, shot.camera, (28, height - 28), 11)
        _corners(canvas, shot.camera, width, height)
        plane = np.asarray(cover)
        # A soft dark edge, so that it reads on any picture.
        edge = cv2.GaussianBlur(cv2.dilate(plane, np.ones((5, 5), np.uint8)), (0, 0), 2)
        used = np.flatnonzero(np.asarray(edge).max(axis=1))
        self._bands = _bands(used)
        self._parts = [
            (a, b, plane[a:b].astype(np.int32), np.asarray(edge)[a:b].astype(np.int32))
            for a, b in self._bands
        ]

    def over(self, luma: Plane) -> None:
        """Lay it over the picture."""
        for a, b, cover, edge in self._parts:
            rows = luma[a:b].astype(np.int32)
            rows += (16 - rows) * edge // 400
            rows += (225 - rows) * cover // 255
            luma[a:b] = rows


def _bands(rows: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Stretches [first, last) of neighbouring rows."""
    if not rows.size:
        return []
    ends = np.flatnonzero(np.diff(rows) > 8)
    firsts = [int(rows[0]), *(int(rows[i + 1]) for i in ends)]
    lasts = [*(int(rows[i]) + 1 for i in ends), int(rows[-1]) + 1]
    return list(zip(firsts, lasts, strict=True))


_ARROWS: dict[CameraMove, tuple[tuple[float, float], ...]] = {
    CameraMove.PAN_LEFT: ((-1, 0),),
    CameraMove.TRACK_LEFT: ((-1, 0),),
    CameraMove.PAN_RIGHT: ((1, 0),),
    CameraMove.TRACK_RIGHT: ((1, 0),),
    CameraMove.TILT_UP: ((0, -1),),
    CameraMove.CRANE_UP: ((0, -1),),
    CameraMove.TILT_DOWN: ((0, 1),),
    CameraMove.CRANE_DOWN: ((0, 1),),
}


def _arrow(canvas: ImageDraw.ImageDraw, move: CameraMove, at: tuple[int, int], size: int) -> None:
    x, y = at
    if move in _ARROWS:
        for dx, dy in _ARROWS[move]:
            tip = (x + dx * size, y + dy * size)
            canvas.line((x - dx * size, y - dy * size, *tip), fill=255, width=3)
            for turn in (-1, 1):
                canvas.line(
                    (*tip, tip[0] - dx * 7 + turn * dy * 7, tip[1] - dy * 7 + turn * dx * 7),
                    fill=255, width=3,
                )  # fmt: skip
    elif move in (CameraMove.PUSH_IN, CameraMove.PULL_OUT):
        out = 1 if move == CameraMove.PULL_OUT else -1
        for dx in (-1, 1):
            for dy in (-1, 1):
                near, far = (x + dx * 3, y + dy * 3), (x + dx * size, y + dy * size)
                tip, way = (far, (-dx, -dy)) if out > 0 else (near, (dx, dy))
                canvas.line((*near, *far), fill=255, width=2)
                canvas.line((*tip, tip[0] + way[0] * 5, tip[1]), fill=255, width=2)
                canvas.line((*tip, tip[0], tip[1] + way[1] * 5), fill=255, width=2)
    elif move in (CameraMove.ORBIT, CameraMove.ROLL):
        canvas.arc((x - size, y - size, x + size, y + size), 30, 300, fill=255, width=3)
        canvas.polygon([(x + 2, y - size - 5), (x + 11, y - size + 4), (x + 1, y - size + 8)], 255)
    elif move == CameraMove.HANDHELD:
        points = [(x - size + k * 5.5, y + (-4 if k % 2 else 4)) for k in range(5)]
        canvas.line(points, fill=255, width=3, joint="curve")
    else:
        canvas.rectangle((x - 7, y - 7, x + 7, y + 7), outline=255, width=3)


def _corners(canvas: ImageDraw.ImageDraw, move: CameraMove, width: int, height: int) -> None:
    """Title-safe corners (90 % of the picture); a push in comes to rest on a tighter frame."""
    inset = 0.05 if move != CameraMove.PUSH_IN else 0.09
    left, top = round(width * inset), round(height * inset)
    arm = round(min(width, height) * 0.05)
    for x, dx in ((left, 1), (width - 1 - left, -1)):
        for y, dy in ((top, 1), (height - 1 - round(height * max(inset, 0.14)), -1)):
            canvas.line((x, y, x + dx * arm, y), fill=110, width=2)
            canvas.line((x, y, x, y + dy * arm), fill=110, width=2)
