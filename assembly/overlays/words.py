"""Words drawn over pictures: `Words`."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from songreel.assembly.overlays.layers import Layers, Plane, layers_of
from songreel.assembly.pictures import Picture, planes
from songreel.models.overlay import Overlay
from songreel.models.render import RenderSpec

FADE = 0.125
"""Seconds in which a caption comes and goes: three frames of 24."""
CARD_FADE = 0.6
"""The same of a title or end card."""
LEAP = 2
"""Frames in which a word is lit."""
EDGE = 0.35
"""Width of the light's edge where it sweeps, em."""


class Words:
    """The overlays of one stretch of film, whose frames they count."""

    def __init__(self, overlays: Sequence[Overlay], spec: RenderSpec) -> None:
        self._shown = tuple(_Shown(one, spec) for one in overlays)

    def any_at(self, frame: int) -> bool:
        """Whether something is to be seen there."""
        return any(one.start <= frame < one.end for one in self._shown)

    def over(self, picture: Picture, frame: int) -> Picture:
        """A copy of `picture` with the words of `frame` over it."""
        made = picture.copy()
        for one in self._shown:
            if one.start <= frame < one.end:
                one.lay(made, frame)
        return made


class _Shown:
    """One overlay, and what its latest frame was made of."""

    def __init__(self, overlay: Overlay, spec: RenderSpec) -> None:
        self.start, self.end = overlay.start, overlay.end
        self._overlay, self._spec = overlay, spec
        wanted = FADE if overlay.kind == "caption" else CARD_FADE
        self._fade = max(1, min(round(wanted * spec.rate), (self.end - self.start) // 3))
        # Wherever in the film it lies: cut shots share what was drawn for the caption over them.
        self._still = overlay.shifted(-overlay.start)
        self._layers: Layers | None = None
        self._known: tuple[object, list[tuple[Plane, Plane]]] | None = None

    def lay(self, picture: Picture, frame: int) -> None:
        """Lay the words over `picture`."""
        if self._layers is None:
            self._layers = layers_of(self._still, self._spec.width, self._spec.height)
        layers, there = self._layers, self._there(frame)
        lit = self._lit(frame) if self._overlay.words and self._overlay.style.karaoke else ()
        if self._known is None or self._known[0] != (there, lit):
            self._known = (there, lit), _mixed(layers, there, self._light(layers, lit))
        box = layers.box
        for i, (plane, (keep, add)) in enumerate(zip(planes(picture), self._known[1], strict=True)):
            half = 1 if i == 0 else 2
            view = plane[box.top // half : box.bottom // half, box.left // half : box.right // half]
            mixed = cv2.multiply(view, keep, dtype=cv2.CV_32F)
            cv2.add(mixed, add, mixed)
            view[:] = mixed.astype(np.uint8)

    def _there(self, frame: int) -> float:
        """How far the words have come, or have not gone yet: 0 to 1."""
        steps = min(frame - self.start + 1, self.end - frame) / (self._fade + 1)
        share = min(1.0, steps)
        return share * share * (3 - 2 * share)

    def _lit(self, frame: int) -> tuple[float, ...]:
        """Of each word how much is lit, 0 to 1: as a whole, or from its beginning where swept."""
        one = self._overlay
        if not one.swept:
            return tuple(min(max((frame - w.start + 1) / LEAP, 0.0), 1.0) for w in one.words)
        ends = one.sung if one.sung is not None else one.end
        times = [*(w.start for w in one.words), max(ends, one.words[-1].start + 1)]
        return tuple(
            min(max((frame - first) / max(last - first, 1), 0.0), 1.0)
            for first, last in pairwise(times)
        )

    def _light(self, layers: Layers, lit: tuple[float, ...]) -> Plane | None:
        """How much of each pixel of the box is lit, shape (height, width); None for nothing."""
        if not any(lit):
            return None
        light = np.zeros_like(layers.letters)
        across = np.arange(light.shape[1], dtype=np.float32) + 0.5
        soft = EDGE * self._overlay.style.size * min(self._spec.width, self._spec.height)
        widths: dict[int, float] = {}
        for span in layers.spans:
            widths[span.word] = widths.get(span.word, 0.0) + span.right - span.left
        before: dict[int, float] = {}
        for span in layers.spans:
            amount = lit[span.word]
            first, last = layers.rows[span.row]
            wide = span.right - span.left
            left, right = max(0, round(span.left)), round(span.right)
            if not self._overlay.swept or amount in (0.0, 1.0):
                light[first:last, left:right] = amount
                continue
            passed = before.get(span.word, 0.0)
            before[span.word] = passed + wide
            reached = (amount * widths[span.word] - passed) / max(wide, 1e-6)
            into = (across[left:right] - span.left) if not span.rtl else (
                span.right - across[left:right]
            )  # fmt: skip
            light[first:last, left:right] = np.clip((reached * wide - into) / soft + 0.5, 0, 1)
        return light


def _mixed(layers: Layers, there: float, light: Plane | None) -> list[tuple[Plane, Plane]]:
    """For Y, U and V what is kept of the picture and what is added; rounding is in the latter."""
    letters, shade = layers.letters * np.float32(there), layers.shade * np.float32(there)
    keep = (1 - shade) * (1 - letters)
    dark = shade * (1 - letters)
    lit = letters * light if light is not None else None
    if lit is not None and layers.plain is not None:
        lit = lit * layers.plain
    made: list[tuple[Plane, Plane]] = []
    for i in range(3):
        paint = layers.paint[i]
        coloured = letters * paint
        if i:
            keep_i, dark_i, coloured = (_halved(p) for p in (keep, dark, coloured))
            lit_i = _halved(lit) if lit is not None else None
        else:
            keep_i, dark_i, lit_i = keep, dark, lit
        add = coloured + dark_i * np.float32(layers.dark[i]) + np.float32(0.5)
        if lit_i is not None:
            add += lit_i * np.float32(layers.lit[i])
        made.append((np.ascontiguousarray(keep_i), np.ascontiguousarray(add)))
    return made


def _halved(plane: Plane) -> Plane:
    size = (plane.shape[1] // 2, plane.shape[0] // 2)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)
