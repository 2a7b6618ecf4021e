"""Loudness after EBU R128: `LoudnessMeter`, as the sound streams by, and `loudness` of a whole."""

from math import pi, tan

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

from songreel.models.music import Curve, Loudness
from songreel.sound.true_peak import TruePeak

STEPS = 10
"""Values a second: 100 ms is the hop of the overlapping 400 ms blocks of ITU-R BS.1770-4."""
BLOCK = 1 << 16
"""Samples that are filtered at a time, in doubles: 1 MiB in stereo."""
_MOMENTARY = 4
"""Steps in a gating block, 400 ms."""
_SHORT_TERM = 30
"""Steps in a short-term window, 3 s (EBU Tech 3341)."""
_OFFSET = -0.691
"""dB that cancel what the K filter does to a 997 Hz tone (BS.1770-4)."""
_SILENT = -70.0
"""LUFS: the absolute gate of BS.1770-4, and what the short-term curve says of silence."""
_SURROUND = {
    5: (1, 1, 1, 1.41, 1.41),
    6: (1, 1, 1, 0, 1.41, 1.41),
    7: (1, 1, 1, 0, 1.41, 1.41, 1.41),
    8: (1, 1, 1, 0, 1.41, 1.41, 1.41, 1.41),
}
"""Channel weights (BS.1770-4, table 3) in FFmpeg's order of 5.0, 5.1, 6.1 and 7.1, with what
lies at the sides and behind weighing 1.41 as in FFmpeg's meter; in other layouts each weighs 1."""
_AUDIBLE = 1e-6
"""Power, as a share of the loudest 100 ms, from which on a song sounds: −60 dB."""


