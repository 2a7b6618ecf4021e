"""A planned span as frames: `show`."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

import av
import cv2
import numpy as np

from songreel.generation.encode import Picture
from songreel.generation.footage.decode import Developer, at_rate
from songreel.generation.footage.depth import Depth
from songreel.generation.footage.fit import backdrop, compose, fit, shade
from songreel.generation.footage.photo import read_photo
from songreel.generation.footage.source import Source
from songreel.generation.footage.span import Span
from songreel.generation.footage.still import moving_photo
from songreel.models.clip import ClipRequest

_HELD = 200_000_000
"""Bytes of decoded frames kept for running backward."""


def show(source: Source, focus: tuple[float, float], request: ClipRequest) -> Iterator[Picture]:
    """Frames of the planned `request` from `source`, shape (height, width, 3), sRGB.

    The array may be used again for the next frame.

    Raises:
        InvalidInput: The file cannot be decoded (any more).
    """
    if source.video is None:
        yield from show_photo(source, focus, request)
        return
    span = Span.of(request)
    width, height = request.width, request.height
    place = fit((source.width, source.height), (width, height), focus)
    develop = Developer(source.video, place.width, place.height)
    shadow = None if place.fills else shade(width, height, place)
    frame = np.empty((height, width, 3), dtype=np.uint8)
    shown: av.VideoFrame | None = None
    for decoded in _decoded(source, span, request.frames, request.rate):
        if decoded is not shown:  # a slower source repeats frames
            picture = develop(decoded)
            shown = decoded
            if shadow is not None:
                ground = backdrop(picture, width, height)
                frame = np.asarray(cv2.multiply(ground, shadow, scale=1 / 255), dtype=np.uint8)
            compose(picture, place, frame)
        yield frame


def show_photo(
    source: Source, focus: tuple[float, float], request: ClipRequest, depth: Depth | None = None
) -> Iterator[Picture]:
    """Frames of a photo in its `depth`, which is guessed where it is left out; see `show`."""
    yield from moving_photo(read_photo(source.path), focus, request, depth)


def _decoded(source: Source, span: Span, count: int, rate: Fraction) -> Iterator[av.VideoFrame]:
    if span.turns_after is None:
        yield from at_rate(source.path, span.start, count, rate, span.speed)
        return
    # Forward, backward, forward: the turning frames once, so that it does not stop there.
    most = max(2, _HELD // (source.width * source.height * 3 // 2))
    once = min(max(2, ceil(span.turns_after * rate)), count, most)
    held = list(at_rate(source.path, span.start, once, rate, 1.0))
    there_and_back = [*held, *held[-2:0:-1]]
    for index in range(count):
        yield there_and_back[index % len(there_and_back)]
