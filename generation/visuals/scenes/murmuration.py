"""Murmuration: thousands of birds, one body that folds and streams over water or a town.

Each bird keeps its place in the body; the body is a ribbon along a moving spine, or a sheet in
choruses, so that it darkens where it is seen edge on, as flocks of starlings do. Under water the
same body is a shoal of fish.
"""

from math import cos, sin, sqrt, tan
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import f32, held
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.dusk import paint_ridge, paint_sky, paint_water
from songreel.generation.visuals.parts.flock import draw_birds, move_birds
from songreel.generation.visuals.parts.rooftops import CELLS, paint_roofs, skyline
from songreel.generation.visuals.parts.shoal import paint_deep, paint_kelp
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage
from songreel.generation.visuals.tables import spectral

_BIRDS = 16000
_COARSE = 5
"""Pixels of the field to a pixel of the sky."""
_HORIZON = -0.50
"""Height of the horizon, in half heights of the frame."""
_SKY, _ROOM_X, _ROOM_Y = 0.10, 0.42, 0.30
"""Height of the flock's place, and how far its middle may go from there to the sides and up or
down, in halves of the frame: a roll of the camera still keeps it in view."""

_FLOCK = {
    Role.OPENING: (0.06, 0.20), Role.VERSE: (0.26, 0.40), Role.RISE: (0.60, 0.66),
    Role.PEAK: (1.00, 0.98), Role.TURN: (0.55, 0.92), Role.CLOSING: (0.16, 0.28),
}  # fmt: skip
"""Share of the birds that are there, and how large the body is."""
_LOW = {Role.OPENING: -0.16, Role.VERSE: -0.12, Role.PEAK: 0.08, Role.TURN: 0.16}
"""How much higher than its usual place the flock flies, in half heights: far ones fly low."""
_SHEET = {Role.RISE: 0.5, Role.PEAK: 1.0, Role.TURN: 0.85}
"""How wide the body is, 0 a ribbon to 1 a sheet that folds."""
_DAY = {
    Role.OPENING: -0.22, Role.VERSE: -0.14, Role.RISE: -0.03, Role.PEAK: 0.09, Role.TURN: -0.08,
    Role.CLOSING: -0.26,
}  # fmt: skip
"""How much light is in the sky, on the palette's ramp."""


