"""A sculpture of the sound itself: ridges that recede, beams in still water, or an eclipse."""

from math import cos, sin, tan
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import f32
from songreel.generation.visuals.lights import add_light
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.beams import paint_beams, paint_disc, paint_evening
from songreel.generation.visuals.parts.corona import (
    fill_corona,
    paint_corona,
    paint_mirror,
    paint_rim,
)
from songreel.generation.visuals.parts.heard import COLUMNS, Heard
from songreel.generation.visuals.parts.ridges import paint_ridges, raise_ridges
from songreel.generation.visuals.scene import Drives, Finish, Hears, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage
from songreel.generation.visuals.tables import spectral

_COARSE = 4
"""Pixels of the field to a pixel of the sky."""
_SPACING = 2
"""Rows of the past between ridges: 80 ms."""
_RIDGES = 64
_ACROSS = 16
"""Beams on either side of the middle, a band each."""
_DEEP = 9
"""Rows of beams, each an eighth of a second older than the one before it."""
_ANGLES, _DISTANCES = 384, 96

_GROWN = {
    Role.OPENING: 0.10, Role.VERSE: 0.28, Role.RISE: 0.58, Role.PEAK: 1.0, Role.TURN: 0.62,
    Role.CLOSING: 0.12,
}  # fmt: skip
"""How much of the sculpture a section shows, 0 to 1."""


_ECLIPSE = Finish(bloom=0.16, grain=0.006)
"""Less light spills: the moon's disc stays black before the corona."""


