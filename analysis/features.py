"""Spectral features of a song, 100 frames a second: `extract`, `Features`."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.ndimage import maximum_filter1d

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.framing import framed

FRAME_RATE = 100.0
HOP = 240
WINDOW = 1024
"""Samples: 43 ms at 24 kHz, the 46 ms of Böck and Widmer (SuperFlux, DAFx 2013) rounded."""
BANDS = 64
LOWEST, HIGHEST = 30.0, 11_000.0
COMPRESSION = 30.0
"""Weight of a band at the song's reference level before log(1 + x): at 30 a band 30 dB below it
still moves the curve, and the hiss of a tape 60 dB below does not."""
ONSET_COMPRESSION = 3.0
"""The same for onsets, where loud counts for more: at 30 a soft bass note after silence outweighs
a bass drum on a sounding bass. Of 1, 3, 5, 10 and 30 the value with the most beats right."""
LAG = 2
"""Frames between the spectra whose difference is the onset strength: 20 ms, about the rise of
the window's slope."""
LOW_TOP, MID_TOP = 150.0, 5000.0
"""Hz: edges of the kick, snare and hat bands, as in `songreel.models.music.Onsets`."""
CHUNK = 4096
"""Frames transformed at a time: 16 MiB."""


@dataclass(frozen=True)
class Features:
    """What the ear has of a song every 10 ms. Frame i is centred on i / 100 seconds.

    All values are relative to the song's own level: a gain changes nothing. The onset curves
    peak within a frame of the true onset (their window's lead is taken out).
    """

    mel: NDArray[np.float32]
    """Shape (n, bands): log(1 + 30 m / r), m the magnitude in a mel band and r the song's RMS
    band magnitude where it sounds."""
    onset: NDArray[np.float32]
    """Shape (n,): rise over all bands, superflux (vibrato is held back)."""
    low: NDArray[np.float32]
    """Shape (n,): rise below 150 Hz (kick, bass)."""
    mid: NDArray[np.float32]
    """Shape (n,): rise from 150 Hz to 5 kHz (snare, chords, voice)."""
    high: NDArray[np.float32]
    """Shape (n,): rise above 5 kHz (hi-hat, cymbals)."""
    level: NDArray[np.float32]
    """Shape (n,): RMS under the window in dB relative to the loudest frame, at least −120."""
    frame_rate: float = FRAME_RATE
    """Frames a second."""


def extract(mono: NDArray[np.float32]) -> Features:
    """Features of `mono` at `ANALYSIS_RATE`, shape (samples,); n = ceil(samples / 240) frames."""
    count = max(1, -(-mono.size // HOP))
    # LAG frames before the start are transformed too, so that a song that begins at once has
    # the same first onset as one with silence in front.
    first = -LAG
    bands = np.empty((count + LAG, BANDS), np.float32)
    power = np.empty(count + LAG, np.float32)
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    weights = mel_weights()
    for start in range(0, count + LAG, CHUNK):
        stop = min(start + CHUNK, count + LAG)
        frames = framed(mono, first + start, first + stop, WINDOW, HOP)
        power[start:stop] = np.einsum("ij,ij->i", frames, frames) / WINDOW
        bands[start:stop] = np.abs(rfft(frames * window, axis=1)) @ weights
    level = _decibels(power)
    bands /= np.float32(_reference(bands, level))
    centres = band_centres()
    low, mid = centres < LOW_TOP, (centres >= LOW_TOP) & (centres < MID_TOP)
    rise = _superflux(bands)
    bands *= np.float32(COMPRESSION)
    np.log1p(bands, out=bands)
    return Features(
        mel=bands[LAG:],
        onset=rise.mean(axis=1),
        low=rise[:, low].mean(axis=1),
        mid=rise[:, mid].mean(axis=1),
        high=rise[:, centres >= MID_TOP].mean(axis=1),
        level=level[LAG:],
    )


@lru_cache(maxsize=1)
def mel_weights() -> NDArray[np.float32]:
    """Triangular bands of unit sum, shape (WINDOW // 2 + 1, BANDS), even on the HTK mel scale."""
    edges = _mel_edges()
    bins = np.arange(WINDOW // 2 + 1) * (ANALYSIS_RATE / WINDOW)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins[:, None] - lower) / (centre - lower)
    falling = (upper - bins[:, None]) / (upper - centre)
    weights = np.maximum(0.0, np.minimum(rising, falling))
    # The lowest triangles are narrower than a bin: such a band takes the bin nearest to it.
    for band in np.flatnonzero(weights.sum(axis=0) < 0.5):
        weights[:, band] = 0.0
        weights[np.abs(bins - centre[band]).argmin(), band] = 1.0
    return np.asarray(weights / weights.sum(axis=0), dtype=np.float32)


def band_centres() -> NDArray[np.float64]:
    """Centre frequency of each mel band in Hz, shape (BANDS,)."""
    return _mel_edges()[1:-1]


def _mel_edges() -> NDArray[np.float64]:
    lowest, highest = (2595 * np.log10(1 + f / 700) for f in (LOWEST, HIGHEST))
    return np.asarray(700 * (10 ** (np.linspace(lowest, highest, BANDS + 2) / 2595) - 1))


def _decibels(power: NDArray[np.float32]) -> NDArray[np.float32]:
    top = float(power.max())
    if top <= 0:
        return np.full(power.shape, -120.0, np.float32)
    return np.asarray(10 * np.log10(np.maximum(power / np.float32(top), 1e-12)), np.float32)


def _reference(bands: NDArray[np.float32], level: NDArray[np.float32]) -> float:
    """RMS band magnitude over the frames within 30 dB of the loudest; 1 for silence."""
    sounding = bands[level > -30]
    if sounding.size == 0:
        return 1.0
    return float(np.sqrt(np.mean(np.square(sounding), dtype=np.float64))) or 1.0


def _superflux(bands: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rise of each band over LAG frames, shape (n, bands), attributed to the later frame.

    The earlier spectrum is widened by a band to each side, so that a gliding partial is no onset.
    """
    rise = np.empty((bands.shape[0] - LAG, bands.shape[1]), np.float32)
    for start in range(0, rise.shape[0], CHUNK):
        stop = min(start + CHUNK, rise.shape[0])
        loud = np.log1p(np.float32(ONSET_COMPRESSION) * bands[start : stop + LAG])
        before = maximum_filter1d(loud[:-LAG], 3, axis=1, mode="nearest")
        rise[start:stop] = np.maximum(loud[LAG:] - before, 0)
    return rise
