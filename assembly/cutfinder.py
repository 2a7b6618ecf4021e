"""Finds the cuts of a film in its pictures: `CutFinder`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.assembly.coverage import covered, expected
from songreel.assembly.edit import soft_span
from songreel.assembly.identity import turn
from songreel.assembly.thumbs import Thumb, distance
from songreel.assembly.transitions.wipe import EDGE
from songreel.grading.codes import GAMMA
from songreel.models.timeline import Cut, Timeline
from songreel.models.transition import AT_ONCE, TransitionKind

REACH = 12
"""A cut is looked for at most this many frames from its plan, and never past half of the shorter
shot beside it."""

VISIBLE = 6.0
"""Robust deviations above its surroundings from which a change counts as seen."""

_LEAST, _SURE = 6.0, 20.0
"""Distances (`thumbs.distance`) under which no change, and from which any, counts as seen. In a
45 s film of built-in visuals the hard cuts had 22 to 38, and the wildest jump within a shot,
a tunnel on a beat, 17; most frames stay under 5."""

_CLEAR = 1.25
"""A cut must exceed every other change within reach by this factor, or it is not told."""

_SLACK = 6
"""Frames by which a fade may be off and still be measured."""

BESIDE = 2
"""Frames at either end of what is looked at that show a shot by itself."""

_APART = 4 / 255
"""Root mean square difference, full scale 1, under which two pictures are too alike to fade."""

_RISE = 0.4
"""Of a wipe: least share of the picture that must have gone over."""

_WIPE_FIT, _WIPE_CLEAR = 0.06, 1.4
"""Mean distance of a wipe's shares from an even one up to which it is told, and by how much it must
grow where the wipe would lie further off than its tolerance. Of 134 wipes the 4 that were found at
a wrong place, between landscapes that rush by, had 0.05 to 0.09 and 1.04 to 1.33; 97 in 100 of the
others up to 0.047 and from 1.58 on."""

_FIT = 0.1
"""Mean distance of a cross-fade's shares from a straight ramp up to which it is told. Still
pictures reach 0.005, moving ones 0.03; the wrong place or no fade at all gives 0.2 and more."""

_OFF_CLEAR = 4.0
"""How much worse than the best place a fade's own must fit for it to be told to be off. Between
random shapes that boil or jump, fades that were where they should be fitted up to 3 times better
five frames off; one that is five frames off between still pictures fits 20 times better there."""

_RUSHING = (TransitionKind.WHIP, TransitionKind.ZOOM_BLUR)

Pictures = NDArray[np.float32]


@dataclass(frozen=True)
class Found:
    """Where a planned cut was seen; `frame` is None where the picture does not tell."""

    cut: Cut
    frame: int | None
    visibility: float


def tolerance(cut: Cut) -> int:
    """Frames by which `cut` may be measured off its plan.

    A fade has no frame of its own. Of 32 cross-fades of 8 to 24 frames between built-in visuals,
    the middle was measured within 1 frame in all; of 134 luma wipes 126 could be told, 120 within 1
    frame and all within an eighth of their length, one more between drifting landscapes within a
    sixth. A whip or a zoom blur has one, under all its
    blur: of 177 of 4 to 14 frames 172 were found exactly, 3 one frame off, and 2 not told.
    """
    if cut.transition in AT_ONCE:
        return 0
    if cut.transition in _RUSHING:
        return 1
    share = 6 if cut.transition is TransitionKind.WIPE else 8
    return max(1, cut.transition_frames // share)


class CutFinder:
    """Fed a film's frames in order, says where each planned cut is. Holds a few seconds at most.

    Hard cuts and flashes are the strongest lasting change of picture near their plan, cross-fades
    the place where a ramp from the old to the new picture fits best, wipes that where the share of
    the new one does, dips their darkest frame, whips and zoom blurs the frame from which what their
    rush leaves to be seen is the new shot's. What another package brings is measured as a
    cross-fade, and not told where it does not look like one.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._pending = [
            (before, cut) for before, cut in zip(timeline.cuts, timeline.cuts[1:], strict=False)
        ]
        self._kept: dict[int, Thumb] = {}
        self.found: list[Found] = []

    def feed(self, frame: int, thumb: Thumb) -> None:
        """Look at film frame `frame`."""
        if not self._pending:
            return
        if frame >= self._needed(*self._pending[0])[0]:
            self._kept[frame] = thumb
        while self._pending and frame >= self._needed(*self._pending[0])[1] - 1:
            self._settle()

    def finish(self) -> tuple[Found, ...]:
        """All cuts, in order, with the film at its end."""
        while self._pending:
            self._settle()
        return tuple(self.found)

    def _settle(self) -> None:
        before, cut = self._pending.pop(0)
        first, last = self._needed(before, cut)
        stretch = {k: self._kept[k] for k in range(first, last) if k in self._kept}
        if len(stretch) < last - first:
            found = Found(cut, None, 0.0)  # the film is shorter than planned
        elif cut.transition is TransitionKind.DIP:
            found = _darkest(cut, stretch)
        elif cut.transition in _RUSHING:
            found = _turned(cut, stretch)
        elif cut.transition is TransitionKind.WIPE:
            found = _wiped(cut, stretch)
        elif cut.transition in AT_ONCE:
            found = _change(before, cut, stretch)
        else:
            found = _ramp(cut, stretch)
        self.found.append(found)
        start = self._needed(*self._pending[0])[0] if self._pending else None
        for k in [k for k in self._kept if start is None or k < start]:
            del self._kept[k]

    @staticmethod
    def _needed(before: Cut, cut: Cut) -> tuple[int, int]:
        """Frames [first, last) to look at for `cut`."""
        start, end = soft_span(cut)
        margin = _SLACK + 2 if end > start else REACH + 2
        return max(before.start, start - margin), min(cut.end, max(end, start + 1) + margin)