class Sculpture(Scene):
    """The spectrum of the last seconds as a place."""

    name: ClassVar[str] = "spectrum sculpture"
    about: ClassVar[str] = (
        "The sound of the last seconds stands as a landscape: ridges that recede towards a light, "
        "beams in still water, or the corona of an eclipse."
    )
    words: ClassVar[tuple[str, ...]] = (
        "sound", "spectrum", "signal", "radio", "wave", "frequency", "sculpture", "ridge",
        "landscape", "mountain", "horizon", "eclipse", "corona", "beam", "pillar", "column",
        "monument", "echo", "silence", "noise", "voice",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.0, 0.35)
    drives: ClassVar[Drives] = Drives(
        kick="the lowest bands leap up in front and their light runs back to the horizon",
        snare="the middle of the spectrum leaps and the nearest crests flare white",
        hat="its far end flickers and stars light up",
        bass="the light on the horizon swells and the flanks stand higher",
        melody="the sun and its halo brighten with every note, and with bright sound",
        build="the land rises and the light climbs out of it",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "form",
            {
                "ridges": Option(
                    ("ridge", "mountain", "landscape", "signal", "radio", "valley", "horizon")
                ),
                "pillars": Option(
                    ("pillar", "column", "beam", "water", "monument", "temple"), (0.3, 0.2)
                ),
                "ring": Option(
                    ("ring", "eclipse", "corona", "sun", "moon", "circle", "halo"), (-0.2, 0.5)
                ),
            },
        ),
    )
    hears: ClassVar[frozenset[Hears]] = frozenset({"spectrum"})
    scale: ClassVar[float] = 0.75
    finish: ClassVar[Finish] = Finish(bloom=0.45, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(211)
        h, w = self.height, self.width
        self._form = self.setting("form")
        self._heard = Heard(stage)
        grown = _GROWN[stage.role] + 0.12 * min(stage.turn, 2)
        self._grown = min(1.2, 0.65 * grown + 0.35 * stage.energy)
        self._sky = np.zeros((max(4, h // _COARSE), max(4, w // _COARSE), 3), np.float32)
        self._cloud = spectral(256, 3.4, 71, 2.0)
        self._grain = spectral(256, 2.6, 72, 5.0)
        self._ripple = spectral(256, 2.4, 73, 6.0)
        self._at = float(random.random()) * 256.0
        side = float(random.random()) - 0.5
        self._sun_x = side * (0.5 if self._form == "ridges" else 0.24) * stage.half_x
        self._high = stage.shade(stage.contrast_at, 0.20 + 0.10 * self._grown, 1.2)
        self._low = stage.shade(stage.accent_at, 0.26 + 0.18 * self._grown, 0.9)
        self._warm = stage.shade(stage.accent_at, 0.74)
        if self._form == "pillars":  # before a darker evening, so that the beams are the light
            self._high, self._low = self._high * f32(0.45), self._low * f32(0.40)
        self._pale = stage.shade(0.95, 0.97, 0.5)
        self._rock = stage.shade(0.1, 0.10)
        self._haze = (0.50 * self._low + 0.06 * self._warm).astype(np.float32)
        self._hot = (self._pale * 1.6).astype(np.float32)
        self._stars = random.random((220, 4)).astype(np.float32)
        self._crest = np.zeros((_RIDGES, w), np.float32)
        self._base = np.zeros((_RIDGES, 2), np.float32)
        self._glow = np.zeros(_RIDGES, np.float32)
        self._top = np.zeros((w, 5), np.float32)
        self._fades = np.exp(-np.arange(_RIDGES) / 14.0).astype(np.float32)
        self._beams = np.zeros((2 * _ACROSS * _DEEP, 5), np.float32)
        self._tints = np.zeros((2 * _ACROSS * _DEEP, 3), np.float32)
        self._polar = np.zeros((_ANGLES, _DISTANCES), np.float32)
        self._half = np.zeros((h // 2 + 1, w // 2, 3), np.float32)
        self._whole = np.zeros((h, w, 3), np.float32)
        ramp = np.linspace(0.0, 1.0, 64)[:, None]
        faint, full = stage.shade(stage.contrast_at, 0.5), self._warm
        shades = np.where(
            ramp < 0.5,
            faint + (full - faint) * np.minimum(ramp * 2, 1),
            full + (self._pale - full) * np.maximum(ramp * 2 - 1, 0),
        )
        self._flame = shades.astype(np.float32)
        across = np.linspace(0.0, 1.0, _ACROSS)[:, None]
        cool = stage.shade(stage.contrast_at, 0.66)
        self._bands = (self._warm + (cool - self._warm) * across).astype(np.float32)
        """Colour of each beam: the bass has the light's, the treble the palette's other hue."""

    def finishing(self) -> Finish:
        """See `Scene.finishing`."""
        return _ECLIPSE if self._form == "ring" else self.finish

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        draw = {"ridges": self._ridges, "pillars": self._pillars, "ring": self._ring}
        draw[self._form](moment, out)

    def _evening(
        self, m: Moment, out: NDArray[np.float32], horizon: float, sun_y: float, glow: float,
        size: float, mirror: float,
    ) -> tuple[float, float, float]:  # fmt: skip
        """Paint sky and ground; returns the zoom of what is far, and x and y of its light, px."""
        st = self.stage
        zoom = m.zoom**0.5 * (1.0 + 0.05 * m.forward)
        pan_x, pan_y = m.cam_x + 0.08 * m.truck, m.cam_y
        paint_evening(
            self._sky, self._high, self._low, self._warm,
            self._haze if self._form == "ridges" else self._rock, self._cloud, f32(st.half_x),
            f32(st.half_y), f32(cos(m.roll) / zoom), f32(sin(-m.roll) / zoom),
            f32(pan_x), f32(pan_y), f32(horizon), f32(self._sun_x), f32(sun_y), f32(glow),
            f32(size), f32(self._at + 0.35 * m.flow), f32(mirror),
        )  # fmt: skip
        cv2.resize(self._sky, (self.width, self.height), dst=out, interpolation=cv2.INTER_LINEAR)
        scale = self.height / (2.0 * st.half_y)
        x, y = (self._sun_x - pan_x) * zoom, (horizon + sun_y - pan_y) * zoom
        turned = (x * cos(m.roll) - y * sin(-m.roll) * -1.0, y * cos(m.roll) - x * sin(m.roll))
        return zoom, (turned[0] + st.half_x) * scale, (st.half_y - turned[1]) * scale

    def _starlight(self, m: Moment, out: NDArray[np.float32], horizon: float, count: int) -> None:
        """Stars over the horizon; hats light them up by turns."""
        st = self.stage
        scale = self.height / (2.0 * st.half_y)
        pixel = self.width * 0.5 / st.half_x / 360.0
        for x, y, own, size in self._stars[:count]:
            sx = (2.0 * x - 1.0) * 1.3 * st.half_x - m.cam_x
            sy = horizon + 0.08 + y * y * 1.3 * st.half_y - m.cam_y
            light = (0.05 + 0.4 * own * own) * (0.75 + 0.25 * sin(2.0 * m.flow + 40.0 * own))
            light += 1.6 * m.hat * (0.4 + own)
            add_light(
                out, f32((sx + st.half_x) * scale), f32((st.half_y - sy) * scale),
                f32(max(pixel * (0.7 + 1.3 * size * size), 1.05)),
                *(f32(light * c) for c in self._pale),
            )  # fmt: skip

    def _ridges(self, m: Moment, out: NDArray[np.float32]) -> None:
        st, g = self.stage, self._grown
        horizon = (0.10 + 0.10 * (1.0 - g)) * st.half_y - 0.05 * m.lift
        size = (0.06 + 0.19 * g) * (1.0 + 0.10 * m.bass)
        glow = 0.2 + 0.55 * g + 0.3 * m.bass + 0.3 * m.pulse + 0.3 * m.melody + 0.45 * m.brightness
        sun_y = (0.02 + 0.40 * (1.0 - 0.75 * g) + 0.10 * m.build) * min(st.half_y, 1.0)
        zoom, x, y = self._evening(m, out, horizon, sun_y, glow, 0.28 + 0.36 * g, 0.8)
        self._starlight(m, out, horizon, 60 + int(120 * (1.0 - min(g, 1.0))))
        scale = self.height / (2.0 * st.half_y)
        paint_disc(
            out, f32(x), f32(y), f32(size * zoom * scale), *self._sun(m),
        )  # fmt: skip
        row = self._heard.row(m.t)
        phase = row % _SPACING
        count = 44 + int(min(g, 1.0) * (_RIDGES - 44))
        new = self._heard.attack(m)
        tall = (0.08 + 0.62 * g) * (
            1.0 + 0.20 * m.bass + 0.35 * m.build + 0.45 * m.kick + 0.2 * m.snare
        )
        near = m.zoom**0.6 * (1.0 + 0.15 * m.forward)
        swap = 1.0 if st.role is Role.TURN else 0.0
        raise_ridges(
            self._crest[:count], self._base[:count], self._heard.levels, self._heard.now(m),
            f32(row), f32(_SPACING), f32(phase), f32(st.half_x),
            f32((horizon - m.cam_y) * zoom), f32((0.15 + 0.82 * st.half_y + 0.2 * m.lift) * near),
            f32(tall * near), f32(0.55), f32(m.cam_x), f32(0.5 * m.truck),
            f32(1.02 * st.half_x * near), swap, f32(0.035 * near), self._grain, f32(self._at),
        )  # fmt: skip
        rows = self._base[1:count, 1]
        heard = np.clip(rows, 0, len(self._heard.kicks) - 1).astype(np.int64)
        self._glow[1:count] = 0.9 * self._heard.kicks[heard] + 0.4 * self._heard.snares[heard]
        self._glow[1:count] *= np.linspace(1.0, 0.35, count - 1)
        self._glow[1:count] += (0.25 * m.kick + 0.45 * m.snare) * self._fades[: count - 1]
        self._glow[0] = 0.6 * m.kick + 0.6 * m.snare + 0.3 * m.melody
        paint_ridges(
            out, self._crest[:count], self._base[:count], self._glow, f32(st.half_y),
            f32(tan(m.roll)), self._warm, self._rock, self._haze, self._hot,
            f32(0.24 + 0.40 * g + 0.16 * new), f32(scale * (0.05 + 0.05 * g)),
            f32(max(scale * 0.0045, 0.8)), f32(x), self._top, f32(0.95),
        )  # fmt: skip

    def _sun(self, m: Moment) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Colour of the sun's top and foot."""
        light = 0.7 + 0.6 * self._grown + 0.25 * m.pulse + 0.4 * m.melody
        crown, foot = self._pale * light, (0.25 * self._pale + 0.75 * self._warm) * 0.8 * light
        return crown.astype(np.float32), foot.astype(np.float32)

    def _pillars(self, m: Moment, out: NDArray[np.float32]) -> None:
        st, g = self.stage, self._grown
        horizon = (-0.16 - 0.05 * g) * st.half_y - 0.05 * m.lift
        glow = 0.2 * g + 0.25 * m.bass + 0.14 * m.pulse + 0.1 * m.build
        glow += 0.1 * m.melody + 0.25 * m.brightness
        zoom, _, _ = self._evening(m, out, horizon, 0.02, glow, 0.45 + 0.35 * g, 0.55)
        self._starlight(m, out, horizon, 120)
        heard, scale = self._heard, self.height / (2.0 * st.half_y)
        now, new = heard.now(m), heard.attack(m)
        deep = 1 + round(min(g, 1.0) * (_DEEP - 1))
        line = (horizon - m.cam_y) * zoom
        row = heard.row(m.t)
        nearer = m.zoom**0.7 * (1.0 + 0.2 * m.forward)
        n = 0
        columns = ((np.arange(_ACROSS) + 0.5) * COLUMNS / _ACROSS).astype(int)
        for k in range(deep - 1, -1, -1):
            near = 1.0 / (1.0 + 0.42 * k)
            past = heard.levels[max(0, min(int(row - 3.0 * k), len(heard.levels) - 1))]
            level = (now if k == 0 else past)[columns]
            for side in (-1.0, 1.0):
                s = (np.arange(_ACROSS) + 0.5) / _ACROSS
                if st.role is not Role.TURN:
                    s = 1.0 - 0.96 * s
                # They stand on an arc, so that its ends are nearest.
                bow = near * (0.72 + 0.28 * s * s) * nearer
                x = side * s * (0.42 + 0.75 * near) * 1.05 * st.half_x * nearer
                x = x - m.cam_x * zoom - m.truck * bow
                foot = line - (0.04 + 0.30 * st.half_y) * bow * near**0.4
                beam = self._beams[n : n + _ACROSS]
                beam[:, 0] = (x + st.half_x) * scale
                beam[:, 1] = (st.half_y - foot) * scale
                beam[:, 2] = np.maximum(0.007 * bow * scale * st.half_x, 0.7)
                tall = 0.04 + (0.20 + 0.66 * g) * level * level * (1 + 0.25 * m.bass)
                beam[:, 3] = tall * (1.0 + 0.3 * m.build) * bow**0.5 * scale * st.half_y * 1.5
                beam[:, 4] = (0.20 + 2.3 * level * level) * near**0.8 * (0.55 + 0.45 * g)
                beam[:, 4] *= 0.9 + (0.45 if k == 0 else 0.2) * new
                self._tints[n : n + _ACROSS] = self._bands
                n += _ACROSS
        paint_beams(
            out, self._beams, self._tints, self._ripple, f32((st.half_y - line) * scale),
            f32(tan(m.roll)), f32(0.35 * m.flow), f32(0.25 + 0.6 * m.bass + 0.6 * m.kick),
            f32(self.width / 960.0), 0, n,
        )  # fmt: skip

    def _ring(self, m: Moment, out: NDArray[np.float32]) -> None:
        st, g = self.stage, self._grown
        horizon = -0.52 * st.half_y - 0.06 * m.lift
        sun_y = 0.66 * st.half_y - 0.10 * (1.0 - g) + 0.06 * m.build
        glow = 0.12 * g + 0.08 * m.bass + 0.06 * m.pulse + 0.1 * m.melody + 0.1 * m.brightness
        zoom, x, y = self._evening(m, out, horizon, sun_y, glow, 0.5 + 0.3 * g, 0.4)
        self._starlight(m, out, horizon, 200)
        scale = self.height / (2.0 * st.half_y)
        room = min(st.half_x, st.half_y)
        near = m.zoom**0.7 * (1.0 + 0.2 * m.forward)
        radius = room * (0.20 + 0.14 * g) * near * (1.0 + 0.10 * m.kick) * scale
        reach = room * (0.9 + 1.0 * g) * near * scale
        fill_corona(
            self._polar, self._heard.levels, self._heard.kicks, self._heard.now(m), self._grain,
            f32(self._heard.row(m.t)), f32(26.0), f32(3.0 * m.flow),
            f32(0.10 + 0.46 * g + 0.12 * m.build + 0.06 * m.bass), f32(2.0 * m.kick),
        )  # fmt: skip
        line = (st.half_y - (horizon - m.cam_y) * zoom) * scale
        turned = 0.5 if st.role is Role.TURN else 0.0
        turn = f32(turned + 0.02 * sin(0.2 * m.flow) - m.roll / 6.2832)
        gain = 0.7 + 0.6 * g + 0.32 * self._heard.attack(m)
        pixel = self.width / 960.0
        # What streams is soft: drawn at half the size; the rim and the water are crisp.
        rows = min(self.height, max(2, int(line + abs(tan(m.roll)) * self.width * 0.5) + 2))
        half = self._half[: rows // 2]
        paint_corona(
            half, self._polar, self._flame, f32(x * 0.5), f32(y * 0.5), f32(radius * 0.5),
            f32(reach * 0.5), turn, f32(gain),
        )  # fmt: skip
        whole = self._whole[: rows // 2 * 2]
        cv2.resize(half, (self.width, len(whole)), dst=whole, interpolation=cv2.INTER_LINEAR)
        sky = out[: len(whole)]
        np.add(sky, whole, out=sky)
        paint_rim(
            out, self._polar, f32(x), f32(y), f32(radius), f32(1.6 * pixel), turn,
            self._rock * f32(0.25), self._pale, f32(0.9 + 0.5 * g),
        )  # fmt: skip
        paint_mirror(
            out, self._polar, self._flame, f32(x), f32(y), f32(radius), f32(reach), turn,
            f32(line), f32(tan(m.roll)), f32(gain), self._ripple, f32(0.3 * m.flow),
            f32(0.5 + 0.5 * m.bass), f32(pixel),
        )  # fmt: skip
