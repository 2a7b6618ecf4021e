"""Tunnel: a winding bore with lights that run towards the viewer over a wet floor."""

from math import cos, log, pi, sin
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import f32
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.parts.bore import AROUND, DEPTHS, FAR, HALF, paint, search
from songreel.generation.visuals.parts.lining import crystal, panels, ribs
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.stage import Role, Stage
from songreel.generation.visuals.tables import spectral

_COARSE = 4
"""Pixels of the field to a pixel of the search."""
_SPACING = 1.9
"""Radii between the rings of two beats."""
_MEET = 1.0
"""Depth at which a ring is met on its beat: it frames the picture, then rushes by."""
_BEND_STEPS = np.array([0.125, 0.27], np.float32)
"""Radians per radius of the two waves that bend the bore, and how far each takes it aside."""
_BEND_SIZES = np.array([3.6, 0.7], np.float32)
_LENS = 0.72
"""Slope of a line of sight to one unit of the frame."""

_ALIVE = {Role.OPENING: 0.0, Role.VERSE: 0.22, Role.RISE: 0.55, Role.PEAK: 1.0, Role.TURN: 0.7,
          Role.CLOSING: 0.1}  # fmt: skip
"""How much of the tunnel is lit."""


class Tunnel(Scene):
    """A bore seen in perspective: the search for its walls is coarse, their light is not."""

    name: ClassVar[str] = "tunnel of light"
    about: ClassVar[str] = (
        "A flight through a winding tunnel over a wet floor that mirrors its lamps: a few arcs "
        "overhead in a verse, full rings, strips and lit panels in a chorus."
    )
    words: ClassVar[tuple[str, ...]] = (
        "tunnel", "light", "ring", "speed", "portal", "laser", "corridor", "warp", "hyperspace",
        "vortex", "ribbon", "neon", "gate", "passage", "rush", "beam", "wormhole", "racing",
        "geometry", "geometric", "digital", "cyber",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.1, 0.75)
    drives: ClassVar[Drives] = Drives(
        kick="the rings flare as one of them is met",
        snare="a wave of light runs down the walls into the depth",
        hat="single panels glint",
        bass="the water on the floor trembles and the haze swells",
        melody="strips of light along the walls brighten",
        build="the light at the end grows",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("wall", {
            "rings": Option(("ring", "portal", "neon", "cyber", "digital"), (0.1, 0.7)),
            "road": Option(("road", "car", "drive", "underpass", "subway", "night"), (-0.1, 0.4)),
            "crystal": Option(("crystal", "ice", "cave", "diamond", "glass"), (0.2, 0.3)),
        }),
    )  # fmt: skip
    scale: ClassVar[float] = 0.4
    finish: ClassVar[Finish] = Finish(exposure=1.0, bloom=0.6, vignette=0.40, grain=0.005)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(41)
        drive = stage.request.drive
        self._on_beats = drive is not None and len(drive.beats) > 1
        self.shape = ("rings", "road", "crystal").index(self.setting("wall"))
        self._alive = min(1.0, _ALIVE[stage.role] + 0.04 * min(stage.turn, 2))
        alive = self._alive
        accent, other = stage.accent_at, stage.contrast_at
        own = stage.random(42).random(3)
        turned = stage.role is Role.TURN
        # Which hue the rings have, how far apart they hang and where the lens is differ by seed. A
        # bridge looks back, leaning over, in the other hue: the lights flee.
        if (own[0] < 0.4) is not turned:
            accent, other = other, accent
        self._spacing = _SPACING * (0.75 + 0.65 * float(own[1]))
        self._lean = (0.45 if own[2] < 0.5 else -0.45) if turned else 0.0
        self._way = -1.0 if turned else 1.0
        self._aside = (0.36 if turned else 0.26) * (2.0 * float(own[2]) - 1.0)
        main, second = stage.shade(accent, 0.68, 1.35), stage.shade(other, 0.60, 1.35)
        white = stage.shade(1.0, 0.92)
        if self.shape == 1:
            main = 0.55 * stage.shade(accent, 0.74, 1.2) + 0.45 * white
        self._hues = np.stack([
            main, second, stage.shade(0.1, 0.16),
            stage.shade(0.6 * accent + 0.4 * other, 0.40, 1.2) * (0.20 + 0.45 * alive),
            stage.shade(0.9, 0.82, 1.3),
            0.5 * stage.shade(0.5 * (accent + other), 0.70, 1.3) + 0.5 * white,
        ]).astype(np.float32)  # fmt: skip
        seed = int(random.integers(5))
        lining = (panels, ribs, crystal)[self.shape](seed)
        self._skin, self._cells = lining.skin, lining.cells
        self._noise = np.clip(0.5 + 0.2 * spectral(256, 3.2, 43, 4.0), 0, 1).astype(np.float32)
        self._bends = random.uniform(0, 2 * pi, 6)
        share = np.arange(DEPTHS + 1) / DEPTHS
        self._z = np.minimum(share * HALF / np.maximum(1.0 - share, 1e-3), 2 * FAR)
        self._z += 1e-3 * np.arange(DEPTHS + 1)  # strictly rising, for slopes
        self._z = self._z.astype(np.float32)
        self._ahead = np.searchsorted(self._z, 1.6 * self._z + 0.6).clip(max=DEPTHS)
        # Depth that one pixel covers at each depth: rings thinner than that are widened.
        self._blur = self._z**2 * (2.0 * stage.half_y * _LENS / self.height) * 0.8
        self._course = np.zeros((3, DEPTHS + 1), np.float32)
        self._lit = np.zeros((DEPTHS + 1, 9), np.float32)
        self._ring = np.zeros((AROUND, 6), np.float32)
        places = (((0.02, 0.48), (0.36, 0.14)), ((0.175, 0.325), (0.93, 0.57)),
                  ((0.0, 0.5), (1 / 3, 1 / 6)))[self.shape]  # fmt: skip
        turn = (np.arange(AROUND) + 0.5) / AROUND
        self._off = np.abs((turn - 0.25 + 0.5) % 1.0 - 0.5).astype(np.float32)
        for j, pair in enumerate(places):
            for place in pair:
                d2 = ((turn - place + 0.5) % 1.0 - 0.5) ** 2
                self._ring[:, 2 + j] += 0.000014 / (d2 + 0.0000095)
                self._ring[:, 4 + j] += 0.012 / (39.5 * d2 + 0.10)
        rows, columns = max(4, self.height // _COARSE), max(4, self.width // _COARSE)
        self._near_small, self._far_small = (np.zeros((rows, columns), np.float32) for _ in "nf")
        self._near, self._far = (np.zeros((self.height, self.width), np.float32) for _ in "nf")
        self._rows = np.zeros((7, self.width), np.float32)
        self._view = np.zeros(16, np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        stage, m, alive = self.stage, moment, self._alive
        travel = self._way * 2.4 * m.flow + 1.2 * m.forward
        self.lay(m)
        self._light(travel, m)
        lens = _LENS / m.zoom
        end = (0.55 + 0.35 * m.energy + 0.3 * alive + 1.1 * m.build + 0.3 * m.bass) * (
            1.0 + 0.12 * m.pulse
        )
        lens *= 1.0 - 0.03 * m.kick - 0.02 * m.snare
        roll = m.roll + self._lean
        self._view[:] = (
            cos(roll), sin(roll), stage.half_x * lens, stage.half_y * lens,
            m.cam_x * _LENS, (m.cam_y + 0.03) * _LENS, 0.0, travel % 4096.0,
            0.0, m.hat * (0.6 + 0.6 * alive),
            4.0 * m.flow, (0.05 + 0.5 * alive) * m.energy * (1.0 + 0.3 * m.kick),
            0.04 + 0.55 * alive * m.energy, end, 0.05 + 0.16 * m.bass + 0.10 * m.kick,
            0.85,
        )  # fmt: skip
        search(self._near_small, self._far_small, self._course, self._view, self.shape)
        size = (self.width, self.height)
        cv2.resize(self._near_small, size, dst=self._near, interpolation=cv2.INTER_LINEAR)
        cv2.resize(self._far_small, size, dst=self._far, interpolation=cv2.INTER_LINEAR)
        paint(
            out, self._near, self._far, self._course, self._lit, self._ring,
            self._skin, self._cells, self._noise, self._hues, self._view, self._rows, self.shape,
        )  # fmt: skip

    def lay(self, m: Moment) -> None:
        """Lay the course of the bore at this moment."""
        travel = self._way * 2.4 * m.flow + 1.2 * m.forward
        amount = 0.65 + 0.75 * self.stage.motion
        steps, sizes = _BEND_STEPS, _BEND_SIZES
        z = np.minimum(self._z, 1.2 * FAR)
        for axis, reach in ((0, amount), (1, 0.28 * amount)):
            turns = steps * travel + self._bends[3 * axis : 3 * axis + 2]
            phase = (turns % (2 * pi)).astype(np.float32)
            ahead = np.sin(phase + steps * z[:, None]) @ sizes
            here, slope = np.sin(phase) @ sizes, np.cos(phase) @ (sizes * steps)
            # Seen from the camera, which looks most of the way into the bend.
            ahead -= here
            ahead -= float(0.9 * slope) * z
            np.multiply(ahead, float(reach), out=self._course[axis])
        self._course[0] -= np.clip(self._aside + 0.5 * m.truck, -0.45, 0.45)
        self._course[1] -= np.clip(0.4 * m.lift - 0.06, -0.3, 0.4)
        slope = np.hypot(*np.gradient(self._course[:2], self._z, axis=1))
        self._course[2] = np.maximum.accumulate(slope)[self._ahead]

    def _light(self, travel: float, m: Moment) -> None:
        """Light of the rings, what they cast on the walls, and the strips, by depth."""
        z, alive = self._z, self._alive
        fog = np.exp(-z * (0.135 - 0.05 * alive + 0.02 * m.bass))
        # Close by, a ring would fill the frame and leave it at once: it pales as it arrives.
        near = np.clip((z - 0.55) / 1.5, 0.0, 1.0)
        near = near * near * (3.0 - 2.0 * near)
        if self._on_beats:
            # The rings surge on the beat and settle towards the next.
            beat_phase, bar_phase = 1.0 - (1.0 - m.beat) ** 1.7, m.bar
        else:
            beat_phase = abs(travel) / self._spacing % 1.0
            bar_phase = abs(travel) / (4 * self._spacing) % 1.0
        spacing = self._spacing
        beat = _ring_distance(z, self._way * beat_phase, spacing)
        bar = _ring_distance(z, self._way * bar_phase, 4 * spacing)
        road = self.shape == 1
        strike, shine = 1.0 + 1.0 * m.kick, 1.0 + 0.30 * m.pulse + 0.25 * m.melody
        power = 0.55 + 0.5 * m.energy + 0.5 * alive
        cast = self._lit[:, 1:4]
        cast[:] = 0.05 * self._hues[2]
        sheen = 0.55 if road else 1.0
        for column, d, width, strength, hue in (
            (0, beat, 0.05 if not road else 0.11, power * (0.55 + 0.45 * alive) * sheen, 0),
            (6, bar, 0.085, power * 0.9, 1),
        ):
            w = width + self._blur
            glow = np.exp(-((d / w) ** 2)) * (width / w) * strength * strike * (0.12 + 0.88 * near)
            self._lit[:, column] = 1.5 * glow
            fall = strength * shine * (0.3 + 0.7 * near) / (1.0 + (d / (0.34 * sheen)) ** 2)
            fall *= 0.44 - 0.12 * alive
            for c in range(3):
                cast[:, c] += fall * self._hues[hue, c]
        self._lit[:, 4] = fog
        since = -0.17 * log(max(m.snare, 1e-4))
        wave = (z - 0.7 - 17.0 * since) / (0.8 + 0.15 * z)
        self._lit[:, 5] = m.snare**0.6 * np.exp(-(wave**2)) * (0.55 + 0.2 * alive)
        strip = (0.30 + 0.8 * m.brightness + 1.1 * m.melody) * (0.30 + 0.9 * alive)
        at = z + travel
        for j in range(2):
            if road and j == 0:
                # Lamps: a dash of light each half spacing.
                dash = at / (self._spacing / 2) % 1.0
                soft = 0.06 + self._blur / self._spacing
                on = np.clip((0.24 - np.abs(dash - 0.5)) / soft + 0.5, 0, 1)
                self._lit[:, 7] = on * (0.35 + 0.9 * alive + 0.5 * m.energy) * strike * 0.9
                continue
            # Packets of light run towards the viewer faster than the walls go by.
            run = np.sin(0.8 * (at + 1.3 * travel) + 1.7 * j)
            packet = np.clip(run - 0.1, 0, 1) ** 2
            wanted = min(max(2.0 * (0.3 + 0.9 * alive) - j, 0.0), 1.0)
            self._lit[:, 7 + j] = (0.25 + 1.3 * packet) * strip * wanted * near
        arc = 0.10 + 0.42 * alive * (0.5 + 0.6 * m.energy)
        np.clip((arc - self._off) * f32(22.0), 0, 1, out=self._ring[:, 0])
        np.clip(1.25 - self._off * f32(2.2 / (arc + 0.2)), 0, 1, out=self._ring[:, 1])
        self._ring[:, 1] *= 0.70
        self._ring[:, 1] += 0.30


def _ring_distance(z: NDArray[np.float32], phase: float, spacing: float) -> NDArray[np.float32]:
    """Distance from each depth to the nearest of the rings at (k − phase) × spacing + _MEET."""
    p = (z - _MEET) / spacing + phase
    distance: NDArray[np.float32] = np.abs(p - np.round(p)) * spacing
    return distance
