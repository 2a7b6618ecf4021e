"""How a song goes in time: energy, brightness, noisiness and bass, ten values a second."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.features import Features
from songreel.analysis.spectrum import RATE, Spectrum
from songreel.models.music import Curve
from songreel.sound.meter import lufs

_SILENT = 1e-6
"""Power, as a share of the loudest 100 ms, under which nothing is heard: −60 dB."""
_NOTHING = 1e-10
"""K-weighted power, −100 LUFS, at which a whole song counts as silent: below 16-bit dither."""
_PAUSE = 10
"""Steps a gap must last to count as silence and not as rhythm: 1 s."""
_SMOOTHING = 21
"""Taps of the Hann window over the energy, 2 s: half of it, about a beat or two, is felt."""
_LOUD, _DENSE, _BRIGHT = 0.6, 0.25, 0.15
"""Shares of loudness, onset density and brightness in the energy. Perceived intensity follows
level first, then event density and spectral centroid (Dean, Bailes and Schubert, "Acoustic
intensity causes perceived changes in arousal levels in music", PLoS ONE 6(4), 2011; Eerola,
Friberg and Bresin, "Emotional expression in music", Front. Psychol. 4:487, 2013)."""
DARKEST, OCTAVES = 250.0, 5.0
"""Hz and octaves over which brightness goes from 0 to 1: to 8 kHz."""
_RANGE = (12.0, 30.0)
"""LU: least and most of the loudness range that is spread over the energy, so that neither a
limiter's last decibel nor a fade-out sets the scale."""
_CHUNK = 600
"""Tenths of a second whose spectra are compared at a time."""
_LEAST_SPREAD = 0.35
"""Least spread of raw energy that is stretched: a song of one intensity keeps it."""
STILL, BUSY = 1.0, 7.0
"""Times a second that the spectrum is renewed in music of density 0 and 1; in the evaluation set
and three recordings the median is 3.0 (piano) to 6.4 (brushes and vibraphone)."""
_RUSTLE = 0.8
"""Noisiness above which sound is taken less and less for notes and drums; metal reaches 0.83 in
its noisiest twentieth."""


@dataclass(frozen=True)
class Curves:
    """Ten values a second, each of shape (n,); index i holds at i / 10 seconds."""

    sounding: NDArray[np.bool_]
    """Whether there is music: False in gaps of a second and more, and before and after it."""
    loudness: NDArray[np.float64]
    """Momentary loudness, LU relative to the loud passages of the song."""
    energy: NDArray[np.float64]
    brightness: NDArray[np.float64]
    noisiness: NDArray[np.float64]
    bass: NDArray[np.float64]
    density: NDArray[np.float64]
    """Onset density, 0 to 1, on a scale that is the same for every song."""
    voice: NDArray[np.float64]
    """How likely somebody sings or speaks, 0 to 1."""


def find_curves(
    powers: NDArray[np.float64],
    spectrum: Spectrum,
    features: Features,
    voice: NDArray[np.float64],
) -> Curves:
    """Curves of a song.

    Args:
        powers: Shape (n,), K-weighted mean squares of `LoudnessMeter`; sets the length.
        spectrum: Of the same song; a frame more or less is cut or repeated.
        features: Of the same song.
        voice: Likelihood of a voice, ten values a second (`songreel.analysis.voice`).
    """
    count = powers.size
    sounding = _sounding(powers)
    if not sounding.any():
        zeros = np.zeros(count)
        return Curves(sounding, zeros - 120.0, *(zeros,) * 6)
    centroid, flatness, bass, power = (
        _fit(values, count)
        for values in (spectrum.centroid, spectrum.flatness, spectrum.bass, spectrum.power)
    )
    loud = lufs(_smooth(powers, sounding, np.hanning(7)[1:-1]))
    loud -= np.percentile(loud[sounding], 95)
    window = np.hanning(_SMOOTHING + 2)[1:-1]
    bright = np.clip(np.log2(np.maximum(centroid, 1.0) / DARKEST) / OCTAVES, 0, 1)
    bright = _smooth(bright, sounding, np.hanning(7)[1:-1])
    noisy = _smooth(flatness, sounding, np.hanning(7)[1:-1])
    # The flicker of steady noise is no row of onsets, nor is rain intense for being noise.
    played = np.clip((1 - noisy) / (1 - _RUSTLE), 0, 1)
    renewal = _smooth(_renewal(features, sounding) * played, sounding, window)
    density = np.clip((renewal - STILL) / (BUSY - STILL), 0, 1)
    energy = _energy(
        lufs(_smooth(powers, sounding, window)), density, bright, noisy * played, sounding
    )
    return Curves(
        sounding=sounding,
        loudness=loud,
        energy=energy,
        brightness=np.where(sounding, bright, 0.0),
        noisiness=np.where(sounding, noisy, 0.0),
        bass=np.where(sounding, _bass(bass, power, sounding), 0.0),
        density=np.where(sounding, density, 0.0),
        # The peaks of filtered noise wander as a voice's do. Hundredths: no more is known, and
        # what rounding does at another level stays out.
        voice=np.where(sounding, np.round(_fit(voice, count) * played, 2), 0.0),
    )


