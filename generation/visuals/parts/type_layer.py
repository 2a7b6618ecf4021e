"""The words of a clip as letters in the picture: which are shown when, where, and in what light."""

from dataclasses import dataclass
from math import cos, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from songreel.fonts.found import is_emoji
from songreel.generation.visuals.kernels import Field
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.glyphs import EM, PAD, Word, clusters, signs, word
from songreel.generation.visuals.parts.stamp import COLUMNS
from songreel.generation.visuals.parts.typeset import SPACE, Box, Placed, even, pages, stacked
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import Drive
from songreel.models.timebase import frame_at

_FADE = 0.35
"""Seconds in which a word dims once the next one is sung."""
_TURN = 0.36
"""Seconds that a shape stays at least: what changes faster would flicker."""


class Plan(NamedTuple):
    """How a room wants its words set."""

    box: Box
    stacked: bool
    """Rows that fill the width, instead of rows of one size."""
    words: int
    """Most words at a time, and letters."""
    letters: int
    rows: int = 3
    capitals: bool = False
    centred: bool = True
    most: float = 10.0
    """Largest em as a share of the box's height."""
    ahead: bool = False
    """Whether words stand there before they are sung, unlit."""


@dataclass(frozen=True)
class Look:
    """How letters are lit. Colours are linear RGB; `now` is of the present word."""

    fill: NDArray[np.float32]
    fill_now: NDArray[np.float32]
    edge: NDArray[np.float32]
    edge_now: NDArray[np.float32]
    opacity: float = 1.0
    opacity_now: float = 1.0
    rim: float = 0.0
    """Light along the outline."""
    rim_now: float = 0.0
    at: float = 0.0
    """Where the lit line runs, ems inside the outline, and its half width."""
    line: float = 0.02
    top: float = 1.0
    """Light at a letter's top and foot."""
    foot: float = 1.0
    jitter: float = 0.0
    """How crooked letters stand, radians."""
    push: float = 1.0
    """How much the kick pushes."""


class _Set(NamedTuple):
    """A page that is set: one row of the arrays a letter, in reading order."""

    starts: NDArray[np.float64]
    """Frame on which each word appears."""
    end: float
    """Seconds at which its last word is over."""
    owner: NDArray[np.int64]
    """Word of each letter."""
    middle: NDArray[np.float64]
    """Middle of each word, shape (words, 2)."""
    wide: NDArray[np.float64]
    """Width of each word."""
    at: NDArray[np.float64]
    """Middle of each letter, shape (letters, 2)."""
    size: NDArray[np.float64]
    """Em of each letter."""
    cells: NDArray[np.float64]
    """Row of the atlas, columns and rows of each letter, shape (letters, 3)."""
    bounds: tuple[float, float, float, float]
    """Left, right, bottom and top of all letters, scene coordinates."""


