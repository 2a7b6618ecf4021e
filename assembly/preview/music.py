"""The music as it is drawn: the ribbon that runs by, and the whole song with its play head."""

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from songreel.assembly.exports.markers import section_names
from songreel.assembly.lettering import Colour, write
from songreel.assembly.preview.canvas import Plane, Tile
from songreel.assembly.preview.layout import FAINT, GROUND, INK, PANEL, QUIET, Layout
from songreel.assembly.preview.scene import colours_of
from songreel.models.music import Curve
from songreel.models.schedule import ShotFrames
from songreel.models.storyboard import Storyboard
from songreel.models.timebase import frame_at
from songreel.models.transition import AT_ONCE

TILE = 400
"""Frames of the ribbon that are drawn at a time."""


def by_liveliness(colours: Sequence[Colour]) -> list[Colour]:
    """The colours of a palette that a band can be told by, the liveliest first.

    Those too dark to be seen on this screen are left out while others are there.
    """
    ranked = sorted(colours, key=lambda c: -(max(c) - min(c) + 30) * (0.4 + sum(c) / 765))
    return [c for c in ranked if 0.3 * c[0] + 0.6 * c[1] + 0.1 * c[2] > 52] or ranked[:1]


def accents(storyboard: Storyboard) -> list[Colour]:
    """A colour for each shot, out of its own palette, that goes with its section's letter."""
    letters = list(dict.fromkeys(section.letter for section in storyboard.sections))
    found = []
    for shot in storyboard.shots:
        order = by_liveliness(colours_of(shot.palette))
        found.append(order[letters.index(storyboard.sections[shot.section].letter) % len(order)])
    return found


class Ribbon:
    """Shots and beats around now: it runs to the left by whole pixels, now stays where it is."""

    def __init__(
        self, storyboard: Storyboard, shots: Sequence[ShotFrames], rate: Fraction, layout: Layout
    ) -> None:
        self.step = 4 if rate <= 30 else 2
        """Pixels a frame: even, so that colours move with their edges."""
        self._board, self._shots, self._layout = storyboard, shots, layout
        self._starts = [shot.start for shot in shots]
        self._colours = accents(storyboard)
        grid = storyboard.grid
        self._beats = [
            (frame_at(time, rate), *grid.bar_and_beat(i)) for i, time in enumerate(grid.beats)
        ] if storyboard.beat_locked else []  # fmt: skip
        self._tile = lru_cache(maxsize=4)(self._drawn)

    def at(self, frame: int) -> tuple[Plane, Plane]:
        """Luma and chroma of what is to be seen at `frame`."""
        left = frame * self.step - self._layout.head
        wide = self._layout.ribbon.width
        size = TILE * self.step
        parts = range(left // size, (left + wide - 1) // size + 1)
        tiles = [self._tile(k) for k in parts]
        offset = left - parts[0] * size
        luma = np.concatenate([tile.luma for tile in tiles], axis=1)
        chroma = np.concatenate([tile.chroma for tile in tiles], axis=2)
        half = slice(offset // 2, (offset + wide) // 2)
        return luma[:, offset : offset + wide], chroma[:, :, half]

    def _drawn(self, number: int) -> Tile:
        tall, step = self._layout.ribbon.height, self.step
        first, wide = number * TILE, TILE * step
        picture = Image.new("RGB", (wide, tall), PANEL)
        canvas = ImageDraw.Draw(picture)
        foot = tall - 26
        length = self._shots[-1].end
        for i in range(max(0, bisect_right(self._starts, first) - 1), len(self._shots)):
            shot, planned = self._shots[i], self._board.shots[i]
            if shot.start >= first + TILE:
                break
            x0, x1 = (shot.start - first) * step, (shot.end - first) * step
            colour = self._colours[i]
            canvas.rectangle((x0 + 1, 6, x1 - 2, foot - 1), fill=_mixed(colour, GROUND, 0.35))
            canvas.rectangle((x0, 6, x0 + 3, foot - 1), fill=colour)
            soft = shot.transition_frames * step
            if shot.transition not in AT_ONCE and soft:
                half = soft // 2
                canvas.polygon(
                    [(x0 - half, foot - 1), (x0 + soft - half, foot - 1), (x0 + soft - half, 6)],
                    fill=_mixed(colour, GROUND, 0.6),
                )
            room = x1 - x0 - 18
            if room > 22:
                write(picture, (x0 + 11, 27), str(i + 1), 17, INK, width=room, bold=True)
                if room > 90:
                    ink = _mixed(INK, colour, 0.7)
                    write(picture, (x0 + 11, 44), planned.motif, 13, ink, width=room)
        for at, bar, beat in self._beats:
            if first - 60 <= at < first + TILE + 60:
                x = (at - first) * step
                strong = beat == 1 and bar > 0
                canvas.rectangle((x, foot + (3 if strong else 9), x + 1, tall - 4),
                                 fill=INK if strong else FAINT)  # fmt: skip
                if strong:
                    write(picture, (x + 7, tall - 7), str(bar), 13, QUIET)
        end = (length - first) * step
        if end < wide:
            canvas.rectangle((max(0, end), 0, wide, tall), fill=GROUND)
        if first < 0:
            canvas.rectangle((0, 0, -first * step - 1, tall), fill=GROUND)
        return Tile.drawn(picture)


class Whole:
    """The whole song: sections, energy, cuts, and where a frame is in it."""

    def __init__(
        self,
        storyboard: Storyboard,
        shots: Sequence[ShotFrames],
        energy: Curve | None,
        layout: Layout,
    ) -> None:
        self._box, self._frames = layout.song, shots[-1].end
        duration = storyboard.track.duration
        wide, tall = self._box.width, self._box.height
        picture = Image.new("RGB", (wide, tall), GROUND)
        canvas = ImageDraw.Draw(picture)
        by_letter = {
            storyboard.sections[shot.section].letter: colour
            for shot, colour in zip(storyboard.shots, accents(storyboard), strict=True)
        }
        levels = np.array(
            [
                energy.at((x + 0.5) / wide * duration)
                if energy is not None
                else _section_energy(storyboard, (x + 0.5) / wide * duration)
                for x in range(wide)
            ]
        )
        foot = tall - 22
        for section, name in zip(storyboard.sections, section_names(storyboard), strict=True):
            x0, x1 = (round(t / duration * wide) for t in (section.start, section.end))
            colour = by_letter.get(section.letter, QUIET)
            canvas.rectangle((x0, 0, x1 - 2, foot), fill=_mixed(colour, GROUND, 0.18))
            for x in range(x0, min(x1 - 1, wide)):
                top = foot - round((foot - 6) * float(np.clip(levels[x], 0, 1)))
                canvas.line((x, top, x, foot), fill=_mixed(colour, GROUND, 0.7))
            write(picture, (x0 + 2, tall - 6), name, 14, QUIET, width=max(8, x1 - x0 - 8))
        for shot in shots[1:]:
            x = round(shot.start / self._frames * wide)
            canvas.line((x, foot - 7, x, foot), fill=INK)
        self.tile = Tile.drawn(picture)

    def head(self, frame: int) -> int:
        """Pixels from the box's left at which `frame` is; even."""
        return min(round(frame / self._frames * self._box.width) // 2 * 2, self._box.width - 2)


def _section_energy(storyboard: Storyboard, seconds: float) -> float:
    for section in storyboard.sections:
        if seconds < section.end:
            return section.energy
    return storyboard.sections[-1].energy


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of `one`, the rest of `other`."""
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return red, green, blue
