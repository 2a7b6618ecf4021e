"""Neon city: an avenue at night between lit towers, seen from the street, a height or the water."""

from math import log
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    f32,
    fade,
    hash1,
    kernel,
    noise_table,
    sample,
)
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.scene import Drives, Finish, Option, Scene, Setting
from songreel.generation.visuals.scenes.facade import add_rain, add_sign, lamp_table, paint_wall
from songreel.generation.visuals.stage import Role, Stage

_LENS = 0.82
"""Slope of a line of sight to one unit of the frame: 95° across a 16:9 picture."""
_SPANS = 12
"""Walls seen one above the other along a column, at most."""
_BLOCK_X, _BLOCK_Z = 2.1, 1.15
"""Plan of the city: one block with its street, in scene units."""
_GAP_X, _GAP_Z = 0.60, 0.12
"""Half a street's width along and across the avenue."""
_REACH = 26.0
"""Distance at which the haze has swallowed everything."""
_END = 17.0
"""Distance of the landmark at the avenue's end, which is never reached."""
_SHORE = 6.4
"""Distance of the first buildings across the water."""
_COARSE = 4
"""Pixels of the field to a pixel of the sky."""

_ALIVE = {Role.OPENING: 0.10, Role.VERSE: 0.25, Role.RISE: 0.55, Role.PEAK: 1.0, Role.TURN: 0.6,
          Role.CLOSING: 0.12}  # fmt: skip
"""How much of the city is switched on."""


@kernel
def _sky(out: Field, view: Field, hues: Field, noise: Field) -> None:
    """Coarse sky, shape (columns, rows, 3): dusk or the city's glow on low cloud, search lights."""
    columns, rows, _ = out.shape
    alive, flow = view[25], view[14]
    for i in range(columns):
        x = (f32(2) * (f32(i) + f32(0.5)) / f32(columns) - f32(1)) * view[2] + view[0]
        core = fade(abs(x) * f32(2.2))
        for j in range(rows):
            y = view[1] + view[3] * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(rows))
            h = abs(y)
            far = f32(1) / (h + f32(0.25))
            cloud = sample(noise, x * far * f32(16) + flow * f32(0.5), far * f32(38))
            dusk = fade(h * f32(2.4))
            glow = (fade(h * f32(3.2)) * f32(0.55) + fade(h * f32(9)) * core * f32(1.3)) * view[26]
            glow *= f32(0.45) + f32(0.95) * cloud
            beam = f32(0)
            if alive > f32(0.5) and y > f32(0):
                for k in range(3):
                    lean = np.sin(flow * f32(0.35) + f32(k) * f32(2.1)) * f32(0.8)
                    off = x - (f32(k) - f32(1)) * f32(0.42) - lean * h
                    beam += f32(0.0014) / (off * off + f32(0.0008) + h * h * f32(0.006))
                beam *= fade(h * f32(1.3)) * (alive - f32(0.5)) * (f32(0.15) + f32(0.35) * cloud)
                beam *= f32(0.5) + f32(0.5) * view[23] + f32(0.6) * view[15]
            dusk *= (f32(0.75) + f32(0.5) * cloud) * view[27]
            for c in range(3):
                out[i, j, c] = hues[7, c] + hues[3, c] * dusk + hues[5, c] * glow + hues[2, c] * beam


@kernel
def _box(x: Any, dx: Any, z: Any, left: Any, right: Any, near: Any, far: Any) -> Any:
    """Where the line (x + dx t, z + t) enters a box in plan: (t, along the face, face).

    The face is 0 for one that looks at the avenue, 1 for one that looks at the viewer;
    t is negative for a miss.
    """
    t_near, t_far = near - z, far - z
    if abs(dx) < f32(1e-5):
        if x <= left or x >= right:
            return f32(-1), f32(0), 0
        return t_near, x - left, 1
    a, b = (left - x) / dx, (right - x) / dx
    t0, t1 = min(a, b), max(a, b)
    enter, leave = max(t0, t_near), min(t1, t_far)
    if enter >= leave or enter <= f32(0.02):
        return f32(-1), f32(0), 0
    if t0 > t_near:
        return enter, z + enter - near, 0
    return enter, x + dx * enter - left, 1