def _change(before: Cut, cut: Cut, seen: dict[int, Thumb]) -> Found:
    """The strongest change that lasts: one odd frame comes and goes and does not count."""
    first, last = min(seen), max(seen)
    strength = {
        k: min(
            distance(seen[k - 1], seen[k]),
            distance(seen[max(k - 2, first)], seen[min(k + 1, last)]),
        )
        for k in range(first + 1, last + 1)
    }
    shorter = min(before.end - before.start, cut.end - cut.start)
    reach = min(REACH, shorter // 2)
    near = [k for k in range(cut.start - reach, cut.start + reach + 1) if k in strength]
    best = max(near, key=lambda k: strength[k])
    others = [value for k, value in strength.items() if k != best]
    visibility = _deviations(strength[best], others)
    rival = max((strength[k] for k in near if k != best), default=0.0)
    seen_well = strength[best] >= _SURE or (strength[best] >= _LEAST and visibility >= VISIBLE)
    told = seen_well and strength[best] >= _CLEAR * rival
    return Found(cut, best if told else None, visibility)


def _turned(cut: Cut, seen: dict[int, Thumb]) -> Found:
    """The first frame of the new shot, while both rush by."""
    frames = sorted(seen)
    shown = np.array([seen[k].rgb for k in frames])
    told = turn(shown, cut.transition, cut.transition_settings, BESIDE)
    if told is None:
        return Found(cut, None, 0.0)
    place, margin = told
    return Found(cut, frames[place], _deviations(margin, [0.0], floor=0.1))


def _wiped(cut: Cut, seen: dict[int, Thumb]) -> Found:
    """Fit how far the new shot has come to an even wipe, moved by whole frames."""
    start, end = soft_span(cut)
    frames = sorted(seen)
    shares = covered(np.array([seen[k].rgb for k in frames]), BESIDE)
    if shares is None:
        return Found(cut, None, 0.0)
    setting = cut.transition_settings.get("edge", EDGE)
    edge = setting if isinstance(setting, float) else EDGE
    fits = []
    for shift in range(-_SLACK, _SLACK + 1):
        gone = np.clip((np.array(frames) - start + 1 - shift) / (end - start + 1), 0, 1)
        ideal = expected(gone, edge)
        # Things that move in either shot lift one end and lower the other.
        rise, ground = np.polyfit(ideal, shares, 1)
        if rise >= _RISE:
            off = shares - ground - rise * ideal
            fits.append((float(np.abs(off).mean()), abs(shift), shift))
    if not fits:
        return Found(cut, None, 0.0)
    error, _, shift = min(fits)
    others = [off for off, _, at in fits if abs(at - shift) > tolerance(cut)]
    clear = all(off >= _WIPE_CLEAR * error for off in others)
    told = error <= _WIPE_FIT and clear and abs(shift) < _SLACK
    visibility = _deviations(0.5, [error], floor=0.01)
    return Found(cut, cut.start + shift if told else None, visibility)


def _ramp(cut: Cut, seen: dict[int, Thumb]) -> Found:
    """Fit the frames to a cross-fade between the pictures beside it, moved by whole frames."""
    start, end = soft_span(cut)
    frames = sorted(seen)
    steps = end - start + 1
    shown = np.array([seen[k].rgb for k in frames])
    old, new = shown[:2].mean(axis=0), shown[-2:].mean(axis=0)
    mixed = _mixed(old, new, np.arange(steps + 1) / steps)
    fits: list[tuple[float, int, int]] = []
    for view in (_places, _tones):
        way = (view(new[None]) - view(old[None]))[0]
        length = float(way @ way)
        if length < _APART**2 * way.size:
            continue
        along, ideal = (view(shown) @ way / length, view(mixed) @ way / length)
        for shift in range(-_SLACK, _SLACK + 1):
            step = np.clip(np.array(frames) - start + 1 - shift, 0, steps)
            off = along - ideal[step]
            fits.append((float(np.abs(off).mean()), abs(shift), shift))
    if not fits:
        return Found(cut, None, 0.0)
    error, _, shift = min(fits)
    visibility = _deviations(0.5, [error], floor=0.01)
    # A best fit at the end of the search is no optimum: pictures that change their light while
    # they fade drag it there.
    planned = min(off for off, away, _ in fits if away <= tolerance(cut))
    sure = abs(shift) <= tolerance(cut) or planned >= _OFF_CLEAR * error
    told = error <= _FIT and abs(shift) < _SLACK and sure
    return Found(cut, cut.start + shift if told else None, visibility)


def _darkest(cut: Cut, seen: dict[int, Thumb]) -> Found:
    """The darkest frame, if the pictures before and after it are brighter."""
    darkest = min(seen, key=lambda k: (seen[k].mean, k))
    level = seen[darkest].mean
    before = max((seen[k].mean for k in seen if k < darkest), default=level)
    after = max((seen[k].mean for k in seen if k > darkest), default=level)
    rise = min(before, after) - level
    return Found(cut, darkest if rise >= 8 else None, _deviations(rise, []))


def _places(rgb: Pictures) -> Pictures:
    """Every place's colour, shape (frames, 3 × places)."""
    return rgb.reshape(len(rgb), -1)


def _tones(rgb: Pictures) -> Pictures:
    """The mean colour, shape (frames, 3): what stays while things move through the picture."""
    return np.asarray(rgb.mean(axis=(1, 2)), np.float32)


def _mixed(old: Pictures, new: Pictures, weights: NDArray[np.float64]) -> Pictures:
    """Cross-fades of two pictures in linear light, shape (weights, rows, columns, 3)."""
    share = weights.astype(np.float32)[:, None, None, None]
    light = (1 - share) * old[None] ** GAMMA + share * new[None] ** GAMMA
    return np.asarray(light ** (1 / GAMMA), np.float32)


def _deviations(value: float, others: list[float], floor: float = 0.5) -> float:
    """`value` above the median of `others`, in their robust standard deviations.

    `floor`, in levels, is coding noise: no stillness is so perfect that less than that counts.
    """
    middle = float(np.median(others)) if others else 0.0
    spread = 1.4826 * float(np.median(np.abs(np.array(others) - middle))) if others else 0.0
    return round((value - middle) / (spread + floor), 2)
