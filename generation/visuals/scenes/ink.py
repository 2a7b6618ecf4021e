"""Ink in water: a thread that falls and folds, or clouds of two inks that run into each other."""

from math import cos, sin
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import f32
from songreel.generation.visuals.lights import mix_motes
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.currents import back, light_ink, pour, trace
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage
from songreel.generation.visuals.tables import currents, filaments, spectral

_CELL = 8
"""Pixels of the field to a cell of the displacement grid."""
_PAPER = 0.6
"""Mean lightness of a palette from which the water is bright where nothing else decides."""
_SHADES = 256

_THREAD = {
    Role.OPENING: 0.9, Role.VERSE: 1.0, Role.RISE: 0.9, Role.PEAK: 0.0, Role.TURN: 0.9,
    Role.CLOSING: 0.0,
}  # fmt: skip
"""How much ink falls in a thread."""
_FALLEN = {Role.OPENING: 0.45, Role.VERSE: 0.78, Role.RISE: 0.72, Role.TURN: 0.75}
"""How far down the thread's end is, a share of the frame."""
_CLOUD = {
    Role.OPENING: (0.20, 0.0), Role.VERSE: (0.12, 0.0), Role.RISE: (0.46, 0.10),
    Role.PEAK: (0.72, 0.70), Role.TURN: (0.16, 0.44), Role.CLOSING: (0.44, 0.36),
}  # fmt: skip
"""Size of the cloud of either ink; 0 for none."""


