"""What stands beside the picture: number, place, words, camera; and the counters that run."""

from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from songreel.assembly.box import Box
from songreel.assembly.exports.markers import section_names
from songreel.assembly.lettering import Colour, ink_on, width_of, write
from songreel.assembly.preview.canvas import Canvas, Plane, Tile, yuv
from songreel.assembly.preview.layout import FAINT, INK, PANEL, QUIET, Layout
from songreel.assembly.preview.scene import colours_of
from songreel.fonts.faces import DISPLAY, shapes, shipped
from songreel.models.schedule import ShotFrames
from songreel.models.storyboard import CutReason, Storyboard
from songreel.models.timebase import clock, frame_at
from songreel.models.transition import TransitionKind

DIGITS = 40
"""Pixels an em of the counters."""
LIT = 0.16
"""Seconds for which a beat's lamp stays lit."""


def panel(
    storyboard: Storyboard,
    i: int,
    planned: ShotFrames,
    rate: Fraction,
    layout: Layout,
    accent: Colour,
    shown: str,
) -> Image.Image:
    """All of it but the counters.

    Args:
        storyboard: The plan.
        i: Which shot.
        planned: Its frames.
        rate: The film's.
        layout: Says the size.
        accent: Of its section.
        shown: What the picture is: a plan, a photo, a clip.
    """
    box, shot = layout.panel, storyboard.shots[i]
    picture = Image.new("RGB", (box.width, box.height), PANEL)
    canvas = ImageDraw.Draw(picture)
    colours = colours_of(shot.palette)
    left, room = 20, box.width - 40
    track = storyboard.track
    length = clock(track.duration)[:-3]
    write(picture, (left, 30), track.title, 15, QUIET, width=room - 60)
    write(picture, (box.width - 20, 30), length, 15, QUIET, anchor="right")
    name = section_names(storyboard)[shot.section].upper()
    _pill(picture, (left, 48), name, accent)
    seconds = float((planned.end - planned.start) / rate)
    write(picture, (box.width - 20, 67), f"{seconds:.2f} s", 15, QUIET, anchor="right")
    number = f"{i + 1}"
    write(picture, (left, 106), f"Shot {number}", 26, INK, bold=True)
    of = width_of(f"Shot {number}", 26, bold=True)
    write(picture, (left + of + 8, 106), f"of {len(storyboard.shots)}", 16, QUIET)
    if shot.locked:
        write(picture, (box.width - 20, 106), "locked", 15, QUIET, anchor="right")
    top = layout.counters.bottom - box.top
    write(picture, (left, top + 18), "time", 12, QUIET)
    write(picture, (box.width - 20, top + 18), "bar : beat", 12, QUIET, anchor="right")
    y = write(picture, (left, top + 54), shot.motif, 19, INK, width=room, rows=2, bold=True)
    y = write(picture, (left, y + 24), shot.prompt, 14, QUIET, width=room, rows=6, leading=1.36)
    swatch = room / len(colours)
    foot = box.height - 14
    for k, colour in enumerate(colours):
        canvas.rectangle((left + k * swatch, foot - 10, left + (k + 1) * swatch - 1, foot),
                         fill=colour)  # fmt: skip
    for k, line in enumerate((shown, _starts(shot.reason, planned, rate))):
        write(picture, (left, foot - 24 - 19 * k), line, 14, QUIET, width=room)
    return picture


def _starts(reason: CutReason, planned: ShotFrames, rate: Fraction) -> str:
    """How and why it begins."""
    kind = planned.transition
    if kind is TransitionKind.CUT or not planned.transition_frames:
        return f"cut on the {reason}" if reason is not CutReason.OPENING else "opening"
    return f"{kind}, {float(planned.transition_frames / rate):.1f} s, on the {reason}"


def _pill(picture: Image.Image, at: tuple[int, int], text: str, colour: Colour) -> None:
    wide = width_of(text, 15, bold=True) + 22
    ImageDraw.Draw(picture).rounded_rectangle(
        (at[0], at[1], at[0] + wide, at[1] + 26), 13, fill=colour
    )
    write(picture, (at[0] + 11, at[1] + 18.5), text, 15, ink_on(colour), bold=True)


class Counters:
    """Time, bar and beat, and a lamp for each beat of the bar."""

    def __init__(self, storyboard: Storyboard, rate: Fraction, layout: Layout) -> None:
        self._rate, self._layout = rate, layout
        grid = storyboard.grid
        told = storyboard.beat_locked and len(grid.beats) > 0
        self._beats = [frame_at(time, rate) for time in grid.beats] if told else []
        self._places = [grid.bar_and_beat(i) for i in range(len(self._beats))]
        self._lamps = min(grid.beats_per_bar, 12) if told else 0
        box = layout.counters
        self._ground = Tile.drawn(Image.new("RGB", (box.width, box.height), PANEL))
        self._glyphs = {c: _glyph(c) for c in "0123456789:.–"}
        self._cell = max(self._glyphs[c].shape[1] for c in "0123456789")
        self._ink = yuv(INK)[0]
        self._next = 0

    def draw(self, canvas: Canvas, frame: int, accent: tuple[int, int, int]) -> None:
        """Set them to `frame`; `accent` is the colour of a lit lamp, luma and chromas."""
        box = self._layout.counters
        canvas.put(self._ground, box.left, box.top)
        seconds = float(frame / self._rate)
        top = box.top + 34
        self._text(canvas, clock(seconds), box.left + 20, top)
        i = int(np.searchsorted(self._beats, frame, side="right")) - 1
        bar, beat = self._places[i] if i >= 0 else (0, 0)
        text = f"{bar}:{beat}" if i >= 0 else "–"
        self._text(canvas, text, box.right - 20 - self._wide(text), top)
        if not self._lamps:
            return
        since = float((frame - self._beats[i]) / self._rate) if i >= 0 else 1.0
        dark, size, gap = yuv(FAINT), 14, 8
        for k in range(self._lamps):
            x = box.left + 20 + k * (size + gap)
            lit = k == beat - 1 and since < LIT
            tall = size + (6 if lit and beat == 1 else 0)
            lamp = Box(x, box.top + 14 - tall // 2, x + size, box.top + 14 + tall // 2)
            canvas.fill(_even(lamp), accent if lit else dark)

    def _text(self, canvas: Canvas, text: str, left: float, top: int) -> None:
        x = left
        for c in text:
            glyph = self._glyphs[c]
            wide = self._advance(c)
            canvas.shade(glyph, self._ink, round(x + (wide - glyph.shape[1]) / 2), top)
            x += wide

    def _advance(self, c: str) -> float:
        return float(self._cell if c.isdigit() else self._glyphs[c].shape[1] + 2)

    def _wide(self, text: str) -> float:
        return sum(self._advance(c) for c in text)


def _glyph(c: str) -> Plane:
    """One figure, all as wide as each other where the text engine can choose such."""
    font, _ = shipped(DISPLAY).at(DIGITS)
    more: dict[str, Any] = {"features": ["tnum"]} if shapes() else {}
    wide = max(2, round(font.getlength(c, **more)))
    picture = Image.new("L", (wide, DIGITS))
    ImageDraw.Draw(picture).text((0, DIGITS * 0.84), c, 255, font, anchor="ls", **more)
    return np.asarray(picture)


def _even(box: Box) -> Box:
    return Box(*(side // 2 * 2 for side in box))
