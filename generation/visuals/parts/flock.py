"""A flock as one body: birds that keep their places in a ribbon which folds, splits and streams.

Nothing is simulated: every frame follows from scene time alone.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, f32, kernel, sine
from songreel.generation.visuals.lights import add_light

_QUARTER = np.pi / 2


@kernel
def _sine(x: Any) -> Any:
    """Sine of `x` radians."""
    return sine(x * f32(0.5 / np.pi))


@kernel
def move_birds(
    where: Field,
    birds: Field,
    count: int,
    t: Any,
    wide: Any,
    tight: Any,
    wave: Any,
    push: Any,
    split: Any,
    sheet: Any,
) -> None:
    """Places of the first `count` of `birds` at scene time `t`, seen in perspective.

    Args:
        where: Shape (3, n), written: x, y in scene units around the flock's middle, and nearness.
        birds: Shape (4, n): place along the body (−1 to 1), distance from its spine (0 to 1),
            angle around it, and a number of its own for each.
        count: How many.
        t: Scene time.
        wide: Size of the body's folds.
        tight: 0 a ribbon to 1 a ball.
        wave: Place along the body of the wave that a kick sends through it.
        push: Height of that wave.
        split: How far the body has come apart into two, 0 to 1.
        sheet: 0 a twisted ribbon to 1 a wide sheet, which darkens along its folds.
    """
    to_x, to_y, to_near = where[0], where[1], where[2]
    along, out, around, numbers = birds[0], birds[1], birds[2], birds[3]
    long = f32(0.88) - f32(0.45) * tight
    for n in range(count):
        s, q, phi, own = along[n], out[n], around[n], numbers[n]
        x = long * s + f32(0.16) * _sine(f32(2.3) * s + f32(0.45) * t)
        y = wide * (
            f32(0.26) * _sine(f32(2.4) * s - f32(0.62) * t) + f32(0.10) * _sine(f32(5.2) * s + t)
        )
        z = f32(0.40) * _sine(f32(1.7) * s + f32(0.5) * t)
        # Two swellings run along the body; between them it is pinched.
        swell = f32(0.5) + f32(0.5) * _sine(f32(3.4) * s - f32(0.83) * t)
        other = f32(0.5) + f32(0.5) * _sine(f32(5.7) * s + f32(0.57) * t + f32(1.3))
        taper = np.sqrt(max(f32(0), f32(1) - s * s))
        off = s - wave
        thick = f32(0.13) + f32(0.30) * swell + f32(0.24) * swell * other + f32(0.16) * tight
        # Where it comes apart it is thin, and either half goes its way.
        half = s / (f32(0.12) + abs(s))
        torn = split / (f32(1) + f32(30) * s * s)
        thick = thick * taper * wide * (f32(1) - f32(0.75) * torn)
        thick = thick * (f32(1) + push / (f32(1) + f32(14) * off * off) + f32(0.24) * push)
        x += split * f32(0.16) * half
        y += split * f32(0.20) * half * _sine(f32(0.31) * t)
        # A flat section, twisting along the spine.
        a, b = thick * q * _sine(phi + f32(_QUARTER)), f32(0.30) * thick * q * _sine(phi)
        twist = f32(1.9) * s + f32(0.47) * t
        ct, st = _sine(twist + f32(_QUARTER)), _sine(twist)
        dy, dz = a * ct - b * st, a * st + b * ct
        y += dy
        z += dz
        x += f32(0.30) * dy * _sine(f32(3.1) * s + t) + f32(0.22) * dz
        # As a sheet it is wide from every side; where it turns back on itself birds fly before
        # birds, and that is a dark edge.
        v, w = q * _sine(phi + f32(_QUARTER)), q * _sine(phi)
        room = np.sqrt(taper) * (f32(1) - f32(0.45) * torn) * (f32(1) - f32(0.35) * tight)
        swollen = f32(1) + f32(0.9) * push / (f32(1) + f32(9) * off * off) + f32(0.16) * push
        fold = _sine(f32(3.3) * v + f32(2.6) * s - f32(0.55) * t)
        other = _sine(f32(4.4) * s + f32(1.7) * v + f32(0.43) * t)
        over = _sine(f32(2.1) * s - f32(0.37) * t + f32(0.7))
        flat_y = room * swollen * (f32(0.34) * v + f32(0.17) * fold + f32(0.05) * w)
        flat_y += f32(0.13) * over + split * f32(0.12) * half * _sine(f32(0.31) * t)
        flat_x = long * s + f32(0.13) * other + f32(0.07) * fold + split * f32(0.12) * half
        flat_z = f32(0.34) * _sine(f32(2.0) * v - f32(1.5) * s + f32(0.5) * t) + f32(0.08) * w
        x += (flat_x - x) * sheet
        y += (flat_y - y) * sheet
        z += (flat_z - z) * sheet
        y += wide * f32(0.10) * _sine(f32(4.6) * x + f32(2.2) * z - f32(1.1) * t)
        x += wide * f32(0.11) * _sine(f32(5.4) * y - f32(3.0) * z + f32(0.9) * t)
        y += wide * f32(0.035) * _sine(f32(11.0) * x + f32(5.0) * y + f32(1.4) * t)
        near = f32(2.6) / (f32(2.6) + z)
        # Each bird has its own beat within its place.
        to_x[n] = (x + f32(0.016) * _sine(f32(40) * own + f32(2.1) * t)) * near
        to_y[n] = (y + f32(0.016) * _sine(f32(90) * own + f32(2.6) * t)) * near
        to_near[n] = near


@kernel
def _spark(out: NDArray[np.float32], x: Any, y: Any, radius: Any, a: Any, ink: Field) -> None:
    """Add a round light of `ink`."""
    add_light(out, x, y, radius, a * ink[0], a * ink[1], a * ink[2])


@kernel
def _stroke(out: NDArray[np.float32], x: Any, y: Any, radius: Any, a: Any, ink: Field) -> None:
    """Turn a round spot of `out` towards `ink`."""
    height, width, _ = out.shape
    left, right = max(0, int(x - radius)), min(width - 1, int(x + radius) + 1)
    top, bottom = max(0, int(y - radius)), min(height - 1, int(y + radius) + 1)
    inverse = f32(1) / (radius * radius)
    for j in range(top, bottom + 1):
        dy = f32(j) - y
        for i in range(left, right + 1):
            dx = f32(i) - x
            d = f32(1) - (dx * dx + dy * dy) * inverse
            if d > f32(0):
                k = min(a * d, f32(0.95))
                out[j, i, 0] += (ink[0] - out[j, i, 0]) * k
                out[j, i, 1] += (ink[1] - out[j, i, 1]) * k
                out[j, i, 2] += (ink[2] - out[j, i, 2]) * k


@kernel
def draw_birds(
    out: NDArray[np.float32],
    birds: Field,
    now: Field,
    then: Field,
    count: int,
    ink: Field,
    gold: Field,
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    x0: Any,
    y0: Any,
    size: Any,
    t: Any,
    wave: Any,
    push: Any,
    flash: Any,
    twinkle: Any,
    pixel: Any,
    sparks: int,
) -> None:
    """Draw the first `count` of `birds`.

    Args:
        out: Field, shape (height, width, 3).
        birds: See `move_birds`.
        now: Their places, of `move_birds`; `then` a little earlier.
        then: See `now`.
        count: How many.
        ink: Colour of a bird; `gold` of a wing that catches light, or of a spark at its brightest.
        gold: See `ink`.
        half_x: Half the frame's width; `half_y` likewise.
        half_y: See `half_x`.
        m00: Cosine of the camera's roll; `m01` its sine.
        m01: See `m00`.
        x0: Where the flock's middle is; `y0` likewise.
        y0: See `x0`.
        size: Scene units to one of the flock's.
        t: Scene time.
        wave: See `move_birds`.
        push: See `move_birds`.
        flash: How much light wings in a turning band catch (a snare).
        twinkle: How much single ones catch (a hat).
        pixel: Size of a bird, pixels.
        sparks: 1 for lights in the dark instead of birds before the sky.
    """
    height = out.shape[0]
    scale = f32(height) / (f32(2) * half_y)
    for n in range(count):
        s, phi, own, pa = birds[0, n], birds[2, n], birds[3, n], now[2, n]
        ax, ay = now[0, n] * size + x0, now[1, n] * size + y0
        bx, by = then[0, n] * size + x0, then[1, n] * size + y0
        sx, sy = (ax * m00 + ay * m01 + half_x) * scale, (half_y - ay * m00 + ax * m01) * scale
        ex, ey = (bx * m00 + by * m01 + half_x) * scale, (half_y - by * m00 + bx * m01) * scale
        radius = max(pixel * f32(1.25) * pa * pa * (f32(0.7) + f32(0.6) * own), f32(0.85))
        off = s - wave
        lift = push / (f32(1) + f32(14) * off * off)
        # A snare turns a band of the flock to the sun; hats make single wings catch it.
        turned = max(_sine(phi + f32(2.4) * s + f32(0.4) * t), f32(0))
        g = flash * turned * turned * turned
        if n % 24 == 0:
            g = max(g, twinkle)
        if sparks == 1:
            beat = f32(0.5) + f32(0.5) * _sine(f32(60) * own + (f32(0.8) + own) * t)
            a = f32(0.10) + f32(0.55) * beat * beat + f32(0.8) * lift
            _spark(out, sx, sy, radius * f32(1.3), a, ink)
            _spark(out, ex, ey, radius, a * f32(0.45), ink)
            if g > f32(0.08):
                _spark(out, sx, sy, radius * f32(1.9), g * f32(1.5), gold)
            continue
        dark = f32(0.68) + f32(0.27) * lift
        # The newest place is darkest: a soft trail.
        _stroke(out, sx, sy, radius, dark, ink)
        _stroke(out, f32(0.5) * (sx + ex), f32(0.5) * (sy + ey), radius, dark * f32(0.62), ink)
        if g > f32(0.08):
            _stroke(out, sx, sy, radius, clamp01(g) * f32(0.75), gold)