class TypeLayer:
    """Letters of one clip. Where it has no words, shapes take their place."""

    def __init__(self, stage: Stage, plan: Plan, shape: tuple[int, int]) -> None:
        """`shape` is (height, width) of the field that letters are drawn on."""
        self._stage, self.height, self.width = stage, *shape
        self._ahead = plan.ahead
        drive = stage.request.drive
        sung = drive.words if drive is not None else ()
        capital = plan.capitals and _capital([one.text for one in sung])
        drawn = [(one, word(_shown(one.text, capital))) for one in sung]
        self.spoken = [(one, letters) for one, letters in drawn if letters is not None]
        self.left_out = tuple(one.text for one, letters in drawn if letters is None)
        """Words that no font here can draw, and pictures among them."""
        self.wordless = not self.spoken
        self._beats: tuple[float, ...] = ()
        self._atlas_rows: list[NDArray[np.float32]] = []
        self._places: dict[int, tuple[int, int, int]] = {}
        self._high = 0
        self._pages: list[_Set] = []
        if self.wordless:
            random = stage.random(61)
            order = random.permutation(len(signs()))[: 4 if stage.aspect > 1 else 5]
            self._beats = _strokes(drive)
            self._pages.append(self._set([signs()[i] for i in order], plan, np.zeros(len(order)),
                                         stage.seconds, tails=False))  # fmt: skip
        else:
            texts = [letters for _, letters in self.spoken]
            sizes = [len(letters.glyphs) for letters in texts]
            lines = [one.line for one, _ in self.spoken]
            for page in pages(lines, sizes, plan.words, plan.letters):
                starts = [self._frame(self.spoken[i][0].start) for i in page]
                self._pages.append(
                    self._set([texts[i] for i in page], plan, np.array(starts, float),
                              self.spoken[page[-1]][0].end, tails=not capital)
                )  # fmt: skip
        columns = max(row.shape[1] for row in self._atlas_rows)
        self.atlas = np.full((self._high, columns), -1.0, np.float32)
        high = 0
        for row in self._atlas_rows:
            self.atlas[high : high + row.shape[0], : row.shape[1]] = row
            high += row.shape[0]
        most = max(len(page.owner) for page in self._pages)
        self._units = np.zeros((most, COLUMNS), np.float32)
        self._jitter = stage.random(62).uniform(-1.0, 1.0, most)

    def _frame(self, start: float) -> float:
        return frame_at(start + 1e-6, self._stage.request.rate) if start >= 0 else start * 24.0

    def _set(
        self, words: list[Word], plan: Plan, starts: NDArray[np.float64], end: float, *, tails: bool
    ) -> _Set:
        widths = [one.advance for one in words]
        if plan.stacked:
            places: list[Placed] = stacked(widths, plan.box, tails=tails)
        else:
            places = even(widths, plan.box, most_rows=plan.rows, centred=plan.centred,
                          most=plan.most)  # fmt: skip
        owner, at, size, cells, middle = [], [], [], [], []
        for k, (one, place) in enumerate(zip(words, places, strict=True)):
            middle.append((place.x + one.advance * place.size / 2, place.y + 0.35 * place.size))
            for glyph in one.glyphs:
                rows, columns = glyph.field.shape
                at.append(
                    (place.x + (glyph.x + columns / EM / 2) * place.size,
                     place.y + (glyph.top - rows / EM / 2) * place.size)
                )  # fmt: skip
                owner.append(k)
                size.append(place.size)
                cells.append(self._cell(glyph.field))
        spots, ems, parts = np.array(at), np.array(size), np.array(cells, float)
        half = (parts[:, 1:] / EM / 2 - PAD) * ems[:, None]
        low, high = spots - half, spots + half
        bounds = (float(low[:, 0].min()), float(high[:, 0].max()), float(low[:, 1].min()),
                  float(high[:, 1].max()))  # fmt: skip
        wide = np.array(
            [one.advance * place.size for one, place in zip(words, places, strict=True)]
        )
        return _Set(starts, end, np.array(owner), np.array(middle), wide, spots, ems, parts, bounds)

    def _cell(self, field: NDArray[np.float32]) -> tuple[int, int, int]:
        if id(field) not in self._places:
            self._places[id(field)] = (self._high, field.shape[1], field.shape[0])
            self._atlas_rows.append(field)
            self._high += field.shape[0]
        return self._places[id(field)]

    def _page(self, m: Moment) -> _Set | None:
        """The page that has begun last."""
        shown = None
        for page in self._pages:
            if page.starts[0] <= m.index:
                shown = page
        return shown

    def states(self, m: Moment) -> tuple[_Set, NDArray[np.float64], NDArray[np.float64]] | None:
        """The page shown, how present each of its words is (−1 not yet, 0 sung, 1 now), its age.

        Ages are seconds since a word appeared. None before the first word.
        """
        page = self._page(m)
        if page is None:
            return None
        rate = self._stage.rate
        if self.wordless:
            count = len(page.starts)
            number, since = self._beat(m)
            present = np.where(np.arange(count) == number % count, 1.0, 0.0)
            last = np.arange(count) == (number - 1) % count
            present = np.where(last, max(0.0, 1.0 - since / _FADE), present)
            return page, present, np.where(present == 1.0, since, 9.0)
        age = (m.index - page.starts) / rate
        until = np.append(age[1:], m.t - page.end)
        present = np.where(age < 0, -1.0, np.clip(1.0 - until / _FADE, 0.0, 1.0))
        # The last word rests half lit until the next line begins.
        if until[-1] > 0 and present[-1] >= 0:
            present[-1] = max(present[-1], 0.35)
        return page, present, age

    def view(self, m: Moment) -> tuple[float, float, float]:
        """Magnification of the type, and how far it is moved before, scene coordinates.

        It keeps near its place while the room moves: it must stay in view and be read.
        """
        stage = self._stage
        zoom = (m.zoom / stage.framing) ** 0.5 * min(max(stage.framing, 0.9), 1.15) ** 0.5
        move_x, move_y = -0.45 * m.cam_x - 0.30 * m.truck, -0.45 * m.cam_y - 0.30 * m.lift
        page = self._page(m)
        if page is None:
            return zoom, move_x, move_y
        left, right, low, high = page.bounds
        room_x, room_y = 0.87 * stage.half_x, 0.87 * stage.half_y
        zoom = min(zoom, 2 * room_x / (right - left), 2 * room_y / (high - low))
        room_x, room_y = room_x / zoom, room_y / zoom
        move_x = min(max(move_x, -room_x - left), room_x - right)
        move_y = min(max(move_y, -room_y - low), room_y - high)
        return zoom, move_x, move_y

    def _beat(self, m: Moment) -> tuple[int, float]:
        gone = [beat for beat in self._beats if self._frame(beat) <= m.index]
        if not gone:
            return int(m.t // 0.8), m.t % 0.8
        return len(gone), m.t - gone[-1]

    def units(self, m: Moment, look: Look, *, grow: float = 1.0,
              shift: tuple[float, float] = (0.0, 0.0), only_now: bool = False,
              spread: float = 0.0) -> Field:  # fmt: skip
        """Rows for `stamp`, one a letter that is shown.

        Args:
            m: The frame.
            look: Light and colours.
            grow: Factor on each word's size about its middle.
            shift: Added to every place, scene coordinates.
            only_now: Leave out the words that are sung.
            spread: More room between the letters of a word.
        """
        state = self.states(m)
        if state is None:
            return self._units[:0]
        page, present, age = state
        stage = self._stage
        p = present[page.owner]
        shown = (p > 0) if only_now else (p >= 0) | self._ahead
        index = np.flatnonzero(shown)
        count = len(index)
        if not count:
            return self._units[:0]
        p, owner = np.maximum(p[index], 0.0), page.owner[index]
        fresh = np.exp(-np.maximum(age[owner], 0.0) / 0.09) * (age[owner] >= 0)
        side = np.where(owner % 2 == 0, 1.0, -1.0)
        own = 0.10 * fresh + look.push * p * (0.05 * m.kick + 0.02 * m.bass)
        # A word may take a quarter of the spaces beside it: those between words stay.
        own = np.minimum(own, 0.5 * SPACE * page.size[index] / page.wide[owner])
        all_ = 1.0 + 0.07 * look.push * m.kick
        scale = grow * all_ * (1.0 + own)
        tilt = side * (0.055 * m.snare * (0.35 + 0.65 * p) + 0.012 * sin(0.8 * m.flow))
        wide = 1.0 + spread + 0.02 * m.snare * p
        away = all_ * (1.0 + 0.10 * m.build)
        off = page.at[index] - page.middle[owner]
        off[:, 0] *= 1.0 + 0.10 * m.build
        c, s = np.cos(tilt), np.sin(tilt)
        x = away * page.middle[owner, 0] + scale * (off[:, 0] * wide * c - off[:, 1] * s) + shift[0]
        y = all_ * page.middle[owner, 1] + scale * (off[:, 0] * wide * s + off[:, 1] * c) + shift[1]
        y = y + 0.012 * np.sin(1.3 * m.flow + 0.9 * index) * page.size[index]
        turn = tilt + look.jitter * self._jitter[index] * (1 + 0.6 * m.snare)
        zoom, move_x, move_y = self.view(m)
        x, y = x + move_x, y + move_y
        cr, sr = cos(m.roll), sin(m.roll)
        sx, sy = (x * cr - y * sr) * zoom, (x * sr + y * cr) * zoom
        turn = turn + m.roll
        per = self.width / (2.0 * stage.half_x)
        u = self._units[:count]
        size = page.size[index] * scale * zoom * per
        cells = page.cells[index]
        half_w, half_h = cells[:, 1] / EM / 2 * size, cells[:, 2] / EM / 2 * size
        co, si = np.cos(turn), np.sin(turn)
        u[:, 0], u[:, 1] = (sx + stage.half_x) * per, (stage.half_y - sy) * per
        u[:, 2] = np.abs(co) * half_w + np.abs(si) * half_h
        u[:, 3] = np.abs(si) * half_w + np.abs(co) * half_h
        k = EM / size
        u[:, 4], u[:, 5], u[:, 6], u[:, 7] = co * k, -si * k, si * k, co * k
        u[:, 8], u[:, 9] = cells[:, 1] / 2, cells[:, 2] / 2
        u[:, 10], u[:, 11], u[:, 12] = cells[:, 0], cells[:, 1], cells[:, 2]
        u[:, 13] = size
        u[:, 14] = 0.022 * m.bass + 0.010 * (p - 0.5)
        now = p[:, None]
        u[:, 15] = look.opacity + (look.opacity_now - look.opacity) * p
        u[:, 16:19] = look.fill + (look.fill_now - look.fill) * now
        u[:, 19], u[:, 20] = look.top, look.foot
        u[:, 21] = look.rim + (look.rim_now - look.rim) * p
        u[:, 22], u[:, 23] = look.at, 1.0 / look.line
        u[:, 24:27] = look.edge + (look.edge_now - look.edge) * now
        return u


def undrawn(drive: Drive | None) -> tuple[str, ...]:
    """Words of a clip that no font here can draw, and pictures among them."""
    sung = drive.words if drive is not None else ()
    found = []
    for text in (one.text for one in sung):
        pictures = "".join(part for part in clusters(text) if is_emoji(part))
        missing = text if word(_shown(text, False)) is None else pictures
        if missing and missing not in found:
            found.append(missing)
    return tuple(found)


def _strokes(drive: Drive | None) -> tuple[float, ...]:
    """Seconds at which shapes take turns: drums and notes at least `_TURN` apart, else beats."""
    if drive is None:
        return ()
    times: list[float] = []
    for time in sorted((*drive.kick.times, *drive.snare.times, *drive.melody.times)):
        if not times or time >= times[-1] + _TURN:
            times.append(time)
    return tuple(times) or tuple(drive.beats)


def _shown(text: str, capital: bool) -> str:
    """A word as it is set: without points and quotes, which type replaces, and without emojis."""
    text = " ".join("".join(part for part in clusters(text) if not is_emoji(part)).split())
    text = text.strip(' .,;:"“”„«»()[]{}—–-…*_♪♫')
    return text.upper() if capital else text


def _capital(texts: list[str]) -> bool:
    """Whether capitals may be made: of plain Latin, where no language's rule is broken."""
    return all(c.isascii() or not c.isalpha() or c in "äöüéèàâêîôûçñáíóúœæåø" for t in texts
               for c in t.lower())  # fmt: skip
