"""An overlay's letters as layers of light: made once, laid over every frame."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from songreel.assembly.box import Box
from songreel.assembly.overlays.colours import WHITE, Rgb
from songreel.assembly.overlays.compose import Composition, Letters, composed
from songreel.assembly.overlays.layout import shaping
from songreel.models.overlay import Overlay, OverlayKind

Plane = NDArray[np.float32]
Yuv = tuple[float, float, float]


@dataclass(frozen=True)
class Shade:
    """What lies between letters and picture. Lengths in em, shares 0 to 1.

    Strong enough that text and highlight keep a contrast of 4.5:1 to what is right beside them on a
    white picture, at 360 lines and more (measured in tests/test_words.py).
    """

    reach: float
    """How far the edge goes."""
    edge: float
    """How much it darkens."""
    spread: float
    """Standard deviation of the glow around it."""
    glow: float
    veil: float = 0.0
    """Over the surroundings: of a title softly around it, of an end card over the whole picture."""


SHADES: dict[OverlayKind, Shade] = {
    "caption": Shade(0.06, 0.86, 0.2, 0.5),
    "title": Shade(0.022, 0.5, 0.12, 0.45, 0.4),
    "end": Shade(0.03, 0.4, 0.12, 0.3, 0.6),
}


VEIL = 1.1
"""Standard deviation of a title's veil, em."""


@dataclass(frozen=True)
class Span:
    """Columns [left, right) of the layer that a word, or a part of it, has on one row."""

    word: int
    row: int
    left: float
    right: float
    rtl: bool


@dataclass(frozen=True)
class Layers:
    """Cover of letters and of their shade over a box of the picture, shape (height, width) each.

    `paint` are Y, U, V of the letters unlit: a number, or a plane where some bring colours of
    their own. `lit` is what the light adds to them, `plain` where it does (not on emoji).
    """

    box: Box
    letters: Plane
    shade: Plane
    paint: tuple[float | Plane, float | Plane, float | Plane]
    lit: Yuv
    plain: Plane | None
    dark: Yuv
    rows: tuple[tuple[int, int], ...]
    """First and last row of pixels of each row of text; they do not overlap."""
    spans: tuple[Span, ...]


@lru_cache(maxsize=12)
def layers_of(overlay: Overlay, width: int, height: int) -> Layers:
    """The layers of `overlay` in pictures of `width` × `height`."""
    made = composed(overlay, width, height)
    text, light, dark = overlay.colours or WHITE
    shade = SHADES[overlay.kind]
    box = _box(made, shade, width, height)
    cover, colours, pictured = _drawn(made, box)
    letters = _share(cover)
    unlit = yuv_of(text)
    paint: tuple[float | Plane, float | Plane, float | Plane] = unlit
    plain: Plane | None = None
    if pictured is not None:
        share = _share(pictured)
        plain = np.float32(1) - share
        luma, blue, red = yuv_planes(colours)
        paint = (
            unlit[0] * plain + luma * share,
            unlit[1] * plain + blue * share,
            unlit[2] * plain + red * share,
        )
    bright = yuv_of(light)
    spans = tuple(
        Span(one.word, one.row, one.x - box.left, one.x + one.width - box.left, one.rtl)
        for one in made.letters
        if one.word >= 0
    )
    rows = tuple(
        (max(0, round(top) - box.top), min(box.bottom, round(bottom)) - box.top)
        for top, bottom in made.rows
    )
    return Layers(
        box, letters, _shaded(cover, made, shade, box), paint,
        (bright[0] - unlit[0], bright[1] - unlit[1], bright[2] - unlit[2]),
        plain, yuv_of(dark), rows, spans,
    )  # fmt: skip


def yuv_of(rgb: Rgb) -> Yuv:
    """Y, U, V of sRGB 0 to 1 as a picture has them (ITU-R BT.709, limited range)."""
    red, green, blue = rgb
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        16 + 219 * luma,
        128 + 224 * (blue - luma) / 1.8556,
        128 + 224 * (red - luma) / 1.5748,
    )


def yuv_planes(rgb: NDArray[np.uint8]) -> tuple[Plane, Plane, Plane]:
    """The same for an image, shape (height, width, 3), 0 to 255."""
    red, green, blue = (_share(rgb[..., i]) for i in range(3))
    luma: Plane = np.float32(0.2126) * red + np.float32(0.7152) * green + np.float32(0.0722) * blue
    return (
        np.float32(16) + np.float32(219) * luma,
        np.float32(128) + np.float32(224 / 1.8556) * (blue - luma),
        np.float32(128) + np.float32(224 / 1.5748) * (red - luma),
    )