class Ink(Scene):
    """Ink that falls, blooms and collides."""

    name: ClassVar[str] = "ink in water"
    about: ClassVar[str] = (
        "Ink in water: one thread falls and folds in a verse, in a chorus billowing clouds of two "
        "colours run into each other."
    )
    words: ClassVar[tuple[str, ...]] = (
        "ink", "water", "soaking", "smoke", "fluid", "liquid", "plume", "dye", "pigment", "paint",
        "milk", "watercolour", "watercolor", "swirl", "drop", "underwater",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (-0.1, 0.0)
    drives: ClassVar[Drives] = Drives(
        kick="the ink is pushed outwards at once and billows",
        snare="edges that face the light flare",
        hat="droplets and flakes glitter",
        bass="dark ink wells up behind",
        melody="the thick of the ink glows from within, and bright sound clears the water",
        build="the ink gathers and its folds grow longer",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "water",
            {
                "black": Option(("black", "dark", "night", "smoke", "deep", "plume")),
                "paper": Option(("paper", "white", "milk", "watercolour", "watercolor", "day")),
                "gold": Option(
                    ("gold", "golden", "leaf", "metal", "treasure", "honey"), (0.4, 0.2)
                ),
            },
        ),
    )
    scale: ClassVar[float] = 0.53125
    finish: ClassVar[Finish] = Finish(bloom=0.3, grain=0.006)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(41)
        h, w = self.height, self.width
        lightness = float(np.mean([c.lightness for c in stage.request.palette]))
        self._water_kind = self.setting("water")
        if "water" not in stage.cast.settings and lightness > _PAPER:
            self._water_kind = "paper"
        self._paper = self._water_kind == "paper"
        self._u, self._v = currents(256, 5.6, 61, 2.0)
        self._soft = spectral(256, 4.2, 62, 2.0)
        self._wisps = filaments(512, 63)
        self._at = (random.random(4) * 256).astype(np.float32)
        place = (random.random(2) - 0.5) * np.array([0.6 * stage.half_x, 0.25])
        self._place = place.astype(np.float32)
        # Fixed: shadows are thrown by whole pixels, a lamp that moved would make them jump.
        angle = 1.7 + 1.0 * float(random.random())
        self._lamp = (f32(cos(angle)), f32(-sin(angle)))
        self._coarse = np.zeros((h // _CELL + 2, w // _CELL + 2, 2), np.float32)
        self._veil = np.zeros(self._coarse.shape[:2], np.float32)
        self._origin = np.zeros((h, w, 2), np.float32)
        self._dense, self._mix, self._far = (np.zeros((h, w), np.float32) for _ in range(3))
        self._clouds = np.zeros((2, 4), np.float32)
        self._thread = np.zeros(6, np.float32)
        self._inks = _inks(stage, self._water_kind)
        self._water = _clear_water(stage, self._water_kind, (h, w), float(self._lamp[0]))
        self._distant = self._inks[1][int(0.55 * _SHADES if self._paper else 0.42 * _SHADES)]
        self._distant = (self._distant * (0.9 if self._paper else 0.45)).astype(np.float32)
        self._rim = stage.shade(0.9, 0.92)
        # Droplets are of ink on light ground, of light on dark ground.
        self._drops = stage.shade(0.15, 0.2) * f32(0.6) if self._paper else self._rim * f32(1.6)
        self._motes = random.random((320, 3)).astype(np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        m, st = moment, self.stage
        zoom = m.zoom * (1.0 + 0.3 * m.forward)
        c, s = cos(m.roll) / zoom, sin(-m.roll) / zoom
        px, py = m.cam_x + 0.6 * m.truck, m.cam_y + 0.6 * m.lift
        thread = _THREAD[st.role]
        # The flow, and so the ink's place in it, is followed for longer as the music rises.
        reach = 0.36 + 0.22 * m.energy + 0.14 * m.build
        time, fine, sink = f32(m.flow * 0.6), f32(0.08 + 0.06 * m.energy), f32(0.5)
        young = f32(0.75 * thread * (1.0 - 0.4 * m.energy))
        # From an unfamiliar side: the ink rises.
        upright = -1.0 if st.role is Role.TURN else 1.0
        flow = (self._u, self._v, time, self._at[0])
        heart = self._hearts(m, reach, fine, sink, float(young), flow)
        trace(
            self._coarse, self._veil, self._soft, self._u, self._v, f32(st.half_x),
            f32(st.half_y * upright), f32(c), f32(s * upright), f32(px), f32(py * upright), time,
            self._at[0], f32(reach), fine, sink, young,
            f32(0.75 * m.bass + 0.25 * m.energy - 0.22), f32(0.5 * m.truck - heart[0]),
            f32(0.5 * m.lift - heart[1]),
        )  # fmt: skip
        size = (self.width, self.height)
        cv2.resize(self._coarse, size, dst=self._origin, interpolation=cv2.INTER_LINEAR)
        cv2.resize(self._veil, size, dst=self._far, interpolation=cv2.INTER_LINEAR)
        swell = 0.26 * m.kick + 0.08 * m.snare
        pour(
            self._dense, self._mix, self._origin, self._clouds, self._thread, self._soft,
            self._wisps, self._at[1], self._at[2], f32(m.flow * 2.0), f32(swell),
            f32(st.half_y * upright),
        )  # fmt: skip
        clear = 0.70 + 0.20 * m.energy + 0.30 * m.brightness + 0.10 * m.pulse
        if self._paper:
            clear = 0.84 + 0.08 * m.energy + 0.10 * m.brightness + 0.05 * m.pulse
        light_ink(
            out, self._dense, self._mix, self._far, self._origin, self._water, *self._inks,
            self._distant, self._rim, self._wisps, self._lamp[0], self._lamp[1],
            f32(max(2.0, self.height / 60.0)), f32(0.55 + 0.9 * m.energy + 0.3 * m.pulse),
            f32((0.15 + 1.2 * m.snare) * (0.6 if self._paper else 1.0)),
            f32(0.7 * m.melody + 0.3 * m.build), f32(clear),
            f32(5.0 if self._paper else 2.8),
            f32(0.9 if self._water_kind == "gold" else 0.0), f32(3.0 * m.hat), int(self._paper),
        )  # fmt: skip
        mix_motes(
            out, self._motes, f32(st.half_x), f32(st.half_y), f32(cos(m.roll) * zoom),
            f32(sin(-m.roll) * zoom), f32(px), f32(py), f32(m.flow), f32(0.03), f32(0.08),
            f32(0.9 * m.hat), f32(0.015 if self._paper else 0.005), self._drops,
        )  # fmt: skip

    def _hearts(
        self, m: Moment, reach: float, fine: np.float32, sink: np.float32, young: float,
        flow: tuple[NDArray[np.float32], NDArray[np.float32], np.float32, np.float32],
    ) -> tuple[float, float]:  # fmt: skip
        """Set clouds and thread for `m`; returns where the first cloud's heart came from."""
        st = self.stage
        u, v, time, at = flow
        thread = _THREAD[st.role]
        x, y = float(self._place[0]), float(self._place[1])
        sizes = _CLOUD[st.role]
        grown = 0.5 * (m.energy - st.energy) + 0.10 * min(st.turn, 2)
        grown += 0.30 * (st.energy - 0.5) + 0.12 * m.kick + 0.12 * m.bass - 0.15 * m.build
        end = st.half_y * (1.0 - 2.0 * (_FALLEN.get(st.role, 0.5) + 0.08 * (m.u - 0.5)))
        if thread > 0:
            places = ((x, end), (x + 0.25 * st.half_x, end + 0.35 * st.half_y))
        else:
            # They come from either side and meet at the picture's heart.
            apart = 0.46 * st.half_x * (1.15 - 0.25 * m.u)
            places = ((0.5 * x - apart, y + 0.16), (0.5 * x + apart, y - 0.12))
        hearts = []
        for n, (place, size) in enumerate(zip(places, sizes, strict=True)):
            age = min(max(0.5 - 0.62 * place[1] / st.half_y, 0.0), 1.0)
            long = reach * (1.0 - young * (1.0 - age * age))
            there = back(f32(place[0]), f32(place[1]), u, v, time, at, f32(long), fine, sink)
            hearts.append((float(there[0]), float(there[1])))
            # The noise must not dig its hole where the picture's weight should lie.
            level = size + grown if size > 0 else -9.0
            self._clouds[n] = (*there, level, 1.5 if thread > 0 else 1.1)
        wide = 0.018 + 0.012 * m.bass
        self._thread[:] = (
            x, wide, 0.07 + 0.05 * m.energy, 0.85 * thread, end - 0.05,
            1.0 if st.role is Role.TURN else 0.0,
        )  # fmt: skip
        return hearts[0]


def _inks(stage: Stage, water: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colours of the two inks, from shadow to light, each of shape (_SHADES, 3)."""
    a, b = stage.accent_at, stage.contrast_at
    if a == b:
        b = 1.0 - a
    match water:
        case "paper":
            stops = ((a, (0.26, 0.42, 0.60, 0.76)), (b, (0.22, 0.42, 0.62, 0.80)))
        case "gold":
            stops = ((0.9, (0.10, 0.42, 0.76, 0.95)), (a, (0.08, 0.30, 0.56, 0.80)))
        case _:
            stops = ((a, (0.12, 0.40, 0.68, 0.94)), (b, (0.12, 0.36, 0.62, 0.90)))
    at = np.linspace(0.0, 1.0, _SHADES)
    inks = []
    for hue, lightness in stops:
        colours = np.stack(
            [stage.shade(hue, value, 1.9 if water == "paper" else 1.2) for value in lightness]
        )
        places = np.linspace(0.0, 1.0, len(lightness))
        inks.append(
            np.stack([np.interp(at, places, colours[:, c]) for c in range(3)], axis=1).astype(
                np.float32
            )
        )
    return inks[0], inks[1]


def _clear_water(
    stage: Stage, water: str, size: tuple[int, int], side: float
) -> NDArray[np.float32]:
    """Light of the water without ink, shape (*size, 3): brightest where the lamp stands."""
    match water:
        case "paper":
            top, low = stage.shade(0.95, 0.95, 0.6) * 1.25, stage.shade(0.85, 0.84, 0.8)
        case "gold":
            top, low = stage.shade(stage.contrast_at, 0.30), stage.shade(stage.contrast_at, 0.07)
        case _:
            top, low = stage.shade(0.30, 0.34), stage.shade(0.05, 0.08)
    y = np.linspace(0.0, 1.0, size[0])[:, None]
    x = np.linspace(-1.0, 1.0, size[1])[None, :]
    # Light falls in from above, on the lamp's side, and does not reach the bottom.
    away = np.hypot(0.75 * (x - 1.2 * side), 1.1 * y + 0.1)
    light = 1.0 / (1.0 + (1.6 if water != "paper" else 0.7) * away**2)
    field: NDArray[np.float32] = (low + (top - low) * light[..., None]).astype(np.float32)
    return field