class LoudnessMeter:
    """Hears a song block by block and keeps its K-weighted power, a value every 100 ms.

    Args:
        rate: Samples a second.
        channels: Channels of the blocks to come.
        peaks: Hear what lies between the samples too; half of the work. Otherwise there is no
            `true_peak` in the end.
    """

    def __init__(self, rate: int, channels: int, *, peaks: bool = True) -> None:
        self._rate = rate
        self._weights = np.array(_SURROUND.get(channels, (1,) * channels), dtype=np.float64)
        self._filter = k_weighting(rate)
        self._state = np.zeros((self._filter.shape[0], channels, 2))
        self._peak = 0.0
        self._true_peak = TruePeak(rate, channels) if peaks else None
        self._pending = np.zeros((2, 0))
        self._steps = 0
        self._powers: list[NDArray[np.float64]] = []

    def push(self, block: NDArray[np.float32]) -> None:
        """Hear the next samples, shape (channels, n), full scale ±1."""
        self._peak = max(self._peak, float(np.abs(block).max(initial=0.0)))
        if self._true_peak is not None:
            self._true_peak.push(block)
        heard, self._state = sosfilt(self._filter, block.astype(np.float64), zi=self._state)
        weighted = self._weights @ np.square(heard)
        plain = np.square(block).mean(axis=0, dtype=np.float64)
        squares = np.concatenate([self._pending, [weighted, plain]], axis=1)
        # Step k holds the samples from ceil(k·rate/10): whole seconds are whole steps at any
        # rate, so that silence in front shifts the measure and changes nothing in it.
        begin = self._edge(self._steps)
        count = (begin + squares.shape[1]) * STEPS // self._rate - self._steps
        edges = np.array([self._edge(self._steps + k) - begin for k in range(count + 1)])
        if count:
            sums = np.add.reduceat(squares[:, : edges[-1]], edges[:-1], axis=1)
            self._powers.append(sums / np.diff(edges))
        self._steps += count
        self._pending = squares[:, edges[-1] :]

    def finish(self) -> tuple[Loudness, NDArray[np.float64]]:
        """The song's loudness, and its K-weighted mean square every 100 ms, shape (n,), n ≥ 1."""
        steps = np.concatenate([*self._powers, np.zeros((2, 0))], axis=1)
        left = self._pending.shape[1]
        if left and (steps.shape[1] == 0 or left * 2 * STEPS > self._rate):
            steps = np.append(steps, self._pending.mean(axis=1, keepdims=True), axis=1)
        steps = steps if steps.shape[1] else np.zeros((2, 1))
        powers, plain = steps
        loudness = Loudness(
            integrated=_integrated(powers),
            range=_range(powers),
            peak=_decibels(self._peak),
            true_peak=_decibels(self._true_peak.finish()) if self._true_peak else None,
            crest=_crest(self._peak, plain),
            short_term=_curve(powers, _SHORT_TERM),
            momentary=_curve(powers, _MOMENTARY),
        )
        return loudness, powers

    def _edge(self, step: int) -> int:
        return -(-step * self._rate // STEPS)


def loudness(samples: NDArray[np.float32], rate: int) -> Loudness:
    """The loudness and the peaks of a whole sound.

    Args:
        samples: Shape (channels, n), full scale ±1.
        rate: Samples a second.
    """
    meter = LoudnessMeter(rate, samples.shape[0])
    for first in range(0, samples.shape[1], BLOCK):
        meter.push(samples[:, first : first + BLOCK])
    return meter.finish()[0]


def k_weighting(rate: int) -> NDArray[np.float64]:
    """The K filter of BS.1770-4 as second-order sections, shape (2, 6), for any rate.

    The standard gives coefficients at 48 kHz only; these are the analogue shelf and high-pass
    behind them (De Man, "Evaluation of implementations of the EBU R128 loudness measurement",
    AES 2018), through the bilinear transform.
    """
    # The shelf lies at 1.7 kHz; a rate so low that it has none keeps the filter stable.
    k = tan(pi * min(1681.974450955533 / rate, 0.49))
    q, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    middle = high**0.4996667741545416
    norm = 1 + k / q + k * k
    shelf = [high + middle * k / q + k * k, 2 * (k * k - high), high - middle * k / q + k * k,
             norm, 2 * (k * k - 1), 1 - k / q + k * k]  # fmt: skip
    k, q = tan(pi * min(38.13547087602444 / rate, 0.49)), 0.5003270373238773
    norm_high = 1 + k / q + k * k
    passing = [1, -2, 1, 1, 2 * (k * k - 1) / norm_high, (1 - k / q + k * k) / norm_high]
    return np.array([np.array(shelf) / norm, passing])


def lufs(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Loudness of K-weighted mean squares, −120 where there is nothing."""
    return np.asarray(_OFFSET + 10 * np.log10(np.maximum(powers, 10**-11.9309)))


def running(powers: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """LUFS over `length` steps centred on the start of each 100 ms step, at least −70, shape (n,).

    At the song's ends the window holds what there is of it.
    """
    total = np.concatenate([[0.0], np.cumsum(powers)])
    at = np.arange(powers.size)
    first = np.maximum(at - length // 2, 0)
    last = np.minimum(at + length // 2, powers.size)
    # A difference of running sums can be a rounding error below zero.
    return np.maximum(lufs(np.maximum(total[last] - total[first], 0) / (last - first)), _SILENT)


def _curve(powers: NDArray[np.float64], length: int) -> Curve:
    return Curve(rate=STEPS, values=tuple(running(powers, length).round(2).tolist()))


def _decibels(linear: float) -> float | None:
    return round(20 * float(np.log10(linear)), 2) if linear > 0 else None


def _crest(peak: float, powers: NDArray[np.float64]) -> float | None:
    """Peak over the RMS of the steps, shape (n,), that sound; None for silence."""
    if peak <= 0 or powers.max() <= 0:
        return None
    heard = powers[powers > powers.max() * _AUDIBLE]
    return round(float(20 * np.log10(peak) - 10 * np.log10(heard.mean())), 2)


def _windows(powers: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Mean power of each whole window of `length` steps, a step apart."""
    if powers.size < length:
        return np.zeros(0)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(powers, length).mean(axis=1))


def _gated(powers: NDArray[np.float64], below: float) -> NDArray[np.float64]:
    """Windows over −70 LUFS, and of those the ones at most `below` LU under their mean."""
    heard = powers[lufs(powers) > _SILENT]
    if heard.size == 0:
        return heard
    return heard[lufs(heard) > lufs(heard.mean()) - below]


def _integrated(powers: NDArray[np.float64]) -> float | None:
    gated = _gated(_windows(powers, _MOMENTARY), 10.0)
    return round(float(lufs(gated.mean())), 2) if gated.size else None


def _range(powers: NDArray[np.float64]) -> float | None:
    """LRA (EBU Tech 3342): 10th to 95th percentile of short-term loudness, gated at −20 LU.

    A percentile is the value of nearest rank, as in FFmpeg: in short sounds it matters.
    """
    gated = np.sort(lufs(_gated(_windows(powers, _SHORT_TERM), 20.0)))
    if gated.size == 0:
        return None
    low, high = (gated[max(int(share * gated.size + 0.5), 1) - 1] for share in (0.1, 0.95))
    return round(float(high - low), 2)