@kernel
def _stack(
    out: Field, px: int, filled: int, spans: Field, count: int, t: Any, top: Any, along: Any,
    wide: Any, face: int, own: int, view: Field, hues: Field, lamps: Field, haze: Field, seed: int,
) -> Any:  # fmt: skip
    """Paint what a wall shows above those before it: (rows filled down to, spans so far)."""
    height = out.shape[1]
    y0, dy = view[1] + view[3], view[22]
    first = int((y0 - (top - view[5]) / t) / dy + f32(0.5))
    first = max(first, 0)
    if first >= filled or count >= _SPANS:
        return filled, count
    last = min(filled, height)
    thick = f32(1) - fade(t * view[18])
    if face == 2:
        thick *= f32(0.62)
    foot = int((y0 + view[5] / t) / dy + f32(0.5))
    if foot < last and count == 0:
        last = max(foot, first)
    paint_wall(
        out, px, first, last, t, top, along, wide, face, own, view, hues, lamps, haze,
        f32(1) - thick, seed,
    )  # fmt: skip
    spans[count, 0], spans[count, 1], spans[count, 2] = t, f32(first), f32(last)
    return first, count + 1


@kernel
def _columns(
    out: Field, sky: Field, spans: Field, ground: Field, view: Field, hues: Field, noise: Field,
    lamps: Field, haze: Field, seed: int,
) -> None:  # fmt: skip
    """Every column: its walls near to far, then the street below them, which mirrors the column."""
    width, height, _ = out.shape
    eye, z0, x0, mode = view[5], view[6], view[4], int(view[21])
    top_y, dy = view[1] + view[3], view[22]
    horizon = int(top_y / dy)
    sky_rows = sky.shape[1]
    near_row = min(max(horizon * sky_rows // height - 1, 0), sky_rows - 1)
    for px in range(width):
        dx = (f32(2) * (f32(px) + f32(0.5)) / f32(width) - f32(1)) * view[2] + view[0]
        for c in range(3):
            haze[c] = sky[px * sky.shape[0] // width, near_row, c] * f32(0.9)
        filled, count = height, 0
        cell_x = int(np.floor(x0 / f32(_BLOCK_X)))
        cell_z = int(np.floor(z0 / f32(_BLOCK_Z)))
        step = 1 if dx > f32(0) else -1
        slow = max(abs(dx), f32(1e-5))
        edge = f32(cell_x + (1 if dx > f32(0) else 0)) * f32(_BLOCK_X)
        next_x = abs(edge - x0) / slow
        next_z = f32(cell_z + 1) * f32(_BLOCK_Z) - z0
        landmark = False
        end = f32(_END) if mode < 2 else f32(_SHORE + 3.5)
        while filled > 0:
            at = min(next_x, next_z)
            if not landmark and at > end:
                landmark = True
                for k in range(3):
                    half = f32(1.05) if k == 0 else (f32(0.62) if k == 1 else f32(0.13))
                    high = f32(3.6) if k == 0 else (f32(6.2) if k == 1 else f32(8.4))
                    x = dx * end
                    if abs(x) < half:
                        filled, count = _stack(
                            out, px, filled, spans, count, end, high * view[28], x + half,
                            f32(2) * half, 2, 9001 + k, view, hues, lamps, haze, seed,
                        )  # fmt: skip
            own = cell_z * 131 + cell_x * 17
            if mode < 2 or f32(cell_z) * f32(_BLOCK_Z) > z0 + f32(_SHORE) - f32(_BLOCK_Z):
                a, b = hash1(own, seed), hash1(own + 7, seed + 1)
                inset = hash1(own + 3, seed + 2) * f32(0.07)
                gap = f32(_GAP_X) if mode < 2 else f32(0.10)
                left = f32(cell_x) * f32(_BLOCK_X) + gap + inset
                right = f32(cell_x + 1) * f32(_BLOCK_X) - gap - inset
                near = f32(cell_z) * f32(_BLOCK_Z) + f32(_GAP_Z)
                far = f32(cell_z + 1) * f32(_BLOCK_Z) - f32(_GAP_Z)
                low = f32(0.42) + f32(0.75) * a
                if mode == 2:
                    low = f32(0.18) + f32(0.5) * a
                t, along, face = _box(x0, dx, z0, left, right, near, far)
                if t > f32(0):
                    wide = right - left if face == 1 else far - near
                    filled, count = _stack(
                        out, px, filled, spans, count, t, low, along, wide, face, own * 2, view,
                        hues, lamps, haze, seed,
                    )  # fmt: skip
                    # A tower stands back on its base.
                    tall = low + f32(0.35) + f32(3.6) * b * b * b
                    if mode == 2:
                        # A skyline gathers in its middle.
                        off = (f32(cell_x) + f32(0.5)) * f32(_BLOCK_X) - x0 - f32(1.2)
                        tall = low + (f32(0.3) + f32(4.2) * b * b) * (
                            f32(0.25) + fade(off * off * f32(0.06))
                        )
                    inner = f32(0.08) if mode < 2 else f32(0.12) + f32(0.45) * a
                    t, along, face = _box(
                        x0, dx, z0, left + inner, right - inner, near + f32(0.07),
                        far - f32(0.07),
                    )  # fmt: skip
                    if t > f32(0):
                        wide = (right - left if face == 1 else far - near) - f32(2) * inner
                        filled, count = _stack(
                            out, px, filled, spans, count, t, tall, along, wide, face, own * 2 + 1,
                            view, hues, lamps, haze, seed,
                        )  # fmt: skip
            if next_x < next_z:
                if next_x > f32(_REACH):
                    break
                cell_x += step
                next_x += f32(_BLOCK_X) / slow
            else:
                if next_z > f32(_REACH):
                    break
                cell_z += 1
                next_z += f32(_BLOCK_Z)
        # The street: rows below the horizon and the first wall's foot.
        start = max(horizon + 1, 0)
        if count > 0:
            start = max(start, int(spans[0, 2]))
        for row in range(start, height):
            t, clear = ground[row, 0], ground[row, 1]
            y = -eye / t
            gx, gz = x0 + dx * t, z0 + t
            wet = sample(noise, gx * f32(23), gz * f32(9))
            ripple = sample(noise, gx * f32(150) + view[14] * view[29], gz * f32(46)) - f32(0.5)
            slope = -y * (f32(1) + ripple * view[30]) + ripple * f32(0.014)
            j = 0
            seen = slope
            while j < count:
                seen = slope - f32(2) * eye / spans[j, 0]
                if seen < top_y - spans[j, 1] * dy:
                    break
                j += 1
            if j == count:
                seen = slope
            r = (top_y - seen) / dy
            if j < count:
                r = min(max(r, spans[j, 1]), spans[j, 2] - f32(1))
            r0 = min(max(int(r), 0), start - 1)
            r1 = min(max(r0 - 3, 0), height - 1)
            mirror = (f32(0.35) + f32(0.65) * clamp01((wet - f32(0.30)) * f32(2.6))) * view[20]
            mirror *= f32(1) / (f32(1) + f32(1.4) * -y)
            for c in range(3):
                seen_c = f32(0.6) * out[px, max(r0, 0), c] + f32(0.4) * out[px, r1, c]
                light = seen_c * mirror + hues[4, c] * (f32(0.20) + f32(0.30) * wet)
                out[px, row, c] = light * clear + haze[c] * (f32(1) - clear)


@kernel
def _traffic(out: Field, ground: Field, view: Field, hues: Field, seed: int) -> None:
    """Tail lights ahead on one side, head lights on the other, as long trails."""
    width, height, _ = out.shape
    lanes = 3 if view[25] > f32(0.5) else 2
    for row in range(height):
        t = ground[row, 0]
        if t > f32(_REACH) or t <= f32(0):
            continue
        z = view[6] + t
        for lane in range(2 * lanes):
            side = lane % 2
            centre = f32(0.09) + f32(0.105) * f32(lane // 2)
            speed = f32(1.6) + f32(0.3) * f32(lane // 2)
            if side == 1:
                centre, speed = -centre, -speed * f32(1.2)
            span = f32(2.1) + f32(0.5) * f32(lane // 2)
            q = (z - speed * view[14]) / span + f32(lane) * f32(0.37)
            slot = np.floor(q)
            if hash1(int(slot) * 7 + lane, seed + 31) > f32(0.20) + f32(0.85) * view[25]:
                continue
            # A trail: bright at the car, long behind it.
            f = q - slot if side == 0 else f32(1) - (q - slot)
            body = fade(abs(f - f32(0.86)) * f32(40)) + view[25] * f32(0.55) * clamp01(
                f * f32(1.15)
            ) * f32(f < f32(0.86))
            body += f32(0.8) * view[8] * fade(abs(f - f32(0.86)) * f32(9))
            body *= ground[row, 1]
            if body < f32(0.01):
                continue
            for twin in range(2):
                x = (centre + (f32(twin) - f32(0.5)) * f32(0.05) - view[4]) / t
                p = (x - view[0] + view[2]) / view[22]
                w = f32(0.0055) / t / view[22] + f32(0.55)
                a, b = max(int(p - f32(4) * w), 0), min(int(p + f32(4) * w) + 1, width - 1)
                gain = body * min(f32(0.0055) / t / view[22] / w * f32(1.7), f32(1)) * f32(1.5)
                c0 = 0 if side == 0 else 2
                for px in range(a, b + 1):
                    d = (f32(px) + f32(0.5) - p) / w
                    s = gain / (f32(1) + d * d) / (f32(1) + d * d)
                    for c in range(3):
                        out[px, row, c] += hues[c0, c] * s


class City(Scene):
    """Columns of the picture are cast through a plan of towers and painted wall by wall."""

    name: ClassVar[str] = "neon city flight"
    about: ClassVar[str] = (
        "An avenue between towers that runs to a landmark: blue hour and rain with few windows "
        "lit in a verse, all neon, signs, light trails and search lights in a chorus."
    )
    words: ClassVar[tuple[str, ...]] = (
        "city", "street", "neon", "urban", "skyline", "tower", "building", "traffic", "downtown",
        "window", "road", "car", "drive", "highway", "rain", "metropolis", "skyscraper", "avenue",
        "rooftop", "club", "sign", "cyberpunk", "alley", "subway",
    )  # fmt: skip
    mood: ClassVar[tuple[float, float]] = (0.1, 0.55)
    drives: ClassVar[Drives] = Drives(
        kick="the neon along roofs and corners and the cars' lights flare",
        snare="a band of lit windows climbs the towers",
        hat="signs and single windows flicker",
        bass="the glow over the street swells",
        melody="the landmark's crown and the search lights brighten",
        build="window after window is switched on",
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("view", {
            "street": Option(("street", "alley", "sign", "club", "walk", "drive"), (0.0, 0.5)),
            "heights": Option(("rooftop", "highway", "flight", "traffic", "above"), (0.3, 0.7)),
            "harbour": Option(("skyline", "harbour", "river", "bay", "water"), (0.1, -0.1)),
        }),
        Setting("weather", {
            "clear": Option(("clear", "night", "summer"), (0.3, 0.4)),
            "rain": Option(("rain", "storm", "wet", "tears"), (-0.4, -0.1)),
        }),
    )  # fmt: skip
    scale: ClassVar[float] = 0.7
    finish: ClassVar[Finish] = Finish(exposure=1.0, bloom=0.55, vignette=0.40, grain=0.005)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        random = stage.random(51)
        accent, other = stage.accent_at, stage.contrast_at
        self._mode = ("street", "heights", "harbour").index(self.setting("view"))
        alive = self._alive = min(1.0, _ALIVE[stage.role] + 0.05 * min(stage.turn, 2))
        cold = stage.shade(other, 0.46, 1.0)
        self._hues = np.stack([
            stage.shade(accent, 0.66, 1.4),
            stage.shade(other, 0.60, 1.4),
            stage.shade(1.0, 0.84, 1.0),
            cold * (1.0 - 0.80 * alive),
            stage.shade(0.15, 0.14, 1.1) * (1.1 - 0.3 * alive),
            stage.shade(0.7 * accent + 0.3 * other, 0.46, 1.3),
            stage.shade(0.5 * (accent + other), 0.70, 1.3),
            stage.shade(other, 0.10, 1.0) * (1.0 - 0.55 * alive),
        ]).astype(np.float32)  # fmt: skip
        self._noise = noise_table(stage.seed + 9, octaves=5)
        self._lamps = lamp_table(stage.seed)
        h, w = self.height, self.width
        self._field = np.zeros((w, h, 3), np.float32)
        self._sky = np.zeros((max(4, w // _COARSE), max(4, h // _COARSE), 3), np.float32)
        self._spans = np.zeros((_SPANS, 3), np.float32)
        self._ground = np.zeros((h, 2), np.float32)
        self._haze = np.zeros(3, np.float32)
        self._view = np.zeros(32, np.float32)
        self._drops = random.random((260, 3)).astype(np.float32)
        self._drops[:, 2] **= 2
        self._rain = self.setting("weather") == "rain"
        self._side = float(random.uniform(-0.16, 0.16))
        self._signs = random.random((64, 8)).astype(np.float32)

    def draw(self, moment: Moment, out: NDArray[np.float32]) -> None:
        """Draw one frame; see `Scene.draw`."""
        stage, m = self.stage, moment
        self._see(m)
        view, field = self._view, self._field
        _sky(self._sky, view, self._hues, self._noise)
        cv2.resize(
            self._sky, (self.height, self.width), dst=field, interpolation=cv2.INTER_LINEAR
        )
        _columns(
            field, self._sky, self._spans, self._ground, view, self._hues, self._noise,
            self._lamps, self._haze, stage.seed,
        )  # fmt: skip
        if self._mode < 2:
            _traffic(field, self._ground, view, self._hues, stage.seed)
            self._hang(m)
        if abs(m.roll) > 1e-4:
            # A turned picture is drawn upright with room to spare, then turned.
            turn = cv2.getRotationMatrix2D(
                ((self.width - 1) / 2, (self.height - 1) / 2), float(np.degrees(m.roll)),
                self._spare(m),
            )  # fmt: skip
            # Columns and rows change places on the way.
            cv2.warpAffine(
                field, turn[:, [1, 0, 2]], (self.width, self.height), dst=out,
                flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
            )  # fmt: skip
        else:
            cv2.transpose(field, dst=out)
        share = (0.55 if self._rain else 0.0) + 0.45 * (1.0 - self._alive) * float(self._rain)
        if share > 0.0:
            add_rain(out, self._drops, f32(m.t), f32(0.10), self._hues[2], f32(share))

    def _spare(self, m: Moment) -> float:
        c, s = abs(np.cos(m.roll)), abs(np.sin(m.roll))
        return float(c + s * max(self.stage.aspect, 1.0 / self.stage.aspect))

    def _see(self, m: Moment) -> None:
        """The camera, the music and how alive the city is, into `_view` and `_ground`."""
        stage, mode = self.stage, self._mode
        spare = self._spare(m) if abs(m.roll) > 1e-4 else 1.0
        # A kick pushes the lens forward, as a car's passengers feel it.
        lens = _LENS / m.zoom * spare * (1.0 - 0.022 * m.kick)
        alive = self._alive
        sway = 0.07 * np.sin(0.21 * m.flow)
        high = (0.24, 1.35, 0.30)[mode]
        rise = (0.10, -0.30, 0.16)[mode]
        z = 0.65 * m.flow + 1.5 * m.forward
        x = np.clip(self._side + sway + 0.5 * m.truck, -0.42, 0.42)
        if mode == 2:
            z, x = 0.9 * np.tanh(m.forward), 0.12 * m.flow + 2.4 * m.truck
        half_y = stage.half_y * lens
        since = -0.17 * log(max(m.snare, 1e-4))
        self._view[:] = (
            _LENS * (m.cam_x + 0.05 * np.sin(0.13 * m.flow)), _LENS * (m.cam_y + rise),
            stage.half_x * lens, half_y, x, max(high + 0.7 * m.lift, 0.10), z, m.energy, m.kick,
            m.snare, m.hat, m.pulse, m.beat, m.bass, m.flow, m.build,
            min(0.9, 0.04 + 0.05 * m.brightness + 0.22 * alive + 0.30 * m.energy * (0.4 + 0.6 * alive) + 0.25 * m.build),
            0.04 + 0.10 * m.energy + 0.62 * alive, 0.045 + 0.050 * (1.0 - alive) + 0.01 * m.bass + 0.035 * self._rain,
            0.30 + 0.35 * m.energy + 0.35 * alive, (0.55, 0.35, 0.85)[mode] + 0.35 * self._rain,
            mode, 2.0 * half_y / self.height, m.melody,
            (0.1, 0.5, 0.1)[mode] + 7.0 * since, alive,
            (0.25 + 0.45 * m.energy + 0.40 * alive + 0.35 * m.brightness)
            * (1.0 + 0.25 * m.pulse + 0.35 * m.bass),
            1.15 - 0.35 * alive, 0.62 + 0.38 * alive, (3.0, 3.0, 5.0)[mode],
            (0.30, 0.20, 0.42)[mode], 0.0,
        )  # fmt: skip
        y = self._view[1] + half_y - (np.arange(self.height) + 0.5) * self._view[22]
        t = np.where(y < -1e-4, self._view[5] / np.maximum(-y, 1e-4), 1e4)
        self._ground[:, 0] = t
        haze = t * self._view[18]
        self._ground[:, 1] = 1.0 / (1.0 + haze * (1.0 + haze * (0.5 + haze / 6.0)))

    def _hang(self, m: Moment) -> None:
        """Signs that stand out from the walls over the pavement, far to near."""
        view, alive = self._view, self._alive
        eye, x0, z0 = (float(view[k]) for k in (5, 4, 6))
        first = int(z0 // _BLOCK_Z)
        for block in range(first + 9, first - 1, -1):
            for side in (-1, 1):
                for k in range(2):
                    n = (block * 4 + side + 1 + k) % 64
                    p = self._signs[n]
                    z = block * _BLOCK_Z + 0.2 + 0.75 * (k + float(p[0])) / 2 - z0
                    if z < 0.45 or p[1] > 0.10 + 0.85 * alive:
                        continue
                    wide, tall = 0.07 + 0.07 * p[2], 0.20 + 0.45 * p[3]
                    a = side * (_GAP_X + 0.02)
                    b = side * (_GAP_X + 0.02 - wide)
                    left, right = (min(a, b) - x0) / z, (max(a, b) - x0) / z
                    foot = 0.16 + 0.35 * p[4]
                    flick = 1.0 - 0.75 * m.hat * float(p[5] < 0.4) + 0.5 * m.hat * float(p[5] > 0.7)
                    clear = float(np.exp(-z * view[18])) * min(1.0, 1.6 * (z - 0.45))
                    light = 1.25 * flick * clear * (0.5 + 0.5 * alive + 0.4 * m.kick)
                    hue = self._hues[(0, 1, 6, 0)[int(p[6] * 4) % 4]]
                    low, top = (foot - eye) / z, (foot + tall - eye) / z
                    add_sign(self._field, f32(left), f32(right), f32((-foot - 0.8 * tall - eye) / z),
                             f32((-0.6 * foot - eye) / z), view, hue,
                             f32(0.8 * light * view[20]), n, self._lamps, f32(1))  # fmt: skip
                    add_sign(self._field, f32(left), f32(right), f32(low), f32(top), view, hue,
                             f32(light), n, self._lamps, f32(0))  # fmt: skip
