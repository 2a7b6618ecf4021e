"""How loud each band of the spectrum is over time: `find_levels`, for pictures of the sound."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.features import COMPRESSION, FRAME_RATE, HIGHEST, Features, band_centres
from songreel.models.spectrum import Spectrum

RATE = 25.0
"""Values a second: one a frame or more, so that a picture shows an attack on its frame."""
_JOINED = round(FRAME_RATE / RATE)
_BANDS = 16
_LOWEST = 40.0
"""Hz. What is above `HIGHEST` is not heard: the analysis listens at 24 kHz."""
_NARROWEST = 40.0
"""Hz: what the window of the features tells apart. Below 200 Hz the bands are this wide, above
they are even on a log scale."""
_TOP = 98.0
"""Percentile of a band's level that counts as what it reaches: a single bang is above it."""
_BOTTOM = 10.0
"""Percentile that counts as its rest."""
_RANGE = (24.0, 42.0)
"""dB between 0 and 100, least and most: a drone is not blown up, a fade-out sets no scale."""
_FAINT = 45.0
"""dB under the loudest band's reach at which a band's own reach is held, so that the hiss of a
band without music stays low."""
_NOTHING = 1e-7
"""Power under which there is nothing, relative to the song's mean band: −70 dB."""


def find_levels(features: Features) -> Spectrum:
    """Levels of 16 bands from 40 Hz to 11 kHz, 25 times a second.

    A value is the loudest 10 ms of the 40 ms that begin at its time, in dB on a scale of the
    band's own: 100 is what the band reaches in this song, 0 is its rest or silence. A gain on the
    song changes nothing.
    """
    mel = features.mel
    rows = -(-mel.shape[0] // _JOINED)
    peaks = np.zeros((rows, mel.shape[1]), np.float32)
    for step in range(_JOINED):
        part = mel[step::_JOINED]
        np.maximum(peaks[: part.shape[0]], part, out=peaks[: part.shape[0]])
    power = np.square(np.expm1(peaks) / np.float32(COMPRESSION)) @ _weights()
    level = 10 * np.log10(np.maximum(power, _NOTHING))
    heard = level[power.max(axis=1) > 100 * _NOTHING]
    edges = tuple(float(round(edge)) for edge in _edges())
    if heard.size == 0:
        return Spectrum(rate=RATE, edges=edges, levels=((0,) * _BANDS,) * rows)
    rest, reach = np.percentile(heard, [_BOTTOM, _TOP], axis=0)
    reach = np.maximum(reach, reach.max() - _FAINT)
    span = np.clip(reach - rest, *_RANGE)
    share = np.clip(1 + (level - reach) / span, 0, 1)
    return Spectrum(
        rate=RATE, edges=edges, levels=tuple(map(tuple, np.rint(100 * share).astype(int).tolist()))
    )


@lru_cache(maxsize=1)
def _edges() -> NDArray[np.float64]:
    """Hz, shape (bands + 1,): steps of `_NARROWEST`, then of one ratio, up to `HIGHEST`."""
    for narrow in range(_BANDS):
        bottom = _LOWEST + _NARROWEST * narrow
        ratio = (HIGHEST / bottom) ** (1 / (_BANDS - narrow))
        if bottom * (ratio - 1) >= _NARROWEST:
            break
    low = _LOWEST + _NARROWEST * np.arange(narrow)
    return np.concatenate([low, bottom * ratio ** np.arange(_BANDS - narrow + 1)])


@lru_cache(maxsize=1)
def _weights() -> NDArray[np.float32]:
    """Mean over the mel bands whose centre lies in each band, shape (mel bands, bands).

    A band that holds no centre takes the one nearest to its middle.
    """
    centres, edges = band_centres(), _edges()
    inside = (centres[:, None] >= edges[:-1]) & (centres[:, None] < edges[1:])
    middle = np.sqrt(edges[:-1] * edges[1:])
    for band in np.flatnonzero(~inside.any(axis=0)):
        inside[np.abs(centres - middle[band]).argmin(), band] = True
    return np.asarray(inside / inside.sum(axis=0), dtype=np.float32)
