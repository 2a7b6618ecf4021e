"""What the studio does to sound: equaliser, room, echo, ducking, compressor, limiter."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import butter, lfilter, oaconvolve, resample_poly, sosfilt

from songreel.sound.compiled import compiled
from songreel.sound.instruments.notes import Clock, Stereo


def decibels(db: float) -> float:
    """Factor of a level in dB."""
    return float(10 ** (db / 20))


def automation(
    points: list[tuple[float, float]], size: int, rate: int, clock: Clock
) -> NDArray[np.float32]:
    """A curve through (beat, value), straight between. Shape (size,)."""
    at = [clock.seconds(beat) * rate for beat, _ in points]
    return np.interp(np.arange(size), at, [value for _, value in points]).astype(np.float32)


def high_pass(x: Stereo, hz: float, rate: int, order: int = 2) -> Stereo:
    """Take away what lies below `hz` (Butterworth)."""
    return np.asarray(sosfilt(butter(order, hz, "highpass", fs=rate, output="sos"), x), np.float32)


def low_pass(x: Stereo, hz: float, rate: int, order: int = 2) -> Stereo:
    """Take away what lies above `hz` (Butterworth)."""
    return np.asarray(sosfilt(butter(order, hz, "lowpass", fs=rate, output="sos"), x), np.float32)


def bell(x: Stereo, hz: float, db: float, q: float, rate: int) -> Stereo:
    """Raise or lower a band around `hz` (Bristow-Johnson, Audio EQ Cookbook)."""
    a = 10 ** (db / 40)
    w = 2 * np.pi * hz / rate
    alpha = np.sin(w) / (2 * q)
    top = np.array([1 + alpha * a, -2 * np.cos(w), 1 - alpha * a])
    bottom = np.array([1 + alpha / a, -2 * np.cos(w), 1 - alpha / a])
    return np.asarray(lfilter(top / bottom[0], bottom / bottom[0], x), np.float32)


def shelf(x: Stereo, hz: float, db: float, rate: int) -> Stereo:
    """Raise or lower everything above `hz`, slope 1 (Bristow-Johnson, Audio EQ Cookbook)."""
    a = 10 ** (db / 40)
    w = 2 * np.pi * hz / rate
    c, beta = np.cos(w), np.sin(w) * (2 * a) ** 0.5
    top = a * np.array([
        (a + 1) + (a - 1) * c + beta, -2 * ((a - 1) + (a + 1) * c), (a + 1) + (a - 1) * c - beta,
    ])  # fmt: skip
    bottom = np.array([
        (a + 1) - (a - 1) * c + beta, 2 * ((a - 1) - (a + 1) * c), (a + 1) - (a - 1) * c - beta,
    ])  # fmt: skip
    return np.asarray(lfilter(top / bottom[0], bottom / bottom[0], x), np.float32)


def sing(x: Stereo, rate: int) -> Stereo:
    """Shape a bright sound into an open vowel: the formants of a sung "ah".

    Centres and widths: Peterson and Barney 1952 (women, /a/), bandwidths widened for a choir.
    """
    out = np.zeros_like(x)
    for hz, wide, level in ((850, 160, 1.0), (1220, 190, 0.55), (2810, 320, 0.22)):
        sos = butter(1, [hz - wide, hz + wide], "bandpass", fs=rate, output="sos")
        out += level * np.asarray(sosfilt(sos, x), np.float32)
    return out + np.float32(0.12) * low_pass(x, 500, rate)


def width(x: Stereo, amount: float) -> Stereo:
    """Scale the difference of the channels: 0 mono, 1 unchanged."""
    middle, side = (x[0] + x[1]) / 2, (x[0] - x[1]) / 2 * amount
    return np.stack((middle + side, middle - side)).astype(np.float32)


@lru_cache(maxsize=16)
def _answer(rate: int, decay: float, bright: float, seed: int) -> Stereo:
    """What a room answers to a click."""
    count = round(decay * 1.1 * rate)
    t = np.arange(count) / rate
    draw = np.random.RandomState(seed)
    answer = np.zeros((2, count))
    # Air and walls take the highs first: each band decays at its own pace.
    for low, high, share in ((160, 900, 1.1), (900, 3200, 1.0), (3200, bright, 0.62)):
        sos = butter(2, [low, high], "bandpass", fs=rate, output="sos")
        noise = sosfilt(sos, draw.standard_normal((2, count)))
        answer += noise * np.exp(-6.91 * t / (decay * share))
    answer *= np.minimum(t / 0.012, 1.0) * np.minimum((t[-1] - t) / 0.05, 1.0)
    answer /= np.sqrt((answer**2).sum(axis=1, keepdims=True))
    return answer.astype(np.float32)


def room(x: Stereo, rate: int, *, decay: float, wait: float, bright: float, seed: int) -> Stereo:
    """A room as decaying noise, different in each ear.

    Args:
        x: What is sent into it.
        rate: Samples a second.
        decay: Seconds in which middle frequencies fall by 60 dB.
        wait: Seconds before the first reflection.
        bright: Hz above which the room swallows.
        seed: Of the noise.
    """
    answer = _answer(rate, decay, bright, seed)
    size = x.shape[1]
    lag = min(round(wait * rate), size)
    wet = [oaconvolve(x[c], answer[c])[: size - lag] for c in (0, 1)]
    return np.pad(np.asarray(wet, np.float32), ((0, 0), (lag, 0)))


def echo(x: Stereo, rate: int, *, lag: float, feedback: float, hz: float) -> Stereo:
    """Echoes `lag` seconds apart that go from side to side, each duller than the one before."""
    step = round(lag * rate)
    out = np.zeros_like(x)
    tap = x.mean(axis=0, keepdims=True)
    gain = 1.0
    for i in range(1, 7):
        at = i * step
        if at >= x.shape[1]:
            break
        tap = low_pass(tap, hz, rate, order=1)
        side = (i - 1) % 2
        out[side, at:] += gain * tap[0, : x.shape[1] - at]
        out[1 - side, at:] += 0.25 * gain * tap[0, : x.shape[1] - at]
        gain *= feedback
    return out


def duck(
    size: int, rate: int, beats: list[tuple[float, float]], release: float, clock: Clock
) -> Stereo:
    """How far the kick has pushed things down: shape (1, size), 0 free to 1 fully ducked.

    Args:
        size: Samples.
        rate: Samples a second.
        beats: Beat and depth (0 to 1) of each kick.
        release: Beats until it is let go.
        clock: When beats fall.
    """
    held = np.zeros(size, np.float32)
    span = round(clock.span(release) * rate)
    early = round(0.004 * rate)
    t = np.arange(span) / span
    # Cosine recovery: no corner that could be heard.
    shape = np.concatenate((np.linspace(0, 1, early), 0.5 + 0.5 * np.cos(np.pi * t**0.8)))
    for beat, depth in beats:
        first = round(clock.seconds(beat) * rate) - early
        part = held[first : first + shape.size]
        np.maximum(part, depth * shape[: part.size], out=part)
    return held[None, :]


@compiled
def _follow(level: NDArray[np.float32], attack: float, release: float) -> NDArray[np.float32]:
    """One-pole follower of `level` (dB), its coefficients per sample."""
    out = np.empty_like(level)
    state = 0.0
    for i in range(level.size):
        pull = attack if level[i] < state else release
        state += (level[i] - state) * pull
        out[i] = state
    return out


def compress(
    x: Stereo, rate: int, *, threshold: float, ratio: float, attack: float, release: float
) -> Stereo:
    """Feed-forward compressor on the RMS of both channels; 6 dB knee. dB and seconds."""
    power = uniform_filter1d((x.astype(np.float64) ** 2).mean(axis=0), round(0.006 * rate))
    over = 10 * np.log10(np.maximum(power, 1e-10)) - threshold
    knee = 6.0
    over = np.where(over > knee / 2, over, np.maximum(over + knee / 2, 0) ** 2 / (2 * knee))
    wanted = (-over * (1 - 1 / ratio)).astype(np.float32)
    gain = _follow(wanted, 1 - np.exp(-1 / (attack * rate)), 1 - np.exp(-1 / (release * rate)))
    return np.asarray(x * 10 ** (gain / 20), np.float32)


def limit(x: Stereo, rate: int, *, ceiling: float) -> Stereo:
    """Look-ahead limiter on true peaks: 4× oversampled as in ITU-R BS.1770-4, annex 2.

    The gain is the least that any peak within 3 ms needs, smoothed over as long: it is down
    before the peak arrives, and by enough. `ceiling` in dBTP.
    """
    peak = np.zeros(x.shape[1])
    for channel in x:
        fine = np.abs(resample_poly(channel, 4, 1))
        between = np.maximum(np.maximum(fine[1::4], fine[2::4]), fine[3::4])
        # A peak between two samples belongs to both.
        np.maximum(peak, np.maximum(fine[::4], between), out=peak)
        np.maximum(peak[1:], between[:-1], out=peak[1:])
    need = np.minimum(1.0, 10 ** (ceiling / 20) / np.maximum(peak, 1e-9))
    reach = 2 * round(0.003 * rate) + 1
    least = minimum_filter1d(need, reach)
    # Let go slowly (60 ms), so that the bass is not bent.
    slow = 1 - _follow((1 - least).astype(np.float32), 1 - np.exp(-1 / (0.06 * rate)), 1.0)
    gain = uniform_filter1d(np.minimum(least, slow), reach)
    return np.asarray(x * gain, np.float32)


@compiled
def _sweep(
    x: NDArray[np.float32], hz: NDArray[np.float32], q: float, high: bool, rate: float
) -> NDArray[np.float32]:
    """State-variable filter over one channel, its cutoff given for every sample."""
    out = np.empty_like(x)
    one = 0.0
    two = 0.0
    g = 0.0
    for i in range(x.size):
        if i % 16 == 0:
            g = np.tan(np.pi * min(hz[i], 0.42 * rate) / rate)
        v1 = (one + g * (x[i] - two)) / (1.0 + g * (g + 1.0 / q))
        v2 = two + g * v1
        one = 2.0 * v1 - one
        two = 2.0 * v2 - two
        out[i] = x[i] - v1 / q - v2 if high else v1 / q
    return out


def swept_band(x: Stereo, hz: NDArray[np.float32], q: float, rate: int) -> Stereo:
    """`x` through a band-pass at `hz`, shape (n,)."""
    return np.stack([_sweep(c, hz, q, False, float(rate)) for c in x])


def swept_high_pass(x: Stereo, hz: NDArray[np.float32], rate: int) -> Stereo:
    """`x` through a high-pass at `hz`, shape (n,)."""
    return np.stack([_sweep(c, hz, 0.75, True, float(rate)) for c in x])