def _share(cover: NDArray[np.uint8]) -> Plane:
    """0 to 255 as 0 to 1."""
    return np.asarray(cover, np.float32) / np.float32(255)


def _box(made: Composition, shade: Shade, width: int, height: int) -> Box:
    """The even box of pixels that the layers change."""
    if shade.veil and shade is SHADES["end"]:
        return Box(0, 0, width, height)
    margin = made.em * (VEIL * 3 if shade.veil else shade.reach + 3 * shade.spread + 0.25)
    left = min((one.x for one in made.letters), default=0.0) - margin
    right = max((one.x + one.width for one in made.letters), default=2.0) + margin
    top, bottom = made.rows[0][0] - margin, made.rows[-1][1] + margin
    return Box(
        max(0, int(left) // 2 * 2),
        max(0, int(top) // 2 * 2),
        min(width, -int(-right // 2) * 2),
        min(height, -int(-bottom // 2) * 2),
    )


def _drawn(
    made: Composition, box: Box
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Cover of all letters; colours and cover of those in colours of their own."""
    size = (box.right - box.left, box.bottom - box.top)
    cover = Image.new("L", size)
    canvas = ImageDraw.Draw(cover)
    picture = Image.new("RGBA", size)
    coloured = False
    for one in made.letters:
        at = (one.x - box.left, one.baseline - box.top)
        try:
            if one.face.colour:
                _stamp(picture, one, at)
                coloured = True
            else:
                font, _ = one.face.at(one.size)
                canvas.text(at, one.text, fill=255, font=font, anchor="ls", **shaping(one.rtl))
        except OSError as error:
            raise one.face.refused() from error
    plain = np.asarray(cover)
    if not coloured:
        return plain, np.empty((0, 0, 3), np.uint8), None
    rgba = np.asarray(picture)
    return np.maximum(plain, rgba[..., 3]), rgba[..., :3], rgba[..., 3]


def _stamp(picture: Image.Image, one: Letters, at: tuple[float, float]) -> None:
    """Draw letters that bring their own colours, scaled where their font has one size."""
    font, scale = one.face.at(one.size)
    left, top, right, bottom = font.getbbox(one.text, anchor="ls", **shaping(one.rtl))
    if right <= left or bottom <= top:
        return
    own = Image.new("RGBA", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(own).text(
        (-left, -top), one.text, font=font, anchor="ls", embedded_color=True, fill=(255,) * 4,
        **shaping(one.rtl),
    )  # fmt: skip
    if scale != 1:
        wide, tall = (max(1, round(side * scale)) for side in own.size)
        own = own.resize((wide, tall), Image.Resampling.LANCZOS)
    where = (round(at[0] + left * scale), round(at[1] + top * scale))
    picture.alpha_composite(own.crop((max(0, -where[0]), max(0, -where[1]), *own.size)),
                            (max(0, where[0]), max(0, where[1])))  # fmt: skip


def _shaded(cover: NDArray[np.uint8], made: Composition, shade: Shade, box: Box) -> Plane:
    """Cover of the shade: an edge around the letters, a glow around the edge, a veil."""
    reach = max(2, round(shade.reach * made.em))
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    edge = cv2.GaussianBlur(cv2.dilate(cover, around), (0, 0), reach / 3)
    glow = cv2.GaussianBlur(cv2.dilate(cover, around), (0, 0), max(0.8, shade.spread * made.em))
    left = 1 - shade.edge * _share(np.asarray(edge, np.uint8))
    left = left * (1 - shade.glow * _share(np.asarray(glow, np.uint8)))
    if shade.veil:
        left = left * (1 - shade.veil * _veil(made, box, shade is SHADES["end"]))
    return np.asarray(1 - left, np.float32)


def _veil(made: Composition, box: Box, whole: bool) -> Plane | float:
    """Over the whole picture, or soft around the letters and gone at the box's edge."""
    if whole:
        return 1.0
    step = 8
    wide, tall = (box.right - box.left) // step + 1, (box.bottom - box.top) // step + 1
    small = np.zeros((tall, wide), np.float32)
    for one in made.letters:
        x0, x1 = (int((x - box.left) / step) for x in (one.x, one.x + one.width))
        y0, y1 = (int((y - box.top) / step) for y in made.rows[one.row])
        small[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1] = 1
    blurred = cv2.GaussianBlur(small, (0, 0), made.em * VEIL / step, borderType=cv2.BORDER_CONSTANT)
    soft = np.asarray(blurred, np.float32)
    size = (box.right - box.left, box.bottom - box.top)
    grown = cv2.resize(soft / max(float(soft.max()), 1e-6), size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown, np.float32).clip(0, 1)