class Murmuration(Scene):
    """A flock of birds in the evening."""

    name: ClassVar[str] = "murmuration"
    about: ClassVar[str] = (
        "A flock of starlings, small over the horizon in verses, filling the sky and splitting in "
        "choruses, over a lake, under a storm or above roofs; under water it is a shoal of fish."
    )
    words: ClassVar[tuple[str, ...]] = (
        "murmuration", "bird", "flock", "starling", "swarm", "particle", "spark", "leaf",
        "evening", "feather", "wing", "migration", "firefly", "rooftop", "dusk",
        "fish", "shoal", "school", "underwater",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.15, -0.15)
    drives: ClassVar[Drives] = Drives(
        kick="a wave runs through the flock and swells it",
        snare="a band of wings turns to the light at once",
        hat="single wings, windows and wavelets glint",
        bass="the light on the horizon swells, and under water the kelp bends",
        melody="the sun brightens with every note",
        build="the flock draws together into a ball",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "sky",
            {
                "dusk": Option(("dusk", "evening", "lake", "water", "sunset", "shore")),
                "storm": Option(("storm", "rain", "thunder", "cloud", "wind"), (-0.5, 0.4)),
                "city": Option(("city", "town", "rooftop", "roof", "street", "window"), (0.2, 0.2)),
                "water": Option(("fish", "shoal", "school", "underwater", "sea", "reef", "dive")),
            },
        ),
        Setting(
            "birds",
            {
                "starlings": Option(("bird", "starling", "flock", "wing", "feather")),
                "fireflies": Option(("firefly", "spark", "ember", "particle", "swarm", "light")),
            },
        ),
    )
    scale: ClassVar[float] = 0.75
    finish: ClassVar[Finish] = Finish(bloom=0.4, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(61)
        h, w = self.height, self.width
        self._kind, self._sparks = self.setting("sky"), self.setting("birds") == "fireflies"
        self._cloud = spectral(256, 3.2, 91, 2.0)
        self._ripple = spectral(256, 2.2, 92, 6.0)
        self._sky = np.zeros((max(4, h // _COARSE), max(4, w // _COARSE), 3), np.float32)
        self._above = np.zeros((max(2, h // 2), max(2, w // 2), 3), np.float32)
        birds = np.empty((4, _BIRDS), np.float32)
        # More birds towards the middle of the body, and an even spread across it.
        birds[0] = random.beta(2.6, 2.6, _BIRDS) * 1.96 - 0.98
        birds[1] = np.sqrt(random.random(_BIRDS))
        birds[2] = random.random(_BIRDS) * 2 * np.pi
        birds[3] = random.random(_BIRDS)
        self._birds = birds
        share, self._body = _FLOCK[stage.role]
        share *= (0.7 + 0.3 * stage.energy) * (1.0 + 0.15 * min(stage.turn, 2))
        self.count = min(_BIRDS, int(_BIRDS * share * (0.4 if self._sparks else 1.0)))
        self.now = np.zeros((3, _BIRDS), np.float32)
        self._then = np.zeros((3, _BIRDS), np.float32)
        self._sun = float(random.random() - 0.5) * 0.9 * stage.half_x
        self._drift = float(random.random()) * 256.0
        self._ink = stage.shade(0.05, 0.13)
        self._hill = stage.shade(0.22, 0.24)
        self._gold = stage.shade(0.82, 0.88, 1.2)
        if self._sparks:
            self._ink = (stage.shade(stage.accent_at, 0.80, 1.3) * 1.3).astype(np.float32)
            self._gold = (stage.shade(0.95, 0.95, 0.7) * 1.6).astype(np.float32)
        self._depth = stage.shade(0.05, 0.11)
        """Colour of what stands before the light, next to the lens."""
        self._glint = stage.shade(0.82, 0.88, 1.2)
        self._day = _DAY[stage.role] - (0.26 if self._sparks else 0.0)
        outline = spectral(1024, 3.0, 93, 4.0)[int(random.integers(1024))]
        self._outline = ((outline - outline.min()) / np.ptp(outline)).astype(np.float32)
        self._rows = tuple(
            skyline(random, widest, tallest) for widest, tallest in ((9, 1.0), (14, 0.9), (20, 0.8))
        )
        self._streets = float(random.random()) * CELLS
        self._fronds = _kelp(random, stage.role)
        self._seed = int(random.integers(1 << 20))
        self._across = (np.arange(w, dtype=np.float32) + 0.5) / w * 2.0 - 1.0
        self._shore = np.zeros(w, np.float32)
        self._ridge = np.zeros(w, np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st = moment, self.stage
        half = (f32(st.half_x), f32(st.half_y))
        storm = self._kind == "storm"
        zoom = _far_zoom(m)
        view = (f32(cos(m.roll) / zoom), f32(sin(-m.roll) / zoom))
        low = -0.14 if st.role is Role.TURN else 0.0
        horizon = (_HORIZON + low) * st.half_y - 0.16 * m.lift
        pan_x, pan_y = _pan_x(m), m.cam_y
        glow = 0.10 + 0.40 * m.energy + 0.65 * m.bass + 0.15 * m.pulse + 0.18 * m.melody
        glow *= 0.45 if self._sparks else 1.0
        lift = self._day + 0.05 * st.mood[0] - 0.05 + 0.14 * m.energy + 0.10 * (m.brightness - 0.5)
        if self._kind == "water":
            self._under_water(m, out, view, (pan_x, pan_y), glow, lift)
            return
        paint_sky(
            self._sky, st.lut, self._cloud, *half, *view, f32(pan_x), f32(pan_y), f32(horizon),
            f32(self._sun), f32(0.05), f32(glow), f32(lift - (0.10 if storm else 0.0)),
            f32(self._drift + (1.2 if storm else 0.5) * m.flow), f32(0.62 if storm else 0.36),
            f32(0.9 if storm else 0.0),
        )  # fmt: skip
        cv2.resize(self._sky, (self.width, self.height), dst=out, interpolation=cv2.INTER_LINEAR)
        pixel = self.height * st.half_x / 960.0
        self._lay_of_land(m, zoom, horizon, pan_x, pan_y)
        town = self._kind == "city"
        if town:
            self._roofs(m, out, zoom, far=True)
        self._flock(m, out)
        if town:
            self._roofs(m, out, zoom, far=False)
            return
        paint_ridge(out, self._ridge, self._shore, self._hill, f32(1.1))
        size2 = (self._above.shape[1], self._above.shape[0])
        cv2.resize(out, size2, dst=self._above, interpolation=cv2.INTER_LINEAR)
        sun_px = (1.0 + (self._sun - pan_x) * zoom / st.half_x) * 0.5 * self.width
        paint_water(
            out, self._above, self._shore, self._ripple, self._glint, f32(sun_px),
            f32((0.5 if storm else 0.3) * m.flow), f32(m.hat),
            f32((1.3 if storm else 0.5) + 0.8 * m.energy), f32(pixel),
        )  # fmt: skip

    def _flock(self, m: Moment, out: NDArray[np.float32]) -> None:
        """Birds, fireflies or fish."""
        st = self.stage
        size, x0, y0 = self.gather(m)
        pixel = self.height * st.half_x / 960.0
        draw_birds(
            out, self._birds, self.now, self._then, self.count, self._ink, self._gold,
            f32(st.half_x), f32(st.half_y), f32(cos(m.roll)), f32(sin(-m.roll)), f32(x0), f32(y0),
            f32(size), f32(0.8 * m.flow), *_wave(m), f32(m.snare), f32(m.hat * 0.9),
            f32(pixel * m.zoom**0.7 * (0.62 + 0.62 * self._body)), int(self._sparks),
        )  # fmt: skip

    def _under_water(
        self, m: Moment, out: NDArray[np.float32], view: tuple[np.float32, np.float32],
        pan: tuple[float, float], glow: float, lift: float,
    ) -> None:  # fmt: skip
        """The shoal between the surface and a floor of rock, behind kelp."""
        st = self.stage
        paint_deep(
            self._sky, st.lut, self._cloud, f32(st.half_x), f32(st.half_y), *view, f32(pan[0]),
            f32(pan[1] + 0.3 * m.lift), f32(self._sun), f32(glow), f32(lift),
            f32(self._drift + 0.9 * m.flow), f32(0.8 + 0.5 * m.energy),
        )  # fmt: skip
        cv2.resize(self._sky, (self.width, self.height), dst=out, interpolation=cv2.INTER_LINEAR)
        self._flock(m, out)
        self._lay_of_land(m, _far_zoom(m), -0.98 * st.half_y - 0.3 * m.lift, *pan)
        self._shore += self.height  # rock to the lower edge, wherever the camera looks
        paint_ridge(out, self._ridge, self._shore, self._hill, f32(0.3))
        shift = -m.truck * 0.5 * self.height / (2.0 * st.half_y)
        paint_kelp(
            out, self._fronds, len(self._fronds), f32(shift), f32(0.35 + 0.9 * m.bass),
            f32(m.flow), self._depth,
        )  # fmt: skip

    def gather(self, m: Moment) -> tuple[float, float, float]:
        """Move the birds to their places at `m`, into `now`.

        Returns:
            Size of the flock on the screen, and x and y of the point it flies around, in scene
            coordinates before the camera's roll: a bird is seen at `now` × size + point.
        """
        st = self.stage
        t = 0.8 * m.flow
        split = 0.0
        if st.role in (Role.PEAK, Role.TURN):
            split = max(0.0, 0.55 + 0.75 * sin(0.35 * t)) * (1.0 - 0.8 * m.build)
        shape = (
            f32(0.70 + 0.50 * m.energy),
            f32(0.8 * m.build),
            *_wave(m),
            f32(split),
            f32(_SHEET.get(st.role, 0.0)),
        )
        trail = 0.03 + 0.03 * m.energy
        move_birds(self.now, self._birds, self.count, f32(t), *shape)
        move_birds(self._then, self._birds, self.count, f32(t - trail), *shape)
        zoom = _far_zoom(m)
        body = self._body * (0.92 + 0.16 * m.energy) * m.zoom * (1.0 + 0.30 * m.forward)
        size = body * min(1.0, 0.08 + 0.86 * st.half_x)
        under = self._kind == "water"
        high = 0.0 if under else _LOW.get(st.role, 0.0) * st.half_y
        x0 = 0.16 * st.half_x * sin(0.21 * t) - (_pan_x(m) + 0.9 * m.truck) * zoom
        y0 = 0.09 * st.half_y + high + 0.05 * sin(0.33 * t) - (m.cam_y + 0.7 * m.lift) * zoom
        # Whatever its folds and the camera do, the middle of the flock stays in the sky in view;
        # the closer the shot, the nearer to its place.
        room = 1.0 / max(m.zoom, 1.0) ** 0.5
        middle_x, middle_y = size * self.now[:2, : self.count].mean(axis=1, dtype=np.float64)
        mean_x = held(middle_x + x0, _ROOM_X * st.half_x * room)
        sky = (-0.04 if under else _SKY) * st.half_y
        mean_y = sky + held(middle_y + y0 - sky, _ROOM_Y * st.half_y * room)
        return size, mean_x - middle_x, mean_y - middle_y

    def _lay_of_land(
        self, m: Moment, zoom: float, horizon: float, pan_x: float, pan_y: float
    ) -> None:
        """Rows of the shore and of the hills' outline, for every column."""
        st = self.stage
        scale = self.height / (2.0 * st.half_y)
        line = (st.half_y - (horizon - pan_y) * zoom) * scale
        slope = tan(-m.roll) * self.width * 0.5
        np.multiply(self._across, slope, out=self._shore)
        self._shore += line
        along = (self._across * st.half_x / zoom + pan_x + 0.25 * m.truck) * 130.0 + 500.0
        tops = np.interp(along, np.arange(1024), self._outline)
        tall = {"storm": 0.05, "water": 0.34}.get(self._kind, 0.11)
        self._ridge[:] = self._shore - tops * tall * scale * zoom

    def _roofs(self, m: Moment, out: NDArray[np.float32], zoom: float, far: bool) -> None:
        """The far rows of houses, or the nearest, which the flock passes behind."""
        st = self.stage
        scale = self.height / (2.0 * st.half_y)
        rows = ((0, 0.34, 0.02, 9.0, 0.30),) if far else (
            (1, 0.42, -0.12, 15.0, 0.55), (2, 0.50, -0.36, 30.0, 1.0),
        )  # fmt: skip
        lit = 0.05 + 0.11 * m.energy
        for index, tall, drop, wide, near in rows:
            place = (_pan_x(m) + 0.6 * near * m.truck) * scale / wide
            step = 960.0 / self.width / (wide / 1.5) / zoom**near
            walls = st.shade(0.15, 0.30 - 0.17 * near, 0.9)
            self._ridge[:] = self._shore - (drop + 0.25 * near * -m.lift) * scale * zoom
            paint_roofs(
                out, self._rows[index], f32(self._streets + 90.0 * index + place),
                f32(step), self._ridge, f32(tall * 0.62 * scale * zoom**near), walls,
                self._glint, self._hill, f32((0.0, 6.0, 14.0)[index] * self.height / 540.0),
                f32((0.0, lit, 0.25 * lit)[index]), f32(1.6 * m.hat), int(2.0 * m.flow),
                self._seed + index, f32(1.2 * (1.0 - near)),
            )  # fmt: skip


def _kelp(random: np.random.Generator, role: Role) -> NDArray[np.float32]:
    """Fronds at either side of the frame, see `paint_kelp`; more where more is seen."""
    count = 7 if role in (Role.PEAK, Role.TURN) else 4
    edge = 0.17 * random.random(count) ** 1.5 - 0.01
    fronds = np.empty((count, 5), np.float32)
    fronds[:, 0] = np.where(np.arange(count) % 2 == 0, edge, 1.0 - edge)
    fronds[:, 1] = 0.35 + 0.50 * random.random(count)
    fronds[:, 2] = 0.005 + 0.007 * random.random(count)
    fronds[:, 3] = random.random(count)
    fronds[:, 4] = 0.4 + 0.6 * random.random(count)
    return fronds


def _wave(m: Moment) -> tuple[np.float32, np.float32]:
    """Place along the body of the wave that a kick sends through it, and its height."""
    return f32(1.1 - 2.0 * m.kick), f32(0.9 * m.kick)


def _far_zoom(m: Moment) -> float:
    """Magnification of land and sky: far off, the shot's size moves them less than the flock."""
    return sqrt(m.zoom) * (1.0 + 0.06 * m.forward)


def _pan_x(m: Moment) -> float:
    """Where the lens points, for what is far off."""
    return m.cam_x + 0.10 * m.truck