def as_curve(values: NDArray[np.float64]) -> Curve:
    """`values`, shape (n,), as they are stored: ten a second, four decimals."""
    return Curve(rate=RATE, values=tuple(np.round(values, 4).tolist()))


def _renewal(features: Features, sounding: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Rise of the spectrum in each tenth of a second, in mean spectra of the song a second."""
    frames = round(features.frame_rate / RATE)
    count = sounding.size
    mel = features.mel
    rise = np.zeros(count)
    level = np.zeros(count)
    # What the first sound of all rises from is not heard, with silence in front or without.
    opening = int(np.flatnonzero(sounding)[0]) * frames
    for first in range(0, min(count, -(-mel.shape[0] // frames)), _CHUNK):
        begin, end = first * frames, min((first + _CHUNK) * frames, count * frames, mel.shape[0])
        before = mel[np.maximum(np.arange(begin, end) - 1, 0)]
        up = np.maximum(mel[begin:end] - before, 0).mean(axis=1, dtype=np.float64)
        if begin <= opening < end:
            up[opening - begin] = 0.0
        starts = np.arange(0, end - begin, frames)
        steps = slice(first, first + starts.size)
        rise[steps] = np.add.reduceat(up, starts) * RATE
        level[steps] = np.add.reduceat(mel[begin:end].mean(axis=1, dtype=np.float64), starts)
    level /= frames
    return rise / max(float(level[sounding].mean()), 1e-9)


def _energy(
    loud: NDArray[np.float64],
    density: NDArray[np.float64],
    bright: NDArray[np.float64],
    noisy: NDArray[np.float64],
    sounding: NDArray[np.bool_],
) -> NDArray[np.float64]:
    top = np.percentile(loud[sounding], 95)
    span = np.clip(top - np.percentile(loud[sounding], 10), *_RANGE)
    # Linear down to a fifth, then a tail: however quiet, softer is still less.
    below = (loud - top) / span
    level = np.where(below > -0.8, 1 + below, 0.2 * np.exp(np.minimum((below + 0.8) / 0.2, 0)))
    raw = _LOUD * level + _DENSE * density + _BRIGHT * bright
    heard = raw[sounding]
    low, high = np.percentile(heard, [3, 97])
    # How intense the loud half of the song is on a scale across songs: a music box stays
    # gentle at its loudest. No level enters, so a gain changes nothing.
    strong = sounding & (raw >= np.median(heard))
    nature = 0.45 * density[strong].mean() + 0.3 * bright[strong].mean() + 0.25 * noisy[
        strong
    ].mean()  # fmt: skip
    ceiling = 0.6 + 0.38 * min(1.0, max(0.0, (nature - 0.2) / 0.35))
    spread = max(float(high - low), _LEAST_SPREAD)
    scaled = ceiling + (raw - high) / spread * (ceiling - 0.05)
    # The few peaks above bend towards 1 and keep their order.
    room = 1.0 - ceiling
    bent = ceiling + room * (1 - np.exp(-np.maximum(scaled - ceiling, 0) / room))
    return np.where(sounding, np.clip(np.where(scaled > ceiling, bent, scaled), 0.0, 1.0), 0.0)


def _sounding(powers: NDArray[np.float64]) -> NDArray[np.bool_]:
    heard = powers > max(float(powers.max()) * _SILENT, _NOTHING)
    at = np.flatnonzero(heard)
    for before, after in pairwise(at):
        if 1 < after - before <= _PAUSE:
            heard[before:after] = True
    return heard


def _bass(
    bass: NDArray[np.float64], power: NDArray[np.float64], sounding: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Level below 150 Hz over the 30 dB under its own loud passages.

    Where a song has next to no bass, the scale is that of the whole spectrum 20 dB down, so
    that rumble is not blown up.
    """
    window = np.hanning(7)[1:-1]
    level = 10 * np.log10(np.maximum(_smooth(bass, sounding, window), 1e-30))
    whole = 10 * np.log10(np.maximum(_smooth(power, sounding, window), 1e-30))
    top = max(np.percentile(level[sounding], 95), np.percentile(whole[sounding], 95) - 20)
    return np.asarray(np.clip(1 + (level - top) / 30, 0, 1))


def _smooth(
    values: NDArray[np.float64], sounding: NDArray[np.bool_], window: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weighted mean over the sounding neighbours only, so that silence leaks into nothing."""
    weight = np.convolve(sounding.astype(np.float64), window, mode="same")
    total = np.convolve(np.where(sounding, values, 0.0), window, mode="same")
    return np.where(weight > 1e-12, total / np.maximum(weight, 1e-12), 0.0)[: values.size]


def _fit(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """`values` at length `count`, the last repeated."""
    return values[np.minimum(np.arange(count), values.size - 1)]
